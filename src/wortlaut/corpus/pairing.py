"""Pairs of texts that have something in common, by numpy: whose keys are equal, who shares most shingles."""

from __future__ import annotations

from typing import Any

__all__ = ["apart", "root", "runs", "together"]


def root(parent: Any, place: int) -> int:
    """Give the place at the root of a tree of parents."""
    while (above := int(parent[place])) != place:
        place = above
    return place


def runs(keys: Any) -> tuple[Any, Any]:
    """Give the numbers whose key another one has, sorted by key, and for each the number of its run of equal keys."""
    import numpy as np

    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    same = ordered[1:] == ordered[:-1]
    shared = np.zeros(len(keys), dtype=bool)
    shared[1:] |= same
    shared[:-1] |= same
    begins = np.ones(len(keys), dtype=bool)
    begins[1:] = ~same
    return order[shared], np.cumsum(begins[shared]) - 1


def apart(a: Any, b: Any, group: Any) -> tuple[Any, Any]:
    """Keep the pairs that are in different groups."""
    kept = group[a] != group[b]
    return a[kept], b[kept]


def together(members: Any, run: Any, part: Any, group: Any) -> tuple[Any, Any, Any]:
    """Give the pairs in different groups that share runs, and how many they share.

    ``members`` stand run by run, in order within each; ``part`` says which of them may be the first of a pair.
    """
    import numpy as np

    keys = [np.zeros(0, dtype=np.int64)]
    distance = 1
    while len(there := np.flatnonzero(run[distance:] == run[: len(run) - distance])):
        there = there[part[there]]
        a, b = apart(members[there], members[there + distance], group)
        keys.append(a << 32 | b)
        distance += 1
    pairs, counts = np.unique(np.concatenate(keys), return_counts=True)
    return pairs >> 32, pairs & 0xFFFFFFFF, counts
