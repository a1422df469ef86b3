"""What a news page says about itself: JSON-LD, OpenGraph, meta, link, time, and lines around the headline.

Each field is taken from the first source that says it, in the order that the functions below give. The house itself
("n-tv NACHRICHTEN") is a publisher and no author.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import msgspec

from wortlaut.corpus.agencies import agency_of, opening_signs
from wortlaut.corpus.bylines import names_of_byline
from wortlaut.corpus.credits import source_signs
from wortlaut.corpus.dates import best_time, first_time, local_time, read_dateline
from wortlaut.corpus.page_blocks import Block, fold, key_of, short_text
from wortlaut.corpus.page_body import Body
from wortlaut.corpus.page_jsonld import JsonLd, read_json_ld
from wortlaut.corpus.page_topics import shown_topics

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["PageMetadata", "read_metadata"]

_TITLE_MAX = 1000
_TITLE_TAIL = re.compile(r"\s+(?P<mark>[|–—-])\s+(?P<tail>[^|–—]{2,40}?)\s*$")
_ADDRESS_OR_DAY = re.compile(r"\.(?:de|at|ch|com|net|org)$|^\d{1,2}\.\d{1,2}\.\d{4}$|^\w{2,4}$", re.IGNORECASE)
_PUBLISHED_NAMES = (
    "article:published_time",
    "article:published:time",
    "og:article:published_time",
    "datepublished",
    "date",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date",
    "dcterms.date",
    "dcterms.created",
    "parsely-pub-date",
    "sailthru.date",
    "pubdate",
    "publish-date",
    "last-published",
)
_MODIFIED_NAMES = ("article:modified_time", "article:modified:time", "og:updated_time", "datemodified", "last-modified")
_KEYWORD_NAMES = ("article:tag", "news_keywords", "custom-keywords", "parsely-tags", "sailthru.tags")
_AUTHOR_CLASS = re.compile(
    r"(^|[\s_-])(authors?|autor(?:en)?|byline|authorname|authorline|creator)([\s_-]|$)", re.IGNORECASE
)
_AUTHOR_PATH = re.compile(
    r"/(?:autor(?:en|in)?|authors?|redaktion|korrespondent(?:en|in)?|die-redaktion|journalist)/", re.IGNORECASE
)
_AUTHOR_TAGS = ("a", "span", "p", "div", "address", "li", "h5")
_MARKED = 200  # marked elements looked at: bounds the time that a hostile page takes
_NOT_NEAR = frozenset({"nav", "footer", "form"})


class PageMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What the page says. ``titles`` and ``descriptions`` best first; times as in Draft."""

    titles: tuple[str, ...]
    declared: tuple[str, ...]
    descriptions: tuple[str, ...]
    zone: str
    url: str | None = None
    publisher: str | None = None
    published: str | None = None
    modified: str | None = None
    section: str | None = None
    authors: tuple[str, ...] = ()
    house: tuple[str, ...] = ()
    byline: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    data_keywords: tuple[str, ...] = ()
    site_keywords: tuple[str, ...] = ()
    shown_tags: tuple[str, ...] = ()
    shown_authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str = "de"
    rights: str | None = None
    body: str = ""

    def completed(self, body: Body, blocks: list[Block], guessed: tuple[str, ...]) -> PageMetadata:
        """Add what the text itself tells: date and byline by the headline, the source line at the end.

        ``guessed`` are authors that trafilatura found; they count where no rule of ours finds one.
        """
        seen = next((time for line in body.before if (time := first_time(line, self.zone))), None)
        datelines = [found for line in body.before if (found := read_dateline(line, self.zone))]
        labelled = tuple(
            fold(block.text) for block in blocks if block.tag in ("li", "dd", "p") and len(block.text) < 120
        )
        autor = tuple(line for line in labelled if line.startswith("Autor"))
        named = self.authors or self.shown_authors or _first_byline(body.before) or _first_byline(autor)
        named = tuple(name for name in named or _full_names(guessed) if not _is_house(name, self.house))
        agencies, editors = _credited(body)
        return msgspec.structs.replace(
            self,
            published=best_time(self.published, seen),
            modified=self.modified or next((found.modified for found in datelines if found.modified), None),
            byline=tuple(name for name in named if agency_of(name) is None),
            agencies=tuple(dict.fromkeys([*(a for name in named if (a := agency_of(name))), *agencies])),
            editors=editors,
            tags=_topics(self, blocks),
            rights=self.rights
            or next((line for line in body.after if line.startswith(("©", "Copyright", "(c)"))), None),
        )


