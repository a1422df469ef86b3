"""MinHash signatures and shingles of many texts, in temporary files: memory holds some bytes a text.

A signature has 128 numbers of ``rensa`` (MinHash, Broder 1997): the share of places in which two are equal estimates
the Jaccard similarity of the two sets of shingles. The sets themselves are kept too, so that a verdict rests on what
the texts share and not on the estimate.
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from wortlaut.corpus.shingles import shingle_batch
from wortlaut.schema.files import naming_full_disk

__all__ = ["PERMUTATIONS", "Alike", "Signatures"]

PERMUTATIONS = 128
_SEED = 20260122
_BATCH_TEXTS = 64
_BATCH_CHARACTERS = 150_000
# What stands in more texts than this, and than this share of them, is boilerplate: not so many papers print one text.
_BOILERPLATE_TEXTS = 20
_BOILERPLATE_SHARE = 0.005
_LARGEST_TABLE = 1 << 21
_CHUNK = 1 << 20


class Alike(NamedTuple):
    """What two texts share: of all their shingles (Jaccard), of the shorter one's (containment), and how many.

    ``own_jaccard``, ``own_containment`` and ``own`` leave out shingles that a great many texts hold.
    """

    jaccard: float
    containment: float
    own_jaccard: float
    own_containment: float
    own: int


class Signatures:
    """Takes texts, then gives their signatures and shingles by number, in the order they came. A context manager."""

    def __init__(self) -> None:
        self.matrix: Any = None
        """The signatures, one a row, once the texts are closed."""
        self._stack = contextlib.ExitStack()
        self._files: list[Any] = []
        self._waiting: list[str] = []
        self._characters = 0
        self._sizes: list[int] = []
        self._bounds: Any = None
        self._shingles: Any = None
        self._common: Any = None

    def __enter__(self) -> Self:
        for _ in ("signatures", "shingles"):
            file = tempfile.TemporaryFile(prefix="wortlaut-")
            self._files.append(self._stack.enter_context(file))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._shingles = self._common = self.matrix = None  # the maps go before their files
        self._stack.close()

    def __len__(self) -> int:
        return len(self._sizes) + len(self._waiting)

    def add(self, text: str) -> None:
        """Take the next text."""
        self._waiting.append(text)
        self._characters += len(text)
        if len(self._waiting) >= _BATCH_TEXTS or self._characters >= _BATCH_CHARACTERS:
            self._flush()

    def close(self) -> None:
        """Take no more: from now on the signatures can be read."""
        import numpy as np

        self._flush()
        with naming_full_disk(Path(tempfile.gettempdir())):
            for file in self._files:
                file.flush()
        self._bounds = np.zeros(len(self._sizes) + 1, dtype=np.int64)
        np.cumsum(self._sizes, out=self._bounds[1:])
        self._sizes = []
        signatures, shingles = self._files
        count, total = len(self._bounds) - 1, int(self._bounds[-1])
        self.matrix = (
            np.memmap(signatures, np.uint32, "r", shape=(count, PERMUTATIONS))
            if count
            else np.zeros((0, PERMUTATIONS), dtype=np.uint32)
        )
        self._shingles = np.memmap(shingles, np.uint32, "r", shape=(total,)) if total else np.zeros(0, np.uint32)

    def shingles(self, number: int) -> Any:
        """Give the shingles of one text, sorted."""
        return self._shingles[self._bounds[number] : self._bounds[number + 1]]

    def sizes(self) -> Any:
        """Give how many shingles each text has."""
        import numpy as np

        return np.diff(self._bounds)

    def sampled(self, modulus: int, short: int) -> tuple[Any, Any]:
        """Give the shingles that ``modulus`` divides, and the numbers of the texts that they stand in.

        Of a text with at most ``short`` shingles those are given that a quarter of ``modulus`` divides.
        """
        import numpy as np

        is_short = self.sizes() <= short
        values, texts = [np.zeros(0, np.uint32)], [np.zeros(0, np.int32)]
        for start in range(0, len(self._shingles), _CHUNK):
            chunk = self._shingles[start : start + _CHUNK]
            there = np.flatnonzero(chunk % (modulus // 4) == 0)
            of = (np.searchsorted(self._bounds, there + start, side="right") - 1).astype(np.int32)
            found = chunk[there]
            kept = is_short[of] | (found % modulus == 0)
            values.append(found[kept])
            texts.append(of[kept])
        return np.concatenate(values), np.concatenate(texts)

    def alike(self, one: int, other: int) -> Alike:
        """Say what two texts share, counted and not estimated; nothing where one of them has no word."""
        import numpy as np

        a, b = self.shingles(one), self.shingles(other)
        if not len(a) or not len(b):
            return Alike(0.0, 0.0, 0.0, 0.0, 0)
        if len(a) > len(b):
            a, b = b, a
        places = np.searchsorted(b, a)
        shared = a[b[np.minimum(places, len(b) - 1)] == a]
        common = self._boilerplate()
        out_a, out_b, out = (int(np.count_nonzero(common[part & (len(common) - 1)])) for part in (a, b, shared))
        own_a, own_b, own = len(a) - out_a, len(b) - out_b, len(shared) - out
        return Alike(
            jaccard=len(shared) / (len(a) + len(b) - len(shared)),
            containment=len(shared) / len(a),
            own_jaccard=own / max(1, own_a + own_b - own),
            own_containment=own / max(1, min(own_a, own_b)),
            own=own,
        )

    def _boilerplate(self) -> Any:
        """Give a table that is true where a shingle's low bits are those of a shingle in a great many texts."""
        import numpy as np

        if self._common is None:
            size = min(_LARGEST_TABLE, 1 << (4 * len(self._shingles)).bit_length())
            counts = np.zeros(size, dtype=np.uint32)
            for start in range(0, len(self._shingles), _CHUNK):
                low = self._shingles[start : start + _CHUNK] & (size - 1)
                counts += np.bincount(low, minlength=size).astype(np.uint32)
            limit = max(_BOILERPLATE_TEXTS, _BOILERPLATE_SHARE * (len(self._bounds) - 1))
            # Other shingles share the place: what they bring on the average is no sign of anything.
            self._common = counts > limit + len(self._shingles) / size
        return self._common

    def _flush(self) -> None:
        import numpy as np
        from rensa import RMinHash  # type: ignore[import-untyped]

        if not self._waiting:
            return
        hashes, bounds = shingle_batch(self._waiting)
        rows = RMinHash.digest_matrix_from_flat_token_hashes(
            hashes.astype(np.uint64), bounds.astype(np.uint64), PERMUTATIONS, _SEED
        ).to_rows()
        with naming_full_disk(Path(tempfile.gettempdir())):
            self._files[0].write(np.asarray(rows, dtype=np.uint32).tobytes())
            self._files[1].write(hashes.tobytes())
        self._sizes += np.diff(bounds).tolist()
        self._waiting, self._characters = [], 0
