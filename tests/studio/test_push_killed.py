"""A push whose process, whose server or whose connection dies at every kind of moment: each article once, none lost.

The push runs against a real Label Studio through a proxy, which knows what is under way: so a kill comes in the middle
of an upload, of an insertion or of a fence, and not only somewhere. What it forwards reaches the server whatever
becomes of the client.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal, NamedTuple

import httpx
import msgspec
import psutil
import pytest

from wortlaut.annotation.studio import patience
from wortlaut.annotation.studio.client import KEY_VARIABLE, URL_VARIABLE
from wortlaut.annotation.studio.home import studio_home
from wortlaut.annotation.studio.server import SERVER, RunningServer, ServerState, up
from wortlaut.cli.main import run
from wortlaut.corpus.compose import compose
from wortlaut.corpus.draft import Draft, Piece
from wortlaut.schema.article import RawSource
from wortlaut.schema.project import Project

pytestmark = [pytest.mark.studio, pytest.mark.slow, pytest.mark.xdist_group("studio-too")]

Start = Callable[[int], subprocess.Popen[bytes]]

TASKS = 2000
BATCH = 100

Step = Literal["import", "reimport", "file-uploads", "tasks", "projects", "predictions"]
Phase = Literal["half sent", "sent", "answered"]


class Event(NamedTuple):
    """A request that passes the proxy, and how far it is; ``number`` counts those of its step."""

    step: str
    method: str
    phase: Phase
    number: int


# What becomes of a request: None passes, "drop" breaks the connection, a number is answered instead.
Verdict = Literal["drop"] | int | None


class Proxy:
    """Forwards to the server, asks ``watch`` at each phase of each request, and does what it says."""

    def __init__(self, target: str) -> None:
        self.watch: Callable[[Event], Verdict] = lambda _event: None
        self.counts: Counter[tuple[str, str]] = Counter()
        self._client = httpx.Client(base_url=target, trust_env=False, timeout=300)
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                proxy.pass_on(self)

            do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = handle_any  # noqa: N815 - http.server's names

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def pass_on(self, request: BaseHTTPRequestHandler) -> None:
        path, method = request.path.partition("?")[0], request.command
        step = path.rstrip("/").rsplit("/", 1)[-1]
        number = self.counts[step, method]
        self.counts[step, method] += 1
        length = int(request.headers.get("Content-Length", 0))
        body = request.rfile.read(length // 2)
        try:
            if self._stopped(request, Event(step, method, "half sent", number)):
                return
            body += request.rfile.read(length - len(body))
            verdict: list[bool] = []
            # What is sent reaches the server at once, and the watcher hears of it meanwhile.
            watcher = threading.Thread(
                target=lambda: verdict.append(self._stopped(request, Event(step, method, "sent", number)))
            )
            watcher.start()
            kept = {name: value for name, value in request.headers.items() if name.lower() != "host"}
            answer = self._client.request(method, request.path, headers=kept, content=body)
            watcher.join()
            if verdict[0] or self._stopped(request, Event(step, method, "answered", number)):
                return
            self._answer(request, answer.status_code, answer.content, answer.headers.get("content-type", ""))
        except (OSError, httpx.HTTPError):
            request.close_connection = True

    def _stopped(self, request: BaseHTTPRequestHandler, event: Event) -> bool:
        verdict = self.watch(event)
        if verdict == "drop":
            request.close_connection = True
            request.connection.close()
            return True
        if verdict is not None:
            request.close_connection = True
            self._answer(request, verdict, b'{"detail": "database is locked"}', "application/json")
            return True
        return False

    @staticmethod
    def _answer(request: BaseHTTPRequestHandler, status: int, content: bytes, kind: str) -> None:
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._client.close()


@pytest.fixture
def running(studio_copy: Project) -> RunningServer:
    return up(studio_copy)


@pytest.fixture
def proxy(running: RunningServer) -> Iterator[Proxy]:
    proxy = Proxy(running.state.url)
    yield proxy
    proxy.close()


@pytest.fixture
def environment(proxy: Proxy, running: RunningServer) -> dict[str, str]:
    return os.environ | {URL_VARIABLE: proxy.url, KEY_VARIABLE: running.credentials.token}


def write_corpus(project: Project, number: int) -> list[str]:
    lines = []
    source = RawSource(name="a.txt", format="text", sha256="0" * 64)
    for one in range(number):
        text = f"„Das ist Satz {one}“, sagte Bürgermeisterin Anna Weber am Freitag."
        pieces = (Piece(kind="headline", text=f"Titel {one}"), Piece(kind="paragraph", text=text))
        lines.append(compose(Draft(article_id=f"a-{one:04}", pieces=pieces), source))
    path = project.path(project.settings.articles)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in lines))
    return [one.article_id for one in lines]


@pytest.fixture
def start_push(studio_copy: Project, environment: dict[str, str]) -> Iterator[Start]:
    """Starts a push in a process of its own; what still runs at the end is killed."""
    with contextlib.ExitStack() as stack:

        def start(batch: int) -> subprocess.Popen[bytes]:
            arguments = [sys.executable, "-m", "wortlaut", "studio", "push", "--batch-size", str(batch)]
            process = subprocess.Popen(
                arguments, cwd=studio_copy.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield start


def finish(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    said, _ = process.communicate(timeout=300)
    return process.returncode, said.decode(errors="replace")


class Stock(NamedTuple):
    """What the server's database holds."""

    tasks: int
    keys: Counter[str]
    predictions: Counter[int]
    uploads: int


