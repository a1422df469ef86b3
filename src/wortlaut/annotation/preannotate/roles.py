"""Knows the words for offices, functions and professions, inflected and in compounds.

A compound is one role as a whole (Siemens-Sprecher, Innenministerin): the organisation inside it is no span of
its own, for the annotators mark whole words.
"""

from __future__ import annotations

from functools import lru_cache

from wortlaut.annotation.preannotate.lexicon import entries

__all__ = ["is_role"]

_ENDINGS = {
    "er": ("", "s", "n", "in", "innen"),
    "ent": ("", "en", "in", "innen"),
    "or": ("", "s", "e", "en", "in", "innen"),
    "s": ("", "s", "in", "innen"),
    "adj": ("", "r", "n", "m", "s"),
    "form": ("",),
}


def is_role(word: str) -> bool:
    """Say whether one word (a compound counts as one) names a role.

    >>> [is_role(word) for word in ("Ministerin", "US-Präsident", "Vize-Außenminister", "Expertinnen", "Präsidium")]
    [True, True, True, True, False]
    """
    if not word[:1].isupper():
        return False
    alone, heads = _forms()
    last = word.rpartition("-")[2]
    if last in alone or (last != word and last[:1].upper() + last[1:] in alone):
        return True
    # Solid compounds: something of three letters at least before the head.
    return any(last[cut:] in heads for cut in range(3, len(last) - 3))


@lru_cache(maxsize=1)
def _forms() -> tuple[frozenset[str], frozenset[str]]:
    """Give the capitalised forms that stand alone, and the lower-case ones that end a compound."""
    alone: set[str] = set()
    heads: set[str] = set()
    for entry, kind in entries("roles"):
        base = entry.removeprefix("-")
        if kind == "e":
            inflected = {base, f"{base}n", f"{base[:-1]}in", f"{base[:-1]}innen"}
        else:
            inflected = {f"{base}{ending}" for ending in _ENDINGS[kind]}
        alone |= {form[0].upper() + form[1:] for form in inflected}
        if entry != base:
            heads |= {form.lower() for form in inflected}
    return frozenset(alone), frozenset(heads)
