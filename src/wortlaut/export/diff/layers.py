"""What changed from one layer of a document to another: spans, cues, relations, quotes, attributes."""

from __future__ import annotations

from wortlaut.export.diff.bridge import Bridge
from wortlaut.export.diff.pairs import pair_spans, span_changes
from wortlaut.export.diff.quotes import quote_changes
from wortlaut.export.diff.records import (
    AttributeChange,
    LayerChange,
    RelationAt,
    RelationChange,
    SpanAt,
    span_at,
)
from wortlaut.export.diff.renames import Renames
from wortlaut.export.release import ReleasedLayer, ReleasedSpan
from wortlaut.schema.document import Attribute, Relation

__all__ = ["compare_layers"]


def compare_layers(
    before: ReleasedLayer, after: ReleasedLayer, bridge: Bridge, renames: Renames, *, main: bool
) -> LayerChange | None:
    """Give what changed, None where nothing did. Ids alone say nothing: they are counted anew in each release."""
    spans = pair_spans(before.entities, after.entities, bridge, renames.label)
    cues = pair_spans(before.cues, after.cues, bridge, renames.label)
    quotes = quote_changes(before.quotes, after.quotes, bridge, renames, spans.twins() | cues.twins())
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
        attributes=_attributes(before, after, twins, renames),
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


def _attributes(
    before: ReleasedLayer, after: ReleasedLayer, twins: dict[str, str], renames: Renames
) -> tuple[AttributeChange, ...]:
    """Pair attributes by what they stand on and their name, or the name that the scheme gave it."""
    old_spans, new_spans = before.spans(), after.spans()
    new = {(one.span_id, one.name): one for one in after.attributes}
    changes = []
    for one in before.attributes:
        names = (one.name, *renames.choice(one.name))
        keys = [(_twin(one.span_id, twins), name) for name in names]
        now = next((new.pop(key) for key in keys if key in new), None)
        if now is None:
            span = _span_of(one, old_spans)
            changes.append(AttributeChange(change="left", name=one.name, span=span, before=one.values))
        elif now.values != one.values or now.name != one.name:
            changes.append(
                AttributeChange(
                    change="changed",
                    name=now.name,
                    was=one.name if one.name != now.name else "",
                    span=_span_of(now, new_spans),
                    before=one.values,
                    after=now.values,
                    by_migration=_follows(one, now, renames),
                )
            )
    changes += [
        AttributeChange(change="came", name=one.name, span=_span_of(one, new_spans), after=one.values)
        for one in new.values()
    ]
    return tuple(changes)


def _follows(was: Attribute, now: Attribute, renames: Renames) -> bool:
    """Say whether all that is other about the values is what the scheme made of them."""
    if was.values == now.values:
        return True
    became = [renames.option(was.name, value) for value in was.values]
    return all(set(names) & set(now.values) for names in became) and set(now.values) <= {
        name for names in became for name in names
    }


def _twin(span_id: str | None, twins: dict[str, str]) -> str | None:
    return None if span_id is None else twins.get(span_id, f"\0{span_id}")


def _span_of(attribute: Attribute | None, spans: dict[str, ReleasedSpan]) -> SpanAt | None:
    if attribute is None or attribute.span_id is None:
        return None
    return span_at(spans[attribute.span_id])
