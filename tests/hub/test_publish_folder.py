"""Publishing into a folder, and which release is meant."""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from tests.export.conftest import sample
from tests.export.hiding import FREE
from tests.hub.running import Runner

from wortlaut.cli.main import run
from wortlaut.export.baselines import write_baselines
from wortlaut.export.build import build
from wortlaut.export.find_release import find_release
from wortlaut.export.manifest import MANIFEST, file_entries, read_manifest, write_manifest
from wortlaut.export.publish import Gate, publish
from wortlaut.export.release import Release
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import RIGHTS, Project, find_project
from wortlaut.schema.scheme import default_scheme


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def project(versions: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project that has both versions among its releases; the current folder is its own."""
    (tmp_path / "wortlaut.toml").write_text('name = "press"\n[publish]\nto = ""\n', encoding="utf-8")
    (tmp_path / "corpus").mkdir()
    (tmp_path / RIGHTS).write_text(FREE, encoding="utf-8")
    for version, folder in versions.items():
        shutil.copytree(folder, tmp_path / "export" / "releases" / "press" / f"v{version}")
    monkeypatch.chdir(tmp_path)
    return find_project()


def say(capsys: pytest.CaptureFixture[str], *args: str, code: int = 0) -> str:
    assert run(["publish", *args]) == code
    return capsys.readouterr().err


@pytest.mark.usefixtures("project")
def test_the_newest_version_goes_into_a_folder_whole(
    versions: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = say(capsys, "--to", "out")
    assert said.startswith("press v1.1.0 published: out/press/v1.1.0 (")
    assert 'pin: datasets.load_dataset("out/press/v1.1.0")' in said
    assert tree(tmp_path / "out/press/v1.1.0") == tree(versions["1.1.0"])
    before = (tmp_path / "out/press/v1.1.0/README.md").stat().st_mtime_ns
    assert say(capsys, "--to", "out").startswith("press v1.1.0 already published, and whole: out/press/v1.1.0 (")
    assert (tmp_path / "out/press/v1.1.0/README.md").stat().st_mtime_ns == before
    say(capsys, "press@1.0.0", "--to", "out")
    assert sorted(path.name for path in (tmp_path / "out" / "press").iterdir()) == ["v1.0.0", "v1.1.0"]


@pytest.mark.usefixtures("project")
def test_a_dry_run_copies_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["publish", "--to", "out", "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("press v1.1.0 would be copied to: out/press/v1.1.0 (")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("project")
def test_nothing_said_means_where_it_was_built(capsys: pytest.CaptureFixture[str]) -> None:
    said = say(capsys)
    assert "press v1.1.0 already published, and whole: " in said
    assert "export/releases/press/v1.1.0 (" in said
    assert "that is where it was built; --to hf:ORGANISATION/NAME or --to DIR publishes it elsewhere" in said


def test_the_settings_say_where(project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "wortlaut.toml").write_text('name = "press"\n[publish]\nto = "shelf"\n', encoding="utf-8")
    (tmp_path / "sub").mkdir()
    os.chdir(tmp_path / "sub")
    say(capsys)
    assert (tmp_path / "shelf/press/v1.1.0/manifest.json").is_file()
    assert not project.settings.publish.to


@pytest.mark.usefixtures("project")
def test_other_content_under_a_version_is_refused(
    versions: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    say(capsys, "press@1.0.0", "--to", "out")
    target = tmp_path / "out/press/v1.0.0"
    shutil.rmtree(target)
    shutil.copytree(versions["1.1.0"], target)
    for force in ([], ["--force"]):
        said = say(capsys, "press@1.0.0", "--to", "out", *force, code=2)
        assert said == (
            "wortlaut: out/press/v1.0.0: v1.0.0 is published there already and holds other files (CHANGELOG.md, "
            "CITATION.cff, README.md and 7 more). "
            "A version is published once: build this content under a higher version\n"
        )
    assert tree(target) == tree(versions["1.1.0"])


@pytest.mark.usefixtures("project")
def test_scores_that_came_after_publishing_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    say(capsys, "--to", "out")
    write_baselines(tmp_path / "export/releases/press/v1.1.0", [])
    said = say(capsys, "--to", "out", code=2)
    assert said == (
        "wortlaut: out/press/v1.1.0: v1.1.0 is published there already and holds other files (baselines.json). "
        "A version is published once: wortlaut train came after it, and wortlaut build --version NEXT carries the "
        "baselines over\n"
    )


@pytest.mark.usefixtures("project")
def test_a_version_in_the_folder_of_another_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "export/releases/press/v0.7.0"
    shutil.copytree(tmp_path / "export/releases/press/v1.0.0", wrong)
    assert "stands in a folder v0.7.0, and its manifest says v1.0.0." in say(capsys, "0.7.0", "--to", "out", code=2)
    # Under a name that says nothing of a version it may be anywhere.
    say(capsys, str(shutil.copytree(wrong, tmp_path / "mine")), "--to", "out")


@pytest.mark.usefixtures("project")
def test_a_damaged_copy_is_told_and_replaced_by_force(
    versions: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    say(capsys, "press@1.0.0", "--to", "out")
    (tmp_path / "out/press/v1.0.0/README.md").unlink()
    said = say(capsys, "press@1.0.0", "--to", "out", code=2)
    assert "the copy that is there is damaged: is not a whole release: README.md is missing. Say --force" in said
    assert run(["publish", "press@1.0.0", "--to", "out", "--force", "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("press v1.0.0 would be copied to: out/press/v1.0.0 (")
    assert not (tmp_path / "out/press/v1.0.0/README.md").exists()
    say(capsys, "press@1.0.0", "--to", "out", "--force")
    assert tree(tmp_path / "out/press/v1.0.0") == tree(versions["1.0.0"])


@pytest.mark.parametrize("reference", ["", "press", "press@1.1.0", "1.1.0", "export/releases/press", "FOLDER"])
def test_a_version_that_a_killed_run_moved_aside_is_found(
    reference: str, project: Project, versions: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "export/releases/press"
    (folder / ".v1.1.0.abcd_123.old").mkdir()
    (folder / "v1.1.0").rename(folder / ".v1.1.0.abcd_123.old" / "v1.1.0")
    found = find_release("export/releases/press/v1.1.0" if reference == "FOLDER" else reference, project)
    assert found.resolve() == folder / "v1.1.0"
    assert tree(found) == tree(versions["1.1.0"])
    assert sorted(path.name for path in folder.iterdir()) == ["v1.0.0", "v1.1.0"]


def test_a_run_that_is_at_work_is_not_disturbed(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "export/releases/press"
    aside = folder / ".v1.1.0.abcd_123.old"
    aside.mkdir()
    (folder / "v1.1.0").rename(aside / "v1.1.0")
    # What a run does next, which the reader sees a moment later.
    swap = threading.Timer(0.1, lambda: shutil.copytree(folder / "v1.0.0", folder / "v1.1.0"))
    swap.start()
    assert find_release("1.1.0", project) == folder / "v1.1.0"
    swap.join()
    assert (aside / "v1.1.0").is_dir()


@pytest.mark.usefixtures("project")
def test_a_full_disk_leaves_nothing_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        said = say(capsys, "--to", "out", code=2)
    assert said == (
        "wortlaut: out/press/v1.1.0: cannot write: No space left on device. Make room, then run the command again\n"
    )
    assert not list((tmp_path / "out/press").iterdir())
    say(capsys, "--to", "out")


def test_a_run_killed_while_it_copies_is_finished_by_the_next(versions: dict[str, Path], runner: Runner) -> None:
    script = (
        "import os, shutil, signal, sys\n"
        "copied, copy = [], shutil.copyfile\n"
        "def stop(*args):\n"
        "    copied.append(copy(*args))\n"
        "    if len(copied) == 3: os.kill(os.getpid(), signal.SIGKILL)\n"
        "shutil.copyfile = stop\n"
        "from wortlaut.cli.main import run\n"
        "sys.exit(run(['publish', *sys.argv[1:]]))"
    )
    release, out = versions["1.0.0"], runner.folder / "out"
    assert runner.python("-c", script, str(release), "--to", str(out)).code == -9
    assert not (out / "press/v1.0.0").exists()
    assert runner.publish(release, "--to", out).code == 0
    assert [path.name for path in (out / "press").iterdir()] == ["v1.0.0"]
    assert tree(out / "press/v1.0.0") == tree(release)


def test_what_nobody_gave_leave_for_is_not_published(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without any word of who calls: the ledger of rights, leaks and names are looked at by every publish."""
    bare = build(sample(), scheme=default_scheme(), out=tmp_path / "bare", name="press", version="1.0.0")
    for to in ("out", "hf:lab/press"):
        assert run(["publish", bare.path, "--to", to]) == 2
        said = capsys.readouterr().err
        assert "may not be published: the rights in its texts are not stated" in said
        assert "corpus/rights.toml" in said
    (project.root / RIGHTS).write_text(f'{FREE}[[article]]\nid = "a-1"\nredistribute = false\n')
    assert run(["publish", "1.1.0", "--to", "out"]) == 2
    assert "may not be published: 1 text may not be handed on (a-1)" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_gates_stand_before_everything(project: Project, tmp_path: Path) -> None:
    seen = []

    def shut(release: Release, _: Project) -> None:
        seen.append(release.manifest.version)
        raise UsageError("a-1 may not leave", where=str(release.path))

    gates: Sequence[Gate] = (shut,)
    for to in ("out", "hf:lab/press", ""):
        with pytest.raises(UsageError, match="a-1 may not leave"):
            publish("", project, to=to, gates=gates)
    assert seen == ["1.1.0"] * 3
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("reference", "version"),
    [
        ("", "1.1.0"),
        ("press", "1.1.0"),
        ("press/v1.0.0", "1.0.0"),
        ("press@1.0.0", "1.0.0"),
        ("press@v1.0.0", "1.0.0"),
        ("export/releases/press", "1.1.0"),
        ("export/releases/press/v1.0.0", "1.0.0"),
        ("export/releases/press/v1.0.0/", "1.0.0"),
    ],
)
def test_a_release_has_several_names(reference: str, version: str, project: Project) -> None:
    found = find_release(reference, project)
    assert found.resolve() == (project.root / f"export/releases/press/v{version}").resolve()


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("press@2.0.0", "there is no v2.0.0, but v1.0.0, v1.1.0. Name the folder of a version"),
        ("other", "releases/other: there is no release. Name the folder of a version"),
        ("../x y", "../x y: is no release. Name the folder of a version"),
        ("export", "export: is no release. Name the folder of a version"),
        ("wortlaut.toml", "there is no release. Name the folder of a version"),
    ],
)
@pytest.mark.usefixtures("project")
def test_what_is_no_release_is_told(reference: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert says in say(capsys, reference, code=2)


def test_versions_are_ordered_as_numbers(project: Project) -> None:
    folder = project.root / "export/releases/press"
    for version in ("v1.9.0", "v1.10.0", "v0.99.0", "vx", "v1.10"):
        (folder / version).mkdir()
    assert find_release("press", project).name == "v1.10.0"


def test_the_report_is_json(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["publish", "press@1.0.0", "--to", "out", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["version"], told["to"]) == ("published", "1.0.0", "out/press/v1.0.0")
    folder = project.root / "out/press/v1.0.0"
    assert told["bytes"] == sum(len(data) for data in tree(folder).values())
    assert told["files"] == len(tree(folder))


def test_a_damaged_copy_of_other_content_is_not_replaced(
    versions: dict[str, Path], project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was published is said by its manifest, whatever happened to another of its files."""
    say(capsys, "1.0.0", "--to", "out")
    copy = tmp_path / "out/press/v1.0.0"
    before = (copy / MANIFEST).read_bytes()
    (copy / "CITATION.cff").write_bytes(b"")
    other = project.root / "export/releases/press/v1.0.0"
    manifest = read_manifest(other)
    (other / "zenodo.json").write_text("{}")
    write_manifest(other, msgspec.structs.replace(manifest, files=file_entries(other)))
    assert "published there already" in say(capsys, "1.0.0", "--to", "out", "--force", code=2)
    assert (copy / MANIFEST).read_bytes() == before
    shutil.rmtree(other)
    shutil.copytree(versions["1.0.0"], other)
    say(capsys, "1.0.0", "--to", "out", "--force")
    assert tree(copy) == tree(versions["1.0.0"])
