"""What the checker said of each annotation on the server; ``serve`` keeps it, ``studio status`` shows it.

An SQLite file in the private folder ``.studio``: one row an annotation, replaced when the annotation changes and
removed when it is deleted, so that it does not grow with the hours. It also holds which tasks wait for a check, so
that a killed ``serve`` checks them when it starts again. It can be removed at any time: all of it is made again.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from wortlaut.annotation.studio.home import Home
from wortlaut.schema.errors import InputError
from wortlaut.schema.findings import Level

__all__ = [
    "FINDINGS",
    "FindingsStore",
    "RecheckedAnnotation",
    "RecheckedFinding",
    "project_key",
    "read_findings",
    "waiting",
]

FINDINGS = "findings.sqlite3"
_BUSY_SECONDS = 10
# Each statement can be run again on a file that has it.
_TABLES = """
CREATE TABLE IF NOT EXISTS about (project TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS annotations (
    annotation_id INTEGER PRIMARY KEY, task_id INTEGER NOT NULL, checked_at TEXT NOT NULL, clean INTEGER NOT NULL,
    record BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS of_task ON annotations (task_id);
CREATE TABLE IF NOT EXISTS tasks (task_id INTEGER PRIMARY KEY, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS waiting (task_id INTEGER PRIMARY KEY, asked INTEGER NOT NULL);
"""
_ASK = "INSERT INTO waiting VALUES (?, 1) ON CONFLICT DO UPDATE SET asked = asked + 1"
_ALL = "SELECT record FROM annotations ORDER BY checked_at DESC, annotation_id DESC"
_UNCLEAN = "SELECT record FROM annotations WHERE NOT clean ORDER BY checked_at DESC, annotation_id DESC"


class RecheckedFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One finding of ``wortlaut check``. ``place`` is inside the annotation (``result[5]``), or ``data``, or empty."""

    code: str
    level: Level
    message: str
    place: str = ""


class RecheckedAnnotation(msgspec.Struct, frozen=True, kw_only=True):
    """What the checker said of one annotation as it stands on the server.

    ``annotator`` is the e-mail address where it is known, else the number of the account: private. ``checked_at`` is
    ISO 8601 in UTC. ``clean``: no error and no warning. ``more`` counts the findings beyond those listed.
    """

    annotation_id: int
    task_id: int
    article_id: str
    annotator: str
    checked_at: str
    clean: bool
    findings: tuple[RecheckedFinding, ...] = ()
    more: int = 0


def project_key(project_id: int, created_at: str) -> str:
    """Give how a project is known here: by its number and when it was made, at whatever address its server is."""
    return f"{created_at} {project_id}"


def read_findings(home: Home, project: str, *, clean: bool = True) -> Iterator[RecheckedAnnotation]:
    """Give what is known of each annotation, the one that was checked last first; nothing where none was checked yet.

    What was found in another project than ``project`` (``project_key``) does not count. ``clean`` false leaves out
    those without an error or warning. Can be read while ``serve`` writes. Raises InputError where the file does not
    hold.
    """
    for (record,) in _rows(home, project, _ALL if clean else _UNCLEAN):
        yield _DECODER.decode(record)


def waiting(home: Home, project: str) -> int:
    """Give how many tasks of a project wait for their check."""
    return next((int(number) for (number,) in _rows(home, project, "SELECT count(*) FROM waiting")), 0)


class FindingsStore:
    """The file, open for writing by the one ``serve`` of a project. Each method is one transaction."""

    def __init__(self, home: Home, *, project: str) -> None:
        """Open the file, or make it, for a project (``project_key``): another's rows are dropped."""
        home.make()
        self._lock = threading.Lock()
        self._path = home.path(FINDINGS)
        if not self._path.exists():
            # SQLite gives the files that it makes beside this one the same mode.
            os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))
        with _reading(self._path):
            self._connection = sqlite3.connect(
                self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.executescript(_TABLES)
            self.belong(project)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def belong(self, project: str) -> None:
        """Keep what is found in this project from here on, and drop the rows of another one."""
        with self._writing() as run:
            if run.execute("SELECT project FROM about").fetchone() != (project,):
                for table in ("about", "annotations", "tasks", "waiting"):
                    run.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
                run.execute("INSERT INTO about VALUES (?)", (project,))

    def ask(self, task_ids: Iterable[int]) -> None:
        """Note that these tasks are to be checked; one that is being checked already is checked again after that."""
        with self._writing() as run:
            run.executemany(_ASK, [(task_id,) for task_id in task_ids])

    def due(self) -> list[tuple[int, int]]:
        """Give the tasks that wait, each with how often it was asked for."""
        with self._lock:
            return self._connection.execute("SELECT task_id, asked FROM waiting ORDER BY task_id").fetchall()

    def put(self, task_id: int, asked: int, state: str, checked: Iterable[RecheckedAnnotation]) -> None:
        """Replace all that is known of a task's annotations. It waits on if it was asked for again meanwhile."""
        with self._writing() as run:
            run.execute("DELETE FROM annotations WHERE task_id = ?", (task_id,))
            # An annotation never changes its task; if it did, its newest row would count.
            run.executemany(
                "INSERT OR REPLACE INTO annotations VALUES (?, ?, ?, ?, ?)",
                [(one.annotation_id, task_id, one.checked_at, one.clean, _ENCODER.encode(one)) for one in checked],
            )
            if state:
                run.execute("INSERT OR REPLACE INTO tasks VALUES (?, ?)", (task_id, state))
            else:
                run.execute("DELETE FROM tasks WHERE task_id = ?", (task_id,))
            run.execute("DELETE FROM waiting WHERE task_id = ? AND asked = ?", (task_id, asked))

    def drop(self, annotation_ids: Iterable[int]) -> None:
        """Forget annotations that were deleted, and ask for their tasks: what remains there may count again."""
        with self._writing() as run:
            for one in annotation_ids:
                row = run.execute("SELECT task_id FROM annotations WHERE annotation_id = ?", (one,)).fetchone()
                run.execute("DELETE FROM annotations WHERE annotation_id = ?", (one,))
                if row is not None:
                    run.execute(_ASK, row)

    def drop_tasks(self, task_ids: Iterable[int]) -> None:
        """Forget tasks that were deleted."""
        with self._writing() as run:
            for task_id in task_ids:
                for table in ("annotations", "tasks", "waiting"):
                    run.execute(f"DELETE FROM {table} WHERE task_id = ?", (task_id,))  # noqa: S608 - our own names

    def states(self) -> Mapping[int, str]:
        """Give the state in which each task was checked last."""
        with self._lock:
            return dict(self._connection.execute("SELECT task_id, state FROM tasks").fetchall())

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        # Threads share the connection, and a connection has one transaction.
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(RecheckedAnnotation)


def _rows(home: Home, project: str, query: str) -> Iterator[tuple[bytes]]:
    path = home.path(FINDINGS)
    # An empty file: serve was killed while it made it.
    if not path.exists() or not path.stat().st_size:
        return
    with _reading(path), contextlib.closing(sqlite3.connect(path, timeout=_BUSY_SECONDS)) as connection:
        connection.execute("PRAGMA query_only=ON")
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'waiting'").fetchone():
            return
        # In one transaction: serve may take the file for another project in between.
        connection.execute("BEGIN")
        if connection.execute("SELECT project FROM about").fetchone() == (project,):
            yield from connection.execute(query)


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, msgspec.MsgspecError) as error:
        raise InputError(
            f"does not hold: {error}",
            where=str(path),
            hint="Remove it, and the files beside it with -wal and -shm: wortlaut serve makes it again",
        ) from error
