"""What goes wrong at each step of publishing: one commit a release all the same, old tags intact, a re-run finishes.

Every case is a process of its own against a Hub of its own that holds v1.0.0, and publishes v1.1.0. The look by a
fresh reader at the end is left out here (tests/hub/test_publish.py has it): what the Hub holds is looked at directly.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from tests.hub.running import TOKENS, Result, Runner
from tests.hub.standin import Fault, StandIn
from tests.hub.store import Repo

pytest.importorskip("datasets")

REPO = "lab/press"
_COMMIT = r"POST /api/datasets/lab/press/commit/"
_TAG = r"POST /api/datasets/lab/press/tag/"
_PUT = r"PUT /[0-9a-f]{64}"
_INFO = r"GET /api/datasets/lab/press$"
_TREE = r"GET /api/datasets/lab/press/tree/"
_BATCH = r"POST /datasets/lab/press.git/info/lfs/objects/batch"
_VERIFY = r"POST /datasets/lab/press.git/info/lfs/verify"


class Prepare(Protocol):
    def __call__(self, standin: StandIn, repo_id: str, version: str) -> None: ...


@dataclass(frozen=True)
class Case:
    """A fault, and how the first run must end: 0, 2, 130, or the signal that ended it."""

    name: str
    make: Callable[[Scene], Fault]
    first: int = 0
    says: str = ""
    new: bool = False  # nothing is on the Hub yet


@dataclass(frozen=True)
class Scene:
    """What a fault can reach."""

    standin: StandIn
    runner: Runner
    released: Prepare

    @property
    def repo(self) -> Repo:
        return self.standin.dataset(REPO)

    def publish_the_same(self) -> None:
        """Somebody who publishes the same release, and is faster."""
        self.released(self.standin, REPO, "1.1.0")

    def interrupt(self) -> None:
        """Ctrl-C."""
        assert self.runner.process is not None
        self.runner.process.send_signal(signal.SIGINT)

    def edit_attributes(self) -> None:
        """Somebody's commit that no release minds."""
        self.standin.store.edit(self.repo, ".gitattributes", b"*.bin filter=lfs\n", title="More large files")

    def edit_card(self) -> None:
        """Somebody's commit that a release would undo."""
        self.standin.store.edit(self.repo, "README.md", b"---\nlicense: mit\n---\nMine.\n", title="Update README.md")

    def publish_another(self) -> None:
        """Somebody's commit of the same version with another card, which has no tag yet."""
        self.released(self.standin, REPO, "1.1.0")
        del self.repo.tags["v1.1.0"]
        head = self.repo.commits[self.repo.heads["main"]]
        card = self.standin.store.keep(b"---\nlicense: mit\n---\nMine.\n")
        self.repo.heads["main"] = str(head.parent)
        self.repo.add("main", {**head.tree, "README.md": card}, title=head.title, author="ben")


def fault(match: str, act: str, status: int = 0, **more: object) -> Callable[[Scene], Fault]:
    return lambda _: Fault(match, act, status, **more)  # type: ignore[arg-type]  # the fields of Fault


def killed(match: str, *, before: bool, act: str = "reset", skip: int = 0) -> Callable[[Scene], Fault]:
    """The process is killed when such a request comes: before the Hub works on it, or before the Hub answers."""

    def make(scene: Scene) -> Fault:
        if before:
            return Fault(match, act, call=scene.runner.kill, skip=skip)
        return Fault(match, "lost", after=scene.runner.kill, skip=skip)

    return make


