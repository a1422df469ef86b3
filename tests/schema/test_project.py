"""wortlaut.toml: what cannot be used is told when it is read, with the file, the setting and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from wortlaut.schema.assets import assets
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import find_project

BROKEN = {
    "empty": ("", 'is empty. Write at least name = "..." into it'),
    "blank": ("\n \n", "is empty. Write"),
    "no TOML": ("name = ", "is not TOML: Invalid value"),
    "unknown": ('titel = "x"', "there is no setting 'titel'. Did you mean 'title'?"),
    "unknown in a section": ("[tasks]\nbatchsize = 5", "there is no setting 'batchsize' in [tasks]. Did you mean"),
    "kind": ("name = 5", "does not hold: Expected `str`, got `int` - at `$.name`"),
    "timezone": ('timezone = "Europe/Lindenau"', "timezone = 'Europe/Lindenau': there is no such time zone"),
    "timezone of a path": ('timezone = "../etc/passwd"', "there is no such time zone"),
    "name": ('name = "Presse Süd"', "name = 'Presse Süd' cannot be a dataset's"),
    "batch size": ("[tasks]\nbatch_size = 0", "[tasks] batch_size = 0: a batch has at least 1 task"),
    "select": ('[check]\nselect = ["WL3", "XY"]', "[check] select: no code of a finding starts with 'XY'"),
    "ignore": ('[check]\nignore = [""]', "[check] ignore: no code of a finding starts with ''"),
    "license": ('license = "CC BY 4.0"', "license = 'CC BY 4.0' is no SPDX id"),
    "license of annotation": ('annotation_license = "mine"', "annotation_license = 'mine' is no SPDX id"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_setting_that_cannot_be_used_is_one_line(case: str, tmp_path: Path) -> None:
    text, message = BROKEN[case]
    (tmp_path / "wortlaut.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        find_project(tmp_path)
    said = str(caught.value)
    assert said.startswith(f"{tmp_path / 'wortlaut.toml'}: ")
    assert message in said
    assert said.endswith("docs/project.md lists the settings")
    assert "\n" not in said


@pytest.mark.parametrize("name", ["CC-BY-4.0", "cc-by-4.0", "odbl", "MIT OR Apache-2.0", "LicenseRef-Verlag", ""])
def test_licenses(name: str, tmp_path: Path) -> None:
    (tmp_path / "wortlaut.toml").write_text(f'license = "{name}"\n[check]\nselect = ["WL3,wl401"]', encoding="utf-8")
    assert find_project(tmp_path).settings.license == name


def test_a_scheme_that_is_named_must_be_there(tmp_path: Path) -> None:
    settings = tmp_path / "wortlaut.toml"
    settings.write_text('scheme = "schema/shceme.toml"\n', encoding="utf-8")
    project = find_project(tmp_path)  # ingest needs no scheme
    with pytest.raises(UsageError) as caught:
        _ = project.scheme_path
    assert str(caught.value).startswith(f'{settings}: scheme = "schema/shceme.toml", but there is no such file. ')
    settings.write_text('name = "probe"\n', encoding="utf-8")
    assert find_project(tmp_path).scheme_path == assets("schema", "scheme.toml")
