"""Every piece of text that stands in the files of a release, whatever kind of file it is.

A piece is what a reader sees as one: a value of a column, the strings of a list of strings joined (tokens), a string
of a JSON file, a whole text file. Ids of documents and web addresses are names, not text.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from wortlaut.export.columns import Array, Ints, take
from wortlaut.schema.errors import InputError

__all__ = ["Leaf", "Piece", "files_of", "leaves", "pieces"]

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


def pieces(folder: Path, *, names: bool = False, least: int = 0) -> Iterator[Piece]:
    """Give the pieces of all files of a folder, a batch of rows in memory at a time; hidden files are passed over.

    ``names`` gives ids of documents and the addresses in columns too. Values of columns with less than ``least`` bytes
    are passed over, which is what makes it fast.
    """
    for path, name in files_of(folder):
        if path.suffix == ".parquet":
            for leaf in leaves(path):
                if names or leaf.key not in _NAMES:
                    yield from _of_leaf(leaf, name, least)
        elif path.suffix in {".json", ".jsonl"}:
            yield from _of_json(path, name)
        else:
            text = path.read_text(encoding="utf-8", errors="replace")
            yield Piece(file=name, key="", text=html.unescape(text))


def files_of(folder: Path) -> Iterator[tuple[Path, str]]:
    """Give the files of a folder and their names in it, those that are hidden passed over."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in name.parts):
            yield path, name.as_posix()


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """The strings of one field of a batch of rows: ``values`` is an Arrow array, ``rows`` the row of each from 0.

    ``joined``: the strings of a row are parts of one piece.
    """

    key: str
    values: Array
    rows: Ints
    joined: bool

    @property
    def data(self) -> bytes:
        """The bytes of all strings, one behind the other."""
        _, offsets, data = self.values.buffers()
        if data is None or not len(self.values):
            return b""
        places = np.frombuffer(offsets, dtype=np.int32)[self.values.offset : self.values.offset + len(self.values) + 1]
        return bytes(memoryview(data)[int(places[0]) : int(places[-1])])


def leaves(path: Path, columns: Sequence[str] | None = None) -> Iterator[Leaf]:
    """Give the strings of a Parquet file, field by field, a batch of rows at a time.

    ``columns`` are those that are wanted, None: all. Raises InputError for a file that cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    first = 0
    try:
        with pq.ParquetFile(path) as table:
            wanted = None if columns is None else [name for name in columns if name in table.schema_arrow.names]
            for batch in table.iter_batches(_BATCH, columns=wanted):
                rows = np.arange(first, first + batch.num_rows)
                for column, field in zip(batch.columns, batch.schema, strict=True):
                    yield from _leaves(column, field.name, rows, joined=False)
                first += batch.num_rows
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"cannot be read: {error}", where=str(path)) from error


def _numbers(lengths: Array) -> Ints:
    """Give lengths, 0 for what is null. ``fill_null`` would import pandas, which costs a second."""
    found: Ints = np.nan_to_num(lengths.to_numpy(zero_copy_only=False)).astype(np.int64)
    return found


def _leaves(column: Array, key: str, rows: Ints, *, joined: bool) -> Iterator[Leaf]:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_string(kind):
        yield Leaf(key=key, values=column, rows=rows, joined=joined)
    elif pa.types.is_list(kind):
        counts = _numbers(pc.list_value_length(column))
        inner = pa.types.is_string(kind.value_type)
        yield from _leaves(column.flatten(), key, np.repeat(rows, counts), joined=inner)
    elif pa.types.is_struct(kind):
        for field, values in zip(kind, column.flatten(), strict=True):
            yield from _leaves(values, f"{key}.{field.name}", rows, joined=False)


def _of_leaf(leaf: Leaf, file: str, least: int) -> Iterator[Piece]:
    import pyarrow.compute as pc

    sizes = _numbers(pc.binary_length(leaf.values))
    if not leaf.joined:
        places = np.flatnonzero(sizes >= max(least, 1))
        for row, text in zip(leaf.rows[places].tolist(), take(leaf.values, places).to_pylist(), strict=True):
            yield Piece(file=file, key=leaf.key, text=text, row=row)
        return
    starts = np.flatnonzero(np.diff(leaf.rows, prepend=-1))
    ends = np.append(starts[1:], len(leaf.rows)) if len(starts) else starts
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        # With a blank between two of them.
        if int(sizes[start:end].sum()) + end - start - 1 >= max(least, 1):
            parts = [part for part in leaf.values[start:end].to_pylist() if part]
            yield Piece(file=file, key=leaf.key, text=" ".join(parts), row=int(leaf.rows[start]))


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
