"""The record of an article: its canonical text, the parts it was composed of, and what was taken out.

All offsets are code points, half open. ``text`` is in the canonical form that ``canonical`` names (``wl-1``,
see wortlaut.corpus.canonical); everything downstream is an offset into it. The JSON form is
``schema/article.schema.json``.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Literal

import msgspec

from wortlaut.schema.errors import RecordError

__all__ = [
    "FURNITURE_KINDS",
    "Article",
    "Caption",
    "Furniture",
    "FurnitureKind",
    "OffsetRun",
    "RawSource",
    "Section",
    "SectionKind",
    "is_article_id",
    "text_sha256",
]

SectionKind = Literal["kicker", "headline", "lead", "subheading", "paragraph"]
FurnitureKind = Literal[
    "advert", "agency_sign", "audio_player", "author_box", "box", "byline", "caption", "comments", "consent",
    "copyright", "credit", "dateline", "declared_title", "description", "feedback", "image_control", "image_file",
    "masthead", "media", "nav", "newsletter", "other", "page_foot", "page_head", "paywall", "print", "provenance",
    "pull_quote", "reading_time", "repeat", "rule", "section", "share", "source_line", "tags_heading", "tags_line",
    "teaser", "ticker_time", "url",
]  # fmt: skip
# What each kind is, in one line (docs/ingest.md shows the table).
FURNITURE_KINDS: Mapping[FurnitureKind, str] = {
    "advert": "an advertisement, or the word that announces one",
    "agency_sign": "the agency's or editor's sign after the last sentence, `(dpa/fre)`",
    "audio_player": "time, speed and buttons of a player, `00:00 / 02:17`",
    "author_box": "who the author is, in a box of its own",
    "box": "a box beside the text: facts, another article",
    "byline": "who wrote the article",
    "caption": "what stands under a picture; it is in `captions` too",
    "comments": "what readers wrote",
    "consent": "the question whether cookies may be set or external content be shown, and what stands in its place",
    "copyright": "whose rights the article is under",
    "credit": "whose picture it is; it is in `captions` too, if its caption was found",
    "dateline": "when the article was published or changed, with what stands on that line",
    "declared_title": "a title that the page's metadata give beside the headline it shows",
    "description": "a summary that a record cut from the first paragraph",
    "feedback": "a way to tell the newsroom of an error",
    "image_control": "a button of a picture or gallery, `Bild 1 von 7`",
    "image_file": "the name of a picture's file",
    "masthead": "the newspaper's name on top of the page",
    "media": "what stands inside a gallery, a film or a player",
    "nav": "a menu or link of the site",
    "newsletter": "an offer of a newsletter",
    "other": "a line among the text that no rule knows and that is not taken for the article's",
    "page_foot": "a line below the article's end",
    "page_head": "a line above the headline",
    "paywall": "an offer to read on for money",
    "print": "what the page shows on paper only",
    "provenance": "where the article was published first, or how to cite it",
    "pull_quote": "words of the text, repeated in large type",
    "reading_time": "how long reading takes",
    "repeat": "a headline or paragraph that stands a second time",
    "rule": "a line of marks without a letter or digit",
    "section": "the newspaper's section, or the path to it",
    "share": "a button to share, print, keep or comment the article",
    "source_line": "a closing line of sources, agencies and editors, `Quelle: ntv.de, gut/dpa`",
    "tags_heading": "the word above a list of tags",
    "tags_line": "one tag or several",
    "teaser": "a pointer to another article, or the heading over several",
    "ticker_time": "the time of an entry in a live ticker",
    "url": "a web address alone on its line",
}


def is_article_id(text: str) -> bool:
    """Say whether a text can be an article's id: 1 to 200 characters that print, and no white space.

    >>> is_article_id("ntv-de-2026-01-22-de445a373c"), is_article_id("two words"), is_article_id(chr(27) + "[31m")
    (True, False, False)
    """
    return 0 < len(text) <= 200 and text.isprintable() and " " not in text and not text.isspace()


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

    ``kind`` is one of FURNITURE_KINDS, the same for every reader.
    ``raw_start`` and ``raw_end`` are code points into the decoded raw file; None where the reader cannot tell.
    """

    kind: FurnitureKind
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
