"""What a line of a pasted page says of the article: a date, a byline, a source, a caption, a credit.

Each rule reads one line in canonical form and must match it as a whole: a line that a rule only touches is text.
"""

from __future__ import annotations

import re

import msgspec

from wortlaut.corpus.agencies import Signs, agency_of, parse_signs
from wortlaut.corpus.german_dates import find_moments, read_dateline
from wortlaut.corpus.pasted_furniture import furniture_kind

__all__ = [
    "Meta",
    "SourceLine",
    "caption_of",
    "credit_of",
    "read_meta",
    "read_source",
]

_NAME = (
    r"(?:(?:Dr|Prof|Dipl|med|jur|phil)\.(?:-[A-Z]\w+\.)?\s+)*"
    r"[^\W\d_a-zäöüß][\w.’'-]*(?:\s+(?:von|van|de|der|den|di|da|del|zu|zur|al|el|bin|ter|[^\W\d_a-zäöüß][\w.’'-]*)){0,4}"
    r"\s+[^\W\d_a-zäöüß][\w’'-]+"
)
_PERSONS = rf"{_NAME}(?:\s*(?:,|und|sowie|&|/)\s*{_NAME})*"
_BYLINE = re.compile(
    r"(?i:(?:ein(?:e|en)?\s+)?(?:(?:gast)?(?:beitrag|kommentar|analyse|reportage|essay|glosse|kolumne|porträt|interview|"
    r"bericht|rezension|leitartikel|text|artikel)s?\s*)?(?:von|aus\s+\S+\s+berichtet)|text|autor(?:in|en)?|interview|"
    r"protokoll|redaktion|foto und text|text und foto)\s*:?\s+"
    r"(?:(?i:unser(?:er|em)\s+)?(?:Korrespondent|Redakteur|Reporter|Mitarbeiter)(?:in|en)?\s+)?"
    rf"(?P<names>{_PERSONS})"
    r"(?P<rest>(?:\s*[,|–-]\s*(?:zzt\.\s+)?[^\W\d_a-zäöüß][\w.’'/-]*(?:\s+[\w.’'/-]+){0,3}(?:\s*\([\w -]+\))?)?"
    rf"(?:\s*,\s*(?i:bilder?|fotos?|video|illustration|grafik)(?:\s*\([^)]*\)|\s+und\s+\w+)?\s*:?\s*{_PERSONS})*)"
)
_NAME_JOINT = re.compile(r"\s*(?:,|/|&|\bund\b|\bsowie\b)\s*")
_CHUNKS = re.compile(r"\s*[|·•]\s*|\s+[–—]\s+|\s{2,}")
_PLACE = re.compile(r"[^\W\d_a-zäöüß][\w-]+(?: (?:an|am|ob|im|in|a\.) [\w. ]{2,20})?(?:\s*\(\w+\))?")
_BY_AGENCY = re.compile(r"(?i:von)\s+(?P<signs>[\w/ ,-]{2,30})")

_CLOSING = re.compile(
    r"\(?(?i:quellen?|agenturen?|(?:mit|unter verwendung von) (?:(?:agentur)?material(?:ien)?|informationen|inhalten)"
    r"(?:\s+(?:von|der|des))?(?:\s+(?:der\s+)?(?:nachrichten)?agentur(?:en)?)?)\s*:?\s+(?P<signs>[^()]{2,120}?)\)?\.?"
)
_AGENCY_COPYRIGHT = re.compile(r"©\s*(?P<agency>[\w-]+)(?:\s*,\s*\w+:[\w:/.-]+|\s+(?:19|20)\d\d|\s*/.{0,40})?\.?")
# dpa:260122-930-118822/2 begins with the day, 2026-01-22.
_AGENCY_NUMBER = re.compile(r"\bdpa:(\d\d)(\d\d)(\d\d)-")

_CREDIT_WORD = (
    r"(?:(?:archiv|symbol|titel|screen|luft)?(?:fotos?|bild(?:er|quelle|nachweis|rechte)?|grafik(?:en)?|shot|aufnahmen?)|"
    r"illustration|montage|karte|video|credit|copyright|screenshot)"
)
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


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """What a line of metadata says: ``kind`` names the line (dateline, byline, reading_time ...)."""

    kind: str
    published: str | None = None
    modified: str | None = None
    byline: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()


class SourceLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a closing line says: the signs in it, and the day that an agency's own number of the report holds."""

    signs: Signs
    day: str | None = None


