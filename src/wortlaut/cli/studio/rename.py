"""The command ``wortlaut studio rename``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from wortlaut.cli.steps import showing_steps
from wortlaut.cli.words import count, say
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import find_project
from wortlaut.schema.scheme import load_scheme

if TYPE_CHECKING:
    from wortlaut.annotation.studio.rename import RenameReport

__all__ = ["command"]


@click.command()
@click.argument("renames", metavar="OLD=NEW", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON on stdout.")
def command(renames: tuple[str, ...], *, as_json: bool) -> int:
    """Give annotations on the server the new name of a label, relation or option.

    Rename it in the scheme first. Then OLD=NEW is for a label or a relation, CHOICE.OLD=NEW for an option of a choice.
    Everything on the server is backed up in .studio/backups before anything changes; then each annotation and each
    draft that bears the old name gets the new one, and the labeling config becomes that of the scheme. Interrupted, it
    is finished by the same command. Let nobody annotate meanwhile, and have open pages reloaded. Exit code 1 where the
    old name still comes in from such a page.
    """
    from wortlaut.annotation.studio.client import connect, require_extra

    require_extra()
    from wortlaut.annotation.config import labeling_config
    from wortlaut.annotation.studio.link import find_project_on_server
    from wortlaut.annotation.studio.rename import rename_on_server
    from wortlaut.annotation.studio.renames import parse_renames

    project = find_project()
    project.require("change into one")
    scheme = load_scheme(project.scheme_path)
    parsed = parse_renames(renames, scheme)
    with connect(project) as studio, showing_steps() as on_step:
        remote = find_project_on_server(studio, project)
        if remote is None:
            raise UsageError(
                "this corpus has no project on the server", where=studio.url, hint="wortlaut studio push makes one"
            )
        report = rename_on_server(studio, project, remote.id, parsed, labeling_config(scheme), on_step=on_step, say=say)
    _report(report)
    if as_json:
        click.echo(msgspec.json.encode(report))
    return 1 if report.left else 0


def _report(report: RenameReport) -> None:
    done = f"{count(report.annotations, 'annotation')} and {count(report.drafts, 'draft')}"
    finished = "finished what an earlier run began: " if report.resumed else ""
    say(f"{finished}renamed {' '.join(report.renames)}: {count(report.regions, 'place')} in {done}")
    say(f"what was there before: {report.backup}")
    if report.left:
        say(
            f"the old name still came in, {count(report.left, 'time')}: somebody annotates on a page that was opened "
            "before. Have it reloaded, then run the command again"
        )
    say("next: have the annotators reload their page; wortlaut studio push renews the predictions")
