"""A comparison in words: one line for each thing that changed, the same in every form that people read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from wortlaut.export.diff.records import (
    AttributeChange,
    DocumentChange,
    LayerChange,
    QuoteAt,
    QuoteChange,
    RelationAt,
    RelationChange,
    SpanAt,
    SpanChange,
    Summary,
)
from wortlaut.schema.printable import printable

__all__ = ["Line", "document_lines", "summary_lines"]

_LONGEST = 60  # code points of a surface that are shown
_MARKS = {"came": "+", "left": "-"}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line: how deep it stands, its mark (``+`` came, ``-`` left, ``~`` is other), and its words."""

    depth: int
    mark: str
    text: str


def summary_lines(summary: Summary) -> Iterator[str]:
    """Give the lines about the releases as a whole; the documents are not named."""
    documents = summary.documents
    yield (
        f"documents: {documents['came']:,} came, {documents['left']:,} left, {documents['changed']:,} changed, "
        f"{summary.unchanged:,} unchanged"
    )
    if summary.other_values:
        yield f"rows with other values and the same annotation: {summary.other_values:,} documents"
    if summary.splits:
        yield "documents in another split: " + _counts(Counter(summary.splits))
    if summary.texts:
        yield f"texts revised: {summary.texts:,}"
    for what, counts in (
        ("metadata", summary.fields),
        ("layers", summary.layers),
        ("entities and mentions", summary.spans),
        ("cues", summary.cues),
        ("quotes", summary.quotes),
        ("relations", summary.relations),
        ("attributes", summary.attributes),
    ):
        if counts:
            yield f"{what}: {_counts(counts)}"
    if summary.in_layers:
        yield "in annotators' layers: " + ", ".join(
            f"{number:,} {what}{'s' if number != 1 else ''} {kind}"
            for what, counts in summary.in_layers.items()
            for kind, number in counts.items()
        )
    for did, configs in (
        ("came", summary.configs_came),
        ("left", summary.configs_left),
        ("holds other rows", summary.configs_other),
    ):
        yield from (f"config {config} {did}" for config in configs)
    for column in summary.columns:
        yield f"column {column}"
    if summary.other_files:
        yield f"other files: {', '.join(summary.other_files)}"
    scheme = summary.scheme
    if scheme is not None:
        yield f"scheme: {scheme.before} -> {scheme.after}"
        for one in (*scheme.migrations, *scheme.names, *scheme.wording):
            yield f"scheme: {one}"


def document_lines(change: DocumentChange) -> Iterator[Line]:
    """Give the lines about one document."""
    if change.change in _MARKS:
        split = change.split or change.split_before
        yield Line(depth=0, mark=_MARKS[change.change], text=f"{change.doc_id}  {split}")
        return
    split = f"{change.split_before} -> {change.split}" if change.moved else str(change.split)
    yield Line(depth=0, mark="~", text=f"{change.doc_id}  {split}")
    if change.text_changed:
        yield Line(depth=1, mark="~", text="text revised")
    if change.fields:
        yield Line(depth=1, mark="~", text=f"metadata: {', '.join(change.fields)}")
    if change.main_of:
        was, now = change.main_of
        yield Line(depth=1, mark="~", text=f"main layer was {was}'s, is {now}'s")
    main = change.layers[0] if change.layers and change.layers[0].main else None
    for layer in change.layers:
        if main is not None and layer is not main and _content(layer) == _content(main):
            yield Line(depth=1, mark="~", text=f"{_maker(layer)}: as the main layer")
        else:
            yield from _layer_lines(layer)


def _layer_lines(layer: LayerChange) -> Iterator[Line]:
    name = f"main layer ({layer.was + ' -> ' if layer.was else ''}{layer.layer})" if layer.main else _maker(layer)
    yield Line(depth=1, mark=_MARKS.get(layer.change, "~"), text=name)
    for span in layer.spans:
        yield _span_line("", span)
    for cue in layer.cues:
        yield _span_line("cue ", cue)
    for quote in layer.quotes:
        yield _quote_line(quote)
    for relation in layer.relations:
        yield _relation_line(relation)
    for attribute in layer.attributes:
        yield _attribute_line(attribute)


def _content(layer: LayerChange) -> tuple[object, ...]:
    return (layer.change, layer.spans, layer.cues, layer.quotes, layer.relations, layer.attributes)


def _maker(layer: LayerChange) -> str:
    was = f"{layer.was} -> " if layer.was else ""
    return f"layer of {was}{layer.annotator or 'nobody named'} ({layer.layer})"


def _span_line(what: str, change: SpanChange) -> Line:
    old, new = change.before, change.after
    if old is None or new is None:
        return Line(depth=2, mark=_MARKS[change.change], text=f"{what}{_span(old or new)}")
    if change.change == "origin":
        return Line(depth=2, mark="~", text=f"{what}{_span(new)}: origin {old.origin} -> {new.origin}")
    if change.change == "relabelled":
        why = " (by migration)" if change.by_migration else ""
        return Line(depth=2, mark="~", text=f"{what}{old.label} -> {new.label} {_place(new)}{why}")
    label = new.label if old.label == new.label else f"{old.label} -> {new.label}"
    return Line(depth=2, mark="~", text=f"{what}{label} {_place(old)} -> {_place(new)}")


def _quote_line(change: QuoteChange) -> Line:
    old, new = change.before, change.after
    if old is None or new is None:
        return Line(depth=2, mark=_MARKS[change.change], text=f"quote {_quote(old or new)}")
    what = [name.replace("type", f"type {old.type} -> {new.type}", 1) for name in change.what]
    return Line(depth=2, mark="~", text=f"quote {_quote(new)}: {', '.join(what)}")


def _relation_line(change: RelationChange) -> Line:
    old, new = change.before, change.after
    if old is None or new is None:
        return Line(depth=2, mark=_MARKS[change.change], text=_relation(old or new, (old or new).label))  # type: ignore[union-attr]  # one of both is there
    why = " (by migration)" if change.by_migration else ""
    return Line(depth=2, mark="~", text=f"{_relation(new, f'{old.label} -> {new.label}')}{why}")


def _attribute_line(change: AttributeChange) -> Line:
    on = f" of {_span(change.span)}" if change.span else " of the document"
    old, new = ", ".join(change.before), ", ".join(change.after)
    values = new if change.change == "came" else old if change.change == "left" or old == new else f"{old} -> {new}"
    name = f"{change.was} -> {change.name}" if change.was else change.name
    why = " (by migration)" if change.by_migration else ""
    return Line(depth=2, mark=_MARKS.get(change.change, "~"), text=f"{name}{on}: {values}{why}")


def _span(span: SpanAt | None) -> str:
    return f"{span.label} {_place(span)}" if span else ""


def _place(span: SpanAt) -> str:
    shown = f' "{_short(span.text)}"' if span.text is not None else ""
    return f"{span.start}:{span.end}{shown}"


def _quote(quote: QuoteAt | None) -> str:
    return f"{quote.type} {' … '.join(_place(part) for part in quote.fragments)}" if quote else ""


def _relation(relation: RelationAt | None, label: str) -> str:
    return f"{label}: {_span(relation.head)} -> {_span(relation.tail)}" if relation else ""


def _short(text: str) -> str:
    flat = printable(" ".join(text.split()))
    return flat if len(flat) <= _LONGEST else f"{flat[: _LONGEST - 1]}…"


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{number:,} {kind}" for kind, number in counts.items())
