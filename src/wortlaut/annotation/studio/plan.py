"""What a push has to do, from the corpus's hashes and the tasks on the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

import msgspec

from wortlaut.annotation.studio.client import RefusedError, Studio
from wortlaut.annotation.studio.listing import Listing, RemoteTask

__all__ = [
    "Plan",
    "bare_tasks",
    "doubles_of",
    "has_work",
    "lost_articles",
    "make_plan",
    "remove_task",
    "task_data",
]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The articles of the corpus by what is on the server for each, and the tasks that stand out.

    ``missing`` are articles without a task of their text. ``present`` gives each other article's one task.
    ``outdated`` are tasks of an older text that nobody has worked on, ``worked_on`` those that somebody has,
    ``doubles`` the tasks of an article's text beyond the one in ``present``, ``gone`` tasks of no article.
    """

    missing: frozenset[str]
    present: Mapping[str, RemoteTask]
    outdated: tuple[RemoteTask, ...] = ()
    worked_on: tuple[RemoteTask, ...] = ()
    doubles: tuple[RemoteTask, ...] = ()
    gone: tuple[RemoteTask, ...] = ()


class _Task(msgspec.Struct):
    data: dict[str, Any] = {}
    total_annotations: int = 0
    cancelled_annotations: int = 0
    draft_exists: bool = False


def make_plan(
    hashes: Mapping[str, str], listing: Listing, *, whole: bool, worked: Callable[[RemoteTask], bool]
) -> Plan:
    """Compare text_sha256 by article_id with the tasks. ``whole`` is false where ``hashes`` is only a selection.

    An article that somebody works on in an older text is in neither ``missing`` nor ``present``: a second task
    would have it annotated twice.
    """
    missing: set[str] = set()
    present: dict[str, RemoteTask] = {}
    outdated: list[RemoteTask] = []
    worked_on: list[RemoteTask] = []
    doubles: list[RemoteTask] = []
    for article_id, sha in hashes.items():
        tasks = listing.by_article.get(article_id, [])
        current = [task for task in tasks if task.text_sha256 == sha]
        older = [task for task in tasks if task.text_sha256 != sha]
        busy = {task.id for task in older if worked(task)}
        worked_on += [task for task in older if task.id in busy]
        if current:
            # The one that is worked on is the article's; the others are too many.
            kept = current[0] if len(current) == 1 else next(filter(worked, current), current[0])
            present[article_id] = kept
            doubles += [task for task in current if task is not kept]
        elif not busy:
            missing.add(article_id)
        if current or not busy:
            outdated += [task for task in older if task.id not in busy]
    gone = [task for task in listing.tasks() if task.article_id not in hashes] if whole else []
    return Plan(
        missing=frozenset(missing),
        present=present,
        outdated=tuple(outdated),
        worked_on=tuple(worked_on),
        doubles=tuple(doubles),
        gone=tuple(gone),
    )


def lost_articles(plan: Plan, hashes: Mapping[str, str], listing: Listing) -> list[str]:
    """Give the articles that a finished push does not find on the server."""
    keys = listing.keys
    left = {task.article_id for task in plan.worked_on}
    return [one for one, sha in hashes.items() if (one, sha) not in keys and one not in left]


def bare_tasks(plan: Plan, hashes: Mapping[str, str], listing: Listing, *, predictions: int) -> Iterator[RemoteTask]:
    """Give the tasks of the pushed articles that have fewer predictions by the server's count.

    Tasks of an older text do not count, nor does a double where the article's own task is there.
    """
    for article_id in chain(plan.missing, plan.present):
        current = [task for task in listing.by_article[article_id] if task.text_sha256 == hashes[article_id]]
        own = [task for task in current if article_id in plan.present and task.id == plan.present[article_id].id]
        fullest = max(own or current, key=lambda task: task.predictions)
        if fullest.predictions < predictions:
            yield fullest


def doubles_of(plan: Plan, hashes: Mapping[str, str], listing: Listing) -> set[str]:
    """Give the articles that were pushed and have more than one task of their text all the same."""
    return {
        one
        for one in plan.missing
        if sum(task.text_sha256 == hashes[one] for task in listing.by_article.get(one, ())) > 1
    }


def has_work(studio: Studio, task: RemoteTask) -> bool:
    """Say whether somebody annotated or skipped a task, or began to: the list of tasks does not tell of drafts."""
    if task.annotations:
        return True
    now = _read(studio, task.id)
    return now is not None and bool(now.total_annotations or now.cancelled_annotations or now.draft_exists)


def remove_task(studio: Studio, task: RemoteTask) -> bool:
    """Remove a task that nobody has worked on, and say whether it is away; false where somebody has meanwhile.

    It is looked at in the request before the one that removes it. Label Studio removes a task whatever is in it, and
    cannot be told to do so only where there is nothing: work saved between these two requests, a tenth of a second
    apart, goes with the task.
    """
    if has_work(studio, task):
        return False
    try:
        studio.call("DELETE", f"/api/tasks/{task.id}/", doing="remove a task")
    except RefusedError as error:
        if error.status != 404:
            raise
    return True


def task_data(studio: Studio, task_id: int) -> dict[str, Any] | None:
    """Give the data of a task as the server has it; None where there is no such task."""
    now = _read(studio, task_id)
    return None if now is None else now.data


def _read(studio: Studio, task_id: int) -> _Task | None:
    try:
        found: _Task = studio.call("GET", f"/api/tasks/{task_id}/", doing="read a task", type=_Task)
    except RefusedError as error:
        if error.status == 404:
            return None
        raise
    return found
