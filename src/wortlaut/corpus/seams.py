"""Seams in lines that copying glued together: ``Nach Gespräch mit TrumpSelenskyj: Treffen ...``.

Where one element of a page ended and the next began without a blank, a small letter meets a capital, or a closing
mark meets a letter. So do letters in names (iPhone, AfD, TikTok, McDonald): what the rest of the page writes as one
word is never parted, and a seam is likelier where the page writes both sides as words of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

import msgspec

__all__ = ["Seam", "Vocabulary", "seams", "split_at"]

_WORD = re.compile(r"[^\W_]+(?:[-’'][^\W_]+)*")
_LETTERS = re.compile(r"[^\W\d_]+")
_NAMES = frozenset(
    """
    AfD AstraZeneca BaFin BaföG BahnCard BayWa BfArM BfV BioNTech BlackBerry BlackRock BVerfG CarSharing ChatGPT CureVac
    DeepL DeepMind DeepSeek DeSantis DiCaprio DocMorris EnBW EuGH FaceTime FedEx FinTech GitHub GlaxoSmithKline GmbH
    GoPro HafenCity HanseMerkur HelloFresh HypoVereinsbank JavaScript KfW KiKa KiTa KiTas LaLiga LeBron LibreOffice
    LinkedIn MacBook McDonald McKinsey McLaren MediaMarkt MeToo MoMA NordLB OpenAI OpenStreetMap PayPal PlayStation
    PowerPoint ProSieben PwC SmartHome SpaceX StartUp StartUps StGB StPO StVO SwissRe TeamViewer ThyssenKrupp TikTok
    TripAdvisor TuS UniCredit VfB VfL VfR WeChat WhatsApp WikiLeaks WiFi WirtschaftsWoche YouTube YouTuber YouTuberin
    ZDFheute eBay eSport eSports iCloud iMac iPad iPhone iPod iOS macOS
    """.split()  # noqa: SIM905 - a list of words is read and amended as words
)
# Small words that begin or end an element and say nothing of the page.
_COMMON = frozenset(
    """
    ab alle als am an auch auf aus bei beim bis da damit dann das dass dem den der des die doch dort drei du ein eine
    einem einen einer er erst es für ganz gegen gibt hat hier ich ihr im in ist ja jetzt kein keine man mehr mit nach
    neue neuer nicht noch nun nur ob oder ohne schon sein seine sich sie sind so soll trotz über um und unter vom von
    vor war warum was weil wenn wer wie wieder will wir wird wo zu zum zur zwei zwischen
    """.split()  # noqa: SIM905 - as above
)
_GENDERED = frozenset({"in", "innen"})
_OPENING = "„»«‚›‹“\"'"
_CLOSING = '“”"«»‘’›‹'
_QUOTES = frozenset('„“”"«»')
_SCOTS = re.compile(r"(?:(?<=[a-zäöüß])|(?<![^\W\d_]))(?:Mc|Mac)(?=[A-Z][a-z])")


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """The words of the rest of a page: as written, and in small letters."""

    words: frozenset[str]
    folded: frozenset[str]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Vocabulary:
        """Collect the words of some texts; a hyphenated word counts as a whole and in its parts."""
        words: set[str] = set()
        for text in texts:
            for match in _WORD.finditer(text):
                words.add(match[0])
                words.update(_LETTERS.findall(match[0]))
        return cls(words=frozenset(words), folded=frozenset(word.casefold() for word in words))

    def knows(self, word: str) -> bool:
        """Say whether the page writes ``word``, perhaps with another ending, as a word of its own."""
        folded = word.casefold()
        if folded in self.folded or folded in _COMMON:
            return True
        endings = ("s", "es", "n", "en", "e", "er")
        if len(folded) >= 4 and any(folded + ending in self.folded for ending in endings):
            return True
        return any(
            len(folded) - len(ending) >= 4 and folded.endswith(ending) and folded[: -len(ending)] in self.folded
            for ending in endings
        )

    @property
    def camels(self) -> frozenset[str]:
        """The words with a capital after a small letter."""
        return frozenset(word for word in self.words if re.search(r"[a-zäöüß][A-ZÄÖÜ]", word))


class Seam(msgspec.Struct, frozen=True, kw_only=True):
    """Two elements meet before ``line[at]``; ``score`` says how sure that is (1 and more is enough)."""

    at: int
    score: int


def seams(line: str, vocabulary: Vocabulary) -> tuple[Seam, ...]:
    """Find the seams of a line, in its order.

    >>> [seam.at for seam in seams("Nach StreitVoss geht", Vocabulary.of(["Voss kam zum Streit"]))]
    [11]
    """
    banned, ends = _names_in(line, vocabulary)
    places = [place for place in range(1, len(line)) if place not in banned and (place in ends or _meets(line, place))]
    found = []
    for number, place in enumerate(places):
        before = places[number - 1] if number else 0
        after = places[number + 1] if number + 1 < len(places) else len(line)
        score = _score(line, before, place, after, vocabulary)
        if score > 0:
            found.append(Seam(at=place, score=score))
    return tuple(found)


def split_at(line: str, found: Iterable[Seam]) -> tuple[tuple[int, int], ...]:
    """Give the half-open stretches between the seams, without the blanks at their edges."""
    edges = [0, *(seam.at for seam in found), len(line)]
    parts = []
    for start, end in pairwise(edges):
        body = line[start:end]
        inner = body.strip()
        if inner:
            first = start + len(body) - len(body.lstrip())
            parts.append((first, first + len(inner)))
    return tuple(parts)


def _names_in(line: str, vocabulary: Vocabulary) -> tuple[frozenset[int], frozenset[int]]:
    """Give the places inside words that are written as one on this page, or everywhere, and where a word follows one.

    ``AfDRat``: the places 1 and 2 are inside a name, at 3 a word follows it.
    """
    inside: set[int] = {match.end() for match in _SCOTS.finditer(line)}
    ends: set[int] = set()
    for name in _NAMES | vocabulary.camels:
        start = line.find(name)
        while start >= 0:
            end = start + len(name)
            after = line[end : end + 1]
            # Not the beginning of a longer word of small letters: StartUpper is not StartUp.
            if not after.islower() or after in "sn":
                inside.update(range(start + 1, end))
                if after.isupper() and line[end + 1 : end + 2].islower():
                    ends.add(end)
            start = line.find(name, start + 1)
    return frozenset(inside), frozenset(ends)


def _meets(line: str, place: int) -> bool:
    """Say whether the characters around ``place`` can be the end of one element and the start of the next."""
    left, right = line[place - 1], line[place]
    following = line[place + 1 : place + 3]
    if left.islower():
        if right.isupper():
            return True
        return right in _OPENING and following[:1].isalpha() and _even_quotes(line, place)
    if left.isupper():
        # USADavos: the last capital before a small letter starts a word.
        return right.isupper() and following[:1].islower() and line[max(0, place - 2) : place].isupper()
    if not (right.isupper() or right in "„»") or right == left:
        return False
    if left.isdigit():
        return right in "„»" or (len(following) == 2 and following.islower())
    if left in "!?):":
        return right in "„»" or following[:1].isalpha()
    closes = left in _CLOSING and place > 1 and not line[place - 2].isspace()
    return closes and right.isalpha() and _even_quotes(line, place)


def _even_quotes(line: str, place: int) -> bool:
    return sum(char in _QUOTES for char in line[:place]) % 2 == 0


def _score(line: str, before: int, place: int, after: int, vocabulary: Vocabulary) -> int:
    left_run = re.search(r"[^\W\d_]+$", line[before:place])
    right_run = re.match(r"[^\W\d_]+", line[place:after])
    left = left_run[0] if left_run else ""
    right = right_run[0] if right_run else ""
    if left and right:
        knows_left, knows_right = vocabulary.knows(left) or left in _NAMES, vocabulary.knows(right)
        if left + right in vocabulary.words or right.casefold() in _GENDERED:
            return 0
        if left[-1].isupper():
            return 3 if knows_left and knows_right else 0
        if (len(left) < 3 and not knows_left) or len(right) < 2:
            return 0
        return 2 * knows_left + 2 * knows_right + (len(left) >= 4 and len(right) >= 4)
    # A mark or a digit on one side: no word is written like that.
    return 2
