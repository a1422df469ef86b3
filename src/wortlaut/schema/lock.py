"""A lock between processes: a file that one of them holds, and that the system lets go when it dies."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from wortlaut.schema.errors import UsageError

__all__ = ["locked"]

_PAUSE = 0.2
# What the system says of a lock that another process holds.
_HELD = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK})


@contextlib.contextmanager
def locked(lock: Path, on_busy: Callable[[], None]) -> Iterator[None]:
    """Hold the file ``lock``, which is made and taken away again, for the block.

    ``on_busy`` is called once where another process holds it: it raises, or this one waits for the other. Raises
    UsageError where the file cannot be locked at all.
    """
    descriptor = _held(lock, on_busy)
    try:
        yield
    finally:
        # Taken away while it is held, so that nobody can hold a lock on a file that has no name any more.
        with contextlib.suppress(OSError):
            lock.unlink()
        os.close(descriptor)


def _held(lock: Path, on_busy: Callable[[], None]) -> int:
    told = False
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            free = _lock_now(descriptor, lock)
            if free:
                # Its holder may have taken the file away between our opening and our locking it: then try again.
                with contextlib.suppress(FileNotFoundError):
                    if os.path.samestat(os.fstat(descriptor), lock.stat()):
                        return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if not free:
            if not told:
                on_busy()
                told = True
            time.sleep(_PAUSE)


def _lock_now(descriptor: int, lock: Path) -> bool:
    """Lock an open file for this process; false where another holds it. Raises UsageError where locks do not work."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            return False
        raise UsageError(
            f"cannot be locked: {error.strerror or error}",
            where=str(lock),
            hint="A network drive may have no locks: put the folder on a disk of this machine",
        ) from error
    return True
