"""Scores against values worked out by hand, and what must hold for all spans."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wortlaut.annotation.scoring import DocumentPair, ScoredSpan, overlap_matches, score

Spans = frozenset[ScoredSpan]


def pair(gold: list[tuple[int, int, str]], predicted: list[tuple[int, int, str]]) -> DocumentPair:
    return DocumentPair(
        gold=frozenset(ScoredSpan(*one) for one in gold), predicted=frozenset(ScoredSpan(*one) for one in predicted)
    )


# Two documents. PER: gold 3, predicted 2, one exact, the other one off by a word. ORG: gold 1, predicted 2, one exact.
# GPE: predicted where gold has LOC. LOC: gold 1, predicted 0.
SAMPLE = [
    pair(
        [(0, 4, "PER"), (10, 20, "PER"), (30, 40, "ORG")],
        [(0, 4, "PER"), (14, 20, "PER"), (30, 40, "ORG"), (50, 60, "ORG")],
    ),
    pair([(0, 4, "LOC"), (10, 14, "PER")], [(0, 4, "GPE")]),
    pair([], []),
]


def test_scores_are_those_worked_out_by_hand() -> None:
    found = score(SAMPLE)
    assert (found.documents, found.without_gold, found.without_units) == (3, 1, 1)
    strict, relaxed = found.strict, found.relaxed
    assert (strict.gold, strict.predicted, strict.matched) == (5, 5, 2)
    assert (strict.precision, strict.recall, strict.f1) == (0.4, 0.4, 0.4)
    assert (relaxed.matched, relaxed.f1) == (3, 0.6)
    assert found.labels["PER"].strict.precision == 0.5
    assert found.labels["PER"].strict.recall == pytest.approx(1 / 3)
    assert found.labels["PER"].strict.f1 == pytest.approx(0.4)
    assert found.labels["PER"].relaxed.f1 == pytest.approx(0.8)
    assert found.labels["ORG"].strict.f1 == pytest.approx(2 / 3)
    # Nothing predicted: precision has no value, F1 is 0. Nothing in gold: recall has none.
    loc, gpe = found.labels["LOC"].strict, found.labels["GPE"].strict
    assert (loc.precision, loc.recall, loc.f1) == (None, 0.0, 0.0)
    assert (gpe.precision, gpe.recall, gpe.f1) == (0.0, None, 0.0)
    assert found.macro_strict == pytest.approx((0.4 + 2 / 3 + 0 + 0) / 4)


def test_what_has_no_value_is_not_one() -> None:
    found = score([pair([], []), pair([], [])])
    assert found.without_units == 2
    for measure in (found.strict, found.relaxed):
        assert (measure.precision, measure.recall, measure.f1, measure.f1_low, measure.f1_high) == (None,) * 5
    assert (found.macro_strict, found.labels) == (None, {})
    assert score([]).strict.f1 is None
    # One document cannot be resampled.
    assert score([pair([(0, 1, "PER")], [(0, 1, "PER")])]).strict.f1_low is None


def test_the_interval_is_the_bootstraps() -> None:
    # Of two documents one is all right and one all wrong, each of one gold and one predicted span: a resample scores
    # 1, 1/2 or 0 with probability 1/4, 1/2, 1/4, so the 2.5 % and 97.5 % points are 0 and 1.
    found = score([pair([(0, 1, "PER")], [(0, 1, "PER")]), pair([(0, 1, "PER")], [(5, 6, "PER")])], seed=3)
    assert (found.strict.f1, found.strict.f1_low, found.strict.f1_high) == (0.5, 0.0, 1.0)
    # Forty such documents: close to the normal approximation, .5 +- 1.96 * sqrt(.25 / 40).
    many = score([pair([(0, 1, "P")], [(0, 1, "P")]), pair([(0, 1, "P")], [(5, 6, "P")])] * 20)
    assert many.strict.f1_low == pytest.approx(0.345, abs=0.03)
    assert many.strict.f1_high == pytest.approx(0.655, abs=0.03)
    assert score(SAMPLE, seed=1) == score(SAMPLE, seed=1)
    assert score(SAMPLE, resamples=0).strict.f1_low is None


def test_one_long_span_is_right_once() -> None:
    found = score([pair([(0, 4, "PER"), (5, 9, "PER")], [(0, 9, "PER")])])
    assert (found.relaxed.matched, found.relaxed.precision, found.relaxed.recall) == (1, 1.0, 0.5)
    # Spans that touch have no code point in common.
    assert score([pair([(0, 4, "PER")], [(4, 8, "PER")])]).relaxed.matched == 0


LABELS = st.sampled_from(["PER", "ORG"])
SPAN = st.builds(
    lambda start, size, label: ScoredSpan(start, start + size, label), st.integers(0, 12), st.integers(1, 6), LABELS
)
SPANS: st.SearchStrategy[Spans] = st.frozensets(SPAN, max_size=7)
PAIRS = st.lists(
    st.builds(lambda gold, predicted: DocumentPair(gold=gold, predicted=predicted), SPANS, SPANS), max_size=4
)


@given(PAIRS)
def test_strict_is_at_most_relaxed_and_swapping_swaps(pairs: list[DocumentPair]) -> None:
    found = score(pairs, resamples=50)
    back = score([DocumentPair(gold=one.predicted, predicted=one.gold) for one in pairs], resamples=50)
    for one, other in ((found.strict, back.strict), (found.relaxed, back.relaxed)):
        assert (one.precision, one.recall, one.f1, one.matched) == (
            other.recall,
            other.precision,
            other.f1,
            other.matched,
        )
        assert one.matched <= min(one.gold, one.predicted)
        if one.f1_low is not None and one.f1_high is not None:
            assert 0 <= one.f1_low <= one.f1_high <= 1
    assert found.strict.matched <= found.relaxed.matched
    assert sum(one.strict.matched for one in found.labels.values()) == found.strict.matched
    assert sum(one.relaxed.matched for one in found.labels.values()) == found.relaxed.matched


@given(st.lists(SPANS, min_size=1, max_size=4))
def test_the_same_spans_score_one(documents: list[Spans]) -> None:
    found = score([DocumentPair(gold=one, predicted=one) for one in documents], resamples=50)
    assert found.strict.f1 == found.relaxed.f1 == (1.0 if any(documents) else None)
    assert found.macro_strict == found.strict.f1


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(1, 4)), max_size=5),
    st.lists(st.tuples(st.integers(0, 8), st.integers(1, 4)), max_size=5),
)
def test_the_matching_is_a_largest_one(gold: list[tuple[int, int]], predicted: list[tuple[int, int]]) -> None:
    left = [(start, start + size) for start, size in gold]
    right = [(start, start + size) for start, size in predicted]
    # Every way to give each gold span another predicted one, or none.
    padded = [*right, *[None] * len(left)]
    best = (
        max(
            sum(
                other is not None and one[0] < other[1] and other[0] < one[1]
                for one, other in zip(left, way, strict=False)
            )
            for way in itertools.permutations(padded, len(left))
        )
        if len(left) <= 3
        else overlap_matches(right, left)
    )
    assert overlap_matches(left, right) == best


def test_a_chain_of_a_thousand_overlaps_is_matched() -> None:
    gold = [(number * 10, number * 10 + 9) for number in range(1_000)]
    predicted = [(number * 10 + 5, number * 10 + 14) for number in range(-1, 999)]
    assert overlap_matches(gold, predicted) == 1_000


def test_the_snippet_of_the_docs_says_what_it_prints(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (root / "docs" / "train.md").read_text(encoding="utf-8")
    (snippet,) = re.findall(r"^```python\n(.*?)^```\n\nprints `(.*?)`", page, re.MULTILINE | re.DOTALL)
    exec(snippet[0], {})  # noqa: S102 - our own page
    assert capsys.readouterr().out.strip() == snippet[1]
