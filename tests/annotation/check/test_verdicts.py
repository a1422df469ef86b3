"""The same verdicts: the fast way through a task, the careful way, and the JSON Schema agree on what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from wortlaut.annotation.check.checker import Checker
from wortlaut.annotation.reader.scan import Element
from wortlaut.annotation.reader.tasks import ReadTask, read_element, repair_element
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.errors import InputError
from wortlaut.schema.export_schema import export_schema
from wortlaut.schema.findings import Finding
from wortlaut.schema.scheme import default_scheme
from wortlaut.schema.validation import Validator, Violation

CHECKER = Checker(default_scheme())
SCHEMA = export_schema(default_scheme())
COMPILED = Validator(SCHEMA)
PLAIN = Draft202012Validator(SCHEMA)
Spoiled = Callable[[st.DataObject], list[Any]]

# What takes out an annotation as a whole: nothing in it need hold. Ids stand in the registry of rules.
WHOLE = {"WL701", "WL704", "WL709"}


def element_of(task: Any) -> Element:
    return Element(index=0, start=0, raw=json.dumps(task).replace("Infinity", "1e999").encode())


def fast(task: Any) -> CheckedTask | None:
    """Check a task the fast way; None where that way does not take it."""
    try:
        (item,) = read_element(element_of(task), 0, name="x")
    except (InputError, ValueError):
        return None
    return CHECKER.tasks.check(item) if isinstance(item, ReadTask) and not item.careful else None


def careful(task: Any) -> list[CheckedTask | Finding]:
    items: list[CheckedTask | Finding] = []
    for item in repair_element(element_of(task), 0, name="x"):
        if isinstance(item, ReadTask):
            checked = CHECKER.tasks.check(item)
            assert checked is not None
            items.append(checked)
        else:
            items.append(item)
    return items


def as_checked(task: Any) -> list[CheckedTask | Finding] | None:
    """Check a task as the checker does; None where it refuses the file."""
    try:
        return list(CHECKER.element(element_of(task), 0, name="x"))
    except InputError:
        return None


def is_named(violation: Violation, findings: list[Finding]) -> bool:
    """Say whether a finding stands where the schema's complaint does, around it, or inside the same region."""
    place = f"x::$[0]{violation.place[1:]}"
    if place == "x::$[0].annotations" or (place == "x::$[0]" and '"annotations"' in violation.message):
        return any(found.code in {"WL115", "WL118", "WL202", "WL203", "WL706"} for found in findings)
    for found in findings:
        if found.level != "error" and found.code not in WHOLE:
            continue
        other = found.place
        if other == place or place.startswith((f"{other}.", f"{other}[")):
            return True
        if ".result[" in place and other.startswith((f"{place}.", f"{place}[")):
            return True
    return False


@given(data=st.data())
def test_what_the_schema_forbids_is_named_by_a_finding(spoiled: Spoiled, data: st.DataObject) -> None:
    for task in spoiled(data):
        items = as_checked(task)
        if items is None:
            continue
        findings = [f for item in items for f in ([item] if isinstance(item, Finding) else item.findings)]
        violations = COMPILED.violations(json.loads(element_of(task).raw))
        event(f"{len(violations)} violations")
        texts = [item.text for item in items if isinstance(item, CheckedTask)]
        for violation in violations:
            # The text of a foreign export may stand under another key: then nothing is missing.
            elsewhere = violation.place == "$.data" and '"text"' in violation.message and any(texts)
            assert elsewhere or is_named(violation, findings), (violation, findings)


@given(data=st.data())
def test_what_the_fast_way_finds_no_error_in_fits_the_schema(spoiled: Spoiled, data: st.DataObject) -> None:
    for task in spoiled(data):
        checked = fast(task)
        if checked is None or any(f.level == "error" or f.code in WHOLE for f in checked.findings):
            continue
        event("clean the fast way")
        instance = json.loads(element_of(task).raw)
        assert [error.message for error in PLAIN.iter_errors(instance)] == []
        assert COMPILED.is_valid(instance)


@given(data=st.data())
def test_both_ways_give_the_same(spoiled: Spoiled, data: st.DataObject) -> None:
    for task in spoiled(data):
        quick = fast(task)
        if quick is None:
            continue
        event("taken by the fast way")
        assert careful(task) == [quick]


@given(data=st.data())
def test_both_validators_come_to_one_verdict(spoiled: Spoiled, data: st.DataObject) -> None:
    for task in spoiled(data):
        # A number beyond a float is infinite in Python, which is no JSON any more: there the two differ.
        instance = json.loads(element_of(task).raw, parse_float=lambda said: min(float(said), 1e308))
        assert COMPILED.is_valid(instance) == PLAIN.is_valid(instance)


def test_every_valid_task_goes_the_fast_way(valid_tasks: list[Any]) -> None:
    for task in valid_tasks:
        quick = fast(task)
        assert quick is not None
        assert careful(task) == [quick]
        assert PLAIN.is_valid(task)


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("meta",), "x", ".meta"),
        (("id",), 1.5, ".id"),
        (("predictions",), [True], ".predictions[0]"),
        (("drafts",), {}, ".drafts"),
        (("data", "text_sha256"), "", ".data.text_sha256"),
        (("annotations", 0, "parent_prediction"), "17", ".annotations[0].parent_prediction"),
        (("annotations", 0, "parent_annotation"), {}, ".annotations[0].parent_annotation"),
        (("annotations", 0, "prediction"), "x", ".annotations[0].prediction"),
        (("annotations", 0, "draft_created_at"), 1.5, ".annotations[0].draft_created_at"),
        (("annotations", 0, "was_cancelled"), "nein", ".annotations[0].was_cancelled"),
        (("annotations", 0, "completed_by"), [3], ".annotations[0].completed_by"),
        (("annotations", 0, "result", 0, "parentID"), 5, ".annotations[0].result[0].parentID"),
        (("annotations", 0, "result", 0, "score"), "hoch", ".annotations[0].result[0].score"),
        (("annotations", 0, "result", 0, "from_name"), "", ".annotations[0].result[0].from_name"),
        (("annotations", 0, "result", 0, "value", "text"), 5, ".annotations[0].result[0].value.text"),
    ],
)
def test_a_form_that_moves_no_span_is_an_error_all_the_same(
    valid_tasks: list[Any], path: tuple[Any, ...], value: Any, place: str
) -> None:
    task = json.loads(json.dumps(valid_tasks[0]))
    target = task
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    assert fast(task) is None
    (checked,) = careful(task)
    assert isinstance(checked, CheckedTask)
    assert [(found.code, found.place) for found in checked.findings if found.level == "error"] == [
        ("WL201", f"x::$[0]{place}")
    ]


def test_a_relation_without_a_direction_keeps_its_place_both_ways(valid_tasks: list[Any]) -> None:
    tried = 0
    for task in valid_tasks:
        for annotation, held in enumerate(task["annotations"] or ()):
            for number, region in enumerate(held["result"] or ()):
                if region["type"] == "relation":
                    spoilt = json.loads(json.dumps(task))
                    spoilt["annotations"][annotation]["result"][number]["direction"] = None
                    quick = fast(spoilt)
                    assert quick is not None
                    assert careful(spoilt) == [quick]
                    tried += 1
    assert tried > 10
