"""Lines of a pasted page that say when the article appeared and who wrote it: dates, bylines, several on a line.

Each rule reads one line in canonical form and must match it as a whole: a line that a rule only touches is text.
"""

from __future__ import annotations

import re

import msgspec

from wortlaut.corpus.bylines import agencies_of_line, persons_in, persons_of_line
from wortlaut.corpus.dates import find_moments, read_dateline
from wortlaut.corpus.furniture import furniture_kind
from wortlaut.schema.article import FurnitureKind

__all__ = ["Meta", "read_meta"]

_CHUNKS = re.compile(r"\s*[|·•]\s*|\s+[–—]\s+|\s{2,}")
_PLACE = re.compile(r"[^\W\d_a-zäöüß][\w-]+(?: (?:an|am|ob|im|in|a\.) [\w. ]{2,20})?(?:\s*\(\w+\))?")


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """What a line of metadata says: ``kind`` names the line (dateline, byline, reading_time ...)."""

    kind: FurnitureKind
    published: str | None = None
    modified: str | None = None
    byline: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()


def read_meta(view: str, timezone: str) -> Meta | None:
    """Read a line that is nothing but date, byline, reading time and the like; None for any other line.

    >>> meta = read_meta("Von Anna Muster, Berlin | 22.01.2026", "Europe/Berlin")
    >>> meta.kind, meta.published, meta.byline
    ('dateline', '2026-01-22', ('Anna Muster',))
    """
    if len(view) > 250:
        return None
    whole = _chunk(view, timezone)
    if whole:
        return whole
    chunks = [chunk for chunk in _CHUNKS.split(view) if chunk.strip()]
    if len(chunks) < 2:
        return _before_date(view, timezone)
    read = [_chunk(chunk, timezone) or _before_date(chunk, timezone) for chunk in chunks]
    known = [meta for meta in read if meta]
    # One chunk may be the place or the paper; a line with nothing but one chunk known is text.
    unknown = [chunk for chunk, meta in zip(chunks, read, strict=True) if not meta]
    if not known or len(unknown) > 1 or (unknown and (len(known) < 2 or len(unknown[0].split()) > 3)):
        return None
    kinds = [meta.kind for meta in known]
    return Meta(
        kind="dateline" if "dateline" in kinds else "byline" if "byline" in kinds else kinds[0],
        published=next((meta.published for meta in known if meta.published), None),
        modified=next((meta.modified for meta in known if meta.modified), None),
        byline=tuple(name for meta in known for name in meta.byline),
        agencies=tuple(name for meta in known for name in meta.agencies),
    )


def _chunk(view: str, timezone: str) -> Meta | None:
    dateline = read_dateline(view, timezone)
    if dateline:
        return Meta(kind="dateline", published=dateline.published, modified=dateline.modified)
    names = persons_of_line(view)
    if names:
        return Meta(kind="byline", byline=names)
    agencies = agencies_of_line(view)
    if agencies:
        return Meta(kind="byline", agencies=agencies)
    kind = furniture_kind(view.strip())
    return Meta(kind=kind) if kind and kind not in ("rule", "nav", "url", "image_file") else None


def _before_date(view: str, timezone: str) -> Meta | None:
    """Read ``Von Anna Muster, 22.01.2026`` and ``Lindenau, 22.01.2026``: a byline or one word before the date."""
    moments = find_moments(view, timezone)
    if not moments:
        return None
    head, tail = view[: moments[0].start].strip(" ,;-–"), view[moments[0].start :]
    dateline = read_dateline(tail, timezone)
    if not dateline or not head:
        return None
    names, agencies = persons_of_line(head), agencies_of_line(head)
    if not names and not agencies:
        names = persons_in(head)
        if not names and not _PLACE.fullmatch(head):
            return None
    return Meta(
        kind="dateline", published=dateline.published, modified=dateline.modified, byline=names, agencies=agencies
    )
