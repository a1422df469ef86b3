"""JSON from outside: the values of a large file one by one, and what each holds, told where it is not plain.

``iter_children`` finds where the children of an array or object stand without building them, so a file of any
size is read in the memory of its largest record. ``parse_object`` builds one record and says what JSON
leaves open (RFC 8259, sections 4 and 8.2): names that stand twice, lone surrogates, NaN and Infinity.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from wortlaut.schema.errors import InputError

__all__ = ["Child", "ParsedObject", "iter_children", "parse_object"]

_WINDOW = 1 << 18
# A whole string, an unfinished one (group 1 is empty), or one structural character.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\[\s\S])*+("|\\?\Z)|[\[\]{},:]')
_CLOSES = {ord("["): ord("]"), ord("{"): ord("}")}
_BLANK = b" \t\r\n"
_STRING = re.compile(r'"(?:[^"\\]++|\\[\s\S])*+"')
# Python's own limit differs from version to version; no record of an article comes near this one.
_DEEPEST = 500
_FLATTEN = "An article is an object of strings and lists; flatten it"
_NUMBER = "That is no part of an article: take it out, or write it as a string"
_SURROGATE = re.compile("[\ud800-\udfff]")
_KINDS = {str: "a string", int: "a number", float: "a number", bool: "true or false", type(None): "null"}


class Child(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A child of a container: ``stream[start:end]`` in bytes, and its name where the container is an object.

    ``data`` has no blanks at its edges; it is None where it was only measured, or is longer than the limit.
    """

    start: int
    end: int
    key: str | None = None
    data: bytes | None = None


class ParsedObject(msgspec.Struct, frozen=True, kw_only=True):
    """A JSON object, and what in it was not plain JSON: one sentence each."""

    fields: dict[str, Any]  # raw wire data; the readers of records take it apart
    notes: tuple[str, ...] = ()


