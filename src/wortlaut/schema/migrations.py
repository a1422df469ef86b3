"""Migrations of a scheme: which names became which from one version of it to the next.

They stand in scheme.toml under ``[[migrations]]`` and are read as a part of the scheme. The checker applies them to
annotations that were made with an older version; ``wortlaut diff`` shows them. Everything here is pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

if TYPE_CHECKING:
    from wortlaut.schema.scheme import Scheme

__all__ = ["Migration", "MigrationStep", "NameKind", "applied", "same_surface", "translate", "version_key", "widened"]

NameKind = Literal["label", "relation", "choice", "option"]


class MigrationStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """One step: ``from`` becomes ``to`` (one name: a rename, several: a merge), or a label is split by its surfaces.

    ``split`` gives for each new label the surfaces that it takes, ``otherwise`` the label of all others; without it,
    a span whose surface is not listed is for the annotator to decide. ``choice`` names the choice of an option as
    it is called after the migration. ``reverse``: a relation is turned round, its head becomes its tail.
    """

    from_: tuple[str, ...] | str = msgspec.field(name="from")
    kind: NameKind = "label"
    to: str = ""
    split: Mapping[str, tuple[str, ...]] = {}
    otherwise: str = ""
    choice: str = ""
    reverse: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """The old names."""
        return (self.from_,) if isinstance(self.from_, str) else self.from_

    @property
    def targets(self) -> tuple[str, ...]:
        """The names that the old ones may become, each once, in the order of the file."""
        return tuple(dict.fromkeys(name for name in (self.to, *self.split, self.otherwise) if name))

    def target(self, surface: str) -> str:
        """Give what an old name becomes on this surface, "" where a split does not say it.

        Upper and lower case count, how white space is written does not.
        """
        return self.to or self._label_of.get(same_surface(surface), self.otherwise)

    def changes(self, name: str) -> bool:
        """Say whether the step does anything to the old name: a merge may list the name that stays."""
        return self.targets != (name,) or self.reverse

    @cached_property
    def _label_of(self) -> Mapping[str, str]:
        return {same_surface(one): label for label, surfaces in self.split.items() for one in surfaces}

    def __str__(self) -> str:
        """Say it in a line: ``label LOC, SITE -> PLACE`` or ``label ORG -> PARTY (2 surfaces), else ORG``."""
        what = f"option of {self.choice}" if self.kind == "option" else self.kind
        said = self.to or ", ".join(
            f"{label} ({len(surfaces)} surface{'s' if len(surfaces) != 1 else ''})"
            for label, surfaces in self.split.items()
        )
        other = f", else {self.otherwise}" if self.otherwise else ", else undecided" if self.split else ""
        return f"{what} {', '.join(self.sources)} -> {said}{other}{', turned round' if self.reverse else ''}"


class Migration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The steps that lead to one version of the scheme; all of them happen at once.

    An annotation that was last changed before the moment ``before`` is of an older version. Where a name is gone
    for good that need not be known; where it stays or comes again, it tells the old meaning from the new one.
    """

    version: str
    steps: tuple[MigrationStep, ...]
    before: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


def same_surface(surface: str) -> str:
    """Give the form in which surfaces are compared: every run of white space is one blank, none at the edges."""
    return " ".join(surface.split())


def version_key(version: str) -> tuple[int, int, int]:
    """Give a version as numbers that sort. Raises ValueError for what is not MAJOR.MINOR.PATCH."""
    major, minor, patch = version.split(".")
    return int(major), int(minor), int(patch)


def applied(old: Scheme, new: Scheme) -> tuple[MigrationStep, ...]:
    """Give the steps that lead from the version of ``old`` to that of ``new``, in their order.

    They are those that ``new`` declares; () where ``old`` is of the same version or a newer one. The names of the
    schemes are not compared: a scheme may be called otherwise from some version on.
    """
    return tuple(step for migration in _since(old.version, new) for step in migration.steps)


def translate(
    name: str, kind: NameKind = "label", *, from_version: str, scheme: Scheme, choice: str = ""
) -> tuple[str, ...]:
    """Give the names in ``scheme`` that a name of its version ``from_version`` may have become.

    The same name alone: it has not changed. Several: it was split. None: it is gone, no migration says whereto.
    ``choice`` is the choice of an option, as it was called in ``from_version``. Raises ValueError where
    ``from_version`` is not MAJOR.MINOR.PATCH.
    """
    names = [name]
    for migration in _since(from_version, scheme):
        if kind == "option":
            choice = next(iter(_after(choice, "choice", migration)))
        names = list(dict.fromkeys(new for old in names for new in _after(old, kind, migration, choice)))
    known = _names(kind, scheme, choice)
    return tuple(new for new in names if new in known)


def widened(scheme: Scheme) -> Scheme:
    """Give the scheme as exports of all its versions may use it: with the old names beside the new ones.

    Only names are taken in, for the JSON Schema of an export: it is no scheme to annotate with.
    """
    from wortlaut.schema.scheme import ChoiceOption, ChoiceSet, Label, RelationType

    if not scheme.migrations:
        return scheme
    old: dict[str, dict[str, None]] = {"label": {}, "relation": {}, "choice": {}, "option": {}}
    for migration in scheme.migrations:
        for step in migration.steps:
            old[step.kind].update(dict.fromkeys(step.sources))
    # An option may stand under any name that its choice ever had: all options are allowed on all choices.
    names = (option.name for one in scheme.choices for option in one.options)
    options = tuple(ChoiceOption(name=name) for name in dict.fromkeys((*names, *old["option"])))
    moved = bool(old["choice"] or old["option"])
    choices = tuple(msgspec.structs.replace(one, options=options) if moved else one for one in scheme.choices)
    return msgspec.structs.replace(
        scheme,
        labels=(*scheme.labels, *(Label(name=name) for name in old["label"] if name not in scheme.label_by_name)),
        relations=(
            *scheme.relations,
            *(RelationType(name=name) for name in old["relation"] if name not in scheme.relation_by_name),
        ),
        choices=(
            *choices,
            *(ChoiceSet(name=name, options=options) for name in old["choice"] if name not in scheme.choice_by_name),
        ),
    )


def _since(version: str, scheme: Scheme) -> Iterator[Migration]:
    begins, ends = version_key(version), version_key(scheme.version)
    return (one for one in scheme.migrations if begins < version_key(one.version) <= ends)


def _after(name: str, kind: NameKind, migration: Migration, choice: str = "") -> tuple[str, ...]:
    for step in migration.steps:
        if step.kind == kind and name in step.sources and (kind != "option" or step.choice == choice):
            return step.targets
    return (name,)


def _names(kind: NameKind, scheme: Scheme, choice: str) -> frozenset[str]:
    if kind == "option":
        held = scheme.choice_by_name.get(choice)
        return frozenset(option.name for option in held.options) if held else frozenset()
    tables: Mapping[str, Mapping[str, object]] = {
        "label": scheme.label_by_name,
        "relation": scheme.relation_by_name,
        "choice": scheme.choice_by_name,
    }
    return frozenset(tables[kind])