_WAIT = {"Retry-After": "1"}
_QUOTA = {"RateLimit": '"api";r=0;t=1', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}
CASES = [
    Case("commit: made, the answer is lost", fault(_COMMIT, "lost")),
    Case("commit: connection reset before", fault(_COMMIT, "reset")),
    Case("commit: connection reset in its body", fault(_COMMIT, "half")),
    Case("commit: 409", fault(_COMMIT, "status", 409)),
    Case("commit: 412 without a cause", fault(_COMMIT, "status", 412)),
    Case("commit: 429, Retry-After 1", fault(_COMMIT, "status", 429, headers=_WAIT)),
    Case("commit: 429, RateLimit says 1 s", fault(_COMMIT, "status", 429, headers=_QUOTA)),
    Case("commit: 429, Retry-After 3600", fault(_COMMIT, "status", 429, headers={"Retry-After": "3600"}), 2, "3600"),
    Case("commit: 500", fault(_COMMIT, "status", 500)),
    Case("commit: 502", fault(_COMMIT, "status", 502)),
    Case("commit: 503, three times", fault(_COMMIT, "status", 503, times=3)),
    Case("commit: 503, six times", fault(_COMMIT, "status", 503, times=6), 2, "answers 503"),
    Case("commit: 401, the token expired", fault(_COMMIT, "status", 401), 2, "token"),
    Case("commit: 403, the token may not", fault(_COMMIT, "status", 403), 2, "may not"),
    Case("commit: somebody commits before, nothing of ours", lambda scene: Fault(_COMMIT, call=scene.edit_attributes)),
    Case(
        "commit: somebody edits the card before",
        lambda scene: Fault(_COMMIT, call=scene.edit_card),
        2,
        "main was changed after the last release (README.md)",
    ),
    Case(
        "commit: made, the answer is lost, then somebody edits the card",
        lambda scene: Fault(_COMMIT, "lost", after=scene.edit_card),
    ),
    Case("commit: somebody publishes the same before", lambda scene: Fault(_COMMIT, call=scene.publish_the_same)),
    Case(
        "commit: somebody commits the same version with another card before",
        lambda scene: Fault(_COMMIT, call=scene.publish_another),
        2,
        "v1.1.0 was committed already with other files (",
    ),
    Case("commit: killed before", killed(_COMMIT, before=True), -9),
    Case("commit: killed when it was made", killed(_COMMIT, before=False), -9),
    Case("tag: put, the answer is lost", fault(_TAG, "lost")),
    Case("tag: connection reset before", fault(_TAG, "reset")),
    Case("tag: 409 without a cause", fault(_TAG, "status", 409)),
    Case("tag: 429, Retry-After 1", fault(_TAG, "status", 429, headers=_WAIT)),
    Case("tag: 500", fault(_TAG, "status", 500)),
    Case("tag: 503, twice", fault(_TAG, "status", 503, times=2)),
    Case("tag: killed before (between commit and tag)", killed(_TAG, before=True), -9),
    Case("tag: killed when it was put", killed(_TAG, before=False), -9),
    Case("upload: connection reset in a file", fault(_PUT, "half")),
    Case("upload: file arrived, the answer is lost", fault(_PUT, "lost")),
    Case("upload: 500", fault(_PUT, "status", 500)),
    Case("upload: 503, second file", fault(_PUT, "status", 503, skip=1)),
    Case("upload: 403, the signature expired", fault(_PUT, "status", 403)),
    Case("upload: killed in a file", killed(_PUT, before=True, act="half"), -9),
    Case("upload: killed after two files", killed(_PUT, before=True, skip=2), -9),
    Case("upload: Ctrl-C in a file", lambda scene: Fault(_PUT, "half", call=scene.interrupt), 130, "interrupted"),
    Case("large files: batch 500", fault(_BATCH, "status", 500)),
    Case("large files: batch reset", fault(_BATCH, "reset")),
    Case("large files: verify 503", fault(_VERIFY, "status", 503)),
    Case("preupload: 502", fault("POST .*/preupload/", "status", 502)),
    Case("preupload: reset", fault("POST .*/preupload/", "reset")),
    Case("card check: 500", fault("POST /api/validate-yaml", "status", 500)),
    Case("card check: reset", fault("POST /api/validate-yaml", "reset")),
    Case("whoami: 503", fault("GET /api/whoami-v2", "status", 503)),
    Case("whoami: 429 (it has a quota of its own)", fault("GET /api/whoami-v2", "status", 429)),
    Case("info: 500", fault(_INFO, "status", 500)),
    Case("info: reset", fault(_INFO, "reset")),
    Case("refs: 502", fault("GET .*/refs", "status", 502)),
    Case("history: 503", fault("GET .*/commits/main", "status", 503)),
    Case("tree: 503", fault(_TREE, "status", 503)),
    Case("tree: reset between two pages", fault(_TREE, "reset", skip=1)),
    Case("tree of the new commit: 500", fault(_TREE, "status", 500, skip=9)),
    Case("new dataset: create made, the answer is lost", fault("POST /api/repos/create", "lost"), new=True),
    Case("new dataset: create 500", fault("POST /api/repos/create", "status", 500), new=True),
    Case("new dataset: killed when it was made", killed("POST /api/repos/create", before=False), -9, new=True),
    Case("new dataset: commit made, the answer is lost", fault(_COMMIT, "lost"), new=True),
    Case("new dataset: killed between commit and tag", killed(_TAG, before=True), -9, new=True),
]
# Where what somebody else did stays to be decided, the re-run is told to go over it.
_FORCED = {
    "commit: somebody edits the card before",
    "commit: somebody commits the same version with another card before",
}


def _holds(standin: StandIn, oid: str, folder: Path) -> bool:
    """Say whether a commit holds the files of a release, byte for byte, and no other."""
    tree = standin.dataset(REPO).commits[oid].tree
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    there = {path: standin.store.bytes[blob.oid] for path, blob in tree.items() if path != ".gitattributes"}
    return there.keys() == files.keys() and all(there[path] == files[path].read_bytes() for path in there)


def _row(name: str, first: Result, after_first: str, again: Result | None, standin: StandIn) -> str:
    repo = standin.dataset(REPO)
    ended = {0: "finished", 2: "stopped, one line", 130: "interrupted"}.get(first.code, "killed")
    commits = sum(title == "press v1.1.0" for title in repo.titles())
    outcome = ended if again is None else f"{ended}; re-run {'finished' if again.code == 0 else 'stopped'}"
    return f"| {name} | {after_first} | {commits} | {', '.join(sorted(repo.tags))} | {outcome} |"


