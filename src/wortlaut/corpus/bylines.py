"""Bylines of German press pages: who wrote the article.

A pasted page says nothing of a line but its words, so there a byline must match as a whole (``persons_of_line``).
On a saved page its place or its element speaks for it, and a line need not be read to its end (``names_of_byline``).
"""

from __future__ import annotations

import re

from wortlaut.corpus.agencies import Signs, parse_signs

__all__ = ["agencies_of_line", "names_of_byline", "persons_in", "persons_of_line"]

_LONGEST_NAME = 60
_NAME = (
    r"(?:(?:Dr|Prof|Dipl|med|jur|phil)\.(?:-[A-Z]\w+\.)?\s+)*"
    r"[^\W\d_a-zäöüß][\w.’'-]*(?:\s+(?:von|van|de|der|den|di|da|del|zu|zur|al|el|bin|ter|[^\W\d_a-zäöüß][\w.’'-]*)){0,4}"
    r"\s+[^\W\d_a-zäöüß](?:[\w’'-]+|\.)"
)
_PERSONS = rf"{_NAME}(?:\s*(?:,|und|sowie|&|/)\s*{_NAME})*"
_GENRE = (
    r"(?:gast)?(?:beitrag|kommentar|analyse|reportage|essay|glosse|kolumne|porträt|interview|bericht|rezension|"
    r"leitartikel|protokoll|text|artikel)s?"
)
_LINE = re.compile(
    rf"(?i:(?:ein(?:e|en)?\s+)?(?:{_GENRE}\s*)?(?:von|aus\s+\S+\s+berichtet)|text|autor(?:in|en)?|interview|"
    r"protokoll|redaktion|foto und text|text und foto)\s*:?\s+"
    r"(?:(?i:unser(?:er|em)\s+)?(?:Korrespondent|Redakteur|Reporter|Mitarbeiter)(?:in|en)?\s+)?"
    rf"(?P<names>{_PERSONS})"
    r"(?P<rest>(?:\s*[,|–-]\s*(?:zzt\.\s+)?[^\W\d_a-zäöüß][\w.’'/-]*(?:\s+[\w.’'/-]+){0,3}(?:\s*\([\w -]+\))?)?"
    rf"(?:\s*,\s*(?i:bilder?|fotos?|video|illustration|grafik)(?:\s*\([^)]*\)|\s+und\s+\w+)?\s*:?\s*{_PERSONS})*)"
)
_BETWEEN = re.compile(r"\s*(?:[,;/|•·&\n]|\bund\b|\bsowie\b|\bu\.)\s*")
# A full stop behind a name; behind an initial it belongs to it.
_STOP = re.compile(r"(?<=\w\w)\.+$")
_BY_AGENCY = re.compile(r"(?i:von)\s+(?P<signs>[\w/ ,-]{2,30})")
_OPENING = re.compile(
    rf"\s*(?:(?i:(?:ein\w*\s+)?(?:{_GENRE})?)\s*(?:von|Von|VON)\s*:?|"
    r"Autor(?:in)?(?:nen)?(?:\s?[/:*]\s?(?:Autor|in|innen|en)\w*)?\s*:?)\s+(?P<names>\S.{2,160})$"
)
_AFTER_NAMES = re.compile(
    r"\s*(?:\||•|\s-\s|\d{1,2}\.\s?(?:\d{1,2}\.|[A-ZÄa-z]{3,9})\s?\d{2,4}|\d{1,2}[:.]\d\d|Aktualisiert|Stand).*$",
    re.DOTALL,
)


def persons_of_line(view: str) -> tuple[str, ...]:
    """Give the persons that a line names as authors, if the line is nothing but a byline.

    >>> persons_of_line("Von Anna Muster und Jonas von Eck, Lindenau"), persons_of_line("Von der Brücke blieb nichts")
    (('Anna Muster', 'Jonas von Eck'), ())
    """
    match = _LINE.fullmatch(view.strip())
    return _parted(match["names"]) if match else ()


def persons_in(view: str) -> tuple[str, ...]:
    """Give the persons of a line that is nothing but their names."""
    return _parted(view) if re.fullmatch(_PERSONS, view) else ()


def agencies_of_line(view: str) -> tuple[str, ...]:
    """Give the agencies of a byline that names no person (``Von dpa``)."""
    match = _BY_AGENCY.fullmatch(view.strip())
    signs = parse_signs(match["signs"]) if match else Signs()
    return () if signs.other or signs.editors else signs.agencies


def names_of_byline(text: str, *, labelled: bool = False) -> tuple[str, ...]:
    """Give the names in a byline; nothing where the line is none.

    ``labelled`` says that the page itself marks the text as authors, so that no "Von" is needed. A single word
    after a name ("Von Ida Brandt, Lindenau") is a place and left out, unless it is all the line holds.

    >>> names_of_byline("Von Dr. Ida Brandt, Jonas von Eck und Aylin Güneş, Lindenau")
    ('Dr. Ida Brandt', 'Jonas von Eck', 'Aylin Güneş')
    >>> names_of_byline("Von der Brücke blieb nichts."), names_of_byline("Ida B.", labelled=True)
    ((), ('Ida B.',))
    """
    if len(text) > 300:
        return ()
    match = _OPENING.match(text)
    if match is None and not labelled:
        return ()
    rest = _AFTER_NAMES.sub("", match["names"] if match else text)
    parts = [_STOP.sub("", part.strip(" :")) for part in _BETWEEN.split(rest) if part.strip(" :.")]
    names = tuple(part for part in parts if len(part) < _LONGEST_NAME and re.fullmatch(_NAME, part))
    if match is not None and not labelled and len(parts) - len(names) > 2:
        return ()
    return names


def _parted(names: str) -> tuple[str, ...]:
    return tuple(name for name in _BETWEEN.split(names) if name)
