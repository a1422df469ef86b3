"""The project's own server: started, ended, killed, in the way of another; with the data of a real Label Studio."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import msgspec
import psutil
import pytest

from wortlaut.annotation.studio.client import URL_VARIABLE, connect
from wortlaut.annotation.studio.home import CREDENTIALS, Credentials, studio_home
from wortlaut.annotation.studio.ports import network_address
from wortlaut.annotation.studio.server import LOG, SERVER, ServerState, down, running_url, up
from wortlaut.cli.main import run
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import Project, find_project

pytestmark = [pytest.mark.studio, pytest.mark.slow, pytest.mark.xdist_group("studio")]


@pytest.fixture
def inside(studio_copy: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The project with a copy of the fresh server's data, as the current folder."""
    monkeypatch.chdir(studio_copy.root)
    return studio_copy


def _state(project: Project) -> ServerState:
    state = studio_home(project).read(SERVER, ServerState)
    assert state is not None
    return state


def _kept(project: Project) -> Credentials:
    kept = studio_home(project).read(CREDENTIALS, Credentials)
    assert kept is not None
    return kept


def _servers(project: Project) -> list[int]:
    """The processes that serve the project's data, by what they were started with."""
    data = str(studio_home(project).path("data"))
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("LABEL_STUDIO_BASE_DATA_DIR") == data and process.status() != "zombie":
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def _titles(project: Project) -> list[str]:
    with connect(project) as studio:
        answer = studio.call("GET", "/api/projects/", doing="list projects")
    return [one["title"] for one in answer["results"]]


