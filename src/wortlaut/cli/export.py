"""The command ``wortlaut export``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from wortlaut.cli.steps import counting
from wortlaut.cli.words import count, say

if TYPE_CHECKING:
    from wortlaut.export.export import LayerChoice
    from wortlaut.export.formats.loss import LossReport

__all__ = ["command"]


@click.command()
@click.argument("release", metavar="RELEASE")
@click.option(
    "--format",
    "format_",
    default="",
    metavar="NAME",
    help="conll, spacy, gliner, gliner2, brat, xmi or jsonl.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="A new folder; NAME-vX.Y.Z-FORMAT here if not given.",
)
@click.option("--split", "splits", multiple=True, metavar="SPLIT", help="Write this split alone; may be repeated.")
@click.option(
    "--layer",
    type=click.Choice(["main", "annotators"]),
    default="main",
    show_default=True,
    help="The main layer, or each annotator's in a folder of their own.",
)
@click.option("--force", is_flag=True, help="Replace an earlier export that is there already.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on stdout.")
def command(
    *,
    release: str,
    format_: str,
    out: Path | None,
    splits: tuple[str, ...],
    layer: LayerChoice,
    force: bool,
    as_json: bool,
) -> None:
    """Write a release in the format of another tool.

    RELEASE is the folder of a version (.../vX.Y.Z), or a version of the project's dataset (0.2.0). What the format
    cannot hold is counted by kind and reason, with examples: a short table on stderr, all of it in DIR/loss.json. What
    is read is what is written and what is lost; nothing goes in silence. docs/formats.md says what each format holds.
    """
    from wortlaut.export.export import export
    from wortlaut.export.find_release import find_release
    from wortlaut.schema.project import find_project

    with counting("documents") as on_document:
        report = export(
            find_release(release, find_project()),
            format_=format_,
            out=out,
            splits=splits,
            layer=layer,
            force=force,
            on_document=on_document,
        )
    loss = report.loss
    say(f"wrote {report.path}: {format_}, {count(loss.documents, 'document')}, {count(loss.layers, 'layer')}")
    for line in _table(loss):
        say(line)
    if as_json:
        click.echo(msgspec.json.encode(report))


def _table(loss: LossReport) -> Iterator[str]:
    from wortlaut.schema.printable import printable, quoted

    wide = max([len(kind) for kind in loss.kinds], default=0)
    yield f"  {'':{wide}}  {'read':>9}  {'written':>9}  {'lost':>9}"
    for kind, one in loss.kinds.items():
        yield f"  {kind.replace('_', ' '):{wide}}  {one.read:>9,}  {one.written:>9,}  {one.lost:>9,}"
    for lost in loss.losses:
        example = lost.examples[0]
        shown = f", such as {quoted(example.what)} in {printable(example.doc_id)}"
        kind = lost.kind.replace("_", " ")
        yield f"lost: {lost.count:,} {kind}: {lost.meaning}{'' if lost.reason == 'no_place' else shown}"
    for note, number in loss.notes.items():
        yield f"note: {number:,} {note}"
    if loss.names:
        name, other = next(iter(loss.names.items()))
        yield f"note: {count(len(loss.names), 'name')} had to change, such as {quoted(name)} to {quoted(other)}"
