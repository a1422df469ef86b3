"""CoNLL-U Plus with IOB2 columns: one token a line, an empty line after each sentence, nested spans in columns.

The first four columns are those of GermEval 2014 (number, token, outer and inner entity), one more entity level
follows, then a column each for mentions and cues, two for fragments of quotes, and MISC, whose
``TokenRange=start:end`` gives the token's code points in the document's text. https://universaldependencies.org/ext-format.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, TextIO

from wortlaut.export.formats.base import Format, Item, Sink, free_names
from wortlaut.export.formats.loss import Account
from wortlaut.export.formats.segments import Aligned, Alignment, Bounds, Segmenter, sentences_of
from wortlaut.export.release import ReleasedSpan
from wortlaut.schema.scheme import Scheme

__all__ = ["COLUMNS", "LEVELS", "Conll"]

LEVELS = 3
_NER = tuple(f"WORTLAUT:NER{level}" for level in range(1, LEVELS + 1))
COLUMNS = (
    "ID", "FORM", *_NER, "WORTLAUT:MENTION", "WORTLAUT:CUE", "WORTLAUT:QUOTE1", "WORTLAUT:QUOTE2", "MISC"
)  # fmt: skip


class Conll(Format):
    """Writes ``SPLIT.conllup``."""

    name = "conll"
    title = "CoNLL-U Plus, IOB2 in nested columns"
    reasons: ClassVar[dict[str, str]] = {
        "unaligned": "an edge falls inside a token",
        "crosses_sentence": "the span reaches over the end of a sentence, where IOB2 ends",
        "too_deep": "the span shares tokens with longer ones in all of its kind's columns",
    }

    def __init__(self, scheme: Scheme, account: Account) -> None:
        super().__init__(scheme, account)
        self._names = free_names([label.name for label in scheme.labels], r"\s")
        self._tokens = Segmenter()

    @property
    def names(self) -> dict[str, str]:
        """Labels in which a blank became ``_``."""
        return self._names

    @contextmanager
    def open(self, folder: Path, split: str) -> Iterator[Sink]:
        """Give what takes the documents of a split."""
        with (folder / f"{split}.conllup").open("w", encoding="utf-8", newline="\n") as out:
            out.write(f"# global.columns = {' '.join(COLUMNS)}\n")
            yield lambda items: self._write(out, items[0])

    def _write(self, out: TextIO, item: Item) -> None:
        tokens = self._tokens(item.text)
        sentences = list(sentences_of(item.text, tokens))
        contents = item.contents
        columns = [
            *self._levels("entities", contents.entities, item, tokens, sentences, LEVELS),
            *self._levels("mentions", contents.mentions, item, tokens, sentences, 1),
            *self._levels("cues", contents.cues, item, tokens, sentences, 1),
            *self._levels("fragments", contents.fragments, item, tokens, sentences, 2),
        ]
        self.account.lose_all(
            item, "quotes", "links", "speaker_status", "relations", "attributes", "origins", "metadata"
        )
        for number, (first, stop) in enumerate(sentences, 1):
            if number == 1:
                out.write(f"# newdoc id = {item.doc_id}\n# text_sha256 = {item.document.text_sha256}\n")
            out.write(f"# sent_id = {item.doc_id}/s{number}\n")
            for place in range(first, stop):
                start, end = tokens[place]
                touches = place + 1 < len(tokens) and tokens[place + 1][0] == end
                misc = f"SpaceAfter=No|TokenRange={start}:{end}" if touches else f"TokenRange={start}:{end}"
                tags = [column[place] for column in columns]
                out.write("\t".join([str(place - first + 1), item.text[start:end], *tags, misc]) + "\n")
            out.write("\n")

    def _levels(  # noqa: PLR0917 - what stands in a column
        self,
        kind: str,
        spans: Sequence[ReleasedSpan],
        item: Item,
        tokens: Sequence[Bounds],
        sentences: Sequence[Bounds],
        levels: int,
    ) -> list[list[str]]:
        """Put spans into columns, longer ones first, each into the first level in which its tokens are free."""
        fits, unaligned = Alignment(tokens)(spans)
        sentence_of = [number for number, (first, stop) in enumerate(sentences) for _ in range(first, stop)]
        within = [one for one in fits if sentence_of[one.first] == sentence_of[one.last]]
        crosses = [one.span for one in fits if sentence_of[one.first] != sentence_of[one.last]]
        columns = [["O"] * len(tokens) for _ in range(levels)]
        left = [one.span for one in _longest_first(within) if not self._place(one, columns)]
        self.account.lose(kind, "unaligned", item, unaligned)
        self.account.lose(kind, "crosses_sentence", item, crosses)
        self.account.lose(kind, "too_deep", item, left)
        self.account.wrote(kind, len(within) - len(left))
        return columns

    def _place(self, one: Aligned, columns: Sequence[list[str]]) -> bool:
        label = self._names[one.span.label]
        for column in columns:
            if all(tag == "O" for tag in column[one.first : one.last + 1]):
                column[one.first : one.last + 1] = [f"B-{label}", *[f"I-{label}"] * (one.last - one.first)]
                return True
        return False


def _longest_first(spans: Sequence[Aligned]) -> list[Aligned]:
    return sorted(spans, key=lambda one: (one.first - one.last, one.first))
