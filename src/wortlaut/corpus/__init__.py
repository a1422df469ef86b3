"""Corpus room: readers, the canonical text ``wl-1``, and the store of articles."""
