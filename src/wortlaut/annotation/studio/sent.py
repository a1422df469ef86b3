"""What was pushed, article by article: ``.studio/sent.jsonl``, so that a second push need not look at each prediction.

A line a task, appended before the task is sent: a task that is on the server came there with its predictions, and one
that is not is sent again. Of two lines for an article the later one counts. Losing the file costs no more than
looking at each prediction on the server.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from wortlaut.annotation.studio.home import Home
from wortlaut.annotation.studio.link import ProjectLink
from wortlaut.schema.errors import UsageError
from wortlaut.schema.files import naming_full_disk

__all__ = ["SENT", "Note", "Sent"]

SENT = "sent.jsonl"
_T = TypeVar("_T")


class Note(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A task that is on the server. ``predictions`` is a digest of them (empty: sent without any).

    ``source`` is a digest of all that the predictions were made from, so that they need not be made again to see
    that they are the same. ``total`` is how many predictions the task had, those of other models too.
    """

    article_id: str
    text_sha256: str
    predictions: str
    source: str = ""
    total: int = 0


class _Head(msgspec.Struct, frozen=True):
    project_id: int
    created_at: str


class Sent:
    """The notes of one project on a server. Notes of another project, a deleted one say, are forgotten."""

    def __init__(self, home: Home, link: ProjectLink, *, keep: bool = True) -> None:
        """Read the notes. With ``keep`` false nothing is ever written."""
        self._path = home.path(SENT)
        self._keep = keep
        self._head = _Head(link.project_id, link.created_at)
        self._notes: dict[str, Note] = {}
        lines = _lines(self._path)
        if lines and _decode(lines[0], _Head) == self._head:
            for line in lines[1:]:
                note = _decode(line, Note)
                if note is not None:
                    self._notes[note.article_id] = note
        if keep:
            home.make()
            self._write()

    def get(self, article_id: str, text_sha256: str) -> Note | None:
        """Give the note of an article's text, None where nothing is known of it."""
        note = self._notes.get(article_id)
        return note if note is not None and note.text_sha256 == text_sha256 else None

    def add(self, notes: Iterable[Note]) -> None:
        """Add notes and write them down."""
        added = list(notes)
        self._notes |= {note.article_id: note for note in added}
        if self._keep and added:
            with naming_full_disk(self._path), self._path.open("ab") as out:
                out.write(b"".join(msgspec.json.encode(note) + b"\n" for note in added))

    def _write(self) -> None:
        """Write the file anew, without what was replaced or torn."""
        temporary = self._path.with_suffix(".part")
        try:
            with naming_full_disk(self._path):
                descriptor = os.open(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
                with os.fdopen(descriptor, "wb") as out:
                    for record in (self._head, *self._notes.values()):
                        out.write(msgspec.json.encode(record) + b"\n")
                temporary.replace(self._path)
        except OSError as error:
            raise UsageError(f"cannot write: {error.strerror or error}", where=str(self._path)) from error


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror or error}", where=str(path)) from error


def _decode(line: bytes, kind: type[_T]) -> _T | None:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
