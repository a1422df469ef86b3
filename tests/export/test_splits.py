"""Splits: near-duplicates stay together, shares are met, and no document ever changes its split."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.export.hiding import FREE
from tests.words import words

import wortlaut
from wortlaut.annotation.check.noted import Noted
from wortlaut.annotation.check.run import make_checker
from wortlaut.cli.main import run
from wortlaut.corpus.near_duplicates import SignatureWriter
from wortlaut.export.alone import alone
from wortlaut.export.build import BuildReport, build
from wortlaut.export.from_exports import build_exports
from wortlaut.export.manifest import read_manifest
from wortlaut.export.release import open_release
from wortlaut.export.split_history import KnownSplits, known_splits
from wortlaut.export.split_policy import SplitPolicy, kept_policy, policy_of
from wortlaut.export.splits import SplitPlan, SplitPlanner, all_in_train
from wortlaut.export.stratify import stratify
from wortlaut.schema.assets import assets
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.errors import InputError, UsageError
from wortlaut.schema.project import Settings, SplitSettings
from wortlaut.schema.scheme import default_scheme
from wortlaut.schema.version import version_folders

SCHEME = default_scheme()
CLUSTER = SplitPolicy(by="cluster")


def text_of(story: int, version: int = 0) -> str:
    """Give one of a story's texts: they share most of their words, and none with another story's."""
    return " ".join(
        word if (place + version) % 20 or not version else f"v{version}" for place, word in enumerate(words(story, 60))
    )


def article(
    doc_id: str,
    story: int,
    version: int = 0,
    *,
    labels: Sequence[str] = ("PER",),
    publisher: str = "Blatt",
    day: str = "2026-03-01",
) -> Noted:
    return Noted(
        article_id=doc_id, text=text_of(story, version), publisher=publisher, published=day, labels=list(labels)
    )


def plan(
    articles: Sequence[Noted],
    known: Mapping[str, str] | None = None,
    policy: SplitPolicy = CLUSTER,
    name: str = "lindenau",
) -> SplitPlan:
    history = KnownSplits(split_of=known or {})
    with SplitPlanner(policy, SCHEME, name=name, known=history) as planner:
        for one in articles:
            planner.note(one)
        return planner.plan()


def across(
    articles: Sequence[Noted], known: Mapping[str, str] | None = None, policy: SplitPolicy = CLUSTER
) -> list[tuple[str, str]]:
    """Give the near-duplicates that a plan puts into different splits."""
    with SplitPlanner(policy, SCHEME, name="lindenau", known=KnownSplits(split_of=known or {})) as planner:
        for one in articles:
            planner.note(one)
        made = planner.plan()
        assert made.near is not None
        names = ["train", "validation", "test"]
        found = made.near.across(np.array([names.index(made.split_of(one)) for one in made.near.ids], int), 99)
        return [(pair.first, pair.second) for pair in found.pairs]


def splits(made: SplitPlan, articles: Sequence[Noted]) -> dict[str, str]:
    return {one.article_id: made.split_of(one.article_id) for one in articles}


# Stories with one to four versions of each, under ids that say nothing of the story.
STORIES = st.lists(st.integers(1, 4), min_size=1, max_size=25)


def corpus(stories: Sequence[int]) -> list[Noted]:
    rng = random.Random(len(stories))  # noqa: S311 - reproducible, not secret
    made = []
    for story, versions in enumerate(stories):
        for version in range(versions):
            labels = rng.choices(["PER", "ORG", "DIRECT", "EVENT"], weights=[9, 5, 3, 1], k=rng.randint(0, 6))
            made.append(article(f"d{(story * 7 + version * 13) % 1009:04}-{story}", story, version, labels=labels))
    return made


@given(STORIES)
def test_near_duplicates_are_never_in_two_splits(stories: list[int]) -> None:
    articles = corpus(stories)
    made = plan(articles)
    of_story: dict[str, set[str]] = {}
    for doc_id, split in splits(made, articles).items():
        of_story.setdefault(doc_id.rpartition("-")[2], set()).add(split)
    assert all(len(found) == 1 for found in of_story.values())
    assert across(articles) == []


@given(STORIES)
def test_shares_are_met_within_the_largest_group(stories: list[int]) -> None:
    articles = corpus(stories)
    made = plan(articles)
    if len(stories) < 3:
        assert set(splits(made, articles).values()) == {"train"}
        assert "too few" in made.notes[0]
        return
    largest = max(stories)
    for split, share in zip(("train", "validation", "test"), CLUSTER.fractions, strict=True):
        assert made.sizes[split] > 0
        over = made.sizes[split] - share * len(articles)
        # One group may have to go where it does not fit, so that no split is empty.
        assert over <= largest
        assert over >= -2 * largest


@given(STORIES, st.randoms(use_true_random=False))
def test_the_order_of_exports_decides_nothing(stories: list[int], rng: random.Random) -> None:
    articles = corpus(stories)
    shuffled = articles[:]
    rng.shuffle(shuffled)
    assert splits(plan(articles), articles) == splits(plan(shuffled), articles)


@given(STORIES, st.data())
def test_a_document_never_changes_its_split(stories: list[int], data: st.DataObject) -> None:
    everything = corpus(stories)
    ids = st.sampled_from([one.article_id for one in everything])
    released = data.draw(st.dictionaries(ids, st.sampled_from(["train", "validation", "test"]), max_size=9))
    for _ in range(3):
        there = data.draw(st.lists(st.sampled_from(everything), unique_by=lambda one: one.article_id))
        made = plan(there, released)
        now = splits(made, there)
        for doc_id, split in now.items():
            assert released.setdefault(doc_id, split) == split
        # What left the exports and comes back has its split still.
        assert {doc_id: made.split_of(doc_id) for doc_id in released} == released


def test_a_new_version_follows_its_story() -> None:
    for split in ("train", "validation", "test"):
        articles = [article("old", 1), article("new", 1, 3), article("x", 2), article("y", 3)]
        assert splits(plan(articles, {"old": split}), articles)["new"] == split


def test_an_article_between_two_splits_goes_to_train_and_is_told() -> None:
    left, right = text_of(1), text_of(2)
    articles = [
        Noted(article_id="a", text=left, publisher="", published="", labels=[]),
        Noted(article_id="b", text=right, publisher="", published="", labels=[]),
        Noted(article_id="c", text=f"{left} {right}", publisher="", published="", labels=[]),
    ]
    known = {"a": "test", "b": "validation"}
    made = plan(articles, known)
    assert splits(made, articles) == {"a": "test", "b": "validation", "c": "train"}
    assert "in several splits" in made.notes[0]
    assert set(across(articles, known)) == {("a", "c"), ("b", "c")}


def test_labels_are_spread_alike() -> None:
    rng = random.Random(3)  # noqa: S311 - reproducible, not secret
    articles = []
    for number in range(400):
        labels = ["PER"] * rng.randint(0, 9) + ["DIRECT"] * rng.randint(0, 4) + ["EVENT"] * (number % 20 == 0)
        articles.append(article(f"d{number:03}", number, labels=labels))
    found = splits(plan(articles), articles)
    for label in ("PER", "DIRECT", "EVENT"):
        by_split: Counter[str] = Counter()
        for one in articles:
            by_split[found[one.article_id]] += one.labels.count(label)
        total = by_split.total()
        assert by_split["validation"] / total == pytest.approx(0.1, abs=0.02), label
        assert by_split["test"] / total == pytest.approx(0.1, abs=0.02), label


def test_the_sample_corpus_is_large_enough_for_three_splits() -> None:
    articles = [article(f"d{number:02}", number) for number in range(19)]
    assert plan(articles).sizes == {"train": 15, "validation": 2, "test": 2}


def test_a_split_of_share_0_stays_empty() -> None:
    articles = [article(f"d{number:02}", number) for number in range(20)]
    made = plan(articles, policy=SplitPolicy(by="cluster", train=0.75, validation=0, test=0.25))
    assert made.sizes == {"train": 15, "validation": 0, "test": 5}


def test_the_name_of_the_dataset_decides_what_nothing_else_does() -> None:
    articles = [article(f"d{number:02}", number) for number in range(40)]
    assert splits(plan(articles, name="a"), articles) != splits(plan(articles, name="b"), articles)


@given(
    st.lists(st.tuples(st.integers(1, 6), st.lists(st.integers(0, 5), min_size=3, max_size=3)), max_size=40),
    st.sampled_from([(0.8, 0.1, 0.1), (0.5, 0.25, 0.25), (1.0, 0.0, 0.0), (0.7, 0.3, 0.0)]),
)
def test_stratify_gives_every_group_an_open_split(groups: list[Any], fractions: tuple[float, ...]) -> None:
    sizes = np.array([size for size, _ in groups], dtype=np.int64)
    labels = np.array([counts for _, counts in groups], dtype=np.int64).reshape(len(groups), 3)
    given_splits = stratify(sizes, labels, fractions, np.zeros(3), np.zeros((3, 3)))
    assert len(given_splits) == len(groups)
    assert all(fractions[split] > 0 for split in given_splits)
    if len(groups) >= sum(share > 0 for share in fractions):
        assert {split for split, share in enumerate(fractions) if share > 0} == set(given_splits)


def dated(days: Sequence[str]) -> list[Noted]:
    return [article(f"d{number:02}", number, day=day) for number, day in enumerate(days)]


TIME = SplitPolicy(by="time")


def test_by_time_the_last_days_are_the_test() -> None:
    articles = dated([f"2026-03-{day:02}T08:00:00+01:00" for day in range(1, 21)])
    made = plan(articles, policy=TIME)
    assert (made.policy.validation_from, made.policy.test_from) == ("2026-03-17", "2026-03-19")
    assert made.sizes == {"train": 16, "validation": 2, "test": 2}
    assert made.split_of("d15") == "train"
    assert made.split_of("d16") == "validation"
    assert made.split_of("d18") == "test"


def test_by_time_the_days_are_kept_and_what_has_none_is_for_training() -> None:
    policy = SplitPolicy(by="time", validation_from="2026-02-01", test_from="2026-03-01")
    articles = dated(["2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01", "2027-01-01", "", "gestern"])
    made = plan(articles, policy=policy)
    assert (
        list(splits(made, articles).values()) == ["train", "validation", "validation", "test", "test"] + ["train"] * 2
    )
    assert made.undated == 2
    assert made.policy == policy


@given(st.lists(st.integers(1, 28), max_size=30))
def test_by_time_no_day_is_in_two_splits(days: list[int]) -> None:
    articles = dated([f"2026-02-{day:02}" for day in days])
    made = plan(articles, policy=TIME)
    found = splits(made, articles)
    order = ["train", "validation", "test"]
    by_day = sorted((day, order.index(found[one.article_id])) for day, one in zip(days, articles, strict=True))
    assert [split for _, split in by_day] == sorted(split for _, split in by_day)
    assert len({day for day, _ in set(by_day)}) == len(set(by_day))
    if len(set(days)) >= 3:
        assert all(made.sizes.values())
    else:
        assert "too few" in made.notes[0]


def test_by_time_near_duplicates_across_the_days_are_told() -> None:
    articles = [article("a", 1, day="2026-01-01"), article("b", 1, 2, day="2026-05-01"), article("c", 2)]
    policy = SplitPolicy(by="time", validation_from="2026-02-01", test_from="2026-04-01")
    assert across(articles, policy=policy) == [("a", "b")]


def test_days_in_the_wrong_order_are_refused() -> None:
    policy = SplitPolicy(by="time", validation_from="2026-04-01", test_from="2026-02-01")
    with pytest.raises(UsageError, match="test_from = 2026-02-01 lies before validation_from = 2026-04-01"):
        plan(dated(["2026-01-01"]), policy=policy)


def test_by_publisher_each_is_in_one_split() -> None:
    articles = [article(f"d{number:02}", number, publisher=f"Blatt {number % 7}") for number in range(42)]
    made = plan(articles, policy=SplitPolicy(by="publisher"))
    pairs = {(one.publisher, made.split_of(one.article_id)) for one in articles}
    assert len(pairs) == 7
    assert all(made.sizes.values())
    nameless = [article(f"d{number:02}", number, publisher="") for number in range(20)]
    assert plan(nameless, policy=SplitPolicy(by="publisher")).sizes["test"] == 2


def test_another_policy_than_before_is_refused() -> None:
    had = SplitPolicy(by="time", validation_from="2026-02-01", test_from="2026-03-01")
    assert kept_policy(policy_of(SplitSettings(by="time")), had, "1.0.0") == had
    assert kept_policy(CLUSTER, None, "") == CLUSTER
    other_shares = policy_of(SplitSettings(train=0.6, validation=0.2, test=0.2))
    assert kept_policy(other_shares, CLUSTER, "1.0.0") == other_shares
    with pytest.raises(UsageError, match=r"splits by 'cluster' are asked for, but version 1\.0\.0 was split by 'time'"):
        kept_policy(CLUSTER, had, "1.0.0")
    moved = policy_of(SplitSettings(by="time", test_from="2026-04-01"))
    with pytest.raises(UsageError, match=r"test_from: is 2026-04-01, but version 1\.0\.0 has 2026-03-01.*--resplit"):
        kept_policy(moved, had, "1.0.0")


def test_what_nobody_told_of_is_for_training() -> None:
    assert plan([]).split_of("x") == "train"
    assert all_in_train(CLUSTER).split_of("x") == "train"


def test_the_newest_release_counts(
    built: Callable[..., BuildReport], articles: list[CheckedTask], tmp_path: Path
) -> None:
    folder = tmp_path / "releases" / "probe"
    assert known_splits(folder) == KnownSplits()
    for version, tasks, split in (("0.9.0", articles, "train"), ("0.10.0", articles[:2], "test")):
        out = tmp_path / "releases"
        build(tasks, scheme=SCHEME, out=out, name="probe", version=version, split_of=lambda _, split=split: split)  # type: ignore[misc]
    known = known_splits(folder)
    assert dict(known.split_of) == {"a-1": "test", "b-2": "test", "c-3": "train"}
    assert (known.version, known.policy) == ("0.10.0", None)
    (folder / "v0.9.0" / "data" / "documents" / "train-00000.parquet").unlink()
    with pytest.raises(InputError, match=r"is not a whole release.*documents could change their splits"):
        known_splits(folder)
    assert dict(known_splits(folder, replaced="0.9.0").split_of) == {"a-1": "test", "b-2": "test"}


def export(path: Path, stories: Sequence[tuple[str, int, int]]) -> Path:
    tasks = []
    for number, (doc_id, story, version) in enumerate(stories):
        text = text_of(story, version)
        value = {"start": 0, "end": text.index(" "), "text": text.split(" ", maxsplit=1)[0], "labels": ["PER"]}
        region = {"id": "x", "type": "labels", "from_name": "lab", "to_name": "text", "value": value}
        made = {"id": number, "completed_by": 3, "created_at": "2026-01-05T10:00:00Z", "result": [region]}
        data = {"article_id": doc_id, "text": text, "publisher": "Blatt", "published": f"2026-03-{number % 28 + 1:02}"}
        tasks.append({"id": number, "data": data, "annotations": [made]})
    path.write_text(json.dumps(tasks), encoding="utf-8")
    return path


def test_build_keeps_splits_from_version_to_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    first = export(tmp_path / "1.json", [(f"d{number:02}", number, 0) for number in range(20)])
    assert run(["build", str(first), "--name", "p", "--out", "out"]) == 0
    assert "splits: train 16, validation 2, test 2 (near-duplicates stay together)" in capsys.readouterr().err
    assert run(["build", str(first), "--name", "p", "--out", "out"]) == 0
    assert "already built" in capsys.readouterr().err

    more = [(f"d{number:02}", number, 0) for number in range(5, 20)]
    more += [(f"e{number:02}", number, 1) for number in range(30)]  # a second version of each story, and new stories
    second = export(tmp_path / "2.json", more[::-1])
    assert run(["build", str(second), "--name", "p", "--out", "out", "--version", "0.2.0"]) == 0
    old = known_splits(tmp_path / "out" / "p").split_of
    first_splits = {d.doc_id: d.split for d in open_release(Path("out/p/v0.1.0")).documents()}
    second_splits = {d.doc_id: d.split for d in open_release(Path("out/p/v0.2.0")).documents()}
    assert all(old[doc_id] == split for doc_id, split in first_splits.items())
    assert all(first_splits.get(doc_id, split) == split for doc_id, split in second_splits.items())
    # A story that is released already keeps its new versions, also where the old one left the exports.
    for number in range(5, 20):
        assert second_splits[f"e{number:02}"] == first_splits[f"d{number:02}"]
    manifest = read_manifest(Path("out/p/v0.2.0"))
    assert manifest.splits == CLUSTER
    capsys.readouterr()

    again = ["build", str(second), "--name", "p", "--out", "out", "--version", "0.3.0"]
    assert run([*again, "--split-by", "time"]) == 2
    said = capsys.readouterr().err
    assert "splits by 'time' are asked for, but version 0.2.0 was split by 'cluster'" in said
    assert said.count("\n") == 1
    assert run([*again, "--split-by", "time", "--resplit"]) == 0
    said = capsys.readouterr().err
    assert "by day, validation from 2026-03-" in said
    assert "shared by two splits:" in said
    kept = read_manifest(Path("out/p/v0.3.0")).splits
    assert kept is not None
    assert kept.by == "time"
    assert kept.test_from > kept.validation_from > "2026-03-01"
    shutil.rmtree("out/p/v0.1.0")
    assert run(["build", str(second), "--name", "p", "--out", "out", "--split-by", "none", "--resplit", "--force"]) == 0
    assert "splits: train 45 (not split)" in capsys.readouterr().err


def releases_agree(folder: Path) -> int:
    """Give how many versions there are, in which no document changes its split."""
    splits_of: dict[str, set[str]] = {}
    found = version_folders(folder)
    for path in found.values():
        for document in open_release(path, verify=True).documents():
            splits_of.setdefault(document.doc_id, set()).add(document.split)
    assert {doc_id: found for doc_id, found in splits_of.items() if len(found) > 1} == {}
    return len(found)


def three_exports(folder: Path) -> list[str]:
    """Write an export, and two that hold the same new articles, each with others of its own beside them."""
    old = [(f"d{number:03}", number, 0) for number in range(20)]
    new = [(f"e{number:03}", number, 0) for number in range(100, 200)]
    sides = [[(f"{side}{number:03}", number, 0) for number in range(300, 360)] for side in "ab"]
    exports = [old, old + new + sides[0], old + sides[1][:31] + new]
    return [str(export(folder / f"{number}.json", stories)) for number, stories in enumerate(exports)]


def test_a_corpus_that_is_too_small_to_split_says_so_on_its_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    export(tmp_path / "1.json", [("d0", 0, 0), ("d1", 0, 1), ("d2", 1, 0)])
    assert run(["build", "1.json", "--name", "p", "--out", "out"]) == 0
    assert "too few for 3 splits: 2 clusters" in capsys.readouterr().err
    assert "All articles are in `train`: there are too few" in Path("out/p/v0.1.0/README.md").read_text("utf-8")


def test_what_is_planned_by_is_held_until_the_build_is_done(tmp_path: Path) -> None:
    first, second, third = three_exports(tmp_path)
    scheme = assets("schema", "scheme.toml")
    checker = make_checker(scheme=scheme, articles=None)
    refused: list[str] = []

    def build_it(path: str, on_bytes: Callable[[int], None] = lambda _: None) -> None:
        build_exports(
            [path],
            checker,
            scheme_path=scheme,
            settings=Settings(name="p"),
            out=tmp_path,
            on_bytes=on_bytes,
        )

    def meanwhile(_: int) -> None:
        if not refused:
            with pytest.raises(UsageError, match="another build of p is at work") as error:
                build_it(third)
            refused.append(str(error.value))

    build_it(first)
    build_it(second, meanwhile)
    assert "Run it again when that is done" in refused[0]
    build_it(third)
    assert releases_agree(tmp_path / "p") == 3


def test_two_builds_at_once_never_change_a_split(tmp_path: Path) -> None:
    first, *both = three_exports(tmp_path)
    (tmp_path / "wortlaut.toml").write_text('name = "p"\n', encoding="utf-8")
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "rights.toml").write_text(FREE, encoding="utf-8")
    command = [sys.executable, "-m", "wortlaut", "build"]

    def start(path: str) -> subprocess.Popen[str]:
        # The toolkit that is tested, wherever this process has it from.
        env = {**os.environ, "PYTHONPATH": str(Path(wortlaut.__file__).resolve().parents[1])}
        return subprocess.Popen([*command, path], cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True)

    with start(first) as process:
        said = process.communicate(timeout=60)[1]
        assert process.returncode == 0, said
    waiting = both
    for _ in range(2):
        processes = {path: start(path) for path in waiting}
        told = {path: process.communicate(timeout=60)[1] for path, process in processes.items()}
        waiting = [path for path, process in processes.items() if process.returncode]
        for path in waiting:
            assert processes[path].returncode == 2
            assert told[path].count("\n") == 1
            assert "another build of p is at work. Run it again" in told[path]
        assert len(waiting) < len(processes)
        if not waiting:
            break
    assert not waiting
    assert releases_agree(tmp_path / "export" / "releases" / "p") == 3


def test_a_build_that_fails_leaves_no_empty_folder(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"

    def fail() -> None:
        with alone(out, "p"):
            assert [path.name for path in out.iterdir()] == [".p.lock"]
            raise UsageError("no")

    with pytest.raises(UsageError, match="no"):
        fail()
    assert list(tmp_path.iterdir()) == []
    with alone(out, "p"):
        (out / "p").mkdir()
    assert [path.name for path in out.iterdir()] == ["p"]
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "releases"):
        with pytest.raises(UsageError, match="cannot write"), alone(path, "p"):
            pass


def test_the_first_pass_reads_old_and_wrapped_exports_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plain = json.loads(export(tmp_path / "1.json", [(f"d{number:02}", number, 0) for number in range(20)]).read_text())
    assert run(["build", "1.json", "--name", "p", "--out", "plain"]) == 0
    old = [{key: value for key, value in task.items() if key != "annotations"} for task in plain]
    for task, was in zip(old, plain, strict=True):
        task["completions"] = was["annotations"]
    (tmp_path / "old.json").write_text(json.dumps(old), encoding="utf-8")
    (tmp_path / "wrapped.json").write_text(json.dumps({"tasks": plain}), encoding="utf-8")
    wanted = known_splits(tmp_path / "plain" / "p").split_of
    for name in ("old", "wrapped"):
        assert run(["build", f"{name}.json", "--name", "p", "--out", name]) in (0, 1)
        assert known_splits(tmp_path / name / "p").split_of == wanted


def test_articles_that_nobody_annotated_have_no_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tasks = json.loads(export(tmp_path / "1.json", [(f"d{number:02}", number, 0) for number in range(20)]).read_text())
    assert run(["build", "1.json", "--name", "p", "--out", "a"]) == 0
    for number in range(20, 40):
        skipped = tasks[0]["annotations"][0] | {"was_cancelled": True}
        data = {"article_id": f"u{number}", "text": text_of(number)}
        tasks.append({"id": number, "data": data, "annotations": [skipped] if number % 2 else []})
    (tmp_path / "2.json").write_text(json.dumps(tasks), encoding="utf-8")
    assert run(["build", "2.json", "--name", "p", "--out", "b"]) in (0, 1)
    assert known_splits(Path("b/p")).split_of == known_splits(Path("a/p")).split_of


def test_text_of_is_what_the_tests_take_it_for() -> None:
    with SignatureWriter() as writer:
        for story in range(3):
            for version in range(4):
                writer.add(f"{story}{version}", text_of(story, version))
        assert [len(members) for members in writer.clusters().several()] == [4, 4, 4]
