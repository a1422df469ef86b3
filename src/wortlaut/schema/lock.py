"""A lock between processes: a file that one of them holds, and that the system lets go when it dies."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

__all__ = ["locked"]

_PAUSE = 0.2


@contextlib.contextmanager
def locked(lock: Path, on_busy: Callable[[], None]) -> Iterator[None]:
    """Hold the file ``lock``, which is made and taken away again, for the block.

    ``on_busy`` is called once where another process holds it: it raises, or this one waits for the other.
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
            _lock_now(descriptor)
            # Its holder may have taken the file away between our opening and our locking it: then try again.
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), lock.stat()):
                    return descriptor
        except OSError:
            os.close(descriptor)
            if not told:
                on_busy()
                told = True
            time.sleep(_PAUSE)
            continue
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _lock_now(descriptor: int) -> None:
    """Lock an open file for this process, or raise OSError at once."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
