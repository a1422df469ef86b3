"""The command ``wortlaut rehydrate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wortlaut.cli.steps import counting

if TYPE_CHECKING:
    from wortlaut.export.rehydrate import RehydrateReport

__all__ = ["command"]

_SHOWN = 10


@click.command("rehydrate")
@click.argument("release", metavar="RELEASE")
@click.option(
    "--texts",
    multiple=True,
    required=True,
    metavar="DIR|FILE",
    help="Where the texts are: folders or files that ingest reads, articles.jsonl. Can be given several times.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("rehydrated"),
    show_default=True,
    metavar="DIR",
    help="Where the full release is written, as DIR/NAME/vX.Y.Z.",
)
@click.option("--force", is_flag=True, help="Replace what is there.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on stdout.")
def command(*, release: str, texts: tuple[str, ...], out: Path, force: bool, as_json: bool) -> int:
    """Put the texts back into a release without them.

    RELEASE is the folder of a version of profile standoff, .../vX.Y.Z. A text is known by its SHA-256. Where all are
    there, the full release comes back byte for byte. A text that differs a little is found by its id, its address or
    its anchors, and its spans by theirs; what cannot be proven is left out and listed, never guessed.

    Exit code: 0 the full release, 1 some texts differ or are not there, 2 could not run.
    """
    from wortlaut.export.find_release import find_release
    from wortlaut.export.rehydrate import rehydrate
    from wortlaut.schema.project import find_project

    project = find_project()
    with counting("documents") as on_document:
        report = rehydrate(
            find_release(release, project),
            texts,
            out=out,
            timezone=project.settings.timezone,
            force=force,
            on_document=on_document,
        )
    if report is None:
        click.echo(f"wortlaut: {release} holds its texts (profile full): nothing to do", err=True)
        return 0
    _say(report)
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode(report))
    return 0 if report.same != "no" else 1


def _say(report: RehydrateReport) -> None:
    from wortlaut.cli.words import count, say

    say(f"wrote {report.path}")
    say("documents: " + ", ".join(f"{outcome} {number:,}" for outcome, number in report.documents.items()))
    say("spans: " + ", ".join(f"{outcome} {number:,}" for outcome, number in report.spans.items()))
    for one in report.others[:_SHOWN]:
        text = f" in {one.source}" if one.source else ""
        say(f"  {one.doc_id}: {one.outcome}{text}, {one.recovered:,} of {count(one.spans, 'span')} {one.why}".rstrip())
    if len(report.others) > _SHOWN:
        say(f"  and {count(len(report.others) - _SHOWN, 'document')} more; --json lists all")
    for line in report.unread[:_SHOWN]:
        say(f"not read: {line}")
    if len(report.unread) > _SHOWN:
        say(f"and {count(len(report.unread) - _SHOWN, 'source')} more that could not be read")
    if report.same == "bytes":
        say(f"every file is that of the full build; content {report.content_sha256}")
    elif report.same == "content":
        say(
            "the rows are those of the full build, but other versions of the libraries wrote other bytes: "
            + ", ".join(report.differing)
        )
    else:
        say(f"this is another release than the full build, and its card says so; content {report.content_sha256}")
