"""The tokens of spaCy's German tokenizer for a batch of texts, as numpy columns, several times faster.

spaCy's tokenizer works in two steps (``spacy/tokenizer.pyx``): it splits a text at white space and cuts each chunk
on its own; then a matcher merges special cases (emoticons, ``z.B.``) over the tokens of the whole text. The first
step depends on the chunk alone, so each chunk is cut once, by spaCy itself, and remembered. The second can see
beyond a chunk only where exactly one blank stands between two chunks and the tokens on both sides of it are
neighbours in a special case: a text in which that may be is given to spaCy whole.

White-space tokens are left out. Offsets are code points.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain, combinations, pairwise
from typing import Any, cast

import msgspec
import numpy as np

from wortlaut.export.columns import Array, Ints, Mask, counts_of, offsets_of, strings_at

__all__ = ["GermanTokenizer", "Tokens"]

_SEPARATOR = "\n\n"
_MAX_CACHED_CHUNKS = 200_000
_MAX_CACHED_LENGTH = 8_000_000
# Most chunks are a word with what punctuation stands before and after it. The word has no affix and no infix; spaCy's
# rules cut quotation marks, a comma and a colon off everything, a full stop off a small letter. Special cases are
# asked for first.
_WORD = re.compile("(„?)([A-Za-zÄÖÜäöüß]*[a-zäöüß])([.,:]?)(“?)|([A-Za-zÄÖÜäöüß]+)").fullmatch
_ASCII_SPACES = bytes(code for code in range(0x80) if chr(code).isspace())
_SPACES = np.array([code for code in range(0x3001) if chr(code).isspace()], dtype=np.int64)


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """The tokens of a batch of texts, in order.

    ``counts`` is the number of tokens of each text; ``start`` and ``end`` are offsets into it. ``text`` holds the
    tokens themselves. ``paragraph`` is the number of the paragraph, counted over the batch, in which each token
    stands: paragraphs are separated by at least one empty line. ``base`` is where each text begins in the texts
    joined to one, ``joined_start`` and ``joined_end`` are offsets into that, so that they grow over the batch.
    """

    counts: Ints
    start: Ints
    end: Ints
    paragraph: Ints
    base: Ints
    joined_start: Ints
    joined_end: Ints
    text: Array


class _Numbers(dict[str, int]):
    """The number of each chunk, given when it is met first; ``new`` are those met since it was emptied."""

    def __init__(self) -> None:
        super().__init__()
        self.new: list[str] = []

    def __missing__(self, chunk: str) -> int:
        self[chunk] = number = len(self)
        self.new.append(chunk)
        return number


class GermanTokenizer:
    """spaCy's German tokenizer with a bounded memory of the chunks it has cut."""

    def __init__(self) -> None:
        import spacy
        from spacy.tokenizer import Tokenizer

        self._language = spacy.blank("de")
        self._spacy = cast("Any", self._language.tokenizer)
        plain = Tokenizer(
            self._spacy.vocab,
            prefix_search=self._spacy.prefix_search,
            suffix_search=self._spacy.suffix_search,
            infix_finditer=self._spacy.infix_finditer,
            token_match=self._spacy.token_match,
            url_match=self._spacy.url_match,
        )
        self._rules = frozenset(self._spacy.rules)
        cut = {rule: [token.text for token in plain(rule)] for rule in sorted(self._rules) if not rule.isspace()}
        self._neighbours = frozenset(pair for tokens in cut.values() for pair in pairwise(tokens))
        self._left = frozenset(left for left, _ in self._neighbours)
        self._right = frozenset(right for _, right in self._neighbours)
        # Special cases whose own first or last token a longer special case could take from them.
        self._at_end = {rule: tokens[-1] for rule, tokens in cut.items() if tokens[-1] in self._left}
        self._at_start = {rule: tokens[0] for rule, tokens in cut.items() if tokens[0] in self._right}
        # By their last and first two characters: few of the hundreds need be tried on a chunk.
        self._end_rules = _grouped({rule: rule[-2:] for rule in self._at_end})
        self._start_rules = _grouped({rule: rule[:2] for rule in self._at_start})
        self._forget()

    def __call__(self, texts: Sequence[str]) -> Tokens:
        """Tokenize a batch of texts."""
        joined = _SEPARATOR.join(texts)
        codes = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)
        chunks = joined.split()
        starts, ends = _chunk_bounds(codes)
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        base = offsets_of(lengths + len(_SEPARATOR))[:-1]
        ids = self._ids(chunks)
        text_of = np.repeat(np.arange(len(texts)), np.diff(np.searchsorted(starts, np.append(base, len(codes)))))
        counts = self._counts[ids]
        start, end = self._cut(ids, counts, starts)
        whole = self._to_spacy(ids, starts, ends, codes, text_of)
        if whole:
            start, end, counts_in_text = self._replace(start, end, np.repeat(text_of, counts), whole, texts, base)
        else:
            counts_in_text = np.bincount(text_of, weights=counts, minlength=len(texts)).astype(np.int64)
        text_base = np.repeat(base, counts_in_text)
        return Tokens(
            counts=counts_in_text,
            start=start - text_base,
            end=end - text_base,
            paragraph=_paragraphs(codes, starts, ends, start),
            base=base,
            joined_start=start,
            joined_end=end,
            text=strings_at(_without_spaces(joined, chunks, int((ends - starts).sum())), np.cumsum(end - start)),
        )

    def _forget(self) -> None:
        self._known = _Numbers()
        self._counts: Ints = np.zeros(0, dtype=np.int64)
        self._first: Ints = np.zeros(0, dtype=np.int64)
        self._ends: Ints = np.zeros(0, dtype=np.int64)
        self._is_left: Mask = np.zeros(0, dtype=np.bool_)
        self._is_right: Mask = np.zeros(0, dtype=np.bool_)
        self._lefts: dict[int, frozenset[str]] = {}
        self._rights: dict[int, frozenset[str]] = {}
        self._length = 0

    def _ids(self, chunks: list[str]) -> Ints:
        """Give the number of each chunk, cutting those that were not met before."""
        if len(self._known) > _MAX_CACHED_CHUNKS or self._length > _MAX_CACHED_LENGTH:
            self._forget()
        ids = np.fromiter(map(self._known.__getitem__, chunks), dtype=np.int64, count=len(chunks))
        if self._known.new:
            self._learn(self._known.new)
            self._known.new = []
        return ids

    def _learn(self, chunks: list[str]) -> None:
        """Cut chunks that were not met before; they have their numbers already."""
        cut = [self._plain_ends(chunk) for chunk in chunks]
        others = [number for number, ends in enumerate(cut) if not ends]
        for number, ends in zip(others, self._cut_by_spacy([chunks[number] for number in others]), strict=True):
            cut[number] = ends
        counts = counts_of(cut)
        self._mark(chunks, cut, len(self._known) - len(chunks))
        self._first = np.concatenate([self._first, len(self._ends) + offsets_of(counts)[:-1]])
        self._ends = np.concatenate([self._ends, np.fromiter(chain.from_iterable(cut), dtype=np.int64)])
        self._counts = np.concatenate([self._counts, counts])
        self._length += sum(map(len, chunks))

    def _plain_ends(self, chunk: str) -> list[int]:
        """Give where the tokens end of a word in quotation marks, with a comma, colon or full stop after it.

        Nothing is given for another chunk, nor where a special case knows any part of it.
        """
        found = _WORD(chunk)
        if not found or chunk in self._rules:
            return []
        ends = sorted({found.end(group) for group in range(1, 6)} - {0, -1})
        if len(ends) > 1:
            edges = [0, *ends]
            tokens = [chunk[start:end] for start, end in pairwise(edges)]
            parts = {chunk[start:end] for start, end in combinations(edges, 2)}
            if not self._rules.isdisjoint(parts) or not self._neighbours.isdisjoint(pairwise(tokens)):
                return []
        return ends

    def _mark(self, chunks: list[str], cut: list[list[int]], base: int) -> None:
        """Note which chunks may begin or end inside a special case that reaches over the blank beside them.

        Before the matcher ran, the last token of a chunk was either the one it has now, or the last token of a
        special case that the chunk ends in; so for the first.
        """
        left, right = np.zeros(len(chunks), dtype=np.bool_), np.zeros(len(chunks), dtype=np.bool_)
        ends_in, starts_in = self._end_rules, self._start_rules
        for number, (chunk, ends) in enumerate(zip(chunks, cut, strict=True)):
            last, first = chunk[ends[-2] if len(ends) > 1 else 0 :], chunk[: ends[0]]
            lasts = {last} if last in self._left else set()
            firsts = {first} if first in self._right else set()
            for rules in (ends_in.get(chunk[-1:]), ends_in.get(chunk[-2:])):
                lasts.update([self._at_end[rule] for rule in rules or () if chunk.endswith(rule)])
            for rules in (starts_in.get(chunk[:1]), starts_in.get(chunk[:2])):
                firsts.update([self._at_start[rule] for rule in rules or () if chunk.startswith(rule)])
            if lasts:
                self._lefts[base + number] = frozenset(lasts)
                left[number] = True
            if firsts:
                self._rights[base + number] = frozenset(firsts)
                right[number] = True
        self._is_left, self._is_right = np.append(self._is_left, left), np.append(self._is_right, right)

    def _cut_by_spacy(self, chunks: list[str]) -> list[list[int]]:
        """Cut chunks in one go: a line end between two is a token, so that no special case reaches across it."""
        lengths = np.fromiter(map(len, chunks), dtype=np.int64, count=len(chunks))
        base = offsets_of(lengths + 1)[:-1]
        start, end = self._tokens("\n".join(chunks))
        chunk_of = np.searchsorted(base, start, side="right") - 1
        ends, first = (end - base[chunk_of]).tolist(), np.searchsorted(chunk_of, np.arange(len(chunks) + 1)).tolist()
        return [ends[low:high] for low, high in pairwise(first)]

    def _tokens(self, text: str) -> tuple[Ints, Ints]:
        """Give where spaCy's tokens of a text begin and end, without those of white space."""
        from spacy.attrs import IDX, IS_SPACE, LENGTH

        with self._language.memory_zone():  # else spaCy would keep every string it ever met
            table: Any = self._spacy(text).to_array([IDX, LENGTH, IS_SPACE]).astype(np.int64).reshape(-1, 3)
        table = table[table[:, 2] == 0]
        return table[:, 0], table[:, 0] + table[:, 1]

    def _cut(self, ids: Ints, counts: Ints, starts: Ints) -> tuple[Ints, Ints]:
        """Give where the tokens of chunks begin and end in the joined batch."""
        begins = offsets_of(counts)
        place = np.arange(begins[-1]) + np.repeat(self._first[ids] - begins[:-1], counts)
        end = self._ends[place] + np.repeat(starts, counts)
        start = np.empty_like(end)
        start[1:] = end[:-1]
        start[begins[:-1]] = starts
        return start, end

    def _to_spacy(self, ids: Ints, starts: Ints, ends: Ints, codes: Any, text_of: Ints) -> list[int]:
        """Give the texts in which a special case may reach from one chunk to the next."""
        near = self._is_left[ids[:-1]] & self._is_right[ids[1:]] & (starts[1:] - ends[:-1] == 1)
        near &= codes[ends[:-1]] == ord(" ")
        found = set()
        for place in np.flatnonzero(near).tolist():
            lefts, rights = self._lefts[int(ids[place])], self._rights[int(ids[place + 1])]
            if any((left, right) in self._neighbours for left in lefts for right in rights):
                found.add(int(text_of[place]))
        return sorted(found)

    def _replace(  # noqa: PLR0917 - columns that belong together
        self, start: Ints, end: Ints, text_of: Ints, whole: list[int], texts: Sequence[str], base: Ints
    ) -> tuple[Ints, Ints, Ints]:
        """Put spaCy's own tokens of some texts into the place of those that were put together."""
        bounds = np.searchsorted(text_of, np.arange(len(texts) + 1))
        starts, ends, counts, last = [], [], np.diff(bounds), 0
        for number in whole:
            own_start, own_end = self._tokens(texts[number])
            starts += [start[last : bounds[number]], own_start + base[number]]
            ends += [end[last : bounds[number]], own_end + base[number]]
            counts[number] = len(own_start)
            last = bounds[number + 1]
        return np.concatenate([*starts, start[last:]]), np.concatenate([*ends, end[last:]]), counts


