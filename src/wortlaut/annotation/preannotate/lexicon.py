"""Reads the word lists of ``annotation/gazetteer``: one entry a line, ``#`` starts a comment.

An entry may end with `` = LABEL`` where its list holds several labels. In an entry, ``~`` stands for the endings
of an adjective (``Vereinte~ Nationen``: Vereinte, Vereinten, Vereinter, ...).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from wortlaut.schema.assets import assets

__all__ = ["entries", "forms", "words"]

_ADJECTIVE_ENDINGS = ("", "n", "r", "m", "s")
# The genitive of a name that already ends in an s sound is an apostrophe, which is left outside the span.
_S_SOUNDS = ("s", "ß", "x", "z", "ce")


@cache
def words(name: str) -> frozenset[str]:
    """Give the entries of one list as they stand, without labels."""
    return frozenset(entry for entry, _ in entries(name))


@cache
def entries(name: str) -> tuple[tuple[str, str], ...]:
    """Give the entries of one list with their labels (empty where the line names none)."""
    return tuple(_read(name))


def forms(entry: str) -> tuple[str, ...]:
    """Give the inflected forms of a name: adjective endings at ``~``, and the genitive.

    >>> forms("Sachsen")
    ('Sachsen', 'Sachsens')
    >>> forms("Nahe~ Osten")[:3]
    ('Nahe Osten', 'Nahe Ostens', 'Nahen Osten')
    >>> forms("USA"), forms("Graz")
    (('USA',), ('Graz',))
    """
    bases = [entry]
    if "~" in entry:
        bases = [entry.replace("~", ending) for ending in _ADJECTIVE_ENDINGS]
    return tuple(form for base in bases for form in _with_genitive(base))


def _with_genitive(base: str) -> tuple[str, ...]:
    last = base.rsplit(" ", maxsplit=1)[-1]
    if base.endswith(_S_SOUNDS) or not base[-1].isalpha() or last.isupper():
        return (base,)
    return (base, f"{base}s")


def _read(name: str) -> Iterator[tuple[str, str]]:
    text = assets("annotation", "gazetteer", f"{name}.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        entry = line.partition("#")[0].strip()
        if entry:
            word, _, label = entry.partition(" = ")
            yield word.strip(), label.strip()
