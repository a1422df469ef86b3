"""The canonical form wl-1: its vectors, that it is idempotent, and that its map leads back to the raw text."""

from __future__ import annotations

import json
import tracemalloc
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wortlaut.corpus.canonical import CANONICAL_FORM, Canonical, canonical_text, canonicalize, is_canonical, to_raw

FILE = Path(__file__).parents[2] / "corpus" / "wl-1.json"
DOCUMENT = json.loads(FILE.read_text(encoding="utf-8"))
VECTORS: list[tuple[str, str, str]] = [(each["name"], each["raw"], each["text"]) for each in DOCUMENT["vectors"]]

# What the steps of the form look at, mixed with everything else: letters, marks, jamo, blanks, breaks, emoji.
PIECES = st.sampled_from(
    [
        *("a", "A", "ü", "u", "\u0308", "\u0323", "\u0301", "\u1100", "\u1161", "\u11a8", "\uac00", "\u212b"),
        *("\r", "\n", "\r\n", "\x85", "\u2028", "\u2029", "\t", " ", "\u00a0", "\u2009"),
        *("\u00ad", "\u200b", "\u200d", "\ufeff", "\x00", "\u202e", "\ud800", "\udc00"),
        *("👩", "👧", "♀", "\ufe0f", "🇩", "🇪", "„", "“", "»", "«", "."),
    ]
)
TEXTS = st.one_of(
    st.text(alphabet=st.characters(), max_size=40),
    st.lists(PIECES, max_size=25).map("".join),
)
# One raw character may become another one alone: a break, a space, U+FFFD for a surrogate, and what NFC makes of it.
REPLACED = {"\n": set("\r\x0b\x0c\x85\u2028\u2029"), "\ufffd": {chr(code) for code in range(0xD800, 0xE000)}}


def test_the_vectors_are_of_this_form_and_many() -> None:
    assert DOCUMENT["form"] == CANONICAL_FORM
    assert len({name for name, _, _ in VECTORS}) == len(VECTORS) >= 20


@pytest.mark.parametrize(("raw", "text"), [pytest.param(raw, text, id=name) for name, raw, text in VECTORS])
def test_vector(raw: str, text: str) -> None:
    assert canonical_text(raw) == text
    assert canonical_text(text) == text
    check_map(raw, canonicalize(raw))


@given(TEXTS)
@example("\n")
@example(" \n \r\n")
@example("\u0308a")
@example("a\u00ad\u0308\u200b\u0323")
@example("👩\u200d\u200d👧")
@example("\u2029\u2029\u2029x")
@example("\ufe0f\u200d\ufe0f")
def test_idempotent_composed_and_without_what_the_form_removes(raw: str) -> None:
    text = canonical_text(raw)
    assert canonical_text(text) == text
    assert unicodedata.is_normalized("NFC", text)
    assert not set(text) & set("\r\t\u00a0\u2009\u00ad\u200b\ufeff\x00\x85\u2028\u2029\u202e\u2066")
    assert not any(0xD800 <= ord(char) < 0xE000 for char in text)
    assert "\n\n\n" not in text
    assert " \n" not in text
    assert not text.startswith("\n")
    assert not text.endswith((" ", "\n"))
    text.encode()


@given(TEXTS, st.integers(min_value=0, max_value=10**6))
@example("a\r\nb", 0)
@example("u\u0308\u2029x", 3)
def test_the_map_covers_the_text_and_leads_back(raw: str, base: int) -> None:
    check_map(raw, canonicalize(raw, base=base), base)


@given(TEXTS, st.data())
def test_a_span_maps_to_the_raw_text_that_it_came_from(raw: str, data: st.DataObject) -> None:
    canonical = canonicalize(raw)
    if not canonical.text:
        return
    start = data.draw(st.integers(0, len(canonical.text) - 1))
    end = data.draw(st.integers(start + 1, len(canonical.text)))
    place = to_raw(canonical.runs, start, end)
    assert place is not None
    first, last = place
    assert 0 <= first < last <= len(raw)
    # The raw stretch, brought into the form again, holds the span; what it holds beside it shares its raw
    # characters (a composed letter, a break of two).
    again = canonical_text("x" + raw[first:last] + "x")
    span = canonical.text[start:end]
    if not unicodedata.combining(span[0]) and "\n" not in span:
        assert span in again


def test_a_span_is_not_empty() -> None:
    with pytest.raises(ValueError, match="empty"):
        to_raw(canonicalize("abc").runs, 2, 2)


def test_a_place_that_no_run_holds_has_no_raw_place() -> None:
    assert to_raw((), 0, 1) is None
    assert to_raw(canonicalize("abc").runs, 2, 9) is None


def test_a_long_text_without_anything_to_do_is_one_run() -> None:
    canonical = canonicalize("Der Rat tagt. " * 10_000 + "x", base=7)
    assert len(canonical.runs) == 1
    assert canonical.runs[0].raw_start == 7


@given(TEXTS)
@example("👩\u200d👧\ufe0f\u200d♀")
@example("👩\u200d\u200d👧")
@example("\u200d👧")
@example("👩\u200d👧 \n")
def test_the_form_is_told_without_the_map(raw: str) -> None:
    assert is_canonical(raw) == (canonical_text(raw) == raw)
    assert is_canonical(canonical_text(raw))


def test_telling_the_form_of_a_large_text_takes_no_memory() -> None:
    raw = "a\r\n" * 300_000
    tracemalloc.start()
    try:
        assert not is_canonical(raw)
        assert tracemalloc.get_traced_memory()[1] < 4 * len(raw)
    finally:
        tracemalloc.stop()


def check_map(raw: str, canonical: Canonical, base: int = 0) -> None:
    position, raw_position = 0, base
    for run in canonical.runs:
        assert run.start == position < run.end
        assert raw_position <= run.raw_start < run.raw_end <= base + len(raw)
        # Two runs share a raw stretch where NFC put marks into another order.
        position, raw_position = run.end, run.raw_start
        text, source = canonical.text[run.start : run.end], raw[run.raw_start - base : run.raw_end - base]
        if len(text) == len(source) and len(text) > 1:
            for mine, his in zip(text, source, strict=True):
                assert (
                    mine == unicodedata.normalize("NFC", his) or his in REPLACED.get(mine, set()) or is_space(his, mine)
                )
    assert position == len(canonical.text)


def is_space(raw: str, text: str) -> bool:
    return text == " " and (raw == "\t" or unicodedata.category(raw) == "Zs")
