"""Which findings are reported: codes, or the first characters of codes, to select and to ignore."""

from __future__ import annotations

from collections.abc import Iterable

from wortlaut.schema.errors import UsageError
from wortlaut.schema.rules import RULES, did_you_mean

__all__ = ["Selection"]


class Selection:
    """A choice of codes. Where a code is both selected and ignored, the longer prefix decides, and a tie ignores.

    >>> chosen = Selection(select=["WL3"], ignore=["WL307"])
    >>> chosen.shows("WL306"), chosen.shows("WL307"), chosen.shows("WL401")
    (True, False, False)
    """

    def __init__(self, *, select: Iterable[str] = (), ignore: Iterable[str] = ()) -> None:
        """Take prefixes, several also as one text with commas. Raises UsageError for one that no code starts with."""
        self._select = _prefixes(select, "--select")
        self._ignore = _prefixes(ignore, "--ignore")
        self._known = {code: self._decide(code) for code in RULES}

    def shows(self, code: str) -> bool:
        """Say whether findings of this code are reported."""
        return self._known[code]

    def _decide(self, code: str) -> bool:
        selected = _longest(code, self._select) if self._select else 0
        return selected > _longest(code, self._ignore)


def _longest(code: str, prefixes: tuple[str, ...]) -> int:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=-1)


def _prefixes(given: Iterable[str], option: str) -> tuple[str, ...]:
    prefixes = tuple(part.strip().upper() for text in given for part in text.split(",") if part.strip())
    for prefix in prefixes:
        if not any(code.startswith(prefix) for code in RULES):
            raise UsageError(
                f"no code starts with {prefix!r}.{did_you_mean(prefix, RULES)}",
                where=option,
                hint="wortlaut rule lists them",
            )
    return prefixes
