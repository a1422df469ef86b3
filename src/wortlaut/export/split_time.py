"""Splits by time: the days from which on articles are for validation and for test, and which side a day is on."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from wortlaut.export.markdown import counted
from wortlaut.export.split_policy import SPLITS, SplitPolicy
from wortlaut.schema.errors import UsageError

__all__ = ["dated_split", "with_days"]


def with_days(policy: SplitPolicy, days: Any) -> tuple[SplitPolicy, list[str]]:
    """Give the policy with the days that it lacks, and what is to be said about it.

    ``days`` are those of the articles as proleptic ordinals, 0 for none. A day that is missing is the one before which
    the share of articles comes nearest to what the fractions ask for; articles of one day stay together. Where there
    are too few days a split stays empty, and its day "". Raises UsageError where the test begins before the validation.
    """
    import numpy as np

    dated, counts = np.unique(days[days > 0], return_counts=True)
    before = np.concatenate([[0], np.cumsum(counts)])  # how many articles lie before each day
    validation, test = _ordinal(policy.validation_from), _ordinal(policy.test_from)
    if validation and test and validation > test:
        raise UsageError(
            f"test_from = {policy.test_from} lies before validation_from = {policy.validation_from}",
            where="[release.splits]",
            hint="The test is the last stretch of time",
        )
    total = int(before[-1])
    if not validation and policy.validation > 0:
        # A day for the test is left behind it, unless that has one of its own.
        last = len(dated) - 1 if policy.test > 0 and not test else len(dated)
        end = test or 1 << 60
        choice = [place for place in range(1, last) if dated[place] < end]
        validation = _nearest(dated, before, choice, policy.train * total)
    if not test and policy.test > 0:
        choice = [place for place in range(1, len(dated)) if dated[place] > validation]
        test = _nearest(dated, before, choice, (policy.train + policy.validation) * total)
    notes = []
    lacking = [name for name, day, share in _asked(policy, validation, test) if share > 0 and not day]
    if lacking:
        days_there = counted(len(dated), "day")
        notes.append(f"too few for the {' and the '.join(lacking)}: {days_there} with articles that are dated")
    return (
        msgspec.structs.replace(policy, validation_from=_iso(validation), test_from=_iso(test)),
        notes,
    )


def dated_split(policy: SplitPolicy, days: Any) -> Any:
    """Give the split of each day as its place in SPLITS; what has no day is for training."""
    import numpy as np

    codes = np.zeros(len(days), dtype=np.int64)
    for name in ("validation", "test"):
        first = _ordinal(getattr(policy, f"{name}_from"))
        if first:
            codes[days >= first] = SPLITS.index(name)
    return codes


def _asked(policy: SplitPolicy, validation: int, test: int) -> tuple[tuple[str, int, float], ...]:
    return (("validation", validation, policy.validation), ("test", test, policy.test))


def _nearest(dated: Any, before: Any, choice: list[int], wanted: float) -> int:
    """Give the day, of some, before which there are most nearly as many articles as wanted; 0 where there is none."""
    if not choice:
        return 0
    return int(dated[min(choice, key=lambda place: (abs(int(before[place]) - wanted), place))])


def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal() if day else 0


def _iso(day: int) -> str:
    return date.fromordinal(day).isoformat() if day else ""
