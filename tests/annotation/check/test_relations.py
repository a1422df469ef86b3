"""Relations: directions, symmetry, what is inferred and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from wortlaut.schema.checked import CheckedTask

TEXT = "Nele Ödön vom Ruderclub Aue traf Otto Brand in Lindenau. Er schwieg."


def codes(task: CheckedTask) -> list[str]:
    return [found.code for found in task.findings]


def triples(task: CheckedTask) -> list[tuple[str, str, str]]:
    document = task.documents[0]
    spans = {span.id: span.text for span in document.spans()}
    return [(spans[relation.head], relation.type, spans[relation.tail]) for relation in document.relations]


@pytest.fixture
def made(export: Any) -> Any:
    task = export(TEXT)
    task.span("PER", "Nele Ödön", key="nele")
    task.span("PER", "Otto Brand", key="otto")
    task.span("ORG", "Ruderclub Aue", key="club")
    task.span("GPE", "Lindenau", key="ort")
    return task


def test_left_turns_the_arrow(made: Any) -> None:
    made.relation("MEMBER_OF", "club", "nele", "left")
    task = made.check()
    assert codes(task) == []
    assert triples(task) == [("Nele Ödön", "MEMBER_OF", "Ruderclub Aue")]


def test_the_same_pair_from_both_ends_is_one_directed_relation(made: Any) -> None:
    made.relation("MEMBER_OF", "nele", "club")
    made.relation("MEMBER_OF", "club", "nele", "left")
    task = made.check()
    assert codes(task) == ["WL507"]
    assert len(triples(task)) == 1


@pytest.mark.parametrize("direction", ["right", "left", "bi"])
def test_a_symmetric_relation_is_written_in_the_order_of_the_text(made: Any, direction: str) -> None:
    made.relation("MEETS", "otto", "nele", direction)
    task = made.check()
    assert codes(task) == []
    assert triples(task) == [("Nele Ödön", "MEETS", "Otto Brand")]


def test_a_symmetric_relation_both_ways_is_a_double(made: Any) -> None:
    made.relation("MEETS", "nele", "otto")
    made.relation("MEETS", "otto", "nele")
    made.relation("FAMILY_OF", "otto", "nele")
    task = made.check()
    assert codes(task) == ["WL507"]
    assert sorted(triple[1] for triple in triples(task)) == ["FAMILY_OF", "MEETS"]


def test_a_symmetric_double_on_one_stretch_of_text(export: Any) -> None:
    made = export("Lindenau tagt.")
    made.span("GPE", "Lindenau", key="a")
    made.span("ORG", "Lindenau", key="b")
    made.relation("MEETS", "a", "b")
    made.relation("MEETS", "b", "a")
    assert codes(made.check()) == ["WL403", "WL507"]


def test_both_arrows_on_a_directed_relation_leave_the_one_that_may_be(made: Any) -> None:
    made.relation("MEMBER_OF", "club", "otto", "bi")
    task = made.check()
    assert codes(task) == ["WL506"]
    assert triples(task) == [("Otto Brand", "MEMBER_OF", "Ruderclub Aue")]


def test_the_label_is_read_from_the_ends_where_only_one_fits(export: Any) -> None:
    made = export("„Ja“, sagte er.")
    quote = made.span("DIRECT", "„Ja“")
    cue = made.span("CUE", "sagte")
    made.status(quote, "unknown")
    made.relation("", cue, quote)
    task = made.check()
    assert codes(task) == ["WL502"]
    assert triples(task) == [("sagte", "CUE_OF", "„Ja“")]


def test_the_label_is_not_guessed_where_two_fit(made: Any) -> None:
    made.relation("", "nele", "otto")
    task = made.check()
    assert codes(task) == ["WL503"]
    assert "MEETS, FAMILY_OF" in task.findings[0].message
    assert triples(task) == []


def test_a_relation_to_a_span_that_was_left_out_goes_too(made: Any) -> None:
    made.span("PERSON", "Er", key="er")
    made.relation("MEETS", "er", "nele")
    task = made.check()
    assert codes(task) == ["WL401", "WL501"]
    assert task.counts.seen - task.counts.kept == 2


def test_a_turned_arrow_is_said_to_be_one(made: Any) -> None:
    made.relation("MEMBER_OF", "club", "nele")
    (found,) = made.check().findings
    assert found.code == "WL505"
    assert "Turned round it would hold" in found.hint
