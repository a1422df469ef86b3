"""Times as news pages write them, brought to ISO 8601 with an offset.

A time without a zone is one of the zone that the caller names (the newsroom's). A day without a time stays a day:
midnight is not made up.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

__all__ = ["best_time", "day_of", "german_time", "iso_time"]

_ISO = re.compile(
    r"^\s*(?P<day>\d{4}-\d\d-\d\d)(?:[T\s]+(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?)?\s*$"
)
_COMPACT = re.compile(r"^\s*(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?)?\s*$")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar jänner jan jän",
            "februar feber feb",
            "märz maerz mär mrz",
            "april apr",
            "mai",
            "juni jun",
            "juli jul",
            "august aug",
            "september sep sept",
            "oktober okt",
            "november nov",
            "dezember dez",
        ),
        start=1,
    )
    for name in names.split()
}
_GERMAN = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})\.\s?(?:(?P<month>\d{1,2})\.|(?P<name>[A-Za-zäÄ]{3,9})\.?)\s?(?P<year>\d{4}|\d\d(?![\d:]))"
    r"(?:\D{0,12}?(?<!\d)(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)(?!\d|\.\d))?"
)


def iso_time(text: str | None, zone: str) -> str | None:
    """Bring a machine-readable time to ISO 8601 in ``zone``; None where it is none.

    >>> iso_time("2024-05-03T22:24:00.000Z", "Europe/Berlin"), iso_time("2023-04-28 18:11:01.0", "Europe/Berlin")
    ('2024-05-04T00:24:00+02:00', '2023-04-28T18:11:01+02:00')
    >>> iso_time("2025-10-20", "Europe/Berlin"), iso_time("gestern", "Europe/Berlin")
    ('2025-10-20', None)
    """
    if not text:
        return None
    compact = _COMPACT.match(text)
    if compact:
        year, month, day, hour, minute, second = compact.groups()
        text = f"{year}-{month}-{day}" + (f"T{hour}:{minute}:{second or '00'}" if hour else "")
    match = _ISO.match(text)
    if match is None:
        return german_time(text, zone)
    try:
        if match["hour"] is None:
            return date.fromisoformat(match["day"]).isoformat()
        moment = datetime.fromisoformat(f"{match['day']}T{match['hour']}:{match['minute']}:{match['second'] or '00'}")
        local = ZoneInfo(zone)
        if match["zone"] is None:
            if moment.hour == moment.minute == moment.second == 0:
                return match["day"]  # a day that a system filled up
            return moment.replace(tzinfo=local).isoformat()
        return moment.replace(tzinfo=_offset(match["zone"])).astimezone(local).isoformat()
    except (ValueError, OverflowError):
        return None


def german_time(text: str, zone: str) -> str | None:
    """Find the first day, and its time where one follows, in German words.

    >>> german_time("Veröffentlicht am 13. Mai 2026 um 15:44", "Europe/Berlin")
    '2026-05-13T15:44:00+02:00'
    >>> german_time("Do 25.04.24 | 14:07 Uhr", "Europe/Berlin"), german_time("20.10.2025", "Europe/Berlin")
    ('2024-04-25T14:07:00+02:00', '2025-10-20')
    """
    for match in _GERMAN.finditer(text):
        month = int(match["month"]) if match["month"] else _MONTHS.get((match["name"] or "").lower(), 0)
        year = int(match["year"]) + (2000 if len(match["year"]) == 2 else 0)
        try:
            if match["hour"] is None:
                return date(year, month, int(match["day"])).isoformat()
            moment = datetime(
                year, month, int(match["day"]), int(match["hour"]), int(match["minute"]), tzinfo=ZoneInfo(zone)
            )
        except ValueError:
            continue
        return moment.isoformat()
    return None


def best_time(stated: str | None, seen: str | None) -> str | None:
    """Choose between the time that the metadata state and the one on the page: a day gives way to its own time."""
    if stated is None or (seen is not None and "T" not in stated and "T" in seen and day_of(seen) == stated):
        return seen
    return stated


def day_of(time: str) -> str:
    """Give the day of an ISO 8601 time."""
    return time[:10]


def _offset(zone: str) -> timezone:
    if zone in ("Z", "UTC", "GMT"):
        return timezone.utc  # noqa: UP017 - beside timezone(...) below, one word for both
    digits = zone[1:].replace(":", "").ljust(4, "0")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-span if zone[0] == "-" else span)
