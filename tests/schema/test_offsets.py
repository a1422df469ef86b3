"""The converter at the border, held against Python's own UTF-16."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wortlaut.schema.offsets import Utf16Offsets

CHARACTERS = st.characters(exclude_categories=["Cs"]) | st.sampled_from("aä😀👨\u200d👩🏽🇩🇪\ufeff\n")
TEXTS = st.text(alphabet=CHARACTERS)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(TEXTS)
def test_every_code_point_goes_there_and_back(text: str) -> None:
    offsets = Utf16Offsets(text)
    for point in range(len(text) + 1):
        unit = offsets.to_utf16(point)
        assert unit == units(text[:point])
        assert offsets.to_code_points(unit) == point


@given(TEXTS)
def test_every_unit_is_a_code_point_or_the_middle_of_a_pair(text: str) -> None:
    offsets = Utf16Offsets(text)
    starts = {units(text[:point]): point for point in range(len(text) + 1)}
    for unit in range(units(text) + 3):
        assert offsets.to_code_points(unit) == starts.get(unit)


@given(TEXTS)
def test_the_units_differ_exactly_where_utf16_is_longer(text: str) -> None:
    assert Utf16Offsets(text).differs == (units(text) != len(text))


@given(TEXTS, st.integers(min_value=-5, max_value=200), st.integers(min_value=0, max_value=50))
def test_a_slice_by_units_is_the_slice_by_code_points(text: str, start: int, length: int) -> None:
    offsets = Utf16Offsets(text)
    encoded = text.encode("utf-16-le")
    first, last = offsets.to_code_points(start), offsets.to_code_points(start + length)
    if first is not None and last is not None:
        assert text[first:last] == encoded[2 * start : 2 * (start + length)].decode("utf-16-le")


@pytest.mark.parametrize(
    ("unit", "point"), [(0, 0), (1, None), (2, 1), (3, 2), (4, None), (5, 3), (6, None), (-1, None)]
)
def test_what_lies_in_a_pair_or_outside_fits_nothing(unit: int, point: int | None) -> None:
    assert Utf16Offsets("😀a🎉").to_code_points(unit) == point


@pytest.mark.parametrize("point", [-1, 4])
def test_a_code_point_outside_the_text_is_refused(point: int) -> None:
    with pytest.raises(ValueError, match=f"offset {point} is outside a text of 3 code points"):
        Utf16Offsets("abc").to_utf16(point)
