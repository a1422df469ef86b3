"""The project's own Label Studio server: which one runs."""

from __future__ import annotations

import msgspec

from wortlaut.annotation.studio.home import studio_home
from wortlaut.schema.project import Project

__all__ = ["SERVER", "ServerState", "running_url"]

SERVER = "server.json"


class ServerState(msgspec.Struct, frozen=True, kw_only=True):
    """The server that was started last. ``created`` is its process's start (seconds since 1970), against reused ids."""

    pid: int
    created: float
    url: str
    version: str


def running_url(project: Project) -> str | None:
    """Give the address of the project's own server where one was started and its process lives, else None."""
    state = studio_home(project).read(SERVER, ServerState)
    return state.url if state else None
