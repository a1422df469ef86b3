"""The predictions of our pre-annotators on tasks that are on the server already: read, compared and replaced.

A prediction is replaced in place (``PATCH``), so that at every moment a task has one of each pre-annotator, whatever
is killed; annotations keep the prediction that they started from. Predictions of other models are left alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from wortlaut.annotation.studio.client import Studio
from wortlaut.schema.task import Prediction

__all__ = ["bring", "digests_of", "name_of", "predictions_digest"]


class _Held(msgspec.Struct, frozen=True, kw_only=True):
    """A prediction on the server; ``digest`` is that of its version and content."""

    id: int
    model_version: str
    digest: bytes


class _Wire(msgspec.Struct):
    id: int
    result: Any = None
    model_version: str | None = None


def name_of(model_version: str) -> str:
    """Give the name of the pre-annotator in a model version.

    >>> name_of("press-de-rules/1")
    'press-de-rules'
    """
    return model_version.rpartition("/")[0] or model_version


def _digest(model_version: str, result: object) -> bytes:
    """Give the digest of a prediction; the order of keys does not count, which the server does not keep."""
    content = msgspec.json.encode([model_version, result], order="sorted")
    return blake2b(content, digest_size=16).digest()


def predictions_digest(digests: Collection[bytes]) -> str:
    """Give the digest of the predictions of a task; empty where there are none."""
    return blake2b(b"".join(sorted(digests)), digest_size=16).hexdigest() if digests else ""


def digests_of(predictions: Sequence[Prediction]) -> list[bytes]:
    """Give the digest of each prediction that is to be sent."""
    return [_digest(one.model_version, msgspec.to_builtins(one.result)) for one in predictions]


def bring(
    studio: Studio, project_id: int, task_id: int, predictions: Sequence[Prediction], names: Collection[str]
) -> tuple[bool, int]:
    """Give a task these predictions and no others of the pre-annotators ``names``.

    Say whether anything was to do, and how many predictions the task then has, those of other models too.
    May be run again at any point: it looks at what the task has first.
    """
    found = _found(studio, task_id)
    held = [one for one in found if name_of(one.model_version) in names]
    total = len(found) - len(held) + len(predictions)
    changed = False
    for prediction in predictions:
        wanted = _digest(prediction.model_version, msgspec.to_builtins(prediction.result))
        alike = [one for one in held if name_of(one.model_version) == name_of(prediction.model_version)]
        # What is right already is kept; else the first of the same pre-annotator becomes it.
        old = next((one for one in alike if one.digest == wanted), alike[0] if alike else None)
        body: dict[str, object] = {"result": prediction.result, "model_version": prediction.model_version}
        if old is None:
            body |= {"task": task_id, "project": project_id}
            studio.call("POST", "/api/predictions/", doing="send a prediction", json=body)
        elif old.digest != wanted:
            studio.call("PATCH", f"/api/predictions/{old.id}/", doing="replace a prediction", json=body)
        changed |= old is None or old.digest != wanted
        held = [one for one in held if one is not old]
    for one in held:
        studio.call("DELETE", f"/api/predictions/{one.id}/", doing="remove an old prediction")
        changed = True
    return changed, total


def _found(studio: Studio, task_id: int) -> list[_Held]:
    found: list[_Wire] = studio.call(
        "GET", "/api/predictions/", doing="read the predictions", params={"task": task_id}, type=list[_Wire]
    )
    return [
        _Held(id=one.id, model_version=one.model_version or "", digest=_digest(one.model_version or "", one.result))
        for one in sorted(found, key=lambda one: one.id)
    ]
