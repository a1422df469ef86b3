"""The forms of a comparison: text, Markdown, JSON. Documents are written as they are found, the summary after them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

import msgspec

from wortlaut.export.diff.compare import Comparison
from wortlaut.export.diff.lines import Line, document_lines, summary_lines
from wortlaut.export.diff.records import DocumentChange, Summary
from wortlaut.export.markdown import plain
from wortlaut.schema.version import parse_version

__all__ = ["FORMATS", "verdict", "write_json", "write_markdown", "write_text"]

Write = Callable[[str], None]


def verdict(summary: Summary) -> tuple[str, ...]:
    """Give the lines that name both releases, the step between them, and whether the newer number is large enough."""
    before, after = summary.before, summary.after
    head = f"{before.name} {before.version} -> {after.name} {after.version}"
    if summary.step is None:
        return (head, "nothing is other" if not summary.other_files else "the data are the same")
    least = parse_version(before.version).after(summary.step)
    lines = [
        head,
        f"{summary.step.upper()}: {'; '.join(summary.reasons)}",
        f"such a step from {before.version} leads to {least} at least",
    ]
    given = parse_version(after.version)
    if before.name == after.name and parse_version(before.version) < given < least:
        lines[-1] += f"; {given} is too small"
    return tuple(lines)


def write_text(comparison: Comparison, write: Write, *, limit: int | None = None) -> None:
    """Write for a terminal. ``limit`` is how many documents are shown; the others are counted."""

    def document(change: DocumentChange) -> None:
        for line in document_lines(change):
            write(f"{'  ' * line.depth}{line.mark} {line.text}\n")

    _write(comparison, document, write, limit)
    summary = comparison.summary
    write("\n")
    for text in (*summary_lines(summary), *verdict(summary)):
        write(f"{text}\n")


def write_markdown(comparison: Comparison, write: Write, *, limit: int | None = None) -> None:
    """Write as Markdown: nested lists, what comes from data never read as markup."""
    summary = comparison.summary
    before, after = summary.before, summary.after
    write(f"# {plain(before.name)} {before.version} → {plain(after.name)} {after.version}\n\n## Documents\n\n")

    def document(change: DocumentChange) -> None:
        for line in document_lines(change):
            write(f"{'  ' * line.depth}- {_marked(line)}\n")

    _write(comparison, document, write, limit)
    write("\n## Summary\n\n")
    for text in (*verdict(summary)[1:], *summary_lines(summary)):
        write(f"- {plain(text)}\n")


def write_json(comparison: Comparison, write: Write, *, limit: int | None = None) -> None:
    """Write one JSON object: ``documents`` (a list of DocumentChange), then ``summary``."""
    write('{"documents":[')
    first = True

    def document(change: DocumentChange) -> None:
        nonlocal first
        write(("" if first else ",\n") + msgspec.json.encode(change).decode())
        first = False

    _write(comparison, document, lambda _: None, limit)
    write(f'],\n"summary":{msgspec.json.encode(comparison.summary).decode()}}}\n')


FORMATS: Mapping[str, Callable[..., None]] = MappingProxyType(
    {"text": write_text, "markdown": write_markdown, "json": write_json}
)
"""The forms by name."""


def _write(
    changes: Iterable[DocumentChange], document: Callable[[DocumentChange], None], say: Write, limit: int | None
) -> None:
    number = 0
    for number, change in enumerate(changes, start=1):
        if limit is None or number <= limit:
            document(change)
    if limit is not None and number > limit:
        say(f"... and {number - limit:,} more documents\n")


def _marked(line: Line) -> str:
    words = {"+": "came: ", "-": "left: "}.get(line.mark, "")
    return f"{words}{plain(line.text)}"
