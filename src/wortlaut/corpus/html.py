"""The reader of saved news pages: one HTML page in, the draft of one article out.

Which text of the page is the article's is trafilatura's word (https://trafilatura.readthedocs.io); wording, order
and what is headline, lead or subheading come from the page itself (page_body), everything else from its metadata
(page_metadata). The rules are structural: none knows a publisher. Scripts are never run and never become text; what a
page shows as text stays text, whatever it looks like.

The pieces carry no ``raw_start``: entities, inline tags and folded white space part the text from its file.
"""

from __future__ import annotations

import logging
from itertools import islice
from typing import TYPE_CHECKING

from wortlaut.corpus.draft import Draft
from wortlaut.corpus.page_blocks import blocks_of, parse_page
from wortlaut.corpus.page_body import Hints, read_body
from wortlaut.schema.errors import InputError

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["read_html"]

_LARGE_CHARS = 3_000_000
_LARGE = 8_000  # elements, more than twice the largest page measured: then without trafilatura's second opinions


def read_html(decoded: str, *, name: str, url: str | None = None, timezone: str = "Europe/Berlin") -> Draft:
    """Read one page.

    ``decoded`` is the whole page, ``name`` its file for messages, ``url`` where it was fetched from (the page's
    own canonical link wins), ``timezone`` the zone of times that name none, and the zone of the draft's times.
    Raises InputError where the page holds no article text, or is no page that an article can stand on.
    """
    from wortlaut.corpus.page_metadata import read_metadata

    tree = parse_page(decoded, name=name)
    blocks = blocks_of(tree)
    extracted, guessed = _extract(tree, size=len(decoded))
    meta = read_metadata(tree, url=url, timezone=timezone)
    hints = Hints(titles=meta.titles, declared=meta.declared, descriptions=meta.descriptions, body=meta.body)
    body = read_body(blocks, extracted, hints)
    if not body.pieces:
        raise InputError(
            "holds no article text",
            where=name,
            hint="A page behind a paywall or built by scripts? Save the article as the browser shows it",
        )
    meta = meta.completed(body, blocks, guessed)
    return Draft(
        pieces=body.pieces,
        url=meta.url,
        publisher=meta.publisher,
        published=meta.published,
        modified=meta.modified,
        section=meta.section,
        captions=body.captions,
        byline=meta.byline,
        editors=meta.editors,
        agencies=meta.agencies,
        tags=meta.tags,
        language=meta.language,
        rights=meta.rights,
        furniture=body.furniture,
    )


def _extract(tree: _Element, *, size: int) -> tuple[list[str], tuple[str, ...]]:
    """Give the paragraphs that trafilatura holds for the article's, and the authors it found.

    ``size`` is the page's in characters. Large pages are extracted without its second opinions, and without its
    metadata: both take time that grows faster than the page. Metadata it stumbles over are left out too.
    """
    large = size > _LARGE_CHARS or sum(1 for _ in islice(tree.iter(), _LARGE)) == _LARGE
    try:
        return _extracted(tree, fast=large, metadata=not large)
    except Exception:
        try:
            return _extracted(tree, fast=True, metadata=False)
        except Exception:
            return [], ()


def _extracted(tree: _Element, *, fast: bool, metadata: bool) -> tuple[list[str], tuple[str, ...]]:
    from copy import deepcopy

    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it reports a page without text as an error
    found = bare_extraction(
        deepcopy(tree), include_comments=False, include_tables=False, with_metadata=metadata, fast=fast
    )
    if not isinstance(found, Document) or found.body is None:
        return [], ()
    authors = tuple(name.strip() for name in (found.author or "").split(";") if name.strip())
    return ["".join(map(str, element.itertext())) for element in found.body], authors
