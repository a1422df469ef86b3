"""The project's own Label Studio server: starting it, ending it, and which one runs.

One server a project. Whoever starts one holds a lock; which process it is stands in ``server.json`` as soon as there
is one, and a process says by its environment which data folder it serves. So neither two commands at once nor one that
was killed at any moment leads to a second server on the same data.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import msgspec

from wortlaut.annotation.studio.client import Studio, UnreachableError, require_extra
from wortlaut.annotation.studio.environment import label_studio
from wortlaut.annotation.studio.home import CREDENTIALS, DATA, Credentials, Home, studio_home
from wortlaut.annotation.studio.steps import OnStep, Step
from wortlaut.schema.errors import UsageError, WortlautError
from wortlaut.schema.lock import locked
from wortlaut.schema.project import Project

if TYPE_CHECKING:
    import psutil

__all__ = ["LOG", "SERVER", "Ended", "RunningServer", "ServerState", "down", "running_url", "up"]

SERVER = "server.json"
LOG = "server.log"
_DATABASE = "label_studio.sqlite3"
_EMAIL = "lead@wortlaut.local"


class ServerState(msgspec.Struct, frozen=True, kw_only=True):
    """The server that was started last. ``created`` is its process's start (seconds since 1970), against reused ids.

    ``url`` is its address on this machine, ``shared_url`` the one for others on the network, where it is open to them.
    ``version`` is empty while it starts. ``local_calls`` says whether it may call ``wortlaut serve`` on this machine.
    """

    pid: int
    created: float
    url: str
    version: str
    shared_url: str = ""
    local_calls: bool = True


class RunningServer(msgspec.Struct, frozen=True, kw_only=True):
    """A server that answers, and the lead's account on it. ``already`` is true where it ran before the call."""

    state: ServerState
    credentials: Credentials
    already: bool


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """A server that was ended; ``by_itself`` is false where it had to be forced."""

    url: str
    pid: int
    by_itself: bool


def up(
    project: Project,
    on_step: OnStep = lambda _: None,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    local_calls: bool = False,
) -> RunningServer:
    """Start the project's own server, unless it runs, and wait until it answers.

    It listens on ``host``, and on ``port`` or the one of the settings. On a loopback address it may always call
    ``wortlaut serve`` on this machine, otherwise only with ``local_calls``. Raises UsageError where it cannot start.
    """
    from wortlaut.annotation.studio.ports import address_of

    project.require("change into the folder of one")
    require_extra()
    if project.settings.studio.url:
        raise UsageError(
            f"this project uses the server at {project.settings.studio.url}",
            where=str(project.root / "wortlaut.toml"),
            hint="To start one of its own, take the line url out of [studio]",
        )
    address = address_of(host)
    home = studio_home(project)
    home.make()
    text = "waiting for another wortlaut studio up of this project"
    waiting = Step(text=text, told=text)
    with locked(home.path(".up.lock"), lambda: on_step(waiting)):
        found = _found(home)
        if found is not None:
            state, process = found
            return _running(home, state, process, on_step, already=True)
        state, process = _start(home, address, port or project.settings.studio.port, local_calls, on_step)
        try:
            return _running(home, state, process, on_step, already=False)
        except BaseException:
            # Interrupted or failed: what is half up is taken down, the next call starts it again.
            _end(home, process)
            raise


def down(project: Project) -> Ended | None:
    """End the project's own server; None where none runs. Its data stay. Raises UsageError where it cannot be ended."""
    project.require("change into the folder of one")
    require_extra()
    home = studio_home(project)
    found = _found(home)
    if found is None:
        home.path(SERVER).unlink(missing_ok=True)
        return None
    state, process = found
    return Ended(url=state.url, pid=state.pid, by_itself=_end(home, process))


def running_url(project: Project) -> str | None:
    """Give the address of the project's own server where one was started and its process lives, else None."""
    from wortlaut.annotation.studio.launch import find_process

    home = studio_home(project)
    state = home.read(SERVER, ServerState)
    if state is None or find_process(home.path(DATA), state.pid, state.created) is None:
        return None
    return state.url


