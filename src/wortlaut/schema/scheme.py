"""The annotation scheme: labels, relation types with their signatures, choices. Read from TOML.

``schema/scheme.toml`` is the default (``press-de``). A scheme for somebody else's export can be drafted with
``wortlaut schema --from-config``; its labels then are plain entities and its relations allow every pair.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

import msgspec

from wortlaut.schema.assets import assets
from wortlaut.schema.colors import is_color
from wortlaut.schema.errors import SchemeError
from wortlaut.schema.migrations import Migration
from wortlaut.schema.migrations_check import migration_problems

__all__ = [
    "ChoiceOption",
    "ChoiceSet",
    "Label",
    "LabelKind",
    "RelationType",
    "Scheme",
    "default_scheme",
    "is_hotkey",
    "is_name",
    "load_scheme",
    "parse_scheme",
]

LabelKind = Literal["entity", "mention", "quote", "cue"]
RelationRole = Literal["", "speaker", "cue_of", "addressee", "coref", "continues"]
ChoiceRole = Literal["", "speaker_status"]
ChoiceScope = Literal["region", "document"]

# Semantic versioning without its additions; BCP 47 in its usual shape: language, script, region, variants
# (https://www.rfc-editor.org/rfc/rfc5646#section-2.1).
_VERSION = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){2}")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:-[a-zA-Z]{4})?(?:-(?:[a-zA-Z]{2}|[0-9]{3}))?(?:-[a-zA-Z0-9]{2,8})*")
_NO_NAME = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Label(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One label for a span. ``kind`` says which part it plays; ``hotkey`` is one key on the annotator's page."""

    name: str
    kind: LabelKind = "entity"
    color: str = "#a9a9a9"
    hotkey: str = ""
    title_de: str = ""
    definition: str = ""
    definition_de: str = ""
    examples: tuple[str, ...] = ()


