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
from itertools import islice

import msgspec

from wortlaut.corpus.bylines import names_of_byline
from wortlaut.corpus.credits import credit_apart, without_credit_label, without_credit_word
from wortlaut.corpus.draft import CaptionDraft, FurnitureDraft, Piece
from wortlaut.corpus.page_blocks import Block, fold, key_of, short_text
from wortlaut.corpus.page_headline import find_headline
from wortlaut.corpus.page_lines import ends_block, line_kind, reads_as_prose
from wortlaut.corpus.page_view import HEADINGS, LABEL_MAX, PageView

__all__ = ["Body", "Hints", "read_body"]

_LEAD_CLASS = re.compile(
    r"(^|[\s_-])(lead|leadin|leadtext|intro|standfirst|excerpt|summary|vorspann|dek|abstract|shorttext|teaser[_-]?text|subtitle)([\s_-]|$|__)",
    re.IGNORECASE,
)
_SUBHEADING_CLASS = re.compile(r"sub-?head|sub-?title|zwischen(titel|ueberschrift)|crosshead|headline", re.IGNORECASE)
_CREDIT_CLASS = re.compile(r"credit|copyright|source|quelle|pictsrc|fotograf|photographer", re.IGNORECASE)
_REPEATS = 500  # blocks among which pull quotes are looked for: bounds the time that a hostile page takes
_QUOTE_CLASS = re.compile(r"quote|zitat", re.IGNORECASE)


