"""What happens to a text between two readers, and where each of its spans then stands: the truth to measure against."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

__all__ = ["NOISES", "Edited", "Noise"]

_WORD = re.compile(r"\w+")
_SYLLABLES = (
    "be",
    "dor",
    "fel",
    "gau",
    "hin",
    "kar",
    "lan",
    "mer",
    "nau",
    "ost",
    "rei",
    "sim",
    "tal",
    "ung",
    "wer",
    "zu",
)
_AD = "ANZEIGE: Jetzt vier Wochen kostenlos lesen und nichts mehr verpassen."

_TEASER = "Lesen Sie auch: Warum im Hafen von Grauort die Boote kleiner werden"


class Edited:
    """A text as pieces: (old text, new text); equal where nothing was changed, the old one empty where one came in."""

    def __init__(self, pieces: Sequence[tuple[str, str]]) -> None:
        self.pieces = pieces
        self.text = "".join(new for _, new in pieces)

    def place(self, start: int, end: int) -> int | None:
        """Give where ``old[start:end]`` begins now; None where anything in it was changed, or put into it."""
        old = new = 0
        found: int | None = None
        for before, after in self.pieces:
            stop = old + len(before)
            if old < end and start < stop:
                if before != after or (found is not None and new + max(start - old, 0) != found + max(old - start, 0)):
                    return None
                if found is None:
                    found = new + start - old
            old, new = stop, new + len(after)
        return found


Noise = Callable[[str, random.Random], Edited]


def _other(rng: random.Random) -> str:
    """Make up a word."""
    return "".join(rng.choices(_SYLLABLES, k=rng.randint(1, 4)))


def _words_changed(text: str, places: Sequence[tuple[int, int]], rng: random.Random) -> Edited:
    pieces: list[tuple[str, str]] = []
    last = 0
    for start, end in sorted(places):
        pieces += [(text[last:start], text[last:start]), (text[start:end], _other(rng))]
        last = end
    return Edited([*pieces, (text[last:], text[last:])])


def _share(share: float) -> Noise:
    def noise(text: str, rng: random.Random) -> Edited:
        words = [match.span() for match in _WORD.finditer(text)]
        return _words_changed(text, rng.sample(words, max(1, round(share * len(words)))), rng)

    return noise


def _one_word(text: str, rng: random.Random) -> Edited:
    return _words_changed(text, [rng.choice([match.span() for match in _WORD.finditer(text)])], rng)


def _blanks(text: str, rng: random.Random) -> Edited:
    """Put in blanks that do not break, soft hyphens, other line ends: what the canonical form undoes."""
    return Edited([(char, rng.choice((" ", "\u00a0", "\u202f")) if char == " " else char) for char in text])


def _paragraphs(text: str) -> list[str]:
    return re.split(r"(?<=\n\n)", text)


def _teaser_and_ad(text: str, rng: random.Random) -> Edited:
    """Put a teaser on top that repeats headline and first sentence, and an advertisement into the middle."""
    parts = _paragraphs(text)
    sentence = re.split(r"(?<=[.!?]) ", parts[min(1, len(parts) - 1)])[0].strip()
    at = rng.randrange(1, len(parts)) if len(parts) > 1 else 1
    pieces = [("", f"Lesen Sie auch: {parts[0].strip()}\n\n{sentence}\n\n")]
    pieces += [(part, part) for part in parts[:at]]
    return Edited([*pieces, ("", f"{_AD}\n\n"), *[(part, part) for part in parts[at:]]])


def _others(text: str, rng: random.Random) -> Edited:
    """Put a teaser of another article on top, and an advertisement into the middle."""
    parts = _paragraphs(text)
    at = rng.randrange(1, len(parts)) if len(parts) > 1 else 1
    before, after = [(part, part) for part in parts[:at]], [(part, part) for part in parts[at:]]
    return Edited([("", f"{_TEASER}\n\n"), *before, ("", f"{_AD}\n\n"), *after])


def _repeated(text: str, rng: random.Random) -> Edited:
    """Print a paragraph a second time elsewhere, as a pull quote is, and change one word where it stood."""
    parts = _paragraphs(text)
    at = rng.randrange(len(parts))
    words = [match.span() for match in _WORD.finditer(parts[at])] or [(0, 0)]
    start, end = rng.choice(words)
    kept = parts[at]
    changed = [(kept[:start], kept[:start]), (kept[start:end], _other(rng)), (kept[end:], kept[end:])]
    copy = ("", f"{kept.strip()}\n\n")
    # Not beside itself: of two equal paragraphs side by side nobody can say which is the changed one.
    elsewhere = [place for place in range(len(parts) + 1) if place not in {at, at + 1}]
    put = rng.choice(elsewhere) if elsewhere else len(parts)
    pieces: list[tuple[str, str]] = []
    for number, part in enumerate(parts):
        pieces += [copy] if number == put else []
        pieces += changed if number == at else [(part, part)]
    return Edited([*pieces, ("", "\n\n"), copy] if put == len(parts) else pieces)


def _after(first: Noise, second: Noise) -> Noise:
    """Give one noise on top of another."""

    def noise(text: str, rng: random.Random) -> Edited:
        once = first(text, rng)
        # The second is put onto the pieces that stayed, each on its own.
        pieces: list[tuple[str, str]] = []
        for before, after in once.pieces:
            stays = before == after and _WORD.search(before)
            pieces += second(before, rng).pieces if stays else [(before, after)]
        return Edited(pieces)

    return noise


def _cut(text: str, rng: random.Random) -> Edited:
    """Take a paragraph out, and change one word."""
    parts = _paragraphs(text)
    gone = rng.randrange(len(parts))
    pieces: list[tuple[str, str]] = []
    for number, part in enumerate(parts):
        pieces += (
            [(part, "")]
            if number == gone
            else list(_one_word(part, rng).pieces)
            if number == 0 and _WORD.search(part)
            else [(part, part)]
        )
    return Edited(pieces)


def _sentence_copied(text: str, rng: random.Random) -> Edited:
    """Print a sentence a second time elsewhere, and cut what stands behind a word of it where it stood."""
    sentences = [match.span() for match in re.finditer(r"\S[^.!?]*[.!?]\s*", text)]
    if len(sentences) < 3:
        return Edited([(text, text)])
    number = rng.randrange(len(sentences))
    start, end = sentences[number]
    words = [match.end() for match in _WORD.finditer(text, start, end)]
    cut = rng.choice(words or [end]) + rng.randint(0, 12)
    stop = min(cut + rng.choice((5, 15, 40, 100)), len(text))
    elsewhere = [at for n, (at, _) in enumerate(sentences) if n not in {number, number + 1} and not cut < at < stop]
    put = rng.choice(elsewhere or [len(text)])
    pieces = [(text[cut:stop], "")]
    head, tail = text[:cut], text[stop:]
    if put <= cut:
        pieces = [(head[:put], head[:put]), ("", text[start:end]), (head[put:], head[put:]), *pieces, (tail, tail)]
    else:
        kept, rest = text[stop:put], text[put:]
        pieces = [(head, head), *pieces, (kept, kept), ("", text[start:end]), (rest, rest)]
    return Edited(pieces)


NOISES: dict[str, Noise] = {
    "blanks that do not break": _blanks,
    "one word changed": _one_word,
    "another article's teaser and an ad put in": _others,
    "teaser that repeats the top, and ad": _teaser_and_ad,
    "2 % of words changed": _share(0.02),
    "10 % of words changed": _share(0.10),
    "a paragraph repeated and changed": _repeated,
    "a paragraph cut": _cut,
    "a sentence repeated, and the text behind it cut": _sentence_copied,
    "that teaser, ad, and 10 % of words changed": _after(_teaser_and_ad, _share(0.10)),
    "a paragraph repeated, and 10 % of words changed": _after(_repeated, _share(0.10)),
}
