"""A release without texts and the texts: the full build byte for byte, or what can be proven of it, never a guess."""

from __future__ import annotations

import filecmp
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.export.conftest import PLAIN, TEXT, rich_layer, sample, task
from tests.export.hiding import FREE, ledger, made

from wortlaut.cli.main import run
from wortlaut.export.anchors import anchors_of
from wortlaut.export.locate import locate
from wortlaut.export.manifest import read_manifest
from wortlaut.export.rehydrate import RehydrateReport, rehydrate
from wortlaut.export.release import open_release
from wortlaut.schema.article import text_sha256
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.errors import InputError, UsageError

LONG = (
    "Stadtrat streitet über den Radweg\n\n"
    "Der Stadtrat von Lindenau hat am Montag lange über den neuen Radweg an der Wehra gestritten. „Das Geld ist da“, "
    "sagte Kämmerer Jonas Ott. Bürgermeisterin Ayşe Demir widersprach ihm vor den Zuhörern im Rathaus.\n\n"
    "Am Dienstag will die Fraktion der Grünen einen eigenen Antrag einbringen, wie deren Sprecherin Ida Roth "
    "mitteilte. Ob der Ausschuss ihn noch vor der Sommerpause berät, ist offen."
)
NAMES = ("Stadtrat", "Lindenau", "Wehra", "Jonas Ott", "Ayşe Demir", "Grünen", "Ida Roth", "am Montag", "Rathaus")


def long_task(article_id: str = "e-5", text: str = LONG) -> CheckedTask:
    from tests.export.conftest import spot

    from wortlaut.schema.document import Document, Quote, Relation

    mentions = tuple([spot(text, name, "PER", f"m{number}") for number, name in enumerate(NAMES)])
    quote = spot(text, "„Das Geld ist da“", "DIRECT", "q")
    ott = mentions[3].id
    layer = Document(
        article_id=article_id,
        text_sha256=text_sha256(text),
        layer="gold",
        mentions=mentions,
        quotes=(Quote(id="q", type="DIRECT", fragments=(quote,), speakers=(ott,), resolved_speakers=(ott,)),),
        relations=(Relation(id="r", type="SPEAKER", head="q", tail=ott),),
    )
    return task(article_id, text, layer)


def by_halves(article_id: str) -> str:
    return "train" if article_id < "b" else "test"


def with_headlines() -> list[CheckedTask]:
    """The sample; one headline stands in the text, one does not, one is empty."""
    headlines = ("Neuer Radweg 🚲 für Lindenau", "Radweg kommt", "")
    tasks = [
        msgspec.structs.replace(one, meta=msgspec.structs.replace(one.meta, headline=headline))
        for one, headline in zip(sample(), headlines, strict=False)
    ]
    return [*tasks, long_task()]


def both(folder: Path, tasks: list[CheckedTask], **options: Any) -> tuple[Path, Path]:
    """Build the same articles in both profiles: the full release, the one without texts."""
    options = {"rights": ledger(folder, FREE), **options}
    full = made(tasks, folder / "full", **options)
    return full, made(tasks, folder / "standoff", profile="standoff", **options)


def written(folder: Path, texts: Mapping[str, str]) -> str:
    """Write texts to files of their own, under names that say nothing."""
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts.values()):
        (folder / f"{number}.txt").write_text(text, encoding="utf-8", newline="")
    return str(folder)


def texts_of(tasks: list[CheckedTask]) -> dict[str, str]:
    return {one.article_id: one.text for one in tasks}


def given_back(release: Path, texts: str, out: Path, **options: Any) -> RehydrateReport:
    report = rehydrate(release, [texts], out=out, **options)
    assert report is not None
    return report


def assert_same(one: Path, other: Path) -> None:
    """Hold every file of two folders to be the same, byte for byte."""
    names = sorted(path.relative_to(one).as_posix() for path in one.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(other).as_posix() for path in other.rglob("*") if path.is_file())
    same, different, odd = filecmp.cmpfiles(one, other, names, shallow=False)
    assert (different, odd) == ([], [])
    assert len(same) == len(names) > 5


