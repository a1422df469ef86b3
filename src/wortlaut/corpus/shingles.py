"""The words of texts as numbers: their shingles (three words in a row each), and their wording as a whole.

Case, punctuation and spacing do not count. Texts are taken in batches and never split into Python strings: a text is an
array of UTF-16 units, and the hash of a stretch of words is a difference of prefix sums of a polynomial (Karp & Rabin
1987), mixed. The numbers depend on the text alone: not on the process, the machine, or the texts beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

__all__ = ["WORDS", "shingle_batch", "wording_batch"]

WORDS = 3
"""How many words make a shingle. A text of fewer has one shingle, of all its words."""

_BASE = 0x9E3779B97F4A7C15
_MIX = 0xFF51AFD7ED558CCD
_MASK = (1 << 64) - 1


def shingle_batch(texts: Sequence[str]) -> tuple[Any, Any]:
    """Give the shingles of some texts: ``(hashes, bounds)``, numpy arrays.

    ``hashes`` (uint32) holds those of all texts, each text's sorted and each once; those of text ``n`` are
    ``hashes[bounds[n] : bounds[n + 1]]``. A text without a letter or digit has none. Letters and digits make words, all
    else stands between them; letters outside the Basic Multilingual Plane are passed over.
    """
    import numpy as np

    words = _words(texts)
    number = np.arange(len(words.starts))
    text_of = np.repeat(np.arange(len(texts)), np.diff(words.first))
    last = words.first[text_of + 1] - 1
    whole = (number + WORDS - 1 <= last) | (number == words.first[text_of])
    hashes = words.hashes(number[whole], np.minimum(number + WORDS - 1, last)[whole])
    keyed = np.unique((text_of[whole].astype(np.uint64) << np.uint64(32)) | (hashes >> np.uint64(32)))
    bounds = np.searchsorted(keyed, np.arange(len(texts) + 1, dtype=np.uint64) << np.uint64(32))
    return keyed.astype(np.uint32), bounds


def wording_batch(texts: Sequence[str]) -> tuple[Any, Any]:
    """Give for each text a hash of its words in their order (uint64; 0 without a word), and how many words it has."""
    import numpy as np

    words = _words(texts)
    counts = np.diff(words.first)
    hashes = np.zeros(len(texts), dtype=np.uint64)
    some = np.flatnonzero(counts)
    hashes[some] = words.hashes(words.first[:-1][some], words.first[1:][some] - 1)
    return hashes, counts


class _Words(NamedTuple):
    """The words of a batch: where each starts and ends, and at ``first[n]`` the number of text ``n``'s first.

    Places are in the batch with one unit, which counts 0, between two words. ``sums`` are the prefix sums of the
    polynomial, ``inverse`` takes the hash of a stretch to where it would be at place 0.
    """

    starts: Any
    ends: Any
    first: Any
    sums: Any
    inverse: Any

    def hashes(self, first: Any, last: Any) -> Any:
        """Give the hash of each stretch from one word to another (both included)."""
        import numpy as np

        starts = self.starts[first]
        mixed = (self.sums[self.ends[last]] - self.sums[starts]) * self.inverse[starts]
        return (mixed ^ (mixed >> np.uint64(29))) * np.uint64(_MIX)


def _words(texts: Sequence[str]) -> _Words:
    import numpy as np

    units = [text.encode("utf-16-le", "surrogatepass") for text in texts]
    codes = _table()[np.frombuffer(b"\n\0".join(units), dtype="<u2")]
    begins = np.zeros(len(units) + 1, dtype=np.int64)
    begins[1:] = np.cumsum([len(one) // 2 + 1 for one in units])
    is_word = codes != 0
    after_word = np.zeros(len(codes), dtype=bool)
    after_word[1:] = is_word[:-1]
    first = np.searchsorted(np.flatnonzero(is_word & ~after_word), begins)

    tight = codes[is_word | after_word]
    edges = np.diff((tight != 0).astype(np.int8), prepend=0, append=0)
    power, inverse = _powers(1 << max(18, (len(tight) - 1).bit_length()))
    sums = np.zeros(len(tight) + 1, dtype=np.uint64)
    np.cumsum(tight * power[: len(tight)], out=sums[1:])
    return _Words(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), first, sums, inverse)


@cache
def _table() -> Any:
    """Give a number for each UTF-16 unit: that of the letter in lower case, 0 for what is no letter or digit."""
    import numpy as np

    table = np.zeros(1 << 16, dtype=np.uint64)
    for unit in range(1 << 16):
        char = chr(unit)
        if char.isalnum():
            table[unit] = _scrambled(ord(char.lower()[0]))
    return table


def _scrambled(number: int) -> int:
    """Give the output of SplitMix64 for a state (Steele, Lea & Flood 2014)."""
    number = (number + 1) * 0x9E3779B97F4A7C15 & _MASK
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    number = (number ^ number >> 27) * 0x94D049BB133111EB & _MASK
    return number ^ number >> 31


@lru_cache(maxsize=1)  # a giant text's are let go with the next batch
def _powers(length: int) -> tuple[Any, Any]:
    """Give the powers of the base and of its inverse, modulo 2^64."""
    import numpy as np

    found = []
    for base in (_BASE, pow(_BASE, -1, 1 << 64)):
        powers = np.full(length, base, dtype=np.uint64)
        powers[0] = 1
        found.append(np.multiply.accumulate(powers))
    return found[0], found[1]
