"""Every code of the registry: a fixture that raises it at the right place, with words that help; files that raise none.

Fixtures are named after the code, ``WL301-reversed.json``; what is expected stands in ``fixtures/expected``. To write
those files anew after a change of wording: WORTLAUT_WRITE_GOLDEN=1 pytest tests/annotation/check/test_rules.py
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wortlaut.annotation.check import checker as checker_module
from wortlaut.annotation.check.articles import Notes
from wortlaut.annotation.check.checker import Checker
from wortlaut.annotation.check.merge import merge_exports
from wortlaut.annotation.reader.scan import elements
from wortlaut.schema.assets import assets
from wortlaut.schema.errors import InputError
from wortlaut.schema.findings import Finding
from wortlaut.schema.rules import RULES
from wortlaut.schema.scheme import Scheme, default_scheme, parse_scheme

HERE = Path(__file__).parent / "fixtures"
NEGATIVE = sorted((HERE / "negative").iterdir())
POSITIVE = sorted((HERE / "positive").iterdir())
EXPECTED = HERE / "expected"
WRITE = bool(os.environ.get("WORTLAUT_WRITE_GOLDEN"))

# What a file cannot show: the fixture is made by a test of its own, which the value names.
GENERATED = {"WL113": "test_an_element_too_large"}
# What needs a corpus to compare with.
CORPUS = {"WL802": {"lindenauer-bote-2026-0412": "0" * 64}, "WL803": {"lindenauer-bote-2026-0412": "0" * 64}}
# What needs a scheme that has changed: the migrations that are added to press-de.
MIGRATED = {"WL407", "WL408", "WL409"}


class Outcome(msgspec.Struct):
    refused: str
    findings: list[Finding]
    seen: int
    kept: int
    documents: int


def migrated_scheme() -> Scheme:
    """Give press-de as a version 2.0.0, with the migrations that lead to it."""
    text = assets("schema", "scheme.toml").read_text("utf-8").replace('version = "1.0.0"', 'version = "2.0.0"', 1)
    return parse_scheme(text + (HERE / "migrations.toml").read_text("utf-8"))


def check(path: Path) -> Outcome:
    """Check a fixture under its bare name, so that places do not depend on the machine."""
    outcome = Outcome(refused="", findings=[], seen=0, kept=0, documents=0)
    scheme = migrated_scheme() if path.name[:5] in MIGRATED else default_scheme()
    tool = Checker(scheme, articles=CORPUS.get(path.name[:5]))
    with contextlib.chdir(path.parent):
        try:
            notes = Notes(tool.known)
            for item in tool.check(path.name):
                if isinstance(item, Finding):
                    outcome.findings.append(item)
                else:
                    notes.add(item)
                    outcome.findings += item.findings
                    outcome.seen += item.counts.seen
                    outcome.kept += item.counts.kept
                    outcome.documents += len(item.documents)
            # What stands between the tasks was counted as kept with them.
            between = list(notes.findings())
            outcome.findings += between
            outcome.kept -= sum(found.regions for found in between)
        except InputError as error:
            outcome.refused = str(error)
    return outcome


def count_regions(value: Any) -> int:
    """Count every entry of every result that is not a prediction's: what must come out or be named."""
    if isinstance(value, list):
        return sum(count_regions(item) for item in value)
    if not isinstance(value, dict):
        return 0
    here = value.get("result")
    inside = (item for key, item in value.items() if key not in {"predictions", "prediction", "data"})
    return (len(here) if isinstance(here, list) else 0) + sum(count_regions(item) for item in inside)


def plain(path: Path) -> Any:
    text = path.read_text(encoding="utf-8-sig")
    return [json.loads(line) for line in text.splitlines()] if path.suffix == ".jsonl" else json.loads(text)


def resolves(value: Any, place: str) -> bool:
    """Say whether a place leads to something in the file; its last step may be a key that is missing."""
    steps = re.findall(r"\[(\d+)\]|\['([^']+)'\]|\.(\w+)", place.removeprefix("$"))
    if isinstance(value, dict) and steps and steps[0][0] == "0":
        value = [value]
    for number, (index, quoted, key) in enumerate(steps):
        if index:
            if not isinstance(value, list) or int(index) >= len(value):
                return False
            value = value[int(index)]
        elif isinstance(value, dict) and (quoted or key) in value:
            value = value[quoted or key]
        else:
            return number == len(steps) - 1 and isinstance(value, dict)
    return True


def test_the_fixtures_are_there() -> None:
    assert len(NEGATIVE) >= 110
    assert len(POSITIVE) >= 13


def test_every_code_has_a_fixture_and_every_fixture_a_code() -> None:
    with_fixture = {path.name[:5] for path in NEGATIVE} | set(GENERATED)
    assert with_fixture == set(RULES), f"differ: {sorted(with_fixture ^ set(RULES))}"
    assert all(name in globals() for name in GENERATED.values())
    assert {path.stem for path in EXPECTED.iterdir()} == {path.stem for path in NEGATIVE}


