"""The annotation of a batch of layers as columns: spans, quotes, relations, attributes under stable ids.

Ids are given anew, because Label Studio's are random: ``e1`` (entities and mentions), ``c1`` (cues), ``q1``
(quotes), ``r1`` (relations), counted within a layer in the order (start, end, label), so that the same annotation
has the same ids in every export. A quote's first fragment has the quote's id, the others ``q1.2``, ``q1.3``.

What costs time is looking at each span from Python, so each field of each record is read once, by a
comprehension over the whole batch; all the rest (ids, ends of relations, order) is arithmetic on numpy columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import chain

import numpy as np

from wortlaut.export.columns import (
    Array,
    Ints,
    concat,
    counts_of,
    integers,
    lists,
    numbers,
    offsets_of,
    optional_strings,
    strings,
    structs,
    take,
)
from wortlaut.export.layer_columns import LayerColumns, QuoteColumns, RelationColumns, SpanColumns
from wortlaut.schema.document import Document, Quote, Span
from wortlaut.schema.errors import RecordError
from wortlaut.schema.scheme import Scheme

__all__ = ["layer_columns"]


def layer_columns(
    layers: Sequence[Document], scheme: Scheme, hide: Callable[[SpanColumns], SpanColumns] | None = None
) -> LayerColumns:
    """Turn layers into columns. ``hide`` takes out of the spans what a release without texts may not show.

    Raises RecordError for a label that the scheme does not have, and for a relation, quote or attribute that
    names a span its layer does not hold: the check lets neither through.
    """
    labels = {label.name: number for number, label in enumerate(scheme.labels)}
    types = {relation.name: number for number, relation in enumerate(scheme.relations)}
    quotes = list(chain.from_iterable([layer.quotes for layer in layers]))
    quote_counts = counts_of([layer.quotes for layer in layers])
    fragment_counts = counts_of([quote.fragments for quote in quotes])
    places = _Places(layers, quotes, quote_counts, fragment_counts)

    quote_layer = np.repeat(np.arange(len(layers)), quote_counts)
    first = offsets_of(fragment_counts)[:-1]
    raw_start = numbers([fragment.start for fragment in places.fragments])
    raw_end = numbers([fragment.end for fragment in places.fragments])
    start = np.minimum.reduceat(raw_start, first) if quotes else raw_start
    end = np.maximum.reduceat(raw_end, first) if quotes else raw_end
    kind = _codes([quote.type for quote in quotes], labels, "quote type", layers)
    order = _order(quote_layer, start, end, kind)
    rank = np.empty_like(order)
    rank[order] = _numbers(quote_counts)
    names = take(_names("q", int(quote_counts.max(initial=0))), rank)

    spans = _spans(places, labels, _fragment_ids(names, fragment_counts))
    if hide is not None:
        spans = hide(spans)
    fields = _quote_fields(quotes, quote_counts, fragment_counts, spans, places)
    fields = {
        "id": names,
        "type": take(strings([label.name for label in scheme.labels]), kind),
        "start": integers(start),
        "end": integers(end),
        **fields,
    }
    if not np.array_equal(order, np.arange(len(order))):
        fields = {name: take(values, order) for name, values in fields.items()}
    return LayerColumns(
        spans=spans,
        quotes=QuoteColumns(
            layer=quote_layer,
            label=kind[order],
            fields=fields,
            status=tuple([quotes[place].speaker_status for place in order.tolist()]),
        ),
        relations=_relations(places, types, scheme),
        entity_counts=places.entity_counts,
        cue_counts=places.cue_counts,
        quote_counts=quote_counts,
        relation_counts=counts_of([layer.relations for layer in layers]),
        attributes=_attributes(layers, places, spans),
    )


class _Places:
    """Where each span of a batch stands, under the id that its layer gave it."""

    def __init__(
        self, layers: Sequence[Document], quotes: Sequence[Quote], quote_counts: Ints, fragment_counts: Ints
    ) -> None:
        self.layers = layers
        self.entity_counts = counts_of([layer.mentions for layer in layers])
        self.cue_counts = counts_of([layer.cues for layer in layers])
        self.entities = list(chain.from_iterable([layer.mentions for layer in layers]))
        self.cues = list(chain.from_iterable([layer.cues for layer in layers]))
        self.fragments = list(chain.from_iterable([quote.fragments for quote in quotes]))
        per_quote = offsets_of(fragment_counts)
        self.fragment_counts = np.diff(per_quote[offsets_of(quote_counts)])
        self._lookup()

    def _lookup(self) -> None:
        ids = [[span.id for span in part] for part in (self.entities, self.cues, self.fragments)]
        bases = (0, len(ids[0]), len(ids[0]) + len(ids[1]))
        counts = (self.entity_counts, self.cue_counts, self.fragment_counts)
        bounds = [offsets_of(count).tolist() for count in counts]
        self.by_layer: list[dict[str, int]] = []
        for number in range(len(self.layers)):
            index: dict[str, int] = {}
            for names, base, bound in zip(ids, bases, bounds, strict=True):
                low, high = bound[number], bound[number + 1]
                index.update(zip(names[low:high], range(base + low, base + high), strict=True))
            self.by_layer.append(index)
        total = sum(map(len, ids))
        if sum(map(len, self.by_layer)) != total:
            layer = next(
                layer
                for layer, index in zip(self.layers, self.by_layer, strict=True)
                if len(index) != len(layer.spans())
            )
            raise RecordError("two spans of one layer have the same id", where=f"article {layer.article_id}")
        self.new = np.arange(total)

    def moved(self, part: int, order: Ints) -> None:
        """Note that the spans from ``part`` on stand in another order now."""
        self.new[part + order] = np.arange(part, part + len(order))

    def resolve(self, names: Sequence[str], counts: Ints) -> Ints:
        """Give the places of spans from their ids; ``counts`` says how many of them each layer names."""
        if not names:
            return np.zeros(0, dtype=np.int64)
        ends = np.cumsum(counts).tolist()
        found: list[int] = []
        try:
            for index, low, high in zip(self.by_layer, [0, *ends], ends, strict=False):
                if low < high:
                    found += map(index.__getitem__, names[low:high])
        except KeyError:
            number = next(n for n, end in enumerate(ends) if end > len(found))
            low = ends[number] - int(counts[number])
            self.resolve_in(number, names[low : ends[number]])
            raise
        return self.new[numbers(found)]

    def resolve_in(self, number: int, names: Sequence[str]) -> list[int]:
        """Give where spans of one layer stood before they were put in order."""
        index = self.by_layer[number]
        try:
            return [index[name] for name in names]
        except KeyError as error:
            raise RecordError(
                f"names the span {error.args[0]!r}, which its layer does not hold",
                where=f"article {self.layers[number].article_id}",
            ) from error


def _spans(places: _Places, labels: Mapping[str, int], fragment_ids: Array) -> SpanColumns:
    layers = places.layers
    parts = [
        _part(places.entities, places.entity_counts, labels, layers),
        _part(places.cues, places.cue_counts, labels, layers),
        _part(places.fragments, places.fragment_counts, labels, layers),
    ]
    origin_of = [span.origin for span in places.entities]
    origins = {name: number for number, name in enumerate(sorted(set(origin_of)))}
    origin: Ints = np.zeros(len(origin_of), dtype=np.int64)
    if len(origins) > 1:
        origin = numbers(list(map(origins.__getitem__, origin_of)))
    # A span's constructor holds its surface to be as long as its offsets say.
    lengths = [end - start for _, start, end, _ in parts]
    texts, ids, base = [], [], 0
    for number, (mark, counts) in enumerate((("e", places.entity_counts), ("c", places.cue_counts))):
        order = _order(*parts[number][:4])
        if mark == "e":
            origin = origin[order]
        parts[number] = parts[number][:1] + tuple(column[order] for column in parts[number][1:])
        places.moved(base, order)
        base += len(order)
        ids.append(take(_names(mark, int(counts.max(initial=0))), _numbers(counts)))
        texts.append(_texts((places.entities, places.cues)[number], lengths[number], order))
    texts.append(strings([span.text for span in places.fragments], lengths[2]))
    layer, start, end, label = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return SpanColumns(
        entities=len(places.entities),
        cues=len(places.cues),
        layer=layer,
        start=start,
        end=end,
        label=label,
        id=concat([*ids, fragment_ids]),
        text=concat(texts),
        label_name=take(strings(list(labels)), label),
        origins=tuple(origins),
        origin=origin,
    )


def _part(
    spans: Sequence[Span], counts: Ints, labels: Mapping[str, int], layers: Sequence[Document]
) -> tuple[Ints, ...]:
    return (
        np.repeat(np.arange(len(counts)), counts),
        numbers([span.start for span in spans]),
        numbers([span.end for span in spans]),
        _codes([span.label for span in spans], labels, "label", layers),
    )


def _texts(spans: Sequence[Span], lengths: Ints, order: Ints) -> Array:
    texts = strings([span.text for span in spans], lengths)
    return texts if np.array_equal(order, np.arange(len(order))) else take(texts, order)


def _fragment_ids(names: Array, counts: Ints) -> Array:
    """Give the ids of fragments from those of their quotes: q1, then q1.2, q1.3."""
    quote, number = np.repeat(np.arange(len(counts)), counts), _numbers(counts)
    ids = take(names, quote)
    if not number.any():
        return ids
    return strings(
        [f"{name}.{part + 1}" if part else name for name, part in zip(ids.to_pylist(), number.tolist(), strict=True)]
    )


def _quote_fields(
    quotes: Sequence[Quote], quote_counts: Ints, fragment_counts: Ints, spans: SpanColumns, places: _Places
) -> dict[str, Array]:
    fragments = spans.entities + spans.cues + np.arange(len(places.fragments))
    surfaces = [
        quote.fragments[0].text if len(quote.fragments) == 1 else " ".join([f.text for f in quote.fragments])
        for quote in quotes
    ]
    per_layer = offsets_of(quote_counts)

    def of_layers(counts: Ints) -> Ints:
        return np.diff(offsets_of(counts)[per_layer])

    cue_counts = counts_of([quote.cues for quote in quotes])
    cues = places.resolve([cue.id for quote in quotes for cue in quote.cues], of_layers(cue_counts))
    fields = {
        "text": strings(surfaces),
        "fragments": lists(fragment_counts, spans.as_fragments(fragments)),
        "cues": lists(cue_counts, spans.as_cues(cues)),
    }
    for name, groups in (
        ("speaker", [quote.speakers for quote in quotes]),
        ("resolved_speaker", [quote.resolved_speakers for quote in quotes]),
        ("addressee", [quote.addressees for quote in quotes]),
    ):
        counts = counts_of(groups)
        found = places.resolve(list(chain.from_iterable(groups)), of_layers(counts))
        fields[f"{name}_ids"] = lists(counts, take(spans.id, found))
        fields[f"{name}_texts"] = lists(counts, take(spans.text, found))
    fields["speaker_status"] = optional_strings([q.speaker_status for q in quotes])
    return fields


def _relations(places: _Places, types: Mapping[str, int], scheme: Scheme) -> RelationColumns:
    layers = places.layers
    counts = counts_of([layer.relations for layer in layers])
    layer = np.repeat(np.arange(len(layers)), counts)
    relations = list(chain.from_iterable([layer.relations for layer in layers]))
    head = places.resolve([relation.head for relation in relations], counts)
    tail = places.resolve([relation.tail for relation in relations], counts)
    kind = _codes([relation.type for relation in relations], types, "relation type", layers)
    order = _order(layer, head, tail, kind)
    return RelationColumns(
        layer=layer,
        label=kind[order],
        head=head[order],
        tail=tail[order],
        id=take(_names("r", int(counts.max(initial=0))), _numbers(counts)),
        label_name=take(strings([relation.name for relation in scheme.relations]), kind[order]),
    )


def _attributes(layers: Sequence[Document], places: _Places, spans: SpanColumns) -> Array:
    """Give the attributes of each layer, those of the document first, then in the order of their spans."""
    rows: list[tuple[int, str, tuple[str, ...]]] = []
    counts = np.zeros(len(layers), dtype=np.int64)
    for number, layer in enumerate(layers):
        if not layer.attributes:
            continue
        of_spans = [attribute for attribute in layer.attributes if attribute.span_id is not None]
        found = places.new[places.resolve_in(number, [attribute.span_id or "" for attribute in of_spans])].tolist()
        mine = [(-1, attribute.name, attribute.values) for attribute in layer.attributes if attribute.span_id is None]
        mine += [(place, a.name, a.values) for place, a in zip(found, of_spans, strict=True)]
        counts[number] = len(mine)
        rows += sorted(mine)
    used = sorted({place for place, _, _ in rows if place >= 0})
    ids = dict(zip(used, take(spans.id, np.array(used, dtype=np.int64)).to_pylist(), strict=True))
    values = [values for _, _, values in rows]
    return lists(
        counts,
        structs(
            {
                "name": strings([name for _, name, _ in rows]),
                "span_id": optional_strings([ids.get(place) for place, _, _ in rows]),
                "values": lists(counts_of(values), strings(list(chain.from_iterable(values)))),
            }
        ),
    )


def _codes(names: Sequence[str], known: Mapping[str, int], what: str, layers: Sequence[Document]) -> Ints:
    try:
        return numbers(list(map(known.__getitem__, names)))
    except KeyError as error:
        name = error.args[0]
        where = next((layer.article_id for layer in layers if _bears(layer, name)), "")
        raise RecordError(
            f"the {what} {name!r} is not in the scheme",
            where=f"article {where}",
            hint="Give the scheme that the export was made with: --scheme FILE",
        ) from error


def _bears(layer: Document, name: str) -> bool:
    found = {span.label for span in layer.spans()} | {quote.type for quote in layer.quotes}
    return name in found | {relation.type for relation in layer.relations}


def _order(layer: Ints, first: Ints, second: Ints, third: Ints) -> Ints:
    """Give the order by (layer, first, second, third); where all four are equal, the order in which they came."""
    if len(layer) < 2:
        return np.arange(len(layer))
    after = np.zeros(len(layer) - 1, dtype=np.bool_)
    for column in (third, second, first, layer):
        now, then = column[:-1], column[1:]
        after = (now > then) | ((now == then) & after)
    if not after.any():
        return np.arange(len(layer))
    order: Ints = np.lexsort((third, second, first, layer))
    return order


def _numbers(counts: Ints) -> Ints:
    """Give the number of each member in its group, from 0."""
    return np.arange(int(counts.sum())) - np.repeat(offsets_of(counts)[:-1], counts)


def _names(mark: str, count: int) -> Array:
    """Give the ids e1, e2, ... of one kind, at least ``count`` of them."""
    return _some_names(mark, 1 << count.bit_length())


@cache
def _some_names(mark: str, count: int) -> Array:
    return strings([f"{mark}{number + 1}" for number in range(count)])
