"""What a single line of a German news page is: a source line, a copyright note, a teaser, a byline, a date.

Rules for lines, none for publishers. Each works on text in one line (see page_blocks.fold).
"""

from __future__ import annotations

import re

__all__ = [
    "credit_apart",
    "ends_sentence",
    "is_dateline",
    "line_kind",
    "names_of_byline",
    "signs_of",
]

_CLOSERS = "\"'“”„»«›‹‘’)]*"
_SENTENCE_END = re.compile(rf"[.!?…:][{re.escape(_CLOSERS)}\s]*$")
_MONTHS = "Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
_DATE = rf"(?:\d{{1,2}}\.\s?(?:\d{{1,2}}\.|(?:{_MONTHS}))\s?\d{{2,4}}|\d{{4}}-\d\d-\d\d)"
_DATELINE = re.compile(
    rf"^(?:(?:Stand|Datum|Veröffentlicht|Aktualisiert|Erstellt|Zuletzt|Letzte|Publiziert|Lesezeit|(?:Mo|Di|Mi|Do|Fr|Sa|So)\w*)\b"
    rf"[^.!?]{{0,40}})?{_DATE}.{{0,60}}$|^(?:ca\.\s)?(?:Lesezeit|Lesedauer)\b.{{0,30}}$|^\d+ (?:Minuten|Min\.) Lesezeit$",
    re.IGNORECASE,
)
# kind -> what a line of it looks like. The first that matches names the line.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("source", re.compile(r"^(?:Quellen?|Mit Material von|Source)\s*:", re.I)),
    ("copyright", re.compile(r"^(?:©|\(c\)|Copyright\b|Alle Rechte vorbehalten)|^.{0,60}© .{0,60}$", re.I)),
    (
        "source",
        re.compile(r"^\((?:[a-zäöü]{2,5}|[A-Za-z.]{2,8}(?:\s?[,/]\s?[A-Za-z.]{2,12})+|dpa|AFP|Reuters|epd|KNA)\)$"),
    ),
    (
        "teaser",
        re.compile(
            r"^(?:>>|»\s|➤|▶|→|\+\+\s?)|^(?:(?:Lesen|Hören|Sehen) Sie (?:auch|hier|dazu|mehr|jetzt)\b|Lies? auch\b|Auch interessant\b|"
            r"Mehr (?:dazu|zum Thema|Themen|Nachrichten|Infos)\b|Weitere (?:Artikel|Infos|Informationen|Nachrichten|Themen)\b.{0,60}$|"
            r"Weiterlesen\b|Passend dazu\b|Das könnte (?:Sie|dich|Dich) auch)",
        ),
    ),
    ("teaser", re.compile(r"^(?:Hier finden Sie|Alle Infos|Alles zum Thema)\b.{0,80}[^.!?]$")),
    (
        "embed",
        re.compile(
            r"^(?:Link zum \S+-?Inhalt|Empfohlener (?:redaktioneller|externer) Inhalt|Externer Inhalt\b|An dieser Stelle (?:finde|befinde)\S* .{0,20}extern)"
        ),
    ),
    ("embed", re.compile(r"^Ich bin damit einverstanden, dass mir .{0,40}Inhalte? ", re.I)),
    ("advert", re.compile(r"^(?:Anzeige|Werbung|Advertorial|ANZEIGE)$|\bAffiliate-?Links?\b", re.I)),
    (
        "newsletter",
        re.compile(
            r"\bNewsletter\b.{0,60}\b(?:abonnieren|anmelden|bestellen|Anmeldung)\b|^Melden Sie sich (?:an|hier)\b", re.I
        ),
    ),
    (
        "provenance",
        re.compile(
            r"^(?:Dieser|Diese|Der) (?:Artikel|Text|Beitrag|Meldung|Analyse|Essay)\b.{0,60}\b(?:zuerst|erstmals|ursprünglich|im Original)\b.{0,80}\berschienen\b",
            re.I,
        ),
    ),
    ("provenance", re.compile(r"^(?:Sendung|Zitiervorschlag|Über dieses Thema berichtete\b.*?)\s*:", re.I)),
    ("player", re.compile(r"^(?:\d{1,2}:)?\d{1,2}:\d\d(?:\s*/\s*(?:\d{1,2}:)?\d{1,2}:\d\d)?(?:\s?(?:min|Min\.))?$")),
    (
        "feedback",
        re.compile(
            r"^(?:Sie haben (?:einen )?Fehler|Bitte markieren Sie die entsprechenden|Fehler (?:gefunden|melden))", re.I
        ),
    ),
)
_CREDIT_TAIL = re.compile(
    r"\s*[(\[|–-]?\s*\b((?:Foto|Fotos|Bild|Bilder|Quelle|Credit|Grafik|Symbolbild|Picture)\s*:\s*(?P<named>[^()]{2,100}?))\s*[)\]]?\s*$"
)
_CREDIT_SIGN = re.compile(r"\s*[(\[|]?\s*©\s*(?P<named>[^()]{2,100}?)\s*[)\]]?\s*$")
_BYLINE = re.compile(
    r"^\s*(?:(?:Ein\w*\s+)?(?:Kolumne|Kommentar|Interview|Analyse|Gastbeitrag|Essay|Reportage|Bericht|Protokoll|Text|Porträt)?\s*(?:von|Von|VON)\s*:?|"
    r"Autor(?:in)?(?:nen)?(?:\s?[/:*]\s?(?:Autor|in|innen|en)\w*)?\s*:?)\s+(?P<names>\S.{2,160})$"
)
_NAME_BREAK = re.compile(r"\s*(?:[,;|•·\n]|\bund\b|\bsowie\b|&|\bu\.)\s*")
_NAME = re.compile(
    r"^(?:(?:Dr|Prof|Dipl)\.[\s-]?(?:\w+\.\s)?)*[^\W\d_][\w.'’-]*(?:\s+(?:von|van|de|del|der|den|zu|el|al|di|da)\b)*(?:\s+[^\W\d_][\w.'’-]*){1,4}$"
)
_AFTER_NAMES = re.compile(rf"\s*(?:\||•|\s-\s|{_DATE}|\d{{1,2}}[:.]\d\d|Aktualisiert|Stand).*$", re.S)
_SIGNS = re.compile(r"^\((?P<signs>[a-zäöü]{2,5}(?:\s?[/,]\s?[a-zäöü]{2,5})*)\)$")


