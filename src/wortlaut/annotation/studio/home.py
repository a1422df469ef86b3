"""The private folder ``.studio`` of a project: the server's data, passwords, tokens, and what is known of the server.

Nothing in it belongs into a repository: it holds a ``.gitignore`` that keeps all of it out, and is readable for its
owner alone. Each file has one writer module; records are JSON, written whole or not at all.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from wortlaut.schema.errors import InputError, UsageError
from wortlaut.schema.files import write_text
from wortlaut.schema.lock import locked
from wortlaut.schema.project import Project

__all__ = ["CREDENTIALS", "DATA", "Credentials", "Home", "studio_home"]

CREDENTIALS = "credentials.json"
DATA = "data"
"""The folder of the project's own server."""

_FOLDER = ".studio"
_Record = TypeVar("_Record", bound=msgspec.Struct)


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """The lead's account on the project's own server, made by ``wortlaut studio up``. ``token`` is a legacy one."""

    email: str
    password: str
    token: str


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """The folder ``.studio``. It need not exist; ``write`` and ``make`` create it."""

    folder: Path

    def path(self, name: str) -> Path:
        """Give the path of a file or folder in it."""
        return self.folder / name

    def media(self, kind: Literal["upload", "export"], project_id: int) -> Path:
        """Give the folder where the project's own server keeps the files of a project; it need not exist."""
        return self.path(DATA) / "media" / kind / str(project_id)

    @contextlib.contextmanager
    def alone(self, lock: str, otherwise: UsageError) -> Iterator[None]:
        """Hold the file ``lock`` in the folder for the block. Raises ``otherwise`` where another process holds it."""

        def refuse() -> None:
            raise otherwise

        self.make()
        with locked(self.path(lock), refuse):
            yield

    def make(self) -> None:
        """Create the folder, closed to others, with the ``.gitignore`` that keeps it out of version control.

        Raises UsageError where the place cannot be written.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
        except OSError as error:
            raise UsageError(f"cannot write: {error.strerror or error}", where=str(self.folder)) from error
        ignore = self.folder / ".gitignore"
        if not ignore.exists():
            write_text(ignore, "*\n")

    def write(self, name: str, record: msgspec.Struct) -> None:
        """Write a record as JSON, readable for its owner alone. Raises UsageError where it cannot be written."""
        self.make()
        path = self.folder / name
        if not path.exists():
            # It has its mode before it has its content: write_text keeps the mode of what it replaces.
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        write_text(path, msgspec.json.format(msgspec.json.encode(record)).decode() + "\n")

    def read(self, name: str, kind: type[_Record]) -> _Record | None:
        """Read a record; None where there is none yet. Raises InputError for a file that does not hold."""
        path = self.folder / name
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
        if not content:
            # A run was killed between making the file and writing it.
            return None
        try:
            return msgspec.json.decode(content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InputError(
                f"does not hold: {error}", where=str(path), hint="Take it back from a backup, or remove the file"
            ) from error


def studio_home(project: Project) -> Home:
    """Give the private folder of a project, which need not exist yet."""
    return Home(folder=project.root / _FOLDER)
