"""Which surfaces a release without texts may show: short ones, and never so many that they give a passage away.

The unit is a word: a run of letters and digits, whatever stands between them. Nothing that is shown, alone or together
with what is shown beside it, may come to EIGHT words of the text in a row (or to all of a shorter text).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from wortlaut.export.grams import words_of

__all__ = ["EIGHT", "shown", "word_spans"]

EIGHT = 8
"""So many words in a row are a passage."""
_WORD = re.compile(r"[^\W_]+")


def word_spans(text: str) -> list[tuple[int, int]]:
    """Give where the words of a text stand.

    >>> word_spans("„Ja“, sagte E.ON-Chef")
    [(1, 3), (6, 11), (12, 13), (14, 16), (17, 21)]
    """
    return [match.span() for match in _WORD.finditer(text)]


def _size(word: str) -> int:
    """Give how many words the gate sees in one: it takes a letter or number apart that stands for several (½, ㏒)."""
    return 1 if word.isascii() else max(1, len(words_of(word)))


def shown(text: str, spans: Iterable[tuple[int, int]], longest: int) -> set[tuple[int, int]]:
    """Give those of the spans whose surfaces may be shown: at most ``longest`` code points, and no passage together.

    Spans are looked at in the order of the text; one that would close a passage with those before it is not shown.
    """
    words = word_spans(text)
    starts, ends = [word[0] for word in words], [word[1] for word in words]
    sizes = [_size(text[start:end]) for start, end in words]
    limit = min(EIGHT, sum(sizes))
    covered = bytearray(len(words))
    kept: set[tuple[int, int]] = set()
    for start, end in sorted(set(spans)):
        if end - start > longest:
            continue
        first, stop = bisect_right(ends, start), bisect_left(starts, end)
        low, high = first, stop
        while low > 0 and covered[low - 1]:
            low -= 1
        while high < len(words) and covered[high]:
            high += 1
        if sum(sizes[low:high]) >= limit and limit:
            continue
        covered[first:stop] = b"\1" * (stop - first)
        kept.add((start, end))
    return kept
