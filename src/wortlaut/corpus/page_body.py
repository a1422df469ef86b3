"""The text of a news page: which of its blocks are headline, kicker, lead, subheadings and paragraphs.

trafilatura says which text is the article's; this module finds that text again among the page's own blocks, so
that wording and white space are those on the screen, and corrects it by what the page's structure says:

- the zone is the deepest element that holds nearly all of that text; nothing outside it is body;
- a heading or paragraph inside the zone among accepted ones, of the same parent, belongs to them;
- nav, aside, footer, form, figure, and lines that are teaser, advert, source or date, do not;
- headline is the heading before the text that the page's metadata name as its title;
- lead is what stands between headline and text and reads like prose, or a first paragraph all in bold.
"""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import msgspec

from wortlaut.corpus.draft import CaptionDraft, FurnitureDraft, Piece
from wortlaut.corpus.page_blocks import Block, fold, key_of
from wortlaut.corpus.page_lines import credit_apart, ends_sentence, line_kind, names_of_byline

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["Body", "read_body"]

_OUTSIDE_TAGS = frozenset("nav aside footer form menu dialog".split())
_OUTSIDE_ROLES = frozenset("navigation complementary contentinfo search dialog".split())
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_CAPTION_TAGS = frozenset("figure figcaption picture caption".split())
_CAPTION_CLASS = re.compile(
    r"(^|[\s_-])(caption|figcaption|bildunterschrift|bu|image-info|legend|pictsrc)([\s_-]|$)", re.I
)
_BREADCRUMB = re.compile(r"breadcrumb", re.I)
_LEAD_CLASS = re.compile(
    r"(^|[\s_-])(lead|leadin|leadtext|intro|standfirst|excerpt|summary|vorspann|dek|abstract|shorttext|teaser[_-]?text|subtitle)([\s_-]|$|__)",
    re.I,
)
_SUBHEADING_CLASS = re.compile(r"sub-?head|sub-?title|zwischen(titel|ueberschrift)|crosshead|headline", re.I)
_FURNITURE_CLASS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(rf"(^|[\s_-])({words})([\s_-]|$)", re.I))
    for kind, words in (
        ("advert", "ad|ads|advert|advertisement|anzeige|werbung|sponsored|affiliate|affiliate[_-]info|commerce"),
        ("newsletter", "newsletter|subscribe|abo-?box"),
        ("teaser", "related|recommendations?|read-?more|teaserlist|linklist|further-reading|mehr-zum-thema|topicbox"),
        ("share", "share|sharing|social|social-media"),
        ("comments", "comments?|kommentare?|disqus"),
        ("author_box", "author-?box|authorbox|author-bio|about-the-author|autorenbox"),
        ("embed", "embed-?(consent|placeholder)|external-content|opt-?in"),
        ("feedback", "reporter?rbox\\w*|reporterrbox-\\w+|err_\\w+|error-?report"),
        ("print", "print-?only|only-print|printheading"),
    )
)
_LABEL_MAX = 120  # a subheading is no longer than this
_MIN_TEXT = 25  # shorter blocks of trafilatura's text must match as a whole


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. ``before`` are the lines between headline and text, ``after`` source lines at the end."""

    pieces: tuple[Piece, ...]
    captions: tuple[CaptionDraft, ...] = ()
    furniture: tuple[FurnitureDraft, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def read_body(
    blocks: list[Block], extracted: list[str], titles: tuple[str, ...], descriptions: tuple[str, ...]
) -> Body:
    """Find the article among ``blocks``.

    ``extracted`` is the text that trafilatura holds for the article, paragraph by paragraph, ``titles`` and
    ``descriptions`` what the page's metadata name so, best first. The body is empty where nothing was found.
    """
    page = _Page(blocks, extracted)
    if not page.accepted:
        return Body(pieces=())
    headline, kicker, place = _headline(page, titles)
    known = {key_of(text) for text in (headline, kicker, f"{kicker or ''}{headline or ''}", *titles) if text}
    lead, before = _lead(page, place, known, descriptions)
    pieces, furniture, after = _text(page, known, lead)
    head = [Piece(kind="kicker", text=kicker)] if kicker else []
    head += [Piece(kind="headline", text=headline)] if headline else []
    if lead is not None:
        head.append(Piece(kind="lead", text=lead.text))
    return Body(
        pieces=(*head, *pieces) if any(piece.kind == "paragraph" for piece in pieces) or lead is not None else (),
        captions=_captions(page, place),
        furniture=tuple(furniture),
        before=before,
        after=tuple(after),
    )


class _Page:
    """The blocks with what their ancestors say, and which of them trafilatura holds for text."""

    def __init__(self, blocks: list[Block], extracted: list[str]) -> None:
        self.blocks = blocks
        self._places: dict[_Element, str | None] = {}
        keys = [key for text in extracted if (key := key_of(text))]
        whole, joined = set(keys), "\n".join(keys)
        kept = [
            block
            for block in blocks
            if (key := block.key) and (key in whole or (len(key) >= _MIN_TEXT and key in joined))
        ]
        self.zone = _zone(kept)
        inside = [block for block in kept if self.in_zone(block) and not self.place(block)]
        self.accepted = {block.index for block in inside if not self.kind(block)}
        prose = [block for block in inside if block.tag not in _HEADINGS and len(block.text) >= 60]
        prose = [block for block in prose if ends_sentence(block.text)] or prose
        if not prose:
            self.accepted = set()
        self.first = prose[0].index if prose else 0
        self.last = max(self.accepted, default=0)
        self.parents = Counter(block.element.getparent() for block in prose)
        self.classes = Counter((block.tag, block.element.get("class")) for block in prose)

    def in_zone(self, block: Block) -> bool:
        return self.zone is None or block.element is self.zone or self.zone in block.element.iterancestors()

    def place(self, block: Block) -> str | None:
        """Say in what a block stands that is no text: ``outside``, ``caption`` or a kind of furniture."""
        return self._place(block.element)

    def kind(self, block: Block) -> str | None:
        """Say what a block is by its own words where that is no text."""
        text = fold(block.text)
        kind = line_kind(text)
        if kind is None and block.link > 0.9 and not ends_sentence(text):
            kind = "teaser"
        if kind == "teaser" and text[:1] in "+»" and block.link < 0.3:
            return None
        return kind

    def _place(self, element: _Element) -> str | None:
        if element in self._places:
            return self._places[element]
        place = _own_place(element)
        parent = element.getparent()
        if place is None and parent is not None and element is not self.zone:
            place = self._place(parent)
        self._places[element] = place
        return place


def _own_place(element: _Element) -> str | None:
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


def _headline(page: _Page, titles: tuple[str, ...]) -> tuple[str | None, str | None, int]:
    """Give headline, kicker, and the index of the block after them where the search for a lead starts."""
    best: tuple[float, int, Block, str] | None = None
    wanted = [(key_of(title), title) for title in titles]
    for block in page.blocks[: page.first + 1]:
        if block.tag not in _HEADINGS or page.place(block) == "outside" or len(block.text) > 300:
            continue
        likeness = max((_likeness(block.key, key) for key, _ in wanted), default=0.0)
        rank = likeness + (0.1 if block.tag == "h1" else 0.0) + 0.05 * (block.index / (page.first + 1))
        if (likeness >= 0.5 or block.tag == "h1") and (best is None or rank > best[0]):
            best = (rank, block.index, block, "")
    if best is None:
        return (titles[0] if titles else None), None, 0
    block = best[2]
    kicker, headline = _kicker_apart(block, titles)
    if kicker is None:
        kicker = _kicker_before(page, block)
    return headline, kicker, block.index + 1


def _likeness(one: str, other: str) -> float:
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    if (one in other or other in one) and min(len(one), len(other)) >= 15:
        return 0.9
    return SequenceMatcher(None, one[:300], other[:300]).ratio() * 0.8


def _kicker_apart(block: Block, titles: tuple[str, ...]) -> tuple[str | None, str]:
    """Part a heading that holds kicker and headline, by its own elements or by what the page calls its title."""
    spans = [span for child in block.element.iterchildren() if isinstance(child.tag, str) for span in _spans(child)]
    if len(spans) >= 2 and key_of("".join(spans)) == block.key and all(len(span) > 2 for span in spans[:2]):
        first, rest = spans[0].rstrip(": "), " ".join(spans[1:])
        if len(first) < 80 and len(rest) >= 10:
            return first, rest
    text = fold(block.text)
    for title in titles:
        folded = fold(title)
        head = text.removesuffix(folded)
        if head != text and head.rstrip().endswith((":", "-", "–", "|")) and 2 < len(head.rstrip(" :-–|")) < 80:
            return head.rstrip(" :-–|"), folded
    return None, block.text


def _spans(element: _Element) -> list[str]:
    """Give the texts of a heading's inline children, going into a wrapper that stands alone."""
    from wortlaut.corpus.page_blocks import is_hidden

    if is_hidden(element):
        return []
    text = fold("".join(str(part) for part in element.itertext()))
    return [text] if key_of(text) else []


