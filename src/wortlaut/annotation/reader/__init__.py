"""Reading Label Studio's JSON export: streamed, in constant memory, every other format refused by name."""
