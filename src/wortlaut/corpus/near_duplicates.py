"""Which articles are nearly the same: copies of one agency text, revisions, an article inside a longer one.

Two ways lead to a pair that is worth looking at. MinHash in 32 bands of 4 finds texts that share much of what both
hold (Broder 1997; Leskovec, Rajaraman & Ullman, Mining of Massive Datasets, ch. 3). A sample of shingles, those that 8
divides, finds a text that stands in a longer one (Broder's containment). What is found is then counted on the shingles
themselves. Bands are sorted one after the other: memory does not grow but by some 30 bytes an article, and its id.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from types import TracebackType
from typing import Any, Self

import msgspec

from wortlaut.corpus.pairing import apart, root, runs, shared_by_few, together
from wortlaut.corpus.signatures import PERMUTATIONS, Alike, Signatures

__all__ = ["THRESHOLD", "Clusters", "NearPair", "SignatureWriter"]

THRESHOLD = 0.25
"""From which Jaccard similarity of their shingles on two articles are near-duplicates; see docs/splits.md."""

_CONTAINED = 0.5  # of the shorter text's shingles
_CONTAINED_SHINGLES = 40
_PLAINLY = 0.8  # so alike that boilerplate does not matter
_ROWS = 4
_NEIGHBOURS = 48  # in a run of equal keys, each text is held against this many before it
_MODULUS = 8
_SHORT = 150  # shingles of a text that is sampled four times as densely
_RUN = 24  # a sampled shingle in more texts than this tells nothing of two of them
_SAMPLES, _SAMPLED = 3, 0.25  # shared samples: at least so many, and this share of the shorter text's
_PART = 20_000
_CHUNK = 8_192


class NearPair(msgspec.Struct, frozen=True, kw_only=True):
    """Two near-duplicates, by id. ``jaccard`` and ``containment`` (of the shorter) are of their shingles, 0 to 1."""

    first: str
    second: str
    jaccard: float
    containment: float


class Clusters(msgspec.Struct, frozen=True, kw_only=True):
    """Articles, each in one cluster. ``ids`` are sorted; ``group`` gives the place in ``ids`` of a cluster's first."""

    ids: list[str]
    group: Any

    def several(self) -> Iterator[list[int]]:
        """Give the clusters of more than one article as places in ``ids``, by their first."""
        import numpy as np

        order = np.argsort(self.group, kind="stable")
        edges = np.flatnonzero(np.diff(self.group[order], prepend=-1, append=-1))
        for start, end in pairwise(edges.tolist()):
            if end - start > 1:
                yield order[start:end].tolist()