def read_meta(view: str, timezone: str) -> Meta | None:
    """Read a line that is nothing but date, byline, reading time and the like; None for any other line.

    >>> meta = read_meta("Von Anna Muster, Berlin | 22.01.2026", "Europe/Berlin")
    >>> meta.kind, meta.published, meta.byline
    ('dateline', '2026-01-22', ('Anna Muster',))
    """
    if len(view) > 250:
        return None
    whole = _meta_chunk(view, timezone)
    if whole:
        return whole
    chunks = [chunk for chunk in _CHUNKS.split(view) if chunk.strip()]
    if len(chunks) < 2:
        return _before_date(view, timezone)
    read = [_meta_chunk(chunk, timezone) or _before_date(chunk, timezone) for chunk in chunks]
    known = [meta for meta in read if meta]
    # One chunk may be the place or the paper; a line with nothing but one chunk known is text.
    unknown = [chunk for chunk, meta in zip(chunks, read, strict=True) if not meta]
    if not known or len(unknown) > 1 or (unknown and (len(known) < 2 or len(unknown[0].split()) > 3)):
        return None
    kinds = [meta.kind for meta in known]
    return Meta(
        kind=next((kind for kind in ("dateline", "byline") if kind in kinds), kinds[0]),
        published=next((meta.published for meta in known if meta.published), None),
        modified=next((meta.modified for meta in known if meta.modified), None),
        byline=tuple(name for meta in known for name in meta.byline),
        agencies=tuple(name for meta in known for name in meta.agencies),
    )


def read_source(view: str) -> SourceLine | None:
    """Read a closing line: ``Quelle: ntv.de, gut/dpa``, ``(dpa/fre)``, ``© dpa-infocom, dpa:...``, ``dpa``, ``(fre)``.

    >>> read_source("(dpa/fre)").signs.editors
    ('fre',)
    """
    if len(view) > 200:
        return None
    match = _AGENCY_COPYRIGHT.fullmatch(view)
    if match and agency_of(match["agency"]):
        number = _AGENCY_NUMBER.search(view)
        moments = find_moments(f"20{number[1]}-{number[2]}-{number[3]}", "UTC") if number else ()
        return SourceLine(signs=parse_signs(match["agency"]), day=moments[0].value if moments else None)
    match = _CLOSING.fullmatch(view)
    if match:
        return SourceLine(signs=parse_signs(match["signs"]))
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


def _meta_chunk(view: str, timezone: str) -> Meta | None:
    dateline = read_dateline(view, timezone)
    if dateline:
        return Meta(kind="dateline", published=dateline.published, modified=dateline.modified)
    names = _byline(view)
    if names:
        return Meta(kind="byline", byline=names)
    agencies = _by_agency(view)
    if agencies:
        return Meta(kind="byline", agencies=agencies)
    kind = furniture_kind(view.strip())
    return Meta(kind=kind) if kind and kind not in ("rule", "nav", "url", "image_file") else None


def _before_date(view: str, timezone: str) -> Meta | None:
    """Read ``Von Anna Muster, 22.01.2026`` and ``Lindenau, 22.01.2026``: a byline or one word before the date."""
    moments = find_moments(view, timezone)
    if not moments:
        return None
    head, tail = view[: moments[0].start].strip(" ,;-–"), view[moments[0].start :]
    dateline = read_dateline(tail, timezone)
    if not dateline or not head:
        return None
    names, agencies = _byline(head), _by_agency(head)
    if not names and not agencies:
        if re.fullmatch(_PERSONS, head):
            names = tuple(name for name in _NAME_JOINT.split(head) if name)
        elif not _PLACE.fullmatch(head):
            return None
    return Meta(
        kind="dateline", published=dateline.published, modified=dateline.modified, byline=names, agencies=agencies
    )


def _by_agency(view: str) -> tuple[str, ...]:
    """Give the agencies of a byline that names no person (``Von dpa``)."""
    match = _BY_AGENCY.fullmatch(view.strip())
    signs = parse_signs(match["signs"]) if match else Signs()
    return () if signs.other or signs.editors else signs.agencies


def _byline(view: str) -> tuple[str, ...]:
    match = _BYLINE.fullmatch(view.strip())
    if not match:
        return ()
    names = [name for name in _NAME_JOINT.split(match["names"]) if name]
    return tuple(names)
