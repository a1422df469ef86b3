"""Which span of the newer layer is which of the older: exact, relabelled, moved, or none.

Spans are paired in three rounds, each taking what the one before left: the same place and label; the same place
with another label; the same label at an overlapping place, the largest share of overlap first (ties: the order of the
text). So a span whose end was corrected is one change, and not one span lost and another found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from wortlaut.export.diff.bridge import Bridge
from wortlaut.export.diff.records import SpanChange, span_at
from wortlaut.export.release import ReleasedSpan

__all__ = ["Pairs", "Rename", "best_pairs", "pair_spans", "span_changes"]

Rename = Callable[[str], tuple[str, ...]]
"""Gives the names that a name of the older scheme may have become; itself where nothing is said of it."""


class _Old(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An older span, its place in the newer text (None: its words are gone), and what ``labels`` it may bear now."""

    span: ReleasedSpan
    place: tuple[int, int] | None
    labels: tuple[str, ...]


class Pairs(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs of (older, newer) that are the same span, and what is left over on either side, in the text's order."""

    same: list[tuple[ReleasedSpan, ReleasedSpan]]
    relabelled: list[tuple[ReleasedSpan, ReleasedSpan]]
    moved: list[tuple[ReleasedSpan, ReleasedSpan]]
    left: list[ReleasedSpan]
    came: list[ReleasedSpan]
    migrated: frozenset[str]

    def twins(self) -> dict[str, str]:
        """Give for each paired span of the older layer the id of its partner in the newer."""
        return {old.id: new.id for pairs in (self.same, self.relabelled, self.moved) for old, new in pairs}


def pair_spans(before: Sequence[ReleasedSpan], after: Sequence[ReleasedSpan], bridge: Bridge, rename: Rename) -> Pairs:
    """Pair the spans of two layers."""
    old = [_Old(span=span, place=bridge.place(span.start, span.end), labels=rename(span.label)) for span in before]
    new = list(after)
    same = _take(old, new, lambda one, span: one.place == (span.start, span.end) and one.span.label == span.label)
    # A label that the scheme renamed is the same span still, told apart from what a person relabelled.
    renamed = _take(old, new, lambda one, span: one.place == (span.start, span.end) and span.label in one.labels)
    other = _take(old, new, lambda one, span: one.place == (span.start, span.end))
    moved = _overlapping(old, new)
    return Pairs(
        same=[(one.span, span) for one, span in same],
        relabelled=[(one.span, span) for one, span in renamed + other],
        moved=[(one.span, span) for one, span in moved],
        left=[one.span for one in old],
        came=new,
        migrated=frozenset([one.span.id for one, _ in renamed]),
    )


def span_changes(pairs: Pairs) -> tuple[SpanChange, ...]:
    """Give what is other, in the order of the text."""
    changes = [
        SpanChange(change="relabelled", before=span_at(old), after=span_at(new), by_migration=old.id in pairs.migrated)
        for old, new in pairs.relabelled
    ]
    changes += [
        SpanChange(change="origin", before=span_at(old), after=span_at(new))
        for old, new in pairs.same
        if old.origin != new.origin
    ]
    changes += [SpanChange(change="moved", before=span_at(old), after=span_at(new)) for old, new in pairs.moved]
    changes += [SpanChange(change="left", before=span_at(old)) for old in pairs.left]
    changes += [SpanChange(change="came", after=span_at(new)) for new in pairs.came]
    return tuple(sorted(changes, key=_order))


def _order(change: SpanChange) -> tuple[int, int, str, str]:
    span = change.after or change.before
    return (span.start, span.end, span.label, change.change) if span else (0, 0, "", change.change)


def _take(
    old: list[_Old], new: list[ReleasedSpan], fits: Callable[[_Old, ReleasedSpan], bool]
) -> list[tuple[_Old, ReleasedSpan]]:
    """Take pairs that fit out of both lists, each span once, in the text's order."""
    by_place: dict[tuple[int, int], list[ReleasedSpan]] = {}
    for span in new:
        by_place.setdefault((span.start, span.end), []).append(span)
    found: list[tuple[_Old, ReleasedSpan]] = []
    rest: list[_Old] = []
    for one in old:
        there = by_place.get(one.place, []) if one.place else []
        partner = next((span for span in there if fits(one, span)), None)
        if partner is None:
            rest.append(one)
            continue
        there.remove(partner)
        found.append((one, partner))
    taken = {id(span) for _, span in found}
    old[:] = rest
    new[:] = [span for span in new if id(span) not in taken]
    return found


def best_pairs(candidates: Iterable[tuple[float, int, int, int]]) -> list[tuple[int, int]]:
    """Pair greedily: of (cost, tie, older, newer) the cheapest first, each number of either side once."""
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    pairs = []
    for _, _, old, new in sorted(candidates):
        if old not in taken_old and new not in taken_new:
            taken_old.add(old)
            taken_new.add(new)
            pairs.append((old, new))
    return pairs


def _overlapping(old: list[_Old], new: list[ReleasedSpan]) -> list[tuple[_Old, ReleasedSpan]]:
    candidates = []
    for i, one in enumerate(old):
        if one.place is None:
            continue
        start, end = one.place
        for j, span in enumerate(new):
            common = min(end, span.end) - max(start, span.start)
            if common > 0 and (span.label == one.span.label or span.label in one.labels):
                union = max(end, span.end) - min(start, span.start)
                candidates.append((-common / union, start, i, j))
    found = best_pairs(candidates)
    pairs = [(old[i], new[j]) for i, j in found]
    gone, paired = {i for i, _ in found}, {j for _, j in found}
    old[:] = [one for i, one in enumerate(old) if i not in gone]
    new[:] = [span for j, span in enumerate(new) if j not in paired]
    return sorted(pairs, key=lambda pair: (pair[1].start, pair[1].end))
