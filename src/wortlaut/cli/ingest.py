"""``wortlaut ingest``: articles from files into the corpus."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from wortlaut.corpus.ingest import IngestReport

__all__ = ["command"]

_Say = Callable[[str], None]
_OnFile = Callable[[str, int, int], None]


@click.command("ingest", no_args_is_help=True)
@click.argument("sources", metavar="SRC...", nargs=-1, required=True)
@click.option("--into", type=click.Path(path_type=Path), help="The store to add to, instead of the project's.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["text", "html", "jsonl", "json"]),
    help="What the sources are, where content and file name do not tell.",
)
@click.option("--url", help="The URL of the page; for a single one that does not name its own.")
@click.option("--publisher", help="The publisher of articles that name none.")
@click.option("--rights", help="The rights in articles that name none, such as a licence.")
@click.option("--timezone", help="The zone of times that name none.  [default: the project's, Europe/Berlin]")
@click.option("--dry-run", is_flag=True, help="Read everything, write nothing.")
@click.option("--show", is_flag=True, help="Print the fields of each article, and what was taken out of its page.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def command(
    *,
    sources: tuple[str, ...],
    into: Path | None,
    file_format: str | None,
    url: str | None,
    publisher: str | None,
    rights: str | None,
    timezone: str | None,
    dry_run: bool,
    show: bool,
    as_json: bool,
) -> int:
    """Read articles into the corpus.

    SRC is a file, a folder (read with all its folders), a glob, or - for standard input: pasted text (.txt), a
    web page (.html), JSON Lines (.jsonl) or JSON (.json), each also packed as .gz. docs/ingest.md tells
    what is read.

    An article that is there already is not added again; one that has changed is kept as a further revision.
    """
    from wortlaut.corpus.describe import describe
    from wortlaut.corpus.ingest import ingest
    from wortlaut.corpus.readers import FORMATS
    from wortlaut.corpus.store import Added
    from wortlaut.schema.article import Article
    from wortlaut.schema.errors import UsageError
    from wortlaut.schema.project import find_project

    if show and as_json:
        raise UsageError("--show and --json both print to standard output", hint="Take one of them")
    project = find_project()
    if into is None:
        project.require("name the store with --into FILE")

    def show_article(article: Article, added: Added) -> None:
        if show:
            click.echo(describe(article, outcome=added.outcome))

    with _talk(quiet=show) as (say, on_file):
        report = ingest(
            sources,
            store_path=_shortest(into or project.path(project.settings.articles)),
            root=project.root if project.found else None,
            file_format=next((name for name in FORMATS if name == file_format), None),
            url=url,
            publisher=publisher,
            rights=rights,
            timezone=timezone or project.settings.timezone,
            dry_run=dry_run,
            on_article=show_article,
            on_message=lambda message: say(f"wortlaut: {message}"),
            on_file=on_file,
        )
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2))
    for line in _summary(report):
        click.echo(f"wortlaut: {line}", err=True)
    return 1 if report.failed else 0


@contextlib.contextmanager
def _talk(*, quiet: bool) -> Iterator[tuple[_Say, _OnFile | None]]:
    """Give a way to say a line on stderr and to tell the progress, which is shown where stderr is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield (lambda line: click.echo(line, err=True)), None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading", total=None)
        yield (
            lambda line: progress.console.print(line, markup=False, highlight=False, soft_wrap=True),
            lambda name, number, count: progress.update(task, description=name[-50:], completed=number, total=count),
        )


def _shortest(path: Path) -> Path:
    """Give a path as seen from the current folder, where that is shorter to read."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _summary(report: IngestReport) -> Iterator[str]:
    if report.left_off:
        yield f"{len(report.messages) + report.left_off} messages in all"
    if report.furniture:
        yield "taken out as furniture: " + ", ".join(f"{kind} {count}" for kind, count in report.furniture.items())
    parts = [f"{report.added} added"]
    parts += [f"{report.revised} revised"] if report.revised else []
    parts += [f"{report.unchanged} already there"] if report.unchanged else []
    parts += [f"{report.failed} failed"] if report.failed else []
    would = "dry run, nothing written; would be: " if report.dry_run else ""
    holds = ""
    if report.total is not None and not report.dry_run:
        holds = f"; {report.store} holds {report.total} article{'' if report.total == 1 else 's'}"
    yield f"{would}{', '.join(parts)}{holds}"
