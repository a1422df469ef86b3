"""Quotes as a linguist reads them: fragments, speakers, what stands for whom; and who annotated it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.document import Quote
from wortlaut.schema.scheme import default_scheme, parse_scheme

TEXT = "„Erst“, sagte sie, „dann“, fuhr Mira Solveig fort, „zuletzt.“ Otto Brand nickte."
FRAGMENTS = ("„Erst“", "„dann“", "„zuletzt.“")


def codes(task: CheckedTask) -> list[str]:
    return [found.code for found in task.findings]


def quotes(task: CheckedTask) -> list[tuple[str, ...]]:
    return [tuple(fragment.text for fragment in quote.fragments) for quote in task.documents[0].quotes]


def only(task: CheckedTask) -> Quote:
    (quote,) = task.documents[0].quotes
    return quote


@pytest.fixture
def made(export: Any) -> Any:
    """Three fragments, drawn from last to first, and two persons."""
    task = export(TEXT)
    for key, surface in zip("cba", reversed(FRAGMENTS), strict=True):
        task.span("DIRECT", surface, key=key)
    task.span("PER", "Mira Solveig", key="mira")
    task.span("PER", "Otto Brand", key="otto")
    return task


def test_a_chain_of_three_is_one_quote_in_the_order_of_the_text(made: Any) -> None:
    made.relation("CONTINUES", "c", "b")
    made.relation("CONTINUES", "b", "a")
    made.relation("SPEAKER", "b", "mira")
    task = made.check()
    assert codes(task) == []
    assert quotes(task) == [FRAGMENTS]
    assert only(task).id == "a"
    assert only(task).speakers == ("mira",)


def test_speaker_status_cue_and_addressee_of_any_fragment_belong_to_the_quote(made: Any) -> None:
    made.relation("CONTINUES", "c", "b")
    made.relation("CONTINUES", "b", "a")
    made.relation("SPEAKER", "c", "mira")
    made.relation("SPEAKER", "b", "mira")
    made.relation("ADDRESSEE", "b", "otto")
    for key, surface in (("k2", "fuhr"), ("k1", "sagte")):
        made.span("CUE", surface, key=key)
        made.relation("CUE_OF", key, "c")
    made.status("b", "in_text")
    task = made.check()
    assert codes(task) == []
    quote = only(task)
    assert (quote.speakers, quote.addressees, quote.speaker_status) == (("mira",), ("otto",), "in_text")
    assert [cue.text for cue in quote.cues] == ["sagte", "fuhr"]


def test_a_branch_leaves_the_first_chain_and_a_quote_beside_it(made: Any) -> None:
    made.relation("CONTINUES", "b", "a")
    made.relation("CONTINUES", "c", "a")
    for key in "abc":
        made.status(key, "unknown")
    task = made.check()
    assert codes(task) == ["WL605"]
    assert "two fragments continue '„Erst“'" in task.findings[0].message
    assert quotes(task) == [FRAGMENTS[:2], FRAGMENTS[2:]]
    assert [relation.type for relation in task.documents[0].relations] == ["CONTINUES"]


def test_one_fragment_cannot_continue_two(made: Any) -> None:
    made.relation("CONTINUES", "c", "a")
    made.relation("CONTINUES", "c", "b")
    for key in "abc":
        made.status(key, "unknown")
    task = made.check()
    assert [found.message for found in task.findings] == ["'„zuletzt.“' continues two fragments"]
    assert quotes(task) == [(FRAGMENTS[0], FRAGMENTS[2]), (FRAGMENTS[1],)]


def test_a_circle_is_cut_where_it_closes(made: Any) -> None:
    made.relation("CONTINUES", "b", "a")
    made.relation("CONTINUES", "c", "b")
    made.relation("CONTINUES", "a", "c")
    made.status("a", "unknown")
    task = made.check()
    assert codes(task) == ["WL605"]
    assert quotes(task) == [FRAGMENTS]


def test_a_chain_drawn_forwards_is_read_and_told(made: Any) -> None:
    made.relation("CONTINUES", "a", "b")
    made.relation("CONTINUES", "b", "c")
    made.status("a", "unknown")
    task = made.check()
    assert codes(task) == ["WL608", "WL608"]
    assert quotes(task) == [FRAGMENTS]
    assert only(task).id == "a"


def test_a_fragment_of_another_type_is_no_part(export: Any) -> None:
    made = export("Er wolle „nicht“ kommen, sagte Otto Brand.")
    made.span("INDIRECT", "Er wolle „nicht“ kommen", key="a")
    made.span("DIRECT", "„nicht“", key="b")
    made.span("PER", "Otto Brand", key="otto")
    made.relation("CONTINUES", "b", "a")
    for key in "ab":
        made.relation("SPEAKER", key, "otto")
    task = made.check()
    assert codes(task) == ["WL505"]
    assert quotes(task) == [("Er wolle „nicht“ kommen",), ("„nicht“",)]


def test_the_speaker_is_resolved_and_named_once_however_many_quotes(made: Any) -> None:
    made.span("MENTION", "sie", key="sie")
    for key in "abc":
        made.relation("SPEAKER", key, "sie")
    task = made.check()
    assert codes(task) == ["WL607"]
    made.relation("COREF", "sie", "mira")
    task = made.check()
    assert codes(task) == []
    assert {quote.resolved_speakers for quote in task.documents[0].quotes} == {("mira",)}
    assert {quote.speakers for quote in task.documents[0].quotes} == {("sie",)}


def _scheme(**roles: tuple[str, str]) -> Any:
    """The default labels, with COREF or CONTINUES between other labels, as a user's own scheme may have it."""
    relations = "".join(
        f'[[relations]]\nname = "{role.upper()}"\nrole = "{role}"\nhead = ["{ends[0]}"]\ntail = {ends[1]}\n'
        for role, ends in roles.items()
    )
    labels = "".join(f'[[labels]]\nname = "{label.name}"\nkind = "{label.kind}"\n' for label in default_scheme().labels)
    return parse_scheme(f'name = "eigenes"\nversion = "1.0.0"\n{labels}{relations}')


