"""A hash of what a table holds, whatever file holds it.

The bytes of a Parquet file change with the library that writes it; the content hash does not. Each leaf column
(``documents.entities.label``) is one stream: for each level of lists the lengths as little-endian int32, for each
nullable value one byte, for numbers their little-endian bytes, for strings the UTF-8 bytes and the lengths in
bytes as int32. The hash of a config is the SHA-256 over the names, types and SHA-256 digests of its streams, in
the order of the columns. It does not depend on how rows are cut into batches or files.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from wortlaut.export.columns import Array

__all__ = ["ContentHash", "content_sha256"]


class ContentHash:
    """The content hash of a table that comes batch by batch."""

    def __init__(self) -> None:
        self._streams: dict[str, Any] = {}

    def add(self, batch: Any) -> None:
        """Take in the next rows: a ``pyarrow.RecordBatch``."""
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            self._column(name, column)

    def hexdigest(self) -> str:
        """Give the hash of the rows so far, as 64 hex digits."""
        lines = [f"{name} {stream.hexdigest()}\n" for name, stream in self._streams.items()]
        return sha256("".join(lines).encode()).hexdigest()

    def _feed(self, name: str, data: Any) -> None:
        if name not in self._streams:
            self._streams[name] = sha256()
        self._streams[name].update(data)

    def _column(self, name: str, column: Array) -> None:
        import pyarrow as pa

        kind = column.type
        if pa.types.is_struct(kind):
            for number in range(kind.num_fields):
                self._column(f"{name}.{kind.field(number).name}", column.field(number))
            return
        if pa.types.is_list(kind):
            offsets = _offsets(column)
            self._feed(f"{name}[]", np.diff(offsets).astype("<i4"))
            self._column(name, column.values.slice(int(offsets[0]), int(offsets[-1] - offsets[0])))
            return
        self._feed(f"{name}:{kind}?", _validity(column))
        if pa.types.is_string(kind):
            offsets = _offsets(column)
            data = column.buffers()[2]
            if data is not None:
                self._feed(f"{name}:{kind}", memoryview(data)[int(offsets[0]) : int(offsets[-1])])
            self._feed(f"{name}:length", np.diff(offsets).astype("<i4"))
            return
        width = kind.bit_width // 8
        values = column.buffers()[1]
        begin = column.offset * width
        self._feed(f"{name}:{kind}", memoryview(values)[begin : begin + len(column) * width] if len(column) else b"")


def content_sha256(path: Path) -> str:
    """Give the content hash of a Parquet file, a row group at a time."""
    import pyarrow.parquet as pq

    hasher = ContentHash()
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            for batch in file.read_row_group(group).combine_chunks().to_batches():
                hasher.add(batch)
    return hasher.hexdigest()


def _offsets(column: Array) -> Any:
    buffer = column.buffers()[1]
    if buffer is None or not len(column):
        return np.zeros(1, dtype=np.int32)
    return np.frombuffer(buffer, dtype=np.int32, count=len(column) + 1, offset=4 * column.offset)


def _validity(column: Array) -> Any:
    """Give one byte a value, 1 where it is null; a column without nulls says so by its length alone."""
    if not column.null_count:
        return np.zeros(len(column), dtype=np.uint8)
    bits = np.frombuffer(column.buffers()[0], dtype=np.uint8)
    return 1 - np.unpackbits(bits, bitorder="little")[column.offset : column.offset + len(column)]
