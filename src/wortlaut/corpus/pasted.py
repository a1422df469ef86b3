"""Reader of pasted press pages: what select all, copy and paste of a German news page leaves in a .txt file."""

from __future__ import annotations

import re

from wortlaut.corpus.canonical import canonical_text
from wortlaut.corpus.draft import Draft, Piece
from wortlaut.schema.errors import InputError

__all__ = ["read_pasted"]

_BLOCK = re.compile(r"[^\s](?:[^\r\n]|\r?\n(?![ \t]*\r?\n))*")


def read_pasted(decoded: str, *, name: str, timezone: str = "Europe/Berlin") -> Draft:  # noqa: ARG001 - the rules follow
    """Read one pasted page. ``name`` is the file's name for messages, ``timezone`` that of its dates.

    Raises InputError where the file holds nothing but blanks.
    """
    blocks = [match for match in _BLOCK.finditer(decoded) if canonical_text(match[0])]
    if not blocks:
        raise InputError("holds no text", where=name, hint="Paste the page's text into the file")
    headline = len(blocks) > 1 and not canonical_text(blocks[0][0]).endswith(".")
    return Draft(
        pieces=tuple(
            Piece(kind="headline" if headline and n == 0 else "paragraph", text=m[0], raw_start=m.start())
            for n, m in enumerate(blocks)
        )
    )
