"""Checks a task before it is written: what Label Studio imports and its page then breaks on must never leave us.

The import of Label Studio 1.23.2 answers 201 to almost anything. On the annotator's page a dangling relation then
makes a white screen, the second of two regions with one id is lost, an unknown relation label is dropped, a float
offset becomes null, an end beyond the text is clamped on the screen and kept in the data. A pre-annotator from
another package is checked here like our own. Offsets are code points, half open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Literal, get_args

import msgspec

from wortlaut.schema.article import text_sha256
from wortlaut.schema.errors import RecordError
from wortlaut.schema.scheme import Scheme
from wortlaut.schema.task import (
    PredictedChoice,
    PredictedNote,
    PredictedRelation,
    PredictedSpan,
    Prediction,
    Task,
    TaskData,
)

__all__ = ["PROBLEM_KINDS", "Problem", "ProblemKind", "preflight", "preflight_json", "refuse"]

ProblemKind = Literal[
    "shape",  # a key that is missing, unknown, of the wrong type or named like none of the config's controls
    "encoding",  # text that no UTF-8 file can hold
    "line-end",
    "hash",
    "model-version",
    "duplicate-id",
    "duplicate-span",
    "offsets",
    "surface",
    "label",
    "choice",
    "choice-region",
    "note-region",
    "dangling",
    "relation-label",
    "relation-ends",
    "duplicate-relation",
]
PROBLEM_KINDS: tuple[ProblemKind, ...] = get_args(ProblemKind)

_SHOWN = 40  # characters of a value that a message shows


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that must not be written. ``place`` is a path into the task (``$.predictions[0].result[3]``)."""

    kind: ProblemKind
    place: str
    message: str


def preflight(task: Task, scheme: Scheme) -> tuple[Problem, ...]:
    """Give everything that is wrong with a task, empty where it may be written.

    The task is looked at as it would be written: a record that bears values of other types than it names (which
    Python allows) is found out.
    """
    try:
        raw = msgspec.json.encode(task)
    except (UnicodeEncodeError, TypeError, ValueError, OverflowError, RecursionError) as error:
        return (Problem(kind="encoding", place="$", message=f"cannot be written as JSON: {error}"),)
    return preflight_json(raw, scheme)


def preflight_json(raw: bytes, scheme: Scheme) -> tuple[Problem, ...]:
    """Give everything that is wrong with a task that is already written as JSON."""
    try:
        task = _DECODER.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        message, _, place = str(error).partition(" - at `")
        return (Problem(kind="shape", place=place.rstrip("`") or "$", message=message),)
    return (*_data(task.data), *_predictions(task, scheme))


def refuse(problems: tuple[Problem, ...], *, article_id: str, source: str) -> None:
    """Raise RecordError for the problems of an article's task, if there are any; ``source`` is who made it."""
    if not problems:
        return
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    raise RecordError(
        f"{source}: {first.message} at {first.place} [{first.kind}]{more}",
        where=article_id,
        hint="Nothing was written. Mend the pre-annotator, or run wortlaut tasks --no-predictions",
    )


_DECODER = msgspec.json.Decoder(Task)


def _data(data: TaskData) -> Iterator[Problem]:
    if "\r" in data.text:
        message = "the text holds a carriage return, which the page shows as an empty line"
        yield Problem(kind="line-end", place="$.data.text", message=message)
    if text_sha256(data.text) != data.text_sha256:
        yield Problem(kind="hash", place="$.data.text_sha256", message="is not the hash of the text")


def _predictions(task: Task, scheme: Scheme) -> Iterator[Problem]:
    versions: set[str] = set()
    for number, prediction in enumerate(task.predictions):
        if prediction.model_version in versions:
            message = f"two predictions bear the model version {prediction.model_version!r}"
            yield Problem(kind="model-version", place=f"$.predictions[{number}]", message=message)
        versions.add(prediction.model_version)
        yield from _Checker(task.data.text, scheme, prediction, f"$.predictions[{number}].result").problems()


