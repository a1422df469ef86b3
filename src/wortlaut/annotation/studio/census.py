"""What the server itself says that a project holds: its counts, a mark of each task, and the people.

A mark tells whether a task is the same as when it was fetched: the time of its last change, its counts, and a digest
of its data. Saving a draft moves none of these, so tasks with drafts are told apart (measured on 1.23).
"""

from __future__ import annotations

import json
from hashlib import blake2b

import msgspec

from wortlaut.annotation.studio.client import Studio
from wortlaut.annotation.studio.pages import whole

__all__ = ["Counts", "Mark", "Person", "drafted_tasks", "mark_of", "read_census", "read_counts", "read_people"]

_PAGE = 500
_DRAFT_PAGE = 1000
_DOING = "ask the server what the project holds"
_MARKED = "id,updated_at,total_annotations,cancelled_annotations,data,meta"
_COUNTED = "task_number,total_annotations_number,skipped_annotations_number"
_WITH_DRAFTS = json.dumps({
    "filters": {
        "conjunction": "and",
        "items": [{"filter": "filter:tasks:draft_exists", "operator": "equal", "type": "Boolean", "value": True}],
    }
})  # fmt: skip
_PLAIN = msgspec.json.Decoder()
_SORTED = msgspec.json.Encoder(order="sorted")


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What a project holds. ``drafted`` is how many tasks have drafts, ``submitted`` leaves skipped ones out."""

    tasks: int
    submitted: int
    skipped: int
    drafted: int

    def between(self, one: Counts, other: Counts) -> bool:
        """Say whether each number lies between those of two others, or is one of them."""
        return all(min(pair) <= number <= max(pair) for number, pair in self._beside(one, other))

    def _beside(self, one: Counts, other: Counts) -> list[tuple[int, tuple[int, int]]]:
        pairs = zip(msgspec.structs.astuple(one), msgspec.structs.astuple(other), strict=True)
        return list(zip(msgspec.structs.astuple(self), pairs, strict=True))

    def __str__(self) -> str:
        return (
            f"{self.tasks:,} tasks, {self.submitted:,} annotations, {self.skipped:,} skipped, "
            f"{self.drafted:,} tasks with drafts"
        )


class Mark(msgspec.Struct, frozen=True, gc=False):
    """What tells whether a task has changed. ``content`` is a digest of its data and meta."""

    updated_at: str
    submitted: int
    skipped: int
    content: bytes


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A user of the server. ``also`` are names under which they are known here and not there."""

    id: int
    email: str = ""
    username: str = ""
    first_name: str = ""
    last_name: str = ""
    last_activity: str | None = None
    also: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """Who it is in the ledger, and in an export that spells out who completed an annotation."""
        return self.email or str(self.id)

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


class _Marked(msgspec.Struct):
    id: int
    updated_at: str
    data: msgspec.Raw
    meta: msgspec.Raw = msgspec.Raw(b"{}")
    total_annotations: int = 0
    cancelled_annotations: int = 0


class _Counted(msgspec.Struct):
    task_number: int
    total_annotations_number: int
    skipped_annotations_number: int


class _Id(msgspec.Struct):
    id: int


class _Page(msgspec.Struct):
    total: int
    tasks: list[_Id]


def mark_of(updated_at: str, submitted: int, skipped: int, data: bytes, meta: bytes) -> Mark:
    """Make the mark of a task; ``data`` and ``meta`` are JSON, whose spaces and order of keys do not matter."""
    content = _SORTED.encode([_PLAIN.decode(data), _PLAIN.decode(meta)])
    return Mark(updated_at, submitted, skipped, blake2b(content, digest_size=16).digest())


def read_counts(studio: Studio, project_id: int) -> Counts:
    """Count what a project holds, by the server's own counting of what is in its database."""
    counted: _Counted = studio.call(
        "GET", f"/api/projects/{project_id}/", doing=_DOING, params={"include": _COUNTED}, type=_Counted
    )
    return Counts(
        tasks=counted.task_number,
        submitted=counted.total_annotations_number,
        skipped=counted.skipped_annotations_number,
        drafted=_drafts(studio, project_id, page=1, size=1).total,
    )


def read_census(studio: Studio, project_id: int) -> dict[int, Mark]:
    """Give the mark of each task of a project. Raises UnreachableError where tasks come and go too fast."""
    return whole(studio, project_id, include=_MARKED, type=_Marked, size=_PAGE, keep=_mark, doing=_DOING)


def drafted_tasks(studio: Studio, project_id: int) -> set[int]:
    """Give the ids of the tasks with drafts."""
    found: set[int] = set()
    page = 1
    while True:
        answer = _drafts(studio, project_id, page=page, size=_DRAFT_PAGE)
        found |= {task.id for task in answer.tasks}
        if page * _DRAFT_PAGE >= answer.total:
            return found
        page += 1


def read_people(studio: Studio) -> tuple[Person, ...]:
    """Give the users of the server, by id."""
    people: list[Person] = studio.call(
        "GET", "/api/users/", doing="ask the server who its users are", type=list[Person]
    )
    return tuple(sorted(people, key=lambda person: person.id))


def _drafts(studio: Studio, project_id: int, *, page: int, size: int) -> _Page:
    params: dict[str, str | int] = {
        "project": project_id, "page": page, "page_size": size, "fields": "task_only", "include": "id",
        "query": _WITH_DRAFTS,
    }  # fmt: skip
    answer: _Page = studio.call("GET", "/api/tasks/", doing=_DOING, params=params, type=_Page)
    return answer


def _mark(task: _Marked) -> Mark:
    return mark_of(task.updated_at, task.total_annotations, task.cancelled_annotations, task.data, task.meta)
