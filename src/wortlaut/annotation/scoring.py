"""Scores predicted spans against gold: strict and relaxed precision, recall and F1, with bootstrap intervals.

* **strict**: a predicted span is right where start, end and label are those of a gold span (CoNLL-2003; "strict" of
  SemEval-2013 task 9, https://aclanthology.org/S13-2056).
* **relaxed**: it is right where it shares at least one code point with a gold span of the same label ("type" of
  SemEval-2013 task 9), each gold span being used once: the pairs are a maximum matching, so that one long span cannot
  be right several times, and no order of the spans matters.

Counts are pooled over documents (micro). ``macro`` is the plain mean of the labels' F1. Spans may nest and cross; one
that stands twice in a document counts once. What has no value (precision where nothing was predicted, say) is None and
is printed as "not defined". Offsets are code points, half open.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

__all__ = [
    "RESAMPLES",
    "DocumentPair",
    "LabelScores",
    "Measure",
    "ScoredSpan",
    "SpanScores",
    "overlap_matches",
    "score",
]

RESAMPLES = 1_000
CONFIDENCE = 0.95

Matching = Literal["strict", "relaxed"]
_MATCHINGS: tuple[Matching, ...] = ("strict", "relaxed")


class ScoredSpan(msgspec.Struct, frozen=True, order=True, gc=False):
    """A span for the sake of scoring: ``text[start:end]`` is a ``label``."""

    start: int
    end: int
    label: str


class DocumentPair(msgspec.Struct, frozen=True, kw_only=True):
    """The gold and the predicted spans of one document."""

    gold: frozenset[ScoredSpan]
    predicted: frozenset[ScoredSpan]


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """Counts and what follows from them.

    ``f1`` is 2 * matched / (gold + predicted), which is the harmonic mean of ``precision`` and ``recall`` where both
    have a value. ``f1_low`` and ``f1_high`` bound its 95 % percentile bootstrap interval; None where it was not asked
    for or is not defined.
    """

    gold: int
    predicted: int
    matched: int
    precision: float | None
    recall: float | None
    f1: float | None
    f1_low: float | None = None
    f1_high: float | None = None


class LabelScores(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of one label."""

    strict: Measure
    relaxed: Measure


class SpanScores(msgspec.Struct, frozen=True, kw_only=True):
    """How predicted spans compare with gold.

    ``without_gold`` of the ``documents`` have no gold span, ``without_units`` neither gold nor predicted; both count
    for the intervals. ``labels`` holds every label that stands in gold or was predicted, by name. ``macro_strict`` and
    ``macro_relaxed`` are the means of their F1.
    """

    documents: int
    without_gold: int
    without_units: int
    strict: Measure
    relaxed: Measure
    macro_strict: float | None
    macro_relaxed: float | None
    labels: dict[str, LabelScores]
    confidence: float = CONFIDENCE
    resamples: int = RESAMPLES
    seed: int = 0


def score(pairs: Iterable[DocumentPair], *, resamples: int = RESAMPLES, seed: int = 0) -> SpanScores:
    """Score documents. The interval comes from ``resamples`` bootstrap samples of the documents; 0 leaves it out.

    The same documents in the same order and the same seed give the same interval.
    """
    documents = list(pairs)
    totals = {matching: dict[str, list[int]]() for matching in _MATCHINGS}
    rows: dict[Matching, list[tuple[int, int, int]]] = {matching: [] for matching in _MATCHINGS}
    for pair in documents:
        for matching in _MATCHINGS:
            counted = _counts(pair, matching)
            rows[matching].append(_sums(counted.values()))
            for label, three in counted.items():
                total = totals[matching].setdefault(label, [0, 0, 0])
                total[:] = [old + new for old, new in zip(total, three, strict=True)]
    labels = {
        label: LabelScores(
            strict=_measure(*totals["strict"][label]),
            relaxed=_measure(*totals["relaxed"][label]),
        )
        for label in sorted(totals["strict"])
    }
    micro = {}
    for matching in _MATCHINGS:
        low, high = _interval(rows[matching], resamples, seed)
        micro[matching] = _measure(*_sums(rows[matching]), low=low, high=high)
    return SpanScores(
        documents=len(documents),
        without_gold=sum(not pair.gold for pair in documents),
        without_units=sum(not pair.gold and not pair.predicted for pair in documents),
        strict=micro["strict"],
        relaxed=micro["relaxed"],
        macro_strict=_mean([one.strict.f1 for one in labels.values()]),
        macro_relaxed=_mean([one.relaxed.f1 for one in labels.values()]),
        labels=labels,
        resamples=resamples,
        seed=seed,
    )


