"""Agreement of annotators: what a hand count gives, and nothing said where there is nothing to compare."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tests.export.conftest import PLAIN, TEXT, empty_layer, rich_layer, spot, task

from wortlaut.export.agreement import AGREEMENT, Agreement, AgreementSample, agreement_section
from wortlaut.export.build import build
from wortlaut.export.release import Release, open_release
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.document import Document
from wortlaut.schema.scheme import default_scheme

MADE = "2026-02-01T10:00:00Z"


def release(folder: Path, *tasks: CheckedTask) -> Release:
    report = build(tasks, scheme=default_scheme(), out=folder, name="probe", version="0.1.0")
    return open_release(Path(report.path))


def measured(made: Release) -> Agreement:
    return msgspec.json.decode((made.path / AGREEMENT).read_bytes(), type=Agreement)


def spans(who: str, *found: tuple[str, str]) -> Document:
    layer = empty_layer("a-1", TEXT, who)
    mentions = sorted((spot(TEXT, text, label, text) for text, label in found), key=lambda span: (span.start, span.end))
    return msgspec.structs.replace(layer, mentions=tuple(mentions))


def test_a_hand_count(tmp_path: Path) -> None:
    anna = spans("anna", ("Ayşe Demir", "PER"), ("Stadtwerken Lindenau", "ORG"), ("Verein", "ORG"))
    ben = spans("ben", ("Ayşe Demir", "PER"), ("Stadtwerken", "ORG"), ("am Freitag", "DATE"))
    found = measured(release(tmp_path, task("a-1", TEXT, anna, ben)))
    assert (found.articles, found.measured, found.pairs) == (1, 1, 1)
    entities = found.kinds["entities"]
    # Strict: only the person. Relaxed: the company, whose name is cut, too. Three spans on either side.
    assert entities.strict.f1 == pytest.approx(2 * 1 / 6)
    assert entities.relaxed.f1 == pytest.approx(2 * 2 / 6)
    assert entities.labels["DATE"].strict.f1 == 0
    assert found.kinds["cues"].strict.f1 is None


def test_three_annotators_are_three_pairs_and_gold_is_none_of_them(tmp_path: Path) -> None:
    layers = [spans(who, ("Ayşe Demir", "PER")) for who in ("anna", "ben")]
    other = spans("cem", ("Verein", "ORG"))
    gold = msgspec.structs.replace(spans("dora", ("Verein", "ORG")), layer="gold")
    found = measured(release(tmp_path, task("a-1", TEXT, *layers, other, gold)))
    assert found.pairs == 3
    assert found.kinds["entities"].strict.f1 == pytest.approx(1 / 3)


def test_one_annotator_agrees_with_nobody(tmp_path: Path) -> None:
    alone = release(tmp_path, task("a-1", TEXT, rich_layer("a-1", "anna", MADE)))
    assert not (alone.path / AGREEMENT).exists()
    assert "there is nothing to compare" in (alone.path / "README.md").read_text(encoding="utf-8")


def test_the_release_says_it_in_a_file_and_in_its_card(tmp_path: Path) -> None:
    both = [rich_layer("a-1", who, MADE) for who in ("anna", "ben")]
    quiet = [empty_layer("c-3", PLAIN, who) for who in ("anna", "ben")]
    made = release(tmp_path, task("a-1", TEXT, *both), task("c-3", PLAIN, *quiet))
    found = measured(made)
    assert (found.measured, found.kinds["entities"].strict.f1) == (2, 1.0)
    assert found.kinds["quotes"].without_units == 1
    section = agreement_section(found)
    assert section in (made.path / "README.md").read_text(encoding="utf-8")
    assert "| entities and mentions | 1.000 [" in section


def test_of_many_articles_a_sample_is_measured_whatever_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wortlaut.export.agreement.SAMPLE", 3)
    people = [spans(who, ("Ayşe Demir", "PER")) for who in ("anna", "ben")]
    found = []
    for order in (range(9), reversed(range(9))):
        sample = AgreementSample()
        for number in order:
            sample.note(f"a-{number}", people[: 1 + (number != 4)])
        found.append(sample.measure())
    assert found[0] == found[1]
    assert found[0] is not None
    assert (found[0].articles, found[0].measured, found[0].pairs) == (8, 3, 3)
    assert "of 3 articles (a sample of 8)" in agreement_section(found[0])
