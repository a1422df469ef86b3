"""The pre-annotator ``press-de-rules``: quotation marks, word lists and a few rules, nothing learnt.

It marks entities, direct quotes, their cues and, where there is no doubt, their speakers. Indirect speech, the
other relations and separable verbs are left to the annotators.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from wortlaut.annotation.preannotate.gazetteer import Entity, find_entities
from wortlaut.annotation.preannotate.protocol import PreAnnotation
from wortlaut.annotation.preannotate.quotes import DirectQuote, find_direct_quotes
from wortlaut.annotation.preannotate.speakers import find_speaker
from wortlaut.schema.article import Article
from wortlaut.schema.document import Attribute, Relation, Span
from wortlaut.schema.scheme import RelationRole, Scheme

__all__ = ["PressRules"]

_DIRECT = "DIRECT"
_IN_TEXT = "in_text"


class PressRules(msgspec.Struct, frozen=True):
    """Rules for German news in the labels of ``press-de``; labels that a scheme lacks are left out."""

    name: str = "press-de-rules"
    version: str = "1"

    def annotate(self, article: Article, scheme: Scheme) -> PreAnnotation:
        """Find entities, direct quotes, cues and speakers. Region ids are ``LABEL-START-END``."""
        return self.with_entities(article, scheme, find_entities(article.text, article.tags))

    def with_entities(self, article: Article, scheme: Scheme, entities: Sequence[Entity]) -> PreAnnotation:
        """Mark these entities, which somebody else found, and look for their quotes: speakers are among them.

        They stand in the order of the text, and none overlaps another.
        """
        draft = _Draft(article.text, scheme)
        for hit in entities:
            draft.span(hit.label, hit.start, hit.end)
        if _DIRECT not in scheme.label_by_name:
            return draft.done()
        quotes = find_direct_quotes(article.text, _paragraphs(article))
        ids = [draft.span(_DIRECT, quote.start, quote.end) for quote in quotes]
        for number, quote in enumerate(quotes):
            if quote.continues is not None:
                # Cue and speaker belong to the quote as a whole: to its first part.
                draft.relation("continues", ids[number], ids[quote.continues])
                continue
            _add_cue(draft, quote, ids[number])
            speaker = find_speaker(article.text, quote, entities)
            if speaker is not None:
                label = speaker.label or next(iter(scheme.labels_of("mention")), "")
                if draft.relation("speaker", ids[number], draft.span(label, speaker.start, speaker.end)):
                    draft.speaker_in_text(ids[number])
        return draft.done()


class _Draft:
    """Collects spans and relations in the scheme's own names, each once."""

    def __init__(self, text: str, scheme: Scheme) -> None:
        self._text = text
        self._scheme = scheme
        self._spans: dict[str, Span] = {}
        self._relations: dict[str, Relation] = {}
        self._attributes: list[Attribute] = []

    def span(self, label: str, start: int, end: int) -> str:
        """Add a span and give its id; empty where the scheme has no such label."""
        if label not in self._scheme.label_by_name:
            return ""
        span_id = f"{label}-{start}-{end}"
        text = self._text[start:end]
        self._spans[span_id] = Span(id=span_id, label=label, start=start, end=end, text=text, origin="prediction")
        return span_id

    def relation(self, role: RelationRole, head: str, tail: str) -> bool:
        """Add the relation that plays ``role``; say whether the scheme has it for these two spans."""
        kind = self._scheme.relation_with_role(role)
        if kind is None or not head or not tail:
            return False
        if not kind.allows(self._spans[head].label, self._spans[tail].label):
            return False
        relation_id = f"{kind.name}-{head}-{tail}"
        self._relations[relation_id] = Relation(id=relation_id, type=kind.name, head=head, tail=tail)
        return True

    def speaker_in_text(self, span_id: str) -> None:
        """Choose ``in_text`` for a quote whose speaker is marked, where the scheme has that choice."""
        choice = self._scheme.choice_with_role("speaker_status")
        if choice is not None and any(option.name == _IN_TEXT for option in choice.options):
            self._attributes.append(Attribute(name=choice.name, values=(_IN_TEXT,), span_id=span_id))

    def done(self) -> PreAnnotation:
        spans = sorted(self._spans.values(), key=lambda span: (span.start, -span.end, span.label))
        return PreAnnotation(
            spans=tuple(spans), relations=tuple(self._relations.values()), attributes=tuple(self._attributes)
        )


def _add_cue(draft: _Draft, quote: DirectQuote, quote_id: str) -> None:
    if quote.cue is not None:
        draft.relation("cue_of", draft.span("CUE", quote.cue.start, quote.cue.end), quote_id)


def _paragraphs(article: Article) -> Sequence[tuple[int, int]]:
    return [(section.start, section.end) for section in article.sections] or [(0, len(article.text))]
