"""``wortlaut serve`` beside a real Label Studio: registration, live predictions, and findings within seconds."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import httpx
import msgspec
import pytest

from wortlaut.annotation.check.checker import Checker
from wortlaut.annotation.preannotate.rules import PressRules
from wortlaut.annotation.studio.backend import recheck
from wortlaut.annotation.studio.backend.run import rechecking
from wortlaut.annotation.studio.client import KEY_VARIABLE, Studio
from wortlaut.annotation.studio.findings import RecheckedAnnotation, project_key, read_findings, waiting
from wortlaut.annotation.studio.home import studio_home
from wortlaut.annotation.studio.link import ensure_project, read_link
from wortlaut.annotation.tasks import checked_task
from wortlaut.cli.main import run
from wortlaut.corpus.store import latest_articles
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.project import Project, find_project
from wortlaut.schema.scheme import default_scheme
from wortlaut.schema.task import Task

pytestmark = [pytest.mark.studio, pytest.mark.slow, pytest.mark.xdist_group("studio")]

Api = Callable[[str, str, object], Any]
Serving = tuple[subprocess.Popen[bytes], str, Path]
Serve = Callable[..., AbstractContextManager[Serving]]
T = TypeVar("T")

TASKS = 3


class Corpus(NamedTuple):
    """A corpus project, its tasks as ``wortlaut tasks`` makes them, and the project and tasks on the server."""

    project: Project
    tasks: list[Task]
    project_id: int
    task_ids: list[int]

    def findings(self) -> list[RecheckedAnnotation]:
        return list(read_findings(studio_home(self.project), self.key))

    @property
    def key(self) -> str:
        """How the project is known to the findings."""
        link = read_link(self.project)
        assert link is not None
        return project_key(link.project_id, link.created_at)

    def codes(self, annotation_id: int) -> set[str] | None:
        """Give the codes that were found in an annotation; None where nothing is known of it."""
        for one in self.findings():
            if one.annotation_id == annotation_id:
                return {found.code for found in one.findings}
        return None


@pytest.fixture
def corpus(root: Path, tmp_path: Path, studio_url: str, studio_token: str, studio_api: Api) -> Corpus:
    folder = tmp_path / "probe"
    folder.mkdir()
    name = f"serve-{time.monotonic_ns()}"
    (folder / "wortlaut.toml").write_text(f'name = "{name}"\n[studio]\nurl = "{studio_url}"\n', encoding="utf-8")
    project = find_project(folder)
    store = project.path(project.settings.articles)
    assert run(["ingest", str(root / "corpus" / "raw" / "museum-unsichtbar.txt"), "--into", str(store)]) == 0
    assert run(["ingest", str(root / "corpus" / "raw" / "kurzmeldungen.jsonl"), "--into", str(store)]) == 0
    tasks = [checked_task(article, default_scheme(), [PressRules()]) for article in latest_articles(store)][:TASKS]
    assert len(tasks) == TASKS
    with Studio(studio_url, studio_token) as studio:
        project_id = ensure_project(studio, project, default_scheme()).project_id
    bare = [{"data": msgspec.to_builtins(task.data)} for task in tasks]
    answer = studio_api("POST", f"/api/projects/{project_id}/import?return_task_ids=true", bare)
    return Corpus(project, tasks, project_id, answer["task_ids"])


@pytest.fixture
def running(corpus: Corpus, serve: Serve, studio_token: str) -> Iterator[Serving]:
    with serve(corpus.project.root, _free_port(), "--verbose", **{KEY_VARIABLE: studio_token}) as started:
        yield started


def test_predictions_come_through_label_studio_and_are_those_of_wortlaut_tasks(
    corpus: Corpus, running: Serving, studio_api: Api, studio_token: str
) -> None:
    log = running[2].read_text(encoding="utf-8")
    assert "registered with" in log
    _wait(lambda: _project(studio_api, corpus)["model_version"] == "press-de-rules/1")
    for task, task_id in zip(corpus.tasks, corpus.task_ids, strict=True):
        [stored] = studio_api("GET", f"/api/predictions/?task={task_id}", None)
        assert stored["model_version"] == "press-de-rules/1"
        assert stored["result"] == json.loads(msgspec.json.encode(task.predictions[0].result))
    assert sum(len(task.predictions[0].result) for task in corpus.tasks) > 20
    # Label Studio hands over the token of the project's creator with every one of these calls.
    assert "POST /setup" in running[2].read_text(encoding="utf-8")
    leaked = [path for path in corpus.project.root.rglob("*") if path.is_file() and _holds(path, studio_token)]
    assert leaked == []


def test_registering_again_changes_what_is_there_and_unregistering_takes_it_away(
    corpus: Corpus, serve: Serve, studio_api: Api, studio_token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = {KEY_VARIABLE: studio_token}
    addresses = []
    for number in (15, 9):  # SIGTERM, then kill -9
        with serve(corpus.project.root, _free_port(), **key) as (process, url, _log):
            addresses.append(url)
            [backend], [webhook] = _registered(studio_api, corpus)
            assert (backend["url"], backend["title"]) == (url, "wortlaut serve")
            assert webhook["url"] == f"{url}/webhook"
            assert not webhook["send_for_all_actions"]
            process.send_signal(number)
            process.wait(timeout=30)
    assert addresses[0] != addresses[1]
    with serve(corpus.project.root, _free_port(), "--no-register", **key):
        [backend], [webhook] = _registered(studio_api, corpus)
        assert backend["url"] == addresses[1]
    # Something was predicted: that must still be shown when the backend is gone.
    predicted = {"task": corpus.task_ids[0], "model_version": "press-de-rules/1", "result": []}
    studio_api("POST", "/api/predictions/", predicted)
    monkeypatch.chdir(corpus.project.root)
    monkeypatch.setenv(KEY_VARIABLE, studio_token)
    assert run(["serve", "--unregister"]) == 0
    assert _registered(studio_api, corpus) == ([], [])
    assert _project(studio_api, corpus)["model_version"] == "press-de-rules/1"
    assert run(["serve", "--unregister"]) == 0


def test_a_mistake_is_found_within_seconds_and_gone_when_it_is_mended(
    corpus: Corpus, running: Serving, studio_api: Api, studio_login: tuple[str, str]
) -> None:
    text, task_id = corpus.tasks[0].data.text, corpus.task_ids[0]
    wrong = [
        _span("a", text, 0, 5, "DIRECT"),  # a quote that nobody says
        _span("b", text, 6, 12, "DATE"),
        {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right", "labels": ["SPEAKER"]},
        {"type": "relation", "from_id": "a", "to_id": "z", "direction": "right", "labels": ["SPEAKER"]},
        _span("c", text, text.index(" "), text.index(" ") + 4, "PER"),  # begins with a blank
    ]
    made = studio_api("POST", f"/api/tasks/{task_id}/annotations/", {"result": wrong})["id"]
    found = _wait(lambda: [one for one in corpus.findings() if one.annotation_id == made])[0]
    assert not found.clean
    assert {one.code for one in found.findings} == _codes_of_check(corpus, studio_api, task_id)
    assert {"WL306", "WL501", "WL505", "WL601"} <= {one.code for one in found.findings}
    assert (found.task_id, found.annotator) == (task_id, studio_login[0])
    assert found.article_id == corpus.tasks[0].data.article_id
    assert "result[4]" in {one.place for one in found.findings}

    right = [_span("a", text, 0, text.index(" "), "ORG")]
    studio_api("PATCH", f"/api/annotations/{made}/", {"result": right})
    mended = _wait(lambda: [one for one in corpus.findings() if one.annotation_id == made and one.clean])[0]
    assert mended.findings == ()
    assert list(read_findings(studio_home(corpus.project), corpus.key, clean=False)) == []

    studio_api("DELETE", f"/api/annotations/{made}/", None)
    _wait(lambda: not corpus.findings())

    other = studio_api("POST", f"/api/tasks/{task_id}/annotations/", {"result": wrong})["id"]
    _wait(lambda: corpus.codes(other))
    studio_api("DELETE", f"/api/tasks/{task_id}/", None)
    _wait(lambda: not corpus.findings())
    assert running[0].poll() is None
    assert text[:40] not in running[2].read_text(encoding="utf-8")


def test_what_happens_while_it_is_down_is_caught_up(
    corpus: Corpus, serve: Serve, studio_api: Api, studio_token: str
) -> None:
    first, second, third = corpus.task_ids
    text = corpus.tasks[0].data.text
    wrong = {"result": [_span("q", text, 0, 5, "DIRECT")]}
    key = {KEY_VARIABLE: studio_token}
    with serve(corpus.project.root, _free_port(), **key) as (process, _url, _log):
        gone = studio_api("POST", f"/api/tasks/{first}/annotations/", wrong)["id"]
        kept = studio_api("POST", f"/api/tasks/{second}/annotations/", wrong)["id"]
        _wait(lambda: corpus.codes(gone) and corpus.codes(kept))
        process.kill()
        process.wait()
    studio_api("DELETE", f"/api/annotations/{gone}/", None)
    studio_api("PATCH", f"/api/annotations/{kept}/", {"result": []})
    late = studio_api("POST", f"/api/tasks/{third}/annotations/", wrong)["id"]
    with serve(corpus.project.root, _free_port(), **key):
        _wait(lambda: corpus.codes(late))
        _wait(lambda: waiting(studio_home(corpus.project), corpus.key) == 0)
        assert {one.annotation_id for one in corpus.findings()} == {kept, late}
        assert [one.clean for one in corpus.findings() if one.annotation_id == kept] == [True]


def test_after_push_new_the_new_project_is_served(
    corpus: Corpus, studio_url: str, studio_token: str, studio_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new project is looked for whenever the tasks are listed; it is also registered with."""
    monkeypatch.setenv(KEY_VARIABLE, studio_token)
    monkeypatch.setattr(recheck, "_CATCH_UP", 0.5)
    enrolled: list[int] = []
    link = read_link(corpus.project)
    assert link is not None
    wrong = {"result": [_span("q", corpus.tasks[0].data.text, 0, 5, "DIRECT")]}
    with rechecking(corpus.project, link, enrolled.append):
        first = studio_api("POST", f"/api/tasks/{corpus.task_ids[0]}/annotations/", wrong)["id"]
        _wait(lambda: corpus.codes(first))
        assert enrolled == []
        with Studio(studio_url, studio_token) as studio:
            other = ensure_project(studio, corpus.project, default_scheme(), new=True).project_id
        assert other != corpus.project_id
        task = [{"data": msgspec.to_builtins(corpus.tasks[0].data)}]
        answer = studio_api("POST", f"/api/projects/{other}/import?return_task_ids=true", task)
        second = studio_api("POST", f"/api/tasks/{answer['task_ids'][0]}/annotations/", wrong)["id"]
        _wait(lambda: corpus.codes(second))
        assert enrolled == [other]
        assert [one.annotation_id for one in corpus.findings()] == [second]


