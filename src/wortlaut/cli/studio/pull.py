"""The command ``wortlaut studio pull``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from wortlaut.cli.steps import showing_steps
from wortlaut.cli.words import count, say, shown
from wortlaut.schema.project import Project, find_project

if TYPE_CHECKING:
    from wortlaut.annotation.check.summary import Summary
    from wortlaut.annotation.studio.pull import PullReport
    from wortlaut.schema.findings import Finding

__all__ = ["command"]


@click.command("pull")
@click.option("--full", is_flag=True, help="Fetch every task, not only those that have changed since the last pull.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON on stdout.")
def command(*, full: bool, as_json: bool) -> int:
    """Fetch the annotation from Label Studio, and check it.

    What annotators submitted, skipped and drafted goes into one file in the project's folder of exports, named after
    the day and its content; where nothing is new, nothing is written. Only tasks that have changed are fetched.
    Files of earlier pulls are packed into the folder older beside it. Annotators stand in the file under pseudonyms;
    annotation/annotators.toml, which is private, remembers who is who.

    Exit code: 0 fetched and clean, 1 fetched and the check found something, 2 could not fetch.
    """
    from wortlaut.annotation.studio.client import require_extra

    require_extra()
    from wortlaut.annotation.studio.pull import pull
    from wortlaut.annotation.studio.steps import Step

    project = find_project()
    with showing_steps() as on_step:
        report = pull(project, full=full, on_step=on_step)
        on_step(Step(text="checking"))
        summary = _check(report, project)
    _say(report, summary, project)
    if as_json:
        click.echo(msgspec.json.encode({"pull": report, "check": summary}, enc_hook=str))
    return summary.exit_code


class _Quiet:
    """A reporter for the summary alone."""

    def finding(self, found: Finding) -> None:
        """Take one finding."""

    def finish(self, summary: Summary) -> None:
        """Take the summary, which is shown with the rest."""


def _check(report: PullReport, project: Project) -> Summary:
    from wortlaut.annotation.check.run import check_exports, make_checker
    from wortlaut.annotation.check.select import Selection

    settings = project.settings.check
    checker = make_checker(scheme=project.scheme_path, articles=project.known_articles, ledger=project.ledger)
    selection = Selection(select=settings.select, ignore=settings.ignore)
    return check_exports([shown(report.path, Path.cwd())], checker, _Quiet(), selection=selection)


def _say(report: PullReport, summary: Summary, project: Project) -> None:
    from wortlaut.annotation.check.report import plain_summary

    name = shown(report.path, Path.cwd())
    say(f"fetched {report.path.name}" if report.new else f"nothing new since {report.path.name}")
    say(
        f"{count(report.tasks, 'task')}, {count(report.submitted, 'annotation')}, {report.skipped:,} skipped, "
        f"{count(report.drafts, 'draft')}, by {count(report.annotators, 'annotator')}: as the server counts"
    )
    if report.new:
        say(f"from the server: {count(report.fetched, 'task')} ({report.bytes_fetched / 1e6:.1f} MB)")
    if report.texts_changed:
        say(f"{count(report.texts_changed, 'task')} with another text than was pushed: the check says which (WL801)")
    if report.notes_changed:
        say(f"{count(report.notes_changed, 'note')} that named somebody now name the pseudonym")
    if report.left_out:
        say(f"left out, fields that this version does not know: {', '.join(report.left_out)}")
    if report.superseded:
        say(f"packed away: {', '.join(report.superseded)}")
    if report.finish_rename:
        say("a rename was interrupted: old and new names stand side by side")
        say(f"to finish it: {report.finish_rename}; then pull again")
    if report.beside:
        say(f"beside it in {shown(report.path.parent, Path.cwd())}, and counted too: {', '.join(report.beside)}")
    lines = plain_summary(summary)
    say(f"check: {lines[0]}")
    for line in lines[1:]:
        click.echo(line, err=True)
    for file in summary.files:
        if file.error is not None:
            say(f"{file.error.where}: {file.error.what}")
    own = report.path.parent == project.path(project.settings.exports) and summary.exit_code == 0
    if own and not report.submitted:
        say("nothing is annotated yet; wortlaut studio status tells how far it is")
    else:
        say("next: wortlaut build" if own else f"next: wortlaut check {shlex.quote(name)}")
