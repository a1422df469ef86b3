"""The ML backend as a real process over HTTP, without Label Studio."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wortlaut.annotation.config import labeling_config
from wortlaut.annotation.preannotate.rules import PressRules
from wortlaut.annotation.reader.wire import WireData
from wortlaut.annotation.studio.backend.predict import article_of
from wortlaut.annotation.studio.backend.register import register
from wortlaut.annotation.studio.client import KEY_VARIABLE, URL_VARIABLE, Studio
from wortlaut.annotation.studio.home import studio_home
from wortlaut.annotation.studio.link import LINK, ProjectLink
from wortlaut.annotation.tasks import checked_task, task_of
from wortlaut.cli.main import run
from wortlaut.corpus.compose import compose
from wortlaut.corpus.draft import Draft, Piece
from wortlaut.corpus.store import latest_articles
from wortlaut.schema.article import RawSource
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import find_project
from wortlaut.schema.scheme import default_scheme
from wortlaut.schema.task import Task

Serving = tuple[subprocess.Popen[bytes], str, Path]
Serve = Callable[..., AbstractContextManager[Serving]]

CONFIG = labeling_config(default_scheme())
SECRET = "geheim-0123456789abcdef-nie-zeigen"  # noqa: S105 - a marked one, to be looked for
TEXT = (
    "„Wir öffnen die Brücke am Montag“, sagte Bürgermeisterin Anna Weber.\n\n"
    "Der Rat von Lindenau tagte bis Mitternacht."
)


@pytest.fixture(scope="module")
def tasks(root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Task]:
    store = tmp_path_factory.mktemp("store") / "articles.jsonl"
    assert run(["ingest", str(root / "corpus" / "raw"), "--into", str(store)]) == 0
    return [checked_task(article, default_scheme(), [PressRules()]) for article in latest_articles(store)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("serve")
    (made / "wortlaut.toml").write_text('name = "probe"\n', encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def server(folder: Path, serve: Serve) -> Iterator[Serving]:
    with serve(folder, _free_port(), "--verbose", WORTLAUT_DEBUG="1", PYTHONASYNCIODEBUG="1") as started:
        yield started


@pytest.fixture
def url(server: Serving) -> str:
    """The address of the server that the tests share."""
    return server[1]


@pytest.fixture
def said(server: Serving) -> Callable[[], str]:
    """Gives all that this server wrote."""
    return lambda: server[2].read_text(encoding="utf-8")


def test_health_setup_and_versions_are_what_label_studio_asks_for(url: str, said: Callable[[], str]) -> None:
    assert httpx.get(f"{url}/").json() == {"status": "UP", "model_class": "PressRules"}
    assert httpx.get(f"{url}/health").json() == {"status": "UP", "model_class": "PressRules"}
    assert httpx.get(f"{url}/versions").json() == {"versions": ["press-de-rules/1"]}
    asked = {"project": "1.1700000000", "schema": CONFIG, "hostname": "http://localhost:8080", "extra_params": None}
    assert httpx.post(f"{url}/setup", json=asked).json() == {"model_version": "press-de-rules/1"}
    assert "no project was pushed yet" in said()
    assert "wortlaut studio push" in said()


def test_predictions_are_those_of_wortlaut_tasks(url: str, tasks: list[Task]) -> None:
    asked = _asked([{"id": number, "data": msgspec.to_builtins(task.data)} for number, task in enumerate(tasks)])
    answer = httpx.post(f"{url}/predict", json=asked, timeout=100)
    assert answer.status_code == 200
    assert len(tasks) > 10
    assert answer.json() == {"results": [json.loads(msgspec.json.encode(task.predictions[0])) for task in tasks]}
    assert sum(len(result["result"]) for result in answer.json()["results"]) > 100


def test_an_article_that_no_corpus_holds_is_predicted_from_its_text(url: str) -> None:
    asked = _asked([{"id": 1, "data": {"text": TEXT}}]) | {"params": {"context": {"result": [{"type": "labels"}]}}}
    [result] = httpx.post(f"{url}/predict", json=asked).json()["results"]
    assert result["model_version"] == "press-de-rules/1"
    spans = [one["value"] for one in result["result"] if one["type"] == "labels"]
    assert {"DIRECT", "CUE", "PER"} <= {label for span in spans for label in span["labels"]}
    assert all(TEXT[span["start"] : span["end"]] == span["text"] for span in spans)


@pytest.mark.parametrize(
    ("path", "body", "status", "why"),
    [
        ("/predict", b"{", 400, "does not hold"),
        ("/predict", b"\xff\xfe", 400, "does not hold"),
        ("/predict", b"[]", 422, "Expected `object`"),
        ("/predict", b"{}", 422, "required field `tasks`"),
        ("/predict", b'{"tasks":[{"id":7,"data":{}}]}', 422, "task 0 (id 7): data has no text"),
        ("/predict", b'{"tasks":[{"id":7,"data":{"text":""}}]}', 422, "data has no text"),
        ("/predict", b'{"tasks":[{"id":7,"data":{"text":5}}]}', 422, "Expected `str`"),
        ("/predict", b'{"tasks":[{"id":7,"data":"text"}]}', 422, "Expected `object`"),
        ("/predict", b'{"tasks":[{"id":7,"data":{"text":"a\\rb"}}]}', 422, "carriage return"),
        ("/predict", b'{"tasks":[],"label_config":"<View"}', 422, "not XML"),
        ("/predict", b'{"tasks":[{"data":' + b"[" * 100_000, 400, "does not hold"),
        ("/setup", b"{", 400, "does not hold"),
        ("/webhook", b"{}", 403, "X-Wortlaut-Secret"),
        ("/train", b"{}", 404, "wortlaut serve"),
        ("/health", b"{}", 405, "wortlaut serve"),
    ],
)
def test_what_cannot_be_answered_is_refused_clearly(url: str, path: str, body: bytes, status: int, why: str) -> None:
    answer = httpx.post(f"{url}{path}", content=body)
    assert (answer.status_code, why in answer.json()["detail"]) == (status, True), answer.text


def test_no_refusal_leaves_a_traceback_in_the_log(url: str, said: Callable[[], str]) -> None:
    for body in (b"{", b'{"tasks":[{"data":' + b"[" * 100_000, b'{"tasks":[{"data":{"text":"a\\rb"}}]}'):
        assert httpx.post(f"{url}/predict", content=body).status_code in {400, 422}
    assert "was refused" in said()
    assert "Traceback" not in said()


def test_a_config_without_our_labels_is_refused_by_name(url: str) -> None:
    other = CONFIG.replace('value="GPE"', 'value="Ort"')
    asked = _asked([{"id": 1, "data": {"text": TEXT}}]) | {"label_config": other}
    answer = httpx.post(f"{url}/predict", json=asked)
    assert answer.status_code == 422
    assert "lacks label GPE: wortlaut studio push" in answer.json()["detail"]


def test_a_request_over_the_limit_is_refused(url: str) -> None:
    answer = httpx.post(f"{url}/setup", content=b" " * (9 << 20), timeout=30)
    assert answer.status_code == 413
    assert "8 MB" in answer.json()["detail"]


def test_the_token_of_setup_stays_nowhere(url: str, said: Callable[[], str], folder: Path) -> None:
    asked = json.dumps({"project": "1.1", "schema": CONFIG, "access_token": SECRET, "extra_params": {"k": SECRET}})
    refused = (asked[:-1], asked.replace("{", "[", 1), json.dumps([SECRET]), json.dumps({SECRET: SECRET}) + "x")
    for body in (asked, *refused):
        answer = httpx.post(f"{url}/setup", content=body.encode())
        assert (answer.status_code == 200) == (body == asked)
        assert SECRET not in answer.text
    login = _asked([{"id": 1, "data": {"text": TEXT}}]) | {"params": {"login": "anna", "password": SECRET}}
    assert httpx.post(f"{url}/predict", json=login).status_code == 200
    assert "POST /setup" in said()  # the log is as talkative as it gets
    found = [path for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert found == []


def test_the_log_holds_no_text_of_an_article(url: str, said: Callable[[], str]) -> None:
    bad = _asked([{"id": 1, "data": {"text": TEXT + "\r"}}])
    assert httpx.post(f"{url}/predict", json=bad).status_code == 422
    assert "/predict was refused (422): task 0 (id 1)" in said()
    assert "Lindenau" not in said()


def test_many_tasks_and_many_callers_leave_room_for_health(url: str) -> None:
    tasks = [{"id": number, "data": {"article_id": f"a{number}", "text": TEXT * 20}} for number in range(200)]
    answer = httpx.post(f"{url}/predict", json=_asked(tasks), timeout=100)
    assert len(answer.json()["results"]) == 200
    with ThreadPoolExecutor(20) as callers:
        busy = [callers.submit(httpx.post, f"{url}/predict", json=_asked(tasks[:40]), timeout=100) for _ in range(20)]
        answered = 0
        while not all(one.done() for one in busy):
            assert httpx.get(f"{url}/health", timeout=30).status_code == 200
            answered += 1
            time.sleep(0.05)
        results = [one.result().json()["results"] for one in busy]
    assert all(one == answer.json()["results"][:40] for one in results)
    # Were it to wait for the predictions, it would be asked once or twice until all of them are done.
    assert answered > 5


def test_a_caller_that_goes_away_stops_its_request_alone(url: str, said: Callable[[], str]) -> None:
    tasks = [{"id": number, "data": {"text": TEXT * 40}} for number in range(2000)]
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{url}/predict", json=_asked(tasks), timeout=0.5)
    with socket.create_connection(("127.0.0.1", httpx.URL(url).port or 0)) as half:
        half.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n{")
    asked = _asked([{"id": 1, "data": {"text": TEXT}}])
    assert httpx.post(f"{url}/predict", json=asked, timeout=10).status_code == 200
    assert "bug" not in said()
    assert "Traceback" not in said()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_well_and_its_workers_with_it(tmp_path: Path, serve: Serve, number: int) -> None:
    (tmp_path / "wortlaut.toml").write_text('name = "probe"\n', encoding="utf-8")
    with serve(tmp_path, _free_port()) as (process, url, log):
        httpx.post(f"{url}/predict", json=_asked([{"id": 1, "data": {"text": TEXT}}]), timeout=60)
        workers = psutil.Process(process.pid).children(recursive=True)
        assert workers
        process.send_signal(number)
        assert process.wait(timeout=30) == 0
        assert psutil.wait_procs(workers, timeout=20)[1] == []
        assert log.read_text(encoding="utf-8").splitlines()[-1] == "wortlaut: stopped"
        assert "POST" not in log.read_text(encoding="utf-8")  # quiet unless asked


def test_ctrl_c_in_the_middle_of_predictions_is_a_good_end_too(tmp_path: Path, serve: Serve) -> None:
    (tmp_path / "wortlaut.toml").write_text('name = "probe"\n', encoding="utf-8")
    tasks = [{"id": number, "data": {"text": TEXT * 40}} for number in range(2000)]
    with serve(tmp_path, _free_port()) as (process, url, log), ThreadPoolExecutor(1) as caller:
        httpx.post(f"{url}/predict", json=_asked(tasks[:8]), timeout=60)
        under_way = caller.submit(httpx.post, f"{url}/predict", json=_asked(tasks), timeout=100)
        time.sleep(1)
        # A terminal sends it to every process.
        own = psutil.Process(process.pid)
        for one in (*own.children(recursive=True), own):
            one.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        assert under_way.result().status_code == 503
        assert log.read_text(encoding="utf-8").splitlines()[-1] == "wortlaut: stopped"
        assert "Traceback" not in log.read_text(encoding="utf-8")


def test_killed_it_leaves_no_worker(tmp_path: Path, serve: Serve) -> None:
    (tmp_path / "wortlaut.toml").write_text('name = "probe"\n', encoding="utf-8")
    with serve(tmp_path, _free_port()) as (process, url, _log):
        httpx.post(f"{url}/predict", json=_asked([{"id": 1, "data": {"text": TEXT}}]), timeout=60)
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        assert psutil.wait_procs(workers, timeout=20)[1] == []


def test_a_worker_that_is_killed_is_replaced(server: Serving, url: str) -> None:
    asked = _asked([{"id": 1, "data": {"text": TEXT}}])
    first = httpx.post(f"{url}/predict", json=asked, timeout=60).json()
    for worker in psutil.Process(server[0].pid).children(recursive=True):
        worker.kill()
    assert httpx.post(f"{url}/predict", json=asked, timeout=60).json() == first


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    (tmp_path / "wortlaut.toml").write_text('name = "probe"\n', encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = _fails(tmp_path, "--port", str(port))
    assert f"--port: cannot listen on 127.0.0.1:{port}: Address already in use." in said
    assert "choose another: --port, or [studio] backend_port" in said
    assert "--host: cannot listen on 203.0.113.7:" in _fails(tmp_path, "--host", "203.0.113.7")


def test_a_server_that_does_not_run_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "wortlaut.toml").write_text('name = "probe"\n', encoding="utf-8")
    project = find_project(tmp_path)
    studio_home(project).write(LINK, ProjectLink(url="http://127.0.0.1:1", project_id=1, title="Probe"))
    assert "no Label Studio is running for this project. Start one with wortlaut studio up" in _fails(tmp_path)
    (tmp_path / "wortlaut.toml").write_text('[studio]\nurl = "http://127.0.0.1:1"\n', encoding="utf-8")
    assert "there is no token for http://127.0.0.1:1" in _fails(tmp_path)
    assert "the server does not answer" in _fails(tmp_path, environment={KEY_VARIABLE: "0" * 40})


def test_outside_a_project_it_says_so(tmp_path: Path) -> None:
    assert "there is no wortlaut.toml here" in _fails(tmp_path)


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (
            403,
            {"detail": "URL resolves to a reserved network address (block: 127.0.0.0/8)"},
            "may not call http://127.0.0.1:9999, an address of its own machine",
        ),
        (
            400,
            {"validation_errors": {"non_field_errors": ["Can't connect to ML backend x, health check failed."]}},
            "does not reach this at http://127.0.0.1:9999",
        ),
        (400, {"detail": "Validation error"}, "cannot register the webhook: the server answered 400"),
    ],
)
def test_what_label_studio_says_of_our_address_is_told_in_our_words(
    status: int, answer: dict[str, Any], said: str
) -> None:
    """The answers are those that Label Studio 1.23.2 gave when it was started without leave to call this machine."""

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, [])

        def do_POST(self) -> None:
            self._answer(status, answer)

        def _answer(self, code: int, body: object) -> None:
            content = json.dumps(body).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Refusing) as label_studio:
        threading.Thread(target=label_studio.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{label_studio.server_port}"
        with Studio(url, "0" * 40) as studio, pytest.raises(UsageError) as raised:
            register(studio, 1, address="http://127.0.0.1:9999", secret=SECRET, version="press-de-rules/1")
        label_studio.shutdown()
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
    assert SECRET not in str(raised.value)


PIECES = st.lists(
    st.builds(
        Piece,
        kind=st.sampled_from(["headline", "lead", "paragraph"]),
        text=st.text(st.sampled_from("aÄ „“»«.,!?\n\r\t\u00a0\u2029👩‍👧sagteWeber"), max_size=60),
    ),
    min_size=1,
    max_size=5,
)


@given(PIECES)
def test_an_article_comes_back_from_its_task_as_the_rules_see_it(pieces: list[Piece]) -> None:
    draft = Draft(
        article_id="a-1", pieces=(*pieces, Piece(kind="paragraph", text=TEXT)), tags=("Lindenau", "Anna Weber")
    )
    article = compose(draft, RawSource(name="a.txt", format="text", sha256="0" * 64))
    data = msgspec.json.decode(msgspec.json.encode(task_of(article).data), type=WireData)
    again = article_of(data)
    assert [(one.start, one.end) for one in again.sections] == [(one.start, one.end) for one in article.sections]
    assert (again.article_id, again.text, again.tags) == (article.article_id, article.text, article.tags)
    rules = PressRules()
    assert rules.annotate(again, default_scheme()) == rules.annotate(article, default_scheme())


def _asked(tasks: list[dict[str, Any]]) -> dict[str, Any]:
    return {"tasks": tasks, "project": "1.1700000000", "label_config": CONFIG, "params": {"context": None}}


def _fails(folder: Path, *options: str, environment: dict[str, str] | None = None) -> str:
    """Run ``wortlaut serve``, which must say one line and give 2."""
    outside = {name: value for name, value in os.environ.items() if name not in (URL_VARIABLE, KEY_VARIABLE)}
    done = subprocess.run(
        [sys.executable, "-m", "wortlaut", "serve", *options],
        cwd=folder,
        env=outside | (environment or {}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
