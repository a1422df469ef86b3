"""The headline and kicker of a page: what a reader sees over the text, not what search engines are told."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from wortlaut.corpus.page_blocks import Block, fold, key_of, visible_text
from wortlaut.corpus.page_lines import line_kind
from wortlaut.corpus.page_view import HEADINGS, PageView

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["find_headline"]

_KICKER_CLASS = re.compile(r"kicker|topline|overline|dachzeile|roofline|spitzmarke", re.IGNORECASE)
_CANDIDATES = 100  # headings compared with the titles: bounds the time that a hostile page takes


def find_headline(page: PageView, titles: tuple[str, ...]) -> tuple[str | None, str | None, int]:
    """Give headline, kicker, and the index of the block after them where the search for a lead starts."""
    wanted = [key_of(title) for title in titles]
    best: tuple[float, Block] | None = None
    headings = [
        block
        for block in page.blocks[: page.first + 1]
        if block.tag in HEADINGS and page.place(block) != "outside" and len(block.text) <= 300
    ]
    for block in headings[:_CANDIDATES]:
        # Of two headings that are titles the one counts that is the better title, by a hair.
        likeness = max((_likeness(block.key, key) - 0.01 * place for place, key in enumerate(wanted)), default=0.0)
        # A heading of the article's own header is its headline even where the metadata word it for search engines.
        own = block.tag == "h1" or any(
            e.tag in ("header", "hgroup") and _in_article(e) for e in block.element.iterancestors()
        )
        rank = likeness + (0.5 if own else 0.0)
        if (likeness >= 0.5 or own) and (best is None or rank > best[0]):
            best = (rank, block)
    if best is None:
        listed = [block for block in page.blocks if block.tag == "h1" and block.key in wanted]
        return (listed[0].text if listed else titles[0] if titles else None), None, 0
    block = best[1]
    kicker, headline = _kicker_apart(block, titles)
    if kicker is None:
        kicker = _kicker_before(page, block)
    return headline, kicker, block.index + 1


def _in_article(element: _Element) -> bool:
    return any(above.tag in ("article", "main") for above in element.iterancestors())


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
    spans = _spans(block.element)
    if len(spans) >= 2 and key_of("".join(spans)) == block.key and all(len(span) > 2 for span in spans[:2]):
        first, rest = spans[0].rstrip(": "), " ".join(spans[1:])
        if len(first) < 80 and len(rest) >= 10:
            return first, rest
    text = fold(block.text)
    for title in titles:
        folded = fold(title)
        head = text.removesuffix(folded)
        if head != text and head.endswith((": ", ":", " - ", " – ", "| ")) and 2 < len(head.rstrip(" :-–|")) < 80:
            return head.rstrip(" :-–|"), folded
    return None, block.text


def _spans(heading: _Element) -> list[str]:
    """Give the texts of a heading's inline children; a wrapper that holds all of it is gone into."""
    children = list(heading.iterchildren("*"))
    texts = [(child, text) for child in children if (text := visible_text(child)) and key_of(text)]
    if len(texts) == 1 and key_of(texts[0][1]) == key_of(visible_text(heading)) and len(texts[0][0]):
        return _spans(texts[0][0])
    return [text for _, text in texts]


def _kicker_before(page: PageView, headline: Block) -> str | None:
    """Take the short line right before a headline that says by its class that it is one."""
    if headline.index == 0:
        return None
    block = page.blocks[headline.index - 1]
    marked = _KICKER_CLASS.search(" ".join(e.get("class") or "" for e in block.element.iter("*")))
    if (
        marked
        and block.link < 0.5
        and page.place(block) is None
        and 2 < len(block.text) < 80
        and not line_kind(fold(block.text))
    ):
        return block.text
    return None
