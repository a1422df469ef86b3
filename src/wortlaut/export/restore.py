"""Make annotated articles again of the rows of a release without texts, and of texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from wortlaut.export.anchors import Anchors
from wortlaut.export.layers import Choice
from wortlaut.export.locate import Located, Window
from wortlaut.export.release import ReleasedDocument, ReleasedLayer, ReleasedQuote, ReleasedSpan
from wortlaut.export.tables import Chosen
from wortlaut.schema.article import text_sha256
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.document import Document, Quote, Relation, Span
from wortlaut.schema.errors import InputError

__all__ = ["LostSpan", "anchored_spans", "lost_spans", "restored"]


class LostSpan(msgspec.Struct, frozen=True, kw_only=True):
    """A span that has no place in the new text, as the release without texts names it; ``outcome`` says why."""

    layer: str
    annotator: str | None
    id: str
    label: str
    start: int
    end: int
    outcome: str


def anchored_spans(document: ReleasedDocument) -> dict[Window, Anchors]:
    """Give the anchors of all spans of all layers of a document."""
    layers = document.layers or (document.main,)
    spans = [span for layer in layers for span in layer.spans().values()]
    return {(span.start, span.end): span.anchors for span in spans if span.anchors is not None}


def restored(
    document: ReleasedDocument, text: str, starts: Mapping[Window, int] | None, headline: str | None
) -> Chosen:
    """Give a document with its text, ready for the tables. ``starts`` are where spans begin now, None: where they did.

    Spans without a place go, and with them a quote of which a fragment goes, and a relation, an attribute or the
    mention of a speaker that names one of them. Raises InputError where the main layer is none of the layers.
    """
    places = {window: window[0] for window in anchored_spans(document)} if starts is None else starts
    main = next((n for n, layer in enumerate(document.layers) if _same(layer, document.main)), None)
    if main is None:
        raise InputError(
            "its main layer is none of its layers", where=f"document {document.doc_id}", hint="Fetch the release again"
        )
    sha256 = document.text_sha256 if starts is None else text_sha256(text)
    layers = tuple([_layer(layer, text, sha256, places) for layer in document.layers])
    task = CheckedTask(
        index=0,
        task_id="",
        article_id=document.doc_id,
        text=text,
        text_sha256=sha256,
        meta=msgspec.structs.replace(document.meta, headline=headline),
        documents=layers,
    )
    return Chosen(task=task, choice=Choice(layers=layers, main=main, annotators=document.n_annotators))


def lost_spans(document: ReleasedDocument, located: Located) -> Iterator[LostSpan]:
    """Name the spans of all layers that have no place."""
    for layer in document.layers:
        for span in layer.spans().values():
            window = (span.start, span.end)
            if window not in located.starts:
                yield LostSpan(
                    layer=layer.layer,
                    annotator=layer.annotator,
                    id=span.id,
                    label=span.label,
                    start=span.start,
                    end=span.end,
                    outcome="ambiguous" if window in located.ambiguous else "lost",
                )


def _same(layer: ReleasedLayer, main: ReleasedLayer) -> bool:
    return msgspec.structs.replace(layer, annotator=None) == msgspec.structs.replace(main, annotator=None)


def _layer(layer: ReleasedLayer, text: str, sha256: str, places: Mapping[Window, int]) -> Document:
    def spans(those: Sequence[ReleasedSpan]) -> tuple[Span, ...]:
        return tuple([_span(one, text, places[one.start, one.end]) for one in those if (one.start, one.end) in places])

    quotes = []
    for quote in layer.quotes:
        fragments = spans(quote.fragments)
        if len(fragments) == len(quote.fragments):
            quotes.append((quote, fragments))
    mentions, cues = spans(layer.entities), spans(layer.cues)
    there = {span.id for span in (*mentions, *cues)} | {span.id for _, those in quotes for span in those}
    return Document(
        article_id=layer.doc_id,
        text_sha256=sha256,
        layer=layer.layer,
        annotator=layer.annotator,
        mentions=mentions,
        cues=cues,
        quotes=tuple(
            [
                Quote(
                    id=quote.id,
                    type=quote.type,
                    fragments=fragments,
                    cues=spans(quote.cues),
                    speakers=_kept(quote.speakers, there),
                    resolved_speakers=_resolved(quote, there),
                    addressees=_kept(quote.addressees, there),
                    speaker_status=quote.speaker_status,
                )
                for quote, fragments in quotes
            ]
        ),
        relations=tuple(
            [
                Relation(id=one.id, type=one.type, head=one.head, tail=one.tail)
                for one in layer.relations
                if one.head in there and one.tail in there
            ]
        ),
        attributes=tuple([one for one in layer.attributes if one.span_id is None or one.span_id in there]),
    )


def _kept(names: Sequence[str], there: set[str]) -> tuple[str, ...]:
    return tuple([name for name in names if name in there])


def _resolved(quote: ReleasedQuote, there: set[str]) -> tuple[str, ...]:
    """Give whom each speaker stands for; itself, where that one has no place."""
    pairs = zip(quote.speakers, quote.resolved_speakers, strict=True)
    return tuple([resolved if resolved in there else speaker for speaker, resolved in pairs if speaker in there])


def _span(span: ReleasedSpan, text: str, start: int) -> Span:
    end = start + span.end - span.start
    return Span(id=span.id, label=span.label, start=start, end=end, text=text[start:end], origin=span.origin)
