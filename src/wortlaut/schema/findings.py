"""The registry of findings: every stable code that the toolkit reports, and the record of one report.

A code never changes its meaning and is never used again for another. The hundreds digit is the category.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

__all__ = ["CATEGORIES", "Finding", "Level", "RegionCounts", "Rule"]

Level = Literal["error", "warning", "info"]

CATEGORIES: Mapping[str, str] = MappingProxyType(
    {
        "1": "file",
        "2": "schema",
        "3": "offsets",
        "4": "labels",
        "5": "relations",
        "6": "quotes",
        "7": "annotations",
        "8": "articles",
    }
)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the registry.

    ``title`` is the finding in a few words, ``text`` explains it, ``hint`` says what to do next, ``fixable``
    whether ``check --fix`` can mend it because there is only one right answer. ``refuses``: the whole file is
    refused with this code, nothing in it is checked.
    """

    code: str
    level: Level
    title: str
    text: str
    hint: str
    fixable: bool = False
    refuses: bool = False

    @property
    def category(self) -> str:
        """The category that the code's first digit names."""
        return CATEGORIES[self.code[2]]


class Finding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One report of one rule at one place.

    ``place`` is ``file::$[12].annotations[0].result[5]``. ``excerpt`` shows the text around the span with the
    span between ``[`` and ``]``, one line. ``hint`` is empty where the rule's own hint says enough.
    ``regions`` is how many entries of ``result`` this finding takes out of what is passed on; 0 for a finding
    that only tells. Over a file: regions in = regions kept + the sum of ``regions``.
    """

    code: str
    level: Level
    place: str
    message: str
    task_id: str = ""
    excerpt: str = ""
    hint: str = ""
    regions: int = 0


class RegionCounts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How many entries of ``result`` came in, and how many were kept (spans, relations and attributes)."""

    seen: int = 0
    kept: int = 0

    def __add__(self, other: RegionCounts) -> RegionCounts:
        return RegionCounts(seen=self.seen + other.seen, kept=self.kept + other.kept)
