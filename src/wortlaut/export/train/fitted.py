"""What every trainer takes and gives, and how a model in training is scored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from wortlaut.annotation.learnt.folder import ModelKind
from wortlaut.annotation.learnt.tagger import Tagger
from wortlaut.annotation.scoring import RESAMPLES, DocumentPair, SpanScores, score
from wortlaut.export.train.data import LearntDocument, Target

__all__ = ["Fitted", "OnStep", "Step", "Stop", "TrainOptions", "scored"]


class TrainOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to train: at most so many ``epochs`` (spaCy) or ``iterations`` (CRF); the ``seed`` of all that is random."""

    epochs: int = 30
    iterations: int = 100
    seed: int = 0


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """How far training is: ``done`` of at most ``total`` steps; ``f1`` on validation where it was looked at."""

    kind: ModelKind
    done: int
    total: int
    f1: float | None = None


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """Where training stopped: the step whose model was kept, of how many that were made, and why.

    ``f1`` is the strict F1 on the validation split there; None where there is none, and the last step was kept.
    """

    step: int
    steps: int
    f1: float | None


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """A trained model: how it marks a text, how it is saved into a folder, where training stopped.

    ``lost`` is how many spans of the training split it could not learn from (edges inside a token, over the end of a
    sentence or paragraph, longer than it looks at); ``settings`` are those that matter for the scores.
    """

    tagger: Tagger
    save: Callable[[Path], None]
    stop: Stop
    lost: int
    settings: dict[str, int | float | str]
    software: dict[str, str]
    hanta: bool = False


OnStep = Callable[[Step], None]


def scored(
    tagger: Tagger, documents: Sequence[LearntDocument], target: Target, *, resamples: int = RESAMPLES, seed: int = 0
) -> SpanScores:
    """Score what a model marks in documents against their gold of a target."""
    pairs = [DocumentPair(gold=frozenset(one.gold(target)), predicted=frozenset(tagger(one.text))) for one in documents]
    return score(pairs, resamples=resamples, seed=seed)
