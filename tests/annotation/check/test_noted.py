"""What the first pass notes of a task: that of the annotation that will count, and nothing of what nobody annotated."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wortlaut.annotation.check.articles import article_key
from wortlaut.annotation.check.noted import Noted, noted_element
from wortlaut.annotation.reader.scan import Element

TEXT = "Der Fluss Ulme steigt nicht."


def annotation(*labels: str, **more: Any) -> dict[str, Any]:
    result: list[dict[str, Any]] = [
        {"id": f"x{number}", "type": "labels", "value": {"start": 0, "end": 3, "text": "Der", "labels": [label]}}
        for number, label in enumerate(labels)
    ]
    result.append({"type": "relation", "from_id": "x0", "to_id": "x1", "labels": ["COREF"]})
    return {"id": 1, "completed_by": 3, "result": result, **more}


def notes(task: dict[str, Any]) -> list[Noted]:
    return list(noted_element(Element(index=0, start=0, raw=json.dumps(task).encode()), name="export.json"))


def task(*annotations: dict[str, Any], **data: Any) -> dict[str, Any]:
    return {"id": 1, "data": {"article_id": "ulme", "text": TEXT} | data, "annotations": list(annotations)}


def test_the_ground_truth_counts_else_the_first_that_was_not_skipped() -> None:
    skipped, first, second = annotation("MISC", was_cancelled=True), annotation("PER", "PER"), annotation("LOC")
    (found,) = notes(task(skipped, first, second, publisher="Bote", published="2026-03-01T08:00:00+01:00"))
    assert found == Noted(
        article_id="ulme", text=TEXT, publisher="Bote", published="2026-03-01T08:00:00+01:00", labels=["PER", "PER"]
    )
    (found,) = notes(task(skipped, first, second | {"ground_truth": True}))
    assert found.labels == ["LOC"]


@pytest.mark.parametrize("annotations", [(), (annotation("PER", was_cancelled=True),)])
def test_what_nobody_annotated_is_not_noted(annotations: tuple[dict[str, Any], ...]) -> None:
    assert notes(task(*annotations)) == []


def test_odd_data_does_no_harm() -> None:
    (found,) = notes(task(annotation(), article_id=None, publisher=["a", "b"], published=20260301))
    assert (found.article_id, found.publisher, found.published, found.labels) == (article_key("", TEXT), "", "", [])
    assert notes(task(annotation("PER"), text="")) == []
    # An old export: the careful reader has it.
    old = task(annotation("PER"))
    old["completions"] = old.pop("annotations")
    assert [one.labels for one in notes(old)] == [["PER"]]