class Hints(msgspec.Struct, frozen=True, kw_only=True):
    """What the page's metadata say of the text.

    ``titles`` and ``descriptions`` best first; ``declared`` the titles that are kept where the page shows another
    headline (publishers word them for search engines); ``body`` the whole text where the page states it.
    """

    declared: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()
    body: str = ""


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. ``before`` are the lines between headline and text, ``after`` source lines at the end."""

    pieces: tuple[Piece, ...]
    captions: tuple[CaptionDraft, ...] = ()
    furniture: tuple[FurnitureDraft, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def read_body(blocks: list[Block], extracted: list[str], hints: Hints) -> Body:
    """Find the article among ``blocks``.

    ``extracted`` is the text that trafilatura holds for the article, paragraph by paragraph. The body is empty
    where nothing was found.
    """
    titles, descriptions = hints.titles, hints.descriptions
    page = PageView(blocks, extracted, hints.body)
    if not page.accepted:
        return Body(pieces=())
    headline, kicker, place = find_headline(page, titles)
    known = {key_of(text) for text in (headline, kicker, f"{kicker or ''}{headline or ''}", *titles) if text}
    lead, before = _lead(page, place, known, descriptions)
    pieces, furniture, after = _text(page, place, known, lead)
    shown = {key_of(text) for text in (headline, f"{kicker or ''}{headline or ''}") if text}
    furniture += [FurnitureDraft(kind="declared_title", text=t) for t in hints.declared if key_of(t) not in shown]
    head = [Piece(kind="kicker", text=kicker)] if kicker else []
    head += [Piece(kind="headline", text=headline)] if headline else []
    if lead is not None:
        head.append(Piece(kind="lead", text=_without_byline(lead.text)))
    return Body(
        pieces=(*head, *pieces) if any(piece.kind == "paragraph" for piece in pieces) or lead is not None else (),
        captions=_captions(page, place),
        furniture=tuple(dict.fromkeys(furniture)),
        before=before,
        after=tuple(after),
    )


def _lead(
    page: PageView, start: int, known: set[str], descriptions: tuple[str, ...]
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
        # Behind a place ("Lindenau. ...") too, which the description leaves out.
        told = any(block.key == key or (len(key) >= 40 and block.key.endswith(key)) for key in described)
        rank = 3 * told + 2 * bool(_LEAD_CLASS.search(names)) + (block.index < page.first)
        prose = len(text) >= 40 and reads_as_prose(text)
        if (prose or told) and rank and (best is None or rank > best[0]):
            best = (rank, block)
    first = page.blocks[page.first]
    if best is None and first.strong > 0.95 and len(first.text) >= 60:
        best = (1, first)
    return (best[1] if best else None), before


def _without_byline(text: str) -> str:
    """Cut off a byline that stands behind the last sentence of a lead."""
    head, mark, tail = text.rpartition("Von ")
    return head.rstrip() if mark and ends_block(head) and names_of_byline(f"Von {tail}") else text


def _text(
    page: PageView, start: int, known: set[str], lead: Block | None
) -> tuple[list[Piece], list[FurnitureDraft], list[str]]:
    chosen: list[Block] = []
    furniture: list[FurnitureDraft] = []
    after: list[str] = []
    seen = {lead.key} if lead else set()
    for block in page.blocks[start or min(page.accepted) :]:
        if not page.in_zone(block) or block is lead:
            continue
        text, place, kind = fold(block.text), page.place(block), page.kind(block)
        if block.index > page.end and not place and kind in ("source_line", "copyright"):
            after.append(text)
            furniture.append(FurnitureDraft(kind=kind, text=block.text))
            continue
        if block.index > page.last and not _continues(page, block):
            continue
        belongs = block.index in page.accepted or _continues(page, block)
        early = block.index < page.first and not (
            lead is not None and block.tag in HEADINGS and max(lead.index, page.first - 2) < block.index
        )
        if place == "caption":
            continue
        if block.tag in HEADINGS and not page.heads_text(block):
            place = place or "box"
        if belongs and not place and not kind and not early and block.key not in known:
            if block.key in seen and len(block.text) > 60:
                furniture.append(FurnitureDraft(kind="repeat", text=block.text))
                continue
            seen.add(block.key)
            chosen.append(block)
        elif place != "outside" and block.key not in known:
            furniture.append(FurnitureDraft(kind=place or kind or "other", text=block.text))
    return [*_pieces(page, chosen, furniture)], furniture, after


def _continues(page: PageView, block: Block) -> bool:
    """Say whether a block that trafilatura left out stands among the text as one of its kind."""
    if page.place(block) or page.kind(block) or block.link > 0.5:
        return False
    text = fold(block.text)
    if block.tag in HEADINGS:
        return page.first <= block.index <= page.last and len(text) <= 200 and page.heads_text(block)
    if block.tag == "li":  # a list is taken whole or not at all
        return block.element.getparent() in page.lists
    sibling = page.parents[block.element.getparent()] > 0
    return sibling and (block.tag, block.element.get("class")) in page.classes and len(text) >= 40 and ends_block(text)


def _pieces(page: PageView, chosen: list[Block], furniture: list[FurnitureDraft]) -> list[Piece]:
    while chosen and _is_subheading(page, chosen[-1]):  # a heading over nothing announces a list of links
        furniture.append(FurnitureDraft(kind="teaser", text=chosen.pop().text))
    pieces: list[Piece] = []
    for number, block in enumerate(chosen):
        quoted = number > 0 and furniture and furniture[-1].kind == "pull_quote" and not ends_block(block.text)
        if _repeats(block, chosen) or (quoted and _set_apart(block)):
            furniture.append(FurnitureDraft(kind="pull_quote", text=block.text))
            continue
        heading = _is_subheading(page, block)
        if heading and block.tag in HEADINGS and number + 1 < len(chosen) and chosen[number + 1].key == block.key:
            continue
        text = block.text.lstrip(" :|–-") if heading else block.text
        pieces.append(Piece(kind="subheading" if heading else "paragraph", text=text))
    return pieces


def _is_subheading(page: PageView, block: Block) -> bool:
    text = fold(block.text)
    if block.tag in HEADINGS:
        return True
    if block.tag == "li" or len(text) > LABEL_MAX or text.endswith((".", ":", ",", ";")):
        return False
    if _SUBHEADING_CLASS.search(block.element.get("class") or "") or block.strong > 0.95:
        return True
    usual = page.classes[(block.tag, block.element.get("class"))]
    return usual == 0 and block.tag == "p" and not ends_block(text)


def _repeats(block: Block, chosen: list[Block]) -> bool:
    """Say whether a block is a pull quote: set apart, and its words stand in a paragraph too."""
    start = block.key[:40]
    if len(chosen) > _REPEATS or not _set_apart(block) or len(start) < 20:
        return False
    return any(start in other.key for other in chosen if other is not block)


def _set_apart(block: Block) -> bool:
    ancestors = [block.element, *list(block.element.iterancestors())[:3]]
    return any(e.tag == "blockquote" or _QUOTE_CLASS.search(e.get("class") or "") for e in ancestors)


def _captions(page: PageView, start: int) -> tuple[CaptionDraft, ...]:
    """Give the captions between headline and end of text, credits apart; the same caption once."""
    found: dict[str, CaptionDraft] = {}
    for block in page.blocks[start : page.last + 1]:
        if page.place(block) != "caption" or line_kind(fold(block.text)) not in (None, "copyright", "source_line"):
            continue
        text, credit = _credited(block)
        if not text and credit and found:
            last = next(reversed(found))
            if found[last].credit is None:
                found[last] = CaptionDraft(text=found[last].text, credit=credit)
        elif len(text) > 3 and not names_of_byline(text):
            found.setdefault(key_of(text), CaptionDraft(text=text, credit=credit))
    return tuple(found.values())


def _credited(block: Block) -> tuple[str, str | None]:
    """Part a caption from its credit: by the element that the page marks as one, else by its words."""
    text = fold(block.text)
    if _CREDIT_CLASS.search(block.element.get("class") or ""):
        return "", without_credit_word(text)
    for element in islice(block.element.iter("span", "small", "cite", "div", "em", "i"), 20):
        credit = short_text(element) if _CREDIT_CLASS.search(element.get("class") or "") else ""
        if credit and len(credit) < len(text) and (text.endswith(credit) or text.startswith(credit)):
            rest = text.removesuffix(credit) if text.endswith(credit) else text.removeprefix(credit)
            return without_credit_label(rest), without_credit_word(credit)
    return credit_apart(text)
