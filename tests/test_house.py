"""The house: layers, packaging, nothing heavy, nothing private."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from wortlaut.schema.assets import assets


def test_the_rooms_keep_their_layers(root: Path) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "Contracts: 1 kept, 0 broken" in done.stdout


def test_every_asset_travels_in_the_wheel(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    targets = project["tool"]["hatch"]["build"]["targets"]
    included = targets["wheel"]["force-include"]
    whole = {"schema", "annotation/gazetteer"}
    tracked = subprocess.run(
        ["git", "ls-files", "schema", "corpus", "annotation", "export"],
        cwd=root, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    named = {name for name in tracked if not name.startswith(tuple(f"{one}/" for one in whole))}
    assert set(included) == whole | named - {"corpus/articles.jsonl"} | {"wortlaut.toml", "requirements-studio.lock"}
    assert included == {name: f"wortlaut/_assets/{name}" for name in included}
    for name in included:
        assert assets(name).exists()
    # The sdist has the same of the folders that a project's own files come into.
    kept = {name[2:] for name in targets["sdist"]["exclude"] if name.startswith("!/")}
    assert kept == {name for name in included if name.startswith(("annotation/exports/", "corpus/raw/"))}


def test_no_text_of_the_project_names_a_place_outside_it(root: Path) -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=False)
    names = [name for name in tracked.stdout.split("\0") if name]
    forbidden = ("/work/" + "main", "tmp/" + "w/", "." + "library/")
    for name in names:
        path = root / name
        if path.is_file() and path.suffix in {".py", ".md", ".toml", ".json", ".xml", ".txt", ""}:
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not [word for word in forbidden if word in text], name
