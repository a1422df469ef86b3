r"""From an HTML page to its blocks: the paragraphs, headings, list items and captions that a reader sees.

A block is a stretch of inline content between two block-level borders, in the order of the page; two line breaks
in a row part two blocks, one stays a ``\\n``. White space is folded as a browser does (CSS Text 3, section 4.1.1:
https://www.w3.org/TR/css-text-3/#white-space-phase-1), so the text is what stands on the screen.
Scripts, styles, form controls, hidden elements and comments are no text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from wortlaut.schema.errors import InputError

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["Block", "blocks_of", "fold", "key_of", "parse_page", "short_text", "visible_text"]

# A page of 2 MB is common where a publisher ships a framework's state in it. Ten times that is no article.
_MAX_CHARS = 20_000_000
# The largest page measured has 5,261 tags. trafilatura's time grows with their square: minutes at 100,000.
_MAX_TAGS = 20_000
# The time that parsing and extracting take grows with the square of one tag's attributes. Real tags have some dozens.
_MAX_ATTRIBUTES = 1_000
_MAX_ATTRIBUTES_IN_ALL = 200_000
# A shorter tag cannot hold more attributes than one may have: each is a character and what parts it from the next.
_LONG_TAG = 2 * _MAX_ATTRIBUTES
_INSIDE = r"(?:[^>=]++|=\s*+(?:\"[^\"]*+\"?|'[^']*+'?)?)*+"
# A comment, a script or style with what stands in it, or any other tag (groups 2 and 3: a tag's attributes).
_TAG = re.compile(
    rf"<!--(?:-?>|.*?(?:--!?>|\Z))|<(script|style)(?=[\s/>])({_INSIDE})(?:.*?</\1|.*)|</?[a-z][^\s/>]*+({_INSIDE})",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE = re.compile(r"[^\s=/>]++\s*+(?:=\s*+(?:\"[^\"]*+\"?|'[^']*+'?|[^\s>]*+))?")

_NO_TEXT = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "math",
        "canvas",
        "object",
        "embed",
        "iframe",
        "audio",
        "video",
        "select",
        "option",
        "button",
        "input",
        "textarea",
        "datalist",
        "map",
        "head",
        "title",
        "meta",
        "link",
        "dialog",
    ]
)
_BLOCK_TAGS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "caption",
        "picture",
    ]
)
_STRONG_TAGS = frozenset({"b", "strong", "em", "i"})
_HIDDEN_CLASS = re.compile(
    r"(^|\s)(visually-?hidden|sr-only|screen-?reader(-text)?|d-none|u-hidden|hidden)(\s|$)", re.IGNORECASE
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_WHITE = re.compile(r"[ \t\n\r\f]+")
_BREAKS = re.compile(r"[ \t\r\f]*\n[ \t\r\f]*")

_NO_KEY = re.compile(r"[\W_]+")
_NO_XML = re.compile("[\x01-\x08\x0e-\x1f]")  # with one of these in its text, trafilatura gives up a page
_BREAK_MARK = "\ue000"  # private use: stands for <br> until white space is folded


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """One block.

    ``element`` is the innermost block-level element, ``link`` and ``strong`` the share of the text's characters
    inside links and inside bold or italic type (0 to 1), ``index`` the block's place on the page, ``key`` the
    text as key_of gives it.
    """

    index: int
    text: str
    key: str
    tag: str
    element: _Element
    link: float
    strong: float


class _Builder:
    """Gathers inline content until a border, then makes blocks of it."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._chunks: list[tuple[str, bool, bool]] = []

    def add(self, text: str | None, *, link: bool, strong: bool) -> None:
        if text:
            self._chunks.append((text, link, strong))

    def flush(self, element: _Element) -> None:
        chunks, self._chunks = self._chunks, []
        for part in _split_breaks(chunks):
            raw = "".join(text for text, _, _ in part)
            text = _BREAKS.sub("\n", _WHITE.sub(" ", raw).replace(_BREAK_MARK, "\n")).strip(" \n")
            if not text:
                continue
            sizes = [(len(chunk) - chunk.count(" ") - chunk.count("\n"), link, strong) for chunk, link, strong in part]
            total = sum(size for size, _, _ in sizes) or 1
            self.blocks.append(
                Block(
                    index=len(self.blocks),
                    text=text,
                    key=key_of(text),
                    tag=str(element.tag),
                    element=element,
                    link=sum(size for size, link, _ in sizes if link) / total,
                    strong=sum(size for size, _, strong in sizes if strong) / total,
                )
            )


