"""A real Label Studio and a real Chromium for the tests that need them, started once and stopped at the end.

The server is started the way users start it, by ``wortlaut studio up``, in a project of its own. It is the executable
in WORTLAUT_LABEL_STUDIO, ``.studio-venv/bin/label-studio`` or ``label-studio`` on the PATH; Chromium is
WORTLAUT_CHROMIUM or one on the PATH. Where one is missing its tests are skipped, or fail if WORTLAUT_REQUIRE_STUDIO=1
or WORTLAUT_REQUIRE_BROWSER=1. A first start takes up to a minute; a test that needs a server of its own takes a copy
of the fresh one's data (``studio_copy``), which starts in seconds.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.studio.annotated import SCHEME, Annotator, Made, Make, annotators, corpus, on_server, studio

from wortlaut.annotation.studio.client import KEY_VARIABLE, URL_VARIABLE, Studio
from wortlaut.annotation.studio.environment import EXECUTABLE_VARIABLE
from wortlaut.annotation.studio.home import CREDENTIALS, studio_home
from wortlaut.annotation.studio.server import RunningServer, down, up
from wortlaut.schema.project import Project, find_project

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

Api = Callable[[str, str, object], Any]
Serving = tuple[subprocess.Popen[bytes], str, Path]
"""A running ``wortlaut serve``: its process, its address, and the file with all that it wrote."""
Serve = Callable[..., AbstractContextManager[Serving]]


@pytest.fixture(scope="session")
def studio_program() -> Iterator[str]:
    """The executable of Label Studio; ``up`` takes it, and no server of the user's own is taken for ours."""
    with pytest.MonkeyPatch.context() as patch:
        program = _label_studio()
        patch.setenv(EXECUTABLE_VARIABLE, program)
        patch.delenv(URL_VARIABLE, raising=False)
        patch.delenv(KEY_VARIABLE, raising=False)
        yield program


@pytest.fixture(scope="session")
def studio_project(tmp_path_factory: pytest.TempPathFactory, studio_program: str) -> Project:
    """The empty project whose server the tests share."""
    return new_project(tmp_path_factory.mktemp("label-studio") / "projekt")


@pytest.fixture(scope="session")
def studio_server(studio_project: Project) -> Iterator[RunningServer]:
    """A running Label Studio with a database of its own, and the lead's account on it."""
    try:
        yield up(studio_project)
    finally:
        down(studio_project)


@pytest.fixture(scope="session")
def studio_url(studio_server: RunningServer, studio_fresh: Path) -> str:
    """The address of the running Label Studio."""
    return studio_server.state.url


@pytest.fixture(scope="session")
def studio_login(studio_server: RunningServer) -> tuple[str, str]:
    """E-mail address and password of the lead."""
    return studio_server.credentials.email, studio_server.credentials.password


@pytest.fixture(scope="session")
def studio_token(studio_server: RunningServer) -> str:
    """The lead's token, a legacy one."""
    return studio_server.credentials.token


