"""Fetch tasks as Label Studio exports them, into a file: a snapshot of a part of the project at a time.

A snapshot is written within the call that asks for it, and on SQLite nobody can save meanwhile: so each holds a few
hundred tasks, chosen by a tab of the data manager (``view``) that is made for it. Tab and snapshot are deleted
afterwards. What an interrupted run left is known by its title, which holds the key of this project's folder. Label
Studio 1.23.2 keeps the file of a snapshot that was deleted; it names people, so on the project's own server it is
removed from ``files``, the folder of the server where it stands.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from hashlib import md5
from pathlib import Path
from typing import Any

import msgspec

from wortlaut.annotation.studio.client import RefusedError, Studio, UnreachableError
from wortlaut.schema.errors import UsageError
from wortlaut.schema.files import naming_full_disk

__all__ = ["PART", "clear_leftovers", "fetch_tasks"]

PART = 500
"""Tasks in one snapshot: annotators wait some four seconds when they save while it is written."""

WRITE_SECONDS = 900.0
"""How long the server may take to write a snapshot."""

_DOING = "fetch the annotation"
_POLL = 0.5
_CHUNK = 1 << 18
_OPTIONS = {
    "drafts": {"only_id": False},
    "annotations__completed_by": {"only_id": False},
    # They are ours and can be made again, and a project with them is twice as large.
    "predictions": {"only_id": True},
}


class _Export(msgspec.Struct):
    id: int
    title: str = ""
    status: str = ""
    md5: str = ""


class _View(msgspec.Struct):
    id: int
    data: dict[str, Any] = {}


def fetch_tasks(
    studio: Studio,
    project_id: int,
    ids: Sequence[int],
    into: Path,
    *,
    key: str,
    files: Path | None = None,
    on_bytes: Callable[[int], None] = lambda _: None,
) -> None:
    """Write the tasks with these ids into a file, as a JSON array in any order; one that is gone is left out.

    ``on_bytes`` is told how many bytes came. Raises UnreachableError, RefusedError, and UsageError where the server
    fails to write the snapshot or the disk is full.
    """
    with _view(studio, project_id, ids, key) as view, _snapshot(studio, project_id, view, key, files) as export:
        _download(studio, f"/api/projects/{project_id}/exports/{export.id}/download", export.md5, into, on_bytes)


def clear_leftovers(studio: Studio, project_id: int, key: str, files: Path | None = None) -> int:
    """Delete the snapshots and tabs that interrupted runs of this folder left on the server, and say how many."""
    title = _title(key)
    exports: list[_Export] = studio.call(
        "GET", f"/api/projects/{project_id}/exports/", doing=_DOING, type=list[_Export]
    )
    views: list[_View] = studio.call(
        "GET", "/api/dm/views/", doing=_DOING, params={"project": project_id}, type=list[_View]
    )
    ours = [one for one in exports if one.title == title]
    for one in ours:
        _delete(studio, f"/api/projects/{project_id}/exports/{one.id}")
        _remove_file(files, one)
    left = [f"/api/dm/views/{one.id}/" for one in views if one.data.get("title") == title]
    for path in left:
        _delete(studio, path)
    return len(ours) + len(left)


def _title(key: str) -> str:
    return f"wortlaut pull {key}"


@contextlib.contextmanager
def _view(studio: Studio, project_id: int, ids: Sequence[int], key: str) -> Iterator[int]:
    wanted = {
        "project": project_id,
        "data": {"title": _title(key)},
        "selected_items": {"all": False, "included": list(ids)},
    }
    view: _View = studio.call("POST", "/api/dm/views/", doing=_DOING, json=wanted, type=_View)
    try:
        yield view.id
    finally:
        _delete(studio, f"/api/dm/views/{view.id}/")


@contextlib.contextmanager
def _snapshot(studio: Studio, project_id: int, view: int, key: str, files: Path | None) -> Iterator[_Export]:
    wanted = {
        "title": _title(key),
        "serialization_options": _OPTIONS,
        "task_filter_options": {"view": view},
    }
    exports = f"/api/projects/{project_id}/exports/"
    try:
        export: _Export = studio.call("POST", exports, doing=_DOING, json=wanted, type=_Export, timeout=WRITE_SECONDS)
    except UnreachableError as error:
        import httpx

        if isinstance(error.__cause__, httpx.HTTPStatusError):
            # A proxy gave up and the server did not: what it has written by now has no number that we know.
            with contextlib.suppress(UnreachableError, RefusedError):
                clear_leftovers(studio, project_id, key, files)
        raise
    path = f"{exports}{export.id}"
    try:
        # A server with a queue of its own answers before the snapshot is written.
        end = time.monotonic() + WRITE_SECONDS
        while export.status in {"created", "in_progress"} and time.monotonic() < end:
            time.sleep(_POLL)
            export = studio.call("GET", path, doing=_DOING, type=_Export)
        if export.status != "completed":
            raise UsageError(
                f"cannot {_DOING}: the server did not write the snapshot (status {export.status or 'unknown'})",
                where=studio.url,
                hint="Its log says why; where its disk is full make room, then run the command again",
            )
        yield export
    finally:
        _delete(studio, path)
        _remove_file(files, export)


def _remove_file(files: Path | None, export: _Export) -> None:
    """Remove the file of a snapshot, in whose name the server puts the beginning of its checksum."""
    if files is not None and export.md5:
        for path in files.glob(f"project-*-{export.md5[:8]}*.json"):
            path.unlink(missing_ok=True)


def _delete(studio: Studio, path: str) -> None:
    """Delete what was made for a moment. Where that fails the next run does it: the title tells whose it is."""
    with contextlib.suppress(UnreachableError, RefusedError):
        studio.call("DELETE", path, doing=_DOING)


def _download(studio: Studio, path: str, expected: str, into: Path, on_bytes: Callable[[int], None]) -> None:
    digest = md5(usedforsecurity=False)
    with (
        naming_full_disk(into),
        into.open("wb") as out,
        studio.stream(path, doing=_DOING, timeout=WRITE_SECONDS) as response,
    ):
        for chunk in response.iter_bytes(_CHUNK):
            digest.update(chunk)
            out.write(chunk)
            on_bytes(len(chunk))
    if expected and digest.hexdigest() != expected:
        raise UnreachableError(
            f"cannot {_DOING}: the download is not what the server wrote ({into.stat().st_size:,} bytes came)",
            where=studio.url,
            hint="It was cut off or changed on the way: run the command again",
        )
