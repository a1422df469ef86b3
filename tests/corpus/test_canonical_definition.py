"""wl-1 as its definition reads, one character at a time; the quick way must give the same text and the same map."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wortlaut.corpus.canonical import Canonical, canonicalize
from wortlaut.schema.article import OffsetRun

VECTORS = json.loads((Path(__file__).parents[2] / "corpus" / "wl-1.json").read_text(encoding="utf-8"))["vectors"]
BREAKS = "\r\x0b\x0c\x85\u2028\u2029"
SPACES = "\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
REMOVED = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
)
SURROGATES = "\ud800-\udfff"
BREAK = re.compile(f"[{BREAKS}]")
SPACE = re.compile(f"[{SPACES}]")
REMOVE = re.compile(f"[{REMOVED}]")
SURROGATE = re.compile(f"[{SURROGATES}]")
# Fixed ranges, not a Unicode property: the form must not depend on the version of Python's tables.
PICTOGRAPH = re.compile("[\u2190-\u2bff\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff]")
ZWJ = "\u200d"

# One output character and the half-open stretch of the raw text that it came from.
Cell = tuple[str, int, int]

PIECES = [
    *("a", "ü", "u", "Die Stadt", "\u0308", "\u0323", "\u0301", "\u1100", "\u1161", "\u11a8", "\uac00", "\u212b"),
    *("\r", "\n", "\r\n", "\x85", "\u2028", "\u2029", "\t", " ", "\u00a0", "\u2009"),
    *("\u00ad", "\u200b", "\u200d", "\ufeff", "\x00", "\u202e", "\ud800", "\udc00"),
    *("👩", "👧", "\ufe0f", "„", "…", "漢", "\u09c7", "\u09be", "\u0958", "\u0344", "\U0001d15e"),
]
# Few different pieces in one text, so that what works on neighbours meets its neighbours.
TEXTS = st.one_of(
    st.sets(st.sampled_from(PIECES), min_size=1, max_size=6).flatmap(
        lambda some: st.lists(st.sampled_from(sorted(some)), max_size=20).map("".join)
    ),
    st.text(alphabet=st.characters(), max_size=30),
)


@settings(max_examples=1000)
@given(TEXTS)
@example("a\u2028\r\u2028b")
@example("\n\u0308\u0323")
@example("u\u00ad\u0308 \n \n \u0323")
@example("\u2029\u2029x\u2029")
@example("👩\u200b\u200d👧")
def test_the_quick_way_gives_what_the_definition_gives(raw: str) -> None:
    assert canonicalize(raw, base=3) == by_definition(raw, base=3)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vectors(vector: dict[str, str]) -> None:
    assert canonicalize(vector["raw"]) == by_definition(vector["raw"], base=0)


def test_no_character_that_the_form_changes_or_removes_is_printable() -> None:
    """What lets most texts pass by without a look at each character."""
    touched = re.compile(f"[{BREAKS}{SPACES}{REMOVED}{SURROGATES}]")
    assert not [code for code in range(sys.maxunicode + 1) if touched.match(chr(code)) and chr(code).isprintable()]


def by_definition(raw: str, *, base: int) -> Canonical:
    cells = list(blanks(compose(replace(raw))))
    return Canonical(text="".join(cell[0] for cell in cells), runs=tuple(runs(cells, base)))


def replace(raw: str) -> list[Cell]:
    cells: list[Cell] = []
    size = len(raw)
    position = 0
    while position < size:
        char = raw[position]
        after = position + 1
        if char == "\r" and raw[after : after + 1] == "\n":
            after += 1
            cells.append(("\n", position, after))
        elif BREAK.match(char):
            cells += [("\n", position, after)] * (2 if char == "\u2029" else 1)
        elif SPACE.match(char):
            cells.append((" ", position, after))
        elif SURROGATE.match(char):
            cells.append(("\ufffd", position, after))
        elif not REMOVE.match(char) or (char == ZWJ and joins(cells, raw[after : after + 1])):
            cells.append((char, position, after))
        position = after
    return cells


def joins(cells: list[Cell], following: str) -> bool:
    return bool(cells and PICTOGRAPH.match(cells[-1][0]) and PICTOGRAPH.match(following))


def compose(cells: list[Cell]) -> Iterable[Cell]:
    text = "".join(cell[0] for cell in cells)
    if unicodedata.is_normalized("NFC", text):
        yield from cells
        return
    position = 0
    while position < len(cells):
        # A cluster ends where the next character neither combines with it nor would be moved into it.
        end, cluster = position + 1, unicodedata.normalize("NFC", text[position])
        while end < len(cells):
            longer = unicodedata.normalize("NFC", text[position : end + 1])
            if longer == cluster + text[end] and not unicodedata.combining(text[end]):
                break
            end, cluster = end + 1, longer
        if cluster == text[position:end]:
            yield from cells[position:end]
        else:
            start, stop = cells[position][1], cells[end - 1][2]
            yield from ((char, start, stop) for char in cluster)
        position = end


def blanks(cells: Iterable[Cell]) -> list[Cell]:
    kept: list[Cell] = []
    for cell in cells:
        if cell[0] == "\n":
            while kept and kept[-1][0] == " ":
                kept.pop()
            if not kept or (len(kept) > 1 and kept[-1][0] == kept[-2][0] == "\n"):
                continue
        kept.append(cell)
    while kept and kept[-1][0] in " \n":
        kept.pop()
    return kept


def runs(cells: Sequence[Cell], base: int) -> Iterable[OffsetRun]:
    """Join neighbouring cells: one-to-one cells into long runs, cells of one raw stretch into one run.

    Marks that NFC put into another order are as many as before and yet not one to one: such a stretch is given as
    two runs, neither as long as its raw side.
    """
    start = 0
    while start < len(cells):
        _, raw_start, raw_end = cells[start]
        end = start + 1
        if raw_end - raw_start == 1 and not (end < len(cells) and cells[end][1] == raw_start):
            while end < len(cells) and cells[end][1] == raw_end and cells[end][2] == raw_end + 1:
                if end + 1 < len(cells) and cells[end + 1][1] == cells[end][1]:
                    break
                raw_end += 1
                end += 1
        else:
            while end < len(cells) and cells[end][1] == raw_start:
                end += 1
            if end - start == raw_end - raw_start:
                yield OffsetRun(start, start + 1, base + raw_start, base + raw_end)
                start += 1
        yield OffsetRun(start, end, base + raw_start, base + raw_end)
        start = end
