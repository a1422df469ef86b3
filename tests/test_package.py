"""What users install: sdist, wheel from it, a fresh environment with the runtime dependencies alone, the demo."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

_ASSETS = (
    "wortlaut/_assets/schema/scheme.toml",
    "wortlaut/_assets/schema/export.schema.json",
    "wortlaut/_assets/annotation/guidelines.md",
    "wortlaut/_assets/annotation/labeling.xml",
    "wortlaut/_assets/wortlaut.toml",
    "wortlaut/_assets/requirements-studio.lock",
)
# What stands in a checkout in which somebody annotates their own articles, and is nobody else's business.
_PRIVATE = (
    ".studio/credentials.json",
    ".studio/backups/2026-03-02T084100Z/tasks.json",
    "annotation/annotators.toml",
    "annotation/backups/2026-03-02T084100Z/tasks.json",
    "annotation/tasks/tasks-0001.json",
    "annotation/exports/probe-2026-03-02-1804684de98a.json",
    "annotation/exports/older/probe-2026-03-01-aa04684de98a.json.gz",
    "annotation/exports/.pull.lock",
    "corpus/raw/eigener-artikel.txt",
    "corpus/raw/archiv/eigener-artikel.html",
    "export/releases/1.0.0/README.md",
)
_MARK = "Berta Kirchhoff"


def _run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done


def _build(what: str, source: Path, folder: Path) -> Path:
    _run(sys.executable, "-m", "build", "--no-isolation", what, "--outdir", str(folder), str(source), cwd=source)
    (built,) = folder.iterdir()
    return built


def _tracked(root: Path) -> list[str]:
    return _run("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", cwd=root).stdout.split("\0")[:-1]


@pytest.fixture(scope="module")
def checkout(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, with somebody's own work in it."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in _tracked(root):
        if (root / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, folder / name)
    for name in _PRIVATE:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(_MARK, encoding="utf-8")
    with (folder / "corpus" / "articles.jsonl").open("a", encoding="utf-8") as articles:
        articles.write(f'{{"text": "{_MARK}"}}\n')
    return folder


@pytest.fixture(scope="module")
def sdist(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist."""
    return _build("--sdist", checkout, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sdist and not from the checkout, so that a file missing in the sdist shows."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return _build("--wheel", folder / sdist.name.removesuffix(".tar.gz"), tmp_path_factory.mktemp("wheel"))


def test_the_wheel_holds_every_asset_and_one_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert not [asset for asset in _ASSETS if asset not in names]
    assert any(name.startswith("wortlaut/_assets/corpus/raw/") for name in names)
    assert any(name.startswith("wortlaut/_assets/annotation/exports/") for name in names)
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"wortlaut"}


def test_nothing_of_ones_own_travels(checkout: Path, sdist: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as packed:
        names = [name.partition("/")[2] for name in packed.getnames()]
    assert not [name for name in names if name.startswith((".studio", *_PRIVATE))]
    # From the checkout as from the sdist: a pip install of a folder takes the first way.
    for built in (wheel, _build("--wheel", checkout, tmp_path)):
        with zipfile.ZipFile(built) as archive:
            holding = [name for name in archive.namelist() if _MARK.encode() in archive.read(name)]
            names = archive.namelist()
        assert holding == []
        assert not [name for name in names if "backups" in name or "annotators.toml" in name or "/older/" in name]


def test_a_wheel_without_an_asset_folder_is_not_built(root: Path, tmp_path: Path) -> None:
    for name in _tracked(root):
        if not name.startswith("schema/") and (root / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes((root / name).read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(tmp_path / "dist"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "schema" in done.stdout + done.stderr


@pytest.mark.slow
def test_the_demo_runs_with_runtime_dependencies_alone(wheel: Path, root: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    venv.create(fresh, with_pip=True)
    python = str(fresh / "bin" / "python")
    pins = re.sub(r" \\\n(    --hash=\S+( \\)?\n)+", "\n", (root / "requirements.lock").read_text(encoding="utf-8"))
    (tmp_path / "pins.txt").write_text(pins, encoding="utf-8")
    _run(
        python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--constraint", str(tmp_path / "pins.txt"), str(wheel), cwd=tmp_path,
    )  # fmt: skip
    installed = _run(python, "-m", "pip", "list", "--format", "freeze", cwd=tmp_path).stdout.lower()
    assert "datasets==" not in installed
    assert "label-studio" not in installed
    assert "pandas==" not in installed
    out = tmp_path / "demo"
    done = _run(str(fresh / "bin" / "wortlaut"), "demo", "--out", str(out), cwd=tmp_path)
    assert "wortlaut" in done.stdout + done.stderr
    releases = list(out.rglob("manifest.json"))
    assert len(releases) == 1
    assert (releases[0].parent / "data" / "ner" / "train-00000.parquet").is_file()
