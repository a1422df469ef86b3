"""Pairs quotation marks, paragraph by paragraph, in every style that German texts use.

„…“ „…” „…" “…” "…" »…« «…» ‚…‘ ‘…’ ›…‹ ‹…›, nested and mixed. Three marks mean different things in different
texts: ``“`` closes in German and opens in English, ``»`` opens in Germany and Austria and closes in France and
Switzerland, ``›`` likewise. Where the mark's neighbours do not tell, the first mark of the text decides. A mark
that is never closed reaches to the end of its paragraph at most. Offsets are code points, half open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

__all__ = ["MarkPair", "pair_marks"]

# Which marks may close what an opener opened.
_CLOSERS = {
    "„": '“”"‟',
    "“": '”"“',
    "”": '”“"',
    '"': '"“”',
    "»": "«",
    "«": "»",
    "‚": "‘’'",
    "‘": "’'",
    "›": "‹",
    "‹": "›",
    "'": "'",
}
_SINGLE = "‚‘›‹'"
# No text nests marks deeper, and no words between single marks are longer: bounds for texts that are not German news.
_MAX_DEPTH = 8
_MAX_SINGLE = 1000
_MARK = re.compile("[„“”‟\"»«‚‘’›‹']")
# What may stand right before an opening mark beside a space, and right after a closing one.
_BEFORE = "([{–—-/„“”\"»«‚‘›‹'"
_AFTER = ")]}–—-/.,;:!?…„“”\"»«‘’›‹'"
# Clipped words: the apostrophe stands for letters (’s war, ’ne Frage, die ’90er).
_CLIPPED = re.compile(r"(?:s|n|ne|nen|nem|ner|nes|mal|rein|raus|runter|rauf|ran|rum)(?!\w)|\d\d", re.IGNORECASE)


class MarkPair(msgspec.Struct, frozen=True, kw_only=True):
    """One pair of marks: ``text[start:end]`` holds the marks, ``text[inner_start:inner_end]`` what they enclose.

    ``level`` is 0 for an outermost pair. ``continues`` is the index of the pair, in the list that holds this
    one, which this one carries on over a paragraph break. A pair without a closing mark (``closed`` false)
    ends with its paragraph and stands only in such a chain.
    """

    start: int
    end: int
    inner_start: int
    inner_end: int
    level: int = 0
    closed: bool = True
    continues: int | None = None


def pair_marks(text: str, paragraphs: Iterable[tuple[int, int]]) -> tuple[MarkPair, ...]:
    """Pair the quotation marks of each paragraph, given as ``(start, end)`` in the order of the text.

    The pairs come in the order (start, -end). An opener that its paragraph never closes counts only where the
    next paragraph starts with the same opener, which carries the quote on; else it is no quote.
    """
    opens = _Openers(text)
    found: list[MarkPair] = []
    pending: _Part | None = None
    for start, end in paragraphs:
        pairs, unclosed = _paragraph(text, start, end, opens)
        outer = next((item for item in unclosed if item.mark not in _SINGLE), None)
        before: int | None = None
        if pending is not None and text[start : start + 1] == text[pending.at]:
            found.append(pending.pair())
            before = len(found) - 1
        elif pending is not None and pending.continues is not None:
            found.append(pending.pair())
        carries = outer is not None and outer.at == start
        found += [msgspec.structs.replace(p, continues=before if p.start == start else None) for p in pairs]
        pending = None if outer is None else _Part(at=outer.at, end=end, continues=before if carries else None)
    if pending is not None and pending.continues is not None:
        found.append(pending.pair())
    return _in_order(found)


class _Open(msgspec.Struct, frozen=True):
    mark: str
    at: int


class _Part(msgspec.Struct, frozen=True):
    """A quote that its paragraph does not close: from its opener to the end of the paragraph."""

    at: int
    end: int
    continues: int | None

    def pair(self) -> MarkPair:
        return MarkPair(
            start=self.at,
            end=self.end,
            inner_start=self.at + 1,
            inner_end=self.end,
            closed=False,
            continues=self.continues,
        )


class _Openers:
    """Decides what an ambiguous mark does in one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        first = re.search("[„“]", text)
        self._curly_opens = first is not None and first[0] == "“"
        self._guillemet = _first(text, "»«")
        self._single_guillemet = _first(text, "›‹")

    def opens(self, at: int, end: int, stack: Sequence[_Open]) -> bool | None:
        """Say whether the mark at ``at`` opens (True), closes (False) or is an apostrophe (None)."""
        mark = self._text[at]
        if mark in "„‚":
            return True
        if mark in "»«":
            return mark == self._guillemet
        if mark in "›‹":
            return mark == self._single_guillemet
        before, after = self._text[at - 1 : at], self._text[at + 1 : at + 2]
        if mark in "'’‘":
            return self._single(mark, at, end, stack)
        can_open = not before or before.isspace() or before in _BEFORE
        can_close = not after or after.isspace() or after in _AFTER
        if can_open != can_close:
            return can_open
        if mark == "“":
            return self._curly_opens and not (stack and stack[-1].mark == "“")
        return mark == '"' and not any('"' in _CLOSERS[item.mark] for item in stack)

    def _single(self, mark: str, at: int, end: int, stack: Sequence[_Open]) -> bool | None:
        text = self._text
        end = min(end, at + _MAX_SINGLE)
        before, after = text[at - 1 : at], text[at + 1 : at + 2]
        if after.isalnum():
            if before.isalnum() or _CLIPPED.match(text, at + 1) or mark == "’":
                return None
            # Worth opening only if something closes it before the paragraph ends.
            return True if re.search(f"[{_CLOSERS[mark]}](?!\\w)", text[at + 1 : end]) else None
        if not any(mark in _CLOSERS[item.mark] for item in stack):
            return None
        opener = next(item.mark for item in reversed(stack) if mark in _CLOSERS[item.mark])
        # Jonas’ inside ‚…‘: the true closer is still to come.
        better = opener == "‚" and mark != "‘" and "‘" in text[at + 1 : end]
        return None if better else False


