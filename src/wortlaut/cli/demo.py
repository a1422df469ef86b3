"""The command ``wortlaut demo``."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
import msgspec

__all__ = ["command"]


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("wortlaut-demo"),
    show_default=True,
    metavar="DIR",
    help="The folder to work in; a second run makes it anew.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on stdout.")
def command(*, out: Path, as_json: bool) -> None:
    """Run the whole chain on the sample corpus.

    Ingests the sample articles that wortlaut ships, writes Label Studio tasks, checks what two annotators and an
    adjudicator made of them, builds a dataset and reads it back. DIR then is a project like one of your own.
    """
    from wortlaut.export.demo import demo

    report = demo(out, say=lambda line: click.echo(line, err=True))
    code = next(iter(report.findings), "WL601")
    for line in (
        "",
        f"done in {report.seconds:.1f} s; everything stands in {out}",
        "next:",
        f"  cd {shlex.quote(str(out))}",
        "  wortlaut ingest corpus/raw --show      # how the pages were read",
        "  wortlaut check annotation/exports/*.json",
        f"  wortlaut rule {code}                    # what a finding means",
        f"  less {Path(report.release).relative_to(out.resolve())}/README.md",
        "  wortlaut build                         # after a change of the exports: the next version, and why",
        "  wortlaut export 0.1.0 --format spacy   # for other tools; says what it could not hold",
        "  wortlaut train --release 0.1.0 --model crf   # what was annotated pre-annotates the next articles",
        "  wortlaut studio up                     # Label Studio; then wortlaut studio push, and annotate",
        "  wortlaut init my-corpus                # a project of your own",
    ):
        click.echo(line, err=True)
    if as_json:
        click.echo(msgspec.json.encode(report))