def test_a_webhook_without_the_secret_is_refused(corpus: Corpus, running: Serving, studio_api: Api) -> None:
    url = f"{running[1]}/webhook"
    told = {"action": "ANNOTATIONS_DELETED", "annotations": [{"id": 1}], "project": {"id": corpus.project_id}}
    assert httpx.post(url, json=told).status_code == 403
    assert httpx.post(url, json=told, headers={"X-Wortlaut-Secret": "falsch"}).status_code == 403
    [webhook] = _registered(studio_api, corpus)[1]
    assert httpx.post(url, json=told, headers=webhook["headers"]).status_code == 200
    assert httpx.post(url, content=b"{", headers=webhook["headers"]).status_code == 400
    secret = studio_home(corpus.project).path("webhook.json")
    assert secret.stat().st_mode & 0o777 == 0o600
    assert not _holds(running[2], webhook["headers"]["X-Wortlaut-Secret"])


def test_a_project_that_was_deleted_is_one_line(
    corpus: Corpus,
    studio_api: Api,
    studio_token: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    studio_api("DELETE", f"/api/projects/{corpus.project_id}/", None)
    monkeypatch.chdir(corpus.project.root)
    monkeypatch.setenv(KEY_VARIABLE, studio_token)
    capsys.readouterr()
    assert run(["serve"]) == 2
    said = capsys.readouterr().err
    assert "is not there any more" in said
    assert "wortlaut studio push" in said
    assert said.count("\n") == 1


def _codes_of_check(corpus: Corpus, api: Api, task_id: int) -> set[str]:
    """Give what ``wortlaut check`` finds in the export, without what it says of tasks that nobody annotated."""
    exported = api("GET", f"/api/projects/{corpus.project_id}/export?exportType=JSON", None)
    path = corpus.project.root / "export.json"
    path.write_text(json.dumps([one for one in exported if one["id"] == task_id]), encoding="utf-8")
    articles = {task.data.article_id: task.data.text_sha256 for task in corpus.tasks}
    items = list(Checker(default_scheme(), articles=articles).check(str(path)))
    return {found.code for item in items if isinstance(item, CheckedTask) for found in item.findings}


def _registered(api: Api, corpus: Corpus) -> tuple[list[Any], list[Any]]:
    backends = api("GET", f"/api/ml/?project={corpus.project_id}", None)
    return backends, api("GET", f"/api/webhooks/?project={corpus.project_id}", None)


def _project(api: Api, corpus: Corpus) -> Any:
    return api("GET", f"/api/projects/{corpus.project_id}/", None)


def _span(region_id: str, text: str, start: int, end: int, label: str) -> dict[str, Any]:
    value = {"start": start, "end": end, "text": text[start:end], "labels": [label]}
    return {"id": region_id, "type": "labels", "from_name": "lab", "to_name": "text", "value": value}


def _holds(path: Path, secret: str) -> bool:
    return secret.encode() in path.read_bytes()


def _wait(look: Callable[[], T], seconds: float = 30) -> T:
    """Call until something true comes, and give it."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