class _Repeated:
    """Collects the names that stand twice while json builds objects; the last value counts."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}

    def build(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        built = dict(pairs)
        if len(built) < len(pairs):
            seen: set[str] = set()
            for name, _ in pairs:
                if name in seen:
                    self.names[name] = None
                seen.add(name)
        return built


def parse_object(data: str, *, where: str) -> ParsedObject:
    """Build one JSON object. Raises InputError for what is no JSON, no object, or nested too deeply."""
    repeated = _Repeated()
    if data.count("[") + data.count("{") > _DEEPEST and _depth(data) > _DEEPEST:
        raise InputError("is nested too deeply", where=where, hint=_FLATTEN)
    try:
        value = json.loads(data, object_pairs_hook=repeated.build, parse_constant=_refuse_constant)
        halves = "\\u" in data and _SURROGATE.search(json.dumps(value, ensure_ascii=False))
    except json.JSONDecodeError as error:
        at = f"line {error.lineno}, column {error.colno}" if "\n" in data.strip() else f"column {error.colno}"
        raise InputError(f"is not JSON: {error.msg} ({at})", where=where, hint=_json_hint(error, data)) from error
    except RecursionError as error:
        raise InputError("is nested too deeply", where=where, hint=_FLATTEN) from error
    except ValueError as error:
        if "digits" in str(error):  # Python's guard, whose advice is for programmers
            most = sys.get_int_max_str_digits()
            raise InputError(f"holds a whole number of more than {most:,} digits", where=where, hint=_NUMBER) from error
        raise InputError(f"is not JSON: {error}", where=where) from error
    if not isinstance(value, dict):
        kind = _KINDS.get(type(value), "a list")
        raise InputError(f"is {kind}, not an object with the fields of an article", where=where)
    notes = [f"the name {name!r} stands twice in one object; the last value counts" for name in repeated.names]
    if halves:
        notes.append("holds half of a surrogate pair, which is no character; it becomes U+FFFD")
    return ParsedObject(fields=value, notes=tuple(notes))


def iter_children(
    stream: BinaryIO, start: int, *, where: str, limit: int, measure: bool = False, inner: bool = False
) -> Iterator[Child]:
    """Give the children of the array or object that begins at byte ``start`` of ``stream`` (UTF-8).

    Each comes with its bytes, except one of more than ``limit`` bytes; with ``measure`` none does. Only
    brackets and strings are looked at: what stands in a child may still be no JSON. Raises InputError where the
    file ends before the container does or goes on after it (unless it is an ``inner`` one, in another), where
    brackets do not match, and for a string of more than ``limit`` bytes.
    """
    scan = _Scan(stream, start, where, limit)
    opened = scan.token()
    if opened is None or opened[0] not in b"[{":
        raise InputError("is neither a JSON list nor an object", where=where)
    named = opened[0] == ord("{")
    closers = bytearray((_CLOSES[opened[0]],))
    begin, key, empty = opened[1] + 1, None, True
    scan.keep_from(begin)
    while token := scan.token():
        char, at = token
        if char in _CLOSES:
            closers.append(_CLOSES[char])
            if len(closers) > limit:
                raise InputError("is nested too deeply", where=where)
        elif char in b"]}":
            if char != closers.pop():
                raise InputError(f"has a {chr(char)!r} at byte {at} that closes nothing", where=where)
        elif char == ord(":") and named and len(closers) == 1 and key is None:
            key = _name(scan.slice(begin, at))
            begin = at + 1
            scan.keep_from(begin)
        if not closers or (char == ord(",") and len(closers) == 1):
            child = scan.child(begin, at, key)
            if closers or not empty or key is not None or child.data != b"":
                yield msgspec.structs.replace(child, data=None) if measure else child
            begin, key, empty = at + 1, None, False
            scan.keep_from(begin)
        if not closers:
            if not inner:
                scan.refuse_rest()
            return
    raise InputError(
        f"ends at byte {scan.end} in the middle of its JSON", where=where, hint="The file was cut off: fetch it again"
    )


class _Scan:
    """Reads tokens from a stream through a window that keeps what the child at hand still needs."""

    def __init__(self, stream: BinaryIO, start: int, where: str, limit: int) -> None:
        stream.seek(start)
        self._stream = stream
        self._where = where
        self._limit = limit
        self._base = start  # the byte offset of the window's first byte
        self._window = b""
        self._next = 0  # where in the window the next token is looked for
        self._keep = start  # the byte offset where the child at hand begins

    @property
    def end(self) -> int:
        """The byte offset up to which the stream was read."""
        return self._base + len(self._window)

    def keep_from(self, offset: int) -> None:
        """Say where the child at hand begins: what stands before it is not needed any more."""
        self._keep = offset

    def token(self) -> tuple[int, int] | None:
        """Give the next structural character and its offset; strings are passed over. None at the end."""
        while True:
            match = _TOKEN.search(self._window, self._next)
            if match is None:
                self._next = len(self._window)
                if not self._fill():
                    return None
            elif match[1] is None:
                self._next = match.end()
                return self._window[match.start()], self._base + match.start()
            elif match[1] == b'"':
                self._next = match.end()
            else:  # the window ends within a string: look at it again with more of it
                self._next = match.start()
                if not self._fill():
                    return None

    def slice(self, start: int, end: int) -> bytes:
        """Give the bytes between two offsets, as far as the window holds them."""
        return self._window[max(0, start - self._base) : max(0, end - self._base)]

    def child(self, start: int, end: int, key: str | None) -> Child:
        """Make a child of what stands between two offsets."""
        data = self.slice(start, end).strip(_BLANK) if start >= self._base else None
        if data is not None and len(data) > self._limit:
            data = None
        return Child(start=start, end=end, key=key, data=data)

    def refuse_rest(self) -> None:
        """Raise InputError where more than blanks follows the end of the container."""
        rest = self._window[self._next :]
        while rest:
            if rest.strip(_BLANK):
                raise InputError(
                    "goes on after the end of its JSON",
                    where=self._where,
                    hint="For one object a line name the file .jsonl, or say --format jsonl",
                )
            rest = self._stream.read(_WINDOW)

    def _fill(self) -> bool:
        """Read more, and drop what the child at hand does not need, or all of it once it is too long."""
        start = self._base + self._next
        if self.end - start > self._limit:
            raise InputError(f"holds a string of more than {self._limit} bytes (at byte {start})", where=self._where)
        if start - self._keep <= self._limit:
            start = max(self._base, min(start, self._keep))
        held = self._window[start - self._base :]
        # In doubling steps, so that a long record is not copied, nor a long string searched, again and again.
        more = self._stream.read(max(_WINDOW, len(held)))
        if not more:
            return False
        self._window = held + more
        self._next += self._base - start
        self._base = start
        return True


def _depth(data: str) -> int:
    depth = deepest = 0
    for char in _STRING.sub("", data):
        if char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


def _name(data: bytes) -> str:
    try:
        return str(json.loads(data))
    except (ValueError, RecursionError):
        return data.decode("utf-8", "replace").strip()


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number; write null")


def _json_hint(error: json.JSONDecodeError, data: str) -> str:
    if data.lstrip().startswith("<"):
        return "It looks like a web page: name the file .html"
    if error.msg == "Extra data":
        return "For one object a line name the file .jsonl, or say --format jsonl"
    if error.pos >= len(data.rstrip()):
        return "It is cut off"
    if error.msg.startswith("Invalid control character"):
        return "In a string, a line end is written \\n and a tab \\t"
    return ""
