"""Dates as sources write them, to ISO 8601: the one reader for pages, metadata and records.

Found in running text: ISO 8601, and German dates (``22.01.2026, 15:52 Uhr``, ``22. Januar 2026 | 15.52 Uhr``,
``Donnerstag, 22.1.26``). A value that is a date as a whole may also be RFC 2822 (feeds) or Unix time in seconds or
milliseconds. A time without a zone is one of the zone given; a day alone stays a day, and so does a midnight without a
zone in ISO 8601, which is a day that a system filled up.
"""

from __future__ import annotations

import contextlib
import re
from datetime import date, datetime, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from wortlaut.schema.errors import UsageError

__all__ = [
    "Dateline",
    "Moment",
    "best_time",
    "find_moments",
    "first_time",
    "iso_time",
    "local_time",
    "read_dateline",
    "zone",
]

_MONTHS = ("jan", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez")
_MONTH = (
    r"Jan(?:uar|\.)?|Jänner|Feb(?:ruar|r?\.)?|Feber|März|Mär(?:z|\.)|Mrz\.?|Apr(?:il|\.)?|Mai|Jun[i.]?|Jul[i.]?"
    r"|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Okt(?:ober|\.)?|Nov(?:ember|\.)?|Dez(?:ember|\.)?"
)
_TIME = (
    r"(?:(?:\s*[,|·•/–—-]\s*|\s+)(?:um\s+|gegen\s+)?"
    r"(?:(?P<hour>[01]?\d|2[0-4])[:.](?P<minute>[0-5]\d)(?:[:.](?P<second>[0-5]\d))?(?![\d.:]\d)(?:\s?(?:Uhr|h)\b)?"
    r"|(?P<full>[01]?\d|2[0-4])\s?Uhr\b))?"
)
_GERMAN = re.compile(
    r"(?<![\d.])(?P<day>\d{1,2})\.\s?(?:(?P<month>\d{1,2})\.\s?|(?P<name>" + _MONTH + r")\s+)"
    r"(?P<year>\d{4}|\d{2})(?![\d])" + _TIME,
    re.IGNORECASE,
)
_ISO = re.compile(
    r"(?<!\d)(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
    r"(?:[T ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?\s?(?P<zone>Z|[+-]\d\d:?\d\d)?)?(?!\d)"
)
_WEEKDAY = r"(?:Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonnabend|Sonntag|Mo|Di|Mi|Do|Fr|Sa|So)\.?"
_CHANGED = re.compile(r"\b(?:aktualisiert|update|geändert|überarbeitet|bearbeitet|modified|updated)\b", re.IGNORECASE)
# Words that may stand beside a date in a line that is nothing but a date.
_WORDS = re.compile(
    r"\b(?:veröffentlicht|publiziert|erschienen|erstellt|online|seit|stand|datum|aktualisiert|zuletzt|update|geändert|"
    r"überarbeitet|bearbeitet|published|updated|modified|vom|am|um|den|der|uhr|h|artikel|letzte|aktualisierung|"
    + _WEEKDAY
    + r")(?![\w])\.?",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"(?:(?:aktualisiert|veröffentlicht|stand)\s*:?\s*)?"
    r"(?:vor\s+(?:\d+|einer|einem|wenigen)\s+(?:Sekunden?|Minuten?|Min\.|Stunden?|Std\.|Tag(?:en)?|Wochen?|Monat(?:en)?)"
    r"|(?:heute|gestern|soeben)(?:\s*[,|]?\s*(?:um\s+)?\d{1,2}[:.]\d\d(?:\s?Uhr)?)?)",
    re.IGNORECASE,
)
_DAY = re.compile(r"(\d{4})(-?)(\d\d)\2(\d\d)(?:[T ]00:00(?::00(?:\.0+)?)?)?")
# Unix times: seconds from 1973 to 2286, milliseconds from 1973 on.
_SECONDS = range(100_000_000, 10_000_000_000)
_MILLISECONDS = range(100_000_000_000, 10_000_000_000_000)
_LONGEST_VALUE = 100


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """A date found at ``text[start:end]``; ``value`` is ISO 8601: with time and offset, or a plain date."""

    start: int
    end: int
    value: str


class Dateline(msgspec.Struct, frozen=True, kw_only=True):
    """What a line that is nothing but dates says. Both None: it speaks of a day it does not name (``heute``)."""

    published: str | None = None
    modified: str | None = None


def find_moments(text: str, timezone: str) -> tuple[Moment, ...]:
    """Find every date in ``text``, in its order. A time without a zone is one of ``timezone``.

    A date that is not in the calendar (31.02.) is left out. A time that the clock strikes twice in autumn is
    taken as the first. Raises UsageError for an unknown time zone.
    """
    local = zone(timezone)
    found = [_moment(match, local) for pattern in (_GERMAN, _ISO) for match in pattern.finditer(text)]
    return tuple(sorted((moment for moment in found if moment), key=lambda moment: moment.start))


def read_dateline(text: str, timezone: str) -> Dateline | None:
    """Read a line that is nothing but dates and the words beside them; None for any other line.

    >>> read_dateline("Donnerstag, 22.1.2026 | 15.52 Uhr", "Europe/Berlin")
    Dateline(published='2026-01-22T15:52:00+01:00', modified=None)
    >>> read_dateline("Am 22.01.2026 fiel die Entscheidung", "Europe/Berlin") is None
    True
    """
    if len(text) > 200:
        return None
    if _RELATIVE.fullmatch(text.strip()):
        return Dateline()
    moments = find_moments(text, timezone)
    if not moments:
        return None
    published = modified = None
    position, rest = 0, ""
    for moment in moments:
        before = text[position : moment.start]
        rest += before + " "
        position = moment.end
        if _CHANGED.search(before):
            modified = modified or moment.value
        else:
            published = published or moment.value
    rest += text[position:]
    if not _is_beside(rest):
        return None
    return Dateline(published=published, modified=modified)


def first_time(text: str, timezone: str) -> str | None:
    """Give the first date in a line, with its time of day where one follows; None where there is none.

    >>> first_time("Veröffentlicht am 13. Mai 2026 um 15:44", "Europe/Berlin")
    '2026-05-13T15:44:00+02:00'
    >>> first_time("Do 25.04.24 | 14:07 Uhr", "Europe/Berlin"), first_time("Stand: 20.10.2025", "Europe/Berlin")
    ('2024-04-25T14:07:00+02:00', '2025-10-20')
    """
    return next((moment.value for moment in find_moments(text, timezone)), None)


def iso_time(value: object, *, timezone: str) -> str | None:
    """Give a value that is a date as a whole as ISO 8601: to the second with its own offset, or ``YYYY-MM-DD``.

    None where it is no date that can be read. Raises UsageError for an unknown time zone.

    >>> iso_time("22.01.2026, 15:52 Uhr", timezone="Europe/Berlin")
    '2026-01-22T15:52:00+01:00'
    >>> iso_time("2025-10-20 00:00:00", timezone="Europe/Berlin"), iso_time("3. März 2026", timezone="Europe/Berlin")
    ('2025-10-20', '2026-03-03')
    """
    found = _read(value, timezone)
    return found.isoformat() if found else None


def local_time(value: object, *, timezone: str) -> str | None:
    """Give what iso_time gives, in ``timezone``: so its day is the newsroom's day.

    >>> local_time("2024-05-03T22:24:00.000Z", timezone="Europe/Berlin")
    '2024-05-04T00:24:00+02:00'
    """
    found = _read(value, timezone)
    if isinstance(found, datetime):
        with contextlib.suppress(OverflowError):  # the year 1 or 9999 at the edge of a zone
            found = found.astimezone(zone(timezone))
    return found.isoformat() if found else None


def best_time(stated: str | None, shown: str | None) -> str | None:
    """Choose between what metadata state and what the page shows: a day alone gives way to a time on that day."""
    if stated is None or (shown is not None and "T" not in stated and shown.startswith(f"{stated}T")):
        return shown
    return stated


def zone(name: str) -> tzinfo:
    """Give the time zone of an IANA name such as ``Europe/Berlin``. Raises UsageError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            f"there is no time zone {name!r}", where="timezone", hint="Take a name such as Europe/Berlin"
        ) from error


def _moment(match: re.Match[str], local: tzinfo) -> Moment | None:
    parts = match.groupdict()
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year += 2000 if year < 70 else 1900
    name = (parts.get("name") or "")[:3].casefold()
    month = _MONTHS.index({"mrz": "mär", "jän": "jan"}.get(name, name)) + 1 if name else int(parts["month"])
    hour, minute, second = parts["hour"] or parts.get("full"), parts["minute"] or "0", parts["second"] or "0"
    if not 1600 <= year <= 2200:
        return None
    try:
        day = date(year, month, int(parts["day"]))
        if hour is None or int(hour) == 24:
            return Moment(start=match.start(), end=match.end(), value=day.isoformat())
        written = parts.get("zone")
        tz = datetime.fromisoformat(f"2000-01-01T00:00:00{written}").tzinfo if written else local
        time = datetime(year, month, day.day, int(hour), int(minute), int(second), tzinfo=tz or local)
    except ValueError:
        return None
    return Moment(start=match.start(), end=match.end(), value=time.isoformat())


def _is_beside(text: str) -> bool:
    """Say whether a text holds no more than the words that may stand beside a date."""
    return not re.search(r"\w", _WORDS.sub(" ", text))


def _read(value: object, timezone: str) -> datetime | date | None:
    """Give a time with its zone, to the second, or a day."""
    local = zone(timezone)
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = _of_text(value.strip(), timezone) if isinstance(value, str) else _of_number(value, local)
    except (ValueError, OverflowError):
        return None
    if not isinstance(found, datetime):
        return found
    return found.replace(microsecond=0, tzinfo=found.tzinfo or local)


def _of_number(value: float, local: tzinfo) -> datetime | None:
    if int(value) in _SECONDS:
        return datetime.fromtimestamp(value, local)
    return datetime.fromtimestamp(value / 1000, local) if int(value) in _MILLISECONDS else None


def _of_text(text: str, timezone: str) -> datetime | date | None:
    if len(text) > _LONGEST_VALUE:
        return None
    day = _DAY.fullmatch(text)
    if day:
        return date(int(day[1]), int(day[3]), int(day[4]))
    if text[4:5] == "-":
        return datetime.fromisoformat(text)
    moments = find_moments(text, timezone)
    if len(moments) == 1 and _is_beside(f"{text[: moments[0].start]} {text[moments[0].end :]}"):
        value = moments[0].value
        return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    try:
        return parsedate_to_datetime(text)
    except (TypeError, IndexError):
        return None
