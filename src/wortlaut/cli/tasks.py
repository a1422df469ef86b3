"""The command ``wortlaut tasks``."""

from __future__ import annotations

import contextlib
import difflib
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from wortlaut.cli.words import count, say, shown
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import Project, find_project
from wortlaut.schema.scheme import load_scheme

if TYPE_CHECKING:
    from wortlaut.annotation.tasks import TaskSummary
    from wortlaut.schema.article import Article

__all__ = ["command", "selected"]

_FOLDER = "annotation/tasks"
# A selection never takes the place of the batches of the whole corpus.
_SELECTION = "annotation/tasks/selection"


@click.command()
@click.option(
    "--articles",
    "articles_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The corpus; the project's articles.jsonl if not given.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help=f"Where the batches go; {_FOLDER} of the project if not given, {_SELECTION} with --only.",
)
@click.option(
    "--batch-size",
    type=click.IntRange(min=1),
    metavar="N",
    help="Tasks in one file; batch_size in wortlaut.toml if not given.",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="DIR",
    help="A trained model, or the entry point of another pre-annotator; may be given several times. "
    "models in wortlaut.toml if not given.",
)
@click.option("--no-rules", is_flag=True, help="Leave the rules out: models alone pre-annotate.")
@click.option("--no-predictions", is_flag=True, help="Leave the pre-annotation out.")
@click.option("--only", multiple=True, metavar="ID", help="Only this article; may be given several times.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON on stdout.")
def command(
    articles_path: Path | None,
    out: Path | None,
    batch_size: int | None,
    *,
    models: tuple[str, ...],
    no_rules: bool,
    no_predictions: bool,
    only: tuple[str, ...],
    as_json: bool,
) -> None:
    """Write Label Studio tasks for the articles of the corpus.

    One task an article, its headline and lead in the annotated text, pre-annotated by rules. With a --model that
    wortlaut train made, its entities take the place of the rules' entities. Of an article with
    several revisions the last is taken. The tasks stand in BATCH-0001.json and so on, ready to be imported; a
    second run writes the same bytes. Batches of an earlier, larger run are removed, so that they are not
    imported by mistake.
    """
    from wortlaut.annotation.preannotate.chosen import chosen, left_out
    from wortlaut.annotation.tasks import write_tasks
    from wortlaut.corpus.store import latest_articles

    project = find_project()
    if articles_path is None or out is None:
        project.require("name both --articles FILE and --out DIR")
    path = articles_path or project.path(project.settings.articles)
    articles: Iterable[Article] = latest_articles(path)
    if only:
        articles = selected(articles, only, path)
    if no_predictions and (models or no_rules):
        raise UsageError("goes neither with --model nor with --no-rules", where="--no-predictions")
    scheme = load_scheme(project.scheme_path)
    annotators = () if no_predictions else chosen(project, models, rules=not no_rules)
    missing = left_out(annotators, scheme)
    if missing:
        say(f"left out, because the scheme {scheme.name} has no such label: {', '.join(missing)}")
    with _progress() as advance:
        summary = write_tasks(
            articles,
            out or project.path(_SELECTION if only else _FOLDER),
            scheme,
            annotators=annotators,
            batch_size=batch_size or project.settings.tasks.batch_size,
            on_task=advance,
        )
    _report(summary, project)
    if as_json:
        click.echo(msgspec.json.encode(summary, enc_hook=str))


def selected(articles: Iterable[Article], only: Collection[str], path: Path) -> Iterator[Article]:
    """Give the articles with these ids. Raises UsageError for the ids that the corpus does not hold."""
    missing = set(only)
    known: list[str] = []
    for article in articles:
        known.append(article.article_id)
        if article.article_id in only:
            missing.discard(article.article_id)
            yield article
    if missing:
        name = min(missing)
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {close[0]!r}?" if close else "The ids stand in the field article_id"
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise UsageError(f"there is no article {name!r}{more} in {path}", where="--only", hint=hint)


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[], None]]:
    """Show how many tasks are written, on stderr; nothing where that is no terminal."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("tasks"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("tasks", total=None)
        yield lambda: progress.advance(bar)


def _report(summary: TaskSummary, project: Project) -> None:
    files = summary.files
    names = shown(files[0], project.root) + (f" to {files[-1].name}" if len(files) > 1 else "")
    say(f"wrote {count(summary.tasks, 'task')} in {count(len(files), 'file')}: {names}")
    if summary.regions:
        say(f"regions: {_counts(summary.regions)}")
    if summary.relations:
        say(f"relations: {_counts(summary.relations)}")
    if summary.removed:
        names = ", ".join(path.name for path in summary.removed)
        say(f"removed {count(len(summary.removed), 'stale file')} of an earlier run: {names}")
    say(
        "next: wortlaut studio push fills Label Studio by itself; or make a project there by hand, with the output of "
        f"`wortlaut config` as its labeling interface, and import {shown(files[0].parent, project.root)}/BATCH-*.json"
    )


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.items())
