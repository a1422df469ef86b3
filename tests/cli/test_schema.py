"""The commands schema and config, as a user calls them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from wortlaut.annotation.derived import DERIVED
from wortlaut.cli.main import run
from wortlaut.schema.assets import assets
from wortlaut.schema.scheme import parse_scheme


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "schema").mkdir()
    (tmp_path / "wortlaut.toml").write_text('name = "t"\n', encoding="utf-8")
    shutil.copy(assets("schema", "scheme.toml"), tmp_path / "schema" / "scheme.toml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_schema_writes_then_checks_clean(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "--check"]) == 1
    out = capsys.readouterr().out
    assert "annotation/labeling.xml: missing; mend it with: wortlaut schema\n" in out
    assert len(out.splitlines()) == len(DERIVED)
    assert run(["schema"]) == 0
    assert all((project / path).is_file() for path in DERIVED)
    assert run(["schema", "--check"]) == 0
    assert capsys.readouterr().out == ""


def test_a_stale_file_is_named_with_the_command_that_mends_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["schema"])
    (project / "annotation" / "labeling.xml").write_text("<View/>", encoding="utf-8")
    capsys.readouterr()
    assert run(["schema", "--check"]) == 1
    assert capsys.readouterr().out == "annotation/labeling.xml: stale; mend it with: wortlaut schema\n"
    assert run(["schema", "--check", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == [
        {"path": "annotation/labeling.xml", "missing": False, "mend": "wortlaut schema"}
    ]
    assert run(["schema"]) == 0
    assert run(["schema", "--check"]) == 0


def test_a_check_changes_nothing(project: Path) -> None:
    assert run(["schema", "--check"]) == 1
    assert not (project / "annotation").exists()


def test_another_scheme_can_be_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = project / "other.toml"
    other.write_text('name = "o"\nversion = "1.0.0"\n[[labels]]\nname = "LAW"\n', encoding="utf-8")
    assert run(["schema", "--scheme", "other.toml"]) == 0
    assert 'value="LAW"' in (project / "annotation" / "labeling.xml").read_text(encoding="utf-8")
    capsys.readouterr()
    assert run(["schema", "--check"]) == 1
    assert run(["schema", "--check", "--scheme", "other.toml"]) == 0


def test_outside_a_project_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["schema"]) == 2
    assert (
        "there is no wortlaut.toml here or in a folder above. Make a project with wortlaut init DIR"
        in capsys.readouterr().err
    )
    assert list(tmp_path.iterdir()) == []


def test_a_broken_scheme_leaves_the_derived_files_as_they_are(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["schema"])
    before = {path: (project / path).read_bytes() for path in DERIVED}
    (project / "schema" / "scheme.toml").write_text("name = ", encoding="utf-8")
    capsys.readouterr()
    assert run(["schema"]) == 2
    assert "scheme.toml: is not TOML" in capsys.readouterr().err
    assert {path: (project / path).read_bytes() for path in DERIVED} == before


def test_a_draft_goes_to_stdout_and_its_notes_to_stderr(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "c.xml").write_text(
        "<View><Labels name='l' toName='t'><Label value='A'/></Labels><Rating name='r' toName='t'/></View>",
        encoding="utf-8",
    )
    assert run(["schema", "--from-config", "c.xml"]) == 0
    out, err = capsys.readouterr()
    assert [label.name for label in parse_scheme(out).labels] == ["A"]
    assert err == "note: <Rating name='r'> is left out: a scheme has labels, relations, choices\n"


def test_a_draft_does_not_overwrite(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["config", "--out", "c.xml"])
    assert run(["schema", "--from-config", "c.xml", "--out", "new.toml"]) == 0
    first = (project / "new.toml").read_bytes()
    assert run(["schema", "--from-config", "c.xml", "--out", "new.toml"]) == 2
    assert "new.toml: already exists" in capsys.readouterr().err
    assert (project / "new.toml").read_bytes() == first


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from-config", "gone.json"], "gone.json: there is no such file"),
        (["--from-config", "."], "is a folder"),
        (["--from-config", "x", "--check"], "--from-config goes with --out alone"),
        (["--out", "x"], "--out and --force go with --from-config alone"),
        (["--scheme", "gone.toml"], "gone.toml: cannot read the scheme"),
    ],
)
def test_mistakes_are_one_line(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert run(["schema", *arguments]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert len(err.splitlines()) == 1


def test_config_prints_what_schema_writes(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["schema"])
    capsys.readouterr()
    assert run(["config"]) == 0
    out, err = capsys.readouterr()
    assert out == (project / "annotation" / "labeling.xml").read_text(encoding="utf-8")
    assert err == ""
    assert run(["config", "--out", "c.xml"]) == 0
    assert (project / "c.xml").read_text(encoding="utf-8") == out
    assert capsys.readouterr().out == ""


def test_config_of_another_scheme(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "o.toml").write_text('name = "o"\nversion = "1.0.0"\n[[labels]]\nname = "LAW"\n', encoding="utf-8")
    assert run(["config", "--scheme", "o.toml"]) == 0
    assert '<Label value="LAW"' in capsys.readouterr().out
