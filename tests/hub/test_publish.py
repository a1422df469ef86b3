"""Publishing on the Hub as its users see it: what stands there, what load_dataset gives, what a second run does."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Protocol

import pyarrow.parquet as pq
import pytest
from tests.hub.running import WRITER, Runner
from tests.hub.standin import Fault, StandIn

pytest.importorskip("datasets")

REPO = "lab/press"
HUB = f"hf:{REPO}"
# What a user of the dataset does, with caches of its own.
LOAD = """
import json, sys
from datasets import get_dataset_config_names, load_dataset
repo, *revisions = sys.argv[1:]
for revision in revisions:
    told = {}
    for config in get_dataset_config_names(repo, revision=revision):
        loaded = load_dataset(repo, config, revision=revision)
        streamed = load_dataset(repo, config, revision=revision, streaming=True)
        told[config] = {
            "columns": loaded["train"].column_names,
            "rows": {split: part.num_rows for split, part in loaded.items()},
            "streamed": {split: sum(1 for _ in part) for split, part in streamed.items()},
        }
    told["default"] = load_dataset(repo, revision=revision)["train"][0]["doc_id"]
    some = load_dataset(repo, revision=revision, columns=["doc_id", "publisher"])["train"]
    told["some"] = some.column_names
    print(json.dumps(told))