def _grouped(keys: dict[str, str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for rule, key in keys.items():
        groups.setdefault(key, []).append(rule)
    return groups


def _paragraphs(codes: Any, starts: Ints, ends: Ints, token_start: Ints) -> Ints:
    """Give the number of each token's paragraph: a new one begins where two line ends stand between two chunks."""
    wide = np.flatnonzero(starts[1:] - ends[:-1] > 1)
    lines = np.flatnonzero(codes == ord("\n"))
    between = np.searchsorted(lines, starts[wide + 1]) - np.searchsorted(lines, ends[wide])
    first = np.searchsorted(token_start, starts[wide[between > 1] + 1])
    bounds = np.concatenate([np.zeros(1, dtype=np.int64), first, np.array([len(token_start)])])
    return np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))


def _without_spaces(joined: str, chunks: list[str], size: int) -> bytes:
    """Give the chunks joined, in UTF-8; ``size`` is their length in code points."""
    data = joined.encode()
    left = data.translate(None, _ASCII_SPACES)
    # White space beyond ASCII is rare, and cannot be taken out byte by byte.
    return left if len(data) - len(left) == len(joined) - size else "".join(chunks).encode()


def _chunk_bounds(codes: Any) -> tuple[Ints, Ints]:
    """Give where the runs of characters that are not white space begin and end, as ``str.split`` sees them."""
    space = np.ones(len(codes) + 2, dtype=np.bool_)
    table = np.zeros(0x3002, dtype=np.bool_)
    table[_SPACES] = True
    space[1:-1] = table[np.minimum(codes, 0x3001)]
    edges = np.flatnonzero(space[1:] != space[:-1])
    return edges[::2], edges[1::2]
