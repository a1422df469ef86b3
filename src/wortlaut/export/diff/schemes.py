"""What is other between two schemes: what rows can hold, and what is merely said of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from wortlaut.export.diff.layers import Renames
from wortlaut.export.diff.pairs import Rename
from wortlaut.export.diff.records import SchemeChange
from wortlaut.schema.migrations import NameKind, applied, translate
from wortlaut.schema.scheme import Scheme

__all__ = ["compare_schemes", "renames_between"]

# Fields of labels, relations and choices that say how something is shown and explained; all others say what it is.
_WORDING = frozenset({"color", "hotkey", "title_de", "definition", "definition_de", "examples"})


def compare_schemes(before: Scheme, after: Scheme) -> SchemeChange | None:
    """Give what is other, None where nothing is."""
    names: list[str] = []
    wording: list[str] = []
    for what in ("label", "relation", "choice"):
        old, new = _named(before, what), _named(after, what)
        for name in dict.fromkeys((*old, *new)):
            if name not in old or name not in new:
                names.append(f"{what} {name} {'came' if name in new else 'left'}")
                continue
            changed = [field for field in old[name] if old[name][field] != new[name].get(field)]
            meaning = [field for field in changed if field not in _WORDING]
            if meaning:
                names.append(f"{what} {name}: other {', '.join(meaning)}")
            elif changed:
                wording.append(f"{what} {name}: other {', '.join(changed)}")
        if not names and [*old] != [*new]:
            # The number of a tag is its place in the scheme.
            names.append(f"the {what}s stand in another order")
    wording += [field for field in ("name", "title", "language") if getattr(before, field) != getattr(after, field)]
    if not (names or wording or before.version != after.version):
        return None
    return SchemeChange(
        before=f"{before.name} {before.version}",
        after=f"{after.name} {after.version}",
        names=tuple(names),
        wording=tuple(wording),
        migrations=tuple([f"migration of {step}" for step in applied(before, after)]),
    )


def renames_between(before: Scheme, after: Scheme) -> Renames:
    """Give what names became between two schemes, by what the newer one declares."""
    return Renames(
        label=_translator("label", before, after),
        relation=_translator("relation", before, after),
        symmetric=frozenset(one.name for scheme in (before, after) for one in scheme.relations if one.symmetric),
    )


def _translator(kind: NameKind, before: Scheme, after: Scheme) -> Rename:
    """Give what names of the older scheme became; their own where the newer one is no later version of it."""
    if not applied(before, after):
        return lambda name: (name,)
    known = {name: translate(name, kind, from_version=before.version, scheme=after) for name in _named(before, kind)}
    return lambda name: known.get(name) or (name,)


def _named(scheme: Scheme, what: str) -> Mapping[str, Mapping[str, Any]]:
    found = {"label": scheme.label_by_name, "relation": scheme.relation_by_name, "choice": scheme.choice_by_name}[what]
    return {name: _fields(one) for name, one in found.items()}


def _fields(one: msgspec.Struct) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(one)
    options = plain.pop("options", None)
    if options is not None:
        # Of an option its name alone is data.
        plain["options"] = [option["name"] for option in options]
    return plain
