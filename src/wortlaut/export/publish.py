"""Publish a release: into a folder, or on the Hugging Face Hub."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from wortlaut.export.find_release import find_release
from wortlaut.export.gates import may_leave
from wortlaut.export.hub.address import HUB, hub_address
from wortlaut.export.hub.plan import Plan
from wortlaut.export.hub.run import HubOptions, HubOutcome, publish_to_hub
from wortlaut.export.hub.watcher import Watcher
from wortlaut.export.manifest import MANIFEST
from wortlaut.export.publish_local import folder_of, publish_to_folder
from wortlaut.export.release import Release, open_release
from wortlaut.schema.errors import InputError, UsageError
from wortlaut.schema.project import Project
from wortlaut.schema.version import is_version

__all__ = ["BEFORE_PUBLISHING", "FileChange", "Gate", "HubOptions", "PublishReport", "Watcher", "publish"]

Gate: TypeAlias = Callable[[Release, Project], None]
"""Looks at a whole release before anything of it leaves; raises WortlautError where it must not."""

BEFORE_PUBLISHING: tuple[Gate, ...] = (may_leave,)
"""The gates that every release passes, in this order."""

_Outcome = Literal["published", "unchanged", "planned", "proposed"]


class FileChange(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to one file of a repository; ``bytes`` is the size of the new one, 0 where it is taken away."""

    path: str
    change: Literal["add", "change", "delete"]
    bytes: int


class PublishReport(msgspec.Struct, frozen=True, kw_only=True):
    """What publishing came to.

    ``to`` is where: the folder of the version, or ``hf:org/name``; ``url`` is the dataset's page. ``outcome``:
    ``published``; ``unchanged``: it was there already; ``planned``: what a run would do; ``proposed``: a pull
    request holds it, or main holds it and it has no tag yet. ``commit`` is on the Hub, ``tag`` the version there.
    ``files`` and ``bytes`` are those of the release. ``verified``: it was read back and is what was built.
    """

    release: str
    name: str
    version: str
    to: str
    outcome: _Outcome
    url: str = ""
    created: bool = False
    commit: str = ""
    tag: str = ""
    pull_request: str = ""
    changes: list[FileChange] = []
    files: int
    bytes: int
    verified: bool = False
    pin: str = ""


def publish(
    reference: str,
    project: Project,
    *,
    to: str = "",
    options: HubOptions | None = None,
    watcher: Watcher | None = None,
    gates: Sequence[Gate] | None = None,
) -> PublishReport:
    """Publish the release that ``reference`` means (see ``find_release``) and say what was done.

    ``to`` is ``hf:org/name`` or a folder; empty: the setting ``[publish] to``, and where that is empty too, the folder
    that the release was built into, where it stands already. ``gates`` default to ``BEFORE_PUBLISHING``. Raises
    InputError for a release that is not whole, UsageError for everything that cannot be; then nothing is half there.
    """
    options, watcher = options or HubOptions(), watcher or Watcher()
    target = to or _of_settings(project)
    address = hub_address(target) if target.startswith(HUB) else None
    if address is not None and address.revision:
        raise UsageError(f"{target!r} names a revision", where="--to", hint="The version is the tag: leave out the @")
    if address is None and (options.pull_request or options.private):
        raise UsageError(
            f"{'--pull-request' if options.pull_request else '--private'} is for the Hub",
            where=target or "--to",
            hint="Say --to hf:ORGANISATION/NAME",
        )
    release = open_release(find_release(reference, project), verify=True)
    _refuse_other_folder(release)
    for gate in BEFORE_PUBLISHING if gates is None else gates:
        gate(release, project)
    if address is not None:
        return _hub_report(release, str(address), publish_to_hub(release, address, options, watcher), options)
    folder = Path(target) if target else _own_releases(release)
    on_bytes = watcher.bytes_of("copying", sum(entry.bytes for entry in release.manifest.files))
    path, there = publish_to_folder(release, folder, dry_run=options.dry_run, force=options.force, on_bytes=on_bytes)
    outcome: _Outcome = "unchanged" if there else "planned" if options.dry_run else "published"
    return msgspec.structs.replace(
        _report(release, str(path), outcome), verified=outcome != "planned", pin=f'datasets.load_dataset("{path}")'
    )


def _refuse_other_folder(release: Release) -> None:
    """Raise InputError where the folder has the name of a version that the manifest does not have."""
    folder, own = release.path.resolve().name, f"v{release.manifest.version}"
    if folder != own and folder[:1] == "v" and is_version(folder[1:]):
        raise InputError(
            f"stands in a folder {folder}, and its manifest says {own}",
            where=str(release.path),
            hint="Build it again with --version X.Y.Z --force, or fetch it again",
        )


def _of_settings(project: Project) -> str:
    """Give where the settings publish to; a folder is relative to the project."""
    to = project.settings.publish.to
    return to if not to or to.startswith(HUB) else str(project.path(to))


def _own_releases(release: Release) -> Path:
    """Give the folder of releases that a release stands in. Raises UsageError where it stands in none."""
    folder = release.path.resolve().parent.parent
    if folder_of(release, folder) != release.path.resolve():
        raise UsageError(
            "nothing says where to publish",
            where="--to",
            hint="Say --to hf:ORGANISATION/NAME or --to DIR, or set [publish] to in wortlaut.toml",
        )
    return folder


def _report(release: Release, to: str, outcome: _Outcome) -> PublishReport:
    manifest = release.manifest
    return PublishReport(
        release=str(release.path),
        name=manifest.name,
        version=manifest.version,
        to=to,
        outcome=outcome,
        files=len(manifest.files) + 1,
        bytes=sum(entry.bytes for entry in manifest.files) + (release.path / MANIFEST).stat().st_size,
    )


def _hub_report(release: Release, address: str, done: HubOutcome, options: HubOptions) -> PublishReport:
    outcome: _Outcome = "published"
    if options.dry_run:
        outcome = "unchanged" if done.unchanged else "planned"
    elif options.pull_request and not (done.unchanged and done.commit):
        outcome = "proposed"
    elif done.unchanged:
        outcome = "unchanged"
    tagged = bool(done.commit) and outcome in {"published", "unchanged"}
    tag = f"v{release.manifest.version}"
    return msgspec.structs.replace(
        _report(release, address, outcome),
        url=done.url,
        created=done.created,
        commit=done.commit,
        tag=tag if tagged else "",
        pull_request=done.pull_request,
        changes=_changes(done.plan),
        verified=tagged and not options.dry_run,
        pin=f'datasets.load_dataset("{address.removeprefix(HUB)}", revision="{tag}")' if tagged else "",
    )


def _changes(plan: Plan) -> list[FileChange]:
    return [
        *(FileChange(path=file.path, change="add", bytes=file.bytes) for file in plan.adds),
        *(FileChange(path=file.path, change="change", bytes=file.bytes) for file in plan.changes),
        *(FileChange(path=path, change="delete", bytes=0) for path in plan.deletes),
    ]
