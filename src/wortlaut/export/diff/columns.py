"""Which columns came or left, by the files of both releases and not by what is built today."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from wortlaut.export.release import Release
from wortlaut.schema.errors import InputError

__all__ = ["column_changes"]


class _Column(msgspec.Struct, frozen=True, kw_only=True):
    """What a column holds; ``names`` are those of a ClassLabel, whose values are numbers."""

    kind: str
    names: tuple[str, ...] = ()


def column_changes(config: str, before: Release, after: Release) -> list[str]:
    """Name what is other, such as ``documents.entities.origin left``. A column that came or left stands for all in it.

    Raises InputError for a file that cannot be read.
    """
    old, new = _columns(before, config), _columns(after, config)
    said: list[str] = []
    told: set[str] = set()
    for name in dict.fromkeys((*old, *new)):
        parent = name.rpartition(".")[0]
        how = _change(old.get(name), new.get(name))
        if parent in told or how is None:
            told.update([name] if parent in told else [])
            continue
        said.append(f"{config}.{name} {how}")
        told.add(name)
    return said


def _change(old: _Column | None, new: _Column | None) -> str | None:
    if old is None or new is None:
        return "came" if old is None else "left"
    if old.kind != new.kind:
        return f"was {old.kind}, is {new.kind}"
    return "has other names of its labels" if old.names != new.names else None


def _columns(release: Release, config: str) -> dict[str, _Column]:
    """Give every column under its path, those within lists and structs too. All splits of a config have the same."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    entry = next(iter(release.manifest.configs[config].splits.values()), None)
    if entry is None:
        return {}
    path = release.path / entry.file
    try:
        schema = pq.read_schema(path)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"cannot be read: {error}", where=str(path)) from error
    features = _features(schema.metadata)
    found: dict[str, _Column] = {}
    for field in schema:
        found.update(_walk(field.name, field.type, features.get(field.name)))
    return found


def _features(metadata: Mapping[bytes, bytes] | None) -> Mapping[str, Any]:
    """Give what ``datasets`` wrote of the columns; nothing where a file was written by something else."""
    try:
        found = json.loads((metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
    except (ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _walk(path: str, kind: Any, feature: Any) -> Iterator[tuple[str, _Column]]:
    import pyarrow as pa

    marks = ""
    while pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind, marks = kind.value_type, f"{marks}list of "
        feature = feature.get("feature") if isinstance(feature, dict) else None
    known = feature if isinstance(feature, dict) else {}
    if not pa.types.is_struct(kind):
        names = known.get("names") if known.get("_type") == "ClassLabel" else None
        yield path, _Column(kind=f"{marks}{kind}", names=tuple(map(str, names or ())))
        return
    yield path, _Column(kind=f"{marks}struct")
    for number in range(kind.num_fields):
        field = kind.field(number)
        yield from _walk(f"{path}.{field.name}", field.type, known.get(field.name))
