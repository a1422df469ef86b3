"""The manifest of a release: what each file is, and what the release holds. No times, no paths of a machine.

``content_sha256`` is the release's identity: it hashes what the tables hold and does not change with the library
that wrote them (see wortlaut.export.content); the SHA-256 of the files do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Literal

import msgspec

from wortlaut.export.ner import LOSS_KINDS, LossExample, NerLoss
from wortlaut.export.shards import ShardInfo
from wortlaut.export.split_policy import SplitPolicy
from wortlaut.schema.errors import InputError
from wortlaut.schema.scheme import Scheme

__all__ = [
    "MANIFEST",
    "SCHEME_FILE",
    "CheckEntry",
    "ConfigEntry",
    "FileEntry",
    "Manifest",
    "NerEntry",
    "RehydratedEntry",
    "RightsEntry",
    "SchemeEntry",
    "SplitEntry",
    "canonical_scheme",
    "config_entries",
    "content_of_config",
    "content_of_release",
    "file_entries",
    "manifest_bytes",
    "ner_entry",
    "read_manifest",
    "write_manifest",
]

MANIFEST = "manifest.json"
SCHEME_FILE = "scheme.json"
"""In a release's folder schema: the scheme in canonical JSON, whose SHA-256 the manifest has."""
FORMAT = "wortlaut-release/1"


class FileEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One file: its path in the release with forward slashes, its size in bytes, its SHA-256."""

    path: str
    bytes: int
    sha256: str


class SplitEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One split of one config; ``num_bytes`` is its size in memory as Arrow."""

    file: str
    rows: int
    num_bytes: int
    content_sha256: str


class ConfigEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One config: its splits, and the hash of their content."""

    rows: int
    content_sha256: str
    splits: dict[str, SplitEntry]


class SchemeEntry(msgspec.Struct, frozen=True, kw_only=True):
    """The annotation scheme; ``sha256`` is that of its canonical JSON."""

    name: str
    version: str
    sha256: str


class NerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What the tags of the ner config could not hold."""

    spans: int
    tagged: int
    lost: dict[str, int]
    examples: list[LossExample]


class CheckEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What the check of the exports came to, in entries of ``result``: in = kept + out; ``findings`` by code."""

    regions_in: int
    regions_kept: int
    regions_out: int
    findings: dict[str, int]


class RightsEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger of rights said of the texts when the release was built, in documents.

    ``free`` may be handed on, by ``licenses`` (SPDX id and number); ``withheld`` may not, ``unstated`` of them because
    the ledger has no word on them.
    """

    free: int
    withheld: int
    unstated: int = 0
    licenses: dict[str, int] = {}


class RehydratedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """How a release without texts was given texts that are not all its own: documents by what became of them.

    ``of`` is the content hash of the full build that was not reached, ``spans_lost`` how many spans are missing.
    """

    of: str
    exact: int
    anchored: int
    ambiguous: int
    lost: int
    spans_lost: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The file ``manifest.json``.

    ``released`` is the day of the release (ISO date), ``previous`` the version that it was compared with.
    ``software`` are the versions of what shaped the content or the bytes. ``main_layer`` says how one layer was
    chosen where an article has several: the policy, and how many articles were decided by time alone.
    ``check`` is what the check of the exports came to, None where the build was given no account of it.
    ``left_out`` counts articles that are not in the release, by reason, ``notes_left_out`` what annotators wrote
    freely and is not either. ``without_rows`` are configs that hold nothing and are therefore not there.
    ``splits`` says how articles came to their splits, None where the build was given no account of it.
    ``counts`` are of the main layers. ``rights`` is None where no ledger states any (a build outside of a project).
    ``rehydrated`` stands in what wortlaut rehydrate made of other texts than those that were annotated.
    """

    format: str = FORMAT
    name: str
    version: str
    profile: Literal["full", "standoff"] = "full"
    released: str = ""
    previous: str | None = None
    rights: RightsEntry | None = None
    rehydrated: RehydratedEntry | None = None
    content_sha256: str
    scheme: SchemeEntry
    software: dict[str, str]
    language: str = "de"
    offsets: str = "Unicode code points, half open"
    check: CheckEntry | None = None
    main_layer: dict[str, str | int]
    left_out: dict[str, int]
    notes_left_out: int = 0
    without_rows: list[str] = []
    splits: SplitPolicy | None = None
    counts: dict[str, int | dict[str, int]]
    ner: NerEntry
    configs: dict[str, ConfigEntry]
    files: list[FileEntry]


def canonical_scheme(scheme: Scheme) -> bytes:
    """Give a scheme as JSON with sorted keys and no blanks."""
    return msgspec.json.encode(scheme, order="sorted")


def config_entries(shards: Sequence[ShardInfo]) -> dict[str, ConfigEntry]:
    """Give the entry of each config from the files of all splits."""
    entries: dict[str, ConfigEntry] = {}
    for config in dict.fromkeys(shard.config for shard in shards):
        splits = {
            shard.split: SplitEntry(
                file=shard.path, rows=shard.rows, num_bytes=shard.num_bytes, content_sha256=shard.content_sha256
            )
            for shard in shards
            if shard.config == config
        }
        entries[config] = ConfigEntry(
            rows=sum(split.rows for split in splits.values()), content_sha256=content_of_config(splits), splits=splits
        )
    return entries


def content_of_config(splits: Mapping[str, SplitEntry]) -> str:
    """Give the hash of a config: of the content of its splits, in their order."""
    return _digest([f"{name} {split.content_sha256}" for name, split in splits.items()])


def content_of_release(scheme: SchemeEntry, configs: dict[str, ConfigEntry]) -> str:
    """Give the identity of a release: the hash of its scheme and of the content of each config."""
    lines = [f"{config} {entry.content_sha256}" for config, entry in sorted(configs.items())]
    return _digest([f"scheme {scheme.sha256}", *lines])


def ner_entry(loss: NerLoss) -> NerEntry:
    """Give the account of the ner config."""
    return NerEntry(
        spans=loss.seen,
        tagged=loss.seen - loss.lost,
        lost=dict(loss.counts),
        examples=[example for kind in LOSS_KINDS for example in loss.examples[kind]],
    )


def file_entries(folder: Path) -> list[FileEntry]:
    """Give an entry for each file of a release but the manifest itself, by path."""
    found = [path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST]
    entries = []
    for path in found:
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        entries.append(FileEntry(path=path.relative_to(folder).as_posix(), bytes=path.stat().st_size, sha256=digest))
    return sorted(entries, key=lambda entry: entry.path)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest as indented JSON."""
    (folder / MANIFEST).write_bytes(manifest_bytes(manifest))


def manifest_bytes(manifest: Manifest) -> bytes:
    """Give the manifest as it stands in its file."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a release. Raises InputError where there is none or it does not hold."""
    path = folder / MANIFEST
    if not path.exists():
        raise InputError(
            f"there is no {MANIFEST}: it is no whole release",
            where=str(folder),
            hint="Name the folder of a version, .../vX.Y.Z; if it is one, --version X.Y.Z --force builds it again",
        )
    try:
        data = path.read_bytes()
        head = msgspec.json.decode(data, type=_Head)
        if head.format != FORMAT:
            toolkit = head.software.get("wortlaut", "another version of wortlaut")
            raise InputError(
                f"was made by wortlaut {toolkit} in the form {head.format!r}, and this wortlaut reads {FORMAT!r}",
                where=str(path),
                hint="Update wortlaut, or take the version of wortlaut that made it",
            )
        return msgspec.json.decode(data, type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(
            f"is not the manifest of a release: {error.strerror if isinstance(error, OSError) else error}",
            where=str(path),
            hint="The release is not whole: build it again with --version X.Y.Z --force, or fetch it again",
        ) from error


class _Head(msgspec.Struct):
    format: str = ""
    software: dict[str, str] = {}


def _digest(lines: Sequence[str]) -> str:
    return sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
