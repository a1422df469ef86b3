"""What the names of an older scheme became in a newer one."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from wortlaut.export.diff.pairs import Rename

__all__ = ["OptionRename", "Renames"]

OptionRename = Callable[[str, str], tuple[str, ...]]
"""Gives, of a choice and its option by their older names, the names that the option may have become."""


class Renames(msgspec.Struct, frozen=True, kw_only=True):
    """What names of the older scheme became, and which relations say the same both ways.

    ``status`` is the older name of the choice that says where a quote's speaker stands.
    """

    label: Rename
    relation: Rename
    choice: Rename
    option: OptionRename
    status: str
    symmetric: frozenset[str]
