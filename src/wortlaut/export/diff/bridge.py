"""From the text of the older release to that of the newer: where a span of the one stands in the other.

Where the text is the same every place is its own. Where it was revised, words that stayed are found as the longest
matching runs (Ratcliff and Obershelp, in ``difflib``), and a span whose words all stayed together is at their new
place; a span in whose middle something changed has none.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

__all__ = ["Bridge"]

_WORD = re.compile(r"\w+|\s+|[^\w\s]")


class Bridge:
    """Takes places in an older text to a newer one; either may be None, which a release without texts gives."""

    def __init__(self, before: str | None, after: str | None) -> None:
        self._runs: list[tuple[int, int, int]] | None = None
        if before is not None and after is not None and before != after:
            self._runs = _runs(before, after)

    def place(self, start: int, end: int) -> tuple[int, int] | None:
        """Give where the older text's ``start:end`` stands in the newer one (code points), None where it does not."""
        if self._runs is None:
            return start, end
        for low, high, shift in self._runs:
            if low <= start and end <= high:
                return start + shift, end + shift
        return None


def _runs(before: str, after: str) -> list[tuple[int, int, int]]:
    """Give the runs of the older text that stayed: begin, end, and how far they moved."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    old_at, new_at = _starts(old), _starts(new)
    runs = []
    for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        if block.size:
            low, high = old_at[block.a], old_at[block.a + block.size]
            runs.append((low, high, new_at[block.b] - low))
    return runs


def _starts(words: list[str]) -> list[int]:
    starts, at = [], 0
    for word in words:
        starts.append(at)
        at += len(word)
    return [*starts, at]
