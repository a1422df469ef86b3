"""Annotators' accounts on a real server: they log in, are made once, and are lost by no interruption."""

from __future__ import annotations

import secrets
import stat
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from wortlaut.annotation.studio import accounts
from wortlaut.annotation.studio.accounts import PEOPLE, Invitation, People, Person, email_of, invite
from wortlaut.annotation.studio.client import KEY_VARIABLE, URL_VARIABLE
from wortlaut.annotation.studio.home import Home, studio_home
from wortlaut.annotation.studio.link import LINK, ProjectLink
from wortlaut.annotation.studio.server import LOG, RunningServer, running_url
from wortlaut.cli.main import run
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import Project, find_project

Api = Callable[[str, str, object], Any]

pytestmark = [pytest.mark.studio, pytest.mark.slow, pytest.mark.xdist_group("studio")]


@pytest.fixture
def anna() -> str:
    """A name that no other test invites."""
    return f"anna-{secrets.token_hex(4)}"


@pytest.fixture
def here(studio_project: Project, studio_url: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The project of the shared server, as the current folder."""
    monkeypatch.chdir(studio_project.root)
    return studio_project


def _people(project: Project) -> tuple[Person, ...]:
    return (studio_home(project).read(PEOPLE, People) or People()).people


def _users(studio_api: Api) -> dict[str, int]:
    return {user["email"]: user["id"] for user in studio_api("GET", "/api/users/", None)}


@pytest.mark.browser
def test_an_invited_annotator_logs_in_and_a_second_invitation_is_the_same(
    anna: str, here: Project, studio_api: Api, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    url = running_url(here)
    assert url is not None
    assert run(["studio", "invite", anna, "Jörg Weiß", "--json"]) == 0
    said = capsys.readouterr()
    first, other = msgspec.json.decode(said.out, type=list[Invitation])
    assert (first.email, other.email) == (f"{anna}@wortlaut.local", "joerg.weiss@wortlaut.local")
    assert first.password not in said.err
    assert first.made
    users = _users(studio_api)
    assert users[first.email] == first.user_id
    assert first.link.startswith(url)

    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{url}/user/login/")
    page.fill("input[name=email]", first.email)
    page.fill("input[name=password]", first.password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda address: "/user/login" not in address)
    who = page.request.get(f"{url}/api/current-user/whoami").json()
    assert (who["id"], who["email"]) == (first.user_id, first.email)
    context.close()

    assert run(["studio", "invite", anna.upper(), f"{anna}@wortlaut.local"]) == 0
    said = capsys.readouterr()
    head, line = said.out.splitlines()
    assert head.split() == ["name", "e-mail", "password", "user", "link"]
    assert line.split() == [anna, first.email, first.password, str(first.user_id), first.link]
    assert "0 made, 1 there already" in said.err
    assert _users(studio_api) == users

    # Closed to others; and what the log shows of the sign-up opens nothing any more.
    home = studio_home(here)
    assert stat.S_IMODE(home.path(PEOPLE).stat().st_mode) == 0o600
    log = home.path(LOG).read_text(errors="replace")
    assert first.password not in log
    assert "/user/signup/?token=" in log
    assert studio_api("GET", "/api/invite", None)["token"] not in log


def test_an_account_that_the_project_did_not_make_is_told_before_any_is_made(
    anna: str, studio_project: Project, studio_login: tuple[str, str], studio_api: Api
) -> None:
    users, people = _users(studio_api), _people(studio_project)
    with pytest.raises(UsageError) as caught:
        invite(studio_project, (anna, studio_login[0]))
    assert f"{studio_login[0]} has an account that this project did not make" in str(caught.value)
    assert "No account was made" in str(caught.value)
    assert _users(studio_api) == users
    assert _people(studio_project) == people


@pytest.mark.parametrize("kept_before", [0, 1])
def test_an_interruption_loses_no_password(
    kept_before: int, anna: str, studio_project: Project, studio_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = accounts._keep
    calls: list[Person] = []

    def interrupted(home: Home, person: Person) -> None:
        if len(calls) == kept_before:
            raise KeyboardInterrupt
        calls.append(person)
        keep(home, person)

    with monkeypatch.context() as patch:
        patch.setattr(accounts, "_keep", interrupted)
        with pytest.raises(KeyboardInterrupt):
            invite(studio_project, (anna,))
    email = email_of(anna)
    # Before anything is written nothing is made; after it, the account is there and its password too.
    assert (email in _users(studio_api)) == bool(kept_before)
    (again,) = invite(studio_project, (anna,))
    assert again.made == (not kept_before)
    (person,) = [person for person in _people(studio_project) if person.email == email]
    assert (person.password, person.user_id) == (again.password, _users(studio_api)[email])
    if calls:
        assert calls[0].password == again.password


def test_accounts_are_made_on_a_server_of_others_with_a_personal_token(
    anna: str, studio_server: RunningServer, studio_api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = studio_server.state.url
    (tmp_path / "wortlaut.toml").write_text(f'[studio]\nurl = "{url}"\n', encoding="utf-8")
    monkeypatch.setenv(KEY_VARIABLE, _personal_token(studio_server))
    project = find_project(tmp_path)
    before = studio_api("GET", "/api/invite", None)
    (made,) = invite(project, (anna,))
    assert made.user_id == _users(studio_api)[made.email]
    assert [(one.email, one.server) for one in _people(project)] == [(made.email, url)]
    # Its sign-up link is theirs: it stays as it is.
    assert studio_api("GET", "/api/invite", None) == before


def test_the_link_is_that_of_the_label_stream_while_the_corpus_is_on_the_server(
    anna: str, here: Project, studio_url: str, studio_api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    def invited() -> tuple[str, str]:
        capsys.readouterr()
        assert run(["studio", "invite", anna]) == 0
        said = capsys.readouterr()
        return said.out.split()[-1], said.err

    made = studio_api("POST", "/api/projects/", {"title": "Lindenau"})
    link = ProjectLink(url=studio_url, project_id=made["id"], title="Lindenau", created_at=made["created_at"])
    home = studio_home(here)
    try:
        home.write(LINK, link)
        address, said = invited()
        assert address == f"{studio_url}/projects/{made['id']}/data?labeling=1"
        assert "push" not in said

        # That of another server, which bears the same number.
        home.write(LINK, msgspec.structs.replace(link, url="https://studio.example.org", created_at="2026-03-01"))
        address, said = invited()
        assert address == studio_url
        assert "the corpus is not on this server" in said

        home.write(LINK, link)
        studio_api("DELETE", f"/api/projects/{made['id']}/", None)
        address, said = invited()
        assert address == studio_url
        assert "Say wortlaut studio push first" in said
    finally:
        home.path(LINK).unlink()


def test_many_accounts_are_told_without_a_terminal_too(
    anna: str, here: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["studio", "invite", *(f"{anna}-{number}" for number in range(6))]) == 0
    assert capsys.readouterr().err.startswith("making 6 accounts\n6 made, 0 there already")


def _personal_token(running: RunningServer) -> str:
    import httpx

    kept = running.credentials
    with httpx.Client(base_url=running.state.url, trust_env=False, timeout=30) as lead:
        page = lead.get("/user/login/")
        form = {"email": kept.email, "password": kept.password, "csrfmiddlewaretoken": lead.cookies["csrftoken"]}
        lead.post("/user/login/", data=form, headers={"Referer": str(page.url)})
        headers = {"X-CSRFToken": lead.cookies["csrftoken"], "Referer": str(lead.base_url)}
        made = lead.post("/api/token/", headers=headers)
        if made.status_code == 409:
            return str(lead.get("/api/token/").json()[0]["token"])
        return str(made.json()["token"])


class _NoRights(BaseHTTPRequestHandler):
    """A server, as an Enterprise one is, on which the token's owner may work and not invite."""

    def do_GET(self) -> None:
        users = self.path.startswith("/api/users")
        self.send_response(200 if users else 403)
        self.end_headers()
        self.wfile.write(b"[]" if users else b'{"detail":"You do not have permission to perform this action."}')

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def no_rights(request: pytest.FixtureRequest) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), getattr(request, "param", _NoRights)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_token_that_may_not_invite_is_told(
    no_rights: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wortlaut.toml").write_text('name = "probe"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(URL_VARIABLE, no_rights)
    monkeypatch.setenv(KEY_VARIABLE, "0" * 40)
    assert run(["studio", "invite", "anna"]) == 2
    assert capsys.readouterr().err == (
        f"wortlaut: {no_rights}: the token may not make accounts (the server answered 403). "
        "Take the token of an administrator, or let one make the accounts\n"
    )


def test_outside_a_project_no_account_is_made(
    studio_server: RunningServer, studio_api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    anna = f"anna-{secrets.token_hex(4)}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(URL_VARIABLE, studio_server.state.url)
    monkeypatch.setenv(KEY_VARIABLE, studio_server.credentials.token)
    assert run(["studio", "invite", anna]) == 2
    assert "run it in the project whose annotators they are" in capsys.readouterr().err
    assert email_of(anna) not in _users(studio_api)
    assert list(tmp_path.iterdir()) == []


class _Pages(_NoRights):
    """A server that takes the form and answers with a page whatever it is asked then."""

    def do_GET(self) -> None:
        answers = {"/api/users/": b"[]", "/api/invite": b'{"invite_url": "/signup"}'}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answers.get(self.path, b"<html>Willkommen</html>"))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(302)
        self.send_header("Location", "/")
        self.end_headers()


@pytest.mark.parametrize("no_rights", [_Pages], indirect=True)
def test_a_page_where_the_new_account_should_be_is_told(
    no_rights: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wortlaut.toml").write_text('name = "probe"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(URL_VARIABLE, no_rights)
    monkeypatch.setenv(KEY_VARIABLE, "0" * 40)
    assert run(["studio", "invite", "anna"]) == 2
    assert "the form was taken, but nobody is logged in" in capsys.readouterr().err


def test_two_names_that_make_one_address_are_told(studio_project: Project) -> None:
    with pytest.raises(UsageError, match=r"'Jörg' and 'Joerg' both make joerg@wortlaut\.local"):
        invite(studio_project, ("Jörg", "Joerg"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Иван", "'Иван' makes no address to log in with. It has no Latin letter: give an e-mail address instead"),
        ("李", "'李' makes no address to log in with. It has no Latin letter: give an e-mail address instead"),
        ("---", "'---' makes no address to log in with. Take a name such as anna"),
        ("x" * 300, f"'{'x' * 40}…' makes no address to log in with. Take a name such as anna"),
    ],
)
def test_a_name_that_makes_no_address_is_told_with_what_to_do(name: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        email_of(name)
    assert str(caught.value).startswith(said)
    assert len(str(caught.value)) < 200


@given(st.text(max_size=40))
def test_a_name_makes_an_address_that_a_form_takes_or_is_refused(name: str) -> None:
    try:
        email = email_of(name)
    except UsageError:
        return
    assert email.count("@") == 1
    assert email == email.lower()
    assert not set(email) & set(" \t\n\"'<>()[]:;,\\")
    assert email_of(email) == email
