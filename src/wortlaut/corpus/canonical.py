r"""The canonical form ``wl-1`` of a text, with a map back to where each character came from.

``wl-1`` is defined by these steps, in this order (test vectors: ``corpus/wl-1.json``):

1. CR LF, CR, VT, FF, U+0085 and U+2028 become ``\n``; U+2029 becomes two of them.
2. Tab and every Unicode space (NBSP, thin, narrow, ideographic ...) become U+0020. Runs of spaces stay.
3. Removed: soft hyphen, zero-width characters, byte order mark, marks of writing direction, all other C0 and
   C1 controls (NUL too). One exception: U+200D between two pictographs stays, for it makes one emoji of them.
4. A lone surrogate, which no UTF-8 file can hold, becomes U+FFFD.
5. Normalization Form C (https://unicode.org/reports/tr15/).
6. No spaces before a ``\n``; more than two ``\n`` become two; none at the start or end, nor spaces at the end.

The steps are idempotent. Letters, quotation marks, dashes and emoji are never changed beyond NFC.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence

import msgspec

from wortlaut.schema.article import OffsetRun

__all__ = ["CANONICAL_FORM", "Canonical", "canonical_text", "canonicalize", "to_raw"]

CANONICAL_FORM = "wl-1"

_BREAKS = "\r\x0b\x0c\x85\u2028\u2029"
_SPACES = "\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_REMOVED = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
)
_SURROGATES = "\ud800-\udfff"
# What a text needs to contain for any of the steps 1 to 4 and 6 to change it.
_TOUCHED = re.compile(f"[{_BREAKS}{_SPACES}{_REMOVED}{_SURROGATES}]| \n|\n\n\n|^\n|\n$|[ \n]$(?![\\s\\S])|\\A\n")
_BREAK = re.compile(f"[{_BREAKS}]")
_SPACE = re.compile(f"[{_SPACES}]")
_REMOVE = re.compile(f"[{_REMOVED}]")
_SURROGATE = re.compile(f"[{_SURROGATES}]")
# Fixed ranges, not a Unicode property: the form must not depend on the version of Python's tables.
_PICTOGRAPH = re.compile("[\u2190-\u2bff\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff]")
_ZWJ = "\u200d"

# One output character and the half-open stretch of the raw text that it came from.
_Cell = tuple[str, int, int]


class Canonical(msgspec.Struct, frozen=True, kw_only=True):
    """A text in ``wl-1`` and the runs that map it to the raw text, offsets in code points on both sides."""

    text: str
    runs: tuple[OffsetRun, ...]


def canonical_text(raw: str) -> str:
    """Give ``raw`` in the form ``wl-1``, without the map."""
    return canonicalize(raw).text


def canonicalize(raw: str, *, base: int = 0) -> Canonical:
    """Bring ``raw`` into the form ``wl-1``.

    ``base`` is added to every raw offset: the place in the whole file where ``raw`` starts.
    """
    if not _TOUCHED.search(raw) and unicodedata.is_normalized("NFC", raw):
        runs = (OffsetRun(0, len(raw), base, base + len(raw)),) if raw else ()
        return Canonical(text=raw, runs=runs)
    cells = list(_blanks(_compose(_replace(raw))))
    return Canonical(text="".join(cell[0] for cell in cells), runs=tuple(_runs(cells, base)))


def to_raw(runs: Sequence[OffsetRun], start: int, end: int) -> tuple[int, int] | None:
    """Map ``text[start:end]`` to the raw text: the smallest stretch that holds what each character came from.

    None where a character of the span came from nowhere in the raw file (an empty line between two parts) at
    one of its edges, or where the map is empty. Raises ValueError for an empty or reversed span.
    """
    if start >= end:
        raise ValueError(f"the span {start}:{end} is empty")
    first, last = _cell(runs, start), _cell(runs, end - 1)
    return None if first is None or last is None else (first[0], last[1])


def _cell(runs: Sequence[OffsetRun], offset: int) -> tuple[int, int] | None:
    number = bisect_right(runs, offset, key=lambda run: run.start) - 1
    if number < 0 or offset >= runs[number].end:
        return None
    run = runs[number]
    if run.end - run.start == run.raw_end - run.raw_start:
        raw = run.raw_start + offset - run.start
        return raw, raw + 1
    return run.raw_start, run.raw_end


def _replace(raw: str) -> list[_Cell]:
    cells: list[_Cell] = []
    size = len(raw)
    position = 0
    while position < size:
        char = raw[position]
        after = position + 1
        if char == "\r" and raw[after : after + 1] == "\n":
            after += 1
            cells.append(("\n", position, after))
        elif _BREAK.match(char):
            cells += [("\n", position, after)] * (2 if char == "\u2029" else 1)
        elif _SPACE.match(char):
            cells.append((" ", position, after))
        elif _SURROGATE.match(char):
            cells.append(("\ufffd", position, after))
        elif not _REMOVE.match(char) or (char == _ZWJ and _joins(cells, raw[after : after + 1])):
            cells.append((char, position, after))
        position = after
    return cells


def _joins(cells: list[_Cell], following: str) -> bool:
    return bool(cells and _PICTOGRAPH.match(cells[-1][0]) and _PICTOGRAPH.match(following))


def _compose(cells: list[_Cell]) -> Iterable[_Cell]:
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


def _blanks(cells: Iterable[_Cell]) -> list[_Cell]:
    kept: list[_Cell] = []
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


def _runs(cells: Sequence[_Cell], base: int) -> Iterable[OffsetRun]:
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
