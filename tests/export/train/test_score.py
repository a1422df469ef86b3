"""``wortlaut score``: a release, a model and a file of predictions against a release."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import pytest

from wortlaut.cli.main import run
from wortlaut.export.release import open_release
from wortlaut.export.score import ScoreReport, score_release
from wortlaut.export.train.run import TrainReport
from wortlaut.schema.errors import InputError, UsageError


def test_a_release_is_like_itself(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["score", "--gold", str(release), "--pred", str(release)]) == 0
    said = capsys.readouterr()
    assert "48 documents, 0 without gold spans" in said.err
    assert "macro F1: strict 1.000, relaxed 1.000" in said.out
    assert [line.split()[0] for line in said.out.splitlines()[2:-1]] == ["CUE", "GPE", "MENTION", "ORG", "PER", "ROLE"]


def test_a_file_of_predictions(release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Of each document the entities, moved one to the right: never strict, always relaxed.
    documents = list(open_release(release).documents(split="test"))
    lines = [
        {
            "doc_id": document.doc_id,
            "spans": [{"start": s.start + 1, "end": s.end + 1, "label": s.label} for s in document.main.entities],
        }
        for document in documents[1:]
    ]
    lines.append({"doc_id": "nirgends", "spans": []})
    path = tmp_path / "pred.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    args = ["score", "--gold", str(release), "--pred", str(path), "--split", "test", "--kind", "entity"]
    assert run([*args, "--json"]) == 0
    said = capsys.readouterr()
    report = msgspec.json.decode(said.out, type=ScoreReport)
    assert (report.without_prediction, report.beside) == (1, 1)
    assert "1 document not among the predictions" in said.err
    assert report.scores.strict.matched == 0
    assert report.scores.relaxed.precision == 1.0
    assert "MENTION" not in report.scores.labels
    assert run([*args, "--label", "PER"]) == 0
    assert "ORG" not in capsys.readouterr().out


def test_a_model_scores_as_in_training(release: Path, models: dict[str, Path], trained: TrainReport) -> None:
    report = score_release(release, models["spacy-spancat"], split="test", kinds=("entity", "mention", "cue"))
    assert report.scores == trained.models[2].baseline.scores


def test_a_model_of_the_project_is_found_by_its_name(
    release: Path,
    models: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(models["crf"], tmp_path / "annotation" / "models" / "probe-0.1.0-crf")
    (tmp_path / "wortlaut.toml").write_text('name = "probe"\n')
    monkeypatch.chdir(tmp_path)
    assert run(["score", "--gold", str(release), "--pred", "probe-0.1.0-crf", "--split", "test", "--json"]) == 0
    report = msgspec.json.decode(capsys.readouterr().out, type=ScoreReport)
    assert report == msgspec.structs.replace(
        score_release(release, models["crf"], split="test"), predicted=report.predicted
    )
    assert report.predicted.endswith("annotation/models/probe-0.1.0-crf")


def test_what_cannot_be_scored_is_refused(release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pred.jsonl"
    for text, told in (
        ('{"doc_id": "a-000", "spans": [{"start": 0}]}', r"pred\.jsonl:1: is not a prediction: .*`end`"),
        ('\n{"doc_id": "a-000", "spans": [{"start": 4, "end": 2, "label": "PER"}]}', r":2: the span 4:2 is empty"),
        ('{"doc_id": "a", "spans": []}\n{"doc_id": "a", "spans": []}', r":2: the document 'a' stands twice"),
    ):
        path.write_text(text)
        with pytest.raises(InputError, match=told):
            score_release(release, path)
    path.write_text('{"doc_id": "x", "spans": []}')
    with pytest.raises(UsageError, match="has no document in common with"):
        score_release(release, path)
    with pytest.raises(UsageError, match="has no split 'dev', but test, train, validation"):
        score_release(release, path, split="dev")
    with pytest.raises(UsageError, match="there is no label 'TIER'"):
        score_release(release, path, labels=("TIER",))
    with pytest.raises(InputError, match=r"none\.jsonl: cannot be read"):
        score_release(release, tmp_path / "none.jsonl")
    assert run(["score", "--gold", str(release), "--pred", "none.jsonl"]) == 2
    assert "--pred: there is no release, model or file 'none.jsonl'" in capsys.readouterr().err