@pytest.mark.parametrize("surface", [0, 10, 40])
@pytest.mark.parametrize("prefer", ["gold", "latest"])
def test_exact_texts_give_the_full_build_byte_for_byte(tmp_path: Path, prefer: str, surface: int) -> None:
    tasks = [one for one in with_headlines() if one.article_id != "b-2"]
    options = {"prefer": prefer, "surface": surface, "split_of": by_halves, "ledger": tmp_path / "annotators.toml"}
    full, hidden = both(tmp_path, tasks, **options)
    report = given_back(hidden, written(tmp_path / "texts", texts_of(tasks)), tmp_path / "out")
    assert (report.same, report.differing, report.others) == ("bytes", [], [])
    assert report.documents == {"exact": 3, "anchored": 0, "ambiguous": 0, "lost": 0}
    assert_same(full, Path(report.path))
    open_release(Path(report.path), verify=True)


def test_several_layers_and_no_gold_come_back_with_the_same_main_layer(tmp_path: Path) -> None:
    full, hidden = both(tmp_path, sample(), prefer="latest", notes=True)
    report = given_back(hidden, written(tmp_path / "texts", texts_of(sample())), tmp_path / "out")
    assert_same(full, Path(report.path))


def test_a_headline_that_is_not_in_the_text_comes_from_the_article(tmp_path: Path, monkeypatch: Any) -> None:
    tasks = with_headlines()
    full, hidden = both(tmp_path, tasks)
    # A text alone does not tell it: the release is whole but for that headline, and says so.
    report = given_back(hidden, written(tmp_path / "texts", texts_of(tasks)), tmp_path / "a")
    assert (report.documents["exact"], report.same) == (4, "no")
    assert read_manifest(Path(report.path)).rehydrated is not None
    (tmp_path / "texts" / "1.txt").unlink()
    record = {"id": "b-2", "title": "Radweg kommt", "text": TEXT}
    (tmp_path / "texts" / "b.json").write_text(json.dumps(record), encoding="utf-8")
    report = given_back(hidden, str(tmp_path / "texts"), tmp_path / "b")
    assert report.same == "bytes"
    assert_same(full, Path(report.path))


def test_the_store_of_a_project_gives_every_file_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["demo", "--out", "demo"]) == 0
    monkeypatch.chdir(tmp_path / "demo")
    full = tmp_path / "demo" / "export" / "releases" / "wortlaut-sample" / "v0.1.0"
    assert run(["build", "--profile", "standoff", "--out", "hidden"]) in {0, 1}
    assert run(["build", "--profile", "standoff", "--out", "hidden"]) in {0, 1}
    assert "already built" in capsys.readouterr().err
    shutil.rmtree(full)
    assert run(["build"]) in {0, 1}
    release = "hidden/wortlaut-sample/v0.1.0"
    for texts in ("corpus/articles.jsonl", "corpus/raw"):
        capsys.readouterr()
        assert run(["rehydrate", release, "--texts", texts, "--json", "--force"]) == 0
        said = capsys.readouterr()
        report = json.loads(said.out)
        assert report["same"] == "bytes"
        assert "every file is that of the full build" in said.err
        assert_same(full, Path(report["path"]))
    assert run(["rehydrate", str(full), "--texts", "corpus/raw"]) == 0
    assert "holds its texts (profile full): nothing to do" in capsys.readouterr().err


def test_blanks_and_line_ends_do_not_make_another_text(tmp_path: Path) -> None:
    full, hidden = both(tmp_path, [long_task()])
    noisy = LONG.replace(" ", "\u00a0").replace("\n", "\r\n").replace("Radweg", "Rad\u00adweg")
    report = given_back(hidden, written(tmp_path / "texts", {"e-5": noisy}), tmp_path / "out")
    assert report.same == "bytes"
    assert_same(full, Path(report.path))


