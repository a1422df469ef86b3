"""What a check comes to: counts over files, in constant memory, and what to type next."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from wortlaut.annotation.check.fix import FixReport, can_mend
from wortlaut.annotation.check.select import Selection
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.errors import WortlautError
from wortlaut.schema.findings import Finding, Level
from wortlaut.schema.rules import RULES

__all__ = ["CodeCount", "FileError", "FileSummary", "Summary", "Tally", "fixed_name"]

_BUILD_OPTIONS = ("--scheme", "--text-key")
_ORDER: tuple[Level, ...] = ("error", "warning", "info")


class CodeCount(msgspec.Struct, frozen=True, kw_only=True):
    """The findings of one code: how many, the regions they took out, how many ``--fix`` mends, whether shown."""

    code: str
    level: Level
    title: str
    findings: int
    regions: int
    fixable: int
    shown: bool


class FileError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a file was not read, or not to its end."""

    code: str
    what: str
    where: str
    hint: str


class FileSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One file. ``regions`` are entries of ``result``: ``regions_in`` = ``regions_kept`` + ``regions_out``.

    ``predictions`` are counted and not read.
    """

    file: str
    tasks: int = 0
    annotations: int = 0
    regions_in: int = 0
    regions_kept: int = 0
    regions_out: int = 0
    predictions: int = 0
    error: FileError | None = None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """All files together. ``exit_code``: 0 clean (infos count as clean), 1 findings, 2 a file could not be read."""

    files: tuple[FileSummary, ...]
    tasks: int
    annotations: int
    regions_in: int
    regions_kept: int
    regions_out: int
    predictions: int
    codes: tuple[CodeCount, ...]
    next: tuple[str, ...]
    exit_code: int
    fixed: FixReport | None = None

    @property
    def unaccounted(self) -> int:
        """Regions that are neither kept nor in a finding: always 0, unless wortlaut is wrong."""
        return self.regions_in - self.regions_kept - self.regions_out


class Tally:
    """Counts what a check gives. ``options`` are repeated in the commands that the summary proposes."""

    def __init__(self, selection: Selection, *, options: Sequence[str] = ()) -> None:
        self._selection = selection
        self._options = tuple(options)
        self._files: list[FileSummary] = []
        self._now = FileSummary(file="")
        self._findings: Counter[str] = Counter()
        self._regions: Counter[str] = Counter()
        self._fixable: Counter[str] = Counter()
        self._spans = 0

    def start(self, file: str) -> None:
        """Begin with a file."""
        self._now = FileSummary(file=file)

    def task(self, task: CheckedTask) -> None:
        """Count a task, without its findings."""
        now = self._now
        self._spans += sum(len(document.spans()) for document in task.documents)
        self._now = msgspec.structs.replace(
            now,
            tasks=now.tasks + 1,
            annotations=now.annotations + len(task.documents),
            regions_in=now.regions_in + task.counts.seen,
            regions_kept=now.regions_kept + task.counts.kept,
            predictions=now.predictions + task.predictions,
        )

    def finding(self, found: Finding, *, of_task: bool) -> bool:
        """Count a finding and say whether it is to be shown. What belongs to no task comes in here too."""
        self._findings[found.code] += 1
        self._fixable[found.code] += can_mend(found)
        if found.regions:
            self._regions[found.code] += found.regions
            now = self._now
            self._now = msgspec.structs.replace(
                now,
                regions_in=now.regions_in + (0 if of_task else found.regions),
                regions_out=now.regions_out + found.regions,
            )
        return self._selection.shows(found.code)

    def end(self, error: WortlautError | None = None) -> None:
        """Be done with a file, for whatever reason."""
        failed = error and FileError(code=error.code, what=error.what, where=error.where, hint=error.hint)
        self._files.append(msgspec.structs.replace(self._now, error=failed))

    def across(self, found: Finding) -> bool:
        """Count a finding between tasks, after all files: its regions were counted as kept with their task."""
        for number, file in enumerate(self._files):
            if found.place.startswith(f"{file.file}::"):
                self._files[number] = msgspec.structs.replace(
                    file,
                    regions_kept=file.regions_kept - found.regions,
                    regions_out=file.regions_out + found.regions,
                )
                break
        self._findings[found.code] += 1
        self._regions[found.code] += found.regions
        return self._selection.shows(found.code)

    def summary(self, *, fixed: FixReport | None = None) -> Summary:
        """Give the counts over all files."""
        codes = tuple(sorted(self._codes(), key=lambda count: (_ORDER.index(count.level), count.code)))
        failed = any(file.error for file in self._files)
        matter = any(count.shown and count.level != "info" for count in codes)
        return Summary(
            files=tuple(self._files),
            tasks=sum(file.tasks for file in self._files),
            annotations=sum(file.annotations for file in self._files),
            regions_in=sum(file.regions_in for file in self._files),
            regions_kept=sum(file.regions_kept for file in self._files),
            regions_out=sum(file.regions_out for file in self._files),
            predictions=sum(file.predictions for file in self._files),
            codes=codes,
            next=() if failed else tuple(self._next(clean=not matter)),
            exit_code=2 if failed else 1 if matter else 0,
            fixed=fixed,
        )

    def _codes(self) -> Iterator[CodeCount]:
        for code, findings in self._findings.items():
            rule = RULES[code]
            yield CodeCount(
                code=code,
                level=rule.level,
                title=rule.title,
                findings=findings,
                regions=self._regions[code],
                fixable=self._fixable[code],
                shown=self._selection.shows(code),
            )

    def _next(self, *, clean: bool) -> Iterator[str]:
        names = [file.file for file in self._files]
        first = names[0] if names else "-"
        if self._regions["WL401"] > self._spans:
            source = next((file.file for file in self._files if file.regions_out), first)
            yield _command("schema", "--from-config", source, "--out", "scheme.toml")
            yield _command("check", *names, "--scheme", "scheme.toml")
        elif self._fixable.total():
            yield _command("check", first, "--fix", fixed_name(first), *self._options)
        elif clean and any(file.tasks for file in self._files):
            pairs = zip(self._options[::2], self._options[1::2], strict=True)
            repeated = [part for pair in pairs if pair[0] in _BUILD_OPTIONS for part in pair]
            yield _command("build", *names, *repeated)


def fixed_name(name: str) -> str:
    """Propose a name for the mended copy of a file.

    >>> fixed_name("exports/anna.json.gz")
    'exports/anna.fixed.json.gz'
    """
    if name == "-":
        return "fixed.json"
    packed = ".gz" if name.endswith(".gz") else ""
    bare = name.removesuffix(packed)
    stem, dot, ending = bare.rpartition(".")
    if not dot or "/" in ending:
        return f"{bare}.fixed.json{packed}"
    return f"{stem}.fixed.{ending}{packed}"


def _command(name: str, *args: str) -> str:
    # What came in through a pipe must come again from a file.
    return shlex.join(["wortlaut", name, *("EXPORT.json" if arg == "-" else arg for arg in args)])
