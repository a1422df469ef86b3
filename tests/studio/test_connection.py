"""What the connection to a server does without one: addresses, tokens and extras that cannot be used; streaming."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from wortlaut.annotation.studio.client import KEY_VARIABLE, URL_VARIABLE, RefusedError, Studio
from wortlaut.annotation.studio.launch import find_process
from wortlaut.cli.main import run

LEGACY = "0" * 40
PERSONAL = "eyJhbGci.eyJleHAi.sig"
EXTRA = ("httpx", "label_studio_sdk", "markdown_it", "platformdirs", "psutil", "starlette", "uvicorn")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    (tmp_path / "wortlaut.toml").write_text('name = "probe"\n', encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("command", ["status", "pull"])
@pytest.mark.parametrize("token", ["abc\ngeheimgeheim", "abc geheimgeheim", "geheimgeheim\x7f", "geheimgeheimß"])
def test_a_token_that_is_none_is_refused_and_not_shown(
    token: str, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(URL_VARIABLE, "http://127.0.0.1:1")
    monkeypatch.setenv(KEY_VARIABLE, token)
    assert run(["studio", command]) == 2
    said = "".join(capsys.readouterr())
    assert "the token for http://127.0.0.1:1 holds a blank, a line break or another character that no token" in said
    assert "geheim" not in said


BAD_ADDRESSES = [
    "http://[::1", "http://host:99999", "http://host:0", "http://host:port", "http://a..b", "http://", "host:8080",
    "ftp://host", "http://ho st", "http://host?x=1", "http://[1:2]", "http://host\tname",
    "http://" + "x" * 70 + ".example.org",
]  # fmt: skip


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_an_address_that_is_none_is_one_line_as_a_setting_and_as_a_variable(
    address: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, LEGACY)
    monkeypatch.setenv(URL_VARIABLE, address)
    assert run(["studio", "pull"]) == 2
    said = capsys.readouterr().err
    expected = f"{address!r} is no address of a server. Write it like https://studio.example.org"
    assert said == f"wortlaut: {URL_VARIABLE}: {expected}\n"
    monkeypatch.delenv(URL_VARIABLE)
    setting = f'[studio]\nurl = "{address}"\n'.replace("\t", "\\t")
    (here / "wortlaut.toml").write_text(setting, encoding="utf-8")
    assert run(["studio", "pull"]) == 2
    said = capsys.readouterr().err
    assert f"[studio] url = {expected}. " in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("userinfo", ["anna:geheim", "anna", "anna:ge/heim", "anna:ge heim", "anna:ge@heim"])
@pytest.mark.parametrize("command", ["pull", "status"])
def test_a_password_in_an_address_is_refused_and_not_shown(
    userinfo: str, command: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    address = f"http://{userinfo}@127.0.0.1:1"
    monkeypatch.setenv(KEY_VARIABLE, LEGACY)
    monkeypatch.setenv(URL_VARIABLE, address)
    assert run(["studio", command]) == 2
    first = "".join(capsys.readouterr())
    monkeypatch.delenv(URL_VARIABLE)
    (here / "wortlaut.toml").write_text(f'[studio]\nurl = "{address}"\n', encoding="utf-8")
    assert run(["studio", command]) == 2
    second = "".join(capsys.readouterr())
    for said in (first, second):
        assert "'...@127.0.0.1:1'" in said
        assert "anna" not in said
        assert "heim" not in said


def test_an_unusable_proxy_is_told_without_what_it_holds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, LEGACY)
    monkeypatch.setenv(URL_VARIABLE, "http://studio.example.org")
    monkeypatch.setenv("ALL_PROXY", "gopher://anna:geheim@127.0.0.1:1")
    assert run(["studio", "pull"]) == 2
    said = capsys.readouterr().err
    assert "HTTP_PROXY, HTTPS_PROXY, ALL_PROXY: cannot ask http://studio.example.org: the settings of a proxy" in said
    assert "geheim" not in said


@pytest.mark.parametrize("missing", EXTRA)
def test_without_the_extra_each_command_says_what_to_install(missing: str) -> None:
    code = f"""
import sys
sys.modules[{missing!r}] = None
from wortlaut.cli.main import run
codes = [run(one.split()) for one in (
    "studio up", "studio down", "studio invite anna", "studio push", "studio pull", "studio status",
    "studio rename MISC=SONST", "serve")]
assert codes == [2] * len(codes), codes
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    line = f'wortlaut: this needs {missing}, which is not installed. Say: pip install "wortlaut[studio]"'
    assert done.stderr.splitlines() == [line] * 8


class _Slow(BaseHTTPRequestHandler):
    """Sends the first part of an answer, and the second when it is told to; exchanges personal tokens."""

    go = threading.Event()
    exchanged = b'{"access": "eyJ.kurz.sig"}'
    asked: ClassVar[list[tuple[str, str]]] = []

    def do_POST(self) -> None:
        self._answer(self.exchanged)

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Authorization"] or ""))
        if self.path == "/page":
            self._answer(b"<html>Willkommen</html>")
            return
        self.send_response(200)
        self.send_header("Content-Length", "8")
        self.end_headers()
        self.wfile.write(b"eins")
        self.wfile.flush()
        self.go.wait(10)
        self.wfile.write(b"zwei")

    def _answer(self, body: bytes) -> None:
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def slow_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(_Slow, "go", threading.Event())
    monkeypatch.setattr(_Slow, "asked", [])
    with ThreadingHTTPServer(("127.0.0.1", 0), _Slow) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        _Slow.go.set()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("token", "sent"), [(LEGACY, f"Token {LEGACY}"), (PERSONAL, "Bearer eyJ.kurz.sig")], ids=["legacy", "personal"]
)
def test_a_streamed_answer_comes_in_parts(token: str, sent: str, slow_server: str) -> None:
    with Studio(slow_server, token) as studio, studio.stream("/file", doing="fetch", timeout=5) as response:
        parts = response.iter_raw()
        assert next(parts) == b"eins"
        _Slow.go.set()
        assert b"".join(parts) == b"zwei"
    assert _Slow.asked == [("/file", sent)]


def test_a_server_that_gives_a_page_for_a_token_is_told_to_be_another(
    slow_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for answer in (b"<html>Willkommen</html>", b'{"access": "\xff"}', b"[]", b""):
        monkeypatch.setattr(_Slow, "exchanged", answer)
        with (
            Studio(slow_server, PERSONAL) as studio,
            pytest.raises(RefusedError, match=r"the answer of /page is not what Label Studio 1\.23 gives"),
        ):
            studio.call("GET", "/page", doing="say who I am")


def test_a_process_that_only_has_the_variable_is_not_taken_for_the_server(here: Path) -> None:
    data = here / ".studio" / "data"
    environment = {"LABEL_STUDIO_BASE_DATA_DIR": str(data), "PATH": ""}
    code = "input()"
    with subprocess.Popen([sys.executable, "-c", code], env=environment, stdin=subprocess.PIPE) as shell:
        try:
            assert find_process(data) is None
        finally:
            shell.kill()
    command = [sys.executable, "-c", code, "--internal-host", "127.0.0.1", "--port", "8310"]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE) as server:
        try:
            found = find_process(data)
            assert found is not None
            assert found.pid == server.pid
        finally:
            server.kill()
