"""What a line of a German news page is by its wording alone: a button, a player, an advert, a teaser, a section.

The rules hold for pasted and saved pages alike. Each reads one line and must match it as a whole: a line that a rule
only touches is text. What a saved page tells beyond its wording is in page_lines and page_view.
"""

from __future__ import annotations

import re

from wortlaut.schema.article import FurnitureKind

__all__ = [
    "furniture_kind",
    "is_comments_heading",
    "is_share_name",
    "is_tags_heading",
    "is_teaser_heading",
    "section_of",
    "tags_of",
]

_SECTIONS = {
    name.casefold(): name
    for name in (
        "Aktuell", "Aktuelles", "Ausland", "Auto", "Bildung", "Blaulicht", "Börse", "Chronik", "Deutschland", "Digital",
        "Digitales", "Energie", "Ernährung", "Europa", "Familie", "Feuilleton", "Fernsehen", "Film", "Finanzen",
        "Fußball", "Geld", "Geschichte", "Gesellschaft", "Gesundheit", "Immobilien", "Inland",
        "International", "Justiz", "Karriere", "Kino", "Klima", "Kommentar", "Kultur", "Leben", "Lokales",
        "Lokalsport", "Medien", "Meinung", "Meinungen", "Mobilität", "Mode", "Motor", "Musik", "Nachrichten",
        "Netzpolitik", "Netzwelt", "Panorama", "Politik", "Polizei", "Ratgeber", "Recht", "Region", "Regional",
        "Regionales", "Reise", "Reisen", "Schweiz", "Service", "Sport", "Stadtleben", "Technik", "Technologie",
        "Theater", "Umwelt", "Unterhaltung", "Unternehmen", "Verbraucher", "Vermischtes", "Welt", "Wetter",
        "Wirtschaft", "Wissen", "Wissenschaft", "Wohnen", "Österreich",
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
_WORDING: tuple[tuple[FurnitureKind, str], ...] = (
    ("audio_player", r"\d{1,2}:\d\d(?::\d\d)?(?:\s*/\s*-?\d{1,2}:\d\d(?::\d\d)?(?:\s?min\.?)?|\s?min\.?)"),
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
            r"(?:(?:artikel|beitrag|seite)? ?(?:teilen|merken|drucken|speichern|verschenken|weiterempfehlen|"
            r"empfehlen|versenden|bookmarken)|(?:zur |auf die )?merkliste(?: hinzufügen)?|"
            r"(?:auf|per|via|mit) [\w-]+ (?:teilen|versenden|senden)|(?:link|url) kopieren|kopieren|"
            r"folgen|gefällt mir|"
            r"kommentieren|kommentar (?:schreiben|verfassen)|\d+ (?:kommentare?|mal geteilt|likes?|reaktionen)|"
            r"(?:zu den kommentaren|kommentare (?:anzeigen|lesen|öffnen)|jetzt kommentieren)(?: \(?\d+\)?)?|"
            r"\(\d+\)|zu google hinzufügen|auf google (?:news )?folgen)[.!]?"
        ),
    ),
    (
        "feedback",
        (
            r"(?:feedback(?: geben)?|korrekturhinweis|fehler (?:gefunden|melden)(?:\?.{0,120})?|"
            r"sie haben (?:einen )?fehler .{1,150}|bitte markieren sie die entsprechenden .{1,150})[.!]?"
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
            r"(?:(?:jetzt |hier )?(?:den |unseren |zum |für den |für unseren |kostenlosen )*[\w-]*newsletter\b"
            r".{0,60}(?:abonnieren|bestellen|anmelden|registrieren|erhalten|anmeldung)!?|newsletter|"
            r"(?:abonnieren|bestellen) sie .{0,60}newsletter.{0,80}|melden sie sich .{0,80}newsletter.{0,60}an[.!]|"
            r"(?:kein|keine) .{0,40}verpassen.{0,30}newsletter.{0,40})"
        ),
    ),
    (
        "consent",
        (
            r"(?:wir (?:verwenden|nutzen|setzen) (?:auf dieser (?:web)?seite )?cookies.{0,200}|"
            r"(?:alle(?: cookies)?|cookies) (?:akzeptieren|ablehnen|zulassen)|cookie-?(?:einstellungen|hinweis)|"
            r"datenschutz-?einstellungen|privacy(?:-center)?|"
            r"empfohlener (?:redaktioneller|externer) inhalt|link zum \S+inhalt|"
            r"externe[rn]? inhalte?(?: (?:anzeigen|laden|erlauben|aktivieren|von .{1,60}))?|"
            r"inhalte? von \w+ (?:anzeigen|laden)|"
            r"an dieser stelle (?:finde[nt]|befindet) .{0,40}(?:extern|inhalt).{0,250}|"
            r"ich bin damit einverstanden, dass mir .{0,40}inhalte? .{0,250}|zustimmen(?: und weiter(?:lesen)?)?)"
        ),
    ),
    (
        "nav",
        (
            r"(?:(?:zur |zurück zur )?startseite|home|menü|menu|suche|suchen|navigation|(?:zum )?seitenanfang|"
            r"nach oben|zum inhalt(?: springen)?|zurück|weiter|schließen|mehr anzeigen|mehr laden|weniger anzeigen|"
            r"anmelden|abmelden|login|log-?in|registrieren|konto|mein konto|abo|abos|abonnieren|"
            r"jetzt abonnieren|e-?paper|"
            r"impressum|datenschutz(?:erklärung)?|agb|kontakt|mediadaten|hilfe|barrierefreiheit|"
            r"nutzungsbedingungen|rss|über uns|stellenanzeigen|push-?nachrichten|live|ticker|app|"
            r"nächster artikel|vorheriger artikel|"
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
_LINE_KINDS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _WORDING)
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
    r"(?:themen(?: (?:des|in diesem|zum|im) (?:artikels?|beitrags?|text(?:es)?))?|tags|topics|"
    r"keywords|schlagw(?:orte|örter)|stichw(?:orte|örter)|mehr lesen über)\s*:?",
    re.IGNORECASE,
)
_TAGS_LINE = re.compile(_TAGS_HEADING.pattern.rstrip("?") + r"\s+(.+)", re.IGNORECASE)
_COMMENTS = re.compile(
    r"(?:\d+ )?(?:leser)?kommentare?(?: \(?\d+\)?)?(?: zum artikel)?|diskussion|diskutieren sie mit.{0,40}|"
    r"leserdebatte|ihre meinung zählt.{0,60}",
    re.IGNORECASE,
)


def furniture_kind(view: str) -> FurnitureKind | None:
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