def _found(home: Home) -> tuple[ServerState, psutil.Process] | None:
    """Find the server of this project that runs, also one that nobody wrote down."""
    from wortlaut.annotation.studio.launch import find_process

    state = home.read(SERVER, ServerState)
    data = home.path(DATA)
    if state is not None:
        process = find_process(data, state.pid, state.created)
        if process is not None:
            return state, process
    process = find_process(data)
    if process is None:
        return None
    state = _written(home, process, *_told_by(process), local_calls=False)
    return state, process


def _told_by(process: psutil.Process) -> tuple[str, int]:
    """Give the address and port that a server was started with."""
    arguments = process.cmdline()
    return arguments[arguments.index("--internal-host") + 1], int(arguments[arguments.index("--port") + 1])


def _start(
    home: Home, address: str, port: int, local_calls: bool, on_step: OnStep
) -> tuple[ServerState, psutil.Process]:
    from wortlaut.annotation.studio.launch import Listening, start
    from wortlaut.annotation.studio.ports import is_loopback, require_free

    require_free(address, port)
    executable = label_studio(on_step)
    require_free(address, port)
    credentials = _credentials(home)
    listening = Listening(address=address, port=port, local_calls=local_calls or is_loopback(address))
    process = start(executable, listening, home.path(DATA), home.path(LOG), credentials)
    try:
        return _written(home, process, address, port, local_calls=listening.local_calls), process
    except BaseException:
        _end(home, process)
        raise


def _written(home: Home, process: psutil.Process, address: str, port: int, *, local_calls: bool) -> ServerState:
    """Note which server runs."""
    from wortlaut.annotation.studio.ports import LOOPBACK, network_address

    outside = network_address(address)
    # Who listens on all addresses is asked on this one.
    own = address if outside == address else LOOPBACK
    state = ServerState(
        pid=process.pid,
        created=process.create_time(),
        url=f"http://{own}:{port}",
        version="",
        shared_url=f"http://{outside}:{port}" if outside else "",
        local_calls=local_calls,
    )
    home.write(SERVER, state)
    return state


def _running(
    home: Home, state: ServerState, process: psutil.Process, on_step: OnStep, *, already: bool
) -> RunningServer:
    """Wait until a server answers, and see that the lead's token opens it."""
    from wortlaut.annotation.studio.launch import version_when_healthy

    fresh = not home.path(DATA).joinpath(_DATABASE).exists()
    text = "starting Label Studio" + (", which makes its database: up to a minute" if fresh else "")
    on_step(Step(text=text, told=text if fresh else ""))
    version = version_when_healthy(process, state.url, home.path(LOG))
    if version != state.version:
        state = msgspec.structs.replace(state, version=version)
        home.write(SERVER, state)
    credentials = home.read(CREDENTIALS, Credentials)
    if credentials is None:
        raise UsageError(
            "the server runs, but the lead's account is gone",
            where=str(home.path(CREDENTIALS)),
            hint="Say wortlaut studio down, then up: that makes another account on the same data",
        )
    return RunningServer(state=state, credentials=credentials, already=already)


def token_trouble(running: RunningServer) -> str | None:
    """Say what is wrong where the server does not take the lead's token any more, else None.

    Whoever is logged in at Label Studio can switch tokens of a kind off there.
    """
    try:
        with Studio(running.state.url, running.credentials.token, own=True) as studio:
            studio.call("GET", "/api/current-user/whoami", doing="use the lead's token")
    except UnreachableError:
        raise
    except WortlautError as error:
        return str(error)
    return None


def _end(home: Home, process: psutil.Process) -> bool:
    from wortlaut.annotation.studio.launch import end

    by_itself = end(process)
    home.path(SERVER).unlink(missing_ok=True)
    return by_itself


def _credentials(home: Home) -> Credentials:
    """Give the lead's account, made up on first use; the server makes it when it starts.

    Where the file was lost and the data are there, it is another account: the server keeps the old password.
    """
    kept = home.read(CREDENTIALS, Credentials)
    if kept is not None:
        return kept
    name, _, domain = _EMAIL.partition("@")
    lost = home.path(DATA).joinpath(_DATABASE).exists()
    email = f"{name}-{secrets.token_hex(3)}@{domain}" if lost else _EMAIL
    made = Credentials(email=email, password=secrets.token_urlsafe(12), token=secrets.token_hex(20))
    home.write(CREDENTIALS, made)
    return made
