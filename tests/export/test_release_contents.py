"""What a release shows and what it keeps back: people's names, notes, markup, configs without rows."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest
import yaml

from wortlaut.annotation.pseudonyms import Ledger, read_ledger, write_ledger
from wortlaut.export.build import BuildReport, build, schema_files
from wortlaut.export.manifest import read_manifest
from wortlaut.schema.article import text_sha256
from wortlaut.schema.checked import ArticleMeta, CheckedTask
from wortlaut.schema.document import Attribute, Document, Layer, Span
from wortlaut.schema.errors import InputError
from wortlaut.schema.scheme import Scheme, default_scheme, parse_scheme

datasets = pytest.importorskip("datasets")

TEXT = "Jette Brandt wohnt in Lindenau."
MINI = """
name = "mini"
version = "2.0.0"
[[labels]]
name = "PERSON"
[[labels]]
name = "A|B"
definition = "![x](http://e.example/p.png)"
"""


def entity(label: str = "PER", origin: str = "manual") -> Span:
    return Span(id="x", label=label, start=0, end=12, text="Jette Brandt", origin=origin)


def layer(article_id: str, who: str | None, *spans: Span, kind: Layer = "annotator", **more: Any) -> Document:
    return Document(
        article_id=article_id, text_sha256=text_sha256(TEXT), layer=kind, annotator=who, mentions=spans, **more
    )


def task(article_id: str, *layers: Document, text: str = TEXT, **meta: Any) -> CheckedTask:
    return CheckedTask(
        index=0,
        task_id="1",
        article_id=article_id,
        text=text,
        text_sha256=text_sha256(text),
        meta=ArticleMeta(**meta),
        documents=layers,
    )


def release(folder: Path, *tasks: CheckedTask, scheme: Scheme | None = None, **options: Any) -> BuildReport:
    options = {"version": "0.1.0", **options}
    return build(tasks, scheme=scheme or default_scheme(), out=folder / "out", name="probe", **options)


def rows(report: BuildReport, config: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(Path(report.path) / "data" / config / "train-00000.parquet").to_pylist()
    return found


def who(report: BuildReport) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows(report, "annotators"):
        found.setdefault(row["doc_id"], []).append(row["annotator"])
    return found


def readme(report: BuildReport) -> str:
    return (Path(report.path) / "README.md").read_text(encoding="utf-8")


def files(report: BuildReport) -> dict[str, bytes]:
    root = Path(report.path)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_every_config_that_is_there_loads(tmp_path: Path) -> None:
    report = release(tmp_path, task("a", layer("a", "zoe", entity())))
    meta = yaml.safe_load(readme(report).split("---\n")[1])
    there = [config["config_name"] for config in meta["configs"]]
    assert there == ["documents", "entities", "ner", "annotators"]
    assert [info["config_name"] for info in meta["dataset_info"]] == there
    assert datasets.get_dataset_config_names(report.path) == there
    for config in there:
        for streaming in (False, True):
            loaded = datasets.load_dataset(
                report.path, config, split="train", streaming=streaming, cache_dir=str(tmp_path / "cache")
            )
            assert len(list(loaded)) == report.rows[config] > 0
    assert report.without_rows == read_manifest(Path(report.path)).without_rows == ["relations", "quotes"]
    assert report.rows["quotes"] == 0
    assert "and therefore not there: `relations`, `quotes`" in readme(report)
    assert 'load_dataset(path, "quotes")' not in readme(report)
    assert "quotation-attribution" not in readme(report)
    assert sorted(path.name for path in (Path(report.path) / "data").iterdir()) == sorted(there)


def test_a_split_without_rows_of_a_config_is_left_out(tmp_path: Path) -> None:
    tasks = (task("a", layer("a", "zoe", entity())), task("b", layer("b", "zoe")))
    report = release(tmp_path, *tasks, split_of=lambda name: {"a": "train", "b": "test"}[name])
    assert list(datasets.load_dataset(report.path, "entities", cache_dir=str(tmp_path / "cache"))) == ["train"]
    both = datasets.load_dataset(report.path, cache_dir=str(tmp_path / "cache"))
    assert {name: split.num_rows for name, split in both.items()} == {"train": 1, "test": 1}


def test_schemas_follow_from_the_scheme(tmp_path: Path) -> None:
    path = tmp_path / "mini.toml"
    path.write_text(MINI, encoding="utf-8")
    span = entity("PERSON")
    report = release(
        tmp_path, task("a", layer("a", "zoe", span)), scheme=parse_scheme(MINI), schema_files=schema_files(path)
    )
    folder = Path(report.path) / "schema"
    assert sorted(found.name for found in folder.iterdir()) == [
        "article.schema.json",
        "document.schema.json",
        "export.schema.json",
        "scheme.json",
        "scheme.toml",
        "task.schema.json",
    ]
    held = json.loads((folder / "document.schema.json").read_bytes())
    assert held["$defs"]["Span"]["properties"]["label"] == {"enum": ["PERSON", "A|B"]}
    assert "press-de" not in "".join(found.read_text(encoding="utf-8") for found in folder.iterdir())


def test_the_card_claims_nothing_that_the_data_do_not_hold(tmp_path: Path) -> None:
    span = entity("PERSON", "prediction")
    report = release(tmp_path, task("a", layer("a", "zoe", span)), scheme=parse_scheme(MINI))
    text = readme(report)
    for claim in ("German press", "by hand", "MENTION", "COREF", "expert-generated", "relation-extraction", "news"):
        assert claim not in text, claim
    assert "1 accepted from a prediction as it was" in text
    meta = yaml.safe_load(text.split("---\n")[1])
    assert meta["task_ids"] == ["named-entity-recognition"]
    nothing = release(tmp_path, task("a", layer("a", "zoe")), scheme=parse_scheme(MINI), version="0.2.0")
    assert "task_ids" not in yaml.safe_load(readme(nothing).split("---\n")[1])


HOSTILE = "![a](http://t.example/p.png) [k](javascript:alert(1)) <img src=x> `c` *b* _u_ a|b\n# h"


def test_markup_from_data_stays_text(tmp_path: Path) -> None:
    marked = task("a", layer("a", "zoe", entity("PERSON")), publisher=HOSTILE, rights=HOSTILE, published=HOSTILE)
    report = release(tmp_path, marked, scheme=parse_scheme(MINI))
    body = readme(report).split("---\n", 2)[2]
    hits = [line for line in body.splitlines() if "t.example" in line]
    assert len(hits) == 1
    bare = re.sub(r"\\[\\\[\]!`*_|~$#>]", "", hits[0])
    assert not re.search(r"[\[\]!`*_<#]", bare)
    assert bare.count("|") == 5
    shown = next(line for line in body.splitlines() if "e.example" in line)
    assert r"\!\[x\]" in shown
    assert r"| A\|B |" in shown


PEOPLE = ["zoe@redaktion.example", "anna@redaktion.example", "mia@redaktion.example"]


def test_a_pseudonym_is_given_once(tmp_path: Path) -> None:
    ledger = tmp_path / "annotation" / "annotators.toml"
    first = release(tmp_path, task("b", layer("b", PEOPLE[0]), layer("b", PEOPLE[1])), ledger=ledger)
    numbers = read_ledger(ledger).annotators
    assert sorted(numbers.values()) == [1, 2]
    joined = task("a", layer("a", PEOPLE[2]))
    both = task("b", layer("b", PEOPLE[0]), layer("b", PEOPLE[1]))
    second = release(tmp_path, joined, both, ledger=ledger, version="0.2.0")
    assert read_ledger(ledger).annotators == {**numbers, PEOPLE[2]: 3}
    assert who(second) == {"a": ["annotator-3"], **who(first)}
    before, held = ledger.read_bytes(), files(second)
    again = release(tmp_path, joined, both, ledger=ledger, version="0.2.0", force=True)
    assert files(again) == held
    assert ledger.read_bytes() == before
    alone = release(tmp_path, joined, ledger=ledger, version="0.3.0")
    assert who(alone) == {"a": ["annotator-3"]}
    if sys.platform != "win32":
        assert ledger.stat().st_mode & 0o777 == 0o600
    assert all(name.encode() not in data for name in PEOPLE for data in held.values())


def test_numbers_and_rows_do_not_tell_the_order_of_names(tmp_path: Path) -> None:
    names = [f"{letter}@x.example" for letter in "abcdefgh"]
    orders = []
    for number in range(2):
        ledger = tmp_path / f"{number}.toml"
        write_ledger(ledger, Ledger(salt=str(number)))
        layers = (layer("a", name) for name in names)
        report = release(tmp_path, task("a", *layers), ledger=ledger, version=f"0.{number}.0")
        given = read_ledger(ledger).annotators
        orders.append([given[name] for name in names])
        assert who(report)["a"] == [f"annotator-{place}" for place in range(1, 9)]
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(1, 9))
    assert orders[0] != orders[1]
    assert list(range(1, 9)) not in orders
    assert who(release(tmp_path, task("a", *(layer("a", name) for name in names)), version="1.0.0"))


def test_no_number_is_given_by_a_build_that_fails(tmp_path: Path) -> None:
    ledger = tmp_path / "annotators.toml"
    release(tmp_path, task("a", layer("a", PEOPLE[0])), ledger=ledger)
    before = ledger.read_bytes()
    with pytest.raises(Exception, match="holds other data"):
        release(tmp_path, task("a", layer("a", PEOPLE[0]), layer("a", PEOPLE[1])), ledger=ledger)
    assert ledger.read_bytes() == before


@pytest.mark.parametrize("text", ["salt = 3", "annotators = {a = 1, b = 1}", "annotators = {a = 0}", "no", "x = 1"])
def test_a_ledger_that_does_not_hold_is_refused(tmp_path: Path, text: str) -> None:
    ledger = tmp_path / "annotators.toml"
    ledger.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="is not a list of annotators"):
        release(tmp_path, task("a", layer("a", "zoe")), ledger=ledger)
    assert ledger.read_text(encoding="utf-8") == text


def test_any_identity_survives_the_ledger(tmp_path: Path) -> None:
    names = ['a"b\\c', "tab\there", "del\x7f", "7", "Ünal@x.example", "zeile\nzwei"]
    ledger = Ledger(salt="s").with_people(names)
    write_ledger(tmp_path / "l.toml", ledger)
    assert read_ledger(tmp_path / "l.toml") == ledger


def test_notes_are_kept_back(tmp_path: Path) -> None:
    noted = layer(
        "a",
        "zoe",
        entity(),
        attributes=(
            Attribute(name="note", values=("Frag Ada Kern!",), kind="note", span_id="x"),
            Attribute(name="genre", values=("Meldung",)),
        ),
    )
    report = release(tmp_path, task("a", noted))
    assert report.notes_left_out == read_manifest(Path(report.path)).notes_left_out == 1
    assert "Left out: 1 note that annotators wrote freely" in readme(report)
    for config in ("documents", "annotators"):
        assert [found["name"] for found in rows(report, config)[0]["attributes"]] == ["genre"]
    kept = release(tmp_path, task("a", noted), notes=True, version="0.2.0")
    assert kept.notes_left_out == 0
    assert [found["values"] for found in rows(kept, "documents")[0]["attributes"]] == [["Meldung"], ["Frag Ada Kern!"]]


def test_a_task_without_text_is_no_article(tmp_path: Path) -> None:
    empty = msgspec.structs.replace(task("a", layer("a", "zoe")), text="", text_sha256=text_sha256(""))
    report = release(tmp_path, empty, task("b", layer("b", "zoe")))
    assert report.left_out == {"without text": 1}
    assert [row["doc_id"] for row in rows(report, "documents")] == ["b"]
    assert "left out: 1 without text" in readme(report)


@pytest.mark.parametrize(
    ("layers", "people"),
    [
        ([("zoe", "gold")], 1),
        ([(None, "gold")], 1),
        ([("zoe", "gold"), ("zoe", "annotator")], 1),
        ([("zoe", "gold"), ("anna", "annotator")], 2),
        ([(None, "gold"), ("anna", "annotator")], 1),
        ([("anna", "annotator"), (None, "annotator")], 2),
    ],
)
def test_people_are_counted_once(tmp_path: Path, layers: list[tuple[str | None, Layer]], people: int) -> None:
    report = release(tmp_path, task("a", *(layer("a", name, kind=kind) for name, kind in layers)))
    assert rows(report, "documents")[0]["n_annotators"] == people


def test_the_origin_of_entities_is_released(tmp_path: Path) -> None:
    spans = [
        Span(id=origin, label="GPE", start=22, end=end, text=TEXT[22:end], origin=origin)
        for origin, end in (("prediction", 30), ("manual", 28), ("prediction-changed", 29))
    ]
    report = release(tmp_path, task("a", layer("a", "zoe", *spans)))
    wanted = ["manual", "prediction-changed", "prediction"]
    assert [row["origin"] for row in rows(report, "entities")] == wanted
    for config in ("documents", "annotators"):
        assert [found["origin"] for found in rows(report, config)[0]["entities"]] == wanted
    assert read_manifest(Path(report.path)).counts["origins"] == dict.fromkeys(sorted(wanted), 1)
