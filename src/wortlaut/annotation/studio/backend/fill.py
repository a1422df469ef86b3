"""Has Label Studio ask for the predictions that tasks lack, while ``serve`` runs, in a thread of its own.

Label Studio asks an ML backend by itself when a task is opened by its number. The label stream shows what is stored,
unless the backend bears the title of the predictions; but then it shows nothing at all once the backend has ended.
So the predictions are stored before the stream comes to a task, by the data manager's own *Retrieve Predictions*, a
few tasks at a time, and the backend bears a title of its own. Measured against Label Studio 1.23.2.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence

import msgspec

from wortlaut.annotation.studio import push, rename
from wortlaut.annotation.studio.backend.register import show
from wortlaut.annotation.studio.client import Studio
from wortlaut.annotation.studio.home import Home, studio_home
from wortlaut.schema.errors import WortlautError
from wortlaut.schema.lock import locked
from wortlaut.schema.project import Project

__all__ = ["Filler", "fill"]

_PAUSE = 10.0
"""Seconds between two looks at the project's counters, which take hundredths of a second."""
_WAITS = (_PAUSE, 60.0)
_ROUND = 100
_BATCH = 10
"""Tasks in one request: a second or less, in which an annotator who opens one of them has it predicted twice."""
_RETRY = 1800.0
_LACKING = {"filter": "filter:tasks:total_predictions", "operator": "equal", "type": "Number", "value": 0}
_log = logging.getLogger("wortlaut.serve")


class _BusyError(Exception):
    """Another process holds a lock."""


class _Counters(msgspec.Struct, frozen=True):
    show_collab_predictions: bool = True
    task_number: int = 0
    total_predictions_number: int = 0


class _Numbered(msgspec.Struct, frozen=True):
    id: int


class _Tasks(msgspec.Struct, frozen=True):
    tasks: list[_Numbered] = []


class Filler:
    """Fills the project that ``serve`` is registered with, from ``take`` on until it is stopped."""

    def __init__(self, project: Project, connect: Callable[[Project], Studio], version: str) -> None:
        """Start nothing yet. ``connect`` is called anew after a failure: a server that is started again may move.

        ``version`` is the model version that is served.
        """
        self._project = project
        self._version = version
        self._connect = connect
        self._project_id: int | None = None
        self._ending = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fill", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def take(self, project_id: int) -> None:
        """Fill this project from now on."""
        self._project_id = project_id
        self._wake.set()

    def stop(self) -> None:
        """End after the request under way; nothing is lost by not waiting for it."""
        self._ending.set()
        self._wake.set()

    def _run(self) -> None:
        failures = 0
        while not self._ending.is_set():
            self._wake.wait(None if self._project_id is None else _PAUSE)
            self._wake.clear()
            if self._ending.is_set() or self._project_id is None:
                continue
            try:
                with self._connect(self._project) as studio:
                    self._fill(studio, self._project_id)
                failures = 0
            except Exception as error:  # the thread must outlive whatever a server may answer
                said = str(error) if isinstance(error, WortlautError) else type(error).__name__
                if not failures:
                    _log.warning("tasks without predictions wait for them: %s", said)
                self._ending.wait(_WAITS[min(failures, len(_WAITS) - 1)])
                failures += 1

    def _fill(self, studio: Studio, project_id: int) -> None:
        """Look again and again until another project is to be filled."""
        refused: set[int] = set()
        settled, looks = None, 0
        while not self._ending.is_set() and self._project_id == project_id:
            if looks * _PAUSE >= _RETRY:
                refused, settled, looks = set(), None, 0
            counters = _counters(studio, project_id)
            wanted = counters.show_collab_predictions and counters != settled
            if wanted and not _others_at_work(studio_home(self._project)):
                filled = fill(studio, project_id, refused, is_ending=self._ending.is_set)
                show(studio, project_id, self._version)
                if filled:
                    continue
                settled = counters
            looks += 1
            self._wake.wait(_PAUSE)
            self._wake.clear()


def fill(studio: Studio, project_id: int, refused: set[int], *, is_ending: Callable[[], bool] = lambda: False) -> int:
    """Have up to a hundred tasks predicted that lack predictions, and give how many were.

    Those that get none even by themselves are added to ``refused``, and not asked for again.
    """
    lacking = [one for one in _lacking(studio, project_id, len(refused)) if one not in refused]
    if not lacking:
        return 0
    for start in range(0, len(lacking), _BATCH):
        if is_ending():
            return 0
        _retrieve(studio, project_id, lacking[start : start + _BATCH])
    # One that cannot be predicted keeps those from it that were asked for together with it.
    left = set(lacking) & set(_lacking(studio, project_id, len(refused)))
    for number in sorted(left):
        if is_ending():
            return 0
        _retrieve(studio, project_id, [number])
    if left:
        left &= set(_lacking(studio, project_id, len(refused)))
    if left:
        _log.warning("%s task(s) get no predictions, task %s first", len(left), min(left))
        refused |= left
    return len(lacking) - len(left)


def _counters(studio: Studio, project_id: int) -> _Counters:
    params = {"include": "task_number,total_predictions_number,show_collab_predictions"}
    counters: _Counters = studio.call(
        "GET", f"/api/projects/{project_id}/", doing="count the tasks", params=params, type=_Counters
    )
    return counters


def _lacking(studio: Studio, project_id: int, more: int) -> list[int]:
    params: dict[str, str | int] = {
        "project": project_id, "page_size": _ROUND + more, "fields": "all", "include": "id",
        "query": json.dumps({"filters": {"conjunction": "and", "items": [_LACKING]}, "ordering": ["tasks:id"]}),
    }  # fmt: skip
    answer: _Tasks = studio.call(
        "GET", "/api/tasks/", doing="list the tasks without predictions", params=params, type=_Tasks
    )
    return [one.id for one in answer.tasks]


def _retrieve(studio: Studio, project_id: int, task_ids: Sequence[int]) -> None:
    studio.call(
        "POST",
        "/api/dm/actions/",
        doing="have tasks predicted",
        params={"id": "retrieve_tasks_predictions", "project": project_id},
        json={"selectedItems": {"all": False, "included": list(task_ids)}},
    )


def _others_at_work(home: Home) -> bool:
    """Say whether a push or a rename brings predictions itself just now."""

    def busy() -> None:
        raise _BusyError

    for name in (push.LOCK, rename.LOCK):
        lock = home.path(name)
        # One that a killed process left lies there, held by nobody.
        if lock.exists():
            try:
                with locked(lock, busy):
                    continue
            except _BusyError:
                return True
    return False
