"""Entities by lists and evidence: labels, inflection, compounds, no overlap, exact places."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wortlaut.annotation.preannotate import lexicon
from wortlaut.annotation.preannotate.gazetteer import find_entities


def found(text: str, *tags: str) -> list[tuple[str, str]]:
    return [(hit.label, text[hit.start : hit.end]) for hit in find_entities(text, tags)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Deutschlands Grenze zu Polen", [("GPE", "Deutschlands"), ("GPE", "Polen")]),
        ("in den Vereinigten Arabischen Emiraten", [("GPE", "Vereinigten Arabischen Emiraten")]),
        ("aus dem Nahen Osten, an der Elbe", [("LOC", "Nahen Osten"), ("LOC", "Elbe")]),
        ("die Vereinten Nationen und die EU", [("ORG", "Vereinten Nationen"), ("ORG", "EU")]),
        ("ein Erlass des Weißen Hauses", [("ORG", "Weißen Hauses")]),
        ("nach der Bundestagswahl 2025", [("EVENT", "Bundestagswahl 2025")]),
        ("im Grundgesetz", [("MISC", "Grundgesetz")]),
        ("die Stadtwerke Lindenau GmbH", [("ORG", "Stadtwerke Lindenau GmbH")]),
        ("die Firma Wehrakraft AG", [("ORG", "Wehrakraft AG")]),
        ("das Landgericht Lindenau", [("ORG", "Landgericht Lindenau")]),
        ("die Grünen im Grünen", [("ORG", "Grünen")]),
    ],
)
def test_names_of_the_lists_are_found_inflected(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Er kommt am Freitag.", ["am Freitag"]),
        ("Am Freitag, 23. Januar 2026, um 15.30 Uhr", ["Am Freitag, 23. Januar 2026", "15.30 Uhr"]),
        ("am 3.10.2025 und am 5. Mai", ["am 3.10.2025", "am 5. Mai"]),
        ("im März, Ende 2027", ["im März", "Ende 2027"]),
        ("vom Montagabend bis Dienstag", ["Montagabend", "Dienstag"]),
        ("In der Nacht zum Mittwoch", ["Nacht zum Mittwoch"]),
        ("Das Spiel endete 3:2, Platz 1. Maibaum", []),
    ],
)
def test_dates(text: str, expected: list[str]) -> None:
    assert [surface for label, surface in found(text) if label == "DATE"] == expected


ROLES = (
    "Minister Ministerin Ministern Außenministerin US-Präsident Vize-Außenminister Siemens-Sprecher Expertinnen "
    "Vorsitzender Generalstabschef Bürgermeisterin Professorin Staatsanwälte"
)


@pytest.mark.parametrize("word", ROLES.split())
def test_roles_are_found_as_whole_words(word: str) -> None:
    assert found(f"Mit ihr kam eine {word}.") == [("ROLE", word)]


@pytest.mark.parametrize("word", ["Präsidium", "Ministerium", "Chefsache", "Sprache", "Richtung"])
def test_words_that_only_look_like_roles_are_not(word: str) -> None:
    assert found(f"Mit ihr kam die {word}.") == []


@pytest.mark.parametrize(
    ("text", "persons"),
    [
        ("Anna Weber und Peter von der Heide", ["Anna Weber", "Peter von der Heide"]),
        ("Ministerin Zelwiga Trontas kam.", ["Zelwiga Trontas"]),
        ("Herr Trontas und Frau Dr. Quell", ["Trontas", "Quell"]),
        ("Trontas kam. Minister Trontas ging. Trontas’ Hund blieb, Trontas auch.", ["Trontas"] * 4),
        ("Anna Weber kam. Webers Hund auch, Weber aber ging.", ["Anna Weber", "Webers", "Weber"]),
        ("Jan Richter kam. Der Richter schwieg.", ["Jan Richter"]),
        ("Anna Weber kam. Der Weber webte.", ["Anna Weber"]),
        ("Die Ministerin Deutschlands kam.", []),
        ("Der Sprecher Regierung.", []),
        ("Anna am Freitag", []),
    ],
)
def test_persons_need_evidence(text: str, persons: list[str]) -> None:
    assert [surface for label, surface in found(text) if label == "PER"] == persons


def test_tags_are_evidence() -> None:
    text = "Zelwiga Trontas kam. Später ging Trontas."
    assert found(text) == []
    assert found(text, "Zelwiga Trontas", "Angriff auf Kalunien") == [("PER", "Zelwiga Trontas"), ("PER", "Trontas")]


def test_a_tag_with_a_common_noun_is_no_person() -> None:
    assert found("Rote Karte für alle. Die Karte kam spät.", "Rote Karte") == []


def test_a_name_inside_a_compound_is_not_marked() -> None:
    assert found("Die EU-Delegation traf den Berlin-Besucher.") == []


def test_a_surname_is_found_before_its_full_name() -> None:
    assert found("Trontas: Wir kommen\n\nPräsidentin Ilva Trontas sprach.")[0] == ("PER", "Trontas")


WORDS = [
    "Anna",
    "Weber",
    "Webers",
    "Minister",
    "Berlin",
    "Berlins",
    "EU",
    "EU-Kommission",
    "am",
    "Freitag",
    "22.",
    "Januar",
]
WORDS += [
    "der",
    "die",
    "Dr.",
    "von",
    "GmbH",
    "🎉",
    "Vereinten",
    "Nationen",
    "Rhein",
    "-",
    "„",
    "“",
    "\n\n",
    "2026",
    "Uhr",
]


@given(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join), st.lists(st.sampled_from(WORDS), max_size=3))
def test_entities_never_overlap_and_have_no_blank_edges(text: str, tags: list[str]) -> None:
    last = 0
    for hit in find_entities(text, tags):
        assert last <= hit.start < hit.end <= len(text)
        surface = text[hit.start : hit.end]
        assert surface == surface.strip()
        last = hit.end


@given(st.text(max_size=200))
def test_any_text_is_taken(text: str) -> None:
    assert all(text[hit.start : hit.end] for hit in find_entities(text))


def test_every_list_says_where_it_comes_from(root: Path) -> None:
    files = sorted((root / "annotation" / "gazetteer").glob("*.txt"))
    assert len(files) > 10
    for file in files:
        head = file.read_text(encoding="utf-8").split("\n", 6)
        assert any("Source:" in line for line in head), file.name
        assert any("Licence:" in line for line in head), file.name
        entries = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        assert len(entries) == len(set(entries)), f"{file.name} holds an entry twice"
        assert lexicon.entries(file.stem)


def test_labels_of_the_lists_are_known() -> None:
    labels = {label for name in ("places", "organisations", "events") for _, label in lexicon.entries(name)}
    assert labels == {"GPE", "LOC", "ORG", "EVENT", "MISC"}