def _log_in(url: str, email: str, password: str) -> httpx.Response:
    """Fill in the form as a browser does, with the header Origin that it sends."""
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as browser:
        page = browser.get("/user/login/")
        form = {"email": email, "password": password, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        return browser.post("/user/login/", data=form, headers={"Referer": str(page.url), "Origin": url})


def _spawn(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "wortlaut", "studio", *arguments],
        cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_up_down_and_up_again_keeps_data_and_account(
    inside: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _kept(inside)
    assert run(["studio", "up"]) == 0
    said = capsys.readouterr()
    url = f"http://127.0.0.1:{inside.settings.studio.port}"
    assert f"Label Studio 1.23.2 runs at {url}\n" in said.out
    assert f"log in as lead@wortlaut.local; the password stands in {inside.root / '.studio'}" in said.out
    assert before.password not in said.out + said.err
    assert running_url(inside) == url
    with connect(inside) as studio:
        studio.call("POST", "/api/projects/", doing="make a project", json={"title": "Lindenau"})
    pid = _state(inside).pid

    # A second time: told, and nothing is started.
    with monkeypatch.context() as patch:
        patch.setenv(URL_VARIABLE, "https://studio.example.org")
        assert run(["studio", "up", "--json", "--show-password", "--port", "1"]) == 0
    said = capsys.readouterr()
    assert "the other commands go to https://studio.example.org, not to this server" in said.err
    assert "--port 1 has no effect: it runs already" in said.err
    answer = msgspec.json.decode(said.out)
    assert (answer["already"], answer["pid"], answer["url"], answer["password"]) == (True, pid, url, before.password)
    assert _servers(inside) == [pid]

    with monkeypatch.context() as patch:
        patch.setenv(URL_VARIABLE, "https://studio.example.org")
        assert run(["studio", "down"]) == 0
    said = capsys.readouterr()
    assert said.out == f"ended the Label Studio at {url} (process {pid}). Its data stay\n"
    assert said.err == f"warning: {URL_VARIABLE} is set: down is for the project's own server, not for that one\n"
    assert _servers(inside) == []
    assert running_url(inside) is None
    assert run(["studio", "down"]) == 0
    assert capsys.readouterr() == ("no Label Studio of this project runs\n", "")
    with pytest.raises(UsageError, match="no Label Studio is running for this project"):
        connect(inside)

    assert not up(inside).already
    assert _kept(inside) == before
    assert _titles(inside) == ["Lindenau"]
    assert _log_in(url, before.email, before.password).status_code == 302
    # The log of the start before is kept, and no other.
    assert sorted(path.name for path in inside.root.glob(".studio/server.log*")) == [LOG, f"{LOG}.1"]


def test_what_is_secret_is_the_owners_alone(inside: Project) -> None:
    subprocess.run(["git", "init", "-q"], cwd=inside.root, check=True)
    process = psutil.Process(up(inside).state.pid)
    home = studio_home(inside)
    kept = _kept(inside)
    assert _log_in(_state(inside).url, kept.email, kept.password).status_code == 302
    for secret in (kept.password, kept.token):
        assert secret not in " ".join(process.cmdline())
        assert secret not in home.path(LOG).read_text(errors="replace")
    for path in (home.folder, *home.folder.rglob("*")):
        if path.name != ".gitignore" and path.parent == home.folder:
            assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
    assert stat.S_IMODE(home.folder.stat().st_mode) == 0o700
    status = ["git", "status", "--porcelain", "--ignored", "--untracked-files=all"]
    told = subprocess.run(status, cwd=inside.root, check=True, capture_output=True, text=True).stdout
    assert [line for line in told.splitlines() if ".studio" in line and not line.startswith("!! ")] == []
    assert "!! .studio/credentials.json" in told


def test_a_killed_server_is_started_again_with_its_data(inside: Project) -> None:
    pid = up(inside).state.pid
    with connect(inside) as studio:
        studio.call("POST", "/api/projects/", doing="make a project", json={"title": "Lindenau"})
    os.kill(pid, signal.SIGKILL)
    _until(lambda: running_url(inside) is None)
    with pytest.raises(UsageError, match="no Label Studio is running for this project"):
        connect(inside)
    # And where the lead's account was lost with it, another one opens the same data.
    lost = _kept(inside)
    studio_home(inside).path(CREDENTIALS).unlink()
    again = up(inside)
    assert again.state.pid != pid
    assert not again.already
    assert _titles(inside) == ["Lindenau"]
    assert re.fullmatch(r"lead-[0-9a-f]{6}@wortlaut\.local", again.credentials.email)
    assert again.credentials.token != lost.token
    assert _log_in(again.state.url, again.credentials.email, again.credentials.password).status_code == 302


def test_two_at_once_start_one_server(inside: Project) -> None:
    both = [_spawn("up", "--json", cwd=inside.root) for _ in range(2)]
    answers, lines = [], ""
    for one in both:
        out, said = one.communicate(timeout=300)
        assert one.returncode == 0, said
        answers.append(msgspec.json.decode(out))
        lines += said
    assert lines.count("waiting for another wortlaut studio up of this project\n") == 1
    assert sorted(answer["already"] for answer in answers) == [False, True]
    assert len({answer["pid"] for answer in answers}) == 1
    assert _servers(inside) == [answers[0]["pid"]]


def test_a_server_whose_starter_was_killed_is_found_again(inside: Project) -> None:
    starter = _spawn("up", cwd=inside.root)
    _until(lambda: bool(_servers(inside)))
    starter.kill()
    starter.communicate()
    (pid,) = _servers(inside)
    # As if it had been killed before it wrote down which process it is.
    studio_home(inside).path(SERVER).unlink(missing_ok=True)
    found = up(inside)
    assert found.already
    assert (found.state.pid, found.state.url) == (pid, f"http://127.0.0.1:{inside.settings.studio.port}")
    assert _servers(inside) == [pid]


def test_an_interrupted_start_leaves_nothing_behind(inside: Project) -> None:
    starter = _spawn("up", cwd=inside.root)
    _until(lambda: studio_home(inside).path(SERVER).exists())
    starter.send_signal(signal.SIGINT)
    _, said = starter.communicate(timeout=60)
    assert starter.returncode == 130
    assert said.strip("\n") == "wortlaut: interrupted; run the same command again to finish"
    assert _servers(inside) == []
    assert not studio_home(inside).path(SERVER).exists()


def test_others_on_the_network_can_log_in_where_the_lead_lets_them(
    inside: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    address = network_address()
    if address is None:
        pytest.skip("this machine is on no network")
    port = inside.settings.studio.port
    assert run(["studio", "up", "--host", "0.0.0.0"]) == 0  # noqa: S104 - what is tested
    said = capsys.readouterr()
    assert f"for others on the network: http://{address}:{port}\n" in said.out
    assert f"warning: http://{address}:{port} is plain HTTP" in said.err
    assert "--allow-local-calls" in said.err
    state, kept = _state(inside), _kept(inside)
    assert (state.url, state.shared_url, state.local_calls) == (
        f"http://127.0.0.1:{port}", f"http://{address}:{port}", False,
    )  # fmt: skip
    assert _log_in(state.shared_url, kept.email, kept.password).status_code == 302
    # A form that another page sends in the annotator's name is refused.
    with httpx.Client(base_url=state.shared_url, trust_env=False) as browser:
        browser.get("/user/login/")
        form = {"email": kept.email, "password": kept.password, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        foreign = browser.post("/user/login/", data=form, headers={"Origin": "http://example.org"})
    assert foreign.status_code == 403


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, studio_program: str) -> Iterator[Project]:
    """A project without any data, as the current folder."""
    (tmp_path / "wortlaut.toml").write_text('name = "probe"\n[studio]\nport = 18219\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    project = find_project()
    yield project
    down(project)


def test_a_port_that_is_taken_is_told_with_its_holder(alone: Project, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert run(["studio", "up", "--port", str(port)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"wortlaut: port {port} is taken by ")
    assert said.endswith(
        f"(process {os.getpid()}). Choose another with --port, or for good in wortlaut.toml: [studio] port\n"
    )
    assert not studio_home(alone).path(SERVER).exists()


def test_the_number_of_another_process_is_not_taken_for_the_server(alone: Project) -> None:
    with subprocess.Popen(["sleep", "600"]) as other:
        try:
            record = ServerState(pid=other.pid, created=1_000_000.0, url="http://127.0.0.1:18219", version="1.23.2")
            studio_home(alone).write(SERVER, record)
            assert running_url(alone) is None
            assert down(alone) is None
            assert other.poll() is None, "a stranger's process was ended"
            assert not studio_home(alone).path(SERVER).exists()
        finally:
            other.kill()


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            "echo 'Traceback:'; echo '  File x'; echo 'OperationalError: disk I/O error'; exit 1",
            "Label Studio ended while it started: OperationalError: disk I/O error",
        ),
        (
            "echo '* Trying to start at 18220'; sleep 600",
            "another program took the port of http://127.0.0.1:18219 while Label Studio started",
        ),
    ],
)
def test_a_server_that_fails_while_it_starts_is_told_at_once(
    script: str, expected: str, alone: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program = alone.root / "label-studio"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("WORTLAUT_LABEL_STUDIO", str(program))
    begin = time.monotonic()
    assert run(["studio", "up"]) == 2
    assert time.monotonic() - begin < 30
    first, last = capsys.readouterr().err.splitlines()
    assert first == "starting Label Studio, which makes its database: up to a minute"
    assert expected in last
    assert _servers(alone) == []
    assert not studio_home(alone).path(SERVER).exists()


def test_a_call_that_cannot_work_is_told(
    alone: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORTLAUT_LABEL_STUDIO", "/nirgends/label-studio")
    assert run(["studio", "up"]) == 2
    assert "WORTLAUT_LABEL_STUDIO: there is no program /nirgends/label-studio" in capsys.readouterr().err
    assert run(["studio", "up", "--host", "192.0.2.7"]) == 2
    assert "--host: 192.0.2.7 is no address of this machine" in capsys.readouterr().err
    (alone.root / "wortlaut.toml").write_text('[studio]\nurl = "https://studio.example.org"\n', encoding="utf-8")
    assert run(["studio", "up"]) == 2
    assert "this project uses the server at https://studio.example.org" in capsys.readouterr().err


def _until(holds: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to this in time"
        time.sleep(0.05)
