"""``wortlaut studio status`` on a real Label Studio: what it counts, how it keeps up, and what it says of trouble."""

from __future__ import annotations

import datetime as dt
import os
import re
import secrets
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.studio.annotated import Annotator, Api, Make, check_golden, corpus, result

from wortlaut.annotation.studio.accounts import PEOPLE, People, Person
from wortlaut.annotation.studio.client import KEY_VARIABLE, URL_VARIABLE, Studio
from wortlaut.annotation.studio.findings import (
    FINDINGS,
    FindingsStore,
    RecheckedAnnotation,
    RecheckedFinding,
    project_key,
)
from wortlaut.annotation.studio.home import studio_home
from wortlaut.annotation.studio.link import LINK, ProjectLink
from wortlaut.annotation.studio.pace import Done, pace
from wortlaut.annotation.studio.progress import PROGRESS, WorkedTask, read_progress
from wortlaut.annotation.studio.server import SERVER, ServerState
from wortlaut.annotation.studio.status import Status
from wortlaut.cli.main import run
from wortlaut.schema.project import Project

NOW = dt.datetime(2026, 3, 9, 18, tzinfo=dt.UTC)


def ago(**past: float) -> dt.datetime:
    return NOW - dt.timedelta(**past)


class TestPace:
    @pytest.mark.parametrize(
        ("done", "remaining", "how"),
        [
            ([], 5, "nothing is annotated yet"),
            ([], 0, "there is nothing to annotate"),
            ([ago(days=1)], 0, "all is done"),
            ([ago(days=20 + n) for n in range(40)], 5, "nothing was annotated in the last 7 days"),
            ([ago(hours=n) for n in range(20)], 5, "too early to tell: it takes 10 annotations over a day or more"),
            ([ago(days=n / 2) for n in range(9)], 5, "too early to tell"),
        ],
    )
    def test_no_end_where_there_is_none_to_tell(self, done: list[dt.datetime], remaining: int, how: str) -> None:
        found = pace([Done(at=at) for at in done], remaining, NOW)
        assert found.end is None
        assert found.how.startswith(how)

    def test_one_article_left_open_over_night_does_not_count_for_much(self) -> None:
        done = [Done(at=ago(days=n / 4), seconds=600) for n in range(20)] + [Done(at=ago(days=1), seconds=50_000)]
        found = pace(done, 12, NOW)
        assert found.per_hour == 6
        assert found.hours_left == 2

    def test_only_the_last_week_counts(self) -> None:
        done = [Done(at=ago(days=30)) for _ in range(500)] + [Done(at=ago(days=n / 2)) for n in range(14)]
        found = pace(done, 20, NOW)
        assert (found.per_day, found.end) == (2, dt.date(2026, 3, 19))

    @given(hours=st.lists(st.floats(0, 1000), max_size=60), remaining=st.integers(0, 10_000))
    def test_an_end_is_never_in_the_past(self, hours: list[float], remaining: int) -> None:
        found = pace([Done(at=ago(hours=one)) for one in hours], remaining, NOW)
        assert found.end is None or found.end >= NOW.date()
        assert (found.end is not None) <= (remaining > 0)


@pytest.fixture
def lead(studio_url: str, studio_token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL_VARIABLE, studio_url)
    monkeypatch.setenv(KEY_VARIABLE, studio_token)


def project_of(api: Api, number: int) -> Any:
    return api("GET", f"/api/projects/{number}/", None)


def shown(capsys: pytest.CaptureFixture[str], **replaced: object) -> str:
    out, err = capsys.readouterr()
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "{TIME}", out + err).rstrip()
    text = re.sub(r"Label Studio \d+\.\d+\.\d+", "Label Studio {VERSION}", text)
    for key, value in replaced.items():
        text = text.replace(str(value), f"{{{key}}}")
    return text


