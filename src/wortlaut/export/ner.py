"""Token labels in the BIO scheme, and an account of what they cannot hold.

A row is one paragraph of a document (paragraphs are separated by an empty line), so that rows fit into the window
of a model. Only entity labels become tags: mentions, cues and quotes do not. BIO has one tag for a token, so of
spans that share tokens the longest is kept (of equally long ones the first in the text, then the first in the
scheme); a span whose edges do not fall on edges of tokens, or that reaches over the end of a paragraph, has no
tags at all. What is left out is counted by kind, with examples. Offsets are code points into the document's text.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from wortlaut.export.columns import Array, Ints, integers, lists, strings, take
from wortlaut.export.tokens import GermanTokenizer, Tokens

__all__ = ["LOSS_KINDS", "EntitySpans", "LossExample", "NerLoss", "ner_columns"]

# Kind of loss -> what it means; the order is that of reports.
LOSS_KINDS = {
    "unaligned": "an edge falls inside a token",
    "crosses_paragraph": "the span reaches over the end of a paragraph",
    "nested": "the span shares tokens with a longer one that was kept",
}
MAX_EXAMPLES = 5


class EntitySpans(msgspec.Struct, frozen=True, kw_only=True):
    """The entity spans of a batch: the number of the document in the batch, offsets, number among entity labels."""

    doc: Ints
    start: Ints
    end: Ints
    label: Ints


class LossExample(msgspec.Struct, frozen=True, kw_only=True):
    """One span that has no tags."""

    kind: str
    doc_id: str
    start: int
    end: int
    label: str
    text: str


class NerLoss:
    """What the tags could not hold, over all batches: spans seen, spans tagged, the others by kind."""

    def __init__(self) -> None:
        self.seen = 0
        self.counts: dict[str, int] = dict.fromkeys(LOSS_KINDS, 0)
        self.examples: dict[str, list[LossExample]] = {kind: [] for kind in LOSS_KINDS}

    @property
    def lost(self) -> int:
        """How many spans have no tags."""
        return sum(self.counts.values())

    def add(self, kind: str, places: Ints, spans: EntitySpans, batch: _Batch) -> None:
        """Count spans that have no tags; the first few are kept as examples."""
        self.counts[kind] += len(places)
        for place in places[: MAX_EXAMPLES - len(self.examples[kind])].tolist():
            doc, start, end = int(spans.doc[place]), int(spans.start[place]), int(spans.end[place])
            self.examples[kind].append(
                LossExample(
                    kind=kind,
                    doc_id=batch.doc_ids[doc],
                    start=start,
                    end=end,
                    label=batch.labels[int(spans.label[place])],
                    text=batch.texts[doc][start:end],
                )
            )


class _Batch(msgspec.Struct, frozen=True, kw_only=True):
    doc_ids: Sequence[str]
    texts: Sequence[str]
    labels: Sequence[str]


def ner_columns(
    tokenizer: GermanTokenizer,
    *,
    doc_ids: Sequence[str],
    texts: Sequence[str],
    labels: Sequence[str],
    spans: EntitySpans,
    loss: NerLoss,
) -> dict[str, Array]:
    """Give the columns of the ner config for a batch of documents, and add to the account of what is lost.

    A row's id is the document's id, ``/p`` and the number of the paragraph from 1. A document without a token
    gives no row.
    """
    tokens = tokenizer(texts)
    tags = _tags(tokens, spans, loss, _Batch(doc_ids=doc_ids, texts=texts, labels=labels))
    per_row = np.bincount(tokens.paragraph).astype(np.int64) if len(tokens.start) else np.zeros(0, dtype=np.int64)
    firsts = np.cumsum(per_row) - per_row
    doc_of_token = np.repeat(np.arange(len(texts)), tokens.counts)
    doc = doc_of_token[firsts]
    number = np.arange(len(doc)) - np.searchsorted(doc, doc)
    ids = [f"{doc_ids[place]}/p{count + 1}" for place, count in zip(doc.tolist(), number.tolist(), strict=True)]
    return {
        "id": strings(ids),
        "doc_id": take(strings(doc_ids), doc),
        "tokens": lists(per_row, tokens.text),
        "starts": lists(per_row, integers(tokens.start)),
        "ends": lists(per_row, integers(tokens.end)),
        "ner_tags": lists(per_row, integers(tags, bits=64)),
    }


def _tags(tokens: Tokens, spans: EntitySpans, loss: NerLoss, batch: _Batch) -> Ints:
    """Give the number of each token's tag: 0 for O, 2k + 1 and 2k + 2 for B and I of entity label k."""
    loss.seen += len(spans.start)
    starts, ends = tokens.joined_start, tokens.joined_end
    start, end = spans.start + tokens.base[spans.doc], spans.end + tokens.base[spans.doc]
    first, last = np.searchsorted(starts, start), np.searchsorted(ends, end)
    fits = (first < len(starts)) & (last < len(ends))
    fits[fits] = (starts[first[fits]] == start[fits]) & (ends[last[fits]] == end[fits])
    loss.add("unaligned", np.flatnonzero(~fits), spans, batch)
    crosses = fits.copy()
    crosses[fits] = tokens.paragraph[first[fits]] != tokens.paragraph[last[fits]]
    loss.add("crosses_paragraph", np.flatnonzero(crosses), spans, batch)
    candidates = np.flatnonzero(fits & ~crosses)
    kept = _longest(candidates, first, last + 1, spans.label)
    loss.add("nested", np.setdiff1d(candidates, kept, assume_unique=True), spans, batch)
    tags = np.zeros(len(starts), dtype=np.int64)
    lengths = last[kept] + 1 - first[kept]
    inside = np.arange(int(lengths.sum())) + np.repeat(first[kept] - np.cumsum(lengths) + lengths, lengths)
    tags[inside] = np.repeat(2 * spans.label[kept] + 2, lengths)
    tags[first[kept]] -= 1
    return tags


def _longest(candidates: Ints, first: Ints, stop: Ints, label: Ints) -> Ints:
    """Keep, of spans that share tokens, the longest. Spans that share none with any other are kept at once."""
    order = candidates[np.lexsort((stop[candidates], first[candidates]))]
    reach = np.maximum.accumulate(stop[order])
    group = np.zeros(len(order), dtype=np.int64)
    group[1:] = np.cumsum(first[order[1:]] >= reach[:-1])
    sizes = np.bincount(group) if len(order) else group
    alone = order[sizes[group] == 1]
    kept: list[int] = []
    shared = order[sizes[group] > 1]
    taken: set[int] = set()
    for place in shared[np.lexsort((label[shared], first[shared], first[shared] - stop[shared]))].tolist():
        tokens = range(int(first[place]), int(stop[place]))
        if taken.isdisjoint(tokens):
            taken.update(tokens)
            kept.append(place)
    return np.sort(np.concatenate([alone, np.array(kept, dtype=np.int64)]))
