"""The reader of saved news pages: one HTML page in, the draft of one article out.

Which part of the page is the article's text is decided by trafilatura (https://trafilatura.readthedocs.io).
Scripts are never run.
"""

from __future__ import annotations

from wortlaut.corpus.draft import Draft, Piece
from wortlaut.schema.article import SectionKind
from wortlaut.schema.errors import InputError

__all__ = ["read_html"]


def read_html(decoded: str, *, name: str, url: str | None = None, timezone: str = "Europe/Berlin") -> Draft:  # noqa: ARG001 - used by the metadata reader
    """Read one page.

    ``decoded`` is the whole page, ``name`` its file for messages, ``url`` where it was fetched from (the page's
    own canonical link wins), ``timezone`` the zone of times that name none. Raises InputError where the page
    holds no article text.
    """
    from trafilatura import bare_extraction

    found = bare_extraction(decoded, url=url, include_comments=False, include_tables=False, with_metadata=True)
    kinds: dict[str, SectionKind] = {"head": "subheading"}
    pieces = [Piece(kind="headline", text=found.title)] if found is not None and found.title else []
    if found is not None and found.body is not None:
        for element in found.body:
            text = "".join(element.itertext()).strip()
            if text:
                pieces.append(Piece(kind=kinds.get(element.tag, "paragraph"), text=text))
    if found is None or not any(piece.kind == "paragraph" for piece in pieces):
        raise InputError(
            "holds no article text",
            where=name,
            hint="A page behind a paywall, or an index page? Save the article itself",
        )
    return Draft(
        pieces=tuple(pieces),
        url=found.url or url,
        publisher=found.sitename,
        published=found.date,
        tags=tuple(found.tags or ()),
    )
