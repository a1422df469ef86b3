"""A small corpus on the tests' Label Studio, with two annotators who work through the page's own calls."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from wortlaut.annotation.studio.client import KEY_VARIABLE, URL_VARIABLE
from wortlaut.annotation.studio.server import RunningServer
from wortlaut.cli.main import run
from wortlaut.schema.project import RIGHTS

FREE = '[default]\nredistribute = true\nlicense = "Apache-2.0"\nsource = "written for the tests"\n'
TEXTS = [
    "Rat von Lindenau tagt 🙂\n\n„Wir bauen drei neue Wege“, sagte Bürgermeisterin Anna Weber am Freitag in Brunnau.",
    "👩‍🌾 Markt in Wehra\n\nDie Händlerin Ida Roth verkaufte am Montag Äpfel. „Das reicht“, sagte sie.",
    "Neue Brücke\n\nIn Brunnau steht eine Brücke. Sie gehört der Stadt Lindenau.",
    "Regen\n\nEs regnete in Wehra. „Endlich“, sagte Karl Busch.",
    "Wahl\n\nIn Lindenau wird gewählt. Bürgermeisterin Anna Weber tritt an.",
    "Fest\n\nDas Fest in Brunnau war gut besucht, teilte die Polizei mit.",
]


class Annotator:
    """Somebody with an account, who works through the calls that the page makes."""

    def __init__(self, url: str, invite: str, first: str, last: str) -> None:
        self.email = f"{first}.{secrets.token_hex(4)}@redaktion.example".lower()
        self.name = f"{first} {last}"
        self.http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self.http.get(invite)
        form = {"email": self.email, "password": secrets.token_hex(8), "csrfmiddlewaretoken": self._csrf()}
        answer = self.http.post(invite, data=form, headers={"Referer": f"{url}/"})
        assert answer.status_code == 302, answer.text
        self.http.headers.update({"X-CSRFToken": self._csrf(), "Referer": f"{url}/"})
        self.id = self("GET", "/api/current-user/whoami")["id"]
        self("PATCH", f"/api/users/{self.id}/", {"first_name": first, "last_name": last})

    def __call__(self, method: str, path: str, body: object = None) -> Any:
        answer = self.http.request(method, path, json=body)
        assert answer.is_success, (method, path, answer.status_code, answer.text[:300])
        return answer.json() if answer.content else None

    def _csrf(self) -> str:
        return str(self.http.cookies["csrftoken"])

    def submit(self, task: int, result: list[Any], **more: object) -> int:
        number: int = self("POST", f"/api/tasks/{task}/annotations/", {"result": result, **more})["id"]
        return number

    def draft(self, task: int, result: list[Any], annotation: int | None = None) -> int:
        of = "" if annotation is None else f"annotations/{annotation}/"
        number: int = self("POST", f"/api/tasks/{task}/{of}drafts", {"result": result, "lead_time": 1.5})["id"]
        return number


class Field:
    """A corpus on the server, two annotators, and the folder that pulls."""

    def __init__(self, folder: Path, server: RunningServer, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.lead = httpx.Client(
            base_url=server.state.url,
            headers={"Authorization": f"Token {server.credentials.token}"},
            timeout=120,
            trust_env=False,
        )
        self.said = ""
        self.json: dict[str, Any] = {}
        self._capsys = capsys
        self.url = server.state.url
        name = f"lindenau-{secrets.token_hex(3)}"
        (folder / "wortlaut.toml").write_text(f'name = "{name}"\n[release]\nnotes = true\n', encoding="utf-8")
        (folder / "corpus").mkdir()
        (folder / RIGHTS).write_text(FREE, encoding="utf-8")
        for number, text in enumerate(TEXTS):
            (folder / f"a{number}.txt").write_text(text + "\n", encoding="utf-8")
        assert run(["ingest", *(f"a{number}.txt" for number in range(len(TEXTS)))]) == 0
        assert run(["studio", "push"]) == 0
        invite = self("GET", "/api/invite")["invite_url"]
        self.anna = Annotator(server.state.url, invite, "Anna", "Kernbach")
        self.otto = Annotator(server.state.url, invite, "Otto", "Vogelsang")
        self.project = json.loads((folder / ".studio" / "project.json").read_bytes())["project_id"]
        self.tasks = sorted(self.api_tasks())

    def __call__(self, method: str, path: str, body: object = None) -> Any:
        answer = self.lead.request(method, path, json=body)
        assert answer.is_success, (method, path, answer.status_code, answer.text[:300])
        return answer.json() if answer.content else None

    def api_tasks(self) -> dict[int, dict[str, Any]]:
        tasks = self("GET", f"/api/tasks/?project={self.project}&page_size=500&fields=all")["tasks"]
        return {task["id"]: task for task in tasks}

    def pull(self, *options: str) -> int:
        self._capsys.readouterr()
        code = run(["studio", "pull", "--json", *options])
        printed = self._capsys.readouterr()
        self.said = printed.err
        self.json = json.loads(printed.out) if printed.out else {}
        return code

    def build(self, *exports: str, version: str = "0.1.0") -> dict[str, Any]:
        self._capsys.readouterr()
        code = run(["build", *exports, "--json", "--force", "--version", version])
        printed = self._capsys.readouterr()
        self.said = printed.err
        assert code in {0, 1}, printed.err
        report: dict[str, Any] = json.loads(printed.out)
        return report

    @property
    def exports(self) -> list[Path]:
        return sorted((self.folder / "annotation" / "exports").glob("*.json"))

    def pulled(self) -> dict[int, dict[str, Any]]:
        (path,) = self.exports
        return {task["id"]: task for task in json.loads(path.read_bytes())}

    def region(self, task: int, number: int = 0) -> dict[str, Any]:
        """A span over one of the first words of a task's text."""
        text = self.api_tasks()[task]["data"]["text"]
        start = text.index(text.split()[number])
        word = text.split()[number]
        return {
            "id": f"r{number}", "from_name": "lab", "to_name": "text", "type": "labels", "origin": "manual",
            "value": {"start": start, "end": start + len(word), "text": word, "labels": ["MISC"]},
        }  # fmt: skip

    def note(self, task: int, text: str) -> dict[str, Any]:
        """A note on that span."""
        place = self.region(task)["value"]
        return {
            "id": "r0", "from_name": "note", "to_name": "text", "type": "textarea", "origin": "manual",
            "value": {"start": place["start"], "end": place["end"], "text": [text]},
        }  # fmt: skip

    def left_on_server(self) -> list[Any]:
        views = self("GET", f"/api/dm/views/?project={self.project}")
        exports = self("GET", f"/api/projects/{self.project}/exports/")
        return [*views, *exports]


@pytest.fixture
def field(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], studio_server: RunningServer
) -> Iterator[Field]:
    folder = tmp_path / "projekt"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv(URL_VARIABLE, studio_server.state.url)
    monkeypatch.setenv(KEY_VARIABLE, studio_server.credentials.token)
    made = Field(folder, studio_server, capsys)
    yield made
    for client in (made.lead, made.anna.http, made.otto.http):
        client.close()
