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


def test_every_folder_of_assets_travels_in_the_wheel(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert set(included) == {"schema", "corpus", "annotation", "export", "wortlaut.toml", "requirements-studio.lock"}
    for folder in included:
        assert assets(folder).exists()


def test_no_text_of_the_project_names_a_place_outside_it(root: Path) -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=False)
    names = [name for name in tracked.stdout.split("\0") if name]
    forbidden = ("/work/" + "main", "tmp/" + "w/", "." + "library/")
    for name in names:
        path = root / name
        if path.is_file() and path.suffix in {".py", ".md", ".toml", ".json", ".xml", ".txt", ""}:
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not [word for word in forbidden if word in text], name
