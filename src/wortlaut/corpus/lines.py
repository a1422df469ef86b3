"""Lines of a file in bounded memory: a line of a gigabyte is told and passed over, never held."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

__all__ = ["Line", "iter_lines"]


class Line(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line without its line end.

    ``number`` counts from 1, ``offset`` is the byte offset of its start. ``data`` is None where the line is
    longer than the limit; ``size`` then is its length. ``whole`` is false for a last line without a line end.
    """

    number: int
    offset: int
    data: bytes | None
    size: int
    whole: bool = True


def iter_lines(stream: BinaryIO, *, limit: int) -> Iterator[Line]:
    r"""Give the lines of ``stream``, each of at most ``limit`` bytes.

    >>> import io
    >>> [(line.number, line.data) for line in iter_lines(io.BytesIO(b"a\r\nbcdef\nc"), limit=3)]
    [(1, b'a'), (2, None), (3, b'c')]
    """
    number, offset = 0, 0
    # One byte more than the limit tells a line that is too long; two more leave room for its line end.
    while data := stream.readline(limit + 2):
        number += 1
        size = len(data)
        whole = data.endswith(b"\n")
        body = data.rstrip(b"\r\n") if whole else data
        if len(body) > limit:
            while not whole and (more := stream.readline(1 << 20)):
                size += len(more)
                whole = more.endswith(b"\n")
            yield Line(number=number, offset=offset, data=None, size=size, whole=whole)
        else:
            yield Line(number=number, offset=offset, data=body, size=len(body), whole=whole)
        offset += size
