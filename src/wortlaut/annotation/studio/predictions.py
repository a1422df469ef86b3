"""The predictions of our pre-annotators on tasks that are on the server already: read, compared and replaced.

A prediction is replaced in place (``PATCH``), so that at every moment a task has one of each pre-annotator, whatever
is killed; annotations keep the prediction that they started from. Predictions of other models are left alone.

Label Studio counts the predictions of a task after it saved one, not within the same transaction: a server that is
killed between the two keeps a wrong count. Saving a prediction, changed or not, has it count again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from wortlaut.annotation.studio.client import Studio
from wortlaut.schema.task import Prediction

__all__ = [
    "WINDOW",
    "Brought",
    "Held",
    "bring",
    "differs",
    "digests_of",
    "name_of",
    "predictions_digest",
    "read_predictions",
    "recount",
]

WINDOW = 25
"""Tasks whose predictions are read in one request, which takes hardly longer than that for a single task. No more, so
that the answer stays below a megabyte or two, and little time passes until the last of them is replaced."""

_READING = "read the predictions"


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A prediction on the server; ``digest`` is that of its version and content."""

    id: int
    model_version: str
    digest: bytes


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """What was done at a task: whether its predictions ``changed``, whether the server had counted them wrong.

    ``total`` is how many it then has, those of other models too.
    """

    changed: bool
    recounted: bool
    total: int


class _Wire(msgspec.Struct):
    id: int
    result: Any = None
    model_version: str | None = None


class _Task(msgspec.Struct):
    id: int
    predictions: list[_Wire] = []


class _Tasks(msgspec.Struct):
    tasks: list[_Task]


def name_of(model_version: str) -> str:
    """Give the name of the pre-annotator in a model version.

    >>> name_of("press-de-rules/1")
    'press-de-rules'
    """
    return model_version.rpartition("/")[0] or model_version


def predictions_digest(digests: Collection[bytes]) -> str:
    """Give the digest of the predictions of a task; empty where there are none."""
    return blake2b(b"".join(sorted(digests)), digest_size=16).hexdigest() if digests else ""


def digests_of(predictions: Sequence[Prediction]) -> list[bytes]:
    """Give the digest of each prediction that is to be sent."""
    return [_wanted(one) for one in predictions]


def read_predictions(studio: Studio, project_id: int, task_ids: Sequence[int]) -> dict[int, list[Held]]:
    """Read the predictions of up to ``WINDOW`` tasks, each list by id; a task that is not there has none."""
    params: dict[str, str | int] = {
        "project": project_id, "page_size": WINDOW, "fields": "all", "include": "id,predictions",
        "query": json.dumps({"selectedItems": {"all": False, "included": list(task_ids)}}),
    }  # fmt: skip
    answer: _Tasks = studio.call("GET", "/api/tasks/", doing=_READING, params=params, type=_Tasks)
    there = {task.id: task.predictions for task in answer.tasks}
    return {task_id: _held(there.get(task_id, [])) for task_id in task_ids}


def differs(held: Sequence[Held], predictions: Sequence[Prediction], names: Collection[str]) -> bool:
    """Say whether a task that holds these does not have just ``predictions`` of the pre-annotators ``names``."""
    ours = [one.digest for one in held if name_of(one.model_version) in names]
    return sorted(ours) != sorted(map(_wanted, predictions))


def bring(
    studio: Studio,
    project_id: int,
    task_id: int,
    predictions: Sequence[Prediction],
    names: Collection[str],
    *,
    found: Sequence[Held] | None = None,
    counted: int | None = None,
) -> Brought:
    """Give a task these predictions and no others of the pre-annotators ``names``.

    ``found`` is what the task has, where that was read just now; ``counted`` how many the server says that it has.
    May be run again at any point, without ``found``: it then looks at what the task has first.
    """
    found = _read(studio, task_id) if found is None else found
    ours = [one for one in found if name_of(one.model_version) in names]
    left = list(ours)
    saved = False
    for prediction in predictions:
        alike = [one for one in left if name_of(one.model_version) == name_of(prediction.model_version)]
        wanted = _wanted(prediction)
        # What is right already is kept; else the first of the same pre-annotator becomes it.
        old = next((one for one in alike if one.digest == wanted), alike[0] if alike else None)
        if old is None or old.digest != wanted:
            _save(studio, project_id, task_id, prediction, old)
            saved = True
        left = [one for one in left if one is not old]
    for one in left:
        studio.call("DELETE", f"/api/predictions/{one.id}/", doing="remove an old prediction")
    changed = saved or bool(left)
    kept = [one for one in ours if one not in left]
    recounted = not changed and counted not in (None, len(found)) and bool(kept)
    if recounted:
        _recount(studio, kept[0])
    return Brought(changed=changed, recounted=recounted, total=len(found) - len(ours) + len(predictions))


def recount(
    studio: Studio, project_id: int, task_ids: Sequence[int], names: Collection[str], *, least: int
) -> Iterator[int]:
    """Give those of some tasks that do have ``least`` predictions of the pre-annotators ``names``.

    The server is made to count theirs again.
    """
    for start in range(0, len(task_ids), WINDOW):
        for task_id, held in read_predictions(studio, project_id, task_ids[start : start + WINDOW]).items():
            ours = [one for one in held if name_of(one.model_version) in names]
            if len(ours) >= least > 0:
                _recount(studio, ours[0])
                yield task_id


def _wanted(prediction: Prediction) -> bytes:
    return _digest(prediction.model_version, msgspec.to_builtins(prediction.result))


def _digest(model_version: str, result: object) -> bytes:
    """Give the digest of a prediction; the order of keys does not count, which the server does not keep."""
    content = msgspec.json.encode([model_version, result], order="sorted")
    return blake2b(content, digest_size=16).digest()


def _save(studio: Studio, project_id: int, task_id: int, prediction: Prediction, old: Held | None) -> None:
    body: Mapping[str, object] = {"result": prediction.result, "model_version": prediction.model_version}
    if old is None:
        body = {**body, "task": task_id, "project": project_id}
        studio.call("POST", "/api/predictions/", doing="send a prediction", json=body)
    else:
        studio.call("PATCH", f"/api/predictions/{old.id}/", doing="replace a prediction", json=body)


def _recount(studio: Studio, kept: Held) -> None:
    """Have the server count a task's predictions, by saving one of them as it is."""
    body = {"model_version": kept.model_version}
    studio.call("PATCH", f"/api/predictions/{kept.id}/", doing="have the predictions counted", json=body)


def _read(studio: Studio, task_id: int) -> list[Held]:
    found: list[_Wire] = studio.call(
        "GET", "/api/predictions/", doing=_READING, params={"task": task_id}, type=list[_Wire]
    )
    return _held(found)


def _held(found: Sequence[_Wire]) -> list[Held]:
    return [
        Held(id=one.id, model_version=one.model_version or "", digest=_digest(one.model_version or "", one.result))
        for one in sorted(found, key=lambda one: one.id)
    ]
