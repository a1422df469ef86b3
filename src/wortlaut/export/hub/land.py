"""One commit for a release: what stands on main is read, the difference becomes one commit, and that is looked at.

Everything is read anew on every try. An answer that was lost is therefore no second commit: the commit is found in the
history, by its title and its files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from wortlaut.export.hub.plan import LocalFile, Plan, RemoteFile, differing, make_plan
from wortlaut.export.hub.remote import Remote, RemoteCommit
from wortlaut.export.hub.watcher import Watcher
from wortlaut.schema.errors import UsageError
from wortlaut.schema.printable import quoted
from wortlaut.schema.version import parse_version

__all__ = ["Landed", "Landing", "Proposed"]

_SHOWN = 3


class Landed(msgspec.Struct, frozen=True, kw_only=True):
    """The commit that holds the release; ``plan`` is what it changed, empty where an earlier run had made it."""

    oid: str
    plan: Plan = Plan()


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """The open pull request that holds the release; ``plan`` is empty where an earlier run had opened it."""

    url: str
    plan: Plan = Plan()


class Landing(msgspec.Struct, frozen=True, kw_only=True):
    """A release on its way into a repository: its name, version and files. ``force`` goes over what others did."""

    remote: Remote
    name: str
    version: str
    description: str
    files: dict[str, LocalFile]
    force: bool

    @property
    def title(self) -> str:
        """The title of the release's commit, by which it is found again."""
        return f"{self.name} v{self.version}"

    @property
    def place(self) -> str:
        """The repository as messages name it."""
        return f"hf:{self.remote.repo_id}"

    def holds(self, revision: str) -> bool:
        """Say whether a revision holds the release and nothing else."""
        return not make_plan(self.files, self.remote.tree(revision))

    def look(self) -> tuple[str, Plan, Landed | None]:
        """Give the head of main, what makes it the release, and the commit that already is.

        Raises UsageError where main has a newer release, this version with other files, or what no release put there,
        unless ``force``.
        """
        head = self.remote.head()
        commits = self.remote.commits()
        for commit in commits:
            if self._version_in(commit) == self.version and self.holds(commit.oid):
                if commit != commits[0]:
                    self.remote.say(f"main went on after the commit of v{self.version}: {_shown(commits[0])}")
                return head, Plan(), Landed(oid=commit.oid)
        there = self.remote.tree(head)
        plan = make_plan(self.files, there)
        if not plan:
            return head, plan, Landed(oid=head)
        if not self.force:
            tags = self.remote.tags()
            self._refuse_older(commits, tags)
            self._refuse_same_version(commits)
            self._refuse_others(head, there, commits, tags)
        return head, plan, None

    def land(self, watcher: Watcher) -> Landed:
        """Make the commit, or find it. To be tried again on errors that pass."""
        head, plan, landed = self.look()
        if landed is not None:
            return landed
        made = self.remote.commit(
            plan,
            parent=head,
            title=self.title,
            description=self.description,
            pull_request=False,
            on_bytes=self._uploading(plan, watcher),
        )
        if not self.holds(made.oid):
            raise UsageError(
                f"commit {made.oid} does not hold the files that were sent, so there is no tag",
                where=self.place,
                hint="Look at the commit on the Hub, then run the same command again",
            )
        return Landed(oid=made.oid, plan=plan)

    def propose(self, watcher: Watcher) -> Proposed | None:
        """Open a pull request, or find it; None where main holds the release. To be tried again as ``land``."""
        for request in self.remote.pull_requests():
            if request.title == self.title and self.holds(request.revision):
                return Proposed(url=request.url)
        head, plan, landed = self.look()
        if landed is not None:
            return None
        made = self.remote.commit(
            plan,
            parent=head,
            title=self.title,
            description=self.description,
            pull_request=True,
            on_bytes=self._uploading(plan, watcher),
        )
        return Proposed(url=made.pull_request, plan=plan)

    def _uploading(self, plan: Plan, watcher: Watcher) -> Callable[[int], None]:
        told = f"uploading {len(plan.adds) + len(plan.changes):,} files, {plan.bytes:,} bytes, to {self.place}"
        return watcher.bytes_of("uploading", plan.bytes, told)

    def _version_in(self, commit: RemoteCommit) -> str:
        """Give the version whose release a commit is by its title; empty where it is none of ours."""
        found = re.match(rf"{re.escape(self.name)} v(\d+\.\d+\.\d+)(?![\w.-])", commit.title)
        return found[1] if found else ""

    def _refuse_older(self, commits: Sequence[RemoteCommit], tags: Mapping[str, str]) -> None:
        versions = [tag[1:] for tag in tags if re.fullmatch(r"v\d+\.\d+\.\d+", tag)]
        versions += [version for version in map(self._version_in, commits) if version]
        newest = max(versions, key=parse_version, default="")
        if newest and parse_version(newest) > parse_version(self.version):
            raise UsageError(
                f"v{newest} is there already, and main would go back to v{self.version}",
                where=self.place,
                hint=f"Build a version above {newest}, or say --force: main then shows v{self.version}, tags stay",
            )

    def _refuse_same_version(self, commits: Sequence[RemoteCommit]) -> None:
        """Raise UsageError where a commit of this version is there, which ``look`` has seen to hold other files."""
        other = next((one for one in commits if self._version_in(one) == self.version), None)
        if other is not None:
            raise UsageError(
                f"v{self.version} was committed already with other files ({other.oid[:12]}{_by(other)})",
                where=self.place,
                hint="Build this content under a higher version, or say --force: main then holds these files",
            )

    def _refuse_others(
        self, head: str, there: Mapping[str, RemoteFile], commits: Sequence[RemoteCommit], tags: Mapping[str, str]
    ) -> None:
        """Raise UsageError where main holds what no release put there: an edit, or another dataset."""
        released = {oid for tag, oid in tags.items() if re.fullmatch(r"v\d+\.\d+\.\d+", tag)}
        base = next((one for one in commits if one.oid in released or self._version_in(one)), None)
        if base is not None and base.oid == head:
            return
        foreign = differing(there, self.remote.tree(base.oid) if base else {}, self.files)
        if not foreign:
            return
        shown = ", ".join(foreign[:_SHOWN]) + (f" and {len(foreign) - _SHOWN} more" if len(foreign) > _SHOWN else "")
        what = f"main was changed after the last release ({shown})" if base else f"main holds other files ({shown})"
        raise UsageError(
            f"{what}; its newest commit is {_shown(commits[0])}",
            where=self.place,
            hint="Take the change over into the next release, or say --force: what is there then leaves main",
        )


def _shown(commit: RemoteCommit) -> str:
    return f"{commit.oid[:12]} {quoted(commit.title)}{_by(commit)}"


def _by(commit: RemoteCommit) -> str:
    return f" by {', '.join(commit.authors)}" if commit.authors else ""
