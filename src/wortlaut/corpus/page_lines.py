"""What a line of a saved page is: a source line, a copyright note, a teaser, a date; and whether it reads as prose.

Rules for lines, none for publishers. Each works on text in one line (see page_blocks.fold).
"""

from __future__ import annotations

import re

from wortlaut.corpus.credits import read_source
from wortlaut.corpus.dates import read_dateline
from wortlaut.corpus.furniture import furniture_kind
from wortlaut.corpus.sentences import ends_with, holds_two_sentences
from wortlaut.schema.article import FurnitureKind

__all__ = ["ends_block", "line_kind", "reads_as_prose"]

_READING_TIME_BEHIND = re.compile(
    r"\s*[•|·–-]?\s*(?:(?:ca\.\s)?(?:Lesezeit|Lesedauer)\b.{0,30}|\d+ (?:Minuten|Min\.) Lesezeit)$", re.IGNORECASE
)
# kind -> what a line of it looks like, beyond the wording that pasted pages share (wortlaut.corpus.furniture). These
# rules look into a line: on a saved page a paragraph is known to be one, and its links tell a teaser from a sentence.
_KINDS: tuple[tuple[FurnitureKind, re.Pattern[str]], ...] = (
    ("source_line", re.compile(r"^(?:Quellen?|Mit Material von|Source)\s*:", re.IGNORECASE)),
    ("copyright", re.compile(r"^(?:©|\(c\)|Copyright\b|Alle Rechte vorbehalten)|^.{0,60}© .{0,60}$", re.IGNORECASE)),
    (
        "teaser",
        re.compile(
            r"^(?:>>|»\s|➤|▶|→|\+\+\s?)|"
            r"^(?:(?:Lesen|Hören|Sehen) Sie (?:auch|hier|dazu|mehr|jetzt)\b|Lies? auch\b|Auch interessant\b|"
            r"Mehr (?:dazu|zum Thema|Themen|Nachrichten|Infos)\b|"
            r"Weitere (?:Artikel|Infos|Informationen|Nachrichten|Themen)\b.{0,60}$|"
            r"Weiterlesen\b|Passend dazu\b|Das könnte (?:Sie|dich|Dich) auch)",
        ),
    ),
    ("teaser", re.compile(r"^.{0,80}\b(?:lesen|finden|sehen|erfahren) Sie hier[.:!]?$")),
    ("teaser", re.compile(r"^(?:Hier finden Sie|Alle Infos|Alles zum Thema)\b.{0,80}[^.!?]$")),
    ("advert", re.compile(r"^(?=.{0,250}$).*\bAffiliate-?Links?\b", re.IGNORECASE)),
    (
        "newsletter",
        re.compile(
            r"^(?=.{0,160}$).*"
            r"\bNewsletter\b.{0,60}\b(?:abonnieren|anmelden|bestellen|Anmeldung)\b|^Melden Sie sich (?:an|hier)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "provenance",
        re.compile(
            r"^(?:Dieser|Diese|Der) (?:Artikel|Text|Beitrag|Meldung|Analyse|Essay)\b.{0,60}"
            r"\b(?:zuerst|erstmals|ursprünglich|im Original)\b.{0,80}\berschienen\b",
            re.IGNORECASE,
        ),
    ),
    ("provenance", re.compile(r"^(?:Sendung|Zitiervorschlag|Über dieses Thema berichtete\b.*?)\s*:", re.IGNORECASE)),
    ("provenance", re.compile(r"\(?abgerufen am:? |\bZitiervorschlag\b")),
)
# Shared kinds that a saved page does not tell by its elements. The others ("Weiter", "Home", "Folgen") may be
# subheadings there, and their buttons stand outside the text.
_SHARED: frozenset[FurnitureKind | None] = frozenset(
    {"advert", "audio_player", "consent", "feedback", "newsletter", "reading_time", "ticker_time"}
)


def ends_block(text: str) -> bool:
    """Say whether a paragraph ends as one: with a sentence, or with the colon before a list or a quotation."""
    return ends_with(text, ".!?…:")


def reads_as_prose(text: str) -> bool:
    """Say whether a line holds a sentence: it ends as one, or one ends in it and another begins.

    >>> reads_as_prose("Der Hafen wächst."), reads_as_prose("Der Hafen wächst. Von Ida Brandt"), reads_as_prose("Hafen")
    (True, True, False)
    """
    return ends_block(text) or holds_two_sentences(text)


def line_kind(text: str) -> FurnitureKind | None:
    """Name what a line is that is no part of the article's text; None where it may be.

    >>> line_kind("Quelle: beispiel.de, dpa"), line_kind("Lesen Sie auch: Der neue Hafen")
    ('source_line', 'teaser')
    >>> line_kind("Der Hafen wächst.") is None
    True
    """
    if len(text) > 700:
        return None
    for kind, pattern in _KINDS:
        if pattern.search(text):
            return kind
    source = read_source(text)
    if source and not source.signs.other:  # "Quellen der Donau" is a subheading
        return "source_line"
    shared = furniture_kind(text)
    if shared in _SHARED:
        return shared
    return "dateline" if _is_dateline(text) else None


def _is_dateline(text: str) -> bool:
    """Say whether a line gives the day of publication or the time it takes to read, and nothing else."""
    days = _READING_TIME_BEHIND.sub("", text)
    return not days or (len(text) < 110 and read_dateline(days, "Europe/Berlin") is not None)
