"""Files on their way to the Hub, with word of the bytes that went."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd

__all__ = ["batches", "counted_add", "tell_rest"]

_MOST_FILES = 8
_MOST_BYTES = 16_000_000


def batches(adds: Sequence[CommitOperationAdd]) -> Iterator[list[CommitOperationAdd]]:
    """Group files that are sent side by side; a large one goes alone, so that it is seen when it has gone.

    Where files go by Xet, which is the Hub's own way, nobody is told of bytes before a group has gone.
    """
    batch: list[CommitOperationAdd] = []
    size = 0
    for add in adds:
        if batch and (len(batch) == _MOST_FILES or size + add.upload_info.size > _MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(add)
        size += add.upload_info.size
    if batch:
        yield batch


def counted_add(path: str, file: Path, on_bytes: Callable[[int], None]) -> CommitOperationAdd:
    """Give the operation that adds a file; ``on_bytes`` is called with the bytes that are read to be sent.

    Where the client starts a file over, they are taken back: a negative number.
    """
    from huggingface_hub import CommitOperationAdd

    class Counted(CommitOperationAdd):
        sent = 0

        @contextlib.contextmanager
        def as_file(self, with_tqdm: bool = False) -> Iterator[BinaryIO]:
            # The client asks for a bar where it sends a file, and for none where it looks into it.
            if not with_tqdm:
                with super().as_file() as plain:
                    yield plain
                return
            with _Reader(file, self._count) as counting:
                yield counting

        def _count(self, number: int) -> None:
            self.sent += number
            on_bytes(number)

    return Counted(path_in_repo=path, path_or_fileobj=file)


def tell_rest(batch: Sequence[CommitOperationAdd], on_bytes: Callable[[int], None]) -> None:
    """Tell of the bytes of a batch that has gone and that nobody was told of."""
    on_bytes(sum(add.upload_info.size - getattr(add, "sent", 0) for add in batch))


class _Reader(io.BufferedReader):
    """A file that tells of what is read."""

    def __init__(self, file: Path, count: Callable[[int], None]) -> None:
        super().__init__(io.FileIO(file))
        self._count = count

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self._count(len(data))
        return data

    def seek(self, target: int, whence: int = 0, /) -> int:
        before = self.tell()
        after = super().seek(target, whence)
        if after < before:
            self._count(after - before)
        return after
