"""The command ``wortlaut studio status``."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click
import msgspec

from wortlaut.cli.steps import showing_steps
from wortlaut.cli.words import count
from wortlaut.schema.printable import printable
from wortlaut.schema.project import find_project

if TYPE_CHECKING:
    from wortlaut.annotation.studio.status import (
        AnnotatorStatus,
        FindingsStatus,
        ProgressStatus,
        ProjectStatus,
        ServerStatus,
        Status,
    )

__all__ = ["command"]

_INDENT = 11
_SHOWN = 5


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON on stdout.")
def command(*, as_json: bool) -> int:
    """Tell how the annotation stands.

    The server, the project on it, who has annotated how many articles, how many remain, how fast it goes and when it
    ends at that pace, and what wortlaut serve found in the annotations. A server that does not run is no error; exit
    code 2 where one that should answer does not, or refuses.
    """
    from wortlaut.annotation.studio.client import require_extra

    require_extra()
    from wortlaut.annotation.studio.status import status
    from wortlaut.annotation.studio.steps import Step

    with showing_steps() as on_step:
        found = status(
            find_project(),
            on_task=lambda done, total: on_step(Step(text="reading what is annotated", done=done, total=total)),
        )
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        for line in _lines(found):
            click.echo(printable(line))
    if found.next:
        click.echo(f"next: {found.next}", err=True)
    if found.trouble:
        click.echo(f"wortlaut: {found.trouble}", err=True)
        return 2
    return 0


def _lines(found: Status) -> Iterator[str]:
    yield _row("corpus", found.corpus)
    yield from _server(found.server, trouble=bool(found.trouble))
    yield from _project(found.project, found.server, seen=found.progress is not None)
    if found.progress is not None:
        yield from _progress(found.progress, found.project)
    if found.pace is not None and found.progress is not None and found.progress.tasks:
        speeds = [f"{found.pace.per_day:.1f} a day"] if found.pace.per_day is not None else []
        speeds += [f"{found.pace.per_hour:.1f} an hour of annotating"] if found.pace.per_hour is not None else []
        if speeds:
            yield _row("speed", ", ".join(speeds))
        end = f"about {found.pace.end.isoformat()}: " if found.pace.end else ""
        left = found.pace.hours_left
        hours = f"; some {count(math.ceil(left), 'hour')} of annotating" if left else ""
        yield _row("end", f"{end}{found.pace.how}{hours}")
    if found.annotators:
        yield ""
        yield from _annotators(found.annotators)
    if found.findings is not None:
        yield ""
        yield from _findings(found.findings)


def _server(server: ServerStatus | None, *, trouble: bool) -> Iterator[str]:
    if server is None:
        yield _row("server", "none runs" if not trouble else "not known")
        return
    if server.runs:
        since = f", since {_when(server.since)}" if server.since else ""
        process = f" (process {server.pid})" if server.pid is not None else ""
        yield _row("server", f"{server.url}, Label Studio {server.version}{since}{process}")
    else:
        down = "does not answer" if trouble else "does not run"
        yield _row("server", f"{server.url} {down}")
    if server.shared_url and server.shared_url != server.url:
        yield _row("", f"for others on the network: {server.shared_url}")
    if server.log:
        yield _row("", f"log: {server.log}")


def _project(project: ProjectStatus | None, server: ServerStatus | None, *, seen: bool) -> Iterator[str]:
    if project is None:
        yield _row("project", "none yet")
        return
    there = project.stream.partition("/projects/")[0]
    elsewhere = f" on {there}" if not seen and server is not None and server.url != there else ""
    then = "" if seen else f"{elsewhere} (as it was when it was last pushed)"
    yield _row("project", f"{project.id}, {project.title}{then}")
    yield _row("", f"to annotate: {project.stream}")


def _progress(progress: ProgressStatus, project: ProjectStatus | None) -> Iterator[str]:
    each = project.annotators_per_article if project else 1
    yield _row("articles", f"{count(progress.tasks, 'task')} for {count(each, 'annotator')} each; "
               f"{progress.complete:,} complete")  # fmt: skip
    drafts = f"{count(progress.drafts, 'task')} with drafts"
    yield _row(
        "annotated",
        f"{progress.submitted:,} of {progress.wanted:,} submitted, {progress.remaining:,} remain; "
        f"{progress.skipped:,} skipped, {drafts}",
    )
    if progress.doubles:
        yield _row("look at", f"{count(len(progress.doubles), 'article')} in more than one task: "
                   f"{_some(progress.doubles)}; wortlaut studio push --remove-doubles")  # fmt: skip
    if progress.revised:
        yield _row("look at", f"{count(len(progress.revised), 'article')} in more than one text: "
                   f"{_some(progress.revised)}")  # fmt: skip
    if progress.foreign:
        yield _row("look at", f"{count(progress.foreign, 'task')} that wortlaut did not push")


def _annotators(annotators: Sequence[AnnotatorStatus]) -> Iterator[str]:
    head = ("annotator", "submitted", "skipped", "drafts", "median", "average", "last seen")
    rows = [
        (
            f"{one.name} ({one.email})" if one.name and one.email else one.name or one.email,
            f"{one.submitted:,}",
            f"{one.skipped:,}",
            "?" if one.drafts is None else f"{one.drafts:,}",
            _duration(one.median_seconds),
            _duration(one.mean_seconds),
            _when(one.last_seen) if one.last_seen else "never",
        )
        for one in annotators
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = (
            cell.ljust(width) if place in {0, len(row) - 1} else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()


def _findings(findings: FindingsStatus) -> Iterator[str]:
    waits = f", {findings.waiting:,} wait" if findings.waiting else ""
    yield _row(
        "checked", f"{count(findings.checked, 'annotation')}{waits}; {findings.unclean:,} with an error or warning"
    )
    if findings.codes:
        yield _row("findings", ", ".join(f"{code} {number:,}" for code, number in findings.codes.items()))
    for one in findings.newest:
        yield f"{_when(one.checked_at)}  {one.level} {one.code}  {one.article_id}  {one.annotator}: {one.message}"
        if one.link:
            yield f"    {one.link}"
    if findings.newest:
        yield "wortlaut rule CODE explains one"


def _row(name: str, text: str) -> str:
    return f"{name:<{_INDENT}}{text}"


def _when(text: str) -> str:
    """Give a time in the zone of this machine."""
    return dt.datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M")


def _duration(seconds: float | None) -> str:
    """Give seconds for people.

    >>> _duration(None), _duration(41), _duration(130), _duration(5400)
    ('-', '41 s', '2:10 min', '1:30 h')
    """
    if seconds is None:
        return "-"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60}:{whole % 60:02} min" if whole < 3600 else f"{whole // 3600}:{whole % 3600 // 60:02} h"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
