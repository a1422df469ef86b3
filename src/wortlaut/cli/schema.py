"""The command ``wortlaut schema``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from wortlaut.schema.errors import UsageError
from wortlaut.schema.files import refuse_to_replace, write_text
from wortlaut.schema.project import Project, find_project

__all__ = ["command"]


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when a derived file is stale.")
@click.option(
    "--scheme",
    "scheme_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The scheme; the project's if not given.",
)
@click.option("--from-config", "source", metavar="FILE", help="Draft a scheme from a labeling config or an export.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write the drafted scheme to a file.")
@click.option("--force", is_flag=True, help="Let --out replace a file.")
@click.option("--json", "as_json", is_flag=True, help="Print the files as JSON.")
def command(
    *, check: bool, scheme_path: Path | None, source: str | None, out: Path | None, force: bool, as_json: bool
) -> int:
    """Write the files derived from the scheme, or check them.

    These are the JSON Schemas in schema/, and the labeling config and the guidelines' label chapter in annotation/.
    With --from-config a scheme is drafted instead, from a labeling config (XML) or a Label Studio JSON export.
    """
    if source is not None:
        if check or scheme_path or as_json:
            raise UsageError("--from-config goes with --out alone", where="wortlaut schema")
        return _draft(source, out, force=force)
    if out is not None or force:
        raise UsageError("--out and --force go with --from-config alone", where="wortlaut schema")
    project = find_project()
    project.require("draft a scheme with --from-config FILE")
    return _check(project, scheme_path, as_json=as_json) if check else _write(project, scheme_path, as_json=as_json)


def _write(project: Project, scheme_path: Path | None, *, as_json: bool) -> int:
    from wortlaut.annotation.derived import derive, write_derived

    files = derive(project.root, scheme_path or project.scheme_path)
    written = set(write_derived(files))
    if as_json:
        rows = [{"path": _shown(file.path), "written": file.path in written} for file in files]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return 0
    for file in files:
        click.echo(f"{'wrote' if file.path in written else 'current'} {_shown(file.path)}", err=True)
    return 0


def _check(project: Project, scheme_path: Path | None, *, as_json: bool) -> int:
    from wortlaut.annotation.derived import derive, stale

    files = derive(project.root, scheme_path or project.scheme_path)
    found = stale(files)
    mend = "wortlaut schema" + (f" --scheme {scheme_path}" if scheme_path else "")
    if as_json:
        rows = [{"path": _shown(file.path), "missing": file.missing, "mend": mend} for file in found]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return 1 if found else 0
    for file in found:
        click.echo(f"{_shown(file.path)}: {'missing' if file.missing else 'stale'}; mend it with: {mend}")
    if not found:
        click.echo(f"{len(files)} derived files are current", err=True)
    return 1 if found else 0


def _draft(source: str, out: Path | None, *, force: bool) -> int:
    from wortlaut.annotation.scheme_sources import draft_scheme

    refuse_to_replace(out, force=force)
    drafted = draft_scheme(source)
    for note in drafted.notes:
        click.echo(f"note: {note}", err=True)
    if out is None or str(out) == "-":
        click.echo(drafted.toml.encode(), nl=False)
    else:
        write_text(out, drafted.toml)
        click.echo(f"wrote {out}", err=True)
    return 0


def _shown(path: Path) -> str:
    return os.path.relpath(path)
