"""What a single line of a pasted page is: a button, a player, a date, a byline, a source, a caption, or text.

Each rule reads one line in canonical form and must match it as a whole: a line that a rule only touches is text.
"""

from __future__ import annotations

import re

import msgspec

from wortlaut.corpus.agencies import Signs, agency_of, parse_signs
from wortlaut.corpus.german_dates import find_moments, read_dateline

__all__ = [
    "Meta",
    "SourceLine",
    "caption_of",
    "credit_of",
    "furniture_kind",
    "is_comments_heading",
    "is_share_name",
    "is_tags_heading",
    "is_teaser_heading",
    "read_meta",
    "read_source",
    "section_of",
    "tags_of",
]

_SECTIONS = {
    name.casefold(): name
    for name in (
        "Aktuell", "Aktuelles", "Ausland", "Auto", "Bildung", "Blaulicht", "Börse", "Chronik", "Deutschland", "Digital",
        "Digitales", "Energie", "Ernährung", "Europa", "Familie", "Feuilleton", "Fernsehen", "Film", "Finanzen",
        "Fußball", "Geld", "Geschichte", "Gesellschaft", "Gesundheit", "Immobilien", "Inland",
        "International", "Justiz", "Karriere", "Kino", "Klima", "Kommentar", "Kommentare", "Kultur", "Leben", "Lokales",
        "Lokalsport", "Medien", "Meinung", "Meinungen", "Mobilität", "Mode", "Motor", "Musik", "Nachrichten",
        "Netzpolitik", "Netzwelt", "Panorama", "Politik", "Polizei", "Ratgeber", "Recht", "Region", "Regional",
        "Regionales", "Reise", "Reisen", "Schweiz", "Service", "Sport", "Stadtleben", "Technik", "Technologie", "Theater", "Umwelt",
        "Unterhaltung", "Unternehmen", "Verbraucher", "Vermischtes", "Welt", "Wetter", "Wirtschaft", "Wissen",
        "Wissenschaft", "Wohnen", "Österreich",
    )
}  # fmt: skip
_CRUMBS = re.compile(r"\s*(?:[>›»→]|/|\|)\s*")
_HOME = frozenset({"startseite", "home", "start"})

