"""The checker: a linter for annotations. Loader, checker, result, reporter; each finding has a stable code."""
