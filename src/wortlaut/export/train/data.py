"""What models learn from a release and are tested on. Offsets are code points, half open.

Two targets:

* ``entities``: spans whose label is an entity's; of spans that overlap the longest is kept (of equally long ones the
  first), as in the config ``ner``. For the CRF and for spaCy's ``ner``, which give a token one label.
* ``spans``: entities, mentions and cues, nested ones too. For spaCy's span categorizer. Quotes are no target: a
  categorizer looks at every span up to the longest length, and quotes are as long as sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from wortlaut.annotation.learnt.folder import ModelKind
from wortlaut.annotation.scoring import ScoredSpan
from wortlaut.export.release import Release, ReleasedDocument
from wortlaut.schema.errors import InputError, UsageError
from wortlaut.schema.scheme import LabelKind, Scheme

__all__ = ["TARGETS", "LearntDocument", "Target", "TrainingData", "longest", "read_data", "spans_of"]

Target = Literal["entities", "spans"]
TARGETS: dict[ModelKind, Target] = {"crf": "entities", "spacy-ner": "entities", "spacy-spancat": "spans"}
_KINDS: dict[Target, tuple[LabelKind, ...]] = {"entities": ("entity",), "spans": ("entity", "mention", "cue")}


class LearntDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document to learn from or to be tested on, with its spans of both targets."""

    doc_id: str
    text: str
    entities: tuple[ScoredSpan, ...]
    spans: tuple[ScoredSpan, ...]

    def gold(self, target: Target) -> tuple[ScoredSpan, ...]:
        """Give the spans of a target."""
        return self.entities if target == "entities" else self.spans


class TrainingData(msgspec.Struct, frozen=True, kw_only=True):
    """The documents of a release by split; ``validation`` is empty where the release has no such split.

    ``nested`` is how many entities of the training split the target ``entities`` leaves out.
    """

    scheme: Scheme
    train: tuple[LearntDocument, ...]
    validation: tuple[LearntDocument, ...]
    test: tuple[LearntDocument, ...]
    nested: int

    def labels(self, target: Target) -> tuple[str, ...]:
        """Give the labels of a target that stand in the training split, in the scheme's order."""
        there = {span.label for document in self.train for span in document.gold(target)}
        return tuple(name for name in self.scheme.label_by_name if name in there)


def read_data(release: Release, on_document: Callable[[], None] = lambda: None) -> TrainingData:
    """Read a release to train on.

    Raises UsageError where it has no splits ``train`` and ``test``, InputError where it holds no texts or its training
    split no entity.
    """
    where = str(release.path)
    missing = [split for split in ("train", "test") if split not in release.splits]
    if missing:
        raise UsageError(
            f"has no split {' and no split '.join(missing)}, but {', '.join(release.splits)}: there is nothing to "
            + ("train on" if "train" in missing else "test a model on"),
            where=where,
            hint=_way_out(release),
        )
    held: dict[str, list[LearntDocument]] = {"train": [], "validation": [], "test": []}
    nested = 0
    for split, documents in held.items():
        if split not in release.splits:
            continue
        for document in release.documents(split=split):
            on_document()
            learnt = _learnt(document, release)
            documents.append(learnt)
            if split == "train":
                nested += sum(1 for _ in spans_of(document, release.scheme, "entities")) - len(learnt.entities)
    if not any(document.entities for document in held["train"]):
        raise InputError(
            "no entity is annotated in the split train: there is nothing to learn",
            where=where,
            hint="Annotate more, or look at the sizes of the splits in the release's README.md",
        )
    return TrainingData(
        scheme=release.scheme,
        train=tuple(held["train"]),
        validation=tuple(held["validation"]),
        test=tuple(held["test"]),
        nested=nested,
    )


def _way_out(release: Release) -> str:
    """Say what to do about a release that lacks a split: what is the matter depends on how it was split."""
    policy, documents = release.manifest.splits, release.manifest.configs["documents"].rows
    if policy is None or policy.by == "none":
        return 'Build the release with splits: [release.splits] by = "cluster" in wortlaut.toml (docs/splits.md)'
    if policy.by == "time":
        return (
            f"It is split by time, test from {policy.test_from or 'no day on'}: set the days so that articles come to "
            "each split, [release.splits] in wortlaut.toml (docs/splits.md)"
        )
    few = f"{documents:,} {'article is' if documents == 1 else 'articles are'} too few for each split to get one"
    return (
        f"It is split by {policy.by} already, and {few}: annotate more, or set larger shares in [release.splits] "
        "(docs/splits.md)"
    )


def spans_of(document: ReleasedDocument, scheme: Scheme, target: Target) -> Iterator[ScoredSpan]:
    """Give the spans of a document's main layer that have a label of a target, each once, sorted."""
    labels = set(scheme.labels_of(*_KINDS[target]))
    spans = (*document.main.entities, *document.main.cues)
    yield from sorted({ScoredSpan(one.start, one.end, one.label) for one in spans if one.label in labels})


def longest(spans: Iterable[ScoredSpan], order: Sequence[str]) -> tuple[ScoredSpan, ...]:
    """Give the spans that overlap no longer one; of equally long ones the first, then the first label in ``order``.

    >>> longest([ScoredSpan(0, 4, "ORG"), ScoredSpan(0, 9, "ORG"), ScoredSpan(9, 12, "PER")], ("PER", "ORG"))
    (ScoredSpan(start=0, end=9, label='ORG'), ScoredSpan(start=9, end=12, label='PER'))
    """
    kept: list[ScoredSpan] = []
    taken: set[int] = set()
    for span in sorted(spans, key=lambda one: (one.start - one.end, one.start, order.index(one.label))):
        places = range(span.start, span.end)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(span)
    return tuple(sorted(kept))


def _learnt(document: ReleasedDocument, release: Release) -> LearntDocument:
    if document.text is None:
        raise InputError(
            "holds no texts (profile standoff), and a model learns from texts",
            where=str(release.path),
            hint="Put them in first: wortlaut rehydrate RELEASE --texts DIR",
        )
    order = tuple(release.scheme.label_by_name)
    return LearntDocument(
        doc_id=document.doc_id,
        text=document.text,
        entities=longest(spans_of(document, release.scheme, "entities"), order),
        spans=tuple(spans_of(document, release.scheme, "spans")),
    )
