"""From a reader's draft to an Article: canonical text, sections, the map to the raw file, a stable id.

The text is kicker, headline, lead and body, each part apart from the next by an empty line. Captions, credits
and furniture stand beside it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from hashlib import sha256
from urllib.parse import urlsplit

import msgspec

from wortlaut.corpus.canonical import CANONICAL_FORM, Canonical, canonical_text, canonicalize
from wortlaut.corpus.draft import Draft, Piece
from wortlaut.corpus.wraps import stretches
from wortlaut.schema.article import (
    Article,
    Caption,
    Furniture,
    OffsetRun,
    RawSource,
    Section,
    text_sha256,
)
from wortlaut.schema.errors import InputError

__all__ = ["article_id_of", "compose"]

_SEPARATOR = "\n\n"
_NO_SLUG = re.compile(r"[^a-z0-9]+")


def compose(draft: Draft, raw: RawSource) -> Article:
    """Build the article of a draft. ``raw`` says where it came from; its map is made here.

    Raises InputError where the draft holds no text at all.
    """
    text, sections, runs = _text(draft.pieces)
    if not text:
        raise InputError(
            "holds no article text", where=raw.name, hint="Look at the file; ingest reads .txt, .html, .json"
        )
    first = {section.kind: text[section.start : section.end] for section in reversed(sections)}
    return Article(
        article_id=draft.article_id or article_id_of(draft, first.get("headline")),
        text=text,
        text_sha256=text_sha256(text),
        sections=sections,
        canonical=CANONICAL_FORM,
        raw=msgspec.structs.replace(raw, offsets=runs, record=draft.record),
        url=_clean(draft.url),
        publisher=_clean(draft.publisher),
        published=draft.published,
        modified=draft.modified,
        section=_clean(draft.section),
        kicker=first.get("kicker"),
        headline=first.get("headline"),
        lead=first.get("lead"),
        paragraphs=tuple(text[part.start : part.end] for part in sections if part.kind == "paragraph"),
        captions=tuple(
            Caption(text=canonical_text(caption.text), credit=_clean(caption.credit)) for caption in draft.captions
        ),
        byline=_all_clean(draft.byline),
        editors=_all_clean(draft.editors),
        agencies=_all_clean(draft.agencies),
        tags=_all_clean(draft.tags),
        language=draft.language,
        rights=_clean(draft.rights),
        furniture=tuple(
            Furniture(
                kind=item.kind,
                text=item.text,
                raw_start=item.raw_start,
                raw_end=None if item.raw_start is None else item.raw_start + len(item.text),
            )
            for item in draft.furniture
        ),
    )


def article_id_of(draft: Draft, headline: str | None) -> str:
    """Give the id of a draft that brings none: publisher, day, and ten hex digits of what identifies it.

    That is the URL without its query and fragment where there is one, else publisher, day of publication and
    headline, else the whole text: a corrected article keeps its id, a second article does not share it.
    """
    day = (draft.published or "")[:10]
    if draft.url:
        parts = urlsplit(draft.url.strip())
        identity = f"{parts.netloc.lower().removeprefix('www.')}{parts.path.rstrip('/')}"
    elif headline:
        identity = "\n".join((draft.publisher or "", day, headline))
    else:
        identity = "\n".join(canonical_text(piece.text) for piece in draft.pieces)
    digest = sha256(canonical_text(identity).encode()).hexdigest()[:10]
    return "-".join(part for part in (_slug(draft.publisher or "article"), day, digest) if part)


def _text(pieces: tuple[Piece, ...]) -> tuple[str, tuple[Section, ...], tuple[OffsetRun, ...]]:
    parts: list[str] = []
    sections: list[Section] = []
    runs: list[OffsetRun] = []
    position = 0
    for piece in pieces:
        for body, body_runs in _paragraphs(piece):
            if parts:
                parts.append(_SEPARATOR)
                position += len(_SEPARATOR)
            parts.append(body)
            if piece.raw_start is not None:
                runs += _cut(body_runs, 0, len(body), position)
            sections.append(Section(kind=piece.kind, start=position, end=position + len(body)))
            position += len(body)
    return "".join(parts), tuple(sections), tuple(runs)


def _paragraphs(piece: Piece) -> Iterator[tuple[str, list[OffsetRun]]]:
    """Cut a piece at its empty lines, so that an empty line in the text always parts two sections.

    The cuts are made in the canonical text: there alone is it certain what an empty line is.
    """
    canonical = _unwrapped(piece) if piece.unwrap else canonicalize(piece.text, base=piece.raw_start or 0)
    start = 0
    for body in canonical.text.split(_SEPARATOR):
        inner = body.strip(" \n")
        first = start + len(body) - len(body.lstrip(" \n"))
        if inner:
            yield inner, _cut(canonical.runs, first, first + len(inner), 0)
        start += len(body) + len(_SEPARATOR)


def _unwrapped(piece: Piece) -> Canonical:
    """Join the lines of a piece; what a break became maps to the break."""
    base = piece.raw_start or 0
    text, runs = "", list[OffsetRun]()
    joint, broken = "", 0
    for line in stretches(piece.text):
        canonical = canonicalize(piece.text[line.start : line.end], base=base + line.start)
        body = canonical.text.strip(" \n")
        if not body:
            continue
        if text and joint:
            runs.append(OffsetRun(len(text), len(text) + 1, base + broken, base + line.start))
            text += joint
        first = len(canonical.text) - len(canonical.text.lstrip(" \n"))
        runs += _cut(canonical.runs, first, first + len(body), len(text))
        text += body
        joint, broken = line.joint, line.end
    return Canonical(text=text, runs=tuple(runs))


def _cut(runs: Sequence[OffsetRun], start: int, end: int, to: int) -> list[OffsetRun]:
    """Give the map of ``text[start:end]`` alone, moved so that it begins at ``to``."""
    cut = []
    for run in runs:
        first, last = max(run.start, start), min(run.end, end)
        if first >= last:
            continue
        raw_start, raw_end = run.raw_start, run.raw_end
        if run.end - run.start == raw_end - raw_start:
            raw_start, raw_end = raw_start + first - run.start, raw_end - (run.end - last)
        cut.append(OffsetRun(to + first - start, to + last - start, raw_start, raw_end))
    return cut


def _clean(value: str | None) -> str | None:
    return (canonical_text(value).strip(" ") or None) if value else None


def _all_clean(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean for value in values if (clean := _clean(value))))


def _slug(name: str) -> str:
    for mark, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        name = name.lower().replace(mark, plain)
    plain_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _NO_SLUG.sub("-", plain_name).strip("-")[:40] or "article"
