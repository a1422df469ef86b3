"""Which project on the server is a corpus's: two corpora of one name, a second checkout, lost notes, a killed push."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from wortlaut.annotation.studio.client import KEY_VARIABLE, URL_VARIABLE
from wortlaut.annotation.studio.home import Home
from wortlaut.annotation.studio.identity import CORPUS, described, marks
from wortlaut.annotation.studio.link import LINK, read_link
from wortlaut.annotation.studio.server import RunningServer
from wortlaut.cli.main import run
from wortlaut.corpus.compose import compose
from wortlaut.corpus.draft import Draft, Piece
from wortlaut.schema.article import RawSource
from wortlaut.schema.project import Project, Settings, find_project

pytestmark = [pytest.mark.studio, pytest.mark.slow, pytest.mark.xdist_group("studio")]

Api = Callable[[str, str, object], Any]
Push = Callable[..., str]


class Checkout:
    """A folder with a corpus: ``texts`` are its articles a-0, a-1 and so on."""

    def __init__(self, folder: Path, name: str, *texts: str) -> None:
        self.folder = folder
        folder.mkdir()
        self.rename(name)
        self.write(*texts)

    def rename(self, name: str) -> None:
        (self.folder / "wortlaut.toml").write_text(f'name = "{name}"\n', encoding="utf-8")

    def write(self, *texts: str) -> None:
        lines = []
        for number, text in enumerate(texts):
            pieces = (Piece(kind="headline", text=f"Titel {number}"), Piece(kind="paragraph", text=text))
            draft = Draft(article_id=f"a-{number}", pieces=pieces, publisher="Wehra-Kurier")
            lines.append(msgspec.json.encode(compose(draft, RawSource(name="a.txt", format="text", sha256="0" * 64))))
        path = self.folder / "corpus" / "articles.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"".join(line + b"\n" for line in lines))

    @property
    def number(self) -> int:
        link = read_link(find_project(self.folder))
        assert link is not None
        return link.project_id


@pytest.fixture
def push(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], studio_server: RunningServer) -> Push:
    """Runs a command, push if none is named, in a checkout, holds its exit code and gives what it said."""
    monkeypatch.setenv(URL_VARIABLE, studio_server.state.url)
    monkeypatch.setenv(KEY_VARIABLE, studio_server.credentials.token)

    def pushing(checkout: Checkout, *options: str, code: int = 0, command: str = "push") -> str:
        monkeypatch.chdir(checkout.folder)
        capsys.readouterr()
        got = run(["studio", command, *options])
        said = "".join(capsys.readouterr())
        assert got == code, said
        return said

    return pushing


@pytest.fixture
def name() -> str:
    return f"probe-{secrets.token_hex(4)}"


@pytest.fixture
def named(studio_api: Api, name: str) -> Callable[[], list[dict[str, Any]]]:
    """The projects on the server that bear the name."""

    def found() -> list[dict[str, Any]]:
        listed = studio_api("GET", "/api/projects/?page_size=1000", None)["results"]
        return [one for one in listed if name in {marked for marked, _ in marks(one["description"])}]

    return found


def test_two_corpora_of_one_name_share_no_project(
    tmp_path: Path, name: str, push: Push, studio_api: Api, named: Callable[[], list[dict[str, Any]]]
) -> None:
    first = Checkout(tmp_path / "rathaus", name, "Der Rat tagt.", "Das Bad schließt.")
    second = Checkout(tmp_path / "sport", name, "Der TSV siegt.", "Das Bad schließt.")
    push(first)
    before = studio_api("GET", f"/api/projects/{first.number}/", None)
    for command in ("push", "pull"):
        said = push(second, code=2, command=command)
        assert said.endswith(
            f": a corpus called {name} is there, which does not look like this one: project {first.number} ({name}: "
            "1 of 2 tasks of other articles or texts). wortlaut studio push --new makes a project for this one; "
            f"--adopt {first.number} takes that one for it\n"
        )
    assert f"a corpus called {name} is there" in push(second, code=2, command="status")
    assert studio_api("GET", f"/api/projects/{first.number}/", None) == before
    assert len(named()) == 1
    push(second, "--new")
    assert second.number != first.number
    for checkout in (first, second):
        assert "nothing to do" in push(checkout)
        # Each is found again without what was noted of its project, for it bears the corpus's id ...
        number = checkout.number
        (checkout.folder / ".studio" / LINK).unlink()
        assert "nothing to do" in push(checkout)
        assert checkout.number == number
        # ... and without anything that was noted, for it holds its articles.
        shutil.rmtree(checkout.folder / ".studio")
        assert f"took project {number}, {name}, for this corpus's" in push(checkout)
        assert checkout.number == number
    assert len(named()) == 2


def test_a_second_checkout_finds_the_project_where_the_articles_agree(
    tmp_path: Path, name: str, push: Push, studio_api: Api, named: Callable[[], list[dict[str, Any]]]
) -> None:
    first = Checkout(tmp_path / "eins", name, "Der Rat tagt.", "Das Bad schließt.")
    push(first)
    before = studio_api("GET", f"/api/projects/{first.number}/", None)["description"]
    second = Checkout(tmp_path / "zwei", name, "Der Rat tagt.", "Das Bad schließt.", "Die Wehra steigt.")
    assert "would have sent 1 task" in push(second, "--dry-run")
    assert not (second.folder / ".studio" / CORPUS).exists()
    assert f"took project {first.number}" in (said := push(second))
    assert "sent 1 task" in said
    assert second.number == first.number
    assert studio_api("GET", f"/api/projects/{first.number}/", None)["description"] == before
    ids = [(one.folder / ".studio" / CORPUS).read_bytes() for one in (first, second)]
    assert ids[0] == ids[1]
    # One that is not up to date says which it is; it is asked once.
    third = Checkout(tmp_path / "drei", name, "Der Rat tagt.", "Das Bad schließt.")
    assert f"({name}: 1 of 3 tasks of other articles or texts)" in push(third, code=2)
    assert "neither with --new nor with --dry-run" in push(third, "--adopt", str(first.number), "--new", code=2)
    assert "there is no project 999999" in push(third, "--adopt", "999999", code=2)
    assert "nothing to do" in push(third, "--adopt", str(first.number))
    assert "nothing to do" in push(third)
    assert third.number == first.number
    assert len(named()) == 1


def test_a_push_that_is_killed_before_it_notes_its_project_makes_no_second_one(
    tmp_path: Path,
    name: str,
    push: Push,
    named: Callable[[], list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checkout = Checkout(tmp_path / "eins", name, "Der Rat tagt.")
    write = Home.write

    def killed(home: Home, file: str, record: msgspec.Struct) -> None:
        if file == LINK:
            raise KeyboardInterrupt
        write(home, file, record)

    with monkeypatch.context() as patch:
        patch.setattr(Home, "write", killed)
        push(checkout, code=130)
    (made,) = named()
    assert not (checkout.folder / ".studio" / LINK).exists()
    assert "sent 1 task" in push(checkout)
    assert checkout.number == made["id"]
    assert len(named()) == 1


def test_a_corpus_that_is_called_otherwise_keeps_its_project(
    tmp_path: Path, name: str, push: Push, studio_api: Api
) -> None:
    checkout = Checkout(tmp_path / "eins", f"{name}-alt", "Der Rat tagt.")
    push(checkout)
    number = checkout.number
    path = f"/api/projects/{number}/"
    old = studio_api("GET", path, None)["description"]
    studio_api("PATCH", path, {"description": f"Nur bis Mai.\n{old}\nFragen an Anna."})
    checkout.rename(name)
    (checkout.folder / ".studio" / LINK).unlink()
    push(checkout)
    assert checkout.number == number
    description = studio_api("GET", path, None)["description"]
    assert description == f"Nur bis Mai.\n{old.replace(name + '-alt', name)}\nFragen an Anna."


def test_a_project_with_tasks_of_others_alone_is_not_taken(
    tmp_path: Path, name: str, push: Push, studio_api: Api
) -> None:
    body = {"title": "Von Hand", "description": f"wortlaut corpus {name}"}
    number = studio_api("POST", "/api/projects/", body)["id"]
    checkout = Checkout(tmp_path / "eins", name, "Der Rat tagt.")
    assert f"project {number} (Von Hand: 0 of 0 tasks" in push(checkout, code=2)
    studio_api("POST", f"/api/projects/{number}/import", [{"data": {"text": "Von Hand."}}])
    assert f"project {number} (Von Hand: 0 of 1 tasks" in push(checkout, code=2)


def test_a_description_keeps_what_is_not_the_corpuss() -> None:
    project = Project(root=Path("/nirgends"), settings=Settings(name="lindenau"))
    ours = "wortlaut corpus lindenau 5f0c"
    assert described(None, project, "5f0c") == ours
    assert described(f"Nur bis Mai.\n\n{ours}\n", project, "5f0c") == f"Nur bis Mai.\n\n{ours}"
    assert described("wortlaut corpus lindenau", project, "5f0c") == ours
    assert described("wortlaut corpus alt 5f0c\nwortlaut corpus lindenau 77", project, "5f0c") == ours
    other = "wortlaut corpus sport 77"
    assert described(other, project, "5f0c") == f"{other}\n{ours}"
