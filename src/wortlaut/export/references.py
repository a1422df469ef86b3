"""How a release is named: a folder, a version of the project's dataset, of another one, or a revision on the Hub."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from wortlaut.export.manifest import MANIFEST
from wortlaut.export.versions import parse_version, versions_in
from wortlaut.schema.errors import UsageError

__all__ = ["HUB", "find_release", "located_release"]

HUB = "hf:"
_VERSION = re.compile(r"v?(\d+\.\d+\.\d+)")
_FORMS = "Name a folder, a version such as 0.2.0, NAME@0.2.0, or hf:org/name@v0.2.0"


@contextlib.contextmanager
def located_release(reference: str, releases: Path, name: str) -> Iterator[Path]:
    """Give the folder of a release for the block; one from the Hub is fetched into a temporary one.

    ``releases`` is the project's folder of releases, ``name`` its dataset. Raises UsageError for what names none,
    and as ``fetch_release`` does.
    """
    if not reference.startswith(HUB):
        yield find_release(reference, releases, name)
        return
    from wortlaut.export.hub.fetch import fetch_release

    with tempfile.TemporaryDirectory(prefix="wortlaut-") as folder:
        yield fetch_release(reference, Path(folder) / "release")


def find_release(reference: str, releases: Path, name: str) -> Path:
    """Give the folder of a release on this machine: a folder, ``0.2.0``, ``NAME@0.2.0``, or a NAME: its newest version.

    Raises UsageError where there is none, and says which there are.
    """
    path = Path(reference)
    if path.is_dir() and ((path / MANIFEST).is_file() or not versions_in(path)):
        return path
    if path.is_dir():
        return path / f"v{versions_in(path)[-1]}"
    dataset, _, version = reference.rpartition("@") if "@" in reference else (name, "", reference)
    found = _VERSION.fullmatch(version)
    if found is None and (releases / reference).is_dir():
        return find_release(str(releases / reference), releases, name)
    if found is None:
        raise UsageError(f"there is no release {reference!r}", hint=_FORMS)
    wanted = parse_version(found[1], where=reference)
    there = versions_in(releases / dataset)
    if wanted not in there:
        known = ", ".join(map(str, there)) or "none"
        raise UsageError(
            f"there is no version {wanted} of {dataset!r}; there are: {known}", where=str(releases), hint=_FORMS
        )
    return releases / dataset / f"v{wanted}"
