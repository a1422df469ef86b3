"""Reporters: what a check found, as text for people or as JSON for programs, in memory that does not grow.

The annotated articles are anybody's text: whatever in them does not print is shown escaped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Protocol, TextIO

import msgspec

from wortlaut.annotation.check.summary import CodeCount, FileSummary, Summary
from wortlaut.schema.findings import Finding, Level
from wortlaut.schema.printable import printable
from wortlaut.schema.rules import RULES

__all__ = ["MOST_SHOWN", "REPORTERS", "JsonReporter", "Reporter", "TextReporter", "count", "plain_summary"]

MOST_SHOWN = 10
"""How many findings of one code are shown, unless all are asked for."""

_FEW = 3  # of those that say the same, where there are more than are shown

_LEVELS: tuple[Level, ...] = ("error", "warning", "info")
_STYLES: Mapping[str, str] = {"error": "bold red", "warning": "yellow", "info": "cyan"}

_Piece = str | tuple[str, str]


class Reporter(Protocol):
    """Takes findings one by one, then the summary, and writes to the stream that it was made with."""

    def finding(self, found: Finding) -> None:
        """Take one finding."""

    def finish(self, summary: Summary) -> None:
        """Write what is left, and the summary."""


class TextReporter:
    """Findings for people: by code, the first few of each; or all of them, in the order of the file.

    Of a code with many findings those that say something different are shown, each with the number of its likes.
    """

    def __init__(self, out: TextIO, *, show_all: bool = False) -> None:
        self._write = _writer(out)
        self._show_all = show_all
        self._groups: dict[str, _Group] = {}
        self._told: set[str] = set()

    def finding(self, found: Finding) -> None:
        """Keep a finding for the end, or write it at once where all are shown."""
        if not self._show_all:
            self._groups.setdefault(found.code, _Group()).add(found)
            return
        self._line(_level(found.level), " ", (found.code, "bold"), " ", _place(found))
        self._details(found, "  ")
        if found.code not in self._told and not found.hint:
            self._told.add(found.code)
            self._hint(RULES[found.code].hint, "  ")

    def finish(self, summary: Summary) -> None:
        """Write the groups, worst first, and the summary."""
        for code in sorted(self._groups, key=lambda code: (_LEVELS.index(RULES[code].level), code)):
            self._group(code, self._groups[code])
        if self._show_all and self._told:
            self._line("")
        for line in _summary_lines(summary):
            self._line(*line)

    def _group(self, code: str, group: _Group) -> None:
        rule, shown = RULES[code], group.shown()
        self._line(_level(rule.level), " ", (code, "bold"), f" {rule.title}: {count(group.total, 'finding')}")
        for found in shown:
            self._line("  ", _place(found))
            self._details(found, "    ", likes=group.likes(found))
        if group.total > len(shown):
            self._line(f"  ... and {group.total - len(shown):,} more; --all shows every one")
        self._hint(rule.hint, "  ")
        self._line("")

    def _details(self, found: Finding, indent: str, *, likes: int = 1) -> None:
        again = f" ({likes:,} times)" if likes > 1 else ""
        self._line(f"{indent}{printable(found.message)}{again}")
        if found.excerpt:
            self._line(indent, (printable(found.excerpt), "italic"))
        if found.hint:
            self._hint(found.hint, indent)

    def _hint(self, hint: str, indent: str) -> None:
        self._line(indent, (f"hint: {printable(hint)}", "green"))

    def _line(self, *pieces: _Piece) -> None:
        self._write(pieces)


class _Group:
    """The findings of one code that may be shown, at most twice as many as are."""

    def __init__(self) -> None:
        self.total = 0
        self._different: dict[str, tuple[int, Finding]] = {}
        self._counts: dict[str, int] = {}
        self._others: list[tuple[int, Finding]] = []

    def add(self, found: Finding) -> None:
        if found.message in self._counts:
            self._counts[found.message] += 1
            if len(self._others) < MOST_SHOWN:
                self._others.append((self.total, found))
        elif len(self._counts) < MOST_SHOWN:
            self._counts[found.message] = 1
            self._different[found.message] = (self.total, found)
        self.total += 1

    def shown(self) -> list[Finding]:
        """Give the findings to show, in the order in which they came."""
        most = MOST_SHOWN if self.total <= MOST_SHOWN else max(_FEW, len(self._different))
        chosen = [*self._different.values(), *self._others][:most]
        return [found for _, found in sorted(chosen, key=lambda numbered: numbered[0])]

    def likes(self, found: Finding) -> int:
        """Give how many findings say the same as this one, where not all are shown."""
        first = self._different.get(found.message)
        return self._counts[found.message] if self.total > MOST_SHOWN and first and first[1] is found else 1


class JsonReporter:
    """One JSON document: ``findings`` in the order of the files, written as they come, then ``summary``."""

    def __init__(self, out: TextIO, *, show_all: bool = False) -> None:  # noqa: ARG002 - it always shows all
        self._out = out
        self._encode = msgspec.json.Encoder().encode
        self._first = True

    def finding(self, found: Finding) -> None:
        """Write one finding, on a line of its own."""
        self._out.write('{"findings": [\n' if self._first else ",\n")
        self._out.write(_safe_json(self._encode(found)))
        self._first = False

    def finish(self, summary: Summary) -> None:
        """Close the list and write the summary."""
        self._out.write('{"findings": [' if self._first else "\n")
        self._out.write(f'],\n"summary": {_safe_json(self._encode(summary))}}}\n')


REPORTERS: Mapping[str, Callable[..., Reporter]] = MappingProxyType({"json": JsonReporter, "text": TextReporter})
"""Every reporter under the name of its format, made with the stream to write to and ``show_all``."""


def count(number: int, what: str) -> str:
    """Write a number of things.

    >>> count(1, "task"), count(3260, "finding")
    ('1 task', '3,260 findings')
    """
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _writer(out: TextIO) -> Callable[[tuple[_Piece, ...]], None]:
    """Give a way to write a line: coloured where the stream is a terminal, plain where it is not."""
    if not out.isatty():
        return lambda pieces: _plain(out, pieces)
    from rich.console import Console
    from rich.text import Text

    console = Console(file=out, highlight=False, emoji=False, markup=False, soft_wrap=True)
    return lambda pieces: console.print(Text.assemble(*pieces))


def _plain(out: TextIO, pieces: tuple[_Piece, ...]) -> None:
    out.write("".join(piece if isinstance(piece, str) else piece[0] for piece in pieces) + "\n")


def _safe_json(data: bytes) -> str:
    """Give JSON in which what does not print is escaped, as every reader of JSON takes it back."""
    text = data.decode()
    return text if text.isprintable() else _UNPRINTABLE.sub(_escape, text)


_UNPRINTABLE = re.compile(r"[^ -~]")


def _escape(match: re.Match[str]) -> str:
    return match[0] if match[0].isprintable() else json.dumps(match[0])[1:-1]


def _level(level: Level) -> _Piece:
    return (level, _STYLES[level])


def _place(found: Finding) -> str:
    task = f", task {printable(found.task_id)}" if found.task_id else ""
    return f"{printable(found.place)}{task}"


def _summary_lines(summary: Summary) -> Iterator[tuple[_Piece, ...]]:
    if len(summary.files) > 1:
        for file in summary.files:
            yield (f"{printable(file.file)}: {_counts(file)}{', stopped by an error' if file.error else ''}",)
    stopped = any(file.error for file in summary.files)
    if summary.tasks or not stopped:
        yield ((_counts(summary), "bold"), " (up to the error)" if stopped else "")
    if summary.predictions:
        yield (f"{count(summary.predictions, 'prediction')} not read: only annotations are",)
    if summary.unaccounted:
        yield ((f"{count(summary.unaccounted, 'region')} not accounted for: this is a bug in wortlaut", "bold red"),)
    yield from _table([code for code in summary.codes if code.shown])
    hidden = [code for code in summary.codes if not code.shown]
    if hidden:
        named = ", ".join(f"{code.code} {code.findings:,}" for code in hidden)
        total, out = sum(code.findings for code in hidden), sum(code.regions for code in hidden)
        yield (f"hidden: {count(total, 'finding')} ({named}), which took out {count(out, 'region')}",)
    for number, command in enumerate(summary.next):
        yield ("next: " if number == 0 else "then: ", (printable(command), "bold"))
    if summary.exit_code == 1 and summary.tasks and not summary.next:
        yield ("next: mend these in Label Studio, then pull or export again; wortlaut rule CODE explains a code",)


def plain_summary(summary: Summary) -> tuple[str, ...]:
    """Give the counts and the table of codes as plain lines, for a command that checks on the way."""
    table = [
        "".join(piece if isinstance(piece, str) else piece[0] for piece in line) for line in _table(list(summary.codes))
    ]
    return (_counts(summary), *table)


def _counts(of: FileSummary | Summary) -> str:
    regions = f"{count(of.regions_in, 'region')}: {of.regions_kept:,} kept, {of.regions_out:,} taken out"
    return f"{count(of.tasks, 'task')}, {count(of.annotations, 'annotation')}, {regions}"


def _table(codes: list[CodeCount]) -> Iterator[tuple[_Piece, ...]]:
    width = max((len(code.title) for code in codes), default=0)
    digits = max((len(f"{code.findings:,}") for code in codes), default=0)
    for code in codes:
        notes = [f"takes out {count(code.regions, 'region')}"] if code.regions else []
        notes += ["--fix mends it" if code.fixable == code.findings else f"--fix mends {code.fixable:,}"] * bool(
            code.fixable
        )
        line = f" {code.code}  {code.title.ljust(width)}  {code.findings:>{digits},}  {', '.join(notes)}"
        yield ("  ", (code.level.ljust(7), _STYLES[code.level]), line.rstrip())
