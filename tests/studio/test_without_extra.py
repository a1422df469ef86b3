"""Without the extra ``studio`` each command that needs it says so in one line, and what to install."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wortlaut.annotation.studio.client import KEY_VARIABLE, URL_VARIABLE

# Python takes None for a module that is not there.
RUN = """
import sys
for name in ("httpx", "label_studio_sdk", "markdown_it", "platformdirs", "psutil", "starlette", "uvicorn"):
    sys.modules[name] = None
from wortlaut.cli.main import run
sys.exit(run(["studio", *sys.argv[1:]]))
"""


@pytest.mark.parametrize("command", [("pull",), ("invite", "anna"), ("status",)])
def test_what_is_missing_is_told_before_anything_else(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "wortlaut.toml").write_text('name = "probe"\n', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", RUN, *command],
        check=False,
        cwd=tmp_path,
        env=os.environ | {URL_VARIABLE: "http://127.0.0.1:9", KEY_VARIABLE: "0" * 40},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "httpx" in done.stderr
    assert 'Say: pip install "wortlaut[studio]"' in done.stderr, done.stderr
    assert "bug" not in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 2
