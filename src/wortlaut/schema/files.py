"""Writing files so that an interruption never leaves half of one under its final name."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from wortlaut.schema.errors import UsageError

__all__ = [
    "atomic_directory",
    "atomic_writer",
    "is_safe_path",
    "naming_full_disk",
    "refuse_others",
    "refuse_to_replace",
    "tidy",
    "write_text",
]

# What atomic_directory and the step that moves an old folder aside call their folders.
_LEFT = re.compile(r"\.(.+)\.[a-z0-9_]{8}\.(?:part|old)")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def is_safe_path(path: str) -> bool:
    """Say whether a path of a file that somebody else wrote stays, on every system, below the folder it is joined to.

    Such a path is relative, with forward slashes, and goes nowhere but down: no leading slash, ``..``, ``.``, empty
    step, backslash, colon (a drive, or a stream of a file on Windows) or control character.

    >>> is_safe_path("data/ner/train-00000.parquet"), is_safe_path("../x"), is_safe_path("/etc/x"), is_safe_path("C:x")
    (True, False, False, False)
    """
    if any(char in "\\:" or ord(char) < 32 or ord(char) == 127 for char in path):
        return False
    return all(step not in {"", ".", ".."} for step in path.split("/"))


@contextlib.contextmanager
def naming_full_disk(path: Path) -> Iterator[None]:
    """Raise UsageError that names ``path`` where the block finds no room to write: the system's error names no file.

    Every other error passes.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise UsageError(
            f"cannot write: {error.strerror or error}", where=str(path), hint="Make room, then run the command again"
        ) from error


@contextlib.contextmanager
def atomic_writer(path: Path, *, shown: Path | None = None, mode: int | None = None) -> Iterator[BinaryIO]:
    """Give a binary file that takes the name ``path`` when the block ends well, and vanishes otherwise.

    The temporary file stands in the same folder, so the last step is one ``os.replace``. Missing parent
    folders are made. It has the mode of the file that it replaces, or ``mode`` if that is given: then nobody else can
    read it at any moment where that is 0600. Raises UsageError where the place cannot be written, which names it
    ``shown`` if that is given.
    """
    place = str(shown or path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = tempfile.NamedTemporaryFile(  # noqa: SIM115 - closed below, before it is moved
            dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False
        )
    except OSError as error:
        raise UsageError(f"cannot write: {error.strerror or error}", where=place) from error
    temporary = Path(handle.name)
    try:
        with naming_full_disk(shown or path), handle:
            yield handle  # type: ignore[misc]  # the wrapper has the methods of a BinaryIO, typeshed does not say so
            handle.flush()
            os.fsync(handle.fileno())
        if mode is None:
            mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        temporary.chmod(mode)
        try:
            temporary.replace(path)
        except OSError as error:
            raise UsageError(f"cannot write: {error.strerror or error}", where=place) from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def refuse_to_replace(path: Path | None, *, force: bool) -> None:
    """Raise UsageError where ``path`` exists and ``force`` does not say that it may be replaced; ``-`` is no file."""
    if path is not None and str(path) != "-" and path.exists() and not force:
        raise UsageError("already exists", where=str(path), hint="Choose another name, or say --force to replace it")


def refuse_others(folder: Path, mark: str, *, what: str) -> None:
    """Raise UsageError where ``folder`` is there and ``--force`` must not replace it: it would be gone.

    ``mark`` is the file that tells a folder of this kind, ``what`` what such a folder is called. An empty folder may be
    replaced.
    """
    if folder.exists() and not (folder / mark).is_file() and (folder.is_file() or any(folder.iterdir())):
        raise UsageError(
            f"is no {what} (it has no {mark}), and --force replaces nothing else",
            where=str(folder),
            hint="Name another --out",
        )


def write_text(path: Path, text: str, *, mode: int | None = None) -> None:
    """Write ``text`` as UTF-8, line ends as they stand in it, atomically; ``mode`` as for ``atomic_writer``."""
    with atomic_writer(path, mode=mode) as out:
        out.write(text.encode())


@contextlib.contextmanager
def atomic_directory(path: Path, *, replace: bool = False, final: Callable[[], Path] | None = None) -> Iterator[Path]:
    """Give an empty folder that takes the name ``path`` when the block ends well, and vanishes otherwise.

    ``final`` gives, at the end of the block, the name that it takes instead, in the same folder, where that is known
    no sooner; the block itself then sees to it that nothing is replaced that should not be.

    Raises UsageError if ``path`` exists and ``replace`` is false, and where the place cannot be written. With
    ``replace`` the old folder is moved aside first and removed last, so that at every moment one whole folder
    exists; where the new one cannot take its place, the old one comes back. What a killed run left beside
    ``path`` is tidied first: an old folder that was moved aside and has no successor gets its name back.
    """
    _tidy(path)
    if path.exists() and not replace:
        raise UsageError("already exists", where=str(path), hint="Choose another name, or say --force to replace it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part"))
    except OSError as error:
        raise UsageError(f"cannot write: {error.strerror or error}", where=str(path)) from error
    with contextlib.ExitStack() as stack:
        stack.enter_context(_held(temporary))
        try:
            with naming_full_disk(path):
                yield temporary
            temporary.chmod(0o777 & ~_umask())
            _swap(temporary, path if final is None else final())
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise


def _swap(temporary: Path, path: Path) -> None:
    """Give a folder its final name; what has that name is moved aside, comes back on failure, else is removed."""
    old: Path | None = None
    try:
        if path.exists():
            old = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".old"))
            path.rename(old / path.name)
        temporary.rename(path)
    except BaseException as error:
        if old is not None and not path.exists():
            _put_back(old, path)
        if isinstance(error, OSError):
            raise UsageError(f"cannot write: {error.strerror or error}", where=str(path)) from error
        raise
    if old is not None:
        # The new folder has its name: what cannot be removed now is tidied by the next run.
        shutil.rmtree(old, ignore_errors=True)


def _put_back(old: Path, path: Path) -> None:
    (old / path.name).rename(path)
    old.rmdir()


def tidy(folder: Path) -> None:
    """Take away what killed runs of ``atomic_directory`` left in a folder; what they moved aside gets its name back."""
    if folder.is_dir():
        for name in {found[1] for found in map(_LEFT.fullmatch, (path.name for path in folder.iterdir())) if found}:
            _tidy(folder / name)


def _tidy(path: Path) -> None:
    """Take away what killed runs left beside ``path``; the folder of a run that is at work is not touched."""
    for beside in sorted(path.parent.iterdir()) if path.parent.is_dir() else []:
        left = _LEFT.fullmatch(beside.name)
        if not left or left[1] != path.name or not beside.is_dir():
            continue
        if beside.suffix == ".old" and not path.exists() and (beside / path.name).is_dir():
            with contextlib.suppress(OSError):
                _put_back(beside, path)
        elif beside.suffix == ".old" or _abandoned(beside):
            shutil.rmtree(beside, ignore_errors=True)


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder, which the system lets go when the process dies. Windows has none for folders."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a file system without locks: then nobody takes the folder for abandoned
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _abandoned(folder: Path) -> bool:
    """Say whether nobody holds a folder; false where that cannot be told."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
