"""What must change in a repository so that it holds a release and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import file_digest, sha1
from pathlib import Path

import msgspec

from wortlaut.export.manifest import MANIFEST
from wortlaut.export.release import Release

__all__ = ["LocalFile", "Plan", "RemoteFile", "differing", "local_files", "make_plan"]

_KEPT = frozenset({".gitattributes"})
"""What is the Hub's own in a repository: how git stores large files."""
_BLOCK = 1 << 20


class LocalFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a release: its path there, where it stands, its size in bytes, its SHA-256."""

    path: str
    file: Path
    bytes: int
    sha256: str

    def equals(self, other: RemoteFile | None) -> bool:
        """Say whether a file in a repository holds the same bytes."""
        if other is None or other.bytes != self.bytes:
            return False
        return other.sha256 == self.sha256 if other.sha256 else other.git_sha1 == self.git_sha1()

    def git_sha1(self) -> str:
        """Give the name that git gives the file's content."""
        digest = sha1(f"blob {self.bytes}\0".encode(), usedforsecurity=False)
        with self.file.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        return digest.hexdigest()


class RemoteFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file in a repository: its size in bytes; its SHA-256 where it is stored as a large file, else git's name."""

    bytes: int
    sha256: str = ""
    git_sha1: str = ""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Files to add, to put in place of others, and to take away, by path."""

    adds: tuple[LocalFile, ...] = ()
    changes: tuple[LocalFile, ...] = ()
    deletes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.adds or self.changes or self.deletes)

    @property
    def bytes(self) -> int:
        """How much goes up at most: the Hub may have some of it."""
        return sum(file.bytes for file in (*self.adds, *self.changes))


def local_files(release: Release) -> dict[str, LocalFile]:
    """Give every file of a release by path, the manifest too."""
    manifest = release.path / MANIFEST
    with manifest.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    files = [
        LocalFile(path=entry.path, file=release.path / entry.path, bytes=entry.bytes, sha256=entry.sha256)
        for entry in release.manifest.files
    ]
    files.append(LocalFile(path=MANIFEST, file=manifest, bytes=manifest.stat().st_size, sha256=digest))
    return {file.path: file for file in files}


def make_plan(local: Mapping[str, LocalFile], remote: Mapping[str, RemoteFile]) -> Plan:
    """Say what makes a repository the release."""
    return Plan(
        adds=tuple(file for path, file in sorted(local.items()) if path not in remote),
        changes=tuple(file for path, file in sorted(local.items()) if path in remote and not file.equals(remote[path])),
        deletes=tuple(sorted(remote.keys() - local.keys() - _KEPT)),
    )


def differing(
    head: Mapping[str, RemoteFile], base: Mapping[str, RemoteFile], local: Mapping[str, LocalFile]
) -> list[str]:
    """Give the paths at which ``head`` is neither what the release before (``base``) holds nor what this one does.

    A file that ``head`` lacks counts where this release has it and the one before had it: somebody took it away.
    """
    paths = (head.keys() | (base.keys() & local.keys())) - _KEPT
    return sorted(
        path
        for path in paths
        if head.get(path) != base.get(path) and not (path in local and local[path].equals(head.get(path)))
    )
