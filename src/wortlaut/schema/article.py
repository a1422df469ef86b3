"""The record of an article: its canonical text, the parts it was composed of, and what was taken out.

All offsets are code points, half open. ``text`` is in the canonical form that ``canonical`` names (``wl-1``,
see wortlaut.corpus.canonical); everything downstream is an offset into it. The JSON form is
``schema/article.schema.json``.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Literal

import msgspec

from wortlaut.schema.errors import RecordError

__all__ = [
    "Article",
    "Caption",
    "Furniture",
    "OffsetRun",
    "RawSource",
    "Section",
    "SectionKind",
    "text_sha256",
]

SectionKind = Literal["kicker", "headline", "lead", "subheading", "paragraph"]


def text_sha256(text: str) -> str:
    """Give the SHA-256 of a text in UTF-8, as 64 hex digits."""
    return sha256(text.encode()).hexdigest()


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One part of the text: ``text[start:end]`` is a headline, a lead, a paragraph."""

    kind: SectionKind
    start: int
    end: int


class Caption(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The caption of a picture, which is not part of the text, and the credit apart from it."""

    text: str
    credit: str | None = None


class Furniture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that stood on the page and is not part of the article: nothing is thrown away.

    ``kind`` is a short word such as ``audio_player``, ``image_file``, ``share``, ``advert``, ``teaser``.
    ``raw_start`` and ``raw_end`` are code points into the decoded raw file; None where the reader cannot tell.
    """

    kind: str
    text: str
    raw_start: int | None = None
    raw_end: int | None = None


class OffsetRun(msgspec.Struct, frozen=True, array_like=True):
    """One run of the map from the text to the raw file; written as ``[start, end, raw_start, raw_end]``.

    Where both sides are equally long the run maps character by character, else as a whole (an ``é`` that the
    raw file wrote as two code points).
    """

    start: int
    end: int
    raw_start: int
    raw_end: int


class RawSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an article came from.

    ``name`` is the file's name as given (``-`` for standard input), ``sha256`` that of its bytes, ``format`` the
    reader's name, ``encoding`` the one it was decoded with. ``record`` is the 0-based number of the record in a
    file of several. ``offsets`` maps text to decoded file; empty where the reader cannot tell (HTML, say, whose
    text an extractor composed).
    """

    name: str
    format: str
    sha256: str
    encoding: str = "utf-8"
    record: int = 0
    offsets: tuple[OffsetRun, ...] = ()


class Article(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One revision of one article.

    ``published`` and ``modified`` are ISO 8601 with an offset (``2026-01-22T15:52:00+01:00``), ``published`` a
    plain date where the page gives no time. ``section`` is the newspaper's section (Politik), ``sections`` are
    the parts of the text. ``editors`` are the signs of the editors (``gut``), ``agencies`` the agencies' names.
    Raises RecordError where the text does not hold its hash or a section does not fit.
    """

    article_id: str
    text: str
    text_sha256: str
    sections: tuple[Section, ...]
    canonical: str
    raw: RawSource
    revision: int = 1
    url: str | None = None
    publisher: str | None = None
    published: str | None = None
    modified: str | None = None
    section: str | None = None
    kicker: str | None = None
    headline: str | None = None
    lead: str | None = None
    paragraphs: tuple[str, ...] = ()
    captions: tuple[Caption, ...] = ()
    byline: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str = "de"
    rights: str | None = None
    furniture: tuple[Furniture, ...] = ()

    def __post_init__(self) -> None:
        if text_sha256(self.text) != self.text_sha256:
            raise RecordError(
                f"text_sha256 {self.text_sha256[:12]}... is not the hash of the text",
                where=self.article_id,
                hint="The text was changed by hand: ingest the article again",
            )
        last = 0
        for section in self.sections:
            if not last <= section.start < section.end <= len(self.text):
                raise RecordError(
                    f"the section {section.kind} {section.start}:{section.end} does not fit a text of "
                    f"{len(self.text)} code points",
                    where=self.article_id,
                )
            last = section.end
