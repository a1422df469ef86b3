"""Where texts name the server's users: by e-mail address, full name or user name, however letters are composed.

A first name alone is not looked for, nor a user name that is one: articles are full of them, and so are notes on
articles. Names are compared without case and in the decomposed form of Unicode.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from wortlaut.annotation.studio.census import Person
from wortlaut.schema.errors import UsageError

__all__ = ["NOTE", "SOMEBODY", "Guard"]

NOTE = "textarea"
"""The type of a region whose text an annotator wrote."""

SOMEBODY = "annotator"
"""What takes the place of a name that several users bear."""

_SHORT = 3
# A user name is a word of its own: no letter, accent, or part of an address stands beside it.
_BEFORE = r"(?<![\w\u0300-\u036f])"
_AFTER = r"(?![\w\u0300-\u036f]|[.-]\w)"
_NOTHING = r"(?!)"
_PLAIN = msgspec.json.Decoder()
_ENCODER = msgspec.json.Encoder()

NameOf = Callable[[str], str]
"""Gives the pseudonym for an identity."""


class Guard:
    """Finds users of the server in what is written."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._bearers: dict[str, set[str]] = {}
        self._anywhere: set[str] = set()
        self._coined: set[str] = set()
        # Only where it is a value by itself, or in a text behind @: it may be a word of the language.
        self._whole: set[str] = set()
        for person in people:
            self._add(person)
        self._needles = (
            *map(_json, sorted(self._anywhere | self._coined)),
            *(f"{before}{_json(name)}{after}" for name in sorted(self._whole) for before, after in ('""', ("@", ""))),
        )
        self._names = re.compile(_either(self._anywhere))
        self._in_notes = re.compile(
            f"{_either(self._anywhere)}|{_BEFORE}{_either(self._coined)}{_AFTER}"
            f"|(?<=@)(?<!\\w@){_either(self._whole)}{_AFTER}"
        )

    def _add(self, person: Person) -> None:
        full = [_fold(" ".join(name.split())) for name in (person.full_name, *person.also)]
        parts = {part for name in full for part in name.split()}
        users = {_fold(person.username), _fold(person.email.partition("@")[0])}
        for name in {*full, _fold(person.email), *users} - {""}:
            if "@" in name or " " in name:
                self._anywhere.add(name)
            elif name in users and _is_coined(name, parts):
                self._coined.add(name)
            else:
                self._whole.add(name)
            self._bearers.setdefault(name, set()).add(person.identity)

    def suspects(self, raw: bytes | memoryview) -> bool:
        """Say whether somebody may be named in a piece of JSON. Quick; it cannot tell where."""
        text = _fold(str(raw, "utf-8"))
        return any(needle in text for needle in self._needles)

    def replace(self, text: str, name_of: NameOf) -> str:
        """Put pseudonyms where a note names people.

        >>> guard = Guard([Person(id=2, email="anna.kern@example.org", first_name="Anna", last_name="Kern")])
        >>> guard.replace("Frag ANNA KERN, anna.kern oder @anna.kern!", lambda identity: "annotator-1")
        'Frag annotator-1, annotator-1 oder @annotator-1!'
        >>> guard.replace("Anna, nicht Anna Weber", lambda identity: "annotator-1")
        'Anna, nicht Anna Weber'
        """
        if not self._in_notes.search(_fold(text)):
            return text
        folded, places = _folded(text)
        parts, done = [], 0
        for found in self._in_notes.finditer(folded):
            start, end = places[found.start()][0], places[found.end() - 1][1]
            parts += [text[done:start], self._shown(found[0], name_of)]
            done = end
        return "".join([*parts, text[done:]])

    def replace_all(self, value: Any, name_of: NameOf) -> Any:
        """Put pseudonyms where any text in a JSON value names people, keys included."""
        if isinstance(value, str):
            name = _fold(value)
            return self._shown(name, name_of) if name in self._bearers else self.replace(value, name_of)
        if isinstance(value, list):
            return [self.replace_all(item, name_of) for item in value]
        if isinstance(value, dict):
            return {self.replace(key, name_of): self.replace_all(item, name_of) for key, item in value.items()}
        return value

    def check(self, raw: bytes) -> None:
        """Raise UsageError where a task, as it is written, names a user outside its data and its spans' surfaces."""
        if not self.suspects(raw):
            return
        task = _PLAIN.decode(raw)
        task.pop("data", None)
        for place, text, free in _strings(task, f"task {task.get('id')}"):
            folded = _fold(text)
            if self._names.search(folded) or (not free and folded in self._bearers):
                raise UsageError(
                    "would name a user of the server",
                    where=place,
                    hint="Nothing was written. This is a bug in wortlaut, or a field of a newer Label Studio",
                )

    def _shown(self, name: str, name_of: NameOf) -> str:
        bearers = self._bearers[name]
        return name_of(next(iter(bearers))) if len(bearers) == 1 else SOMEBODY


def _is_coined(user: str, parts: set[str]) -> bool:
    """Say whether a user name is none that people bear, nor a word: it has a digit or a sign, or is made of a name."""
    if len(user) < _SHORT or user in parts:
        return False
    return not _is_letters(user) or any(part in user for part in parts if len(part) >= _SHORT)


def _is_letters(text: str) -> bool:
    return all(letter.isalpha() or unicodedata.combining(letter) for letter in text)


def _either(names: Iterable[str]) -> str:
    listed = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return f"(?:{listed or _NOTHING})"


def _fold(text: str) -> str:
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())


def _folded(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Fold a text, and give for each letter where in the text it comes from: folding makes two letters of some (ß).

    A letter and the accents behind it are one place.
    """
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and unicodedata.combining(text[end]):
            continue
        piece = _fold(text[start:end])
        pieces.append(piece)
        places += [(start, end)] * len(piece)
        start = end
    return "".join(pieces), places


def _strings(value: Any, place: str, *, free: bool = False) -> Iterator[tuple[str, str, bool]]:
    """Give each text in a value with its place, and whether it is in a result, where a bare name may be a word.

    The surfaces of spans are left out: they repeat the article.
    """
    if isinstance(value, str):
        yield place, value, free
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _strings(item, f"{place}[{number}]", free=free)
    elif isinstance(value, dict):
        inner = value.get("value")
        if free and isinstance(inner, dict) and value.get("type") != NOTE and "text" in inner:
            value = value | {"value": {key: one for key, one in inner.items() if key != "text"}}
        for key, item in value.items():
            yield from _strings(item, f"{place}.{key}", free=free or key == "result")


def _json(text: str) -> str:
    return _ENCODER.encode(text).decode()[1:-1]