class _Checker:
    """Checks one prediction."""

    def __init__(self, text: str, scheme: Scheme, prediction: Prediction, place: str) -> None:
        self._text = text
        self._scheme = scheme
        self._prediction = prediction
        self._place = place
        # The first span of each id: what a choice, a note or a relation means by it.
        self._spans: dict[str, PredictedSpan] = {}
        self._seen: set[tuple[object, ...]] = set()

    def problems(self) -> Iterator[Problem]:
        numbered = list(enumerate(self._prediction.result))
        # Spans first: a relation may stand before its ends.
        for number, result in numbered:
            if isinstance(result, PredictedSpan):
                yield from self._span(f"{self._place}[{number}]", result)
        for number, result in numbered:
            place = f"{self._place}[{number}]"
            match result:
                case PredictedChoice():
                    yield from self._choice(place, result)
                case PredictedNote():
                    yield from self._note(place, result)
                case PredictedRelation():
                    yield from self._relation(place, result)

    def _span(self, place: str, span: PredictedSpan) -> Iterator[Problem]:
        if span.id in self._spans:
            yield _problem("duplicate-id", place, f"a second span has the id {span.id!r}")
        self._spans.setdefault(span.id, span)
        value = span.value
        for label in value.labels:
            if label not in self._scheme.label_by_name:
                yield _problem("label", place, _unknown("label", label, self._scheme.label_by_name))
        if self._repeats("span", value.start, value.end, value.labels):
            message = f"a second span {value.start}:{value.end} is labelled {' '.join(value.labels)}"
            yield _problem("duplicate-span", place, message)
        yield from self._fits(place, value.start, value.end, value.text)

    def _fits(self, place: str, start: int, end: int, surface: str) -> Iterator[Problem]:
        size = len(self._text)
        if not 0 <= start < end <= size:
            yield _problem("offsets", place, f"the span {start}:{end} does not fit a text of {size} code points")
        elif self._text[start:end] != surface:
            wanted, given = _short(self._text[start:end]), _short(surface)
            yield _problem("surface", place, f"the span {start}:{end} holds {wanted}, and says it holds {given}")
        elif not surface.strip():
            yield _problem("offsets", place, f"the span {start}:{end} holds nothing but blanks")

    def _choice(self, place: str, result: PredictedChoice) -> Iterator[Problem]:
        choice = self._scheme.choice_by_name.get(result.from_name)
        if choice is None:
            yield _problem("choice", place, _unknown("choice", result.from_name, self._scheme.choice_by_name))
            return
        options = {option.name: option for option in choice.options}
        for name in result.value.choices:
            if name not in options:
                yield _problem("choice", place, _unknown(f"option of {choice.name}", name, options))
        if len(result.value.choices) > 1 and not choice.multiple:
            yield _problem("choice", place, f"{choice.name} takes one option, not {len(result.value.choices)}")
        if self._repeats("choice", result.id, result.from_name):
            yield _problem("duplicate-id", place, f"{choice.name} is chosen twice on the region {result.id!r}")
        value = result.value
        if choice.scope == "document":
            if result.id in self._spans or value.start is not msgspec.UNSET or value.end is not msgspec.UNSET:
                yield _problem("choice-region", place, f"{choice.name} is chosen on the document, not on a span")
            return
        span = self._spans.get(result.id)
        if span is None or (value.start, value.end, value.text) != (span.value.start, span.value.end, span.value.text):
            yield _problem("choice-region", place, f"the choice {choice.name} is not on a span of this prediction")
        elif choice.applies_to and not set(span.value.labels) & set(choice.applies_to):
            message = f"the choice {choice.name} is not for a span labelled {' '.join(span.value.labels)}"
            yield _problem("choice-region", place, message)

    def _note(self, place: str, result: PredictedNote) -> Iterator[Problem]:
        span = self._spans.get(result.id)
        if span is None or (result.value.start, result.value.end) != (span.value.start, span.value.end):
            yield _problem("note-region", place, "the note is not on a span of this prediction")
        if self._repeats("note", result.id):
            yield _problem("duplicate-id", place, f"the region {result.id!r} has a second note")

    def _relation(self, place: str, relation: PredictedRelation) -> Iterator[Problem]:
        head, tail = self._spans.get(relation.from_id), self._spans.get(relation.to_id)
        for name, found in ((relation.from_id, head), (relation.to_id, tail)):
            if found is None:
                yield _problem("dangling", place, f"the relation names the region {name!r}, which is not there")
        for label in relation.labels:
            kind = self._scheme.relation_by_name.get(label)
            if kind is None:
                yield _problem("relation-label", place, _unknown("relation", label, self._scheme.relation_by_name))
            elif relation.from_id == relation.to_id:
                yield _problem("relation-ends", place, f"{label} goes from a span to itself")
            elif head is not None and tail is not None:
                ends = (head.value.labels[0], tail.value.labels[0])
                # A label that the scheme lacks is told at its span.
                if not kind.allows(*ends) and all(end in self._scheme.label_by_name for end in ends):
                    yield _problem("relation-ends", place, f"{label} cannot go from {ends[0]} to {ends[1]}")
        if self._repeats("relation", relation.from_id, relation.to_id, relation.labels):
            yield _problem("duplicate-relation", place, f"a second relation {' '.join(relation.labels)} says the same")

    def _repeats(self, *key: object) -> bool:
        known = key in self._seen
        self._seen.add(key)
        return known


def _problem(kind: ProblemKind, place: str, message: str) -> Problem:
    return Problem(kind=kind, place=place, message=message)


def _unknown(what: str, name: str, known: Mapping[str, object]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"the {what} {_short(name)} is not in the scheme" + (f"; did you mean {close[0]!r}?" if close else "")


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")
