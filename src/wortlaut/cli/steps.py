"""What long work is at, on stderr; where that is no terminal, one line for each step that takes minutes."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from wortlaut.annotation.studio.steps import Step

__all__ = ["counting", "showing_steps"]


@contextlib.contextmanager
def showing_steps() -> Iterator[Callable[[Step], None]]:
    """Give what shows a step until the next one comes: a spinner, its text, and a bar where there is a total."""
    if not sys.stderr.isatty():
        told: set[str] = {""}

        def tell(step: Step) -> None:
            if step.told not in told:
                told.add(step.told)
                click.echo(step.told, err=True)

        yield tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=20), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:

        def show(step: Step) -> None:
            # A step of another text is another line: a bar that was full once stands still.
            if not progress.tasks or progress.tasks[0].description != step.text:
                for task in progress.task_ids:
                    progress.remove_task(task)
                progress.add_task(step.text, total=step.total or None)
            progress.update(progress.task_ids[0], completed=step.done)

        yield show


@contextlib.contextmanager
def counting(what: str) -> Iterator[Callable[[], None]]:
    """Give what counts things of a kind (``documents``) one by one, shown where standard error is a terminal."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} {task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda: progress.advance(task)