def ends_sentence(text: str) -> bool:
    """Say whether a line ends as a sentence does."""
    return bool(_SENTENCE_END.search(text))


def line_kind(text: str) -> str | None:
    """Name what a line is that is no part of the article's text; None where it may be.

    >>> line_kind("Quelle: beispiel.de, dpa"), line_kind("Lesen Sie auch: Der neue Hafen"), line_kind("Der Hafen wächst.")
    ('source', 'teaser', None)
    """
    if len(text) > 700:
        return None
    for kind, pattern in _KINDS:
        if pattern.search(text):
            return kind
    return "dateline" if is_dateline(text) else None


def is_dateline(text: str) -> bool:
    """Say whether a line gives the day of publication or the time it takes to read, and nothing else."""
    return len(text) < 110 and bool(_DATELINE.match(text))


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
    match = _BYLINE.match(text)
    if match is None and not labelled:
        return ()
    rest = _AFTER_NAMES.sub("", match["names"] if match else text)
    parts = [part.strip(" :.") for part in _NAME_BREAK.split(rest) if part.strip(" :.")]
    names = tuple(part for part in parts if _NAME.match(part) and part[0].isupper() and len(part) < 60)
    if match is not None and not labelled and len(parts) - len(names) > 2:
        return ()
    return names


def signs_of(text: str) -> tuple[str, ...]:
    """Give the editors' signs of a closing line such as ``(gut/ida)``."""
    match = _SIGNS.match(text)
    return tuple(re.split(r"\s?[/,]\s?", match["signs"])) if match else ()
