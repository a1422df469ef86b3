"""Export room: from checked documents to a release that ``datasets.load_dataset`` reads."""
