"""Changing values inside JSON text: what is asked for, and not a character more."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wortlaut.annotation.check.splice import Edit, Path, splice

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text())
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4)
)


def places(value: Any, path: Path = ()) -> list[Path]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found: list[Path] = []
    for step, inner in steps:
        found += [(*path, step), *places(inner, (*path, step))]
    return found


@given(value=VALUES, new=VALUES, data=st.data(), indent=st.sampled_from([None, 0, 3]), ascii_only=st.booleans())
def test_one_value_changes(*, value: Any, new: Any, data: st.DataObject, indent: int | None, ascii_only: bool) -> None:
    raw = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()
    found = places(value)
    assert splice(raw, []) == raw
    if not found:
        return
    path = data.draw(st.sampled_from(found))
    remove = data.draw(st.booleans())
    holder = value
    for step in path[:-1]:
        holder = holder[step]
    if remove:
        del holder[path[-1]]
    else:
        holder[path[-1]] = new
    assert json.loads(splice(raw, [Edit(path=path, value=new, remove=remove)])) == value


@pytest.mark.parametrize(
    ("raw", "edits", "wanted"),
    [
        ('{"a": 1.50, "b":\n[1e3 , 2]}', [Edit(path=("a",), value=2)], '{"a": 2, "b":\n[1e3 , 2]}'),
        ("[1, 2,  3 ]", [Edit(path=(2,), remove=True)], "[1, 2 ]"),
        ("[1, 2,  3 ]", [Edit(path=(0,), remove=True)], "[2,  3 ]"),
        ("[1,2,3]", [Edit(path=(0,), remove=True), Edit(path=(2,), remove=True)], "[2]"),
        ("[ 1, 2 ]", [Edit(path=(0,), remove=True), Edit(path=(1,), remove=True)], "[]"),
        ("{}", [Edit(path=("ü",), value="ß")], '{"\\u00fc":"\\u00df"}'),
        ('{ "ä" : 1 }', [Edit(path=("ü",), value="ß")], '{ "ä" : 1,"ü" : "ß" }'),
        ('{"a": 1, "b": 2}', [Edit(path=("c",), value=[])], '{"a": 1, "b": 2, "c": []}'),
        ('{"a":{"\\ud83d":"\\udc4d"}}', [Edit(path=("a", "\ufffd"), value=1)], '{"a":{"\\ud83d":1}}'),
        ('{"a":"\\ud83d","b":0}', [Edit(path=("b",), value=1)], '{"a":"\\ud83d","b":1}'),
    ],
)
def test_what_stands_around_it_stays(raw: str, edits: list[Edit], wanted: str) -> None:
    assert splice(raw.encode(), edits).decode() == wanted


@pytest.mark.parametrize("path", [("gone", "b"), ("a", 0), ("l", 7), ("l", "x")])
def test_a_path_that_leads_nowhere_is_an_error(path: Path) -> None:
    with pytest.raises(KeyError):
        splice(b'{"a": 1, "l": [1]}', [Edit(path=path, value=1)])
