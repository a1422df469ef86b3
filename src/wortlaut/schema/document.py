"""The record of one annotated document: spans, quotes and relations of one layer over one text.

Offsets are Unicode code points into the canonical text, half open. A span holds its surface. The JSON form is
``schema/document.schema.json``.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from wortlaut.schema.errors import RecordError

__all__ = ["Attribute", "Document", "Layer", "Provenance", "Quote", "Relation", "Span"]

Layer = Literal["annotator", "gold", "model"]


class Span(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A labelled span: an entity, a mention, a cue, or a fragment of a quote.

    ``id`` is unique within its document. ``text`` is the surface. ``origin`` is Label Studio's word for who
    made it (``manual``, ``prediction``, ``prediction-changed``). Raises RecordError where the surface is not as
    long as the offsets say, or the span is empty or negative.
    """

    id: str
    label: str
    start: int
    end: int
    text: str
    origin: str = "manual"

    def __post_init__(self) -> None:
        if self.end - self.start != len(self.text) or self.start < 0 or not self.text:
            raise RecordError(
                f"the span {self.start}:{self.end} does not fit its surface of {len(self.text)} code points",
                where=self.id,
                code="WL301",
            )


class Quote(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """One quote, possibly discontinuous.

    ``id`` is the id of its first fragment. ``fragments`` and ``cues`` are in the order of the text.
    ``speakers`` and ``addressees`` are ids of spans in ``mentions``; ``resolved_speakers`` follows COREF from
    each speaker to the entity it stands for, in the same order (the speaker itself where there is no COREF).
    ``speaker_status`` is None where the annotator did not say.
    """

    id: str
    type: str
    fragments: tuple[Span, ...]
    cues: tuple[Span, ...] = ()
    speakers: tuple[str, ...] = ()
    resolved_speakers: tuple[str, ...] = ()
    addressees: tuple[str, ...] = ()
    speaker_status: str | None = None


class Relation(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A directed relation between two spans, named by their ids; ``id`` is unique within its document."""

    id: str
    type: str
    head: str
    tail: str


class Attribute(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A choice, note or rating on a span, or on the whole document where ``span_id`` is None.

    A ``note`` is what somebody wrote freely, and may name people; all else is a ``choice``.
    """

    name: str
    values: tuple[str, ...]
    span_id: str | None = None
    kind: Literal["choice", "note"] = "choice"


class Provenance(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Where a layer came from: ids of Label Studio and times as it wrote them. Never published as it stands.

    ``regions`` is how many entries of ``result`` the layer was read from.
    """

    source: str = ""
    task_id: int | str | None = None
    annotation_id: int | str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    lead_time: float | None = None
    regions: int = 0


class Document(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """One layer of annotation over one article.

    ``mentions`` are the spans whose label is an entity or a mention, ``cues`` every cue span (also one that
    belongs to no quote), ``quotes`` the quotes; each list in the order (start, end, id). ``relations`` holds
    every relation, those that quotes were built from included, so that nothing is lost. ``annotator`` is who
    made an ``annotator`` layer, in Label Studio's own words: replaced by a pseudonym before it is published.
    """

    article_id: str
    text_sha256: str
    layer: Layer
    annotator: str | None = None
    mentions: tuple[Span, ...] = ()
    cues: tuple[Span, ...] = ()
    quotes: tuple[Quote, ...] = ()
    relations: tuple[Relation, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    provenance: Provenance = Provenance()

    def spans(self) -> tuple[Span, ...]:
        """Give every span of the document: mentions, cues, fragments of quotes."""
        fragments = tuple(fragment for quote in self.quotes for fragment in quote.fragments)
        return self.mentions + self.cues + fragments
