"""wortlaut build, from a Label Studio export to a folder with a dataset."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from wortlaut.cli.main import run

TEXT = "Ayşe Demir leitet 🚲 die Stadtwerke Lindenau."


def region(name: str, surface: str, label: str) -> dict[str, Any]:
    start = TEXT.index(surface)
    value = {"start": start, "end": start + len(surface), "text": surface, "labels": [label]}
    return {"id": name, "type": "labels", "from_name": "label", "to_name": "text", "value": value}


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    result = [region("x1", "Ayşe Demir", "PER"), region("x2", "Stadtwerke Lindenau", "ORG")]
    result.append({"type": "relation", "from_id": "x1", "to_id": "x2", "direction": "right", "labels": ["MEMBER_OF"]})
    annotation = {"id": 7, "completed_by": 3, "created_at": "2026-01-05T10:00:00.000000Z", "result": result}
    path = tmp_path / "export.json"
    path.write_text(
        json.dumps([{"id": 1, "data": {"article_id": "radweg", "text": TEXT}, "annotations": [annotation]}]),
        encoding="utf-8",
    )
    return path


def test_build(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", str(export), "--name", "probe", "--out", "out", "--json"]) == 0
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert report["rows"] == {"documents": 1, "entities": 2, "relations": 1, "quotes": 0, "ner": 1, "annotators": 1}
    assert "built: out/probe/v0.1.0" in err
    folder = Path("out/probe/v0.1.0")
    assert (folder / "schema" / "scheme.toml").is_file()
    relation = pq.read_table(folder / "data/relations/train-00000.parquet").to_pylist()[0]
    assert (relation["head_text"], relation["label"], relation["tail_text"]) == (
        "Ayşe Demir",
        "MEMBER_OF",
        "Stadtwerke Lindenau",
    )
    assert run(["build", str(export), "--name", "probe", "--out", "out"]) == 0
    assert "already built" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--version", "1"], "--version: '1' is not a version"),
        (["--name", "../x"], "--name: the name '../x' cannot be a dataset's"),
        (["--scheme", "none.toml"], "none.toml: cannot read the scheme"),
    ],
)
def test_mistakes_are_one_line(
    export: Path, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["build", str(export), "--out", "out", *options]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert not Path("out").exists()


def test_no_export(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    assert run(["build", "empty"]) == 2
    assert "there is no export (*.json, *.json.gz)" in capsys.readouterr().err
    assert run(["build", "missing.json", "--out", "out"]) == 2
    assert "missing.json" in capsys.readouterr().err


def test_packed_exports_and_other_endings_are_read_and_the_rest_is_told(
    export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path("more")
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "A.JSON.gz").write_bytes(gzip.compress(export.read_bytes()))
    (folder / "notes.odt").write_bytes(b"x")
    assert run(["build", str(folder), "--name", "more"]) in (0, 1)
    said = capsys.readouterr().err
    assert "passed over (not .json or .json.gz): notes.odt" in said
    assert "built: " in said
