"""What changed from one layer of a document to another: spans, cues, relations, quotes, attributes."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from wortlaut.export.diff.bridge import Bridge
from wortlaut.export.diff.pairs import Rename, pair_spans, span_changes
from wortlaut.export.diff.quotes import quote_changes
from wortlaut.export.diff.records import (
    AttributeChange,
    LayerChange,
    RelationAt,
    RelationChange,
    SpanAt,
    span_at,
)
from wortlaut.export.release import ReleasedLayer, ReleasedSpan
from wortlaut.schema.document import Attribute, Relation

__all__ = ["OptionRename", "Renames", "compare_layers"]


OptionRename = Callable[[str, str], tuple[str, ...]]
"""Gives, of a choice and its option by their older names, the names that the option may have become."""


class Renames(msgspec.Struct, frozen=True, kw_only=True):
    """What names of the older scheme became, and which relations say the same both ways.

    ``status`` is the older name of the choice that says where a quote's speaker stands.
    """

    label: Rename
    relation: Rename
    choice: Rename
    option: OptionRename
    status: str
    symmetric: frozenset[str]


def compare_layers(
    before: ReleasedLayer, after: ReleasedLayer, bridge: Bridge, renames: Renames, *, main: bool
) -> LayerChange | None:
    """Give what changed, None where nothing did. Ids alone say nothing: they are counted anew in each release."""
    spans = pair_spans(before.entities, after.entities, bridge, renames.label)
    cues = pair_spans(before.cues, after.cues, bridge, renames.label)
    quotes = quote_changes(before.quotes, after.quotes, bridge, renames.label, spans.twins() | cues.twins())
    twins = spans.twins() | cues.twins() | quotes.twins
    found = LayerChange(
        change="changed",
        layer=after.layer,
        annotator=after.annotator,
        main=main,
        was=before.layer if before.layer != after.layer else "",
        spans=span_changes(spans),
        cues=span_changes(cues),
        relations=_relations(before, after, twins, renames),
        quotes=quotes.changes,
        attributes=_attributes(before, after, twins),
    )
    same = not (found.spans or found.cues or found.relations or found.quotes or found.attributes or found.was)
    return None if same else found


def _relations(
    before: ReleasedLayer, after: ReleasedLayer, twins: dict[str, str], renames: Renames
) -> tuple[RelationChange, ...]:
    """Pair relations by the spans at their ends: first with the same label, then with another."""
    old_spans, new_spans = before.spans(), after.spans()
    old, new = list(before.relations), list(after.relations)

    def ends(relation: Relation, names: dict[str, str] | None) -> tuple[str, ...]:
        pair = (relation.head, relation.tail)
        # A span without a partner keeps a name that no span of the newer layer has.
        named = pair if names is None else tuple([names.get(name, f"\0{name}") for name in pair])
        return tuple(sorted(named)) if relation.type in renames.symmetric else named

    changes: list[RelationChange] = []
    for same_label in (True, False):
        rest: list[Relation] = []
        for one in old:
            labels = (one.type, *renames.relation(one.type))
            partner = next(
                (
                    other
                    for other in new
                    if ends(one, twins) == ends(other, None) and (not same_label or other.type in labels)
                ),
                None,
            )
            if partner is None:
                rest.append(one)
                continue
            new.remove(partner)
            if partner.type != one.type:
                changes.append(
                    RelationChange(
                        change="relabelled",
                        before=_relation_at(one, old_spans),
                        after=_relation_at(partner, new_spans),
                        by_migration=same_label,
                    )
                )
        old = rest
    changes += [RelationChange(change="left", before=_relation_at(one, old_spans)) for one in old]
    changes += [RelationChange(change="came", after=_relation_at(one, new_spans)) for one in new]
    return tuple(changes)


def _relation_at(relation: Relation, spans: dict[str, ReleasedSpan]) -> RelationAt:
    return RelationAt(
        id=relation.id, label=relation.type, head=span_at(spans[relation.head]), tail=span_at(spans[relation.tail])
    )


def _attributes(before: ReleasedLayer, after: ReleasedLayer, twins: dict[str, str]) -> tuple[AttributeChange, ...]:
    old_spans, new_spans = before.spans(), after.spans()
    old = {(_twin(one.span_id, twins), one.name): one for one in before.attributes}
    new = {(one.span_id, one.name): one for one in after.attributes}
    changes = []
    for key in dict.fromkeys((*old, *new)):
        was, now = old.get(key), new.get(key)
        if was is not None and now is not None and was.values == now.values:
            continue
        span = _span_of(now, new_spans) if now is not None else _span_of(was, old_spans)
        changes.append(
            AttributeChange(
                change="changed" if was and now else "came" if now else "left",
                name=key[1],
                span=span,
                before=was.values if was else (),
                after=now.values if now else (),
            )
        )
    return tuple(changes)


def _twin(span_id: str | None, twins: dict[str, str]) -> str | None:
    return None if span_id is None else twins.get(span_id, f"\0{span_id}")


def _span_of(attribute: Attribute | None, spans: dict[str, ReleasedSpan]) -> SpanAt | None:
    if attribute is None or attribute.span_id is None:
        return None
    return span_at(spans[attribute.span_id])
