"""Models that were trained on a release: their folder, their features, and how they mark a text."""
