"""The process in which CRFsuite trains: a job comes in a file, what is said goes to stdout as lines of JSON."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from wortlaut.annotation.learnt.features import features_of, marks_of
from wortlaut.annotation.learnt.segments import Sentence, sentences
from wortlaut.annotation.scoring import ScoredSpan
from wortlaut.export.train.data import LearntDocument

__all__ = ["C1", "C2", "Done", "Iteration", "Job", "Said", "tags_of"]

C1 = C2 = 0.05
"""How strongly large weights are held back: L1 and L2."""

_ITERATION = re.compile(r"\*+ Iteration #(\d+) ")


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to train on, up to which numbers of iterations, and the folder for the models."""

    documents: tuple[LearntDocument, ...]
    counts: tuple[int, ...]
    hanta: bool
    folder: str


class Iteration(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One more iteration was made."""

    iteration: int


class Done(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The model of ``count`` iterations is written. ``lost``: spans that tags could not hold."""

    count: int
    path: str
    lost: int


Said = Iteration | Done


def tags_of(sentence: Sentence, spans: Sequence[ScoredSpan]) -> tuple[list[str], int]:
    """Give the BIO tags of a sentence's tokens, and how many of ``spans`` they hold. The spans do not overlap.

    A span whose edges are not those of tokens of this sentence has no tags.
    """
    tags, held = ["O"] * len(sentence.tokens), 0
    starts = {start: number for number, start in enumerate(sentence.starts)}
    ends = {end: number for number, end in enumerate(sentence.ends)}
    for span in spans:
        first, last = starts.get(span.start), ends.get(span.end)
        if first is None or last is None:
            continue
        tags[first : last + 1] = [f"B-{span.label}", *[f"I-{span.label}"] * (last - first)]
        held += 1
    return tags, held


def main(path: Path, say: Callable[[Said], None]) -> None:
    """Do the job in a file."""
    job = msgspec.msgpack.decode(path.read_bytes(), type=Job)
    trainer = _trainer(lambda number: say(Iteration(iteration=number)))
    lost = 0
    for document in job.documents:
        marks = marks_of(document.text)
        lost += len(document.entities)
        for sentence in sentences(document.text):
            tags, held = tags_of(sentence, document.entities)
            lost -= held
            trainer.append(features_of(sentence, marks, hanta=job.hanta), tags)
    for count in job.counts:
        model = Path(job.folder) / f"{count}.crfsuite"
        trainer.set("max_iterations", count)
        trainer.train(str(model))
        say(Done(count=count, path=str(model), lost=lost))


def _trainer(on_iteration: Callable[[int], None]) -> Any:
    import pycrfsuite  # type: ignore[import-untyped]  # has no types

    class Trainer(pycrfsuite.BaseTrainer):  # type: ignore[misc]  # has no types
        def message(self, message: str) -> None:
            found = _ITERATION.match(message)
            if found:
                on_iteration(int(found[1]))

    trainer = Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params({"c1": C1, "c2": C2, "feature.possible_transitions": True})
    return trainer


def _say(said: Said) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(said) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    # Ctrl-C reaches this process too; it must not tell of it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    main(Path(sys.argv[1]), _say)
