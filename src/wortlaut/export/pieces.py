"""Every piece of text that stands in the files of a release, whatever kind of file it is.

A piece is what a reader sees as one: a value of a column, the strings of a list of strings joined (tokens), a string
of a JSON file, a whole text file. Ids of documents and web addresses are names, not text.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from wortlaut.schema.errors import InputError

__all__ = ["Piece", "pieces"]

_BATCH = 500
_NAMES = frozenset({"doc_id", "url"})


class Piece(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A piece of text: its file in the release, the column or key it stands in, its row from 0 (None: no row)."""

    file: str
    key: str
    text: str
    row: int | None = None

    @property
    def place(self) -> str:
        """Where it stands, for a person."""
        where = [f"row {self.row}"] if self.row is not None else []
        return ", ".join([self.file, *where, *([self.key] if self.key else [])])


def pieces(folder: Path, *, names: bool = False) -> Iterator[Piece]:
    """Give the pieces of all files of a folder, a batch of rows in memory at a time; hidden files are passed over.

    ``names`` gives ids of documents and the addresses in columns too.
    """
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if not path.is_file() or any(part.startswith(".") for part in name.parts):
            continue
        if path.suffix == ".parquet":
            yield from _of_parquet(path, name.as_posix(), names=names)
        elif path.suffix in {".json", ".jsonl"}:
            yield from _of_json(path, name.as_posix())
        else:
            text = path.read_text(encoding="utf-8", errors="replace")
            yield Piece(file=name.as_posix(), key="", text=html.unescape(text))


def _of_parquet(path: Path, file: str, *, names: bool) -> Iterator[Piece]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    row = 0
    try:
        with pq.ParquetFile(path) as table:
            for batch in table.iter_batches(_BATCH):
                for column, field in zip(batch.columns, batch.schema, strict=True):
                    if field.name in _NAMES and not names:
                        continue
                    for number, value in enumerate(column.to_pylist() if _has_text(field.type) else ()):
                        for key, text in _strings(value, field.name):
                            yield Piece(file=file, key=key, text=text, row=row + number)
                row += batch.num_rows
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"cannot be read: {error}", where=str(path)) from error


def _has_text(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_list(kind):
        return _has_text(kind.value_type)
    if pa.types.is_struct(kind):
        return any(_has_text(field.type) for field in kind)
    return bool(pa.types.is_string(kind))


def _of_json(path: Path, file: str) -> Iterator[Piece]:
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        values = [json.loads(text)] if path.suffix == ".json" else [json.loads(one) for one in text.splitlines()]
    except (ValueError, RecursionError):
        yield Piece(file=file, key="", text=text)
        return
    for value in values:
        for key, found in _strings(value, ""):
            yield Piece(file=file, key=key, text=html.unescape(found))


def _strings(value: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _strings(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list | tuple):
        if value and all(isinstance(one, str) for one in value):
            yield key, " ".join(value)
        else:
            for inner in value:
                yield from _strings(inner, key)
