"""A release as its users meet it: it loads, it holds what was annotated, it gives nobody away."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest
import yaml

from wortlaut.export.build import BuildReport
from wortlaut.export.content import content_sha256
from wortlaut.export.features import CONFIGS, arrow_schema, bio_tags, features, yaml_features
from wortlaut.export.manifest import read_manifest
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.errors import RecordError, UsageError
from wortlaut.schema.scheme import default_scheme

datasets = pytest.importorskip("datasets")

Built = Callable[..., BuildReport]


def rows(report: BuildReport, config: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(Path(report.path) / "data" / config / "train-00000.parquet").to_pylist()
    return found


def front(report: BuildReport) -> dict[str, Any]:
    text = (Path(report.path) / "README.md").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return found


@pytest.mark.parametrize("config", CONFIGS)
def test_loads_and_streams(built: Built, articles: list[CheckedTask], config: str, tmp_path: Path) -> None:
    report = built(articles)
    loaded = datasets.load_dataset(report.path, config, cache_dir=str(tmp_path / "cache"))
    assert list(loaded) == ["train"]
    assert loaded["train"].num_rows == report.rows[config] == read_manifest(Path(report.path)).configs[config].rows
    streamed = list(datasets.load_dataset(report.path, config, streaming=True)["train"])
    assert streamed == loaded["train"].to_list()
    info = next(info for info in front(report)["dataset_info"] if info["config_name"] == config)
    assert datasets.Features._from_yaml_list(info["features"]) == loaded["train"].features
    assert info["features"] == loaded["train"].features._to_yaml_list()
    split = loaded["train"].info.splits["train"]
    assert info["splits"][0]["num_examples"] == split.num_examples
    size = datasets.load_dataset_builder(report.path, config, cache_dir=str(tmp_path / "other"))
    size.download_and_prepare(verification_mode="no_checks")
    assert info["splits"][0]["num_bytes"] == pytest.approx(size.info.splits["train"].num_bytes, rel=0.1, abs=200)


def test_the_default_config_is_documents(built: Built, articles: list[CheckedTask], tmp_path: Path) -> None:
    report = built(articles)
    loaded = datasets.load_dataset(report.path, cache_dir=str(tmp_path / "cache"))["train"]
    assert loaded["doc_id"][:] == ["a-1", "b-2", "c-3"]
    configs = front(report)["configs"]
    assert [config["config_name"] for config in configs if config.get("default")] == ["documents"]
    for config in configs:
        for files in config["data_files"]:
            assert (Path(report.path) / files["path"]).is_file()


@pytest.mark.parametrize("config", CONFIGS)
def test_features_are_what_datasets_writes(config: str) -> None:
    columns = features(config, default_scheme())
    own = arrow_schema(columns)
    theirs = datasets.Features.from_arrow_schema(own)
    assert theirs.arrow_schema.equals(own)
    assert json.loads(theirs.arrow_schema.metadata[b"huggingface"]) == json.loads(own.metadata[b"huggingface"])
    assert theirs._to_yaml_list() == yaml_features(columns)


def test_spans_hold_their_text(built: Built, articles: list[CheckedTask]) -> None:
    report = built(articles)
    texts = {row["doc_id"]: row["text"] for row in rows(report, "documents")}
    seen = 0

    def hold(text: str, spans: list[dict[str, Any]]) -> None:
        nonlocal seen
        for span in spans:
            assert text[span["start"] : span["end"]] == span["text"]
            seen += 1

    for config in ("documents", "annotators"):
        for row in rows(report, config):
            text = texts[row["doc_id"]]
            hold(text, row["entities"] + row["cues"])
            for quote in row["quotes"]:
                hold(text, quote["fragments"] + quote["cues"])
    for row in rows(report, "entities"):
        text = texts[row["doc_id"]]
        hold(text, [row])
        assert text[: row["start"]].endswith(row["left"])
        assert text[row["end"] :].startswith(row["right"])
    for row in rows(report, "ner"):
        for token, start, end in zip(row["tokens"], row["starts"], row["ends"], strict=True):
            assert texts[row["doc_id"]][start:end] == token
    assert seen >= 50


def test_annotation_comes_through(built: Built, articles: list[CheckedTask]) -> None:
    report = built(articles)
    first = rows(report, "documents")[0]
    assert first["layer"] == "gold"
    assert first["n_annotators"] == 2
    assert [(e["id"], e["text"], e["label"]) for e in first["entities"]] == [
        ("e1", "Bürgermeister", "ROLE"),
        ("e2", "Ayşe Demir", "PER"),
        ("e3", "Stadtwerken Lindenau", "ORG"),
        ("e4", "Lindenau", "GPE"),
        ("e5", "am Freitag", "DATE"),
        ("e6", "Sie", "MENTION"),
    ]
    quote = first["quotes"][0]
    assert [f["id"] for f in quote["fragments"]] == ["q1", "q1.2"]
    assert quote["text"] == "„Der Weg kommt“ „noch in diesem Jahr.“"
    assert (quote["speaker_ids"], quote["resolved_speaker_ids"], quote["speaker_status"]) == (["e6"], ["e2"], "in_text")
    assert [(r["label"], r["head"], r["tail"]) for r in first["relations"]] == [
        ("HOLDS_ROLE", "e2", "e1"),
        ("COREF", "e6", "e2"),
        ("CUE_OF", "c1", "q1"),
        ("SPEAKER", "q1", "e6"),
        ("CONTINUES", "q1.2", "q1"),
    ]
    assert first["attributes"] == [
        {"name": "genre", "span_id": None, "values": ["Meldung", "lokal"]},
        {"name": "certainty", "span_id": "e2", "values": ["high"]},
    ]
    flat = rows(report, "quotes")[0]
    assert (flat["speaker_texts"], flat["resolved_speaker_texts"]) == (["Sie"], ["Ayşe Demir"])
    holds = rows(report, "relations")[0]
    assert (holds["head_text"], holds["head_label"], holds["tail_text"]) == ("Ayşe Demir", "PER", "Bürgermeister")
    assert rows(report, "documents")[2]["entities"] == []
    assert report.left_out == {"not annotated": 1}


def test_tags_and_what_they_lose(built: Built, articles: list[CheckedTask], tmp_path: Path) -> None:
    report = built(articles[:1])
    names = datasets.load_dataset(report.path, "ner", cache_dir=str(tmp_path / "c"))["train"].features["ner_tags"]
    assert tuple(names.feature.names) == bio_tags(default_scheme())
    headline, body = rows(report, "ner")
    assert (headline["id"], body["id"]) == ("a-1/p1", "a-1/p2")
    tagged = [
        (token, names.feature.names[tag])
        for token, tag in zip(body["tokens"], body["ner_tags"], strict=True)
        if tag != 0
    ]
    assert tagged == [
        ("Ayşe", "B-PER"),
        ("Demir", "I-PER"),
        ("Stadtwerken", "B-ORG"),
        ("Lindenau", "I-ORG"),
        ("am", "B-DATE"),
        ("Freitag", "I-DATE"),
    ]
    # "Bürgermeister" ends inside "Bürgermeisterin"; "Lindenau" lies in the company's name; "Sie" is a mention.
    assert report.ner.lost == {"unaligned": 1, "crosses_paragraph": 0, "nested": 1}
    assert (report.ner.spans, report.ner.tagged) == (5, 3)
    assert [example.text for example in report.ner.examples] == ["Bürgermeister", "Lindenau"]
    readme = (Path(report.path) / "README.md").read_text(encoding="utf-8")
    assert "`Bürgermeister` ROLE in a-1" in readme


@pytest.mark.parametrize(("prefer", "entities", "undecided"), [("gold", 0, 1), ("first", 0, 1), ("latest", 6, 1)])
def test_policy(built: Built, articles: list[CheckedTask], prefer: str, entities: int, undecided: int) -> None:
    # The empty layer of b-2 bears no time, so it counts as the first.
    report = built(articles, prefer=prefer)
    assert len(rows(report, "documents")[1]["entities"]) == entities
    assert report.undecided == undecided


def test_strict_refuses_to_choose(built: Built, articles: list[CheckedTask]) -> None:
    with pytest.raises(UsageError, match=r"article b-2: has 2 annotator layers"):
        built(articles, prefer="strict")
    assert built(articles[:1], prefer="strict").documents == 1


def test_every_layer_stands_under_a_pseudonym(built: Built, articles: list[CheckedTask]) -> None:
    report = built(articles)
    assert [(r["doc_id"], r["annotator"], r["layer"], len(r["entities"])) for r in rows(report, "annotators")] == [
        ("a-1", None, "gold", 6),
        ("a-1", "annotator-1", "annotator", 6),
        ("a-1", "annotator-2", "annotator", 6),
        ("b-2", "annotator-1", "annotator", 0),
        ("b-2", "annotator-2", "annotator", 6),
        ("c-3", "annotator-2", "annotator", 0),
    ]


def test_nobody_is_given_away(built: Built, articles: list[CheckedTask]) -> None:
    report = built(articles)
    held = "".join(json.dumps(rows(report, config), ensure_ascii=False) for config in CONFIGS)
    files = [path for path in Path(report.path).rglob("*") if path.is_file()]
    assert len(files) >= len(CONFIGS) + 3
    for path in files:
        held += path.read_bytes().decode("latin-1")
    for secret in ("zoe", "kowalski", "redaktion.example", "987654", "4711", "-x7", "export.json", "2026-02-01"):
        assert secret not in held, secret


SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from conftest import sample
from wortlaut.export.build import build
from wortlaut.schema.scheme import default_scheme
build(sample(), scheme=default_scheme(), out=Path(sys.argv[2]), name="probe", version="0.1.0")
"""


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    trees = []
    for seed, zone in (("1", "UTC"), ("77", "Asia/Tokyo")):
        out = tmp_path / seed
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(Path(__file__).parent), str(out)],
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
        )
        trees.append({p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()})
    assert trees[0] == trees[1]
    assert len(trees[0]) == len(CONFIGS) + 9


