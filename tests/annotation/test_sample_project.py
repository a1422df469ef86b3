"""The sample project of the repository: its store, and the exports that were annotated over it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from wortlaut.annotation.check.checker import Checker
from wortlaut.cli.main import run
from wortlaut.corpus.store import latest_articles
from wortlaut.schema.article import Article
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.document import Document, Span
from wortlaut.schema.findings import Finding, RegionCounts
from wortlaut.schema.scheme import default_scheme

ANNOTATORS = {"2", "3"}
ADJUDICATOR = "1"
MEND_STORE = "in the repository's root: rm corpus/articles.jsonl && wortlaut ingest corpus/raw"
MEND_EXPORT = (
    "carry the annotation over to the new text in Label Studio and export again (annotation/exports/README.md)"
)


@pytest.fixture(scope="module")
def store(root: Path) -> dict[str, Article]:
    return {article.article_id: article for article in latest_articles(root / "corpus" / "articles.jsonl")}


@pytest.fixture(scope="module")
def export_paths(root: Path) -> list[Path]:
    paths = sorted((root / "annotation" / "exports").glob("*.json"))
    assert paths
    return paths


@pytest.fixture(scope="module")
def read(export_paths: list[Path], store: dict[str, Article]) -> tuple[list[CheckedTask], list[Finding]]:
    checker = Checker(default_scheme(), articles={name: article.text_sha256 for name, article in store.items()})
    tasks: list[CheckedTask] = []
    findings: list[Finding] = []
    for path in export_paths:
        for item in checker.check(str(path)):
            if isinstance(item, CheckedTask):
                tasks.append(item)
                findings += item.findings
            else:
                findings.append(item)
    return tasks, findings


def _layers(tasks: list[CheckedTask], layer: str) -> Iterator[Document]:
    return (document for task in tasks for document in task.documents if document.layer == layer)


def _gold(read: tuple[list[CheckedTask], list[Finding]]) -> list[Document]:
    return list(_layers(read[0], "gold"))


def _units(document: Document) -> set[tuple[int, int, str]]:
    return {(span.start, span.end, span.label) for span in document.spans()}


def test_the_store_is_what_ingest_makes_of_the_raw_articles(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    fresh = tmp_path / "articles.jsonl"
    assert run(["ingest", "corpus/raw", "--into", str(fresh)]) == 0
    kept = (root / "corpus" / "articles.jsonl").read_bytes().splitlines()
    stale = [line[:80] for line in kept if line not in set(fresh.read_bytes().splitlines())]
    assert kept == fresh.read_bytes().splitlines(), f"corpus/articles.jsonl is stale: {stale}; {MEND_STORE}"


def test_every_text_is_annotated_as_it_stands_in_the_store(
    read: tuple[list[CheckedTask], list[Finding]], store: dict[str, Article]
) -> None:
    tasks, _ = read
    assert {task.article_id for task in tasks} == set(store), MEND_EXPORT
    for task in tasks:
        article = store[task.article_id]
        assert task.text == article.text, f"{article.raw.name} has changed: {MEND_EXPORT}"
        assert {document.text_sha256 for document in task.documents} == {article.text_sha256}


def test_the_exports_hold_no_errors_and_only_warnings_that_people_cause(
    read: tuple[list[CheckedTask], list[Finding]],
) -> None:
    _, findings = read
    assert [finding for finding in findings if finding.level == "error"] == []
    # An annotator forgot a speaker here and there, and left a draft behind: that is what a check is for.
    assert {finding.code for finding in findings if finding.level == "warning"} == {"WL601", "WL702"}
    assert {finding.code for finding in findings if finding.level == "info"} >= {"WL701", "WL703"}
    forgotten = [finding for finding in findings if finding.code == "WL601"]
    assert 0 < len(forgotten) <= 20


def test_every_region_is_kept_or_accounted_for(read: tuple[list[CheckedTask], list[Finding]]) -> None:
    tasks, findings = read
    counts = sum((task.counts for task in tasks), RegionCounts())
    assert counts.seen == counts.kept + sum(finding.regions for finding in findings)
    assert {finding.code for finding in findings if finding.regions} == {"WL701", "WL702"}
    assert counts.kept > 4000


def test_gold_is_the_adjudicators_and_lacks_nothing(
    read: tuple[list[CheckedTask], list[Finding]], export_paths: list[Path]
) -> None:
    _, findings = read
    gold = _gold(read)
    assert len(gold) >= 18
    assert len({document.article_id for document in gold}) == len(gold)
    assert {document.annotator for document in gold} == {ADJUDICATOR}
    places = tuple(
        f"{path}::$[{index}].annotations[{number}]"
        for path in export_paths
        for index, task in enumerate(json.loads(path.read_text(encoding="utf-8")))
        for number, annotation in enumerate(task["annotations"])
        if annotation["ground_truth"]
    )
    assert len(places) == len(gold)
    assert [finding for finding in findings if finding.place.startswith(places)] == []
    for document in gold:
        assert len(document.spans()) >= 20, document.article_id
        for quote in document.quotes:
            assert bool(quote.speakers) != (quote.speaker_status in {"unknown", "outside_text"}), quote


def test_gold_shows_the_whole_scheme(read: tuple[list[CheckedTask], list[Finding]]) -> None:
    scheme = default_scheme()
    gold = _gold(read)
    labels = Counter(span.label for document in gold for span in document.spans())
    assert set(labels) == set(scheme.label_by_name)
    relations = Counter(relation.type for document in gold for relation in document.relations)
    assert set(relations) == set(scheme.relation_by_name)
    quotes = [quote for document in gold for quote in document.quotes]
    types = Counter(quote.type for quote in quotes)
    assert types["DIRECT"] >= 80
    assert types["INDIRECT"] >= 70
    assert types["FREE_INDIRECT"] >= 30
    assert types["REPORTED"] >= 30
    assert sum(len(quote.fragments) > 1 for quote in quotes) >= 35
    assert sum(len(quote.cues) > 1 for quote in quotes) >= 25
    assert sum(bool(quote.addressees) for quote in quotes) >= 15
    assert sum(quote.speakers != quote.resolved_speakers for quote in quotes) >= 60
    assert {quote.speaker_status for quote in quotes} >= {None, "unknown", "outside_text"}


def test_gold_keeps_to_the_guidelines(read: tuple[list[CheckedTask], list[Finding]]) -> None:
    marks = '„“”»«›‹"‚‘'
    for document in _gold(read):
        for quote in document.quotes:
            for fragment in quote.fragments:
                where = f"{document.article_id}: {fragment.text!r}"
                if quote.type == "DIRECT":
                    assert fragment.text[0] in marks, where
                    assert fragment.text[-1] in marks, where
                else:
                    assert fragment.text[-1] not in ".,;:?!", where
        assert not _crossing(document.spans()), document.article_id


def _crossing(spans: tuple[Span, ...]) -> list[tuple[str, str]]:
    ordered = sorted(spans, key=lambda span: span.start)
    return [
        (first.text, second.text)
        for number, first in enumerate(ordered)
        for second in ordered[number + 1 :]
        if first.start < second.start < first.end < second.end
    ]


def test_quotes_lie_in_quotes(read: tuple[list[CheckedTask], list[Finding]]) -> None:
    nested = 0
    for document in _gold(read):
        fragments = [fragment for quote in document.quotes for fragment in quote.fragments]
        nested += sum(
            inner is not outer and outer.start <= inner.start and inner.end <= outer.end
            for inner in fragments
            for outer in fragments
        )
    assert nested >= 20


def test_two_annotators_disagree_as_people_do(read: tuple[list[CheckedTask], list[Finding]]) -> None:
    tasks, _ = read
    gold = {document.article_id: _units(document) for document in _gold(read)}
    for annotator in sorted(ANNOTATORS):
        layers = [d for d in _layers(tasks, "annotator") if d.annotator == annotator and d.spans()]
        assert len(layers) >= 15
        pairs = [(_units(layer), gold[layer.article_id]) for layer in layers if layer.article_id in gold]
        strict = 2 * sum(len(a & b) for a, b in pairs) / sum(len(a) + len(b) for a, b in pairs)
        assert 0.85 <= strict <= 0.92, f"strict F1 of annotator {annotator} against gold: {strict:.3f}"
    assert {document.annotator for document in _layers(tasks, "annotator")} == ANNOTATORS


def test_the_exports_hold_what_annotating_leaves_behind(read: tuple[list[CheckedTask], list[Finding]]) -> None:
    tasks, findings = read
    judged = list(_layers(tasks, "annotator"))
    origins = Counter(span.origin for document in judged for span in document.spans())
    assert origins["manual"] > origins["prediction"] > origins["prediction-changed"] > 5
    people = {task.article_id: {d.annotator for d in task.documents if d.layer == "annotator"} for task in tasks}
    assert {"2"} in people.values()
    assert any(task.documents and all(d.layer != "gold" for d in task.documents) for task in tasks)
    assert any(attribute.name == "document_status" for document in judged for attribute in document.attributes)
    for code in ("WL701", "WL702", "WL703"):
        assert sum(finding.code == code for finding in findings) == 1, code


def test_nobody_is_named(export_paths: list[Path]) -> None:
    for path in export_paths:
        text = path.read_text(encoding="utf-8")
        assert "@" not in text
        assert set(re.findall(r'"completed_by":\s*([^,}]+)', text)) == {ADJUDICATOR, *ANNOTATORS}
