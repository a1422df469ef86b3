"""What a single line of a German news page is: a source line, a copyright note, a teaser, a byline, a date.

Rules for lines, none for publishers. Each works on text in one line (see page_blocks.fold).
"""

from __future__ import annotations

import re

from wortlaut.corpus.german_dates import read_dateline

__all__ = [
    "AGENCY_OPENING",
    "credit_apart",
    "ends_sentence",
    "is_dateline",
    "line_kind",
    "names_of_byline",
    "reads_as_prose",
    "source_of",
]

_CLOSERS = "\"'“”„»«›‹‘’)]*"
_SENTENCE_END = re.compile(rf"[.!?…:][{re.escape(_CLOSERS)}\s]*$")
_SENTENCE_INSIDE = re.compile(rf"\w{{3}}[.!?…][{re.escape(_CLOSERS)}]?\s+[„“»\"]?[A-ZÄÖÜ]")
_DAY = r"\d{1,2}\.\s?(?:\d{1,2}\.|[A-ZÄa-z]{3,9})\s?\d{2,4}"
_READING_TIME_BEHIND = re.compile(
    r"\s*[•|·–-]?\s*(?:(?:ca\.\s)?(?:Lesezeit|Lesedauer)\b.{0,30}|\d+ (?:Minuten|Min\.) Lesezeit)$", re.IGNORECASE
)
# kind -> what a line of it looks like. The first that matches names the line.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("source", re.compile(r"^(?:Quellen?|Mit Material von|Source)\s*:", re.IGNORECASE)),
    ("copyright", re.compile(r"^(?:©|\(c\)|Copyright\b|Alle Rechte vorbehalten)|^.{0,60}© .{0,60}$", re.IGNORECASE)),
    (
        "source",
        re.compile(r"^\((?:[a-zäöü]{2,5}|[A-Za-z.]{2,8}(?:\s?[,/]\s?[A-Za-z.]{2,12})+|dpa|AFP|Reuters|epd|KNA)\)$"),
    ),
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
    (
        "embed",
        re.compile(
            r"^(?:Link zum \S+-?Inhalt|Empfohlener (?:redaktioneller|externer) Inhalt|Externer Inhalt\b|"
            r"An dieser Stelle (?:finde|befinde)\S* .{0,20}extern)"
        ),
    ),
    ("embed", re.compile(r"^Ich bin damit einverstanden, dass mir .{0,40}Inhalte? ", re.IGNORECASE)),
    ("advert", re.compile(r"^(?:Anzeige|Werbung|Advertorial)$|^(?=.{0,250}$).*\bAffiliate-?Links?\b.*", re.IGNORECASE)),
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
    ("player", re.compile(r"^(?:\d{1,2}:)?\d{1,2}:\d\d(?:\s*/\s*(?:\d{1,2}:)?\d{1,2}:\d\d)?(?:\s?(?:min|Min\.))?$")),
    (
        "feedback",
        re.compile(
            r"^(?:Sie haben (?:einen )?Fehler|Bitte markieren Sie die entsprechenden|Fehler (?:gefunden|melden))",
            re.IGNORECASE,
        ),
    ),
)
_CREDIT_TAIL = re.compile(
    r"\s*[(\[|–-]?\s*(?:\b|(?<=[a-zäöüß\d.]))("
    r"(?:Fotos?|Bild(?:er|quelle)?|Quelle|Credit|Grafik|Symbolbild|Picture)\s*:\s*(?P<named>[^()]{2,100}?))\s*[)\]]?\s*$"
)
_CREDIT_SIGN = re.compile(r"\s*[(\[|]?\s*©\s*(?P<named>[^()]{2,100}?)\s*[)\]]?\s*$")
_BYLINE = re.compile(
    r"^\s*(?:(?:Ein\w*\s+)?"
    r"(?:Kolumne|Kommentar|Interview|Analyse|Gastbeitrag|Essay|Reportage|Bericht|Protokoll|Text|Porträt)?\s*(?:von|Von|VON)\s*:?|"
    r"Autor(?:in)?(?:nen)?(?:\s?[/:*]\s?(?:Autor|in|innen|en)\w*)?\s*:?)\s+(?P<names>\S.{2,160})$"
)
_NAME_BREAK = re.compile(r"\s*(?:[,;|•·\n]|\bund\b|\bsowie\b|&|\bu\.)\s*")
_NAME = re.compile(
    r"^(?:(?:Dr|Prof|Dipl)\.[\s-]?(?:\w+\.\s)?)*[^\W\d_][\w.'’-]*"
    r"(?:\s+(?:von|van|de|del|der|den|zu|el|al|di|da)\b)*(?:\s+[^\W\d_][\w.'’-]*){1,4}$"
)
_AFTER_NAMES = re.compile(rf"\s*(?:\||•|\s-\s|{_DAY}|\d{{1,2}}[:.]\d\d|Aktualisiert|Stand).*$", re.DOTALL)
# The opening of an agency report: place, signs in brackets, dash.
AGENCY_OPENING = re.compile(r"^[A-ZÄÖÜ][\w/ .’-]{1,40}\s\((?P<signs>[^()]{2,30})\)\s*[-–—]")


