"""Starting and ending the process of a Label Studio server. Secrets go to it by its environment alone."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from wortlaut.annotation.studio.client import VERSION_PATH, ServerVersion
from wortlaut.annotation.studio.home import Credentials
from wortlaut.schema.errors import UsageError

if TYPE_CHECKING:
    import psutil

__all__ = ["Listening", "end", "find_process", "is_alive", "start", "version_when_healthy"]

START_SECONDS = 600.0
"""How long a start may take. The first builds the database: half a minute on an idle laptop, minutes on a busy one."""

_DATA_VARIABLE = "LABEL_STUDIO_BASE_DATA_DIR"
# What each server of ours is started with.
_OPTIONS = frozenset({"--internal-host", "--port"})
_END_SECONDS = 15.0
_PAUSE = 0.3
# A clock that is set right moves the start times that the system tells.
_CLOCK_SECONDS = 2.0
# What a program needs of our environment. Nothing else is handed on: Label Studio reads many plain names (HOST, PORT,
# DEBUG, SECRET_KEY ...), and what else stands there does not concern it.
_HANDED_ON = frozenset(
    {
        "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "TEMP", "TMP",
        "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT",
        "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA",
    }
)  # fmt: skip
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_FLAGS = 0
if sys.platform == "win32":
    _FLAGS = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
_MOVED = "* Trying to start at "


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """Where a server shall listen. ``local_calls``: whether it may call addresses of this machine and its network."""

    address: str
    port: int
    local_calls: bool


def start(executable: Path, listening: Listening, data: Path, log: Path, credentials: Credentials) -> psutil.Process:
    """Start a server that outlives us, its output in ``log``; the log of the start before is kept as ``NAME.1``."""
    import psutil

    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))
    arguments = [str(executable), "start", "--no-browser", "--internal-host", listening.address]
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        process = subprocess.Popen(  # noqa: S603 - the program that the user named, or that we installed
            [*arguments, "--port", str(listening.port)],
            env=_environment(listening, data, credentials),
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            # It outlives its terminal, and what it writes is its owner's alone.
            creationflags=_FLAGS,
            start_new_session=sys.platform != "win32",
            umask=-1 if sys.platform == "win32" else 0o077,
        )
    started = psutil.Process(process.pid)
    # It is meant to outlive this handle, of which Python would warn.
    process.returncode = 0
    return started


def is_alive(process: psutil.Process) -> bool:
    """Say whether a process runs; one that ended and was not waited for does not."""
    import psutil

    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def find_process(data: Path, pid: int | None = None, created: float = 0.0) -> psutil.Process | None:
    """Find the server of a data folder: the process ``pid`` that began at ``created``, or any that says it serves it.

    With a ``pid`` only that process is looked at: after a restart of the machine it may be another program's.
    """
    import psutil

    if pid is not None:
        try:
            process = psutil.Process(pid)
            same = abs(process.create_time() - created) < _CLOCK_SECONDS or _serves(process, data)
        except psutil.Error:
            return None
        return process if same and is_alive(process) else None
    return next((process for process in psutil.process_iter() if _serves(process, data) and is_alive(process)), None)


def version_when_healthy(process: psutil.Process, url: str, log: Path, seconds: float = START_SECONDS) -> str:
    """Wait until a server answers and give its version.

    Raises UsageError at once where its process ends or takes another port, and where it takes too long.
    """
    import httpx

    stop = time.monotonic() + seconds
    with httpx.Client(base_url=url, trust_env=False, timeout=10) as client:
        while time.monotonic() < stop:
            if not is_alive(process):
                raise UsageError(f"Label Studio ended while it started: {_reason(log)}", where=str(log))
            if _MOVED in _text(log):
                raise UsageError(
                    f"another program took the port of {url} while Label Studio started",
                    hint="Run the command again with another --port",
                )
            with contextlib.suppress(httpx.HTTPError):
                if client.get("/health").status_code == httpx.codes.OK:
                    return _version(client.get(VERSION_PATH).content)
            time.sleep(_PAUSE)
    raise UsageError(
        f"Label Studio did not answer within {seconds:.0f} seconds: {_reason(log)}",
        where=str(log),
        hint="Is the machine very busy? Then run the command again",
    )


def end(process: psutil.Process, seconds: float = _END_SECONDS) -> bool:
    """End a server and what it started: ask, wait, then force. Gives whether it went by itself."""
    import psutil

    group = [process]
    with contextlib.suppress(psutil.Error):
        group += process.children(recursive=True)
    for one in group:
        with contextlib.suppress(psutil.Error):
            one.terminate()
    _, left = psutil.wait_procs(group, timeout=seconds)
    for one in left:
        with contextlib.suppress(psutil.Error):
            one.kill()
    _, stuck = psutil.wait_procs(left, timeout=seconds)
    if any(is_alive(one) for one in stuck):
        raise UsageError(f"the process {process.pid} cannot be ended", hint="Look what it waits for")
    return not left


def _environment(listening: Listening, data: Path, credentials: Credentials) -> dict[str, str]:
    local = "false" if listening.local_calls else "true"
    return {
        **{name: value for name, value in os.environ.items() if name.upper() in _HANDED_ON},
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "COLLECT_ANALYTICS": "false",
        "LATEST_VERSION_CHECK": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
        "DJANGO_DB": "sqlite",
        _DATA_VARIABLE: str(data),
        "LABEL_STUDIO_USERNAME": credentials.email,
        "LABEL_STUDIO_PASSWORD": credentials.password,
        "LABEL_STUDIO_USER_TOKEN": credentials.token,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
        # These two keep the server from calling a backend or a webhook on this machine, which wortlaut serve is.
        "ML_BLOCK_LOCAL_IP": local,
        "SSRF_PROTECTION_ENABLED": local,
    }


def _serves(process: psutil.Process, data: Path) -> bool:
    """Say whether a process was started as the server of a data folder; false for one that is not ours to ask.

    The variable alone says little: a shell may have it, and hand it to all that is started there.
    """
    import psutil

    try:
        return process.environ().get(_DATA_VARIABLE) == str(data) and set(process.cmdline()) >= _OPTIONS
    except (psutil.Error, OSError):
        return False


def _version(answer: bytes) -> str:
    try:
        return msgspec.json.decode(answer, type=ServerVersion).release
    except msgspec.DecodeError:
        return ""


def _text(log: Path) -> str:
    try:
        return _ANSI.sub("", log.read_bytes().decode(errors="replace"))
    except OSError:
        return ""


def _reason(log: Path) -> str:
    """Give the last line of a log that says something: the error at the end of a traceback, not a line of it."""
    lines = [line for line in _text(log).splitlines() if line.strip() and not line.startswith((" ", "\t"))]
    return lines[-1].strip()[:300] if lines else "it said nothing"
