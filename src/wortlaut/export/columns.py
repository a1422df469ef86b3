"""Arrow arrays from lists of strings and from numpy arrays, by their buffers.

``pa.array()`` imports pandas wherever it is installed (1.3 CPU seconds before the first value); building from
buffers does not, and costs less. Every array made here starts at offset 0 and holds no more than its values.
Source of the layout: https://arrow.apache.org/docs/format/Columnar.html
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt

__all__ = [
    "Array",
    "Ints",
    "Mask",
    "byte_offsets",
    "bytes_of",
    "concat",
    "counts_of",
    "integers",
    "lists",
    "numbers",
    "offsets_of",
    "optional_integers",
    "optional_strings",
    "record_batch",
    "strings",
    "strings_at",
    "structs",
    "take",
]

# pyarrow ships no types: an Array here is a pyarrow.Array, a Batch a pyarrow.RecordBatch.
Array: TypeAlias = Any
Ints: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]

# The bytes 0x80 to 0xBF, which continue a code point in UTF-8, as signed numbers.
_CONTINUES_BELOW = -64


def numbers(values: Sequence[int]) -> Ints:
    """Give whole numbers as a numpy column, which an ``array`` makes faster than numpy itself."""
    return np.frombuffer(array("q", values), dtype=np.int64)


def integers(values: npt.NDArray[Any], *, bits: int = 32) -> Array:
    """Give an int32 (or int64) array without nulls. A value that does not fit raises OverflowError."""
    import pyarrow as pa

    if bits == 32 and len(values) and not -(2**31) <= int(values.min()) <= int(values.max()) < 2**31:
        raise OverflowError("a value does not fit into 32 bits")
    packed = np.ascontiguousarray(values, dtype=np.int32 if bits == 32 else np.int64)
    kind = pa.int32() if bits == 32 else pa.int64()
    return pa.Array.from_buffers(kind, len(packed), [None, _buffer(packed)])


def bytes_of(values: Array) -> bytes:
    """Give the UTF-8 bytes of the strings of an array that starts at offset 0, joined."""
    offsets, data = values.buffers()[1:]
    end = int(np.frombuffer(offsets, dtype=np.int32)[len(values)]) if len(values) else 0
    return bytes(memoryview(data)[:end]) if end else b""


def byte_offsets(data: bytes, places: Ints) -> Ints:
    """Give where code points of UTF-8 bytes begin, in bytes; ``places`` are their numbers, growing.

    Only the bytes that continue a code point are counted, which are few in German.
    """
    more = np.flatnonzero(np.frombuffer(data, dtype=np.int8) < _CONTINUES_BELOW)
    behind = np.searchsorted(places, more - np.arange(len(more)))
    return places + np.cumsum(np.bincount(behind, minlength=len(places) + 1)[: len(places)])


def strings_at(data: bytes, ends: Ints) -> Array:
    """Give the strings that UTF-8 bytes fall into, from where each ends in code points; the first starts at 0."""
    import pyarrow as pa

    if len(ends) and len(data) != int(ends[-1]):
        ends = byte_offsets(data, ends)
    offsets = np.zeros(len(ends) + 1, dtype=np.int64)
    offsets[1:] = ends
    if offsets[-1] >= 2**31:
        raise OverflowError("more than 2 GiB of text in one batch")
    return pa.Array.from_buffers(pa.string(), len(ends), [None, _buffer(offsets.astype(np.int32)), pa.py_buffer(data)])


def strings(values: Sequence[str], lengths: Ints | None = None) -> Array:
    """Give a string array without nulls. ``lengths`` are those of the values in code points, where they are known."""
    return strings_at("".join(values).encode(), np.cumsum(counts_of(values) if lengths is None else lengths))


def optional_strings(values: Sequence[str | None]) -> Array:
    """Give a string array in which None is null."""
    import pyarrow as pa

    plain = strings([value or "" for value in values])
    valid = np.fromiter((value is not None for value in values), dtype=np.bool_, count=len(values))
    if valid.all():
        return plain
    bitmap = pa.py_buffer(np.packbits(valid, bitorder="little").tobytes())
    return pa.Array.from_buffers(pa.string(), len(values), [bitmap, *plain.buffers()[1:]])


def optional_integers(values: Sequence[int | None]) -> Array:
    """Give an int32 array in which None is null."""
    import pyarrow as pa

    plain = integers(numbers([value or 0 for value in values]))
    valid = np.fromiter((value is not None for value in values), dtype=np.bool_, count=len(values))
    if valid.all():
        return plain
    bitmap = pa.py_buffer(np.packbits(valid, bitorder="little").tobytes())
    return pa.Array.from_buffers(pa.int32(), len(values), [bitmap, *plain.buffers()[1:]])


def counts_of(groups: Iterable[Sequence[Any]]) -> Ints:
    """Give the length of each sequence."""
    return numbers(list(map(len, groups)))


def offsets_of(counts: Ints) -> Ints:
    """Give where each group begins, and the end of the last: one more than there are counts."""
    offsets = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def lists(counts: Ints, values: Array) -> Array:
    """Give a list array: ``counts`` says how many of ``values`` each list takes, in order."""
    import pyarrow as pa

    return pa.ListArray.from_arrays(integers(offsets_of(counts)), values)


def structs(fields: dict[str, Array]) -> Array:
    """Give a struct array of equally long fields."""
    import pyarrow as pa

    return pa.StructArray.from_arrays(
        list(fields.values()), fields=[pa.field(name, values.type) for name, values in fields.items()]
    )


def take(values: Array, places: Ints) -> Array:
    """Give the values at ``places``."""
    return values.take(integers(places))


def concat(arrays: list[Array]) -> Array:
    """Give several arrays of one type as one."""
    import pyarrow as pa

    return pa.concat_arrays(arrays)


def record_batch(fields: dict[str, Array], schema: Any) -> Any:
    """Give a record batch whose columns stand in the schema's order."""
    import pyarrow as pa

    return pa.RecordBatch.from_arrays([fields[name] for name in schema.names], schema=schema)


def _buffer(values: npt.NDArray[Any]) -> Any:
    import pyarrow as pa

    return pa.py_buffer(cast("Any", values))  # what stubs there are do not know that numpy arrays are buffers
