"""Texts that a user has, read for the documents of a release without texts: by their hash, their name, their anchors.

A source is read as ``wortlaut ingest`` reads it, and a text file also as it stands, for it may hold nothing but the
text. What may be needed is kept in a temporary file: memory does not grow with the texts.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from types import TracebackType
from typing import Any, Self

import msgspec

from wortlaut.corpus.canonical import canonical_text
from wortlaut.corpus.compose import compose
from wortlaut.corpus.decode import decode
from wortlaut.corpus.readers import RECORD_LIMIT, Item, read_items
from wortlaut.corpus.sources import OpenSource, expand, open_source
from wortlaut.export.anchors import NEAR, digest
from wortlaut.export.surfaces import word_spans
from wortlaut.schema.article import RawSource, text_sha256
from wortlaut.schema.errors import InputError, RecordError

__all__ = ["Candidate", "TextPool", "votes"]

_Stored = tuple[int, int]


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A source whose text is none of the release's: what it may be called, and its text as it may be read."""

    place: str
    names: frozenset[str]
    texts: tuple[_Stored, ...]
    headline: str | None = None


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    place: str
    names: frozenset[str]
    texts: tuple[str, ...]
    parts: tuple[str, ...] = ()
    headline: str | None = None


class TextPool:
    """The texts found; a context manager. ``wanted`` are the hashes of the release's texts.

    ``headlines`` are the hashes of headlines that stand in no text; they come back as hash and headline. ``found``
    gives for a hash where the text came from, ``candidates`` are the sources that have none of them, ``unread`` what
    could not be read, a line each.
    """

    def __init__(self, wanted: Iterable[str], headlines: Iterable[str] = ()) -> None:
        self._wanted = set(wanted)
        self._headlines = set(headlines)
        self._file: Any = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._exact: dict[str, _Stored] = {}
        self.found: dict[str, str] = {}
        self.headlines: dict[str, str] = {}
        self.candidates: list[Candidate] = []
        self.unread: list[str] = []
        self.sources = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def text(self, sha256: str) -> str | None:
        """Give the text with this hash, None where no source has it."""
        stored = self._exact.get(sha256)
        return None if stored is None else self.read(stored)

    def read(self, stored: _Stored) -> str:
        """Give a text of a candidate."""
        self._file.seek(stored[0])
        data: bytes = self._file.read(stored[1])
        return data.decode("utf-8", "surrogatepass")

    def fill(self, sources: Sequence[str], timezone: str) -> None:
        """Read sources until every text is found. Raises UsageError for a source that is not there or holds nothing."""
        for source in expand(sources).files:
            if not (self._wanted - self.found.keys() or self._headlines - self.headlines.keys()):
                return
            self.sources += 1
            try:
                with open_source(source) as opened:
                    for read in _readings(opened, timezone, self.unread):
                        self._take(read)
            except (InputError, RecursionError) as error:
                self.unread.append(
                    str(error) if isinstance(error, InputError) else f"{source.label}: nested too deeply"
                )

    def _take(self, read: _Read) -> None:
        if read.headline is not None and (sha256 := text_sha256(read.headline)) in self._headlines:
            self.headlines[sha256] = read.headline
        matched = False
        for text in (*read.texts, *read.parts):
            sha256 = text_sha256(text)
            if sha256 in self._wanted:
                matched = True
                if sha256 not in self._exact:
                    self._exact[sha256] = self._store(text)
                    self.found[sha256] = read.place
        if not matched:
            stored = tuple([self._store(text) for text in dict.fromkeys(read.texts)])
            self.candidates.append(Candidate(place=read.place, names=read.names, texts=stored, headline=read.headline))

    def _store(self, text: str) -> _Stored:
        data = text.encode("utf-8", "surrogatepass")
        start = self._file.seek(0, 2)
        self._file.write(data)
        return start, len(data)


def votes(text: str, anchors: Mapping[str, str], lengths: frozenset[int], salt: str) -> Counter[str]:
    """Count how many near anchors of each document stand in a text.

    ``anchors`` gives the document of an anchor whose window is whole, ``lengths`` are those of their spans. Windows are
    tried where a span begins and ends with a word.
    """
    words = word_spans(text)
    longest = max(lengths, default=0)
    found: dict[str, set[str]] = {}
    for number, (start, _) in enumerate(words):
        if start < NEAR:
            continue
        for _, end in words[number:]:
            if end - start > longest or end + NEAR > len(text):
                break
            if end - start in lengths:
                anchor = digest(salt, text[start - NEAR : end + NEAR])
                if anchor in anchors:
                    found.setdefault(anchors[anchor], set()).add(anchor)
    return Counter({doc_id: len(those) for doc_id, those in found.items()})


def _readings(opened: OpenSource, timezone: str, unread: list[str]) -> Iterator[_Read]:
    label = opened.source.label
    stem = PurePosixPath(opened.source.name).name.removesuffix(".gz").rpartition(".")[0]
    whole = _whole(opened) if opened.source.extension in {".txt", ".text"} else ()
    items: Iterable[Item] = ()
    try:
        opened.stream.seek(0)
        items = (
            list(read_items(opened, file_format=None, url=None, timezone=timezone))
            if whole
            else read_items(opened, file_format=None, url=None, timezone=timezone)
        )
    except InputError:
        if not whole:
            raise
    if whole:
        composed = [read for item in items if (read := _of_item(item, opened, stem)) is not None]
        names = frozenset({stem}).union(*[read.names for read in composed])
        texts = (*whole, *[text for read in composed for text in read.texts])
        headline = composed[0].headline if len(composed) == 1 else None
        yield _Read(place=label, names=names, texts=texts, headline=headline)
        return
    for item in items:
        if item.error is not None:
            unread.append(str(item.error))
        read = _of_item(item, opened, stem)
        if read is not None:
            yield read


def _whole(opened: OpenSource) -> tuple[str, ...]:
    data = opened.stream.read(RECORD_LIMIT)
    try:
        text = decode(data, where=opened.source.label).text.removeprefix("\ufeff")
    except InputError:
        return ()
    return tuple(dict.fromkeys((canonical_text(text), text, text.rstrip("\n"))))


def _of_item(item: Item, opened: OpenSource, stem: str) -> _Read | None:
    article = item.article
    parts: tuple[str, ...] = ()
    if article is None and item.draft is not None:
        raw = RawSource(name=opened.source.name, format=item.format, sha256=opened.sha256, encoding=item.encoding)
        try:
            article = compose(item.draft, raw)
        except (InputError, RecordError):
            return None
        parts = tuple([canonical_text(piece.text) for piece in item.draft.pieces])
    if article is None:
        return None
    names = {article.article_id, *([article.url] if article.url else []), *([stem] if item.format in _ALONE else [])}
    return _Read(
        place=item.place, names=frozenset(names), texts=(article.text,), parts=parts, headline=article.headline
    )


_ALONE = {"text", "html"}
