"""The topics that a page lists under its article: its tags, as a reader sees them."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import unquote

from wortlaut.corpus.furniture import is_tags_heading
from wortlaut.corpus.page_blocks import short_text
from wortlaut.corpus.page_lines import ends_block

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["shown_topics"]

_TOPIC_PATH = re.compile(
    r"/(?:themen?|tags?|topics?|schlagw(?:ort|oerter|orte)|keywords?|stichwort|rechtsgebiete?|dossiers?)/",
    re.IGNORECASE,
)
_TAG_CLASS = re.compile(
    r"(^|[\s_-])(tags?|tag-?list|topics?|tag-?cloud\w*|keywords?|schlagworte|tag-like)([\s_-]|$)", re.IGNORECASE
)
# Pasted, "Ähnliche Themen" heads a list without an end; here its element ends it.
_SIMILAR = re.compile(r"^(?:Ähnliche|Verwandte) (?=Themen)")
_MENU_CLASS = re.compile(r"(^|[\s_-])(menu|navi|navigation|navbar|breadcrumbs?|footer)([\s_-]|$)", re.IGNORECASE)
_LABELS = ("h2", "h3", "h4", "h5", "span", "strong", "p", "dt", "li")
_LINKS = 3000  # links looked at: bounds the time that a hostile page takes


def shown_topics(tree: _Element) -> tuple[str, ...]:
    """Give the topics that the page lists: marked as tags, under a label that says so, or by links to topic pages."""
    groups: dict[_Element, list[str]] = {}
    for element in islice(tree.iter("a", "button"), _LINKS):
        chain = [element, *list(element.iterancestors())[:4]]
        if chain[-1].tag == "html" or _is_menu(element):
            continue
        names = " ".join(e.get("class") or "" for e in [*chain, *element.iter("*")])
        marked = "tag" in (element.get("rel") or "").lower().split() or bool(_TAG_CLASS.search(names))
        if marked or (_TOPIC_PATH.search(unquote(element.get("href") or "")) and chain[1].tag == "li"):
            _add_topic(groups, _list_of(element), element)
    labels = (
        label
        for label in tree.iter(*_LABELS)
        if len(label) < 4 and is_tags_heading(_SIMILAR.sub("", short_text(label, limit=60)))
    )
    for label in islice(labels, 20):
        if not _is_menu(label):
            _labelled_topics(groups, label)
    best = max(groups.values(), key=len, default=[])
    return tuple(dict.fromkeys(best))


def _is_menu(element: _Element) -> bool:
    """Say whether an element stands in running text or in the page's own navigation, where no list of topics is."""
    above = list(element.iterancestors())
    return any(e.tag in ("p", "footer", "form", "header") or _MENU_CLASS.search(e.get("class") or "") for e in above)


def _list_of(element: _Element) -> _Element:
    """Give the smallest element above a link that holds another one too."""
    above: _Element = element
    for above in list(element.iterancestors())[:6]:
        if len({short_text(link, limit=60) for link in islice(above.iter("a", "button"), 10)} - {""}) > 1:
            break
    return above


def _labelled_topics(groups: dict[_Element, list[str]], label: _Element) -> None:
    for above in [label, *list(label.iterancestors())[:5]]:
        links = list(islice(above.iter("a"), 26))
        if links:
            for link in links if len(links) <= 25 else ():
                _add_topic(groups, above, link)
            return


def _add_topic(groups: dict[_Element, list[str]], group: _Element, link: _Element) -> None:
    text = short_text(link, limit=60).strip(" ,;#")
    if 1 < len(text) < 50 and len(text.split()) < 6 and not ends_block(text):
        groups.setdefault(group, []).append(text)
