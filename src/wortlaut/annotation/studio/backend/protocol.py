"""What Label Studio sends to an ML backend and to a webhook, and nothing beyond what is used of it.

Fields that are not named here are skipped while a request is decoded, the token that ``/setup`` hands over among
them: it never becomes a value. Measured against Label Studio 1.23.2.
"""

from __future__ import annotations

import msgspec

__all__ = [
    "ACTIONS",
    "HOOK_LIMIT",
    "PREDICT_LIMIT",
    "SECRET_HEADER",
    "SETUP_LIMIT",
    "Hook",
    "PredictRequest",
    "PredictTask",
    "SetupRequest",
]

PREDICT_LIMIT = 64 << 20
"""Bytes of one request for predictions: Label Studio asks for all tasks of a selection at once."""

SETUP_LIMIT = 8 << 20
HOOK_LIMIT = 64 << 20

SECRET_HEADER = "X-Wortlaut-Secret"  # noqa: S105 - the header's name
"""Where a webhook says that it is the one which wortlaut registered."""

ACTIONS = ("ANNOTATION_CREATED", "ANNOTATIONS_CREATED", "ANNOTATION_UPDATED", "ANNOTATIONS_DELETED", "TASKS_DELETED")
"""What Label Studio is asked to tell of."""


class SetupRequest(msgspec.Struct, frozen=True):
    """``POST /setup``: what it says is of no use here."""


class PredictTask(msgspec.Struct, frozen=True):
    """A task to be predicted. ``data`` is decoded where the prediction is made."""

    data: msgspec.Raw
    id: int | str | None = None


class PredictRequest(msgspec.Struct, frozen=True):
    """``POST /predict``. ``label_config`` is the project's labeling config, empty where a caller leaves it out."""

    tasks: tuple[PredictTask, ...]
    label_config: str | None = None


class _Id(msgspec.Struct, frozen=True):
    id: int


class _Annotation(msgspec.Struct, frozen=True):
    id: int
    task: int


class Hook(msgspec.Struct, frozen=True):
    """``POST /webhook``. Of an annotation that was deleted only its id is told."""

    action: str
    annotation: _Annotation | tuple[_Annotation, ...] = ()
    annotations: tuple[_Id, ...] = ()
    tasks: tuple[_Id, ...] = ()
    project: _Id | None = None

    def changed(self) -> tuple[int, ...]:
        """Give the tasks with an annotation that is new or was changed."""
        made = (self.annotation,) if isinstance(self.annotation, _Annotation) else self.annotation
        return tuple(one.task for one in made)

    def deleted(self) -> tuple[int, ...]:
        """Give the annotations that were deleted."""
        return tuple(one.id for one in self.annotations) if self.action == "ANNOTATIONS_DELETED" else ()

    def deleted_tasks(self) -> tuple[int, ...]:
        """Give the tasks that were deleted."""
        return tuple(one.id for one in self.tasks) if self.action == "TASKS_DELETED" else ()
