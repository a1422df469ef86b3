"""The environment of Label Studio, made by the real venv and pip from a package that stands in for it."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from wortlaut.annotation.studio import environment
from wortlaut.annotation.studio.environment import environment_folder, label_studio, make_environment
from wortlaut.annotation.studio.steps import Step
from wortlaut.cli.steps import showing_steps
from wortlaut.schema.errors import UsageError

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("environment")]

Pin = Callable[[str], str]


@pytest.fixture
def pin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pin:
    """Makes a version of the package and pins it in the lock file; gives its hash. There is no network."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    requirements = tmp_path / "requirements-studio.lock"
    monkeypatch.setattr(environment, "assets", lambda *_: requirements)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))

    def make(version: str) -> str:
        digest = hashlib.sha256(_wheel(wheels, version).read_bytes()).hexdigest()
        requirements.write_text(f"label-studio=={version} \\\n    --hash=sha256:{digest}\n", encoding="utf-8")
        return digest

    make("1.0")
    return make


def _wheel(folder: Path, version: str) -> Path:
    """Write a wheel of a package label-studio with one program, which says its version."""
    info = f"label_studio-{version}.dist-info"
    files = {
        "label_studio.py": f"def main():\n    print('Label Studio {version}')\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: label-studio\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nlabel-studio = label_studio:main\n",
    }
    hashes = {name: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()) for name, text in files.items()}
    record = [f"{name},sha256={hashes[name].decode().rstrip('=')},{len(text)}" for name, text in files.items()]
    path = folder / f"label_studio-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (files | {f"{info}/RECORD": "\n".join([*record, f"{info}/RECORD,,"])}).items():
            archive.writestr(name, text)
    return path


def _says(program: Path) -> str:
    return subprocess.run([program], capture_output=True, text=True, check=True).stdout


def test_it_is_made_once_redone_where_it_is_half_and_renewed_with_the_lock(pin: Pin, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "ls"
    steps: list[Step] = []
    program = make_environment(folder, steps.append)
    assert _says(program) == "Label Studio 1.0\n"
    told = f"installing Label Studio 1.0 into {folder}, once: about 1 GB, about two minutes"
    assert steps[0] == Step(text="installing Label Studio 1.0, once", done=0, total=1, told=told)
    assert steps[-2].done == steps[-2].total == 1
    assert steps[-1] == Step(text="installing Label Studio 1.0, once: unpacking 1 packages")

    steps.clear()
    assert make_environment(folder, steps.append) == program
    assert steps == []

    # Killed in the middle: what is there is not taken for whole.
    (folder / ".ready").unlink()
    shutil.rmtree(next(folder.rglob("label_studio-1.0.dist-info")))
    next(folder.rglob("label_studio.py")).unlink()
    assert _says(make_environment(folder, steps.append)) == "Label Studio 1.0\n"
    assert steps != []

    pin("2.0")
    assert _says(make_environment(folder)) == "Label Studio 2.0\n"
    # Beside it stand its log, and nothing that is left over.
    assert sorted(path.name for path in folder.parent.iterdir()) == ["ls", "ls.log"]


def test_without_a_terminal_an_installation_says_one_line_and_who_waits_for_it_another(
    pin: Pin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "ls"
    with showing_steps() as on_step, ThreadPoolExecutor(2) as both:
        made = list(both.map(lambda _: make_environment(folder, on_step), range(2)))
    assert made[0] == made[1]
    said = capsys.readouterr().err.splitlines()
    assert sorted(said) == [
        f"installing Label Studio 1.0 into {folder}, once: about 1 GB, about two minutes",
        f"waiting for another wortlaut, which installs Label Studio into {folder}: about two minutes",
    ]


def test_a_killed_install_is_done_again(pin: Pin, tmp_path: Path) -> None:
    folder = tmp_path / "ls"
    program = (
        "import sys, os, signal; from pathlib import Path; from wortlaut.annotation.studio import environment as e\n"
        "e.assets = lambda *_: Path(sys.argv[2])\n"
        "e.make_environment(Path(sys.argv[1]), lambda step: step.done and os.kill(os.getpid(), signal.SIGKILL))\n"
    )
    command = [sys.executable, "-c", program, str(folder), str(tmp_path / "requirements-studio.lock")]
    assert subprocess.run(command, check=False).returncode == -9
    assert folder.exists()
    assert _says(make_environment(folder)) == "Label Studio 1.0\n"


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        ("hash", "a package is not the one that was tested (its hash differs). Look at pip's settings for a mirror."),
        ("network", "the package index cannot be reached. Look at the network"),
    ],
)
def test_what_hinders_pip_is_told_in_one_line_and_kept_in_its_log(
    spoil: str, expected: str, pin: Pin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if spoil == "hash":
        digest = pin("1.0")
        lock = tmp_path / "requirements-studio.lock"
        lock.write_text(lock.read_text().replace(digest, "0" * 64))
    else:
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.delenv("PIP_FIND_LINKS")
        monkeypatch.setenv("PIP_RETRIES", "1")
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
        monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    folder = tmp_path / "ls"
    with pytest.raises(UsageError) as caught:
        make_environment(folder)
    said = str(caught.value)
    assert said.startswith(f"Label Studio 1.0 cannot be installed: {expected}")
    assert said.endswith(f"All that pip said is in {tmp_path / 'ls.log'}")
    assert "\n" not in said
    assert (tmp_path / "ls.log").read_text()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "the disk is full.",
        ),
        ("ERROR: Package 'label-studio' requires a different Python: 3.9.2 not in '<4,>=3.10'", "its packages do not"),
        ("ERROR: Failed building wheel for psycopg-binary", "its packages do not fit Python 3."),
        ("ensurepip is not available.", "this Python cannot make environments. On Debian and Ubuntu: apt install"),
    ],
)
def test_what_pip_says_becomes_a_reason(line: str, expected: str, pin: Pin, tmp_path: Path) -> None:
    said = str(environment._failure(["Collecting label-studio", line, "[notice] pip"], tmp_path / "ls.log"))
    assert said.startswith(f"Label Studio 1.0 cannot be installed: {expected}")


def test_what_nobody_foresaw_is_given_as_pip_said_it(pin: Pin, tmp_path: Path) -> None:
    said = str(environment._failure(["Collecting label-studio", "ERROR: a comet"], tmp_path / "ls.log"))
    assert "pip's last lines: Collecting label-studio / ERROR: a comet" in said


def test_a_disk_without_room_is_told_before_anything_is_fetched(
    pin: Pin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=3 << 28))
    with pytest.raises(UsageError, match=r"needs 2 GB of room to be installed; 0\.8 GB are free"):
        make_environment(tmp_path / "ls")


def test_the_environment_is_the_users_and_of_one_version(
    pin: Pin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    first = environment_folder()
    assert re.fullmatch(r"label-studio-1\.0-[0-9a-f]{8}", first.name)
    pin("2.0")
    assert environment_folder().name.startswith("label-studio-2.0-")
    if sys.platform == "linux":
        assert first.parent == tmp_path / "share" / "wortlaut"
    named = shutil.which("true")
    assert named is not None
    monkeypatch.setenv("WORTLAUT_LABEL_STUDIO", named)
    assert label_studio(lambda _: None) == Path(named)
