"""Change single values inside JSON text and leave every other character as it stands.

Reading JSON and writing it again would change how numbers and blanks are written, and could not write half of a
surrogate pair at all. Here only the stretches of the changed values are replaced.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import msgspec

__all__ = ["Edit", "Path", "splice"]

Path = tuple[str | int, ...]
"""Where a value stands: the keys and indexes that lead to it."""

_DECODER = json.JSONDecoder()
_BLANKS = " \t\r\n"


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """Give the value at ``path`` the new ``value``, or take it out. A key that is not there is added."""

    path: Path
    value: Any = None
    remove: bool = False


_Tree = dict[str | int, Any]


def splice(raw: bytes, edits: Iterable[Edit]) -> bytes:
    """Apply edits to one JSON value, given as UTF-8.

    Later edits of one path win; indexes are those before any edit. Raises KeyError where a path leads nowhere.

    >>> splice(b'{"a": [1.50, 2, 3], "b":"x"}', [Edit(path=("a", 1), remove=True), Edit(path=("c",), value=True)])
    b'{"a": [1.50, 3], "b":"x", "c":true}'
    """
    tree: _Tree = {}
    for edit in edits:
        node = tree
        for step in edit.path[:-1]:
            node = node.setdefault(step, {})
        node[edit.path[-1]] = edit
    if not tree:
        return raw
    text = raw.decode()
    made, _ = _container(text, _blank(text, 0), tree, ascii_only=raw.isascii())
    return made.encode()


def _container(text: str, at: int, tree: _Tree, *, ascii_only: bool) -> tuple[str, int]:
    """Rewrite the object or array at ``at``; give its new text and where the old one ends."""
    if text[at] not in "[{":
        raise KeyError(next(iter(tree)))
    closing = "]" if text[at] == "[" else "}"
    position = _blank(text, at + 1)
    gaps, items, missing = [text[at + 1 : position]], list[str | None](), dict(tree)
    colon, tail = ":", ""
    while text[position] != closing:
        start, step = position, len(items)
        name: str | int = step
        if closing == "}":
            key, position = _DECODER.raw_decode(text, position)
            value_at = _blank(text, _blank(text, position) + 1)
            colon, position, name = text[position:value_at], value_at, _known_as(key)
        item, end = _item(text, position, missing.pop(name, None), ascii_only=ascii_only)
        items.append(None if item is None else text[start:position] + item)
        position = _blank(text, end)
        if text[position] == ",":
            position = _blank(text, position + 1)
            gaps.append(text[end:position])
        else:
            tail = text[end:position]
    for name, child in missing.items():
        if not isinstance(child, Edit) or child.remove or closing == "]":
            raise KeyError(name)
        gaps.append(gaps[1] if len(gaps) > 1 else "," if items else "")
        items.append(f"{_dump(name, ascii_only)}{colon}{_dump(child.value, ascii_only)}")
    kept = [(gap, item) for gap, item in zip(gaps, items, strict=False) if item is not None]
    inner = "".join((gap if number else gaps[0]) + item for number, (gap, item) in enumerate(kept))
    return f"{text[at]}{inner}{tail if kept else ''}{closing}", position + 1


def _item(text: str, at: int, child: _Tree | Edit | None, *, ascii_only: bool) -> tuple[str | None, int]:
    """Give the new text of the value at ``at`` (None: taken out), and where the old one ends."""
    if isinstance(child, dict):
        return _container(text, at, child, ascii_only=ascii_only)
    _, end = _DECODER.raw_decode(text, at)
    if child is None:
        return text[at:end], end
    return None if child.remove else _dump(child.value, ascii_only), end


def _known_as(key: str) -> str:
    """Give a key as the careful reader gives it, which has no halves of surrogate pairs."""
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in key)


def _blank(text: str, at: int) -> int:
    while text[at] in _BLANKS:
        at += 1
    return at


def _dump(value: Any, ascii_only: bool) -> str:
    return json.dumps(value, ensure_ascii=ascii_only)