def test_ids_do_not_change_with_label_studios(built: Built, articles: list[CheckedTask]) -> None:
    renamed = msgspec.json.decode(
        msgspec.json.encode(articles).replace(b"-x7", b"-9k").replace(b'"k9"', b'"zz"'), type=list[CheckedTask]
    )
    assert renamed != articles
    one, two = built(articles), built(renamed, version="0.2.0")
    assert one.content_sha256 == two.content_sha256


def test_the_manifest_is_true(built: Built, articles: list[CheckedTask]) -> None:
    report = built(articles)
    folder = Path(report.path)
    manifest = read_manifest(folder)
    assert {entry.path for entry in manifest.files} == {
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()
    } - {"manifest.json"}
    for entry in manifest.files:
        assert hashlib.sha256((folder / entry.path).read_bytes()).hexdigest() == entry.sha256
    for config in manifest.configs.values():
        split = config.splits["train"]
        assert content_sha256(folder / split.file) == split.content_sha256
        assert pq.read_metadata(folder / split.file).num_rows == split.rows
    assert str(folder) not in (folder / "manifest.json").read_text(encoding="utf-8")


def test_a_version_is_built_once(built: Built, articles: list[CheckedTask]) -> None:
    first = built(articles)
    assert not first.unchanged
    again = built(articles)
    assert again.unchanged
    assert again.content_sha256 == first.content_sha256
    with pytest.raises(UsageError, match=r"version 0\.1\.0 is there already and holds other data"):
        built(articles[:1])
    assert rows(first, "documents")[-1]["doc_id"] == "c-3"
    (Path(first.path) / "README.md").write_text("changed", encoding="utf-8")
    with pytest.raises(UsageError, match="changed after it was built"):
        built(articles)
    assert built(articles[:1], force=True).documents == 1
    assert [path.name for path in Path(first.path).parent.iterdir()] == ["v0.1.0"]


def test_nothing_is_left_when_it_fails(built: Built, articles: list[CheckedTask], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no article is annotated"):
        built(articles[3:])
    with pytest.raises(RecordError, match="must come sorted"):
        built([articles[1], articles[0]])
    wrong = msgspec.structs.replace(articles[2], documents=articles[1].documents)
    with pytest.raises(RecordError, match="article c-3: a layer was made over another text"):
        built([wrong])
    unknown = msgspec.json.decode(msgspec.json.encode(articles).replace(b'"ROLE"', b'"ROLL"'), type=list[CheckedTask])
    with pytest.raises(RecordError, match="'ROLL' is not in the scheme"):
        built(unknown)
    for version in ("1.0", "v1.0.0", "01.0.0"):
        with pytest.raises(UsageError, match="is not a version"):
            built(articles, version=version)
    assert [path for path in (tmp_path / "releases").rglob("*") if path.is_file()] == []