@pytest.fixture(scope="session")
def studio_fresh(
    studio_project: Project, studio_server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder ``.studio`` with the data of a server that nobody has used yet; ``studio_url`` comes after it."""
    home = studio_home(studio_project)
    folder = tmp_path_factory.mktemp("fresh") / ".studio"
    shutil.copytree(home.path("data"), folder / "data")
    # The server runs: its database is copied by what knows how.
    with (
        contextlib.closing(sqlite3.connect(home.path("data") / "label_studio.sqlite3")) as source,
        contextlib.closing(sqlite3.connect(folder / "data" / "label_studio.sqlite3")) as target,
    ):
        source.backup(target)
    shutil.copy2(home.path(CREDENTIALS), folder)
    return folder


@pytest.fixture
def studio_copy(studio_fresh: Path, tmp_path: Path) -> Iterator[Project]:
    """A project with a copy of the fresh server's data and account; what runs of it at the end is ended.

    Nothing runs yet: ``up`` takes seconds. For tests that end, kill or spoil a server.
    """
    project = new_project(tmp_path / "projekt")
    shutil.copytree(studio_fresh, studio_home(project).folder)
    studio_home(project).make()
    try:
        yield project
    finally:
        down(project)


@pytest.fixture(scope="session")
def studio_api(studio_url: str, studio_token: str) -> Api:
    """Calls the server: method, path, JSON body or None; gives the JSON answer."""

    def call(method: str, path: str, body: object) -> Any:
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{studio_url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Token {studio_token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=300) as answer:  # noqa: S310 - our own server
            return json.loads(answer.read() or b"null")

    return call


@pytest.fixture(scope="session")
def people(studio_project: Project, studio_url: str) -> tuple[Annotator, Annotator]:
    """Greta and Hanno, who have accounts."""
    return annotators(studio_project, studio_url)


@pytest.fixture
def connected(studio_url: str, studio_token: str) -> Iterator[Studio]:
    """The lead's connection."""
    with studio(studio_url, studio_token) as one:
        yield one


@pytest.fixture
def make(studio_api: Api, tmp_path: Path) -> Make:
    """Makes a small project on disk and on the server."""

    def made(name: str, articles: int, scheme: str = SCHEME) -> Made:
        project = corpus(tmp_path / name, name, scheme)
        return Made(project, *on_server(studio_api, project, articles))

    return made


@pytest.fixture(scope="session")
def serve() -> Serve:
    """Runs ``wortlaut serve`` in a folder, on a port, with options and more environment, until it says it is ready."""

    @contextmanager
    def serving(folder: Path, port: int, *options: str, **environment: str) -> Iterator[Serving]:
        log = folder / f"serve-{port}.log"
        command = [sys.executable, "-m", "wortlaut", "serve", "--port", str(port), *options]
        with log.open("wb") as out:
            process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out, env=os.environ | environment)
        try:
            end = time.monotonic() + 60
            while "Ctrl-C ends" not in log.read_text(encoding="utf-8"):
                assert process.poll() is None, log.read_text(encoding="utf-8")
                assert time.monotonic() < end, log.read_text(encoding="utf-8")
                time.sleep(0.1)
            yield process, f"http://127.0.0.1:{port}", log
        finally:
            process.kill()
            process.wait()

    return serving


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    executable = os.environ.get("WORTLAUT_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if executable is None:
        _missing("WORTLAUT_REQUIRE_BROWSER", "there is no Chromium on the PATH; set WORTLAUT_CHROMIUM")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def annotator_page(browser: Browser, studio_url: str, studio_login: tuple[str, str]) -> Iterator[Page]:
    """A page of a fresh browser context, logged in at Label Studio."""
    context = browser.new_context(viewport={"width": 1500, "height": 1100})
    page = context.new_page()
    page.goto(f"{studio_url}/user/login/")
    page.fill("input[name=email]", studio_login[0])
    page.fill("input[name=password]", studio_login[1])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda address: "/user/login" not in address)
    yield page
    context.close()


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where screenshots are kept to be looked at."""
    folder = ROOT / "test-artefacts"
    folder.mkdir(exist_ok=True)
    return folder


def _label_studio() -> str:
    named = os.environ.get("WORTLAUT_LABEL_STUDIO")
    own = ROOT / ".studio-venv" / "bin" / "label-studio"
    found = named or (str(own) if own.is_file() else shutil.which("label-studio"))
    if found is None or not Path(found).is_file():
        _missing("WORTLAUT_REQUIRE_STUDIO", f"there is no Label Studio at {found}; set WORTLAUT_LABEL_STUDIO")
    return found


def _missing(variable: str, what: str) -> NoReturn:
    if os.environ.get(variable) == "1":
        pytest.fail(f"{what} ({variable}=1)")
    pytest.skip(what)


def new_project(folder: Path) -> Project:
    """Make an empty project whose server has a port that is free now."""
    folder.mkdir(parents=True)
    (folder / "wortlaut.toml").write_text(f'name = "probe"\n[studio]\nport = {free_port()}\n', encoding="utf-8")
    return find_project(folder)


def free_port() -> int:
    """Give a port that is free now, outside the range from which the system takes those of clients."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
