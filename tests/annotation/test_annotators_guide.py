"""The annotators' guide says of keys, labels and pictures what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wortlaut.schema.scheme import default_scheme

PRESS = default_scheme()
MAX_BYTES = 250_000


@pytest.fixture(scope="module")
def guide(root: Path) -> str:
    return (root / "docs" / "annotators.md").read_text(encoding="utf-8")


def test_every_label_stands_in_the_table_of_keys_under_its_own_key(guide: str) -> None:
    table = guide.partition("## Alle Tasten")[2]
    keys = dict(re.findall(r"\| `(\w)` \| ([A-Z_]+), ", table))
    assert keys == {label.hotkey: label.name for label in PRESS.labels}


def test_every_choice_stands_there_under_its_own_key_and_title(guide: str) -> None:
    for choice in PRESS.choices:
        for option in choice.options:
            assert f"`{option.hotkey}`" in guide
            assert option.title_de in guide


def test_relations_that_it_names_are_those_of_the_scheme(guide: str) -> None:
    for name in ("SPEAKER", "CUE_OF", "COREF", "CONTINUES"):
        assert name in guide
        assert name in PRESS.relation_by_name


def test_every_picture_is_there_small_and_shown(root: Path, guide: str) -> None:
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", guide)
    assert len(shown) >= 8
    for name in shown:
        path = root / "docs" / name
        assert path.read_bytes().startswith(b"\x89PNG"), name
        assert path.stat().st_size < MAX_BYTES, name
    assert {Path(name).name for name in shown} == {
        path.name for path in (root / "docs" / "images").glob("annotators-*.png")
    }
