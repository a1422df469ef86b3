"""The migrations of a scheme as one chain: what a name in an annotation of some age has become.

A name that is gone for good after a version can only be an old one, whenever it was written: somebody's page still had
it. A name that stays or comes again is the old one where the annotation is older than the version (``before``). What
became another name by one migration was an old name, and goes through all later ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

import msgspec

from wortlaut.schema.migrations import MigrationStep, NameKind
from wortlaut.schema.migrations_check import stays
from wortlaut.schema.scheme import Scheme

__all__ = ["Chain"]

_Key = tuple[str, str, str]  # kind, choice (of an option, else ""), name


class _Rule(msgspec.Struct, frozen=True, gc=False):
    """One old name in one migration: what becomes of it in annotations that were last changed before ``until``."""

    step: MigrationStep
    until: float


class Chain:
    """The migrations of one scheme, prepared for look-ups."""

    def __init__(self, scheme: Scheme) -> None:
        self._links = [_rules(scheme, number) for number in range(len(scheme.migrations))]

    def old(self, kind: NameKind) -> frozenset[str]:
        """Give every name of a kind that any migration changes."""
        return frozenset(name for rules in self._links for what, _, name in rules if what == kind)

    def follow(self, kind: NameKind, name: str, time: float, surface: str = "") -> tuple[str, bool]:
        """Give the name that a label or relation has now, and whether a relation is turned round.

        The name is "" where a split does not say what it is on this surface.
        """
        is_old = turned = False
        for rules in self._links:
            rule = rules.get((kind, "", name))
            if rule is not None and (is_old or time < rule.until):
                name = rule.step.target(surface)
                turned ^= rule.step.reverse
                is_old = True
                if not name:
                    break
        return name, turned

    def follow_choice(self, name: str, options: list[str], time: float) -> tuple[str, list[str]]:
        """Give the name that a choice has now, and those of its options, in their order."""
        choice_is_old = False
        said = [(option, False) for option in options]
        for rules in self._links:
            rule = rules.get(("choice", "", name))
            if rule is not None and (choice_is_old or time < rule.until):
                name = rule.step.to
                choice_is_old = True
            for number, (option, is_old) in enumerate(said):
                rule = rules.get(("option", name, option))
                if rule is not None and (is_old or choice_is_old or time < rule.until):
                    said[number] = (rule.step.to, True)
        return name, [option for option, _ in said]


def _rules(scheme: Scheme, number: int) -> Mapping[_Key, _Rule]:
    migration = scheme.migrations[number]
    moment = migration.before.timestamp() if migration.before is not None else -inf
    rules: dict[_Key, _Rule] = {}
    for step in migration.steps:
        for name in step.sources:
            if step.changes(name):
                until = moment if stays(scheme, number, step, name) else inf
                rules[step.kind, step.choice, name] = _Rule(step, until)
    return rules
