"""The blocks of a page with what stands around them: the zone of the text, and places that hold no text."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Literal, TypeAlias

from wortlaut.corpus.page_blocks import Block, fold, key_of, short_text
from wortlaut.corpus.page_lines import ends_block, line_kind, reads_as_prose
from wortlaut.schema.article import FurnitureKind

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["HEADINGS", "LABEL_MAX", "PageView", "Place"]

# Where a block stands that is no text: outside the article altogether, or in furniture of a kind.
Place: TypeAlias = Literal["outside"] | FurnitureKind

_OUTSIDE_TAGS = frozenset({"nav", "aside", "footer", "form", "menu", "dialog"})
_OUTSIDE_ROLES = frozenset({"navigation", "complementary", "contentinfo", "search", "dialog"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_CAPTION_TAGS = frozenset({"figure", "figcaption", "picture", "caption"})
_CAPTION_CLASS = re.compile(
    r"(^|[\s_-])(caption|figcaption|bildunterschrift|bu|image-info|legend|pictsrc)([\s_-]|$)", re.IGNORECASE
)
_BREADCRUMB = re.compile(r"breadcrumb", re.IGNORECASE)
_AUTHOR_CLASS = re.compile(r"(author|autor|byline)(?!i[sz])", re.IGNORECASE)
_CLASSES: tuple[tuple[FurnitureKind, str], ...] = (
    ("advert", "ad|ads|advert|advertisement|anzeige|werbung|sponsored|affiliate|affiliate[_-]info|commerce"),
    ("newsletter", "newsletter|subscribe|abo-?box"),
    ("teaser", "related|recommendations?|read-?more|teaserlist|linklist|further-reading|mehr-zum-thema|topicbox"),
    ("share", "share|sharing|social|social-media"),
    ("comments", "comments?|kommentare?|disqus"),
    ("author_box", "author-?box|authorbox|author-bio|about-the-author|autorenbox"),
    ("consent", "embed-?(consent|placeholder)|external-content|opt-?in"),
    ("feedback", "reporter?rbox\\w*|reporterrbox-\\w+|err_\\w+|error-?report"),
    ("box", "info-?box|fact-?box|faktenbox|kasten"),
    ("media", "gallery|slider|carousel|slideshow|video|vjs|player|embed"),
    ("print", "print-?only|only-print|print(head|sub|title)\\w*"),
)
_FURNITURE_CLASS = tuple(
    (kind, re.compile(rf"(^|[\s_-])({words})([\s_-]|$)", re.IGNORECASE)) for kind, words in _CLASSES
)
LABEL_MAX = 120  # a subheading is no longer than this
_ENOUGH = 300  # characters that a stated body needs before it is trusted
_MIN_TEXT = 25  # a shorter block must be one of trafilatura's paragraphs as a whole
_MATCHING = 300_000_000  # characters searched for parts of paragraphs: bounds the time that a hostile page takes


class PageView:
    """The blocks with what their ancestors say, and which of them trafilatura holds for text."""

    def __init__(self, blocks: list[Block], extracted: list[str], stated: str) -> None:
        self.blocks = blocks
        self._places: dict[_Element, Place | None] = {}
        self._kinds: dict[int, FurnitureKind | None] = {}
        kept = _matching(blocks, extracted)
        told = _matching(blocks, stated.splitlines())
        # A page that states its body (articleBody) knows better where it stands, if it states most of it.
        told_whole = told and sum(len(block.text) for block in told) > max(_ENOUGH, 0.5 * len(stated))
        self.zone = _zone(told if told_whole else kept)
        self._inside = None if self.zone is None else set(self.zone.iter())
        self._around = set() if self.zone is None else {self.zone, *self.zone.iterancestors()}
        both = {block.index: block for block in (*kept, *(told if told_whole else ()))}
        inside = [both[index] for index in sorted(both) if self.in_zone(both[index]) and not self.place(both[index])]
        self.accepted = {block.index for block in inside if not self.kind(block)}
        prose = [block for block in inside if block.tag not in HEADINGS and len(block.text) >= 60]
        prose = [block for block in prose if reads_as_prose(block.text)] or prose
        if not prose:
            self.accepted = set()
        self.first = prose[0].index if prose else 0
        self.last = max(self.accepted, default=0)
        self.end = prose[-1].index if prose else 0
        self.parents = Counter(block.element.getparent() for block in prose)
        self.lists = {block.element.getparent() for block in inside if block.tag == "li"}
        self.classes = Counter((block.tag, block.element.get("class")) for block in prose)
        self._near = {
            above for block in prose for above in list(block.element.iterancestors())[:3] if self.holds(above)
        }
        self._near |= {block.element for block in prose if block.tag == "div"}

    def holds(self, element: _Element) -> bool:
        """Say whether an element is the zone or stands in it."""
        return self._inside is None or element in self._inside

    def heads_text(self, heading: Block) -> bool:
        """Say whether a heading stands over the text: beside paragraphs, or alone in a wrapper beside them."""
        parent = heading.element.getparent()
        while parent is not None and parent not in self._near:
            if key_of(short_text(parent, limit=len(heading.text) + 40)) != heading.key:
                return False
            parent = parent.getparent()
        return parent is not None

    def in_zone(self, block: Block) -> bool:
        """Say whether a block stands in the zone."""
        return self.holds(block.element)

    def place(self, block: Block) -> Place | None:
        """Say in what a block stands that is no text: ``outside``, ``caption`` or a kind of furniture."""
        return self._place(block.element)

    def kind(self, block: Block) -> FurnitureKind | None:
        """Say what a block is by its own words where that is no text."""
        if block.index not in self._kinds:
            self._kinds[block.index] = _kind(block)
        return self._kinds[block.index]

    def _place(self, element: _Element) -> Place | None:
        if element in self._places:
            return self._places[element]
        if element in self._around:  # what holds the text is no furniture, whatever its class
            return None
        place = _own_place(element)
        parent = element.getparent()
        if place is None and element.tag == "article" and self.zone is not None and self.holds(element):
            place = "box"  # an article inside the article is another one, or a box
        if place is None and parent is not None:
            place = self._place(parent)
        self._places[element] = place
        return place


def _kind(block: Block) -> FurnitureKind | None:
    text = fold(block.text)
    kind = line_kind(text)
    ended = ends_block(text)
    if kind == "teaser" and block.link == 0 and ended:
        return None  # "Mehr dazu sagte sie nicht." is a sentence, "Mehr dazu" over a link a teaser
    if kind is None and block.link > (0.7 if block.tag == "li" else 0.9) and not ended:
        return "teaser"
    names = block.element.get("class") or ""
    if kind is None and block.tag != "li" and len(text) < LABEL_MAX and _AUTHOR_CLASS.search(names):
        return "byline"
    return kind


def _own_place(element: _Element) -> Place | None:
    tag = str(element.tag)
    if tag in ("html", "body", "main"):
        return None
    if tag in _OUTSIDE_TAGS or element.get("role") in _OUTSIDE_ROLES:
        return "outside"
    if tag in _CAPTION_TAGS:
        return "caption"
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    if not names.strip():
        return None
    if _BREADCRUMB.search(names):
        return "outside"
    if _CAPTION_CLASS.search(names):
        return "caption"
    return next((kind for kind, pattern in _FURNITURE_CLASS if pattern.search(names)), None)


def _matching(blocks: list[Block], texts: list[str]) -> list[Block]:
    """Give the blocks whose text is one of ``texts``, or a longer part of one."""
    keys = [key for text in texts if (key := key_of(text))]
    whole, joined = set(keys), "\n".join(keys)
    budget = _MATCHING
    found = []
    for block in blocks:
        part = len(block.key) >= _MIN_TEXT and budget > 0 and block.key not in whole
        budget -= len(joined) if part else 0
        if block.key and (block.key in whole or (part and block.key in joined)):
            found.append(block)
    return found


def _zone(kept: list[Block]) -> _Element | None:
    """Give the deepest element that holds 85 % of the kept text: one stray teaser must not widen it."""
    weight: Counter[_Element] = Counter()
    depth: dict[_Element, int] = {}
    for block in kept:
        chain = [block.element, *block.element.iterancestors()]
        for height, element in enumerate(chain):
            weight[element] += len(block.text)
            depth[element] = len(chain) - height
    total = sum(len(block.text) for block in kept)
    holding = [element for element, size in weight.items() if size >= 0.85 * total]
    return max(holding, key=lambda element: depth[element], default=None)
