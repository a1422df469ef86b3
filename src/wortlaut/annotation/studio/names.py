"""The names that a labeling config offers and that saved results use: labels, relations, options, controls, objects.

An option or label is saved by its ``alias`` where it has one; what the page shows may change freely.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from wortlaut.schema.errors import UsageError

__all__ = [
    "ConfigNames",
    "Name",
    "NameKind",
    "Removed",
    "config_names",
    "name_lists",
    "removed",
    "saved_as",
    "used_names",
]

NameKind = Literal["label", "relation", "option", "control", "object"]

_RELATION = "relation"
_CHOICES = "choices"
_ALIKE = 0.6


class Name(msgspec.Struct, frozen=True, order=True):
    """A name that results can use. ``control`` is the control that a label or option belongs to, else empty."""

    kind: NameKind
    name: str
    control: str = ""

    def __str__(self) -> str:
        return f"option {self.name} of {self.control}" if self.kind == "option" else f"{self.kind} {self.name}"


class ConfigNames(msgspec.Struct, frozen=True, kw_only=True):
    """What a labeling config offers. ``names`` are its labels, relations and options.

    ``controls`` gives each control's tag and the object that it is for, ``objects`` each object's tag and variable.
    """

    names: frozenset[Name]
    controls: dict[str, tuple[str, str]]
    objects: dict[str, tuple[str, str]]


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """A name of one config that another has no more, or gives another meaning: ``how`` tells which, empty if gone.

    ``nearest`` is the new name of the same kind that it most likely became, empty where there is none.
    """

    name: Name
    how: str = ""
    nearest: str = ""


def config_names(xml: str) -> ConfigNames:
    """Read a labeling config. Raises UsageError where it is no XML."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(xml.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise UsageError(f"the labeling config is not XML: {error.msg}") from error
    names: set[Name] = set()
    controls: dict[str, tuple[str, str]] = {}
    objects: dict[str, tuple[str, str]] = {}
    for element in root.iter("*"):
        tag, name = str(element.tag), element.get("name", "")
        if tag == "Relation":
            names.add(Name("relation", saved_as(element)))
        elif name and element.get("toName"):
            controls[name] = (tag, element.get("toName", ""))
            names.update(Name("label", saved_as(one), name) for one in element.iter("Label"))
            names.update(Name("option", saved_as(one), name) for one in element.iter("Choice"))
        elif name and element.get("value", "").startswith("$"):
            objects[name] = (tag, element.get("value", ""))
    return ConfigNames(names=frozenset(names), controls=controls, objects=objects)


def removed(old: ConfigNames, new: ConfigNames) -> list[Removed]:
    """List what ``old`` offers and ``new`` does not, or not as the same thing. What is only added is no matter."""
    found = [
        Removed(name=Name("object", name), how=_changed(old.objects[name], new.objects.get(name), "shows"))
        for name in sorted(old.objects)
        if new.objects.get(name) != old.objects[name]
    ]
    found += [
        Removed(name=Name("control", name), how=_changed(old.controls[name], new.controls.get(name), "is for"))
        for name in sorted(old.controls)
        if new.controls.get(name) != old.controls[name]
    ]
    gone = sorted(name for name in old.names - new.names if not name.control or name.control in new.controls)
    for kind, control in sorted({(name.kind, name.control) for name in gone}):
        left = [one.name for one in gone if (one.kind, one.control) == (kind, control)]
        came = sorted(one.name for one in new.names - old.names if (one.kind, one.control) == (kind, control))
        nearest = _paired(left, came)
        found += [Removed(name=Name(kind, name, control), nearest=nearest.get(name, "")) for name in left]
    return found


def used_names(result: Any) -> Counter[Name]:
    """Count what a saved ``result`` uses, each region or relation once for each name. Null uses nothing."""
    used: Counter[Name] = Counter()
    for one in result if isinstance(result, list) else ():
        if isinstance(one, dict):
            used.update(set(_used(one)))
    return used


def name_lists(one: Any) -> Iterator[tuple[NameKind, str, list[Any]]]:
    """Give where one entry of a saved result holds labels, relations or options: their kind, control, and the list."""
    if not isinstance(one, dict):
        return
    kind, value = one.get("type"), one.get("value")
    if kind == _RELATION:
        if isinstance(one.get("labels"), list):
            yield "relation", "", one["labels"]
    elif isinstance(kind, str) and isinstance(value, dict) and isinstance(value.get(kind), list):
        if kind == _CHOICES:
            yield "option", str(one.get("from_name", "")), value[kind]
        elif kind.endswith("labels"):
            yield "label", str(one.get("from_name", "")), value[kind]


def saved_as(element: Any) -> str:
    """Give the name that results have for a Label, Choice or Relation of a config."""
    return str(element.get("alias") or element.get("value", ""))


def _used(one: dict[str, Any]) -> Iterator[Name]:
    if one.get("type") != _RELATION:
        yield Name("control", str(one.get("from_name", "")))
        yield Name("object", str(one.get("to_name", "")))
    for kind, control, names in name_lists(one):
        yield from (Name(kind, name, control) for name in names if isinstance(name, str))


def _changed(was: tuple[str, str], now: tuple[str, str] | None, verb: str) -> str:
    if now is None:
        return ""
    if was[0] != now[0]:
        return f"is a {now[0]} and was a {was[0]}"
    return f"{verb} {now[1]} and not {was[1]}"


def _paired(left: list[str], came: list[str]) -> dict[str, str]:
    """Give each name that left the new one that is most like it; the last of each are a pair, alike or not."""
    import difflib

    def likeness(pair: tuple[str, str]) -> float:
        old, new = pair[0].lower(), pair[1].lower()
        begins = old.startswith(new) or new.startswith(old)
        return 1.0 if begins else difflib.SequenceMatcher(None, old, new).ratio()

    pairs: dict[str, str] = {}
    for old, new in sorted(itertools.product(left, came), key=likeness, reverse=True):
        alone = len(left) - len(pairs) == 1 and len(came) - len(pairs) == 1
        if old not in pairs and new not in pairs.values() and (alone or likeness((old, new)) >= _ALIKE):
            pairs[old] = new
    return pairs
