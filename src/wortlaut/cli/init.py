"""``wortlaut init``: a new corpus project."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

__all__ = ["command"]


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def command(*, folder: Path) -> None:
    """Make a new corpus project in a folder.

    Makes DIR with wortlaut.toml, a copy of the annotation scheme, and a folder for each step. DIR may hold files:
    none is overwritten. A folder that is a project already is refused.
    """
    from wortlaut.cli.starter import init

    project = init(folder)
    for path in project.kept:
        click.echo(f"wortlaut: {folder / path} was there already and stays as it is", err=True)
    click.echo(f"wortlaut: made the project {folder} ({len(project.written)} files)", err=True)
    place = shlex.quote(str(folder))
    click.echo(f"next: cd {place}, put articles into corpus/raw, then: wortlaut ingest corpus/raw", err=True)
