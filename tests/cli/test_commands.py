"""The command line as a whole: every command is documented, starts fast, and never shows a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from wortlaut.cli.lazy import LazyGroup
from wortlaut.cli.main import cli, run

_HEAVY = (
    "spacy",
    "pyarrow",
    "datasets",
    "pandas",
    "numpy",
    "label_studio_sdk",
    "trafilatura",
    "lxml",
    "jsonschema",
    "rich",
    "httpx",
    "psutil",
    "starlette",
    "uvicorn",
    "huggingface_hub",
    "rensa",
    "cassis",
    "pycrfsuite",
    "yaml",
)


def _all(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command, str]]:
    """Give the path of every command, in groups too, the command, and its line in the group's list."""
    assert isinstance(group, LazyGroup)
    context = click.Context(group)
    for name, (_, line) in group.lazy.items():
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command, line
        if isinstance(command, click.Group):
            yield from _all(command, (*path, name))


@pytest.mark.parametrize(
    ("path", "command", "line"), [*_all(cli)], ids=lambda value: "-".join(value) if isinstance(value, tuple) else ""
)
def test_help_of_every_command_starts_with_the_line_in_the_list(
    path: tuple[str, ...], command: click.Command, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.help
    assert command.help.strip().splitlines()[0] == line
    assert run([*path, "--help"]) == 0
    assert f"wortlaut {' '.join(path)}" in capsys.readouterr().out


def test_the_reference_is_fresh(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(root / "scripts" / "cli_reference.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_help_imports_nothing_heavy() -> None:
    # The time itself is measured in benchmarks/startup.py; here only what would make it slow.
    program = (
        "import sys; from wortlaut.cli.main import run; run(['--help']); "
        f"print([module for module in {_HEAVY!r} if module in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_unknown_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["chek"]) == 2
    assert "Did you mean 'check'?" in capsys.readouterr().err


def test_a_bug_is_one_line_and_the_details_on_demand(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(ctx: click.Context, name: str) -> click.Command | None:
        raise ZeroDivisionError("sum of nothing")

    monkeypatch.setattr(cli, "get_command", broken)
    monkeypatch.delenv("WORTLAUT_DEBUG", raising=False)
    assert run(["check", "x"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "this is a bug in wortlaut: ZeroDivisionError: sum of nothing" in said
    assert "Traceback" not in said
    monkeypatch.setenv("WORTLAUT_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run(["check", "x"])


def test_a_reader_that_goes_away_is_no_error(root: Path) -> None:
    done = subprocess.run(  # noqa: S602 - the pipe is what is tested
        f"set -o pipefail; {sys.executable} -m wortlaut rule | head -n 1",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="the shell's syntax")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_streams_that_the_shell_closed_are_no_bug(closed: str, tmp_path: Path) -> None:
    (tmp_path / "wortlaut.toml").write_text('name = "probe"\n', encoding="utf-8")
    (tmp_path / "a.txt").write_text("Der Rat von Lindenau hat getagt.\n", encoding="utf-8")
    (tmp_path / "leer.json").write_text("[]", encoding="utf-8")
    for command, code in (("ingest a.txt", 0), ("tasks", 0), ("check leer.json", 1), ("ingest -", 1)):
        if command == "ingest -" and "<" not in closed:
            continue
        done = subprocess.run(  # noqa: S602 - the shell's redirection is what is tested
            f"{sys.executable} -m wortlaut {command} {closed}",
            shell=True,
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        assert "bug" not in done.stderr
        assert done.returncode == code, command


def test_outside_a_project_what_needs_one_says_so_and_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in ("ingest a.txt", "tasks", "build", "schema"):
        assert run(command.split()) == 2
        said = capsys.readouterr().err
        assert "there is no wortlaut.toml here or in a folder above. Make a project with wortlaut init DIR, or" in said
        assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
