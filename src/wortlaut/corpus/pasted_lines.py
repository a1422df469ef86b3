"""The lines of a pasted page, with their places: hard wraps joined, blanks at the edges left out."""

from __future__ import annotations

import re

import msgspec

from wortlaut.corpus.canonical import canonicalize, to_raw
from wortlaut.corpus.sentences import ends_sentence, holds_two_sentences
from wortlaut.corpus.wraps import stretches, wrapped_at

__all__ = ["OPEN_END", "Line", "is_prose", "read_lines", "word_count"]

# What a headline, a subheading or a tag does not end with.
OPEN_END = ".!?…:;,"
_LINE = re.compile(r"[^\r\n\x0b\x0c\x85\u2028\u2029]+")
_BREAK = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line: ``decoded[start:start + len(text)] == text``.

    ``view`` is the line in canonical form, which the rules read; ``gap`` says that an empty line, or nothing,
    stands above it; ``wrapped`` that it was several lines in the file.
    """

    text: str
    start: int
    view: str
    gap: bool
    wrapped: bool = False

    @property
    def end(self) -> int:
        """The offset after the line."""
        return self.start + len(self.text)


def read_lines(decoded: str) -> tuple[Line, ...]:
    """Cut a page into its lines; lines that hold nothing but blanks and invisible characters are gaps."""
    lines = _physical(decoded)
    joined = wrapped_at([line.view for line in lines], [not line.gap for line in lines])
    found: list[Line] = []
    number = 0
    while number < len(lines):
        last = number
        while last in joined:
            last += 1
        line = lines[number]
        if last > number:
            text = decoded[line.start : lines[last].end]
            line = Line(text=text, start=line.start, view=_one_line(text), gap=line.gap, wrapped=True)
        found.append(line)
        number = last + 1
    return tuple(found)


def is_prose(view: str) -> bool:
    """Say whether a line reads as running text: long, or a sentence of eight words, or two sentences.

    >>> is_prose("Der Rat hat am Abend den Haushalt für das nächste Jahr beschlossen.")
    True
    >>> is_prose("Rat beschließt Haushalt")
    False
    """
    if len(view) >= 160:
        return True
    words = word_count(view)
    if words >= 8 and ends_sentence(view):
        return True
    return words >= 10 and holds_two_sentences(view)


def word_count(view: str) -> int:
    """Count the words of a line, parted by spaces."""
    return sum(1 for word in view.split(" ") if any(char.isalnum() for char in word))


def _physical(decoded: str) -> list[Line]:
    found: list[Line] = []
    last_end = 0
    for match in _LINE.finditer(decoded):
        canonical = canonicalize(match[0], base=match.start())
        view = canonical.text.strip(" \n")
        if not view:
            continue
        first = len(canonical.text) - len(canonical.text.lstrip(" \n"))
        place = to_raw(canonical.runs, first, first + len(view))
        if place is None:
            continue
        start, end = place
        # Two breaks or more stand between lines that an empty line parts.
        gap = not found or len(_BREAK.findall(decoded[last_end:start])) > 1
        found.append(Line(text=decoded[start:end], start=start, view=view, gap=gap))
        last_end = end
    return found


def _one_line(text: str) -> str:
    lines = [(canonicalize(text[part.start : part.end]).text.strip(" \n"), part.joint) for part in stretches(text)]
    return "".join(line + joint for line, joint in lines)
