"""Splits a text into words with their places, and knows the shapes of German words that matter for names."""

from __future__ import annotations

import re

import msgspec

from wortlaut.annotation.preannotate import lexicon
from wortlaut.annotation.preannotate.dates import MONTHS, WEEKDAYS

__all__ = ["Word", "is_determiner", "is_name_shaped", "split_words"]


# A compound with hyphens is one word; an abbreviation's full stop is not part of one.
_WORD = re.compile(r"\w+(?:-\w+)*")
_SHAPE = re.compile(r"[^\W\d_a-zäöüß][\w’']*[^\W\d_A-ZÄÖÜ](?:-[^\W\d_]\w*)*")
# Endings of abstract nouns, which no surname has, and calendar words.
_NOUN = re.compile(
    r"\w+(?:ung|ungen|heit|heiten|keit|keiten|schaft|schaften|tion|tionen|tät|täten|nisse|nissen|ismus|enzen|gesetz"
    r"|partei|wahl|wahlen)"
)


class Word(msgspec.Struct, frozen=True, gc=False):
    """A word at ``start:end`` of its text."""

    text: str
    start: int
    end: int


def split_words(text: str) -> list[Word]:
    """Give the words of a text in order."""
    return [Word(match[0], match.start(), match.end()) for match in _WORD.finditer(text)]


def is_determiner(word: str) -> bool:
    """Say whether a word is an article or the like, after which a common noun follows."""
    return word.lower() in lexicon.words("determiners")


def is_name_shaped(word: str) -> bool:
    """Say whether a word could be part of a person's or place's name: capitalised, and no common word we know of.

    >>> [is_name_shaped(word) for word in ("Selenskyj", "Meier-Landrut", "USA", "Regierung", "Freitag", "gut")]
    [True, True, False, False, False, False]
    """
    if not _SHAPE.fullmatch(word) or word in lexicon.words("no_names") or word in MONTHS:
        return False
    return not _NOUN.fullmatch(word) and not word.startswith(WEEKDAYS)
