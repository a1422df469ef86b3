"""One article in several tasks and files: what counts does not depend on their order, and check names all the rest."""

from __future__ import annotations

import io
import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from wortlaut.annotation.check.checker import Checker
from wortlaut.annotation.check.merge import merge_exports
from wortlaut.annotation.check.report import REPORTERS
from wortlaut.annotation.check.run import check_exports
from wortlaut.annotation.check.select import Selection
from wortlaut.annotation.check.summary import Summary
from wortlaut.schema.article import text_sha256
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.scheme import default_scheme

OLD, NEW = "Anna Reinke kommt am Montag.", "Anna Reinke kommt am Freitag."


def task(
    text: str, *, who: int | None, changed: str, number: int = 1, end: int = 11, gold: bool = False
) -> dict[str, Any]:
    value = {"start": 0, "end": end, "text": text[:end], "labels": ["PER"]}
    region = {"id": f"r{number}", "type": "labels", "from_name": "lab", "to_name": "text", "value": value}
    annotation: dict[str, Any] = {"id": number, "result": [region], "updated_at": changed, "ground_truth": gold}
    if who is not None:
        annotation["completed_by"] = who
    data = {"article_id": "lb-1", "text": text, "text_sha256": text_sha256(text)}
    return {"id": number, "data": data, "annotations": [annotation]}


def write(folder: Path, **files: list[dict[str, Any]]) -> list[str]:
    paths = []
    for name, tasks in files.items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(tasks), encoding="utf-8")
        paths.append(str(path))
    return paths


def merged(paths: list[str], checker: Checker) -> list[CheckedTask]:
    with merge_exports(paths, checker) as exports:
        return list(exports)


def checked(paths: list[str], checker: Checker) -> Summary:
    return check_exports(paths, checker, REPORTERS["json"](io.StringIO()), selection=Selection())


CASES: dict[str, dict[str, list[dict[str, Any]]]] = {
    "two annotators": {
        "a": [task(OLD, who=1, changed="2026-03-01T10:00:00Z")],
        "b": [task(OLD, who=2, changed="2026-03-02T10:00:00Z", number=2)],
    },
    "one annotator twice": {
        "a": [task(OLD, who=1, changed="2026-03-01T10:00:00Z")],
        "b": [task(OLD, who=1, changed="2026-03-02T10:00:00Z", number=2, end=4)],
    },
    "two texts": {
        "a": [task(OLD, who=1, changed="2026-03-01T10:00:00Z")],
        "b": [task(NEW, who=2, changed="2026-03-02T10:00:00Z", number=2)],
    },
    "two gold layers": {
        "a": [task(OLD, who=1, changed="2026-03-01T10:00:00Z", gold=True)],
        "b": [task(OLD, who=2, changed="2026-03-02T10:00:00Z", number=2, gold=True)],
    },
    "a file given twice, nobody named": {
        "a": [task(OLD, who=None, changed="2026-03-01T10:00:00Z")],
        "b": [task(OLD, who=None, changed="2026-03-01T10:00:00Z")],
    },
    "no times": {
        "a": [task(OLD, who=1, changed="", number=1)],
        "b": [task(OLD, who=1, changed="", number=1, end=4)],
        "c": [task(OLD, who=None, changed="", number=1, end=4)],
    },
}


@pytest.mark.parametrize("name", CASES)
def test_the_order_of_the_files_decides_nothing(tmp_path: Path, name: str) -> None:
    paths = write(tmp_path, **CASES[name])
    outcomes = set()
    for order in permutations(paths):
        (one,) = merged(list(order), Checker(default_scheme()))
        spans = sorted((who.annotator or "", span.text) for who in one.documents for span in who.mentions)
        outcomes.add((one.text, tuple(spans), one.counts.seen, one.counts.kept))
    assert len(outcomes) == 1


@pytest.mark.parametrize("name", CASES)
def test_check_names_all_that_a_build_leaves_out(tmp_path: Path, name: str) -> None:
    paths = write(tmp_path, **CASES[name])
    (one,) = merged(paths, Checker(default_scheme()))
    summary = checked(paths, Checker(default_scheme()))
    assert (summary.regions_in, summary.regions_kept) == (one.counts.seen, one.counts.kept)
    assert summary.unaccounted == 0
    assert {code.code: code.findings for code in summary.codes} == {
        code: sum(found.code == code for found in one.findings) for code in {found.code for found in one.findings}
    }


@pytest.mark.parametrize(("known", "text"), [(OLD, OLD), (NEW, NEW)])
def test_the_text_of_the_corpus_counts(tmp_path: Path, known: str, text: str) -> None:
    paths = write(tmp_path, **CASES["two texts"])
    (one,) = merged(paths, Checker(default_scheme(), articles={"lb-1": text_sha256(known)}))
    assert one.text == text
    assert len(one.documents) == 1


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00.500000Z"),
        ("2026-03-01T10:00:00Z", "2026-03-01T09:30:00-05:00"),
        ("2026-03-01T10:00:00+00:00", "2026-03-01T10:00:01"),
    ],
)
def test_times_are_compared_as_times(tmp_path: Path, older: str, newer: str) -> None:
    paths = write(tmp_path, a=[task(OLD, who=1, changed=newer, end=4)], b=[task(OLD, who=1, changed=older, number=2)])
    (one,) = merged(paths, Checker(default_scheme()))
    assert [span.text for layer in one.documents for span in layer.mentions] == ["Anna"]


def test_a_bare_number_in_two_files_may_be_two_people(tmp_path: Path) -> None:
    paths = write(tmp_path, **CASES["one annotator twice"])
    (one,) = merged(paths, Checker(default_scheme()))
    (lost,) = [found for found in one.findings if found.code == "WL704"]
    assert "the bare number 1 in two files" in lost.hint


def test_an_empty_text_is_the_text(tmp_path: Path) -> None:
    spoiled = task(OLD, who=1, changed="")
    spoiled["data"] = {"article_id": "lb-1", "text": "", "headline": OLD}
    (path,) = write(tmp_path, a=[spoiled])
    summary = checked([path], Checker(default_scheme()))
    assert [code.code for code in summary.codes] == ["WL805"]
    assert (summary.regions_in, summary.regions_kept) == (1, 0)


def test_predictions_are_counted(tmp_path: Path) -> None:
    with_two = task(OLD, who=1, changed="") | {"predictions": [17, {"result": []}]}
    (path,) = write(tmp_path, a=[with_two])
    out = io.StringIO()
    check_exports([path], Checker(default_scheme()), REPORTERS["text"](out), selection=Selection())
    assert "2 predictions not read: only annotations are" in out.getvalue()
