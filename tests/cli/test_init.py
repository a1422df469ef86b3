"""init: a project that the next commands work in, and no file of the user's lost."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from wortlaut.cli.main import COMMANDS, run
from wortlaut.cli.starter import init
from wortlaut.cli.studio import COMMANDS as STUDIO_COMMANDS
from wortlaut.schema.errors import UsageError
from wortlaut.schema.files import write_text
from wortlaut.schema.project import Settings, find_project
from wortlaut.schema.scheme import default_scheme, load_scheme


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_new_project_is_found_and_its_scheme_is_the_default(here: Path) -> None:
    assert run(["init", "presse"]) == 0
    project = find_project(here / "presse" / "corpus" / "raw")
    assert project.found
    assert project.root == here / "presse"
    assert project.settings.name == "presse"
    assert project.scheme_path == here / "presse" / "schema" / "scheme.toml"
    assert load_scheme(project.scheme_path) == default_scheme()
    for folder in ("corpus/raw", "annotation/exports", "export"):
        assert (here / "presse" / folder).is_dir()


def test_what_is_derived_in_a_new_project_is_there_and_current(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["init", "presse"])
    monkeypatch.chdir("presse")
    capsys.readouterr()
    assert run(["schema", "--check"]) == 0
    for path in ("annotation/labeling.xml", "annotation/guidelines-labels.md", "annotation/guidelines.md"):
        assert Path(path).read_text(encoding="utf-8").strip()
    assert Path("schema/document.schema.json").is_file()


def test_the_written_settings_are_the_defaults_and_name_every_one() -> None:
    init(Path("presse"))
    text = Path("presse/wortlaut.toml").read_text()
    assert find_project(Path("presse")).settings == Settings(name="presse")
    assert set(tomllib.loads(text)) == set(Settings.__struct_fields__)


def test_ingest_works_in_a_new_project(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run(["init", "presse"])
    record = {"article_id": "lb-1", "text": "Der Rat von Lindenau hat getagt."}
    Path("presse/corpus/raw/a.jsonl").write_bytes(msgspec.json.encode(record))
    monkeypatch.chdir("presse")
    capsys.readouterr()
    assert run(["ingest", "corpus/raw"]) == 0
    assert "1 added; corpus/articles.jsonl holds 1 article" in capsys.readouterr().err


def test_a_project_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    run(["init", "presse"])
    before = {path: path.read_bytes() for path in Path("presse").rglob("*") if path.is_file()}
    capsys.readouterr()
    assert run(["init", "presse"]) == 2
    assert capsys.readouterr().err == (
        "wortlaut: presse: is a wortlaut project already. See its wortlaut.toml\n"
    )  # fmt: skip
    assert {path: path.read_bytes() for path in Path("presse").rglob("*") if path.is_file()} == before


def test_no_file_is_overwritten(capsys: pytest.CaptureFixture[str]) -> None:
    Path("README.md").write_text("Meine Notizen")
    Path("schema").mkdir()
    Path("schema/scheme.toml").write_text("eigenes Schema")
    assert run(["init", "."]) == 0
    assert Path("README.md").read_text() == "Meine Notizen"
    assert Path("schema/scheme.toml").read_text() == "eigenes Schema"
    told = capsys.readouterr().err
    assert "README.md was there already and stays as it is" in told
    assert "schema/scheme.toml was there already and stays as it is" in told


def test_an_interrupted_init_can_be_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Path] = []

    def interrupted(path: Path, text: str) -> None:
        if len(calls) == 3:
            raise KeyboardInterrupt
        calls.append(path)
        write_text(path, text)

    with monkeypatch.context() as patch:
        patch.setattr("wortlaut.cli.starter.write_text", interrupted)
        with pytest.raises(KeyboardInterrupt):
            init(Path("presse"))
    assert not find_project(Path("presse")).found
    again = init(Path("presse"))
    assert len(again.kept) == 3
    assert find_project(Path("presse")).found


def test_a_file_in_the_way_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("presse").write_text("x")
    assert run(["init", "presse"]) == 2
    assert capsys.readouterr().err == "wortlaut: presse: is a file, not a folder\n"


def test_a_folder_name_becomes_a_name_for_a_dataset() -> None:
    name = 'Presse "2026" \\ Süd'
    init(Path(name))
    assert find_project(Path(name)).settings.name == "Presse-2026-Sued"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_told() -> None:  # pragma: no cover - not as root
    Path("zu").mkdir(mode=0o500)
    with pytest.raises(UsageError, match="cannot write"):
        init(Path("zu/presse"))


def test_the_readme_names_only_commands_that_exist() -> None:
    init(Path("presse"))
    lines = Path("presse/README.md").read_text().splitlines()
    named = [line.split()[1:3] for line in lines if line.startswith("wortlaut ")]
    assert {name for name, *_ in named} <= set(COMMANDS)
    assert [inner for name, inner in named if name == "studio"] == ["up", "push", "invite", "status", "pull"]
    assert {"up", "push", "invite", "status", "pull"} <= set(STUDIO_COMMANDS)


@pytest.mark.parametrize("name", ["init", "ingest"])
def test_the_help_in_the_list_of_commands_is_the_commands_own(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    assert COMMANDS[name][1] in capsys.readouterr().out


def test_the_documentation_names_every_setting_with_its_default(root: Path) -> None:
    text = (root / "docs" / "project.md").read_text(encoding="utf-8")
    for section, name, value in _settings("", msgspec.to_builtins(Settings())):
        shown = f"`[{section}]` `{name}`" if section else f"`{name}`"
        assert f"| {shown} | `{msgspec.json.encode(value).decode()}` |" in text


def _settings(section: str, table: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _settings(f"{section}.{name}" if section else name, value)
        else:
            yield section, name, value