def _after(standin: StandIn) -> str:
    """Give what stands on the Hub after the first run, in few words."""
    repo = standin.store.repos.get(("dataset", REPO))
    if repo is None:
        return "no dataset"
    commits = sum(title == "press v1.1.0" for title in repo.titles())
    return f"{commits} commit{'' if commits == 1 else 's'}, {'tag' if 'v1.1.0' in repo.tags else 'no tag'}"


def _play(case: Case, versions: Mapping[str, Path], released: Prepare, folder: Path) -> str:
    """Play a case: run with the fault, look, run again, look. Give its row of the table."""
    with StandIn(TOKENS) as standin:
        runner = Runner(standin, folder)
        if not case.new:
            released(standin, REPO, "1.0.0")
        before = None if case.new else dict(standin.dataset(REPO).tags)
        made = case.make(Scene(standin, runner, released))
        standin.faults.append(made)
        target = versions["1.1.0"]
        first = runner.publish(target, "--to", f"hf:{REPO}", verify=False)
        assert made.seen > made.skip, f"{case.name}: the fault did not come up: {first}"
        assert first.code == case.first, f"{case.name}: {first}"
        assert case.says in first.err, f"{case.name}: {first}"
        if first.code == 2:
            assert len(first.err.strip().splitlines()) <= 7, f"{case.name}: {first.err}"
        after_first = _after(standin)
        force = ["--force"] if case.name in _FORCED else []
        # That a run after one that finished changes nothing: tests/hub/test_publish.py.
        again = runner.publish(target, "--to", f"hf:{REPO}", *force, verify=False) if first.code else None
        assert again is None or again.code == 0, f"{case.name}: {again}"
        _look(case, standin, target, versions["1.0.0"], before)
        assert not list((folder / "tmp").iterdir()), f"{case.name}: temporary files are left"
        return _row(case.name, first, after_first, again, standin)


def _look(case: Case, standin: StandIn, target: Path, old: Path, before: Mapping[str, str] | None) -> None:
    """Hold the Hub to what must be there at the end."""
    repo = standin.dataset(REPO)
    history = repo.history(repo.commits[repo.heads["main"]])
    ours = [one for one in history if one.title == "press v1.1.0" and one.author != "ben"]
    assert len(ours) == 1, f"{case.name}: {repo.titles()}"
    assert repo.tags["v1.1.0"] == ours[0].oid, case.name
    assert _holds(standin, repo.tags["v1.1.0"], target), case.name
    if before is not None:
        assert repo.tags["v1.0.0"] == before["v1.0.0"], case.name
        assert _holds(standin, repo.tags["v1.0.0"], old), case.name
    assert not any(one.token for one in standin.requests if one.storage), f"{case.name}: the storage saw a token"


@pytest.mark.slow
def test_every_fault_leaves_one_commit_and_a_rerun_finishes(
    versions: dict[str, Path],
    released: Prepare,
    tmp_path: Path,
    artefacts: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    with ThreadPoolExecutor(6) as pool:
        played: dict[str, Future[str]] = {
            # Those that wait longest first.
            case.name: pool.submit(_play, case, versions, released, tmp_path / str(number))
            for number, case in sorted(enumerate(CASES), key=lambda one: "times" not in one[1].name)
        }
    rows, failures = [], []
    for case in CASES:
        error = played[case.name].exception()
        if error is not None:
            failures.append(f"{case.name}: {type(error).__name__}: {error}")
        else:
            rows.append(played[case.name].result())
    head = ("fault", "on the Hub after it", "commits of v1.1.0 at the end", "tags at the end", "outcome")
    table = "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *rows])
    (artefacts / "publish-faults.md").write_text(f"{table}\n", encoding="utf-8")
    with capsys.disabled():
        print(f"\n{table}")
    assert not failures, "\n\n".join(failures)


def test_the_table_would_notice_another_file(versions: dict[str, Path], released: Prepare, standin: StandIn) -> None:
    released(standin, REPO, "1.0.0")
    repo = standin.dataset(REPO)
    assert _holds(standin, repo.tags["v1.0.0"], versions["1.0.0"])
    changed = standin.store.edit(repo, "README.md", b"other", title="x")
    assert not _holds(standin, changed.oid, versions["1.0.0"])


def test_a_hub_that_does_not_answer_is_not_waited_for(
    versions: dict[str, Path], released: Prepare, standin: StandIn, runner: Runner
) -> None:
    released(standin, REPO, "1.0.0")
    standin.faults += [Fault(match, "reset", call=lambda: time.sleep(25)) for match in (_TREE, _COMMIT, _INFO)]
    script = (
        "import wortlaut.export.hub.client as client; client._LIMITS['read'] = 0.8\n"
        "import wortlaut.export.hub.run as run; run.verify = lambda *_: None\n"
        "from wortlaut.cli.main import main; main()"
    )
    begun = time.monotonic()
    done = runner.python("-c", script, "publish", str(versions["1.1.0"]), "--to", f"hf:{REPO}")
    assert done.code == 0, done
    assert "the connection to the Hub broke (ReadTimeout); trying again" in done.err
    # Three answers that would take 25 seconds each: none is waited for.
    assert time.monotonic() - begun < 45
    assert standin.dataset(REPO).titles().count("press v1.1.0") == 1
