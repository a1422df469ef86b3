"""A disk without room: the message names the file, and nothing is left behind that stands in the next run's way."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from wortlaut.cli.main import run

TEXT = "Der Rat von Lindenau hat getagt, und er beschloss wenig.\n"


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def tree(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("init presse", "presse/schema/scheme.toml"),
        ("ingest a.txt", "corpus/articles.jsonl"),
        ("tasks --articles there.jsonl", "annotation/tasks/BATCH-0001.json"),
        ("config --out c.xml", "c.xml"),
        ("demo --out d", "d/.wortlaut-demo"),
    ],
)
def test_the_message_names_the_file(
    command: str, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wortlaut.toml").write_text('name = "probe"\n', encoding="utf-8")
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    assert run(["ingest", "a.txt", "--into", "there.jsonl"]) == 0
    before = tree(tmp_path)
    capsys.readouterr()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert run(command.split()) == 2
    said = capsys.readouterr().err
    assert f"{named}: cannot write: No space left on device. Make room, then run the command again\n" in said
    assert len(said.splitlines()) == 1
    left = set(tree(tmp_path)) - set(before)
    # The store itself is mended by the next run; the demo's folder is empty, and taken.
    assert left <= {"corpus", "corpus/articles.jsonl", "d"}
    assert run(command.split()) == 0


def test_a_demo_that_cannot_copy_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shutil, "copyfile", full)
    for _ in range(2):
        assert run(["demo", "--out", "d"]) == 2
        said = capsys.readouterr().err
        assert said.startswith("wortlaut: d/schema/")
        assert "cannot write: No space left on device" in said
        assert len(said.splitlines()) == 1
