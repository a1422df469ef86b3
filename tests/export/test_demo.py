"""The demo, as a new user runs it: in an empty folder, twice, and into a folder that is somebody else's."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path

import pytest

from wortlaut.cli.main import run


def test_the_demo_makes_a_release_and_says_what_to_type_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["demo", "--json"]) == 0
    said = capsys.readouterr()
    report = json.loads(said.out)
    assert report["regions_in"] == report["regions_kept"] + report["regions_out"]
    assert report["articles"] >= 15
    assert report["rows"]["documents"] >= 15
    assert min(report["rows"].values()) > 0
    assert " said by " in report["quote"]
    for step in ("1  ingest", "2  tasks", "3  check", "4  build", "5  load", "next:"):
        assert step in said.err
    release = Path(report["release"])
    assert (release / "README.md").is_file()

    # The README's last step, on this release.
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (snippet,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    path = '"export/releases/my-corpus/v0.1.0"'
    assert path in snippet
    exec(textwrap.dedent(snippet).replace(path, repr(str(release))), {})  # noqa: S102 - that it runs is the point
    assert capsys.readouterr().out.strip()

    first = {path.relative_to(release): path.read_bytes() for path in release.rglob("*") if path.is_file()}
    assert run(["demo", "--json"]) == 0
    second = {path.relative_to(release): path.read_bytes() for path in release.rglob("*") if path.is_file()}
    assert first == second


def test_the_demo_does_not_touch_a_folder_of_other_things(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    assert run(["demo", "--out", str(tmp_path)]) == 2
    assert "is not empty, and no demo made it" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_demo_does_not_touch_a_project_of_the_user(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "mine"
    assert run(["init", str(mine)]) == 0
    (mine / "corpus" / "articles.jsonl").write_text("", encoding="utf-8")
    before = {path: path.read_bytes() for path in mine.rglob("*") if path.is_file()}
    assert run(["demo", "--out", str(mine)]) == 2
    assert "no demo made it" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in mine.rglob("*") if path.is_file()} == before
