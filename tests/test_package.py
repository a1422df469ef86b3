"""What users install: sdist, wheel from it, a fresh environment with the runtime dependencies alone, the demo."""

from __future__ import annotations

import re
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


def _run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sdist and not from the checkout, so that a file missing in the sdist shows."""
    folder = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "build", "--no-isolation", "--sdist", "--outdir", str(folder), str(root), cwd=folder)
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    source = folder / sdist.name.removesuffix(".tar.gz")
    _run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), str(source), cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_every_asset_and_one_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert not [asset for asset in _ASSETS if asset not in names]
    assert any(name.startswith("wortlaut/_assets/corpus/raw/") for name in names)
    assert any(name.startswith("wortlaut/_assets/annotation/exports/") for name in names)
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"wortlaut"}


def test_a_wheel_without_an_asset_folder_is_not_built(root: Path, tmp_path: Path) -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=False).stdout
    for name in tracked.splitlines():
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