_SHARE_NAMES = frozenset(
    """
    bluesky e-mail email facebook flipboard instagram kommentare kommentieren linkedin mail mastodon messenger
    pinterest pocket print reddit sms telegram threads threema tumblr twitter twittern versenden whatsapp x xing
    """.split()  # noqa: SIM905 - a list of words is read and amended as words
)
_LINE_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("audio_player", r"\d{1,2}:\d\d(?::\d\d)?\s*/\s*-?\d{1,2}:\d\d(?::\d\d)?"),
        (
            "audio_player",
            (
                r"(?:(?:diesen )?(?:artikel|beitrag|text) (?:an)?hören|anhören|vorlesen(?: lassen)?|"
                r"(?:audio|video|player|podcast)(?: (?:starten|abspielen|anhören|ansehen|laden))?|"
                r"(?:abspielen|pause|stumm|ton an|ton aus|vollbild|wiedergabe(?:geschwindigkeit)?)|\d(?:[.,]\d+)?x|"
                r"audio[- ]?(?:version|artikel).{0,60}|"
                r"dieser (?:text|artikel|audioartikel) wurde .{0,40}vertont.{0,40})[.!:]?"
            ),
        ),
        (
            "image_control",
            (
                r"(?:bild (?:vergrößern|öffnen|in (?:großer|voller) größe)|(?:bild|foto) \d+ (?:von|/) \d+|\d+ bilder|"
                r"bildergalerie|fotostrecke|zur (?:bilder)?galerie|galerie öffnen|vollbild)"
            ),
        ),
        (
            "share",
            (
                r"(?:(?:artikel|beitrag|seite)? ?(?:teilen|merken|drucken|speichern|verschenken|weiterempfehlen|empfehlen|"
                r"versenden|bookmarken)|(?:zur |auf die )?merkliste(?: hinzufügen)?|(?:auf|per|via|mit) [\w-]+ (?:teilen|"
                r"versenden|senden)|(?:link|url) kopieren|kopieren|drucken|feedback(?: geben)?|folgen|gefällt mir|"
                r"kommentieren|kommentar (?:schreiben|verfassen)|\d+ (?:kommentare?|mal geteilt|likes?|reaktionen)|"
                r"(?:zu den kommentaren|kommentare (?:anzeigen|lesen|öffnen)|jetzt kommentieren)(?: \(?\d+\)?)?|"
                r"\(\d+\)|fehler melden|korrekturhinweis|zu google hinzufügen|auf google (?:news )?folgen)[.!]?"
            ),
        ),
        (
            "advert",
            r"[-–—*\s]*(?:anzeigen?|werbung|advertisement|sponsored(?: content)?|werbeanzeige|advertorial)[-–—*:\s]*",
        ),
        ("reading_time", r"(?:lesezeit|lesedauer)\s*:?\s*(?:ca\.\s*|etwa\s*)?\d+\s*(?:min(?:uten?|\.)?)?"),
        ("reading_time", r"(?:ca\.\s*)?\d+\s*(?:min\.?|minuten?) ?(?:lesezeit|lesedauer)?"),
        (
            "newsletter",
            (
                r"(?:(?:jetzt |hier )?(?:den |unseren |zum |für den |für unseren |kostenlosen )*[\w-]*newsletter\b.{0,60}"
                r"(?:abonnieren|bestellen|anmelden|registrieren|erhalten|anmeldung)!?|newsletter|"
                r"(?:abonnieren|bestellen) sie .{0,60}newsletter.{0,80}|melden sie sich .{0,80}newsletter.{0,60}an[.!]|"
                r"(?:kein|keine) .{0,40}verpassen.{0,30}newsletter.{0,40})"
            ),
        ),
        (
            "consent",
            (
                r"(?:wir (?:verwenden|nutzen|setzen) (?:auf dieser (?:web)?seite )?cookies.{0,200}|"
                r"(?:alle(?: cookies)?|cookies) (?:akzeptieren|ablehnen|zulassen)|cookie-?(?:einstellungen|hinweis)|datenschutz-?einstellungen|privacy(?:-center)?|"
                r"empfohlener redaktioneller inhalt|externe[rn]? inhalte?(?: (?:anzeigen|laden|erlauben|aktivieren))?|"
                r"inhalte? von \w+ (?:anzeigen|laden)|an dieser stelle finden sie .{0,40}(?:extern|inhalt).{0,250}|ich bin damit einverstanden, "
                r"dass mir externe inhalte.{0,250}|zustimmen(?: und weiter(?:lesen)?)?)"
            ),
        ),
        (
            "nav",
            (
                r"(?:(?:zur |zurück zur )?startseite|home|menü|menu|suche|suchen|navigation|(?:zum )?seitenanfang|nach oben|"
                r"zum inhalt(?: springen)?|zurück|weiter|schließen|mehr anzeigen|mehr laden|weniger anzeigen|anmelden|"
                r"abmelden|login|log-?in|registrieren|konto|mein konto|abo|abos|abonnieren|jetzt abonnieren|e-?paper|impressum|"
                r"datenschutz(?:erklärung)?|agb|kontakt|mediadaten|hilfe|barrierefreiheit|nutzungsbedingungen|rss|über uns|"
                r"stellenanzeigen|push-?nachrichten|live|ticker|app|nächster artikel|vorheriger artikel|"
                r"alle rechte vorbehalten\.?)"
            ),
        ),
        (
            "paywall",
            r"(?:jetzt|hier)? ?(?:weiterlesen|kostenlos testen|abo abschließen)(?: (?:mit|und|im) .{0,60})?[.!]?",
        ),
        ("rule", r"[^\w„“”\"«»‚‘’›‹\U0001f000-\U0001faff\u2600-\u27bf]+"),
        ("ticker_time", r"(?:[01]?\d|2[0-3])[:.][0-5]\d(?:\s?uhr)?"),
        ("url", r"(?:https?://|www\.)\S+"),
    )
)
_IMAGE_FILE = re.compile(
    r"[\w()%+.,~]+(?:[-_][\w()%+.,~]+){4,}|\S+\.(?:jpe?g|png|webp|gif|avif|svg)", re.IGNORECASE | re.ASCII
)

_TEASER = (
    r"(?:lesen sie (?:auch|hier|dazu|mehr|jetzt|weiter|außerdem)|mehr (?:zum thema|dazu|zu|aus|von|lesen|artikel)|"
    r"weitere (?:artikel|themen|nachrichten|meldungen)|das könnte (?:sie|dich) (?:auch )?interessieren|"
    r"auch interessant|ebenfalls interessant|passend dazu|zum thema|siehe auch|meistgelesen(?:e artikel)?|"
    r"meist gelesen|beliebteste artikel|top-?themen|lesetipps?|aktuelle meldungen|neueste (?:artikel|meldungen)|"
    r"empfehlungen(?: der redaktion)?|unsere empfehlungen?|hier lesen sie|leseempfehlung|newsticker)"
)
_TEASER_HEADING = re.compile(_TEASER + r"\s*[:!.…]*", re.IGNORECASE)
_TEASER_LINE = re.compile(
    r"(?:lesen sie (?:auch|hier|dazu|mehr|außerdem)\b|auch interessant:|passend dazu:|mehr (?:zum thema|dazu):|"
    r"siehe auch:|lesetipp:|leseempfehlung:|zum thema:|das könnte sie auch interessieren:).{1,170}",
    re.IGNORECASE,
)
_TAGS_HEADING = re.compile(
    r"(?:themen(?: in diesem artikel| des artikels)?|tags|schlagw(?:orte|örter)|stichw(?:orte|örter)|keywords)\s*:?",
    re.IGNORECASE,
)
_TAGS_LINE = re.compile(_TAGS_HEADING.pattern.rstrip("?") + r"\s+(.+)", re.IGNORECASE)
_COMMENTS = re.compile(
    r"(?:\d+ )?(?:leser)?kommentare?(?: \(?\d+\)?)?(?: zum artikel)?|diskussion|diskutieren sie mit.{0,40}|"
    r"leserdebatte|ihre meinung zählt.{0,60}",
    re.IGNORECASE,
)

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
    r"(?P<rest>(?:\s*[,|–-]\s*(?:zzt\.\s+)?[^\W\d_a-zäöüß][\w.’'/-]*(?:\s+[\w.’'/-]+){0,3})?"
    rf"(?:\s*,\s*(?i:bilder?|fotos?|video|illustration|grafik)(?:\s*\([^)]*\)|\s+und\s+\w+)?\s*:?\s*{_PERSONS})*)"
)
_NAME_JOINT = re.compile(r"\s*(?:,|/|&|\bund\b|\bsowie\b)\s*")
_CHUNKS = re.compile(r"\s*[|·•]\s*|\s+[–—]\s+")

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


class SourceLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a closing line says: the signs in it, and the day that an agency's own number of the report holds."""

    signs: Signs
    day: str | None = None


def furniture_kind(view: str) -> str | None:
    """Give the kind of a line that is furniture by its wording alone, or None.

    >>> furniture_kind("00:00 / 02:17"), furniture_kind("Lesezeit: 3 Min."), furniture_kind("Die Stadt schweigt")
    ('audio_player', 'reading_time', None)
    """
    if len(view) > 400:
        return None
    if len(view) >= 20 and " " not in view and _IMAGE_FILE.fullmatch(view) and not view.startswith(("http", "www.")):
        return "image_file"
    if _TEASER_LINE.fullmatch(view):
        return "teaser"
    return next((kind for kind, pattern in _LINE_KINDS if pattern.fullmatch(view)), None)


def is_share_name(view: str) -> bool:
    """Say whether a line is names of networks alone: a share button, if another one stands beside it."""
    words = view.casefold().replace("|", " ").replace("·", " ").split()
    return 0 < len(words) <= 12 and all(word in _SHARE_NAMES for word in words)


def is_teaser_heading(view: str) -> bool:
    """Say whether a line heads a list of other articles."""
    return bool(_TEASER_HEADING.fullmatch(view))


def is_tags_heading(view: str) -> bool:
    """Say whether a line heads a list of tags."""
    return bool(_TAGS_HEADING.fullmatch(view))


def is_comments_heading(view: str) -> bool:
    """Say whether a line heads the readers' comments."""
    return bool(_COMMENTS.fullmatch(view))


def tags_of(view: str) -> tuple[str, ...]:
    """Give the tags of a line that says it lists them (``Themen: Rat, Haushalt``); empty for any other.

    >>> tags_of("Schlagwörter: Rat, Haushalt")
    ('Rat', 'Haushalt')
    """
    match = _TAGS_LINE.fullmatch(view)
    if not match or ":" not in view.split(match[1], 1)[0]:
        return ()
    return tuple(tag.strip(" #") for tag in re.split(r"\s*[,;|·]\s*", match[1]) if tag.strip(" #"))


def section_of(view: str) -> str | None:
    """Give the newspaper's section that a line names, alone or at the end of a path through the site.

    >>> section_of("Startseite > Lokales > Lindenau"), section_of("WIRTSCHAFT"), section_of("Streit im Rat")
    ('Lokales', 'Wirtschaft', None)
    """
    if len(view) > 120:
        return None
    crumbs = [crumb.strip() for crumb in _CRUMBS.split(view) if crumb.strip()]
    names = [_SECTIONS[crumb.casefold()] for crumb in crumbs if crumb.casefold() in _SECTIONS]
    if len(crumbs) == 1:
        return names[0] if names else None
    if not crumbs or any(len(crumb.split()) > 4 for crumb in crumbs[:-1]):
        return None
    if crumbs[0].casefold() in _HOME:
        return names[-1] if names else crumbs[1]
    starts = crumbs[0].casefold() in _SECTIONS and all(len(crumb.split()) <= 3 for crumb in crumbs)
    return names[-1] if starts else None


def read_meta(view: str, timezone: str) -> Meta | None:
    """Read a line that is nothing but date, byline, reading time and the like; None for any other line.

    >>> read_meta("Von Anna Muster, Berlin | 22.01.2026", "Europe/Berlin")
    Meta(kind='dateline', published='2026-01-22', modified=None, byline=('Anna Muster',))
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
    names = _byline(head)
    if not names and not re.fullmatch(
        r"[^\W\d_a-zäöüß][\w-]+(?: (?:an|am|ob|im|in|a\.) [\w. ]{2,20})?(?:\s*\(\w+\))?", head
    ):
        return None
    return Meta(kind="dateline", published=dateline.published, modified=dateline.modified, byline=names)


def _byline(view: str) -> tuple[str, ...]:
    match = _BYLINE.fullmatch(view.strip())
    if not match:
        return ()
    names = [name for name in _NAME_JOINT.split(match["names"]) if name]
    return tuple(names)
