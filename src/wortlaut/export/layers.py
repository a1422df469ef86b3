"""Which layer of an article is the release's own, and in which order an article's layers stand.

The main layer is what the configs documents, entities, relations, quotes and ner hold; every layer stands in the
config annotators.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import msgspec

from wortlaut.annotation.check.ages import Age, changed, made
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.document import Document
from wortlaut.schema.errors import UsageError

__all__ = ["PREFERENCES", "Choice", "Prefer", "choose"]

Prefer = Literal["gold", "first", "latest", "strict"]
PREFERENCES: tuple[Prefer, ...] = get_args(Prefer)

_ORDER = {"gold": 0, "annotator": 1, "model": 2}


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What was chosen for one article.

    ``layers`` are all of its layers in the release's order: gold, annotators, models, each by the rank of who made
    it and by time. ``main`` is the place of the main layer in it; None where the article has neither gold nor an
    annotator's layer. ``annotators`` is how many people annotated it: those who made its annotators' layers or its
    gold layer, each once; a layer that names nobody counts as one more, a gold one only where there is no other.
    ``undecided``: there were several annotators and no gold, so that time alone decided.
    """

    layers: tuple[Document, ...]
    main: int | None
    annotators: int
    undecided: bool = False


def choose(task: CheckedTask, prefer: Prefer, rank: Callable[[str], str]) -> Choice:
    """Choose the main layer of an article. ``rank`` says what annotators are put in order by.

    ``gold``: the gold layer; else the only annotator's layer; else, of several, the one submitted first.
    ``first``, ``latest``: as ``gold``, and where there are several layers of the kind, the one made first or the one
    changed last (then by their number). ``strict`` raises UsageError where ``gold`` would have to
    choose among several.
    """
    layers = task.documents
    if len(layers) > 1:
        layers = tuple(
            sorted(layers, key=lambda layer: (_ORDER[layer.layer], rank(layer.annotator or ""), made(layer)))
        )
    best = [n for n, layer in enumerate(layers) if layer.layer == "gold"]
    judged = [n for n, layer in enumerate(layers) if layer.layer == "annotator"]
    named = {layers[n].annotator for n in (*judged, *best) if layers[n].annotator is not None}
    people = len(named) + sum(layers[n].annotator is None for n in judged) or min(len(best), 1)
    candidates = best or judged
    if not candidates:
        return Choice(layers=layers, main=None, annotators=people)
    if prefer == "strict" and len(candidates) > 1:
        raise UsageError(
            f"has {len(candidates)} {layers[candidates[0]].layer} layers and no single one to prefer",
            where=f"article {task.article_id}",
            hint="Adjudicate it to a gold layer, or build with --prefer gold",
        )
    picks = sorted(candidates, key=lambda n: _when(layers[n], prefer))
    main = picks[-1] if prefer == "latest" else picks[0]
    return Choice(layers=layers, main=main, annotators=people, undecided=len(candidates) > 1)


def _when(layer: Document, prefer: Prefer) -> Age:
    return changed(layer) if prefer == "latest" else made(layer)
