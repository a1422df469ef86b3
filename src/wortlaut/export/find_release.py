"""Which release somebody means: a folder, a name, a version, a revision on the Hub, or nothing."""

from __future__ import annotations

import contextlib
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from wortlaut.export.hub.address import HUB
from wortlaut.export.manifest import MANIFEST
from wortlaut.schema.errors import UsageError
from wortlaut.schema.files import tidy
from wortlaut.schema.project import Project
from wortlaut.schema.version import is_version, parse_version, version_folders

__all__ = ["find_release", "located_release"]

_NAMED = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*?)(?:[/@]v?(?P<version>\d+\.\d+\.\d+))?/?")
_SWAP = 0.5  # seconds that a run has for a step that takes it a thousandth
_HINT = "Name the folder of a version, .../vX.Y.Z, a version such as 0.2.0, or a dataset, NAME or NAME@X.Y.Z"


@contextlib.contextmanager
def located_release(
    reference: str, project: Project, *, name: str = "", releases: Path | None = None
) -> Iterator[Path]:
    """Give the folder of a release for the block; ``hf:org/name@REVISION`` is fetched into a temporary one.

    Raises as ``find_release`` and ``fetch_release`` do.
    """
    if not reference.startswith(HUB):
        yield find_release(reference, project, name=name, releases=releases)
        return
    from wortlaut.export.hub.fetch import fetch_release

    with tempfile.TemporaryDirectory(prefix="wortlaut-") as folder:
        yield fetch_release(reference, Path(folder) / "release")


def find_release(reference: str, project: Project, *, name: str = "", releases: Path | None = None) -> Path:
    """Give the folder of a release on this machine.

    ``reference`` is such a folder, a dataset's folder (then its newest version), ``0.2.0`` (of the dataset ``name``;
    the project's if that is empty), or ``NAME``, ``NAME/vX.Y.Z`` or ``NAME@X.Y.Z`` in the folder ``releases`` (the
    project's); empty: the newest version of the dataset. Whether the release is whole is not looked at. A version that
    a killed run moved aside gets its name back first. Raises UsageError where there is none.
    """
    folder = releases or project.path(project.settings.releases)
    own = folder / (name or project.settings.name)
    if not reference:
        project.require("name the folder of a release")
        return _newest(own, "Build one with wortlaut build, or name its folder")
    path = Path(reference)
    _bring_back(path if path.is_dir() and not (path / MANIFEST).is_file() else path.parent)
    if (path / MANIFEST).is_file() or (path.is_dir() and is_version(path.resolve().name.removeprefix("v"))):
        return path
    if version_folders(path):
        return _newest(path, _HINT)
    if is_version(reference.removeprefix("v")):
        return _of(own, reference.removeprefix("v"))
    named = _NAMED.fullmatch(reference)
    if named is None or path.is_dir():
        raise UsageError("is no release", where=reference, hint=_HINT)
    if named["version"] is None:
        return _newest(folder / named["name"], _HINT)
    return _of(folder / named["name"], named["version"])


def _of(folder: Path, version: str) -> Path:
    _bring_back(folder)
    there = version_folders(folder)
    found = there.get(parse_version(version, where=str(folder)))
    if found is None:
        known = f", but {', '.join(f'v{one}' for one in there)}" if there else ""
        raise UsageError(f"there is no v{version}{known}", where=str(folder), hint=_HINT)
    return found


def _newest(folder: Path, hint: str) -> Path:
    _bring_back(folder)
    versions = version_folders(folder)
    if not versions:
        raise UsageError("there is no release", where=str(folder), hint=hint)
    return versions[max(versions)]


def _bring_back(folder: Path) -> None:
    """Give a version of a dataset its name back where a run was killed when it had moved it aside for another.

    A run that is at work takes its next step at once: it is waited for, and not disturbed.
    """
    if _moved_aside(folder):
        time.sleep(_SWAP)
        if _moved_aside(folder):
            tidy(folder)


def _moved_aside(folder: Path) -> bool:
    """Say whether a version stands aside and has no successor."""
    names = [path.name[1:].rsplit(".", 2)[0] for path in folder.glob(".v*.*.*.????????.old")]
    return any(is_version(name[1:]) and not (folder / name).exists() for name in names)
