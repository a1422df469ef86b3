"""The tasks that a project on the server has: keys and counters, no texts are kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from wortlaut.annotation.studio.client import Studio
from wortlaut.annotation.studio.pages import whole
from wortlaut.schema.task import TaskData

__all__ = ["Key", "Listing", "RemoteTask", "data_digest", "list_tasks"]

Key = tuple[str, str]
"""What a task is of: article_id and text_sha256."""

PAGE = 2000
"""Tasks in one answer: at 3,000 characters each some 7 MB."""

_DOING = "list the tasks"
_TIMEOUT = 600
_INCLUDE = "id,data,total_annotations,cancelled_annotations,total_predictions"
# The text has a digest of its own, which is in the key.
_METADATA = tuple(name for name in TaskData.__struct_fields__ if name != "text")


class RemoteTask(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A task on the server. ``annotations`` counts skipped ones too; ``metadata`` is a digest of all but the text."""

    id: int
    article_id: str
    text_sha256: str
    annotations: int
    predictions: int
    metadata: bytes

    @property
    def key(self) -> Key:
        """What it is of."""
        return (self.article_id, self.text_sha256)


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """The tasks of a project by article_id, each list by id.

    ``foreign`` counts those that lack an article_id or a text_sha256: wortlaut did not send them.
    """

    by_article: Mapping[str, list[RemoteTask]]
    foreign: int = 0

    @property
    def keys(self) -> set[Key]:
        """The keys of all tasks."""
        return {task.key for task in self.tasks()}

    def tasks(self) -> Iterator[RemoteTask]:
        """Give every task."""
        for tasks in self.by_article.values():
            yield from tasks


class _Task(msgspec.Struct):
    id: int
    data: dict[str, Any]
    total_annotations: int = 0
    cancelled_annotations: int = 0
    total_predictions: int = 0


def list_tasks(studio: Studio, project_id: int) -> Listing:
    """List a project's tasks. Raises UnreachableError where they change too fast to be listed."""
    found = whole(
        studio, project_id, include=_INCLUDE, type=_Task, size=PAGE, keep=_remote, doing=_DOING, timeout=_TIMEOUT
    )
    return _by_article(found.values())


def data_digest(data: Mapping[str, object]) -> bytes:
    """Give the digest of a task's metadata.

    >>> data_digest({"text": "a", "url": "u"}) == data_digest({"text": "b", "url": "u", "more": 1})
    True
    """
    content = msgspec.json.encode([data.get(name) for name in _METADATA])
    return blake2b(content, digest_size=16).digest()


def _remote(task: _Task) -> RemoteTask:
    article_id, sha = task.data.get("article_id"), task.data.get("text_sha256")
    return RemoteTask(
        id=task.id,
        article_id=article_id if isinstance(article_id, str) else "",
        text_sha256=sha if isinstance(sha, str) else "",
        annotations=task.total_annotations + task.cancelled_annotations,
        predictions=task.total_predictions,
        metadata=data_digest(task.data),
    )


def _by_article(tasks: Any) -> Listing:
    by_article: dict[str, list[RemoteTask]] = defaultdict(list)
    foreign = 0
    for task in sorted(tasks, key=lambda task: task.id):
        if all(task.key):
            by_article[task.article_id].append(task)
        else:
            foreign += 1
    return Listing(by_article=dict(by_article), foreign=foreign)
