"""Before the stages: names of older versions of the scheme are read as those that they have become.

The entries of an annotation are rewritten, the text of the file is not. From here on the stages see the new names:
signatures, choices and duplicates are checked on these.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from sys import float_info

import msgspec

from wortlaut.annotation.check.bench import Bench, Renaming
from wortlaut.annotation.check.migration_chain import Chain
from wortlaut.annotation.check.spans import is_formed, is_utf16
from wortlaut.annotation.reader.wire import TAKEN_OUT, WireRegion, WireValue
from wortlaut.schema.migrations import NameKind
from wortlaut.schema.offsets import Utf16Offsets
from wortlaut.schema.scheme import Scheme

__all__ = ["Migrator"]


_TODAY = float_info.max
"""A time later than any version, and before the end of the names that are gone for good."""


class _Told(msgspec.Struct):
    """What is told of one old name in one annotation: where it stands first, and how often it became what.

    ``by_default``: only its age tells that it is old, and the annotation bears no time.
    """

    number: int
    became: dict[str, int]
    by_default: bool = False


class _Run(msgspec.Struct):
    """One annotation on the way through the migrations."""

    bench: Bench
    regions: Sequence[WireRegion]
    time: float
    told: dict[tuple[str, str, bool], _Told]
    units: Utf16Offsets | None = None
    units_known: bool = False


class Migrator:
    """Applies the migrations of a scheme to annotations."""

    def __init__(self, scheme: Scheme) -> None:
        self._chain = Chain(scheme)
        self._old_labels = self._chain.old("label")
        self._old_relations = self._chain.old("relation")
        # Relations of today's scheme that mean another thing in an older annotation.
        self._turning = self._old_relations & scheme.relation_by_name.keys()
        self._choices = bool(self._chain.old("choice") or self._chain.old("option"))

    def migrate(self, bench: Bench, regions: Sequence[WireRegion], time: float) -> Sequence[WireRegion]:
        """Give the regions under their new names, and tell ``bench`` what was renamed, and what cannot be.

        ``time`` is when the annotation was last changed, in seconds since 1970; minus infinity, where none is known,
        is older than any version. A label whose split does not name its surface is taken out (WL409).
        """
        new: list[WireRegion] | None = None
        if self._turning:
            bench.otherwise = frozenset(
                name for name in self._turning if self._chain.follow("relation", name, time) != (name, False)
            )
        run = _Run(bench, regions, time, {})
        for number, region in enumerate(regions):
            made = self._one(run, number, region)
            if made is not region:
                new = list(regions) if new is None else new
                new[number] = made
        for (what, old, settled), told in run.told.items():
            _tell(run, what, old, told, settled=settled)
        return regions if new is None else new

    def _one(self, run: _Run, number: int, region: WireRegion) -> WireRegion:
        if region.type == "labels":
            value = region.value
            if value is not None and not self._old_labels.isdisjoint(value.labels) and is_formed(region, value):
                return self._span(run, number, region, value)
        elif region.type == "relation":
            old = region.labels and not self._old_relations.isdisjoint(region.labels)
            if old and region.labels and region.from_id and region.to_id:
                return self._relation(run, number, region, region.labels)
        elif self._choices and region.type == "choices" and region.value is not None and region.value.choices:
            return self._choice(run, number, region, region.value, region.value.choices)
        return region

    def _span(self, run: _Run, number: int, region: WireRegion, value: WireValue) -> WireRegion:
        # The offsets are trusted, as by the stages: value.text may be missing, or a character off.
        surface = run.bench.text[slice(*_edges(run, value))]
        names: dict[str, str] = {}
        labels: list[str] = []
        undecided: list[str] = []
        settled, by_default = True, False
        for old in dict.fromkeys(value.labels):
            new, _ = self._chain.follow("label", old, run.time, surface)
            if not new:
                undecided.append(old)
                continue
            labels.append(new)
            if new != old:
                names[old] = new
                # A name that a later reading would decide anew must not be written: it reads as another then.
                settled = settled and self._chain.follow("label", new, run.time, surface) == (new, False)
                by_default |= self._chain.follow("label", old, _TODAY, surface) != (new, False)
        for old in undecided:
            message = f"{old} was split, and the scheme does not say what it is on {surface[:60]!r}"
            lost = 1 if not labels and old == undecided[0] else 0
            run.bench.report("WL409", number, message, span=_edges(run, value), lost=lost)
        if not labels:
            return msgspec.structs.replace(region, type=TAKEN_OUT)
        if not names and not undecided:
            return region
        _note(run, number, "label", names, settled=settled, by_default=by_default)
        return msgspec.structs.replace(region, value=msgspec.structs.replace(value, labels=list(dict.fromkeys(labels))))

    def _relation(self, run: _Run, number: int, region: WireRegion, labels: list[str]) -> WireRegion:
        names: dict[str, str] = {}
        turned: list[bool] = []
        settled, by_default = True, False
        for old in dict.fromkeys(labels):
            new, turns = self._chain.follow("relation", old, run.time)
            turned.append(turns)
            if new != old or turns:
                names[old] = new
                settled = settled and self._chain.follow("relation", new, run.time) == (new, False)
                by_default |= self._chain.follow("relation", old, _TODAY) != (new, turns)
        if not names:
            return region
        if len(set(turned)) > 1:
            message = f"of the labels {', '.join(dict.fromkeys(labels))} not all are turned round by the migrations"
            run.bench.report("WL409", number, message, lost=1)
            return msgspec.structs.replace(region, type=TAKEN_OUT)
        _note(run, number, "relation", names, settled=settled, by_default=by_default, turned=turned[0])
        direction = region.direction
        if turned[0] and direction != "bi":
            direction = "right" if direction == "left" else "left"
        renamed = list(dict.fromkeys(names.get(name, name) for name in labels))
        return msgspec.structs.replace(region, labels=renamed, direction=direction)

    def _choice(self, run: _Run, number: int, region: WireRegion, value: WireValue, options: list[str]) -> WireRegion:
        name, renamed = self._chain.follow_choice(region.from_name, options, run.time)
        if name == region.from_name and renamed == options:
            return region
        settled = self._chain.follow_choice(name, renamed, run.time) == (name, renamed)
        by_default = self._chain.follow_choice(region.from_name, options, _TODAY) != (name, renamed)
        if name != region.from_name:
            _note(run, number, "choice", {region.from_name: name}, settled=settled, by_default=by_default)
        names = {old: new for old, new in zip(options, renamed, strict=True) if old != new}
        if names:
            _note(run, number, f"option of {name}", names, settled=settled, by_default=by_default)
        # Every entry whose choice changed is written as a whole, also where no option did.
        run.bench.migrated[number] = Renaming(names=names, settled=settled)
        value = msgspec.structs.replace(value, choices=list(dict.fromkeys(renamed)))
        return msgspec.structs.replace(region, from_name=name, value=value)


def _note(
    run: _Run,
    number: int,
    what: NameKind | str,
    names: dict[str, str],
    *,
    settled: bool,
    by_default: bool,
    turned: bool = False,
) -> None:
    if not names:
        return
    run.bench.migrated[number] = Renaming(names=names, settled=settled)
    for old, new in names.items():
        told = run.told.setdefault((what, old, settled), _Told(number, {}))
        shown = f"{new}, turned round" if turned else new
        told.by_default |= by_default and run.time == -inf
        told.became[shown] = told.became.get(shown, 0) + 1


def _tell(run: _Run, what: str, old: str, told: _Told, *, settled: bool) -> None:
    became = " and ".join(f"{new} in {count} region{'s' if count > 1 else ''}" for new, count in told.became.items())
    aged = "; the annotation bears no time, so that it counts as old" if told.by_default else ""
    run.bench.report("WL407" if settled else "WL408", told.number, f"the {what} {old} is read as {became}{aged}")


def _edges(run: _Run, value: WireValue) -> tuple[int, int]:
    """Give the offsets in code points, in whichever unit the annotation counts."""
    if not run.units_known:
        run.units_known = True
        units = Utf16Offsets(run.bench.text)
        run.units = units if units.differs and is_utf16(run.bench.text, run.regions) else None
    if run.units is None:
        return value.start, value.end
    start, end = run.units.to_code_points(value.start), run.units.to_code_points(value.end)
    return (start, end) if start is not None and end is not None else (0, 0)
