"""How far annotators of one article agree: pairwise F1 of their spans, for the card and ``agreement.json``.

F1 between two layers is the same whichever is taken for gold, and needs no count of what nobody marked, which spans do
not have (Hripcsak and Rothschild 2005, https://doi.org/10.1197/jamia.M1733). Every pair of annotators' layers of an
article counts; counts are pooled over articles, and the interval is a bootstrap over articles. Gold layers, which were
made from the others, are left out. Of a large corpus a sample of the articles is measured, drawn by a hash of their
ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import combinations, groupby
from pathlib import Path
from typing import Any

import msgspec

from wortlaut.annotation.scoring import DocumentPair, ScoredSpan, SpanScores, score
from wortlaut.export.baselines import shown_f1
from wortlaut.export.columns import integers, numbers
from wortlaut.export.markdown import code, counted, table_lines
from wortlaut.export.release import Release, ReleasedLayer

__all__ = ["AGREEMENT", "Agreement", "agreement_section", "find_agreement", "write_agreement"]

AGREEMENT = "agreement.json"
SAMPLE = 2000
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


def find_agreement(release: Release) -> Agreement | None:
    """Measure a release; None where no article has two annotators' layers."""
    shared = _shared(release)
    if not shared:
        return None
    chosen = set(sorted(shared, key=lambda name: sha256(name.encode()).digest())[:SAMPLE])
    layers = [list(group) for group in _groups(release, chosen)]
    pairs = sum(len(group) * (len(group) - 1) // 2 for group in layers)
    return Agreement(
        articles=len(shared),
        measured=len(layers),
        pairs=pairs,
        kinds={kind: score(_pair(kind, group) for group in layers) for kind in _KINDS},
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


def _shared(release: Release) -> list[str]:
    """Give the articles that have layers of several annotators."""
    found: Counter[str] = Counter()
    for split in release.splits:
        for row in release.rows("annotators", split, ["doc_id", "layer"]):
            if row["layer"] == "annotator":
                found[row["doc_id"]] += 1
    return [doc_id for doc_id, number in found.items() if number > 1]


def _groups(release: Release, chosen: set[str]) -> Iterator[Iterable[ReleasedLayer]]:
    for split in release.splits:
        of_split = (
            release.layer(row) for batch in release.batches("annotators", split) for row in _chosen_rows(batch, chosen)
        )
        for _, group in groupby(of_split, key=lambda layer: layer.doc_id):
            yield group


def _chosen_rows(batch: Any, chosen: set[str]) -> list[dict[str, Any]]:
    """Give the rows of annotators on chosen articles; the others are never turned into Python's values."""
    names, kinds = batch.column("doc_id").to_pylist(), batch.column("layer").to_pylist()
    places = [n for n, name in enumerate(names) if kinds[n] == "annotator" and name in chosen]
    rows: list[dict[str, Any]] = batch.take(integers(numbers(places))).to_pylist() if places else []
    return rows


def _pair(kind: str, layers: list[ReleasedLayer]) -> DocumentPair:
    """Give all pairs of the layers of one article as one, side by side."""
    one: set[ScoredSpan] = set()
    other: set[ScoredSpan] = set()
    spans = [_spans(kind, layer) for layer in layers]
    for number, (first, second) in enumerate(combinations(spans, 2)):
        one |= {_moved(span, number) for span in first}
        other |= {_moved(span, number) for span in second}
    return DocumentPair(gold=frozenset(one), predicted=frozenset(other))


def _spans(kind: str, layer: ReleasedLayer) -> frozenset[ScoredSpan]:
    found = {
        "entities": layer.entities,
        "cues": layer.cues,
        "quotes": [fragment for quote in layer.quotes for fragment in quote.fragments],
    }[kind]
    return frozenset(ScoredSpan(start=span.start, end=span.end, label=span.label) for span in found)


def _moved(span: ScoredSpan, number: int) -> ScoredSpan:
    return ScoredSpan(start=span.start + number * _APART, end=span.end + number * _APART, label=span.label)
