"""Find spans in a text that is not quite the one they were drawn in, by their anchors. Nothing is guessed.

A place is firm where all of this holds: one of the span's anchors stands there alone, having stood at one place of the
old text alone (or the wide one as often as there, and there in the same rank); the span with what stands on one side of
it stands no more often than it did; and the text around it does not repeat itself more than the old one did, not even
in stretches of 12 code points. Of firm places that contradict each other in
their order, the one with the most contradictions is given up first, equals together.

What is not firm is taken where the firm places before and after it leave one place alone for its surface, and one of
its anchors stands there. A passage that was repeated (a teaser, a pull quote) is therefore never taken for the passage.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from hashlib import sha256
from itertools import islice

import msgspec
import numpy as np

from wortlaut.export.anchors import HEX, NEAR, WIDE, Anchors, Echoes, places_of, reach
from wortlaut.export.columns import numbers

__all__ = ["Located", "Window", "locate"]

Window = tuple[int, int]
"""Where a span stood in the old text: code points, half open."""


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """Where each span begins in the new text; ``ambiguous`` and ``lost`` are those that have no place there."""

    starts: dict[Window, int]
    ambiguous: frozenset[Window]
    lost: frozenset[Window]


class _Hits(msgspec.Struct, frozen=True, kw_only=True):
    """Where the anchors of a span stand in the new text, and the one place among them that they prove, if there is."""

    places: tuple[int, ...]
    sole: int | None = None


def locate(spans: Mapping[Window, Anchors], *, length: int, text: str, salt: str) -> Located:
    """Find the spans of a text of ``length`` code points in ``text``, anchored with ``salt``."""
    scan = _Scan(text, salt)
    wide = scan.hits({span: (one.wide, *reach(*span, length, WIDE)) for span, one in spans.items()})
    near = scan.hits({span: (one.near, *reach(*span, length, NEAR)) for span, one in spans.items() if one.near})
    hits = {span: _judge(one, wide.get(span, ()), near.get(span, ())) for span, one in spans.items()}
    echoes = Echoes(text)
    firm = _consistent(
        {
            span: one.sole
            for span, one in hits.items()
            if one.sole is not None
            and echoes.around(one.sole, one.sole + span[1] - span[0]) <= spans[span].echo
            and _echoes_no_more(span, one.sole, spans[span], length, echoes, whole=one.sole in wide.get(span, ()))
            and _sides_stand_alone(span, one.sole, spans[span], length, text)
        }
    )
    open_hits = {span: one.places for span, one in hits.items() if span not in firm and one.places}
    starts = firm | _between(firm, open_hits, spans, text)
    open_ = frozenset(span for span, one in hits.items() if span not in starts and one.places)
    lost = frozenset(span for span, one in hits.items() if not one.places)
    return Located(starts=starts, ambiguous=open_, lost=lost)


def _judge(one: Anchors, wide: tuple[int, ...], near: tuple[int, ...]) -> _Hits:
    places = tuple(sorted({*wide, *near}))
    if one.of > 1:
        return _Hits(places=places, sole=wide[one.nth] if len(wide) == one.of else None)
    return _Hits(places=places, sole=places[0] if len(places) == 1 else None)


def _echoes_no_more(span: Window, place: int, one: Anchors, length: int, echoes: Echoes, *, whole: bool) -> bool:
    """Say whether nothing in the window that was found repeats itself now that did not in the old text."""
    left, right = reach(*span, length, WIDE if whole else NEAR)
    before = int(one.echoes, 16) >> (min(WIDE, span[0]) - left)
    end = place + span[1] - span[0]
    return echoes.mask(place - left, end + right) & ~before == 0


def _sides_stand_alone(span: Window, place: int, one: Anchors, length: int, text: str) -> bool:
    """Say whether the span with what stands on one side of it stands no more often than it did in the old text.

    Where a passage was copied and the text behind the original cut, the copy alone has the whole window, and the
    original one side of it. At an edge of the old text a side is short and proves little: there the edge of the new one
    must not begin, or end, as the window does while the window stands elsewhere.
    """
    width, most = (NEAR, 1) if one.near is not None else (WIDE, one.of)
    left, right = reach(*span, length, width)
    end = place + span[1] - span[0]
    before, after = text[place - left : end], text[place : end + right]
    at_start, at_end = place == left, end + right == len(text)
    before_alone = _at_most(most, before, text) if left == width else at_start or not text.startswith(before)
    after_alone = _at_most(most, after, text) if right == width else at_end or not text.endswith(after)
    return before_alone and after_alone


def _at_most(most: int, side: str, text: str) -> bool:
    return sum(1 for _ in islice(places_of(side, text), most + 1)) <= most


class _Scan:
    """Slides windows over a text. The hashes are of UTF-8, so the text is encoded once."""

    def __init__(self, text: str, salt: str) -> None:
        self._data = text.encode()
        self._length = len(text)
        ends = np.fromiter((len(char.encode()) for char in text), dtype=np.int64, count=len(text))
        self._offsets = [0, *np.cumsum(ends).tolist()]
        self._salted = sha256(f"{salt}\n".encode())

    def hits(self, wanted: Mapping[Window, tuple[str | None, int, int]]) -> dict[Window, tuple[int, ...]]:
        """Give where spans may begin: for each its anchor, and how far its window reaches before and after it."""
        by_size: dict[int, dict[str, list[tuple[Window, int]]]] = {}
        for span, (anchor, left, right) in wanted.items():
            size = left + span[1] - span[0] + right
            by_size.setdefault(size, {}).setdefault(anchor or "", []).append((span, left))
        found: dict[Window, list[int]] = {}
        for size, anchors in by_size.items():
            for place in range(self._length - size + 1):
                salted = self._salted.copy()
                salted.update(self._data[self._offsets[place] : self._offsets[place + size]])
                for span, left in anchors.get(salted.hexdigest()[:HEX], ()):
                    found.setdefault(span, []).append(place + left)
        return {span: tuple(places) for span, places in found.items()}


def _consistent(sure: Mapping[Window, int]) -> dict[Window, int]:
    """Keep the places that do not contradict each other."""
    spans = sorted(sure)
    starts, ends = numbers([span[0] for span in spans]), numbers([span[1] for span in spans])
    moved = numbers([sure[span] for span in spans])
    alive = np.ones(len(spans), dtype=np.bool_)
    while alive.any():
        against = np.zeros(len(spans), dtype=np.int64)
        for place in np.flatnonzero(alive).tolist():
            # Spans that share text move together; others keep their order and do not come to share any.
            shares = (starts < ends[place]) & (ends > starts[place])
            other_shift = moved - starts != moved[place] - starts[place]
            before = ends <= starts[place]
            after = starts >= ends[place]
            crossed = (before & (moved + ends - starts > moved[place])) | (
                after & (moved < moved[place] + ends[place] - starts[place])
            )
            against[place] = int((alive & ((shares & other_shift) | (crossed & ~shares))).sum())
        worst = int(against[alive].max())
        if worst == 0:
            break
        alive &= against < worst
    return {spans[place]: int(moved[place]) for place in np.flatnonzero(alive).tolist()}


def _between(
    firm: Mapping[Window, int], others: Mapping[Window, tuple[int, ...]], spans: Mapping[Window, Anchors], text: str
) -> dict[Window, int]:
    """Give the places of other spans that the firm ones before and after them leave alone."""
    known = sorted(firm)
    settled: dict[Window, int] = {}
    for span, places in others.items():
        at = bisect_left(known, span)
        before = [one for one in known[:at] if one[1] <= span[0]]
        after = [one for one in known[at:] if one[0] >= span[1]]
        if not before or not after:
            continue
        low = max(firm[one] + one[1] - one[0] for one in before)
        high = min(firm[one] for one in after)
        size = span[1] - span[0]
        fitting = [place for place in places if low <= place and place + size <= high]
        if len(fitting) != 1:
            continue
        between = text[low:high]
        surface = text[fitting[0] : fitting[0] + size]
        # A copy of the passage between the same two neighbours may be all that is left of it.
        copied = Echoes(between).around(fitting[0] - low, fitting[0] - low + size) > spans[span].echo
        if not copied and _at_most(1, surface, between):
            settled[span] = fitting[0]
    both = _consistent({**firm, **settled})
    return {span: place for span, place in settled.items() if span in both}
