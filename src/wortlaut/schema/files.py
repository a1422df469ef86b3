"""Writing files so that an interruption never leaves half of one under its final name."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from wortlaut.schema.errors import UsageError

__all__ = ["atomic_directory", "atomic_writer", "write_text"]


@contextlib.contextmanager
def atomic_writer(path: Path) -> Iterator[BinaryIO]:
    """Give a binary file that takes the name ``path`` when the block ends well, and vanishes otherwise.

    The temporary file stands in the same folder, so the last step is one ``os.replace``. Missing parent
    folders are made. Raises UsageError where the place cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = tempfile.NamedTemporaryFile(  # noqa: SIM115 - closed below, before it is moved
            dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False
        )
    except OSError as error:
        raise UsageError(f"cannot write: {error.strerror or error}", where=str(path)) from error
    temporary = Path(handle.name)
    try:
        with handle:
            yield handle  # type: ignore[misc]  # the wrapper has the methods of a BinaryIO, typeshed does not say so
            handle.flush()
            os.fsync(handle.fileno())
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        try:
            temporary.replace(path)
        except OSError as error:
            raise UsageError(f"cannot write: {error.strerror or error}", where=str(path)) from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8, line ends as they stand in it, atomically."""
    with atomic_writer(path) as out:
        out.write(text.encode())


@contextlib.contextmanager
def atomic_directory(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """Give an empty folder that takes the name ``path`` when the block ends well, and vanishes otherwise.

    Raises UsageError if ``path`` exists and ``replace`` is false. With ``replace`` the old folder is moved
    aside first and removed last, so that at every moment one whole folder exists.
    """
    if path.exists() and not replace:
        raise UsageError("already exists", where=str(path), hint="Choose another name, or say --force to replace it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part"))
    except OSError as error:
        raise UsageError(f"cannot write: {error.strerror or error}", where=str(path)) from error
    try:
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        if path.exists():
            old = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".old"))
            path.rename(old / path.name)
            temporary.rename(path)
            shutil.rmtree(old)
        else:
            temporary.rename(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