@pytest.mark.studio
@pytest.mark.slow
@pytest.mark.xdist_group("studio-too")
@pytest.mark.usefixtures("lead")
class TestOnServer:
    def test_it_tells_who_annotated_what_and_what_wants_a_look(
        self,
        people: tuple[Annotator, Annotator],
        studio_api: Api,
        make: Make,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        greta, hanno = people
        studio_url = os.environ[URL_VARIABLE]
        project, number, tasks = make("status-all", 4)
        more = [
            {"data": {"article_id": "markt-0", "text": "A", "text_sha256": "0" * 64}},
            {"data": {"article_id": "markt-1", "text": "B", "text_sha256": "1" * 64}},
            {"data": {"text": "Von Hand eingelesen."}},
        ]
        studio_api("POST", f"/api/projects/{number}/import", more)
        for task, seconds in zip(tasks, (100, 200, 600), strict=False):
            greta.submit(task, result("PER"), lead_time=seconds)
        hanno.submit(tasks[0], result("PER"), lead_time=5400)
        hanno.submit(tasks[1], result("PER"), skip=True)
        hanno.draft(tasks[2], result("PER"))
        home = studio_home(project)
        name = Person(
            name="Greta Probe",
            email=greta.email,
            password=secrets.token_hex(4),
            server=studio_url,
            user_id=greta.user_id,
        )
        home.write(PEOPLE, People(people=(name,)))
        store = FindingsStore(home, project=project_key(number, project_of(studio_api, number)["created_at"]))
        finding = RecheckedFinding(code="WL301", level="error", message="a quote without a cue", place="result[0]")
        for task, found in ((tasks[0], (finding,)), (tasks[1], ())):
            one = RecheckedAnnotation(
                annotation_id=task, task_id=task, article_id="markt-0", annotator=greta.email,
                checked_at="2026-03-09T10:00:00+00:00", clean=not found, findings=found,
            )  # fmt: skip
            store.put(task, 1, "x", [one])
        store.close()

        monkeypatch.chdir(project.root)
        capsys.readouterr()
        assert run(["studio", "status"]) == 0
        names = {"URL": studio_url, "PROJECT": f"projects/{number}/", "TASK": f"task={tasks[0]}"}
        text = shown(capsys, **names).replace(f"project    {number},", "project    {NUMBER},")
        check_golden("status", text)

        assert run(["studio", "status", "--json"]) == 0
        found_status = msgspec.json.decode(capsys.readouterr().out, type=Status)
        assert found_status.progress is not None
        assert (found_status.progress.submitted, found_status.progress.remaining) == (4, 10)
        by_email = {one.email: one for one in found_status.annotators}
        assert (by_email[greta.email].median_seconds, by_email[greta.email].mean_seconds) == (200, 300)
        assert (by_email[hanno.email].skipped, by_email[hanno.email].drafts) == (1, 1)
        assert found_status.findings is not None

        # A file of findings that does not hold is told beside all the rest, findings of another project are not.
        home.path(FINDINGS).write_bytes(b"no database" * 99)
        assert run(["studio", "status", "--json"]) == 2
        damaged = msgspec.json.decode(capsys.readouterr().out, type=Status)
        assert (damaged.project, damaged.progress) == (found_status.project, found_status.progress)
        assert damaged.findings is None
        assert "findings.sqlite3: does not hold" in damaged.trouble
        for file in home.folder.glob(f"{FINDINGS}*"):
            file.unlink()
        store = FindingsStore(home, project=project_key(number, "another server's"))
        store.put(tasks[0], 1, "x", [one])
        store.close()
        assert run(["studio", "status", "--json"]) == 0
        assert msgspec.json.decode(capsys.readouterr().out, type=Status).findings is None

    def test_only_what_has_changed_is_read_again(
        self,
        people: tuple[Annotator, Annotator],
        studio_api: Api,
        make: Make,
        connected: Studio,
        tmp_path: Path,
    ) -> None:
        greta, hanno = people
        project, number, tasks = make("status-keeps-up", 320)
        home = studio_home(project)
        pages: list[str] = []
        connected.http.event_hooks["request"].append(
            lambda request: pages.append(request.url.path) if request.url.path.endswith("/tasks/") else None
        )

        def read() -> tuple[int, int, int]:
            """Read; give how many pages that took, and the annotations, and compare with reading all."""
            pages.clear()
            found = read_progress(connected, home, number)
            took = len([path for path in pages if path.startswith("/api/projects/")])
            assert sorted(task.id for task in found) == sorted(tasks)
            fresh = studio_home(corpus(tmp_path / str(len(list(tmp_path.iterdir()))), "fresh"))
            assert [bare(task) for task in found] == [bare(task) for task in read_progress(connected, fresh, number)]
            return (
                took,
                sum(len(task.annotations) for task in found),
                sum(s.skipped for t in found for s in t.annotations),
            )

        assert read() == (4, 0, 0)
        assert read() == (1, 0, 0)
        first = greta.submit(tasks[5], result("PER"))
        hanno.submit(tasks[310], result("PER"), skip=True)
        assert read() == (2, 2, 1)
        assert read() == (1, 2, 1)
        # What was skipped is taken up again, and another annotation deleted.
        hanno.submit(tasks[310], result("PER"))
        greta.call("DELETE", f"/api/annotations/{first}/")
        assert read()[1:] == (2, 1)
        # A task that is gone is noticed by the counts alone.
        studio_api("DELETE", f"/api/tasks/{tasks[0]}/", None)
        tasks.pop(0)
        assert read()[1:] == (2, 1)
        # A file of another version, or cut off, is made again.
        home.path(PROGRESS).write_text('{"form": 0}', encoding="utf-8")
        assert read()[1:] == (2, 1)

    def test_before_the_first_push(
        self, studio_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(corpus(tmp_path / "p", "status-empty").root)
        assert run(["studio", "status"]) == 0
        check_golden("status_no_project", shown(capsys, URL=studio_url))

    def test_a_wrong_token_is_told_beside_what_is_known(
        self, studio_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        project = corpus(tmp_path / "p", "status-token")
        studio_home(project).write(LINK, ProjectLink(url=studio_url, project_id=77, title="Probe"))
        monkeypatch.chdir(project.root)
        monkeypatch.setenv(KEY_VARIABLE, "0" * 40)
        assert run(["studio", "status"]) == 2
        check_golden("status_wrong_token", shown(capsys, URL=studio_url))

    def test_the_projects_own_server_with_since_and_log(
        self, studio_project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.delenv(URL_VARIABLE)
        monkeypatch.delenv(KEY_VARIABLE)
        monkeypatch.chdir(studio_project.root)
        assert run(["studio", "status", "--json"]) in {0, 2}
        server = msgspec.json.decode(capsys.readouterr().out, type=Status).server
        assert server is not None
        assert (server.own, server.runs) == (True, True)
        assert dt.datetime.fromisoformat(server.since) < dt.datetime.now(dt.UTC)
        assert Path(server.log).is_file()


class TestWithoutServer:
    @pytest.fixture(autouse=True)
    def nothing_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(URL_VARIABLE, raising=False)
        monkeypatch.delenv(KEY_VARIABLE, raising=False)

    def test_none_was_ever_started(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(corpus(tmp_path / "p", "status-new").root)
        assert run(["studio", "status"]) == 0
        check_golden("status_new", shown(capsys))

    def test_it_does_not_run(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        project = corpus(tmp_path / "p", "status-down")
        home = studio_home(project)
        home.write(SERVER, ServerState(pid=2**22 + 1, created=1.0, url="http://127.0.0.1:8080", version="1.23.2"))
        home.write(LINK, ProjectLink(url="http://127.0.0.1:8080", project_id=7, title="Probe"))
        monkeypatch.chdir(project.root)
        assert run(["studio", "status"]) == 0
        check_golden("status_down", shown(capsys, PATH=project.root))

    def test_the_named_one_does_not_answer(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(corpus(tmp_path / "p", "status-gone").root)
        monkeypatch.setenv(URL_VARIABLE, "http://127.0.0.1:9")
        monkeypatch.setenv(KEY_VARIABLE, "0" * 40)
        assert run(["studio", "status"]) == 2
        text = shown(capsys)
        assert "server     http://127.0.0.1:9 does not answer" in text
        assert "the server does not answer" in text.splitlines()[-1]

    def test_outside_of_a_project(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert run(["studio", "status"]) == 2
        assert "there is no wortlaut.toml here" in capsys.readouterr().err


def bare(task: WorkedTask) -> tuple[int, tuple[object, ...]]:
    return task.id, task.annotations
