"""Version numbers of a dataset: semantic versioning 2.0.0, applied to data.

A step says how much a new version asks of those who use the old one: ``major`` (what they read has another form, or
something is gone), ``minor`` (more of the same), ``patch`` (corrections). While a dataset is at 0.y.z, where semantic
versioning promises nothing, y carries both ``major`` and ``minor``: 0.2.0 after 0.1.4.
Source: https://semver.org/spec/v2.0.0.html
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import msgspec

from wortlaut.export.manifest import MANIFEST
from wortlaut.schema.errors import UsageError

__all__ = ["FIRST", "STEPS", "Step", "Version", "parse_version", "versions_in"]

Step = Literal["major", "minor", "patch"]
STEPS: tuple[Step, ...] = ("major", "minor", "patch")
_FORM = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)


class Version(msgspec.Struct, frozen=True, order=True):
    """A version number; they compare by their parts."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def after(self, step: Step) -> Version:
        """Give the smallest version that may follow this one with such a step.

        >>> [str(Version(1, 4, 2).after(step)) for step in STEPS], str(Version(0, 4, 2).after("major"))
        (['2.0.0', '1.5.0', '1.4.3'], '0.5.0')
        """
        if step == "patch":
            return Version(self.major, self.minor, self.patch + 1)
        if step == "minor" or self.major == 0:
            return Version(self.major, self.minor + 1, 0)
        return Version(self.major + 1, 0, 0)


FIRST = Version(0, 1, 0)
"""The version that is proposed where there is none yet."""


def parse_version(text: str, *, where: str = "--version") -> Version:
    """Read a version. Raises UsageError for anything else.

    >>> parse_version("1.0.2")
    Version(major=1, minor=0, patch=2)
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise UsageError(f"{text!r} is not a version", where=where, hint="Give MAJOR.MINOR.PATCH, such as 0.1.0")
    return Version(*map(int, found.groups()))


def versions_in(folder: Path) -> list[Version]:
    """Give the versions that stand in a dataset's folder of releases, ascending; what has no manifest is none."""
    if not folder.is_dir():
        return []
    names = [path.name for path in folder.iterdir() if path.name.startswith("v") and (path / MANIFEST).is_file()]
    return sorted(parse_version(name[1:]) for name in names if _FORM.fullmatch(name[1:]))
