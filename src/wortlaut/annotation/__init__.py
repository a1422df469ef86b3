"""Annotation room: labeling config, tasks, pre-annotation, the export reader and the checker."""
