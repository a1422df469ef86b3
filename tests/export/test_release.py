"""A release read back holds what was built; one that is not whole is refused by name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from wortlaut.export.build import BuildReport
from wortlaut.export.manifest import content_of_release, read_manifest, write_manifest
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


def spoilt(path: Path, change: Callable[[Any], object]) -> None:
    """Change a manifest by hand."""
    manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    change(manifest)
    (path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def first_split(manifest: Any) -> Any:
    return manifest["configs"]["documents"]["splits"]["train"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda m: m.update(content_sha256="0" * 64), "content_sha256 is '000000000000', and that of its configs is '"),
        (
            lambda m: m["configs"]["entities"].update(content_sha256="0" * 64),
            "content_sha256 of entities is '000000000000', and that of its splits is '",
        ),
        (lambda m: first_split(m).update(content_sha256="0" * 64), "content_sha256 of documents is '"),
        (
            lambda m: first_split(m).update(rows=99999),
            "documents/train has 99,999 rows by the manifest, and 3 in data/",
        ),
        (lambda m: m["configs"]["documents"].update(rows=7), "documents has 7 rows, and its splits have 3"),
        (
            lambda m: first_split(m).update(file="data/x.parquet"),
            "the file data/x.parquet of documents/train is not am",
        ),
        (lambda m: first_split(m).update(file="README.md"), "README.md: cannot be read: "),
        (lambda m: m["scheme"].update(sha256="1" * 64), "content_sha256 is '"),
    ],
)
def test_a_manifest_that_contradicts_its_files_is_refused(
    change: Callable[[Any], object], says: str, built: Built, articles: list[CheckedTask]
) -> None:
    path = Path(built(articles).path)
    spoilt(path, change)
    with pytest.raises(InputError, match=re.escape(says)) as refused:
        open_release(path, verify=True)
    assert "\n" not in str(refused.value)


def test_the_scheme_of_a_manifest_is_held_to_its_file(built: Built, articles: list[CheckedTask]) -> None:
    path = Path(built(articles).path)
    manifest = read_manifest(path)
    scheme = msgspec.structs.replace(manifest.scheme, sha256="1" * 64)
    content = content_of_release(scheme, manifest.configs)
    write_manifest(path, msgspec.structs.replace(manifest, scheme=scheme, content_sha256=content))
    with pytest.raises(InputError, match=r"scheme\.sha256 is '111111111111', and that of schema/scheme\.json is '"):
        open_release(path, verify=True)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda m: m["configs"].pop("documents"), "it has no config documents"),
        (lambda m: m.update(version="7"), "the version '7' does not have the form X.Y.Z"),
        (lambda m: m.update(version="../../x"), "the version '../../x' does not have the form X.Y.Z"),
        (lambda m: m.update(name="../x"), "the name '../x' cannot be a dataset's"),
        (
            lambda m: m["files"][0].update(path="../README.md"),
            "the path '../README.md' could lead out of the release's",
        ),
        (lambda m: m["files"][0].update(path="/etc/hostname"), "the path '/etc/hostname' could lead out of"),
        (lambda m: m["files"][0].update(path="data\\x"), r"the path 'data\\x' could lead out of"),
        (lambda m: first_split(m).update(file="C:x.parquet"), "the path 'C:x.parquet' could lead out of the release's"),
        (
            lambda m: m["configs"]["documents"]["splits"].update({"../x": first_split(m)}),
            "'../x' cannot be the name of a config or split",
        ),
    ],
)
def test_a_manifest_that_leads_elsewhere_is_refused_before_a_file_is_opened(
    change: Callable[[Any], object], says: str, built: Built, articles: list[CheckedTask]
) -> None:
    path = Path(built(articles).path)
    spoilt(path, change)
    with pytest.raises(InputError, match=re.escape(f"manifest.json: {says}")):
        open_release(path)


def test_no_release_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such release"):
        open_release(tmp_path / "v9.9.9")
    with pytest.raises(InputError, match=r"there is no manifest\.json: it is no whole release"):
        open_release(tmp_path)
    (tmp_path / "manifest.json").mkdir()
    with pytest.raises(InputError, match=r"manifest\.json: is not the manifest of a release: Is a directory\. "):
        open_release(tmp_path)
