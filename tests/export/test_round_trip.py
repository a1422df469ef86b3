"""Whatever annotation a document holds, its release holds, under other ids."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.export.strategies import corpora

from wortlaut.annotation.pseudonyms import Ledger
from wortlaut.export import assemble
from wortlaut.export.build import build
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.document import Document, Span
from wortlaut.schema.scheme import default_scheme


def _key(span: Span) -> tuple[int, int, str]:
    return (span.start, span.end, span.text)


def _expected(layer: Document) -> dict[str, Any]:
    """Say what a layer holds without ids."""
    spans = {span.id: span for span in layer.spans()}

    def at(names: tuple[str, ...]) -> list[tuple[int, int, str]]:
        return [_key(spans[name]) for name in names]

    return {
        "entities": sorted((*_key(span), span.label, span.origin) for span in layer.mentions),
        "cues": sorted(_key(span) for span in layer.cues),
        "relations": sorted((r.type, _key(spans[r.head]), _key(spans[r.tail])) for r in layer.relations),
        "quotes": sorted(
            repr(
                (
                    q.type,
                    [_key(part) for part in q.fragments],
                    [_key(cue) for cue in q.cues],
                    at(q.speakers),
                    at(q.resolved_speakers),
                    at(q.addressees),
                    q.speaker_status,
                )
            )
            for q in layer.quotes
        ),
        "attributes": sorted(
            repr((a.name, list(a.values), _key(spans[a.span_id]) if a.span_id is not None else None))
            for a in layer.attributes
        ),
    }


def _found(row: dict[str, Any]) -> dict[str, Any]:
    """Say what a row holds without ids, following them."""

    def key(span: dict[str, Any]) -> tuple[int, int, str]:
        return (span["start"], span["end"], span["text"])

    parts = [part for quote in row["quotes"] for part in quote["fragments"]]
    spans = {span["id"]: key(span) for span in (*row["entities"], *row["cues"], *parts)}
    assert len(spans) == len(row["entities"]) + len(row["cues"]) + len(parts)
    return {
        "entities": sorted((*key(span), span["label"], span["origin"]) for span in row["entities"]),
        "cues": sorted(key(span) for span in row["cues"]),
        "relations": sorted((r["label"], spans[r["head"]], spans[r["tail"]]) for r in row["relations"]),
        "quotes": sorted(
            repr(
                (
                    q["type"],
                    [key(part) for part in q["fragments"]],
                    [key(cue) for cue in q["cues"]],
                    [spans[name] for name in q["speaker_ids"]],
                    [spans[name] for name in q["resolved_speaker_ids"]],
                    [spans[name] for name in q["addressee_ids"]],
                    q["speaker_status"],
                )
            )
            for q in row["quotes"]
        ),
        "attributes": sorted(
            repr((a["name"], a["values"], spans[a["span_id"]] if a["span_id"] is not None else None))
            for a in row["attributes"]
        ),
    }


def _read(folder: Path, config: str) -> list[dict[str, Any]]:
    path = folder / "data" / config / "train-00000.parquet"
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist() if path.is_file() else []
    return rows


@settings(max_examples=40)
@given(tasks=corpora(), batch=st.integers(1, 3))
def test_what_goes_in_comes_out(tasks: list[CheckedTask], batch: int) -> None:
    before = assemble.BATCH_ARTICLES
    assemble.BATCH_ARTICLES = batch
    try:
        with tempfile.TemporaryDirectory() as out:
            report = build(tasks, scheme=default_scheme(), out=Path(out), name="probe", version="0.1.0")
            folder = Path(report.path)
            layers_found = _read(folder, "annotators")
            documents, tokens, entities = (_read(folder, config) for config in ("documents", "ner", "entities"))
    finally:
        assemble.BATCH_ARTICLES = before
    rank = Ledger().rank
    people = sorted({layer.annotator or "" for task in tasks for layer in task.documents}, key=rank)
    wanted = [
        layer for task in tasks for layer in sorted(task.documents, key=lambda layer: rank(layer.annotator or ""))
    ]
    assert len(layers_found) == len(wanted)
    for row, layer in zip(layers_found, wanted, strict=True):
        assert row["doc_id"] == layer.article_id
        assert row["annotator"] == f"annotator-{people.index(layer.annotator or '') + 1}"
        assert _found(row) == _expected(layer)
    assert [(r["text"], r["headline"], tuple(r["tags"])) for r in documents] == [
        (task.text, task.meta.headline, task.meta.tags) for task in tasks
    ]
    assert len(entities) == report.rows["entities"] == sum(len(row["entities"]) for row in documents)
    assert report.ner.tagged == sum(tag % 2 for row in tokens for tag in row["ner_tags"])
    named = sum(entity["label"] != "MENTION" for entity in entities)
    assert report.ner.spans == named == report.ner.tagged + sum(report.ner.lost.values())
