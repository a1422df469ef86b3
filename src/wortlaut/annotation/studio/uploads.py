"""Tasks sent to the server, each exactly once: batches that are uploaded, inserted, and fenced off.

Label Studio never deduplicates, and what it did with a call that got no answer is unknown. A batch goes in three
calls: (1) its file is uploaded, which makes no task; (2) ``reimport`` inserts its tasks and predictions in one
transaction, each task pointing to the upload; (3) the upload is deleted, which keeps the tasks. The third call is the
fence: an insertion that is still at work, of a client that was killed or gave up, fails when it commits, because the
upload that it points to is gone. So after the fence what the list of tasks shows is final, and what is missing in it
can be sent again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

import msgspec

from wortlaut.annotation.studio.client import RefusedError, Studio, UnreachableError
from wortlaut.annotation.studio.listing import Key, list_tasks
from wortlaut.annotation.studio.patience import Patience
from wortlaut.schema.errors import UsageError

__all__ = ["BATCH_BYTES", "BATCH_SIZE", "Importer", "Item", "fence", "tidy_files", "upload_name"]

BATCH_SIZE = 500
BATCH_BYTES = 16_000_000
"""A batch is closed at this many tasks or bytes, whichever comes first. The server holds a batch whole: at 26 kB a task
its memory rose from 264 MB to 447 MB with batches of 250, 558 MB with 500 and 652 MB with 1,000."""

INSERT_SECONDS = 600.0
"""How long a batch may take to be inserted."""

_DOING = "send tasks"
_NAME = re.compile(r"wortlaut-[0-9a-f]{16}(_[0-9A-Za-z]+)?\.json$")


class Item(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A task to be sent: what it is of, and its JSON."""

    key: Key
    line: bytes


class _Uploaded(msgspec.Struct):
    file_upload_ids: list[int]


class _Upload(msgspec.Struct):
    id: int
    file: str


class _Inserted(msgspec.Struct):
    task_count: int


def upload_name(content: bytes) -> str:
    """Give the name of a batch's file, by which a leftover is known.

    >>> upload_name(b"[]")
    'wortlaut-4f53cda18c2baa0c.json'
    """
    return f"wortlaut-{sha256(content).hexdigest()[:16]}.json"


def fence(studio: Studio, project_id: int) -> int:
    """Delete every upload of ours that is left, and say how many: after it no insertion of an earlier call can land."""
    uploads: list[_Upload] = studio.call(
        "GET",
        f"/api/projects/{project_id}/file-uploads",
        doing="look for unfinished batches",
        params={"all": "true"},
        type=list[_Upload],
    )
    ours = [upload.id for upload in uploads if _NAME.search(upload.file)]
    if ours:
        _delete(studio, project_id, ours)
    return len(ours)


def _delete(studio: Studio, project_id: int, ids: list[int]) -> None:
    # It waits for a transaction of SQLite that is at work.
    studio.call(
        "DELETE",
        f"/api/projects/{project_id}/file-uploads",
        doing="close a batch",
        json={"file_upload_ids": ids},
        timeout=INSERT_SECONDS,
    )


def tidy_files(folder: Path) -> None:
    """Remove the files of closed batches from a server's upload folder: Label Studio removes only their rows."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if _NAME.search(path.name):
            path.unlink(missing_ok=True)


class Importer:
    """Collects tasks into batches and sends them.

    ``before_batch`` is called with the items of each batch before they are sent, ``on_batch`` once they are there.
    Call ``flush`` at the end.
    """

    def __init__(
        self,
        studio: Studio,
        project_id: int,
        patience: Patience,
        *,
        batch_size: int = BATCH_SIZE,
        batch_bytes: int = BATCH_BYTES,
        before_batch: Callable[[list[Item]], None] = lambda _items: None,
        on_batch: Callable[[list[Item]], None] = lambda _items: None,
    ) -> None:
        self._studio = studio
        self._project_id = project_id
        self._patience = patience
        self._batch_size = batch_size
        self._batch_bytes = batch_bytes
        self._before_batch = before_batch
        self._on_batch = on_batch
        self._items: list[Item] = []
        self._bytes = 0

    def add(self, item: Item) -> None:
        """Add a task; where the batch is full it is sent first."""
        if self._items and (len(self._items) >= self._batch_size or self._bytes + len(item.line) > self._batch_bytes):
            self.flush()
        self._items.append(item)
        self._bytes += len(item.line)

    def flush(self) -> None:
        """Send what is collected. Raises UnreachableError where the server stays away, RefusedError."""
        items, self._items, self._bytes = self._items, [], 0
        if items:
            self._before_batch(items)
            self._send(items)

    def _send(self, items: list[Item]) -> None:
        try:
            upload = self._insert(items)
        except UnreachableError as error:
            self._patience.wait(error)
            self._patience.run(lambda: self._finish(items))
        except RefusedError as error:
            fence(self._studio, self._project_id)
            if error.status != 413 or len(items) == 1:
                raise self._refused(error, items, "none of them is on the server") from error
            # A proxy before the server takes less at once.
            self._batch_bytes = max(sum(len(item.line) for item in items) // 2, 1)
            middle = len(items) // 2
            self._send(items[:middle])
            self._send(items[middle:])
            return
        else:
            self._close(upload, items)
        self._on_batch(items)

    def _close(self, upload: list[int], items: list[Item]) -> None:
        """Delete the upload of tasks that are on the server."""
        try:
            _delete(self._studio, self._project_id, upload)
        except UnreachableError as error:
            self._patience.wait(error)
            self._patience.run(lambda: fence(self._studio, self._project_id))
        except RefusedError as error:
            raise self._refused(error, items, "they are on the server, only the batch is not closed") from error

    def _finish(self, items: Iterable[Item]) -> None:
        """Send what is missing of a batch of which it is unknown how far it got."""
        fence(self._studio, self._project_id)
        there = list_tasks(self._studio, self._project_id).keys
        missing = [item for item in items if item.key not in there]
        if missing:
            self._close(self._insert(missing), missing)

    def _insert(self, items: list[Item]) -> list[int]:
        """Upload tasks and insert them; give the upload, which is still to be deleted."""
        content = b"[" + b",\n".join(item.line for item in items) + b"]"
        uploaded: _Uploaded = self._studio.call(
            "POST",
            f"/api/projects/{self._project_id}/import",
            doing=_DOING,
            params={"commit_to_project": "false"},
            files={"file": (upload_name(content), content, "application/json")},
            type=_Uploaded,
            timeout=INSERT_SECONDS,
        )
        ids = uploaded.file_upload_ids
        inserted: _Inserted = self._studio.call(
            "POST",
            f"/api/projects/{self._project_id}/reimport",
            doing=_DOING,
            json={"file_upload_ids": ids, "files_as_tasks_list": True},
            type=_Inserted,
            timeout=INSERT_SECONDS,
        )
        if inserted.task_count != len(items):
            raise UnreachableError(
                f"cannot {_DOING}: the server says it made {inserted.task_count} of a batch of {len(items)}",
                where=self._studio.url,
            )
        return ids

    @staticmethod
    def _refused(error: RefusedError, items: list[Item], fate: str) -> UsageError:
        first, last = items[0].key[0], items[-1].key[0]
        of = f"the task of {first}" if len(items) == 1 else f"the {len(items)} tasks from {first} to {last}"
        return RefusedError(
            f"{error.what} (it was {of}; {fate})",
            where=error.where,
            hint=error.hint,
            status=error.status,
            detail=error.detail,
        )
