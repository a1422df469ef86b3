"""Offsets: code points inside wortlaut, UTF-16 code units only here, at the border.

Every offset in a wortlaut record counts Unicode code points, half open: ``text[start:end]`` in Python is the
surface. JavaScript and old Label Studio exports count UTF-16 code units, in which a character beyond U+FFFF
(an emoji, say) counts two (https://www.unicode.org/faq/utf_bom.html#utf16-1).
"""

from __future__ import annotations

import re
from bisect import bisect_left

__all__ = ["Utf16Offsets"]

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


class Utf16Offsets:
    """Converts offsets in one text between UTF-16 code units and code points, O(log k) for k astral characters."""

    __slots__ = ("_length", "_points", "_units")

    def __init__(self, text: str) -> None:
        self._points = [match.start() for match in _ASTRAL.finditer(text)]
        self._units = [point + number for number, point in enumerate(self._points)]
        self._length = len(text)

    @property
    def differs(self) -> bool:
        """Say whether the two units differ anywhere in the text."""
        return bool(self._points)

    def to_code_points(self, unit: int) -> int | None:
        """Give the code point offset of a UTF-16 offset.

        None where it lies beyond the end or in the middle of a surrogate pair: such an offset fits nothing.
        """
        if unit < 0:
            return None
        before = bisect_left(self._units, unit)
        if before and self._units[before - 1] + 1 == unit:
            return None
        point = unit - before
        return point if point <= self._length else None

    def to_utf16(self, point: int) -> int:
        """Give the UTF-16 offset of a code point offset from 0 to the length of the text, both included.

        Raises ValueError for an offset outside the text.
        """
        if not 0 <= point <= self._length:
            raise ValueError(f"offset {point} is outside a text of {self._length} code points")
        return point + bisect_left(self._points, point)
