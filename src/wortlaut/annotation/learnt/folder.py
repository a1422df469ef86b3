"""The folder of a trained model: ``model.json``, which says what it is, and the files that it names.

The folder is written whole or not at all. Nothing in it is believed before its hashes hold: a file that was changed, a
file that is missing, a form that this wortlaut does not know are refused with a line that says so.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Literal, get_args

import msgspec

from wortlaut.annotation.scoring import SpanScores
from wortlaut.schema.errors import InputError
from wortlaut.schema.files import atomic_directory

__all__ = [
    "BASELINE",
    "CRF_FILE",
    "MODEL",
    "MODEL_KINDS",
    "SPACY_FOLDER",
    "ModelEntry",
    "ModelFile",
    "ModelKind",
    "ModelSource",
    "TrainedModel",
    "read_model",
    "write_model",
]

ModelKind = Literal["crf", "spacy-ner", "spacy-spancat"]
MODEL_KINDS: tuple[ModelKind, ...] = get_args(ModelKind)
MODEL = "model.json"
BASELINE = "baseline.json"
CRF_FILE = "model.crfsuite"
SPACY_FOLDER = "spacy"

_FORMAT = "wortlaut-model/1"
_AGAIN = "Train it again: wortlaut train --release DIR"


class ModelFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a model: its path in the folder with forward slashes, its size in bytes, its SHA-256."""

    path: str
    bytes: int
    sha256: str


class ModelSource(msgspec.Struct, frozen=True, kw_only=True):
    """What a model was trained on. ``content_sha256`` is the identity of the release's data."""

    name: str
    version: str
    content_sha256: str
    scheme: str
    scheme_version: str
    scheme_sha256: str


class ModelEntry(msgspec.Struct, frozen=True, kw_only=True):
    """The file ``model.json``.

    ``labels`` are those that the model can give, ``features`` is the version of the features it looks at, ``hanta``
    whether tags and lemmas are among them. ``software`` are the versions of what trained it. ``scores`` are those on
    the test split, None where it was trained without one.
    """

    format: str = _FORMAT
    kind: ModelKind
    labels: tuple[str, ...]
    release: ModelSource
    features: int
    hanta: bool = False
    seed: int = 0
    software: dict[str, str] = {}
    scores: SpanScores | None = None
    files: tuple[ModelFile, ...] = ()


class TrainedModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model in its folder."""

    path: Path
    entry: ModelEntry

    @property
    def name(self) -> str:
        """What it is called: release, version and kind, such as ``news-0.2.0-crf``."""
        return f"{self.entry.release.name}-{self.entry.release.version}-{self.entry.kind}"

    @property
    def digest(self) -> str:
        """Eight hex digits that change whenever a file of the model does."""
        lines = "".join(f"{file.sha256} {file.path}\n" for file in self.entry.files)
        return sha256(lines.encode()).hexdigest()[:8]


def write_model(folder: Path, entry: ModelEntry, baseline: bytes, save: Callable[[Path], None]) -> TrainedModel:
    """Write a model into its folder, in the place of one that is there; ``save`` writes its own files.

    ``baseline`` is what goes into ``baseline.json``. Raises UsageError where the folder cannot be written.
    """
    with atomic_directory(folder, replace=(folder / MODEL).is_file()) as staged:
        save(staged)
        (staged / BASELINE).write_bytes(baseline)
        entry = msgspec.structs.replace(entry, files=_files(staged))
        (staged / MODEL).write_bytes(msgspec.json.format(msgspec.json.encode(entry), indent=2) + b"\n")
    return TrainedModel(path=folder, entry=entry)


def read_model(folder: Path) -> TrainedModel:
    """Read what a model is, and hold its files to their hashes.

    Raises InputError where there is none, where a newer wortlaut made it, and where it is not whole or was changed.
    """
    path = folder / MODEL
    if not path.is_file():
        raise InputError(
            f"there is no trained model: no {MODEL} in it" if folder.is_dir() else "there is no such folder",
            where=str(folder),
            hint="wortlaut train makes one; name its folder, .../NAME-VERSION-KIND",
        )
    try:
        data = path.read_bytes()
        head = msgspec.json.decode(data, type=_Head)
        if head.format != _FORMAT:
            toolkit = head.software.get("wortlaut", "another version of wortlaut")
            raise InputError(
                f"was made by wortlaut {toolkit} in the form {head.format!r}, and this wortlaut reads {_FORMAT!r}",
                where=str(path),
                hint=f"Update wortlaut, or t{_AGAIN[1:]}",
            )
        model = TrainedModel(path=folder, entry=msgspec.json.decode(data, type=ModelEntry))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"does not say what the model is: {error}", where=str(path), hint=_AGAIN) from error
    for file in model.entry.files:
        _hold(folder, file)
    return model


class _Head(msgspec.Struct):
    format: str = ""
    software: dict[str, str] = {}


def _hold(folder: Path, file: ModelFile) -> None:
    path = folder / file.path
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"names the file {file.path!r}, which is not in it", where=str(folder / MODEL), hint=_AGAIN)
    try:
        with path.open("rb") as opened:
            digest = file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"is not a whole model: {file.path} is missing", where=str(folder), hint=_AGAIN) from error
    if digest != file.sha256:
        raise InputError(f"the file {file.path} was changed after training", where=str(folder), hint=_AGAIN)


def _files(folder: Path) -> tuple[ModelFile, ...]:
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as opened:
                digest = file_digest(opened, "sha256").hexdigest()
            name = path.relative_to(folder).as_posix()
            found.append(ModelFile(path=name, bytes=path.stat().st_size, sha256=digest))
    return tuple(found)
