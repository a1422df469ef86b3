"""spaCy's NER and span categorizer, trained from nothing: no vectors, no downloaded model, on a CPU.

A training example is a paragraph. After each epoch the averaged weights are scored on the validation split; the best
are kept, and training ends when none were better for ``PATIENCE`` epochs. The same data and seed give the same weights
on the same machine and versions.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator, Sequence
from importlib.metadata import version as installed_version
from typing import Any

import numpy as np

from wortlaut.annotation.learnt.folder import SPACY_FOLDER, ModelKind
from wortlaut.annotation.learnt.segments import german, paragraphs
from wortlaut.annotation.learnt.tagger import SPANS_KEY, spacy_tagger
from wortlaut.export.train.data import TARGETS, LearntDocument, Target, TrainingData
from wortlaut.export.train.fitted import Fitted, OnStep, Step, Stop, TrainOptions, scored

__all__ = ["PATIENCE", "train_spacy"]

PATIENCE = 8
_BATCHES = 100
"""In an epoch, where batches of 64 to 1,000 words allow that: a small corpus wants small ones."""
_DROPOUT = 0.2
_LONGEST = 8
"""Spans of more tokens are not looked at by the span categorizer: their number grows with every token allowed."""
_SHARE = 0.99
"""Of the training spans: this many must be short enough to be looked at; longer lengths are left out."""

_TOK2VEC = {
    "@architectures": "spacy.Tok2Vec.v2",
    "embed": {
        "@architectures": "spacy.MultiHashEmbed.v2",
        "width": 96,
        "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"],
        "rows": [5000, 1000, 2500, 2500],
        "include_static_vectors": False,
    },
    "encode": {
        "@architectures": "spacy.MaxoutWindowEncoder.v2",
        "width": 96,
        "window_size": 1,
        "maxout_pieces": 3,
        "depth": 4,
    },
}


def train_spacy(kind: ModelKind, data: TrainingData, options: TrainOptions, on_step: OnStep) -> Fitted:
    """Train spaCy's ``ner`` (kind ``spacy-ner``) or ``spancat`` (kind ``spacy-spancat``) on the training split."""
    target = TARGETS[kind]
    with _seeded(options.seed):
        language = german()
        docs, lost = _docs(language, data.train, target)
        settings: dict[str, int | float | str] = {"dropout": _DROPOUT, "words in a batch": _batch_words(docs)}
        if kind == "spacy-ner":
            language.add_pipe("ner", config={"model": _ner_model()})
        else:
            size, longer = _size(docs)
            settings["longest span in tokens"] = size
            lost += longer
            language.add_pipe("spancat", config=_spancat(size))
        stop = _train(kind, language, [_example(language, doc) for doc in docs], data, options, on_step)
    return Fitted(
        tagger=spacy_tagger(language),
        save=lambda folder: language.to_disk(folder / SPACY_FOLDER),
        stop=stop,
        lost=lost,
        settings=settings,
        software={"spacy": installed_version("spacy"), "thinc": installed_version("thinc")},
    )


def _train(  # noqa: PLR0917 - what the caller has made
    kind: ModelKind, language: Any, examples: list[Any], data: TrainingData, options: TrainOptions, on_step: OnStep
) -> Stop:
    from spacy.training.batchers import minibatch_by_words

    words = _batch_words(examples)
    optimizer = language.initialize(lambda: examples)
    best: tuple[float, int, bytes] | None = None
    epoch = 0
    for epoch in range(1, options.epochs + 1):
        random.shuffle(examples)
        for batch in minibatch_by_words(examples, size=words, discard_oversize=False):
            language.update(batch, sgd=optimizer, drop=_DROPOUT)
        with language.use_params(optimizer.averages):
            f1 = None
            if data.validation:
                found = scored(spacy_tagger(language), data.validation, TARGETS[kind], resamples=0)
                f1 = found.strict.f1 or 0.0
            on_step(Step(kind=kind, done=epoch, total=options.epochs, f1=f1))
            if f1 is None or best is None or f1 > best[0]:
                best = (f1 or 0.0, epoch, language.to_bytes() if f1 is not None or epoch == options.epochs else b"")
        # At first nothing may be found at all, for many epochs where the corpus is small.
        if best[0] > 0 and epoch - best[1] >= PATIENCE:
            break
    assert best is not None  # noqa: S101 - there is at least one epoch
    language.from_bytes(best[2])
    return Stop(step=best[1], steps=epoch, f1=best[0] if data.validation else None)


def _docs(language: Any, documents: Sequence[LearntDocument], target: Target) -> tuple[list[Any], int]:
    """Give the paragraphs with the spans that their tokens can hold, and how many spans they cannot."""
    docs, lost = [], 0
    for document in documents:
        gold = document.gold(target)
        held = 0
        for start, end in paragraphs(document.text):
            doc = language.make_doc(document.text[start:end])
            inside = [one for one in gold if start <= one.start and one.end <= end]
            spans = [doc.char_span(one.start - start, one.end - start, label=one.label) for one in inside]
            whole = [span for span in spans if span is not None]
            held += len(whole)
            if target == "entities":
                doc.ents = whole
            doc.spans[SPANS_KEY] = whole
            docs.append(doc)
        lost += len(gold) - held
    return docs, lost


def _batch_words(docs: Sequence[Any]) -> int:
    return max(64, min(1_000, sum(map(len, docs)) // _BATCHES))


def _example(language: Any, doc: Any) -> Any:
    from spacy.training import Example

    return Example(language.make_doc(doc.text), doc)


def _size(docs: Sequence[Any]) -> tuple[int, int]:
    """Give the longest span in tokens to be looked at, and how many spans of the training split are longer."""
    lengths = sorted(len(span) for doc in docs for span in doc.spans[SPANS_KEY])
    wanted = lengths[min(len(lengths) - 1, int(len(lengths) * _SHARE))] if lengths else 1
    size = min(wanted, _LONGEST)
    return size, sum(length > size for length in lengths)


def _ner_model() -> dict[str, Any]:
    return {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "ner",
        "extra_state_tokens": False,
        "hidden_width": 64,
        "maxout_pieces": 2,
        "use_upper": True,
        "tok2vec": _TOK2VEC,
    }


def _spancat(size: int) -> dict[str, Any]:
    return {
        "spans_key": SPANS_KEY,
        "suggester": {"@misc": "spacy.ngram_range_suggester.v1", "min_size": 1, "max_size": size},
        "model": {
            "@architectures": "spacy.SpanCategorizer.v1",
            "tok2vec": _TOK2VEC,
            "reducer": {"@layers": "spacy.mean_max_reducer.v1", "hidden_size": 128},
            "scorer": {"@layers": "spacy.LinearLogistic.v1", "nO": None, "nI": None},
        },
    }


@contextlib.contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed what spaCy draws from, and leave the caller's own random numbers as they were."""
    from thinc.util import fix_random_seed

    mine, numpys = random.getstate(), np.random.get_state()
    fix_random_seed(seed)
    try:
        yield
    finally:
        random.setstate(mine)
        np.random.set_state(numpys)