def stock(project: Project) -> Stock:
    # Writable: what a killed server left half done is rolled back by whoever opens the database next.
    database = studio_home(project).path("data") / "label_studio.sqlite3"
    with closing(sqlite3.connect(f"file:{database}?mode=rw", uri=True, timeout=60)) as connection:
        keys = [row[0] for row in connection.execute("select json_extract(data, '$.article_id') from task")]
        counted = "select count(p.id) from task t left join prediction p on p.task_id = t.id group by t.id"
        predictions = Counter(row[0] for row in connection.execute(counted))
        uploads = connection.execute("select count(*) from data_import_fileupload").fetchone()[0]
    return Stock(len(keys), Counter(keys), predictions, uploads)


def assert_exactly_once(project: Project, ids: list[str]) -> None:
    held = stock(project)
    assert held.tasks == len(ids)
    assert held.keys == Counter(ids)
    assert held.predictions == {1: len(ids)}
    assert held.uploads == 0


def keep_table(path: Path, head: str, rows: list[tuple[object, ...]], capsys: pytest.CaptureFixture[str]) -> None:
    columns = head.count("|") + 1
    lines = [head, "|".join(["---"] * columns), *("|".join(map(str, row)) for row in rows)]
    table = "\n".join(f"|{line}|" for line in lines)
    path.write_text(table + "\n", encoding="utf-8")
    with capsys.disabled():
        sys.stderr.write(f"\n{table}\n")


class Strike:
    """Kills a process at a moment of one of its batches."""

    def __init__(
        self, proxy: Proxy, process: subprocess.Popen[bytes], moment: tuple[str, str, str], *, batch: int, delay: float
    ) -> None:
        self._proxy = proxy
        self._process = process
        self._moment = moment
        self._batch = batch
        self._delay = delay
        self.done = False

    def __call__(self, event: Event) -> Verdict:
        batches = self._proxy.counts["import", "POST"]
        if self.done or (event.step, event.method, event.phase) != self._moment or batches < self._batch:
            return None
        self.done = True
        time.sleep(self._delay)
        self._process.send_signal(signal.SIGKILL)
        return "drop" if event.phase == "half sent" else None


# Where a kill strikes: the step, how far its request is, and within how many seconds after that.
MOMENTS: tuple[tuple[str, str, Phase, float], ...] = (
    ("import", "POST", "half sent", 0.0),
    ("import", "POST", "sent", 0.1),
    ("import", "POST", "answered", 0.0),
    ("reimport", "POST", "half sent", 0.0),
    ("reimport", "POST", "sent", 0.05),
    ("reimport", "POST", "sent", 0.2),
    ("reimport", "POST", "sent", 0.6),
    ("reimport", "POST", "answered", 0.0),
    ("file-uploads", "DELETE", "sent", 0.05),
    ("file-uploads", "DELETE", "answered", 0.3),
)


