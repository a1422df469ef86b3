"""The bytes that are told of while files go: each once, also where the client starts a file over."""

from __future__ import annotations

import json

import pytest
from tests.hub.running import Runner
from tests.hub.standin import Fault, StandIn

pytest.importorskip("datasets")

# In a process of its own: the client reads its settings when it is imported.
SCRIPT = """
import json, pathlib
from wortlaut.export.hub.client import open_api
from wortlaut.export.hub.plan import LocalFile, Plan
from wortlaut.export.hub.remote import Remote

big, small = pathlib.Path("big.parquet"), pathlib.Path("card.md")
big.write_bytes(bytes(range(256)) * 4096)
small.write_bytes(b"x" * 999)
files = [LocalFile(path=one.name, file=one, bytes=one.stat().st_size, sha256="") for one in (big, small)]
remote, seen = Remote(open_api(), "lab/press", print), []
remote.create(private=False)
made = remote.commit(
    Plan(adds=tuple(files)), parent=remote.head(), title="t", description="", pull_request=False, on_bytes=seen.append
)
print(json.dumps(seen))
"""


def test_bytes_are_told_once_also_after_a_broken_connection(standin: StandIn, runner: Runner) -> None:
    standin.faults.append(Fault("PUT ", "half"))
    done = runner.python("-c", SCRIPT)
    assert done.code == 0, done
    seen = json.loads(done.out)
    assert sum(seen) == 256 * 4096 + 999
    assert min(seen) < 0, "the file was not started over"
    assert len([number for number in seen if number > 0]) > 10, "a file is told of as it goes"
