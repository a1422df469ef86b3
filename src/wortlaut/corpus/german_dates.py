"""Dates as German pages print them, turned into ISO 8601 with the offset of the page's time zone.

Read: ``22.01.2026, 15:52 Uhr``, ``22. Januar 2026 | 15.52 Uhr``, ``Donnerstag, 22.1.26``, ``2026-01-22T15:52+01:00``.
"""

from __future__ import annotations

import re
from datetime import date, datetime, tzinfo

import msgspec

from wortlaut.corpus.dates import zone

__all__ = ["Dateline", "Moment", "find_moments", "read_dateline"]

_MONTHS = ("jan", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez")
_MONTH = (
    r"Jan(?:uar|\.)?|Jänner|Feb(?:ruar|r?\.)?|Feber|März|Mär(?:z|\.)|Mrz\.?|Apr(?:il|\.)?|Mai|Jun[i.]?|Jul[i.]?"
    r"|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Okt(?:ober|\.)?|Nov(?:ember|\.)?|Dez(?:ember|\.)?"
)
_TIME = (
    r"(?:(?:\s*[,|·•/–—-]\s*|\s+)(?:um\s+|gegen\s+)?"
    r"(?:(?P<hour>[01]?\d|2[0-4])[:.](?P<minute>[0-5]\d)(?:[:.][0-5]\d)?(?![\d.:]\d)(?:\s?(?:Uhr|h)\b)?"
    r"|(?P<full>[01]?\d|2[0-4])\s?Uhr\b))?"
)
_GERMAN = re.compile(
    r"(?<![\d.])(?P<day>\d{1,2})\.\s?(?:(?P<month>\d{1,2})\.\s?|(?P<name>" + _MONTH + r")\s+)"
    r"(?P<year>\d{4}|\d{2})(?![\d])" + _TIME,
    re.IGNORECASE,
)
_ISO = re.compile(
    r"(?<!\d)(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
    r"(?:[T ](?P<hour>\d\d):(?P<minute>\d\d)(?::\d\d(?:\.\d+)?)?\s?(?P<zone>Z|[+-]\d\d:?\d\d)?)?(?!\d)"
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
    if re.search(r"\w", _WORDS.sub(" ", rest)):
        return None
    return Dateline(published=published, modified=modified)


def _moment(match: re.Match[str], local: tzinfo) -> Moment | None:
    parts = match.groupdict()
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year += 2000 if year < 70 else 1900
    name = (parts.get("name") or "")[:3].casefold()
    month = _MONTHS.index({"mrz": "mär", "jän": "jan"}.get(name, name)) + 1 if name else int(parts["month"])
    hour, minute = parts["hour"] or parts.get("full"), parts["minute"] or "0"
    if not 1600 <= year <= 2200:
        return None
    try:
        day = date(year, month, int(parts["day"]))
        if hour is None or int(hour) == 24:
            return Moment(start=match.start(), end=match.end(), value=day.isoformat())
        written = parts.get("zone")
        tz = datetime.fromisoformat(f"2000-01-01T00:00:00{written}").tzinfo if written else local
        time = datetime(year, month, day.day, int(hour), int(minute), tzinfo=tz or local)
    except ValueError:
        return None
    return Moment(start=match.start(), end=match.end(), value=time.isoformat())
