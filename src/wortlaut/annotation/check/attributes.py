"""Second stage: choices, notes and ratings, on a span or on the whole document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from wortlaut.annotation.check.bench import Bench, MalformedError
from wortlaut.annotation.reader.wire import MISSING, WireRegion
from wortlaut.schema.document import Attribute
from wortlaut.schema.rules import did_you_mean

__all__ = ["ATTRIBUTE_TYPES", "check_attributes", "note_lines", "stands_on"]

ATTRIBUTE_TYPES = frozenset({"choices", "textarea"})
"""The types of region that become attributes (the reader writes taxonomy, rating, number, date as choices)."""

_META = "meta"
"""The name of Label Studio's own note on a region, which no control has made."""


def check_attributes(bench: Bench, regions: Sequence[WireRegion]) -> None:
    """Fill ``bench.attributes`` and ``bench.statuses``; report choices that the scheme or the span does not have."""
    noted = False
    for number, region in enumerate(regions):
        if region.meta is not None:
            noted = True
        if region.type in ATTRIBUTE_TYPES:
            _attribute(bench, number, region)
    if noted:
        _notes(bench, regions)


def note_lines(region: WireRegion) -> tuple[str, ...]:
    """Give the lines of Label Studio's own note on a region, () where it has none."""
    said = region.meta.text if region.meta is not None else None
    return tuple(line for line in ([said] if isinstance(said, str) else said or ()) if line)


def stands_on(bench: Bench, key: str, name: str) -> str | None:
    """Give the span that a choice or note stands on: of a region with two labels, one that the choice is made for."""
    spans = bench.spans_of(key)
    if len(spans) > 1:
        choice = bench.tables.scheme.choice_by_name.get(name)
        spans = [span for span in spans if choice is not None and span.label in choice.applies_to] or spans
    return spans[0].id if spans else None


def _notes(bench: Bench, regions: Sequence[WireRegion]) -> None:
    """Pass on Label Studio's own notes on regions. They are part of an entry, and go where the entry went."""
    span_of = {number: key for key, number in reversed(bench.places.items())}
    span_of |= {number: twin for number, _, twin in bench.duplicates if number not in span_of}
    for number, region in enumerate(regions):
        values = note_lines(region)
        key = span_of.get(number) if region.type == "labels" else bench.alias.get(region.id, region.id)
        if key in bench.readings.get(region.id, ()) and region.id in bench.spans:
            key = region.id
        if values and key in bench.spans:
            note = Attribute(name=_META, values=values, span_id=key, kind="note")
            # Every result of one region repeats its note, also the result of its second label.
            if note not in bench.attributes:
                bench.attributes.append(note)


def _attribute(bench: Bench, number: int, region: WireRegion) -> None:
    value = region.value
    if value is None or not region.id or (value.start < 0 and value.start != MISSING):
        raise MalformedError
    said = value.text if region.type == "textarea" else value.choices
    if said is None or isinstance(said, str) or (region.type == "choices" and isinstance(value.text, list)):
        raise MalformedError
    values = tuple(said)
    name = region.from_name
    # A choice on a span bears the span's id and repeats its place; one on the whole document has neither.
    span_id = stands_on(bench, region.id, name)
    if span_id is None and (value.start >= 0 or not _is_made_on_document(bench, region)):
        bench.report("WL406", number, f"{name} stands on region {region.id!r}, which is not there", lost=1)
        return
    if region.type == "choices" and not _in_scheme(bench, number, name, values, span_id):
        return
    bench.kept += 1
    if name == bench.tables.status_choice and span_id is not None and values:
        _status(bench, number, name, values, span_id)
    else:
        kind: Literal["choice", "note"] = "note" if region.type == "textarea" else "choice"
        bench.attributes.append(Attribute(name=name, values=values, span_id=span_id, kind=kind))


def _status(bench: Bench, number: int, name: str, values: tuple[str, ...], span_id: str) -> None:
    """Note the speaker status of a span; a second one is passed on as an attribute, so that it is not lost."""
    is_second = span_id in bench.statuses
    first = bench.statuses.setdefault(span_id, values[0])
    if any(value != first for value in values):
        span = bench.spans[span_id]
        message = f"the span says {', '.join(dict.fromkeys((first, *values)))}"
        bench.report("WL606", number, message, span=(span.start, span.end))
    if is_second or len(values) > 1:
        bench.attributes.append(Attribute(name=name, values=values, span_id=span_id))


def _is_made_on_document(bench: Bench, region: WireRegion) -> bool:
    """Say whether a choice or note without a place may be meant for the whole document.

    A scheme without choices says nothing of what was asked beside its labels. In any other, a choice that it does
    not have is reported as such.
    """
    choice = bench.tables.scheme.choice_by_name.get(region.from_name)
    if choice is not None:
        return choice.scope == "document"
    return region.type == "choices" or not bench.tables.scheme.choices


def _in_scheme(bench: Bench, number: int, name: str, values: tuple[str, ...], span_id: str | None) -> bool:
    choice = bench.tables.scheme.choice_by_name.get(name)
    if choice is None:
        # The scheme of a foreign export need not list what is chosen beside its labels.
        if not bench.tables.scheme.choices:
            return True
        known = bench.tables.scheme.choice_by_name
        bench.report("WL404", number, f"the scheme has no choice {name!r}.{did_you_mean(name, known)}", lost=1)
        return False
    options = [option.name for option in choice.options]
    wrong = [value for value in values if value not in options]
    if wrong:
        hint = did_you_mean(wrong[0], options)
        bench.report("WL404", number, f"the choice {name} has no option {wrong[0]!r}.{hint}", lost=1)
        return False
    if span_id is not None and choice.applies_to:
        span = bench.spans[span_id]
        if span.label not in choice.applies_to:
            message = f"the choice {name} stands on a {span.label}"
            bench.report("WL405", number, message, span=(span.start, span.end), lost=1)
            return False
    return True
