"""The command ``wortlaut config``."""

from __future__ import annotations

from pathlib import Path

import click

from wortlaut.schema.files import refuse_to_replace, write_text
from wortlaut.schema.project import find_project
from wortlaut.schema.scheme import load_scheme

__all__ = ["command"]


@click.command()
@click.option(
    "--scheme",
    "scheme_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The scheme; the project's if not given.",
)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write to a file instead of stdout.")
@click.option("--force", is_flag=True, help="Let --out replace a file.")
def command(scheme_path: Path | None, out: Path | None, *, force: bool) -> None:
    """Print the labeling config for Label Studio.

    The config is XML, derived from the scheme. In Label Studio, paste it under Settings, Labeling Interface, Code.
    """
    from wortlaut.annotation.config import labeling_config

    refuse_to_replace(out, force=force)
    text = labeling_config(load_scheme(scheme_path or find_project().scheme_path))
    if out is None or str(out) == "-":
        click.echo(text.encode(), nl=False)
        return
    write_text(out, text)
    click.echo(f"wrote {out}", err=True)
