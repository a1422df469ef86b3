"""Which release somebody means: a folder, a name, a name with a version, or nothing."""

from __future__ import annotations

import re
from pathlib import Path

from wortlaut.export.manifest import MANIFEST
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import Project

__all__ = ["find_release", "version_folders"]

_FOLDER = re.compile(r"v(\d+)\.(\d+)\.(\d+)")
_NAMED = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*?)(?:[/@]v?(?P<version>\d+\.\d+\.\d+))?/?")


def version_folders(folder: Path) -> list[Path]:
    """Give the folders of versions in a dataset's folder, the oldest version first; none where it is not there."""
    found = folder.iterdir() if folder.is_dir() else ()
    versions = [(match, path) for path in found if (match := _FOLDER.fullmatch(path.name)) and path.is_dir()]
    return [path for _, path in sorted(versions, key=lambda one: tuple(int(part) for part in one[0].groups()))]


def find_release(reference: str, project: Project) -> Path:
    """Give the folder of a release.

    ``reference`` is such a folder, a dataset's folder (then its newest version), or ``NAME``, ``NAME/vX.Y.Z`` or
    ``NAME@X.Y.Z`` among the project's releases; empty: the newest version of the project's dataset. Whether the
    release is whole is not looked at. Raises UsageError where there is none.
    """
    releases = project.path(project.settings.releases)
    if not reference:
        project.require("name the folder of a release")
        return _newest(releases / project.settings.name, "Build one with wortlaut build, or name its folder")
    path = Path(reference)
    if (path / MANIFEST).is_file() or (path.is_dir() and _FOLDER.fullmatch(path.resolve().name)):
        return path
    if version_folders(path):
        return version_folders(path)[-1]
    named = _NAMED.fullmatch(reference)
    if named is None or path.is_dir():
        raise UsageError("is no release", where=reference, hint=_HINT)
    folder = releases / named["name"]
    if named["version"] is None:
        return _newest(folder, _HINT)
    wanted = folder / f"v{named['version']}"
    if not wanted.is_dir():
        there = ", ".join(path.name for path in version_folders(folder))
        what = f"there is no v{named['version']}" + (f", but {there}" if there else "")
        raise UsageError(what, where=str(folder), hint=_HINT)
    return wanted


_HINT = "Name the folder of a version, .../vX.Y.Z, or a dataset of this project, NAME or NAME@X.Y.Z"


def _newest(folder: Path, hint: str) -> Path:
    versions = version_folders(folder)
    if not versions:
        raise UsageError("there is no release", where=str(folder), hint=hint)
    return versions[-1]
