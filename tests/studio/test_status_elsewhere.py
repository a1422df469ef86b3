"""``wortlaut studio status`` where the corpus is on another server, and what of the findings it lists."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tests.studio.annotated import Api, Make, corpus

from wortlaut.annotation.studio.client import KEY_VARIABLE, URL_VARIABLE
from wortlaut.annotation.studio.findings import FindingsStore, RecheckedAnnotation, RecheckedFinding, project_key
from wortlaut.annotation.studio.home import studio_home
from wortlaut.annotation.studio.link import LINK, ProjectLink
from wortlaut.annotation.studio.status import Status
from wortlaut.cli.main import run

pytestmark = [pytest.mark.studio, pytest.mark.slow, pytest.mark.xdist_group("studio"), pytest.mark.usefixtures("lead")]


@pytest.fixture
def lead(studio_url: str, studio_token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL_VARIABLE, studio_url)
    monkeypatch.setenv(KEY_VARIABLE, studio_token)


def test_a_project_on_another_server_is_told_as_such(
    studio_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = corpus(tmp_path / "p", "status-elsewhere")
    there = "https://studio.example.org"
    link = ProjectLink(url=there, project_id=99_999, title="Probe", created_at="2026-03-01T08:00:00Z")
    studio_home(project).write(LINK, link)
    monkeypatch.chdir(project.root)
    assert run(["studio", "status"]) == 2
    said = capsys.readouterr()
    assert f"project    99999, Probe on {there} (as it was when it was last pushed)\n" in said.out
    assert (
        f"wortlaut: {studio_url}: this corpus was pushed to project 99999 (Probe) on {there}; this server has none"
        in said.err
    )


def test_infos_are_no_findings_that_want_a_look(
    studio_api: Api, make: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project, number, (task, *_) = make("status-infos", 1)
    made = studio_api("GET", f"/api/projects/{number}/", None)["created_at"]
    found = [
        RecheckedFinding(code="WL405", level="info", message="seldom"),
        RecheckedFinding(code="WL601", level="warning", message="no speaker"),
    ]
    store = FindingsStore(studio_home(project), project=project_key(number, made))
    one = RecheckedAnnotation(
        annotation_id=1, task_id=task, article_id="markt-0", annotator="greta@wortlaut.local",
        checked_at="2026-03-09T17:21:00Z", clean=False, findings=tuple(found),
    )  # fmt: skip
    store.put(task, 1, "x", [one])
    store.close()
    monkeypatch.chdir(project.root)
    assert run(["studio", "status", "--json"]) == 0
    findings = msgspec.json.decode(capsys.readouterr().out, type=Status).findings
    assert findings is not None
    assert findings.codes == {"WL601": 1}
    assert [line.code for line in findings.newest] == ["WL601"]
