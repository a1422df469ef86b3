"""From an opened source to its articles: which format it is in, and one item for each article or failure.

Text and web pages hold one article a file and are read whole, up to a limit. JSON Lines and JSON hold any
number of records, each up to the limit; a record that does not hold is told, and the next is read.
"""

from __future__ import annotations

import codecs
import contextlib
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import PurePosixPath
from typing import BinaryIO, Literal, cast

import msgspec

from wortlaut.corpus.decode import decode, refuse_binary
from wortlaut.corpus.draft import Draft
from wortlaut.corpus.json_values import Child, iter_children, parse_object
from wortlaut.corpus.lines import iter_lines
from wortlaut.corpus.records import FIELDS, is_own_record, own_article, read_record
from wortlaut.corpus.sources import EXTENSIONS, OpenSource
from wortlaut.schema.article import Article
from wortlaut.schema.errors import InputError

__all__ = ["FORMATS", "RECORD_LIMIT", "Format", "Item", "read_items", "unseen"]

Format = Literal["text", "html", "jsonl", "json"]
FORMATS: tuple[Format, ...] = ("text", "html", "jsonl", "json")
RECORD_LIMIT = 64 << 20

_HEAD = 65_536
_PAGE = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|meta|title|article|\?xml)\b", re.IGNORECASE | re.DOTALL
)
_LIST = re.compile(r"\s*\[\s*[{\]]")
_OBJECT = re.compile(r"\s*\{\s*[\"}]")
# Controls but NUL, of which a file is told as a whole, and blanks; and what turns the direction of writing.
_UNSEEN = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# A record that has one of these is an article, whatever else it holds.
_ARTICLE_NAMES = {name for field in ("text", "headline", "html", "url", "published") for name in FIELDS[field]}


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One article as read (a draft, or one of the toolkit's own as it is), or why it could not be (``error``).

    ``place`` is the file, with the line (``file:7``) or the record (``file::$[6]``) where it holds several.
    ``format`` is the reader's name, ``encoding`` the one the file was decoded with. An item with notes alone is
    about the file as a whole.
    """

    place: str
    format: str
    encoding: str = "utf-8"
    draft: Draft | None = None
    article: Article | None = None
    error: InputError | None = None
    notes: tuple[str, ...] = ()


def read_items(
    opened: OpenSource, *, file_format: Format | None, url: str | None, timezone: str, limit: int = RECORD_LIMIT
) -> Iterator[Item]:
    """Read a source as ``file_format``, or as what it looks like where that is None.

    ``limit`` is the most bytes of one article. Raises InputError where the source as a whole cannot be read.
    """
    label, stream = opened.source.label, opened.stream
    head = stream.read(_HEAD)
    if not head.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        what = "holds nothing but blanks" if head else "is empty"
        raise InputError(what, where=label, hint="Fetch it again, or leave it out")
    refuse_binary(head, where=label)
    stream.seek(0)
    found = file_format or _sniff(head, opened.source.extension, stream, limit)
    promised = EXTENSIONS.get(opened.source.extension)
    if file_format is None and promised is not None and promised != found:
        yield Item(place=label, format=found, notes=(f"holds {_NAMES[found]}; read as --format {found}",))
    if found in {"text", "html"}:
        yield _whole(opened, found, url=url, timezone=timezone, limit=limit)
    else:
        with _as_utf8(stream, head, label) as (utf8, encoding, start):
            yield from _Records(opened, timezone, limit, utf8, encoding=encoding, start=start).read(found)


_NAMES = {"text": "plain text", "html": "a web page", "jsonl": "JSON Lines", "json": "JSON"}


def unseen(texts: Iterable[str]) -> str | None:
    """Give a sentence on characters that nobody sees and that may do harm, which no text keeps; None for none."""
    found = Counter(char for text in texts for char in _UNSEEN.findall(text))
    if not found:
        return None
    names = ", ".join(f"U+{ord(char):04X}" for char in sorted(found)[:8])
    what = f"{found.total()} control characters or marks of writing direction ({names})"
    return f"holds {what}, which were left out of the text"


def _sniff(head: bytes, extension: str, stream: BinaryIO, limit: int) -> Format:
    promised = cast("Format | None", EXTENSIONS.get(extension))
    encoding = "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"
    text = head.decode(encoding, "replace").lstrip("\ufeff\x00")
    if _PAGE.match(text):
        return "html"
    if _LIST.match(text):
        return "json"
    if _OBJECT.match(text):
        if promised == "jsonl":
            return "jsonl"
        return "jsonl" if _is_lines(stream, limit) else "json"
    return promised or "text"


def _is_lines(stream: BinaryIO, limit: int) -> bool:
    """Say whether the first line is an object of its own and another one follows."""
    filled = (line.data for line in iter_lines(stream, limit=limit) if line.data is None or line.data.strip())
    lines = [line or b"" for line in islice(filled, 2)]  # a line longer than the limit tells nothing
    return len(lines) == 2 and lines[0].rstrip().endswith(b"}") and lines[1].lstrip().startswith(b"{")


def _whole(opened: OpenSource, file_format: Format, *, url: str | None, timezone: str, limit: int) -> Item:
    label = opened.source.label
    opened.stream.seek(0)
    data = opened.stream.read(limit + 1)
    if len(data) > limit:
        raise InputError(
            f"is larger than {_size(limit)}, too much for one article",
            where=label,
            hint="A file of many articles is one JSON object a line, named .jsonl",
        )
    decoded = decode(data, where=label)
    notes = [decoded.note] if decoded.note else []
    if file_format == "html":
        from wortlaut.corpus.html import read_html

        draft = read_html(decoded.text, name=label, url=url, timezone=timezone)
        if (note := unseen([decoded.text])) is not None:
            notes.append(note)
    else:
        from wortlaut.corpus.pasted import read_pasted

        draft = read_pasted(decoded.text, name=label, timezone=timezone)
    if nuls := decoded.text.count("\0"):
        notes.append(f"holds {nuls} NUL characters, which were left out of the text")
    return Item(place=label, format=file_format, encoding=decoded.encoding, draft=draft, notes=tuple(notes))


class _Records:
    """Reads the records of one JSON file, one after the other."""

    def __init__(
        self, opened: OpenSource, timezone: str, limit: int, stream: BinaryIO, *, encoding: str, start: int
    ) -> None:
        self._label = opened.source.label
        name = PurePosixPath(opened.source.name).name.removesuffix(".gz")
        self._stem = "stdin" if opened.source.path is None else name.rpartition(".")[0] or name
        self._timezone, self._limit = timezone, limit
        self._stream, self._encoding, self._start = stream, encoding, start
        self._count = 0
        self._unread: Counter[str] = Counter()
        self._noted: Counter[str] = Counter()

    def read(self, file_format: Format) -> Iterator[Item]:
        """Give an item for each record, and at the end what concerns several.

        That is how many records share a note, which is told once, and the fields that no record's reading used.
        """
        yield from self._lines() if file_format == "jsonl" else self._json()
        again = tuple(f"{note} (in {count} records)" for note, count in self._noted.items() if count > 1)
        if again:
            yield Item(place=self._label, format=file_format, notes=again)
        if self._unread:
            names = ", ".join(f"{name} ({count})" for name, count in self._unread.most_common(40))
            more = f" and {len(self._unread) - 40} more" if len(self._unread) > 40 else ""
            yield Item(place=self._label, format=file_format, notes=(f"fields that were not read: {names}{more}",))
        if not self._count:
            raise InputError("holds no record", where=self._label)

    def _lines(self) -> Iterator[Item]:
        self._stream.seek(self._start)
        for line in iter_lines(self._stream, limit=self._limit):
            place = f"{self._label}:{line.number}"
            if line.data is None:
                self._count += 1
                what = f"is a line of {_size(line.size)}; a record has at most {_size(self._limit)}"
                yield Item(place=place, format="jsonl", error=InputError(what, where=place))
            elif line.data.strip():
                yield self._item(line.data, place, "jsonl", offset=self._start + line.offset)

    def _json(self) -> Iterator[Item]:
        top = self._first_byte()
        if top == b"[":
            for number, child in enumerate(self._children(self._start)):
                yield self._child(child, f"{self._label}::$[{number}]")
        elif top != b"{" or not (lists := self._lists()):
            self._stream.seek(self._start)
            data = self._stream.read(self._limit + 1)
            if len(data) > self._limit:
                raise InputError(f"is one JSON object of more than {_size(self._limit)}", where=self._label)
            yield self._item(data, self._label, "json", offset=self._start)
        else:
            # fundus writes {publisher: [articles]}; other archives {"articles": [articles]}.
            for key, start in lists:
                for number, child in enumerate(self._children(start, inner=True)):
                    publisher = key if key and key.lower() not in _WRAPPERS else None
                    yield self._child(child, f"{self._label}::$.{key}[{number}]", publisher)

    def _first_byte(self) -> bytes:
        self._stream.seek(self._start)
        return self._stream.read(_HEAD).lstrip(b" \t\r\n")[:1]

    def _children(self, start: int, *, inner: bool = False) -> Iterator[Child]:
        return iter_children(self._stream, start, where=self._label, limit=self._limit, inner=inner)

    def _lists(self) -> list[tuple[str | None, int]]:
        """Give the names in the object at the top whose values are lists, and where these start.

        None at all where the object is an article itself.
        """
        places = []
        for child in iter_children(self._stream, self._start, where=self._label, limit=self._limit, measure=True):
            if (child.key or "").lower() in _ARTICLE_NAMES:
                return []
            places.append((child.key, child.start))
        found = []
        for key, start in places:
            self._stream.seek(start)
            value = self._stream.read(_HEAD)
            blanks = len(value) - len(value.lstrip(b" \t\r\n"))
            if value[blanks : blanks + 1] == b"[":
                found.append((key, start + blanks))
        return found

    def _child(self, child: Child, place: str, publisher: str | None = None) -> Item:
        if child.data is None:
            self._count += 1
            what = f"is a record of {_size(child.end - child.start)}; one has at most {_size(self._limit)}"
            return Item(place=place, format="json", error=InputError(what, where=place))
        return self._item(child.data, place, "json", offset=child.start, publisher=publisher)

    def _item(self, data: bytes, place: str, name: str, *, offset: int, publisher: str | None = None) -> Item:
        number = self._count
        self._count += 1
        try:
            return self._record(data, place, name, offset=offset, number=number, publisher=publisher)
        except InputError as error:
            return Item(place=place, format=name, error=error)

    def _record(self, data: bytes, place: str, name: str, *, offset: int, number: int, publisher: str | None) -> Item:
        decoded = decode(data, where=place, offset=offset)
        parsed = parse_object(decoded.text.removeprefix("\ufeff"), where=place)
        notes = ((decoded.note,) if decoded.note else ()) + parsed.notes
        if is_own_record(parsed.fields):
            if notes:
                raise InputError(f"is an article of wortlaut that was altered: {notes[0]}", where=place)
            return Item(place=place, format=name, article=own_article(parsed.fields, where=place))
        record = read_record(
            parsed.fields, where=place, record=number, stem=self._stem, timezone=self._timezone, publisher=publisher
        )
        self._unread.update(record.unread)
        return Item(
            place=place,
            format="fundus" if record.fundus else name,
            encoding=decoded.encoding if decoded.encoding != "utf-8" else self._encoding,
            draft=record.draft,
            notes=self._new(notes + record.notes),
        )

    def _new(self, notes: tuple[str, ...]) -> tuple[str, ...]:
        """Give the notes that no record before has had, and count all."""
        new = tuple(note for note in notes if note not in self._noted)
        self._noted.update(notes)
        return new


_WRAPPERS = {"articles", "data", "items", "records", "documents", "results", "entries"}


@contextlib.contextmanager
def _as_utf8(stream: BinaryIO, head: bytes, label: str) -> Iterator[tuple[BinaryIO, str, int]]:
    """Give a JSON file as UTF-8, its encoding, and where it starts; UTF-16 and UTF-32 are written anew."""
    if head.startswith(codecs.BOM_UTF8):
        yield stream, "utf-8-sig", len(codecs.BOM_UTF8)
        return
    marks = {"utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE), "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)}
    encoding = next((name for name, both in marks.items() if head.startswith(both)), None)
    if encoding is None:
        yield stream, "utf-8", 0
        return
    with tempfile.SpooledTemporaryFile(max_size=_HEAD * 256) as kept:
        stream.seek(0)
        try:
            for part in codecs.iterdecode(_chunks(stream), encoding):
                kept.write(part.encode())
        except UnicodeError as error:
            raise InputError(f"says that it is {encoding} but is not: {error}", where=label) from error
        yield cast("BinaryIO", kept), encoding, 0


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    read: Callable[[], bytes] = lambda: stream.read(_HEAD)  # noqa: E731 - iter() wants a call without arguments
    return iter(read, b"")


def _size(count: int) -> str:
    for unit, size in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if count >= size:
            return f"{count / size:.0f} {unit}"
    return f"{count} bytes"
