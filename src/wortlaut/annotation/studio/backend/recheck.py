"""Checks each annotation again as it is submitted, with the checker of ``wortlaut check``, in a thread of its own.

A webhook only says which task to look at: what is checked is the task as it stands on the server then, whole, so
that neither the order of webhooks nor one that was lost matters. Tasks wait in the findings' file until their check
is written: what a killed process had begun is done by the next. At the start, and every half hour, the tasks are
asked for that have changed since they were checked last.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from wortlaut.annotation.check.checker import Checker
from wortlaut.annotation.check.run import make_checker
from wortlaut.annotation.check.select import Selection
from wortlaut.annotation.reader.scan import Element
from wortlaut.annotation.studio.backend.protocol import Hook
from wortlaut.annotation.studio.client import RefusedError, Studio
from wortlaut.annotation.studio.findings import FindingsStore, RecheckedAnnotation, RecheckedFinding, project_key
from wortlaut.annotation.studio.link import ProjectLink
from wortlaut.annotation.studio.pages import whole
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.errors import WortlautError
from wortlaut.schema.findings import Finding
from wortlaut.schema.project import Project

__all__ = ["Rechecker", "changed_since", "check_task"]

_SHOWN = 20
"""Findings that are kept of one annotation: its row does not grow with its mistakes."""
_PAGE = 2000
_LISTED = "id,updated_at,total_annotations,cancelled_annotations"
_TIMEOUT = 30.0
_WAITS = (1.0, 5.0, 15.0, 60.0)
"""Seconds until the next try where the server does not answer; the last one again and again."""
_CATCH_UP = 1800.0
"""Seconds after which the tasks are listed again: Label Studio waits one second for a webhook and tells it once."""
_log = logging.getLogger("wortlaut.serve")


class _User(msgspec.Struct, frozen=True):
    id: int | None = None
    email: str | None = None


class _Annotation(msgspec.Struct, frozen=True):
    id: int
    completed_by: _User | int | None = None


class _Task(msgspec.Struct, frozen=True):
    id: int
    updated_at: str
    data: msgspec.Raw
    annotations: msgspec.Raw


class _Listed(msgspec.Struct, frozen=True):
    id: int
    updated_at: str
    total_annotations: int = 0
    cancelled_annotations: int = 0


class Rechecker:
    """Checks what webhooks tell of, one task after the other, until it is stopped."""

    def __init__(
        self,
        project: Project,
        connect: Callable[[Project], Studio],
        store: FindingsStore,
        *,
        project_id: int,
        find: Callable[[], ProjectLink],
    ) -> None:
        """Start nothing yet. ``connect`` is called anew after a failure: a server that is started again may move.

        ``find`` tells, each time the tasks are listed, which project is the corpus's: ``push --new`` makes another.
        """
        self._project = project
        self._connect = connect
        self._store = store
        self._project_id = project_id
        self._find = find
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._given_up: dict[int, int] = {}
        self._checker = _CheckerOf(project)
        # It must not keep a process alive whose server does not answer: what it was at waits in the file.
        self._thread = threading.Thread(target=self._run, name="recheck", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """End after the check that is under way, and wait for that at most so long; the rest waits in the file."""
        self._ending.set()
        self._wake.set()
        self._thread.join(seconds)

    def take(self, hook: Hook) -> None:
        """Note what a webhook tells of. When it returns, the note is on the disk."""
        if hook.project is not None and hook.project.id != self._project_id:
            _log.warning("a webhook tells of the project %s, this serves %s", hook.project.id, self._project_id)
            return
        self._store.ask(hook.changed())
        self._store.drop(hook.deleted())
        self._store.drop_tasks(hook.deleted_tasks())
        self._wake.set()

    def _run(self) -> None:
        failures = 0
        caught_up = float("-inf")
        while not self._ending.is_set():
            try:
                with self._connect(self._project) as studio:
                    while not self._ending.is_set():
                        if time.monotonic() - caught_up >= _CATCH_UP:
                            self._catch_up(studio)
                            caught_up = time.monotonic()
                        self._wake.clear()
                        self._check_due(studio)
                        failures = 0
                        self._wake.wait(_CATCH_UP)
            except Exception as error:  # the thread must outlive whatever a server may answer
                said = str(error) if isinstance(error, WortlautError | sqlite3.Error) else type(error).__name__
                if not failures:
                    _log.warning("annotations wait for their check: %s", said)
                self._ending.wait(_WAITS[min(failures, len(_WAITS) - 1)])
                failures += 1

    def _catch_up(self, studio: Studio) -> None:
        """Ask for what has changed since it was checked last, in what is the corpus's project now."""
        link = self._find()
        if link.project_id != self._project_id:
            _log.warning("the corpus has another project now: that is checked, %s, %r", link.project_id, link.title)
        # First, so that webhooks of the project before are not taken for this one's.
        self._project_id = link.project_id
        self._store.belong(project_key(link.project_id, link.created_at))
        self._store.ask(changed_since(studio, self._project_id, self._store))

    def _check_due(self, studio: Studio) -> None:
        """Check every task that waits, but those whose check has failed before and that have not changed since."""
        for task_id, asked in self._store.due():
            if self._ending.is_set():
                return
            if self._given_up.get(task_id) == asked:
                continue
            try:
                state, checked = check_task(studio, task_id, self._checker.get(), self._checker.selection)
            except RefusedError as error:
                if error.status != 404:
                    raise
                self._store.drop_tasks([task_id])
                continue
            except (WortlautError, sqlite3.Error):
                raise
            except Exception as error:  # a mistake of ours about one task must not stop the others
                _log.warning("task %s could not be checked: this is a bug: %s", task_id, type(error).__name__)
                self._given_up[task_id] = asked
                continue
            self._store.put(task_id, asked, state, checked)
            dirty = sum(not one.clean for one in checked)
            _log.info("checked task %s: %s annotation(s), %s with findings", task_id, len(checked), dirty)


