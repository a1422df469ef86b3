"""What docs/use.md tells to type works, in the order in which it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from wortlaut.export.demo import demo

_BLOCK = re.compile(r"^```python(?P<kind>[^\n]*)\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(root: Path, kind: str) -> list[str]:
    page = (root / "docs" / "use.md").read_text(encoding="utf-8")
    return [found["code"] for found in _BLOCK.finditer(page) if found["kind"].strip() == kind]


class Words:
    """A tokenizer of the shape that transformers has: two pieces a word, none of a model's."""

    def __call__(self, words: list[str], *, is_split_into_words: bool, truncation: bool) -> Any:
        assert is_split_into_words
        assert truncation
        places = [None, *(place for place, _ in enumerate(words) for _ in "ab"), None]

        class Encoded(dict[str, list[int]]):
            def word_ids(self) -> list[int | None]:
                return places

        return Encoded(input_ids=[0] * len(places))


def test_the_snippets_run(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    pytest.importorskip("pandas")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    release = demo(tmp_path / "demo").release
    found = blocks(root, "")
    assert len(found) >= 9
    names: dict[str, Any] = {}
    for code in found:
        exec(compile(code.replace("export/releases/my-corpus/v0.1.0", release), "docs/use.md", "exec"), names)  # noqa: S102
    assert set(names["persons"]["label"]) == {"PER"}
    assert names["direct"].num_rows > 20
    assert len(names["frame"]) == names["quotes"].num_rows
    assert len(names["roles"]) > 10
    row = names["ner"][1]
    encoded = names["encode"](row, Words())
    assert len(encoded["labels"]) == len(encoded["input_ids"])
    assert [label for label in encoded["labels"] if label != -100] == row["ner_tags"]
    spans = {
        (" ".join(row["tokenized_text"][first : last + 1]), label)
        for row in names["rows"]
        for first, last, label in row["ner"]
    }
    entities = names["entities"].to_pandas()
    labels = {text: set(group) for text, group in entities.groupby("text")["label"]}
    assert len([label in labels[text] for text, label in spans if text in labels]) > 50
    assert all(label in labels[text] for text, label in spans if text in labels)
    assert len(names["doc"].spans["entities"]) > 5
