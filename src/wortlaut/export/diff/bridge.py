"""From the text of the older release to that of the newer: where a span of the one stands in the other.

Where the text is the same every place is its own. Where it was revised, paragraphs that stayed are found first, then
the words that stayed within what is left between them: each time as the longest matching runs (Ratcliff and Obershelp,
in ``difflib``) of what is not common to the beginnings and ends. A span whose words all stayed together, with the same
blanks between them, is at their new place; a span in whose middle something changed has none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher

__all__ = ["Bridge"]

_PARAGRAPH = re.compile(r"[^\n]*\n+|[^\n]+")
_WORD = re.compile(r"\w+|[^\w\s]")
# From here on (older words times newer ones) words that make up more than a hundredth of the text begin no run: they
# are what makes the search quadratic. A few words less are found in a part that was wholly rewritten.
_LARGE = 1_000_000

_Block = tuple[int, int, int]  # begins here in the older, here in the newer, and is so long


class Bridge:
    """Takes places in an older text to a newer one; either may be None, which a release without texts gives."""

    def __init__(self, before: str | None, after: str | None) -> None:
        self._runs: list[tuple[int, int, int]] | None = None
        if before is not None and after is not None and before != after:
            self._runs = list(_runs(before, after))
            self._begins = [low for low, _, _ in self._runs]

    def place(self, start: int, end: int) -> tuple[int, int] | None:
        """Give where the older text's ``start:end`` stands in the newer one (code points), None where it does not."""
        if self._runs is None:
            return start, end
        # Runs may share blanks at their edges: the one before may hold the place too.
        at = bisect_right(self._begins, start)
        for low, high, shift in reversed(self._runs[max(0, at - 2) : at]):
            if low <= start and end <= high:
                return start + shift, end + shift
        return None


def _runs(before: str, after: str) -> Iterator[tuple[int, int, int]]:
    """Give the runs of the older text that stayed, in its order: begin, end, and how far they moved."""
    old, new = list(_WORD.finditer(before)), list(_WORD.finditer(after))
    low, high, shift = 0, 0, None
    for one, other, size in _word_blocks(before, after):
        for i, j in zip(range(one, one + size), range(other, other + size), strict=True):
            moved = new[j].start() - old[i].start()
            # The same shift and nothing but the same blanks between: the run goes on.
            begin = old[i - 1].end() if i else 0
            goes_on = high == begin and before[begin : old[i].start()] == after[begin + moved : new[j].start()]
            if shift == moved and goes_on:
                high = old[i].end()
                continue
            if shift is not None:
                yield _widened(before, after, low, high, shift)
            low, high, shift = old[i].start(), old[i].end(), moved
    if shift is not None:
        yield _widened(before, after, low, high, shift)


def _widened(before: str, after: str, low: int, high: int, shift: int) -> tuple[int, int, int]:
    """Take into a run the blanks at its edges that are the same in both."""
    while low > 0 and low + shift > 0 and before[low - 1] == after[low + shift - 1] and before[low - 1].isspace():
        low -= 1
    while (
        high < len(before)
        and high + shift < len(after)
        and before[high] == after[high + shift]
        and before[high].isspace()
    ):
        high += 1
    return low, high, shift


def _word_blocks(before: str, after: str) -> Iterator[_Block]:
    """Give the words that stayed, in the order of both texts."""
    old, new = _paragraphs(before), _paragraphs(after)
    old_words, new_words = _flat(old), _flat(new)
    old_at, new_at = _starts(old), _starts(new)
    one = other = 0  # paragraphs that are behind us

    def between(i: int, j: int) -> Iterator[_Block]:
        a, b = old_at[one], new_at[other]
        for x, y, size in _common(old_words[a : old_at[i]], new_words[b : new_at[j]]):
            yield a + x, b + y, size

    for i, j, size in _common(old, new):
        yield from between(i, j)
        yield old_at[i], new_at[j], old_at[i + size] - old_at[i]
        one, other = i + size, j + size
    yield from between(len(old), len(new))


def _common(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[_Block]:
    """Give the runs that both have: the common beginning, those between, the common end."""
    shorter = min(len(old), len(new))
    front = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    back = next((n for n in range(shorter - front) if old[-1 - n] != new[-1 - n]), shorter - front)
    if front:
        yield 0, 0, front
    inner_old, inner_new = old[front : len(old) - back], new[front : len(new) - back]
    if inner_old and inner_new:
        large = len(inner_old) * len(inner_new) > _LARGE
        for block in SequenceMatcher(None, inner_old, inner_new, autojunk=large).get_matching_blocks():
            if block.size:
                yield front + block.a, front + block.b, block.size
    if back:
        yield len(old) - back, len(new) - back, back


def _paragraphs(text: str) -> list[tuple[str, ...]]:
    """Give the words of each paragraph that has any: how blanks are written is no difference here."""
    found = [tuple(_WORD.findall(one)) for one in _PARAGRAPH.findall(text)]
    return [words for words in found if words]


def _flat(paragraphs: Sequence[tuple[str, ...]]) -> list[str]:
    return [word for words in paragraphs for word in words]


def _starts(paragraphs: Sequence[tuple[str, ...]]) -> list[int]:
    starts = [0]
    for words in paragraphs:
        starts.append(starts[-1] + len(words))
    return starts
