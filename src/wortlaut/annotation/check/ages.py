"""When a layer was made and last changed, as numbers that can be compared whatever wrote them.

Label Studio writes ISO 8601 (with or without fractions of a second, in UTC), versions before 1.0 seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from wortlaut.schema.document import Document

__all__ = ["Age", "changed", "made", "newest", "seconds"]

Item = TypeVar("Item")
Owner = TypeVar("Owner", bound=Hashable)

Age = tuple[float, int, str]
"""Seconds since 1970 in UTC (minus infinity where no time is known), the annotation's id as a number and as text."""


def made(layer: Document) -> Age:
    """Give the age by the time the layer was made; layers without a time are the oldest, the id decides ties."""
    return _age(layer, layer.provenance.created_at)


def changed(layer: Document) -> Age:
    """Give the age by the time the layer was last changed, or made where that is not known."""
    return _age(layer, layer.provenance.updated_at or layer.provenance.created_at)


def newest(
    items: Iterable[Item], owner: Callable[[Item], Owner], weight: Callable[[Item], tuple[Any, ...]]
) -> dict[Owner, Item]:
    """Give the item of the greatest weight of each owner; of equal ones the first.

    >>> newest([("anna", 1), ("otto", 2), ("anna", 3)], lambda item: item[0], lambda item: item[1:])
    {'anna': ('anna', 3), 'otto': ('otto', 2)}
    """
    found: dict[Owner, Item] = {}
    for item in items:
        whose = owner(item)
        if whose not in found or weight(found[whose]) < weight(item):
            found[whose] = item
    return found


def _age(layer: Document, written: str | None) -> Age:
    number = "" if layer.provenance.annotation_id is None else str(layer.provenance.annotation_id)
    return (seconds(written), int(number) if number.isascii() and number.isdigit() else -1, number)


def seconds(written: str | None) -> float:
    """Give a time as seconds since 1970 in UTC; minus infinity where none is known or it cannot be read."""
    text = written or ""
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return float("-inf")
    # A time without a zone is UTC: Label Studio means it so.
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
