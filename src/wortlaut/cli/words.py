"""How commands say things: a line on stderr, a number of things, a path."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["count", "say", "shown"]


def count(number: int, noun: str) -> str:
    """Give a number of things.

    >>> count(1, "task"), count(2000, "task")
    ('1 task', '2,000 tasks')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def say(line: str) -> None:
    """Say a line on stderr: stdout is for data."""
    click.echo(line, err=True)


def shown(path: Path, folder: Path) -> str:
    """Give a path as it is called from a folder that it lies in, else whole.

    >>> shown(Path("/a/b/c.json"), Path("/a"))
    'b/c.json'
    """
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)
