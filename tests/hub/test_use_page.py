"""What docs/use.md tells about the Hub works, and a release there is compared with one on the disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.export.test_use_page import blocks
from tests.hub.running import Runner
from tests.hub.standin import StandIn

pytest.importorskip("datasets")

REPO = "lab/press"
Prepare = Callable[[StandIn, str, str], None]


def test_loading_by_tag(root: Path, standin: StandIn, runner: Runner, released: Prepare) -> None:
    for version in ("1.0.0", "1.1.0"):
        released(standin, REPO, version)
    codes = [code.replace("ORG/NAME", REPO).replace("v0.1.0", "v1.0.0") for code in blocks(root, "hub")]
    assert len(codes) == 2
    done = runner.python("-c", "\n".join([*codes, "print(documents['doc_id'][:])"]))
    assert done.code == 0, done
    assert done.out.strip() == "['a-1', 'b-2']"


def test_a_revision_on_the_hub_is_compared_with_a_folder(
    versions: dict[str, Path], standin: StandIn, runner: Runner, released: Prepare
) -> None:
    released(standin, REPO, "1.0.0")
    done = runner.python("-m", "wortlaut", "diff", f"hf:{REPO}@v1.0.0", str(versions["1.1.0"]))
    assert done.code == 1, done
    assert "+ c-3  train" in done.out
    assert "press 1.0.0 -> press 1.1.0\nMINOR: 1 document came" in done.out
    assert runner.python("-m", "wortlaut", "diff", f"hf:{REPO}@v1.0.0", str(versions["1.0.0"])).code == 0
    gone = runner.python("-m", "wortlaut", "diff", f"hf:{REPO}@v9.9.9", str(versions["1.0.0"]))
    assert gone.code == 2
    assert "v9.9.9" in gone.err
    assert len(gone.err.splitlines()) == 1
