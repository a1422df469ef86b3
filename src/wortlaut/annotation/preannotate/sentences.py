"""Finds where sentences end, well enough to ask what stands in the same sentence as a quote.

A full stop after an abbreviation, an ordinal (``22. Januar``) or an initial ends nothing; nor does one inside
quotation marks, for the frame of a quote belongs to the sentence around it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

__all__ = ["Sentences"]

_END = re.compile(r"[.!?…]+[)\]]*(?=\s+[\w„“”\"»«‚›‹(–-]|\s*$)|\n+")
# After the closing mark of a quote that holds its own full stop, a capital letter starts a new sentence.
_ENDS_QUOTE = re.compile(r"\s+[A-ZÄÖÜ„“\"»«(]")
# The word before the full stop: an abbreviation, a number of at most three digits, or one letter.
_NO_END = re.compile(
    r"(?:^|[\s(./])(?:\d{1,3}|[A-Za-zÄÖÜäöü]|Dr|Prof|Dipl|Ing|St|Nr|Bd|Hrsg|Jh|Jhd|Mio|Mrd|Tsd|Std|Min|Sek"
    r"|ca|bzw|usw|etc|evtl|ggf|inkl|vgl|sog|geb|gest|gegr|dt|engl|frz|ehem|max|min|Str|Jan|Feb|Aug|Sept|Okt|Nov|Dez"
    r"|Mo|Di|Mi|Do|Fr|Sa|So|Chr|Corp|Inc|Ltd|Jr|Sen|Tel)$"
)


class Sentences:
    """The sentences of one text. ``quotes`` are stretches inside which no sentence ends, marks included."""

    def __init__(
        self, text: str, paragraphs: Iterable[tuple[int, int]], quotes: Iterable[tuple[int, int]] = ()
    ) -> None:
        masked = sorted(quotes)
        starts = {end for start, end in masked if _ends_itself(text, start, end)}
        for start, end in paragraphs:
            starts |= {start, end}
            for match in _END.finditer(text, start, end):
                inside = bisect_right(masked, (match.start(), len(text))) - 1
                if inside >= 0 and match.start() < masked[inside][1]:
                    continue
                if match[0] == "." and _NO_END.search(text[max(start, match.start() - 8) : match.start()]):
                    continue
                starts.add(match.end())
        self._starts = sorted(starts)

    @property
    def starts(self) -> tuple[int, ...]:
        """Where sentences begin, and the end of the last one."""
        return tuple(self._starts)

    def around(self, start: int, end: int) -> tuple[int, int]:
        """Give the sentence that holds ``text[start:end]``, from the end of the one before it."""
        first = max(0, bisect_right(self._starts, start) - 1)
        last = bisect_right(self._starts, max(start, end - 1))
        return self._starts[first], self._starts[min(last, len(self._starts) - 1)]


def _ends_itself(text: str, start: int, end: int) -> bool:
    return end - start > 2 and text[end - 2] in ".!?…" and _ENDS_QUOTE.match(text, end) is not None
