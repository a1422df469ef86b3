"""Times on news pages, by wortlaut.corpus.dates and german_dates, with what a page's metadata add to these.

All times come out in the zone that the caller names (the newsroom's), so that their day is the reader's day.
"""

from __future__ import annotations

import re
from datetime import datetime

from wortlaut.corpus.dates import iso_time, zone
from wortlaut.corpus.german_dates import find_moments

__all__ = ["best_time", "shown_time", "stated_time"]

_MIDNIGHT = re.compile(r"^(\d{4}-\d\d-\d\d)[T ]00:00(?::00(?:\.0+)?)?$")
_COMPACT = re.compile(r"^(\d{4})(\d\d)(\d\d)$")


def stated_time(text: str | None, timezone: str) -> str | None:
    """Read a time from metadata; a midnight without a zone is a day that a system filled up.

    >>> stated_time("2024-05-03T22:24:00.000Z", "Europe/Berlin"), stated_time("2025-10-20 00:00:00", "Europe/Berlin")
    ('2024-05-04T00:24:00+02:00', '2025-10-20')
    >>> stated_time("gestern", "Europe/Berlin") is None
    True
    """
    text = (text or "").strip()
    if len(text) > 100:
        return None
    midnight, compact = _MIDNIGHT.match(text), _COMPACT.match(text)
    if midnight:
        text = midnight[1]
    elif compact:
        text = "-".join(compact.groups())
    found = iso_time(text, timezone=timezone) if text else None
    if found is None or "T" not in found:
        return found
    try:
        return datetime.fromisoformat(found).astimezone(zone(timezone)).isoformat()
    except OverflowError:  # the year 1 or 9999 at the edge of a zone
        return found


def shown_time(text: str, timezone: str) -> str | None:
    """Find the first day in a line of German, with its time of day where one follows.

    >>> shown_time("Veröffentlicht am 13. Mai 2026 um 15:44", "Europe/Berlin")
    '2026-05-13T15:44:00+02:00'
    >>> shown_time("Do 25.04.24 | 14:07 Uhr", "Europe/Berlin"), shown_time("Stand: 20.10.2025", "Europe/Berlin")
    ('2024-04-25T14:07:00+02:00', '2025-10-20')
    """
    return next((moment.value for moment in find_moments(text, timezone)), None)


def best_time(stated: str | None, shown: str | None) -> str | None:
    """Choose between what metadata state and what the page shows: a day alone gives way to a time on that day."""
    if stated is None or (shown is not None and "T" not in stated and shown.startswith(f"{stated}T")):
        return shown
    return stated