def overlap_matches(gold: Sequence[tuple[int, int]], predicted: Sequence[tuple[int, int]]) -> int:
    """Give the size of a maximum one-to-one matching of spans that share at least one code point.

    >>> overlap_matches([(0, 4), (5, 9)], [(0, 9)]), overlap_matches([(0, 6), (5, 9)], [(0, 5), (4, 7)])
    (1, 2)
    """
    ordered = sorted(predicted)
    near = [[number for number, (low, high) in enumerate(ordered) if low < end and start < high] for start, end in gold]
    taken_by: dict[int, int] = {}
    return sum(_augment(start, near, taken_by) for start in range(len(near)))


def _augment(start: int, near: Sequence[Sequence[int]], taken_by: dict[int, int]) -> bool:
    """Find a partner for one gold span, moving others to another partner where need be (breadth first: no depth)."""
    came_from: dict[int, int] = {}
    waiting = deque([start])
    while waiting:
        gold = waiting.popleft()
        for number in near[gold]:
            if number in came_from:
                continue
            came_from[number] = gold
            if number not in taken_by:
                _shift(number, start, came_from, taken_by)
                return True
            waiting.append(taken_by[number])
    return False


def _shift(number: int, start: int, came_from: Mapping[int, int], taken_by: dict[int, int]) -> None:
    partner_of = {gold: taken for taken, gold in taken_by.items()}
    while True:
        gold = came_from[number]
        before = partner_of.get(gold)
        taken_by[number] = gold
        if gold == start or before is None:
            return
        number = before


def _counts(pair: DocumentPair, matching: Matching) -> dict[str, tuple[int, int, int]]:
    """Give for each label how many spans are gold, predicted and matched."""
    found = {}
    for label in {span.label for span in pair.gold | pair.predicted}:
        gold = [(span.start, span.end) for span in pair.gold if span.label == label]
        predicted = [(span.start, span.end) for span in pair.predicted if span.label == label]
        matched = len(set(gold) & set(predicted)) if matching == "strict" else overlap_matches(gold, predicted)
        found[label] = (len(gold), len(predicted), matched)
    return found


def _sums(counted: Iterable[Sequence[int]]) -> tuple[int, int, int]:
    gold = predicted = matched = 0
    for one, two, three in counted:
        gold, predicted, matched = gold + one, predicted + two, matched + three
    return gold, predicted, matched


def _measure(
    gold: int, predicted: int, matched: int, *, low: float | None = None, high: float | None = None
) -> Measure:
    return Measure(
        gold=gold,
        predicted=predicted,
        matched=matched,
        precision=matched / predicted if predicted else None,
        recall=matched / gold if gold else None,
        f1=2 * matched / (gold + predicted) if gold + predicted else None,
        f1_low=low,
        f1_high=high,
    )


def _interval(rows: Sequence[tuple[int, int, int]], resamples: int, seed: int) -> tuple[float | None, float | None]:
    """Give the percentile bootstrap interval of F1 over documents (Efron and Tibshirani 1993, chapter 13).

    Resamples without any unit, for which F1 has no value, are passed over. None where there are fewer than two
    documents or no resample has a unit.
    """
    import numpy as np

    if len(rows) < 2 or not resamples:
        return None, None
    counts = np.array(rows, dtype=np.int64)
    random = np.random.default_rng(seed)
    sums = np.array([counts[random.integers(0, len(counts), len(counts))].sum(axis=0) for _ in range(resamples)])
    units = sums[:, 0] + sums[:, 1]
    values = 2 * sums[units > 0, 2] / units[units > 0]
    if not len(values):
        return None, None
    tail = (1 - CONFIDENCE) / 2 * 100
    low, high = np.percentile(values, [tail, 100 - tail])
    return float(low), float(high)


def _mean(values: Sequence[float | None]) -> float | None:
    defined = [value for value in values if value is not None]
    return sum(defined) / len(defined) if defined else None
