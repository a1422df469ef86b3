"""Which quote of the newer layer is which of the older, and what is other about it.

Quotes are paired as spans are, by their fragments: the same fragments, else the largest share of overlap (code points
that both cover, of those that either covers).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from wortlaut.export.diff.bridge import Bridge
from wortlaut.export.diff.pairs import Rename, best_pairs
from wortlaut.export.diff.records import QuoteAt, QuoteChange, span_at
from wortlaut.export.diff.renames import Renames
from wortlaut.export.release import ReleasedQuote

__all__ = ["QuotePairs", "quote_changes"]

_Places = tuple[tuple[int, int] | None, ...]


class QuotePairs(msgspec.Struct, frozen=True, kw_only=True):
    """The changes in the order of the text, and for each fragment of a paired quote the id of its partner."""

    changes: tuple[QuoteChange, ...]
    twins: dict[str, str]


def quote_changes(
    before: Sequence[ReleasedQuote],
    after: Sequence[ReleasedQuote],
    bridge: Bridge,
    renames: Renames,
    twins: dict[str, str],
) -> QuotePairs:
    """Compare the quotes of two layers. ``twins`` are the partners of the spans that quotes name."""
    places = [tuple([bridge.place(part.start, part.end) for part in quote.fragments]) for quote in before]
    pairs = _pairs(before, after, places, renames.label)
    changes: list[QuoteChange] = []
    fragment_twins: dict[str, str] = {}
    for i, j in pairs:
        was, now = before[i], after[j]
        fragment_twins.update(_fragment_twins(was, now, places[i]))
        what = _what(was, now, places[i], twins, renames)
        if what:
            changes.append(QuoteChange(change="changed", before=_at(was), after=_at(now), what=what))
    paired_old, paired_new = {i for i, _ in pairs}, {j for _, j in pairs}
    changes += [QuoteChange(change="left", before=_at(one)) for i, one in enumerate(before) if i not in paired_old]
    changes += [QuoteChange(change="came", after=_at(one)) for j, one in enumerate(after) if j not in paired_new]
    return QuotePairs(changes=tuple(sorted(changes, key=_order)), twins=fragment_twins)


def _order(change: QuoteChange) -> tuple[int, int, str]:
    quote = change.after or change.before
    return (quote.fragments[0].start, quote.fragments[-1].end, change.change) if quote else (0, 0, "")


def _pairs(
    before: Sequence[ReleasedQuote], after: Sequence[ReleasedQuote], places: Sequence[_Places], rename: Rename
) -> list[tuple[int, int]]:
    candidates = []
    for i, old in enumerate(before):
        covered = _points(places[i])
        for j, new in enumerate(after):
            points = _points([(part.start, part.end) for part in new.fragments])
            common = len(covered & points)
            if common:
                other_type = new.type != old.type and new.type not in rename(old.type)
                candidates.append((-common / len(covered | points), int(other_type), i, j))
    return best_pairs(candidates)


def _fragment_twins(was: ReleasedQuote, now: ReleasedQuote, places: _Places) -> dict[str, str]:
    """Pair the fragments of one quote: those at the same place, those that overlap most, then by their order.

    So a fragment that was put in front or taken away leaves the others the partners that they had.
    """
    candidates = []
    for i, place in enumerate(places):
        for j, part in enumerate(now.fragments):
            common = min(place[1], part.end) - max(place[0], part.start) if place else 0
            if place and common > 0:
                union = max(place[1], part.end) - min(place[0], part.start)
                candidates.append((-common / union, place[0], i, j))
    pairs = best_pairs(candidates)
    old_left = [i for i in range(len(places)) if i not in {i for i, _ in pairs}]
    new_left = [j for j in range(len(now.fragments)) if j not in {j for _, j in pairs}]
    pairs += zip(old_left, new_left, strict=False)
    return {was.fragments[i].id: now.fragments[j].id for i, j in pairs}


def _points(places: Sequence[tuple[int, int] | None]) -> set[int]:
    return {point for place in places if place for point in range(*place)}


def _what(
    was: ReleasedQuote, now: ReleasedQuote, places: _Places, twins: dict[str, str], renames: Renames
) -> tuple[str, ...]:
    """Name what is other: ``type``, or ``type by migration`` where the scheme itself renamed it, and so on."""
    old_status, new_status = was.speaker_status, now.speaker_status

    def partners(ids: Sequence[str]) -> list[str]:
        return sorted([twins.get(name, f"\0{name}") for name in ids])

    found = []
    if was.type != now.type:
        found.append("type by migration" if now.type in renames.label(was.type) else "type")
    if places != tuple([(part.start, part.end) for part in now.fragments]):
        found.append("fragments")
    for name, old, new in (
        ("cues", [cue.id for cue in was.cues], [cue.id for cue in now.cues]),
        ("speakers", was.speakers, now.speakers),
        ("resolved speakers", was.resolved_speakers, now.resolved_speakers),
        ("addressees", was.addressees, now.addressees),
    ):
        if partners(old) != sorted(new):
            found.append(name)
    if old_status != new_status:
        renamed = old_status is not None and new_status in renames.option(renames.status, old_status)
        found.append("speaker status by migration" if renamed else "speaker status")
    return tuple(found)


def _at(quote: ReleasedQuote) -> QuoteAt:
    return QuoteAt(id=quote.id, type=quote.type, fragments=tuple([span_at(part) for part in quote.fragments]))
