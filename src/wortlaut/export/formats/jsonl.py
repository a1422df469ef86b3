"""JSON lines: one document a line, with its text, metadata and layers.

Each layer is a record of ``schema/document.schema.json``, the one the toolkit itself works on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, ClassVar

import msgspec

from wortlaut.export.formats.base import Format, Item, Sink
from wortlaut.export.release import ReleasedQuote, ReleasedSpan
from wortlaut.schema.checked import ArticleMeta
from wortlaut.schema.document import Document, Quote, Span

__all__ = ["Jsonl", "JsonlDocument"]


class JsonlDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One line. Offsets are code points into ``text``, half open."""

    doc_id: str
    split: str
    text: str
    text_sha256: str
    n_annotators: int
    meta: ArticleMeta
    layers: tuple[Document, ...]


class Jsonl(Format):
    """Writes ``SPLIT.jsonl``."""

    name = "jsonl"
    title = "JSON lines"
    nested = True
    reasons: ClassVar[dict[str, str]] = {}

    @contextmanager
    def open(self, folder: Path, split: str) -> Iterator[Sink]:
        """Give what takes the documents of a split."""
        with (folder / f"{split}.jsonl").open("wb") as out:
            yield lambda items: self._write(out, items)

    def _write(self, out: BinaryIO, items: Sequence[Item]) -> None:
        document = items[0].document
        line = JsonlDocument(
            doc_id=document.doc_id,
            split=document.split,
            text=items[0].text,
            text_sha256=document.text_sha256,
            n_annotators=document.n_annotators,
            meta=document.meta,
            layers=tuple([_record(item) for item in items]),
        )
        out.write(msgspec.json.encode(line) + b"\n")
        for item in items:
            self.account.wrote_all(item, *item.contents.__struct_fields__)


def _record(item: Item) -> Document:
    layer = item.layer
    return Document(
        article_id=layer.doc_id,
        text_sha256=item.document.text_sha256,
        layer=layer.layer,
        annotator=layer.annotator,
        mentions=_spans(layer.entities, item.text),
        cues=_spans(layer.cues, item.text),
        quotes=tuple([_quote(quote, item.text) for quote in layer.quotes]),
        relations=layer.relations,
        attributes=layer.attributes,
    )


def _spans(spans: Sequence[ReleasedSpan], text: str) -> tuple[Span, ...]:
    return tuple(
        [
            Span(
                id=span.id,
                label=span.label,
                start=span.start,
                end=span.end,
                text=text[span.start : span.end],
                origin=span.origin,
            )
            for span in spans
        ]
    )


def _quote(quote: ReleasedQuote, text: str) -> Quote:
    return Quote(
        id=quote.id,
        type=quote.type,
        fragments=_spans(quote.fragments, text),
        cues=_spans(quote.cues, text),
        speakers=quote.speakers,
        resolved_speakers=quote.resolved_speakers,
        addressees=quote.addressees,
        speaker_status=quote.speaker_status,
    )
