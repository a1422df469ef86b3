"""The command ``wortlaut studio push``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click
import msgspec

from wortlaut.cli.steps import showing_steps
from wortlaut.cli.tasks import selected
from wortlaut.cli.words import count, say
from wortlaut.schema.project import Project, find_project
from wortlaut.schema.scheme import load_scheme

if TYPE_CHECKING:
    from wortlaut.annotation.studio.pushed import PushSummary
    from wortlaut.schema.article import Article

__all__ = ["command"]

_SHOWN = 5


@click.command()
@click.option("--no-predictions", is_flag=True, help="Leave the pre-annotation out; what is on the server stays.")
@click.option("--batch-size", type=click.IntRange(min=1), metavar="N", help="Tasks in one request; 500 if not given.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@click.option("--new", is_flag=True, help="Make a new project on the server, though there is or was one.")
@click.option(
    "--adopt", type=click.IntRange(min=1), metavar="ID", help="Take this project on the server for the corpus's."
)
@click.option("--only", multiple=True, metavar="ID", help="Only this article; may be given several times.")
@click.option(
    "--remove-doubles", is_flag=True, help="Remove second tasks of an article, where nobody has worked on them."
)
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How long the server may stay away before this gives up; 120 if not given.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON on stdout.")
def command(
    *,
    no_predictions: bool,
    batch_size: int | None,
    dry_run: bool,
    new: bool,
    adopt: int | None,
    only: tuple[str, ...],
    remove_doubles: bool,
    wait: float | None,
    as_json: bool,
) -> int:
    """Fill the project on Label Studio from the corpus.

    Makes the project or updates its settings, then sends each article once, pre-annotated by rules. Run it again at
    any time, also after it was interrupted: it sends what is missing and nothing twice. Exit code 1 where something
    on the server wants a look: an article annotated in an older text, or a task too many.
    """
    from wortlaut.annotation.studio.client import require_extra

    require_extra()
    from wortlaut.annotation.preannotate.chosen import chosen, left_out
    from wortlaut.annotation.studio.patience import WAIT_SECONDS
    from wortlaut.annotation.studio.push import push
    from wortlaut.annotation.studio.pushed import PushOptions
    from wortlaut.annotation.studio.uploads import BATCH_SIZE
    from wortlaut.corpus.store import latest_articles, text_hashes

    project = find_project()
    project.require("change into the folder of one")
    if adopt is not None:
        _adopt(project, adopt, alone=not (new or dry_run))
    path = project.path(project.settings.articles)
    hashes = text_hashes(path)
    if only:
        hashes = {one.article_id: one.text_sha256 for one in selected(latest_articles(path), only, path)}

    def articles() -> Iterable[Article]:
        return selected(latest_articles(path), only, path) if only else latest_articles(path)

    annotators = () if no_predictions else chosen(project)
    missing = left_out(annotators, load_scheme(project.scheme_path))
    if missing:
        say(f"left out, because the scheme has no such label: {', '.join(missing)}")
    options = PushOptions(
        batch_size=batch_size or BATCH_SIZE,
        dry_run=dry_run,
        new=new,
        remove_doubles=remove_doubles,
        wait=WAIT_SECONDS if wait is None else wait,
    )
    with showing_steps() as on_step:
        summary = push(
            project,
            hashes,
            articles,
            annotators,
            options,
            whole=not only,
            say=say,
            on_step=on_step,
        )
    _report(summary)
    _tell_stale(project)
    if as_json:
        click.echo(msgspec.json.encode(summary))
    return 1 if summary.older_text or summary.doubles else 0


def _adopt(project: Project, project_id: int, *, alone: bool) -> None:
    from wortlaut.annotation.studio.client import connect
    from wortlaut.annotation.studio.link import adopt_project

    if not alone:
        raise click.UsageError("--adopt goes neither with --new nor with --dry-run")
    with connect(project) as studio:
        adopt_project(studio, project, project_id)


def _report(summary: PushSummary) -> None:
    from wortlaut.annotation.studio.making import LARGE_CHARACTERS, LARGE_RESULTS

    would = "would have " if summary.dry_run else ""
    done = [
        f"{would}{verb} {_tasks(number)}"
        for verb, number in (
            ("sent", summary.pushed),
            ("replaced, whose text changed,", summary.replaced),
            ("given new predictions to", summary.predicted),
            ("changed the metadata of", summary.metadata),
            ("removed, of an older text,", summary.removed_older),
            ("removed as doubles", summary.removed_doubles),
            ("had the server count the predictions anew of", summary.recounted),
        )
        if number
    ]
    say("; ".join(done) or "nothing to do: every article is on the server")
    if summary.large:
        say(
            f"a browser may take minutes to show, or not show at all, {_listed(summary.large)}: over "
            f"{LARGE_CHARACTERS:,} characters or {LARGE_RESULTS:,} predicted results. Open one before others do"
        )
    if summary.project_id is None:
        return
    _point_out(summary)
    if not summary.dry_run:
        say(
            f"project {summary.project_id}, {summary.title}: {_tasks(summary.tasks)} for "
            f"{count(summary.articles, 'article')} of the corpus, {summary.with_predictions} with predictions"
        )
        say(f"annotate at {summary.url}/projects/{summary.project_id}/data?labeling=1")


def _point_out(summary: PushSummary) -> None:
    if summary.older_text:
        say(
            f"left alone, because somebody has worked on an older text: {_listed(summary.older_text)}. Let the work "
            "stand, or fetch it (wortlaut studio pull), remove the task in Label Studio and push again"
        )
    if summary.doubles:
        say(
            f"more than one task has the text of {_listed(summary.doubles)}. --remove-doubles removes those that hold "
            "the same and that nobody has worked on; the others are for you to look at"
        )
    if summary.gone:
        say(f"left on the server, though no longer in the corpus: {_listed(summary.gone)}")
    if summary.foreign:
        say(f"left on the server: {_tasks(summary.foreign)} that wortlaut did not send (no article_id or text_sha256)")


def _tell_stale(project: Project) -> None:
    """Say which files derived from the scheme are older than it; who deleted one does not miss it."""
    from wortlaut.annotation.derived import derive, stale

    behind = [file.path for file in stale(derive(project.root, project.scheme_path)) if not file.missing]
    if behind:
        names = ", ".join(str(path.relative_to(project.root)) for path in behind)
        say(f"not as the scheme says any more: {names}. wortlaut schema writes them anew")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _tasks(number: int) -> str:
    return count(number, "task")
