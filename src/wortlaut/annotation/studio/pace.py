"""How fast a project is annotated, and when that ends if it goes on like this."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Sequence

import msgspec

__all__ = ["DAYS", "Done", "Pace", "pace"]

DAYS = 7
"""Days looked back: a whole week, so that week-ends count as often as they come."""

_LEAST = 10
_LEAST_HOURS = 24.0


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """One submitted annotation: when, and the seconds that its annotator had the article open, where that is known."""

    at: dt.datetime
    seconds: float | None = None


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """The speed of the last days. What cannot be told yet, or has nothing left to be told of, is None.

    ``per_day`` is annotations a day of the calendar, over ``days`` of them; ``per_hour`` is annotations an hour that
    articles were open (the median, so that one left open over night does not count for much). ``how`` tells in words
    where the end comes from, or why there is none. Of a few annotations, or of less than a day, no speed is told.
    """

    done: int
    days: float
    per_day: float | None
    per_hour: float | None
    hours_left: float | None
    end: dt.date | None
    how: str


def pace(done: Sequence[Done], remaining: int, now: dt.datetime) -> Pace:
    """Work out the speed of the last week, and from it when ``remaining`` annotations more are there.

    >>> now = dt.datetime(2026, 3, 9, 18, tzinfo=dt.UTC)
    >>> week = [Done(at=now - dt.timedelta(days=6 - n / 10), seconds=600) for n in range(60)]
    >>> found = pace(week, 20, now)
    >>> found.per_day, found.per_hour, found.end.isoformat(), found.how
    (10.0, 6.0, '2026-03-11', '20 remain, 60 in the last 6 days')
    """
    since = now - dt.timedelta(days=DAYS)
    recent = [one for one in done if one.at > since]
    first = min((one.at for one in done), default=now)
    days = min((now - first).total_seconds() / 86_400, float(DAYS))
    early = len(recent) < _LEAST or days * 24 < _LEAST_HOURS
    times = [one.seconds for one in recent if one.seconds]
    per_hour = 3600 / statistics.median(times) if times and not early else None
    hours_left = remaining / per_hour if per_hour and remaining else None
    per_day = None if early else len(recent) / days
    end = None
    if not remaining:
        how = "all is done" if done else "there is nothing to annotate"
    elif not done:
        how = "nothing is annotated yet"
    elif not recent:
        how = f"nothing was annotated in the last {DAYS} days"
    elif per_day is None:
        how = f"too early to tell: it takes {_LEAST} annotations over a day or more, of the last {DAYS} days"
    else:
        end = (now + dt.timedelta(days=remaining / per_day)).date()
        how = f"{remaining:,} remain, {len(recent):,} in the last {_days(days)}"
    return Pace(
        done=len(recent), days=days, per_day=per_day, per_hour=per_hour, hours_left=hours_left, end=end, how=how
    )


def _days(days: float) -> str:
    shown = f"{days:.1f}".removesuffix(".0")
    return "day" if shown == "1" else f"{shown} days"
