"""What may be mended in one annotation: the edits that have one right answer, from what the check found.

The rule is that a mended annotation reads as it read before: what the checker made of it while reading is written
into it. Offsets are code points once WL302 and WL303 are mended; the numbers of entries are those before any edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from wortlaut.annotation.check.attributes import ATTRIBUTE_TYPES, note_lines, stands_on
from wortlaut.annotation.check.bench import Bench
from wortlaut.annotation.check.mend_names import label_key, new_names
from wortlaut.annotation.check.splice import Edit
from wortlaut.annotation.reader.wire import WireRegion
from wortlaut.schema.offsets import Utf16Offsets

__all__ = ["Mended", "mend_annotation"]

_Fields = dict[str, Any]
_OFFSETS = ("start", "end")


class Mended(msgspec.Struct, frozen=True, kw_only=True):
    """One change to entry ``number`` of ``result``: the code it mends, and the fields before and after.

    ``after`` is None where the entry was taken out.
    """

    number: int
    code: str
    before: Any
    after: Any


def mend_annotation(
    raw: list[Any], regions: Sequence[WireRegion], bench: Bench, codes: dict[int, set[str]], *, utf16: bool
) -> tuple[list[Edit], list[Mended]]:
    """Give the edits that mend one annotation, with paths that start at ``result``, and what they do.

    ``raw`` is ``result`` as plain JSON, ``regions`` the same as the stages saw it, ``codes`` what was found at each
    entry (WL302 only where the offsets are proven), ``utf16`` whether its offsets count UTF-16 code units.
    """
    mender = _Mender(raw, regions, bench)
    for number, found in codes.items():
        if "WL302" in found:
            mender.write_whole_numbers(number)
    if utf16 and not mender.to_code_points():
        return [], []
    mender.write_new_names()
    mender.choose_twins()
    for number in sorted(codes):
        mender.mend_span(number, codes[number])
    mender.take_out_duplicates()
    mender.point_again()
    mender.label_relations()
    return mender.edits(), mender.changes()


class _Mender:
    def __init__(self, raw: list[Any], regions: Sequence[WireRegion], bench: Bench) -> None:
        self.raw = raw
        self.regions = regions
        self.bench = bench
        # The fields of each entry's value as they stand after the changes so far.
        self.now: dict[int, _Fields] = {number: dict(_value(entry)) for number, entry in enumerate(raw)}
        self.said: list[Mended] = []
        self.done: dict[tuple[int, str], Edit] = {}
        self.gone: set[int] = set()
        self.dropped: dict[int, set[str]] = {}
        self.twin_of: dict[str, str] = {}
        self.moved: dict[tuple[int, str], str] = {}
        self.stays: dict[int, int] = {}
        # The labels of each entry to which the new names of the scheme were given.
        self.renamed: dict[int, list[str]] = {}

    def edits(self) -> list[Edit]:
        """Give the edits of the entries that stay, and the removal of the others."""
        stay = [edit for (number, _), edit in self.done.items() if number not in self.gone]
        return stay + [Edit(path=(number,), remove=True) for number in sorted(self.gone)]

    def changes(self) -> list[Mended]:
        """Give the changes in the order of the entries; of an entry that is gone, its removal alone."""
        said = [change for change in self.said if change.number not in self.gone or change.after is None]
        return sorted(said, key=lambda change: change.number)

    # ---------------------------------------------------------------- values

    def to_code_points(self) -> bool:
        """Turn the offsets of every entry; False, and nothing done, where a span without a surface names no place."""
        units = Utf16Offsets(self.bench.text)
        turned: dict[int, _Fields] = {}
        for number, region in enumerate(self.regions):
            fields = self.now[number]
            read = region.type in {"labels", *ATTRIBUTE_TYPES} and region.value is not None
            start, end = (region.value.start, region.value.end) if region.value else _offsets(fields)
            ends = units.to_code_points(start), units.to_code_points(end)
            said = fields.get("text")
            if ends[0] is None or ends[1] is None:
                if region.type == "labels" and read and not said:
                    return False
                continue
            if region.type != "labels" and isinstance(said, str) and not _alike(self.bench.text[slice(*ends)], said):
                continue
            turned[number] = {"start": ends[0], "end": ends[1]}
        for number, fields in turned.items():
            self._set(number, "WL303", fields)
        return True

    def write_whole_numbers(self, number: int) -> None:
        """Write the offsets of one span as the whole numbers that they were read as."""
        read = self.regions[number].value
        if read is not None:
            self._set_region(number, "WL302", {"start": read.start, "end": read.end}, odd=True)

    def mend_span(self, number: int, codes: set[str]) -> None:
        """Mend the edges and the surface of one span, and of the choices and notes on it."""
        region, text = self.regions[number], self.bench.text
        if region.type != "labels":
            return
        start, end = _offsets(self.now[number])
        for code in ("WL304", "WL310"):
            if code in codes:
                self._set_region(number, code, {"text": text[start:end]})
        if "WL306" in codes:
            surface = text[start:end]
            start, end = start + len(surface) - len(surface.lstrip()), end - len(surface) + len(surface.rstrip())
            self._set_region(number, "WL306", {"start": start, "end": end, "text": text[start:end]})

    def _set_region(self, number: int, code: str, fields: _Fields, *, odd: bool = False) -> None:
        """Set fields of a span, and of every choice or note on it that repeated the span's old ones."""
        old = dict(self.now[number])
        self._set(number, code, fields)
        for other, region in enumerate(self.regions):
            if region.id != self.regions[number].id or region.type not in ATTRIBUTE_TYPES or region.value is None:
                continue
            now = self.now[other]
            ends = (region.value.start, region.value.end) if odd else _offsets(now)
            was = (fields["start"], fields["end"]) if odd else _offsets(old)
            if ends != was or not set(_OFFSETS) <= set(now):
                continue
            repeats = isinstance(now.get("text"), str) and now["text"] == old.get("text")
            self._set(other, code, {key: new for key, new in fields.items() if key != "text" or repeats})

    def _set(self, number: int, code: str, fields: _Fields) -> None:
        now = self.now[number]
        # 12.0 == 12, and is not the same in a file.
        changed = {key: new for key, new in fields.items() if (type(now.get(key)), now.get(key)) != (type(new), new)}
        if not changed:
            return
        self.said.append(
            Mended(number=number, code=code, before={key: now.get(key) for key in changed}, after=dict(changed))
        )
        now.update(changed)
        for key, new in changed.items():
            self.done[number, f"value.{key}"] = Edit(path=(number, "value", key), value=new)

    # ---------------------------------------------------------------- names

    def write_new_names(self) -> None:
        """Write the names that the migrations of the scheme give, where a later reading takes them as they are."""
        for made in new_names(self.raw, self.regions, self.bench):
            key = str(made.path[-1])
            self.said.append(
                Mended(number=made.number, code="WL407", before={key: made.before}, after={key: made.after})
            )
            is_label = isinstance(made.after, list) and self.regions[made.number].type in {"labels", "relation"}
            if is_label:
                self.renamed[made.number] = made.after
            # Labels under the key of what takes out a duplicate one: that has the last word on them.
            self.done[made.number, "labels" if is_label else key] = Edit(path=made.path, value=made.after)

    # ---------------------------------------------------------------- duplicates

    def choose_twins(self) -> None:
        """Decide which of the twins stays, and what points at the others is to point at.

        A twin that has no id of its own in the file (the second label of a span) cannot be pointed at: where
        something points at the other one, that one stays.
        """
        pointed = {key for region in self.regions for key in _names(region)}
        instead: dict[str, str] = {}
        for number, label, twin in self.bench.duplicates:
            key = self.regions[number].id
            leaves = number
            nameless = twin and not self._has_own_id(twin) and twin not in instead
            if nameless and key in pointed and self.bench.alias.get(key) == twin:
                instead[twin] = key
                leaves = self.bench.places[twin]
            if twin:
                self.stays[leaves] = self.bench.places[twin] if leaves == number else number
            self.dropped.setdefault(leaves, set()).add(label)
        for key, twin in self.bench.alias.items():
            target = twin if self._has_own_id(twin) else instead.get(twin, key)
            if target != key:
                self.twin_of[key] = target
        self._move(instead)

    def _move(self, instead: dict[str, str]) -> None:
        """Let what means a second label by the id that it shares point at the twin that stays."""
        for relation in self.bench.relations:
            number = self.bench.relation_places[relation.id]
            region = self.regions[number]
            keys = ("to_id", "from_id") if region.direction == "left" else ("from_id", "to_id")
            for end, key, other in ((relation.head, *keys), (relation.tail, *reversed(keys))):
                if end in instead:
                    shared = self.regions[self.bench.places[end]].id
                    named = next((one for one in (key, other) if getattr(region, one) == shared), None)
                    if named:
                        self.moved[number, named] = instead[end]
        for number, region in enumerate(self.regions):
            if region.type in ATTRIBUTE_TYPES:
                meant = stands_on(self.bench, region.id, region.from_name)
                if meant is not None and meant in instead:
                    self.moved[number, "id"] = instead[meant]

    def _has_own_id(self, key: str) -> bool:
        return self.regions[self.bench.places[key]].id == key

    def take_out_duplicates(self) -> None:
        """Take labels that stand twice out of their entries, and entries that have no other."""
        for number, dropped in self.dropped.items():
            entry, region = self.raw[number], self.regions[number]
            path: tuple[str | int, ...] = (number, "labels")
            held: Any = entry.get("labels") or [self.bench.inferred.get(number)]
            if region.type == "labels":
                key = label_key(entry)
                path, held = (number, "value", key), entry["value"][key]
            held = self.renamed.get(number, held)
            names = [held] if isinstance(held, str) else held
            old = (
                {} if number in self.renamed or number not in self.bench.migrated else self.bench.migrated[number].names
            )
            rest = [name for name in names if old.get(name, name) not in dropped]
            code = "WL507" if region.type == "relation" else "WL308"
            if rest:
                self.said.append(Mended(number=number, code=code, before={path[-1]: held}, after={path[-1]: rest}))
                self.done[number, "labels"] = Edit(path=path, value=rest)
            else:
                self.said.append(Mended(number=number, code=code, before=entry, after=None))
                self.gone.add(number)
                self._hand_on_note(number, code)

    def _hand_on_note(self, number: int, code: str) -> None:
        """Give Label Studio's own note on an entry that goes to its twin, unless that says the same."""
        stays = self.stays.get(number)
        if stays is None:
            return
        lines = note_lines(self.regions[number])
        held = note_lines(self.regions[stays])
        if lines and lines != held:
            meta = self.raw[stays].get("meta")
            new = (meta if isinstance(meta, dict) else {}) | {"text": [*held, *lines]}
            self.said.append(Mended(number=stays, code=code, before={"meta": meta}, after={"meta": new}))
            self.done[stays, "meta"] = Edit(path=(stays, "meta"), value=new)

    def point_again(self) -> None:
        """Let relations, choices and notes that name a twin that is gone name the one that stays."""
        for number, region in enumerate(self.regions):
            keys = ("from_id", "to_id") if region.type == "relation" else ("id",)
            if region.type == "labels":
                keys = ("parentID",)
            for key in keys:
                old = self.raw[number].get(key) if isinstance(self.raw[number], dict) else None
                new = self.twin_of.get(str(old)) if isinstance(old, str | int) else None
                new = self.moved.get((number, key), new)
                if new is None or (region.type not in {"relation", "labels", *ATTRIBUTE_TYPES}) or new == region.id:
                    continue
                self.said.append(Mended(number=number, code="WL308", before={key: old}, after={key: new}))
                self.done[number, key] = Edit(path=(number, key), value=new)

    def label_relations(self) -> None:
        """Write the label that was read into a relation without one, unless an older annotation means another by it."""
        for number, label in self.bench.inferred.items():
            if label in self.bench.otherwise:
                continue
            before = {"labels": self.raw[number].get("labels")}
            self.said.append(Mended(number=number, code="WL502", before=before, after={"labels": [label]}))
            self.done[number, "labels"] = Edit(path=(number, "labels"), value=[label])


def _value(entry: Any) -> _Fields:
    value = entry.get("value") if isinstance(entry, dict) else None
    return value if isinstance(value, dict) else {}


def _offsets(fields: _Fields) -> tuple[int, int]:
    """Give the offsets in a value; -1, which fits nothing, for what is no whole number."""
    start, end = (said if type(said) is int else -1 for said in (fields.get("start"), fields.get("end")))
    return start, end


def _alike(surface: str, said: str) -> bool:
    return surface.split() == said.split()


def _names(region: WireRegion) -> tuple[str, ...]:
    """Give the ids of regions that an entry names."""
    if region.type == "relation":
        return region.from_id, region.to_id
    return (region.id,) if region.type in ATTRIBUTE_TYPES else ()
