"""The scanner cuts JSON where the standard library does, whatever the window, and says in one error what is wrong."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wortlaut.annotation.reader import scan
from wortlaut.annotation.reader.scan import elements
from wortlaut.schema.errors import InputError

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet=st.characters(), max_size=8)
    | st.sampled_from(['"', "\\", "[", "]}", ",", "\u2028", "😀", "\ud83d", "\ude00", "\\ud83d", "null", "\x7f"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=15,
)
BLANKS = st.text(alphabet=" \t\r\n", max_size=3)
WINDOWS = st.integers(1, 64) | st.just(1 << 16)


@pytest.fixture(params=["as it is worded", "worded otherwise"])
def _wording(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to measure: by the decoder's message, and by the standard library where it says no byte."""
    if request.param == "worded otherwise":
        monkeypatch.setattr(scan, "_SHIFT", None)


def cut(raw: bytes, window: int = 1 << 16) -> list[Any]:
    found = list(elements(io.BytesIO(raw), name="x.json", window=window))
    assert [element.index for element in found] == list(range(len(found)))
    for element in found:
        assert raw[element.start : element.start + len(element.raw)] == element.raw
        assert element.raw.strip() == element.raw
    return [json.loads(element.raw) for element in found]


def code_of(raw: bytes, window: int) -> str:
    """Give the code of the error, "" where there is none; any other exception goes through."""
    try:
        list(elements(io.BytesIO(raw), name="x.json", window=window))
    except InputError as error:
        assert error.where == "x.json"  # noqa: PT017 - any other exception must go through
        return error.code
    return ""


@st.composite
def arrays(draw: st.DrawFn) -> tuple[list[Any], bytes]:
    values = draw(st.lists(VALUES, max_size=5))
    escaped = draw(st.booleans())
    parts = [
        json.dumps(v, ensure_ascii=escaped or _half(v), indent=draw(st.sampled_from([None, 0, 1]))) for v in values
    ]
    spaced = [f"{draw(BLANKS)}{part}{draw(BLANKS)}" for part in parts]
    bom = draw(st.sampled_from(["", "\ufeff"]))
    text = f"{bom}{draw(BLANKS)}[{','.join(spaced) or draw(BLANKS)}]{draw(BLANKS)}"
    return values, text.encode()


def _half(value: Any) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in json.dumps(value, ensure_ascii=False))


@pytest.mark.usefixtures("_wording")
@given(arrays(), WINDOWS)
@example(([1, 12, -0.5], b"[1,12,-0.5]"), 1)
@example((["\\ud83d", "x"], b'["\\\\ud83d","x"]'), 2)
@example(([{"a": "\ud83d"}, {"a": "\ude00"}], b'[{"a":"\\ud83d"},{"a":"\\ude00"}]'), 7)
def test_an_array_is_cut_as_the_standard_library_reads_it(made: tuple[list[Any], bytes], window: int) -> None:
    values, raw = made
    assert cut(raw, window) == values


@pytest.mark.usefixtures("_wording")
@given(st.lists(st.dictionaries(st.text(max_size=4), VALUES, max_size=3), min_size=1, max_size=4), WINDOWS)
def test_json_lines_are_cut_line_by_line(values: list[dict[str, Any]], window: int) -> None:
    raw = "\n".join(json.dumps(value) for value in values).encode()
    assert cut(raw, window) == values
    assert cut(raw + b"\r\n\n", window) == values


@given(arrays(), st.data())
def test_a_truncated_array_is_refused_at_every_byte(made: tuple[list[Any], bytes], data: st.DataObject) -> None:
    raw = made[1].rstrip()
    end = data.draw(st.integers(0, len(raw) - 1))
    window = data.draw(WINDOWS)
    code = code_of(raw[:end], window)
    assert code in {"WL101", "WL102", "WL103"}
    # Only a word or an escape that was cut can look like a mistake in the text rather than like its end.
    assert code != "WL101" or not raw[:end].strip(b" \t\r\n\xef\xbb\xbf")


def test_every_byte_of_an_export_where_it_is_cut_off() -> None:
    raw = json.dumps(
        [{"id": 1, "data": {"text": "Grüße 🎉"}, "annotations": []}, {"id": 2}], ensure_ascii=False
    ).encode()
    for end in range(1, len(raw)):
        for window in (1, 5, 1 << 16):
            assert code_of(raw[:end], window) == "WL103", raw[:end]


