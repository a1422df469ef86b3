"""Spans as a linguist reads them: offsets in two units, edges, overlaps, doubles."""

from __future__ import annotations

from typing import Any

import pytest

from wortlaut.schema.checked import CheckedTask

EMOJI = "🎉🎉 Nele Ödön lädt zum Uferfest. Otto Brand kommt."


def codes(task: CheckedTask) -> list[str]:
    return [found.code for found in task.findings]


def surfaces(task: CheckedTask, layer: int = 0) -> list[str]:
    return [span.text for span in task.documents[layer].spans()]


@pytest.mark.parametrize(("unit", "expected"), [("point", []), ("utf-16", ["WL303"])])
def test_emoji_before_spans_in_either_unit(export: Any, unit: str, expected: list[str]) -> None:
    made = export(EMOJI)
    made.span("PER", "Nele Ödön", unit=unit)
    made.span("PER", "Otto Brand", unit=unit)
    task = made.check()
    assert codes(task) == expected
    assert surfaces(task) == ["Nele Ödön", "Otto Brand"]
    assert [(span.start, span.end) for span in task.documents[0].mentions] == [(3, 12), (32, 42)]


def test_each_annotation_has_a_unit_of_its_own(export: Any) -> None:
    made = export(EMOJI)
    made.span("PER", "Nele Ödön", unit="utf-16")
    made.annotation()
    made.span("PER", "Otto Brand", key="b")
    task = made.check()
    assert [(found.code, found.place) for found in task.findings] == [("WL303", "x::$[0].annotations[0]")]
    assert surfaces(task, 0) == ["Nele Ödön"]
    assert surfaces(task, 1) == ["Otto Brand"]


def test_a_mixture_of_units_is_not_guessed_at(export: Any) -> None:
    made = export(EMOJI)
    made.span("PER", "Nele Ödön", unit="utf-16")
    made.span("PER", "Otto Brand")
    task = made.check()
    assert codes(task) == ["WL305"]
    assert surfaces(task) == ["Otto Brand"]


def test_one_wrong_surface_does_not_hide_the_unit(export: Any) -> None:
    made = export(EMOJI)
    made.span("PER", "Nele Ödön", unit="utf-16")
    made.span("PER", "Otto Brand", unit="utf-16", text="Otto Klee")
    task = made.check()
    assert codes(task) == ["WL303", "WL305"]
    assert surfaces(task) == ["Nele Ödön"]


def test_a_span_without_surface_follows_the_unit_of_the_others(export: Any) -> None:
    made = export(EMOJI)
    made.span("PER", "Nele Ödön", unit="utf-16")
    made.span("PER", "Otto Brand", unit="utf-16", text="")
    task = made.check()
    assert codes(task) == ["WL303", "WL310"]
    assert surfaces(task) == ["Nele Ödön", "Otto Brand"]


def test_collapsed_white_space_and_a_literal_line_break_are_the_same_words(export: Any) -> None:
    made = export("Das Bündnis Freies\n  Ufer und die Neue\nLinie schweigen.")
    made.span("ORG", "Freies\n  Ufer", text="Freies Ufer")
    made.span("ORG", "Neue\nLinie", text="Neue\\nLinie")
    task = made.check()
    assert codes(task) == ["WL304", "WL304"]
    assert surfaces(task) == ["Freies\n  Ufer", "Neue\nLinie"]


def test_white_space_at_the_edges_is_trimmed_and_a_double_seen(export: Any) -> None:
    made = export("Das Ufer ist leer.")
    made.span("LOC", "Ufer")
    made.span("LOC", " Ufer ")
    task = made.check()
    assert codes(task) == ["WL306", "WL308"]
    assert surfaces(task) == ["Ufer"]


def test_a_third_double_after_a_second_label(export: Any) -> None:
    made = export("Lindenau siegt.")
    made.span("GPE", "Lindenau", key="a")
    made.span("ORG", "Lindenau", key="b")
    made.span("ORG", "Lindenau", key="c")
    task = made.check()
    assert codes(task) == ["WL403", "WL308"]
    assert [span.label for span in task.documents[0].mentions] == ["GPE", "ORG"]


def test_a_relation_to_the_double_goes_to_the_one_that_is_kept(export: Any) -> None:
    made = export("Nele Ödön leitet den Ruderclub.")
    made.span("PER", "Nele Ödön", key="a")
    made.span("PER", "Nele Ödön", key="b")
    made.span("ORG", "Ruderclub", key="c")
    made.relation("MEMBER_OF", "b", "c")
    task = made.check()
    assert codes(task) == ["WL308"]
    assert [(r.head, r.tail) for r in task.documents[0].relations] == [("a", "c")]


def test_a_double_that_bears_the_id_of_another_span_does_not_steal_its_relations(export: Any) -> None:
    made = export("Nele Ödön traf Otto Brand im Ruderclub.")
    made.span("PER", "Nele Ödön", key="a")
    made.span("PER", "Otto Brand", key="b")
    made.span("PER", "Otto Brand", key="a")
    made.span("ORG", "Ruderclub", key="c")
    made.relation("MEMBER_OF", "a", "c")
    task = made.check()
    assert codes(task) == ["WL308"]
    spans = {span.id: span.text for span in task.documents[0].spans()}
    assert [spans[relation.head] for relation in task.documents[0].relations] == ["Nele Ödön"]


def test_nested_names_are_fine_and_crossing_ones_are_told(export: Any) -> None:
    made = export("Der Ruderclub Alte Aue Lindenau Nord siegt.")
    made.span("ORG", "Ruderclub Alte Aue Lindenau Nord")
    made.span("LOC", "Alte Aue")
    made.span("GPE", "Lindenau")
    assert codes(made.check()) == []
    made.span("GPE", "Aue Lindenau")
    made.span("LOC", "Lindenau Nord")
    task = made.check()
    assert codes(task) == ["WL309", "WL309"]
    assert [found.message for found in task.findings] == [
        "LOC 'Alte Aue' and GPE 'Aue Lindenau' cross",
        "GPE 'Aue Lindenau' and LOC 'Lindenau Nord' cross",
    ]


def test_a_quote_may_cut_through_a_name_without_a_word(export: Any) -> None:
    made = export("Das „Neue Ufer Lindenau“ schweigt.")
    made.span("ORG", "Ufer Lindenau")
    quote = made.span("DIRECT", "„Neue Ufer")
    made.status(quote, "unknown")
    assert codes(made.check()) == []


def test_parts_of_words_and_hyphens(export: Any) -> None:
    made = export("Der Lindenau-Express der Uferbahn hält nicht.")
    made.span("GPE", "Lindenau")
    made.span("LOC", "Ufer")
    task = made.check()
    assert [(found.code, found.place) for found in task.findings] == [("WL307", "x::$[0].annotations[0].result[1]")]
    assert task.counts.kept == 2


def test_a_cue_and_a_mention_on_one_word(export: Any) -> None:
    made = export("Sie sagte: „Nein.“ Das Nein galt.")
    quote = made.span("DIRECT", "„Nein.“")
    speaker = made.span("MENTION", "Sie")
    cue = made.span("CUE", "sagte")
    made.span("MENTION", "sagte", key="noch")
    made.relation("SPEAKER", quote, speaker)
    made.relation("CUE_OF", cue, quote)
    assert codes(made.check()) == ["WL607"]
