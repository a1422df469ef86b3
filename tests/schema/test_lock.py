"""The lock between processes: one holds it, the other is told once; a system without locks is told as such."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from wortlaut.schema.errors import UsageError
from wortlaut.schema.lock import locked

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="flock")

HOLD = """
import sys
from pathlib import Path
from wortlaut.schema.lock import locked
with locked(Path(sys.argv[1]), lambda: None):
    print("held", flush=True)
    input()
"""


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_another_process_is_waited_for_and_told_of_once(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    told: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "held\n"

        def let_go() -> None:
            told.append("busy")
            holder.communicate("\n")

        with locked(lock, let_go):
            assert told == ["busy"]
    assert not lock.exists()


def test_a_system_without_locks_is_told_and_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def none(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    told: list[str] = []

    def busy() -> None:
        told.append("busy")
        raise AssertionError

    lock = tmp_path / ".lock"
    before = _open_files()
    with pytest.raises(UsageError) as caught, locked(lock, busy):
        pass
    assert str(caught.value) == (
        f"{lock}: cannot be locked: No locks available. "
        "A network drive may have no locks: put the folder on a disk of this machine"
    )
    assert told == []
    assert _open_files() == before
