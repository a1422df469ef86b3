"""``build``: exports through the checker into a release, with an account of what the check came to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from wortlaut.annotation.check.checker import Checker
from wortlaut.annotation.check.merge import MergedExports, merge_exports
from wortlaut.annotation.check.select import Selection
from wortlaut.annotation.check.summary import Summary, Tally
from wortlaut.export.build import BuildReport, build, schema_files
from wortlaut.export.layers import Prefer
from wortlaut.export.manifest import CheckEntry
from wortlaut.export.settings import release_settings
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import Settings

__all__ = ["Built", "build_exports"]


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """What was built, what the check came to, and how many articles of the corpus stand in no export."""

    report: BuildReport
    checked: Summary
    without_task: int


def build_exports(
    files: Sequence[str],
    checker: Checker,
    *,
    scheme_path: Path,
    settings: Settings,
    out: Path,
    version: str | None = None,
    previous: Path | None = None,
    name: str | None = None,
    prefer: Prefer = "gold",
    ledger: Path | None = None,
    force: bool = False,
    on_bytes: Callable[[int], None] = lambda _: None,
    on_article: Callable[[], None] = lambda: None,
) -> Built:
    """Check exports and build the release ``out/NAME/vVERSION`` from what holds.

    ``scheme_path`` is the file of the checker's scheme. ``name`` is the project's where it is None. ``on_bytes`` is
    told how many bytes of the exports were read, ``on_article`` called for each article. Raises as ``build`` does,
    and UsageError where of all regions none holds.
    """
    tally = Tally(Selection())
    with merge_exports(files, checker, on_bytes) as merged:
        report = build(
            _counted(merged, tally),
            scheme=checker.scheme,
            out=out,
            name=name or settings.name,
            version=version,
            previous=previous,
            settings=release_settings(settings),
            prefer=prefer,
            ledger=ledger,
            notes=settings.release.notes,
            schema_files=schema_files(scheme_path),
            force=force,
            on_article=on_article,
            checked=lambda: _entry(tally.summary()),
        )
        return Built(report=report, checked=tally.summary(), without_task=merged.without_task())


def _counted(merged: MergedExports, tally: Tally) -> Iterator[CheckedTask]:
    """Pass the tasks on, counting them; refuse to build where of all regions none holds."""
    tally.start("all exports")
    for task in merged:
        tally.task(task)
        for found in task.findings:
            tally.finding(found, of_task=True)
        yield task
    for found in merged.findings:
        tally.finding(found, of_task=False)
    tally.end()
    summary = tally.summary()
    if summary.regions_in and not summary.regions_kept:
        raise UsageError(
            f"none of {summary.regions_in:,} regions holds under this scheme",
            hint="wortlaut check says why; an export of another project wants --scheme",
        )


def _entry(summary: Summary) -> CheckEntry:
    return CheckEntry(
        regions_in=summary.regions_in,
        regions_kept=summary.regions_kept,
        regions_out=summary.regions_out,
        findings={one.code: one.findings for one in sorted(summary.codes, key=lambda one: one.code)},
    )
