"""Whose the words and pictures of a page are: source lines below the text, captions and their credits.

Each reads one line, or one caption, in canonical form.
"""

from __future__ import annotations

import re

import msgspec

from wortlaut.corpus.agencies import Signs, agency_of, parse_signs
from wortlaut.corpus.dates import first_time
from wortlaut.corpus.publishers import domain_in, known_publisher

__all__ = [
    "SourceLine", "caption_of", "credit_apart", "credit_of", "read_source", "source_signs", "without_credit_label",
    "without_credit_word",
]  # fmt: skip

_CLOSING = re.compile(
    r"\(?(?i:(?P<plain>quellen?)|agenturen?|"
    r"(?:mit|unter verwendung von) (?:(?:agentur)?material(?:ien)?|informationen|inhalten)"
    r"(?:\s+(?:von|der|des))?(?:\s+(?:der\s+)?(?:nachrichten)?agentur(?:en)?)?)"
    r"\s*(?P<colon>:)?\s+(?P<signs>[^()]{2,120}?)\)?\.?"
)
_AGENCY_COPYRIGHT = re.compile(r"©\s*(?P<agency>[\w-]+)(?:\s*,\s*\w+:[\w:/.-]+|\s+(?:19|20)\d\d|\s*/.{0,40})?\.?")
# dpa:260122-930-118822/2 begins with the day, 2026-01-22.
_AGENCY_NUMBER = re.compile(r"\bdpa:(\d\d)(\d\d)(\d\d)-")
_SOURCE_WORD = re.compile(r"^(?:Quellen?|Mit Material von|Source)\s*:\s*|^©\s*")
_PICTURE_WORD = (
    r"(?:(?:archiv|symbol|titel|screen|luft)?(?:fotos?|bild(?:er|quelle|nachweis|rechte)?|grafik(?:en)?|shot|aufnahmen?)|"
    r"picture|credit)"
)
_CREDIT_WORD = rf"(?:{_PICTURE_WORD}|illustration|montage|karte|video|copyright|screenshot)"
_CAPTION_BRACKETS = re.compile(
    rf"(?P<text>.{{3,400}}?)\s*[(\[](?:(?i:{_CREDIT_WORD}|quelle)\s*:\s*|©\s*)(?P<credit>(?:[^()\[\]]|\([^()]*\)){{2,100}})[)\]]\.?"
)
_CAPTION_TAIL = re.compile(
    rf"(?P<text>.{{3,400}}?[.!?…“”\"«»)\w])\s*(?:(?<=[.!?…“”\"«»)])|[|–—])\s*(?:(?i:{_CREDIT_WORD})\s*:\s*|©\s*)"
    r"(?P<credit>[^.!?]{2,80}(?:\.\w+[^.!?]{0,40})?)"
)
_CREDIT_ALONE = re.compile(
    rf"[(\[]?(?:(?i:{_CREDIT_WORD}|quelle)\s*:\s*|©\s*(?:(?i:{_CREDIT_WORD})\s*:\s*)?)(?P<credit>[^.!?]{{2,100}}(?:\.\w+[^.!?]{{0,40}})?)[)\]]?"
)
_CREDIT_AGENCY = re.compile(
    r"(?P<credit>(?i:picture[ -]alliance|imago(?: images)?|getty images|dpa|afp|reuters|keystone|epa|ap photo|apa)"
    r"(?:\s*/\s*[\w .,-]{2,60})+)"
)
# For captions that a page marks as such: the credit may be glued to the caption, where it begins with a capital.
_CREDIT_TAIL = re.compile(
    rf"\s*[(\[|–-]?\s*(?:\b|(?<=[a-zäöüß\d.])(?=[A-ZÄÖÜ]))(?i:{_PICTURE_WORD}|quelle)\s*:\s*"
    r"(?P<credit>[^()]{2,100}?)\s*[)\]]?\s*$"
)
_CREDIT_SIGN = re.compile(r"\s*[(\[|]?\s*©\s*(?P<credit>[^()]{2,100}?)\s*[)\]]?\s*$")
_WORD_BEFORE = re.compile(rf"^[(\[\s]*(?:(?i:{_PICTURE_WORD}|quelle)\b|©)\s*:?\s*")
_LABEL_BEHIND = re.compile(rf"[\s|(]*\b(?i:{_PICTURE_WORD}|quelle)\s*:\s*$")


class SourceLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a closing line says: the signs in it, and the day that an agency's own number of the report holds."""

    signs: Signs
    day: str | None = None


def read_source(view: str) -> SourceLine | None:
    """Read a closing line: ``Quelle: ntv.de, gut/dpa``, ``(dpa/fre)``, ``© dpa-infocom, dpa:...``, ``dpa``, ``(fre)``.

    >>> read_source("(dpa/fre)").signs.editors
    ('fre',)
    >>> read_source("Mit Material von dpa") is None, read_source("Mit Material der Polizei ging es weiter") is None
    (False, True)
    """
    if len(view) > 200:
        return None
    match = _AGENCY_COPYRIGHT.fullmatch(view)
    if match and agency_of(match["agency"]):
        number = _AGENCY_NUMBER.search(view)
        day = first_time(f"20{number[1]}-{number[2]}-{number[3]}", "UTC") if number else None
        return SourceLine(signs=parse_signs(match["agency"]), day=day)
    match = _CLOSING.fullmatch(view)
    if match:
        signs = parse_signs(match["signs"])
        # "Agenturen melden ..." and "Mit Material der Polizei ..." without a colon may open a sentence.
        named = signs.agencies or any(domain_in(part) or known_publisher(part) for part in signs.other)
        return SourceLine(signs=signs) if match["plain"] or match["colon"] or named else None
    in_brackets = re.fullmatch(r"[(\[]([^()\[\]]{2,60})[)\]]\.?", view)
    signs = parse_signs(in_brackets[1] if in_brackets else view)
    if signs.other or not (signs.agencies or (in_brackets and signs.editors and view.count(" ") == 0)):
        return None
    # Without brackets only agencies and small signs parted by strokes are certain: a word is a word.
    if not in_brackets and (len(view) > 40 or (signs.editors and "/" not in view)):
        return None
    return SourceLine(signs=signs)


def caption_of(view: str) -> tuple[str, str] | None:
    """Give caption and credit of a line that holds both, or None.

    >>> caption_of("Der Markt am Morgen. Foto: Oskar Wiemann/dpa")
    ('Der Markt am Morgen.', 'Oskar Wiemann/dpa')
    """
    if len(view) > 500:
        return None
    match = _CAPTION_BRACKETS.fullmatch(view) or _CAPTION_TAIL.fullmatch(view)
    return (match["text"].strip(), match["credit"].strip()) if match else None


def credit_of(view: str) -> str | None:
    """Give the credit of a line that is a credit alone (``Foto: dpa``, ``© Reuters``, ``IMAGO / Name``), or None."""
    match = _CREDIT_ALONE.fullmatch(view) or _CREDIT_AGENCY.fullmatch(view)
    return match["credit"].strip() if match else None


def source_signs(line: str) -> Signs:
    """Give the signs of a line that the page shows to be a source or copyright line; none where it is a long one.

    >>> source_signs("Quelle: anzeiger.example, gut/dpa").editors, source_signs("© AFP, Bonn").agencies
    (('gut',), ('AFP',))
    """
    return parse_signs(_SOURCE_WORD.sub("", line).strip("() ")) if len(line) < 160 else Signs()


def credit_apart(caption: str) -> tuple[str, str | None]:
    """Part what is known to be a caption from its credit.

    >>> credit_apart("Der Hafen am Morgen. (Foto: Ida Brandt/dpa)")
    ('Der Hafen am Morgen.', 'Ida Brandt/dpa')
    >>> credit_apart("Der Hafen © Ida Brandt")
    ('Der Hafen', 'Ida Brandt')
    """
    for pattern in (_CREDIT_TAIL, _CREDIT_SIGN):
        match = pattern.search(caption)
        if match:
            return caption[: match.start()].rstrip(" |–-"), match["credit"].strip(" ©|")
    return caption, None


def without_credit_word(credit: str) -> str | None:
    """Take the word or sign before a credit off it; None where nothing is left.

    >>> without_credit_word("(Foto: Ida Brandt)"), without_credit_word("©")
    ('Ida Brandt', None)
    """
    return _WORD_BEFORE.sub("", credit).strip(" ()[]|©") or None


def without_credit_label(caption: str) -> str:
    """Take the word that announced a credit off the end of a caption whose credit was cut off."""
    return _LABEL_BEHIND.sub("", caption).strip(" |–-()")
