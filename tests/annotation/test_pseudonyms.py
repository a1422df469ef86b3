"""The ledger of pseudonyms: numbers are given once, also by runs at the same time, and pulled exports keep theirs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from wortlaut.annotation.pseudonyms import Ledger, held_ledger, read_ledger, write_ledger
from wortlaut.schema.errors import InputError

ADD = """
import sys
from pathlib import Path
from wortlaut.annotation.pseudonyms import held_ledger, write_ledger
path = Path(sys.argv[1])
for number in range(10):
    with held_ledger(path) as ledger:
        write_ledger(path, ledger.with_people([f"{sys.argv[2]}-{number}@x.example"]))
"""


def test_no_number_is_given_twice_by_runs_at_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "annotation" / "annotators.toml"
    runs = [subprocess.Popen([sys.executable, "-c", ADD, str(path), f"p{number}"]) for number in range(4)]
    assert [run.wait(60) for run in runs] == [0] * 4
    assert sorted(read_ledger(path).annotators.values()) == list(range(1, 41))
    assert [left.name for left in path.parent.iterdir()] == [path.name]
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_list_is_at_no_moment_readable_for_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace
    modes: list[int] = []

    def watched(self: Path, target: Path) -> Path:
        modes.append(self.stat().st_mode & 0o777)
        moved = replace(self, target)
        modes.append(target.stat().st_mode & 0o777)
        return moved

    monkeypatch.setattr(Path, "replace", watched)
    write_ledger(tmp_path / "annotators.toml", Ledger())
    (tmp_path / "annotators.toml").chmod(0o644)
    write_ledger(tmp_path / "annotators.toml", Ledger())
    assert modes == [0o600] * 4


def test_who_comes_under_a_pseudonym_has_a_number_that_nobody_else_gets() -> None:
    ledger = Ledger(annotators={"anna@x.example": 2}).with_people(["annotator-5", "annotator-2", "otto@x.example"])
    assert ledger.annotators == {"anna@x.example": 2, "otto@x.example": 6}
    assert ledger.pseudonym_of("annotator-5") == "annotator-5"
    assert ledger.pseudonym_of("otto@x.example") == "annotator-6"
    assert ledger.strangers(["annotator-5", "annotator-2", "anna@x.example", "annotator-05"]) == ["annotator-5"]
    assert ledger.names() == {"annotator-2": "anna@x.example", "annotator-6": "otto@x.example"}


def test_a_ledger_that_does_not_hold_is_refused_and_let_go(tmp_path: Path) -> None:
    path = tmp_path / "annotators.toml"
    path.write_text("no", encoding="utf-8")
    with pytest.raises(InputError, match="is not a list of annotators"), held_ledger(path):
        raise AssertionError
    path.unlink()
    with held_ledger(path) as ledger:
        assert ledger.annotators == {}
