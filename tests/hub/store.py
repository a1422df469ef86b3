"""Repositories as the Hub keeps them, in memory: commits with whole trees, branches, tags, pull requests."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from typing import Any

__all__ = ["Blob", "Commit", "Repo", "Store", "git_sha1"]


def git_sha1(data: bytes) -> str:
    return sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Blob:
    """A file of a tree; ``oid`` is the SHA-256 of a large file, else git's name of it."""

    oid: str
    size: int
    large: bool

    @property
    def pointer(self) -> str:
        """Git's name of what stands in a tree: for a large file its pointer."""
        return git_sha1(f"oid sha256:{self.oid}\nsize {self.size}\n".encode()) if self.large else self.oid

    def info(self, path: str) -> dict[str, Any]:
        """The file as tree and paths-info give it."""
        lfs = {"lfs": {"oid": self.oid, "size": self.size, "pointerSize": 130}} if self.large else {}
        return {"type": "file", "path": path, "size": self.size, "oid": self.pointer, **lfs}


@dataclass(frozen=True)
class Commit:
    oid: str
    parent: str | None
    title: str
    message: str
    author: str
    tree: dict[str, Blob]


@dataclass
class Repo:
    """A repository; ``heads`` are branches (``main``) and pull requests (``refs/pr/1``)."""

    kind: str
    repo_id: str
    private: bool = False
    gated: bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    requests: dict[int, dict[str, Any]] = field(default_factory=dict)

    def resolve(self, revision: str) -> Commit | None:
        """The commit of a branch, a tag, a reference or a hash (or its beginning)."""
        oid = self.heads.get(revision) or self.tags.get(revision) or revision
        if oid in self.commits:
            return self.commits[oid]
        long = [one for one in self.commits if len(oid) >= 7 and one.startswith(oid)]
        return self.commits[long[0]] if len(long) == 1 else None

    def history(self, head: Commit) -> list[Commit]:
        """The commits from a head to the first, the newest first."""
        found = [head]
        while found[-1].parent:
            found.append(self.commits[found[-1].parent])
        return found

    def add(self, branch: str, tree: dict[str, Blob], *, title: str, message: str = "", author: str) -> Commit:
        """Put a commit on a branch."""
        commit = Commit(secrets.token_hex(20), self.heads.get(branch), title, message, author, tree)
        self.commits[commit.oid] = commit
        self.heads[branch] = commit.oid
        return commit

    def titles(self, branch: str = "main") -> list[str]:
        """The titles of a branch's commits, the newest first."""
        return [commit.title for commit in self.history(self.commits[self.heads[branch]])]


class Store:
    """All repositories and the bytes of all files: regular ones by git's name, large ones by SHA-256."""

    def __init__(self) -> None:
        self.repos: dict[tuple[str, str], Repo] = {}
        self.bytes: dict[str, bytes] = {}

    def create(self, kind: str, repo_id: str, *, private: bool = False, author: str = "anna") -> Repo:
        """Make a repository with the first commit that the Hub makes."""
        repo = self.repos[kind, repo_id] = Repo(kind, repo_id, private=private)
        repo.add(
            "main", {".gitattributes": self.keep(b"*.parquet filter=lfs\n")}, title="initial commit", author=author
        )
        return repo

    def keep(self, data: bytes, *, large: bool = False) -> Blob:
        """Keep the bytes of a file."""
        oid = sha256(data).hexdigest() if large else git_sha1(data)
        self.bytes[oid] = data
        return Blob(oid, len(data), large)

    def edit(self, repo: Repo, path: str, data: bytes | None, *, title: str, author: str = "ben") -> Commit:
        """What somebody does on the website: one commit on main that writes a file, or takes it away."""
        tree = dict(repo.commits[repo.heads["main"]].tree)
        if data is None:
            del tree[path]
        else:
            tree[path] = self.keep(data)
        return repo.add("main", tree, title=title, author=author)
