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


@pytest.mark.parametrize("order", [("PER", "MENTION"), ("MENTION", "PER")])
@pytest.mark.parametrize("as_one", [True, False], ids=["one result", "two results"])
def test_a_relation_takes_the_label_that_fits_of_a_span_with_two(export: Any, order: Any, as_one: bool) -> None:
    made = export("Nele Ödön vom Ruderclub Aue lacht: „Ja“, so Otto. Sie schwieg.")
    made.span("PER", "Nele Ödön", key="nele")
    made.span("DIRECT", "„Ja“", key="q")
    made.span("ORG", "Ruderclub Aue", key="club")
    if as_one:
        made.span("PER", "Sie", key="sie", labels=list(order))
    else:
        for label in order:
            made.span(label, "Sie", key="sie")
    made.relation("COREF", "sie", "nele")
    made.relation("SPEAKER", "q", "sie")
    made.relation("MEMBER_OF", "club", "sie", "left")
    task = made.check()
    assert codes(task) == ["WL403", *(["WL607"] if order[0] == "MENTION" else [])][: len(codes(task))]
    labels = {span.id: span.label for span in task.documents[0].spans()}
    ends = {relation.type: (labels[relation.head], labels[relation.tail]) for relation in task.documents[0].relations}
    assert ends["COREF"] == ("MENTION", "PER")
    assert ends["MEMBER_OF"] == ("PER", "ORG")
    assert ends["SPEAKER"] == ("DIRECT", order[0])


def test_a_relation_that_fits_no_label_of_a_span_is_reported_once(export: Any) -> None:
    made = export("Nele Ödön vom Ruderclub Aue lacht.")
    made.span("PER", "Nele Ödön", key="nele", labels=["PER", "MENTION"])
    made.span("ORG", "Ruderclub Aue", key="club")
    made.relation("SPEAKER", "nele", "club")
    task = made.check()
    assert codes(task) == ["WL403", "WL505"]
    assert task.counts.kept == 2


@pytest.mark.parametrize("order", [("PER", "CUE"), ("CUE", "PER")])
def test_a_relation_without_a_label_is_inferred_from_either_label_of_a_span(export: Any, order: Any) -> None:
    made = export("Nele lacht: „Ja.“")
    made.span("CUE", "lacht", key="k", labels=list(order))
    made.span("DIRECT", "„Ja.“", key="q")
    made.status("q", "unknown")
    made.relation("", "k", "q")
    task = made.check()
    assert "WL502" in codes(task)
    assert "from CUE 'lacht' to DIRECT" in next(found.message for found in task.findings if found.code == "WL502")
    assert [cue.text for cue in task.documents[0].quotes[0].cues] == ["lacht"]
