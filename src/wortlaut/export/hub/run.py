"""Publish a release on the Hub: one commit, its tag, and what a reader gets, in that order."""

from __future__ import annotations

import msgspec

from wortlaut import __version__
from wortlaut.export.hub.address import HubAddress
from wortlaut.export.hub.client import open_api
from wortlaut.export.hub.land import Landed, Landing, Proposed
from wortlaut.export.hub.patience import Patience
from wortlaut.export.hub.plan import Plan, local_files, make_plan
from wortlaut.export.hub.remote import Remote, RepoInfo
from wortlaut.export.hub.tag import put_tag, tagged
from wortlaut.export.hub.verify import verify
from wortlaut.export.hub.watcher import Watcher
from wortlaut.export.release import Release
from wortlaut.schema.errors import UsageError

__all__ = ["HubOptions", "HubOutcome", "publish_to_hub"]

_WRITE = "Make one that may write at https://huggingface.co/settings/tokens, then hf auth login, or set HF_TOKEN"


class HubOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to publish: see ``wortlaut publish --help``."""

    dry_run: bool = False
    pull_request: bool = False
    private: bool = False
    force: bool = False


class HubOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. ``commit`` holds the release, empty where there is none on main yet; ``plan`` is what changed.

    ``created``: the repository was made, or would be. ``unchanged``: the tag was there with the same files.
    ``pull_request`` is the address of the open one.
    """

    url: str
    created: bool = False
    unchanged: bool = False
    commit: str = ""
    pull_request: str = ""
    plan: Plan = Plan()


def publish_to_hub(release: Release, address: HubAddress, options: HubOptions, watcher: Watcher) -> HubOutcome:
    """Publish a release that is whole, and give what came of it.

    Raises UsageError, with nothing but whole commits behind, for everything that does not hold; the same call goes on
    where it stopped. ``dry_run`` writes nothing.
    """
    remote = Remote(open_api(), address.repo_id, watcher.say)
    landing = _landing(release, remote, force=options.force)
    patience = Patience(landing.place, watcher.say)
    watcher.at("looking at the Hub")
    if not options.dry_run:
        _require_token(remote, patience, landing.place)
    info = _existing(remote, patience, landing, options)
    if info is None and options.dry_run:
        return HubOutcome(url=remote.url, created=True, plan=make_plan(landing.files, {}))
    if info is None:
        _create(remote, patience, landing, options)
    before = None if info is None else patience.run(lambda: tagged(landing))
    if options.dry_run:
        return _planned(landing, patience, before)
    if before is not None:
        verify(landing, release, watcher)
        return HubOutcome(url=remote.url, unchanged=True, commit=before)
    outcome = _write(landing, patience, options, watcher)
    if outcome.commit:
        watcher.at("tagging")
        patience.run(lambda: put_tag(landing, outcome.commit))
        verify(landing, release, watcher)
    return msgspec.structs.replace(outcome, created=info is None)


def _landing(release: Release, remote: Remote, *, force: bool) -> Landing:
    manifest = release.manifest
    return Landing(
        remote=remote,
        name=manifest.name,
        version=manifest.version,
        description=f"content_sha256 {manifest.content_sha256}\nPublished by wortlaut {__version__}",
        files=local_files(release),
        force=force,
    )


def _require_token(remote: Remote, patience: Patience, place: str) -> None:
    """Raise UsageError where there is no token, the Hub does not know it, or it may only read."""
    from huggingface_hub import get_token

    if not get_token():
        raise UsageError("there is no token for the Hub", where=place, hint=_WRITE)
    if patience.run(remote.role) == "read":
        raise UsageError("the token may only read", where=place, hint=_WRITE)


def _existing(remote: Remote, patience: Patience, landing: Landing, options: HubOptions) -> RepoInfo | None:
    """Give what stands there. Raises UsageError where that is another kind of thing, or public and should not be."""
    info = patience.run(remote.info)
    if info is None:
        other = patience.run(remote.other_kind)
        if other and not options.force:
            raise UsageError(
                f"is a {other} on the Hub, not a dataset",
                where=landing.place,
                hint="Choose another name; --force makes a dataset of the same name beside it",
            )
    elif options.private and not info.private:
        raise UsageError(
            "is public already, and --private is for a new dataset",
            where=landing.place,
            hint=f"Make it private in its settings ({remote.url}/settings), or leave --private out",
        )
    return info


def _create(remote: Remote, patience: Patience, landing: Landing, options: HubOptions) -> None:
    patience.run(lambda: remote.create(private=options.private))
    if patience.run(remote.info) is None:
        raise UsageError(
            "is there, but your token may not see it", where=landing.place, hint="Take a token of its organisation"
        )


def _planned(landing: Landing, patience: Patience, before: str | None) -> HubOutcome:
    """Say what a run would do."""
    if before is not None:
        return HubOutcome(url=landing.remote.url, unchanged=True, commit=before)
    _, plan, landed = patience.run(landing.look)
    return HubOutcome(url=landing.remote.url, commit=landed.oid if landed else "", plan=plan)


def _write(landing: Landing, patience: Patience, options: HubOptions, watcher: Watcher) -> HubOutcome:
    """Make the commit or the pull request."""
    url = landing.remote.url
    if not options.pull_request:
        landed: Landed = patience.run(lambda: landing.land(watcher))
        return HubOutcome(url=url, commit=landed.oid, plan=landed.plan)
    proposed: Proposed | None = patience.run(lambda: landing.propose(watcher))
    if proposed is None:
        return HubOutcome(url=url, unchanged=True)
    return HubOutcome(url=url, pull_request=proposed.url, plan=proposed.plan)
