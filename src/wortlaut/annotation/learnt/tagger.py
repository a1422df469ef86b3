"""How a trained model marks a text. Offsets are code points, half open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

from wortlaut.annotation.learnt.features import FEATURES, features_of, has_hanta, marks_of
from wortlaut.annotation.learnt.folder import CRF_FILE, SPACY_FOLDER, TrainedModel
from wortlaut.annotation.learnt.segments import Sentence, paragraphs, sentences
from wortlaut.annotation.scoring import ScoredSpan
from wortlaut.schema.errors import InputError, UsageError

__all__ = [
    "SPANS_KEY",
    "Tagger",
    "crf_tagger",
    "load_tagger",
    "require_crf",
    "spacy_tagger",
    "spans_of_tags",
    "trimmed",
]

Tagger = Callable[[str], list[ScoredSpan]]
"""Gives the spans of a text, sorted, each once."""

SPANS_KEY = "sc"
"""Under which key of ``doc.spans`` a span categorizer writes."""


def load_tagger(model: TrainedModel) -> Tagger:
    """Load a model.

    Raises UsageError where a package that it needs is missing, InputError where it cannot be loaded.
    """
    if model.entry.kind == "crf":
        require_crf()
        _check_features(model)
        return crf_tagger(model.path / CRF_FILE, hanta=model.entry.hanta)
    import spacy

    try:
        language = spacy.load(model.path / SPACY_FOLDER)
    except Exception as error:  # spaCy raises whatever its parts raise
        trained = model.entry.software.get("spacy", "another version")
        raise InputError(
            f"spaCy {installed_version('spacy')} cannot load this model, trained by {trained}: {type(error).__name__}",
            where=str(model.path),
            hint="Train it again: wortlaut train --release DIR",
        ) from error
    return spacy_tagger(language)


def require_crf() -> None:
    """Raise UsageError where python-crfsuite is missing."""
    try:
        import pycrfsuite  # type: ignore[import-untyped]  # noqa: F401 - has no types
    except ImportError as error:
        raise UsageError(
            "a CRF needs the package python-crfsuite", hint="Install it: pip install 'wortlaut[train]'"
        ) from error


def crf_tagger(path: Path, *, hanta: bool) -> Tagger:
    """Give the tagger of a CRF in a file of CRFsuite."""
    import pycrfsuite

    crf = pycrfsuite.Tagger()
    try:
        crf.open(str(path))
    except ValueError as error:
        raise InputError("is not a model of CRFsuite", where=str(path)) from error

    def tag(text: str) -> list[ScoredSpan]:
        marks = marks_of(text)
        found: set[ScoredSpan] = set()
        for sentence in sentences(text):
            tags = crf.tag(features_of(sentence, marks, hanta=hanta))
            found.update(spans_of_tags(sentence, tags))
        return sorted(found)

    return tag


def spacy_tagger(language: Any) -> Tagger:
    """Give the tagger of a spaCy pipeline: entities and the span categorizer's spans, paragraph by paragraph."""

    def tag(text: str) -> list[ScoredSpan]:
        places = list(paragraphs(text))
        found: set[ScoredSpan] = set()
        with language.memory_zone():  # else spaCy would keep every word that it ever met
            for (start, end), doc in zip(places, language.pipe(text[s:e] for s, e in places), strict=True):
                spans = [*doc.ents, *doc.spans.get(SPANS_KEY, ())]
                for span in spans:
                    place = trimmed(text, start + span.start_char, min(start + span.end_char, end))
                    if place is not None:
                        found.add(ScoredSpan(*place, span.label_))
        return sorted(found)

    return tag


def spans_of_tags(sentence: Sentence, tags: Sequence[str]) -> Iterator[ScoredSpan]:
    """Read spans from BIO tags; an I that nothing begins, begins a span itself."""
    begin: int | None = None
    label = ""
    for number, tag in enumerate([*tags, "O"]):
        kind, _, name = tag.partition("-")
        if begin is not None and (kind != "I" or name != label):
            yield ScoredSpan(sentence.starts[begin], sentence.ends[number - 1], label)
            begin = None
        if kind == "B" or (kind == "I" and begin is None):
            begin, label = number, name


def trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Take white space off the edges of a span, which annotators never mark; None where nothing is left.

    >>> trimmed("ab cd ", 2, 6), trimmed("a  b", 1, 3)
    ((3, 5), None)
    """
    surface = text[start:end]
    if not surface.strip():
        return None
    return start + len(surface) - len(surface.lstrip()), end - len(surface) + len(surface.rstrip())


def _check_features(model: TrainedModel) -> None:
    if model.entry.features != FEATURES:
        raise InputError(
            f"looks at features of version {model.entry.features}, and this wortlaut has version {FEATURES}",
            where=str(model.path),
            hint="Train it again: wortlaut train --release DIR",
        )
    if model.entry.hanta and not has_hanta():
        raise UsageError(
            "this CRF was trained with HanTa's tags, and HanTa is not installed",
            where=str(model.path),
            hint="Install it: pip install 'wortlaut[train]'",
        )
