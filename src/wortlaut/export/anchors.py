"""Anchors: what a stretch of a text can be found again by, without the text.

An anchor is the SHA-256 of a salt and of the span with some code points of text on either side, cut to 16 hex digits.
Of two widths the wide one says more, the near one survives more changes around it. Near the edges of the text there
is less on that side, which ``reach`` tells from the offsets.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import msgspec
import numpy as np
import numpy.typing as npt

__all__ = ["AROUND", "HEX", "NEAR", "WIDE", "Anchors", "Echoes", "anchors_of", "digest", "places_of", "reach"]

WIDE, NEAR = 32, 12
"""Code points of text on either side of a span that its two anchors take in."""
AROUND = 64
"""Code points of text on either side of a span in which its echo is counted."""
HEX = 16
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


class Anchors(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a span is found again by.

    ``wide`` stands at ``of`` places of the text, of which the span is number ``nth`` from 0; ``of`` is also that of one
    side of it, where that stands there more often. ``near`` is None where it, or one side of it, would stand at several
    places: then it proves nothing; and where a release shows most of its window (wortlaut.export.hidden). ``echo``
    counts the stretches of 12 code points in and around the span that stand elsewhere in the text too: where a text has
    more of them, somebody put a copy into it. ``echoes`` says which of those in the wide window do, in hexadecimal: the
    lowest bit is the first one's.
    """

    wide: str
    near: str | None
    nth: int
    of: int
    echo: int
    echoes: str


def reach(start: int, end: int, length: int, width: int) -> tuple[int, int]:
    """Give how many code points of text stand before and after a span, ``width`` at most, in a text of ``length``."""
    return min(width, start), min(width, length - end)


def digest(salt: str, window: str) -> str:
    """Give the anchor of a window of text.

    >>> digest("s", "Lindenau"), len(digest("s", "x")) == HEX
    ('c18151f1c45cc300', True)
    """
    return sha256(f"{salt}\n{window}".encode()).hexdigest()[:HEX]


class Echoes:
    """Where a text repeats itself: its stretches of 12 code points that stand in it more than once."""

    def __init__(self, text: str) -> None:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
        count = max(len(codes) - NEAR + 1, 0)
        hashes: npt.NDArray[np.uint64] = np.zeros(count, dtype=np.uint64)
        for place in range(NEAR if count else 0):
            hashes = (hashes ^ (hashes >> np.uint64(29))) * _FACTOR + codes[place : place + count]
        _, inverse, numbers = np.unique(hashes, return_inverse=True, return_counts=True)
        self._again = numbers[inverse] > 1
        self._before = np.concatenate([[0], np.cumsum(self._again)])

    def mask(self, start: int, end: int) -> int:
        """Give which stretches within ``text[start:end]`` stand elsewhere too, as bits, the lowest for the first."""
        places = np.flatnonzero(self._again[start : max(end - NEAR + 1, start)])
        return sum(1 << place for place in places.tolist())

    def around(self, start: int, end: int) -> int:
        """Count the stretches within and around ``text[start:end]`` that stand elsewhere in the text too."""
        last = max(min(end + AROUND - NEAR + 1, len(self._before) - 1), 0)
        return int(self._before[last] - self._before[min(max(start - AROUND, 0), last)])


def anchors_of(salt: str, text: str, start: int, end: int, echoes: Echoes | None = None) -> Anchors:
    """Give the anchors of ``text[start:end]``; ``echoes`` are those of the text, if they are known."""
    left, right = reach(start, end, len(text), WIDE)
    window = text[start - left : end + right]
    places = list(places_of(window, text))
    known = echoes or Echoes(text)
    near_left, near_right = reach(start, end, len(text), NEAR)
    near = _times(text, start, end, NEAR) == 1
    return Anchors(
        wide=digest(salt, window),
        near=digest(salt, text[start - near_left : end + near_right]) if near else None,
        nth=places.index(start - left),
        of=max(len(places), _times(text, start, end, WIDE)),
        echo=known.around(start, end),
        echoes=f"{known.mask(start - left, end + right):x}",
    )


def _times(text: str, start: int, end: int, width: int) -> int:
    """Count how often the window of a span stands in its text, or the span with what stands on one side of it.

    Where a part of the text between two equal passages is taken out, what is left of the one joins the other: a window
    of which one side stands elsewhere too proves nothing.
    """
    left, right = reach(start, end, len(text), width)
    windows = {text[start - left : end + right]}
    windows |= {text[start - left : end]} if left == width else set()
    windows |= {text[start : end + right]} if right == width else set()
    return max(sum(1 for _ in places_of(window, text)) for window in windows)


def places_of(window: str, text: str) -> Iterator[int]:
    """Give every place of a window in a text, also those that overlap."""
    place = text.find(window)
    while place >= 0:
        yield place
        place = text.find(window, place + 1)
