"""``wortlaut init``: a new corpus project."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

__all__ = ["command"]


@click.command("init")
@click.argument("folder", metavar="DIR")
def command(*, folder: str) -> None:
    """Make a new corpus project in a folder.

    Makes DIR with wortlaut.toml, a copy of the annotation scheme, and a folder for each step. DIR may hold files:
    none is overwritten. A folder that is a project already is refused.
    """
    from wortlaut.cli.starter import init
    from wortlaut.schema.errors import UsageError
    from wortlaut.schema.project import enclosing_project

    if not folder:
        raise UsageError("an empty name is no folder", where="DIR", hint="The current folder is .")
    outer = enclosing_project(Path(folder))
    project = init(Path(folder))
    if outer is not None:
        click.echo(f"wortlaut: {folder} lies inside the project {outer}; commands in it use the new one", err=True)
    for path in project.kept:
        click.echo(f"wortlaut: {Path(folder) / path} was there already and stays as it is", err=True)
    click.echo(f"wortlaut: made the project {folder} ({len(project.written)} files)", err=True)
    place = shlex.quote(folder)
    click.echo(f"next: cd {place}, put articles into corpus/raw, then: wortlaut ingest corpus/raw", err=True)
