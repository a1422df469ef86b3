"""A folder that takes its name at the end: what stands there when something goes wrong on the way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from wortlaut.schema.errors import UsageError
from wortlaut.schema.files import atomic_directory, is_safe_path

KILLED = """
import os, sys
from pathlib import Path
from wortlaut.schema.files import atomic_directory, is_safe_path
with atomic_directory(Path(sys.argv[1]), replace=True) as folder:
    (folder / "half").write_text("half", encoding="utf-8")
    print("in", flush=True)
    if sys.argv[2] == "die":
        os._exit(9)
    sys.stdin.read()
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write(path: Path, text: str) -> None:
    with atomic_directory(path, replace=True) as folder:
        (folder / "a").write_text(text, encoding="utf-8")


def test_the_old_folder_is_replaced_whole(tmp_path: Path) -> None:
    write(tmp_path / "v1", "old")
    write(tmp_path / "v1", "new")
    assert (tmp_path / "v1" / "a").read_text(encoding="utf-8") == "new"
    assert names(tmp_path) == ["v1"]


def test_the_old_folder_comes_back_where_the_new_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "v1", "old")
    rename = Path.rename

    def broken(self: Path, target: Path) -> Path:
        if self.suffix == ".part":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", broken)
    with pytest.raises(UsageError, match="No space left on device"):
        write(tmp_path / "v1", "new")
    assert (tmp_path / "v1" / "a").read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["v1"]


def test_what_a_killed_run_left_is_tidied(tmp_path: Path) -> None:
    target = tmp_path / "v1"
    assert subprocess.run([sys.executable, "-c", KILLED, str(target), "die"], check=False).returncode == 9
    assert [name[-5:] for name in names(tmp_path)] == [".part"]
    # Killed between the two renames: the old folder stands aside, its name is free.
    aside = tmp_path / ".v1.abcd1234.old" / "v1"
    aside.mkdir(parents=True)
    (aside / "a").write_text("old", encoding="utf-8")
    (tmp_path / ".v1.json.abcd1234.part").mkdir()  # of another name
    with pytest.raises(UsageError, match="already exists"), atomic_directory(target):
        pass
    assert (target / "a").read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == [".v1.json.abcd1234.part", "v1"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no locks on folders: nothing is tidied there")
def test_a_run_at_work_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "v1"
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(target), "wait"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"in\n"
        write(target, "mine")
        assert len(names(tmp_path)) == 2
        other.communicate(timeout=30)
    assert other.returncode == 0
    assert names(tmp_path) == ["v1"]
    assert names(target) == ["half"]


@pytest.mark.parametrize(
    "path", ["manifest.json", "data/ner/train-00000.parquet", ".gitattributes", "a..b/c. d", "ä/ß"]
)
def test_a_path_that_only_goes_down_is_safe(path: str) -> None:
    assert is_safe_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "//host/share",
        "..",
        "../x",
        "a/../../x",
        "a/..",
        "a//b",
        "a/",
        "./a",
        "C:/x",
        "C:x",
        "a\\..\\x",
        "\\\\host\\x",
        "a:stream",
        "a\x00b",
        "a\nb",
    ],
)
def test_a_path_that_could_lead_elsewhere_is_not(path: str) -> None:
    assert not is_safe_path(path)
