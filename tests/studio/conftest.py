"""A real Label Studio and a real Chromium for the tests that need them, started once and stopped at the end.

The server is the executable in WORTLAUT_LABEL_STUDIO, ``.studio-venv/bin/label-studio`` or ``label-studio`` on the
PATH; Chromium is WORTLAUT_CHROMIUM or one on the PATH. Where one is missing its tests are skipped, or fail if
WORTLAUT_REQUIRE_STUDIO=1 or WORTLAUT_REQUIRE_BROWSER=1. A first start takes up to a minute.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

Api = Callable[[str, str, object], Any]


@pytest.fixture(scope="session")
def studio_login() -> tuple[str, str]:
    """E-mail address and password of the server's one user."""
    return "annotator@example.org", secrets.token_hex(12)


@pytest.fixture(scope="session")
def studio_token() -> str:
    """That user's token."""
    return secrets.token_hex(20)


@pytest.fixture(scope="session")
def studio_url(
    tmp_path_factory: pytest.TempPathFactory, studio_login: tuple[str, str], studio_token: str
) -> Iterator[str]:
    """The address of a running Label Studio with an empty database of its own."""
    executable = _label_studio()
    folder = tmp_path_factory.mktemp("label-studio")
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "COLLECT_ANALYTICS": "false",
        "LATEST_VERSION_CHECK": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
        "LABEL_STUDIO_USERNAME": studio_login[0],
        "LABEL_STUDIO_PASSWORD": studio_login[1],
        "LABEL_STUDIO_USER_TOKEN": studio_token,
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder / "data"),
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
    }
    log = folder / "server.log"
    arguments = [executable, "start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as out:
        # A session of its own, so that its workers end with it.
        server = subprocess.Popen(arguments, env=environment, stdout=out, stderr=out, start_new_session=True)
    try:
        _wait_until_healthy(url, server, log)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


def _wait_until_healthy(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:  # noqa: S310 - our own server
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.5)
    tail = log.read_text(errors="replace")[-2000:]
    pytest.fail(f"Label Studio did not start at {url}; the end of its log:\n{tail}")
