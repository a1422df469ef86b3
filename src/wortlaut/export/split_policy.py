"""How the articles of a release come to their splits: it stands in the manifest and binds the next release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeVar

import msgspec

from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import SplitSettings

__all__ = ["SPLITS", "SplitBy", "SplitPolicy", "in_order", "kept_policy", "policy_of"]

SplitBy = Literal["cluster", "time", "publisher", "none"]
T = TypeVar("T")
SPLITS = ("train", "validation", "test")


class SplitPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How articles come to a split: by what, with which fractions.

    ``validation_from`` and ``test_from`` are the first days (ISO dates) of these splits where ``by`` is ``time``, else
    "". A release has no articles of a split whose first day is "" there.
    """

    by: SplitBy
    train: float = 0.8
    validation: float = 0.1
    test: float = 0.1
    validation_from: str = ""
    test_from: str = ""

    @property
    def fractions(self) -> tuple[float, float, float]:
        """The shares of train, validation and test."""
        return (self.train, self.validation, self.test)


def in_order(by_split: Mapping[str, T]) -> list[tuple[str, T]]:
    """Give what stands under the names of splits in the order train, validation, test, then others by name."""
    return sorted(by_split.items(), key=lambda item: (SPLITS.index(item[0]) if item[0] in SPLITS else 9, item[0]))


def policy_of(settings: SplitSettings) -> SplitPolicy:
    """Give the policy that settings ask for; days count only where they split by time."""
    policy = SplitPolicy(**{name: getattr(settings, name) for name in SplitPolicy.__struct_fields__})
    if policy.by != "time":
        return msgspec.structs.replace(policy, validation_from="", test_from="")
    return policy


def kept_policy(wanted: SplitPolicy, earlier: SplitPolicy | None, version: str) -> SplitPolicy:
    """Give the policy to build with where an earlier release has one: days that nobody asks for are its own.

    Raises UsageError where articles would come to their splits in another way than before. Other fractions may be
    asked for: they hold for new articles.
    """
    if earlier is None:
        return wanted
    hint = f"Set it back, or say --resplit: articles then change their splits, which is a MAJOR change from {version}"
    if wanted.by != earlier.by:
        raise UsageError(
            f"splits by {wanted.by!r} are asked for, but version {version} was split by {earlier.by!r}",
            where="[release.splits] by, or --split-by",
            hint=hint,
        )
    for name in ("validation_from", "test_from"):
        asked, had = getattr(wanted, name), getattr(earlier, name)
        if asked and had and asked != had:
            raise UsageError(
                f"is {asked}, but version {version} has {had}", where=f"[release.splits] {name}", hint=hint
            )
        if had:
            wanted = msgspec.structs.replace(wanted, **{name: had})
    return wanted
