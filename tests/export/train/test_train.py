"""Real training on a small release: scores, determinism, the model's folder, the release's card."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil
import pytest

from wortlaut.annotation.learnt.features import FEATURES
from wortlaut.annotation.learnt.folder import read_model
from wortlaut.annotation.learnt.tagger import load_tagger
from wortlaut.cli.main import run
from wortlaut.export.baselines import (
    BASELINES,
    HEADING,
    Baselines,
    baseline_section,
    read_baselines,
    with_section,
    write_baselines,
)
from wortlaut.export.manifest import read_manifest, write_manifest
from wortlaut.export.release import open_release
from wortlaut.export.score import score_release
from wortlaut.export.split_policy import SplitPolicy
from wortlaut.export.train.data import read_data
from wortlaut.export.train.fitted import TrainOptions
from wortlaut.export.train.run import TrainReport, train
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.errors import InputError, UsageError

Make = Callable[..., Path]
QUICK = TrainOptions(epochs=6, iterations=20, seed=7)


def test_what_is_learnt_from(release: Path) -> None:
    data = read_data(open_release(release))
    assert [len(data.train), len(data.validation), len(data.test)] == [32, 8, 8]
    assert data.labels("entities") == ("PER", "ORG", "GPE", "ROLE")
    assert data.labels("spans") == ("PER", "ORG", "GPE", "ROLE", "MENTION", "CUE")
    document = next(one for one in data.train if "Stadtwerken" in one.text)
    nested = [span for span in document.spans if span not in document.entities and span.label == "GPE"]
    assert nested
    assert all(any(one.start < span.start and span.end == one.end for one in document.entities) for span in nested)
    assert data.nested > 0


def test_models_find_what_they_learnt(trained: TrainReport) -> None:
    assert trained.documents == {"train": 32, "validation": 8, "test": 8}
    by_model = {one.baseline.model: one.baseline for one in trained.models}
    assert list(by_model) == ["crf", "spacy-ner", "spacy-spancat"]
    for baseline in by_model.values():
        strict, relaxed = baseline.scores.strict, baseline.scores.relaxed
        assert strict.f1 is not None
        assert relaxed.f1 is not None
        # Thirty-two articles of five sentences: whoever learns anything learns these.
        assert 0.6 < strict.f1 <= relaxed.f1 <= 1
        assert strict.f1_low is not None
        assert baseline.validation_f1 is not None
        assert baseline.stop is not None
        assert baseline.steps is not None
        assert 1 <= baseline.stop <= baseline.steps
        assert baseline.lost == 0
    assert by_model["crf"].software.keys() == {"python-crfsuite", "HanTa"}
    assert set(by_model["spacy-spancat"].scores.labels) >= {"MENTION", "CUE", "PER"}
    assert "MENTION" not in by_model["spacy-ner"].scores.labels
    # The rules know no invented town.
    assert trained.rules is not None
    assert trained.rules.scores.labels["GPE"].strict.f1 == 0


def test_training_again_gives_the_same_scores(trained: TrainReport, release: Path, tmp_path: Path) -> None:
    again = train(release, tmp_path, ["crf", "spacy-ner"], QUICK, write_card=False)
    assert [one.baseline for one in again.models] == [one.baseline for one in trained.models[:2]]
    other = train(release, tmp_path, ["spacy-ner"], msgspec.structs.replace(QUICK, seed=8), write_card=False)
    assert other.models[0].replaced
    weights = [
        (Path(one.path) / "spacy" / "ner" / "model").read_bytes() for one in (other.models[0], trained.models[1])
    ]
    assert weights[0] != weights[1]


def test_the_folder_says_what_the_model_is(models: dict[str, Path], release: Path) -> None:
    model = read_model(models["crf"])
    manifest = read_manifest(release)
    assert model.name == "radweg-0.1.0-crf"
    assert model.path.name == model.name
    assert model.entry.release.content_sha256 == manifest.content_sha256
    assert model.entry.release.scheme_sha256 == manifest.scheme.sha256
    assert (model.entry.labels, model.entry.features) == (("PER", "ORG", "GPE", "ROLE"), FEATURES)
    assert model.entry.seed == 7
    assert {file.path for file in model.entry.files} == {"model.crfsuite", "baseline.json"}
    held = json.loads((model.path / "baseline.json").read_bytes())
    assert held["scores"]["strict"]["gold"] == 42
    # No text is in it: only words.
    data = b"".join(path.read_bytes() for path in models["spacy-ner"].rglob("*") if path.is_file())
    assert "eröffnete am".encode() not in data


@pytest.mark.parametrize("kind", ["crf", "spacy-ner", "spacy-spancat"])
def test_a_loaded_model_marks_a_new_text(models: dict[str, Path], kind: str) -> None:
    text = "🚲 Die Sprecherin Jonas Talwiese eröffnete am Dienstag den Radweg in Ulmenau.\n\n\n"
    found = {(text[one.start : one.end], one.label) for one in load_tagger(read_model(models[kind]))(text)}
    assert {("Jonas Talwiese", "PER"), ("Ulmenau", "GPE")} <= found
    assert load_tagger(read_model(models[kind]))("") == []


def test_the_card_shows_the_scores_and_the_data_stay(own_release: Path, trained: TrainReport, tmp_path: Path) -> None:
    before = read_manifest(own_release)
    data = {path: path.read_bytes() for path in own_release.rglob("*.parquet")}
    report = train(own_release, tmp_path / "models", ["crf"], QUICK)
    assert report.card
    after = open_release(own_release, verify=True).manifest
    assert after.content_sha256 == before.content_sha256
    assert {path: path.read_bytes() for path in own_release.rglob("*.parquet")} == data
    assert {entry.path for entry in after.files} - {entry.path for entry in before.files} == {BASELINES}
    card = (own_release / "README.md").read_text()
    assert card.count(HEADING) == 1
    f1 = report.models[0].baseline.scores.strict.f1
    assert f1 is not None
    shown = f"{f1:.3f}".removeprefix("0")
    assert re.search(rf"\| `crf` \| 42 \| .* \| {re.escape(shown)} \[", card)
    assert "press-de-rules" in card
    # Another model later: the first one stays. The same again: nothing changes.
    train(own_release, tmp_path / "models", ["spacy-ner"], msgspec.structs.replace(QUICK, epochs=1))
    held = read_baselines(own_release)
    assert held is not None
    assert [one.model for one in held.baselines] == ["crf", "press-de-rules", "spacy-ner"]
    files = {path: path.read_bytes() for path in own_release.rglob("*") if path.is_file()}
    train(own_release, tmp_path / "models", ["crf"], QUICK)
    assert {path: path.read_bytes() for path in own_release.rglob("*") if path.is_file()} == files


def test_a_build_of_the_same_version_keeps_the_baselines(
    make: Make, tasks: list[CheckedTask], trained: TrainReport
) -> None:
    path = make(tasks)
    write_baselines(path, [one.baseline for one in trained.models])
    files = {one: one.read_bytes() for one in path.rglob("*") if one.is_file()}
    make(tasks)
    assert {one: one.read_bytes() for one in path.rglob("*") if one.is_file()} == files
    # Built anew by force, the scores are still about the same data.
    make(tasks, force=True)
    assert read_baselines(path) is not None
    # With other data they are about something else.
    make(tasks[:-1], force=True)
    assert read_baselines(path) is None
    assert HEADING not in (path / "README.md").read_text()


def test_the_section_takes_the_place_of_an_older_one(trained: TrainReport) -> None:
    held = Baselines(content_sha256="0", baselines=tuple(one.baseline for one in trained.models))
    section = baseline_section(held)
    card = "# Title\n\nText.\n"
    once = with_section(card, section)
    assert with_section(once, section) == once
    assert with_section(f"{once}\n## Citation\n\nMe.\n", "## Baselines\n\nnew\n") == (
        "# Title\n\nText.\n\n## Baselines\n\nnew\n\n## Citation\n\nMe.\n"
    )
    assert with_section(once, "") == card
    assert baseline_section(msgspec.structs.replace(held, baselines=())) == ""


def test_without_validation_the_last_step_is_kept(
    make: Make, tasks: list[CheckedTask], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = make(tasks, split=lambda name: "test" if int(name[2:]) % 6 == 0 else "train")
    args = [
        "train",
        "--release",
        str(path),
        "--out",
        str(tmp_path / "m"),
        "--epochs",
        "2",
        "--iterations",
        "5",
        "--json",
    ]
    assert run([*args, "--model", "crf", "--model", "spacy-ner"]) == 0
    said = capsys.readouterr()
    assert "no split validation: the last step of each model was kept" in said.err
    assert "published already is not published again with them: wortlaut build --version NEXT carries them" in said.err
    report = msgspec.json.decode(said.out, type=TrainReport)
    assert [(one.baseline.stop, one.baseline.validation_f1) for one in report.models] == [(5, None), (2, None)]
    assert report.models[0].baseline.scores.strict.f1 is not None


def test_what_cannot_be_learnt_from_is_refused(make: Make, tasks: list[CheckedTask], tmp_path: Path) -> None:
    path = make(tasks, split=lambda _: "train")
    with pytest.raises(
        UsageError, match=r"has no split test, but train: there is nothing to test .*\[release\.splits\]"
    ) as told:
        train(path, tmp_path / "m", ["crf"], QUICK)
    assert "v0.1.0" in str(told.value)
    for policy, says in (
        (
            SplitPolicy(by="cluster"),
            "It is split by cluster already, and 48 articles are too few for each split to get",
        ),
        (SplitPolicy(by="time"), "It is split by time, test from no day on: set the days"),
        (SplitPolicy(by="none"), r'Build the release with splits: \[release\.splits\] by = "cluster"'),
    ):
        write_manifest(path, msgspec.structs.replace(read_manifest(path), splits=policy))
        with pytest.raises(UsageError, match=says):
            train(path, tmp_path / "m", ["crf"], QUICK)
    bare = [
        msgspec.structs.replace(one, documents=tuple(msgspec.structs.replace(d, mentions=()) for d in one.documents))
        for one in tasks
    ]
    with pytest.raises(InputError, match="no entity is annotated in the split train"):
        train(make(bare, force=True), tmp_path / "m", ["crf"], QUICK)
    with pytest.raises(InputError, match="there is no such release"):
        train(tmp_path / "none", tmp_path / "m", ["crf"], QUICK)
    assert not (tmp_path / "m").exists()


def test_what_stands_in_the_way_is_told_before_training(own_release: Path, tmp_path: Path) -> None:
    def never(_: object) -> None:
        raise AssertionError

    folder = tmp_path / "m" / "radweg-0.1.0-crf"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"radweg-0\.1\.0-crf: is there and is no trained model"):
        train(own_release, tmp_path / "m", ["crf"], QUICK, on_step=never)
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_release_without_texts_names_rehydrate(make: Make, tasks: list[CheckedTask], models: dict[str, Path]) -> None:
    path = make(tasks, profile="standoff")
    with pytest.raises(InputError, match=r"holds no texts.*wortlaut rehydrate"):
        read_data(open_release(path))
    with pytest.raises(InputError, match=r"holds no texts.*wortlaut rehydrate"):
        score_release(path, models["crf"])


def test_a_missing_package_is_named(
    own_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pycrfsuite", None)
    args = ["train", "--release", str(own_release), "--out", str(tmp_path / "m"), "--epochs", "1"]
    assert run([*args, "--model", "crf"]) == 2
    assert "python-crfsuite. Install it: pip install 'wortlaut[train]'" in capsys.readouterr().err
    # Where nothing was asked for by name, the others are trained.
    assert run([*args, "--no-write-card"]) == 0
    assert "left out: the CRF" in capsys.readouterr().err
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == [
        "radweg-0.1.0-spacy-ner",
        "radweg-0.1.0-spacy-spancat",
    ]


@pytest.mark.parametrize("kind", ["crf", "spacy-ner"])
def test_an_interruption_leaves_nothing_half_written(own_release: Path, tmp_path: Path, kind: str) -> None:
    files = {path: path.read_bytes() for path in own_release.rglob("*") if path.is_file()}
    out = tmp_path / "models"
    command = [
        sys.executable,
        "-c",
        "from wortlaut.cli.main import main; main()",
        "train",
        "--release",
        str(own_release),
    ]
    options = ["--out", str(out), "--model", kind, "--iterations", "100000", "--epochs", "100000"]
    with subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        worker: list[psutil.Process] = []
        if kind == "crf":
            while not worker and process.poll() is None:
                worker = psutil.Process(process.pid).children()
                time.sleep(0.02)
        else:
            assert process.stderr is not None
            process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted; run the same command again" in said
    assert not out.exists()
    # The worker may take a moment longer than its parent.
    assert psutil.wait_procs(worker, timeout=30)[1] == []
    assert {path: path.read_bytes() for path in own_release.rglob("*") if path.is_file()} == files
