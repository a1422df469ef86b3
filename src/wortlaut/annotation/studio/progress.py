"""Who has annotated what, without the annotations' results: quick also where there are thousands.

``GET /api/projects/ID/tasks/`` gives tasks by the time of their last change, newest first, and saving, changing and
deleting an annotation changes its task. So what was read is kept in ``.studio``, and only what has changed since is
read again, up to the first page on which nothing has. What the server counts tells whether that holds; where it does
not, all is read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import msgspec

from wortlaut.annotation.studio.census import Counts, read_counts
from wortlaut.annotation.studio.client import Studio
from wortlaut.annotation.studio.home import Home
from wortlaut.annotation.studio.pages import pages
from wortlaut.schema.errors import InputError, UsageError

__all__ = ["PROGRESS", "OnTask", "Worked", "WorkedTask", "read_progress"]

PROGRESS = "progress.json"

_PAGE = 100
_INCLUDE = "id,updated_at,data,annotations,completed_by,was_cancelled,lead_time,created_at"
_DOING = "read who has annotated what"
_FORM = 1


class OnTask(Protocol):
    """What is told how many tasks of how many were read."""

    def __call__(self, done: int, total: int) -> None:
        """Take the numbers."""


class Worked(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One annotation. ``by`` is the number of an account; ``seconds`` is how long the article was open."""

    id: int
    by: int | None
    skipped: bool
    seconds: float | None
    created_at: str


class WorkedTask(msgspec.Struct, frozen=True, array_like=True):
    """One task and what was done on it. ``article_id`` and ``text_sha256`` are empty for a task that is not ours."""

    id: int
    updated_at: str
    article_id: str
    text_sha256: str
    annotations: tuple[Worked, ...] = ()


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The file ``progress.json``: of which project, and its tasks. It can be removed at any time."""

    form: int
    url: str
    project_id: int
    created_at: str
    tasks: tuple[WorkedTask, ...]


class _Annotation(msgspec.Struct):
    id: int
    created_at: str
    completed_by: int | None = None
    was_cancelled: bool = False
    lead_time: float | None = None


class _Data(msgspec.Struct, frozen=True):
    article_id: Any = ""
    text_sha256: Any = ""


class _Task(msgspec.Struct):
    id: int
    updated_at: str
    data: _Data = _Data()
    annotations: list[_Annotation] = []


def read_progress(
    studio: Studio,
    home: Home,
    project_id: int,
    *,
    created_at: str = "",
    on_task: OnTask = lambda done, total: None,  # noqa: ARG005 - its signature
) -> list[WorkedTask]:
    """Give every task of a project with what was done on it, by id.

    ``created_at`` is when the project was made, against another one with the same number. ``on_task`` is called with
    the tasks read so far and their total.
    """
    known = _kept(home, studio.url, project_id, created_at)
    counts = read_counts(studio, project_id)
    tasks = known
    # While people annotate, tasks move from page to page: then all is read, once more where that moved too.
    for start in (known, {}, {}):
        tasks = _changed(studio, project_id, start, partial(on_task, total=counts.tasks))
        after = read_counts(studio, project_id)
        if _holds(tasks, counts, after):
            break
        counts = after
    found = sorted(tasks.values(), key=lambda task: task.id)
    if tasks != known:
        kept = _Kept(form=_FORM, url=studio.url, project_id=project_id, created_at=created_at, tasks=tuple(found))
        # A note to be quick next time: a full disk or a folder that may not be written takes nothing from the answer.
        with contextlib.suppress(UsageError):
            home.write(PROGRESS, kept)
    return found


def _kept(home: Home, url: str, project_id: int, created_at: str) -> dict[int, WorkedTask]:
    try:
        kept = home.read(PROGRESS, _Kept)
    except InputError:
        # Of another version of wortlaut: it is made again.
        return {}
    if kept is None or (kept.form, kept.url, kept.project_id, kept.created_at) != (_FORM, url, project_id, created_at):
        return {}
    return {task.id: task for task in kept.tasks}


def _changed(
    studio: Studio, project_id: int, known: dict[int, WorkedTask], on_task: Callable[[int], None]
) -> dict[int, WorkedTask]:
    """Read pages until one holds nothing new, or the last; give what is known with what was read."""
    tasks = dict(known)
    done = 0
    for page in pages(studio, project_id, include=_INCLUDE, type=_Task, size=_PAGE, doing=_DOING):
        worked = {task.id: _worked(task) for task in page}
        tasks |= worked
        done += len(page)
        on_task(done)
        if all(known.get(number) == task for number, task in worked.items()):
            break
    return tasks


def _worked(task: _Task) -> WorkedTask:
    article_id, sha = task.data.article_id, task.data.text_sha256
    ours = isinstance(article_id, str) and isinstance(sha, str)
    return WorkedTask(
        task.id,
        task.updated_at,
        article_id if ours else "",
        sha if ours else "",
        tuple(
            Worked(one.id, one.completed_by, one.was_cancelled, one.lead_time, one.created_at)
            for one in sorted(task.annotations, key=lambda one: one.id)
        ),
    )


def _holds(tasks: dict[int, WorkedTask], before: Counts, after: Counts) -> bool:
    annotations = [one for task in tasks.values() for one in task.annotations]
    skipped = sum(one.skipped for one in annotations)
    found = (len(tasks), len(annotations) - skipped, skipped)
    return found in {(one.tasks, one.submitted, one.skipped) for one in (before, after)}
