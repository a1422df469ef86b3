"""Training rows of GLiNER: words, and spans as [first word, last word, label], one row a window.

Words are those of GLiNER's own splitter, so that a model is trained on what it sees when it is used. Span models
learn spans of up to 12 words and truncate rows of more than 384 (``max_width`` and ``max_len`` of their
configuration), hence windows of whole sentences. ``relations`` is what GLiNER's relation models read.
https://urchade.github.io/GLiNER/training.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, repeat
from pathlib import Path
from typing import ClassVar, TextIO

import msgspec

from wortlaut.export.formats.base import Format, Item, Sink
from wortlaut.export.formats.segments import Aligned, Alignment, Bounds, windows
from wortlaut.schema.document import Relation

__all__ = ["MAX_WIDTH", "WINDOW", "Gliner", "GlinerRow", "words_of"]

WINDOW = 256  # words: whole sentences under GLiNER's 384, so that subwords of long German words fit as well
MAX_WIDTH = 12
_WORD = re.compile(r"\w+(?:[-_]\w+)*|\S")  # GLiNER's splitter "whitespace"
_KINDS = ("entities", "mentions", "cues")


class GlinerRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row. ``start`` and ``end`` are the window's code points in the document's text; GLiNER passes them over."""

    id: str
    doc_id: str
    start: int
    end: int
    tokenized_text: list[str]
    ner: list[tuple[int, int, str]]
    relations: list[tuple[int, int, str]]


def words_of(text: str) -> list[Bounds]:
    """Give where GLiNER's words begin and end.

    >>> [text[a:b] for text in ["Ayşe-Nur kommt z.B."] for a, b in words_of(text)]
    ['Ayşe-Nur', 'kommt', 'z', '.', 'B', '.']
    """
    return [found.span() for found in _WORD.finditer(text)]


class Gliner(Format):
    """Writes ``SPLIT.json``: an array, one row a line."""

    name = "gliner"
    title = "GLiNER training JSON"
    reasons: ClassVar[dict[str, str]] = {
        "unaligned": "an edge falls inside a word",
        "crosses_window": "the span reaches over the end of a window",
        "too_long": f"a quote is no short span: GLiNER's span models learn up to {MAX_WIDTH} words",
        "end_not_there": "an end of the relation is a quote or has no span in the same window",
    }

    @contextmanager
    def open(self, folder: Path, split: str) -> Iterator[Sink]:
        """Give what takes the documents of a split."""
        with (folder / f"{split}.json").open("w", encoding="utf-8", newline="\n") as out:
            out.write("[")
            between = chain(("\n",), repeat(",\n"))
            yield lambda items: self._write(out, between, items[0])
            out.write("\n]\n")

    def _write(self, out: TextIO, between: Iterator[str], item: Item) -> None:
        words = words_of(item.text)
        parts = list(windows(item.text, words, WINDOW))
        window_of = [number for number, (first, stop) in enumerate(parts) for _ in range(first, stop)]
        kept = [one for kind in _KINDS for one in self._fitting(kind, item, words, window_of)]
        self.account.lose_all(item, "fragments", reason="too_long")
        self.account.lose_all(item, "quotes", "links", "speaker_status", "attributes", "origins", "metadata")
        rows: list[list[Aligned]] = [[] for _ in parts]
        for one in sorted(kept, key=lambda one: (one.first, one.last)):
            rows[window_of[one.first]].append(one)
        relations = self._relations(item, rows)
        for number, (first, stop) in enumerate(parts):
            row = GlinerRow(
                id=f"{item.doc_id}/w{number + 1}",
                doc_id=item.doc_id,
                start=words[first][0],
                end=words[stop - 1][1],
                tokenized_text=[item.text[start:end] for start, end in words[first:stop]],
                ner=[(one.first - first, one.last - first, one.span.label) for one in rows[number]],
                relations=relations[number],
            )
            out.write(next(between) + msgspec.json.encode(row).decode())

    def _fitting(self, kind: str, item: Item, words: Sequence[Bounds], window_of: Sequence[int]) -> list[Aligned]:
        fits, unaligned = Alignment(words)(getattr(item.contents, kind))
        kept = [one for one in fits if window_of[one.first] == window_of[one.last]]
        crosses = [one.span for one in fits if window_of[one.first] != window_of[one.last]]
        self.account.lose(kind, "unaligned", item, unaligned)
        self.account.lose(kind, "crosses_window", item, crosses)
        self.account.wrote(kind, len(kept))
        long = sum(one.last - one.first >= MAX_WIDTH for one in kept)
        if long:
            self.account.notes[f"spans of more than {MAX_WIDTH} words, which span models do not learn"] += long
        return kept

    def _relations(self, item: Item, rows: Sequence[Sequence[Aligned]]) -> list[list[tuple[int, int, str]]]:
        """Give the relations of each window; ends are numbers in its ``ner``."""
        places = {one.span.id: (row, place) for row, spans in enumerate(rows) for place, one in enumerate(spans)}
        found: list[list[tuple[int, int, str]]] = [[] for _ in rows]
        lost: list[Relation] = []
        for relation in item.contents.relations:
            head, tail = places.get(relation.head), places.get(relation.tail)
            if head is None or tail is None or head[0] != tail[0]:
                lost.append(relation)
            else:
                found[head[0]].append((head[1], tail[1], relation.type))
        self.account.lose("relations", "end_not_there", item, lost)
        self.account.wrote("relations", len(item.contents.relations) - len(lost))
        return found
