"""Pre-annotators that were trained (``wortlaut train``), alone or with the rules, as one prediction.

Each label is marked by the first that knows it: the models in the order in which they are named, then the rules. So a
model's persons take the place of the rules' persons, and what no model knows (dates, say) stays theirs, where it does
not overlap what a model marked. Quotes, their cues and their speakers are the rules'; speakers are looked for among
the entities that are marked in the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from wortlaut.annotation.learnt.folder import TrainedModel, read_model
from wortlaut.annotation.learnt.tagger import Tagger, load_tagger
from wortlaut.annotation.preannotate.gazetteer import Entity, find_entities
from wortlaut.annotation.preannotate.protocol import PreAnnotation
from wortlaut.annotation.preannotate.rules import PressRules
from wortlaut.annotation.scoring import ScoredSpan
from wortlaut.schema.article import Article
from wortlaut.schema.document import Span
from wortlaut.schema.errors import InputError
from wortlaut.schema.scheme import LabelKind, Scheme

__all__ = ["TrainedAnnotator"]

_MARKED: tuple[LabelKind, ...] = ("entity", "mention", "cue")


class TrainedAnnotator:
    """Marks with trained models, and with the rules where ``rules`` is given. Models are loaded at the first article.

    The version names the models and changes with any file of theirs.
    """

    def __init__(self, folders: Sequence[Path], rules: PressRules | None = None) -> None:
        """Read what the models in these folders are. Raises InputError where one does not hold."""
        self.models: tuple[TrainedModel, ...] = tuple(read_model(folder) for folder in folders)
        self._rules = rules

    @property
    def name(self) -> str:
        """The rules' name with them, so that Label Studio has one prediction and not two; else the models'."""
        return self._rules.name if self._rules else "+".join(model.name for model in self.models)

    @property
    def version(self) -> str:
        """``1+news-0.2.0-crf.0a1b2c3d``: the rules' version, the models and what they hold; alone, the latter."""
        if self._rules is None:
            return ".".join(model.digest for model in self.models)
        return "+".join([self._rules.version, *(f"{model.name}.{model.digest}" for model in self.models)])

    def strangers(self, scheme: Scheme) -> tuple[str, ...]:
        """Give the labels of the models that the scheme lacks, or has as a quote's: they are left out."""
        known = set(scheme.labels_of(*_MARKED))
        given = {label for model in self.models for label in model.entry.labels}
        return tuple(sorted(given - known))

    def annotate(self, article: Article, scheme: Scheme) -> PreAnnotation:
        """Mark what the models find, and with the rules what they find beside it. Ids are ``LABEL-START-END``."""
        kinds = {name: scheme.label_by_name[name].kind for name in scheme.labels_of(*_MARKED)}
        found: list[ScoredSpan] = []
        owned: set[str] = set()
        for model, tagger in zip(self.models, self._taggers, strict=True):
            mine = set(model.entry.labels) - owned
            found += [span for span in tagger(article.text) if span.label in mine and span.label in kinds]
            owned |= mine
        if self._rules is None:
            return PreAnnotation(spans=_spans(article.text, found))
        entities = [span for span in found if kinds[span.label] == "entity"]
        outer = _outermost(entities)
        drafted = self._rules.with_entities(article, scheme, _with_rules(article, outer, owned))
        taken = [span for span in drafted.spans if kinds.get(span.label) in {"mention", "cue"}]
        beside = [
            span for span in found if kinds[span.label] == "entity" or not any(_overlap(span, one) for one in taken)
        ]
        there = {span.id for span in drafted.spans}
        added = [span for span in _spans(article.text, beside) if span.id not in there]
        spans = sorted((*drafted.spans, *added), key=lambda span: (span.start, -span.end, span.label))
        return PreAnnotation(spans=tuple(spans), relations=drafted.relations, attributes=drafted.attributes)

    @cached_property
    def _taggers(self) -> tuple[Tagger, ...]:
        for model in self.models:
            # It may have been trained anew since, and then it is not what the version says.
            if read_model(model.path).digest != model.digest:
                raise InputError(
                    "was trained anew in the meantime", where=str(model.path), hint="Run the command again"
                )
        return tuple(load_tagger(model) for model in self.models)


def _with_rules(article: Article, outer: Sequence[ScoredSpan], owned: set[str]) -> list[Entity]:
    """Give the models' entities, with those of the rules that bear another label and overlap none of them."""
    ruled = [hit for hit in find_entities(article.text, article.tags) if hit.label not in owned]
    kept = [hit for hit in ruled if not any(_overlap(hit, span) for span in outer)]
    entities = [Entity(label=span.label, start=span.start, end=span.end) for span in outer]
    return sorted([*entities, *kept], key=lambda hit: hit.start)


def _outermost(spans: Sequence[ScoredSpan]) -> list[ScoredSpan]:
    kept: list[ScoredSpan] = []
    for span in sorted(spans, key=lambda one: (one.start - one.end, one)):
        if not any(_overlap(span, one) for one in kept):
            kept.append(span)
    return sorted(kept)


def _overlap(one: ScoredSpan | Entity | Span, other: ScoredSpan | Entity | Span) -> bool:
    return one.start < other.end and other.start < one.end


def _spans(text: str, found: Sequence[ScoredSpan]) -> tuple[Span, ...]:
    return tuple(
        Span(
            id=f"{span.label}-{span.start}-{span.end}",
            label=span.label,
            start=span.start,
            end=span.end,
            text=text[span.start : span.end],
            origin="prediction",
        )
        for span in sorted(set(found), key=lambda one: (one.start, -one.end, one.label))
    )