def parse_page(decoded: str, *, name: str) -> _Element:
    """Parse a page. Raises InputError where it is too large to be an article, or no HTML at all.

    libxml2 cuts what is nested deeper than 256 elements, and expands no entity of a page's own: neither can
    exhaust the stack or the memory.
    """
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    if len(decoded) > _MAX_CHARS:
        raise InputError(
            f"has {len(decoded):,} characters, an HTML page at most {_MAX_CHARS:,}",
            where=name,
            hint="Is this one article?",
        )
    tags = decoded.count("<")
    if tags > _MAX_TAGS:
        raise InputError(
            f"has {tags:,} HTML tags, a page at most {_MAX_TAGS:,}", where=name, hint="Save the article's page alone"
        )
    _refuse_attributes(decoded, name)
    try:
        # As bytes: lxml refuses a str that declares an encoding. Lone surrogates cannot be encoded.
        tree = document_fromstring(
            _NO_XML.sub("", decoded.replace("\0", " ")).encode("utf-8", "replace"), parser=HTMLParser(encoding="utf-8")
        )
    except (etree.ParserError, etree.XMLSyntaxError, AssertionError) as error:
        raise InputError("holds no HTML", where=name, hint="ingest reads .txt files as pasted text") from error
    attributes = sum(len(element.attrib) for element in tree.iter("*"))
    if attributes > _MAX_ATTRIBUTES_IN_ALL:
        raise InputError(
            f"has {attributes:,} attributes of HTML tags, a page at most {_MAX_ATTRIBUTES_IN_ALL:,}",
            where=name,
            hint="Save the article's page alone",
        )
    return tree


def blocks_of(tree: _Element) -> list[Block]:
    """Give the visible blocks of a page in order."""
    from lxml.etree import iterwalk

    builder = _Builder()
    links = strong = 0
    walker = iterwalk(tree, events=("start", "end", "comment", "pi"))
    skipped: _Element | None = None
    for event, element in walker:
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start" and (tag in _NO_TEXT or is_hidden(element)):
            skipped = element
            walker.skip_subtree()
            continue
        if event == "start":
            if tag in _BLOCK_TAGS:
                builder.flush(_block_parent(element))
            links += tag == "a"
            strong += tag in _STRONG_TAGS
            builder.add(element.text, link=links > 0, strong=strong > 0)
            continue
        if event == "end" and element is not skipped:
            if tag in _BLOCK_TAGS:
                builder.flush(element)
            elif tag == "br":
                builder.add(_BREAK_MARK, link=False, strong=False)
            links -= tag == "a"
            strong -= tag in _STRONG_TAGS
        if element is not tree:
            builder.add(element.tail, link=links > 0, strong=strong > 0)
    builder.flush(tree)
    return builder.blocks


def is_hidden(element: _Element) -> bool:
    """Say whether an element is marked as not for the eye."""
    if "hidden" in element.attrib:
        return True
    classes, style = element.get("class"), element.get("style")
    return bool((classes and _HIDDEN_CLASS.search(classes)) or (style and _HIDDEN_STYLE.search(style)))


def visible_text(element: _Element) -> str:
    """Give the text of an element as a reader sees it, in one line."""
    return fold(" ".join(block.text for block in blocks_of(element)))


def short_text(element: _Element, *, limit: int = 400) -> str:
    """Give the text of an element as a reader sees it, in one line; nothing where it is longer than ``limit``.

    Stops reading there: a page that nests or repeats can ask for the same text again and again.
    """
    from lxml.etree import iterwalk

    parts: list[str] = []
    size = 0
    walker = iterwalk(element, events=("start", "end"))
    skipped: _Element | None = None
    for event, inner in walker:
        if event == "start" and (inner.tag in _NO_TEXT or is_hidden(inner)):
            skipped = inner
            walker.skip_subtree()
            continue
        part = (inner.text if inner is not skipped else None) if event == "start" else None
        if event == "end":
            part = inner.tail if inner is not element else None
            if inner.tag in _BLOCK_TAGS or inner.tag == "br":
                parts.append(" ")
        size += len((part or "").strip())
        if size > limit:
            return ""
        parts.append(part or "")
    return fold("".join(parts))


def fold(text: str) -> str:
    """Fold white space of every kind to single spaces."""
    return " ".join(text.split())


def key_of(text: str) -> str:
    """Give a text without white space, punctuation and case, for comparing."""
    return _NO_KEY.sub("", text.replace("\xad", "").casefold())


def _refuse_attributes(decoded: str, name: str) -> None:
    """Refuse a page with a tag of very many attributes, before it is parsed. Linear in the page's length."""
    for tag in _TAG.finditer(decoded):
        if tag.end() - tag.start() < _LONG_TAG:
            continue
        count = sum(1 for _ in _ATTRIBUTE.finditer(tag[2] or tag[3] or ""))
        if count > _MAX_ATTRIBUTES:
            raise InputError(
                f"has an HTML tag with {count:,} attributes, one has at most {_MAX_ATTRIBUTES:,}",
                where=name,
                hint="Save the article's page alone",
            )


def _block_parent(element: _Element) -> _Element:
    parent = element.getparent()
    while parent is not None and parent.tag not in _BLOCK_TAGS:
        above = parent.getparent()
        if above is None:
            break
        parent = above
    return element if parent is None else parent


def _split_breaks(chunks: list[tuple[str, bool, bool]]) -> list[list[tuple[str, bool, bool]]]:
    """Part inline content where two line breaks stand with nothing but white space between them."""
    parts: list[list[tuple[str, bool, bool]]] = [[]]
    pending = False
    for chunk in chunks:
        if chunk[0] == _BREAK_MARK:
            if pending:
                parts.append([])
            pending = not pending or bool(parts[-1])
        elif not _WHITE.fullmatch(chunk[0]):
            pending = False
        parts[-1].append(chunk)
    return parts
