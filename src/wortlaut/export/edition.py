"""Which version a build is: compared with the one before it, and refused where its number is too small."""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from wortlaut.export.changelog import changelog, entries_of
from wortlaut.export.diff.compare import Comparison
from wortlaut.export.diff.records import Summary
from wortlaut.export.manifest import MANIFEST, read_manifest
from wortlaut.export.release import Release, open_release
from wortlaut.schema.errors import InputError, UsageError
from wortlaut.schema.version import FIRST, Step, Version, parse_version, version_folders

__all__ = ["Edition", "Shelf", "today"]


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a dataset, and what its files say of that.

    ``released`` is an ISO date, ``previous`` the version that it was compared with. ``step`` and ``reasons`` are how it
    differs from that one; ``changelog`` is the text of CHANGELOG.md. ``again``: this version is there already.
    """

    version: str
    released: str
    previous: str | None = None
    step: Step | None = None
    reasons: tuple[str, ...] = ()
    changelog: str = ""
    again: bool = False


class Shelf:
    """The versions of one dataset that stand in a folder, and which may come next.

    ``wanted`` is the number that somebody asked for, None for the one that fits. ``previous`` is a release elsewhere
    that stands for the newest one. Raises UsageError for a number that cannot be, InputError where a release that is
    needed is not whole.
    """

    def __init__(
        self, folder: Path, wanted: str | None, *, previous: Path | None = None, force: bool = False, day: str
    ) -> None:
        self.folder, self._day, self._force = folder, day, force
        self.wanted = None if wanted is None else parse_version(wanted)
        # What has no manifest is no version.
        self._there = [one for one, path in version_folders(folder).items() if (path / MANIFEST).is_file()]
        self.base = self._base(previous)
        self._summary: Summary | None = None
        self._refuse_early()

    def path(self, version: str | Version) -> Path:
        """Give where a version stands."""
        return self.folder / f"v{version}"

    def edition(self, built: Release) -> Edition:
        """Give the version of what was just built: the one asked for, or the one that fits. Raises UsageError."""
        if self.wanted is not None and self.wanted in self._there:
            path = self.path(self.wanted)
            if not self._force:
                return self._again(Release(path, read_manifest(path)))
            kept = self._kept(path, built)
            if kept is not None:
                return kept
        if self.base is None:
            return self._made(self.wanted or FIRST, built, None)
        summary = self._summary = Comparison(self.base, built).run()
        if summary.step is None and self.wanted is None:
            return self._again(self.base)
        return self._after(self.base, summary, built)

    def _kept(self, path: Path, built: Release) -> Edition | None:
        """Give the edition of a version that is built anew and holds the same data; None where it holds other data.

        Others may have been made from a version that newer ones follow: it is not given other data. Raises UsageError.
        """
        with contextlib.suppress(InputError):
            there = Release(path, read_manifest(path))
            if there.manifest.content_sha256 == built.manifest.content_sha256:
                return msgspec.structs.replace(self._again(there), again=False)
        if self.wanted is not None and self.wanted < self._there[-1]:
            raise UsageError(
                f"version {self.wanted} would hold other data than it had, and {self._there[-1]} follows it",
                where=str(path),
                hint="Fetch it again from where it was published, or remove it; leave --version out for the next one",
            )
        return None

    def correction(self, built: Release, files: list[str]) -> Edition:
        """Give the version for what holds the same data as the one before but says something else in ``files``."""
        summary = self._summary
        if self.base is None or summary is None:
            raise ValueError("there is no version to correct")
        # Both were compared for the edition already, which takes as long as reading both.
        summary.step, summary.reasons = "patch", [f"the data are the same; other files: {', '.join(files)}"]
        return self._after(self.base, summary, built)

    def _base(self, previous: Path | None) -> Release | None:
        if previous is not None:
            found = open_release(previous)
            if found.manifest.name != self.folder.name:
                raise UsageError(
                    f"is a release of {found.manifest.name}, not of {self.folder.name}",
                    where="--previous",
                    hint="Name a release of the same dataset; --name says what this one is called",
                )
            return found
        below = [one for one in self._there if self.wanted is None or one < self.wanted]
        return open_release(self.path(below[-1])) if below else None

    def _refuse_early(self) -> None:
        """Refuse, before hours of work, what can be seen without it."""
        wanted = self.wanted
        if wanted is None or wanted in self._there:
            return
        self._refuse_to_replace(wanted)
        if self._there and wanted < self._there[-1] and self.base is None:
            raise UsageError(
                f"version {wanted} is too small: {self._there[-1]} is there already",
                where=str(self.folder),
                hint="Leave --version out, and the number that fits is taken",
            )

    def _refuse_to_replace(self, version: Version) -> None:
        """Refuse to put a release in the place of what is none: it may be somebody's."""
        path = self.path(version)
        if path.exists() and version not in self._there and not self._force:
            raise InputError(
                "stands there and is no whole release: it has no manifest.json",
                where=str(path),
                hint="Look at it, then remove it, or say --force to replace it",
            )

    def _again(self, there: Release) -> Edition:
        """Give the edition that stands there, so that what is built anew says the same."""
        manifest = there.manifest
        older = there.path / "CHANGELOG.md"
        return Edition(
            version=manifest.version,
            released=manifest.released,
            previous=manifest.previous,
            changelog=older.read_text(encoding="utf-8") if older.is_file() else "",
            again=True,
        )

    def _after(self, base: Release, summary: Summary, built: Release) -> Edition:
        old = parse_version(base.manifest.version)
        least = old.after(summary.step or "patch")
        if self.wanted is not None and self.wanted < least:
            step = (summary.step or "patch").upper()
            raise UsageError(
                f"version {self.wanted} is too small: since {old} {'; '.join(summary.reasons)}, which is {step}",
                where=str(self.folder),
                hint=f"Give --version {least} or a higher one, or leave it out",
            )
        if self._there and (self.wanted or least) < self._there[-1] and not self._force:
            raise UsageError(
                f"version {self.wanted or least} is too small: {self._there[-1]} is there already",
                where=str(self.folder),
                hint="Leave --version out, and the number that fits is taken",
            )
        return self._made(self.wanted or least, built, (base, summary))

    def _made(self, version: Version, built: Release, since: tuple[Release, Summary] | None) -> Edition:
        self._refuse_to_replace(version)
        base, summary = since or (None, None)
        text = changelog(
            name=built.manifest.name,
            version=str(version),
            released=self._day,
            summary=summary,
            documents=built.manifest.configs["documents"].rows,
            older=entries_of(base.path) if base else "",
        )
        return Edition(
            version=str(version),
            released=self._day,
            previous=base.manifest.version if base else None,
            step=summary.step if summary else None,
            reasons=tuple(summary.reasons) if summary else (),
            changelog=text,
        )


def today() -> str:
    """Give the day of a build: that of SOURCE_DATE_EPOCH where it is set (a build can be repeated), else today (UTC).

    Source: https://reproducible-builds.org/specs/source-date-epoch/. Raises UsageError where it is no number.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if not given:
        return datetime.now(UTC).date().isoformat()
    wrong = UsageError(f"SOURCE_DATE_EPOCH = {given!r} is no time", hint="Give seconds since 1970")
    if not given.isdecimal():
        raise wrong
    try:
        return datetime.fromtimestamp(int(given), UTC).date().isoformat()
    except (ValueError, OverflowError, OSError) as error:
        raise wrong from error
