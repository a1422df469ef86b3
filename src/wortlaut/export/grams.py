"""Words of a text as a leak shows them, and hashes of so many words in a row.

Case, punctuation, quotation marks, invisible characters and the width or ligature of letters do not hide a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["Hashes", "grams", "words_of"]

Hashes: TypeAlias = npt.NDArray[np.uint64]

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_UNSEEN = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_WORD = re.compile(r"[^\W_]+")
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def words_of(text: str) -> list[str]:
    """Give the words of a text without what could hide them. A web address is no text: it is left out.

    >>> words_of("„Der\u00adWeg“, SAGTE sie; https://zeitung.example/der-weg-kommt-noch-in-diesem-jahr.html")
    ['derweg', 'sagte', 'sie']
    """
    if "://" in text or "www." in text:
        text = _ADDRESS.sub(" ", text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    return _WORD.findall(text.casefold())


def grams(words: Sequence[str], size: int) -> Hashes:
    """Give a hash of each ``size`` words in a row; the hashes hold within one process."""
    count = len(words) - size + 1
    if count <= 0:
        return np.zeros(0, dtype=np.uint64)
    single = np.fromiter(map(hash, words), dtype=np.int64, count=len(words)).view(np.uint64)
    found: Hashes = np.zeros(count, dtype=np.uint64)
    for place in range(size):
        found = (found ^ (found >> np.uint64(29))) * _FACTOR + single[place : place + count]
    return found
