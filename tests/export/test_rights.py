"""Which texts a release may hold: refused, let through, or left out; and what stands in the place of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.export.conftest import TEXT, rich_layer, sample, task
from tests.export.hiding import FREE, NONE, ledger, made

from wortlaut.export.anchors import NEAR, anchors_of
from wortlaut.export.build import ReleaseSettings
from wortlaut.export.features import CONFIGS, arrow_schema, features, yaml_features
from wortlaut.export.gates import gate, names_gate
from wortlaut.export.grams import words_of
from wortlaut.export.hidden import LEAST_HIDDEN
from wortlaut.export.leaks import leak_gate
from wortlaut.export.manifest import read_manifest
from wortlaut.export.release import open_release
from wortlaut.export.standoff import read_recipe
from wortlaut.export.surfaces import EIGHT, shown, word_spans
from wortlaut.schema.assets import assets
from wortlaut.schema.checked import ArticleMeta
from wortlaut.schema.document import Attribute
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import RIGHTS, find_project
from wortlaut.schema.scheme import default_scheme

datasets = pytest.importorskip("datasets")


def rows(release: Path, config: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(release / "data" / config / "train-00000.parquet").to_pylist()
    return found


def test_full_is_refused_while_one_text_may_not_leave(tmp_path: Path) -> None:
    rights = ledger(tmp_path, f'{FREE}[[publisher]]\nname = "blatt"\nredistribute = false\n')
    with pytest.raises(UsageError) as error:
        made(sample(), tmp_path / "out", rights=rights)
    assert str(error.value) == (
        f"{rights.path}: 2 texts may not be handed on (a-1, c-3). Write into corpus/rights.toml what may be handed on "
        "and on what ground, or build --profile standoff"
    )
    # d-4 is not annotated: it is in no release, so nobody asks for its rights. Nothing stands there half built.
    assert not list((tmp_path / "out").rglob("*.parquet"))


def test_articles_without_rights_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="3 of them are articles without rights, for the ledger has no word on them"):
        made(sample(), tmp_path / "out", rights=ledger(tmp_path, "# nothing\n"))
    (tmp_path / "rights.toml").unlink()
    from wortlaut.corpus.rights import read_rights

    with pytest.raises(UsageError, match=r"\(a-1, b-2, c-3\); 3 of them are articles without rights: there is no ledg"):
        made(sample(), tmp_path / "out", rights=read_rights(tmp_path / "rights.toml"))


def test_the_manifest_tells_what_the_ledger_said(tmp_path: Path) -> None:
    full = read_manifest(made(sample(), tmp_path / "a", rights=ledger(tmp_path, FREE)))
    assert full.profile == "full"
    assert full.rights is not None
    assert (full.rights.free, full.rights.withheld, full.rights.licenses) == (3, 0, {"Apache-2.0": 3})
    hidden = read_manifest(made(sample(), tmp_path / "b", rights=ledger(tmp_path, NONE), profile="standoff"))
    assert hidden.profile == "standoff"
    assert hidden.rights is not None
    assert (hidden.rights.free, hidden.rights.withheld, hidden.rights.unstated) == (0, 3, 0)
    assert read_manifest(made(sample(), tmp_path / "c")).rights is None


@pytest.mark.parametrize("config", CONFIGS)
def test_the_columns_are_what_datasets_makes_of_them(config: str, tmp_path: Path) -> None:
    columns = features(config, default_scheme(), "standoff")
    schema = arrow_schema(columns)
    theirs = datasets.Features.from_arrow_schema(schema)
    assert theirs.arrow_schema.equals(schema, check_metadata=True)
    assert theirs._to_yaml_list() == yaml_features(columns)
    release = made(sample(), tmp_path / "out", profile="standoff")
    loaded = datasets.load_dataset(str(release), config, split="train", cache_dir=str(tmp_path / "cache"))
    assert loaded.features == theirs
    assert loaded.num_rows == read_manifest(release).configs[config].rows


def test_nothing_of_a_text_stands_in_a_release_without_texts(tmp_path: Path) -> None:
    release = made(sample(), tmp_path / "out", profile="standoff", rights=ledger(tmp_path, NONE))
    assert leak_gate(release, [(one.article_id, one.text) for one in sample()]) == []
    assert {path.relative_to(release).parts[0] for path in release.rglob("*")} == {
        "README.md", "CHANGELOG.md", "CITATION.cff", "agreement.json", "croissant.json", "data", "datacite.json",
        "manifest.json", "rehydrate.json", "schema", "zenodo.json",
    }  # fmt: skip
    first = rows(release, "documents")[0]
    assert "text" not in first
    assert "headline" not in first
    assert (first["n_chars"], first["canonical"]) == (len(TEXT), "wl-1")
    assert [(one["text"], one["label"]) for one in first["entities"]][:2] == [
        ("Bürgermeister", "ROLE"),
        ("Ayşe Demir", "PER"),
    ]
    (quote,) = first["quotes"]
    assert "text" not in quote
    assert not any("text" in fragment for fragment in quote["fragments"])
    assert "text" not in rows(release, "quotes")[0]
    assert set(rows(release, "ner")[0]) == {"id", "doc_id", "starts", "ends", "ner_tags"}
    assert set(rows(release, "entities")[0]) == {"doc_id", "id", "start", "end", "text", "label", "origin"}
    speaker = next(row for row in rows(release, "relations") if row["label"] == "SPEAKER")
    assert (speaker["head_text"], speaker["tail_text"]) == (None, "Sie")
    for path in release.rglob("*"):
        if path.suffix in {".md", ".json", ".toml"}:
            assert "Der Weg kommt" not in path.read_text(encoding="utf-8")


def test_a_release_without_texts_reads_back_with_anchors(tmp_path: Path) -> None:
    path = made(sample(), tmp_path / "out", profile="standoff")
    first = next(open_release(path, verify=True).documents(layers=True))
    assert first.text is None
    assert first.hidden is not None
    assert first.hidden.n_chars == len(TEXT)
    salt = read_recipe(path).salt
    shown = [range(span.start, span.end) for span in first.main.spans().values() if span.text is not None]
    dropped = 0
    for span in first.main.spans().values():
        anchors = anchors_of(salt, TEXT, span.start, span.end)
        window = range(max(span.start - NEAR, 0), min(span.end + NEAR, len(TEXT)))
        # What is guessed in an hour is no hash: too little of the window is hidden.
        if sum(not any(place in one for one in shown) for place in window) < LEAST_HIDDEN:
            dropped += anchors.near is not None
            anchors = msgspec.structs.replace(anchors, near=None)
        assert span.anchors == anchors
    assert dropped
    assert first.main.quotes[0].fragments[0].text is None


def test_the_longest_surface_is_what_the_settings_say(tmp_path: Path) -> None:
    release = made(sample(), tmp_path / "out", profile="standoff", surface=10)
    surfaces = {row["text"] for row in rows(release, "entities")}
    assert surfaces == {None, "Ayşe Demir", "Lindenau", "am Freitag", "Sie"}
    # The card and the manifest name spans without tags as examples: those keep to it too.
    text = (release / "README.md").read_text() + (release / "manifest.json").read_text()
    text += (release / "rehydrate.json").read_text()
    assert "Bürgermeister`" not in text
    assert '"Bürgermeister"' not in text


@given(st.data())
def test_what_is_shown_never_gives_a_passage_away(data: st.DataObject) -> None:
    text = " ".join(data.draw(st.lists(st.sampled_from(["SPD", "CDU,", "die", "„Au“", "E.ON", "-"]), max_size=30)))
    edges = st.integers(0, len(text))
    drawn = data.draw(st.lists(st.tuples(edges, edges), max_size=25))
    spans = {(min(pair), max(pair)) for pair in drawn if pair[0] != pair[1]}
    longest = data.draw(st.integers(0, 50))
    kept = shown(text, spans, longest)
    assert kept <= spans
    assert all(end - start <= longest for start, end in kept)
    words = word_spans(text)
    covered = "".join("x" if any(s < end and start < e for s, e in kept) else " " for start, end in words)
    run = max(map(len, covered.split(" ")), default=0)
    assert run < max(min(EIGHT, len(words)), 1)


def test_enumerations_do_not_give_a_passage_away(tmp_path: Path) -> None:
    text = "Es kamen SPD, CDU, FDP, AfD, BSW, SSW, Linke, Grüne und Volt."
    spans = [match.span() for match in re.finditer(r"[A-Z]\w+", text)][1:]
    assert len(spans) == 9
    assert [text[s:e] for s, e in sorted(shown(text, spans, 40))] == [
        "SPD", "CDU", "FDP", "AfD", "BSW", "SSW", "Linke", "Volt",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "hidden",
    [
        "er sagte: noch in diesem Jahr sie dankte dem Verein am Freitag",
        "NOCH IN DIESEM JAHR! »Sie« dankte — dem Verein, am Freitag.",
        "no\u00adch in die\u200bsem Jahr\nsie dankte\n\n> dem Verein am Freitag",
        "**noch** in *diesem* Jahr | sie | dankte | dem Verein am Freitag",
        "noch in diesem Jahr \uff53ie dankte dem Verein am Freitag",
    ],
)
def test_case_marks_and_line_ends_do_not_hide_a_leak(tmp_path: Path, hidden: str) -> None:
    texts = [("a", "„… noch in diesem Jahr.“ Sie dankte dem Verein am Freitag in Lindenau.")]
    (tmp_path / "README.md").write_text(hidden, encoding="utf-8")
    (leak,) = leak_gate(tmp_path, texts)
    assert (leak.file, leak.doc_id, leak.words) == ("README.md", "a", "noch in diesem jahr sie dankte dem verein")
    assert leak_gate(tmp_path, texts, at_once=1) == [leak]
    # One word less, and an address, are none.
    (tmp_path / "README.md").write_text("noch in diesem Jahr sie dankte dem", encoding="utf-8")
    (tmp_path / "more.md").write_text("https://e.example/noch-in-diesem-jahr-sie-dankte-dem-verein", encoding="utf-8")
    assert leak_gate(tmp_path, texts) == []


def test_the_gate_looks_into_every_kind_of_file_and_names_the_place(tmp_path: Path) -> None:
    import pyarrow as pa

    words = "eins zwei drei vier fünf sechs sieben acht"
    texts = [("x-1", f"Null {words} neun zehn"), ("kurz", "Ein kurzer Satz hier")]
    table = pa.table({"tokens": [["a"], words.split()], "span": [{"text": "q"}, {"text": "ein kurzer satz, hier"}]})
    pq.write_table(table, tmp_path / "rows.parquet")
    (tmp_path / "m.json").write_text(json.dumps({"a": {"b": [1, f"so: {words}"]}}), encoding="utf-8")
    (tmp_path / "s.toml").write_text(f'definition = "{words}"', encoding="utf-8")
    found = leak_gate(tmp_path, texts)
    assert [(leak.place, leak.doc_id) for leak in found] == [
        ("m.json, a.b", "x-1"),
        ("rows.parquet, row 1, tokens", "x-1"),
        ("rows.parquet, row 1, span.text", "kurz"),
        ("s.toml", "x-1"),
    ]
    assert str(found[0]) == f"m.json, a.b: shares '{words}' with the text of x-1"
    # What may leave with another text may leave.
    assert [leak.doc_id for leak in leak_gate(tmp_path, texts, free=[("y", f"{words}.")])] == ["kurz"]


@given(st.lists(st.sampled_from(["rat", "Ulme", "„der", "5,3", "Straße."]), max_size=40), st.integers(0, 40))
def test_a_leak_is_found_wherever_it_begins(text: list[str], start: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        piece = " ".join(text[start : start + 8])
        (Path(name) / "x.md").write_text(piece, encoding="utf-8")
        found = leak_gate(Path(name), [("d", " ".join(text))])
        long = len(words_of(" ".join(text))) >= EIGHT
        if long:
            assert bool(found) == (len(words_of(piece)) >= EIGHT)


def test_a_note_that_copies_the_text_blocks_a_release_without_texts(tmp_path: Path) -> None:
    layer = rich_layer("a-1", "zoe@redaktion.example", "2026-02-01T10:00:00Z")
    note = Attribute(name="note", values=(f"unklar: {TEXT[60:150]}",), kind="note")
    noted = msgspec.structs.replace(layer, attributes=(note,))
    with pytest.raises(
        UsageError, match=r"a text would leak: .*, row 0, attributes\.values: shares '.*' with the .* a-1"
    ):
        made([task("a-1", TEXT, noted)], tmp_path / "out", profile="standoff", notes=True)
    assert not list((tmp_path / "out").rglob("*.parquet"))


def test_names_of_annotators_do_not_stand_in_any_file(tmp_path: Path) -> None:
    path = tmp_path / "annotators.toml"
    for profile in ("full", "standoff"):
        release = made(sample(), tmp_path / profile, profile=profile, ledger=path)
        everything = b"".join(file.read_bytes() for file in release.rglob("*") if file.is_file())
        assert b"redaktion.example" not in everything
        for config in ("annotators", "documents"):
            assert "kowalski" not in str(rows(release, config))


def test_a_release_that_names_an_annotator_is_refused(tmp_path: Path) -> None:
    named = task("a-1", TEXT, rich_layer("a-1", "zoe@redaktion.example", "2026-02-01T10:00:00Z"))
    named = msgspec.structs.replace(named, meta=ArticleMeta(byline=("Zoe@Redaktion.example",)))
    with pytest.raises(
        UsageError, match=r"name annotators, in 1 place: data/documents/.*, row 0, byline: .* annotator-1"
    ):
        made([named], tmp_path / "out")


def test_names_are_looked_for_as_whole_words_and_not_in_the_articles_own(tmp_path: Path) -> None:
    title = ReleaseSettings(title="Die Probe aufs Wort", license="Apache-2.0", annotation_license="CC-BY-4.0")
    release = made(sample(), tmp_path / "out", settings=title)
    # "Ayşe Demir" is in the articles, so a card that named her would prove nothing; 12 is a number.
    people = {"annotator-1": "Ayşe Demir", "annotator-2": "12", "annotator-3": "Probe aufs Wo"}
    assert names_gate(release, people) == []
    found = names_gate(release, {"annotator-4": "Probe aufs Wort"})
    assert "README.md: holds the name or address of annotator-4" in map(str, found)
    assert names_gate(release, {"annotator-4": "Probe aufs Wort"}, stated="title='Die Probe aufs Wort'") == []


@pytest.mark.parametrize("profile", ["full", "standoff"])
def test_an_annotator_may_be_called_an_ordinary_word(tmp_path: Path, profile: str) -> None:
    guidelines = assets("annotation", "guidelines.md").read_bytes()
    # Words of the card, the manifest and the rows; of the scheme and the guidelines that wortlaut brings along.
    ordinary = ["test", "gold", "articles", "annotator", "manual", "person", "Annotation", "Zitate", "genre"]
    option = default_scheme().choices[0].options[0].name
    ordinary.append(option)
    people = dict(zip(map(str, range(len(ordinary))), ordinary, strict=True))
    chosen = Attribute(name=default_scheme().choices[0].name, values=(option,))
    layers = [
        msgspec.structs.replace(rich_layer("a-1", name, "2026-02-01T10:00:00Z"), attributes=(chosen,))
        for name in ordinary
    ]
    release = made(
        [task("a-1", TEXT, *layers)], tmp_path / "out", profile=profile, guidelines={"guidelines.md": guidelines}
    )
    assert names_gate(release, people) == []


def test_a_single_word_is_looked_for_where_people_write(tmp_path: Path) -> None:
    layer = rich_layer("a-1", "Kowalski", "2026-02-01T10:00:00Z")
    note = Attribute(name="note", values=("wie Kowalski meint",), kind="note")
    noted = task("a-1", TEXT, msgspec.structs.replace(layer, attributes=(note,)))
    with pytest.raises(UsageError, match=r"in .*row 0, attributes\.values: holds the name .*annotator-1"):
        made([noted], tmp_path / "a", notes=True)
    with pytest.raises(UsageError, match=r"in 1 place: guidelines/guidelines\.md: holds the name"):
        made([task("a-1", TEXT, layer)], tmp_path / "b", guidelines={"guidelines.md": b"Fragt Kowalski."})
    scheme = assets("schema", "scheme.toml").read_bytes() + b"# Stand: Kowalski\n"
    with pytest.raises(UsageError, match=r"in 1 place: schema/scheme\.toml: holds the name"):
        made([task("a-1", TEXT, layer)], tmp_path / "c", schema_files={"scheme.toml": scheme})


def test_the_gate_before_publishing_asks_the_ledger_anew(tmp_path: Path) -> None:
    (tmp_path / "wortlaut.toml").write_text('name = "probe"\n')
    (tmp_path / "corpus").mkdir()
    (tmp_path / RIGHTS).write_text(FREE)
    project = find_project(tmp_path)
    release = open_release(made(sample(), tmp_path / "out", rights=ledger(tmp_path, FREE)))
    assert gate(release, project) == []
    (tmp_path / RIGHTS).write_text(f'{FREE}[[article]]\nid = "b-2"\nredistribute = false\n')
    (line,) = gate(release, project)
    assert line.startswith("1 text may not be handed on (b-2). Write into corpus/rights.toml")
    unstated = open_release(made(sample(), tmp_path / "other"))
    assert "are not stated: it was built outside of a project" in gate(unstated, project)[0]
    hidden = open_release(made(sample(), tmp_path / "third", profile="standoff"))
    assert gate(hidden, project) == []


def test_the_gate_before_publishing_knows_the_texts_of_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wortlaut.cli.main import run

    (tmp_path / "wortlaut.toml").write_text('name = "probe"\n')
    (tmp_path / "a.txt").write_text(
        "Hochwasser an der Ulme\n\nDer Fluss Ulme steigt seit Montag und nimmt kein Ende.\n"
    )
    monkeypatch.chdir(tmp_path)
    assert run(["ingest", "a.txt"]) == 0
    release = made(sample(), tmp_path / "out", profile="standoff")
    project = find_project(tmp_path)
    assert gate(open_release(release), project) == []
    card = release / "README.md"
    card.write_text(card.read_text() + "\n*der Fluss Ulme* steigt seit Montag und nimmt\n")
    (line,) = gate(open_release_unchecked(release), project)
    assert line.startswith("texts would leak, in 1 place: README.md: shares 'der fluss ulme steigt")
    (tmp_path / RIGHTS).write_text(FREE)
    assert gate(open_release_unchecked(release), project) == []


def test_a_build_tells_what_the_ledger_names_and_nobody_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from wortlaut.cli.main import run

    (tmp_path / "wortlaut.toml").write_text('name = "probe"\n')
    article = {"id": "a", "publisher": "Blatt", "title": "Titel", "text": "Der Fluss Ulme steigt seit Montag."}
    (tmp_path / "a.jsonl").write_text(json.dumps(article) + "\n")
    (tmp_path / "e.json").write_text("[]")
    monkeypatch.chdir(tmp_path)
    assert run(["ingest", "a.jsonl"]) == 0
    names = ("blatt", "Blat", "Bote")
    entries = "".join(f'[[publisher]]\nname = "{name}"\nredistribute = false\n' for name in names)
    (tmp_path / RIGHTS).write_text(f'{entries}[[article]]\nid = "x"\nredistribute = false\n')
    capsys.readouterr()
    assert run(["build", "e.json"]) == 2
    said = capsys.readouterr().err
    assert f"wortlaut: {RIGHTS} names articles that the corpus does not hold: x\n" in said
    assert f"wortlaut: {RIGHTS} names publishers of no article: Blat, Bote\n" in said


def open_release_unchecked(path: Path) -> Any:
    from wortlaut.export.release import Release

    return Release(path, read_manifest(path))