def _first(text: str, marks: str) -> str | None:
    found = re.search(f"[{marks}]", text)
    return found[0] if found else None


def _paragraph(text: str, start: int, end: int, opens: _Openers) -> tuple[list[MarkPair], list[_Open]]:
    stack: list[_Open] = []
    pairs: list[MarkPair] = []
    for match in _MARK.finditer(text, start, end):
        at, mark = match.start(), match[0]
        opening = opens.opens(at, end, stack)
        if opening is None:
            continue
        if opening:
            if mark == '"' and stack and stack[-1].mark == '"':
                # A straight mark is not nested in itself: the one before was never closed.
                stack.pop()
            stack.append(_Open(mark, at))
            del stack[:-_MAX_DEPTH]
            continue
        depth = next((d for d in reversed(range(len(stack))) if mark in _CLOSERS[stack[d].mark]), None)
        if depth is None:
            continue
        opener = stack[depth]
        del stack[depth:]
        if text[opener.at + 1 : at].strip():
            pairs.append(MarkPair(start=opener.at, end=at + 1, inner_start=opener.at + 1, inner_end=at))
    return sorted(pairs, key=lambda pair: (pair.start, -pair.end)), stack


def _in_order(found: list[MarkPair]) -> tuple[MarkPair, ...]:
    """Sort the pairs by (start, -end), with their levels, and let the chains point to the new places."""
    order = sorted(range(len(found)), key=lambda number: (found[number].start, -found[number].end))
    place = {old: new for new, old in enumerate(order)}
    ends: list[int] = []
    result = []
    for old in order:
        pair = found[old]
        while ends and ends[-1] <= pair.start:
            ends.pop()
        continues = None if pair.continues is None else place[pair.continues]
        result.append(msgspec.structs.replace(pair, level=len(ends), continues=continues))
        ends.append(pair.end)
    return tuple(result)
