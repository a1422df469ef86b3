"""News agencies and the signs they go by in German press pages: ``rts`` is Reuters, ``gut`` is an editor.

A page credits them in a place-and-agency opening (``Berlin (dpa) -``), in a closing line
(``Quelle: ntv.de, gut/rts/dpa/AFP``) or in brackets at the end (``(dpa/fre)``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

__all__ = ["Signs", "agency_of", "opening_signs", "parse_signs"]

# Sign in small letters -> the agency's name as it is printed. Several signs may stand for one agency.
_AGENCIES = {
    "aa": "Anadolu",
    "adn": "ADN",
    "afp": "AFP",
    "anadolu": "Anadolu",
    "ansa": "ANSA",
    "ap": "AP",
    "apa": "APA",
    "associated press": "AP",
    "belga": "Belga",
    "bloomberg": "Bloomberg",
    "dapd": "dapd",
    "ddp": "ddp",
    "deutsche presse-agentur": "dpa",
    "dow jones": "Dow Jones",
    "dow jones newswires": "Dow Jones",
    "dpa": "dpa",
    "dpa-afx": "dpa-AFX",
    "dpa-infocom": "dpa",
    "dpa-infografik": "dpa",
    "dpa-tmn": "dpa",
    "dts": "dts",
    "efe": "EFE",
    "epd": "epd",
    "idea": "idea",
    "interfax": "Interfax",
    "keystone-sda": "Keystone-SDA",
    "kna": "KNA",
    "kyodo": "Kyodo",
    "ots": "ots",
    "pap": "PAP",
    "reuters": "Reuters",
    "ritzau": "Ritzau",
    "rtr": "Reuters",
    "rts": "Reuters",
    "sda": "Keystone-SDA",
    "sid": "SID",
    "tass": "TASS",
    "tt": "TT",
    "ukrinform": "Ukrinform",
    "xinhua": "Xinhua",
}
# The regional services of dpa, which stand beside it as in (dpa/lby): neither an agency nor an editor.
_SERVICES = frozenset({"bb", "lbn", "lby", "lhe", "lni", "lno", "lnw", "lrs", "lsw", "mv", "sa", "sn", "th"})
_BETWEEN = re.compile(r"\s*[/,;+&|]\s*|\s+(?:und|mit)\s+")
_OPENING = re.compile(r"(?:[A-ZÄÖÜ][^()\n.:]{1,60}?\s*)?\((?P<signs>[^()]{2,40})\)\s*(?:[-–—:.]|$|(?=[„»\"A-ZÄÖÜ]))")
_EDITOR = re.compile(r"[a-zäöüß]{2,4}|[A-ZÄÖÜ]{2,3}")


class Signs(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of signs says: agencies by name, editors by sign, and what is neither (``other``)."""

    agencies: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    other: tuple[str, ...] = ()


def agency_of(sign: str) -> str | None:
    """Give the name of the agency that a sign stands for, in whatever case it is written, or None.

    >>> agency_of("rts"), agency_of("DPA"), agency_of("gut")
    ('Reuters', 'dpa', None)
    """
    return _AGENCIES.get(sign.strip().casefold())


def parse_signs(text: str) -> Signs:
    """Read a list of signs, parted by slash, comma, semicolon, plus, ``und`` or ``mit``.

    >>> parse_signs("ntv.de, gut/rts/dpa/AFP")
    Signs(agencies=('Reuters', 'dpa', 'AFP'), editors=('gut',), services=(), other=('ntv.de',))
    """
    agencies: list[str] = []
    editors: list[str] = []
    services: list[str] = []
    other: list[str] = []
    for part in _BETWEEN.split(text.strip()):
        sign = part.strip(" .()")
        if not sign:
            continue
        if name := agency_of(sign):
            agencies.append(name)
        elif sign in _SERVICES:
            services.append(sign)
        elif _EDITOR.fullmatch(sign):
            editors.append(sign)
        else:
            other.append(sign)
    return Signs(agencies=_unique(agencies), editors=_unique(editors), services=_unique(services), other=_unique(other))


def opening_signs(text: str) -> Signs:
    """Give the signs in the opening of a report, ``Berlin (dpa/fre) -``; none where it opens otherwise.

    >>> opening_signs("Lindenau (dpa) - Der Rat tagt."), opening_signs("Der Rat (CDU) tagt.")
    (Signs(agencies=('dpa',), editors=(), services=(), other=()), Signs(agencies=(), editors=(), services=(), other=()))
    """
    opening = _OPENING.match(text)
    signs = parse_signs(opening["signs"]) if opening else Signs()
    return signs if signs.agencies and not signs.other else Signs()


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
