"""A Label Studio of its own for a benchmark, in a temporary project, ended at the end."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from wortlaut.annotation.studio.client import Studio
from wortlaut.annotation.studio.server import down, up
from wortlaut.schema.project import Project, find_project

__all__ = ["own_studio"]


@contextlib.contextmanager
def own_studio(port: int) -> Iterator[tuple[Project, Studio]]:
    """Give a new project and the connection to its server, which listens on ``port``."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "wortlaut.toml").write_text(f'name = "bench"\n[studio]\nport = {port}\n')
        project = find_project(Path(folder))
        try:
            running = up(project)
            with Studio(running.state.url, running.credentials.token, own=True) as studio:
                yield project, studio
        finally:
            down(project)
