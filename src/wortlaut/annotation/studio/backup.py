"""A backup of all that a project on the server holds, before annotations are rewritten.

A folder of its own in the private folder ``.studio/backups``, for it names the annotators: ``tasks.json`` with every
task, its annotations, drafts and predictions in Label Studio's own form, ``labeling.xml``, and ``about.json``.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from wortlaut.annotation.reader.scan import elements
from wortlaut.annotation.studio.census import Counts, read_counts, read_people
from wortlaut.annotation.studio.client import Studio
from wortlaut.annotation.studio.home import studio_home
from wortlaut.annotation.studio.saved import every_task
from wortlaut.schema.errors import UsageError
from wortlaut.schema.files import atomic_directory, write_text
from wortlaut.schema.project import Project

__all__ = ["BACKUPS", "Backup", "backup"]

BACKUPS = "backups"

_TASKS = "tasks.json"
_FIELDS = (
    "id", "data", "meta", "annotations", "predictions", "draft_exists", "inner_id", "created_at", "updated_at",
    # Those of annotations and predictions: the server takes one list for all.
    "result", "completed_by", "was_cancelled", "ground_truth", "draft_created_at", "lead_time", "import_id",
    "last_action", "updated_by", "parent_prediction", "parent_annotation", "last_created_by", "bulk_created",
    "model_version", "score", "model",
)  # fmt: skip
_DOING = "back up the project"


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds. ``annotators`` gives the e-mail address of each account that annotations name."""

    url: str
    project_id: int
    made: str
    tasks: int = 0
    annotations: int = 0
    drafts: int = 0
    predictions: int = 0
    annotators: dict[int, str] = {}


@contextlib.contextmanager
def backup(
    studio: Studio,
    project: Project,
    project_id: int,
    config: str,
    *,
    on_result: Callable[[Any], None] = lambda _: None,
    on_task: Callable[[int], None] = lambda _: None,
) -> Iterator[Path]:
    """Write a backup, which takes its name when the block ends well. Gives the path that it will have.

    Before the block runs it is read again and counted against the server. ``on_result`` is given the result of each
    annotation and draft, ``on_task`` the number of tasks so far. Needs the memory of one page. Raises UsageError.
    """
    made = dt.datetime.now(dt.UTC)
    path = _folder(project) / made.strftime("%Y-%m-%dT%H%M%SZ")
    before = read_counts(studio, project_id)
    with atomic_directory(path) as folder:
        about = Backup(url=studio.url, project_id=project_id, made=made.isoformat(timespec="seconds"))
        with (folder / _TASKS).open("wb") as out:
            about = _write(studio, out, about, on_result, on_task)
        annotators = {person.id: person.identity for person in read_people(studio)}
        about = msgspec.structs.replace(about, annotators=annotators)
        write_text(folder / "labeling.xml", config)
        write_text(folder / "about.json", msgspec.json.format(msgspec.json.encode(about)).decode() + "\n")
        _verify(folder / _TASKS, about, before, read_counts(studio, project_id), studio)
        yield path


def _folder(project: Project) -> Path:
    home = studio_home(project)
    home.make()
    folder = home.path(BACKUPS)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise UsageError(f"cannot write: {error.strerror or error}", where=str(folder)) from error
    return folder


def _write(
    studio: Studio, out: BinaryIO, about: Backup, on_result: Callable[[Any], None], on_task: Callable[[int], None]
) -> Backup:
    found = {"tasks": 0, "annotations": 0, "drafts": 0, "predictions": 0}
    out.write(b"[")
    for task in every_task(studio, about.project_id, include=",".join(_FIELDS), doing=_DOING):
        drafts = []
        if task.pop("draft_exists", True):
            drafts = studio.call("GET", f"/api/tasks/{task['id']}/drafts", doing=_DOING)
        out.write((b",\n" if found["tasks"] else b"\n") + msgspec.json.encode(task | {"drafts": drafts}))
        found["tasks"] += 1
        for kind in ("annotations", "predictions"):
            found[kind] += len(task[kind])
        found["drafts"] += len(drafts)
        for one in (*task["annotations"], *drafts):
            on_result(one["result"])
        on_task(found["tasks"])
    out.write(b"\n]\n")
    return msgspec.structs.replace(about, **found)


class _Written(msgspec.Struct):
    annotations: list[msgspec.Raw]
    drafts: list[msgspec.Raw]
    predictions: list[msgspec.Raw]


def _verify(path: Path, about: Backup, before: Counts, after: Counts, studio: Studio) -> None:
    """Raise UsageError unless the file holds, read again, what was written and as much as the server counts."""
    tasks = annotations = drafts = predictions = 0
    with path.open("rb") as stream:
        for element in elements(stream, name=str(path)):
            task = msgspec.json.decode(element.raw, type=_Written)
            tasks += 1
            annotations += len(task.annotations)
            drafts += len(task.drafts)
            predictions += len(task.predictions)
    said = (about.tasks, about.annotations, about.drafts, about.predictions)
    counted = sorted(one.submitted + one.skipped for one in (before, after))
    # What people annotate meanwhile may be in it or not.
    if (tasks, annotations, drafts, predictions) != said or not counted[0] <= annotations <= counted[1]:
        raise UsageError(
            f"the backup does not hold: it has {annotations} annotations in {tasks} tasks, the server counts "
            f"{after.submitted + after.skipped} in {after.tasks}",
            where=studio.url,
            hint="Nothing was changed. Run the command again",
        )
