"""The command ``wortlaut publish``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from wortlaut.cli.steps import showing_steps
from wortlaut.cli.words import count, say
from wortlaut.schema.project import find_project

if TYPE_CHECKING:
    from wortlaut.export.publish import PublishReport

__all__ = ["command"]

_CHANGES = {"add": "added", "change": "changed", "delete": "deleted"}


@click.command()
@click.argument("release", default="", metavar="[RELEASE]")
@click.option("--to", default="", metavar="hf:ORG/NAME|DIR", help="Where to; [publish] to of wortlaut.toml.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--pull-request", is_flag=True, help="Open a pull request instead of a commit on main; no tag yet.")
@click.option("--private", is_flag=True, help="Where the dataset is new on the Hub, make it private.")
@click.option("--force", is_flag=True, help="Go over what others changed on main, or over a newer version there.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on stdout.")
def command(
    release: str, to: str, *, dry_run: bool, pull_request: bool, private: bool, force: bool, as_json: bool
) -> int:
    """Publish a release on the Hugging Face Hub or in a folder.

    RELEASE is the folder of a version, or NAME or NAME@X.Y.Z of this project's releases; the newest version of the
    project's dataset if not given. It must be whole, and is held to its manifest first.

    On the Hub it becomes one commit on main and the tag vX.Y.Z; then it is downloaded by that tag into an empty
    cache, held to its manifest, and every config is loaded. A tag is never moved: the same content again changes
    nothing, other content is refused. A run that was interrupted is finished by the same command. The token is that
    of hf auth login, or of HF_TOKEN.

    In a folder it is DIR/NAME/vX.Y.Z. Without --to and [publish] to it stands published where it was built.

    Exit code: 0 published (or published already) and verified, 2 not.
    """
    from wortlaut.export.publish import HubOptions, Watcher, publish

    options = HubOptions(dry_run=dry_run, pull_request=pull_request, private=private, force=force)
    with showing_steps() as on_step:
        watcher = Watcher(say=lambda line: say(f"wortlaut: {line}"), on_step=on_step)
        report = publish(release, find_project(), to=to, options=options, watcher=watcher)
    if as_json:
        click.echo(msgspec.json.encode(report))
    for line in _lines(report):
        if dry_run and not as_json:
            click.echo(line)
        else:
            say(line)
    return 0


def _lines(report: PublishReport) -> list[str]:
    """Give what is said of a report, line by line."""
    what = f"{report.name} v{report.version}"
    size = f"{count(report.files, 'file')}, {report.bytes:,} bytes"
    if not report.url:
        said = {"unchanged": "already published, and whole", "planned": "would be copied to"}
        lines = [f"{what} {said.get(report.outcome, 'published')}: {report.to} ({size})"]
        if Path(report.to).resolve() == Path(report.release).resolve():
            lines.append("that is where it was built; --to hf:ORGANISATION/NAME or --to DIR publishes it elsewhere")
        return [*lines, *_pinned(report)]
    if report.outcome == "planned":
        return _planned(report, what)
    if report.outcome == "proposed":
        if not report.pull_request:
            return [
                f"{what}: main of {report.to} holds it already",
                "next: wortlaut publish without --pull-request tags it",
            ]
        return [
            f"{what} proposed: {report.pull_request}",
            "next: merge it on the Hub, then run wortlaut publish without --pull-request, which tags and verifies it",
        ]
    already = "already published" if report.outcome == "unchanged" else "published"
    new = " (a new dataset)" if report.created else ""
    lines = [f"{what} {already}: {report.url}{new}", *_changed(report), f"tag {report.tag} at commit {report.commit}"]
    if report.verified:
        lines.append(f"verified: {size}, every config loaded by the tag with the rows of the manifest")
    return [*lines, *_pinned(report)]


def _planned(report: PublishReport, what: str) -> list[str]:
    lines = [f"{what} would be published: {report.url}"]
    if report.created:
        lines.append("a new dataset would be made")
    if not report.changes:
        lines.append(f"main holds it already (commit {report.commit})")
    lines += [f"  {one.change:6} {one.bytes:>13,}  {one.path}" for one in report.changes]
    return [*lines, *_changed(report), f"the tag v{report.version} would be put"]


def _changed(report: PublishReport) -> list[str]:
    if not report.changes:
        return []
    numbers = {kind: sum(one.change == kind for one in report.changes) for kind in _CHANGES}
    size = sum(one.bytes for one in report.changes)
    changed = ", ".join(f"{numbers[kind]:,} {word}" for kind, word in _CHANGES.items())
    return [f"one commit: {changed} ({size:,} bytes)"]


def _pinned(report: PublishReport) -> list[str]:
    if not report.pin:
        return []
    lines = [f"pin: {report.pin}"]
    return [*lines, f"     or by the commit: revision={report.commit!r}"] if report.commit else lines