def test_coref_is_followed_from_mention_to_mention(export: Any) -> None:
    scheme = _scheme(coref=("MENTION", '["MENTION", "PER"]'), speaker=("DIRECT", '["MENTION"]'))
    made = export("Otto Brand kam. Er sprach: „Ja.“ Der Mann ging.", scheme)
    quote = made.span("DIRECT", "„Ja.“")
    er, mann, otto = made.span("MENTION", "Er"), made.span("MENTION", "Der Mann"), made.span("PER", "Otto Brand")
    made.relation("SPEAKER", quote, mann)
    made.relation("COREF", mann, er)
    assert codes(made.check()) == ["WL607"]
    made.relation("COREF", er, otto)
    task = made.check()
    assert codes(task) == []
    assert only(task).resolved_speakers == (otto,)


def test_mentions_in_a_circle_stand_for_nothing(export: Any) -> None:
    scheme = _scheme(coref=("MENTION", '["MENTION", "PER"]'), speaker=("DIRECT", '["MENTION"]'))
    made = export("Er sprach: „Ja.“ Der Mann ging.", scheme)
    quote, er, mann = made.span("DIRECT", "„Ja.“"), made.span("MENTION", "Er"), made.span("MENTION", "Der Mann")
    made.relation("SPEAKER", quote, mann)
    made.relation("COREF", mann, er)
    made.relation("COREF", er, mann)
    task = made.check()
    assert codes(task) == ["WL607"]
    assert only(task).resolved_speakers == (mann,)


def test_a_scheme_that_lets_a_quote_continue_a_name_loses_no_quote(export: Any) -> None:
    made = export("Otto Brand: „Ja.“", _scheme(continues=("DIRECT", '["DIRECT", "PER"]')))
    made.relation("CONTINUES", made.span("DIRECT", "„Ja.“"), made.span("PER", "Otto Brand"))
    task = made.check()
    assert quotes(task) == [("„Ja.“",)]
    assert task.counts.kept == 3


@pytest.mark.parametrize(
    ("status", "speaker", "expected"),
    [
        (None, False, ["WL601"]),
        ("in_text", False, ["WL602"]),
        ("unknown", False, []),
        ("outside_text", False, []),
        (None, True, []),
        ("in_text", True, []),
        ("unknown", True, ["WL603"]),
        ("outside_text", True, ["WL603"]),
    ],
)
def test_speaker_and_status(export: Any, status: str | None, speaker: bool, expected: list[str]) -> None:
    made = export("„Ja“, sagte Otto Brand.")
    quote, otto = made.span("DIRECT", "„Ja“"), made.span("PER", "Otto Brand")
    if status:
        made.status(quote, status)
    if speaker:
        made.relation("SPEAKER", quote, otto)
    task = made.check()
    assert codes(task) == expected
    assert only(task).speaker_status == status


