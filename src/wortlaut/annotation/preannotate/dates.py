"""Finds dates, days and times of the clock in German text. Offsets are code points, half open.

``am`` and ``im``, which hold the article, belong to the span (``am Freitag``); other prepositions do not
(ab ``Freitag``, um ``15.30 Uhr``).
"""

from __future__ import annotations

import re

__all__ = ["MONTHS", "WEEKDAYS", "find_dates"]

WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonnabend", "Sonntag")
MONTHS = (
    "Januar", "Jänner", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
    "Dezember",
)  # fmt: skip

_DAY = rf"(?:{'|'.join(WEEKDAYS)})"
_MONTH = rf"(?:{'|'.join(MONTHS)})"
_PART = "(?:früh|morgen|vormittag|mittag|nachmittag|abend|nacht)s?"
_PART_APART = r"(?:\s(?:früh|Morgen|Vormittag|Mittag|Nachmittag|Abend|Nacht))"
_YEAR = r"(?:1[5-9]|20)\d\d"
_DAY_OF_MONTH = r"(?:0?[1-9]|[12]\d|3[01])\."
_CALENDAR = rf"{_DAY_OF_MONTH}\s?{_MONTH}(?:\s{_YEAR})?"
_NUMERIC = rf"{_DAY_OF_MONTH}(?:0?[1-9]|1[0-2])\.(?:{_YEAR}|\d\d(?!\d))?"

_DATE = re.compile(
    rf"""(?<![\w-])(?:
    (?:[Aa]m\s)?(?:späten\s|frühen\s|kommenden\s|vergangenen\s|nächsten\s|letzten\s)?{_DAY}(?:{_PART}|{_PART_APART})?
        (?:,?\s(?:(?:dem|den|der)\s)?(?:{_CALENDAR}|{_NUMERIC}))?
    |(?:[Aa]m\s)?(?:{_CALENDAR}|{_NUMERIC})
    |(?:[Ii]m\s)?(?:(?:Anfang|Mitte|Ende)\s)?{_MONTH}\s{_YEAR}
    |[Ii]m\s{_MONTH}
    |(?:Anfang|Mitte|Ende)\s(?:{_MONTH}|{_YEAR})
    |(?:[Ii]m\s(?:Jahre?|Frühjahr|Frühling|Sommer|Herbst|Winter)\s){_YEAR}
    |[Aa]m\s(?:(?:kommenden|vergangenen|nächsten|letzten)\s)?(?:Wochenende|Vormittag|Nachmittag|Mittag|Abend|Morgen)
    |(?:(?<=[Dd]er\s)Nacht)\s(?:zum|zu|auf)\s{_DAY}
    |(?:[Gg]estern|[Vv]orgestern|[Üü]bermorgen|[Hh]eute(?={_PART_APART}))(?:{_PART_APART})?
    |(?:[01]?\d|2[0-4])(?:[.:][0-5]\d)?\sUhr
    )(?![\w-])""",
    re.VERBOSE,
)


def find_dates(text: str) -> tuple[tuple[int, int], ...]:
    """Give the places of the expressions of time, in the order of the text, none overlapping.

    >>> text = "Am Freitag, 23. Januar 2026, um 15.30 Uhr"
    >>> [text[start:end] for start, end in find_dates(text)]
    ['Am Freitag, 23. Januar 2026', '15.30 Uhr']
    """
    return tuple(match.span() for match in _DATE.finditer(text))
