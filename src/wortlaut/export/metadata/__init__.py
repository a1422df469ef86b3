"""What other systems read of a release: Croissant, CITATION.cff, DataCite and Zenodo."""
