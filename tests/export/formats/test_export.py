"""What an export leaves on disk, what it refuses, and what its account says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.export.formats.readers import (
    READERS,
    bratly_documents,
    conll_sentences,
    docbin_docs,
    iob2_spans,
    load_cas,
)
from tests.export.formats.test_round_trips import hold_files

from wortlaut.export.build import BuildReport, build
from wortlaut.export.demo import demo
from wortlaut.export.export import export
from wortlaut.export.formats import FORMATS
from wortlaut.export.formats.xmi_types import ENTITY, OWN
from wortlaut.export.release import Release, ReleasedDocument, open_release
from wortlaut.schema.article import text_sha256
from wortlaut.schema.checked import ArticleMeta, CheckedTask
from wortlaut.schema.document import Attribute, Document, Relation, Span
from wortlaut.schema.errors import InputError, UsageError
from wortlaut.schema.scheme import parse_scheme

Built = Callable[..., BuildReport]


@pytest.fixture
def release(built: Built, articles: list[CheckedTask]) -> Release:
    return open_release(Path(built(articles).path))


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize("layer", ["main", "annotators"])
def test_the_sample_comes_back(release: Release, name: str, layer: Any, tmp_path: Path) -> None:
    """Emoji, nested entities, a quote in two fragments, a role inside a word."""
    loss = hold_files(name, release, layer, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "loss.json").read_bytes()) == msgspec.to_builtins(loss)
    assert (loss.documents, loss.splits) == (3, {"train": 3})
    assert loss.layers == (3 if layer == "main" else 6)


@pytest.fixture(scope="module")
def sample_project(tmp_path_factory: pytest.TempPathFactory) -> Release:
    report = demo(tmp_path_factory.mktemp("demo") / "demo", say=lambda _: None)
    return open_release(Path(report.release))


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_the_sample_project_comes_back(sample_project: Release, name: str, tmp_path: Path) -> None:
    """Nineteen articles of two annotators and a gold layer: what quotes name is said by relations."""
    loss = hold_files(name, sample_project, "annotators", tmp_path / "out")
    if name == "brat":
        assert loss.kinds["links"].lost == 0


def test_each_annotator_has_a_folder(release: Release, tmp_path: Path) -> None:
    export(release.path, format_="brat", out=tmp_path / "out", layer="annotators")
    assert {path.name for path in (tmp_path / "out").iterdir() if path.is_dir()} == {
        "annotator-1",
        "annotator-2",
        "gold",
    }
    assert (tmp_path / "out" / "gold" / "train" / "a-1.ann").is_file()
    assert (tmp_path / "out" / "annotation.conf").is_file()


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_the_same_release_gives_the_same_bytes(release: Release, name: str, tmp_path: Path) -> None:
    export(release.path, format_=name, out=tmp_path / "one")
    code = "import sys; from pathlib import Path; from wortlaut.export.export import export; "
    code += "export(Path(sys.argv[1]), format_=sys.argv[2], out=Path(sys.argv[3]))"
    subprocess.run(
        [sys.executable, "-c", code, str(release.path), name, str(tmp_path / "two")],
        check=True,
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": ":".join(sys.path)},
    )
    assert _files(tmp_path / "one") == _files(tmp_path / "two")


def test_conll_is_read_by_spacys_own_reader(release: Release, tmp_path: Path) -> None:
    from spacy.training.converters.conll_ner_to_docs import conll_ner_to_docs

    export(release.path, format_="conll", out=tmp_path / "out")
    sentences = [rows for _, rows in conll_sentences(tmp_path / "out" / "train.conllup")]
    outer = "\n\n".join("\n".join(f"{row[1]} {row[2]}" for row in rows) for rows in sentences)
    docs = conll_ner_to_docs(outer, no_print=True)  # type: ignore[no-untyped-call]
    found = Counter((ent.label_, ent.text) for doc in docs for ent in doc.ents)
    wanted = Counter(
        (label, " ".join(row[1] for row in rows[start:end]))
        for rows in sentences
        for label, start, end in iob2_spans([row[2] for row in rows], [(n, n + 1) for n in range(len(rows))])
    )
    assert found == wanted
    assert found["ORG", "Stadtwerken Lindenau"] == 1
    assert ("GPE", "Lindenau") not in found
    inner = [row for rows in sentences for row in rows if row[3] == "B-GPE"]
    assert [row[1] for row in inner] == ["Lindenau"]


def test_conll_is_read_by_conllu(release: Release, tmp_path: Path) -> None:
    conllu = pytest.importorskip("conllu", reason="conllu is not installed")
    export(release.path, format_="conll", out=tmp_path / "out")
    text = (tmp_path / "out" / "train.conllup").read_text(encoding="utf-8")
    sentences = conllu.parse(text)
    assert sentences[0].metadata["newdoc id"] == "a-1"
    assert sentences[0][0]["misc"]["TokenRange"] == "0:5"


def test_spacys_corpus_reads_a_split(release: Release, tmp_path: Path) -> None:
    import spacy
    from spacy.training import Corpus

    export(release.path, format_="spacy", out=tmp_path / "out")
    examples = list(Corpus(tmp_path / "out" / "train")(spacy.blank("de")))
    assert [example.reference.text for example in examples] == [one.text for one in release.documents()]
    first = examples[0].reference
    assert [(ent.text, ent.label_) for ent in first.ents][:1] == [("Ayşe Demir", "PER")]
    assert [span.text for span in first.spans["quotes"]] == ["„Der Weg kommt“", "„noch in diesem Jahr.“"]
    assert next(sentence.text.strip() for sentence in first.sents) == "Neuer Radweg 🚲 für Lindenau"
    quote = first.user_data["wortlaut"]["quotes"][0]
    assert quote["speaker_status"] == "in_text"


def test_spacy_writes_several_files(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wortlaut.export.formats.spacy_docbin._FILE_DOCUMENTS", 2)
    monkeypatch.setattr("wortlaut.export.formats.spacy_docbin._ZONE", 1)
    hold_files("spacy", release, "main", tmp_path / "out")
    assert [path.name for path in sorted((tmp_path / "out" / "train").iterdir())] == ["00000.spacy", "00001.spacy"]
    assert len(list(docbin_docs(tmp_path / "out" / "train"))) == 3


def test_windows_of_gliner_hold_whole_sentences(built: Built, tmp_path: Path) -> None:
    sentences = [f"Der Stadtrat von Lindenau tagt heute zum {number}. Mal im Rathaus." for number in range(60)]
    text = " ".join(sentences)
    start = text.index("Lindenau")
    long = Span(id="l", label="EVENT", start=0, end=len(text), text=text)
    place = Span(id="p", label="GPE", start=start, end=start + 8, text="Lindenau")
    last = text.rindex("Lindenau")
    far = Span(id="f", label="GPE", start=last, end=last + 8, text="Lindenau")
    layer = Document(
        article_id="a",
        text_sha256=text_sha256(text),
        layer="annotator",
        annotator="ann",
        mentions=(long, place, far),
        relations=(Relation(id="r", type="PART_OF", head="p", tail="f"),),
    )
    task = CheckedTask(
        index=0, task_id="1", article_id="a", text=text, text_sha256=text_sha256(text), documents=(layer,)
    )
    release = open_release(Path(built([task]).path))
    for name in ("gliner", "gliner2"):
        loss = hold_files(name, release, "main", tmp_path / name)
        assert [(one.kind, one.reason, one.count) for one in loss.losses] == [
            ("entities", "crosses_window", 1),
            ("relations", "end_not_there", 1),
        ]
    rows = json.loads((tmp_path / "gliner" / "train.json").read_text(encoding="utf-8"))
    assert len(rows) > 2
    assert all(row["tokenized_text"][0] == "Der" and row["tokenized_text"][-1] == "." for row in rows)


SCHEME = """
name = "weapons"
version = "1.0.0"
[[labels]]
name = "Other weapon/tool"
title_de = "Waffe, sonstige"
[[labels]]
name = "Other_weapon_tool"
[[relations]]
name = "used by"
symmetric = true
[[choices]]
name = "sure?"
applies_to = ["Other weapon/tool"]
options = [{ name = "very sure" }, { name = "no" }]
[[choices]]
name = "topic"
scope = "document"
multiple = true
options = [{ name = "crime" }, { name = "sport" }]
"""


@pytest.fixture
def odd(tmp_path: Path) -> Release:
    """A release whose scheme has names that some formats do not take, and choices on spans and documents."""
    text = "Ein Brecheisen und\nein Seil lagen da."
    spans = tuple(
        Span(id=name, label=label, start=start, end=end, text=text[start:end])
        for name, label, start, end in (
            ("a", "Other weapon/tool", 4, 14),
            ("b", "Other_weapon_tool", 23, 27),
            ("c", "Other weapon/tool", 4, 27),
        )
    )
    layer = Document(
        article_id="fall/7 ü",
        text_sha256=text_sha256(text),
        layer="annotator",
        annotator="ann",
        mentions=spans,
        relations=(Relation(id="r", type="used by", head="a", tail="b"),),
        attributes=(
            Attribute(name="sure?", values=("very sure",), span_id="a"),
            Attribute(name="topic", values=("crime",)),
        ),
    )
    task = CheckedTask(
        index=0,
        task_id="1",
        article_id="fall/7 ü",
        text=text,
        text_sha256=text_sha256(text),
        meta=ArticleMeta(headline="Ein Fall"),
        documents=(layer,),
    )
    report = build(
        [task],
        scheme=parse_scheme(SCHEME),
        out=tmp_path / "releases",
        name="odd",
        version="1.0.0",
        schema_files={"scheme.toml": SCHEME.encode()},
    )
    return open_release(Path(report.path))


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_odd_names_come_back(odd: Release, name: str, tmp_path: Path) -> None:
    if name == "conll":  # its reader here knows no changed names
        loss = export(odd.path, format_=name, out=tmp_path / "out").loss
        assert loss.names == {"Other weapon/tool": "Other_weapon/tool"}
        assert "\tB-Other_weapon/tool\t" in (tmp_path / "out" / "train.conllup").read_text(encoding="utf-8")
        return
    hold_files(name, odd, "main", tmp_path / "out")


def test_brat_has_legal_names_and_pieces(odd: Release, tmp_path: Path) -> None:
    loss = export(odd.path, format_="brat", out=tmp_path / "out").loss
    assert loss.names == {
        "Other weapon/tool": "Other_weapon_tool_2",
        "used by": "used_by",
        "sure?": "sure_",
        "very sure": "very_sure",
    }
    (name, document), *_ = bratly_documents(tmp_path / "out" / "train").items()
    assert name.startswith("fall_7__-")
    lines = (tmp_path / "out" / "train" / name.replace(".txt", ".ann")).read_text(encoding="utf-8").splitlines()
    assert "T2\tOther_weapon_tool_2 4 18;19 27\tBrecheisen und ein Seil" in lines
    assert "R1\tused_by Arg1:T1 Arg2:T3" in lines
    assert "A1\tsure_ T1 very_sure" in lines
    assert len(document.annotation_collections[0].annotations) == len(lines)
    conf = (tmp_path / "out" / "annotation.conf").read_text(encoding="utf-8")
    assert "used_by\tArg1:<ENTITY>, Arg2:<ENTITY>, <REL-TYPE>:symmetric\n" in conf
    assert "sure_\tArg:Other_weapon_tool_2, Value:very_sure|no\n" in conf
    assert "topic" not in conf
    assert [(one.kind, one.reason) for one in loss.losses] == [
        ("attributes", "not_a_choice"),
        ("metadata", "no_place"),
    ]


def test_gliner2_has_the_choices_on_a_document(odd: Release, tmp_path: Path) -> None:
    loss = export(odd.path, format_="gliner2", out=tmp_path / "out").loss
    row = json.loads((tmp_path / "out" / "train.jsonl").read_text(encoding="utf-8"))
    assert row["output"]["classifications"] == [
        {"task": "topic", "labels": ["crime", "sport"], "true_label": ["crime"], "multi_label": True}
    ]
    assert loss.kinds["attributes"].written == 1


def test_offsets_in_xmi_are_utf16(release: Release, tmp_path: Path) -> None:
    """The bicycle is one code point and two units of UTF-16."""
    from lxml import etree

    export(release.path, format_="xmi", out=tmp_path / "out")
    file = tmp_path / "out" / "train" / "a-1.xmi"
    cas = load_cas(tmp_path / "out", file)
    person = next(one for one in cas.select(ENTITY) if one.value == "PER")
    assert person.get_covered_text() == "Ayşe Demir"
    tags = [one for one in etree.parse(file).getroot() if one.get("value") == "PER"]
    assert [int(one.get("begin", "")) for one in tags] == [person.begin + 1]
    (quote,) = cas.select(OWN["quote"])
    assert [(part.role, part.target.get_covered_text()) for part in quote.parts.elements] == [
        ("fragment", "„noch in diesem Jahr.“"),
        ("cue", "sagte"),
        ("speaker", "Sie"),
        ("resolved_speaker", "Ayşe Demir"),
    ]


def test_layers_of_jsonl_hold_the_schema_of_documents(release: Release, tmp_path: Path) -> None:
    import jsonschema

    export(release.path, format_="jsonl", out=tmp_path / "out", layer="annotators")
    schema = json.loads((release.path / "schema" / "document.schema.json").read_bytes())
    lines = (tmp_path / "out" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    layers = [layer for line in lines for layer in json.loads(line)["layers"]]
    assert len(layers) == 6
    for layer in layers:
        jsonschema.validate(layer, schema)


def test_without_cassis_xmi_says_what_to_install(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cassis", None)
    with pytest.raises(UsageError, match=r'dkpro-cassis.*not installed\. pip install "wortlaut\[formats\]"'):
        export(release.path, format_="xmi", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_release_without_texts_is_refused(
    release: Release, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Release.documents

    def standoff(self: Release, **options: Any) -> Iterator[ReleasedDocument]:
        return (msgspec.structs.replace(document, text=None) for document in real(self, **options))

    monkeypatch.setattr(Release, "documents", standoff)
    with pytest.raises(InputError, match=r"does not hold the texts \(profile standoff\).*wortlaut rehydrate"):
        export(release.path, format_=name, out=tmp_path / "out")
    assert not list(tmp_path.glob("*out*"))


def test_an_interrupted_export_leaves_nothing(release: Release, tmp_path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(release.path, format_="brat", out=tmp_path / "out", on_document=interrupt)
    assert not list(tmp_path.glob("*out*"))


def test_an_account_that_does_not_add_up_is_no_export(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wortlaut.export.formats.loss.Account.wrote_all", lambda *_: None)
    with pytest.raises(RuntimeError, match="jsonl: 5 entities read, but 0 written and 0 lost"):
        export(release.path, format_="jsonl", out=tmp_path / "out")


def test_germeval_comes_back_in_its_own_columns(data: Path, tmp_path: Path) -> None:
    """GermEval 2014 as a release: its reader finds outer and inner entities in the first columns."""
    source = data / "germeval2014" / "NER-de-dev.tsv"
    if not source.is_file():
        pytest.skip(f"{source} is not there")
    sentences = list(_germeval(source))[:400]
    labels = sorted({tag[2:] for rows in sentences for row in rows for tag in row[2:4] if tag != "O"})
    scheme = 'name = "germeval"\nversion = "1.0.0"\n' + "".join(f'[[labels]]\nname = "{label}"\n' for label in labels)
    wanted: Counter[tuple[str, str, int, int]] = Counter()
    tasks = []
    for number, rows in enumerate(sentences):
        article_id = f"s{number:05}"
        text = " ".join(row[1] for row in rows)
        ends = [sum(len(row[1]) + 1 for row in rows[: place + 1]) - 1 for place in range(len(rows))]
        tokens = [(end - len(row[1]), end) for row, end in zip(rows, ends, strict=True)]
        keys = [key for column in (2, 3) for key in iob2_spans([row[column] for row in rows], tokens)]
        wanted.update((article_id, *key) for key in keys)
        spans = tuple(
            Span(id=f"x{place}", label=label, start=start, end=end, text=text[start:end])
            for place, (label, start, end) in enumerate(keys)
        )
        layer = Document(
            article_id=article_id, text_sha256=text_sha256(text), layer="annotator", annotator="g", mentions=spans
        )
        tasks.append(
            CheckedTask(
                index=number,
                task_id=str(number),
                article_id=article_id,
                text=text,
                text_sha256=text_sha256(text),
                documents=(layer,),
            )
        )
    report = build(
        tasks,
        scheme=parse_scheme(scheme),
        out=tmp_path / "releases",
        name="germeval",
        version="0.1.0",
        schema_files={"scheme.toml": scheme.encode()},
    )
    release = open_release(Path(report.path))
    loss = export(release.path, format_="conll", out=tmp_path / "out").loss
    found: Counter[tuple[str, str, int, int]] = Counter()
    for doc_id, rows in conll_sentences(tmp_path / "out" / "train.conllup"):
        ranges = [dict(part.split("=") for part in row[-1].split("|"))["TokenRange"].split(":") for row in rows]
        tokens = [(int(start), int(end)) for start, end in ranges]
        for column in (2, 3):  # as in GermEval: outer, inner
            found.update((doc_id, *key) for key in iob2_spans([row[column] for row in rows], tokens))
    entities = loss.kinds["entities"]
    assert not found - wanted
    assert found.total() == entities.written
    assert wanted.total() == entities.read
    assert entities.lost / entities.read < 0.05, [one for one in loss.losses if one.kind == "entities"]
    pairs = [(document, document.main) for document in release.documents()]
    assert READERS["conll"](tmp_path / "out", "train", pairs, release.scheme)["entities"] == entities.written


def _germeval(path: Path) -> Iterator[list[list[str]]]:
    rows: list[list[str]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#\t"):
            continue
        if line:
            rows.append(line.split("\t"))
        elif rows:
            yield rows
            rows = []
    if rows:
        yield rows


@dataclass(frozen=True)
class Refusal:
    options: dict[str, Any]
    message: str


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal({"format_": "spcy"}, r"there is no format 'spcy'; did you mean 'spacy'\? The formats are conll"),
        Refusal({"format_": "conll", "splits": ("trian",)}, "has no split 'trian'; did you mean 'train'"),
        Refusal({"format_": "conll", "force": False}, "out: already exists"),
    ],
    ids=lambda refusal: refusal.message[:20],
)
def test_refusals(release: Release, refusal: Refusal, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(UsageError, match=refusal.message):
        export(release.path, out=tmp_path / "out", **refusal.options)


def test_force_replaces_an_export_and_nothing_else(release: Release, tmp_path: Path) -> None:
    precious = tmp_path / "out" / "thesis.tex"
    precious.parent.mkdir()
    export(release.path, format_="jsonl", out=tmp_path / "out", force=True)
    export(release.path, format_="gliner", out=tmp_path / "out", force=True)
    assert not (tmp_path / "out" / "train.jsonl").exists()
    (tmp_path / "out" / "loss.json").unlink()
    precious.write_text("x")
    with pytest.raises(UsageError, match="is no export"):
        export(release.path, format_="jsonl", out=tmp_path / "out", force=True)
    assert precious.is_file()


def test_layers_that_name_nobody_have_folders_too(built: Built, articles: list[CheckedTask], tmp_path: Path) -> None:
    layers = [msgspec.structs.replace(layer, annotator=None) for layer in articles[0].documents[:2]]
    task = msgspec.structs.replace(articles[0], documents=tuple(layers))
    release = open_release(Path(built([task]).path))
    export(release.path, format_="conll", out=tmp_path / "out", layer="annotators")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"unnamed-1", "unnamed-2", "loss.json"}


def test_nothing_is_written_into_the_release(release: Release) -> None:
    with pytest.raises(UsageError, match="lies inside the release"):
        export(release.path, format_="jsonl", out=release.path / "jsonl")
    release.verify()