def test_a_text_that_differs_is_anchored_and_says_what_is_missing(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    tasks = [*sample(), long_task()]
    _, hidden = both(tmp_path, tasks)
    changed = LONG.replace("Kämmerer Jonas Ott.", "Kämmerer Ott.").replace("Der Stadtrat", "Gestern hat der Stadtrat")
    texts = {**texts_of(sample()), "e-5": f"Mehr zum Thema\n\n{changed}"}
    report = given_back(hidden, written(tmp_path / "texts", texts), tmp_path / "out")
    assert report.same == "no"
    assert report.documents == {"exact": 3, "anchored": 1, "ambiguous": 0, "lost": 0}
    (one,) = report.others
    assert (one.doc_id, one.outcome) == ("e-5", "anchored")
    assert [span.label for span in one.missing] == ["PER"]
    assert (one.missing[0].start, one.missing[0].outcome) == (LONG.index("Jonas Ott"), "lost")
    path = Path(report.path)
    documents = pq.read_table(path / "data" / "documents" / "train-00000.parquet").to_pylist()
    row = next(row for row in documents if row["doc_id"] == "e-5")
    assert row["text"] == texts["e-5"]
    assert row["text_sha256"] == text_sha256(texts["e-5"])
    assert {span["text"] for span in row["entities"]} == set(NAMES) - {"Jonas Ott"}
    assert all(row["text"][span["start"] : span["end"]] == span["text"] for span in row["entities"])
    assert [quote["text"] for quote in row["quotes"]] == ["„Das Geld ist da“"]
    assert row["quotes"][0]["speaker_ids"] == []
    assert row["relations"] == []
    manifest = read_manifest(path)
    assert manifest.rehydrated is not None
    assert (manifest.rehydrated.anchored, manifest.rehydrated.spans_lost) == (1, 1)
    assert manifest.content_sha256 != manifest.rehydrated.of
    relations = manifest.counts["relations"]
    assert isinstance(relations, dict)
    assert sum(relations.values()) == (manifest.configs["relations"].rows if "relations" in manifest.configs else 0)
    assert json.loads((path / "rehydration.json").read_text())[0]["doc_id"] == "e-5"
    assert "**Rehydrated from other texts.** 3 documents" in (path / "README.md").read_text(encoding="utf-8")
    open_release(path, verify=True)
    for config in manifest.configs:
        loaded = datasets.load_dataset(str(path), config, split="train", cache_dir=str(tmp_path / "cache"))
        assert loaded.num_rows == manifest.configs[config].rows


def test_documents_without_a_text_are_left_out_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, hidden = both(tmp_path, [*sample(), long_task()])
    texts = written(tmp_path / "texts", {"c": PLAIN, "x": "Etwas ganz anderes steht hier."})
    assert run(["rehydrate", str(hidden), "--texts", texts, "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "documents: exact 1, anchored 0, ambiguous 0, lost 3" in said
    assert "e-5: lost, 0 of 10 spans no text was found for it" in said
    assert "this is another release than the full build, and its card says so" in said


def test_a_text_under_the_right_name_with_none_of_the_spans_is_no_text_of_it(tmp_path: Path) -> None:
    _, hidden = both(tmp_path, [*sample(), long_task()])
    texts = tmp_path / "texts"
    written(texts, texts_of(sample()))
    (texts / "e-5.txt").write_text("Heute ist Donnerstag, und nichts von alledem steht hier.", encoding="utf-8")
    report = given_back(hidden, str(texts), tmp_path / "out")
    assert report.documents["lost"] == 1
    assert report.others[0].why == "none of its spans stands in the text that bears its name"


def test_two_texts_that_could_be_it_are_ambiguous(tmp_path: Path) -> None:
    _, hidden = both(tmp_path, [*sample(), long_task()])
    texts = {**texts_of(sample()), "one": f"{LONG} Ende.", "other": f"Anfang. {LONG}"}
    report = given_back(hidden, written(tmp_path / "texts", texts), tmp_path / "out")
    assert report.documents["ambiguous"] == 1
    assert "its anchors stand in texts that others may be, too" in report.others[0].why


def test_a_passage_that_is_there_twice_is_taken_for_neither(tmp_path: Path) -> None:
    first = LONG.split("\n\n")[1]
    anchors = {span: anchors_of("s", LONG, *span) for span in [_at("Jonas Ott"), _at("Ayşe Demir"), _at("Ida Roth")]}
    twice = f"{first}\n\n{LONG.replace('Kämmerer Jonas Ott', 'der Kämmerer')}"
    found = locate(anchors, length=len(LONG), text=twice, salt="s")
    assert set(found.starts) == {_at("Ida Roth")}
    assert found.ambiguous == {_at("Jonas Ott"), _at("Ayşe Demir")}


def test_what_stands_twice_is_settled_by_the_neighbours(tmp_path: Path) -> None:
    text = f"{LONG}\n\nZum Schluss dankte der Rat allen Zuhörern im Saal."
    sentence = "Der Ausschuss tagt wieder am Mittwoch in Brunnau, so heißt es. "
    old = text.replace("Am Dienstag", f"{sentence}Am Dienstag")
    new = f"{sentence}{old}"
    spans = [(old.index(name), old.index(name) + len(name)) for name in ("Jonas Ott", "Brunnau", "Ida Roth")]
    found = locate({s: anchors_of("s", old, *s) for s in spans}, length=len(old), text=new, salt="s")
    assert set(found.starts) >= {spans[0], spans[2]}
    for span, start in found.starts.items():
        assert start == span[0] + len(sentence)


def _at(name: str) -> tuple[int, int]:
    start = LONG.index(name)
    return start, start + len(name)


WORDS = ["der", "Rat", "von", "Lindenau", "sagte", "„ja“,", "am", "Montag", "Frau", "Ott.", "\n\n", "2,5", "🚲"]


@given(st.data())
def test_no_span_is_ever_put_in_a_wrong_place(data: st.DataObject) -> None:
    """Texts of few words, which repeat themselves all the time, cut up, moved and copied."""
    parts = data.draw(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=30), min_size=1, max_size=6))
    # A word of its own in each: where whole paragraphs are equal nobody can say which of them was taken out.
    pieces = [f"{' '.join(part)} {'xyzuvw'[number] * 12} " for number, part in enumerate(parts)]
    old = "".join(pieces)
    starts = [len("".join(pieces[:number])) for number in range(len(pieces))]
    edges = st.integers(0, len(old))
    drawn = data.draw(st.lists(st.tuples(edges, edges), min_size=1, max_size=12))
    spans = {(min(pair), max(pair)) for pair in drawn if pair[0] != pair[1]}
    spans = {(s, e) for s, e in spans if not any(s < start < e for start in starts)}
    # Each piece stays, goes, or has something put before it: other words, or a copy of a piece that stays.
    new, moved = "", {}
    plan = [data.draw(st.sampled_from(["keep", "keep", "cut", "insert", "copy"])) for _ in pieces]
    for number, piece in enumerate(pieces):
        what = plan[number]
        if what == "cut":
            continue
        if what == "copy":
            # Not of a neighbour: a paragraph that stands there twice in a row is as much the one as the other.
            far = [one for one, does in enumerate(plan) if does != "cut" and not number - 1 <= one <= number]
            new += pieces[data.draw(st.sampled_from(far))] if far else ""
        if what == "insert":
            new += data.draw(st.sampled_from(["Werbung: jetzt bestellen! ", "xyz ", "???\n\n"]))
        moved[number] = len(new)
        new += piece
    found = locate({span: anchors_of("s", old, *span) for span in spans}, length=len(old), text=new, salt="s")
    assert set(found.starts) | found.ambiguous | found.lost == spans
    for (start, end), place in found.starts.items():
        assert new[place : place + end - start] == old[start:end]
        number = max(n for n, at in enumerate(starts) if at <= start)
        assert number in moved, "found although its paragraph is gone"
        assert place == moved[number] + start - starts[number]


def test_a_copy_is_not_taken_for_what_was_cut_behind_though_its_stretches_stood_elsewhere() -> None:
    passage = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    # Every stretch of 12 code points stands a second time, the passage does not.
    stretches = ".".join(passage[place : place + 12] for place in range(len(passage) - 11))
    rest = f"{''.join(f'{number:04}' for number in range(60))}{stretches}{''.join(f'{n:04}' for n in range(60, 120))}"
    old = passage + rest
    new = f"{passage[:31]}{rest}{passage}"
    span = (25, 26)
    found = locate({span: anchors_of("s", old, *span)}, length=len(old), text=new, salt="s")
    assert found.starts == {}


def test_the_beginning_is_not_looked_for_in_a_copy_while_the_text_still_begins_so() -> None:
    beginning, middle = "in der die Montag in hat und sie. ", "Geld sagte nicht von am Ott. der Weg hat neue Frau. "
    old = f"{beginning}hat Weg Ott das nicht er. {middle}"
    new = f"in der die er hat. {middle}{beginning}"
    span = (3, 6)
    found = locate({span: anchors_of("s", old, *span)}, length=len(old), text=new, salt="s")
    assert found.starts == {}


FEW = ["der", "die", "Rat", "von", "in", "Lindenau", "sagte", "er", "am", "Montag", "Frau", "Ott", "und", "Weg"]


@given(st.data())
def test_a_copied_sentence_is_not_taken_for_one_that_was_cut_behind(data: st.DataObject) -> None:
    words = st.lists(st.sampled_from(FEW), min_size=4, max_size=14)
    sentences = [f"{' '.join(one)}. " for one in data.draw(st.lists(words, min_size=3, max_size=9))]
    old = "".join(sentences)
    starts = [len("".join(sentences[:number])) for number in range(len(sentences) + 1)]
    which = data.draw(st.integers(0, len(sentences) - 1))
    first, last = starts[which], starts[which + 1]
    marks = [match.span() for match in re.finditer(r"\S+", old)]
    drawn = data.draw(st.lists(st.tuples(st.sampled_from(marks), st.sampled_from(marks)), min_size=1, max_size=12))
    spans = {(min(one[0], other[0]), max(one[1], other[1])) for one, other in drawn}
    # Cut behind a word of the sentence; the copy stands elsewhere, not beside it.
    cut = data.draw(st.sampled_from([end for _, end in marks if first < end <= last])) + data.draw(st.integers(0, 12))
    stop = min(cut + data.draw(st.sampled_from([1, 5, 15, 60])), len(old))
    places = [place for number, place in enumerate(starts) if number not in {which, which + 1}]
    put = data.draw(st.sampled_from([place for place in places if not cut < place < stop] or [len(old)]))
    copy = old[first:last]

    def moved(place: int) -> int:
        return place - (stop - cut if place >= stop else 0) + (len(copy) if place >= put else 0)

    rest, at = old[:cut] + old[stop:], put - (stop - cut if put >= stop else 0)
    new = rest[:at] + copy + rest[at:]
    found = locate({span: anchors_of("s", old, *span) for span in spans}, length=len(old), text=new, salt="s")
    for (start, end), place in found.starts.items():
        # What was cut itself, or broken in two by the copy, is another matter.
        if (end <= cut or start >= stop) and not start < put < end:
            assert new[moved(start) : moved(start) + end - start] == old[start:end]
            assert place == moved(start)


@given(st.data())
def test_the_same_text_gives_every_span_its_place(data: st.DataObject) -> None:
    text = "".join(data.draw(st.lists(st.sampled_from([*WORDS, " "]), min_size=1, max_size=60)))
    edges = st.integers(0, len(text))
    drawn = data.draw(st.lists(st.tuples(edges, edges), max_size=8))
    spans = {(min(pair), max(pair)) for pair in drawn if pair[0] != pair[1]}
    found = locate({span: anchors_of("s", text, *span) for span in spans}, length=len(text), text=text, salt="s")
    assert found.starts == {span: span[0] for span in spans}


def test_a_release_that_was_changed_or_is_half_there_is_refused(tmp_path: Path) -> None:
    _, hidden = both(tmp_path, sample())
    texts = written(tmp_path / "texts", texts_of(sample()))
    recipe = hidden / "rehydrate.json"
    whole = recipe.read_bytes()
    recipe.write_bytes(whole.replace(b'"salt": "', b'"salt": "f'))
    with pytest.raises(InputError, match=r"rehydrate\.json was changed after the release was built"):
        rehydrate(hidden, [texts], out=tmp_path / "out")
    recipe.unlink()
    with pytest.raises(InputError, match=r"is not a whole release: rehydrate\.json is missing"):
        rehydrate(hidden, [texts], out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_salt_of_another_release_is_noticed(tmp_path: Path) -> None:
    _, hidden = both(tmp_path, sample())
    texts = written(tmp_path / "texts", texts_of(sample()))
    recipe = hidden / "rehydrate.json"
    data = json.loads(recipe.read_bytes())
    data["salt"] = "0" * 32
    recipe.write_text(json.dumps(data))
    from wortlaut.export.manifest import file_entries, write_manifest

    write_manifest(hidden, msgspec.structs.replace(read_manifest(hidden), files=file_entries(hidden)))
    with pytest.raises(InputError, match=r"the salt in rehydrate\.json is not the one that its anchors were made with"):
        rehydrate(hidden, [texts], out=tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.parquet"))


def forged(release: Path, **changes: Any) -> None:
    """Change ``rehydrate.json`` or the manifest as a stranger can, who sets the hashes right too."""
    from wortlaut.export.manifest import file_entries, write_manifest

    recipe = release / "rehydrate.json"
    data = json.loads(recipe.read_bytes())
    data["full"]["files"].update(changes.pop("files", {}))
    recipe.write_text(json.dumps(data))
    manifest = msgspec.structs.replace(read_manifest(release), **changes)
    write_manifest(release, msgspec.structs.replace(manifest, files=file_entries(release)))


@pytest.mark.parametrize(
    "name", ["../../../../mine.txt", "/mine.txt", "a/../../mine.txt", "C:/mine.txt", "..\\mine.txt", "data/x", "", "."]
)
def test_a_strangers_release_writes_nothing_outside_of_its_folder(tmp_path: Path, name: str) -> None:
    _, hidden = both(tmp_path, sample())
    texts = written(tmp_path / "texts", texts_of(sample()))
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    name = str(mine) if name == "/mine.txt" else name
    forged(hidden, files={name: "theirs"})
    with pytest.raises(InputError, match="which is no file beside the rows of a release: nothing was written"):
        rehydrate(hidden, [texts], out=tmp_path / "a" / "out")
    assert mine.read_text() == "mine"
    assert not (tmp_path / "a").exists()


def test_a_strangers_split_is_no_path(tmp_path: Path) -> None:
    _, hidden = both(tmp_path, sample())
    texts = written(tmp_path / "texts", texts_of(sample()))
    configs = {
        name: msgspec.structs.replace(entry, splits={"../../../x": entry.splits["train"]})
        for name, entry in read_manifest(hidden).configs.items()
    }
    forged(hidden, configs=configs)
    with pytest.raises(InputError, match="split"):
        rehydrate(hidden, [texts], out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_force_replaces_a_release_and_nothing_else(tmp_path: Path) -> None:
    _, hidden = both(tmp_path, sample())
    texts = written(tmp_path / "texts", texts_of(sample()))
    report = given_back(hidden, texts, tmp_path / "out")
    assert given_back(hidden, texts, tmp_path / "out", force=True).same == "bytes"
    shutil.rmtree(report.path)
    Path(report.path).mkdir()
    assert given_back(hidden, texts, tmp_path / "out", force=True).same == "bytes"
    (Path(report.path) / "manifest.json").unlink()
    thesis = Path(report.path) / "thesis.txt"
    thesis.write_text("mine")
    with pytest.raises(UsageError, match=r"is no release \(it has no manifest.json\), and --force rep"):
        rehydrate(hidden, [texts], out=tmp_path / "out", force=True)
    assert thesis.read_text() == "mine"


def test_a_release_with_other_columns_is_of_another_version(tmp_path: Path) -> None:
    _, hidden = both(tmp_path, sample())
    texts = written(tmp_path / "texts", texts_of(sample()))
    path = hidden / "data" / "annotators" / "train-00000.parquet"
    table = pq.read_table(path)
    place = table.schema.names.index("entities")
    older = [
        [{**span, "anchors": {key: value for key, value in span["anchors"].items() if key != "echoes"}} for span in row]
        for row in table.column("entities").to_pylist()
    ]
    pq.write_table(table.set_column(place, "entities", pa.array(older)), path)
    forged(hidden)
    with pytest.raises(InputError, match=r"annotators.* was made by another version of wortlaut .*columns: entities\."):
        rehydrate(hidden, [texts], out=tmp_path / "out")
    pq.write_table(table.drop_columns(["quotes"]), path)
    forged(hidden)
    with pytest.raises(InputError, match=r"columns: quotes\."):
        rehydrate(hidden, [texts], out=tmp_path / "out")


def test_calls_that_cannot_work_are_one_line(tmp_path: Path) -> None:
    _, hidden = both(tmp_path, sample())
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(UsageError, match="holds no article files"):
        rehydrate(hidden, [str(empty)], out=tmp_path / "out")
    with pytest.raises(UsageError, match="no such file or folder"):
        rehydrate(hidden, [str(tmp_path / "missing")], out=tmp_path / "out")
    with pytest.raises(InputError, match="there is no such release"):
        rehydrate(tmp_path / "v9", [str(empty)], out=tmp_path / "out")
    other = written(tmp_path / "other", {"x": "Ein Text, den hier niemand kennt."})
    with pytest.raises(UsageError, match=r"none of the 3 texts is there \(1 sources read\)"):
        rehydrate(hidden, [other], out=tmp_path / "out")
    texts = written(tmp_path / "texts", texts_of(sample()))
    rehydrate(hidden, [texts], out=tmp_path / "out")
    with pytest.raises(UsageError, match="already exists"):
        rehydrate(hidden, [texts], out=tmp_path / "out")
    with pytest.raises(UsageError, match="would take the place of the release"):
        rehydrate(hidden, [texts], out=hidden.parents[1], force=True)


def test_sources_that_cannot_be_read_are_told_and_the_others_used(tmp_path: Path) -> None:
    full, hidden = both(tmp_path, sample())
    texts = tmp_path / "texts"
    written(texts, texts_of(sample()))
    (texts / "0a.html").write_bytes(b"%PDF-1.7 not a page")
    (texts / "00.jsonl").write_text('{"id": "x"\n{"id": "y", "text": "Ein anderer Text."}\n', encoding="utf-8")
    report = given_back(hidden, str(texts), tmp_path / "out")
    assert report.same == "bytes"
    assert len(report.unread) == 2
    assert any("0a.html" in line for line in report.unread)
    assert_same(full, Path(report.path))


def test_one_layer_without_a_name_comes_back(tmp_path: Path) -> None:
    layer = rich_layer("a-1", None, "2026-02-01T10:00:00Z")
    full, hidden = both(tmp_path, [task("a-1", TEXT, layer)])
    report = given_back(hidden, written(tmp_path / "texts", {"a": TEXT}), tmp_path / "out")
    assert_same(full, Path(report.path))


@pytest.mark.parametrize(("name", "text"), [("README.md", "hello"), ("schema/scheme.toml", "x"), ("new.txt", "x")])
def test_a_recipe_that_was_changed_is_not_taken_for_the_full_build(tmp_path: Path, name: str, text: str) -> None:
    _, hidden = both(tmp_path, sample())
    forged(hidden, files={name: text})
    texts = written(tmp_path / "texts", texts_of(sample()))
    with pytest.raises(InputError, match=f"rehydrate.json gives another {re.escape(name)} than the full release had"):
        rehydrate(hidden, [texts], out=tmp_path / "out")
    assert not (tmp_path / "out" / "probe").exists() or not list((tmp_path / "out" / "probe").iterdir())


def test_a_card_that_is_none_is_said_so(tmp_path: Path) -> None:
    _, hidden = both(tmp_path, sample())
    forged(hidden, files={"README.md": "hello"})
    some = dict(list(texts_of(sample()).items())[:1])
    with pytest.raises(InputError, match=r"the README\.md in rehydrate\.json is no card"):
        rehydrate(hidden, [written(tmp_path / "some", some)], out=tmp_path / "out")
