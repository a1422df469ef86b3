"""The command ``wortlaut diff``."""

from __future__ import annotations

import contextlib
import sys

import click

from wortlaut.schema.project import find_project

__all__ = ["command"]


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="What is written to stdout.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--limit", type=click.IntRange(min=0), metavar="N", help="How many documents are shown; all if not given."
)
def command(before: str, after: str, form: str, limit: int | None, *, as_json: bool) -> int:
    """Say what changed from one release to another, document by document.

    A and B are folders of releases, versions of the project's dataset (0.2.0), of another one (NAME@0.2.0), or
    revisions on the Hub (hf:org/name@v0.2.0). Ids are counted anew in each release and are no change; a span is the
    same one where it stands at the same place, or bears the same label at an overlapping one.

    The step of semantic versioning, and why, stands at the end. Exit code: 0 nothing is other, 1 something is, 2 could
    not compare.
    """
    from wortlaut.export.diff.compare import Comparison
    from wortlaut.export.diff.report import FORMATS
    from wortlaut.export.references import located_release
    from wortlaut.export.release import open_release

    project = find_project()
    releases, name = project.path(project.settings.releases), project.settings.name
    with contextlib.ExitStack() as stack:
        one, other = (open_release(stack.enter_context(located_release(r, releases, name))) for r in (before, after))
        comparison = Comparison(one, other)
        FORMATS["json" if as_json else form](comparison, sys.stdout.write, limit=limit)
    return 0 if comparison.summary.step is None else 1