def check_task(
    studio: Studio, task_id: int, checker: Checker, selection: Selection
) -> tuple[str, list[RecheckedAnnotation]]:
    """Check every annotation of a task as it stands on the server; also give the task's time of change.

    Raises RefusedError with the status 404 where the task is not there any more.
    """
    task: _Task = studio.call(
        "GET", f"/api/tasks/{task_id}/", doing="read an annotated task", type=_Task, timeout=_TIMEOUT
    )
    # As an export holds it; drafts are not submitted, and predictions are nobody's mistake.
    exported = {"id": task.id, "data": task.data, "annotations": task.annotations, "drafts": [], "predictions": []}
    element = Element(index=0, start=0, raw=msgspec.json.encode(exported))
    annotations = msgspec.json.decode(task.annotations, type=list[_Annotation])
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    checked = []
    for item in checker.element(element, 0, name=f"task {task_id}"):
        place = item.place
        findings = item.findings if isinstance(item, CheckedTask) else (item,)
        shown = [found for found in findings if selection.shows(found.code)]
        for number, annotation in enumerate(annotations):
            own = list(_of_annotation(shown, place, number))
            checked.append(
                RecheckedAnnotation(
                    annotation_id=annotation.id,
                    task_id=task_id,
                    article_id=item.article_id if isinstance(item, CheckedTask) else "",
                    annotator=_who(annotation),
                    checked_at=now,
                    clean=all(found.level == "info" for found in own),
                    findings=tuple(own[:_SHOWN]),
                    more=max(0, len(own) - _SHOWN),
                )
            )
    return task.updated_at, checked


def changed_since(studio: Studio, project_id: int, store: FindingsStore) -> list[int]:
    """Give the tasks that were annotated, changed or deleted since they were checked last, by a cheap listing."""
    known = dict(store.states())
    changed = []
    listed = whole(
        studio, project_id, include=_LISTED, type=_Listed, size=_PAGE, keep=lambda task: task, doing="list the tasks"
    )
    for task in listed.values():
        state = known.pop(task.id, None)
        annotated = task.total_annotations + task.cancelled_annotations > 0
        if state != task.updated_at and (annotated or state is not None):
            changed.append(task.id)
    # What is left was checked, and is not there any more.
    return changed + list(known)


class _CheckerOf:
    """A project's checker, made anew when the scheme or the corpus has changed."""

    def __init__(self, project: Project) -> None:
        self._project = project
        settings = project.settings.check
        self.selection = Selection(select=settings.select, ignore=settings.ignore)
        self._stamp: tuple[object, ...] = ()
        self._checker: Checker | None = None

    def get(self) -> Checker:
        scheme, articles = self._project.scheme_path, self._project.known_articles
        stamp = (scheme, _stamp(scheme), articles, _stamp(articles))
        if self._checker is None or stamp != self._stamp:
            self._checker, self._stamp = make_checker(scheme=scheme, articles=articles), stamp
        return self._checker


def _stamp(path: Path | None) -> tuple[int, int] | None:
    if path is None or not path.exists():
        return None
    state = path.stat()
    return (state.st_mtime_ns, state.st_size)


def _of_annotation(findings: Sequence[Finding], task_place: str, number: int) -> Iterator[RecheckedFinding]:
    """Give the findings of one annotation, the most serious first, and those of the task's text, which are of each."""
    own = f"{task_place}.annotations[{number}]"
    others = f"{task_place}.annotations["
    mine = []
    for found in findings:
        if found.place == own or found.place.startswith((f"{own}.", f"{own}[")):
            mine.append((found, found.place[len(own) :].lstrip(".")))
        elif not found.place.startswith(others):
            mine.append((found, found.place.removeprefix(task_place).lstrip(".")))
    for found, place in sorted(mine, key=lambda one: _RANK[one[0].level]):
        yield RecheckedFinding(code=found.code, level=found.level, message=found.message, place=place)


_RANK = {"error": 0, "warning": 1, "info": 2}


def _who(annotation: _Annotation) -> str:
    user = annotation.completed_by
    if isinstance(user, _User):
        return user.email or str(user.id or "")
    return "" if user is None else str(user)