def _kicker_before(page: _Page, headline: Block) -> str | None:
    """Take the short line right before a headline that says by its class that it is one."""
    if headline.index == 0:
        return None
    block = page.blocks[headline.index - 1]
    names = block.element.get("class") or ""
    inner = " ".join(str(child.get("class") or "") for child in block.element.iter() if isinstance(child.tag, str))
    marked = re.search(r"kicker|topline|overline|dachzeile|roofline|spitzmarke", f"{names} {inner}", re.I)
    if marked and page.place(block) is None and 2 < len(block.text) < 80 and not line_kind(fold(block.text)):
        return block.text
    return None


def _lead(
    page: _Page, start: int, known: set[str], descriptions: tuple[str, ...]
) -> tuple[Block | None, tuple[str, ...]]:
    """Find the lead; give also every line between headline and text, where byline and date stand."""
    between = page.blocks[start : page.first + 1]
    before = tuple(
        fold(block.text) for block in page.blocks[max(0, start - 6) : page.first + 3] if len(block.text) < 200
    )
    described = {key_of(text) for text in descriptions}
    best: tuple[int, Block] | None = None
    for block in between:
        text = fold(block.text)
        if page.place(block) or block.key in known or line_kind(text) or names_of_byline(text) or block.link > 0.5:
            continue
        names = " ".join(str(e.get("class") or "") for e in [block.element, *list(block.element.iterancestors())[:2]])
        rank = 3 * (block.key in described) + 2 * bool(_LEAD_CLASS.search(names)) + (block.index < page.first)
        prose = len(text) >= 40 and ends_sentence(text)
        if (prose or block.key in described) and rank and (best is None or rank > best[0]):
            best = (rank, block)
    first = page.blocks[page.first]
    if best is None and first.strong > 0.95 and len(first.text) >= 60:
        best = (1, first)
    return (best[1] if best else None), before


