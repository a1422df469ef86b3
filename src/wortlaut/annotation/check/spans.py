"""First stage: the spans. Offsets in either unit, surfaces, edges, labels, duplicates.

The loop is written for spans that hold; from the first odd one on they go through ``_odd``, which says what is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from operator import attrgetter, lt

import msgspec

from wortlaut.annotation.check.bench import Bench, MalformedError
from wortlaut.annotation.reader.wire import TAKEN_OUT, WireRegion, WireValue
from wortlaut.schema.document import Span
from wortlaut.schema.offsets import Utf16Offsets
from wortlaut.schema.rules import did_you_mean

__all__ = ["IN_ORDER", "check_spans", "is_formed", "is_utf16"]

IN_ORDER = attrgetter("start", "end", "id")
"""The order of spans in a document."""

_START = attrgetter("start")
_BLANK = re.compile(r"\s+|\\[nrt]")
_SAME_FAMILY = ({"entity", "mention"}, {"quote"}, {"cue"})

_Odd = tuple[int, WireRegion]
_Taken = dict[tuple[int, int], dict[str, Span]]


def check_spans(bench: Bench, regions: Sequence[WireRegion], written: Sequence[WireRegion] | None = None) -> None:
    """Fill ``bench.spans`` with the spans of ``regions`` that hold, and report on the others.

    ``written`` is what stood in the file, where that is not the same: the unit of the offsets is decided by it.
    Raises MalformedError where a region has not the form of a span.
    """
    odd = _take(bench, regions)
    if odd and Utf16Offsets(bench.text).differs and is_utf16(bench.text, written or regions):
        number = odd[0][0]
        bench.spans.clear()
        bench.places.clear()
        bench.kept = 0
        bench.report(
            "WL303",
            None,
            f"the spans fit their surfaces in UTF-16 code units, not in code points (first at result[{number}])",
        )
        regions = _in_code_points(bench, regions)
        odd = _take(bench, regions)
    if odd:
        _take_in_order(bench, regions, first=odd[0][0])
    bench.ordered = _sorted(bench.spans.values())
    _report_crossing(bench)


def _sorted(spans: Iterable[Span]) -> list[Span]:
    """Give spans in their order; where no two begin at the same place, the beginnings decide, which is fast."""
    ordered = sorted(spans, key=_START)
    starts = [span.start for span in ordered]
    return ordered if all(map(lt, starts, starts[1:])) else sorted(ordered, key=IN_ORDER)


def _take(bench: Bench, regions: Sequence[WireRegion]) -> list[_Odd]:
    """Take every span about which nothing is odd; give the others."""
    text, labels, spans, places = bench.text, bench.tables.labels, bench.spans, bench.places
    size = len(text)
    seen: set[tuple[int, int]] = set()
    odd: list[_Odd] = []
    for number, region in enumerate(regions):
        if region.type != "labels":
            continue
        value = region.value
        if value is None:
            raise MalformedError
        start, end, names = value.start, value.end, value.labels
        if 0 <= start < end <= size and len(names) == 1:
            surface = text[start:end]
            key = region.id
            label = names[0]
            place = (start, end)
            if (
                surface == value.text
                and label in labels
                and key
                and key not in spans
                and place not in seen
                and surface.strip() == surface
                and not (start and text[start - 1].isalnum() and surface[0].isalnum())
                and not (end < size and text[end].isalnum() and surface[-1].isalnum())
            ):
                seen.add(place)
                spans[key] = Span(id=key, label=label, start=start, end=end, text=surface, origin=region.origin)
                places[key] = number
                continue
        odd.append((number, region))
    bench.kept += len(spans)
    return odd


def _take_in_order(bench: Bench, regions: Sequence[WireRegion], *, first: int) -> None:
    """Take the spans from the first odd one on again, in their order: of two that say the same, the first is kept."""
    bench.spans = {key: span for key, span in bench.spans.items() if bench.places[key] < first}
    bench.places = {key: bench.places[key] for key in bench.spans}
    bench.kept = len(bench.spans)
    taken = {(span.start, span.end): {span.label: span} for span in bench.spans.values()}
    for number in range(first, len(regions)):
        if regions[number].type == "labels":
            _odd(bench, number, regions[number], taken)


def _odd(bench: Bench, number: int, region: WireRegion, taken: _Taken) -> None:
    """Say what is odd about one span, and keep it where it can be kept."""
    value = region.value
    if value is None or not is_formed(region, value):
        raise MalformedError
    names = _known_labels(bench, number, value)
    if not names:
        return
    edges = _edges(bench, number, value)
    if edges is None:
        return
    start, end = edges
    kept = 0
    for label in names:
        # A label that is a duplicate leaves the id to the next one.
        key = _free(bench, region.id) if kept else region.id
        span = Span(id=key, label=label, start=start, end=end, text=bench.text[start:end], origin=region.origin)
        kept += _keep(bench, number, span, region.id, taken)
    if kept:
        bench.kept += 1
        _report_inside_word(bench, number, start, end)
    else:
        bench.lose_entry()


def _known_labels(bench: Bench, number: int, value: WireValue) -> list[str]:
    known = [label for label in dict.fromkeys(value.labels) if label in bench.tables.labels]
    unknown = [label for label in dict.fromkeys(value.labels) if label not in bench.tables.labels]
    for label in unknown:
        bench.report(
            "WL401",
            number,
            f"the scheme {bench.tables.scheme.name} has no label {label!r}.{did_you_mean(label, bench.tables.kinds)}",
            span=(value.start, value.end),
            lost=0 if known or label != unknown[0] else 1,
        )
    if len(known) > 1:
        named = " and ".join(known)
        bench.report("WL403", number, f"the span bears {len(known)} labels: {named}", span=(value.start, value.end))
    return known


def _edges(bench: Bench, number: int, value: WireValue) -> tuple[int, int] | None:
    """Give the span's edges, trimmed; None where it does not fit the text or its surface."""
    text, start, end = bench.text, value.start, value.end
    if not start < end <= len(text):
        why = (
            f"ends at {end}, beyond the text of {len(text)} code points"
            if start < end
            else ("is empty" if start == end else "is reversed")
        )
        bench.report("WL301", number, f"the span {start}:{end} {why}", span=(start, max(start, end)), lost=1)
        return None
    surface = text[start:end]
    if not surface.strip():
        bench.report("WL301", number, f"the span {start}:{end} holds only white space", span=(start, end), lost=1)
        return None
    said = value.text if isinstance(value.text, str) else ""
    if not said:
        bench.report("WL310", number, f"the span {start}:{end} comes without its surface", span=(start, end))
    elif said != surface:
        if not _same_but_for_form(surface, said):
            bench.report(
                "WL305",
                number,
                f"the text at {start}:{end} is {_short(surface)}, value.text says {_short(said)}",
                span=(start, end),
                lost=1,
            )
            return None
        bench.report("WL304", number, f"value.text says {_short(said)}", span=(start, end))
    trimmed = (start + len(surface) - len(surface.lstrip()), end - len(surface) + len(surface.rstrip()))
    if trimmed != (start, end):
        bench.report(
            "WL306",
            number,
            f"the span {start}:{end} has white space at its edges, without it is {trimmed[0]}:{trimmed[1]}",
            span=(start, end),
        )
    return trimmed


