"""brat's configuration from the scheme: which annotations there are, between what, and how they look."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from wortlaut.schema.colors import is_color
from wortlaut.schema.scheme import RelationType, Scheme

__all__ = ["annotation_conf", "visual_conf"]


def annotation_conf(scheme: Scheme, names: Mapping[str, str]) -> str:
    """Give ``annotation.conf``. Spans may overlap, since the scheme nests them."""
    lines = ["[entities]", *[names[label.name] for label in scheme.labels], "", "[relations]"]
    lines.append("<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>")
    for relation in scheme.relations:
        symmetric = ", <REL-TYPE>:symmetric" if relation.symmetric else ""
        for heads, tails in _signatures(relation, scheme):
            ends = ["|".join(names[end] for end in one) or "<ENTITY>" for one in (heads, tails)]
            lines.append(f"{names[relation.name]}\tArg1:{ends[0]}, Arg2:{ends[1]}{symmetric}")
    lines += ["", "[events]", "", "[attributes]", "origin\tArg:<ENTITY>, Value:prediction|prediction_changed"]
    for choice in scheme.choices:
        if choice.scope == "region":
            arg = "|".join(names[label] for label in choice.applies_to) or "<ENTITY>"
            values = "|".join(names[option.name] for option in choice.options)
            lines.append(f"{names[choice.name]}\tArg:{arg}, Value:{values}")
    return "\n".join(lines) + "\n"


def visual_conf(scheme: Scheme, names: Mapping[str, str]) -> str:
    """Give ``visual.conf``: titles, and the scheme's colours."""
    lines = ["[labels]"]
    titled = [(one.name, one.title_de) for one in scheme.labels] + [
        (one.name, one.title_de) for one in scheme.relations
    ]
    lines += [f"{names[name]} | {_plain(title or name)} | {names[name]}" for name, title in titled]
    lines += ["", "[drawing]", "SPAN_DEFAULT\tfgColor:black, bgColor:lightgreen, borderColor:darken"]
    lines.append("ARC_DEFAULT\tcolor:black, arrowHead:triangle-5")
    lines += [
        f"{names[label.name]}\tbgColor:{label.color}"
        for label in scheme.labels
        if is_color(label.color) and re.fullmatch(r"#[0-9a-fA-F]{6}|[a-z]+", label.color)
    ]
    lines += [f"{names[relation.name]}\tarrowHead:none" for relation in scheme.relations if relation.symmetric]
    lines.append("ATTRIBUTE_DEFAULT\tglyph:*")
    return "\n".join(lines) + "\n"


def _signatures(relation: RelationType, scheme: Scheme) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    if relation.signatures:
        yield from (((head,), (tail,)) for head, tail in relation.signatures)
    elif relation.same_label:
        labels = [label.name for label in scheme.labels if relation.allows(label.name, label.name)]
        yield from (((label,), (label,)) for label in labels)
    else:
        yield relation.head, relation.tail


def _plain(title: str) -> str:
    return re.sub(r"[|,\s]+", " ", title).strip()