class SignatureWriter:
    """Takes articles one by one, then says which are nearly the same. A context manager: it keeps temporary files.

    An id that comes twice, with two texts, is one article, and near to what either text is near to. The order in which
    articles come changes nothing.
    """

    def __init__(self, threshold: float = THRESHOLD) -> None:
        self._threshold = threshold
        self._ids: list[str] = []
        self._signatures = Signatures()
        self._rows: Any = None  # numbers of texts, in the order of their ids
        self._place: Any = None  # the place in the sorted ids of each row
        self._rejected: set[tuple[int, int]] = set()

    def __enter__(self) -> Self:
        self._signatures.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._signatures.__exit__(kind, error, at)

    def add(self, doc_id: str, text: str) -> None:
        """Take an article."""
        self._ids.append(doc_id)
        self._signatures.add(text)

    def clusters(self) -> Clusters:
        """Give the clusters of all articles that were added; none can be added afterwards."""
        import numpy as np

        self._signatures.close()
        ids = self._ids
        rows = sorted(range(len(ids)), key=ids.__getitem__)
        new = [number == 0 or ids[rows[number - 1]] != ids[row] for number, row in enumerate(rows)]
        self._rows = np.array(rows, dtype=np.int32)
        self._place = np.cumsum(new, dtype=np.int32) - 1
        unique = [ids[row] for row, first in zip(rows, new, strict=True) if first]
        self._ids = unique
        group = np.arange(len(unique), dtype=np.int32)
        if len(unique) > 1:
            for band in range(0, PERMUTATIONS, _ROWS):
                group = self._join_equal(self._band(band), group)
            group = self._join_contained(group)
        self._rejected.clear()
        return Clusters(ids=unique, group=group)

    def places(self) -> Any:
        """Give for each article that was added, in that order, its place in the ids of the clusters."""
        import numpy as np

        places = np.empty(len(self._rows), dtype=np.int64)
        places[self._rows] = self._place
        return places

    def pair(self, clusters: Clusters, one: int, other: int) -> NearPair | None:
        """Say how alike two articles are, by their places in the ids; None where they are no near-duplicates."""
        found = [self._alike(a, b) for a in self._rows_of(one) for b in self._rows_of(other)]
        near = [alike for alike in found if self._near(alike)]
        if not near:
            return None
        best = max(near)
        return NearPair(
            first=clusters.ids[one],
            second=clusters.ids[other],
            jaccard=round(best.jaccard, 3),
            containment=round(best.containment, 3),
        )

    def _rows_of(self, place: int) -> range:
        import numpy as np

        return range(*(int(np.searchsorted(self._place, place, side=side)) for side in ("left", "right")))

    def _alike(self, a: int, b: int) -> Alike:
        return self._signatures.alike(int(self._rows[a]), int(self._rows[b]))

    def _near(self, alike: Alike) -> bool:
        wanted = self._threshold
        if alike.jaccard >= max(wanted, _PLAINLY) or alike.own_jaccard >= wanted:
            return True
        return alike.own_containment >= max(wanted, _CONTAINED) and alike.own >= _CONTAINED_SHINGLES

    def _band(self, band: int) -> Any:
        """Give one key a text, equal where all rows of the band are."""
        import numpy as np

        part = self._signatures.matrix[:, band : band + _ROWS].astype(np.uint64)[self._rows]
        keys = part[:, 0]
        for column in range(1, _ROWS):
            keys = (keys ^ (keys >> np.uint64(31))) * np.uint64(0x9E3779B97F4A7C15) + part[:, column]
        # Texts without a word are alike in nothing.
        empty = np.flatnonzero(self._signatures.sizes()[self._rows] == 0)
        keys[empty] = np.arange(len(empty), dtype=np.uint64)
        return keys

    def _join_equal(self, keys: Any, group: Any) -> Any:
        """Join the texts whose keys are equal and that are near-duplicates."""
        import numpy as np

        order, run = runs(keys)
        distance = 1
        while len(order) > distance and distance <= _NEIGHBOURS:
            there = np.flatnonzero(run[distance:] == run[:-distance])
            if not len(there):
                break
            a, b = order[there], order[there + distance]
            group = self._join(*self._estimated(*apart(a, b, group[self._place])), group)
            distance += 1
        return group

    def _estimated(self, a: Any, b: Any) -> tuple[Any, Any]:
        """Keep the pairs whose signatures are alike enough to look closer: an estimate is off by up to 0.1."""
        import numpy as np

        matrix, keep = self._signatures.matrix, [np.zeros(0, dtype=bool)]
        for start in range(0, len(a), _CHUNK):
            one, other = (matrix[self._rows[side[start : start + _CHUNK]]] for side in (a, b))
            keep.append((one == other).mean(axis=1) >= self._threshold * 0.6)
        kept = np.concatenate(keep)
        return a[kept], b[kept]

    def _join_contained(self, group: Any) -> Any:
        """Join the texts of which one holds most of the sampled shingles of the other."""
        import numpy as np

        rank = np.empty(len(self._rows), dtype=np.int32)
        rank[self._rows] = np.arange(len(self._rows), dtype=np.int32)
        samples = self._signatures.sizes()[self._rows] / _MODULUS
        members, run = shared_by_few(*self._signatures.sampled(_MODULUS, _SHORT), rank, _RUN)
        for start in range(0, len(self._rows), _PART):
            part = (members >= start) & (members < start + _PART)
            a, b, counts = together(members, run, part, group[self._place])
            wanted = np.maximum(_SAMPLES, _SAMPLED * np.minimum(samples[a], samples[b]))
            enough = counts >= wanted
            group = self._join(a[enough], b[enough], group)
        return group

    def _join(self, a: Any, b: Any, group: Any) -> Any:
        """Join the groups of the pairs that are near-duplicates."""
        import numpy as np

        if not len(a):
            return group
        parent = group
        for one, other in zip(a.tolist(), b.tolist(), strict=True):
            left, right = root(parent, int(self._place[one])), root(parent, int(self._place[other]))
            if left == right or (one, other) in self._rejected:
                continue
            if self._near(self._alike(one, other)):
                parent[max(left, right)] = min(left, right)
            else:
                self._rejected.add((one, other))
        while not np.array_equal(parent, parent[parent]):
            parent = parent[parent]
        return parent
