"""Walk the rows of two releases at once, in the order of the documents and a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import groupby
from typing import Any

from wortlaut.export.release import Release

__all__ = ["Row", "Walk"]


class Row:
    """One row that has not been turned into a record yet."""

    __slots__ = ("batch", "key", "place", "split")

    def __init__(self, key: str, split: str, batch: Any, place: int) -> None:
        self.key, self.split, self.batch, self.place = key, split, batch, place

    def same(self, other: Row) -> bool:
        """Say whether both hold the same, whatever their splits."""
        return bool(self.batch.slice(self.place, 1).equals(other.batch.slice(other.place, 1)))

    def values(self) -> dict[str, Any]:
        """Give the row as plain values."""
        row: dict[str, Any] = self.batch.slice(self.place, 1).to_pylist()[0]
        return row


class Walk:
    """Walks the rows of one config in both releases at once, in the order of the documents."""

    def __init__(self, before: Release, after: Release, config: str) -> None:
        tagged = [_tagged(release, config, side) for side, release in enumerate((before, after))]
        both = merge(*tagged, key=lambda pair: pair[1].key)
        self._groups = groupby(both, key=lambda pair: pair[1].key)
        self._pending: tuple[str, list[Row], list[Row]] | None = None

    def __iter__(self) -> Iterator[tuple[str, list[Row], list[Row]]]:
        for key, group in self._groups:
            rows = list(group)
            yield key, [row for side, row in rows if side == 0], [row for side, row in rows if side == 1]

    def take(self, key: str) -> tuple[list[Row], list[Row]]:
        """Give the rows of one document; those of documents before it are passed over."""
        while True:
            if self._pending is None:
                self._pending = next(iter(self), None)
            if self._pending is None or self._pending[0] > key:
                return [], []
            found, self._pending = self._pending, None
            if found[0] == key:
                return found[1], found[2]


def _tagged(release: Release, config: str, side: int) -> Iterator[tuple[int, Row]]:
    return ((side, row) for row in _rows(release, config))


def _rows(release: Release, config: str) -> Iterator[Row]:
    entry = release.manifest.configs.get(config)
    splits = list(entry.splits) if entry else []
    return merge(*[_of_split(release, config, split) for split in splits], key=lambda row: row.key)


def _of_split(release: Release, config: str, split: str) -> Iterator[Row]:
    for batch in release.batches(config, split):
        for place, key in enumerate(batch.column("doc_id").to_pylist()):
            yield Row(key, split, batch, place)
