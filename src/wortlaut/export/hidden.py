"""What stands in a release without texts in the place of them: anchors, lengths, short surfaces, hashes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

import msgspec
import numpy as np

from wortlaut.corpus.canonical import CANONICAL_FORM, is_canonical
from wortlaut.export.anchors import NEAR, Anchors, Echoes, anchors_of, reach
from wortlaut.export.columns import (
    Array,
    Ints,
    Mask,
    counts_of,
    integers,
    numbers,
    optional_integers,
    optional_strings,
    strings,
    structs,
)
from wortlaut.export.layer_columns import SpanColumns
from wortlaut.export.surfaces import shown
from wortlaut.schema.article import text_sha256
from wortlaut.schema.checked import CheckedTask

__all__ = ["LEAST_HIDDEN", "Hiding", "hidden_documents", "hidden_spans", "salt_of"]

LEAST_HIDDEN = 12
"""So many code points of a near anchor's window are not shown, or there is none. 16 would lose many more spans:
docs/rights.md has the figures."""


class Hiding(msgspec.Struct, frozen=True, kw_only=True):
    """How texts are hidden: the salt of the anchors, and the longest surface that is shown, in code points."""

    salt: str
    surface: int


def salt_of(name: str) -> str:
    """Give the salt of a dataset's anchors: its own, and the same in every version of it.

    >>> salt_of("lindenau") == salt_of("lindenau") != salt_of("wehra")
    True
    """
    return sha256(f"wortlaut anchors\n{name}".encode()).hexdigest()[:32]


def hidden_spans(spans: SpanColumns, doc_of_layer: Ints, texts: Sequence[str], hiding: Hiding) -> SpanColumns:
    """Give the spans with anchors, and with those surfaces of entities and cues alone that may be shown.

    All layers of a document count together: what one of them shows is not added to by another. A near anchor of whose
    window too little is hidden is left out: it could be guessed.
    """
    docs = doc_of_layer[spans.layer].tolist()
    begins, ends = spans.start.tolist(), spans.end.tolist()
    with_surface = spans.entities + spans.cues
    of_doc: dict[int, set[tuple[int, int]]] = {}
    for doc, start, end in zip(docs[:with_surface], begins, ends, strict=False):
        of_doc.setdefault(doc, set()).add((start, end))
    allowed = {doc: shown(texts[doc], found, hiding.surface) for doc, found in of_doc.items()}
    echoes = [Echoes(text) for text in texts]
    covered: dict[int, Mask] = {}
    known: dict[tuple[int, int, int], Anchors] = {}
    anchors: list[Anchors] = []
    surfaces: list[str | None] = []
    for place, key in enumerate(zip(docs, begins, ends, strict=True)):
        doc, start, end = key
        if key not in known:
            one = anchors_of(hiding.salt, texts[doc], start, end, echoes[doc])
            if doc not in covered:
                covered[doc] = _covered(len(texts[doc]), allowed.get(doc, ()))
            left, right = reach(start, end, len(texts[doc]), NEAR)
            window = slice(start - left, end + right)
            if int(np.count_nonzero(~covered[doc][window])) < LEAST_HIDDEN:
                one = msgspec.structs.replace(one, near=None)
            known[key] = one
        anchors.append(known[key])
        show = place < with_surface and (start, end) in allowed[doc]
        surfaces.append(texts[doc][start:end] if show else None)
    return msgspec.structs.replace(spans, text=optional_strings(surfaces), anchors=_structs(anchors))


def _covered(length: int, shown_spans: Iterable[tuple[int, int]]) -> Mask:
    """Say which code points of a text are shown."""
    covered = np.zeros(length, dtype=np.bool_)
    for start, end in shown_spans:
        covered[start:end] = True
    return covered


def hidden_documents(tasks: Sequence[CheckedTask]) -> dict[str, Array]:
    """Give the columns of documents that stand in the place of text and headline.

    ``canonical`` is the name of the canonical form that the text is in, null where it is in none.
    """
    places = [_headline(task) for task in tasks]
    headlines = [task.meta.headline for task in tasks]
    return {
        "n_chars": integers(counts_of([task.text for task in tasks])),
        "canonical": optional_strings([CANONICAL_FORM if is_canonical(task.text) else None for task in tasks]),
        "headline_start": optional_integers([place and place[0] for place in places]),
        "headline_end": optional_integers([place and place[1] for place in places]),
        "headline_sha256": optional_strings([None if one is None else text_sha256(one) for one in headlines]),
    }


def _headline(task: CheckedTask) -> tuple[int, int] | None:
    headline = task.meta.headline
    start = task.text.find(headline) if headline else -1
    return (start, start + len(headline)) if headline and start >= 0 else None


def _structs(anchors: Sequence[Anchors]) -> Array:
    return structs(
        {
            "wide": strings([one.wide for one in anchors]),
            "near": optional_strings([one.near for one in anchors]),
            "nth": integers(numbers([one.nth for one in anchors])),
            "of": integers(numbers([one.of for one in anchors])),
            "echo": integers(numbers([one.echo for one in anchors])),
            "echoes": strings([one.echoes for one in anchors]),
        }
    )