"""


class Prepare(Protocol):
    def __call__(self, standin: StandIn, repo_id: str, version: str) -> None: ...


def rows_of(release: Path) -> dict[str, int]:
    return {path.parent.name: pq.read_metadata(path).num_rows for path in release.glob("data/*/*.parquet")}


def test_two_versions_are_one_commit_each_and_both_load(
    versions: dict[str, Path], standin: StandIn, runner: Runner
) -> None:
    first = runner.publish(versions["1.0.0"], "--to", HUB)
    assert first.code == 0, first
    repo = standin.dataset(REPO)
    assert repo.titles() == ["press v1.0.0", "initial commit"]
    assert repo.tags == {"v1.0.0": repo.heads["main"]}
    assert not first.out
    assert "press v1.0.0 published: " in first.err
    assert "(a new dataset)" in first.err
    assert f'pin: datasets.load_dataset("{REPO}", revision="v1.0.0")' in first.err
    assert repo.tags["v1.0.0"] in first.err
    assert "verified: " in first.err

    written = standin.asked("POST .*/(commit|tag|preupload)/")
    again = runner.publish(versions["1.0.0"], "--to", HUB, "--json")
    assert again.code == 0, again
    assert json.loads(again.out)["outcome"] == "unchanged"
    assert "press v1.0.0 already published" in again.err
    assert repo.titles() == ["press v1.0.0", "initial commit"]
    assert standin.asked("POST .*/(commit|tag|preupload)/") == written

    second = runner.publish(versions["1.1.0"], "--to", HUB, "--json")
    assert second.code == 0, second
    told = json.loads(second.out)
    assert told["outcome"] == "published"
    assert told["verified"] is True
    assert {"path": "schema/task.schema.json", "change": "delete", "bytes": 0} in told["changes"]
    assert repo.titles() == ["press v1.1.0", "press v1.0.0", "initial commit"]
    assert set(repo.tags) == {"v1.0.0", "v1.1.0"}
    assert ".gitattributes" in repo.commits[repo.heads["main"]].tree
    assert not list((runner.folder / "tmp").iterdir())
    assert not any(one.token for one in standin.requests if one.storage)

    loaded = runner.python("-c", LOAD, REPO, *(f"v{version}" for version in versions))
    assert loaded.code == 0, loaded
    for line, release in zip(loaded.out.splitlines(), versions.values(), strict=True):
        found = json.loads(line)
        assert found.pop("default") == "a-1"
        assert found.pop("some") == ["doc_id", "publisher"]
        assert {name: one["rows"]["train"] for name, one in found.items()} == rows_of(release)
        assert all(one["streamed"] == one["rows"] for one in found.values())
        assert all(
            one["columns"] == pq.read_schema(release / "data" / name / "train-00000.parquet").names
            for name, one in found.items()
        )
    assert rows_of(versions["1.0.0"])["documents"] + 1 == rows_of(versions["1.1.0"])["documents"]


def test_a_dry_run_shows_the_plan_and_writes_nothing(
    versions: dict[str, Path], released: Prepare, standin: StandIn, runner: Runner
) -> None:
    new = runner.publish(versions["1.0.0"], "--to", HUB, "--dry-run")
    assert new.code == 0, new
    assert "a new dataset would be made" in new.out
    assert not standin.store.repos
    released(standin, REPO, "1.0.0")
    planned = runner.publish(versions["1.1.0"], "--to", HUB, "--dry-run")
    assert planned.code == 0, planned
    size = (versions["1.1.0"] / "data/documents/train-00000.parquet").stat().st_size
    assert f"change {size:>13,}  data/documents/train-00000.parquet" in planned.out
    assert f"delete {0:>13,}  schema/task.schema.json" in planned.out
    assert "the tag v1.1.0 would be put" in planned.out
    assert standin.dataset(REPO).titles() == ["press v1.0.0", "initial commit"]
    assert {one.method for one in standin.requests} <= {"GET", "HEAD"}
    runner.token = None
    assert runner.publish(versions["1.0.0"], "--to", HUB, "--dry-run").code == 0


def test_a_pull_request_is_opened_once_and_tagged_when_merged(
    versions: dict[str, Path], released: Prepare, standin: StandIn, runner: Runner
) -> None:
    released(standin, REPO, "1.0.0")
    repo = standin.dataset(REPO)
    standin.faults.append(Fault("POST .*/commit/", "lost"))
    opened = runner.publish(versions["1.1.0"], "--to", HUB, "--pull-request")
    assert opened.code == 0, opened
    assert f"proposed: {standin.url}/datasets/{REPO}/discussions/1" in opened.err
    assert "next: merge it on the Hub" in opened.err
    again = runner.publish(versions["1.1.0"], "--to", HUB, "--pull-request", "--json")
    assert json.loads(again.out)["pull_request"].endswith("/discussions/1")
    assert len(repo.requests) == 1
    assert set(repo.tags) == {"v1.0.0"}
    assert repo.titles() == ["press v1.0.0", "initial commit"]

    repo.heads["main"], repo.requests[1]["status"] = repo.heads["refs/pr/1"], "merged"
    waiting = runner.publish(versions["1.1.0"], "--to", HUB, "--pull-request")
    assert "holds it already" in waiting.err
    assert set(repo.tags) == {"v1.0.0"}
    tagged = runner.publish(versions["1.1.0"], "--to", HUB)
    assert tagged.code == 0, tagged
    assert repo.tags["v1.1.0"] == repo.heads["main"]
    assert repo.titles().count("press v1.1.0") == 1


def test_what_a_reader_does_not_get_is_told(
    versions: dict[str, Path], released: Prepare, standin: StandIn, runner: Runner
) -> None:
    """The tag is there and its tree is right; the storage gives other bytes of the same length."""
    released(standin, REPO, "1.0.0")
    file = versions["1.0.0"] / "data/relations/train-00000.parquet"
    blob = (
        standin.dataset(REPO)
        .commits[standin.dataset(REPO).heads["main"]]
        .tree[file.relative_to(versions["1.0.0"]).as_posix()]
    )
    standin.store.bytes[blob.oid] = bytes(reversed(file.read_bytes()))
    done = runner.publish(versions["1.0.0"], "--to", HUB)
    assert done.code == 2
    assert "v1.0.0 stands on the Hub and is not what a reader gets" in done.err
    assert "data/relations/train-00000.parquet has other bytes" in done.err
    assert "relations does not load" in done.err
    assert [line.partition(" ")[0] for line in done.err.splitlines()] == ["reading", "wortlaut:"]


def test_a_reader_that_meets_a_fault_tries_again(
    versions: dict[str, Path], released: Prepare, standin: StandIn, runner: Runner
) -> None:
    """The dataset is private, and the token is that of hf auth login: the reader must find it, and write it nowhere."""
    released(standin, REPO, "1.0.0")
    standin.dataset(REPO).private = True
    runner.token = None
    (runner.folder / "hf").mkdir()
    (runner.folder / "hf" / "token").write_text(WRITER, encoding="utf-8")
    standin.faults += [
        Fault("GET .*/revision/v1.0.0", "status", 503, skip=1),
        Fault("GET /[0-9a-f]{64}", "half"),
        Fault("HEAD .*/resolve/.*parquet", "reset"),
    ]
    done = runner.publish(versions["1.0.0"], "--to", HUB)
    assert done.code == 0, done
    assert "verified" in done.err
    assert all(one.seen > one.skip for one in standin.faults)
    written = [path for path in runner.folder.rglob("*") if path.is_file() and WRITER.encode() in path.read_bytes()]
    assert written == [runner.folder / "hf" / "token"]


def test_a_run_killed_while_it_reads_back_is_finished(
    versions: dict[str, Path], released: Prepare, standin: StandIn, runner: Runner
) -> None:
    released(standin, REPO, "1.0.0")
    standin.faults.append(Fault("HEAD .*/resolve/.*parquet", "reset", call=runner.kill))
    assert runner.publish(versions["1.1.0"], "--to", HUB).code == -9
    repo = standin.dataset(REPO)
    assert repo.tags["v1.1.0"] == repo.heads["main"]
    done = runner.publish(versions["1.1.0"], "--to", HUB)
    assert done.code == 0, done
    assert "already published" in done.err
    assert repo.titles().count("press v1.1.0") == 1
    # The process that read back tidies what it has, although nobody waits for it any more.
    end = time.monotonic() + 30
    while list((runner.folder / "tmp").iterdir()) and time.monotonic() < end:
        time.sleep(0.1)
    assert not list((runner.folder / "tmp").iterdir())


def test_a_release_comes_back_as_it_was_published(
    versions: dict[str, Path], released: Prepare, standin: StandIn, runner: Runner
) -> None:
    released(standin, REPO, "1.0.0")
    released(standin, REPO, "1.1.0")
    script = (
        "import sys; from pathlib import Path; from wortlaut.export.hub.fetch import fetch_release;"
        "print(fetch_release(sys.argv[1], Path(sys.argv[2])))"
    )
    for reference, version in ((f"{HUB}@v1.0.0", "1.0.0"), (HUB, "1.1.0")):
        into = runner.folder / f"got-{version}"
        done = runner.python("-c", script, reference, str(into))
        assert done.out == f"{into}\n", done
        release = versions[version]
        files = {path.relative_to(release): path.read_bytes() for path in release.rglob("*") if path.is_file()}
        assert {path.relative_to(into): path.read_bytes() for path in into.rglob("*") if path.is_file()} == files


def test_the_snippets_of_the_documentation_run(root: Path, released: Prepare, standin: StandIn, runner: Runner) -> None:
    released(standin, REPO, "1.0.0")
    released(standin, REPO, "1.1.0")
    text = (root / "docs" / "publish.md").read_text(encoding="utf-8")
    snippets = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert len(snippets) == 2
    pinned, fetched = (runner.python("-c", one.replace("my-group/lindenau", REPO)) for one in snippets)
    assert pinned.code == 0, pinned
    assert pinned.out.startswith("a-1 DIRECT „Der Weg kommt“")
    assert fetched.out.splitlines() == ["a-1 6", "b-2 6"], fetched
