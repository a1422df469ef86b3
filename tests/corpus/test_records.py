"""JSON records: the names that fields go by, the form of fundus, and what is told when one does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from wortlaut.corpus.compose import compose
from wortlaut.corpus.dates import iso_time
from wortlaut.corpus.records import FIELDS, RecordDraft, own_article, read_record
from wortlaut.schema.article import Article, RawSource
from wortlaut.schema.errors import InputError

BODY = "Der Rat von Lindenau hat getagt.\n\nEr beschloss wenig.\n\n„Das war alles“, sagte Ada Voss."
RAW = RawSource(name="x.jsonl", format="jsonl", sha256="0" * 64)


def read(fields: dict[str, Any], publisher: str | None = None) -> RecordDraft:
    return read_record(fields, where="x.jsonl:1", record=0, stem="x", timezone="Europe/Berlin", publisher=publisher)


def article(fields: dict[str, Any]) -> Article:
    return compose(read(fields).draft, RAW)


def kinds(fields: dict[str, Any]) -> list[tuple[str, str]]:
    found = article(fields)
    return [(part.kind, found.text[part.start : part.end]) for part in found.sections]


@pytest.mark.parametrize(
    ("field", "attribute", "value", "expected"),
    [
        ("article_id", "article_id", "lb-1", "lb-1"),
        ("kicker", "kicker", "Stadtrat", "Stadtrat"),
        ("headline", "headline", "Rat tagt", "Rat tagt"),
        ("lead", "lead", "Wenig los.", "Wenig los."),
        ("url", "url", "https://bote.example/rat", "https://bote.example/rat"),
        ("published", "published", "2026-03-12 17:41:00+01:00", "2026-03-12T17:41:00+01:00"),
        ("modified", "modified", "2026-03-13", "2026-03-13"),
        ("byline", "byline", ["Ada Alt", "Ben Bär"], ("Ada Alt", "Ben Bär")),
        ("editors", "editors", "gut", ("gut",)),
        ("agencies", "agencies", ["dpa", "AFP"], ("dpa", "AFP")),
        ("publisher", "publisher", {"name": "Lindenauer Bote"}, "Lindenauer Bote"),
        ("section", "section", "Lokales", "Lokales"),
        ("tags", "tags", "Rat, Lindenau; Streit", ("Rat", "Lindenau", "Streit")),
        ("language", "language", "de_AT", "de-AT"),
        ("rights", "rights", "CC-BY-4.0", "CC-BY-4.0"),
    ],
)
def test_every_name_of_a_field_is_read(field: str, attribute: str, value: object, expected: object) -> None:
    for name in FIELDS[field]:
        record = read({"text": BODY, name.upper().replace("_", "-"): value})
        assert getattr(compose(record.draft, RAW), attribute) == expected, name
        assert record.unread == ()
        assert record.notes == ()


@pytest.mark.parametrize("name", FIELDS["text"])
@pytest.mark.parametrize("value", [BODY, BODY.split("\n\n"), [{"text": part} for part in BODY.split("\n\n")]])
def test_the_body_under_every_name_and_in_every_form(name: str, value: object) -> None:
    assert article({name: value}).paragraphs == tuple(BODY.split("\n\n"))


def test_a_line_is_a_paragraph_where_there_is_no_empty_line() -> None:
    assert article({"text": BODY.replace("\n\n", "\n")}).paragraphs == tuple(BODY.split("\n\n"))


def test_lines_of_one_width_are_joined_to_paragraphs() -> None:
    wrapped = (
        "Nach drei Tagen Dauerregen ist das Hochwasser der Wehra am Sonntag\n"
        "langsamer gestiegen als befürchtet. Der Scheitel erreichte den Pegel\n"
        "Lindenau gegen Mittag und blieb dort bis zum Abend stehen, wie die\n"
        "Wasserbaudirektion mitteilte, ohne dass die Schutzmauer überflossen\n"
        "wurde.\n\nDie Feuerwehr zog ab."
    )
    found = article({"text": wrapped}).paragraphs
    assert found == (wrapped.split("\n\n", maxsplit=1)[0].replace("\n", " "), "Die Feuerwehr zog ab.")


def test_parts_with_kinds_become_sections() -> None:
    parts = [{"type": "lead", "text": "Kurz."}, {"kind": "subheading", "text": "Streit"}, "Lang."]
    assert kinds({"title": "Rat", "body": parts}) == [
        ("headline", "Rat"),
        ("lead", "Kurz."),
        ("subheading", "Streit"),
        ("paragraph", "Lang."),
    ]


def test_a_headline_repeated_in_the_body_is_furniture() -> None:
    found = article({"title": "Rat tagt", "text": f"Rat tagt\n\n{BODY}"})
    assert found.text.count("Rat tagt") == 1
    assert [(item.kind, item.text) for item in found.furniture] == [("repeat", "Rat tagt")]


def test_a_description_that_is_the_first_paragraph_is_the_lead_once() -> None:
    found = article({"title": "Rat", "description": "Der Rat von Lindenau hat getagt.", "text": BODY})
    assert found.text.count("hat getagt") == 1
    assert found.lead == "Der Rat von Lindenau hat getagt."
    assert found.furniture == ()


def test_a_description_cut_from_the_first_paragraph_is_furniture() -> None:
    found = article({"description": "Der Rat von Lin…", "text": BODY})
    assert found.lead is None
    assert found.paragraphs == tuple(BODY.split("\n\n"))
    assert [(item.kind, item.text) for item in found.furniture] == [("description", "Der Rat von Lin…")]


def fundus() -> dict[str, Any]:
    """One article as ``fundus.Article.to_json`` writes it."""
    return {
        "title": "Die Wärterin geht",
        "authors": ["Frauke Hinrichsen"],
        "publishing_date": "2025-10-04 07:30:00+02:00",
        "topics": ["Halmar", "Küste"],
        "free_access": True,
        "images": [
            {
                "versions": [
                    {"url": "https://x.example/a.jpg", "query_width": None, "size": None, "type": "image/jpeg"}
                ],
                "is_cover": True,
                "description": "Turm",
                "caption": "Der Turm von Grauort",
                "authors": ["Jan Petri"],
                "position": 3,
            },
            {"versions": [], "is_cover": False, "description": None, "caption": None, "authors": [], "position": 9},
        ],
        "body": {
            "summary": ["Dreißig Jahre war sie dort."],
            "sections": [
                {"headline": [], "paragraphs": ["Der letzte Abend beginnt.", "Kaffee steht bereit."]},
                {"headline": ["Nebel"], "paragraphs": ["„Man gewöhnt sich“, sagt sie."]},
            ],
        },
    }


def test_fundus() -> None:
    record = read(fundus(), publisher="Küstenblatt")
    found = compose(record.draft, RAW)
    assert record.fundus
    assert record.unread == ("free_access",)
    assert [part.kind for part in found.sections] == [
        "headline", "lead", "paragraph", "paragraph", "subheading", "paragraph",
    ]  # fmt: skip
    assert found.published == "2025-10-04T07:30:00+02:00"
    assert found.byline == ("Frauke Hinrichsen",)
    assert found.tags == ("Halmar", "Küste")
    assert found.publisher == "Küstenblatt"
    assert [(caption.text, caption.credit) for caption in found.captions] == [("Der Turm von Grauort", "Jan Petri")]


def test_fundus_with_its_page() -> None:
    fields = fundus() | {
        "html": {
            "requested_url": "https://kueste.example/w?x=1",
            "responded_url": "https://kueste.example/w",
            "content": "<html></html>",
            "source_info": {"publisher": "Küstenblatt"},
        },
        "plaintext": "Dreißig Jahre war sie dort.",
    }
    found = article(fields)
    assert (found.url, found.publisher) == ("https://kueste.example/w", "Küstenblatt")
    assert read(fields).unread == ("free_access",)


def test_a_record_that_holds_a_web_page() -> None:
    paragraphs = "".join(
        f"<p>Absatz {n}: Der Rat von Lindenau hat lange getagt und wenig beschlossen.</p>" for n in "123"
    )
    head = "<head><title>Rat tagt</title></head>"
    page = f"<html>{head}<body><article><h1>Rat tagt</h1>{paragraphs}</article></body></html>"
    found = article({"url": "https://bote.example/rat", "html": page, "date": "2026-03-12"})
    assert found.published == "2026-03-12"
    assert found.url == "https://bote.example/rat"
    assert "Absatz 2: Der Rat" in found.text
    assert "<p>" not in found.text
    assert found.raw.offsets == ()


def test_an_id_is_told_apart_by_its_source() -> None:
    assert article({"id": 17, "text": BODY, "publisher": "Lindenauer Bote"}).article_id == "lindenauer-bote-17"
    assert article({"id": "17", "text": BODY}).article_id == "x-17"
    assert article({"id": 17, "article_id": "lb-17", "text": BODY}).article_id == "lb-17"


@pytest.mark.parametrize("value", ["a b", "", "x" * 201, "a\nb", {"oid": 1}, True, "a\u00ad"])
def test_what_is_no_id_is_told_and_one_is_made(value: object) -> None:
    record = read({"article_id": value, "text": BODY})
    assert record.draft.article_id is None
    assert bool(record.notes) == (value != "")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-22T15:52:00+01:00", "2026-01-22T15:52:00+01:00"),
        ("2026-01-22T14:52:00Z", "2026-01-22T14:52:00+00:00"),
        ("2026-07-22 15:52", "2026-07-22T15:52:00+02:00"),
        ("2026-01-22", "2026-01-22"),
        ("Thu, 22 Jan 2026 15:52:00 +0100", "2026-01-22T15:52:00+01:00"),
        ("22.01.2026, 15:52 Uhr", "2026-01-22T15:52:00+01:00"),
        ("Donnerstag, 22. Januar 2026", "2026-01-22"),
        ("1. Jänner 2026", "2026-01-01"),
        ("22.01.2026, 15:52:33 Uhr", "2026-01-22T15:52:33+01:00"),
        ("Do, 22.1.26", "2026-01-22"),
        ("22.01.2026 oder 23.01.2026", None),
        ("am 22.01.2026 im Rathaus", None),
        (1769093520, "2026-01-22T15:52:00+01:00"),
        (1769093520000, "2026-01-22T15:52:00+01:00"),
        ("gestern", None),
        ("2026-13-45", None),
        ("31.02.2026", None),
        (True, None),
        (7, None),
        (1e300, None),
        ([], None),
    ],
)
def test_times(value: object, expected: str | None) -> None:
    assert iso_time(value, timezone="Europe/Berlin") == expected


@pytest.mark.parametrize(
    ("field", "value", "note"),
    [
        ("published", "neulich", "holds no time that can be read: 'neulich'"),
        ("headline", 17, "holds a number, not text; not read"),
        ("url", ["a"], "holds a list, not text; not read"),
        ("authors", ["Ada", 3], "holds more than names; 1 read"),
        ("language", "sehr deutsch", "is no language tag; taken as de"),
        ("text", f"<p>{BODY}</p>", "holds HTML tags, which stay in the text"),
    ],
)
def test_what_is_odd_is_told_and_the_article_is_read(field: str, value: object, note: str) -> None:
    record = read({"text": BODY} | {field: value})
    assert len(record.notes) == 1
    assert note in record.notes[0]
    assert "Der Rat von Lindenau" in compose(record.draft, RAW).text


def test_scripts_in_the_text_are_text() -> None:
    text = "Der Angriff gelang mit <script>alert(1)</script> in der Adresse."
    assert article({"text": text}).text == text


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"title": "Nur ein Titel"},
        {"text": ""},
        {"text": " \n "},
        {"text": None, "body": []},
        {"text": 17},
        {"text": [17]},
        {"text": [{"text": "a", "kind": "advert"}]},
        {"body": {"sections": "x"}},
        {"body": {"summary": [], "sections": []}},
        {"body": {"sections": [{"paragraphs": [1]}]}},
    ],
)
def test_a_record_without_text_is_refused_by_place(fields: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        read(fields)
    assert str(caught.value).startswith("x.jsonl:1: ")


def test_own_records_come_back_exactly() -> None:
    made = article(fundus())
    wire = msgspec.json.decode(msgspec.json.encode(made))
    assert own_article(wire, where="a.jsonl:1") == made


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"text": "Anders."}, "is not the hash of the text"),
        ({"sections": [{"kind": "lead", "start": 0, "end": 9999}]}, "does not fit a text"),
        ({"sections": [{"kind": "advert", "start": 0, "end": 1}]}, "Invalid enum value 'advert'"),
        ({"canonical": "wl-0"}, "is not in the canonical form wl-1"),
        ({"byline": "Ada"}, "Expected `array`, got `str`"),
        ({"extra": 1}, "unknown field `extra`"),
    ],
)
def test_own_records_that_were_altered_are_refused(change: dict[str, Any], message: str) -> None:
    wire = msgspec.json.decode(msgspec.json.encode(article(fundus()))) | change
    with pytest.raises(InputError, match=message):
        own_article(wire, where="a.jsonl:1")


def test_the_documentation_names_every_field_in_its_order(root: Path) -> None:
    text = (root / "docs" / "ingest.md").read_text(encoding="utf-8")
    for names in FIELDS.values():
        assert " ".join(f"`{name}`" for name in names) in text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-12T23:30:00Z", "2026-03-13T00:30:00+01:00"),
        ("2026-03-12 00:00:00", "2026-03-12"),
        (1769093520, "2026-01-22T15:52:00+01:00"),
    ],
)
def test_times_come_out_in_the_zone_of_the_project_as_those_of_pages_do(value: object, expected: str) -> None:
    assert article({"text": BODY, "date": value}).published == expected