def read_metadata(tree: _Element, *, url: str | None, timezone: str) -> PageMetadata:
    """Read the metadata of a parsed page. ``url`` is where it was fetched from, ``timezone`` as in read_html."""
    metas = _metas(tree)
    address = _address(tree, metas, url)
    data = read_json_ld(tree, canonical=address)
    title = fold(tree.findtext(".//title") or "")[:_TITLE_MAX]
    publisher = data.publisher or _first(metas, "publisher", "og:site_name", "application-name") or _host(address)
    named = (publisher, data.publisher, _first(metas, "og:site_name"), _first(metas, "publisher"), _host(address))
    house = tuple(name for name in named if name)
    stated = _stated_time((data.published, *_all(metas, *_PUBLISHED_NAMES)), timezone)
    shown = _shown_time(tree, timezone)
    return PageMetadata(
        titles=_titles(metas, data, title, house),
        declared=tuple(
            dict.fromkeys(_without_house(name, house) for name in (data.headline, _first(metas, "og:title")) if name)
        ),
        descriptions=tuple(
            t for t in (*_all(metas, "og:description", "twitter:description", "description"), data.description) if t
        ),
        zone=timezone,
        url=address,
        publisher=publisher,
        published=best_time(stated, shown) or first_time(title, timezone),
        modified=_stated_time((data.modified, *_all(metas, *_MODIFIED_NAMES)), timezone),
        section=data.section or next(iter(_all(metas, "article:section", "section")), None),
        authors=_authors(metas, data, house),
        house=house,
        keywords=_split(_all(metas, *_KEYWORD_NAMES)),
        data_keywords=data.keywords,
        site_keywords=_split(_all(metas, "keywords")),
        shown_tags=shown_topics(tree),
        shown_authors=_shown_authors(tree),
        body=data.body,
        language=_language(tree, metas, data),
        rights=data.rights or _first(metas, "copyright", "dcterms.rights", "dc.rights", "rights"),
    )


def _metas(tree: _Element) -> dict[str, list[str]]:
    """Give the page's meta elements: lower-case name -> contents in order, each once."""
    found: dict[str, dict[str, None]] = {}
    for element in tree.iter("meta"):
        content = fold(element.get("content") or "")
        for attribute in ("property", "name", "itemprop"):
            name = (element.get(attribute) or "").lower().strip()
            if name and content:
                found.setdefault(name, {})[content] = None
    return {name: list(contents) for name, contents in found.items()}


def _all(metas: dict[str, list[str]], *names: str) -> list[str]:
    return [content for name in names for content in metas.get(name, ())]


def _first(metas: dict[str, list[str]], *names: str) -> str | None:
    return next(iter(_all(metas, *names)), None)


def _address(tree: _Element, metas: dict[str, list[str]], url: str | None) -> str | None:
    """Give the page's address: og:url, canonical link, where it was fetched from.

    A canonical link on another host names the house where the article stood first: that is another page.
    """
    link = next((e.get("href") for e in tree.iter("link") if "canonical" in (e.get("rel") or "").lower().split()), None)
    base = _first(metas, "og:url") or url or ""
    candidates = [_joined(base, link or ""), _joined(base, base)]
    if all(candidates) and _host(candidates[0]) != _host(candidates[1]):
        candidates.reverse()
    return next((candidate for candidate in candidates if candidate), url)


def _joined(base: str, link: str) -> str | None:
    """Give the whole web address of a link on a page; None where it is none."""
    try:
        whole = urljoin(base, link) if link else ""
        parts = urlsplit(whole)
    except ValueError:
        return None
    return whole if parts.scheme in ("http", "https") and parts.netloc else None


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url or "").netloc.lower().removeprefix("www.") or None
    except ValueError:
        return None


def _titles(metas: dict[str, list[str]], data: JsonLd, title: str, house: tuple[str, ...]) -> tuple[str, ...]:
    """Give the page's titles, best first, each without the house's name behind it."""
    names = [*_all(metas, "og:title"), data.headline, *_all(metas, "twitter:title", "title"), data.alternative, title]
    return tuple(dict.fromkeys(short for name in names if name and (short := _without_house(name, house))))


def _without_house(title: str, house: tuple[str, ...]) -> str:
    """Cut off what stands behind a title in a browser's tab: "| Anzeiger", "- Politik - anzeiger.de", a date.

    Behind a dash only what is the house's name, an address or a date: a dash may belong to the title.
    """
    while match := _TITLE_TAIL.search(title):
        tail = match["tail"]
        if match["mark"] != "|" and not (_is_house(tail, house) or _ADDRESS_OR_DAY.search(tail)):
            break
        title = title[: match.start()]
    return title.strip()