def _same_but_for_form(surface: str, said: str) -> bool:
    """Say whether a surface is the same but for white space, or one character more or less at an edge."""
    ours, theirs = _BLANK.sub("", surface), _BLANK.sub("", said)
    if ours == theirs:
        return True
    if abs(len(surface) - len(said)) != 1 or min(len(surface), len(said)) < 2:
        return False
    longer, shorter = sorted((surface, said), key=len, reverse=True)
    return shorter in (longer[1:], longer[:-1])


def _keep(bench: Bench, number: int, span: Span, region_id: str, taken: _Taken) -> bool:
    here = taken.setdefault((span.start, span.end), {})
    twin = here.get(span.label)
    if twin is not None:
        message = f"{span.label} stands on {_short(span.text)} already, at result[{bench.places[twin.id]}]"
        bench.report("WL308", number, message, span=(span.start, span.end))
        bench.duplicates.append((number, span.label, twin.id))
        if span.id not in bench.spans:
            bench.alias[span.id] = twin.id
        return False
    if span.id in bench.spans:
        if all(other.id != span.id for other in here.values()):
            other = bench.spans[span.id]
            message = f"the id {span.id!r} belongs to {_short(other.text)} already, at result[{bench.places[other.id]}]"
            bench.report("WL206", number, message, span=(span.start, span.end))
            return False
        # One region with a second label: Label Studio writes a second result with the same id.
        span = msgspec.structs.replace(span, id=_free(bench, span.id))
    # Two labels of one entry have been reported already.
    others = (other for other in here.values() if bench.places[other.id] != number)
    other_label = next((other.label for other in others if _same_family(bench, other.label, span.label)), None)
    if other_label is not None:
        message = f"{other_label} and {span.label} stand on {_short(span.text)}"
        bench.report("WL403", number, message, span=(span.start, span.end))
    # An id that a span of its own bears stands for that span, whatever else bore it before.
    bench.alias.pop(span.id, None)
    here[span.label] = span
    bench.spans[span.id] = span
    bench.places[span.id] = number
    if span.id != region_id:
        bench.readings.setdefault(region_id, []).append(span.id)
    return True


