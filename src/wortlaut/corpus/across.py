"""Near-duplicates that stand in different parts of a corpus: counted, and the most alike of them listed.

Articles of a cluster that are in different parts are held against each other, all of them where that is feasible. Of
larger clusters a sample is: from each part as many, spread evenly over it, so that no part is passed over. Then the
count is one from below, and says so. Memory holds some bytes an article.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise, product
from typing import Any

import msgspec

from wortlaut.corpus.near_duplicates import Clusters, NearPair, SignatureWriter

__all__ = ["COMPARISONS", "Across", "NearDuplicates"]

COMPARISONS = 200_000
"""So many pairs of articles are compared at most, at some 35 microseconds each."""


class Across(msgspec.Struct, frozen=True, kw_only=True):
    """Near-duplicates in different parts.

    ``total`` counts their pairs and ``articles`` the articles in them by the number of their part; where ``whole`` is
    false not all could be compared, and both are counts from below. ``pairs`` are the most alike.
    """

    total: int
    whole: bool
    articles: dict[int, int]
    pairs: list[NearPair]


class NearDuplicates:
    """Articles in their clusters, to be asked what parts share; only as long as their signatures are kept."""

    def __init__(self, writer: SignatureWriter, clusters: Clusters, *, comparisons: int = COMPARISONS) -> None:
        self._writer, self._clusters, self._comparisons = writer, clusters, comparisons

    @property
    def ids(self) -> Sequence[str]:
        """The ids of the articles, sorted."""
        return self._clusters.ids

    def across(self, part_of: Any, listed: int) -> Across:
        """Say what parts share. ``part_of`` is an array: the part's number for each of ``ids``, -1 to pass one over."""
        import numpy as np

        torn = list(self._torn(part_of))
        most = _most([_pairs(parts) for parts in torn], self._comparisons)
        touched = np.zeros(len(part_of), dtype=bool)
        best: list[tuple[float, int, int, NearPair]] = []
        total = 0
        for one, other in (places for parts in torn for places in _apart(_sample(parts, most))):
            found = self._writer.pair(self._clusters, one, other)
            if found is not None:
                total += 1
                touched[[one, other]] = True
                # Places stand in the order of ids: nothing but ids decides between pairs that are as alike.
                key = (max(found.jaccard, found.containment), -one, -other, found)
                (heapq.heappush if len(best) < listed else heapq.heappushpop)(best, key)
        numbers, counts = np.unique(part_of[touched], return_counts=True)
        return Across(
            total=total,
            whole=all(_pairs(parts) <= most for parts in torn),
            articles=dict(zip(numbers.tolist(), counts.tolist(), strict=True)),
            pairs=[found for *_, found in sorted(best, key=lambda key: key[:3], reverse=True)],
        )

    def _torn(self, part_of: Any) -> Iterator[list[Any]]:
        """Give the clusters in several parts, as arrays of the places of their articles, part by part."""
        import numpy as np

        group, kept = self._clusters.group, part_of >= 0
        lowest = np.full(len(group), np.iinfo(np.int64).max)
        highest = np.full(len(group), -1)
        np.minimum.at(lowest, group[kept], part_of[kept])
        np.maximum.at(highest, group[kept], part_of[kept])
        places = np.flatnonzero(kept & (lowest < highest)[group])
        places = places[np.lexsort((places, part_of[places], group[places]))]
        edges = np.flatnonzero(np.diff(group[places], prepend=-1, append=-1))
        for start, end in pairwise(edges.tolist()):
            members = places[start:end]
            yield np.split(members, np.flatnonzero(np.diff(part_of[members])) + 1)


def _pairs(parts: list[Any]) -> int:
    """Count the pairs of articles in different parts."""
    return sum(len(a) * len(b) for a, b in combinations(parts, 2))


def _apart(parts: list[Any]) -> Iterator[tuple[int, int]]:
    """Give the pairs of places in different parts, the smaller place first."""
    for a, b in combinations(parts, 2):
        for one, other in product(a.tolist(), b.tolist()):
            yield (one, other) if one < other else (other, one)


def _most(pairs: list[int], comparisons: int) -> int:
    """Give how many pairs of a cluster may be compared, so that those of all are not more than ``comparisons``."""
    left = comparisons
    for number, count in enumerate(sorted(pairs)):
        share = left // (len(pairs) - number)
        if count > share:
            return share
        left -= count
    return comparisons


def _sample(parts: list[Any], most: int) -> list[Any]:
    """Give the parts as they are where they make no more pairs than ``most``, else as many articles of each as may be.

    That is one at least, whatever ``most`` is.
    """
    import numpy as np

    if _pairs(parts) <= most:
        return parts
    least, above = 1, max(map(len, parts))
    while above - least > 1:
        middle = (least + above) // 2
        if _pairs([part[:middle] for part in parts]) <= most:
            least = middle
        else:
            above = middle
    return [part[np.arange(least) * len(part) // least] if len(part) > least else part for part in parts]
