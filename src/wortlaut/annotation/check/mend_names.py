"""What ``check --fix`` writes for names of an older scheme: those that the migrations give, where they stay so.

A name is written only where a later reading takes it as it is. Where the old name of one thing is the new name of
another (WL408), the age of the annotation alone tells them apart, and the file is left as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from wortlaut.annotation.check.bench import Bench
from wortlaut.annotation.check.splice import Path
from wortlaut.annotation.reader.wire import WireRegion

__all__ = ["NewNames", "label_key", "new_names"]


class NewNames(msgspec.Struct, frozen=True, kw_only=True):
    """New names for one field of entry ``number``; ``path`` leads to it from ``result``."""

    number: int
    path: Path
    before: Any
    after: Any


def new_names(raw: Sequence[Any], regions: Sequence[WireRegion], bench: Bench) -> Iterator[NewNames]:
    """Give the fields to write. ``raw`` is ``result`` as plain JSON, ``regions`` the same as the stages saw it."""
    for number, renaming in bench.migrated.items():
        if not renaming.settled:
            continue
        entry, region = raw[number], regions[number]
        if region.type == "labels":
            yield from _listed(number, entry, ("value", label_key(entry)), renaming.names)
        elif region.type == "relation":
            yield from _listed(number, entry, ("labels",), renaming.names)
            # A relation without a direction goes from its start to its end.
            yield from _said(number, entry, "direction", region.direction or "right", default="right")
        else:
            yield from _said(number, entry, "from_name", region.from_name)
            # The levels of a taxonomy are read as one option each, and cannot be written back as one.
            if entry["type"] == "choices":
                yield from _listed(number, entry, ("value", "choices"), renaming.names)


def label_key(entry: dict[str, Any]) -> str:
    """Give the key of a span's value under which its labels stand: the type of its control, or ``labels``."""
    kind = str(entry["type"])
    return kind if kind in entry["value"] else "labels"


def _listed(number: int, entry: dict[str, Any], path: tuple[str, ...], names: dict[str, str]) -> Iterator[NewNames]:
    held: Any = entry
    for step in path:
        held = held[step]
    listed = [held] if isinstance(held, str) else held
    new = list(dict.fromkeys(names.get(name, name) for name in listed))
    if new != listed:
        yield NewNames(number=number, path=(number, *path), before=held, after=new)


def _said(number: int, entry: dict[str, Any], key: str, new: str, default: str = "") -> Iterator[NewNames]:
    held = entry.get(key)
    if (held or default) != new:
        yield NewNames(number=number, path=(number, key), before=held, after=new)
