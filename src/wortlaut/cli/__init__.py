"""Command line room: each command parses its options and calls one plain function of the same name."""
