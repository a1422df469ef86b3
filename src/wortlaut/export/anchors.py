"""Anchors: what a stretch of a text can be found again by, without the text.

An anchor is the SHA-256 of a salt and of the span with some code points of text on either side, cut to 16 hex digits.
Of two widths the wide one says more, the near one survives more changes around it. Near the edges of the text there
is less on that side, which ``reach`` tells from the offsets.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import msgspec

__all__ = ["HEX", "NEAR", "WIDE", "Anchors", "anchors_of", "digest", "reach"]

WIDE, NEAR = 32, 12
"""Code points of text on either side of a span that its two anchors take in."""
HEX = 16


class Anchors(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a span is found again by.

    ``wide`` stands at ``of`` places of the text, of which the span is number ``nth`` from 0. ``near`` is None where it
    would stand at several places: then it proves nothing.
    """

    wide: str
    near: str | None
    nth: int
    of: int


def reach(start: int, end: int, length: int, width: int) -> tuple[int, int]:
    """Give how many code points of text stand before and after a span, ``width`` at most, in a text of ``length``."""
    return min(width, start), min(width, length - end)


def digest(salt: str, window: str) -> str:
    """Give the anchor of a window of text.

    >>> digest("s", "Lindenau"), len(digest("s", "x")) == HEX
    ('c18151f1c45cc300', True)
    """
    return sha256(f"{salt}\n{window}".encode()).hexdigest()[:HEX]


def anchors_of(salt: str, text: str, start: int, end: int) -> Anchors:
    """Give the anchors of ``text[start:end]``."""
    left, right = reach(start, end, len(text), WIDE)
    window = text[start - left : end + right]
    places = list(_places(text, window))
    left, right = reach(start, end, len(text), NEAR)
    close = text[start - left : end + right]
    alone = len(places) == 1 and sum(1 for _ in _places(text, close)) == 1
    return Anchors(
        wide=digest(salt, window),
        near=digest(salt, close) if alone else None,
        nth=places.index(start - min(WIDE, start)),
        of=len(places),
    )


def _places(text: str, window: str) -> Iterator[int]:
    """Give every place of a window in a text, also those that overlap."""
    place = text.find(window)
    while place >= 0:
        yield place
        place = text.find(window, place + 1)
