"""Who published a page: a newspaper's name or web address as it stands in a source or copyright line."""

from __future__ import annotations

import re

__all__ = ["copyright_holder", "domain_in", "known_publisher", "publisher_of"]

# Names as they print themselves. A name that is not here is still found where a line says whose page it is.
_KNOWN = {
    name.casefold(): name
    for name in (
        "Aachener Zeitung", "ARD", "Augsburger Allgemeine", "B.Z.", "Badische Zeitung", "Bayerischer Rundfunk",
        "Berliner Morgenpost", "Berliner Zeitung", "BILD", "Blick", "Börsen-Zeitung", "BR24", "Braunschweiger Zeitung",
        "Bonner General-Anzeiger", "Bunte", "Business Insider", "Capital", "Correctiv", "Der Standard",
        "Deutsche Welle", "Deutschlandfunk", "Die Presse", "Die Rheinpfalz", "DIE ZEIT", "DW", "Euronews", "FAZ",
        "Focus", "FOCUS online", "Frankfurter Allgemeine Zeitung", "Frankfurter Rundschau", "Freie Presse", "Golem",
        "Hamburger Abendblatt", "Handelsblatt", "Hannoversche Allgemeine", "heise online", "Hessische Allgemeine",
        "Hessischer Rundfunk", "Junge Welt", "Kicker", "Kieler Nachrichten", "Kleine Zeitung", "Kölner Stadt-Anzeiger",
        "Kronen Zeitung", "Kurier", "Lausitzer Rundschau", "Leipziger Volkszeitung", "Luzerner Zeitung",
        "Main-Post", "manager magazin", "Mannheimer Morgen", "MDR", "Merkur", "Mitteldeutsche Zeitung", "NDR",
        "Neue Osnabrücker Zeitung", "Neue Zürcher Zeitung", "netzpolitik.org", "n-tv", "ntv", "NZZ", "Nordkurier",
        "Nürnberger Nachrichten", "ORF", "Ostsee-Zeitung", "Passauer Neue Presse", "Profil", "radiobremen", "rbb24",
        "RedaktionsNetzwerk Deutschland", "Rheinische Post", "RND", "RTL", "Ruhr Nachrichten", "Saarbrücker Zeitung",
        "Sächsische Zeitung", "Salzburger Nachrichten", "Schwäbische Zeitung", "Schweriner Volkszeitung", "SPIEGEL",
        "DER SPIEGEL", "SRF", "stern", "Stuttgarter Nachrichten", "Stuttgarter Zeitung", "Süddeutsche Zeitung",
        "Südkurier", "SWR", "SZ", "Der Tagesspiegel", "Tagesspiegel", "Tagblatt", "Tages-Anzeiger", "tagesschau", "taz",
        "Thüringer Allgemeine", "t-online", "Trierischer Volksfreund", "WAZ", "WDR", "WELT", "DIE WELT", "Weser-Kurier",
        "Westdeutsche Zeitung", "Westfälische Nachrichten", "Westfalenpost", "WirtschaftsWoche", "ZDF", "ZDFheute",
        "ZEIT ONLINE", "20 Minuten",
    )
}  # fmt: skip
_DOMAIN = re.compile(
    r"(?<![\w@.-])(?:www\.)?((?:[a-z0-9äöü](?:[a-z0-9äöü-]*[a-z0-9äöü])?\.)+"
    r"(?:de|at|ch|li|lu|com|net|org|eu|info|news|tv|online|berlin|example))(?![\w.-]*@)(?![\w-])",
    re.IGNORECASE,
)
_COPYRIGHT = re.compile(r"^(?:©|\(c\)|copyright\b)(?:\s*©)?\s*:?\s*(.+)$", re.IGNORECASE)
_NOT_A_NAME = re.compile(
    r"\b(?:19|20)\d\d(?:\s*[-–]\s*(?:19|20)\d\d)?\b|\b(?:alle|sämtliche) rechte vorbehalten\b|\ball rights reserved\b"
    r"|\bby\b|\bcopyright\b|©",
    re.IGNORECASE,
)


def known_publisher(name: str) -> str | None:
    """Give the printed form of a newspaper's or broadcaster's name, or None where it is not a known one.

    >>> known_publisher("süddeutsche zeitung")
    'Süddeutsche Zeitung'
    """
    return _KNOWN.get(name.strip().casefold())


def domain_in(text: str) -> str | None:
    """Give the first web address in a text, without ``www.`` and in small letters, or None.

    >>> domain_in("Quelle: www.Wehra-Kurier.example, mkl")
    'wehra-kurier.example'
    """
    match = _DOMAIN.search(text)
    return match[1].lower() if match else None


def publisher_of(parts: tuple[str, ...]) -> str | None:
    """Choose the publisher among the parts of a source line: an address, a known name, else the first part.

    >>> publisher_of(("Lindenauer Bote",))
    'Lindenauer Bote'
    """
    for part in parts:
        if _DOMAIN.fullmatch(part) or known_publisher(part):
            return domain_in(part) or known_publisher(part)
    return next((part for part in parts if part[:1].isalnum() and len(part) <= 60), None)


def copyright_holder(line: str) -> str | None:
    """Give whose rights a copyright line names, or None where it is no such line.

    >>> copyright_holder("© 2026 Lindenauer Bote. Alle Rechte vorbehalten.")
    'Lindenauer Bote'
    """
    match = _COPYRIGHT.match(line)
    if not match:
        return None
    name = re.split(r"\s*[·|]\s*|\.\s", _NOT_A_NAME.sub(" ", match[1]), maxsplit=1)[0]
    return " ".join(name.split()).strip(" .,;:-–") or None