@pytest.mark.parametrize("path", NEGATIVE, ids=lambda path: path.stem)
def test_a_negative_fixture_raises_its_code(path: Path) -> None:
    code = path.name[:5]
    outcome = check(path)
    if RULES[code].refuses:
        assert outcome.refused.startswith(f"{code} {path.name}")
    else:
        assert not outcome.refused
        assert code in {found.code for found in outcome.findings}
    golden = EXPECTED / f"{path.stem}.json"
    made = json.dumps(msgspec.to_builtins(outcome), ensure_ascii=False, indent=1) + "\n"
    if WRITE:
        golden.write_text(made, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == made, (
        "the wording or the place has changed; if that is meant: WORTLAUT_WRITE_GOLDEN=1 pytest " + __file__
    )


@pytest.mark.parametrize("path", [p for p in NEGATIVE if not RULES[p.name[:5]].refuses], ids=lambda path: path.stem)
def test_no_region_is_lost_in_silence(path: Path) -> None:
    outcome = check(path)
    assert count_regions(plain(path)) == outcome.kept + sum(found.regions for found in outcome.findings)
    between = sum(found.regions for found in outcome.findings if found.code in {"WL118", "WL202"})
    assert outcome.seen == count_regions(plain(path)) - between


@pytest.mark.parametrize("path", [p for p in NEGATIVE if not RULES[p.name[:5]].refuses], ids=lambda path: path.stem)
def test_a_finding_says_where_and_what_to_do(path: Path) -> None:
    value = plain(path)
    for found in check(path).findings:
        rule = RULES[found.code]
        file, _, place = found.place.partition("::")
        assert file == path.name
        assert resolves(value, place), found.place
        assert found.level == rule.level
        assert found.message
        assert found.message != rule.title
        assert "\n" not in found.message + found.excerpt
        assert found.hint or rule.hint
        assert len(found.message) < 300


@pytest.mark.parametrize("path", [p for p in NEGATIVE if not RULES[p.name[:5]].refuses], ids=lambda path: path.stem)
def test_merging_by_article_loses_no_region_either(path: Path) -> None:
    with merge_exports([str(path)], Checker(default_scheme())) as merged:
        tasks = list(merged)
    kept = sum(task.counts.kept for task in tasks)
    lost = sum(found.regions for found in [*merged.findings, *(f for task in tasks for f in task.findings)])
    assert count_regions(plain(path)) == kept + lost
    assert kept == sum(document.provenance.regions for task in tasks for document in task.documents)


@pytest.mark.parametrize("path", POSITIVE, ids=lambda path: path.stem)
def test_a_positive_fixture_raises_nothing(path: Path) -> None:
    outcome = check(path)
    assert not outcome.refused
    assert outcome.findings == []
    assert outcome.seen == outcome.kept == count_regions(plain(path)) > 0
    assert outcome.documents > 0


def test_the_positive_fixtures_show_every_label_and_what_exports_hold() -> None:
    text = "".join(path.read_text(encoding="utf-8-sig") for path in POSITIVE)
    for needed in ("DIRECT", "INDIRECT", "REPORTED", "FREE_INDIRECT", "CONTINUES", "COREF", "MEETS", "🎉", "a.b"):
        assert needed in text


def test_nothing_changes_when_a_fixture_is_packed(tmp_path: Path) -> None:
    path = HERE / "negative" / "WL401-pers.json"
    packed = tmp_path / path.name
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert check(packed) == check(path)


def test_nothing_changes_on_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    path = HERE / "negative" / "WL401-pers.json"
    expected = check(path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(path.read_bytes()))))
    found: list[Finding] = []
    for item in Checker(default_scheme()).check("-"):
        found += [item] if isinstance(item, Finding) else item.findings
    assert [msgspec.structs.replace(item, place=f"{path.name}{item.place[1:]}") for item in found] == expected.findings
    assert found


def test_an_element_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """32 MB in one element are made small for the test: the limit is a parameter of the scanner."""
    monkeypatch.setattr(checker_module, "elements", partial(elements, window=1 << 10, limit=1 << 16))
    monkeypatch.chdir(tmp_path)
    Path("large.json").write_text(json.dumps([{"id": 1, "data": {"text": "Brücke " * 40_000}, "annotations": []}]))
    with pytest.raises(
        InputError, match=r"^WL113 large\.json: one element is larger than 0 MB \(byte 1, line 1\)\. That is"
    ):
        list(Checker(default_scheme()).check("large.json"))


@given(data=st.data())
def test_merging_survives_anything_that_the_check_does(
    spoiled: Callable[[st.DataObject], list[Any]], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("merge") / "x.json"
    wrapped = data.draw(st.booleans(), label="in a wrapper")
    tasks = spoiled(data)
    path.write_text(json.dumps([{"project": {}, "tasks": tasks}] if wrapped else tasks).replace("Infinity", "1e999"))
    outcome = check(path)
    if outcome.refused:
        return
    with merge_exports([str(path)], Checker(default_scheme())) as merged:
        done = list(merged)
    lost = sum(found.regions for found in [*merged.findings, *(f for task in done for f in task.findings)])
    kept = sum(task.counts.kept for task in done)
    assert kept + lost == outcome.kept + sum(found.regions for found in outcome.findings)