def ends_sentence(text: str) -> bool:
    """Say whether a line ends as a sentence does."""
    return bool(_SENTENCE_END.search(text))


def reads_as_prose(text: str) -> bool:
    """Say whether a line holds a sentence: it ends as one, or one ends in it and another begins.

    >>> reads_as_prose("Der Hafen wächst."), reads_as_prose("Der Hafen wächst. Von Ida Brandt"), reads_as_prose("Hafen")
    (True, True, False)
    """
    return ends_sentence(text) or bool(_SENTENCE_INSIDE.search(text))


def line_kind(text: str) -> str | None:
    """Name what a line is that is no part of the article's text; None where it may be.

    >>> line_kind("Quelle: beispiel.de, dpa"), line_kind("Lesen Sie auch: Der neue Hafen")
    ('source', 'teaser')
    >>> line_kind("Der Hafen wächst.") is None
    True
    """
    if len(text) > 700:
        return None
    for kind, pattern in _KINDS:
        if pattern.search(text):
            return kind
    return "dateline" if is_dateline(text) else None


def is_dateline(text: str) -> bool:
    """Say whether a line gives the day of publication or the time it takes to read, and nothing else."""
    days = _READING_TIME_BEHIND.sub("", text)
    return not days or (len(text) < 110 and read_dateline(days, "Europe/Berlin") is not None)


def source_of(line: str) -> str:
    """Give the signs of a source line without what stands around them.

    >>> source_of("Quelle: anzeiger.example, gut/dpa"), source_of("(dpa/ida)")
    ('anzeiger.example, gut/dpa', 'dpa/ida')
    """
    return (
        re.sub(r"^(?:Quellen?|Mit Material von|Source)\s*:\s*|^©\s*", "", line).strip("() ") if len(line) < 160 else ""
    )


def credit_apart(caption: str) -> tuple[str, str | None]:
    """Part a caption from its credit.

    >>> credit_apart("Der Hafen am Morgen. (Foto: Ida Brandt/dpa)")
    ('Der Hafen am Morgen.', 'Ida Brandt/dpa')
    >>> credit_apart("Der Hafen © Ida Brandt")
    ('Der Hafen', 'Ida Brandt')
    """
    for pattern in (_CREDIT_TAIL, _CREDIT_SIGN):
        match = pattern.search(caption)
        if match:
            return caption[: match.start()].rstrip(" |–-"), match["named"].strip(" ©|")
    return caption, None


def names_of_byline(text: str, *, labelled: bool = False) -> tuple[str, ...]:
    """Give the names in a byline; nothing where the line is none.

    ``labelled`` says that the page itself marks the text as authors, so that no "Von" is needed. A single word
    after a name ("Von Ida Brandt, Lindenau") is a place and left out, unless it is all the line holds.

    >>> names_of_byline("Von Dr. Ida Brandt, Jonas von Eck und Aylin Güneş, Lindenau")
    ('Dr. Ida Brandt', 'Jonas von Eck', 'Aylin Güneş')
    >>> names_of_byline("Von der Brücke blieb nichts.")
    ()
    """
    if len(text) > 300:
        return ()
    match = _BYLINE.match(text)
    if match is None and not labelled:
        return ()
    rest = _AFTER_NAMES.sub("", match["names"] if match else text)
    parts = [part.strip(" :.") for part in _NAME_BREAK.split(rest) if part.strip(" :.")]
    names = tuple(part for part in parts if _NAME.match(part) and part[0].isupper() and len(part) < 60)
    if match is not None and not labelled and len(parts) - len(names) > 2:
        return ()
    return names
