"""What changed from one release to another, document by document and layer by layer."""
