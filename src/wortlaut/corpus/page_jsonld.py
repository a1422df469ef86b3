"""The JSON-LD of a page (https://schema.org): the node of the article, whatever shape the publisher gave it."""

from __future__ import annotations

import html
import json
import re
from collections import deque
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from wortlaut.corpus.page_blocks import fold, key_of

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["JsonLd", "read_json_ld"]

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
_Node: TypeAlias = "dict[str, Json]"

_ARTICLE = re.compile(r"Article$|^(?:Report|LiveBlogPosting|BlogPosting|ClaimReview|Review)$")
_COMMENT = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*.*?\*/)|(?:-->|//\s*\]\]>)\s*;?\s*$", re.DOTALL)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_MAX_NODES = 20_000


class JsonLd(msgspec.Struct, frozen=True, kw_only=True):
    """What the article's node says; texts folded and unescaped, empty where it does not say.

    ``people`` are authors of type Person or of no type, ``organisations`` authors of another type.
    """

    headline: str | None = None
    alternative: str | None = None
    description: str | None = None
    url: str | None = None
    publisher: str | None = None
    published: str | None = None
    modified: str | None = None
    section: str | None = None
    people: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    language: str | None = None
    rights: str | None = None
    body: str = ""


def read_json_ld(tree: _Element, *, canonical: str | None = None) -> JsonLd:
    """Read the JSON-LD of a page; what is no JSON even after mending is passed over.

    Of several articles that one counts whose address is the page's own, else the first that says most.
    """
    nodes: list[_Node] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower():
            for value in _loads(script.text or ""):
                _collect(value, nodes)
    ids = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and len(node) > 1}
    articles = [node for node in nodes if any(_ARTICLE.search(kind) for kind in _types(node))]
    crumbs = next((node for node in nodes if "BreadcrumbList" in _types(node)), None)
    if not articles:
        return JsonLd(section=_crumb_section(crumbs, None))
    article = max(articles, key=lambda node: (_is_at(node, canonical), _weight(node)))
    return _read(article, ids, crumbs)


def _loads(text: str) -> list[Json]:
    """Parse JSON as publishers write it: in comments, with raw line breaks, trailing commas, several in a row."""
    text = _COMMENT.sub("", _COMMENT.sub("", text)).strip().rstrip(";")
    decoder = json.JSONDecoder(strict=False)
    for candidate in (text, _TRAILING_COMMA.sub(r"\1", text), html.unescape(text)):
        found: list[Json] = []
        position = 0
        try:
            while position < len(candidate):
                value, position = decoder.raw_decode(candidate, position)
                found.append(value)
                while position < len(candidate) and candidate[position] in " \t\r\n,;":
                    position += 1
        except (ValueError, RecursionError):
            if found:
                return found
            continue
        return found
    return []


def _collect(value: Json, nodes: list[_Node]) -> None:
    """Gather nodes breadth first: what stands at the top comes before what is nested in it."""
    queue: deque[Json] = deque([value])
    for _ in range(_MAX_NODES):
        if not queue:
            return
        item = queue.popleft()
        if isinstance(item, list):
            queue.extendleft(reversed(item[:_MAX_NODES]))
        elif isinstance(item, dict):
            if "@type" in item or "@id" in item:
                nodes.append(item)
            for name in ("@graph", "mainEntity", "mainEntityOfPage", "breadcrumb", "isPartOf", "publisher", "author"):
                inner = item.get(name)
                if isinstance(inner, (dict, list)):
                    queue.append(inner)


def _types(node: _Node) -> tuple[str, ...]:
    kinds = node.get("@type")
    listed = kinds if isinstance(kinds, list) else [kinds]
    return tuple(kind.rsplit("/", 1)[-1] for kind in listed if isinstance(kind, str))


def _is_at(node: _Node, canonical: str | None) -> bool:
    if canonical is None:
        return False
    page = node.get("mainEntityOfPage")
    places = [node.get("url"), node.get("@id"), page, page.get("@id") if isinstance(page, dict) else None]
    return any(isinstance(place, str) and place.split("#")[0].rstrip("/") == canonical.rstrip("/") for place in places)


def _weight(node: _Node) -> int:
    return sum(name in node for name in ("headline", "datePublished", "author", "articleBody", "publisher"))


def _read(node: _Node, ids: dict[Json, _Node], crumbs: _Node | None) -> JsonLd:
    headline = _text(node.get("headline")) or _text(node.get("name"))
    authors = _authors(node.get("author"), ids) or _authors(node.get("creator"), ids)
    holder = ", ".join(_names(node.get("copyrightHolder"), ids))
    year = node.get("copyrightYear")
    rights = " ".join(
        part for part in ("©", str(year) if isinstance(year, (int, str)) and year else "", holder) if part
    )
    section = _strings(node.get("articleSection"))
    return JsonLd(
        headline=headline,
        alternative=_text(node.get("alternativeHeadline")),
        description=_text(node.get("description")),
        url=_text(node.get("url")),
        publisher=next(iter(_names(node.get("publisher"), ids)), None),
        published=_text(node.get("datePublished")) or _text(node.get("dateCreated")),
        modified=_text(node.get("dateModified")),
        section=(section[0] if section else None) or _crumb_section(crumbs, headline),
        people=tuple(name for name, person in authors if person),
        organisations=tuple(name for name, person in authors if not person),
        keywords=_keywords(node.get("keywords")),
        language=_text(node.get("inLanguage")),
        body=body if isinstance(body := node.get("articleBody"), str) else "",
        rights=(_text(node.get("license")) or (rights if holder else None)),
    )


def _text(value: Json) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    return fold(html.unescape(value)) or None if isinstance(value, str) else None


def _strings(value: Json) -> list[str]:
    values = value if isinstance(value, list) else [value]
    texts = (_text(item) for item in values)
    return [part.strip() for text in texts if text for part in text.split(",") if part.strip()]


def _keywords(value: Json) -> tuple[str, ...]:
    """Give keywords; a string without commas is one keyword, or several that nobody can part: then none."""
    if isinstance(value, str) and not re.search(r"[,;|]", value) and len(value.split()) > 3:
        return ()
    if isinstance(value, str):
        return tuple(part.strip() for part in re.split(r"[,;|]", fold(html.unescape(value))) if part.strip())
    return tuple(dict.fromkeys(_strings(value)))


def _names(value: Json, ids: dict[Json, _Node]) -> list[str]:
    return [name for name, _ in _authors(value, ids)]


def _authors(value: Json, ids: dict[Json, _Node]) -> list[tuple[str, bool]]:
    """Give the names and whether each is a person."""
    found: list[tuple[str, bool]] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            node = item if "name" in item else ids.get(item.get("@id"), item)
            names = node.get("name")
            person = not _types(node) or "Person" in _types(node)
            found += [(text, person) for n in (names if isinstance(names, list) else [names]) if (text := _text(n))]
        elif isinstance(item, str) and (text := _text(item)) and not text.startswith("http"):
            found.append((text, True))
    return found


def _crumb_section(crumbs: _Node | None, headline: str | None) -> str | None:
    """Give the first step of the way from the front page to the article, which is its section."""
    items = crumbs.get("itemListElement") if crumbs else None
    names: list[str] = []
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            inner = item.get("item")
            name = _text(item.get("name")) or (_text(inner.get("name")) if isinstance(inner, dict) else None)
            names.append(name or "")
    if len(names) < 2 or not names[1] or (headline and key_of(names[1]) == key_of(headline)):
        return None
    return names[1] if len(names[1]) < 40 else None
