"""Pre-annotation: what an annotator finds marked when a task is opened."""