class RelationType(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One relation type.

    Its signature is either ``head`` x ``tail`` (every pair of a head label and a tail label) or, where not all
    pairs are allowed, the list ``signatures`` of (head label, tail label). All three empty: every pair is
    allowed. ``same_label``: both ends bear the same label. ``symmetric``: (a, b) and (b, a) say the same.
    """

    name: str
    role: RelationRole = ""
    head: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()
    signatures: tuple[tuple[str, str], ...] = ()
    same_label: bool = False
    symmetric: bool = False
    title_de: str = ""
    definition: str = ""
    definition_de: str = ""

    def allows(self, head: str, tail: str) -> bool:
        """Say whether a relation of this type may go from a span labelled ``head`` to one labelled ``tail``."""
        if self.same_label and head != tail:
            return False
        if self.signatures:
            return (head, tail) in self.signatures
        return (not self.head or head in self.head) and (not self.tail or tail in self.tail)


class ChoiceOption(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One option of a choice."""

    name: str
    hotkey: str = ""
    title_de: str = ""


class ChoiceSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A choice made on a region, shown where a span with one of ``applies_to`` is selected (empty: any label).

    With the scope ``document`` it is made once on the whole document. ``multiple``: several options may be chosen.
    """

    name: str
    options: tuple[ChoiceOption, ...]
    scope: ChoiceScope = "region"
    multiple: bool = False
    role: ChoiceRole = ""
    applies_to: tuple[str, ...] = ()
    title_de: str = ""
    definition: str = ""
    definition_de: str = ""


class Scheme(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """An annotation scheme. Construct it with ``parse_scheme``, which checks that it holds together."""

    name: str
    version: str
    labels: tuple[Label, ...]
    relations: tuple[RelationType, ...] = ()
    choices: tuple[ChoiceSet, ...] = ()
    language: str = "de"
    title: str = ""
    migrations: tuple[Migration, ...] = ()

    @cached_property
    def label_by_name(self) -> Mapping[str, Label]:
        """Every label under its name."""
        return {label.name: label for label in self.labels}

    @cached_property
    def relation_by_name(self) -> Mapping[str, RelationType]:
        """Every relation type under its name."""
        return {relation.name: relation for relation in self.relations}

    @cached_property
    def choice_by_name(self) -> Mapping[str, ChoiceSet]:
        """Every choice under its name."""
        return {choice.name: choice for choice in self.choices}

    def labels_of(self, *kinds: LabelKind) -> tuple[str, ...]:
        """Give the names of the labels of these kinds, in the scheme's order."""
        return tuple(label.name for label in self.labels if label.kind in kinds)

    def relation_with_role(self, role: RelationRole) -> RelationType | None:
        """Give the relation type that plays ``role``, or None where the scheme has none."""
        return next((relation for relation in self.relations if relation.role == role), None)

    def choice_with_role(self, role: ChoiceRole) -> ChoiceSet | None:
        """Give the choice that plays ``role``, or None where the scheme has none."""
        return next((choice for choice in self.choices if choice.role == role), None)


def default_scheme() -> Scheme:
    """Give the scheme ``press-de`` that the toolkit ships."""
    return load_scheme(assets("schema", "scheme.toml"))


def load_scheme(path: Path) -> Scheme:
    """Read a scheme from a TOML file. Raises SchemeError with the file and what does not hold."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SchemeError(
            f"cannot read the scheme: {error}",
            where=str(path),
            hint="Give a scheme.toml; wortlaut schema --from-config drafts one",
        ) from error
    return parse_scheme(text, where=str(path))


def parse_scheme(text: str, *, where: str = "scheme.toml") -> Scheme:
    """Read a scheme from TOML text and check it: unique names and hotkeys, signatures that name labels, migrations.

    Raises SchemeError with every problem in one line.
    """
    try:
        scheme = msgspec.convert(tomllib.loads(text), Scheme)
    except tomllib.TOMLDecodeError as error:
        raise SchemeError(f"is not TOML: {error}", where=where) from error
    except msgspec.ValidationError as error:
        raise SchemeError(f"is not a scheme: {error}", where=where, hint="docs/scheme.md lists the fields") from error
    problems = list(_problems(scheme))
    if problems:
        raise SchemeError("; ".join(problems), where=where)
    return scheme


def is_name(name: str) -> bool:
    """Say whether a label, relation, choice or option may be called so: not blank, no control character."""
    return bool(name.strip()) and not _NO_NAME.search(name)


def is_hotkey(key: str) -> bool:
    """Say whether a label or option may have this key: one character that prints, and no blank."""
    return len(key) == 1 and key.isprintable() and key != " "


def _problems(scheme: Scheme) -> list[str]:
    found: list[str] = []
    names = [label.name for label in scheme.labels]
    if not names:
        found.append("the scheme has no label")
    found += _repeated("label", names)
    found += _repeated("relation", [relation.name for relation in scheme.relations])
    found += _repeated("choice", [choice.name for choice in scheme.choices])
    keys = [label.hotkey for label in scheme.labels]
    keys += [option.hotkey for choice in scheme.choices for option in choice.options]
    found += _repeated("hotkey", [key for key in keys if key])
    known = set(names)
    for relation in scheme.relations:
        ends = {*relation.head, *relation.tail, *(name for pair in relation.signatures for name in pair)}
        found += [f"relation {relation.name} names the unknown label {name!r}" for name in sorted(ends - known)]
        if relation.signatures and (relation.head or relation.tail):
            found.append(f"relation {relation.name} has both head/tail and signatures: keep one")
    for choice in scheme.choices:
        unknown = sorted(set(choice.applies_to) - known)
        found += [f"choice {choice.name} applies to the unknown label {name!r}" for name in unknown]
        found += _repeated(f"option of {choice.name}", [option.name for option in choice.options])
        if not choice.options:
            found.append(f"choice {choice.name} has no option")
        if choice.scope == "document" and (choice.applies_to or choice.role):
            found.append(f"choice {choice.name} is made on the document: it takes no applies_to and no role")
    roles = [relation.role for relation in scheme.relations if relation.role]
    found += _repeated("role", [*roles, *(choice.role for choice in scheme.choices if choice.role)])
    return found + _bad_names(scheme) + _bad_values(scheme) + _bad_migrations(scheme)


def _bad_names(scheme: Scheme) -> list[str]:
    """Refuse names that an XML attribute cannot hold; blanks at their ends and ``$`` stand in real exports."""
    named: list[tuple[str, str]] = [("label", label.name) for label in scheme.labels]
    named += [("relation", relation.name) for relation in scheme.relations]
    for choice in scheme.choices:
        named += [("choice", choice.name), *((f"option of {choice.name}", option.name) for option in choice.options)]
    return [
        f"the {what} {name!r} is no name: it is empty or holds a control character"
        for what, name in named
        if not is_name(name)
    ]


def _bad_values(scheme: Scheme) -> list[str]:
    found: list[str] = []
    if not _VERSION.fullmatch(scheme.version):
        found.append(f"the version {scheme.version!r} is not MAJOR.MINOR.PATCH, such as 1.0.0")
    if not _LANGUAGE.fullmatch(scheme.language):
        found.append(f"the language {scheme.language!r} is no language tag (BCP 47), such as de or de-AT")
    found += [
        f"the color {label.color!r} of {label.name} is neither #rrggbb nor a named color of CSS"
        for label in scheme.labels
        if not is_color(label.color)
    ]
    keyed = [(label.name, label.hotkey) for label in scheme.labels]
    keyed += [(f"{choice.name}: {one.name}", one.hotkey) for choice in scheme.choices for one in choice.options]
    found += [
        f"the hotkey {key!r} of {name} is not one character that a key gives"
        for name, key in keyed
        if key and not is_hotkey(key)
    ]
    return found


def _bad_migrations(scheme: Scheme) -> list[str]:
    bad = [one.version for one in scheme.migrations if not _VERSION.fullmatch(one.version)]
    if bad or not _VERSION.fullmatch(scheme.version):
        return [f"the version {version!r} of a migration is not MAJOR.MINOR.PATCH, such as 2.0.0" for version in bad]
    return migration_problems(scheme)


def _repeated(what: str, names: list[str]) -> list[str]:
    return [f"the {what} {name!r} stands twice" for name in dict.fromkeys(names) if names.count(name) > 1]
