"""What a batch of layers holds, column by column; made by wortlaut.export.spans, read by wortlaut.export.tables."""

from __future__ import annotations

import msgspec
import numpy as np

from wortlaut.export.columns import Array, Ints, integers, lists, strings, structs, take

__all__ = ["LayerColumns", "QuoteColumns", "RelationColumns", "SpanColumns"]


class SpanColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Spans of all layers of a batch: entities first, then cues, then fragments of quotes, each layer by layer.

    ``entities`` and ``cues`` are how many of them there are; ``layer`` is the number of each span's layer,
    ``label`` the number of its label in the scheme. Offsets are code points. ``origin`` is, for entities alone,
    the number in ``origins`` of who made the span (see wortlaut.schema.document.Span).
    """

    entities: int
    cues: int
    layer: Ints
    start: Ints
    end: Ints
    label: Ints
    id: Array
    text: Array
    label_name: Array
    origins: tuple[str, ...]
    origin: Ints
    anchors: Array | None = None

    def origin_name(self, places: Ints) -> Array:
        """Give who made the entities at ``places``."""
        return take(strings(self.origins), self.origin[places])

    def as_entities(self, places: Ints | slice) -> Array:
        """Give spans as what stands in the column entities."""
        return self.nested(places, "id", "start", "end", "text", "label", "origin", *self._anchored)

    def as_cues(self, places: Ints | slice) -> Array:
        """Give spans as what stands in the columns cues."""
        return self.nested(
            places, "id", "start", "end", "text", *(("label", *self._anchored) if self._anchored else ())
        )

    def as_fragments(self, places: Ints | slice) -> Array:
        """Give spans as what stands in the columns fragments: without texts they have no surface at all."""
        if self._anchored:
            return self.nested(places, "id", "start", "end", "label", *self._anchored)
        return self.nested(places, "id", "start", "end", "text")

    @property
    def _anchored(self) -> tuple[str, ...]:
        return () if self.anchors is None else ("anchors",)

    def nested(self, places: Ints | slice, *names: str) -> Array:
        """Give spans as structs of the fields that are named."""
        picked = np.arange(len(self.start))[places] if isinstance(places, slice) else places
        columns = {
            "id": lambda: take(self.id, picked),
            "start": lambda: integers(self.start[picked]),
            "end": lambda: integers(self.end[picked]),
            "text": lambda: take(self.text, picked),
            "label": lambda: take(self.label_name, picked),
            "origin": lambda: self.origin_name(picked),
            "anchors": lambda: take(self.anchors, picked),
        }
        return structs({name: columns[name]() for name in names})


class QuoteColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Quotes of all layers of a batch in the release's order; ``layer`` is the number of each quote's layer.

    ``label`` is the number of the quote's type among the scheme's labels. ``speakers``, ``resolved`` and
    ``addressees`` are places in SpanColumns, ``speaker_counts`` and so on how many of them each quote takes.
    """

    layer: Ints
    label: Ints
    fields: dict[str, Array]
    status: tuple[str | None, ...]


class RelationColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Relations of all layers of a batch in the release's order; ``head`` and ``tail`` are places in SpanColumns."""

    layer: Ints
    label: Ints
    head: Ints
    tail: Ints
    id: Array
    label_name: Array


class LayerColumns(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch of layers holds, and how many of each kind each layer has."""

    spans: SpanColumns
    quotes: QuoteColumns
    relations: RelationColumns
    entity_counts: Ints
    cue_counts: Ints
    quote_counts: Ints
    relation_counts: Ints
    attributes: Array

    def nested(self) -> dict[str, Array]:
        """Give the columns entities, relations, quotes, cues and attributes: one list for each layer."""
        spans, relations = self.spans, self.relations
        cues = slice(spans.entities, spans.entities + spans.cues)
        apart = {"text"} if spans.anchors is not None else set()
        quotes = {
            name: values
            for name, values in self.quotes.fields.items()
            if not name.endswith("_texts") and name not in apart
        }
        return {
            "entities": lists(self.entity_counts, spans.as_entities(slice(0, spans.entities))),
            "relations": lists(
                self.relation_counts,
                structs(
                    {
                        "id": relations.id,
                        "label": relations.label_name,
                        "head": take(spans.id, relations.head),
                        "tail": take(spans.id, relations.tail),
                    }
                ),
            ),
            "quotes": lists(self.quote_counts, structs(quotes)),
            "cues": lists(self.cue_counts, spans.as_cues(cues)),
            "attributes": self.attributes,
        }