@pytest.mark.usefixtures("_wording")
@given(arrays(), st.data())
def test_malformed_bytes_give_an_input_error_or_nothing(made: tuple[list[Any], bytes], data: st.DataObject) -> None:
    raw = bytearray(made[1])
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    codes = {code_of(bytes(raw), window) for window in (3, 1 << 16)}
    assert codes <= {"", "WL101", "WL102", "WL103", "WL112", "WL119"}


@given(st.binary(max_size=60), WINDOWS)
def test_any_bytes_give_an_input_error_or_nothing(raw: bytes, window: int) -> None:
    assert code_of(raw, window) in {"", "WL101", "WL102", "WL103", "WL112", "WL119"}


@pytest.mark.usefixtures("_wording")
@pytest.mark.parametrize("window", [1, 3, 7, 1 << 16])
@pytest.mark.parametrize(
    ("raw", "code", "said"),
    [
        (b"", "WL101", "is empty (byte 0, line 1)"),
        (b"\xef\xbb\xbf \n", "WL101", "is empty (byte 5, line 2)"),
        (b'[{"a": 1},\n{"b": NaN}]', "WL119", "NaN is no JSON number, in element 1 (byte 17, line 2)"),
        (b'[{"a": -Infinity}]', "WL119", "Infinity is no JSON number"),
        (b'[{"a": tru}]', "WL102", "in element 0"),
        (b'[{"a": 01}]', "WL102", "in element 0"),
        (b'[{"a": 1}\n{"b": 1}]', "WL102", "expected a comma or ] and found '{' (byte 10, line 2)"),
        (b"[1, 2] 3", "WL102", "something follows the end of the array"),
        (b"[1,]", "WL102", "in element 1"),
        (b'[{"a": 1}, {"b"', "WL103", "element 1 is cut off"),
        (b'[{"a": 1}', "WL103", "element 1 is cut off or the array is not closed"),
        (b"[" * 10_000 + b"]" * 10_000, "WL112", "element 0 is nested too deeply"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "WL112", "element 0 is nested too deeply"),
    ],
)
def test_what_is_wrong_is_named_with_its_byte_and_line(raw: bytes, code: str, said: str, window: int) -> None:
    with pytest.raises(InputError) as caught:
        list(elements(io.BytesIO(raw), name="x.json", window=window))
    assert caught.value.code == code
    assert said in str(caught.value)


def test_what_stands_before_a_mistake_is_given_first() -> None:
    found = elements(io.BytesIO(b'[{"a": 1}, {"b": 2}, {"c": }]'), name="x.json", window=4)
    assert [next(found).raw, next(found).raw] == [b'{"a": 1}', b'{"b": 2}']
    with pytest.raises(InputError, match="in element 2"):
        next(found)


class _Endless(io.RawIOBase):
    """A file with one element of a gigabyte, without the gigabyte; it counts what is read."""

    def __init__(self) -> None:
        self.given = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        assert size > 0
        chunk = b'[{"a": "' if not self.given else b"x" * size
        self.given += len(chunk)
        return chunk


def test_an_endless_element_is_given_up_soon_after_the_limit() -> None:
    stream = _Endless()
    with pytest.raises(InputError, match="WL113"):
        list(elements(stream, name="x.json", window=1 << 10, limit=1 << 20))  # type: ignore[arg-type]  # reads bytes
    # As much as shows that it is too large, and the window before it.
    assert stream.given <= (1 << 20) + (1 << 10)


def test_memory_does_not_grow_with_the_file() -> None:
    one = b'{"id": 1, "data": {"text": "' + b"x" * 1000 + b'"}},'

    class Long(io.RawIOBase):
        left = 20_000
        opened = False

        def read(self, size: int = -1) -> bytes:  # noqa: ARG002 - gives a block, whatever was asked for
            if not self.opened:
                self.opened = True
                return b"["
            self.left -= 1
            return one if self.left > 0 else b"{}]" if self.left == 0 else b""

    import tracemalloc

    tracemalloc.start()
    number = len([0 for _ in elements(Long(), name="x.json", window=1 << 10)])  # type: ignore[arg-type]  # reads bytes
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert number == 20_000
    assert peak < 1 << 20, f"{peak} bytes for a file of {20_000 * len(one)}; Python {sys.version_info[:2]}"
