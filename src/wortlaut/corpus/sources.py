"""What ``ingest`` is given: files, folders, globs and standard input, as one list of sources in a stable order.

A source opens as a seekable stream of its unpacked bytes. Hidden files of a folder and its README are passed over;
files whose names no reader knows are handed back by name, so that nothing is left out in silence.
"""

from __future__ import annotations

import contextlib
import glob
import gzip
import hashlib
import os
import shutil
import stat
import sys
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

import msgspec

from wortlaut.schema.errors import InputError, UsageError

__all__ = ["EXTENSIONS", "OpenSource", "Source", "Sources", "expand", "open_source"]

# Extension (after .gz is taken off) -> the format it promises; what stands in the file has the last word.
EXTENSIONS = {
    ".txt": "text",
    ".text": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
}
# What a folder says of itself: README.md, readme.txt, README.de.md.
_README = "readme"
_STDIN = "-"
_GZIP = b"\x1f\x8b"
_IN_MEMORY = 16 << 20
_CHUNK = 1 << 20


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A file to read, or standard input where ``path`` is None.

    ``label`` names it to the user, ``name`` in the store: relative to the project where it lies in it, never
    with the folders of this machine.
    """

    path: Path | None
    label: str
    name: str

    @property
    def extension(self) -> str:
        """The extension that tells the format, without ``.gz``, in lower case."""
        suffixes = PurePosixPath(self.name.lower()).suffixes
        return next((suffix for suffix in reversed(suffixes[-2:]) if suffix != ".gz"), "")


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """The sources in order, the files of folders that no reader knows, by their labels, and folders not to be read."""

    files: tuple[Source, ...]
    unknown: tuple[str, ...] = ()
    unreadable: tuple[InputError, ...] = ()


class OpenSource(msgspec.Struct, frozen=True, kw_only=True):
    """An opened source: its unpacked bytes as a seekable stream, and the SHA-256 of the file as it stands."""

    source: Source
    stream: BinaryIO
    sha256: str


def expand(arguments: Sequence[str], *, root: Path | None = None, leave_out: Path | None = None) -> Sources:
    """Turn arguments into sources: a file as it is, a folder's files sorted by name, a glob's matches, ``-``.

    Each file comes once, however often it is named. ``root`` is the project's folder, for the names in the
    store; ``leave_out`` is the store itself. Raises UsageError for what does not exist, a glob that matches
    nothing, and a folder that holds no file to read. A folder in it that cannot be read is handed back.
    """
    files: dict[object, Source] = {}
    unknown: dict[str, None] = {}
    unreadable: dict[str, InputError] = {}
    for argument in arguments:
        if argument == _STDIN:
            files[_STDIN] = Source(path=None, label="standard input", name=_STDIN)
            continue
        for path in _matches(argument):
            if not path.is_dir():
                files.setdefault(_identity(path), _source(path, root))
                continue
            known, others, refused = _walk(path, leave_out)
            unreadable.update((error.where, error) for error in refused)
            unknown.update(dict.fromkeys(_label(other) for other in others))
            if not known and not refused:
                raise UsageError(
                    "holds no article files",
                    where=_label(path),
                    hint=f"ingest reads {', '.join(EXTENSIONS)}, each also as .gz",
                )
            for file in known:
                files.setdefault(_identity(file), _source(file, root))
    return Sources(files=tuple(files.values()), unknown=tuple(unknown), unreadable=tuple(unreadable.values()))


@contextlib.contextmanager
def open_source(source: Source) -> Iterator[OpenSource]:
    """Open a source, unpacking gzip. Raises InputError for what cannot be read as a file or is damaged gzip."""
    with contextlib.ExitStack() as stack:
        stream = stack.enter_context(_open(source))
        digest = _sha256(stream)
        stream.seek(0)
        if stream.read(2) == _GZIP:
            stream.seek(0)
            stream = stack.enter_context(_unpacked(stream, source.label))
        stream.seek(0)
        yield OpenSource(source=source, stream=stream, sha256=digest)


def _matches(argument: str) -> list[Path]:
    path = Path(argument)
    if os.path.lexists(path):
        return [path]
    if glob.has_magic(argument):
        found = sorted(glob.glob(argument, recursive=True))  # noqa: PTH207 - Path.glob refuses absolute patterns
        if found:
            return [Path(match) for match in found]
        raise UsageError("matches no file", where=_printable(argument))
    raise UsageError("no such file or folder", where=_printable(argument), hint="Check the name; - is standard input")


def _walk(folder: Path, leave_out: Path | None) -> tuple[list[Path], list[Path], list[InputError]]:
    """Give the files of a folder that a reader knows, the others, and an error for each folder that cannot be read.

    Hidden files and READMEs are neither.
    """
    refused: list[InputError] = []
    known: list[Path] = []
    others: list[Path] = []
    left_out = leave_out.resolve() if leave_out is not None else None
    for top, folders, names in os.walk(folder, onerror=lambda error: refused.append(_unreadable(error))):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(top, name)
            if name.partition(".")[0].lower() in ("", _README) or path.resolve() == left_out:
                continue
            (known if _source(path, None).extension in EXTENSIONS else others).append(path)
    return known, others, refused


def _unreadable(error: OSError) -> InputError:
    return InputError(f"the folder cannot be read: {error.strerror or error}", where=_label(Path(str(error.filename))))


def _source(path: Path, root: Path | None) -> Source:
    return Source(path=path, label=_label(path), name=_stored_name(path, root))


def _stored_name(path: Path, root: Path | None) -> str:
    full = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow the links the user chose to name
    if root is not None and full.is_relative_to(root):
        return _printable(full.relative_to(root).as_posix())
    return _printable(path.name if path.is_absolute() else path.as_posix())


def _identity(path: Path) -> object:
    return path.resolve()


def _label(path: Path) -> str:
    return _printable(path.as_posix())


def _printable(name: str) -> str:
    """Make a file's name fit to print and to store: file systems allow bytes and controls that text does not."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


@contextlib.contextmanager
def _open(source: Source) -> Iterator[BinaryIO]:
    if source.path is None:
        with _spooled(sys.stdin.buffer) as stream:
            yield stream
        return
    try:
        mode = source.path.stat().st_mode
        handle = source.path.open("rb") if stat.S_ISREG(mode) or stat.S_ISFIFO(mode) else None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=source.label) from error
    if handle is None:
        raise InputError("is no file but a device or socket", where=source.label)
    with handle:
        if stat.S_ISFIFO(mode):
            with _spooled(handle) as stream:
                yield stream
        else:
            yield handle


def _sha256(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


@contextlib.contextmanager
def _spooled(stream: BinaryIO) -> Iterator[BinaryIO]:
    """Keep a stream that can be read only once: a small one in memory, a large one in a temporary file."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as kept:
        shutil.copyfileobj(stream, kept, _CHUNK)
        kept.seek(0)
        yield cast("BinaryIO", kept)


@contextlib.contextmanager
def _unpacked(stream: BinaryIO, label: str) -> Iterator[BinaryIO]:
    """Unpack gzip on the fly. It is checked to its end first: half an article must not pass for a whole one."""
    with gzip.GzipFile(fileobj=stream, mode="rb") as unpacked:
        try:
            while unpacked.read(_CHUNK):
                pass
            unpacked.seek(0)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(
                f"is damaged gzip data: {error}", where=label, hint="It was cut off or altered: fetch it again"
            ) from error
        yield cast("BinaryIO", unpacked)
