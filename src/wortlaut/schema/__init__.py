"""Schema room: the annotation scheme, the records, the JSON Schemas and the registry of findings."""
