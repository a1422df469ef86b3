"""Times as sources write them, to ISO 8601: one reader for metadata and records.

Reads ISO 8601 in its usual forms, RFC 2822 (feeds), German dates ("22.01.2026, 15:52 Uhr", "3. März 2026") and
Unix times in seconds or milliseconds. A time without a zone is taken in the zone given; a day alone stays a day.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wortlaut.schema.errors import UsageError

__all__ = ["iso_time", "zone"]

_MONTHS = {
    month: number
    for number, names in enumerate(
        (
            "januar jänner jan", "februar feber feb", "märz maerz mär mrz", "april apr", "mai", "juni jun",
            "juli jul", "august aug", "september sept sep", "oktober okt", "november nov", "dezember dez",
        ),
        start=1,
    )
    for month in names.split()
}  # fmt: skip
_GERMAN = re.compile(
    r"(?:[A-Za-z]{2,10},?\s+)?(?:den\s+)?(\d{1,2})\.\s*(?:(\d{1,2})\.|([A-Za-zä]+)\.?)\s*(\d{4})"
    r"(?:\s*(?:,|[-–|])?\s*(?:um\s+)?(\d{1,2})[:.](\d{2})(?::(\d{2}))?(?:\s*Uhr)?)?"
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# Unix times: seconds from 1973 to 2286, milliseconds from 1973 on.
_SECONDS = range(100_000_000, 10_000_000_000)
_MILLISECONDS = range(100_000_000_000, 10_000_000_000_000)


def zone(name: str) -> tzinfo:
    """Give the time zone of an IANA name such as ``Europe/Berlin``. Raises UsageError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            f"there is no time zone {name!r}", where="timezone", hint="Take a name such as Europe/Berlin"
        ) from error


def iso_time(value: object, *, timezone: str) -> str | None:
    """Give a time as ISO 8601 to the second with its offset, a day alone as ``YYYY-MM-DD``; None where unreadable.

    >>> iso_time("22.01.2026, 15:52 Uhr", timezone="Europe/Berlin")
    '2026-01-22T15:52:00+01:00'
    >>> iso_time("3. März 2026", timezone="Europe/Berlin")
    '2026-03-03'
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = _number(value) if isinstance(value, (int, float)) else _text(value.strip())
    except (ValueError, OverflowError):
        return None
    if found is None:
        return None
    if not isinstance(found, datetime):
        return found.isoformat()
    local = zone(timezone)
    if isinstance(value, (int, float)):
        found = found.astimezone(local)
    elif found.tzinfo is None:
        found = found.replace(tzinfo=local)
    return found.replace(microsecond=0).isoformat()


def _number(value: float) -> datetime | None:
    if int(value) in _SECONDS:
        return datetime.fromtimestamp(value, UTC)
    return datetime.fromtimestamp(value / 1000, UTC) if int(value) in _MILLISECONDS else None


def _text(text: str) -> datetime | date | None:
    if _DAY.fullmatch(text):
        return date.fromisoformat(text)
    german = _GERMAN.fullmatch(text)
    if german:
        day, month, name, year, hour, minute, second = german.groups()
        number = int(month) if month else _MONTHS.get(name.lower(), 0)
        if hour is None:
            return date(int(year), number, int(day))
        return datetime(int(year), number, int(day), int(hour), int(minute), int(second or 0))  # noqa: DTZ001 - set by the caller
    try:
        return datetime.fromisoformat(text) if text[4:5] == "-" else parsedate_to_datetime(text)
    except (TypeError, IndexError):
        return None
