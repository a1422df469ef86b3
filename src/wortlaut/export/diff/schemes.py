"""What is other between two schemes: what rows can hold, and what is merely said of it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, product
from typing import Any

import msgspec

from wortlaut.export.diff.pairs import Rename
from wortlaut.export.diff.records import SchemeChange
from wortlaut.export.diff.renames import OptionRename, Renames
from wortlaut.schema.migrations import NameKind, applied, translate
from wortlaut.schema.scheme import Scheme

__all__ = ["compare_schemes", "renames_between"]

_OPTION_WORDING = "wording of its options"
# Fields of labels, relations and choices that say how something is shown and explained; all others say what it is.
_WORDING = frozenset({"color", "hotkey", "title_de", "definition", "definition_de", "examples", _OPTION_WORDING})
_KINDS = ("label", "relation", "choice")
_LABELS = frozenset({"head", "tail", "applies_to"})
_SETS = _LABELS | {"signatures"}  # their order says nothing


def compare_schemes(before: Scheme, after: Scheme) -> SchemeChange | None:
    """Give what is other, None where nothing is. Names that a migration changed are held against their new ones."""
    names: list[str] = []
    wording: list[str] = []
    renames = renames_between(before, after)
    for what in _KINDS:
        old, new = _named(before, what), _named(after, what)
        for name in dict.fromkeys((*old, *new)):
            if name not in old or name not in new:
                names.append(f"{what} {name} {'came' if name in new else 'left'}")
                continue
            meaning, worded = _other(_translated(old[name], renames), new[name])
            if meaning:
                names.append(f"{what} {name}: other {', '.join(meaning)}")
            elif worded:
                wording.append(f"{what} {name}: other {', '.join(worded)}")
        if _moved(old, new, {"label": renames.label, "relation": renames.relation, "choice": renames.choice}[what]):
            # The number of a tag is its place in the scheme.
            names.append(f"the {what}s stand in another order")
    wording += [field for field in ("name", "title", "language") if getattr(before, field) != getattr(after, field)]
    if before.migrations != after.migrations:
        wording.append("migrations")
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
    status = before.choice_with_role("speaker_status")
    return Renames(
        label=_translator("label", before, after),
        relation=_translator("relation", before, after),
        choice=_translator("choice", before, after),
        option=_options(before, after),
        status=status.name if status else "",
        symmetric=frozenset(one.name for scheme in (before, after) for one in scheme.relations if one.symmetric),
    )


def _translator(kind: NameKind, before: Scheme, after: Scheme) -> Rename:
    """Give what names of the older scheme became; their own where the newer one is no later version of it."""
    if not applied(before, after):
        return lambda name: (name,)
    known = {name: translate(name, kind, from_version=before.version, scheme=after) for name in _named(before, kind)}
    return lambda name: known.get(name) or (name,)


def _options(before: Scheme, after: Scheme) -> OptionRename:
    if not applied(before, after):
        return lambda _, name: (name,)
    known = {
        (one.name, option.name): translate(
            option.name, "option", from_version=before.version, scheme=after, choice=one.name
        )
        for one in before.choices
        for option in one.options
    }
    return lambda choice, name: known.get((choice, name)) or (name,)


def _named(scheme: Scheme, what: str) -> Mapping[str, Mapping[str, Any]]:
    found = {"label": scheme.label_by_name, "relation": scheme.relation_by_name, "choice": scheme.choice_by_name}[what]
    return {name: _fields(one) for name, one in found.items()}


def _fields(one: msgspec.Struct) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(one)
    options = plain.pop("options", None)
    if options is not None:
        # Of an option its name alone is data.
        plain["options"] = [option.pop("name") for option in options]
        plain[_OPTION_WORDING] = options
    for field in _SETS & plain.keys():
        plain[field] = [one if isinstance(one, str) else tuple(one) for one in plain[field]]
    return plain


def _translated(fields: Mapping[str, Any], renames: Renames) -> dict[str, Any]:
    """Give the older fields with the names that the newer scheme has for what they name."""
    found = dict(fields)
    for field in _LABELS & found.keys():
        found[field] = list(dict.fromkeys(new for old in found[field] for new in renames.label(old)))
    if "signatures" in found:
        pairs = [product(renames.label(head), renames.label(tail)) for head, tail in found["signatures"]]
        found["signatures"] = list(dict.fromkeys(chain.from_iterable(pairs)))
    return found


def _other(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Name the fields whose meaning is other, and those that are merely worded otherwise."""
    meaning: list[str] = []
    wording: list[str] = []
    for field, was in old.items():
        now = new[field]
        if was == now:
            continue
        if field in _SETS and set(was) == set(now):
            wording.append(f"order of {field}")
        else:
            (wording if field in _WORDING else meaning).append(field)
    return meaning, wording


def _moved(old: Mapping[str, object], new: Mapping[str, object], rename: Rename) -> bool:
    """Say whether what is in both stands in another order."""
    was = list(dict.fromkeys(after for name in old for after in rename(name) if after in new))
    return was != [name for name in new if name in set(was)]
