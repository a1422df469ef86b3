"""Undoing hard wraps: text broken into lines of some 72 characters, as mail and agencies send it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from wortlaut.corpus.sentences import ends_with

__all__ = ["Stretch", "stretches", "wrapped_at"]

_BREAK = re.compile(r"[ \t\u00a0]*(?:\r\n|[\n\r\x0b\x0c\x85\u2028\u2029])[ \t\u00a0]*")
_SYLLABLE = re.compile(r"(?<=[a-zäöüß])[-\u2010]$")
_ELLIPTIC = re.compile(r"(?:und|oder|bzw|sowie|bis|wie|als|noch|statt|aber)\b")
_WIDEST = 100
_LONG = 45


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """``raw[start:end]`` stands on one line; ``joint`` is what the break after it becomes (a space, or nothing).

    The break itself is ``raw[end:next.start]``; a syllable's hyphen before it belongs to the break.
    """

    start: int
    end: int
    joint: str


def stretches(raw: str) -> tuple[Stretch, ...]:
    """Cut ``raw`` at its line breaks, and say how to join it to one line again.

    A hyphen at a break stays before a capital letter (``SPD-`` + ``Politiker``) and before ``und`` and its like
    (``Nord-`` + ``und``, with a space); before any other small letter it only parted a word, and goes.
    """
    found: list[Stretch] = []
    start = 0
    for match in _BREAK.finditer(raw):
        end, joint, following = match.start(), " ", raw[match.end() : match.end() + 6]
        if raw[start:end].endswith(("-", "\u2010")) and following[:1].isalpha() and raw[start:end][-2:-1].isalnum():
            if following[0].isupper():
                joint = ""
            elif not _ELLIPTIC.match(following) and _SYLLABLE.search(raw[start:end]):
                end, joint = end - 1, ""
        found.append(Stretch(start=start, end=end, joint=joint))
        start = match.end()
    found.append(Stretch(start=start, end=len(raw), joint=""))
    return tuple(found)


def wrapped_at(lines: Sequence[str], follows: Sequence[bool]) -> frozenset[int]:
    """Give the numbers of the lines that a hard wrap, not the end of a paragraph, ends.

    ``follows[n]`` says that line ``n`` stands right below line ``n - 1``. A page is taken as wrapped where no
    line with a space in it is longer than 100 and at least three long lines end in mid sentence because the next
    word did not fit. In any other page a line is a paragraph.
    """
    width = max((len(line) for line in lines if " " in line), default=0)
    if width > _WIDEST:
        return frozenset()
    full, pairs, in_sentence = set(), 0, 0
    for number in range(len(lines) - 1):
        line, following = lines[number], lines[number + 1]
        if not follows[number + 1] or len(line) < _LONG:
            continue
        pairs += 1
        if len(line) + 1 + len(following.split(" ", 1)[0]) > width:
            full.add(number)
            in_sentence += not ends_with(line, ".!?:;…")
    if in_sentence < 3 or len(full) < 0.6 * pairs:
        return frozenset()
    return frozenset(full)
