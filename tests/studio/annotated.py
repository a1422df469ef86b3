"""A small annotated project on the tests' Label Studio: its scheme, its tasks, and people who annotate it."""

from __future__ import annotations

import http.cookiejar
import json
import os
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from wortlaut.annotation.config import labeling_config
from wortlaut.annotation.studio.accounts import invite
from wortlaut.annotation.studio.client import Studio
from wortlaut.annotation.studio.identity import marker
from wortlaut.schema.project import Project, find_project
from wortlaut.schema.scheme import load_scheme

Api = Callable[[str, str, object], Any]
GOLDEN = Path(__file__).parent / "golden"
TEXT = "Anna Weber trifft Otto Klein in Lindenau. „Wir bleiben“, sagt Weber."
SCHEME = """\
name = "probe"
version = "1.0.0"

[[labels]]
name = "PER"
[[labels]]
name = "LOC"
hotkey = "l"
title_de = "Ort"
[[labels]]
name = "DIRECT"
kind = "quote"

[[relations]]
name = "MEETS"
[[relations]]
name = "SPEAKER"
role = "speaker"

[[choices]]
name = "status"
role = "speaker_status"
applies_to = ["DIRECT"]
[[choices.options]]
name = "in_text"
title_de = "im Text"
[[choices.options]]
name = "unknown"
title_de = "unbekannt"
"""


class Made(NamedTuple):
    """A project on disk, its number on the server, and its tasks there."""

    project: Project
    number: int
    tasks: list[int]


Make = Callable[..., Made]
"""Makes one: its name, how many articles, and its scheme if it is not SCHEME."""


class Annotator:
    """A person with an account. ``call`` talks to the server as that person: method, path, JSON body."""

    def __init__(self, url: str, email: str, password: str, user_id: int) -> None:
        self.email = email
        self.user_id = user_id
        self._url = url
        self._jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar))
        with self._opener.open(f"{url}/user/login/"):
            pass
        form = {"email": email, "password": password, "csrfmiddlewaretoken": self._csrf()}
        self._open("POST", "/user/login/", urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded")

    def call(self, method: str, path: str, body: object = None) -> Any:
        answer = self._open(method, path, None if body is None else json.dumps(body).encode(), "application/json")
        return json.loads(answer or b"null")

    def submit(self, task: int, result: object, *, skip: bool = False, lead_time: float = 60) -> int:
        body = {"result": result, "lead_time": lead_time, "was_cancelled": skip}
        answer = self.call("POST", f"/api/tasks/{task}/annotations/{'?was_cancelled=1' if skip else ''}", body)
        assert isinstance(answer["id"], int)
        return answer["id"]

    def draft(self, task: int, result: object, *, of: int | None = None) -> int:
        place = f"annotations/{of}/drafts" if of else "drafts"
        answer = self.call("POST", f"/api/tasks/{task}/{place}", {"result": result, "lead_time": 5})
        assert isinstance(answer["id"], int)
        return answer["id"]

    def _csrf(self) -> str:
        return next(str(cookie.value) for cookie in self._jar if cookie.name == "csrftoken")

    def _open(self, method: str, path: str, body: bytes | None, kind: str) -> bytes:
        headers = {"Content-Type": kind, "X-CSRFToken": self._csrf(), "Referer": f"{self._url}/"}
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{self._url}{path}", method=method, data=body, headers=headers
        )
        with self._opener.open(request, timeout=120) as answer:
            content = answer.read()
        assert isinstance(content, bytes)
        return content


def annotators(project: Project, url: str) -> tuple[Annotator, Annotator]:
    """Give two people with accounts on a project's own server."""
    people = invite(project, ("Greta Probe", "Hanno Probe"))
    greta, hanno = (Annotator(url, one.email, one.password, one.user_id) for one in people)
    return greta, hanno


def corpus(folder: Path, name: str, scheme: str = SCHEME) -> Project:
    """Make a project on disk."""
    (folder / "schema").mkdir(parents=True)
    (folder / "schema" / "scheme.toml").write_text(scheme, encoding="utf-8")
    (folder / "wortlaut.toml").write_text(f'name = "{name}"\nscheme = "schema/scheme.toml"\n', encoding="utf-8")
    return find_project(folder)


def rename_in_scheme(project: Project, *pairs: tuple[str, str]) -> str:
    """Change names in a project's scheme; give the labeling config that it makes now."""
    path = project.scheme_path
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert f'"{old}"' in text
        text = text.replace(f'"{old}"', f'"{new}"')
    path.write_text(text, encoding="utf-8")
    return labeling_config(load_scheme(path))


def on_server(api: Api, project: Project, articles: int) -> tuple[int, list[int]]:
    """Make the project on the server, as ``push`` does, with tasks; give its id and theirs."""
    config = labeling_config(load_scheme(project.scheme_path))
    settings = {"title": project.settings.name, "description": marker(project), "label_config": config}
    number = api("POST", "/api/projects/", settings | {"maximum_annotations": 2})["id"]
    tasks = [{"data": {"article_id": f"markt-{one}", "text": TEXT, "text_sha256": "0" * 64}} for one in range(articles)]
    ids = api("POST", f"/api/projects/{number}/import?return_task_ids=true", tasks)["task_ids"]
    return number, ids


def result(*labels: str, relations: Sequence[str] = (), option: str = "") -> list[dict[str, Any]]:
    """Give an annotation's result: regions with these labels, relations between the first two, an option."""
    places = [(0, 10), (18, 28), (32, 40), (42, 55)]
    regions = [
        {
            "id": f"r{number}", "from_name": "lab", "to_name": "text", "type": "labels", "origin": "manual",
            "value": {"start": start, "end": end, "text": TEXT[start:end], "labels": [label]},
        }
        for number, (label, (start, end)) in enumerate(zip(labels, places, strict=False))
    ]  # fmt: skip
    if option:
        value = {key: item for key, item in regions[0]["value"].items() if key != "labels"}  # type: ignore[attr-defined]
        regions.append(
            {
                "id": "r0", "from_name": "status", "to_name": "text", "type": "choices", "origin": "manual",
                "value": value | {"choices": [option]},
            }
        )  # fmt: skip
    ends = {"type": "relation", "from_id": "r0", "to_id": "r1", "direction": "right"}
    return [*regions, *(ends | {"labels": [relation]} for relation in relations)]


def studio(url: str, token: str) -> Studio:
    """Connect as the lead."""
    return Studio(url, token)


def check_golden(name: str, text: str, **replaced: object) -> None:
    """Compare with a golden file, in which each of ``replaced`` stands by its name in braces."""
    for key, value in replaced.items():
        text = text.replace(str(value), f"{{{key}}}")
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("WORTLAUT_UPDATE_GOLDEN"):
        golden.write_text(text + "\n", encoding="utf-8")
    assert golden.is_file(), f"no golden file {golden.name}: run the test with WORTLAUT_UPDATE_GOLDEN=1 and read it"
    assert text + "\n" == golden.read_text(encoding="utf-8")
