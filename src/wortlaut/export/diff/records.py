"""What a comparison of two releases says. Offsets are code points into the text of their own release."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import msgspec

from wortlaut.export.release import ReleasedSpan
from wortlaut.schema.version import Step

__all__ = [
    "AttributeChange",
    "DocumentChange",
    "LayerChange",
    "QuoteAt",
    "QuoteChange",
    "RelationAt",
    "RelationChange",
    "ReleaseName",
    "SchemeChange",
    "SpanAt",
    "SpanChange",
    "Summary",
    "span_at",
]

Presence = Literal["came", "left", "changed"]


class SpanAt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A span of one release, with its id there; ``text`` is None where that release shows none."""

    id: str
    label: str
    start: int
    end: int
    text: str | None = None
    origin: str = "manual"


class SpanChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One span that came, left, has another label (``relabelled``), other boundaries (``moved``) or another ``origin``.

    ``by_migration``: the scheme itself says that the label became the other.
    """

    change: Literal["came", "left", "relabelled", "moved", "origin"]
    before: SpanAt | None = None
    after: SpanAt | None = None
    by_migration: bool = False


class RelationAt(msgspec.Struct, frozen=True, kw_only=True):
    """A relation of one release, with its ends as spans."""

    id: str
    label: str
    head: SpanAt
    tail: SpanAt


class RelationChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One relation that came, left, or has another label between the same ends."""

    change: Literal["came", "left", "relabelled"]
    before: RelationAt | None = None
    after: RelationAt | None = None
    by_migration: bool = False


class QuoteAt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A quote of one release."""

    id: str
    type: str
    fragments: tuple[SpanAt, ...]


class QuoteChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One quote that came, left or changed; ``what`` names what is other: type, fragments, cues, speakers, ..."""

    change: Presence
    before: QuoteAt | None = None
    after: QuoteAt | None = None
    what: tuple[str, ...] = ()


class AttributeChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One attribute, on a span of the newer release (of the older where it left) or on the document.

    ``was`` is its older name where the scheme gave it another one. ``by_migration``: the scheme itself says so of all
    that is other.
    """

    change: Presence
    name: str
    span: SpanAt | None = None
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    was: str = ""
    by_migration: bool = False


class LayerChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One layer that came, left or changed. ``annotator`` is a pseudonym; ``main``: the layer that the release prefers.

    For a main layer that is of another kind now, ``layer`` is the new kind and ``was`` the old one. For an annotator's
    layer that holds the same under another pseudonym, ``was`` is the old pseudonym.
    """

    change: Presence
    layer: str
    annotator: str | None = None
    main: bool = False
    was: str = ""
    spans: tuple[SpanChange, ...] = ()
    cues: tuple[SpanChange, ...] = ()
    relations: tuple[RelationChange, ...] = ()
    quotes: tuple[QuoteChange, ...] = ()
    attributes: tuple[AttributeChange, ...] = ()


class DocumentChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One document that came, left or changed.

    ``split_before`` and ``split`` are the splits it stands in; ``text_changed``: its text is another; ``fields`` names
    the metadata that are. ``layers`` holds the main layer first, then those of the config annotators. ``main_of``: the
    pseudonyms of whose layer the main one was and is, where that is another's now.
    """

    doc_id: str
    change: Presence
    split_before: str | None = None
    split: str | None = None
    text_changed: bool = False
    fields: tuple[str, ...] = ()
    layers: tuple[LayerChange, ...] = ()
    main_of: tuple[str, str] | None = None

    @property
    def moved(self) -> bool:
        """Whether the document stands in another split now."""
        return self.change == "changed" and self.split != self.split_before


class SchemeChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is other in the scheme. ``names`` changes what rows can hold, ``wording`` only what is said of it."""

    before: str
    after: str
    names: tuple[str, ...] = ()
    wording: tuple[str, ...] = ()
    migrations: tuple[str, ...] = ()


class ReleaseName(msgspec.Struct, frozen=True, kw_only=True):
    """Which release was compared."""

    name: str
    version: str
    content_sha256: str


class Summary(msgspec.Struct, kw_only=True):
    """What a comparison comes to. ``step`` is None where nothing is other; ``reasons`` say why it is what it is.

    ``other_values`` counts documents whose annotation is the same and whose rows are not: a surface that is shown now,
    say; they are among the unchanged ones.

    ``configs_other`` names configs whose rows are other though those of the documents and layers that they are made
    from are not: the tokens of another tokenizer, say.

    ``spans``, ``quotes`` and so on count the changes in main layers, by kind of change; ``in_layers`` those in
    annotators' layers, by ``span``, ``cue`` and so on; ``layers`` the layers themselves.
    """

    before: ReleaseName
    after: ReleaseName
    step: Step | None = None
    reasons: list[str] = []
    documents: Counter[str] = msgspec.field(default_factory=Counter)
    unchanged: int = 0
    other_values: int = 0
    splits: dict[str, int] = msgspec.field(default_factory=dict)
    texts: int = 0
    corrected: int = 0
    fields: Counter[str] = msgspec.field(default_factory=Counter)
    layers: Counter[str] = msgspec.field(default_factory=Counter)
    spans: Counter[str] = msgspec.field(default_factory=Counter)
    cues: Counter[str] = msgspec.field(default_factory=Counter)
    relations: Counter[str] = msgspec.field(default_factory=Counter)
    quotes: Counter[str] = msgspec.field(default_factory=Counter)
    attributes: Counter[str] = msgspec.field(default_factory=Counter)
    in_layers: dict[str, Counter[str]] = msgspec.field(default_factory=dict)
    scheme: SchemeChange | None = None
    columns: list[str] = []
    configs_came: list[str] = []
    configs_left: list[str] = []
    configs_other: list[str] = []
    other_files: list[str] = []
    came: list[str] = []
    left: list[str] = []


def span_at(span: ReleasedSpan) -> SpanAt:
    """Give a released span as it stands in a comparison."""
    return SpanAt(id=span.id, label=span.label, start=span.start, end=span.end, text=span.text, origin=span.origin)
