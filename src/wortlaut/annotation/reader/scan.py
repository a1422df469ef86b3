"""Cut a JSON file into its elements without reading it whole.

A top-level array gives its elements; one object, or objects one after the other (JSON Lines), give themselves.
Memory does not grow with the file: a window is read, and each element is measured with msgspec, which skips
over a JSON value at about 1.6 GB a second. That decoder, given more than one value, says in its message at
which byte the second one starts; where a version words it otherwise, the standard library measures instead.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import BinaryIO, NoReturn

import msgspec

from wortlaut.schema.errors import InputError

__all__ = ["MAX_ELEMENT", "Element", "elements"]

# Small enough that what is read stays in the processor's cache while it is measured.
WINDOW = 512 << 10
MAX_ELEMENT = 32 << 20

_BLANK = re.compile(rb"[ \t\r\n]*")
_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
_AT_BYTE = re.compile(r"\(byte (\d+)\)")
_LONE_SURROGATE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F]"
)
_BOM = b"\xef\xbb\xbf"
_WORD = len("-Infinity")
_PAIR = 2 * len("\\ud83d")
_SKIP = msgspec.json.Decoder(msgspec.Raw)
_BLANKS = b" \t\r\n"


def _shift() -> int | None:
    """How far the byte in the decoder's message lies behind the second value; None where it says none."""
    try:
        _SKIP.decode(b"{},")
    except msgspec.DecodeError as error:
        found = _TRAILING.search(str(error))
        return int(found[1]) - 2 if found else None
    return None


_SHIFT = _shift()


class Element(msgspec.Struct, frozen=True, kw_only=True):
    """One element: its number, where it starts in the file (bytes), and its bytes."""

    index: int
    start: int
    raw: bytes


class _Window:
    """The stretch of the file in memory, and where it stands."""

    __slots__ = ("at_end", "data", "limit", "lines", "name", "origin", "position", "size", "stream")

    def __init__(self, stream: BinaryIO, *, name: str, window: int, limit: int) -> None:
        self.stream = stream
        self.name = name
        self.size = window
        self.limit = limit
        self.data = b""
        self.position = 0
        self.origin = 0  # offset in the file of data[0]
        self.lines = 0  # line breaks before data[0]
        self.at_end = False

    def more(self) -> bool:
        """Read on, dropping what was consumed; False at the end of the file."""
        if self.at_end:
            return False
        rest = self.data[self.position :]
        if len(rest) > self.limit:
            self.fail(
                "WL113",
                f"one element is larger than {self.limit >> 20} MB",
                hint="That is no Label Studio task; look at what stands there",
            )
        # An element larger than the window doubles what is read, so that its measuring stays linear; no more is
        # read than shows that it is larger than the limit.
        chunk = self.stream.read(min(max(self.size, len(rest)), self.limit + 1 - len(rest)))
        self.lines += self.data.count(b"\n", 0, self.position)
        self.origin += self.position
        self.data = rest + chunk
        self.position = 0
        self.at_end = not chunk
        return bool(chunk)

    def peek(self) -> bytes:
        """Give the next byte that is not blank, b"" at the end of the file, and stand on it."""
        while True:
            found = _BLANK.match(self.data, self.position)
            self.position = found.end() if found else self.position
            if self.position < len(self.data):
                return self.data[self.position : self.position + 1]
            if not self.more():
                return b""

    def fail(self, code: str, what: str, *, at: int = 0, hint: str = "") -> NoReturn:
        """Raise an InputError that names the byte and the line, ``at`` bytes after the position."""
        place = self.position + at
        line = self.lines + self.data.count(b"\n", 0, place) + 1
        raise InputError(f"{what} (byte {self.origin + place}, line {line})", where=self.name, code=code, hint=hint)


def elements(stream: BinaryIO, *, name: str, window: int = WINDOW, limit: int = MAX_ELEMENT) -> Iterator[Element]:
    """Give the elements of a JSON file, one at a time.

    ``name`` is the file's name for messages. Raises InputError with a code, the byte and the line where the
    file is empty, is not JSON, ends too early, is nested too deeply, or holds an element above ``limit`` bytes.
    """
    view = _Window(stream, name=name, window=window, limit=limit)
    while len(view.data) < len(_BOM) and view.more():
        pass
    if view.data.startswith(_BOM):
        view.position = len(_BOM)
    first = view.peek()
    if not first:
        view.fail("WL101", "is empty", hint="Export from Label Studio again: Export, then JSON")
    if first != b"[":
        yield from _documents(view)
        return
    view.position += 1
    yield from _array(view)
    if view.peek():
        view.fail("WL102", "is not JSON: something follows the end of the array", hint=_LOOK)


