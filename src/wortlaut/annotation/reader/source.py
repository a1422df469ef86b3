"""Open an export: a file, gzip or not, or standard input; and say by name what it is when it is no JSON."""

from __future__ import annotations

import contextlib
import gzip
import io
import re
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn, cast

from wortlaut.schema.errors import InputError

__all__ = ["HEAD", "open_export"]

HEAD = 1 << 16
"""How much of a file is looked at to tell what it is, in bytes."""

_EXPORT = "In Label Studio: Export, then JSON (not JSON_MIN, CSV or CONLL2003)"
_MAGIC = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a zip archive (a .docx or an export of several files?)"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
)
_CONLL = re.compile(rb"\A\s*-DOCSTART-|\A(?:\S+[ \t]\S+[ \t]\S+[ \t](?:O|[BI]-\S+)\n){2}")
_LS_CSV = re.compile(rb"\A(?=[^\n]*[,\t])[^\n{\[]*\b(annotation_id|annotator|lead_time)\b[^\n]*\n")
_TABLE = re.compile(rb"\A[^\n{\[]*[,;\t][^\n]*\n[^\n]*[,;\t]")


@contextlib.contextmanager
def open_export(path: str) -> Iterator[BinaryIO]:
    """Open an export for reading bytes; ``-`` is standard input, gzip is unpacked on the way.

    Raises InputError with a code where there is no such file, it is a folder, it may not be read, it is
    binary, in an encoding other than UTF-8, or in another format of annotation, which is named.
    """
    with contextlib.ExitStack() as stack:
        raw = sys.stdin.buffer if path == "-" else stack.enter_context(_open(path))
        stream = io.BufferedReader(raw, HEAD) if isinstance(raw, io.RawIOBase) else raw
        head = _peek(stream, path)
        if head.startswith(b"\x1f\x8b"):
            stream = cast("BinaryIO", stack.enter_context(gzip.GzipFile(fileobj=stream)))
            head = _peek(stream, path)
        _refuse(head, path)
        try:
            yield stream
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise InputError(
                f"the gzip archive is damaged: {error}", where=path, code="WL103", hint="Copy or download it again"
            ) from error


def _open(path: str) -> BinaryIO:
    try:
        return Path(path).open("rb")
    except FileNotFoundError as error:
        raise InputError("there is no such file", where=path, hint="Give the path of a Label Studio export") from error
    except IsADirectoryError as error:
        raise InputError("is a folder", where=path, hint=f"Name the exports in it: {path}/*.json") from error
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}", where=path) from error


def _peek(stream: BinaryIO, path: str) -> bytes:
    try:
        peek = stream.peek(HEAD)  # type: ignore[attr-defined]  # a BufferedReader has it, a BinaryIO need not
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(
            f"the gzip archive is damaged: {error}", where=path, code="WL103", hint="Copy or download it again"
        ) from error
    return bytes(peek[:HEAD])


def _refuse(head: bytes, path: str) -> None:
    """Raise where the first bytes show that this is no JSON."""
    for magic, what in _MAGIC:
        if head.startswith(magic):
            _no("WL105", f"is {what}, no JSON export", path)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or re.match(rb"(\[\x00|\{\x00|\x00\[|\x00\{)", head):
        _no(
            "WL104",
            "is in UTF-16",
            path,
            hint=f"JSON is UTF-8: iconv -f UTF-16 -t UTF-8 {path} > export.json",
        )
    if b"\x00" in head:
        _no("WL105", f"is binary (a NUL byte at byte {head.index(0)})", path)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start or start[:1] in b"[{":
        return
    if start[:1] == b"<":
        _no(
            "WL111",
            "is XML or HTML, no export",
            path,
            hint=f"A labeling config goes to wortlaut schema --from-config. {_EXPORT}",
        )
    if _CONLL.match(head):
        _no("WL111", "is in CoNLL form, which has lost relations, nested spans and offsets", path)
    if _LS_CSV.match(head):
        _no("WL107", "is Label Studio's CSV or TSV, which has lost relations and the ids of regions", path)
    if _TABLE.match(head):
        _no("WL107", "is a CSV or TSV table", path)
    _no("WL102", f"is no JSON export: it starts with {start[:1].decode('latin-1')!r}", path)


def _no(code: str, what: str, path: str, *, hint: str = _EXPORT) -> NoReturn:
    raise InputError(what, where=path, code=code, hint=hint)