def test_our_process_is_killed_ten_times_in_a_push_of_2000_tasks(
    studio_copy: Project,
    proxy: Proxy,
    start_push: Start,
    artefacts: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ids = write_corpus(studio_copy, TASKS)
    chance = random.Random(7)  # noqa: S311 - a seeded choice of moments
    moments = chance.sample(MOMENTS, len(MOMENTS))
    batches = chance.sample([1, 2, 2, 2, 2, 2, 3, 3, 3, 3], len(MOMENTS))  # so that the last one comes near the end
    rows: list[tuple[object, ...]] = []
    for number, (step, method, phase, within) in enumerate(moments, 1):
        delay = chance.uniform(0, within)
        proxy.counts.clear()
        process = start_push(BATCH)
        # The batch in which it is killed; the first fence of a run comes before its first batch.
        strike = Strike(proxy, process, (step, method, phase), batch=batches[number - 1], delay=delay)
        proxy.watch = strike
        code, said = finish(process)
        assert strike.done, said
        assert code == -signal.SIGKILL
        at_once = stock(studio_copy).tasks
        rows.append((number, f"{method} {step}, {phase}, +{delay:.2f} s", at_once))
        assert at_once < TASKS
    proxy.watch = lambda _event: None
    code, said = finish(start_push(BATCH))
    assert code == 0, said
    assert_exactly_once(studio_copy, ids)
    code, said = finish(start_push(BATCH))
    assert code == 0
    assert "nothing to do" in said
    assert_exactly_once(studio_copy, ids)
    rows.append(("end", "run to its end, then once more", stock(studio_copy).tasks))
    keep_table(artefacts / "push-killed.md", "kill|moment|tasks on the server right after", rows, capsys)


def test_the_server_is_killed_three_times_in_mid_import(
    studio_copy: Project,
    proxy: Proxy,
    start_push: Start,
    artefacts: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ids = write_corpus(studio_copy, TASKS)
    chance = random.Random(11)  # noqa: S311 - a seeded choice of moments
    batch = 200
    wanted = iter((2, 5, 8))  # insertions, counted over all of the run
    rows: list[tuple[object, ...]] = []
    turn = threading.Event()
    next_one = next(wanted)
    insertions = 0

    def watch(event: Event) -> Verdict:
        nonlocal next_one, insertions
        if (event.step, event.method, event.phase) != ("reimport", "POST", "sent"):
            return None
        insertions += 1
        if insertions == next_one:
            delay = chance.uniform(0.05, 0.4)
            time.sleep(delay)
            kill_server(studio_copy)
            rows.append((len(rows) + 1, f"insertion {insertions} +{delay:.2f} s", stock(studio_copy).tasks))
            next_one = next(wanted, -1)
            turn.set()
        return None

    proxy.watch = watch
    process = start_push(batch)
    for _ in range(3):
        assert turn.wait(120)
        turn.clear()
        up(studio_copy)
    code, said = finish(process)
    assert code == 0, said
    assert len(rows) == 3
    assert "waiting for the server, then going on where it stopped" in said
    assert_exactly_once(studio_copy, ids)
    rows.append(("end", "the same run, never started again", stock(studio_copy).tasks))
    keep_table(artefacts / "push-server-killed.md", "kill|moment|tasks in the database right after", rows, capsys)


def kill_server(project: Project) -> None:
    state = studio_home(project).read(SERVER, ServerState)
    assert state is not None
    server = psutil.Process(state.pid)
    for process in (*server.children(recursive=True), server):
        process.kill()
    server.wait(10)


FAULTS: tuple[tuple[str, str, Phase, Verdict], ...] = (
    ("projects", "POST", "answered", "drop"),
    ("projects", "POST", "half sent", 503),
    ("tasks", "GET", "answered", 500),
    ("import", "POST", "half sent", "drop"),
    ("import", "POST", "answered", "drop"),
    ("reimport", "POST", "half sent", 500),
    ("reimport", "POST", "answered", "drop"),
    ("reimport", "POST", "answered", 504),
    ("file-uploads", "DELETE", "half sent", "drop"),
    ("file-uploads", "DELETE", "answered", 500),
)


def test_a_connection_that_breaks_at_any_step_is_taken_up_again(
    studio_copy: Project,
    proxy: Proxy,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(patience, "_FIRST_PAUSE", 0.02)
    monkeypatch.chdir(studio_copy.root)
    for name in (URL_VARIABLE, KEY_VARIABLE):
        monkeypatch.setenv(name, environment[name])
    ids = write_corpus(studio_copy, 7)
    api = httpx.Client(base_url=proxy.url, headers={"Authorization": f"Token {environment[KEY_VARIABLE]}"}, timeout=60)
    for step, method, phase, verdict in FAULTS:
        proxy.counts.clear()

        def fail(
            event: Event, wanted: tuple[str, str, str] = (step, method, phase), verdict: Verdict = verdict
        ) -> Verdict:
            return verdict if (event.step, event.method, event.phase) == wanted and event.number == 0 else None

        proxy.watch = fail
        assert run(["studio", "push", "--batch-size", "3"]) == 0, (step, phase)
        said = capsys.readouterr().err
        assert "waiting for the server" in said, (step, phase)
        assert_exactly_once(studio_copy, ids)
        proxy.watch = lambda _event: None
        for one in api.get("/api/projects/?page_size=100").json()["results"]:
            api.delete(f"/api/projects/{one['id']}/")
        (studio_copy.root / ".studio" / "project.json").unlink()
    api.close()


def test_a_push_gives_up_in_one_line_and_a_proxy_that_takes_little_gets_little(
    studio_copy: Project,
    proxy: Proxy,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(patience, "_FIRST_PAUSE", 0.02)
    monkeypatch.chdir(studio_copy.root)
    for name in (URL_VARIABLE, KEY_VARIABLE):
        monkeypatch.setenv(name, environment[name])
    ids = write_corpus(studio_copy, 7)

    def locked(event: Event) -> Verdict:
        return 500 if event.step == "reimport" and event.phase == "half sent" and event.number else None

    proxy.watch = locked
    assert run(["studio", "push", "--batch-size", "3"]) == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert line.endswith(
        "cannot send tasks: the server answered 500, database is locked; 3 of 7 articles are on the server for "
        "certain. Run wortlaut studio push again: it finishes what is missing, and sends nothing twice"
    )
    assert stock(studio_copy).tasks == 3

    def away(event: Event) -> Verdict:
        return "drop" if event.phase == "half sent" else None

    proxy.watch = away
    assert run(["studio", "push", "--wait", "0.1"]) == 2
    assert "the server does not answer" in capsys.readouterr().err

    def narrow(event: Event) -> Verdict:
        return 413 if event.step == "import" and event.phase == "half sent" and event.number < 2 else None

    proxy.watch = narrow
    proxy.counts.clear()
    assert run(["studio", "push"]) == 0
    assert_exactly_once(studio_copy, ids)
    assert proxy.counts["import", "POST"] == 5  # four, two, one, one and two of them

    def forbidden(event: Event) -> Verdict:
        return 403 if event.method == "GET" and event.phase == "half sent" and event.step.isdigit() else None

    proxy.watch = forbidden
    assert run(["studio", "push"]) == 2
    assert "the token may not see or change project 1: it is of another user" in capsys.readouterr().err


def test_a_batch_that_cannot_be_closed_is_told_to_be_there(
    studio_copy: Project,
    proxy: Proxy,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(studio_copy.root)
    for name in (URL_VARIABLE, KEY_VARIABLE):
        monkeypatch.setenv(name, environment[name])
    ids = write_corpus(studio_copy, 7)

    def forbidden(event: Event) -> Verdict:
        return 403 if (event.step, event.method, event.number) == ("file-uploads", "DELETE", 1) else None

    proxy.watch = forbidden
    assert run(["studio", "push", "--batch-size", "3"]) == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert (
        "cannot close a batch: the server answered 403, database is locked (it was the 3 tasks from a-0003 to a-0005; "
        "they are on the server, only the batch is not closed)" in line
    )
    assert stock(studio_copy).tasks == 6
    proxy.watch = lambda _event: None
    assert run(["studio", "push"]) == 0
    assert_exactly_once(studio_copy, ids)


@pytest.mark.parametrize("late", [1, 2])
def test_a_prediction_that_arrives_after_it_was_sent_again_is_removed_by_the_same_push(
    studio_copy: Project,
    proxy: Proxy,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    late: int,
) -> None:
    monkeypatch.setattr(patience, "_FIRST_PAUSE", 0.02)
    monkeypatch.chdir(studio_copy.root)
    for name in (URL_VARIABLE, KEY_VARIABLE):
        monkeypatch.setenv(name, environment[name])
    ids = write_corpus(studio_copy, 3)
    assert run(["studio", "push", "--no-predictions"]) == 0
    assert stock(studio_copy).predictions == {0: 3}
    arrived: list[int] = []

    def watch(event: Event) -> Verdict:
        if (event.step, event.method) != ("predictions", "POST"):
            return None
        if (event.phase, event.number) == ("half sent", 0):
            return "drop"
        if (event.phase, event.number) == ("answered", late):
            # What the connection broke off from lands only now, after the second sending or the next task's.
            headers = {"Authorization": f"Token {environment[KEY_VARIABLE]}"}
            with httpx.Client(base_url=proxy.url, headers=headers, timeout=60) as api:
                first = min(api.get("/api/predictions/").json(), key=lambda one: int(one["id"]))
                copy = {name: first[name] for name in ("task", "project", "result", "model_version")}
                arrived.append(api.post("/api/predictions/", json=copy).raise_for_status().json()["id"])
        return None

    proxy.watch = watch
    assert run(["studio", "push"]) == 0
    assert len(arrived) == 1
    assert_exactly_once(studio_copy, ids)


def test_a_project_that_is_deleted_while_it_is_filled_is_missed(
    studio_copy: Project,
    proxy: Proxy,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(studio_copy.root)
    for name in (URL_VARIABLE, KEY_VARIABLE):
        monkeypatch.setenv(name, environment[name])
    write_corpus(studio_copy, 7)

    def deleted(event: Event) -> Verdict:
        if (event.step, event.phase, event.number) == ("reimport", "half sent", 1):
            headers = {"Authorization": f"Token {environment[KEY_VARIABLE]}"}
            httpx.delete(f"{proxy.url}/api/projects/1/", headers=headers, timeout=60).raise_for_status()
        return None

    proxy.watch = deleted
    assert run(["studio", "push", "--batch-size", "3"]) == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert "project 1 (probe) was deleted while it was filled. wortlaut studio push --new makes a new one" in line
