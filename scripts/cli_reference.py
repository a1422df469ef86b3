"""Write docs/cli.md, the reference of all commands, from their --help; with --check only say whether it is stale.

It stands in scripts/ because it is no part of what users install, and belongs to no room: it reads them all.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from wortlaut.cli.main import cli
from wortlaut.schema.files import write_text

PATH = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
WIDTH = 100
HEAD = """# Commands

Generated from `--help`; refresh with `make docs`. Data goes to stdout, talk and progress to stderr.
Exit codes: 0 done and clean, 1 findings, 2 could not run, 130 interrupted.
"""


def reference() -> str:
    """Give the whole reference as Markdown."""
    return HEAD + "".join(_sections(cli, "wortlaut"))


def _sections(group: click.Group, path: str) -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            raise LookupError(f"the command {name} is listed and does not exist")
        yield _section(f"{path} {name}", command)
        if isinstance(command, click.Group):
            yield from _sections(command, f"{path} {name}")


def _section(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path, terminal_width=WIDTH, max_content_width=WIDTH)
    return f"\n## {path}\n\n```text\n{command.get_help(context)}\n```\n"


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        if not PATH.is_file() or PATH.read_text(encoding="utf-8") != reference():
            sys.exit(f"{PATH.name} is stale: run make docs")
    else:
        write_text(PATH, reference())
