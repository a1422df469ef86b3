"""``score``: spans in one place against gold in another, document by document. Offsets are code points, half open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from wortlaut.annotation.learnt.folder import MODEL, read_model
from wortlaut.annotation.learnt.tagger import load_tagger
from wortlaut.annotation.scoring import DocumentPair, ScoredSpan, SpanScores, score
from wortlaut.export.release import Release, ReleasedDocument, open_release
from wortlaut.schema.errors import InputError, UsageError
from wortlaut.schema.scheme import LabelKind

__all__ = ["ScoreReport", "score_release"]


class ScoreReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was compared, and the scores.

    ``labels`` are those that were looked at. ``without_prediction`` counts gold documents that the predictions do not
    name: they count as predicted empty. ``beside`` counts predicted documents that are not among the gold ones.
    """

    gold: str
    predicted: str
    labels: tuple[str, ...]
    without_prediction: int
    beside: int
    scores: SpanScores


class _Line(msgspec.Struct, frozen=True):
    """One line of a file of predictions."""

    doc_id: str
    spans: tuple[ScoredLine, ...]


class ScoredLine(msgspec.Struct, frozen=True):
    """One span of a file of predictions."""

    start: int
    end: int
    label: str


Spans = dict[str, frozenset[ScoredSpan]]


def score_release(
    gold: Path,
    predicted: Path,
    *,
    split: str | None = None,
    kinds: tuple[LabelKind, ...] = ("entity", "mention", "quote", "cue"),
    labels: tuple[str, ...] = (),
    seed: int = 0,
) -> ScoreReport:
    """Score predictions against the main layers of a release.

    ``predicted`` is another release, a trained model, or a file of JSON lines ``{"doc_id": ..., "spans": [{"start":
    ..., "end": ..., "label": ...}]}``. ``kinds`` and ``labels`` choose among the labels; for a model only those count
    that it can give. Raises UsageError for a label or split that is not there, and where no document is in both;
    InputError for what cannot be read.
    """
    release = open_release(gold)
    if split is not None and split not in release.splits:
        raise UsageError(f"has no split {split!r}, but {', '.join(release.splits)}", where=str(gold))
    wanted = _wanted(release, kinds, labels)
    documents = list(release.documents(split=split))
    if (predicted / MODEL).is_file():
        found, wanted = _of_model(predicted, documents, wanted, gold)
    else:
        found = _of_release(predicted) if predicted.is_dir() else _of_lines(predicted)
    ids = {document.doc_id for document in documents}
    if not ids & found.keys():
        raise UsageError(
            f"has no document in common with {gold}", where=str(predicted), hint="Compare the doc_id of both"
        )
    none: frozenset[ScoredSpan] = frozenset()
    pairs = [
        DocumentPair(gold=_only(_spans(document), wanted), predicted=_only(found.get(document.doc_id, none), wanted))
        for document in documents
    ]
    return ScoreReport(
        gold=str(gold),
        predicted=str(predicted),
        labels=tuple(name for name in release.scheme.label_by_name if name in wanted),
        without_prediction=len(ids - found.keys()),
        beside=len(found.keys() - ids),
        scores=score(pairs, seed=seed),
    )


def _wanted(release: Release, kinds: tuple[LabelKind, ...], labels: tuple[str, ...]) -> frozenset[str]:
    known = release.scheme.labels_of(*kinds)
    for label in labels:
        if label not in known:
            raise UsageError(f"there is no label {label!r}", where="--label", hint=f"There are: {', '.join(known)}")
    return frozenset(labels or known)


def _only(spans: frozenset[ScoredSpan], labels: frozenset[str]) -> frozenset[ScoredSpan]:
    return frozenset(span for span in spans if span.label in labels)


def _spans(document: ReleasedDocument) -> frozenset[ScoredSpan]:
    return frozenset(ScoredSpan(one.start, one.end, one.label) for one in document.main.spans().values())


def _of_release(path: Path) -> Spans:
    return {document.doc_id: _spans(document) for document in open_release(path).documents()}


def _of_model(
    path: Path, documents: list[ReleasedDocument], wanted: frozenset[str], gold: Path
) -> tuple[Spans, frozenset[str]]:
    model = read_model(path)
    tagger = load_tagger(model)
    found = {}
    for document in documents:
        if document.text is None:
            raise InputError(
                "holds no texts (profile standoff), and a model needs them",
                where=str(gold),
                hint="Put them in first: wortlaut rehydrate RELEASE --texts DIR",
            )
        found[document.doc_id] = frozenset(tagger(document.text))
    return found, wanted & frozenset(model.entry.labels)


def _of_lines(path: Path) -> Spans:
    found: Spans = {}
    for number, line in _lines(path):
        if line.doc_id in found:
            raise InputError(f"the document {line.doc_id!r} stands twice", where=f"{path}:{number}")
        for span in line.spans:
            if not 0 <= span.start < span.end:
                raise InputError(f"the span {span.start}:{span.end} is empty or negative", where=f"{path}:{number}")
        found[line.doc_id] = frozenset(ScoredSpan(span.start, span.end, span.label) for span in line.spans)
    return found


def _lines(path: Path) -> Iterator[tuple[int, _Line]]:
    decode: Callable[[bytes], _Line] = msgspec.json.Decoder(_Line).decode
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    try:
                        yield number, decode(line)
                    except (msgspec.DecodeError, UnicodeDecodeError) as error:
                        raise InputError(
                            f"is not a prediction: {error}",
                            where=f"{path}:{number}",
                            hint='Each line is {"doc_id": "...", "spans": [{"start": 0, "end": 4, "label": "PER"}]}',
                        ) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
