"""The store ``corpus/articles.jsonl``: one revision of one article a line, in the order they came.

Nothing in it is ever replaced: a changed article is a further line with the next revision. Lines are appended
whole and flushed to the disk at the end; a line that an interruption cut off is taken out by the next writer,
who reads its article again. One process writes at a time, held by a lock on a file beside the store.

An article is "the same" when its text and metadata are: where it was read from (``raw``), the furniture of its
page and the number of the revision do not count.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, NamedTuple, Self

import msgspec

from wortlaut.corpus.lines import Line, iter_lines
from wortlaut.schema.article import Article
from wortlaut.schema.errors import InputError, RecordError, UsageError
from wortlaut.schema.files import naming_full_disk
from wortlaut.schema.lock import locked

__all__ = [
    "Added",
    "StoreIndex",
    "StoreWriter",
    "iter_articles",
    "latest_articles",
    "open_index",
    "publishers",
    "text_hashes",
]

# A line of the store: an article may hold as much text as ingest takes for one, and its map.
_LINE_LIMIT = 512 << 20
_SYNC_EVERY = 64 << 20
_NOT_CONTENT = {"raw", "revision", "furniture"}
_CONTENT = tuple(name for name in Article.__struct_fields__ if name not in _NOT_CONTENT)
_DIGEST = 16
_DECODER = msgspec.json.Decoder(Article)
_ENCODER = msgspec.json.Encoder()


class Added(NamedTuple):
    """What became of an article: ``revision`` is the one it has in the store, ``latest`` the highest there."""

    outcome: Literal["added", "revised", "unchanged"]
    revision: int
    latest: int


class _Key(msgspec.Struct, frozen=True, gc=False):
    article_id: str
    revision: int = 1


_KEY_DECODER = msgspec.json.Decoder(_Key)


class _Hash(msgspec.Struct, frozen=True, gc=False):
    article_id: str
    text_sha256: str
    revision: int = 1


_HASH_DECODER = msgspec.json.Decoder(_Hash)


class _Publisher(msgspec.Struct, frozen=True, gc=False):
    publisher: str | None = None


_PUBLISHER_DECODER = msgspec.json.Decoder(_Publisher)


def iter_articles(path: Path) -> Iterator[Article]:
    """Give every revision of every article, in the order of the file, one in memory at a time.

    Raises UsageError where there is no such file, InputError with the line where one does not hold.
    """
    with _reading(path) as stream:
        for line in iter_lines(stream, limit=_LINE_LIMIT):
            yield _article(path, line)


def latest_articles(path: Path) -> Iterator[Article]:
    """Give each article in its highest revision, in the order of the file. Two passes; ids alone are kept.

    Raises what ``iter_articles`` does, and InputError where two lines hold the same revision of an article.
    """
    latest: dict[str, int] = {}
    with _reading(path) as stream:
        for line in iter_lines(stream, limit=_LINE_LIMIT):
            key = _key(path, line)
            latest[key.article_id] = max(key.revision, latest.get(key.article_id, 0))
    given: set[str] = set()
    with _reading(path) as stream:
        for line in iter_lines(stream, limit=_LINE_LIMIT):
            key = _key(path, line)
            if key.revision != latest[key.article_id]:
                continue
            if key.article_id in given:
                raise InputError(
                    f"holds revision {key.revision} of {key.article_id} a second time",
                    where=f"{path}:{line.number}",
                    hint="Two stores were merged by hand: remove one of the lines",
                )
            given.add(key.article_id)
            yield _article(path, line)


def text_hashes(path: Path) -> dict[str, str]:
    """Give the text_sha256 of each article's highest revision, under its id. One pass; no text is kept.

    Raises what ``iter_articles`` does.
    """
    latest: dict[str, int] = {}
    hashes: dict[str, str] = {}
    with _reading(path) as stream:
        for line in iter_lines(stream, limit=_LINE_LIMIT):
            try:
                found = _HASH_DECODER.decode(_data(path, line))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                raise _broken(path, line, error) from error
            if found.revision >= latest.get(found.article_id, 0):
                latest[found.article_id] = found.revision
                hashes[found.article_id] = found.text_sha256
    return hashes


def publishers(path: Path) -> set[str]:
    """Give the publishers of all articles, as they write themselves. One pass; raises what ``iter_articles`` does."""
    found: set[str] = set()
    with _reading(path) as stream:
        for line in iter_lines(stream, limit=_LINE_LIMIT):
            try:
                publisher = _PUBLISHER_DECODER.decode(_data(path, line)).publisher
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                raise _broken(path, line, error) from error
            if publisher:
                found.add(publisher)
    return found


class StoreIndex:
    """Which articles a store holds: for each id a digest of every revision, and the number of the highest.

    Some 300 bytes an article. ``torn`` is the byte offset of a last line that an interruption cut off, or None.
    """

    def __init__(self) -> None:
        self._digests: dict[str, bytes] = {}
        self._latest: dict[str, int] = {}  # only where it is not the number of digests
        self.torn: int | None = None

    def __len__(self) -> int:
        return len(self._digests)

    def __contains__(self, article_id: str) -> bool:
        return article_id in self._digests

    def place(self, article: Article) -> Added:
        """Say what adding ``article`` would do, and count it as added."""
        digest = _digest(article)
        known = self._digests.get(article.article_id)
        if known is None:
            self._digests[article.article_id] = digest
            return Added("added", 1, 1)
        latest = self._latest.get(article.article_id, len(known) // _DIGEST)
        position = known.find(digest)
        while position > 0 and position % _DIGEST:
            position = known.find(digest, position + 1)
        if position >= 0:
            return Added("unchanged", min(position // _DIGEST + 1, latest), latest)
        self._digests[article.article_id] = known + digest
        if article.article_id in self._latest:
            self._latest[article.article_id] = latest + 1
        return Added("revised", latest + 1, latest + 1)

    def load(self, article: Article) -> None:
        """Count an article that stands in the store under the revision that it has there."""
        known = self._digests.get(article.article_id, b"")
        latest = max(article.revision, self._latest.get(article.article_id, len(known) // _DIGEST))
        known += _digest(article)
        self._digests[article.article_id] = known
        if latest != len(known) // _DIGEST:
            self._latest[article.article_id] = latest
        else:
            self._latest.pop(article.article_id, None)


def open_index(path: Path) -> StoreIndex:
    """Read the index of a store; an empty one where there is none yet. Raises InputError as ``iter_articles``."""
    index = StoreIndex()
    if not path.exists():
        return index
    with _reading(path) as stream:
        for line in iter_lines(stream, limit=_LINE_LIMIT):
            if not line.whole and not _holds(line):
                index.torn = line.offset
                break
            index.load(_article(path, line))
    return index


class StoreWriter:
    """Adds articles to a store, one process at a time. The store is locked and indexed at the first article.

    With ``dry_run`` nothing is locked or written. Leaving the block flushes what was added to the disk.
    """

    def __init__(self, path: Path, *, dry_run: bool = False) -> None:
        self._path = path
        self._dry_run = dry_run
        self._index: StoreIndex | None = None
        self._out: BinaryIO | None = None
        self._unsynced = 0
        self._stack = contextlib.ExitStack()
        self.mended = False
        """Whether a last line that was cut off has been taken out."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # What cannot be flushed now fails at every step of closing, the file's own included.
        with naming_full_disk(self._path):
            self._stack.close()

    @property
    def size(self) -> int | None:
        """How many articles the store holds; None before the first was added."""
        return None if self._index is None else len(self._index)

    def add(self, article: Article) -> Added:
        """Add an article, as a new one, as a further revision, or not at all where it is there already.

        Raises UsageError where another process writes to the store or the place cannot be written.
        """
        index = self._index if self._index is not None else self._start()
        added = index.place(article)
        if added.outcome != "unchanged" and self._out is not None:
            line = _ENCODER.encode(msgspec.structs.replace(article, revision=added.revision)) + b"\n"
            with naming_full_disk(self._path):
                self._out.write(line)
                self._unsynced += len(line)
                if self._unsynced > _SYNC_EVERY:
                    self._sync()
        return added

    def _start(self) -> StoreIndex:
        if self._dry_run:
            self._index = open_index(self._path)
            return self._index
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._stack.enter_context(_lock(self._path))
            index = open_index(self._path)
            self._out = self._stack.enter_context(self._path.open("ab"))
        except OSError as error:
            raise UsageError(f"cannot write: {error.strerror or error}", where=str(self._path)) from error
        self._stack.callback(self._sync)
        if index.torn is not None:
            self._out.truncate(index.torn)
            self.mended = True
        elif _lacks_line_end(self._path):
            self._out.write(b"\n")
        self._index = index
        return index

    def _sync(self) -> None:
        if self._out is not None:
            self._out.flush()
            os.fsync(self._out.fileno())
            self._unsynced = 0


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[BinaryIO]:
    try:
        stream = path.open("rb")
    except FileNotFoundError as error:
        raise UsageError(
            "there are no articles yet", where=str(path), hint="Read some: wortlaut ingest FILE_OR_FOLDER"
        ) from error
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
    with stream:
        yield stream


