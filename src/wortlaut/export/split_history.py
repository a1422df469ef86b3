"""Which split each document had in the releases that stand there already: a document never changes its split."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec

from wortlaut.export.release import open_release
from wortlaut.export.split_policy import SplitPolicy
from wortlaut.schema.errors import InputError

__all__ = ["KnownSplits", "known_splits"]

_VERSION = re.compile(r"v(\d+)\.(\d+)\.(\d+)")


class KnownSplits(msgspec.Struct, frozen=True, kw_only=True):
    """What earlier releases say: the split of each document under its id, and the policy of the newest release.

    ``version`` is that of the newest release, "" where there is none; ``policy`` is None where it has none.
    """

    split_of: Mapping[str, str] = MappingProxyType({})
    policy: SplitPolicy | None = None
    version: str = ""


def known_splits(folder: Path, *, replaced: str | None = None, previous: Path | None = None) -> KnownSplits:
    """Read the splits from all versions in a dataset's folder (``releases/NAME``); where they differ the newest counts.

    Nothing where there is no release yet. ``replaced`` is a version that is about to be built anew: it counts too, but
    not where it cannot be read. ``previous`` is a release elsewhere that counts before all others. Raises InputError
    where another one cannot be read: its documents would change splits.
    """
    split_of: dict[str, str] = {}
    policy, version = None, ""
    for number, path in [*([(previous.name, previous)] if previous else []), *_versions(folder)]:
        try:
            release = open_release(path)
            for split in release.splits:
                name = sys.intern(split)
                for batch in release.batches("documents", split, ["doc_id"], size=10_000):
                    for doc_id in batch.column(0).to_pylist():
                        split_of.setdefault(doc_id, name)
        except InputError as error:
            if number == replaced:
                continue
            hint = (
                f"{error.hint or 'Build or fetch it again'}. Without it documents could change their splits (--resplit)"
            )
            raise InputError(error.what, where=error.where, hint=hint) from error
        if not version:
            policy, version = release.manifest.splits, release.manifest.version
    return KnownSplits(split_of=split_of, policy=policy, version=version)


def _versions(folder: Path) -> list[tuple[str, Path]]:
    """Give the versions in a dataset's folder, the newest first."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        match = _VERSION.fullmatch(path.name)
        if match and path.is_dir():
            found.append((tuple(map(int, match.groups())), path))
    return [(path.name[1:], path) for _, path in sorted(found, reverse=True)]