def _documents(view: _Window) -> Iterator[Element]:
    index = 0
    while view.peek():
        yield _element(view, index)
        index += 1


def _array(view: _Window) -> Iterator[Element]:
    if view.peek() == b"]":
        view.position += 1
        return
    index = 0
    while True:
        if not view.peek():
            _truncated(view, index)
        yield _element(view, index)
        index += 1
        following = view.peek()
        if not following:
            _truncated(view, index)
        view.position += 1
        if following == b"]":
            return
        if following != b",":
            view.fail("WL102", f"is not JSON: expected a comma or ] and found {_shown(following)}", at=-1, hint=_LOOK)


_LOOK = "Open the file at that place, or export it again"


def _element(view: _Window, index: int) -> Element:
    size = _measure(view, index)
    start = view.position
    view.position += size
    return Element(index=index, start=view.origin + start, raw=view.data[start : start + size])


def _truncated(view: _Window, index: int) -> NoReturn:
    view.fail(
        "WL103",
        f"ends too early: element {index} is cut off or the array is not closed",
        hint="The download was cut off: export or copy it again",
    )


def _measure(view: _Window, index: int) -> int:
    """Give the length in bytes of the value that the window stands on, reading on as far as it needs."""
    while True:
        rest = memoryview(view.data)[view.position :]
        try:
            _SKIP.decode(rest)
        except RecursionError:
            view.fail("WL112", f"element {index} is nested too deeply to be a Label Studio task", hint=_LOOK)
        except msgspec.DecodeError as error:
            message = str(error)
            trailing = _TRAILING.search(message)
            if trailing and _SHIFT is not None:
                size = int(trailing[1]) - _SHIFT
                while rest[size - 1] in _BLANKS:
                    size -= 1
                return size
            # The decoder refuses half a surrogate pair, one way or another: measure such an element otherwise.
            escaped = view.data.find(b"\\u", view.position) >= 0
            if (trailing or (escaped and _LONE_SURROGATE.search(rest))) and (size := _measure_slowly(rest)):
                return size
            # Near the end of the window nothing is sure: it may have been cut in the middle of a word. Nor is it
            # at half a pair, which hides whether the element is whole.
            at = _byte_of(message)
            near_end = "truncated" in message or at + _WORD > len(rest)
            near_end = near_end or (escaped and bool(_LONE_SURROGATE.search(rest, max(0, at - _PAIR), at + _PAIR)))
            if near_end and view.more():
                continue
            if "truncated" in message:
                _truncated(view, index)
            _malformed(view, index, message)
        else:
            # It ends where the window ends. A number may go on after that, anything else is whole.
            if view.data[view.position : view.position + 1] in b'{["' or not view.more():
                return len(view.data[view.position :].rstrip(_BLANKS))


def _measure_slowly(rest: memoryview) -> int:
    text = str(rest, "utf-8", "surrogateescape")
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return 0
    return len(text[:end].encode("utf-8", "surrogateescape"))


def _byte_of(message: str) -> int:
    found = _AT_BYTE.search(message)
    return int(found[1]) if found else 0


def _malformed(view: _Window, index: int, message: str) -> NoReturn:
    at = _byte_of(message)
    rest = view.data[view.position + at : view.position + at + _WORD]
    word = re.match(rb"-?(NaN|Infinity)", rest)
    if word:
        view.fail(
            "WL119",
            f"is not JSON: {word[0].decode()} is no JSON number, in element {index}",
            at=at,
            hint="The program that wrote it must write null or a number",
        )
    said = _AT_BYTE.sub("", message).removeprefix("JSON is malformed:").strip()
    view.fail("WL102", f"is not JSON: {said}, found {_shown(rest[:1])} in element {index}", at=at, hint=_LOOK)


def _shown(byte: bytes) -> str:
    return repr(byte.decode("ascii", "backslashreplace")) if byte else "the end of the file"
