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
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from wortlaut.schema.article import OffsetRun

__all__ = ["CANONICAL_FORM", "Canonical", "canonical_text", "canonicalize", "is_canonical", "to_raw"]

CANONICAL_FORM = "wl-1"

_BREAKS = "\r\x0b\x0c\x85\u2028\u2029"
_SPACES = "\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_REMOVED = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
)
_SURROGATES = "\ud800-\udfff"
_TOUCHED = re.compile(f"[{_BREAKS}{_SPACES}{_REMOVED}{_SURROGATES}]")
_TO_SPACE = ("\t", "\u00a0", "\u1680", *map(chr, range(0x2000, 0x200B)), "\u202f", "\u205f", "\u3000")
_TO_BREAK = ("\x0b", "\x0c", "\x85", "\u2028")
_LONE_RETURN = re.compile("\r(?!\n)")
_SURROGATE = re.compile(f"[{_SURROGATES}]")
_OTHER_LENGTH = re.compile(f"\r\n|[\u2029{_REMOVED}]")
# Fixed ranges, not a Unicode property: the form must not depend on the version of Python's tables.
_PICTOGRAPH = re.compile("[\u2190-\u2bff\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff]")
_ZWJ = "\u200d"
_JOINED = re.compile(f"(?<={_PICTOGRAPH.pattern}){_ZWJ}(?={_PICTOGRAPH.pattern})")
# Where NFC may change something: not between two characters below U+0300 or of general punctuation, which neither
# change nor join what stands before them.
_MAY_COMPOSE = re.compile("[\x00-\u02ff\u2010-\u2027]?[^\x00-\u02ff\u2010-\u2027]+")
_LINE_ENDS = re.compile(r"\n(?:[ \n]*\n)?")

# A stretch of output and the half-open stretch of the raw text that it came from. One of several characters maps
# character by character; a single character may come from a longer stretch, and share its stretch with others.
_Cell = tuple[str, int, int]


class Canonical(msgspec.Struct, frozen=True, kw_only=True):
    """A text in ``wl-1`` and the runs that map it to the raw text, offsets in code points on both sides."""

    text: str
    runs: tuple[OffsetRun, ...]


def canonical_text(raw: str) -> str:
    """Give ``raw`` in the form ``wl-1``, without the map."""
    return canonicalize(raw).text


def is_canonical(text: str) -> bool:
    """Say whether a text is in the form ``wl-1``: the same as comparing it with its ``canonical_text``.

    Linear in time and with no memory beside the text, which the map of a large text that is not would need.
    """
    # All that is found to be odd changes, but for the one character that may stay.
    return _is_canonical(text) or (_ZWJ in text and _is_canonical(_JOINED.sub("", text)))


def canonicalize(raw: str, *, base: int = 0) -> Canonical:
    """Bring ``raw`` into the form ``wl-1``.

    ``base`` is added to every raw offset: the place in the whole file where ``raw`` starts.
    """
    if _is_canonical(raw):
        runs = (OffsetRun(0, len(raw), base, base + len(raw)),) if raw else ()
        return Canonical(text=raw, runs=runs)
    cells = _blanks(_compose(_replace(raw)))
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


def _is_canonical(raw: str) -> bool:
    return (
        not (" \n" in raw or "\n\n\n" in raw or raw.startswith("\n") or raw.endswith(("\n", " ")))
        # Fast, and more than enough: what is printable is in none of the classes.
        and (raw.replace("\n", "").isprintable() or not _TOUCHED.search(raw))
        and unicodedata.is_normalized("NFC", raw)
    )


def _replace(raw: str) -> list[_Cell]:
    """Do the steps 1 to 4: first what leaves every offset as it is, then the rest."""
    # Lone CRs before the others: CR and what becomes \n only now are no CR LF.
    text = _LONE_RETURN.sub("\n", raw) if "\r" in raw else raw
    for line_end in _TO_BREAK:
        text = text.replace(line_end, "\n")
    for blank in _TO_SPACE:
        text = text.replace(blank, " ")
    if not text.replace("\n", "").replace("\r", "").isprintable():
        text = _SURROGATE.sub("\ufffd", text)
    elif "\r" not in text:
        return [(text, 0, len(text))]
    cells: list[_Cell] = []
    position = 0
    for match in _OTHER_LENGTH.finditer(text):
        start, end = match.span()
        if start > position:
            cells.append((text[position:start], position, start))
        position = end
        if match[0] == "\r\n":
            cells.append(("\n", start, end))
        elif match[0] == "\u2029":
            cells += [("\n", start, end)] * 2
        elif match[0] == _ZWJ and _joins(cells, text[end : end + 1]):
            cells.append((_ZWJ, start, end))
    if position < len(text):
        cells.append((text[position:], position, len(text)))
    return cells


def _joins(cells: list[_Cell], following: str) -> bool:
    return bool(cells and _PICTOGRAPH.match(cells[-1][0][-1]) and _PICTOGRAPH.match(following))


