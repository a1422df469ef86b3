"""JSON values out of a large file: every child, wherever the windows of the reader happen to end."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wortlaut.corpus import json_values
from wortlaut.corpus.json_values import iter_children, parse_object
from wortlaut.corpus.lines import iter_lines
from wortlaut.schema.errors import InputError

_SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
)


@pytest.fixture(params=[1, 2, 7, 1 << 18])
def _window(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_values, "_WINDOW", request.param)


def children(data: bytes, limit: int = 10_000) -> list[tuple[str | None, bytes | None]]:
    found = iter_children(io.BytesIO(data), 0, where="x.json", limit=limit)
    return [(child.key, child.data) for child in found]


@pytest.mark.usefixtures("_window")
class TestWindows:
    @given(values=st.lists(_VALUES, max_size=6), ascii_only=st.booleans(), indent=st.sampled_from([None, 2]))
    def test_children_of_a_list_are_its_elements(self, values: list[object], ascii_only: bool, indent: int) -> None:
        data = json.dumps(values, ensure_ascii=ascii_only, indent=indent).encode()
        found = children(data)
        assert [json.loads(value or b"") for _, value in found] == values

    @given(value=st.dictionaries(st.text(max_size=8), _VALUES, max_size=6), indent=st.sampled_from([None, 1]))
    def test_children_of_an_object_have_their_names(self, value: dict[str, object], indent: int) -> None:
        data = json.dumps(value, indent=indent).encode()
        found = children(data)
        assert {key: json.loads(part or b"") for key, part in found} == value

    @given(value=st.dictionaries(st.text(max_size=8), _VALUES, max_size=6))
    def test_measured_places_hold_the_values(self, value: dict[str, object]) -> None:
        data = json.dumps(value).encode()
        found = iter_children(io.BytesIO(data), 0, where="x", limit=10_000, measure=True)
        assert {child.key: json.loads(data[child.start : child.end]) for child in found} == value

    def test_a_long_child_is_passed_over_and_the_next_is_read(self) -> None:
        data = json.dumps([{"a": 1}, [1] * 500, {"b": 2}]).encode()
        assert children(data, limit=100) == [(None, b'{"a": 1}'), (None, None), (None, b'{"b": 2}')]

    def test_a_string_that_is_too_long_is_told(self) -> None:
        data = b'["' + b"x" * 300_000 + b'", 1]'
        with pytest.raises(InputError, match=r"a string of more than 100 bytes \(at byte 1\)"):
            children(data, limit=100)

    @pytest.mark.parametrize("cut", range(1, 30))
    def test_a_file_that_is_cut_off_is_told(self, cut: int) -> None:
        data = b'[{"a": "x\\"y"}, {"b": [1]}, 2]'
        with pytest.raises(InputError, match="in the middle of its JSON"):
            children(data[:-cut] if cut < len(data) else data[:1])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[1}", "a '}' at byte 2 that closes nothing"),
        (b"[1] [2]", "goes on after the end of its JSON"),
        (b"17", "neither a JSON list nor an object"),
        (b"[" * 200, "nested too deeply"),
    ],
)
def test_what_is_no_container_is_told(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        children(data, limit=100)


def test_a_missing_element_is_a_child_of_its_own() -> None:
    assert children(b"[1,,2]") == [(None, b"1"), (None, b""), (None, b"2")]
    assert children(b"[]") == []
    assert children(b"{ }") == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ('{"a": NaN}', "NaN is no JSON number"),
        ('{"a": -Infinity}', "-Infinity is no JSON number"),
        ('{"a": 1', r"Expecting ',' delimiter \(column 8\). It is cut off"),
        ("[" * 10_000 + "]" * 10_000, "is nested too deeply"),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, "is nested too deeply"),
        ('["a"]', "is a list, not an object"),
        ('"a"', "is a string, not an object"),
        ("<html></html>", "looks like a web page"),
        ('{"a": "b\nc"}', r"a line end is written \\n"),
        ('{"a": ' + "9" * 5000 + "}", "holds a whole number of more than 4,300 digits"),
    ],
    ids=range(10),
)
def test_a_record_that_is_no_json_object_is_told_in_one_line(data: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_object(data, where="x:1")
    assert str(caught.value).startswith("x:1: ")
    assert len(str(caught.value)) < 300


def test_a_name_that_stands_twice_is_told_and_the_last_value_counts() -> None:
    parsed = parse_object('{"a": {"b": 1, "b": 2}, "c": 3, "c": 4}', where="x")
    assert parsed.fields == {"a": {"b": 2}, "c": 4}
    assert parsed.notes == (
        "the name 'b' stands twice in one object; the last value counts",
        "the name 'c' stands twice in one object; the last value counts",
    )


def test_half_a_surrogate_pair_is_told_and_a_whole_one_is_not() -> None:
    assert "half of a surrogate pair" in parse_object('{"a": "\\ud83d!"}', where="x").notes[0]
    assert parse_object('{"a": "\\ud83d\\ude00"}', where="x").notes == ()


@given(st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"").replace(b"\r", b"")), max_size=8))
def test_lines_are_the_lines_of_the_file(lines: list[bytes]) -> None:
    data = b"\n".join(lines)
    found = list(iter_lines(io.BytesIO(data), limit=6))
    expected = data.split(b"\n")[:-1] + ([lines[-1]] if lines and lines[-1] else [])
    assert [line.size for line in found if line.data is not None] == [len(x) for x in expected if len(x) <= 6]
    assert [line.data for line in found] == [x if len(x) <= 6 else None for x in expected]
    for line in found:
        assert line.data is None or data[line.offset : line.offset + len(line.data)] == line.data
