"""Taking people out of exported tasks, without a server: nothing of them stays, nothing that they made is lost."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wortlaut.annotation.studio.census import Person
from wortlaut.annotation.studio.persons import Scrubber
from wortlaut.schema.errors import UsageError

ANNA = Person(id=2, email="anna@redaktion.example", username="akern", first_name="Anna", last_name="Kern")
OTTO = Person(id=3, email="Otto.Süß@redaktion.example", username="otto", first_name="Otto", last_name='Süß "O"')
LEAD = Person(id=1, email="lead@redaktion.example")
NAMES = {ANNA.email: "annotator-1", OTTO.email: "annotator-2", LEAD.email: "annotator-3"}

words = st.sampled_from(
    ["Frag", "ANNA KERN", "anna@redaktion.example", "Otto Süß \"O\"", "otto.süß@redaktion.example", "akern", "🙂", "ß"]
)  # fmt: skip
texts = st.lists(words, max_size=4).map(" ".join)
people = st.sampled_from([ANNA, OTTO, LEAD])


@st.composite
def regions(draw: st.DrawFn) -> dict[str, Any]:
    number = draw(st.integers(0, 9))
    if draw(st.booleans()):
        value = {"start": number, "end": number + 4, "text": draw(texts), "labels": ["PER"]}
        return {"id": f"r{number}", "type": "labels", "from_name": "lab", "value": value, "origin": "manual"}
    if draw(st.booleans()):
        return {"id": f"r{number}", "type": "textarea", "value": {"start": 0, "end": 1, "text": [draw(texts)]}}
    return {"id": f"r{number}", "type": "labels", "value": {"start": 0, "end": 1}, "meta": {"text": [draw(texts)]}}


@st.composite
def tasks(draw: st.DrawFn) -> dict[str, Any]:
    def annotation(number: int) -> dict[str, Any]:
        who = draw(people)
        spelled = {"id": who.id, "email": who.email, "first_name": who.first_name, "last_name": who.last_name}
        return {
            "id": number,
            "completed_by": draw(st.sampled_from([spelled, who.id, 9, None])),
            "updated_by": draw(st.sampled_from([who.id, None])),
            "last_created_by": who.id,
            "created_username": f"{who.full_name} {who.email}, {who.id}",
            "result": draw(st.none() | st.lists(regions(), max_size=4)),
            "prediction": {"id": 4, "result": [{"id": "p"}], "model_version": "press-de-rules/1", "score": 0.5},
            "lead_time": 1.25,
        }

    def draft(number: int) -> dict[str, Any]:
        who = draw(people)
        return {
            "id": number, "user": who.email, "created_username": who.email, "result": draw(st.lists(regions())),
            "created_ago": "0 minutes",
        }  # fmt: skip

    return {
        "id": 7,
        "annotations": [annotation(number) for number in draw(st.permutations([3, 11, 2]))],
        "drafts": [draft(number) for number in draw(st.permutations([5, 4]))],
        "predictions": [1, 2],
        "data": {"text": draw(texts), "byline": ANNA.full_name},
        "meta": {},
        "updated_by": 2,
        "comment_authors": [2, 3],
    }


def scrubber() -> Scrubber:
    return Scrubber([ANNA, OTTO, LEAD], NAMES.__getitem__)


def surfaces(result: Any) -> list[Any]:
    """What a result says without its notes."""
    plain = json.loads(json.dumps(result)) or []
    for region in plain:
        region.pop("meta", None)
        if region["type"] == "textarea":
            del region["value"]["text"]
    return list(plain)


@given(tasks())
def test_nobody_stays_and_nothing_is_lost(task: dict[str, Any]) -> None:
    work = scrubber()
    raw = work.task(msgspec.json.encode(task))
    work.guard.check(raw)
    made = msgspec.json.decode(raw)
    assert work.unknown == set()
    assert made["data"] == task["data"]
    for kind in ("annotations", "drafts"):
        there = {one["id"]: one for one in task[kind]}
        assert [one["id"] for one in made[kind]] == sorted(there)
        for one in made[kind]:
            assert surfaces(one["result"]) == surfaces(there[one["id"]]["result"])
            assert (one["result"] is None) == (there[one["id"]]["result"] is None)
    del made["data"]
    for one in (*made["annotations"], *made["drafts"]):
        for region in one["result"] or []:
            if region["type"] == "labels":
                region["value"].pop("text", None)
    left = json.dumps(made, ensure_ascii=False).casefold()
    assert "akern" not in left
    for person in (ANNA, OTTO, LEAD):
        assert person.email.casefold() not in left
        assert not person.full_name or json.dumps(person.full_name, ensure_ascii=False)[1:-1].casefold() not in left
    # The same state gives the same bytes, in whatever order the server lists it.
    task["annotations"].reverse()
    assert scrubber().task(msgspec.json.encode(task)) == raw


def test_what_names_a_user_is_refused_by_its_place() -> None:
    guard = scrubber().guard
    fine = {"id": 7, "data": {"text": ANNA.email}, "annotations": [{"result": [
        {"type": "labels", "value": {"text": "Anna Kern", "labels": ["AKERN"]}}]}]}  # fmt: skip
    guard.check(msgspec.json.encode(fine))
    for leak in ({"mood": "by ANNA@redaktion.example"}, {"mood": "akern"}, {"mood": ['Otto Süß "O" was here']}):
        with pytest.raises(UsageError, match=r"task 7\.annotations\[0\]\.mood.*would name a user of the server"):
            guard.check(msgspec.json.encode({"id": 7, "annotations": [leak]}))
    with pytest.raises(UsageError, match=r"task 7\.annotations\[0\]\.result\[0\]\.meta"):
        guard.check(msgspec.json.encode({"id": 7, "annotations": [{"result": [{"meta": {"text": ANNA.email}}]}]}))


def test_a_field_that_nobody_knows_is_left_out_and_told() -> None:
    work = scrubber()
    work.task(msgspec.json.encode({"id": 1, "mood": 1, "annotations": [{"id": 1, "result": [], "score": 3}]}))
    assert work.unknown == {"tasks[].mood", "annotations[].score"}


@pytest.mark.parametrize(
    ("note", "kept"),
    [
        ("Frag Anna Kern oder ANNA KERN", "Frag annotator-1 oder annotator-1"),
        ("Mail an anna.kern@redaktion.example, s. anna.kern.", "Mail an annotator-1, s. annotator-1."),
        ("laut akern_2 und @anna.kern", "laut annotator-1 und @annotator-1"),
        ("@jonas weiß es, jonas auch", "@annotator-2 weiß es, jonas auch"),
        # A first name, and what merely holds a user name, is a word like any other.
        ("Anna sagt, Kern und Anna Weber kommen", "Anna sagt, Kern und Anna Weber kommen"),
        ("anna.kerner, xanna.kern, x@jonas, jonas.example", "anna.kerner, xanna.kern, x@jonas, jonas.example"),
        # Two people bear it.
        ("von Ida Roth", "von annotator"),
        ("von ida.roth", "von annotator-3"),
    ],
)
def test_a_note_names_nobody_by_address_full_name_or_user_name(note: str, kept: str) -> None:
    known = [
        Person(id=1, email="anna.kern@redaktion.example", username="akern_2", first_name="Anna", last_name="Kern"),
        Person(id=2, email="jonas@wortlaut.local", also=("jonas",)),
        Person(id=3, email="ida.roth@redaktion.example", also=("Ida Roth",)),
        Person(id=4, email="roth@redaktion.example", first_name="Ida", last_name="Roth"),
    ]
    names = {person.email: f"annotator-{person.id}" for person in known}
    region = {"id": "r", "type": "textarea", "value": {"text": [note]}}
    work = Scrubber(known, names.__getitem__)
    made = msgspec.json.decode(
        work.task(msgspec.json.encode({"id": 1, "annotations": [{"id": 1, "result": [region]}]}))
    )
    assert made["annotations"][0]["result"][0]["value"]["text"] == [kept]


@given(
    st.text("aäöüßéŚ\u0323\u0302-Ạ가", min_size=2).filter(lambda name: not unicodedata.combining(name[0])),
    st.sampled_from(["NFC", "NFD"]),
    st.sampled_from(["NFC", "NFD"]),
)
def test_a_name_is_found_however_its_letters_are_composed(last: str, there: Any, written: Any) -> None:
    person = Person(id=2, email="x@redaktion.example", first_name="Zoë", last_name=unicodedata.normalize(there, last))
    guard = Scrubber([person], str).guard
    note = unicodedata.normalize(written, f"von Zoë {last}!")
    assert guard.suspects(msgspec.json.encode([note]))
    assert guard.replace(note, lambda _: "annotator-1") == "von annotator-1!"
    assert guard.replace("Zoë é", lambda _: "annotator-1") == "Zoë é"


def test_what_somebody_put_into_meta_names_nobody_either() -> None:
    meta = {
        "imported_by": LEAD.email,
        "who": "akern",
        "by anna@redaktion.example": [1, {"x": "ANNA KERN, 2026"}],
        "n": 1,
    }
    work = scrubber()
    raw = work.task(msgspec.json.encode({"id": 7, "annotations": [], "drafts": [], "data": {}, "meta": meta}))
    work.guard.check(raw)
    assert msgspec.json.decode(raw)["meta"] == {
        "imported_by": "annotator-3", "who": "annotator-1", "by annotator-1": [1, {"x": "annotator-1, 2026"}], "n": 1,
    }  # fmt: skip
    # What is clean stays as it is, byte for byte.
    assert scrubber().task(raw) == raw


def test_a_bare_number_is_nobody() -> None:
    former = {"id": 8, "email": "ida@redaktion.example", "first_name": "Ida", "last_name": "Roth"}
    work = scrubber()
    made = msgspec.json.decode(work.task(msgspec.json.encode({"id": 7, "annotations": [
        {"id": 1, "completed_by": 9, "updated_by": 10}, {"id": 2, "completed_by": None, "updated_by": None},
    ]})))  # fmt: skip
    assert [(one["completed_by"], one["updated_by"]) for one in made["annotations"]] == [(None, None)] * 2
    assert work.strangers == {9}
    assert work.unknown == {"annotations[].updated_by (account 10, whom the server does not name)"}
    work = Scrubber([], lambda identity: identity)
    work.task(msgspec.json.encode({"id": 7, "annotations": [{"id": 1, "completed_by": former}]}))
    assert work.spelled == {8: Person(id=8, email="ida@redaktion.example", first_name="Ida", last_name="Roth")}