def _compose(cells: list[_Cell]) -> list[_Cell]:
    """Do step 5, where it can change anything."""
    text = "".join(cell[0] for cell in cells)
    if unicodedata.is_normalized("NFC", text):
        return cells
    cut = _Cutter(cells)
    composed: list[_Cell] = []
    position = 0
    for match in _MAY_COMPOSE.finditer(text):
        if not unicodedata.is_normalized("NFC", match[0]):
            composed += cut.cells(position, match.start())
            composed += _composed(match[0], list(cut.characters(*match.span())))
            position = match.end()
    composed += cut.cells(position, len(text))
    return composed


def _composed(text: str, cells: list[_Cell]) -> Iterable[_Cell]:
    """Compose a stretch; ``cells[n]`` is its character ``n``."""
    position = 0
    while position < len(text):
        # A cluster ends where the next character neither combines with it nor would be moved into it.
        end = position + 1
        while end < len(text):
            if not unicodedata.combining(text[end]):
                cluster = unicodedata.normalize("NFC", text[position:end])
                if unicodedata.normalize("NFC", text[position : end + 1]) == cluster + text[end]:
                    break
            end += 1
        cluster = unicodedata.normalize("NFC", text[position:end])
        if cluster == text[position:end]:
            yield from cells[position:end]
        else:
            start, stop = cells[position][1], cells[end - 1][2]
            yield from ((char, start, stop) for char in cluster)
        position = end


def _blanks(cells: list[_Cell]) -> list[_Cell]:
    """Do step 6: of each block of line ends and the spaces before and between them at most two line ends stay."""
    text = "".join(cell[0] for cell in cells)
    last = len(text.rstrip(" \n"))
    cut = _Cutter(cells)
    kept: list[_Cell] = []
    position = 0
    for match in _LINE_ENDS.finditer(text, 0, last):
        start, end = match.span()
        first = start
        while first > position and text[first - 1] == " ":
            first -= 1
        if first == start and end - start <= 2 and start and " " not in match[0]:
            continue
        kept += cut.cells(position, first)
        position = end
        if first:
            kept += cut.cells(start, start + 1)
            if end - start > 1:
                second = text.index("\n", start + 1)
                kept += cut.cells(second, second + 1)
    kept += cut.cells(position, last)
    return kept


class _Cutter:
    """Gives the cells of stretches of their text; the stretches asked for must go forward."""

    def __init__(self, cells: list[_Cell]) -> None:
        self._cells = cells
        self._number = 0
        self._offset = 0  # of the cell at hand in the text

    def cells(self, start: int, end: int) -> Iterator[_Cell]:
        """Give the cells of ``text[start:end]``, the first and last cut to fit."""
        while start < end:
            text, raw_start, raw_end = self._cells[self._number]
            after = self._offset + len(text)
            if after <= start:
                self._offset = after
                self._number += 1
                continue
            stop = min(end, after)
            if stop - start == len(text):
                yield text, raw_start, raw_end
            else:
                first = raw_start + start - self._offset
                yield text[start - self._offset : stop - self._offset], first, first + stop - start
            start = stop

    def characters(self, start: int, end: int) -> Iterator[_Cell]:
        """Give a cell for each character of ``text[start:end]``."""
        for text, raw_start, raw_end in self.cells(start, end):
            if len(text) == 1:
                yield text, raw_start, raw_end
            else:
                yield from ((char, raw_start + place, raw_start + place + 1) for place, char in enumerate(text))


def _runs(cells: Sequence[_Cell], base: int) -> Iterable[OffsetRun]:
    """Join neighbouring cells: one-to-one cells into long runs, cells of one raw stretch into one run.

    Marks that NFC put into another order are as many as before and yet not one to one: such a stretch is given as
    two runs, neither as long as its raw side.
    """
    number = position = 0
    while number < len(cells):
        text, raw_start, raw_end = cells[number]
        end, after = number + 1, position + len(text)
        if _is_plain(cells, number):
            while end < len(cells) and cells[end][1] == raw_end and _is_plain(cells, end):
                raw_end, after = cells[end][2], after + len(cells[end][0])
                end += 1
        else:
            while end < len(cells) and cells[end][1] == raw_start:
                end, after = end + 1, after + 1
            if after - position == raw_end - raw_start:
                yield OffsetRun(position, position + 1, base + raw_start, base + raw_end)
                position += 1
        yield OffsetRun(position, after, base + raw_start, base + raw_end)
        number, position = end, after


def _is_plain(cells: Sequence[_Cell], number: int) -> bool:
    """Say whether a cell maps character by character, and shares its raw stretch with no other."""
    text, raw_start, raw_end = cells[number]
    shared = number + 1 < len(cells) and cells[number + 1][1] == raw_start
    return len(text) == raw_end - raw_start and not shared
