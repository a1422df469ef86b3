"""What the label stream of a real Label Studio starts from while ``wortlaut serve`` runs, and after it ended."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import psutil
import pytest
from tests.studio.annotated import Annotator
from tests.studio.conftest import free_port

from wortlaut.annotation.studio.client import KEY_VARIABLE
from wortlaut.annotation.studio.home import studio_home
from wortlaut.annotation.studio.link import read_link
from wortlaut.annotation.studio.push import LOCK
from wortlaut.cli.main import run
from wortlaut.schema.lock import locked
from wortlaut.schema.project import Project, find_project

pytestmark = [pytest.mark.studio, pytest.mark.slow, pytest.mark.xdist_group("studio")]

Api = Callable[[str, str, object], Any]
Serving = tuple[subprocess.Popen[bytes], str, Path]
Serve = Callable[..., AbstractContextManager[Serving]]
T = TypeVar("T")

VERSION = "press-de-rules/1"
TEXT = "„Wir öffnen die Brücke am Montag“, sagte Bürgermeisterin Anna Weber."


class Pushed(NamedTuple):
    """A project as ``push`` leaves it; ``tasks`` have predictions, those that are added have none."""

    project: Project
    number: int
    tasks: list[int]
    api: Api
    greta: Annotator

    def add(self, *texts: str) -> list[int]:
        bare = [{"data": {"text": text}} for text in texts]
        ids: list[int] = self.api("POST", f"/api/projects/{self.number}/import?return_task_ids=true", bare)["task_ids"]
        return ids

    def stream(self, task: int) -> list[tuple[str, int]]:
        """Give what an annotator to whom the label stream gives this task starts from: versions and how much."""
        path = f"/api/dm/actions?id=next_task&project={self.number}"
        given = self.greta.call("POST", path, {"selectedItems": {"all": False, "included": [task]}})
        assert given["id"] == task
        return [(one["model_version"], len(one["result"])) for one in given["predictions"]]

    def stored(self, task: int) -> list[str]:
        return [one["model_version"] for one in self.api("GET", f"/api/predictions/?task={task}", None)]

    @property
    def shown(self) -> str:
        return str(self.api("GET", f"/api/projects/{self.number}/", None)["model_version"] or "")

    @property
    def titles(self) -> list[str]:
        return [one["title"] for one in self.api("GET", f"/api/ml/?project={self.number}", None)]

    def pushing(self) -> AbstractContextManager[None]:
        """Be at work as a push: meanwhile tasks are predicted only where Label Studio asks by itself."""
        return locked(studio_home(self.project).path(LOCK), pytest.fail)


@pytest.fixture
def ingested(root: Path, tmp_path: Path, studio_url: str) -> Project:
    """A project with one article."""
    folder = tmp_path / "probe"
    (folder / "raw").mkdir(parents=True)
    settings = f'name = "stream-{time.monotonic_ns()}"\n[studio]\nurl = "{studio_url}"\n'
    (folder / "wortlaut.toml").write_text(settings, encoding="utf-8")
    project = find_project(folder)
    shutil.copy(root / "corpus" / "raw" / "museum-unsichtbar.txt", folder / "raw")
    assert run(["ingest", str(folder / "raw"), "--into", str(project.path(project.settings.articles))]) == 0
    return project


@pytest.fixture
def pushed(
    ingested: Project,
    studio_token: str,
    studio_api: Api,
    people: tuple[Annotator, Annotator],
    monkeypatch: pytest.MonkeyPatch,
) -> Pushed:
    """That project, pushed with predictions."""
    project = ingested
    monkeypatch.chdir(project.root)
    monkeypatch.setenv(KEY_VARIABLE, studio_token)
    assert run(["studio", "push"]) == 0
    link = read_link(project)
    assert link is not None
    answer = studio_api("GET", f"/api/tasks/?project={link.project_id}&fields=task_only", None)
    return Pushed(project, link.project_id, [one["id"] for one in answer["tasks"]], studio_api, people[0])


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_what_was_pushed_is_shown_while_it_runs_and_after_it_ended(
    pushed: Pushed, serve: Serve, free: int, end: int
) -> None:
    [task] = pushed.tasks
    before = pushed.stream(task)
    assert [version for version, _ in before] == [VERSION]
    assert before[0][1] > 5
    with serve(pushed.project.root, free) as (process, _url, _log):
        assert pushed.stream(task) == before
        assert (pushed.titles, pushed.shown) == (["wortlaut serve"], VERSION)
        process.send_signal(end)
        process.wait(timeout=30)
    assert pushed.titles == ["wortlaut serve"]
    assert pushed.stream(task) == before
    assert run(["studio", "push"]) == 0
    assert pushed.shown == VERSION
    assert run(["serve", "--unregister"]) == 0
    assert (pushed.titles, pushed.stream(task)) == ([], before)


def test_tasks_without_predictions_get_them_for_the_stream_and_keep_them(
    pushed: Pushed, serve: Serve, free: int
) -> None:
    early, bad = pushed.add(TEXT, "Ein Wagenrücklauf.\r")
    assert pushed.stream(early) == []
    with serve(pushed.project.root, free) as (process, _url, log):
        found = _wait(lambda: pushed.stream(early))
        assert [version for version, _ in found] == [VERSION]
        assert found[0][1] > 3
        [late] = pushed.add(f"{TEXT} So war es.")
        assert [version for version, _ in _wait(lambda: pushed.stream(late))] == [VERSION]
        _wait(lambda: f"1 task(s) get no predictions, task {bad} first" in log.read_text(encoding="utf-8"))
        assert pushed.stored(bad) == []
        process.kill()
        process.wait()
    assert pushed.stream(early) == found
    assert pushed.stored(early) == pushed.stored(late) == pushed.stored(pushed.tasks[0]) == [VERSION]


def test_where_nothing_was_predicted_yet_it_is_shown_once_it_is(pushed: Pushed, serve: Serve, free: int) -> None:
    pushed.api("DELETE", f"/api/tasks/{pushed.tasks[0]}/", None)
    pushed.api("PATCH", f"/api/projects/{pushed.number}/", {"model_version": ""})
    with serve(pushed.project.root, free) as (process, _url, _log):
        # The title of an ML backend is what Label Studio would choose.
        assert pushed.shown == ""
        [task] = pushed.add(TEXT)
        found = _wait(lambda: pushed.stream(task))
        assert pushed.shown == VERSION
        process.kill()
        process.wait()
    assert pushed.stream(task) == found


def test_an_opened_task_is_predicted_on_the_spot_and_opens_fast_when_nobody_predicts(
    pushed: Pushed, serve: Serve, free: int
) -> None:
    opened, chosen, left = pushed.add(TEXT, TEXT, TEXT)
    with pushed.pushing(), serve(pushed.project.root, free) as (process, _url, _log):
        task = pushed.greta.call("GET", f"/api/tasks/{opened}/")
        assert [one["model_version"] for one in task["predictions"]] == [VERSION]
        action = f"/api/dm/actions?id=retrieve_tasks_predictions&project={pushed.number}"
        pushed.api("POST", action, {"selectedItems": {"all": False, "included": [chosen]}})
        assert pushed.stored(opened) == pushed.stored(chosen) == [VERSION]
        assert pushed.stored(left) == []
        process.kill()
        process.wait()
    assert [version for version, _ in pushed.stream(opened) + pushed.stream(chosen)] == [VERSION, VERSION]
    start = time.monotonic()
    assert pushed.greta.call("GET", f"/api/tasks/{left}/")["predictions"] == []
    assert pushed.stream(left) == []
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("kept", [True, False])
def test_an_older_registration_is_found_and_renamed(pushed: Pushed, serve: Serve, free: int, kept: bool) -> None:
    """Until now the ML backend bore the title of the predictions; with or without such predictions."""
    [task] = pushed.tasks
    if not kept:
        pushed.api("DELETE", f"/api/tasks/{task}/", None)
        pushed.api("PATCH", f"/api/projects/{pushed.number}/", {"model_version": ""})
    with serve(pushed.project.root, free, "--no-register") as (process, url, _log):
        pushed.api("POST", "/api/ml/", {"project": pushed.number, "url": url, "title": VERSION})
        assert pushed.shown == VERSION
        process.kill()
        process.wait()
    assert not kept or pushed.stream(task) == []  # as it was
    with serve(pushed.project.root, free) as (process, _url, _log):
        assert (pushed.titles, pushed.shown) == (["wortlaut serve"], VERSION if kept else "")
        process.kill()
        process.wait()
    assert not kept or [version for version, _ in pushed.stream(task)] == [VERSION]


def test_another_model_that_the_lead_chose_stays_chosen(pushed: Pushed, serve: Serve, free: int) -> None:
    [task] = pushed.tasks
    pushed.api("POST", "/api/predictions/", {"task": task, "model_version": "presse-lauf-2", "result": []})
    pushed.api("PATCH", f"/api/projects/{pushed.number}/", {"model_version": "presse-lauf-2"})
    with serve(pushed.project.root, free) as (_process, _url, log):
        assert "shows annotators the predictions of presse-lauf-2" in log.read_text(encoding="utf-8")
        assert pushed.stream(task) == [("presse-lauf-2", 0)]
    assert pushed.shown == "presse-lauf-2"


def test_a_second_one_is_refused_unless_it_registers_nothing(pushed: Pushed, serve: Serve, free: int) -> None:
    def registered() -> list[str]:
        return [one["url"] for one in pushed.api("GET", f"/api/ml/?project={pushed.number}", None)]

    with serve(pushed.project.root, free) as (first, url, _log):
        second = subprocess.run(
            [sys.executable, "-m", "wortlaut", "serve", "--port", str(free + 1)],
            cwd=pushed.project.root,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert second.returncode == 2
        assert second.stderr.count("\n") == 1
        assert "another wortlaut serve of this project runs, and is registered" in second.stderr
        assert "--no-register" in second.stderr
        with serve(pushed.project.root, free + 1, "--no-register"):
            assert registered() == [url]
        workers = psutil.Process(first.pid).children(recursive=True)
        first.kill()
        first.wait()
        psutil.wait_procs(workers, timeout=20)
    with serve(pushed.project.root, free + 1) as (_process, url, _log):
        assert registered() == [url]


@pytest.fixture
def free() -> int:
    """A port that is free now."""
    return free_port()


def _wait(look: Callable[[], T], seconds: float = 60) -> T:
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.2)
    return found
