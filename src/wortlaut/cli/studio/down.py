"""The command ``wortlaut studio down``."""

from __future__ import annotations

import os

import click
import msgspec

from wortlaut.schema.project import find_project

__all__ = ["command"]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print what was ended as JSON on stdout; null for nothing.")
def command(*, as_json: bool) -> None:
    """End the project's own Label Studio.

    Its data stay; wortlaut studio up starts it again with them.
    """
    from wortlaut.annotation.studio.client import URL_VARIABLE
    from wortlaut.annotation.studio.server import down

    ended = down(find_project())
    named = os.environ.get(URL_VARIABLE, "").rstrip("/")
    if named and (ended is None or named != ended.url):
        click.echo(f"warning: {URL_VARIABLE} is set: down is for the project's own server, not for that one", err=True)
    if as_json:
        click.echo(msgspec.json.encode(ended))
    elif ended is None:
        click.echo("no Label Studio of this project runs")
    else:
        how = "" if ended.by_itself else "; it did not go by itself and was killed"
        click.echo(f"ended the Label Studio at {ended.url} (process {ended.pid}){how}. Its data stay")
