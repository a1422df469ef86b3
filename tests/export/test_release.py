"""A release read back holds what was built; one that is not whole is refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from wortlaut.export.build import BuildReport
from wortlaut.export.release import open_release
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.errors import InputError

Built = Callable[..., BuildReport]


def test_documents_come_back(built: Built, articles: list[CheckedTask]) -> None:
    release = open_release(Path(built(articles).path), verify=True)
    found = list(release.documents(layers=True))
    assert [document.doc_id for document in found] == ["a-1", "b-2", "c-3"]
    first = found[0]
    assert first.text == articles[0].text
    assert first.meta == articles[0].meta
    assert (first.main.layer, len(first.layers), first.n_annotators) == ("gold", 3, 2)
    source = articles[0].documents[0]
    assert {(span.start, span.end, span.label) for span in first.main.entities} == {
        (span.start, span.end, span.label) for span in source.mentions
    }
    (quote,) = first.main.quotes
    assert [fragment.text for fragment in quote.fragments] == [f.text for f in source.quotes[0].fragments]
    spans = first.main.spans()
    assert [spans[name].text for name in quote.resolved_speakers] == ["Ayşe Demir"]
    assert all(relation.head in spans and relation.tail in spans for relation in first.main.relations)
    assert [layer.annotator for layer in first.layers if layer.layer == "annotator"] == ["annotator-1", "annotator-2"]


def test_a_release_that_is_not_whole_is_refused(built: Built, articles: list[CheckedTask]) -> None:
    path = Path(built(articles).path)
    card = path / "README.md"
    text = card.read_bytes()
    card.write_bytes(text[:-1])
    with pytest.raises(InputError, match=r"README\.md was changed after the release was built"):
        open_release(path)
    card.write_bytes(text[:-1] + b"x")
    open_release(path)
    with pytest.raises(InputError, match=r"README\.md was changed"):
        open_release(path, verify=True)
    card.write_bytes(text)
    (path / "notes.txt").write_text("x")
    with pytest.raises(InputError, match=r"notes\.txt is not in the manifest"):
        open_release(path, verify=True)
    (path / "notes.txt").unlink()
    card.unlink()
    with pytest.raises(InputError, match=r"not a whole release: README\.md is missing"):
        open_release(path)


def test_a_release_of_a_newer_toolkit_is_refused(built: Built, articles: list[CheckedTask]) -> None:
    path = Path(built(articles).path) / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["format"] = "wortlaut-release/9"
    manifest["software"]["wortlaut"] = "9.1.0"
    path.write_text(json.dumps(manifest))
    with pytest.raises(InputError, match=r"made by wortlaut 9\.1\.0 in the form 'wortlaut-release/9'.*Update wortlaut"):
        open_release(path.parent)


def test_no_release_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such release"):
        open_release(tmp_path / "v9.9.9")
    with pytest.raises(InputError, match="is not the manifest of a release"):
        open_release(tmp_path)
