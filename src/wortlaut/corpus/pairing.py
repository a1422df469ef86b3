"""Pairs of texts that have something in common, by numpy: whose keys are equal, who shares most shingles."""

from __future__ import annotations

from typing import Any

__all__ = ["apart", "root", "runs", "shared_by_few", "together"]


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


def shared_by_few(values: Any, texts: Any, rank: Any, most: int) -> tuple[Any, Any]:
    """Give the ranks of the texts that share a value with another text and with no more than ``most``, value by value.

    ``values`` are values of ``texts``, each once. With the ranks comes for each the number of its value.
    """
    import numpy as np

    keys = (values.astype(np.uint64) << np.uint64(32)) | rank[texts].astype(np.uint64)
    keys.sort()
    begins = np.ones(len(keys), dtype=bool)
    begins[1:] = (keys[1:] >> np.uint64(32)) != (keys[:-1] >> np.uint64(32))
    lengths = np.diff(np.flatnonzero(begins), append=len(keys))
    # One byte for each: most values stand in one text, and there are a great many.
    length_of = np.repeat(np.minimum(lengths, most + 1).astype(np.uint8), lengths)
    kept = (length_of > 1) & (length_of <= most)
    return (keys[kept] & np.uint64(0xFFFFFFFF)).astype(np.int64), np.cumsum(begins[kept]) - 1


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
