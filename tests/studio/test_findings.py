"""What is kept of each annotation that was checked: no more than the newest, whoever reads or kills meanwhile."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wortlaut.annotation.studio.findings import (
    FINDINGS,
    FindingsStore,
    RecheckedAnnotation,
    RecheckedFinding,
    read_findings,
    waiting,
)
from wortlaut.annotation.studio.home import Home
from wortlaut.schema.errors import InputError

WRITER = """
import sys
from pathlib import Path
from wortlaut.annotation.studio.findings import FindingsStore, RecheckedAnnotation
from wortlaut.annotation.studio.home import Home

store = FindingsStore(Home(folder=Path(sys.argv[1])), project="p")
for round in range(10**9):
    store.ask([1])
    one = RecheckedAnnotation(
        annotation_id=1, task_id=1, article_id="a", annotator="anna", checked_at=f"{round:09}", clean=False
    )
    two = RecheckedAnnotation(
        annotation_id=2, task_id=1, article_id="a", annotator="ben", checked_at=f"{round:09}", clean=True
    )
    store.put(1, 1, str(round), [one, two])
    print(round, flush=True)
"""


def test_nothing_is_known_before_the_first_check(tmp_path: Path) -> None:
    home = Home(folder=tmp_path / ".studio")
    assert (list(read_findings(home, "p")), waiting(home, "p")) == ([], 0)
    home.make()
    home.path(FINDINGS).touch()  # serve was killed while it made the file
    assert (list(read_findings(home, "p")), waiting(home, "p")) == ([], 0)


def test_the_newest_check_replaces_the_one_before(tmp_path: Path) -> None:
    home = Home(folder=tmp_path / ".studio")
    store = FindingsStore(home, project="p")
    store.ask([7, 8, 7])
    assert (store.due(), waiting(home, "p")) == ([(7, 2), (8, 1)], 2)
    store.put(7, 2, "t1", [_annotation(1, task=7), _annotation(2, task=7, clean=True)])
    store.put(8, 1, "t1", [_annotation(3, task=8)])
    assert [one.annotation_id for one in read_findings(home, "p", clean=False)] == [3, 1]
    assert (len(list(read_findings(home, "p"))), waiting(home, "p"), store.states()) == (3, 0, {7: "t1", 8: "t1"})
    store.put(7, 1, "t2", [_annotation(2, task=7)])
    assert {one.annotation_id for one in read_findings(home, "p")} == {2, 3}
    store.drop([3, 99])
    assert store.due() == [(8, 1)]  # what is left of its task may count again
    store.drop_tasks([7, 8])
    assert (list(read_findings(home, "p")), waiting(home, "p"), dict(store.states())) == ([], 0, {})
    store.close()


def test_a_task_that_changes_while_it_is_checked_waits_on(tmp_path: Path) -> None:
    home = Home(folder=tmp_path / ".studio")
    store = FindingsStore(home, project="p")
    store.ask([7])
    [(task, asked)] = store.due()
    store.ask([7])
    store.put(task, asked, "t1", [_annotation(1, task=7)])
    assert store.due() == [(7, 2)]
    store.close()


def test_another_project_starts_with_nothing(tmp_path: Path) -> None:
    home = Home(folder=tmp_path / ".studio")
    store = FindingsStore(home, project="p")
    store.ask([8])
    store.put(7, 1, "t1", [_annotation(1, task=7)])
    store.close()
    FindingsStore(home, project="p").close()
    assert (len(list(read_findings(home, "p"))), waiting(home, "p")) == (1, 1)
    # What was found in one project is not told of another.
    assert (list(read_findings(home, "q")), waiting(home, "q")) == ([], 0)
    FindingsStore(home, project="q").close()
    assert (list(read_findings(home, "p")), waiting(home, "p")) == ([], 0)


def test_the_files_are_their_owners_alone(tmp_path: Path) -> None:
    home = Home(folder=tmp_path / ".studio")
    store = FindingsStore(home, project="p")
    store.ask([7])
    files = [path for path in home.folder.iterdir() if path.name.startswith(FINDINGS)]
    assert len(files) > 1
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    store.close()


def test_a_file_that_does_not_hold_is_named_with_what_to_do(tmp_path: Path) -> None:
    home = Home(folder=tmp_path / ".studio")
    home.make()
    home.path(FINDINGS).write_text("kein SQLite " * 100, encoding="utf-8")
    with pytest.raises(InputError, match=r"findings\.sqlite3: does not hold: .* wortlaut serve makes it again"):
        list(read_findings(home, "p"))
    with pytest.raises(InputError, match="Remove it"):
        FindingsStore(home, project="p")


def test_a_writer_that_is_killed_leaves_whole_states_and_readers_never_see_half_of_one(tmp_path: Path) -> None:
    home = Home(folder=tmp_path / ".studio")
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(home.folder)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        end = time.monotonic() + 0.4
        while time.monotonic() < end:
            ann, ben = sorted(read_findings(home, "p"), key=lambda one: one.annotation_id)
            assert ann.checked_at == ben.checked_at
        writer.kill()
        writer.wait()
        writer.stdout.close()
        assert len(list(read_findings(home, "p"))) == 2
        assert home.path(FINDINGS).stat().st_size < 200_000


@given(st.lists(st.tuples(st.integers(0, 3), st.sets(st.integers(0, 9), max_size=4)), max_size=12))
def test_what_is_kept_of_a_task_is_its_last_check(checks: list[tuple[int, set[int]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(folder=Path(folder) / ".studio")
        store = FindingsStore(home, project="p")
        last: dict[int, set[int]] = {}
        for task, numbers in checks:
            last[task] = {100 * task + number for number in numbers}
            store.put(task, 1, "t", [_annotation(number, task=task) for number in last[task]])
        assert {one.annotation_id for one in read_findings(home, "p")} == set().union(*last.values())
        store.close()


def _annotation(number: int, *, task: int, clean: bool = False) -> RecheckedAnnotation:
    found = RecheckedFinding(code="WL306", level="warning", message="white space", place="result[0]")
    return RecheckedAnnotation(
        annotation_id=number,
        task_id=task,
        article_id="a-1",
        annotator="anna@example.org",
        checked_at=f"2026-01-01T00:00:00.{number:03}+00:00",
        clean=clean,
        findings=() if clean else (found,),
    )
