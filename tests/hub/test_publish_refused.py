"""What publishing refuses: one line that says what, where and what to do next, and nothing on the Hub is changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest
from tests.hub.running import READER, Runner
from tests.hub.standin import Fault, StandIn

from wortlaut.cli.main import run
from wortlaut.export.baselines import write_baselines

pytest.importorskip("datasets")

REPO = "lab/press"
HUB = f"hf:{REPO}"


class Prepare(Protocol):
    def __call__(self, standin: StandIn, repo_id: str, version: str) -> None: ...


def refused(runner: Runner, *args: str | Path) -> str:
    """Publish, and give the one line that it was refused with; nothing may be written."""
    standin = runner.standin
    before = {key: (dict(repo.heads), dict(repo.tags)) for key, repo in standin.store.repos.items()}
    done = runner.publish(*args, verify=False)
    assert done.code == 2, done
    assert not done.out
    lines = done.err.splitlines()
    assert len(lines) == 1, done.err
    assert {key: (repo.heads, repo.tags) for key, repo in standin.store.repos.items()} == before
    return lines[0].removeprefix("wortlaut: ")


def without_token(runner: Runner) -> None:
    runner.token = None


def with_strange_token(runner: Runner) -> None:
    runner.token = "hf_" + "Expired0" * 4  # made up


def with_reading_token(runner: Runner) -> None:
    runner.token = READER


def without_network(runner: Runner) -> None:
    runner.variables["HF_ENDPOINT"] = "http://127.0.0.1:9"


def without_name_server(runner: Runner) -> None:
    runner.variables["HF_ENDPOINT"] = "http://hub.invalid"


def with_strange_endpoint(runner: Runner) -> None:
    runner.variables["HF_ENDPOINT"] = "hub.example.org"


def offline(runner: Runner) -> None:
    runner.variables["HF_HUB_OFFLINE"] = "1"


def as_model(runner: Runner) -> None:
    runner.standin.store.create("model", REPO)


def public(runner: Runner) -> None:
    runner.standin.store.create("dataset", REPO)


def somebody_elses(runner: Runner) -> None:
    repo = runner.standin.store.create("dataset", REPO)
    runner.standin.store.edit(repo, "data.csv", b"a,b\n", title="Add data", author="ben")


def hidden(runner: Runner) -> None:
    runner.standin.store.create("dataset", "other/press", private=True)


def gated(runner: Runner) -> None:
    runner.standin.store.create("dataset", "other/press").gated = True


@pytest.mark.parametrize(
    ("prepare", "args", "says"),
    [
        (without_token, [HUB], f"{HUB}: there is no token for the Hub. Make one that may write at https://"),
        (with_strange_token, [HUB], f"{HUB}: the Hub does not know the token (expired, revoked?). Log in with hf auth"),
        (with_reading_token, [HUB], f"{HUB}: the token may only read. Make one that may write"),
        (without_network, [HUB], f"{HUB}: the Hub cannot be reached. Look after the network (and HF_ENDPOINT)"),
        (without_name_server, [HUB], f"{HUB}: the Hub cannot be reached."),
        (with_strange_endpoint, [HUB], f"{HUB}: that is no address of a Hub: Request URL is missing an 'http://'"),
        (offline, [HUB], f"{HUB}: HF_HUB_OFFLINE is set: nothing goes to the Hub. Unset it"),
        (as_model, [HUB], f"{HUB}: is a model on the Hub, not a dataset. Choose another name"),
        (public, [HUB, "--private"], f"{HUB}: is public already, and --private is for a new dataset"),
        (somebody_elses, [HUB], f"{HUB}: main holds other files (data.csv); its newest commit is "),
        (hidden, ["hf:other/press"], "hf:other/press: the token may not do this: You don't have the rights"),
        (gated, ["hf:other/press"], "hf:other/press: is gated, and your token has no access. Ask for access"),
    ],
)
def test_what_cannot_be_is_told(
    prepare: Callable[[Runner], None], args: list[str], says: str, versions: dict[str, Path], runner: Runner
) -> None:
    prepare(runner)
    line = refused(runner, versions["1.0.0"], "--to", *args)
    assert line.startswith(says), line


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["hf:press"], "'hf:press' is no address on the Hub. Write hf:ORGANISATION/NAME"),
        (["hf:lab/-x"], "'hf:lab/-x' can be no repository's address: '-x' takes letters"),
        (["hf:lab/a--b"], "'hf:lab/a--b' can be no repository's address: '--' and '..' may not be in it"),
        (["hf:lab/a.git"], "'hf:lab/a.git' can be no repository's address: it may not end with .git"),
        ([f"hf:lab/{'x' * 100}"], "it has more than 96 characters"),
        ([f"{HUB}@v1.0.0"], f"--to: '{HUB}@v1.0.0' names a revision. The version is the tag"),
        (["elsewhere", "--pull-request"], "elsewhere: --pull-request is for the Hub"),
    ],
)
def test_an_address_that_cannot_be_is_told(
    args: list[str], says: str, versions: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["publish", str(versions["1.0.0"]), "--to", *args]) == 2
    said = capsys.readouterr().err.removeprefix("wortlaut: ")
    assert said.startswith(says) or (says.startswith("it has") and says in said), said
    assert len(said.splitlines()) == 1


def test_a_tag_that_holds_other_files_is_never_moved(
    versions: dict[str, Path], released: Prepare, standin: StandIn, runner: Runner
) -> None:
    released(standin, REPO, "1.1.0")
    repo = standin.dataset(REPO)
    repo.tags = {"v1.0.0": repo.tags["v1.1.0"]}
    for force in ([], ["--force"]):
        line = refused(runner, versions["1.0.0"], "--to", HUB, *force)
        assert line == (
            f"{HUB}: v1.0.0 is published there already and holds other files (CHANGELOG.md, CITATION.cff, README.md "
            "and 7 more). "
            "A version is published once: build this content under a higher version"
        )


def test_scores_that_came_after_publishing_are_told(
    versions: dict[str, Path], released: Prepare, standin: StandIn, runner: Runner, tmp_path: Path
) -> None:
    released(standin, REPO, "1.0.0")
    trained = shutil.copytree(versions["1.0.0"], tmp_path / "press" / "v1.0.0")
    write_baselines(trained, [])
    assert refused(runner, trained, "--to", HUB) == (
        f"{HUB}: v1.0.0 is published there already and holds other files (baselines.json). A version is published "
        "once: wortlaut train came after it, and wortlaut build --version NEXT carries the baselines over"
    )


def test_a_tag_that_somebody_puts_in_between_is_not_moved(
    versions: dict[str, Path], released: Prepare, standin: StandIn, runner: Runner
) -> None:
    released(standin, REPO, "1.0.0")
    repo = standin.dataset(REPO)
    old = repo.tags["v1.0.0"]
    standin.faults.append(Fault("POST .*/tag/", call=lambda: repo.tags.update({"v1.1.0": old})))
    done = runner.publish(versions["1.1.0"], "--to", HUB, verify=False)
    assert done.code == 2
    assert "v1.1.0 is published there already and holds other files" in done.err
    assert repo.tags == {"v1.0.0": old, "v1.1.0": old}


def test_an_older_version_does_not_take_main_back(
    versions: dict[str, Path], released: Prepare, standin: StandIn, runner: Runner
) -> None:
    released(standin, REPO, "1.1.0")
    line = refused(runner, versions["1.0.0"], "--to", HUB)
    assert line.startswith(f"{HUB}: v1.1.0 is there already, and main would go back to v1.0.0. ")
    done = runner.publish(versions["1.0.0"], "--to", HUB, "--force", verify=False)
    assert done.code == 0, done
    assert standin.dataset(REPO).titles() == ["press v1.0.0", "press v1.1.0", "initial commit"]
    assert set(standin.dataset(REPO).tags) == {"v1.0.0", "v1.1.0"}


def test_a_commit_of_this_version_with_other_files_is_not_gone_over_unasked(
    versions: dict[str, Path], released: Prepare, standin: StandIn, runner: Runner
) -> None:
    released(standin, REPO, "1.0.0")
    repo = standin.dataset(REPO)
    oid = standin.store.edit(repo, "README.md", b"---\n{}\n---\nMine.\n", title="press v1.1.0").oid
    for more in ([], ["--dry-run"], ["--pull-request"]):
        assert refused(runner, versions["1.1.0"], "--to", HUB, *more) == (
            f"{HUB}: v1.1.0 was committed already with other files ({oid[:12]} by ben). Build this content under a "
            "higher version, or say --force: main then holds these files"
        )
    # Also where somebody went on from there.
    standin.store.edit(repo, "notes.txt", b"x", title="Notes")
    assert f"with other files ({oid[:12]} by ben)" in refused(runner, versions["1.1.0"], "--to", HUB)
    assert runner.publish(versions["1.1.0"], "--to", HUB, "--force", verify=False).code == 0
    assert repo.commits[repo.tags["v1.1.0"]].author == "anna"


def test_an_edit_after_the_release_is_not_undone_unasked(
    versions: dict[str, Path], released: Prepare, standin: StandIn, runner: Runner
) -> None:
    released(standin, REPO, "1.0.0")
    repo = standin.dataset(REPO)
    oid = standin.store.edit(repo, "README.md", b"---\n{}\n---\nMine.\n", title="Better card").oid
    line = refused(runner, versions["1.1.0"], "--to", HUB)
    assert line.startswith(
        f"{HUB}: main was changed after the last release (README.md); its newest commit is {oid[:12]} 'Better card' by "
        "ben. Take the change over"
    )
    standin.store.edit(repo, "README.md", None, title="No card")
    assert "(README.md)" in refused(runner, versions["1.1.0"], "--to", HUB)
    assert runner.publish(versions["1.1.0"], "--to", HUB, "--force", verify=False).code == 0


def spoilt(versions: dict[str, Path], tmp_path: Path) -> Path:
    return shutil.copytree(versions["1.0.0"], tmp_path / "press" / "v1.0.0")


def a_file_missing(release: Path) -> None:
    (release / "data/entities/train-00000.parquet").unlink()


def a_file_changed(release: Path) -> None:
    path = release / "README.md"
    path.write_bytes(path.read_bytes().replace(b"Press", b"Prose"))


def a_file_more(release: Path) -> None:
    (release / "notes.txt").write_text("anna@redaktion.example", encoding="utf-8")


def of_a_newer_toolkit(release: Path) -> None:
    path = release / "manifest.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(told | {"format": "wortlaut-release/9"}), encoding="utf-8")


def no_manifest(release: Path) -> None:
    (release / "manifest.json").unlink()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (a_file_missing, "is not a whole release: data/entities/train-00000.parquet is missing. Build it again"),
        (a_file_changed, "the file README.md was changed after the release was built. Build it again"),
        (a_file_more, "the file notes.txt is not in the manifest. Build it again"),
        (of_a_newer_toolkit, "in the form 'wortlaut-release/9', and this wortlaut reads 'wortlaut-release/1'"),
        (no_manifest, "v1.0.0: there is no manifest.json: it is no whole release. Name the folder of a version"),
    ],
)
def test_a_release_that_is_not_whole_goes_nowhere(
    spoil: Callable[[Path], None],
    says: str,
    versions: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    release = spoilt(versions, tmp_path)
    spoil(release)
    for to in (HUB, str(tmp_path / "elsewhere")):
        assert run(["publish", str(release), "--to", to]) == 2
        said = capsys.readouterr().err
        assert says in said
        assert len(said.splitlines()) == 1
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("module", ["huggingface_hub", "datasets"])
def test_without_the_extra_it_says_what_to_install(module: str, versions: dict[str, Path], runner: Runner) -> None:
    script = (
        "import sys; sys.modules[sys.argv.pop(1)] = None\n"
        "from wortlaut.cli.main import run\n"
        "sys.exit(run(['publish', *sys.argv[1:]]))"
    )
    done = runner.python("-c", script, module, str(versions["1.0.0"]), "--to", HUB)
    assert done.code == 2
    assert done.err == (f'wortlaut: {module} is not installed, which the Hub needs. Say: pip install "wortlaut[hf]"\n')


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        (f"{HUB}@v9.0.0", f"{HUB}@v9.0.0: there is no such revision. Name a tag, branch or commit that is there"),
        ("hf:lab/none@v1.0.0", "hf:lab/none@v1.0.0: there is no such dataset on the Hub, or it is private"),
        (f"{HUB}@", f"'{HUB}@' names no revision behind the @."),
        ("hf:lab/csv", "hf:lab/csv: holds no manifest.json: it is no release of wortlaut. Name the tag"),
        ("hf:other/gated", "hf:other/gated: is gated, and your token has no access."),
    ],
)
def test_what_cannot_be_fetched_is_told(
    reference: str, says: str, released: Prepare, standin: StandIn, runner: Runner
) -> None:
    released(standin, REPO, "1.0.0")
    standin.store.edit(standin.store.create("dataset", "lab/csv"), "data.csv", b"a\n", title="x")
    standin.store.create("dataset", "other/gated").gated = True
    script = """
import sys
from pathlib import Path
from wortlaut.export.hub.fetch import fetch_release
from wortlaut.schema.errors import WortlautError
try:
    fetch_release(sys.argv[1], Path("into"))
except WortlautError as error:
    print(error)
"""
    done = runner.python("-c", script, reference)
    assert done.out.startswith(says), done
    assert len(done.out.splitlines()) == 1
    assert not (runner.folder / "into").exists()
