"""One dataset's repository on the Hub, through the client; every method is one act, not tried again here."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from wortlaut.export.hub.errors import cleaned, status_of
from wortlaut.export.hub.plan import Plan, RemoteFile
from wortlaut.export.hub.sending import batches, counted_add, tell_rest

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, HfApi

__all__ = ["Made", "PullRequest", "Remote", "RemoteCommit", "RepoInfo"]

_KIND = "dataset"
_MAIN = "main"


class RepoInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A repository: the commit that main stands at, and who may read it."""

    head: str
    private: bool


class RemoteCommit(msgspec.Struct, frozen=True, kw_only=True):
    """A commit of a branch."""

    oid: str
    title: str
    authors: tuple[str, ...]


class PullRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An open pull request; ``revision`` is where its files stand."""

    title: str
    url: str
    revision: str


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What a commit came to; ``pull_request`` is the address of the one that it opened."""

    oid: str
    pull_request: str = ""


class Remote:
    """The repository ``repo_id``. ``say`` is told what the Hub remarks on a card."""

    def __init__(self, api: HfApi, repo_id: str, say: Callable[[str], None]) -> None:
        self._api = api
        self.repo_id = repo_id
        self.say = say

    @property
    def url(self) -> str:
        """The address of the dataset's page."""
        return f"{self._api.endpoint}/datasets/{self.repo_id}"

    def role(self) -> str:
        """Give what the token may do, as the Hub calls it (read, write, fineGrained); empty where it does not say."""
        try:
            auth = self._api.whoami().get("auth") or {}
        except Exception as error:
            # 403: a token of a CI job, which may not ask. 429: this question has a quota of its own.
            if status_of(error) in {403, 429}:
                return ""
            raise
        return str((auth.get("accessToken") or {}).get("role") or "")

    def info(self) -> RepoInfo | None:
        """Give what stands there; None where there is no such dataset, or none that the token may see."""
        from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

        try:
            found = self._api.repo_info(self.repo_id, repo_type=_KIND)
        except GatedRepoError:
            raise
        except RepositoryNotFoundError:
            return None
        return RepoInfo(head=str(found.sha), private=bool(found.private))

    def other_kind(self) -> str:
        """Give ``model`` or ``space`` where a repository of this name is one; else nothing."""
        from huggingface_hub.errors import RepositoryNotFoundError

        for kind in ("model", "space"):
            try:
                self._api.repo_info(self.repo_id, repo_type=kind)
            except RepositoryNotFoundError:
                continue
            return kind
        return ""

    def create(self, *, private: bool) -> None:
        """Make the repository; one that is there already is no error."""
        self._api.create_repo(self.repo_id, repo_type=_KIND, private=private or None, exist_ok=True)

    def head(self) -> str:
        """Give the commit that main stands at."""
        return self.sha(_MAIN)

    def sha(self, revision: str) -> str:
        """Give the commit that a tag, branch or reference stands at."""
        return str(self._api.repo_info(self.repo_id, repo_type=_KIND, revision=revision).sha)

    def tree(self, revision: str) -> dict[str, RemoteFile]:
        """Give the files at a revision by path."""
        from huggingface_hub.hf_api import RepoFile

        found = self._api.list_repo_tree(self.repo_id, repo_type=_KIND, revision=revision, recursive=True)
        return {
            one.path: RemoteFile(
                bytes=one.size,
                sha256=one.lfs.sha256 if one.lfs else "",
                # The Hub names the pointer of a large file here, not the file.
                git_sha1="" if one.lfs else one.blob_id,
            )
            for one in found
            if isinstance(one, RepoFile)
        }

    def tags(self) -> dict[str, str]:
        """Give the tags and where they point."""
        return {tag.name: tag.target_commit for tag in self._api.list_repo_refs(self.repo_id, repo_type=_KIND).tags}

    def commits(self) -> list[RemoteCommit]:
        """Give the commits of main, the newest first."""
        return [
            RemoteCommit(oid=one.commit_id, title=one.title, authors=tuple(one.authors))
            for one in self._api.list_repo_commits(self.repo_id, repo_type=_KIND, revision=_MAIN)
        ]

    def pull_requests(self) -> list[PullRequest]:
        """Give the open pull requests."""
        found = self._api.get_repo_discussions(
            self.repo_id, repo_type=_KIND, discussion_type="pull_request", discussion_status="open"
        )
        return [PullRequest(title=one.title, url=one.url, revision=str(one.git_reference)) for one in found]

    def commit(
        self,
        plan: Plan,
        *,
        parent: str,
        title: str,
        description: str,
        pull_request: bool,
        on_bytes: Callable[[int], None],
    ) -> Made:
        """Send the files of a plan, then make them one commit on ``parent``, or a pull request that holds one.

        The Hub refuses (412) where main does not stand at ``parent`` any more.
        """
        from huggingface_hub import CommitOperationDelete

        # New objects each time: the client notes in them what it has done.
        adds = [counted_add(one.path, one.file, on_bytes) for one in (*plan.adds, *plan.changes)]
        deletes = [CommitOperationDelete(path_in_repo=path, is_folder=False) for path in plan.deletes]
        self._send(adds, pull_request=pull_request, on_bytes=on_bytes)
        with warnings.catch_warnings(record=True) as remarks:
            warnings.simplefilter("always")
            made = self._api.create_commit(
                self.repo_id,
                [*adds, *deletes],
                commit_message=title,
                commit_description=description,
                repo_type=_KIND,
                parent_commit=parent,
                create_pr=pull_request,
            )
        for remark in remarks:
            self.say(cleaned(str(remark.message)))
        return Made(oid=made.oid, pull_request=made.pr_url or "")

    def tag(self, name: str, oid: str) -> None:
        """Put a tag on a commit; one that is there already is no error here: look where it points."""
        self._api.create_tag(self.repo_id, repo_type=_KIND, tag=name, revision=oid, exist_ok=True)

    def _send(self, adds: list[CommitOperationAdd], *, pull_request: bool, on_bytes: Callable[[int], None]) -> None:
        """Send what is stored as large files: the commit then only names it."""
        for batch in batches(adds):
            self._api.preupload_lfs_files(
                self.repo_id, batch, repo_type=_KIND, create_pr=pull_request, free_memory=False
            )
            tell_rest(batch, on_bytes)
