"""``serve``: the ML backend on its port, registered with the project, with the check of annotations beside it."""

from __future__ import annotations

import contextlib
import errno
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType

import msgspec
import uvicorn

from wortlaut.annotation.studio.backend.app import make_app
from wortlaut.annotation.studio.backend.fill import Filler
from wortlaut.annotation.studio.backend.predict import Served
from wortlaut.annotation.studio.backend.recheck import Rechecker
from wortlaut.annotation.studio.backend.register import Registered, hook_secret, register
from wortlaut.annotation.studio.client import connect
from wortlaut.annotation.studio.findings import FindingsStore, project_key
from wortlaut.annotation.studio.home import studio_home
from wortlaut.annotation.studio.link import ProjectLink, find_project_on_server, read_link
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import Project

__all__ = ["ServeOptions", "linked_project", "rechecking", "serve"]

_ANY = {"0.0.0.0", "::", ""}  # noqa: S104 - compared with, never bound by itself
_PATIENCE = 5.0
"""Seconds that requests and the check under way have when the server is stopped."""
_BACKLOG = 128
_LOCK = ".serve.lock"


class ServeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Where to listen. ``address`` is what Label Studio calls, where that is another; ``verbose`` logs each request."""

    host: str
    port: int
    address: str = ""
    verbose: bool = False

    @property
    def called(self) -> str:
        """The address that Label Studio is told."""
        host = "127.0.0.1" if self.host in _ANY else f"[{self.host}]" if ":" in self.host else self.host
        return self.address.rstrip("/") or f"http://{host}:{self.port}"


def linked_project(project: Project) -> ProjectLink | None:
    """Give the project that was pushed to, as it is on the server now; None where nothing was pushed yet.

    Raises WortlautError where the server does not answer, or has the project no more.
    """
    link = read_link(project)
    if link is None:
        return None
    with connect(project) as studio:
        remote = find_project_on_server(studio, project)
        if remote is None:
            return None
        return msgspec.structs.replace(
            link,
            url=studio.url,
            project_id=remote.id,
            title=remote.title or link.title,
            created_at=remote.created_at or link.created_at,
        )


def serve(
    project: Project,
    link: ProjectLink | None,
    model: Served,
    options: ServeOptions,
    *,
    registers: bool,
    on_ready: Callable[[Registered | None], None],
) -> None:
    """Serve until SIGINT or SIGTERM; both end it well.

    Without a link there is no project to register with, and no annotation to check: predictions alone are served.
    ``on_ready`` is called once requests are answered and, with ``registers``, all is registered. Raises
    WortlautError where the port is taken, what is to be registered cannot be, or is by another that runs.
    """
    secret = hook_secret(studio_home(project)) if link is not None else ""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(_bound(options))
        if registers and link is not None:
            stack.enter_context(_the_only_one(project))
        filler = Filler(project, connect, model.version)
        filler.start()
        stack.callback(filler.stop)

        def enroll(number: int) -> Registered | None:
            """Register with a project; it has another number after ``push --new``."""
            if not registers:
                return None
            with connect(project) as studio:
                registered = register(studio, number, address=options.called, secret=secret, version=model.version)
            filler.take(number)
            return registered

        rechecker = stack.enter_context(rechecking(project, link, enroll)) if link is not None else None
        ending = threading.Event()
        app = make_app(
            model,
            secret=secret,
            take_hook=rechecker.take if rechecker else None,
            is_ending=ending.is_set,
        )
        config = uvicorn.Config(
            app,
            log_config=None,
            log_level=logging.DEBUG if options.verbose else logging.WARNING,
            access_log=options.verbose,
            timeout_graceful_shutdown=int(_PATIENCE),
            server_header=False,
        )

        def get_ready() -> None:
            on_ready(enroll(link.project_id) if link is not None else None)

        server = _Server(config, get_ready, ending)
        with _ending_well():
            server.run(sockets=[listening])
        if server.failure is not None:
            raise server.failure


class _Server(uvicorn.Server):
    """Calls back, in a thread, when it answers requests; ends where that fails. Sets ``ending`` when it ends."""

    def __init__(self, config: uvicorn.Config, get_ready: Callable[[], None], ending: threading.Event) -> None:
        super().__init__(config)
        self.failure: Exception | None = None
        self._get_ready = get_ready
        self._ending = ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        threading.Thread(target=self._ready, name="register", daemon=True).start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending.set()
        await super().shutdown(sockets=sockets)

    def _ready(self) -> None:
        try:
            self._get_ready()
        except Exception as error:  # it is raised by the thread that waits for the server
            self.failure = error
            self.should_exit = True


def _the_only_one(project: Project) -> contextlib.AbstractContextManager[None]:
    """Hold the registration: a second one would take it over, and leave none when it ends."""
    runs = UsageError(
        "another wortlaut serve of this project runs, and is registered",
        where=str(project.root),
        hint="End that one first, or start this one with --no-register",
    )
    return studio_home(project).alone(_LOCK, runs)


@contextlib.contextmanager
def _bound(options: ServeOptions) -> Iterator[socket.socket]:
    """Give a socket that listens. Raises UsageError where the port is taken or the host is none of this machine."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    address = (options.host, options.port)
    with contextlib.ExitStack() as stack:
        try:
            listening = stack.enter_context(socket.create_server(address, family=family, backlog=_BACKLOG))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            # What Python adds to the system's reason is the address, a second time.
            reason = (error.strerror or str(error)).partition(" (while")[0]
            raise UsageError(
                f"cannot listen on {options.host}:{options.port}: {reason}",
                where="--port" if taken else "--host",
                hint="Is wortlaut serve running already? Else choose another: --port, or [studio] backend_port"
                if taken
                else "Give an address of this machine",
            ) from error
        yield listening


@contextlib.contextmanager
def rechecking(project: Project, link: ProjectLink, enroll: Callable[[int], object]) -> Iterator[Rechecker]:
    """Check annotations beside the block. ``enroll`` is given the number of a project that took another one's place."""
    store = FindingsStore(studio_home(project), project=project_key(link.project_id, link.created_at))

    def find() -> ProjectLink:
        """Give the corpus's project as it is now; another one is registered with first."""
        nonlocal link
        now = linked_project(project) or link
        if (now.project_id, now.created_at) != (link.project_id, link.created_at):
            enroll(now.project_id)
            link = now
        return now

    rechecker = Rechecker(project, connect, store, project_id=link.project_id, find=find)
    rechecker.start()
    try:
        yield rechecker
    finally:
        # The file stays open: the thread may still be at work, and the process ends now.
        rechecker.stop(_PATIENCE)


@contextlib.contextmanager
def _ending_well() -> Iterator[None]:
    """Take the signals that end the server for its good end: uvicorn raises them again when it has ended."""

    def ignore(_number: int, _frame: FrameType | None) -> None:
        return

    before = {number: signal.signal(number, ignore) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