def _article(path: Path, line: Line) -> Article:
    try:
        return _DECODER.decode(_data(path, line))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecordError, RecursionError) as error:
        raise _broken(path, line, error) from error


def _key(path: Path, line: Line) -> _Key:
    try:
        return _KEY_DECODER.decode(_data(path, line))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _broken(path, line, error) from error


def _data(path: Path, line: Line) -> bytes:
    if line.data is None:
        raise InputError(f"is a line of {line.size} bytes, too long for an article", where=f"{path}:{line.number}")
    return line.data


def _broken(path: Path, line: Line, error: Exception) -> InputError:
    where = f"{path}:{line.number}"
    if not line.whole:
        return InputError(
            "the last line is cut off: an ingest was interrupted, or is running",
            where=where,
            hint="Run the same wortlaut ingest again; it mends the line and finishes",
        )
    what = error.what if isinstance(error, RecordError) else str(error)
    return InputError(
        f"is no article: {what}", where=where, hint="Remove the line, and ingest the article's source again"
    )


def _holds(line: Line) -> bool:
    if line.data is None:
        return False
    try:
        _DECODER.decode(line.data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecordError, RecursionError):
        return False
    return True


def _digest(article: Article) -> bytes:
    content = _ENCODER.encode([getattr(article, name) for name in _CONTENT])
    return blake2b(content, digest_size=_DIGEST).digest()


def _lacks_line_end(path: Path) -> bool:
    with path.open("rb") as stream:
        if not stream.seek(0, os.SEEK_END):
            return False
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) != b"\n"


def _lock(path: Path) -> contextlib.AbstractContextManager[None]:
    """Hold the store for one writer: a lock on a file beside it. Raises UsageError where another one holds it."""

    def refuse() -> None:
        raise UsageError(
            "another wortlaut ingest is writing to this store",
            where=str(path),
            hint="Wait until it has ended, then run the same command again",
        )

    return locked(path.with_name(f".{path.name}.lock"), refuse)