def _authors(metas: dict[str, list[str]], data: JsonLd, house: tuple[str, ...]) -> tuple[str, ...]:
    """Give authors: persons of the JSON-LD, other authors of it, article:author, author; the house is none."""
    listed = [
        *_all(metas, "article:author"),
        *_all(metas, "author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author"),
    ]
    for names in (data.people, data.organisations, listed):
        found = [part for name in names for part in _person_names(name) if not _is_house(part, house)]
        if found:
            return tuple(dict.fromkeys(found))
    return ()


def _person_names(name: str) -> list[str]:
    if "@" in name or "://" in name or len(name) > 160:
        return []
    name = re.sub(r"^(?:Von|von|By|by)\s+", "", name)
    return [part.strip() for part in re.split(r"\s*(?:[,;]|\bund\b)\s*", name) if part.strip()]


def _is_house(name: str, house: tuple[str, ...]) -> bool:
    key = re.sub(r"(nachrichten|redaktion|online|de|com|news)$", "", key_of(name)) or key_of(name)
    return any(key and (key in key_of(one) or key_of(one) in key_of(name)) for one in house if key_of(one))


def _shown_authors(tree: _Element) -> tuple[str, ...]:
    """Give the names that the page marks as its authors where they stand first: by class, rel, itemprop or path."""
    marked = (element for element in tree.iter(*_AUTHOR_TAGS) if _names_author(element))
    for element in islice(marked, _MARKED):
        if any(parent.tag in _NOT_NEAR for parent in element.iterancestors()):
            continue
        parent = element.getparent()
        line = short_text(parent, limit=200) if element.tag in ("a", "span") and parent is not None else ""
        names = names_of_byline(line) or names_of_byline(short_text(element, limit=200), labelled=True)
        if names:
            return names
    return ()


def _names_author(element: _Element) -> bool:
    return (
        element.get("rel") == "author"
        or element.get("itemprop") == "author"
        or bool(_AUTHOR_CLASS.search(element.get("class") or ""))
        or (element.tag == "a" and bool(_AUTHOR_PATH.search(element.get("href") or "")))
    )


def _credited(body: Body) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the agencies and the editors' signs of the text's opening and of the source lines at its end."""
    agencies: list[str] = []
    editors: list[str] = []
    for line in body.after:
        signs = source_signs(line)
        agencies += signs.agencies
        editors += () if line.startswith("©") else signs.editors
    for piece in body.pieces:
        if piece.kind in ("lead", "paragraph"):
            agencies += opening_signs(piece.text).agencies
    return tuple(dict.fromkeys(agencies)), tuple(dict.fromkeys(editors))


def _full_names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if " " in name)


def _first_byline(lines: tuple[str, ...]) -> tuple[str, ...]:
    return next((names for line in lines if (names := names_of_byline(line))), ())


def _stated_time(texts: Iterable[str | None], zone: str) -> str | None:
    """Give the first time among what metadata state."""
    return next((time for text in texts if (time := local_time(text, timezone=zone))), None)


def _shown_time(tree: _Element, zone: str) -> str | None:
    """Give the first <time> that names a day in full, outside teasers: pages put the article's own first."""
    for element in tree.iter("time"):
        if any(parent.tag in ("nav", "footer", "aside") for parent in element.iterancestors()):
            continue
        time = (
            local_time(element.get("datetime"), timezone=zone)
            if element.get("datetime")
            else first_time(short_text(element), zone)
        )
        if time:
            return time
    return None


def _split(texts: list[str]) -> tuple[str, ...]:
    parts = (part.strip() for text in texts for part in re.split(r"[,;]", text))
    return tuple(dict.fromkeys(part for part in parts if part))


def _topics(meta: PageMetadata, blocks: list[Block]) -> tuple[str, ...]:
    """Choose the article's topics.

    Keywords that name the article's topics stand in its text or title for a part; a list of which hardly one does
    describes the site.
    """
    if meta.keywords:
        return meta.keywords
    text = key_of(" ".join(block.text for block in blocks if block.link < 0.5))
    spoken = [word for word in meta.site_keywords if key_of(word) in text]
    if meta.site_keywords and len(spoken) * 3 >= len(meta.site_keywords):
        return meta.site_keywords
    return meta.data_keywords or meta.shown_tags


def _language(tree: _Element, metas: dict[str, list[str]], data: JsonLd) -> str:
    root = tree.getroottree().getroot()
    for text in (
        root.get("lang"),
        data.language,
        _first(metas, "og:locale", "content-language", "language", "dc.language"),
    ):
        if text and re.match(r"^[A-Za-z]{2}(?:[-_]|$)", text):
            return text[:2].lower()
    return "de"