def _free(bench: Bench, key: str) -> str:
    number = 2
    while f"{key}#{number}" in bench.spans:
        number += 1
    return f"{key}#{number}"


def _same_family(bench: Bench, first: str, second: str) -> bool:
    kinds = {bench.tables.kinds[first], bench.tables.kinds[second]}
    return any(kinds <= family for family in _SAME_FAMILY)


def _report_inside_word(bench: Bench, number: int, start: int, end: int) -> None:
    text = bench.text
    before = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    after = end < len(text) and text[end].isalnum() and text[end - 1].isalnum()
    if before or after:
        side = "starts and ends" if before and after else "starts" if before else "ends"
        bench.report("WL307", number, f"the span {start}:{end} {side} inside a word", span=(start, end))


def _report_crossing(bench: Bench) -> None:
    entities = bench.tables.entities
    still_open: list[Span] = []
    reach = 0
    for span in bench.ordered:
        if span.label not in entities:
            continue
        if span.start >= reach:
            still_open, reach = [span], span.end
            continue
        still_open = [other for other in still_open if other.end > span.start]
        crossed = next((other for other in still_open if other.start < span.start and other.end < span.end), None)
        if crossed is not None:
            message = f"{crossed.label} {_short(crossed.text)} and {span.label} {_short(span.text)} cross"
            bench.report("WL309", bench.places[span.id], message, span=(crossed.start, span.end))
        still_open.append(span)
        reach = max(reach, span.end)


def is_utf16(text: str, regions: Sequence[WireRegion]) -> bool:
    """Decide the unit of a whole annotation: UTF-16 where some spans fit in it alone, and none in code points alone.

    A span that fits in neither proves nothing, and is reported for itself.
    """
    units = Utf16Offsets(text)
    proven = False
    for region in regions:
        value = region.value
        if region.type != "labels" or value is None or not isinstance(value.text, str) or not value.text:
            continue
        start, end = units.to_code_points(value.start), units.to_code_points(value.end)
        in_points = value.start >= 0 and _fits(text, value.start, value.end, value.text)
        in_units = start is not None and end is not None and _fits(text, start, end, value.text)
        if in_points and not in_units:
            return False
        # What is a character off in code points, and off by a blank in UTF-16, proves neither.
        near = value.start >= 0 and _same_but_for_form(text[value.start : value.end], value.text)
        proven = proven or (in_units and not in_points and not near)
    return proven


def _fits(text: str, start: int, end: int, said: str) -> bool:
    shown = _BLANK.sub("", said)
    return bool(shown) and _BLANK.sub("", text[start:end]) == shown


def _in_code_points(bench: Bench, regions: Sequence[WireRegion]) -> list[WireRegion]:
    """Give the regions with offsets in code points; a span whose offsets name no place is reported and taken out."""
    units = Utf16Offsets(bench.text)
    converted = []
    for number, region in enumerate(regions):
        value = region.value
        if region.type == "labels" and value is not None and is_formed(region, value):
            start, end = units.to_code_points(value.start), units.to_code_points(value.end)
            if start is None or end is None:
                message = f"the span {value.start}:{value.end} ends beyond the text, or cuts a character in two"
                bench.report("WL301", number, message, lost=1)
                region = WireRegion(type=TAKEN_OUT)  # noqa: PLW2901 - its stand-in is meant
            else:
                value = msgspec.structs.replace(value, start=start, end=end)
                region = msgspec.structs.replace(region, value=value)  # noqa: PLW2901 - the converted one is meant
        converted.append(region)
    return converted


def is_formed(region: WireRegion, value: WireValue) -> bool:
    """Say whether a region has the form of a span; one that has not must be read the careful way first."""
    return bool(value.labels and region.id) and min(value.start, value.end) >= 0 and not isinstance(value.text, list)


def _short(surface: str, most: int = 40) -> str:
    return repr(surface if len(surface) <= most else f"{surface[: most - 12]}...{surface[-9:]}")
