"""Pulling from a real Label Studio: all that was made comes, nobody is named, and only what changed is fetched."""

from __future__ import annotations

import gzip
import json
import random
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.studio.pulling import Field, field

from wortlaut.annotation.pseudonyms import read_ledger
from wortlaut.cli.main import run

__all__ = ["field"]  # a fixture

pytestmark = [pytest.mark.studio, pytest.mark.slow, pytest.mark.xdist_group("studio")]


def files(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file below a folder as text, packed ones unpacked, Parquet as JSON."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        raw = path.read_bytes()
        if path.suffix == ".gz":
            raw = gzip.decompress(raw)
        if path.suffix == ".parquet":
            raw = json.dumps(pq.read_table(path).to_pylist(), ensure_ascii=False, default=str).encode()
        yield path.relative_to(folder).as_posix(), raw.decode(errors="replace")


def without_note_names(result: list[Any], names: dict[str, str]) -> list[Any]:
    text = json.dumps(result, ensure_ascii=False)
    for name, pseudonym in names.items():
        text = text.replace(name, pseudonym)
    told: list[Any] = json.loads(text)
    return told


def test_all_that_annotators_made_comes_and_nobody_is_named(field: Field) -> None:
    first, second, third, fourth, fifth, _ = field.tasks
    anna, otto = field.anna, field.otto
    (prediction,) = field.api_tasks()[first]["predictions"]
    begun = anna.submit(first, prediction["result"], parent_prediction=prediction["id"], lead_time=12.5)
    field("PATCH", f"/api/annotations/{begun}/", {"ground_truth": True})
    anna.draft(first, [field.region(first)], begun)
    otto.submit(first, [field.region(first), field.region(first, 3)])
    noted = f"Frag {otto.name} ({otto.email}), nicht ANNA KERNBACH"
    anna.submit(second, [field.region(second), field.note(second, noted)])
    otto.draft(second, [field.region(second), field.note(second, f"von {otto.name}")])
    otto.submit(third, [field.region(third)], was_cancelled=True)
    anna.submit(fourth, [])
    anna.draft(fifth, [field.region(fifth, 2)])

    assert field.pull() == 1, field.said
    assert "WL702  draft never submitted" in field.said
    assert "as the server counts" in field.said
    counts = [field.json["pull"][key] for key in ("tasks", "submitted", "skipped", "drafts", "annotators", "fetched")]
    assert counts == [6, 4, 1, 3, 2, 6]
    numbers = read_ledger(field.folder / "annotation" / "annotators.toml").annotators
    names = {anna.email: f"annotator-{numbers[anna.email]}", otto.email: f"annotator-{numbers[otto.email]}"}
    named = names | {otto.name: names[otto.email], "ANNA KERNBACH": names[anna.email]}
    pulled = field.pulled()
    for task_id, there in field.api_tasks().items():
        task = pulled[task_id]
        assert task["data"] == there["data"]
        assert [one["id"] for one in task["annotations"]] == sorted(one["id"] for one in there["annotations"])
        theirs = {one["id"]: one for one in there["annotations"]}
        for one in task["annotations"]:
            other = theirs[one["id"]]
            assert one["result"] == without_note_names(other["result"], named)
            assert one["completed_by"] == names[{anna.id: anna, otto.id: otto}[other["completed_by"]].email]
            kept = ("was_cancelled", "ground_truth", "lead_time", "created_at", "updated_at", "parent_prediction")
            assert [one[key] for key in kept] == [other[key] for key in kept]
        drafts = field("GET", f"/api/tasks/{task_id}/drafts")
        assert {one["id"]: (one["user"], one["annotation"], one["result"]) for one in task["drafts"]} == {
            one["id"]: (names[one["user"]], one["annotation"], without_note_names(one["result"], named))
            for one in drafts
        }
    (started,) = [one for one in pulled[first]["annotations"] if one["id"] == begun]
    assert started["prediction"] == {
        "id": prediction["id"], "model_version": prediction["model_version"], "score": None
    }  # fmt: skip
    assert field.json["pull"]["notes_changed"] == 2

    report = field.build()
    for folder in (field.folder / "annotation" / "exports", Path(report["path"])):
        for path, text in files(folder):
            for person in (anna, otto):
                for trace in (person.email, person.email.partition("@")[0], person.name):
                    assert trace.casefold() not in text.casefold(), (path, trace)
    assert report["annotators"] == 2
    assert oct((field.folder / ".studio" / "pull.json").stat().st_mode & 0o777) == "0o600"
    assert field.left_on_server() == []

    before = field.exports
    assert field.pull() == 1
    assert "nothing new since" in field.said
    assert field.exports == before
    # The drafts' tasks alone are looked at again: saving a draft leaves no mark on the server.
    assert field.json["pull"]["fetched"] == 3


@pytest.mark.parametrize("seed", range(2))
def test_what_is_fetched_piece_by_piece_is_what_is_fetched_whole(field: Field, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's
    people = [field.anna, field.otto]
    some = field.anna.submit(field.tasks[0], [field.region(field.tasks[0])])
    drafted = field.otto.draft(field.tasks[1], [field.region(field.tasks[1])])
    other = field.otto.submit(field.tasks[0], [field.region(field.tasks[0])])
    third = field.anna.submit(field.tasks[2], [field.region(field.tasks[2])])
    assert field.pull() == 1, field.said

    def task() -> int:
        return chance.choice(field.tasks[:-1])

    def data() -> object:
        number = task()
        changed = field.api_tasks()[number]["data"] | {"section": secrets.token_hex(4)}
        return field("PATCH", f"/api/tasks/{number}/", {"data": changed})

    def predict() -> object:
        number = task()
        return field("POST", "/api/predictions/", {"task": number, "result": [], "model_version": "x/1"})

    def grow() -> object:
        new = {"article_id": f"n-{secrets.token_hex(4)}", "text": "Neu in Wehra.", "text_sha256": "0" * 64}
        return field("POST", f"/api/projects/{field.project}/import", [{"data": new}])

    acts: list[Callable[[], object]] = [
        lambda: (n := task()) and chance.choice(people).submit(n, [field.region(n)]),
        lambda: (n := task()) and chance.choice(people).submit(n, [], was_cancelled=True),
        lambda: (n := task()) and chance.choice(people).draft(n, [field.region(n, 1)]),
        lambda: field.otto("PATCH", f"/api/drafts/{drafted}/", {"result": [field.region(field.tasks[1], 2)]}),
        lambda: field.anna("PATCH", f"/api/annotations/{some}/", {"result": []}),
        lambda: field("PATCH", f"/api/annotations/{some}/", {"ground_truth": True}),
        lambda: field.otto("DELETE", f"/api/annotations/{other}/"),
        lambda: field.anna("POST", f"/api/annotations/{third}/convert-to-draft"),
        data,
        predict,
        grow,
        lambda: field("DELETE", f"/api/tasks/{field.tasks[-1]}/"),
    ]
    chance.shuffle(acts)
    for few in (acts[:1], acts[1:3], acts[3:7], acts[7:]):
        for act in few:
            act()
        assert field.pull() in {0, 1}, field.said
        piecewise = field.json["pull"]
        content = field.exports[0].read_bytes()
        assert field.pull("--full") in {0, 1}, field.said
        assert field.json["pull"]["fetched"] == field.json["pull"]["tasks"]
        assert not field.json["pull"]["new"], few
        assert field.json["pull"]["path"] == piecewise["path"]
        assert field.exports[0].read_bytes() == content
    assert field.pulled().keys() == field.api_tasks().keys()
    assert field.left_on_server() == []


def test_of_several_pulls_the_last_one_counts(field: Field) -> None:
    first, second = field.tasks[:2]
    assert field.pull() == 0, field.said
    assert "nothing is annotated yet" in field.said
    assert "wortlaut build" not in field.said
    field.anna.submit(first, [field.region(first)])
    gone = field.otto.submit(first, [field.region(first)])
    assert field.pull() == 0, field.said
    assert "next: wortlaut build" in field.said
    field.otto("DELETE", f"/api/annotations/{gone}/")
    assert field.pull() == 0, field.said
    assert "packed away: older/" in field.said
    field.otto.submit(second, [field.region(second)])
    assert field.pull() == 0, field.said
    assert field.json["pull"]["fetched"] == 1, (field.json["pull"], field.said)
    assert len(field.exports) == 1
    older = field.folder / "annotation" / "exports" / "older"
    assert len(list(older.glob("*.json.gz"))) == 3
    assert any(gone in [a["id"] for t in json.loads(text) for a in t["annotations"]] for _, text in files(older))
    report = field.build()
    assert (report["layers"], report["annotators"]) == (2, 2)
    assert run(["check", *map(str, field.exports)]) == 0

    # What was changed by hand is kept under another name, and the next pull does not build upon it.
    current = field.exports[0]
    current.write_bytes(current.read_bytes().replace(b'"MISC"', b'"PER"'))
    assert field.pull() == 0, field.said
    assert [path.name for path in field.exports] == [current.name]
    assert b'"MISC"' in current.read_bytes()
    assert any('"PER"' in text for name, text in files(older) if ".changed-" in name)


def test_a_pulled_and_another_export_tell_of_the_same_people(field: Field) -> None:
    first, second = field.tasks[:2]
    for person in (field.anna, field.otto):
        person.submit(first, [field.region(first)])
    assert field.pull() == 0, field.said
    numbers = read_ledger(field.folder / "annotation" / "annotators.toml").annotators
    field.anna.submit(second, [field.region(second)])
    wanted = {"serialization_options": {"annotations__completed_by": {"only_id": False}}}
    export = field("POST", f"/api/projects/{field.project}/exports/", wanted)["id"]
    manual = field("GET", f"/api/projects/{field.project}/exports/{export}/download")
    assert field.anna.email in json.dumps(manual)
    (field.folder / "manual.json").write_text(json.dumps(manual), encoding="utf-8")
    report = field.build(str(field.exports[0]), "manual.json")
    assert (report["documents"], report["layers"], report["annotators"]) == (2, 3, 2)
    assert read_ledger(field.folder / "annotation" / "annotators.toml").annotators == numbers
    table = pq.read_table(next(Path(report["path"]).glob("data/annotators/*.parquet"))).to_pylist()
    by_anna = {row["doc_id"] for row in table if row["annotator"] == f"annotator-{numbers[field.anna.email]}"}
    assert len(by_anna) == 2

    # A colleague who has the pulled file and not the private list.
    (field.folder / "annotation" / "annotators.toml").unlink()
    report = field.build(str(field.exports[0]), version="0.2.0")
    assert report["strangers"] == ["annotator-1", "annotator-2"]
    assert "annotators.toml does not know: the pseudonyms stay as they are" in field.said
    report = field.build(str(field.exports[0]), "manual.json", version="0.3.0")
    assert report["annotators"] == 4
    assert sorted(read_ledger(field.folder / "annotation" / "annotators.toml").annotators.values()) == [3, 4]


def test_a_text_that_was_changed_on_the_server_is_told(field: Field) -> None:
    changed = field.api_tasks()[field.tasks[0]]["data"] | {"text": "Ganz anders."}
    field("PATCH", f"/api/tasks/{field.tasks[0]}/", {"data": changed})
    assert field.pull() == 1
    assert "1 task with another text than was pushed: the check says which (WL801)" in field.said
    assert "next: wortlaut check annotation/exports/" in field.said
