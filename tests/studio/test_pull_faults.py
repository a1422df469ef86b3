"""Pulling when something is wrong: a clear line each, nothing half done, and the next run finishes."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from tests.studio.conftest import free_port
from tests.studio.pulling import Field, field

from wortlaut.annotation.studio import pulled
from wortlaut.annotation.studio.client import KEY_VARIABLE, URL_VARIABLE
from wortlaut.schema.lock import locked

__all__ = ["field"]  # a fixture

pytestmark = [pytest.mark.studio, pytest.mark.slow, pytest.mark.xdist_group("studio")]

Tamper = Callable[[str, str, int, bytes], tuple[int, bytes, int]]
"""Given method, path, status and body, gives the status, the body, and how many bytes of it are sent."""


@contextlib.contextmanager
def proxy(to: str, tamper: Tamper) -> Iterator[str]:
    """Run a proxy before the real server that spoils answers."""
    upstream = httpx.Client(base_url=to, timeout=120, trust_env=False)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            sent = {key: value for key, value in self.headers.items() if key in {"Authorization", "Content-Type"}}
            answer = upstream.request(self.command, self.path, content=self.rfile.read(size), headers=sent)
            status, body, most = tamper(self.command, self.path, answer.status_code, answer.content)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:most])

        do_POST = do_DELETE = do_PATCH = do_GET  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        upstream.close()


def cut_off(_method: str, path: str, status: int, body: bytes) -> tuple[int, bytes, int]:
    return status, body, len(body) // 2 if path.endswith("/download") else len(body)


def shortened(_method: str, path: str, status: int, body: bytes) -> tuple[int, bytes, int]:
    """As ``cut_off``, where the proxy says that this is all."""
    body = body[: len(body) // 2] if path.endswith("/download") else body
    return status, body, len(body)


def timed_out(method: str, path: str, status: int, body: bytes) -> tuple[int, bytes, int]:
    if method == "POST" and path.endswith("/exports/"):
        return 504, b"<html>504 Gateway Time-out</html>", 100
    return status, body, len(body)


def failed(method: str, path: str, status: int, body: bytes) -> tuple[int, bytes, int]:
    if method == "POST" and path.endswith("/exports/"):
        body = json.dumps(json.loads(body) | {"status": "failed"}).encode()
    return status, body, len(body)


def miscounted(_method: str, path: str, status: int, body: bytes) -> tuple[int, bytes, int]:
    if "total_annotations_number" in path:
        body = json.dumps(json.loads(body) | {"total_annotations_number": 77}).encode()
    return status, body, len(body)


def without_md5(method: str, path: str, body: bytes) -> bytes:
    if method == "POST" and path.endswith("/exports/"):
        return json.dumps(json.loads(body) | {"md5": ""}).encode()
    return body


def twice(method: str, path: str, status: int, body: bytes) -> tuple[int, bytes, int]:
    body = without_md5(method, path, body)
    if path.endswith("/download"):
        tasks = json.loads(body)
        body = json.dumps([*tasks, tasks[0]]).encode()
    return status, body, len(body)


def fewer(method: str, path: str, status: int, body: bytes) -> tuple[int, bytes, int]:
    """A snapshot that lacks an annotation."""
    body = without_md5(method, path, body)
    if path.endswith("/download"):
        tasks = json.loads(body)
        tasks[0]["annotations"] = []
        body = json.dumps(tasks).encode()
    return status, body, len(body)


def nobody_spelled(method: str, path: str, status: int, body: bytes) -> tuple[int, bytes, int]:
    """A server that gives authors by number, and does not list them."""
    body = without_md5(method, path, body)
    if path.endswith("/download"):
        tasks = json.loads(body)
        for annotation in (one for task in tasks for one in task["annotations"]):
            annotation["completed_by"] = 987654
        body = json.dumps(tasks).encode()
    return status, body, len(body)


FAULTS: dict[str, tuple[Tamper, str]] = {
    "the download is cut off": (cut_off, "cannot fetch the annotation: the server does not answer"),
    "the download is shorter than it was": (shortened, "the download is not what the server wrote"),
    "a proxy gives up": (timed_out, "cannot fetch the annotation: the server answered 504"),
    "the server fails to write": (failed, "the server did not write the snapshot (status failed)"),
    "the counts differ": (miscounted, "6 tasks, 1 annotations, 0 skipped, 0 tasks with drafts; the server counts 6 ta"),
    "a task comes twice": (twice, "twice. Run the command again"),
    "an author is a bare number": (nobody_spelled, "does not say who the author with the number 987654 is"),
    "an annotation is missing": (fewer, "what was fetched does not agree with the server"),
}


def untouched(place: Field) -> bool:
    """Nothing half done is left, here or on the server."""
    exports = place.folder / "annotation" / "exports"
    left = [path for path in exports.rglob("*") if path.name.startswith(".pulled")]
    return not left and not (place.folder / ".studio" / "pull").exists() and place.left_on_server() == []


def test_a_fault_on_the_way_is_one_line_and_the_next_run_finishes(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    field.anna.submit(field.tasks[0], [field.region(field.tasks[0])])
    for name, (tamper, said) in FAULTS.items():
        with proxy(field.url, tamper) as url, monkeypatch.context() as patch:
            patch.setenv(URL_VARIABLE, url)
            assert field.pull() == 2, name
        assert said in field.said, (name, field.said)
        assert len(field.said.splitlines()) == 1, (name, field.said)
        assert field.exports == [], name
        assert untouched(field), name
    assert field.pull() == 0, field.said
    assert untouched(field)


def test_a_name_in_a_field_that_nobody_expected_is_refused(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    field.anna.submit(field.tasks[0], [field.region(field.tasks[0])])

    def leaking(method: str, path: str, status: int, body: bytes) -> tuple[int, bytes, int]:
        body = without_md5(method, path, body)
        if path.endswith("/download"):
            tasks = json.loads(body)
            (annotated,) = [task for task in tasks if task["annotations"]]
            annotated["annotations"][0] |= {"last_action": f"saved by {field.anna.email.upper()}", "mood": "good"}
            body = json.dumps(tasks).encode()
        return status, body, len(body)

    with proxy(field.url, leaking) as url, monkeypatch.context() as patch:
        patch.setenv(URL_VARIABLE, url)
        assert field.pull() == 2
    assert f"task {field.tasks[0]}.annotations[0].last_action: would name a user of the server" in field.said
    assert field.anna.email not in field.said.casefold()
    assert field.exports == []
    assert untouched(field)

    def unknown(method: str, path: str, status: int, body: bytes) -> tuple[int, bytes, int]:
        body = without_md5(method, path, body).replace(b'"last_action"', b'"mood": "good", "last_action"')
        return status, body, len(body)

    with proxy(field.url, unknown) as url, monkeypatch.context() as patch:
        patch.setenv(URL_VARIABLE, url)
        assert field.pull() == 0, field.said
    assert "left out, fields that this version does not know: annotations[].mood" in field.said


def test_no_server_no_token_and_no_project(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    field.anna.submit(field.tasks[0], [field.region(field.tasks[0])])
    with monkeypatch.context() as patch:
        patch.setenv(URL_VARIABLE, f"http://127.0.0.1:{free_port()}")
        assert field.pull() == 2
        assert "the server does not answer" in field.said
    with monkeypatch.context() as patch:
        patch.setenv(KEY_VARIABLE, "0" * 40)
        assert field.pull() == 2
        assert "the server does not know this legacy token" in field.said
    with locked(field.folder / ".studio" / ".pull.lock", lambda: None):
        done = subprocess.run([sys.executable, "-m", "wortlaut", "studio", "pull"], capture_output=True, check=False)
        assert done.returncode == 2
        assert b"another wortlaut studio pull is at work" in done.stderr

    def deleting(method: str, path: str, status: int, body: bytes) -> tuple[int, bytes, int]:
        """Delete the project just after it was found."""
        if method == "GET" and path == "/api/version":
            field("DELETE", f"/api/projects/{field.project}/")
        return status, body, len(body)

    with proxy(field.url, deleting) as url, monkeypatch.context() as patch:
        patch.setenv(URL_VARIABLE, url)
        assert field.pull() == 2
    assert f"project {field.project} (lindenau" in field.said
    assert "was deleted while it was fetched" in field.said
    assert field.exports == []


@pytest.mark.skipif(sys.platform == "win32", reason="limits are POSIX")
def test_a_full_disk_is_named_and_leaves_nothing(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    field.anna.submit(field.tasks[0], [field.region(field.tasks[0])])

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    command = [sys.executable, "-m", "wortlaut", "studio", "pull"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=small)
    assert done.returncode == 2
    assert ".studio/pull/000000.json: cannot write: File too large. Make room" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert untouched(field)

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    record = (field.folder / ".studio" / "pull.json").read_bytes()
    ledger = field.folder / "annotation" / "annotators.toml"
    assert not ledger.exists()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert field.pull() == 2
    assert "cannot write: No space left on device" in field.said
    assert (field.folder / ".studio" / "pull.json").read_bytes() == record
    assert field.exports == []
    assert untouched(field)
    assert field.pull() == 0, field.said


def test_a_killed_pull_leaves_what_the_next_one_tidies(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    field.anna.submit(field.tasks[0], [field.region(field.tasks[0])])
    reached = threading.Event()

    def slow(_method: str, path: str, status: int, body: bytes) -> tuple[int, bytes, int]:
        if path.endswith("/download"):
            reached.set()
            time.sleep(1)
        return status, body, len(body)

    with proxy(field.url, slow) as url:
        environment = os.environ | {URL_VARIABLE: url}
        process = subprocess.Popen([sys.executable, "-m", "wortlaut", "studio", "pull"], env=environment)
        assert reached.wait(60)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert len(field.left_on_server()) == 2
    assert (field.folder / ".studio" / "pull").exists()
    (field.folder / "annotation" / "exports").mkdir(parents=True, exist_ok=True)
    (field.folder / "annotation" / "exports" / "..pulled.abcd1234.part").write_bytes(b"[")
    assert field.pull() == 0, field.said
    assert untouched(field)
    assert len(field.exports) == 1


def test_annotators_may_work_while_it_is_fetched(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    field.anna.submit(field.tasks[0], [field.region(field.tasks[0])])
    again = iter([True, False])

    def working(_method: str, path: str, status: int, body: bytes) -> tuple[int, bytes, int]:
        """After the first snapshot: one annotation is replaced by another, so that the counts stay as they are."""
        if path.endswith("/download") and next(again, False):
            (gone,) = [one["id"] for one in field.api_tasks()[field.tasks[0]]["annotations"]]
            field.anna("DELETE", f"/api/annotations/{gone}/")
        return status, body, len(body)

    with proxy(field.url, working) as url, monkeypatch.context() as patch:
        patch.setenv(URL_VARIABLE, url)
        assert field.pull() == 0, field.said
    # Between the counts of before and after: it is what the project was when the snapshot was written.
    assert field.json["pull"]["submitted"] in {0, 1}
    assert field.pull() == 0, field.said
    assert field.json["pull"]["submitted"] == 0


def test_what_the_folder_holds_beside_it_is_told(field: Field) -> None:
    field.anna.submit(field.tasks[0], [field.region(field.tasks[0])])
    assert field.pull() == 0
    exports = field.folder / "annotation" / "exports"
    (exports / "anna.json").write_bytes(field.exports[0].read_bytes())
    Path(exports / "README.md").write_text("x", encoding="utf-8")
    assert field.pull() == 0
    assert "beside it in annotation/exports, and counted too: anna.json" in field.said


def test_a_pull_that_is_killed_after_its_file_was_placed_is_finished(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the file and the note that it counts, the old file and the new one stand side by side."""
    field.anna.submit(field.tasks[0], [field.region(field.tasks[0])])
    assert field.pull() == 0, field.said
    field.otto.submit(field.tasks[1], [field.region(field.tasks[1])])

    class KilledError(Exception):
        pass

    def die(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(pulled, "archive", die)
        patch.setenv("WORTLAUT_DEBUG", "1")
        with pytest.raises(KilledError):
            field.pull()
    assert len(field.exports) == 2
    field.otto.submit(field.tasks[2], [field.region(field.tasks[2])])
    assert field.pull() == 0, field.said
    assert len(field.exports) == 1
    assert len(field.json["pull"]["superseded"]) == 2
    assert field.json["pull"]["submitted"] == 3
