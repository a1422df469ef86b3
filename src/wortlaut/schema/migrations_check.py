"""Whether the migrations of a scheme hold together: every old name leads to one that the scheme has.

What a name in an export means must never be a guess. A name that still stands in the scheme, or came back, has two
meanings, and only the time of an annotation tells them apart: such a step needs ``before``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from wortlaut.schema.migrations import Migration, MigrationStep, NameKind, same_surface, version_key

if TYPE_CHECKING:
    from wortlaut.schema.scheme import Scheme

__all__ = ["migration_problems", "stays"]


def migration_problems(scheme: Scheme) -> list[str]:
    """Give what does not hold, in words; the versions must be MAJOR.MINOR.PATCH already."""
    found = list(_order_problems(scheme))
    for number, migration in enumerate(scheme.migrations):
        where = f"the migration to {migration.version}"
        if not migration.steps:
            found.append(f"{where} has no step")
        for step in migration.steps:
            shape = list(_shape_problems(step))
            found += [f"{where}: {one}" for one in shape]
            if not shape:
                found += [f"{where}: {one}" for one in _target_problems(scheme, number, step)]
                found += [f"{where}: {one}" for one in _source_problems(scheme, number, step)]
        found += [f"{where}: {one}" for one in _doubled(migration)]
    return found


def stays(scheme: Scheme, number: int, step: MigrationStep, name: str) -> bool:
    """Say whether annotations made after migration ``number`` may bear the old ``name`` of its step too."""
    return _known(scheme, number, step.kind, step.choice, name)


def _order_problems(scheme: Scheme) -> Iterator[str]:
    for earlier, later in pairwise(scheme.migrations):
        if version_key(earlier.version) >= version_key(later.version):
            yield f"the migration to {later.version} stands behind that to {earlier.version}: put them in order"
    for migration in scheme.migrations:
        if version_key(migration.version) > version_key(scheme.version):
            yield f"the migration to {migration.version} leads beyond the scheme's own version {scheme.version}"
    dated = [(one.version, one.before) for one in scheme.migrations if one.before]
    for (earlier_version, first), (later_version, second) in pairwise(dated):
        if _of(first) > _of(second):
            yield f"before of the migration to {later_version} is earlier than that to {earlier_version}"


def _of(moment: datetime) -> float:
    return moment.timestamp()


def _shape_problems(step: MigrationStep) -> Iterator[str]:
    if not step.sources or not all(step.sources):
        yield f"a step of kind {step.kind} has no name in from"
        return
    what = f"the {step.kind} {', '.join(step.sources)}"
    if bool(step.to) == bool(step.split):
        yield f"{what} needs to or split, and not both"
    if step.split and step.kind != "label":
        yield f"{what} cannot be split: only labels can, by their surfaces"
    if step.otherwise and not step.split:
        yield f"{what} has otherwise, which belongs to a split"
    if step.reverse and step.kind != "relation":
        yield f"{what} has reverse, which belongs to a relation"
    if bool(step.choice) != (step.kind == "option"):
        yield f"{what} needs the name of its choice" if step.kind == "option" else f"{what} takes no choice"
    if step.to and not any(step.changes(name) for name in step.sources):
        yield f"{what} becomes itself"
    yield from _surface_problems(step, what)


def _surface_problems(step: MigrationStep, what: str) -> Iterator[str]:
    named: dict[str, str] = {}
    for label, surfaces in step.split.items():
        if not surfaces:
            yield f"{what} is split, and {label} takes no surface: use otherwise for the rest"
        for surface in map(same_surface, surfaces):
            if not surface:
                yield f"{what} is split, and {label} takes an empty surface"
            elif named.setdefault(surface, label) != label:
                yield f"{what} is split, and both {named[surface]} and {label} take {surface!r}"


def _target_problems(scheme: Scheme, number: int, step: MigrationStep) -> Iterator[str]:
    if step.kind == "option" and not _known(scheme, number, "choice", "", step.choice):
        yield f"the scheme has no choice {step.choice!r}"
        return
    for target in step.targets:
        if not _known(scheme, number, step.kind, step.choice, target):
            what = f"option {target!r} of {step.choice}" if step.kind == "option" else f"{step.kind} {target!r}"
            yield f"{', '.join(step.sources)} leads to the {what}, which the scheme does not have"


def _source_problems(scheme: Scheme, number: int, step: MigrationStep) -> Iterator[str]:
    if scheme.migrations[number].before is not None:
        return
    for name in step.sources:
        if step.changes(name) and stays(scheme, number, step, name):
            yield (f"the {step.kind} {name!r} is in use after it too: say with before when its new meaning begins")


def _doubled(migration: Migration) -> Iterator[str]:
    seen: set[tuple[str, str, str]] = set()
    for step in migration.steps:
        for name in step.sources:
            key = (step.kind, step.choice, name)
            if key in seen:
                yield f"the {step.kind} {name!r} stands in from twice"
            seen.add(key)


def _known(scheme: Scheme, number: int, kind: NameKind, choice: str, name: str) -> bool:
    """Say whether a name is in use after migration ``number``: in the scheme, or until a later migration."""
    for migration in scheme.migrations[number + 1 :]:
        if kind == "option":
            choice = next((s.to for s in migration.steps if s.kind == "choice" and choice in s.sources), choice)
        for step in migration.steps:
            if step.kind == kind and name in step.sources and (kind != "option" or step.choice == choice):
                return True
    if kind == "label":
        return name in scheme.label_by_name
    if kind == "relation":
        return name in scheme.relation_by_name
    if kind == "choice":
        return name in scheme.choice_by_name
    held = scheme.choice_by_name.get(choice)
    return held is not None and any(option.name == name for option in held.options)
