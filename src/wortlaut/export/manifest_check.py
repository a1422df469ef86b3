"""Whether a manifest can be trusted: by itself, and against the files that it lists.

A release may come from anywhere. What its manifest names becomes names of files here, so that is looked at before
anything else is opened; what it says of the data is held to the data before a release goes on or is learnt from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from wortlaut.export.manifest import (
    MANIFEST,
    SCHEME_FILE,
    ConfigEntry,
    Manifest,
    SplitEntry,
    content_of_config,
    content_of_release,
)
from wortlaut.schema.errors import InputError
from wortlaut.schema.files import is_safe_path
from wortlaut.schema.printable import quoted
from wortlaut.schema.settings_check import is_dataset_name
from wortlaut.schema.version import is_version

__all__ = ["check_against_files", "check_manifest"]

_NAME = re.compile(r"\w+([.-]\w+)*", re.ASCII)
_HINT = "The release is not whole: build it again with --version X.Y.Z --force, or fetch it again"


def check_manifest(manifest: Manifest, folder: Path) -> None:
    """Raise InputError for what no manifest of wortlaut says: names and paths that lead elsewhere, no documents.

    ``folder`` is where it stands, for the message. No other file is opened.
    """
    for trouble in _troubles(manifest):
        raise InputError(trouble, where=str(folder / MANIFEST), hint=_HINT)


def check_against_files(manifest: Manifest, folder: Path) -> None:
    """Raise InputError where a manifest contradicts itself or the files in ``folder``, whose hashes are known to hold.

    Held to each other: the rows of a split and those of its Parquet file, the rows and the hash of a config and those
    of its splits, the hash of the release and those of its configs, the hash of the scheme and its file.
    """
    for trouble in _contradictions(manifest, folder):
        raise InputError(trouble, where=str(folder / MANIFEST), hint=_HINT)


def _troubles(manifest: Manifest) -> Iterator[str]:
    if not is_dataset_name(manifest.name):
        yield f"the name {quoted(manifest.name)} cannot be a dataset's"
    if not is_version(manifest.version):
        yield f"the version {quoted(manifest.version)} does not have the form X.Y.Z"
    if "documents" not in manifest.configs:
        yield "it has no config documents"
    for name, config in manifest.configs.items():
        for wrong in [one for one in (name, *config.splits) if not _NAME.fullmatch(one)]:
            yield f"{quoted(wrong)} cannot be the name of a config or split"
    splits = [split for config in manifest.configs.values() for split in config.splits.values()]
    for path in (*(entry.path for entry in manifest.files), *(split.file for split in splits)):
        if not is_safe_path(path):
            yield f"the path {quoted(path)} could lead out of the release's folder"


def _contradictions(manifest: Manifest, folder: Path) -> Iterator[str]:
    listed = {entry.path for entry in manifest.files}
    for name, config in manifest.configs.items():
        for split, entry in config.splits.items():
            if entry.file not in listed:
                yield f"the file {entry.file} of {name}/{split} is not among its files"
        yield from _of_config(name, config, folder)
    content = content_of_release(manifest.scheme, manifest.configs)
    if manifest.content_sha256 != content:
        yield f"content_sha256 is {_start(manifest.content_sha256)}, and that of its configs is {_start(content)}"
    scheme = folder / "schema" / SCHEME_FILE
    if f"schema/{SCHEME_FILE}" not in listed:
        yield f"the file schema/{SCHEME_FILE} is not among its files"
    elif (digest := sha256(scheme.read_bytes()).hexdigest()) != manifest.scheme.sha256:
        yield f"scheme.sha256 is {_start(manifest.scheme.sha256)}, and that of schema/{SCHEME_FILE} is {_start(digest)}"


def _of_config(name: str, config: ConfigEntry, folder: Path) -> Iterator[str]:
    for split, entry in config.splits.items():
        there = _rows(folder, entry)
        if entry.rows != there:
            yield f"{name}/{split} has {entry.rows:,} rows by the manifest, and {there:,} in {entry.file}"
    total = sum(entry.rows for entry in config.splits.values())
    if config.rows != total:
        yield f"{name} has {config.rows:,} rows, and its splits have {total:,}"
    content = content_of_config(config.splits)
    if config.content_sha256 != content:
        said = _start(config.content_sha256)
        yield f"content_sha256 of {name} is {said}, and that of its splits is {_start(content)}"


def _rows(folder: Path, entry: SplitEntry) -> int:
    """Give the rows of a Parquet file, from its footer. Raises InputError where it is none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / entry.file
    try:
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"cannot be read: {error}", where=str(path)) from error


def _start(digest: str) -> str:
    """Give enough of a hash to tell it from another."""
    return quoted(digest[:12])
