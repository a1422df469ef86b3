"""What a comparison says is what was done to the annotation, and nothing is counted twice or lost."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.export.conftest import PLAIN, TEXT, empty_layer, rich_layer, sample, spot, task

from wortlaut.annotation.pseudonyms import Ledger, write_ledger
from wortlaut.cli.main import run
from wortlaut.export.build import BuildReport, build
from wortlaut.export.content import content_sha256
from wortlaut.export.diff.bridge import Bridge
from wortlaut.export.diff.compare import Comparison
from wortlaut.export.diff.lines import document_lines, summary_lines
from wortlaut.export.diff.pairs import pair_spans, span_changes
from wortlaut.export.diff.records import DocumentChange, Summary
from wortlaut.export.diff.report import write_markdown, write_text
from wortlaut.export.diff.schemes import compare_schemes
from wortlaut.export.manifest import content_of_release, file_entries, read_manifest, write_manifest
from wortlaut.export.release import Release, ReleasedSpan, open_release
from wortlaut.schema.article import text_sha256
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.document import Document, Quote
from wortlaut.schema.migrations import Migration, MigrationStep
from wortlaut.schema.scheme import ChoiceOption, ChoiceSet, Scheme, default_scheme

Built = Callable[..., BuildReport]
GOLDEN = Path(__file__).with_name("golden")


def compared(built: Built, before: list[CheckedTask], after: list[CheckedTask]) -> tuple[list[DocumentChange], Summary]:
    old = open_release(Path(built(before, version="0.1.0").path))
    new = open_release(Path(built(after, version="9.0.0").path))
    comparison = Comparison(old, new)
    return list(comparison), comparison.summary


def edited(layer: Document) -> Document:
    """Relabel, move, take away and add: one of each, and a quote whose speaker is another."""
    role, per, org, _gpe, date, sie = layer.mentions
    shorter = msgspec.structs.replace(date, start=date.start + 3, text=date.text[3:])
    quote = layer.quotes[0]
    return msgspec.structs.replace(
        layer,
        mentions=(
            role,
            per,
            msgspec.structs.replace(org, label="MISC"),
            shorter,
            sie,
            spot(TEXT, "Verein", "ORG", "v"),
        ),
        quotes=(msgspec.structs.replace(quote, speakers=(per.id,)),),
        relations=layer.relations[1:],
        attributes=(msgspec.structs.replace(layer.attributes[0], values=("low",)),),
    )


def two(who: str = "anna@redaktion.example") -> tuple[list[CheckedTask], list[CheckedTask]]:
    before, after = rich_layer("a-1", who, "2026-02-01T10:00:00Z"), rich_layer("a-1", who, "2026-02-01T10:00:00Z")
    kept = task("c-3", PLAIN, empty_layer("c-3", PLAIN, who))
    left = task("d-4", PLAIN, empty_layer("d-4", PLAIN, who))
    came = task("e-5", PLAIN, empty_layer("e-5", PLAIN, who))
    return [task("a-1", TEXT, before), kept, left], [task("a-1", TEXT, edited(after)), kept, came]


def test_a_release_and_itself_are_the_same(built: Built) -> None:
    changes, summary = compared(built, sample(), sample())
    assert changes == []
    assert (summary.step, summary.unchanged) == (None, 3)


def test_every_edit_is_told(built: Built) -> None:
    changes, summary = compared(built, *two())
    assert [(change.doc_id, change.change) for change in changes] == [
        ("a-1", "changed"),
        ("d-4", "left"),
        ("e-5", "came"),
    ]
    main = changes[0].layers[0]
    assert [
        (one.change, one.before and one.before.label, one.after and one.after.label, (one.after or one.before).text)  # type: ignore[union-attr]
        for one in main.spans
    ] == [
        ("relabelled", "ORG", "MISC", "Stadtwerken Lindenau"),
        ("left", "GPE", None, "Lindenau"),
        ("moved", "DATE", "DATE", "Freitag"),
        ("came", None, "ORG", "Verein"),
    ]
    assert [(one.change, one.what) for one in main.quotes] == [("changed", ("speakers",))]
    assert [(one.change, one.before.label if one.before else "") for one in main.relations] == [("left", "HOLDS_ROLE")]
    assert [(one.change, one.name) for one in main.attributes] == [("left", "genre"), ("changed", "certainty")]
    assert dict(summary.spans) == {"relabelled": 1, "moved": 1, "left": 1, "came": 1}
    assert (summary.step, summary.reasons) == ("major", ["1 document left"])
    assert summary.unchanged == 1


@pytest.mark.parametrize(("name", "write"), [("diff.txt", write_text), ("diff.md", write_markdown)])
def test_what_people_read(built: Built, name: str, write: Callable[..., None]) -> None:
    before, after = two()
    old, new = (open_release(Path(built(one, version=v).path)) for one, v in ((before, "0.1.0"), (after, "0.2.0")))
    said: list[str] = []
    write(Comparison(old, new), said.append)
    assert "".join(said) == (GOLDEN / name).read_text(encoding="utf-8")


def test_a_revised_text_moves_what_it_did_not_touch(built: Built) -> None:
    layer = rich_layer("a-1", "anna@redaktion.example", "2026-02-01T10:00:00Z")
    added = "Eilmeldung 🚨: "
    text = added + TEXT
    shift = len(added)

    def on(moved: Document) -> Document:
        raw = msgspec.to_builtins(moved)

        def walk(value: object) -> None:
            if isinstance(value, dict):
                if "start" in value:
                    value["start"] += shift
                    value["end"] += shift
                for inner in value.values():
                    walk(inner)
            elif isinstance(value, (list, tuple)):
                for inner in value:
                    walk(inner)

        walk(raw)
        return msgspec.convert({**raw, "text_sha256": text_sha256(text)}, Document)

    changes, summary = compared(built, [task("a-1", TEXT, layer)], [task("a-1", text, on(layer))])
    assert [(change.doc_id, change.text_changed, change.layers) for change in changes] == [("a-1", True, ())]
    assert (summary.step, summary.reasons) == ("patch", ["1 text revised"])


def test_a_quote_that_lost_its_second_half_is_one_change(built: Built) -> None:
    layer = rich_layer("a-1", "anna@redaktion.example", "2026-02-01T10:00:00Z")
    whole = layer.quotes[0]
    half = Quote(
        id=whole.id, type="REPORTED", fragments=(msgspec.structs.replace(whole.fragments[0], label="REPORTED"),)
    )
    kept = tuple(one for one in layer.relations if one.type == "COREF")
    cut = msgspec.structs.replace(layer, quotes=(half,), relations=kept)
    changes, _ = compared(built, [task("a-1", TEXT, layer)], [task("a-1", TEXT, cut)])
    (quote,) = changes[0].layers[0].quotes
    assert quote.what == (
        "type",
        "fragments",
        "cues",
        "speakers",
        "resolved speakers",
        "speaker status",
    )


spans = st.lists(
    st.builds(
        lambda start, length, label: (start, start + length, label),
        st.integers(0, 30),
        st.integers(1, 6),
        st.sampled_from(["PER", "ORG", "GPE"]),
    ),
    max_size=12,
)


def released(found: list[tuple[int, int, str]], mark: str) -> list[ReleasedSpan]:
    return [
        ReleasedSpan(id=f"{mark}{number}", label=label, start=start, end=end)
        for number, (start, end, label) in enumerate(sorted(found), start=1)
    ]


@given(spans, spans)
def test_every_span_is_told_once(one: list[tuple[int, int, str]], other: list[tuple[int, int, str]]) -> None:
    before, after = released(one, "a"), released(other, "b")
    pairs = pair_spans(before, after, Bridge(None, None), lambda name: (name,))
    paired = [*pairs.same, *pairs.relabelled, *pairs.moved]
    assert sorted([old.id for old, _ in paired] + [old.id for old in pairs.left]) == sorted(s.id for s in before)
    assert sorted([new.id for _, new in paired] + [new.id for new in pairs.came]) == sorted(s.id for s in after)
    assert all((a.start, a.end, a.label) == (b.start, b.end, b.label) for a, b in pairs.same)
    assert all((a.start, a.end) == (b.start, b.end) and a.label != b.label for a, b in pairs.relabelled)
    assert all(a.label == b.label and max(a.start, b.start) < min(a.end, b.end) for a, b in pairs.moved)
    told = span_changes(pairs)
    assert len(told) == len(pairs.relabelled) + len(pairs.moved) + len(pairs.left) + len(pairs.came)
    back = pair_spans(after, before, Bridge(None, None), lambda name: (name,))
    assert (len(back.same), len(back.relabelled)) == (len(pairs.same), len(pairs.relabelled))


words = st.lists(st.sampled_from(["Lindenau", "der", "Rat", "🚲", "„ja“", "sagt", ".", "Ü"]), max_size=20).map(" ".join)


@given(words, words, st.data())
def test_a_place_that_is_found_holds_the_same_words(before: str, after: str, data: st.DataObject) -> None:
    if not before:
        return
    start = data.draw(st.integers(0, len(before) - 1))
    end = data.draw(st.integers(start + 1, len(before)))
    place = Bridge(before, after).place(start, end)
    if before == after:
        assert place == (start, end)
    if place is not None:
        assert after[place[0] : place[1]] == before[start:end]


paragraph = st.lists(st.sampled_from(["Rat", "der", "🚲", "„ja“", "sagt", " ", ",", "\t"]), max_size=8).map("".join)


@given(st.lists(st.tuples(paragraph, st.sampled_from(["kept", "changed", "left", "came"])), max_size=12), st.data())
def test_all_of_a_paragraph_that_did_not_change_is_found(parts: list[tuple[str, str]], data: st.DataObject) -> None:
    before, after, kept = "", "", []
    for number, (text, fate) in enumerate(parts):
        own = f"  P{number} {text}"  # no two paragraphs are the same
        if fate == "kept":
            kept.append((len(before), len(after), own))
        before += f"{own}\n\n" if fate != "came" else ""
        after += {"kept": own, "changed": f"Q{number} {text}", "left": "", "came": own}[fate] + "\n\n" * (
            fate != "left"
        )
    bridge = Bridge(before, after)
    for old, new, text in kept:
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start + 1, len(text)))
        assert bridge.place(old + start, old + end) == (new + start, new + end)


def test_a_long_text_is_aligned_in_no_time() -> None:
    words = [f"w{number % 97}" if number % 3 else "der" for number in range(10_000)]
    before = " ".join(words)
    words[10::500] = [f"neu{number}" for number in range(len(words[10::500]))]
    started = time.process_time()
    bridge = Bridge(before, " ".join(words))
    assert time.process_time() - started < 3  # 0.1 s; it was 12 s when all words were held against all others
    assert bridge.place(0, 10) == (0, 10)
    assert bridge.place(len(before) - 10, len(before)) is not None


def test_the_command(
    built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = two()
    old, new = built(before, version="0.1.0").path, built(after, version="0.2.0").path
    monkeypatch.chdir(tmp_path)
    assert run(["diff", old, old]) == 0
    assert "nothing is other" in capsys.readouterr().out
    assert run(["diff", old, new, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["doc_id"] for one in found["documents"]] == ["a-1", "d-4", "e-5"]
    assert found["summary"]["step"] == "major"
    assert run(["diff", old, new, "--limit", "1"]) == 1
    assert "... and 2 more documents" in capsys.readouterr().out
    Path("wortlaut.toml").write_text('name = "probe"\nreleases = "releases"\n')
    assert run(["diff", "0.1.0", "probe@0.2.0"]) == 1
    capsys.readouterr()
    assert run(["diff", "0.1.0", "0.3.0"]) == 2
    assert "there is no v0.3.0, but v0.1.0, v0.2.0. Name the folder of a version" in capsys.readouterr().err
    assert run(["diff", "0.1.0", "latest"]) == 2
    assert "latest: there is no release. Name the folder of a version" in capsys.readouterr().err
    (Path(new) / "README.md").unlink()
    assert run(["diff", "0.1.0", "0.2.0"]) == 2
    assert "is not a whole release: README.md is missing" in capsys.readouterr().err


def test_what_a_migration_did_is_told_apart_from_what_people_did(built: Built, tmp_path: Path) -> None:
    before, after = two()
    old_scheme = default_scheme()
    renamed = [
        msgspec.structs.replace(label, name="PERSON") if label.name == "PER" else label for label in old_scheme.labels
    ]
    relations = [
        msgspec.structs.replace(
            one,
            head=tuple("PERSON" if name == "PER" else name for name in one.head),
            tail=tuple("PERSON" if name == "PER" else name for name in one.tail),
        )
        for one in old_scheme.relations
    ]
    step = MigrationStep(from_="PER", to="PERSON")
    new_scheme = msgspec.structs.replace(
        old_scheme,
        version="2.0.0",
        labels=tuple(renamed),
        relations=tuple(relations),
        migrations=(Migration(version="2.0.0", steps=(step,)),),
    )
    raw = msgspec.json.encode(after).replace(b'"label":"PER"', b'"label":"PERSON"')
    later = msgspec.json.decode(raw, type=list[CheckedTask])
    old = open_release(Path(built(before, version="1.0.0").path))
    report = build(later, scheme=new_scheme, out=tmp_path / "new", name="probe", version="2.0.0")
    comparison = Comparison(old, open_release(Path(report.path)))
    changes = list(comparison)
    summary = comparison.summary
    # The person in the one document that stayed and was edited; its corrections are counted apart from the rename.
    assert summary.spans == {"relabelled by migration": 1, "relabelled": 1, "left": 1, "moved": 1, "came": 1}
    assert summary.scheme is not None
    assert summary.scheme.migrations == ("migration of label PER -> PERSON",)
    assert summary.step == "major"
    main = changes[0].layers[0]
    assert [one.by_migration for one in main.spans if one.change == "relabelled"] == [True, False]
    # The relation that left did so for a person's reason; no other is told because an end has a new name.
    assert [one.change for one in main.relations] == ["left"]


def rewritten(release: Path, config: str, change: Callable[[pa.Table], pa.Table]) -> None:
    """Write the files of a config anew by hand and let the manifest say so, as another version of the toolkit would."""
    manifest = read_manifest(release)
    entry = manifest.configs[config]
    splits = {}
    for name, split in entry.splits.items():
        path = release / split.file
        table = change(pq.read_table(path))
        pq.write_table(table, path)
        splits[name] = msgspec.structs.replace(split, content_sha256=content_sha256(path), rows=table.num_rows)
    digest = sha256("".join(one.content_sha256 for one in splits.values()).encode()).hexdigest()
    configs = {**manifest.configs, config: msgspec.structs.replace(entry, splits=splits, content_sha256=digest)}
    write_manifest(
        release,
        msgspec.structs.replace(
            manifest,
            configs=configs,
            content_sha256=content_of_release(manifest.scheme, configs),
            files=file_entries(release),
        ),
    )


def twice(built: Built) -> tuple[Path, Path]:
    return Path(built(sample(), version="0.1.0").path), Path(built(sample(), version="9.0.0").path)


def without_origin(table: pa.Table) -> pa.Table:
    place = table.schema.get_field_index("entities")
    kind = pa.list_(pa.struct([field for field in table.schema.field(place).type.value_type if field.name != "origin"]))
    rows = [[{k: v for k, v in one.items() if k != "origin"} for one in row] for row in table["entities"].to_pylist()]
    return table.set_column(place, pa.field("entities", kind), pa.array(rows, kind))


def other_names(table: pa.Table) -> pa.Table:
    said = json.loads(table.schema.metadata[b"huggingface"])
    said["info"]["features"]["ner_tags"]["feature"]["names"].append("B-NEW")
    return table.replace_schema_metadata({"huggingface": json.dumps(said)})


@pytest.mark.parametrize(
    ("config", "change", "said"),
    [
        ("documents", lambda t: t.append_column("topic", pa.array(["Rad"] * t.num_rows)), "documents.topic came"),
        ("entities", lambda t: t.drop_columns(["right"]), "entities.right left"),
        ("documents", without_origin, "documents.entities.origin left"),
        ("documents", lambda t: t.append_column("x", t["entities"]), "documents.x came"),
        (
            "documents",
            lambda t: t.set_column(
                t.schema.get_field_index("n_annotators"), "n_annotators", t["n_annotators"].cast(pa.int64())
            ),
            "documents.n_annotators was int32, is int64",
        ),
        ("ner", other_names, "ner.ner_tags has other names of its labels"),
    ],
)
def test_columns_are_those_of_the_files(
    built: Built, config: str, change: Callable[[pa.Table], pa.Table], said: str
) -> None:
    old, new = twice(built)
    rewritten(new, config, change)
    summary = Comparison(open_release(old), open_release(new)).run()
    assert summary.columns == [said]
    assert (summary.step, summary.reasons) == ("major", [f"column {said}"])


def upper(name: str) -> Callable[[pa.Table], pa.Table]:
    """Write a column of strings, or of lists of them, in capitals."""

    def change(table: pa.Table) -> pa.Table:
        kind = table.schema.field(name).type
        rows = [
            [one.upper() for one in row] if isinstance(row, list) else row and row.upper()
            for row in table[name].to_pylist()
        ]
        return table.set_column(table.schema.get_field_index(name), table.schema.field(name), pa.array(rows, kind))

    return change


@pytest.mark.parametrize(
    ("config", "change"),
    [
        ("ner", upper("tokens")),
        ("entities", upper("right")),
        ("relations", upper("head_text")),
        ("quotes", upper("speaker_texts")),
        ("annotators", lambda table: table.select([1, 0, *range(2, table.num_columns)])),
        ("documents", lambda table: table.select([1, 0, *range(2, table.num_columns)])),
    ],
)
def test_rows_that_nothing_else_tells_of_are_a_patch(
    built: Built, config: str, change: Callable[[pa.Table], pa.Table]
) -> None:
    old, new = twice(built)
    rewritten(new, config, change)
    summary = Comparison(open_release(old), open_release(new)).run()
    assert (summary.step, bool(summary.reasons)) == ("patch", True)
    said: list[str] = []
    write_text(Comparison(open_release(old), open_release(new)), said.append)
    if config in {"ner", "entities", "relations", "quotes"}:
        assert summary.reasons == [f"config {config} holds other rows"]
        assert f"config {config} holds other rows\n" in said
    assert "nothing is other" not in "".join(said)


def test_a_scheme_that_is_written_otherwise_is_a_patch(built: Built, tmp_path: Path) -> None:
    scheme = default_scheme()
    status = scheme.choices[0]
    options = (msgspec.structs.replace(status.options[0], title_de="Anders"), *status.options[1:])
    other = msgspec.structs.replace(
        scheme, choices=(msgspec.structs.replace(status, options=options), *scheme.choices[1:])
    )
    old = Path(built(sample(), version="0.1.0").path)
    report = build(sample(), scheme=other, out=tmp_path / "releases", name="probe")
    assert (report.version, report.step) == ("0.1.1", "patch")
    summary = Comparison(open_release(old), open_release(Path(report.path))).run()
    assert summary.reasons[0] == "the scheme's wording or version"
    assert summary.scheme is not None
    assert summary.scheme.wording == (f"choice {status.name}: other wording of its options",)


def test_a_fragment_put_in_front_leaves_the_relations_of_its_quote(built: Built) -> None:
    layer = rich_layer("a-1", "anna@redaktion.example", "2026-02-01T10:00:00Z")
    first, second = layer.quotes[0].fragments
    late = msgspec.structs.replace(layer.quotes[0], fragments=(second,))
    # The same annotation, only that the quote's first fragment was not found at first.
    ends = tuple(one for one in layer.relations if one.type == "COREF")
    speaker = next(one for one in layer.relations if one.type == "SPEAKER")
    ends = (*ends, msgspec.structs.replace(speaker, head=second.id))
    before = msgspec.structs.replace(layer, quotes=(msgspec.structs.replace(late, id=second.id),), relations=ends)
    after = msgspec.structs.replace(
        layer, quotes=(msgspec.structs.replace(late, fragments=(first, second)),), relations=ends
    )
    changes, summary = compared(built, [task("a-1", TEXT, before)], [task("a-1", TEXT, after)])
    main = changes[0].layers[0]
    assert [one.what for one in main.quotes] == [("fragments",)]
    assert main.relations == ()
    assert dict(summary.quotes) == {"changed": 1}


def test_choices_and_options_that_a_migration_renamed_are_told_apart(tmp_path: Path) -> None:
    before, _ = two()
    first = default_scheme()
    status = next(one for one in first.choices if one.role == "speaker_status")
    level = ChoiceSet(name="certainty", options=(ChoiceOption(name="high"), ChoiceOption(name="low")))
    first = msgspec.structs.replace(first, choices=(*first.choices, level))
    options = tuple(
        msgspec.structs.replace(one, name="inside") if one.name == "in_text" else one for one in status.options
    )
    later = {
        status.name: msgspec.structs.replace(status, options=options),
        level.name: msgspec.structs.replace(
            level,
            name="sureness",
            options=tuple(
                msgspec.structs.replace(one, name="sure") if one.name == "high" else one for one in level.options
            ),
        ),
    }
    steps = (
        MigrationStep(kind="option", choice=status.name, from_="in_text", to="inside"),
        MigrationStep(kind="choice", from_="certainty", to="sureness"),
        MigrationStep(kind="option", choice="sureness", from_="high", to="sure"),
    )
    scheme = msgspec.structs.replace(
        first,
        version="2.0.0",
        choices=tuple(later.get(one.name, one) for one in first.choices),
        migrations=(Migration(version="2.0.0", steps=steps),),
    )
    raw = msgspec.json.encode(before)
    for old, new in ((b'"in_text"', b'"inside"'), (b'"certainty"', b'"sureness"'), (b'"high"', b'"sure"')):
        assert old in raw
        raw = raw.replace(old, new)
    old_release = open_release(
        Path(build(before, scheme=first, out=tmp_path / "old", name="probe", version="1.0.0").path)
    )
    after = msgspec.json.decode(raw, type=list[CheckedTask])
    report = build(after, scheme=scheme, out=tmp_path / "new", name="probe", version="2.0.0")
    comparison = Comparison(old_release, open_release(Path(report.path)))
    (change, *_), summary = list(comparison), comparison.summary
    assert dict(summary.attributes) == {"changed by migration": 1}
    assert dict(summary.quotes) == {"changed by migration": 1}
    said = [line.text for line in document_lines(change)]
    assert 'certainty -> sureness of PER 68:78 "Ayşe Demir": high -> sure (by migration)' in said
    assert any(one.endswith(": speaker status by migration") for one in said)


def test_a_renamed_label_is_told_once_and_not_for_each_relation() -> None:
    first = default_scheme()
    renamed = msgspec.json.decode(msgspec.json.encode(first).replace(b'"PER"', b'"PERSON"'), type=Scheme)
    step = Migration(version="2.0.0", steps=(MigrationStep(from_="PER", to="PERSON"),))
    second = msgspec.structs.replace(renamed, version="2.0.0", migrations=(step,))
    found = compare_schemes(first, second)
    assert found is not None
    assert set(found.names) == {"label PER left", "label PERSON came"}
    # And what is really other is still told: the order of relations, a tail that may be less.
    relation = next(one for one in second.relations if len(one.tail) > 1)
    less = msgspec.structs.replace(relation, tail=relation.tail[1:])
    others = [one for one in second.relations if one.name != relation.name]
    found = compare_schemes(first, msgspec.structs.replace(second, relations=(*reversed(others), less)))
    assert found is not None
    assert f"relation {relation.name}: other tail" in found.names
    assert "the relations stand in another order" in found.names
    assert "the labels stand in another order" not in found.names
    moved = msgspec.structs.replace(second, labels=tuple(reversed(second.labels)))
    found = compare_schemes(first, moved)
    assert found is not None
    assert "the labels stand in another order" in found.names


def test_an_empty_layer_of_another_is_not_the_same_layer(tmp_path: Path) -> None:
    ledger = tmp_path / "annotators.toml"
    people = {"anna@redaktion.example": 1, "yves@redaktion.example": 2, "zoe@redaktion.example": 3}
    write_ledger(ledger, Ledger(salt="x", annotators=people))

    def released_with(who: str, version: str) -> Release:
        rich = rich_layer("a-1", "anna@redaktion.example", "2026-02-01T10:00:00Z")
        tasks = [task("a-1", TEXT, rich, empty_layer("a-1", TEXT, who))]
        out = tmp_path / version
        report = build(tasks, scheme=default_scheme(), out=out, name="probe", version=version, ledger=ledger)
        return open_release(Path(report.path))

    old, new = released_with("zoe@redaktion.example", "0.1.0"), released_with("yves@redaktion.example", "0.2.0")
    comparison = Comparison(old, new)
    (change,) = list(comparison)
    assert [(one.change, one.annotator, one.was) for one in change.layers] == [
        ("came", "annotator-2", ""),
        ("left", "annotator-3", ""),
    ]
    assert comparison.summary.reasons == ["1 layer of an annotator left"]


def test_a_main_layer_that_is_anothers_now_is_said(built: Built) -> None:
    anna = rich_layer("a-1", "anna@redaktion.example", "2026-02-01T10:00:00Z")
    zoe = edited(rich_layer("a-1", "zoe@redaktion.example", "2026-02-03T10:00:00Z"))
    both = [task("a-1", TEXT, anna, zoe)]
    old = open_release(Path(built(both, version="0.1.0").path))
    new = open_release(Path(built(both, version="9.0.0", prefer="latest").path))
    comparison = Comparison(old, new)
    (change,) = list(comparison)
    assert change.main_of == ("annotator-1", "annotator-2")
    assert "main layer was annotator-1's, is annotator-2's" in [line.text for line in document_lines(change)]
    assert dict(comparison.summary.layers) == {"main was annotator-1's, is annotator-2's": 1}
    assert list(Comparison(new, new)) == []


def test_changes_in_the_layers_of_annotators_are_counted_apart(built: Built) -> None:
    anna = rich_layer("a-1", "anna@redaktion.example", "2026-02-01T10:00:00Z")
    zoe = rich_layer("a-1", "zoe@redaktion.example", "2026-02-03T10:00:00Z")
    relabelled = tuple(
        msgspec.structs.replace(one, label="MISC") if one.label in {"DATE", "GPE"} else one for one in zoe.mentions
    )
    after = msgspec.structs.replace(zoe, mentions=relabelled, relations=zoe.relations[1:])
    _, summary = compared(built, [task("a-1", TEXT, anna, zoe)], [task("a-1", TEXT, anna, after)])
    assert (dict(summary.spans), dict(summary.relations)) == ({}, {})
    said = list(summary_lines(summary))
    assert "layers: 1 changed" in said
    assert "in annotators' layers: 2 spans relabelled, 1 relation left" in said


def test_layers_that_changed_their_places_are_told_once(built: Built) -> None:
    def of(*rich: str) -> list[CheckedTask]:
        layers = [
            rich_layer("a-1", who, "2026-02-01T10:00:00Z") if who in rich else empty_layer("a-1", TEXT, who)
            for who in ("anna@x.example", "bo@x.example", "zoe@x.example")
        ]
        return [task("a-1", TEXT, *layers)]

    changes, summary = compared(built, of("anna@x.example"), of("bo@x.example", "zoe@x.example"))
    told = [(one.change, one.annotator, one.was) for one in changes[0].layers if not one.main]
    assert sorted(told) == [
        ("changed", "annotator-1", "annotator-2"),
        ("changed", "annotator-2", "annotator-1"),
        ("changed", "annotator-3", ""),
    ]
    assert "2 layers stand under another pseudonym" in summary.reasons[0]
