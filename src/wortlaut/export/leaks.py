"""The leak gate: no file of a release may share eight words in a row with a text that may not leave.

What the release says is held in memory as sorted hashes, so many at a time, and the texts run past them: memory grows
with neither. A hash that is found is looked up word by word before it is reported. Of a text of less than eight words
all of it counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from wortlaut.export.columns import Mask
from wortlaut.export.grams import Hashes, grams, words_of
from wortlaut.export.pieces import Piece, pieces
from wortlaut.export.surfaces import EIGHT
from wortlaut.schema.errors import UsageError

__all__ = ["Leak", "Texts", "leak_gate", "refuse_leaks"]

# Hashes of a release in memory at a time (8 bytes each, some more while they are sorted).
_AT_ONCE = 8_000_000
_MOST = 50
_NONE: Hashes = np.zeros(0, dtype=np.uint64)
_WHOLE = 2  # a text of so few words counts only where it is all of a piece
Texts = Iterable[tuple[str, str]]
"""Texts under the ids of their articles; they are gone through several times, so no iterator will do."""


class Leak(msgspec.Struct, frozen=True, kw_only=True):
    """Words of a text that stand in a file of a release: where, of which article, and the words without their marks."""

    file: str
    place: str
    doc_id: str
    words: str

    def __str__(self) -> str:
        return f"{self.place}: shares {self.words!r} with the text of {self.doc_id}"


def leak_gate(folder: Path, texts: Texts, *, free: Texts = (), at_once: int = _AT_ONCE) -> list[Leak]:
    """Give what the files in ``folder`` share with ``texts``, at most 50 places; none: nothing leaks.

    Passages that stand in a text of ``free`` as well may leave with that one. ``at_once`` bounds the memory.
    """
    known: dict[int, tuple[str, tuple[str, ...]]] = {}
    short: dict[tuple[str, ...], str] = {}
    for said in _hashes(folder, at_once):
        for doc_id, text in texts:
            words = words_of(text)
            if 0 < len(words) < EIGHT:
                short.setdefault(tuple(words), doc_id)
                continue
            found = grams(words, EIGHT)
            for place in np.flatnonzero(_among(found, said)).tolist():
                known.setdefault(int(found[place]), (doc_id, tuple(words[place : place + EIGHT])))
    if known or short:
        for _, text in free:
            words = words_of(text)
            for one in grams(words, EIGHT).tolist() if known else ():
                known.pop(one, None)
            if short:
                joined = f" {' '.join(words)} "
                for other in [other for other in short if f" {' '.join(other)} " in joined]:
                    del short[other]
    return list(_found(folder, known, short)) if known or short else []


def refuse_leaks(found: Sequence[Leak]) -> None:
    """Raise UsageError where a text leaks."""
    if found:
        more = f" and {len(found) - 3} more places" if len(found) > 3 else ""
        raise UsageError(
            f"a text would leak: {'; '.join(map(str, found[:3]))}{more}",
            hint="Take the passage out of the scheme, note, card or metadata that it stands in, and build again",
        )


def _hashes(folder: Path, at_once: int) -> Iterator[Hashes]:
    """Give the hashes of what a folder says, sorted, so many at a time; once at least."""
    waiting: list[Hashes] = []
    size, given = 0, False
    for piece in pieces(folder, least=2 * EIGHT - 1):
        found = _NONE if piece.text.isalnum() else grams(words_of(piece.text), EIGHT)
        if len(found):
            waiting.append(found)
            size += len(found)
        if size >= at_once:
            yield np.unique(np.concatenate(waiting))
            waiting, size, given = [], 0, True
    if waiting or not given:
        yield np.unique(np.concatenate(waiting)) if waiting else _NONE


def _among(found: Hashes, said: Hashes) -> Mask:
    """Say which hashes are among the sorted ones."""
    if not len(said):
        return np.zeros(len(found), dtype=np.bool_)
    places = np.minimum(np.searchsorted(said, found), len(said) - 1)
    among: Mask = said[places] == found
    return among


def _found(
    folder: Path, known: dict[int, tuple[str, tuple[str, ...]]], short: dict[tuple[str, ...], str]
) -> Iterator[Leak]:
    wanted = np.array(sorted(known), dtype=np.uint64)
    number = 0
    for piece in pieces(folder, least=0 if short else 2 * EIGHT - 1):
        words = words_of(piece.text)
        leak = _shared(piece, words, wanted, known) or _whole(piece, words, short)
        if leak is not None:
            yield leak
            number += 1
            if number == _MOST:
                return


def _shared(
    piece: Piece, words: list[str], wanted: Hashes, known: dict[int, tuple[str, tuple[str, ...]]]
) -> Leak | None:
    found = grams(words, EIGHT)
    for place in np.flatnonzero(_among(found, wanted)).tolist():
        doc_id, passage = known[int(found[place])]
        if tuple(words[place : place + EIGHT]) == passage:
            return _leak(piece, doc_id, passage)
    return None


def _whole(piece: Piece, words: list[str], short: dict[tuple[str, ...], str]) -> Leak | None:
    joined = f" {' '.join(words)} " if short else ""
    for passage, doc_id in short.items():
        if tuple(words) == passage or (len(passage) > _WHOLE and f" {' '.join(passage)} " in joined):
            return _leak(piece, doc_id, passage)
    return None


def _leak(piece: Piece, doc_id: str, passage: tuple[str, ...]) -> Leak:
    return Leak(file=piece.file, place=piece.place, doc_id=doc_id, words=" ".join(passage))
