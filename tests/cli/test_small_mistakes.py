"""Small mistakes on the command line: an empty name, a file in the way, a project in a project, a code that is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from wortlaut.cli.build import _articles
from wortlaut.cli.main import run

OUTSIDE = (
    "there is no wortlaut.toml here or in a folder above. Make a project with wortlaut init DIR, or change into the "
    "folder of one"
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["check", ""], "FILE: an empty name is no file. Is a variable of the shell not set?"),
        (["init", ""], "DIR: an empty name is no folder. The current folder is ."),
        (["rule", "WL999"], "there is no rule 'WL999'. wortlaut rule lists them all"),
        (["schema", "--force"], "wortlaut schema: --out and --force go with --from-config alone"),
        *((["studio", command], OUTSIDE) for command in ("up", "down")),
    ],
)
def test_the_message(command: list[str], said: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command) == 2
    assert capsys.readouterr().err == f"wortlaut: {said}\n"
    assert list(here.iterdir()) == []


def test_settings_of_nothing_are_no_project(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "wortlaut.toml").touch()
    assert run(["tasks"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f'wortlaut: {here / "wortlaut.toml"}: is empty. Write at least name = "..." into it')


@pytest.mark.parametrize("command", [["studio", "up"], ["serve"]])
def test_a_port_that_is_none_is_told(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command, "--port", "22x"]) == 2
    assert "'--port': '22x' is not a valid port: a number from 1 to 65535." in capsys.readouterr().err


def test_a_file_is_replaced_with_force_only(capsys: pytest.CaptureFixture[str]) -> None:
    for command, name in ((["config"], "c.xml"), (["schema", "--from-config", "c.xml"], "s.toml")):
        assert run([*command, "--out", name]) == 0
        Path(name).write_text("meins", encoding="utf-8") if name == "s.toml" else None
        before = Path(name).read_bytes()
        capsys.readouterr()
        assert run([*command, "--out", name]) == 2
        assert "already exists. Choose another name, or say --force to replace it" in capsys.readouterr().err
        assert Path(name).read_bytes() == before
        assert run([*command, "--out", name, "--force"]) == 0
    assert Path("s.toml").read_text(encoding="utf-8") != "meins"


def test_a_project_in_a_project_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "presse"]) == 0
    assert "inside" not in capsys.readouterr().err
    assert run(["init", "presse/corpus/neu"]) == 0
    told = capsys.readouterr().err
    assert f"presse/corpus/neu lies inside the project {here / 'presse'}; commands in it use the new one" in told


def test_one_article_and_several() -> None:
    assert [_articles(number) for number in (1, 2, 1200)] == ["1 article", "2 articles", "1,200 articles"]
