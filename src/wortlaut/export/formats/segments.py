"""Words, sentences and windows of a text. What they are depends on the text alone, never on its annotation."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import msgspec

from wortlaut.annotation.preannotate.marks import pair_marks
from wortlaut.annotation.preannotate.sentences import Sentences
from wortlaut.export.release import ReleasedSpan
from wortlaut.export.tokens import GermanTokenizer

__all__ = ["Aligned", "Alignment", "Bounds", "Segmenter", "sentence_starts", "sentences_of", "windows"]

Bounds: TypeAlias = tuple[int, int]

_BREAK = re.compile(r"\n[^\S\n]*\n\s*")


class Aligned(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A span as tokens: ``first`` and ``last`` are numbers of tokens, both included."""

    span: ReleasedSpan
    first: int
    last: int


class Alignment:
    """Finds the tokens whose edges are a span's edges."""

    def __init__(self, tokens: Sequence[Bounds]) -> None:
        self._first = {start: number for number, (start, _) in enumerate(tokens)}
        self._last = {end: number for number, (_, end) in enumerate(tokens)}

    def __call__(self, spans: Iterable[ReleasedSpan]) -> tuple[list[Aligned], list[ReleasedSpan]]:
        """Give the spans that fit tokens, and those of which an edge falls inside a token or beside all."""
        fits, others = [], []
        for span in spans:
            first, last = self._first.get(span.start), self._last.get(span.end)
            if first is None or last is None or first > last:
                others.append(span)
            else:
                fits.append(Aligned(span=span, first=first, last=last))
        return fits, others


class Segmenter:
    """The tokens of a text, by spaCy's German tokenizer. White space is in none."""

    def __init__(self) -> None:
        self._tokenizer = GermanTokenizer()
        self._last: tuple[str, list[Bounds]] = ("", [])

    def __call__(self, text: str) -> list[Bounds]:
        """Give where the tokens begin and end."""
        if self._last[0] != text:  # several layers over one text come one after the other
            tokens = self._tokenizer([text])
            self._last = (text, list(zip(tokens.start.tolist(), tokens.end.tolist(), strict=True)))
        return self._last[1]


def sentence_starts(text: str) -> list[int]:
    """Give where sentences begin; no sentence ends inside quotation marks, and each ends with its line."""
    paragraphs = _paragraphs(text)
    outer = [(pair.start, pair.end) for pair in pair_marks(text, paragraphs) if pair.level == 0 and pair.closed]
    return [start for start in Sentences(text, paragraphs, outer).starts if start < len(text)] or [0]


def sentences_of(text: str, tokens: Sequence[Bounds]) -> Iterator[Bounds]:
    """Give the sentences as (first token, token after the last); a token belongs to where it begins."""
    starts = sentence_starts(text)
    first, current = 0, None
    for number, (start, _) in enumerate(tokens):
        sentence = bisect_right(starts, start)
        if current is not None and sentence != current:
            yield first, number
            first = number
        current = sentence
    if tokens:
        yield first, len(tokens)


def windows(text: str, tokens: Sequence[Bounds], most: int) -> Iterator[Bounds]:
    """Give stretches of whole sentences of at most ``most`` tokens; a longer sentence is cut."""
    first, stop = 0, 0
    for begin, end in sentences_of(text, tokens):
        if end - first > most and stop > first:
            yield first, stop
            first = begin
        while end - first > most:
            yield first, first + most
            first += most
        stop = end
    if stop > first:
        yield first, stop


def _paragraphs(text: str) -> list[Bounds]:
    edges = [0]
    for found in _BREAK.finditer(text):
        edges += [found.start(), found.end()]
    edges.append(len(text))
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]
