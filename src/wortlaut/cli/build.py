"""The command ``wortlaut build``."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import Project, find_project
from wortlaut.schema.scheme import Scheme, load_scheme

if TYPE_CHECKING:
    from wortlaut.export.build import BuildReport
    from wortlaut.export.layers import Prefer

__all__ = ["command"]


@click.command()
@click.argument("exports", nargs=-1, metavar="[EXPORTS]...")
@click.option("--name", metavar="NAME", help="The dataset's name; the project's if not given.")
@click.option("--version", default="0.1.0", show_default=True, metavar="X.Y.Z", help="The release's version.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where releases stand; the project's.",
)
@click.option(
    "--scheme",
    "scheme_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The annotation scheme; the project's.",
)
@click.option(
    "--prefer",
    type=click.Choice(["gold", "first", "latest", "strict"]),
    default="gold",
    show_default=True,
    help="Which layer an article is released with where it has several.",
)
@click.option("--force", is_flag=True, help="Replace a version that is there already.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on stdout.")
def command(  # noqa: PLR0917 - click passes options by name
    exports: tuple[str, ...],
    name: str | None,
    version: str,
    out: Path | None,
    scheme_path: Path | None,
    prefer: Prefer,
    *,
    force: bool,
    as_json: bool,
) -> None:
    """Build a Hugging Face dataset from checked exports.

    EXPORTS are Label Studio exports (JSON) or folders of them; the project's folder of exports if none is given.
    They are checked first: what does not hold is left out and reported, as by wortlaut check. The release stands
    in DIR/NAME/vX.Y.Z and is read with datasets.load_dataset. The same exports give the same bytes.

    Where an article has several layers, --prefer gold takes the gold layer, else the only annotator's, else the
    one submitted first; first and latest choose among annotators by time; strict fails where it would have to
    choose. All layers are in the config annotators, under pseudonyms.
    """
    from wortlaut.export.build import ReleaseSettings, build, schema_files

    project = find_project()
    settings = project.settings
    path = scheme_path or project.scheme_path
    scheme = load_scheme(path)
    taken = _Taken()
    with _progress() as advance, _checked(_exports(exports, project), scheme, project, taken) as tasks:
        report = build(
            tasks,
            scheme=scheme,
            out=out or project.path(settings.releases),
            name=name or settings.name,
            version=version,
            settings=ReleaseSettings(
                title=settings.title, license=settings.license, annotation_license=settings.annotation_license
            ),
            prefer=prefer,
            schema_files=schema_files(path),
            force=force,
            on_article=advance,
        )
    _say(report, taken)
    if as_json:
        click.echo(msgspec.json.encode(report))


def _exports(given: tuple[str, ...], project: Project) -> list[str]:
    """Give the files to read, ``-`` as it stands, those of folders by name. Raises UsageError where there is none."""
    wanted = list(given) or [str(project.path(project.settings.exports))]
    files: list[str] = []
    for path in wanted:
        folder = Path(path)
        files += sorted(str(file) for file in folder.glob("*.json")) if folder.is_dir() else [path]
    if not files:
        raise UsageError(
            "there is no export (*.json)",
            where=", ".join(wanted),
            hint="Export from Label Studio as JSON, not JSON_MIN, into that folder",
        )
    return files


class _Taken(msgspec.Struct):
    """What the check took out on the way: findings, and the regions that they cost."""

    seen: int = 0
    kept: int = 0
    findings: int = 0


@contextlib.contextmanager
def _checked(exports: list[str], scheme: Scheme, project: Project, taken: _Taken) -> Iterator[Iterable[CheckedTask]]:
    """Give the checked articles of the exports, sorted by id, all layers of one article in one task."""
    from wortlaut.annotation.check.checker import Checker
    from wortlaut.annotation.check.merge import merge_exports
    from wortlaut.corpus.store import text_hashes

    articles = project.path(project.settings.articles)
    checker = Checker(scheme, articles=text_hashes(articles) if articles.is_file() else None)
    with merge_exports(exports, checker) as merged:
        yield _counted(merged, taken)
        taken.findings += len(merged.findings)


def _counted(tasks: Iterable[CheckedTask], taken: _Taken) -> Iterator[CheckedTask]:
    for task in tasks:
        taken.seen += task.counts.seen
        taken.kept += task.counts.kept
        taken.findings += len(task.findings)
        yield task


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[], None]]:
    """Show how many articles are done, on stderr; nothing where that is no terminal."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("build"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("build", total=None)
        yield lambda: progress.advance(bar)


def _say(report: BuildReport, taken: _Taken) -> None:
    lines = [
        f"{'already built' if report.unchanged else 'built'}: {report.path}",
        f"articles {report.documents:,}, layers {report.layers:,} by {report.annotators:,} annotators",
        "rows: " + ", ".join(f"{config} {rows:,}" for config, rows in report.rows.items()),
    ]
    if taken.findings:
        lines.append(
            f"check: of {taken.seen:,} regions {taken.kept:,} are kept; wortlaut check shows the findings "
            f"({taken.findings:,})"
        )
    if report.undecided:
        lines.append(
            f"{report.undecided:,} articles have several layers and none that is preferred: time alone decided "
            f"(--prefer {report.prefer})"
        )
    lines += [f"left out: {number:,} articles {reason}" for reason, number in report.left_out.items()]
    ner = report.ner
    lost = {kind: number for kind, number in ner.lost.items() if number}
    lines.append(f"ner: {ner.tagged:,} of {ner.spans:,} entity spans have tags")
    for kind, number in lost.items():
        shown = [f"{e.text!r} in {e.doc_id}" for e in ner.examples if e.kind == kind][:2]
        lines.append(f"  {number:,} {kind.replace('_', ' ')}, such as {', '.join(shown)}")
    lines.append(f"content {report.content_sha256}")
    lines.append(f'next: datasets.load_dataset("{report.path}")')
    for line in lines:
        click.echo(line, err=True)
