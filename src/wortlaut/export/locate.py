"""Find spans in a text that is not quite the one they were drawn in, by their anchors. Nothing is guessed.

A span is found where one of its anchors stands at one place of the new text alone, having stood at one place of the
old one alone. Where the old text had the wide anchor at several places, the new one must have it as often, and the
span is at the place of the same number. Then the order decides: a place that contradicts others is given up, the one
with the most contradictions first, equals together. What stands at several places is taken where exactly one of them
lies between the neighbours on both sides that were found.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from hashlib import sha256

import msgspec
import numpy as np

from wortlaut.export.anchors import HEX, NEAR, WIDE, Anchors, reach
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
    """The places in the new text that an anchor allows. ``proves``: the only one of them is the span's."""

    places: tuple[int, ...]
    proves: bool


def locate(spans: Mapping[Window, Anchors], *, length: int, text: str, salt: str) -> Located:
    """Find the spans of a text of ``length`` code points in ``text``, anchored with ``salt``."""
    scan = _Scan(text, salt)
    wide = scan.hits({span: (one.wide, *reach(*span, length, WIDE)) for span, one in spans.items()})
    near = scan.hits({span: (one.near, *reach(*span, length, NEAR)) for span, one in spans.items() if one.near})
    found = {span: _judge(one, wide.get(span, ()), near.get(span, ())) for span, one in spans.items()}
    sure = {span: hits.places[0] for span, hits in found.items() if hits.proves and len(hits.places) == 1}
    kept = _consistent(sure)
    open_ = {span: hits.places for span, hits in found.items() if span not in kept and hits.places}
    for span, place in _between(kept, {s: p for s, p in open_.items() if found[s].proves and s not in sure}).items():
        kept[span] = place
        del open_[span]
    lost = frozenset(span for span, hits in found.items() if not hits.places)
    return Located(starts=kept, ambiguous=frozenset(open_), lost=lost)


def _judge(one: Anchors, wide: tuple[int, ...], near: tuple[int, ...]) -> _Hits:
    if one.of > 1:
        if len(wide) == one.of:
            return _Hits(places=(wide[one.nth],), proves=True)
        return _Hits(places=wide, proves=False)
    if wide:
        return _Hits(places=wide, proves=True)
    return _Hits(places=near, proves=True)


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


def _between(kept: Mapping[Window, int], several: Mapping[Window, Iterable[int]]) -> dict[Window, int]:
    """Give those of several places that alone lie between the found neighbours on both sides."""
    known = sorted(kept)
    settled: dict[Window, int] = {}
    for span, places in several.items():
        at = bisect_left(known, span)
        before = [one for one in known[:at] if one[1] <= span[0]]
        after = [one for one in known[at:] if one[0] >= span[1]]
        if not before or not after:
            continue
        low = max(kept[one] + one[1] - one[0] for one in before)
        high = min(kept[one] for one in after)
        fitting = [place for place in places if low <= place and place + span[1] - span[0] <= high]
        if len(fitting) == 1:
            settled[span] = fitting[0]
    both = _consistent({**kept, **settled})
    return {span: place for span, place in settled.items() if span in both}
