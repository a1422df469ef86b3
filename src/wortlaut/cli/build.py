"""The command ``wortlaut build``."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from wortlaut.cli.split_lines import split_lines
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import LEDGER, OLDER, RIGHTS, Project, find_project

if TYPE_CHECKING:
    from wortlaut.corpus.rights import Rights
    from wortlaut.export.build import BuildReport
    from wortlaut.export.features import Profile
    from wortlaut.export.layers import Prefer
    from wortlaut.export.split_policy import SplitBy

__all__ = ["command"]

_REASONS = 4  # that are told of a step
# What stands beside exports and is none: the log of what --fix changed, and words about them.
_BESIDE = (".changes.jsonl", ".md")


@click.command()
@click.argument("exports", nargs=-1, metavar="[EXPORTS]...")
@click.option("--name", metavar="NAME", help="The dataset's name; the project's if not given.")
@click.option("--version", metavar="X.Y.Z", help="The release's version; the one that fits if not given.")
@click.option(
    "--previous",
    metavar="RELEASE",
    help="What to compare with, if not the newest version in DIR: a folder, a version, or hf:org/name@v0.2.0.",
)
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
@click.option("--text-key", metavar="KEY", help="The field of data that holds the annotated text, if not text.")
@click.option(
    "--prefer",
    type=click.Choice(["gold", "first", "latest", "strict"]),
    default="gold",
    show_default=True,
    help="Which layer an article is released with where it has several.",
)
@click.option(
    "--split-by",
    type=click.Choice(["cluster", "time", "publisher", "none"]),
    help="How articles come to a split; as wortlaut.toml says if not given.",
)
@click.option("--renumber", is_flag=True, help="Give annotators new pseudonyms where annotators.toml is lost.")
@click.option("--resplit", is_flag=True, help="Split anew: documents may change the split they had.")
@click.option(
    "--profile",
    type=click.Choice(["full", "standoff"]),
    help="With the texts, or without them where they may not be handed on; the project's.",
)
@click.option("--force", is_flag=True, help="Replace a version that is there already.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on stdout.")
def command(  # noqa: PLR0917 - click passes options by name
    exports: tuple[str, ...],
    name: str | None,
    version: str | None,
    previous: str | None,
    out: Path | None,
    scheme_path: Path | None,
    text_key: str | None,
    prefer: Prefer,
    split_by: SplitBy | None,
    profile: Profile | None,
    *,
    renumber: bool,
    resplit: bool,
    force: bool,
    as_json: bool,
) -> int:
    """Build a Hugging Face dataset from checked exports.

    EXPORTS are Label Studio exports (JSON) or folders of them; the project's folder of exports if none is given.
    They are checked first: what does not hold is left out and reported, as by wortlaut check. The release stands
    in DIR/NAME/vX.Y.Z and is read with datasets.load_dataset. The same exports give the same bytes.

    Where an article has several layers, --prefer gold takes the gold layer, else the only annotator's, else the
    one submitted first; first and latest choose among annotators by time; strict fails where it would have to
    choose. All layers are in the config annotators, under pseudonyms.

    Without --version the number follows from what changed since the newest version: MAJOR where the scheme, the
    columns or the splits changed or something left, MINOR where documents or layers came, PATCH for corrections; 0.1.0
    is the first. Where nothing changed nothing is written. A number that is too small is refused.

    A document keeps the split that it had in the versions that stand in DIR/NAME. New ones come to train, validation
    or test so that near-duplicates stay together (--split-by cluster), by day or by publisher; docs/splits.md.

    The profile full holds the texts, and is refused while corpus/rights.toml does not say that each of them may be
    handed on. standoff holds the annotation alone, and wortlaut rehydrate puts the texts back (docs/rights.md).

    Exit code: 0 built, 1 built and errors took regions out, 2 could not build.
    """
    from wortlaut.annotation.check.report import plain_summary
    from wortlaut.annotation.check.run import make_checker
    from wortlaut.corpus.rights import project_rights
    from wortlaut.export.find_release import located_release
    from wortlaut.export.from_exports import build_exports

    project = find_project()
    settings = project.settings
    path = scheme_path or project.scheme_path
    checker = make_checker(scheme=path, articles=project.known_articles, text_key=text_key, ledger=project.ledger)
    files = _exports(exports, project)
    rights = project_rights(project)
    _tell_unknown(rights, project)
    releases = out or project.path(settings.releases)
    with contextlib.ExitStack() as stack:
        older = previous and stack.enter_context(located_release(previous, project, name=name or "", releases=releases))
        on_bytes, on_article = stack.enter_context(_progress(files))
        built = build_exports(
            files,
            checker,
            scheme_path=path,
            settings=settings,
            out=releases,
            name=name,
            version=version,
            previous=older or None,
            prefer=prefer,
            split_by=split_by,
            resplit=resplit,
            renumber=renumber,
            ledger=project.ledger,
            guidelines=project.root / "annotation" if project.found else None,
            rights=rights,
            profile=profile,
            force=force,
            on_bytes=on_bytes,
            on_article=on_article,
        )
    _say(built.report, plain_summary(built.checked), built.without_task, split_lines(built), settings.license)
    if as_json:
        click.echo(msgspec.json.encode(built.report))
    # The release stands; that errors took something out of it is for a script to know.
    return int(any(one.level == "error" and one.regions for one in built.checked.codes))


def _exports(given: tuple[str, ...], project: Project) -> list[str]:
    """Give the files to read, ``-`` as it stands, those of folders by name; what is passed over there is told.

    Raises UsageError where there is none.
    """
    if not given:
        project.require("name the exports")
    wanted = list(given) or [str(project.path(project.settings.exports))]
    files: list[str] = []
    for path in wanted:
        folder = Path(path)
        if not folder.is_dir():
            files.append(path)
            continue
        there = sorted(
            file
            for file in folder.rglob("*")
            # What a newer pull has taken the place of is history.
            if file.is_file() and not file.name.startswith(".") and OLDER not in file.relative_to(folder).parts
        )
        files += [str(file) for file in there if _is_export(file)]
        others = [file.name for file in there if not (_is_export(file) or file.name.endswith(_BESIDE))]
        if others:
            click.echo(f"wortlaut: {folder}: passed over (not .json or .json.gz): {', '.join(others)}", err=True)
    if not files:
        raise UsageError(
            "there is no export (*.json, *.json.gz)",
            where=", ".join(wanted),
            hint="Export from Label Studio as JSON, not JSON_MIN, into that folder",
        )
    return files


def _tell_unknown(rights: Rights | None, project: Project) -> None:
    """Tell what the ledger of rights names and the corpus does not hold: a slip would let a text leave, or none."""
    store = project.known_articles
    if rights is None or store is None:
        return
    from wortlaut.corpus.store import publishers, text_hashes

    articles = sorted(rights.article_ids - text_hashes(store).keys()) if rights.article_ids else []
    names = rights.unknown_publishers(publishers(store)) if rights.unknown_publishers(()) else []
    for what, unknown in (("articles that the corpus does not hold", articles), ("publishers of no article", names)):
        if unknown:
            more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
            click.echo(f"wortlaut: {RIGHTS} names {what}: {', '.join(unknown[:3])}{more}", err=True)


def _is_export(path: Path) -> bool:
    return path.name.lower().endswith((".json", ".json.gz"))


@contextlib.contextmanager
def _progress(exports: list[str]) -> Iterator[tuple[Callable[[int], None], Callable[[], None]]]:
    """Give ways to tell how many bytes are read and how many articles done, shown where stderr is a terminal."""
    if not sys.stderr.isatty():
        yield (lambda _: None), (lambda: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[done]}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        size = sum(Path(path).stat().st_size for path in exports if Path(path).is_file())
        packed = any(path == "-" or path.endswith(".gz") for path in exports)
        read = progress.add_task("read ", total=None if packed else size, done="")
        built = progress.add_task("build", total=None, done="")
        articles = count(1)

        def on_article() -> None:
            progress.update(built, done=f"{next(articles):,} articles")

        yield (lambda number: progress.advance(read, number)), on_article


def _articles(number: int) -> str:
    return f"{number:,} article" if number == 1 else f"{number:,} articles"


def _some(reasons: tuple[str, ...]) -> str:
    more = len(reasons) - _REASONS
    return "; ".join(reasons[:_REASONS]) + (f"; and {more} more (wortlaut diff shows all)" if more > 0 else "")


def _say(report: BuildReport, checked: tuple[str, ...], without_task: int, splits: list[str], license_: str) -> None:
    lines = [f"{'already built' if report.unchanged else 'built'}: {report.path}"]
    if report.step is not None:
        lines.append(
            f"version {report.version}: {report.step.upper()} since {report.previous}: {_some(report.reasons)}"
        )
    lines += [
        f"articles {report.documents:,}, layers {report.layers:,} by {report.annotators:,} annotators",
        "rows: " + ", ".join(f"{config} {rows:,}" for config, rows in report.rows.items()),
    ]
    lines += splits
    lines.append(f"check: {checked[0]}")
    lines += checked[1:]
    if len(checked) > 1:
        lines.append("  wortlaut check with the same exports shows each finding")
    if without_task:
        lines.append(f"{_articles(without_task)} of the corpus in no export")
    if report.undecided:
        lines.append(
            f"{_articles(report.undecided)} with several layers and none that is preferred: time alone decided "
            f"(--prefer {report.prefer})"
        )
    lines += [f"left out: {_articles(number)} {reason}" for reason, number in report.left_out.items()]
    if report.strangers:
        lines.append(
            f"the exports name {', '.join(report.strangers)}, whom {LEDGER} does not know: the pseudonyms stay as they "
            "are. Whoever pulled these exports has the list"
        )
    if report.notes_left_out:
        lines.append(f"left out: {report.notes_left_out:,} notes of annotators ([release] notes = true releases them)")
    if report.without_rows:
        lines.append(f"not in the release, for want of rows: {', '.join(report.without_rows)}")
    ner = report.ner
    lost = {kind: number for kind, number in ner.lost.items() if number}
    lines.append(f"ner: {ner.tagged:,} of {ner.spans:,} entity spans have tags")
    for kind, number in lost.items():
        shown = [f"{e.text!r} in {e.doc_id}" for e in ner.examples if e.kind == kind][:2]
        lines.append(f"  {number:,} {kind.replace('_', ' ')}, such as {', '.join(shown)}")
    if report.licenses and license_ and license_ not in report.licenses:
        lines.append(
            f"license = {license_} in wortlaut.toml is not what {RIGHTS} says of the texts "
            f"({', '.join(report.licenses)}): the card has the ledger's"
        )
    lines.append(f"content {report.content_sha256}")
    lines.append(f'next: datasets.load_dataset("{report.path}")')
    for line in lines:
        click.echo(line, err=True)
