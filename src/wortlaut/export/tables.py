"""The rows of every config of a release for a batch of articles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np

from wortlaut.export.columns import (
    Array,
    Ints,
    bytes_of,
    counts_of,
    integers,
    lists,
    optional_strings,
    record_batch,
    strings,
    take,
)
from wortlaut.export.features import CONFIGS, Profile, arrow_schema, features
from wortlaut.export.hidden import Hiding, hidden_documents, hidden_spans
from wortlaut.export.layer_columns import LayerColumns, SpanColumns
from wortlaut.export.layers import Choice
from wortlaut.export.ner import EntitySpans, NerLoss, ner_columns
from wortlaut.export.spans import layer_columns
from wortlaut.export.tokens import GermanTokenizer
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.document import Document
from wortlaut.schema.errors import RecordError
from wortlaut.schema.scheme import Scheme

__all__ = ["CONTEXT", "Chosen", "Counts", "TableBuilder", "schemas"]

# Code points of the text shown on either side of an entity.
CONTEXT = 40

_DOCUMENT_FIELDS = ("url", "publisher", "published", "section", "headline", "rights", "language")
_DOCUMENT_LISTS = ("agencies", "byline", "tags")


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """An article whose main layer is chosen."""

    task: CheckedTask
    choice: Choice


class Counts:
    """What the main layers of a release hold, for its card and manifest."""

    def __init__(self) -> None:
        self.characters = 0
        self.labels: Counter[str] = Counter()
        self.relations: Counter[tuple[str, str, str]] = Counter()
        self.quote_types: Counter[str] = Counter()
        self.speaker_status: Counter[str] = Counter()
        self.layers: Counter[str] = Counter()
        self.main_layers: Counter[str] = Counter()
        self.attributes: Counter[str] = Counter()
        self.origins: Counter[str] = Counter()
        self.cues = 0
        self.tokens = 0


def schemas(scheme: Scheme, profile: Profile = "full") -> dict[str, Any]:
    """Give the ``pyarrow.Schema`` of each config."""
    return {config: arrow_schema(features(config, scheme, profile)) for config in CONFIGS}


class TableBuilder:
    """Turns batches of articles into record batches, and counts what they hold."""

    def __init__(self, scheme: Scheme, pseudonym_of: Mapping[str, int], hiding: Hiding | None = None) -> None:
        """Take the scheme, and the numbers that stand for annotators until their pseudonyms are known.

        With ``hiding`` the rows are those of the profile ``standoff``.
        """
        self.counts = Counts()
        self.loss = NerLoss()
        self._scheme = scheme
        self._hiding = hiding
        self._schemas = schemas(scheme, "full" if hiding is None else "standoff")
        self._people = pseudonym_of
        self._tokenizer = GermanTokenizer()
        self._labels = [label.name for label in scheme.labels]
        entities = scheme.labels_of("entity")
        self._entity_labels = entities
        self._entity_code = np.array([entities.index(n) if n in entities else -1 for n in self._labels], dtype=np.int64)

    def __call__(self, batch: Sequence[Chosen]) -> dict[str, Any]:
        """Give a record batch for each config.

        That of ``annotators`` bears, instead of the annotator, its number in an int32 column: -1 for nobody.
        """
        layers = [layer for chosen in batch for layer in chosen.choice.layers]
        layer_counts = np.array([len(chosen.choice.layers) for chosen in batch], dtype=np.int64)
        doc_of_layer = np.repeat(np.arange(len(batch)), layer_counts)
        firsts = np.cumsum(layer_counts) - layer_counts
        mains = firsts + np.array([chosen.choice.main for chosen in batch], dtype=np.int64)
        texts = [chosen.task.text for chosen in batch]
        hiding = self._hiding

        def settle(spans: SpanColumns) -> SpanColumns:
            _check(batch, layers, doc_of_layer, spans, texts)
            return spans if hiding is None else hidden_spans(spans, doc_of_layer, texts, hiding)

        columns = layer_columns(layers, self._scheme, settle)
        doc_ids = [chosen.task.article_id for chosen in batch]
        doc_id = strings(doc_ids)
        self._count(layers, columns, mains, texts)
        is_main = np.zeros(len(layers), dtype=np.bool_)
        is_main[mains] = True
        rows = _Rows(columns=columns, is_main=is_main, doc_of_layer=doc_of_layer, doc_id=doc_id)
        nested = columns.nested()
        tables = {
            "documents": {
                **_documents(batch, doc_id, [layers[place] for place in mains.tolist()]),
                **({} if hiding is None else hidden_documents([chosen.task for chosen in batch])),
                **{name: take(values, mains) for name, values in nested.items()},
            },
            "entities": _entities(rows, texts),
            "relations": _relations(rows),
            "quotes": _quotes(rows),
            "ner": self._ner(rows, doc_ids, texts),
            "annotators": {"doc_id": take(doc_id, doc_of_layer), **self._layers(layers), **nested},
        }
        self.counts.tokens += len(tables["ner"]["tokens"].values)
        return {
            config: record_batch(tables[config], _numbered(self._schemas[config]) if config == "annotators" else schema)
            for config, schema in self._schemas.items()
        }

    def _layers(self, layers: Sequence[Document]) -> dict[str, Array]:
        people = [self._people[layer.annotator] if layer.annotator is not None else -1 for layer in layers]
        return {
            "annotator": integers(np.array(people, dtype=np.int64)),
            "layer": strings([layer.layer for layer in layers]),
        }

    def _ner(self, rows: _Rows, doc_ids: list[str], texts: list[str]) -> dict[str, Array]:
        spans = rows.columns.spans
        code = self._entity_code[spans.label]
        picked = np.flatnonzero(rows.is_main[spans.layer] & (code >= 0))
        picked = picked[picked < spans.entities]
        named = EntitySpans(
            doc=rows.doc_of_layer[spans.layer[picked]],
            start=spans.start[picked],
            end=spans.end[picked],
            label=code[picked],
        )
        return ner_columns(
            self._tokenizer, doc_ids=doc_ids, texts=texts, labels=self._entity_labels, spans=named, loss=self.loss
        )

    def _count(self, layers: Sequence[Document], columns: LayerColumns, mains: Ints, texts: Sequence[str]) -> None:
        counts, spans, quotes, relations = self.counts, columns.spans, columns.quotes, columns.relations
        is_main = np.zeros(len(layers), dtype=np.bool_)
        is_main[mains] = True
        counts.characters += sum(map(len, texts))
        counts.layers.update([layer.layer for layer in layers])
        counts.main_layers.update([layers[place].layer for place in mains.tolist()])
        counts.attributes.update([a.name for place in mains.tolist() for a in layers[place].attributes])
        named, cues = slice(0, spans.entities), slice(spans.entities, spans.entities + spans.cues)
        of_main = is_main[spans.layer[named]]
        counts.labels.update(_tally(spans.label[named][of_main], self._labels))
        counts.origins.update(_tally(spans.origin[of_main], spans.origins))
        counts.cues += int(is_main[spans.layer[cues]].sum())
        chosen = is_main[quotes.layer]
        counts.quote_types.update(_tally(quotes.label[chosen], self._labels))
        status = [quotes.status[place] for place in np.flatnonzero(chosen).tolist()]
        counts.speaker_status.update([value for value in status if value is not None])
        chosen = is_main[relations.layer]
        size = len(self._labels)
        codes = (relations.label * size + spans.label[relations.head]) * size + spans.label[relations.tail]
        values, numbers = np.unique(codes[chosen], return_counts=True)
        for value, number in zip(values.tolist(), numbers.tolist(), strict=True):
            kind = self._scheme.relations[value // size // size].name
            counts.relations[kind, self._labels[value // size % size], self._labels[value % size]] += number


class _Rows(msgspec.Struct, frozen=True, kw_only=True):
    columns: LayerColumns
    is_main: Any
    doc_of_layer: Ints
    doc_id: Array

    def main(self, layer: Ints) -> Ints:
        """Give the places of what stands in a main layer."""
        return np.flatnonzero(self.is_main[layer])

    def doc_ids(self, layer: Ints) -> Array:
        return take(self.doc_id, self.doc_of_layer[layer])


def _documents(batch: Sequence[Chosen], doc_id: Array, layers: Sequence[Document]) -> dict[str, Array]:
    tasks = [chosen.task for chosen in batch]
    metas = [task.meta for task in tasks]
    fields, groups_of = ([list(map(attrgetter(n), metas)) for n in ns] for ns in (_DOCUMENT_FIELDS, _DOCUMENT_LISTS))
    return {
        "doc_id": doc_id,
        "text": strings([task.text for task in tasks]),
        "text_sha256": strings([task.text_sha256 for task in tasks]),
        **{name: optional_strings(values) for name, values in zip(_DOCUMENT_FIELDS, fields, strict=True)},
        **{
            name: lists(counts_of(groups), strings(list(chain.from_iterable(groups))))
            for name, groups in zip(_DOCUMENT_LISTS, groups_of, strict=True)
        },
        "layer": strings([layer.layer for layer in layers]),
        "n_annotators": integers(np.array([chosen.choice.annotators for chosen in batch], dtype=np.int64)),
    }


def _entities(rows: _Rows, texts: Sequence[str]) -> dict[str, Array]:
    spans = rows.columns.spans
    picked = rows.main(spans.layer[: spans.entities])
    layer, start, end = spans.layer[picked], spans.start[picked], spans.end[picked]
    begins, ends = start.tolist(), end.tolist()
    own = [texts[doc] for doc in rows.doc_of_layer[layer].tolist()]
    sizes = counts_of(texts)
    left = [text[begin - CONTEXT if begin > CONTEXT else 0 : begin] for text, begin in zip(own, begins, strict=True)]
    right = [text[stop : stop + CONTEXT] for text, stop in zip(own, ends, strict=True)]
    return {
        "doc_id": rows.doc_ids(layer),
        "id": take(spans.id, picked),
        "start": integers(start),
        "end": integers(end),
        "text": take(spans.text, picked),
        "label": take(spans.label_name, picked),
        "origin": spans.origin_name(picked),
        "left": strings(left, np.minimum(start, CONTEXT)),
        "right": strings(right, np.minimum(sizes[rows.doc_of_layer[layer]] - end, CONTEXT)),
    }


def _relations(rows: _Rows) -> dict[str, Array]:
    spans, relations = rows.columns.spans, rows.columns.relations
    picked = rows.main(relations.layer)
    fields = {
        "doc_id": rows.doc_ids(relations.layer[picked]),
        "id": take(relations.id, picked),
        "label": take(relations.label_name, picked),
    }
    for name, ends in (("head", relations.head[picked]), ("tail", relations.tail[picked])):
        fields[name] = take(spans.id, ends)
        fields[f"{name}_text"] = take(spans.text, ends)
        fields[f"{name}_label"] = take(spans.label_name, ends)
    return fields


def _quotes(rows: _Rows) -> dict[str, Array]:
    quotes = rows.columns.quotes
    picked = rows.main(quotes.layer)
    fields = {name: take(values, picked) for name, values in quotes.fields.items()}
    return {"doc_id": rows.doc_ids(quotes.layer[picked]), **fields}


def _check(
    batch: Sequence[Chosen], layers: Sequence[Document], doc_of_layer: Ints, spans: SpanColumns, texts: list[str]
) -> None:
    """Hold what the check promised: every layer is over its article's text, every surface is what stands there."""
    for layer, doc in zip(layers, doc_of_layer.tolist(), strict=True):
        task = batch[doc].task
        if layer.text_sha256 != task.text_sha256 or layer.article_id != task.article_id:
            raise RecordError("a layer was made over another text", where=f"article {task.article_id}")
    own = [texts[doc] for doc in doc_of_layer[spans.layer].tolist()]
    begins, ends = spans.start.tolist(), spans.end.tolist()
    surfaces = [text[begin:end] for text, begin, end in zip(own, begins, ends, strict=True)]
    # Each is as long as its span or, at the end of the text, shorter: where all of them joined are the spans' surfaces
    # joined, so is each.
    if "".join(surfaces).encode() == bytes_of(spans.text):
        return
    found = strings(surfaces)
    for place, (here, surface) in enumerate(zip(found.to_pylist(), spans.text.to_pylist(), strict=True)):
        if here != surface:
            raise RecordError(
                f"the span {begins[place]}:{ends[place]} holds {surface!r}, the text there is {here!r}",
                where=f"article {layers[int(spans.layer[place])].article_id}",
                code="WL301",
            )


def _tally(codes: Ints, names: Sequence[str]) -> dict[str, int]:
    return {names[code]: number for code, number in enumerate(np.bincount(codes).tolist()) if number}


def _numbered(schema: Any) -> Any:
    """Give the schema of annotators with a number in the place of the annotator."""
    import pyarrow as pa

    return schema.set(schema.get_field_index("annotator"), pa.field("annotator", pa.int32()))
