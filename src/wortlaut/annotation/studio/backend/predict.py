"""Predictions for tasks as Label Studio sends them: the same as ``wortlaut tasks`` writes, made in worker processes.

A task's data hold all that the rules look at: the text, whose empty lines part its sections, and the tags. So an
article that the corpus does not hold is predicted like one that it holds.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from wortlaut.annotation.check.articles import article_key
from wortlaut.annotation.config import labeling_config
from wortlaut.annotation.preannotate.chosen import chosen
from wortlaut.annotation.preannotate.protocol import PreAnnotator, model_version
from wortlaut.annotation.preannotate.rules import PressRules
from wortlaut.annotation.reader.wire import WireData
from wortlaut.annotation.studio.names import Name, config_names, removed
from wortlaut.annotation.tasks import checked_task
from wortlaut.corpus.canonical import CANONICAL_FORM
from wortlaut.schema.article import Article, RawSource, Section, text_sha256
from wortlaut.schema.errors import RecordError, WortlautError
from wortlaut.schema.project import Project
from wortlaut.schema.scheme import Scheme, load_scheme
from wortlaut.schema.task import NOTE_CONTROL, split_values

__all__ = ["NAME", "Served", "article_of", "missing_in_config", "predict", "scheme_at", "served"]

NAME = PressRules().name
"""Of the pre-annotator that serves: the rules, alone or with the models of the project's settings."""

_BREAK = "\n\n"
_DATA = msgspec.json.Decoder(WireData)
_ENCODER = msgspec.json.Encoder()


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """What a server predicts with: the models of a project's settings, and the version that it began with.

    ``kind`` is the name of the class, which Label Studio shows.
    """

    project: Project
    version: str
    kind: str


def served(project: Project) -> Served:
    """Give what a server of this project predicts with. Raises WortlautError where a model does not hold."""
    annotator = _annotator(project)
    return Served(project=project, version=model_version(annotator), kind=type(annotator).__name__)


def predict(model: Served, changed: int, tasks: Sequence[bytes]) -> list[bytes]:
    """Give the prediction of each task as JSON, in a worker process; ``tasks`` are the tasks' ``data`` as JSON.

    ``changed`` is the time at which the scheme was changed (nanoseconds): it is read again where that is another.
    Raises RecordError for the first task that cannot be predicted; ``where`` is its number in ``tasks``.
    """
    # Ctrl-C reaches the workers too; it is the server that ends them, when it has answered.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    scheme = scheme_at(model.project.scheme_path, changed)
    annotator = _annotator_in_worker(model)
    predictions = []
    for number, raw in enumerate(tasks):
        try:
            task = checked_task(_article(raw), scheme, (annotator,))
        except RecordError as error:
            raise RecordError(error.what, where=str(number)) from error
        predictions.append(_ENCODER.encode(task.predictions[0]))
    return predictions


def article_of(data: WireData) -> Article:
    """Rebuild what a pre-annotator looks at of an article from its task's data.

    Raises RecordError where there is no text.
    """
    if not data.text:
        raise RecordError("data has no text")
    return Article(
        article_id=article_key(data.article_id, data.text),
        text=data.text,
        text_sha256=text_sha256(data.text),
        sections=tuple(_sections(data.text)),
        canonical=CANONICAL_FORM,
        raw=RawSource(name="-", format="task", sha256=text_sha256(data.text)),
        tags=split_values(data.tags) if isinstance(data.tags, str) else (),
    )


def _annotator(project: Project) -> PreAnnotator:
    # One prediction a task is what Label Studio takes from an ML backend: entry points stay with push.
    return chosen(project)[0]


@lru_cache(maxsize=1)
def _annotator_in_worker(model: Served) -> PreAnnotator:
    """Load what is served, once. Raises RecordError where it is not what the server began with."""
    try:
        annotator = _annotator(model.project)
    except WortlautError as error:
        raise RecordError(str(error), where="0") from error
    if model_version(annotator) != model.version:
        raise RecordError(
            f"the model is {model_version(annotator)} now, wortlaut serve began with {model.version}: start it again",
            where="0",
        )
    return annotator


@lru_cache(maxsize=2)
def scheme_at(path: Path, changed: int) -> Scheme:  # noqa: ARG001 - a part of the key
    """Give the scheme in a file that was changed last at this time (nanoseconds), read once."""
    return load_scheme(path)


@lru_cache(maxsize=8)
def missing_in_config(scheme_path: Path, changed: int, config: str) -> tuple[str, ...]:
    """Name what predictions may use and a labeling config lacks: labels, relations, options, the text.

    Raises UsageError where the config is no XML.
    """
    wanted = config_names(labeling_config(scheme_at(scheme_path, changed)))
    note = Name("control", NOTE_CONTROL)
    return tuple(str(one.name) for one in removed(wanted, config_names(config)) if one.name != note)


def _article(raw: bytes) -> Article:
    try:
        return article_of(_DATA.decode(raw))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RecordError(f"data does not hold: {error}") from error


def _sections(text: str) -> Iterator[Section]:
    """Part a text at its empty lines, as the canonical form does."""
    start = 0
    for body in text.split(_BREAK):
        if body:
            yield Section(kind="paragraph", start=start, end=start + len(body))
        start += len(body) + len(_BREAK)
