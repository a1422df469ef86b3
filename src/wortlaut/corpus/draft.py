"""What a reader hands over: the parts of one article as they stood in the file, not yet in canonical form."""

from __future__ import annotations

import msgspec

from wortlaut.schema.article import FurnitureKind, SectionKind

__all__ = ["CaptionDraft", "Draft", "FurnitureDraft", "Piece"]


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the text as it stood in the raw file.

    ``raw_start`` is its offset in the decoded file in code points, so that ``decoded[raw_start:raw_start +
    len(text)] == text``; None where the reader cannot tell. ``unwrap``: its line breaks are hard wraps, which
    compose undoes (wortlaut.corpus.wraps); else they stay.
    """

    kind: SectionKind
    text: str
    raw_start: int | None = None
    unwrap: bool = False


class CaptionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A caption and its credit, apart."""

    text: str
    credit: str | None = None


class FurnitureDraft(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is not part of the article, and where it stood (``raw_start`` as in Piece)."""

    kind: FurnitureKind
    text: str
    raw_start: int | None = None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """One article as read. ``pieces`` stand in the order of reading: kicker, headline, lead, the rest.

    ``published`` and ``modified`` are ISO 8601 with an offset, or a plain date. ``record`` is the number of the
    record in a file of several. ``article_id`` only where the source names one of its own.
    """

    pieces: tuple[Piece, ...]
    article_id: str | None = None
    url: str | None = None
    publisher: str | None = None
    published: str | None = None
    modified: str | None = None
    section: str | None = None
    captions: tuple[CaptionDraft, ...] = ()
    byline: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str = "de"
    rights: str | None = None
    furniture: tuple[FurnitureDraft, ...] = ()
    record: int = 0