def _text(page: _Page, known: set[str], lead: Block | None) -> tuple[list[Piece], list[FurnitureDraft], list[str]]:
    chosen: list[Block] = []
    furniture: list[FurnitureDraft] = []
    after: list[str] = []
    seen = {lead.key} if lead else set()
    for block in page.blocks[min(page.accepted) if page.accepted else 0 :]:
        if not page.in_zone(block) or block is lead:
            continue
        text, place, kind = fold(block.text), page.place(block), page.kind(block)
        if kind == "source" or (kind == "copyright" and place != "caption"):
            after.append(text)
        if block.index > page.last and not _continues(page, block):
            continue
        belongs = block.index in page.accepted or _continues(page, block)
        early = block.index < page.first and (lead is None or block.index < lead.index or block.tag not in _HEADINGS)
        if place == "caption":
            continue
        if belongs and not place and not kind and not early and block.key not in known:
            if block.key in seen and len(block.text) > 60:
                continue
            seen.add(block.key)
            chosen.append(block)
        elif place or kind:
            if block.index >= page.first and place != "outside":
                furniture.append(FurnitureDraft(kind=place or kind or "other", text=block.text))
    return [*_pieces(page, chosen, furniture)], furniture, after


def _continues(page: _Page, block: Block) -> bool:
    """Say whether a block that trafilatura left out stands among the text as one of its kind."""
    if page.place(block) or page.kind(block) or block.link > 0.5:
        return False
    text = fold(block.text)
    if block.tag in _HEADINGS:
        return page.first <= block.index <= page.last and len(text) <= 200
    sibling = page.parents[block.element.getparent()] > 0
    return (
        sibling and (block.tag, block.element.get("class")) in page.classes and len(text) >= 40 and ends_sentence(text)
    )


def _pieces(page: _Page, chosen: list[Block], furniture: list[FurnitureDraft]) -> list[Piece]:
    while chosen and _is_subheading(page, chosen[-1]):  # a heading over nothing announces a list of links
        furniture.append(FurnitureDraft(kind="teaser", text=chosen.pop().text))
    pieces: list[Piece] = []
    for number, block in enumerate(chosen):
        if _repeats(block, chosen):
            furniture.append(FurnitureDraft(kind="pull_quote", text=block.text))
            continue
        heading = _is_subheading(page, block)
        if heading and block.tag in _HEADINGS and number + 1 < len(chosen) and chosen[number + 1].key == block.key:
            continue
        pieces.append(Piece(kind="subheading" if heading else "paragraph", text=block.text))
    return pieces


def _is_subheading(page: _Page, block: Block) -> bool:
    text = fold(block.text)
    if block.tag in _HEADINGS:
        return True
    if block.tag == "li" or len(text) > _LABEL_MAX or text.endswith((".", ":", ",", ";")):
        return False
    if _SUBHEADING_CLASS.search(block.element.get("class") or "") or block.strong > 0.95:
        return True
    usual = page.classes[(block.tag, block.element.get("class"))]
    return usual == 0 and block.tag == "p" and not ends_sentence(text)


def _repeats(block: Block, chosen: list[Block]) -> bool:
    """Say whether a block is a pull quote: set apart, and its words stand in a paragraph too."""
    ancestors = [block.element, *list(block.element.iterancestors())[:3]]
    apart = any(e.tag == "blockquote" or re.search(r"pull-?quote|zitat|quote", e.get("class") or "") for e in ancestors)
    start = block.key[:40]
    return apart and len(start) >= 20 and any(start in other.key for other in chosen if other is not block)


def _captions(page: _Page, start: int) -> tuple[CaptionDraft, ...]:
    """Give the captions between headline and end of text, credits apart; the same caption once."""
    found: dict[str, CaptionDraft] = {}
    for block in page.blocks[start : page.last + 1]:
        if page.place(block) != "caption":
            continue
        text, credit = credit_apart(fold(block.text))
        if not text and credit and found:
            last = next(reversed(found))
            if found[last].credit is None:
                found[last] = CaptionDraft(text=found[last].text, credit=credit)
        elif text and len(text) > 3 and not line_kind(text):
            found.setdefault(key_of(text), CaptionDraft(text=text, credit=credit))
    return tuple(found.values())
