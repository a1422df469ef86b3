"""Whatever stands in an export, the check says so: no crash, no region lost in silence."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from wortlaut.annotation.check.checker import Checker
from wortlaut.annotation.reader.repair import repair
from wortlaut.annotation.reader.scan import Element, elements
from wortlaut.annotation.reader.wire import MISSING
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.errors import InputError
from wortlaut.schema.findings import Finding
from wortlaut.schema.rules import RULES
from wortlaut.schema.scheme import default_scheme

CHECKER = Checker(default_scheme())
Spoiled = Callable[[st.DataObject], list[Any]]


def checked(tasks: list[Any]) -> tuple[list[CheckedTask], list[Finding]]:
    """Check the bytes of an export, without a file."""
    done: list[CheckedTask] = []
    between: list[Finding] = []
    for element in elements(io.BytesIO(encode(tasks)), name="x.json"):
        for item in CHECKER.element(element, len(done), name="x.json"):
            if isinstance(item, Finding):
                between.append(item)
            else:
                done.append(item)
    return done, between


def refusal(tasks: list[Any]) -> InputError | None:
    """Give the error that refuses the whole file, if one does."""
    try:
        checked(tasks)
    except InputError as error:
        return error
    return None


def encode(tasks: Any) -> bytes:
    # Infinity is written as a number that is beyond a float, which is what JSON can hold of it.
    return json.dumps(tasks).replace("Infinity", "1e999").encode()


def entries(task: Any) -> int:
    """Count the entries of result in annotations and drafts, as the file holds them."""
    if not isinstance(task, dict):
        return 0
    listed = task.get("annotations")
    if listed is None:
        listed = task.get("completions")
        listed = [listed] if isinstance(listed, dict) else listed
    held = 0
    for group in (listed, task.get("drafts")):
        for item in group if isinstance(group, list) else []:
            result = item.get("result") if isinstance(item, dict) else None
            held += len(result) if isinstance(result, list) else 0
    return held


@given(data=st.data())
def test_nothing_crashes_and_no_region_is_lost(spoiled: Spoiled, data: st.DataObject) -> None:
    tasks = spoiled(data)
    refused = refusal(tasks)
    if refused is not None:
        event(f"refused with {refused.code}")
        assert RULES[refused.code].refuses
        return
    done, between = checked(tasks)
    findings = [*between, *(found for task in done for found in task.findings)]
    event(f"{len({found.code for found in findings})} codes")
    lost = sum(found.regions for found in findings)
    kept = sum(task.counts.kept for task in done)
    assert kept + lost == sum(entries(task) for task in tasks)
    assert sum(task.counts.seen for task in done) == kept + sum(f.regions for task in done for f in task.findings)


@given(data=st.data())
def test_what_is_kept_is_in_the_documents(spoiled: Spoiled, data: st.DataObject) -> None:
    tasks = spoiled(data)
    done = [] if refusal(tasks) else checked(tasks)[0]
    for task in done:
        for document in task.documents:
            spans = {span.id: span for span in document.spans()}
            for span in spans.values():
                assert task.text[span.start : span.end] == span.text
            assert all(relation.head in spans and relation.tail in spans for relation in document.relations)
            assert all(item.span_id is None or item.span_id in spans for item in document.attributes)
            for quote in document.quotes:
                assert {*quote.speakers, *quote.resolved_speakers, *quote.addressees} <= set(spans)
            statuses = sum(quote.speaker_status is not None for quote in document.quotes)
            assert document.provenance.regions <= len(spans) + len(document.relations) + len(
                document.attributes
            ) + statuses * max((len(quote.fragments) for quote in document.quotes), default=0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
@example({"completions": 5})
@example({"data": {}, "annotations": [{"result": [{}]}]})
def test_any_json_at_all_is_a_finding_or_a_refusal(value: Any) -> None:
    refused = refusal([value])
    if refused is not None:
        assert RULES[refused.code].refuses
        return
    done, between = checked([value])
    assert between or any(task.findings for task in done)


@pytest.mark.parametrize(
    ("said", "read"), [(12, 12), ("12", 12), (12.0, 12), (12.5, None), ("zwölf", None), (True, None), ("١٢", None)]
)
def test_offsets_written_otherwise(said: Any, read: int | None) -> None:
    text = "Am Ufer saß Nele Ödön und las."
    value = {"start": said, "end": 21, "text": "Nele Ödön", "labels": ["PER"]}
    task = {"data": {"text": text}, "annotations": [{"result": [{"id": "a", "type": "labels", "value": value}]}]}
    repaired = repair(task, place="x", name="x", text_key=None)
    assert repaired.task.annotations is not None
    assert repaired.task.annotations[0].result is not None
    made = repaired.task.annotations[0].result[0].value
    assert (made.start if made else None) == read
    assert [found.code for found in repaired.findings if found.code == "WL302"] == (
        [] if said == 12 and type(said) is int else ["WL302"]
    )


@pytest.mark.parametrize("lead_time", [10**400, 1e308 * 10, "lang", True, [1]])
def test_a_lead_time_that_is_no_number_is_none(lead_time: Any) -> None:
    task = {"data": {"text": "Nele"}, "annotations": [{"result": [], "lead_time": lead_time}]}
    repaired = repair(task, place="x", name="x", text_key=None)
    assert repaired.task.annotations is not None
    assert repaired.task.annotations[0].lead_time is None


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (
            {"type": "taxonomy", "value": {"taxonomy": [["Politik", "Kommune"], ["Sport"]]}},
            ["Politik/Kommune", "Sport"],
        ),
        ({"type": "rating", "value": {"rating": 4}}, ["4"]),
        ({"type": "number", "value": {"number": 2.5}}, ["2.5"]),
        ({"type": "datetime", "value": {"datetime": "2026-04-13"}}, ["2026-04-13"]),
        ({"type": "choices", "value": {"choices": "eins"}}, ["eins"]),
    ],
)
def test_other_controls_are_read_as_choices(value: dict[str, Any], read: list[str]) -> None:
    task = {"data": {"text": "Nele"}, "annotations": [{"result": [{"id": "a", **value}]}]}
    annotations = repair(task, place="x", name="x", text_key=None).task.annotations
    assert annotations is not None
    assert annotations[0].result is not None
    region = annotations[0].result[0]
    assert region.type == "choices"
    assert region.value is not None
    assert region.value.choices == read
    assert region.value.start == MISSING


def test_the_text_is_found_by_the_surfaces() -> None:
    value = {"start": 3, "end": 7, "text": "Ufer", "labels": ["LOC"]}
    annotations = [{"result": [{"id": "a", "type": "labels", "value": value}]}]
    data = {"titel": "Drei Worte und mehr als im Text, doch nicht dieselben", "absatz": "Am Ufer saß sie.", "n": 3}
    task = repair({"data": data, "annotations": annotations}, place="x", name="x", text_key=None).task
    assert task.data is not None
    assert task.data.text == "Am Ufer saß sie."
    named = repair({"data": data, "annotations": annotations}, place="x", name="x", text_key="titel").task
    assert named.data is not None
    assert named.data.text == data["titel"]


def test_a_damaged_task_leaves_the_others() -> None:
    whole = {
        "id": 2,
        "data": {"article_id": "a", "text": "Am Ufer"},
        "annotations": [{"completed_by": 1, "result": []}],
    }
    spoilt: list[dict[str, Any]] = [
        {"id": 1, "data": None, "annotations": []},
        {"id": 1, "annotations": [{"result": [{}, {}]}]},
    ]
    for damaged in spoilt:
        done, between = checked([damaged, whole])
        assert [task.task_id for task in done] == ["2"]
        assert [found.code for found in between] == ["WL202"]
        assert between[0].regions == entries(damaged)


def test_every_list_of_a_wrapper_is_read() -> None:
    def task(number: int) -> dict[str, Any]:
        return {"id": number, "data": {"text": f"Text {number}"}, "annotations": []}

    done, between = checked([{"tasks": [task(1)], "items": [task(2)], "Ben": {"annotated_tasks": [task(3), 4]}}])
    assert [item.task_id for item in done] == ["1", "2", "3"]
    assert [found.code for found in between] == ["WL116", "WL202"]
    assert done[2].place == "x.json::$[0]['Ben'].annotated_tasks[0]"


@pytest.mark.parametrize(("depth", "code"), [(10, ""), (100, ""), (3000, "WL112")])
def test_a_deep_value_beside_half_a_surrogate_pair(depth: int, code: str) -> None:
    deep = b"[" * depth + b"]" * depth
    raw = b'{"id": 1, "annotations": [], "meta": {"x": ' + deep + b'}, "data": {"text": "Am \\ud83d Ufer"}}'
    element = Element(index=0, start=0, raw=raw)
    if code:
        with pytest.raises(InputError, match=f"^{code} "):
            list(CHECKER.element(element, 0, name="x.json"))
    else:
        done = [item for item in CHECKER.element(element, 0, name="x.json") if isinstance(item, CheckedTask)]
        assert [item.text for item in done] == ["Am \ufffd Ufer"]


def test_an_offset_of_minus_one_is_not_a_missing_one() -> None:
    assert not math.isclose(MISSING, -1)
    value = {"start": -1, "end": 4, "text": "Am U", "choices": ["needs_review"]}
    region = {"id": "d", "type": "choices", "from_name": "document_status", "value": value}
    task = {"id": 1, "data": {"text": "Am Ufer"}, "annotations": [{"completed_by": 1, "result": [region]}]}
    done, _ = checked([task])
    assert [found.place for found in done[0].findings if found.code == "WL201"] == [
        "x.json::$[0].annotations[0].result[0].value.start"
    ]
