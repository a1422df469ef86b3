"""Derived files: what is written, and when one is stale."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wortlaut.annotation.derived import DERIVED, derive, stale, write_derived
from wortlaut.schema.assets import assets

SCHEME = assets("schema", "scheme.toml")


def test_the_projects_own_derived_files_are_current(root: Path) -> None:
    behind = [str(file.path) for file in stale(derive(root, SCHEME))]
    assert not behind, f"stale: {behind}; mend them with: wortlaut schema"


def test_writing_twice_writes_once(tmp_path: Path) -> None:
    files = derive(tmp_path, SCHEME)
    assert {str(path.relative_to(tmp_path)) for path in write_derived(files)} == set(DERIVED)
    assert write_derived(files) == ()
    assert stale(files) == ()


@pytest.mark.parametrize("name", DERIVED)
def test_a_changed_or_missing_file_is_stale_and_alone_is_written(name: str, tmp_path: Path) -> None:
    files = derive(tmp_path, SCHEME)
    write_derived(files)
    path = tmp_path / name
    path.write_bytes(path.read_bytes() + b"\n")
    assert [(file.path, file.missing) for file in stale(files)] == [(path, False)]
    path.unlink()
    assert [(file.path, file.missing) for file in stale(files)] == [(path, True)]
    assert write_derived(files) == (path,)


def test_a_new_label_makes_every_file_stale_that_names_labels(tmp_path: Path) -> None:
    write_derived(derive(tmp_path, SCHEME))
    scheme = tmp_path / "scheme.toml"
    scheme.write_text(SCHEME.read_text(encoding="utf-8") + '\n[[labels]]\nname = "LAW"\n', encoding="utf-8")
    behind = {str(file.path.relative_to(tmp_path)) for file in stale(derive(tmp_path, scheme))}
    assert behind == set(DERIVED) - {"schema/article.schema.json"}


def test_the_schemas_are_json_with_an_id_of_their_own(tmp_path: Path) -> None:
    write_derived(derive(tmp_path, SCHEME))
    ids = [json.loads(path.read_text(encoding="utf-8"))["$id"] for path in sorted(tmp_path.glob("schema/*.json"))]
    assert ids == [
        "urn:wortlaut:records:article",
        "urn:wortlaut:press-de:1.0.0:document",
        "urn:wortlaut:press-de:1.0.0:export",
        "urn:wortlaut:press-de:1.0.0:task",
    ]
