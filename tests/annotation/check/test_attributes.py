"""Choices and notes: Label Studio's own note on a region, and what stands on no region."""

from __future__ import annotations

from typing import Any

import pytest

from wortlaut.schema.checked import CheckedTask

TEXT = "Nele Ödön vom Ruderclub Aue traf Otto Brand in Lindenau."


def notes(task: CheckedTask) -> list[tuple[str, str | None, tuple[str, ...], str]]:
    return [(one.name, one.span_id, one.values, one.kind) for one in task.documents[0].attributes]


def codes(task: CheckedTask) -> list[str]:
    return [found.code for found in task.findings]


@pytest.fixture
def made(export: Any) -> Any:
    task = export(TEXT)
    task.span("PER", "Nele Ödön", key="nele")
    task.span("PER", "Otto Brand", key="otto")
    return task


@pytest.mark.parametrize("said", [["Mitglied?", "nachsehen"], "Mitglied?"])
@pytest.mark.parametrize("odd", [False, True], ids=["fast", "careful"])
def test_the_own_note_of_a_region_is_an_attribute_and_no_entry(made: Any, said: Any, odd: bool) -> None:
    made.result[1]["meta"] = {"text": said, "lead_time": 3}
    if odd:
        made.result[0]["value"]["start"] = "0"
    task = made.check()
    assert codes(task) == (["WL302"] if odd else [])
    assert notes(task) == [("meta", "otto", tuple(said) if isinstance(said, list) else (said,), "note")]
    assert task.counts.seen == task.counts.kept == 2


def test_a_note_that_every_result_of_a_region_repeats_is_read_once(made: Any) -> None:
    made.span("MISC", "Otto Brand", key="otto")
    for entry in made.result[1:]:
        entry["meta"] = {"text": ["zwei Lesarten"]}
    task = made.check()
    assert codes(task) == ["WL403"]
    assert notes(task) == [("meta", "otto", ("zwei Lesarten",), "note")]


def test_a_note_on_a_duplicate_goes_to_its_twin_and_one_on_a_lost_span_is_lost_with_it(made: Any) -> None:
    made.span("PER", "Nele Ödön", key="again", text="Nele Ödön")
    made.span("PERS", "Lindenau", key="ort")
    made.result[2]["meta"] = {"text": ["Nele!"]}
    made.result[3]["meta"] = {"text": ["Ort"]}
    task = made.check()
    assert sorted(codes(task)) == ["WL308", "WL401"]
    assert notes(task) == [("meta", "nele", ("Nele!",), "note")]


@pytest.mark.parametrize("meta", [{}, {"text": []}, {"text": [""]}, {"text": None}, {"other": 1}, None])
def test_no_note_is_no_attribute(made: Any, meta: Any) -> None:
    made.result[0]["meta"] = meta
    task = made.check()
    assert (codes(task), notes(task)) == ([], [])


def test_a_note_of_another_form_is_named_and_costs_no_region(made: Any) -> None:
    made.result[0]["meta"] = {"text": {"de": "?"}}
    task = made.check()
    assert codes(task) == ["WL201"]
    assert task.findings[0].place.endswith(".result[0].meta")
    assert task.counts.kept == 2


def test_a_note_on_no_region_is_left_out_where_the_scheme_says_what_is_asked(made: Any) -> None:
    made.result.append({"id": "x", "type": "textarea", "from_name": "note", "value": {"text": ["verwaist"]}})
    task = made.check()
    assert codes(task) == ["WL406"]
    assert notes(task) == []


@pytest.mark.parametrize("odd", [False, True], ids=["fast", "careful"])
def test_predictions_are_counted_and_not_read(made: Any, odd: bool) -> None:
    if odd:
        made.result[0]["value"]["start"] = "0"
    task = made.check(predictions=[{"result": [{"id": "p"}]}, 7])
    assert task.predictions == 2
    assert task.counts.seen == 2
