"""What the checker hands on for each task: the text, the documents that hold, and the findings."""

from __future__ import annotations

import msgspec

from wortlaut.schema.document import Document
from wortlaut.schema.findings import Finding, RegionCounts

__all__ = ["ArticleMeta", "CheckedTask"]


class ArticleMeta(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a task knows of its article beside the text; every field is None or empty where it does not say."""

    url: str | None = None
    publisher: str | None = None
    published: str | None = None
    section: str | None = None
    headline: str | None = None
    rights: str | None = None
    language: str | None = None
    agencies: tuple[str, ...] = ()
    byline: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class CheckedTask(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One task of an export after the check.

    ``documents`` holds one layer for each annotation that counts (not cancelled, not a draft), with the regions
    that hold; what was taken out stands in ``findings``. ``text`` is the annotated text, code points. ``place`` is
    where the task stands in its file (``file::$[12]``). ``predictions`` counts those of the task, which are not read.
    """

    index: int
    place: str = ""
    task_id: str
    article_id: str
    text: str
    text_sha256: str
    meta: ArticleMeta = ArticleMeta()
    documents: tuple[Document, ...] = ()
    findings: tuple[Finding, ...] = ()
    counts: RegionCounts = RegionCounts()
    predictions: int = 0
