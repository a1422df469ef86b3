"""Get a release from the Hub into a folder, and look whether it is whole."""

from __future__ import annotations

import shutil
from pathlib import Path

from wortlaut.export.hub.address import hub_address
from wortlaut.export.hub.client import open_api
from wortlaut.export.hub.patience import Patience
from wortlaut.export.manifest import MANIFEST
from wortlaut.export.release import open_release
from wortlaut.schema.errors import InputError, UsageError
from wortlaut.schema.files import atomic_directory

__all__ = ["fetch_release"]

# What is in a repository and not in a release: how git stores large files, and what a download keeps beside it.
_NOT_OURS = (".gitattributes", ".cache")


def fetch_release(reference: str, into: Path) -> Path:
    """Download ``hf:org/name@REVISION`` into the folder ``into`` and give that folder.

    REVISION is a tag, a branch or a commit; main where it is left out. ``into`` is new or empty; it takes its
    name when every file has come and equals the manifest. Raises UsageError for a reference that names nothing, for a
    repository that cannot be read and where the Hub cannot be reached; InputError where what stands there is no whole
    release of wortlaut.
    """
    address = hub_address(reference)
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise UsageError("is not empty", where=str(into), hint="Name a new folder")
    api, repo, patience = open_api(), address.repo_id, Patience(reference, lambda _: None)
    with atomic_directory(into, replace=into.exists()) as folder:
        sha = patience.run(lambda: api.repo_info(repo, repo_type="dataset", revision=address.revision or None).sha)
        patience.run(lambda: api.snapshot_download(repo, repo_type="dataset", revision=sha, local_dir=folder))
        for name in _NOT_OURS:
            path = folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        if not (folder / MANIFEST).exists():
            raise InputError(
                f"holds no {MANIFEST}: it is no release of wortlaut",
                where=reference,
                hint="Name the tag of a release, @vX.Y.Z",
            )
        try:
            open_release(folder, verify=True)
        except InputError as error:
            # The folder's temporary name says nothing to anybody.
            what = str(error).replace(f"{folder}/", "").removeprefix(f"{folder}: ")
            raise InputError(
                f"is no whole release of wortlaut: {what}", where=reference, hint="Name the tag of a release, @vX.Y.Z"
            ) from error
    return into
