"""Which split each article of a release goes into: planned before the release is built, from what exports hold.

A document that an earlier release holds keeps its split. New ones come by near-duplicate cluster, by publisher or by
time. The order of the exports decides nothing, and memory holds some hundred bytes an article.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import blake2b, sha256
from types import TracebackType
from typing import Any, Self

from wortlaut.annotation.check.noted import Noted
from wortlaut.corpus.across import NearDuplicates
from wortlaut.corpus.near_duplicates import SignatureWriter
from wortlaut.export.markdown import counted
from wortlaut.export.split_history import KnownSplits
from wortlaut.export.split_policy import SPLITS, SplitPolicy
from wortlaut.export.split_time import dated_split, with_days
from wortlaut.export.stratify import stratify
from wortlaut.schema.scheme import Scheme

__all__ = ["SplitPlan", "SplitPlanner", "all_in_train"]

_UNKNOWN = -1
_MOST = (1 << 16) - 1


class SplitPlan:
    """The split of each article. ``split_of`` answers for every article of the exports and of earlier releases.

    ``sizes`` counts the articles of the exports by split, ``kept`` those whose split an earlier release gives,
    ``undated`` those that went to ``train`` for want of a date. ``near`` says what splits share, as long as the planner
    is open; None where nothing was planned. ``notes`` are sentences for people.
    """

    def __init__(self, policy: SplitPolicy, *, near: NearDuplicates | None = None) -> None:
        self.policy, self.near = policy, near
        self.sizes: dict[str, int] = {}
        self.kept = self.undated = 0
        self.notes: list[str] = []
        self._names: list[str] = []
        self._keys: Any = None
        self._codes: Any = None

    def remember(self, ids: Sequence[str], codes: Any, known: Mapping[str, str], names: list[str]) -> None:
        """Keep the splits as places in ``names``: nine bytes a document, under a hash of its id."""
        import numpy as np

        there = set(ids)
        others = [doc_id for doc_id in known if doc_id not in there]
        keys = np.array([_key(doc_id) for doc_id in (*ids, *others)], dtype=np.uint64)
        all_codes = np.concatenate([codes, [names.index(known[one]) for one in others]]).astype(np.uint8)
        order = np.argsort(keys, kind="stable")
        self._names, self._keys, self._codes = names, keys[order], all_codes[order]

    def split_of(self, article_id: str) -> str:
        """Give the split of an article; ``train`` for one that neither the exports nor earlier releases hold."""
        if self._keys is None or not len(self._keys):
            return SPLITS[0]
        import numpy as np

        key = np.uint64(_key(article_id))
        place = int(np.searchsorted(self._keys, key))
        found = place < len(self._keys) and self._keys[place] == key
        return self._names[int(self._codes[place])] if found else SPLITS[0]


def all_in_train(policy: SplitPolicy) -> SplitPlan:
    """Give the plan that puts every article into ``train``."""
    return SplitPlan(policy)


class SplitPlanner:
    """Is told of every annotated article, then plans. A context manager: it keeps temporary files.

    ``name`` is the dataset's: with an article's id it decides what nothing else does. An article that is told of
    several times, with several texts, is near to what one of them is near to; of its labels the most count.
    """

    def __init__(self, policy: SplitPolicy, scheme: Scheme, *, name: str, known: KnownSplits) -> None:
        self._policy, self._name, self._known = policy, name, known
        self._what = "publisher" if policy.by == "publisher" else "cluster"
        self._labels = {label: place for place, label in enumerate(scheme.labels_of("entity", "quote"))}
        self._writer = SignatureWriter()
        self._counts = array("H")
        self._publishers = array("l")
        self._days = array("l")
        self._publisher_names: dict[str, int] = {"": 0}

    def __enter__(self) -> Self:
        self._writer.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._writer.__exit__(kind, error, at)

    def note(self, task: Noted) -> None:
        """Take an annotated article."""
        self._writer.add(task.article_id, task.text)
        counts = [0] * len(self._labels)
        for label in task.labels:
            if (place := self._labels.get(label)) is not None:
                counts[place] += 1
        self._counts.extend([min(count, _MOST) for count in counts])
        self._publishers.append(self._publisher_names.setdefault(task.publisher, len(self._publisher_names)))
        self._days.append(_day(task.published))

    def plan(self) -> SplitPlan:
        """Plan the splits of all articles. Raises UsageError where the days of the policy cannot be."""
        import numpy as np

        clusters = self._writer.clusters()
        ids, known = clusters.ids, self._known.split_of
        names = [*SPLITS, *sorted(set(known.values()) - set(SPLITS))]
        code_of = {name: code for code, name in enumerate(names)}
        had = np.array([code_of[known[one]] if one in known else _UNKNOWN for one in ids], dtype=np.int64)
        labels, publishers, days = self._by_article(len(ids))
        notes: list[str] = []
        policy = self._policy
        if policy.by == "time":
            policy, said = with_days(policy, days)
            notes += said
            codes = np.where(had != _UNKNOWN, had, dated_split(policy, days))
        else:
            groups = clusters.group if policy.by == "cluster" else _by_publisher(publishers)
            codes = self._by_group(ids, groups, labels, had, notes)
        plan = SplitPlan(policy, near=NearDuplicates(self._writer, clusters))
        plan.remember(ids, codes, known, names)
        plan.sizes = {name: int(np.count_nonzero(codes == code)) for code, name in enumerate(names)}
        plan.kept = int(np.count_nonzero(had != _UNKNOWN))
        if policy.by == "time":
            plan.undated = int(np.count_nonzero((days == 0) & (had == _UNKNOWN)))
        plan.notes = notes
        return plan

    def _by_article(self, number: int) -> tuple[Any, Any, Any]:
        """Give what was told by article: counts of labels, number of the publisher, day."""
        import numpy as np

        places = self._writer.places()
        labels = np.zeros((number, len(self._labels)), dtype=np.uint16)
        told = np.frombuffer(self._counts, dtype=np.uint16) if self._counts else np.zeros(0, dtype=np.uint16)
        np.maximum.at(labels, places, told.reshape(len(places), len(self._labels)))
        # Numbers of publishers in the order of their names, so that the order of the exports decides nothing.
        in_order = sorted(self._publisher_names)
        rank = np.zeros(len(in_order), dtype=np.int64)
        for place, name in enumerate(in_order):
            rank[self._publisher_names[name]] = place
        publishers = np.zeros(number, dtype=np.int64)
        np.maximum.at(publishers, places, rank[np.array(self._publishers, dtype=np.int64)])
        days = np.zeros(number, dtype=np.int64)
        np.maximum.at(days, places, np.array(self._days, dtype=np.int64))
        return labels, publishers, days

    def _by_group(self, ids: Sequence[str], groups: Any, labels: Any, had: Any, notes: list[str]) -> Any:
        """Give each article the split of its group: that of those which are released already, else one that is planned.

        Where those disagree, new articles go to ``train``.
        """
        import numpy as np

        released = had != _UNKNOWN
        lowest, highest = np.full(len(ids), 1 << 30), np.full(len(ids), _UNKNOWN)
        np.minimum.at(lowest, groups[released], had[released])
        np.maximum.at(highest, groups[released], had[released])
        of_group = np.where(lowest == highest, highest, SPLITS.index("train"))
        of_group[highest == _UNKNOWN] = _UNKNOWN
        torn = int(np.count_nonzero((lowest != highest) & (highest != _UNKNOWN)))
        if torn:
            notes.append(
                f"{counted(torn, self._what)} with articles in several splits since an earlier release: what is new "
                "in them went to train"
            )
        codes = np.where(released, had, of_group[groups])
        new = np.flatnonzero(codes == _UNKNOWN)
        if len(new):
            codes[new] = self._new_groups(ids, groups, labels, codes, notes)
        return codes

    def _new_groups(self, ids: Sequence[str], groups: Any, labels: Any, codes: Any, notes: list[str]) -> Any:
        """Give the articles that have no split yet theirs, group by group."""
        import numpy as np

        new = np.flatnonzero(codes == _UNKNOWN)
        first, number_of = np.unique(groups[new], return_inverse=True)
        fractions = self._policy.fractions
        wanted = sum(share > 0 for share in fractions)
        there = len(first) + len(np.unique(groups[codes != _UNKNOWN]))
        if there < wanted:
            notes.append(f"too few for {wanted} splits: {counted(there, self._what)}; all that is new went to train")
            return np.zeros(len(new), dtype=np.int64)
        order = sorted(range(len(first)), key=lambda number: self._draw(ids[first[number]]))
        sizes = np.bincount(number_of)[order]
        borne = np.zeros((len(first), labels.shape[1]), dtype=np.int64)
        np.add.at(borne, number_of, labels[new])
        held = np.bincount(codes[codes != _UNKNOWN], minlength=len(SPLITS))[: len(SPLITS)]
        held_labels = np.array([labels[codes == code].sum(axis=0, dtype=np.int64) for code in range(len(SPLITS))])
        given = np.empty(len(first), dtype=np.int64)
        given[order] = stratify(sizes, borne[order], fractions, held, held_labels)
        return given[number_of]

    def _draw(self, doc_id: str) -> bytes:
        """Give what puts groups in an order that means nothing: a hash of the dataset's name and of their first id."""
        return sha256(f"{self._name}\n{doc_id}".encode()).digest()


def _by_publisher(publishers: Any) -> Any:
    """Give each article the place of the first one of its publisher; one without a publisher is alone."""
    import numpy as np

    _, first, number_of = np.unique(publishers, return_index=True, return_inverse=True)
    return np.where(publishers == 0, np.arange(len(publishers)), first[number_of])


def _day(published: str) -> int:
    """Give the day of a time as a number, 0 where it says none."""
    try:
        return date.fromisoformat(published[:10]).toordinal()
    except ValueError:
        return 0


def _key(doc_id: str) -> int:
    return int.from_bytes(blake2b(doc_id.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
