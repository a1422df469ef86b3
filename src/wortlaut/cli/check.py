"""``wortlaut check``: what holds in Label Studio exports, and what does not."""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from wortlaut.annotation.check.checker import Checker
    from wortlaut.annotation.check.fix import FixReport
    from wortlaut.annotation.check.summary import Summary

__all__ = ["command"]

_OnBytes = Callable[[str, int], None]


@click.command("check", no_args_is_help=True)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--scheme", type=click.Path(path_type=Path), metavar="FILE", help="The scheme, if not the project's.")
@click.option(
    "--articles", type=click.Path(path_type=Path), metavar="FILE", help="The corpus, if not the project's articles."
)
@click.option("--text-key", metavar="KEY", help="The field of data that holds the text, where it is not found out.")
@click.option("--select", multiple=True, metavar="CODES", help="Report these alone: WL301, WL3 or WL3,WL401.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Do not report these; they are still counted.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to report.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--all", "show_all", is_flag=True, help="Show every finding, in the order of the file.")
@click.option("--fix", type=click.Path(path_type=Path), metavar="OUT", help="Write a mended copy, then check that.")
@click.option("--force", is_flag=True, help="Let --fix replace OUT.")
def command(
    *,
    files: tuple[str, ...],
    scheme: Path | None,
    articles: Path | None,
    text_key: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    form: str,
    as_json: bool,
    show_all: bool,
    fix: Path | None,
    force: bool,
) -> int:
    """Check a Label Studio export.

    FILE is what Label Studio exports as JSON, also packed as .gz; - is standard input. Other formats are refused
    by name. Without --select and --ignore, the section [check] of wortlaut.toml decides. docs/check.md tells how
    to read the report, wortlaut rule CODE explains a code.

    --fix mends what has one right answer and nothing else; beside OUT stands OUT.changes.jsonl with each change.

    Exit code: 0 clean, 1 findings (infos do not count), 2 a file could not be read.
    """
    from wortlaut.annotation.check.report import REPORTERS
    from wortlaut.annotation.check.run import check_exports, make_checker
    from wortlaut.annotation.check.select import Selection
    from wortlaut.schema.errors import UsageError
    from wortlaut.schema.project import find_project

    if (fix is not None and len(files) > 1) or files.count("-") > 1:
        raise UsageError("--fix and - take one file at a time", hint="Call wortlaut check once for each")
    if "" in files:
        raise UsageError("an empty name is no file", where="FILE", hint="Is a variable of the shell not set?")
    if force and fix is None:
        raise UsageError("--force goes with --fix", hint="wortlaut check FILE --fix OUT --force")
    project = find_project()
    settings = project.settings.check
    selection = Selection(select=select or settings.select, ignore=ignore or settings.ignore)
    checker = make_checker(
        scheme=scheme or project.scheme_path,
        articles=articles or project.known_articles,
        text_key=text_key,
        ledger=project.ledger,
    )
    form = "json" if as_json else form
    streams = form == "json" or show_all
    # A name or a text may hold what the terminal's encoding lacks.
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    with _progress(quiet=streams and sys.stdout.isatty()) as (on_bytes, stop):
        fixed = _fix(files[0], fix, checker, force=force, on_bytes=on_bytes) if fix is not None else None
        summary = check_exports(
            files if fixed is None else (fixed.out,),
            checker,
            REPORTERS[form](sys.stdout, show_all=show_all),
            selection=selection,
            options=_repeated(scheme=scheme, articles=articles, text_key=text_key),
            fixed=fixed,
            on_bytes=on_bytes,
            on_end=stop,
        )
    sys.stdout.flush()
    _tell_errors(summary)
    return summary.exit_code


def _fix(file: str, out: Path, checker: Checker, *, force: bool, on_bytes: _OnBytes) -> FixReport:
    from wortlaut.annotation.check.fix import fix_export
    from wortlaut.annotation.check.report import count

    fixed = fix_export(file, out, checker, force=force, on_bytes=lambda done: on_bytes(file, done))
    codes = ", ".join(f"{code} {number:,}" for code, number in fixed.codes.items())
    places = f"{count(fixed.changes, 'change')} in {count(fixed.elements, 'element')}"
    did = f"{places} ({codes})" if fixed.changes else "nothing to mend"
    place, log = shlex.quote(fixed.out), shlex.quote(fixed.log)
    click.echo(f"wortlaut: wrote {place}: {did}; {log} holds each change", err=True)
    return fixed


def _repeated(*, scheme: Path | None, articles: Path | None, text_key: str | None) -> list[str]:
    options = {"--scheme": scheme, "--articles": articles, "--text-key": text_key}
    return [part for name, value in options.items() if value is not None for part in (name, str(value))]


def _tell_errors(summary: Summary) -> None:
    from wortlaut.schema.errors import InputError

    for file in summary.files:
        if file.error is not None:
            error = file.error
            click.echo(
                f"wortlaut: {InputError(error.what, where=error.where, hint=error.hint, code=error.code)}", err=True
            )


@contextlib.contextmanager
def _progress(*, quiet: bool) -> Iterator[tuple[_OnBytes, Callable[[], None]]]:
    """Give a way to tell how far a file is, shown where standard error is a terminal, and one to clear it away."""
    if quiet or not sys.stderr.isatty():
        yield (lambda _file, _done: None), (lambda: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

    from wortlaut.schema.printable import printable

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("checking")

        def on_bytes(file: str, done: int) -> None:
            # How much a packed file or a pipe holds is not known before its end.
            known = file != "-" and not file.endswith(".gz")
            total = Path(file).stat().st_size if known else None
            progress.update(task, description=printable(file)[-50:], completed=done, total=total)

        yield on_bytes, progress.stop