def test_two_annotators_and_a_gold_layer_are_three_documents(made: Any) -> None:
    for key in "abc":
        made.status(key, "unknown")
    made.annotation()
    made.span("PER", "Otto Brand", key="x")
    made.annotation(ground_truth=True, completed_by={"id": 1, "email": "nele@bote.example"})
    made.span("PER", "Mira Solveig", key="y")
    task = made.check()
    assert codes(task) == []
    layers = [(document.layer, document.annotator) for document in task.documents]
    assert layers == [("annotator", "1"), ("annotator", "2"), ("gold", "nele@bote.example")]
    assert [len(document.spans()) for document in task.documents] == [5, 1, 1]


def test_one_annotator_twice_and_as_gold(made: Any) -> None:
    for key in "abc":
        made.status(key, "unknown")
    made.annotation(completed_by=1, updated_at="2026-05-02T10:00:00Z")
    made.span("PER", "Otto Brand", key="x")
    made.annotation(completed_by=1, ground_truth=True)
    made.span("PER", "Mira Solveig", key="y")
    task = made.check()
    assert [(found.code, found.regions) for found in task.findings] == [("WL704", 8)]
    assert [document.layer for document in task.documents] == ["annotator", "gold"]
    assert [span.text for span in task.documents[0].spans()] == ["Otto Brand"]


def test_drafts_and_skipped_annotations_are_counted_and_left_out(made: Any) -> None:
    made.annotations[0]["was_cancelled"] = True
    draft = {"id": 9, "result": list(made.result[:2])}
    task = made.check(drafts=[draft, 4])
    assert [(found.code, found.regions) for found in task.findings] == [("WL701", 5), ("WL702", 2)]
    assert task.documents == ()
    assert (task.counts.seen, task.counts.kept) == (7, 0)


def test_a_skipped_annotation_hides_no_other(made: Any) -> None:
    made.annotation(was_cancelled=True, completed_by=1)
    for key in "abc":
        made.annotations[0]["result"].append(
            {"id": key, "type": "choices", "from_name": "speaker_status", "value": {"choices": ["unknown"]}}
        )
    task = made.check()
    assert codes(task) == ["WL701"]
    assert len(task.documents) == 1


def test_a_status_that_loses_among_fragments_stays_as_an_attribute(made: Any) -> None:
    made.relation("CONTINUES", "b", "a")
    made.relation("CONTINUES", "c", "b")
    for key, option in (("a", "unknown"), ("b", "outside_text"), ("c", "unknown")):
        made.status(key, option)
    task = made.check()
    assert codes(task) == ["WL606"]
    assert only(task).speaker_status == "unknown"
    assert [(one.span_id, one.values, one.kind) for one in task.documents[0].attributes] == [
        ("b", ("outside_text",), "choice")
    ]


@pytest.mark.parametrize("with_quote", [True, False])
def test_a_status_on_what_is_no_quote_stays_as_an_attribute(export: Any, with_quote: bool) -> None:
    scheme = default_scheme()
    choices = tuple(msgspec.structs.replace(choice, applies_to=()) for choice in scheme.choices)
    made = export(TEXT, msgspec.structs.replace(scheme, choices=choices))
    made.span("PER", "Otto Brand", key="otto")
    made.status("otto", "unknown")
    if with_quote:
        made.span("DIRECT", FRAGMENTS[0], key="a")
        made.status("a", "unknown")
    task = made.check()
    assert codes(task) == []
    assert [(one.name, one.span_id, one.values) for one in task.documents[0].attributes] == [
        ("speaker_status", "otto", ("unknown",))
    ]


@pytest.mark.parametrize("order", [("PER", "DIRECT"), ("DIRECT", "PER")])
def test_a_status_on_a_span_with_two_labels_is_the_quotes(export: Any, order: tuple[str, str]) -> None:
    made = export(TEXT)
    made.span("DIRECT", FRAGMENTS[0], key="a", labels=list(order))
    made.status("a", "unknown")
    task = made.check()
    assert codes(task) == ["WL403"]
    assert only(task).speaker_status == "unknown"
