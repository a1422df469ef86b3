"""Finds persons by evidence in the text: a first name, a role or title in front, a mention of the name elsewhere.

The role or title is not part of the span. Offsets are code points, half open.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from wortlaut.annotation.preannotate.lexicon import words
from wortlaut.annotation.preannotate.roles import is_role
from wortlaut.annotation.preannotate.words import Word, is_determiner, is_name_shaped, split_words

__all__ = ["find_persons"]

_TITLES = frozenset({"Herr", "Herrn", "Frau", "Dr", "Prof", "Doktor", "Sir", "Lord", "Lady", "Scheich", "Mister"})
_ADJECTIVE = re.compile(r"\w+(?:e|er|en|es|em)")
# What may stand between two words of one name: a space, or the full stop of an initial or title and a space.
_SPACE = " "
_DOT = ". "


def find_persons(
    text: str, tokens: Sequence[Word], taken: Collection[int], tags: Sequence[str] = ()
) -> tuple[tuple[int, int], ...]:
    """Give the places of persons' names, in the order of the text.

    ``tokens`` are the text's words, ``taken`` the offsets that belong to names of other kinds: no name of a person
    starts there. ``tags`` are the article's keywords: two or three name-shaped words of one that the text
    holds, and whose last the text also holds alone, are a person.
    """
    found = [*_full_names(text, tokens, taken)]
    found += _tagged(text, tokens, taken, tags)
    surnames = {tokens[last].text for _, last in found}
    covered = {number for first, last in found for number in range(first, last + 1)}
    for number, word in enumerate(tokens):
        if number in covered or word.start in taken or not _is_surname(word.text, surnames):
            continue
        if number and is_determiner(tokens[number - 1].text) and _gap(text, tokens, number) == _SPACE:
            continue
        found.append((number, number))
    return tuple((tokens[first].start, tokens[last].end) for first, last in sorted(found))


def _full_names(text: str, tokens: Sequence[Word], taken: Collection[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last word number of each name with a first name, or with a role or title in front."""
    number = 0
    while number < len(tokens):
        last = None
        if tokens[number].start not in taken and _can_name(tokens[number].text):
            last = _end_of_name(text, tokens, taken, number)
        if last is None:
            number += 1
        else:
            yield number, last
            number = last + 1


def _end_of_name(text: str, tokens: Sequence[Word], taken: Collection[int], first: int) -> int | None:
    announced = _is_announced(text, tokens, first)
    given = _is_first_name(tokens[first].text)
    if not announced and not given:
        return None
    last, place = first, first + 1
    # More first names and initials, then particles, then the surname.
    while place < len(tokens) and _gap(text, tokens, place) in (_SPACE, _DOT):
        word = tokens[place].text
        initial = len(word) == 1 and word.isupper() and text[tokens[place].end : tokens[place].end + 2] == _DOT
        if _gap(text, tokens, place) == _DOT and len(tokens[place - 1].text) > 1:
            break
        if initial or (word in words("particles") and place + 1 < len(tokens)):
            place += 1
            continue
        surname = _can_name(word) or (given and last == first and _is_trade(word))
        if tokens[place].start in taken or not surname:
            break
        last = place
        place += 1
        if not _is_first_name(word):
            break
    if last > first:
        return last
    return first if announced and not given else None


def _is_announced(text: str, tokens: Sequence[Word], number: int) -> bool:
    if not number:
        return False
    before = tokens[number - 1].text
    if before in _TITLES:
        return _gap(text, tokens, number) in (_SPACE, _DOT)
    return _gap(text, tokens, number) == _SPACE and is_role(before)


def _tagged(
    text: str, tokens: Sequence[Word], taken: Collection[int], tags: Sequence[str]
) -> Iterator[tuple[int, int]]:
    known = {word.text for word in tokens}
    for tag in tags:
        parts = [word.text for word in split_words(tag)]
        if len(parts) not in (2, 3) or not all(map(_can_name, parts)) or _ADJECTIVE.fullmatch(parts[0]):
            continue
        if not known.issuperset(parts):
            continue
        size = len(parts)
        places = {
            number
            for number in range(len(tokens) - size + 1)
            if [word.text for word in tokens[number : number + size]] == parts
            and all(_gap(text, tokens, number + step) == _SPACE for step in range(1, size))
        }
        alone = any(
            word.text == parts[-1]
            and number - size + 1 not in places
            and not (number and is_determiner(tokens[number - 1].text))
            for number, word in enumerate(tokens)
        )
        if alone:
            yield from ((p, p + size - 1) for p in sorted(places) if tokens[p].start not in taken)


def _gap(text: str, tokens: Sequence[Word], number: int) -> str:
    """Give what stands between a word and the one before it."""
    return text[tokens[number - 1].end : tokens[number].start]


def _can_name(word: str) -> bool:
    return is_name_shaped(word) and not is_role(word) and word not in _TITLES


def _is_trade(word: str) -> bool:
    """Say whether a role could be a surname after a first name: Jan Richter, but not Anna Ministerin."""
    return is_role(word) and is_name_shaped(word) and not word.endswith(("in", "innen")) and "-" not in word


def _is_first_name(word: str) -> bool:
    return word.partition("-")[0] in _first_names()


def _is_surname(word: str, surnames: Collection[str]) -> bool:
    return len(word) > 2 and (word in surnames or (word.endswith("s") and word[:-1] in surnames))


@lru_cache(maxsize=1)
def _first_names() -> frozenset[str]:
    return words("first_names") | words("first_names_more")
