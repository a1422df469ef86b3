"""The Label Studio task that ``wortlaut tasks`` writes: the data of one article and the predictions to start from.

The JSON form is ``schema/task.schema.json``; the names of the controls are those of the labeling config
(wortlaut.annotation.config). Offsets are code points into ``data.text``, half open, as Label Studio counts them
in a ``Text`` object. Label Studio's import checks next to nothing: what is wrong here breaks the annotator's page.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

__all__ = [
    "LABELS_CONTROL",
    "NOTE_CONTROL",
    "RESERVED_CONTROLS",
    "TEXT_OBJECT",
    "VALUE_SEPARATOR",
    "ChoicesValue",
    "LabelsValue",
    "NoteValue",
    "PredictedChoice",
    "PredictedNote",
    "PredictedRelation",
    "PredictedResult",
    "PredictedSpan",
    "Prediction",
    "Task",
    "TaskData",
    "join_values",
    "split_values",
]

TEXT_OBJECT = "text"
"""The name of the config's one ``Text`` object, every result's ``to_name``."""

LABELS_CONTROL = "lab"
"""The name of the config's one ``Labels`` control, ``from_name`` of every span."""

NOTE_CONTROL = "note"
"""The name of the config's ``TextArea`` for a note on a region."""

RESERVED_CONTROLS = (LABELS_CONTROL, NOTE_CONTROL, TEXT_OBJECT)
"""Names of the config that a choice of the scheme cannot bear; every other control is named after its choice."""

VALUE_SEPARATOR = " · "
"""What stands between the values of a list in ``TaskData``, whose fields are all text to be shown."""

Offset = Annotated[int, msgspec.Meta(ge=0)]
RegionId = Annotated[str, msgspec.Meta(min_length=1)]
Score = Annotated[float, msgspec.Meta(ge=0, le=1)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


def join_values(values: Iterable[str]) -> str:
    """Give a list as the text that the annotator's page shows.

    >>> join_values(["rts", "dpa", "AFP"])
    'rts · dpa · AFP'
    """
    return VALUE_SEPARATOR.join(values)


def split_values(shown: str) -> tuple[str, ...]:
    """Give the list back that ``join_values`` made; a value that held the separator itself comes back in parts.

    >>> split_values("rts · dpa · AFP"), split_values("")
    (('rts', 'dpa', 'AFP'), ())
    """
    return tuple(shown.split(VALUE_SEPARATOR)) if shown else ()


class TaskData(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """The ``data`` of one task. Every field is text, because Label Studio shows nothing else; unknown is ``""``.

    ``text`` is what is annotated (headline and lead included). ``byline``, ``agencies`` and ``tags`` are lists
    written by ``join_values``. Every key is always written: the config refers to them. The key is
    ``article_id``, never ``id``, which Label Studio overwrites in one of its formats.
    """

    article_id: Annotated[str, msgspec.Meta(min_length=1)]
    text: Annotated[str, msgspec.Meta(min_length=1)]
    text_sha256: Sha256
    headline: str = ""
    publisher: str = ""
    published: str = ""
    section: str = ""
    url: str = ""
    byline: str = ""
    agencies: str = ""
    tags: str = ""
    language: str = ""
    rights: str = ""


class LabelsValue(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """The value of a span: ``text`` is its surface, ``labels`` holds one label of the scheme."""

    start: Offset
    end: Offset
    text: str
    labels: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=1)]


class ChoicesValue(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """The value of a choice: the options chosen, and the region's place again (left out for the whole document)."""

    choices: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    start: Offset | UnsetType = UNSET
    end: Offset | UnsetType = UNSET
    text: str | UnsetType = UNSET


class NoteValue(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """The value of a note on a region: the region's place again; ``text`` is the note, a list of strings."""

    start: Offset
    end: Offset
    text: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class PredictedSpan(
    msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True, tag_field="type", tag="labels"
):
    """A predicted span. ``id`` is unique within its prediction: Label Studio loses the second of two."""

    id: RegionId
    value: LabelsValue
    score: Score | UnsetType = UNSET
    origin: Literal["prediction"] = "prediction"
    from_name: Literal["lab"] = "lab"
    to_name: Literal["text"] = "text"


class PredictedChoice(
    msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True, tag_field="type", tag="choices"
):
    """A predicted choice. ``from_name`` is the choice's name in the scheme, ``id`` that of its region.

    A choice on the whole document has an ``id`` of its own and a value without a place.
    """

    id: RegionId
    from_name: str
    value: ChoicesValue
    score: Score | UnsetType = UNSET
    origin: Literal["prediction"] = "prediction"
    to_name: Literal["text"] = "text"


class PredictedNote(
    msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True, tag_field="type", tag="textarea"
):
    """A predicted note on the region with this ``id``."""

    id: RegionId
    value: NoteValue
    origin: Literal["prediction"] = "prediction"
    from_name: Literal["note"] = "note"
    to_name: Literal["text"] = "text"


class PredictedRelation(
    msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True, tag_field="type", tag="relation"
):
    """A predicted relation from head to tail. Both ids are spans of the same prediction, else the page stays white."""

    from_id: RegionId
    to_id: RegionId
    labels: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=1)]
    direction: Literal["right"] = "right"


PredictedResult = PredictedSpan | PredictedChoice | PredictedNote | PredictedRelation


class Prediction(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """One pre-annotation of one task. ``model_version`` is what the project must be set to for it to be shown."""

    model_version: Annotated[str, msgspec.Meta(min_length=1)]
    result: tuple[PredictedResult, ...] = ()
    score: Score | UnsetType = UNSET


class Task(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """One task. Both keys are always written: ``predictions`` is an empty list where there are none."""

    data: TaskData
    predictions: tuple[Prediction, ...] = ()
