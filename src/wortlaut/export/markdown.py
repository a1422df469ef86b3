"""Pieces of a card's Markdown: what comes from data is shown as it stands and never read as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from wortlaut.schema.printable import printable

__all__ = ["code", "counted", "plain", "table_lines"]

# What Markdown and the mathematics of the Hub's pages may take for markup.
_MARKUP = re.compile(r"[\\\[\]!`*_|~$#>]")
_NAME = re.compile(r"[\w.,:;'’„“/()-]+( [\w.,:;'’„“/()-]+)*")


def counted(count: int, one: str, many: str = "") -> str:
    """Give a number with what it counts: "1 quote", "2,000 quotes"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def table_lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Give the lines of a table. Cells stand in it as they are: what comes from data goes through plain or code."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows)]


def plain(text: str) -> str:
    """Write what comes from data so that it is read as it stands: one line, nothing in it is markup."""
    flat = printable(re.sub(r"\s+", " ", text).strip())
    return _MARKUP.sub(r"\\\g<0>", flat).replace("&", "&amp;").replace("<", "&lt;")


def code(text: str) -> str:
    """Write a name or a piece of text from data as code where it holds nothing that could end the code."""
    return f"`{text}`" if _NAME.fullmatch(text) else plain(text)
