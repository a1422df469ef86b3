"""New names for old ones: which a call asks for, what they do to a saved result, and a config that offers both.

Only a rename is done: the new name stands in the scheme in place of the old one. Making one name of two would take
away what annotators told apart, so it is refused.
"""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from wortlaut.annotation.studio.names import Name, NameKind, name_lists, saved_as
from wortlaut.schema.errors import UsageError
from wortlaut.schema.scheme import Scheme
from wortlaut.schema.task import LABELS_CONTROL

__all__ = ["Rename", "both_names", "parse_renames", "renamed"]

_FORM = "Say OLD=NEW for a label or relation, CHOICE.OLD=NEW for an option of a choice"
_TAGS: dict[NameKind, str] = {"label": "Label", "option": "Choice", "relation": "Relation"}


class Rename(msgspec.Struct, frozen=True):
    """A name as annotations have it, and the one that the scheme has for it now."""

    old: Name
    to: str

    @property
    def new(self) -> Name:
        """The new name."""
        return Name(self.old.kind, self.to, self.old.control)

    def __str__(self) -> str:
        """Give it as the command takes it."""
        prefix = f"{self.old.control}." if self.old.kind == "option" else ""
        return f"{prefix}{self.old.name}={self.to}"


def parse_renames(arguments: Sequence[str], scheme: Scheme) -> tuple[Rename, ...]:
    """Read ``OLD=NEW`` and ``CHOICE.OLD=NEW``. NEW must stand in the scheme, and OLD not any more.

    Where a label and a relation could be meant, ``label:OLD=NEW`` or ``relation:OLD=NEW`` tells. Raises UsageError.
    """
    renames = tuple(_parse(argument, scheme) for argument in arguments)
    for rename in renames:
        others = [one for one in renames if one is not rename and (one.old == rename.old or one.new == rename.new)]
        if others:
            raise UsageError(
                f"{rename} and {others[0]} cannot both be done: "
                + ("one name becomes two" if others[0].old == rename.old else f"two names would become {rename.to}"),
                where="OLD=NEW",
                hint="Each old name has one new name of its own",
            )
    return renames


def renamed(result: Any, renames: Iterable[Rename]) -> tuple[Any, int]:
    """Give a copy of a saved result with the new names, and in how many of its regions and relations they stand.

    Nothing else of it changes.
    """
    to = {rename.old: rename.to for rename in renames}
    changed = copy.deepcopy(result)
    count = 0
    for one in changed if isinstance(changed, list) else ():
        hit = False
        for kind, control, names in name_lists(one):
            for place, name in enumerate(names):
                new = to.get(Name(kind, name, control)) if isinstance(name, str) else None
                if new is not None:
                    names[place] = new
                    hit = True
        count += hit
    return changed, count


def both_names(config: str, renames: Iterable[Rename]) -> str:
    """Give a labeling config that offers the old names beside the new ones, for the time of the rewriting."""
    from lxml import etree

    root = etree.fromstring(config.encode())
    for rename in renames:
        for element in list(root.iter(_TAGS[rename.old.kind])):
            if saved_as(element) != rename.to or not _is_of(element, rename.old.control):
                continue
            old = copy.deepcopy(element)
            for attribute in ("alias", "hotkey"):
                old.attrib.pop(attribute, "")
            old.set("value", rename.old.name)
            element.addnext(old)
    return etree.tostring(root, encoding="unicode")


def _is_of(element: Any, control: str) -> bool:
    return not control or any(above.get("name") == control for above in element.iterancestors())


def _parse(argument: str, scheme: Scheme) -> Rename:
    wanted, colon, rest = argument.partition(":")
    kinds = {"label", "relation"}
    if colon and wanted in kinds:
        kinds, argument = {wanted}, rest
    old, equals, new = argument.partition("=")
    if not (old and equals and new):
        raise UsageError(f"{argument!r} is no rename", where="OLD=NEW", hint=_FORM)
    candidates = list(_candidates(old, new, kinds, scheme))
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise UsageError(
            f"the scheme has a label and a relation {new}",
            where=argument,
            hint=f"Say label:{argument} or relation:{argument}",
        )
    raise _refused(old, new, scheme)


def _candidates(old: str, new: str, kinds: set[str], scheme: Scheme) -> Iterator[Rename]:
    labels, relations = scheme.label_by_name, scheme.relation_by_name
    if old in _options(scheme):
        return
    if "label" in kinds and new in labels and old not in labels:
        yield Rename(Name("label", old, LABELS_CONTROL), new)
    if "relation" in kinds and new in relations and old not in relations:
        yield Rename(Name("relation", old), new)
    for choice in scheme.choices:
        option = old.removeprefix(f"{choice.name}.")
        names = {one.name for one in choice.options}
        if option != old and option and new in names and option not in names:
            yield Rename(Name("option", option, choice.name), new)


def _refused(old: str, new: str, scheme: Scheme) -> UsageError:
    """Say why a rename fits nothing in the scheme."""
    known = [*scheme.label_by_name, *scheme.relation_by_name]
    options = _options(scheme)
    shown = f"{old}={new}"
    if old in known or old in options:
        if new in known or any(one.endswith(f".{new}") for one in options):
            what, hint = (
                f"{old} is still in the scheme",
                "Two names are not made one, nor swapped: take it out there, if",
            )
            return UsageError(what, where=shown, hint=f"{hint} {new} is its new name")
        return UsageError(
            f"{new} is not in the scheme, and {old} still is",
            where=shown,
            hint=f"Rename it in the scheme first. The old name stands first: did you mean {new}={old}?",
        )
    close = difflib.get_close_matches(new, [*known, *(one.name for c in scheme.choices for one in c.options)], n=1)
    hint = f"Did you mean {close[0]}?" if close and close[0] != new else _FORM
    return UsageError(f"{new} is not in the scheme", where=shown, hint=hint)


def _options(scheme: Scheme) -> list[str]:
    return [f"{choice.name}.{option.name}" for choice in scheme.choices for option in choice.options]
