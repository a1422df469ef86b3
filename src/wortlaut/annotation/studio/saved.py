"""What annotators have saved on the server, annotations and drafts, a page of tasks at a time.

Label Studio's list of tasks leaves out other people's drafts, so those are asked for task by task where there are
some. Its counters (of a task, of a project's labels) can be wrong, so they only choose what is read first: what was
read is counted against the rows themselves, and where one is missing every task is read. Pages follow the id of the
last task, not a page's number: what annotators save meanwhile moves no task from one page into another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from operator import attrgetter, itemgetter
from typing import Any, Generic, Literal, TypeVar

import msgspec

from wortlaut.annotation.studio.census import read_counts, read_people
from wortlaut.annotation.studio.client import Studio

__all__ = ["Draft", "Saved", "drafts_of", "every_task", "saved_work"]

PAGE = 50
"""Tasks in one answer: two annotators with 140 regions each make 2 MB of it."""

_INCLUDE = "id,annotations,completed_by,was_cancelled,updated_at,result,data,draft_exists"
_DOING = "read the annotations"
_T = TypeVar("_T")


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """One annotation or draft. ``result`` is its JSON as the server has it (it can be null), ``by`` an e-mail address.

    ``of`` is the annotation that a draft changes, None for a draft that is not submitted yet.
    """

    kind: Literal["annotation", "draft"]
    id: int
    task_id: int
    article_id: str
    by: str
    updated_at: str
    result: msgspec.Raw
    was_cancelled: bool = False
    of: int | None = None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A draft as the server gives it; ``user`` is an e-mail address."""

    id: int
    user: str
    updated_at: str
    result: msgspec.Raw
    annotation: int | None = None


def saved_work(studio: Studio, project_id: int, *, on_task: Callable[[int], None] = lambda _: None) -> Iterator[Saved]:
    """Give every annotation (skipped ones too) and every draft of a project, in the order of their tasks.

    ``on_task`` is called with the number of tasks read so far. Needs the memory of one page. Raises UsageError.
    """
    expected = read_counts(studio, project_id)
    names = {person.id: person.identity for person in read_people(studio)}
    seen: set[int] = set()
    read = 0
    for narrow in (True, False):
        query = _narrowed if narrow else _after
        tasks = _by_id(studio, project_id, _Task, attrgetter("id"), include=_INCLUDE, doing=_DOING, query=query)
        for task in tasks:
            if task.id in seen:
                continue
            seen.add(task.id)
            on_task(len(seen))
            for one in _saved(studio, task, names):
                read += one.kind == "annotation"
                yield one
        if read >= expected.submitted + expected.skipped:
            return


def drafts_of(studio: Studio, task_id: int) -> list[Draft]:
    """Give the drafts of a task, of all its annotators."""
    found: list[Draft] = studio.call("GET", f"/api/tasks/{task_id}/drafts", doing=_DOING, type=list[Draft])
    return found


def every_task(studio: Studio, project_id: int, *, include: str, doing: str) -> Iterator[dict[str, Any]]:
    """Give every task of a project as the server has it, with the fields named in ``include``, in order of its id."""
    return _by_id(studio, project_id, dict[str, Any], itemgetter("id"), include=include, doing=doing, query=_after)


class _Annotation(msgspec.Struct):
    id: int
    updated_at: str
    result: msgspec.Raw
    completed_by: int | None = None
    was_cancelled: bool = False


class _Data(msgspec.Struct, frozen=True):
    article_id: Any = ""


class _Task(msgspec.Struct):
    id: int
    annotations: list[_Annotation] = []
    draft_exists: bool = True
    data: _Data = _Data()


class _Tasks(msgspec.Struct, Generic[_T]):
    tasks: list[_T]


def _by_id(
    studio: Studio,
    project_id: int,
    kind: type[_T],
    number: Callable[[_T], int],
    *,
    include: str,
    doing: str,
    query: Callable[[int], str],
) -> Iterator[_T]:
    """Give tasks as ``kind``, in order of their ids; ``query`` makes the query for those after an id."""
    after = 0
    while True:
        params: dict[str, str | int] = {
            "project": project_id, "page_size": PAGE, "fields": "all", "include": include, "query": query(after)
        }  # fmt: skip
        page: _Tasks[_T] = studio.call(
            "GET", "/api/tasks/", doing=doing, type=_Tasks[kind], params=params  # type: ignore[valid-type]  # a value, for msgspec
        )  # fmt: skip
        yield from page.tasks
        if len(page.tasks) < PAGE:
            return
        after = number(page.tasks[-1])


def _saved(studio: Studio, task: _Task, names: dict[int, str]) -> Iterator[Saved]:
    article = str(task.data.article_id)
    for annotation in task.annotations:
        user = annotation.completed_by
        yield Saved(
            kind="annotation",
            id=annotation.id,
            task_id=task.id,
            article_id=article,
            by="nobody" if user is None else names.get(user, f"account {user}"),
            updated_at=annotation.updated_at,
            result=annotation.result,
            was_cancelled=annotation.was_cancelled,
        )
    for draft in drafts_of(studio, task.id) if task.draft_exists else ():
        yield Saved(
            kind="draft",
            id=draft.id,
            task_id=task.id,
            article_id=article,
            by=draft.user,
            updated_at=draft.updated_at,
            result=draft.result,
            of=draft.annotation,
        )


def _after(after: int) -> str:
    return _query("and", [_filter("id", "greater", "Number", after)])


def _narrowed(after: int) -> str:
    """Give the query for the tasks with an annotation, a skip or a draft by their counters, from an id on."""
    newer = _filter("id", "greater", "Number", after)
    wanted = [
        _filter("total_annotations", "greater", "Number", 0),
        _filter("cancelled_annotations", "greater", "Number", 0),
        _filter("draft_exists", "equal", "Boolean", value=True),
    ]
    return _query("or", [one | {"child_filter": newer} for one in wanted])


def _filter(column: str, operator: str, kind: str, value: float) -> dict[str, object]:
    return {"filter": f"filter:tasks:{column}", "operator": operator, "type": kind, "value": value}


def _query(conjunction: str, items: list[dict[str, object]]) -> str:
    return json.dumps({"filters": {"conjunction": conjunction, "items": items}})
