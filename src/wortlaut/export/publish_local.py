"""Publish a release into a folder: DIR/NAME/vX.Y.Z, whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from wortlaut.export.baselines import BASELINES
from wortlaut.export.manifest import MANIFEST, read_manifest
from wortlaut.export.published_once import published_once
from wortlaut.export.release import Release, open_release
from wortlaut.schema.errors import InputError, UsageError
from wortlaut.schema.files import atomic_directory

__all__ = ["folder_of", "publish_to_folder"]


def folder_of(release: Release, to: Path) -> Path:
    """Give where a release stands below ``to``."""
    return to / release.manifest.name / f"v{release.manifest.version}"


def publish_to_folder(
    release: Release, to: Path, *, dry_run: bool, force: bool, on_bytes: Callable[[int], None]
) -> tuple[Path, bool]:
    """Copy a release that is whole below ``to``; give its folder, and whether it was there already.

    The copy is held to the manifest before it takes its name. Raises UsageError where the version is there with other
    content, which ``force`` does not change, and where the copy there is damaged, which ``force`` replaces.
    """
    target = folder_of(release, to)
    if to.exists() and not to.is_dir():
        raise UsageError("is a file, not a folder", where=str(to), hint="Name a folder, or hf:ORGANISATION/NAME")
    there = _stands(release, target, force=force)
    if there or dry_run:
        return target, there
    with atomic_directory(target, replace=target.exists()) as folder:
        for entry in release.manifest.files:
            (folder / entry.path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(release.path / entry.path, folder / entry.path)
            on_bytes(entry.bytes)
        shutil.copyfile(release.path / MANIFEST, folder / MANIFEST)
        open_release(folder, verify=True)
    return target, False


def _stands(release: Release, target: Path, *, force: bool) -> bool:
    """Say whether the release stands at ``target``, whole."""
    if not target.exists():
        return False
    damage: InputError | None = None
    try:
        open_release(target, verify=True)
    except InputError as error:
        damage = error
    # What was published is said by its manifest, also where another of its files is damaged.
    there = _manifest(target)
    if there is not None and there != (release.path / MANIFEST).read_bytes():
        mine, theirs = (
            {entry.path: entry.sha256 for entry in one.files} for one in (release.manifest, read_manifest(target))
        )
        differing = [path for path in mine.keys() | theirs.keys() if mine.get(path) != theirs.get(path)]
        raise published_once(release.manifest.version, str(target), differing, baselines=BASELINES in mine)
    if damage is None:
        return True
    if force:
        return False
    raise UsageError(
        f"the copy that is there is damaged: {damage.what}", where=str(target), hint="Say --force to replace it"
    ) from damage


def _manifest(target: Path) -> bytes | None:
    """Give the bytes of a manifest that can be read; None where there is none."""
    try:
        read_manifest(target)
    except InputError:
        return None
    return (target / MANIFEST).read_bytes()
