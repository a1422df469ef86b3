"""Pulling where people come, go and are named otherwise: nobody is named, and everybody keeps one number."""

from __future__ import annotations

import random
import string
import unicodedata
from pathlib import Path

import pytest
from tests.studio.pulling import Annotator, Field, field
from tests.studio.test_pull import files

from wortlaut.annotation.pseudonyms import read_ledger
from wortlaut.annotation.studio import accounts, census
from wortlaut.annotation.studio.client import Studio
from wortlaut.cli.main import run
from wortlaut.schema.project import Project

__all__ = ["field"]  # a fixture

pytestmark = [pytest.mark.studio, pytest.mark.slow, pytest.mark.xdist_group("studio")]


def a_name() -> str:
    """A last name that no other test gives."""
    return "Weiß" + "".join(random.choices(string.ascii_lowercase, k=8))  # noqa: S311 - a test's


def numbers(place: Field) -> dict[str, int]:
    return read_ledger(place.folder / "annotation" / "annotators.toml").annotators


def noted(place: Field, task: int) -> str:
    """The first note of a pulled task."""
    (note,) = [
        region["value"]["text"]
        for one in place.pulled()[task]["annotations"]
        for region in one["result"]
        if region["type"] == "textarea"
    ]
    return str(note[0])


def newcomer(place: Field, last: str) -> Annotator:
    return Annotator(place.url, place("GET", "/api/invite")["invite_url"], "Berta", last)


@pytest.mark.parametrize("told", [True, False])
def test_who_was_invited_is_named_neither_in_exports_nor_in_the_release(
    field: Field, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not told:
        # As accounts are that were made before: the server knows no name.
        monkeypatch.setattr(accounts, "_introduce", lambda *_: None)
    name = f"Jörg {a_name()}"
    assert run(["studio", "invite", name]) == 0
    email = accounts.email_of(name)
    (user,) = [one for one in field("GET", "/api/users/") if one["email"] == email]
    assert (user["first_name"], user["last_name"]) == (tuple(name.split()) if told else ("", ""))
    handle = email.partition("@")[0]
    first, second = field.tasks[:2]
    text = f"Frag {name} ({email}), {name.upper()}, {unicodedata.normalize('NFD', name)} oder {handle}: Jörg kennt das"
    field.anna.submit(first, [field.region(first), field.note(first, text)])
    field.otto.draft(second, [field.region(second), field.note(second, f"von {name}")])

    assert field.pull() == 1, field.said
    him = f"annotator-{numbers(field)[email]}"
    assert noted(field, first) == f"Frag {him} ({him}), {him}, {him} oder {him}: Jörg kennt das"
    report = field.build()
    release = Path(report["path"])
    assert any("Jörg kennt das" in text for _, text in files(release))
    for folder in (field.folder / "annotation" / "exports", release):
        for path, content in files(folder):
            folded = unicodedata.normalize("NFC", content).casefold()
            for trace in (name, email, handle):
                assert trace.casefold() not in folded, (path, trace)


@pytest.mark.parametrize("pulled_before", [True, False])
def test_who_joins_during_a_pull_is_not_named_and_gets_one_number(
    field: Field, pulled_before: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = field.tasks[:2]
    last = a_name()
    field.anna.submit(first, [field.region(first), field.note(first, f"Frag Berta {last}")])
    if pulled_before:
        assert field.pull() == 0, field.said
        assert noted(field, first) == f"Frag Berta {last}"
    joined: list[Annotator] = []
    ask = accounts.known_people

    def late(project: Project, studio: Studio) -> tuple[census.Person, ...]:
        people = ask(project, studio)
        if not joined:
            joined.append(newcomer(field, last))
            result = [field.region(second), field.note(second, f"von Berta {last}")]
            made = joined[0].submit(second, result)
            joined[0]("PATCH", f"/api/annotations/{made}/", {"result": result})
        return people

    monkeypatch.setattr("wortlaut.annotation.studio.pull.known_people", late)
    assert field.pull() == 0, field.said
    (berta,) = joined
    assert set(numbers(field)) == {field.anna.email, berta.email}
    her = f"annotator-{numbers(field)[berta.email]}"
    assert (noted(field, first), noted(field, second)) == (f"Frag {her}", f"von {her}")
    (annotation,) = field.pulled()[second]["annotations"]
    assert (annotation["completed_by"], annotation["updated_by"]) == (her, her)
    (current,) = field.exports
    assert last.casefold() not in current.read_text(encoding="utf-8").casefold()
    assert field.pull() == 0, field.said
    assert (field.json["pull"]["new"], field.json["pull"]["fetched"]) == (False, 0)
    berta.http.close()


def test_people_who_were_removed_from_the_server_stay_apart_and_are_not_named(field: Field) -> None:
    first, second = field.tasks[:2]
    berta, carla = newcomer(field, a_name()), newcomer(field, a_name())
    by_berta = berta.submit(first, [field.region(first), field.note(first, f"Frag {carla.name}")])
    by_carla = carla.submit(second, [field.region(second)])
    berta("PATCH", f"/api/annotations/{by_carla}/", {"result": [field.region(second)]})
    carla("PATCH", f"/api/annotations/{by_berta}/", {"ground_truth": True})
    organization = field("GET", "/api/organizations/")[0]["id"]
    for person in (berta, carla):
        field("DELETE", f"/api/organizations/{organization}/memberships/{person.id}/")

    assert field.pull() == 0, field.said
    given = numbers(field)
    assert set(given) == {berta.email, carla.email}
    one, other = (f"annotator-{given[person.email]}" for person in (berta, carla))
    ((there,), (here,)) = (field.pulled()[task]["annotations"] for task in (first, second))
    assert (there["completed_by"], there["updated_by"]) == (one, other)
    assert (here["completed_by"], here["updated_by"]) == (other, one)
    assert noted(field, first) == f"Frag {other}"

    # They are remembered: nothing is fetched again, and what they changed last keeps their number.
    assert field.pull() == 0, field.said
    assert (field.json["pull"]["new"], field.json["pull"]["fetched"]) == (False, 0)
    by_anna = field.anna.submit(first, [field.region(first)])
    assert field.pull() == 0, field.said
    assert field.json["pull"]["fetched"] == 1
    assert numbers(field) == given | {field.anna.email: 3}
    assert [made["updated_by"] for made in field.pulled()[first]["annotations"] if made["id"] != by_anna] == [other]
    for person in (berta, carla):
        person.http.close()


def test_a_task_whose_meta_names_a_user_stops_no_pull(field: Field) -> None:
    lead = field("GET", "/api/current-user/whoami")["email"]
    new = {"data": {"article_id": "n-1", "text": "Neu in Wehra."}, "meta": {"imported_by": lead}}
    field("POST", f"/api/projects/{field.project}/import", [new])
    assert field.pull() in {0, 1}, field.said
    (meta,) = [task["meta"] for task in field.pulled().values() if task["data"]["article_id"] == "n-1"]
    assert meta == {"imported_by": f"annotator-{numbers(field)[lead]}"}
    (current,) = field.exports
    assert lead not in current.read_text(encoding="utf-8")
