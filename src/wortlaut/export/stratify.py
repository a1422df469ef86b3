"""Spread groups over splits so that the fractions are met and labels are spread alike.

Iterative stratification (Sechidis, Tsoumakas & Vlahavas 2011), over groups that stay together and with counts in place
of yes and no: the label with the fewest examples left is spread first, each of its groups goes to the split that lacks
most of that label. A split that has its articles already gets no more, so none outgrows its share by more than the last
group that it was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["stratify"]

_PARTS = 1_000_000
_NONE = 1 << 62


def stratify(sizes: Any, labels: Any, fractions: Sequence[float], held: Any, held_labels: Any) -> list[int]:
    """Give the split of each group, as its place in ``fractions``.

    ``sizes`` are the groups' numbers of articles, ``labels`` (groups x labels) what they bear, both in the order that
    breaks ties; larger groups go first. ``held`` and ``held_labels`` (splits x labels) are what the splits have
    already. Fractions add up to 1; a split with none gets nothing, and every other one gets a group where there are
    enough.
    """
    import numpy as np

    # Whole numbers, in millionths, so that rounding never decides. The last column is the articles themselves.
    share = np.round(np.asarray(fractions) * _PARTS).astype(np.int64)
    bears = np.column_stack([labels, sizes]).astype(np.int64)
    has = np.column_stack([held_labels, held]).astype(np.int64)
    lacks = share[:, None] * (has.sum(axis=0) + bears.sum(axis=0)) - _PARTS * has
    order = np.argsort(-np.asarray(sizes), kind="stable")
    bears = bears[order]
    spread = _Spread(bears, lacks, wanted=[split for split in range(len(share)) if share[split] > 0], has=has[:, -1])
    left = bears.sum(axis=0)
    for _ in range(bears.shape[1] - 1):
        label = int(np.argmin(np.where(left[:-1] > 0, left[:-1], _NONE)))
        if left[label] <= 0:
            break
        left = left - spread.spread(np.flatnonzero(spread.waiting & (bears[:, label] > 0)), label)
        left[label] = 0
    spread.spread(np.flatnonzero(spread.waiting), -1)
    given = np.empty(len(order), dtype=np.int64)
    given[order] = spread.given
    found: list[int] = given.tolist()
    return found


class _Spread:
    """The groups on their way into the splits."""

    def __init__(self, bears: Any, lacks: Any, *, wanted: list[int], has: Any) -> None:
        import numpy as np

        self._bears, self._lacks = bears, lacks
        self._wanted = wanted
        self._empty = [split for split in wanted if not has[split]]
        self._left = len(bears)
        self.waiting = np.ones(len(bears), dtype=bool)
        self.given = np.zeros(len(bears), dtype=np.int64)

    def spread(self, groups: Any, label: int) -> Any:
        """Give each of some groups its split by one label; returns the sum of what they bear."""
        for group in groups.tolist():
            split = self._choose(label)
            self.given[group] = split
            self._lacks[split] -= _PARTS * self._bears[group]
            self._left -= 1
            if split in self._empty:
                self._empty.remove(split)
        self.waiting[groups] = False
        return self._bears[groups].sum(axis=0)

    def _choose(self, label: int) -> int:
        if self._empty and self._left <= len(self._empty):
            return self._empty[0]
        lacks = self._lacks
        articles = lacks[:, -1].tolist()
        open_ = [split for split in self._wanted if articles[split] > 0] or self._wanted
        wanted = lacks[:, label].tolist()
        return max(open_, key=lambda split: (wanted[split], articles[split], -split))
