"""Both kinds of token against a real server, and each way in which one is refused, word for word."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from wortlaut.annotation.studio.client import KEY_VARIABLE, URL_VARIABLE, RefusedError, UnreachableError, connect
from wortlaut.annotation.studio.server import RunningServer, up
from wortlaut.cli.main import run
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import Project

pytestmark = [pytest.mark.studio, pytest.mark.slow, pytest.mark.xdist_group("studio")]

PERSONAL = "In Label Studio: Account & Settings, Personal Access Token"
LEGACY = "In Label Studio: Account & Settings, Legacy Token"


class Lead:
    """The lead, logged in with a browser, at the page of the tokens."""

    def __init__(self, running: RunningServer) -> None:
        kept = running.credentials
        self.http = httpx.Client(base_url=running.state.url, trust_env=False, timeout=30)
        page = self.http.get("/user/login/")
        form = {"email": kept.email, "password": kept.password, "csrfmiddlewaretoken": self.http.cookies["csrftoken"]}
        done = self.http.post("/user/login/", data=form, headers={"Referer": str(page.url)})
        assert done.status_code == 302

    def post(self, path: str, body: object = None) -> httpx.Response:
        headers = {"X-CSRFToken": self.http.cookies["csrftoken"], "Referer": str(self.http.base_url)}
        return self.http.post(path, json=body, headers=headers)


@pytest.fixture
def running(studio_copy: Project, monkeypatch: pytest.MonkeyPatch) -> RunningServer:
    monkeypatch.chdir(studio_copy.root)
    return up(studio_copy)


@pytest.fixture
def lead(running: RunningServer) -> Iterator[Lead]:
    lead = Lead(running)
    yield lead
    lead.http.close()


def _whoami(project: Project) -> str:
    with connect(project) as studio:
        return str(studio.call("GET", "/api/current-user/whoami", doing="say who I am")["email"])


def _said(project: Project) -> str:
    with pytest.raises(RefusedError) as caught:
        _whoami(project)
    assert caught.value.status == 401
    return str(caught.value)


def test_each_kind_of_token_and_each_refusal(
    studio_copy: Project,
    running: RunningServer,
    lead: Lead,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url, legacy = running.state.url, running.credentials.token
    start = f"{url}: cannot say who I am: "
    # The server's own token needs no variable; one in the variable goes before it, also at an address of the user's.
    assert _whoami(studio_copy) == running.credentials.email
    monkeypatch.setenv(KEY_VARIABLE, "0" * 40)
    assert _said(studio_copy) == (
        f"{start}the server does not know this legacy token (Invalid token). "
        f"{LEGACY}; where that is not offered the server wants a personal access token"
    )
    monkeypatch.setenv(KEY_VARIABLE, "geheim")
    assert _said(studio_copy) == (
        f"{start}the server refuses this token, which is neither a legacy token (40 hex digits) nor a personal access "
        f"token (three parts with dots, from ey on). Copy it again. {PERSONAL}"
    )
    monkeypatch.setenv(URL_VARIABLE, f"{url}/")
    monkeypatch.setenv(KEY_VARIABLE, legacy)
    assert _whoami(studio_copy) == running.credentials.email

    made = lead.post("/api/token/")
    assert made.status_code == 201
    personal = made.json()["token"]
    monkeypatch.setenv(KEY_VARIABLE, personal)
    assert _whoami(studio_copy) == running.credentials.email
    with connect(studio_copy) as studio, studio.talking("say who I am"):
        assert studio.sdk.users.whoami().email == running.credentials.email

    # Legacy tokens switched off: said so, and which kind is wanted; up warns. The personal one works still.
    assert lead.post("/api/jwt/settings", {"legacy_api_tokens_enabled": False}).status_code in {200, 201}
    assert _whoami(studio_copy) == running.credentials.email
    monkeypatch.delenv(KEY_VARIABLE)
    wanted = (
        f"the server takes no legacy token: it wants a personal access token. {PERSONAL}; put it into {KEY_VARIABLE}"
    )
    assert _said(studio_copy) == start + wanted
    monkeypatch.delenv(URL_VARIABLE)
    capsys.readouterr()
    assert run(["studio", "up"]) == 0
    assert f"warning: {url}: cannot use the lead's token: {wanted}\n" in capsys.readouterr().err

    refused = (
        f"{start}the server refuses this personal access token: it has expired, was revoked, or is of another server. "
        f"{PERSONAL}: make a new one"
    )
    assert lead.post("/api/token/blacklist/", {"refresh": personal}).status_code == 204
    monkeypatch.setenv(KEY_VARIABLE, personal)
    assert _said(studio_copy) == refused
    monkeypatch.setenv(KEY_VARIABLE, personal[:-4] + "AAAA")
    assert _said(studio_copy) == refused


@pytest.fixture
def nowhere() -> Iterator[str]:
    """An address that nobody listens at."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{deaf.getsockname()[1]}"


def test_no_token_and_no_server_are_told(
    nowhere: str, studio_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_VARIABLE, nowhere)
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    with pytest.raises(UsageError) as none:
        connect(studio_project)
    assert str(none.value) == f"there is no token for {nowhere}. {PERSONAL}; put it into {KEY_VARIABLE}"
    for token in ("0" * 40, "eyJhbGci.eyJleHAi.sig"):
        monkeypatch.setenv(KEY_VARIABLE, token)
        with pytest.raises(UnreachableError) as down:
            _whoami(studio_project)
        assert str(down.value) == (
            f"{nowhere}: cannot say who I am: the server does not answer ([Errno 111] Connection refused). "
            "Look at the server, then run the command again: what was done is not done twice"
        )


class _Page(BaseHTTPRequestHandler):
    """A web server of another kind: a page for every address, or none."""

    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b"<html><body>Willkommen</body></html>")

    def do_POST(self) -> None:
        self.send_response(503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def other_server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, "the answer of /api/current-user/whoami is not what Label Studio 1.23 gives: "),
        (404, "the server answered 404"),
    ],
)
def test_an_address_of_something_else_is_told(
    status: int, expected: str, other_server: str, studio_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Page, "status", status)
    monkeypatch.setenv(URL_VARIABLE, other_server)
    monkeypatch.setenv(KEY_VARIABLE, "0" * 40)
    with pytest.raises(RefusedError) as caught:
        _whoami(studio_project)
    said = str(caught.value)
    assert said.startswith(f"{other_server}: cannot say who I am: {expected}")
    assert said.endswith(f"Is {URL_VARIABLE} the address of a Label Studio server?")


def test_a_server_that_is_busy_while_a_token_is_exchanged_is_not_said_to_refuse_it(
    other_server: str, studio_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_VARIABLE, other_server)
    monkeypatch.setenv(KEY_VARIABLE, "eyJhbGci.eyJleHAi.sig")
    with pytest.raises(UnreachableError, match="cannot say who I am: the server answered 503"):
        _whoami(studio_project)
