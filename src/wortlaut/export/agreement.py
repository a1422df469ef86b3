"""How far annotators of one article agree: pairwise F1 of their spans, for the card and ``agreement.json``.

F1 between two layers is the same whichever is taken for gold, and needs no count of what nobody marked, which spans do
not have (Hripcsak and Rothschild 2005, https://doi.org/10.1197/jamia.M1733). Every pair of annotators' layers of an
article counts; counts are pooled over articles, and the interval is a bootstrap over articles. Gold layers, which were
made from the others, are left out. Of a large corpus a sample of the articles is measured, drawn by a hash of their
ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from heapq import heappush, heapreplace
from itertools import combinations
from pathlib import Path

import msgspec

from wortlaut.annotation.scoring import DocumentPair, ScoredSpan, SpanScores, score
from wortlaut.export.baselines import shown_f1
from wortlaut.export.markdown import code, counted, table_lines
from wortlaut.schema.document import Document

__all__ = ["AGREEMENT", "Agreement", "AgreementSample", "agreement_section", "write_agreement"]

AGREEMENT = "agreement.json"
SAMPLE = 1000  # articles, whose layers stay in memory
# Pairs of one article stand side by side in one count: far apart, so that none of them overlap. No text is so long.
_APART = 1_000_000_000
_KINDS = {
    "entities": "entities and mentions",
    "cues": "cues",
    "quotes": "fragments of quotes, by type",
}


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """The file ``agreement.json``.

    ``articles`` have several annotators' layers, ``measured`` of them were measured, in ``pairs`` of layers. ``kinds``
    has the scores for each kind of span; F1 alone is to be read in them, because neither layer is gold.
    """

    articles: int
    measured: int
    pairs: int
    kinds: dict[str, SpanScores]


class AgreementSample:
    """Keeps the layers of some of the articles that several people annotated, while a release is written."""

    def __init__(self) -> None:
        self._articles = 0
        # The largest hash first, to be dropped for a smaller one: (hash with its sign turned, id, layers).
        self._kept: list[tuple[int, str, list[Document]]] = []

    def note(self, article_id: str, layers: Sequence[Document]) -> None:
        """Take in one article."""
        people = [layer for layer in layers if layer.layer == "annotator"]
        if len(people) < 2:
            return
        self._articles += 1
        rank = -int.from_bytes(sha256(article_id.encode()).digest()[:8], "big")
        if len(self._kept) < SAMPLE:
            heappush(self._kept, (rank, article_id, people))
        elif rank > self._kept[0][0]:
            heapreplace(self._kept, (rank, article_id, people))

    def measure(self) -> Agreement | None:
        """Give the agreement; None where no article has two annotators' layers."""
        if not self._kept:
            return None
        layers = [people for _, _, people in sorted(self._kept, key=lambda kept: kept[1])]
        return Agreement(
            articles=self._articles,
            measured=len(layers),
            pairs=sum(len(people) * (len(people) - 1) // 2 for people in layers),
            kinds={kind: score(_pair(kind, people) for people in layers) for kind in _KINDS},
        )


def write_agreement(folder: Path, agreement: Agreement) -> None:
    """Write ``agreement.json``."""
    (folder / AGREEMENT).write_bytes(msgspec.json.format(msgspec.json.encode(agreement), indent=2) + b"\n")


def agreement_section(agreement: Agreement | None) -> str:
    """Give the chapter of the card."""
    lines = ["## Agreement of annotators", ""]
    if agreement is None:
        return "\n".join([*lines, "No article has layers of several annotators: there is nothing to compare."])
    sample = "" if agreement.measured == agreement.articles else f" (a sample of {agreement.articles:,})"
    lines.append(
        f"Pairwise F1 of the layers of {counted(agreement.measured, 'article')}{sample} with several annotators, in "
        f"{counted(agreement.pairs, 'pair')}, pooled, with a 95 % interval from a bootstrap over articles. Strict: "
        "start, end and label are the same; relaxed: one code point in common and the same label. Gold layers are left "
        "out."
    )
    rows = [
        (
            _KINDS[kind],
            shown_f1(scores.strict),
            shown_f1(scores.relaxed),
            f"{scores.strict.gold:,} / {scores.strict.predicted:,}",
        )
        for kind, scores in agreement.kinds.items()
    ]
    lines += ["", *table_lines(("spans", "strict F1", "relaxed F1", "spans of either side"), rows)]
    labels = [
        (code(label), shown_f1(found.strict, interval=False), shown_f1(found.relaxed, interval=False))
        for scores in agreement.kinds.values()
        for label, found in scores.labels.items()
    ]
    lines += ["", *table_lines(("label", "strict F1", "relaxed F1"), labels)]
    return "\n".join(lines)


def _pair(kind: str, layers: Sequence[Document]) -> DocumentPair:
    """Give all pairs of the layers of one article as one, side by side."""
    one: set[ScoredSpan] = set()
    other: set[ScoredSpan] = set()
    spans = [_spans(kind, layer) for layer in layers]
    for number, (first, second) in enumerate(combinations(spans, 2)):
        one |= {_moved(span, number) for span in first}
        other |= {_moved(span, number) for span in second}
    return DocumentPair(gold=frozenset(one), predicted=frozenset(other))


def _spans(kind: str, layer: Document) -> frozenset[ScoredSpan]:
    found = {
        "entities": layer.mentions,
        "cues": layer.cues,
        "quotes": [fragment for quote in layer.quotes for fragment in quote.fragments],
    }[kind]
    return frozenset(ScoredSpan(start=span.start, end=span.end, label=span.label) for span in found)


def _moved(span: ScoredSpan, number: int) -> ScoredSpan:
    return ScoredSpan(start=span.start + number * _APART, end=span.end + number * _APART, label=span.label)
