"""Third stage: the relations. End points, labels, directions, signatures, duplicates."""

from __future__ import annotations

from collections.abc import Sequence

from wortlaut.annotation.check.bench import Bench, MalformedError
from wortlaut.annotation.check.spans import IN_ORDER
from wortlaut.annotation.reader.wire import WireRegion
from wortlaut.schema.document import Relation, Span
from wortlaut.schema.printable import quoted
from wortlaut.schema.rules import did_you_mean

__all__ = ["check_relations"]

_Pair = tuple[Span, Span]


def check_relations(bench: Bench, regions: Sequence[WireRegion]) -> None:
    """Fill ``bench.relations`` with the relations that hold, those that hold without question first."""
    seen: dict[tuple[str, str, str], int] = {}
    for number, region in _take(bench, regions, seen):
        _odd(bench, number, region, seen)


def _take(
    bench: Bench, regions: Sequence[WireRegion], seen: dict[tuple[str, str, str], int]
) -> list[tuple[int, WireRegion]]:
    """Take every relation with one label, one direction and a signature that holds; give the others."""
    spans, allowed, symmetric = bench.spans, bench.tables.allowed, bench.tables.symmetric
    relations, places = bench.relations, bench.relation_places
    odd = []
    for number, region in enumerate(regions):
        if region.type != "relation":
            continue
        labels = region.labels
        if labels and len(labels) == 1 and (region.direction or "right") == "right":
            name = labels[0]
            head, tail = spans.get(region.from_id), spans.get(region.to_id)
            if head is not None and tail is not None and head is not tail and name not in symmetric:
                key = (name, head.id, tail.id)
                if (name, head.label, tail.label) in allowed and key not in seen:
                    seen[key] = number
                    key_id = f"r{len(relations) + 1}"
                    relations.append(Relation(id=key_id, type=name, head=head.id, tail=tail.id))
                    places[key_id] = number
                    continue
        odd.append((number, region))
    bench.kept += len(relations)
    return odd


def _odd(bench: Bench, number: int, region: WireRegion, seen: dict[tuple[str, str, str], int]) -> None:
    """Say what is odd about one relation, and keep it where it can be kept."""
    allowed, symmetric = bench.tables.allowed, bench.tables.symmetric
    if not region.from_id or not region.to_id:
        raise MalformedError
    heads, tails = bench.spans_of(region.from_id), bench.spans_of(region.to_id)
    if not heads or not tails:
        _report_nowhere(bench, number, region)
        return
    if region.direction == "left":
        heads, tails = tails, heads
    pairs = [(head, tail) for head in heads for tail in tails]
    types = _types(bench, number, region, pairs)
    kept = 0
    for name in types:
        head, tail = first, last = _reading(bench, name, pairs, both_ways=region.direction == "bi")
        if region.direction == "bi" and name not in symmetric:
            if (name, head.label, tail.label) not in allowed and (name, tail.label, head.label) in allowed:
                first, last = tail, head
            bench.report("WL506", number, f"{name} points both ways, read as {_shown(name, first, last)}")
        if name in symmetric and IN_ORDER(last) < IN_ORDER(first):
            first, last = last, first
        kept += _keep(bench, number, Relation(id="", type=name, head=first.id, tail=last.id), seen)
    if kept:
        bench.kept += 1
    elif types:
        bench.lose_entry()


def _reading(bench: Bench, name: str, pairs: Sequence[_Pair], *, both_ways: bool) -> _Pair:
    """Choose between the labels of regions that bear several: the first pair that the signature allows."""
    turns = both_ways or name in bench.tables.symmetric
    for head, tail in pairs:
        allowed = bench.tables.allowed
        if (name, head.label, tail.label) in allowed or (turns and (name, tail.label, head.label) in allowed):
            return head, tail
    return pairs[0]


def _keep(bench: Bench, number: int, relation: Relation, seen: dict[tuple[str, str, str], int]) -> bool:
    head, tail = bench.spans[relation.head], bench.spans[relation.tail]
    name = relation.type
    if head is tail:
        bench.report("WL508", number, f"{_shown(name, head, tail)} leads to itself", span=(head.start, head.end))
        return False
    symmetric = name in bench.tables.symmetric
    holds = (name, head.label, tail.label) in bench.tables.allowed or (
        symmetric and (name, tail.label, head.label) in bench.tables.allowed
    )
    if not holds:
        turned = (name, tail.label, head.label) in bench.tables.allowed
        hint = "Turned round it would hold: draw it the other way" if turned else ""
        message = f"{name} may not go from {head.label} to {tail.label}: {_shown(name, head, tail)}"
        bench.report("WL505", number, message, span=_hull(head, tail), hint=hint)
        return False
    key = (name, relation.head, relation.tail)
    if key in seen:
        message = f"{_shown(name, head, tail)} stands at result[{seen[key]}] already"
        bench.report("WL507", number, message, span=_hull(head, tail))
        bench.duplicates.append((number, name, ""))
        return False
    seen[key] = number
    key_id = f"r{len(bench.relations) + 1}"
    bench.relations.append(Relation(id=key_id, type=name, head=relation.head, tail=relation.tail))
    bench.relation_places[key_id] = number
    return True


def _types(bench: Bench, number: int, region: WireRegion, pairs: Sequence[_Pair]) -> list[str]:
    """Give the relation's types: those it names and the scheme has, or the one that its ends allow."""
    head, tail = pairs[0]
    if region.labels:
        known = [name for name in dict.fromkeys(region.labels) if name in bench.tables.scheme.relation_by_name]
        unknown = [name for name in dict.fromkeys(region.labels) if name not in known]
        for name in unknown:
            hint = did_you_mean(name, bench.tables.scheme.relation_by_name)
            lost = 0 if known or name != unknown[0] else 1
            bench.report(
                "WL504", number, f"the scheme has no relation {name!r}.{hint}", span=_hull(head, tail), lost=lost
            )
        if len(known) > 1:
            bench.report("WL509", number, f"the relation bears {len(known)} labels: {', '.join(known)}")
        return known
    ways = [(first.label, last.label) for first, last in pairs]
    if region.direction == "bi":
        ways += [(last, first) for first, last in ways]
    possible = list(dict.fromkeys(relation.name for way in ways for relation in bench.tables.types_between(*way)))
    if len(possible) == 1:
        head, tail = _reading(bench, possible[0], pairs, both_ways=region.direction == "bi")
    ends = f"{head.label} {head.text!r} to {tail.label} {tail.text!r}"
    if len(possible) == 1:
        bench.report("WL502", number, f"from {ends}: read as {possible[0]}", span=_hull(head, tail))
        bench.inferred[number] = possible[0]
        return possible
    which = f"may be {', '.join(possible)}" if possible else "no relation may go that way"
    bench.report("WL503", number, f"from {ends}: {which}", span=_hull(head, tail), lost=1)
    return []


def _report_nowhere(bench: Bench, number: int, region: WireRegion) -> None:
    missing = [
        repr(key)
        for key in dict.fromkeys((region.from_id, region.to_id))
        if bench.alias.get(key, key) not in bench.spans
    ]
    named = "/".join(region.labels or ("relation without a label",))
    bench.report("WL501", number, f"{named}: no span {' and '.join(missing)} in this annotation", lost=1)


def _hull(head: Span, tail: Span) -> tuple[int, int]:
    return min(head.start, tail.start), max(head.end, tail.end)


def _shown(name: str, head: Span, tail: Span) -> str:
    return f"{name} {quoted(head.text)} -> {quoted(tail.text)}"
