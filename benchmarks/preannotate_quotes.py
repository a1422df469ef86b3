"""Direct quotes found by rules against every pair of quotation marks, on the same documents in one run.

    python benchmarks/preannotate_quotes.py DATA/wikinews_quotes_2024/dev.jsonl.gz

Gold are the quotes of type Direct (nested ones too). A prediction is right when its tokens and those of a gold
quote that nobody took yet have an intersection over union of at least 0.5. The data is CC BY-NC-SA: it is
measured with, nothing of it is in the project, and no threshold was chosen by looking at it.
"""

from __future__ import annotations

import argparse
import gzip
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from wortlaut.annotation.preannotate.marks import pair_marks
from wortlaut.annotation.preannotate.quotes import find_direct_quotes

Span = tuple[int, int]


class Spans(msgspec.Struct):
    """The tokens of one part of a quote annotation."""

    tokenIds: list[int]  # noqa: N815 - the data's own key


class Annotation(msgspec.Struct):
    """One quote."""

    type: str
    quote: Spans


class Token(msgspec.Struct):
    """One token; offsets are code points."""

    charBegin: int  # noqa: N815 - the data's own key
    charEnd: int  # noqa: N815 - the data's own key
    id: int


class Document(msgspec.Struct):
    """One article."""

    originalText: str  # noqa: N815 - the data's own key
    annotations: list[Annotation]
    tokens: list[Token]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    documents = list(_documents(parser.parse_args().data))
    gold = [_gold(document) for document in documents]
    print(f"{len(documents)} documents, {sum(map(len, gold))} direct quotes")
    for name, find in (("every pair of marks", _every_pair), ("wortlaut's rules", _rules)):
        start = time.process_time()
        found = [find(document.originalText) for document in documents]
        seconds = time.process_time() - start
        spans = [[_tokens(doc, span) for span in hits] for doc, hits in zip(documents, found, strict=True)]
        hits = sum(_matches(g, p) for g, p in zip(gold, spans, strict=True))
        predicted, wanted = sum(map(len, spans)), sum(map(len, gold))
        precision, recall = hits / predicted, hits / wanted
        f1 = 2 * precision * recall / (precision + recall)
        print(f"{name:20} P {precision:.3f}  R {recall:.3f}  F1 {f1:.3f}  predicted {predicted}  CPU {seconds:.2f} s")


def _documents(path: Path) -> Iterator[Document]:
    with gzip.open(path) as lines:
        for line in lines:
            yield msgspec.json.decode(line, type=Document)


def _gold(document: Document) -> list[frozenset[int]]:
    return [frozenset(item.quote.tokenIds) for item in document.annotations if item.type == "Direct"]


def _every_pair(text: str) -> list[Span]:
    return [(pair.start, pair.end) for pair in pair_marks(text, _paragraphs(text))]


def _rules(text: str) -> list[Span]:
    return [(quote.start, quote.end) for quote in find_direct_quotes(text, _paragraphs(text))]


def _paragraphs(text: str) -> list[Span]:
    return [match.span() for match in re.finditer(r"[^\n]+", text)]


def _tokens(document: Document, span: Span) -> frozenset[int]:
    return frozenset(token.id for token in document.tokens if token.charBegin < span[1] and span[0] < token.charEnd)


def _matches(gold: Sequence[frozenset[int]], found: Sequence[frozenset[int]]) -> int:
    pairs = [(len(g & f) / len(g | f), i, j) for i, g in enumerate(gold) for j, f in enumerate(found) if g & f]
    taken_gold: set[int] = set()
    taken_found: set[int] = set()
    for overlap, i, j in sorted(pairs, reverse=True):
        if overlap >= 0.5 and i not in taken_gold and j not in taken_found:
            taken_gold.add(i)
            taken_found.add(j)
    return len(taken_gold)


if __name__ == "__main__":
    main()
