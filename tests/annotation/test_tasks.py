"""Tasks: their data, their predictions, the batches on disk, and what a rotten pre-annotator cannot do."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wortlaut.annotation import tasks as tasks_module
from wortlaut.annotation.config import labeling_config
from wortlaut.annotation.preannotate.protocol import PreAnnotation, PreAnnotator, model_version
from wortlaut.annotation.preannotate.rules import PressRules
from wortlaut.annotation.tasks import checked_task, task_of, write_tasks
from wortlaut.cli.main import run
from wortlaut.corpus.compose import compose
from wortlaut.corpus.draft import Draft, Piece
from wortlaut.corpus.store import StoreWriter
from wortlaut.schema.article import Article, RawSource
from wortlaut.schema.document import Attribute, Relation, Span
from wortlaut.schema.errors import RecordError, UsageError
from wortlaut.schema.scheme import Scheme, default_scheme, parse_scheme
from wortlaut.schema.task import PredictedRelation, PredictedSpan, Task

SCHEME = default_scheme()
BODY = "„Wir kommen 🎉“, sagte Bürgermeisterin Anna Weber am Freitag, „und zwar bald.“ Berlin lehnt ab."


def article(number: int = 1, *body: str) -> Article:
    pieces = [Piece(kind="headline", text=f"Brückenfest {number}"), Piece(kind="lead", text="Weber lädt ein.")]
    pieces += [Piece(kind="paragraph", text=text) for text in body or (BODY,)]
    draft = Draft(
        article_id=f"a-{number}",
        pieces=tuple(pieces),
        publisher="Lindenauer Bote",
        published="2026-01-22T15:52:00+01:00",
        section="Politik",
        byline=("Mira Okafor", "Jan Koch"),
        agencies=("dpa", "AFP"),
        tags=("Brücken", "Lindenau"),
    )
    return compose(draft, RawSource(name="test.txt", format="text", sha256="0" * 64))


class Fixed(msgspec.Struct, frozen=True):
    """A pre-annotator that always gives the same."""

    found: PreAnnotation = PreAnnotation()
    name: str = "fixed"
    version: str = "2"

    def annotate(self, article: Article, scheme: Scheme) -> PreAnnotation:  # noqa: ARG002 - the protocol
        return self.found


def span(label: str, text: str, start: int, span_id: str = "") -> Span:
    return Span(id=span_id or f"{label}{start}", label=label, start=start, end=start + len(text), text=text)


def surfaces(task: Task) -> list[tuple[str, str]]:
    return [
        (result.value.labels[0], task.data.text[result.value.start : result.value.end])
        for prediction in task.predictions
        for result in prediction.result
        if isinstance(result, PredictedSpan)
    ]


def relations(task: Task) -> set[tuple[str, str, str]]:
    result = task.predictions[0].result
    text = {item.id: item.value.text for item in result if isinstance(item, PredictedSpan)}
    return {(r.labels[0], text[r.from_id], text[r.to_id]) for r in result if isinstance(r, PredictedRelation)}


# ---------------------------------------------------------------- one task


def test_the_data_are_what_the_page_shows() -> None:
    task = task_of(article())
    assert msgspec.to_builtins(task.data) == {
        "article_id": "a-1",
        "text": f"Brückenfest 1\n\nWeber lädt ein.\n\n{BODY}",
        "text_sha256": article().text_sha256,
        "headline": "Brückenfest 1",
        "publisher": "Lindenauer Bote",
        "published": "2026-01-22T15:52:00+01:00",
        "section": "Politik",
        "url": "",
        "byline": "Mira Okafor · Jan Koch",
        "agencies": "dpa · AFP",
        "tags": "Brücken · Lindenau",
        "language": "de",
        "rights": "",
    }
    assert task.predictions == ()


def test_the_rules_find_entities_quotes_cues_and_speakers() -> None:
    task = checked_task(article(), SCHEME, [PressRules()])
    assert surfaces(task) == [
        ("PER", "Weber"),
        ("DIRECT", "„Wir kommen 🎉“"),
        ("CUE", "sagte"),
        ("ROLE", "Bürgermeisterin"),
        ("PER", "Anna Weber"),
        ("DATE", "am Freitag"),
        ("DIRECT", "„und zwar bald.“"),
        ("GPE", "Berlin"),
    ]
    assert relations(task) == {
        ("CUE_OF", "sagte", "„Wir kommen 🎉“"),
        ("SPEAKER", "„Wir kommen 🎉“", "Anna Weber"),
        ("CONTINUES", "„und zwar bald.“", "„Wir kommen 🎉“"),
    }
    assert task.predictions[0].model_version == "press-de-rules/1"


@pytest.mark.parametrize(
    ("body", "speaker"),
    [
        ("„Das geht nicht“, sagte sie.", "sie"),
        ("Er sagte: „Das geht nicht.“", "Er"),
        ("Trainer Jan Koch sagte: „Das geht nicht.“", "Jan Koch"),
        ("Der Trainer hat am Montag gesagt: „Das geht nicht.“", "Trainer"),
        ("Anna Lenz, Sprecherin der Stadt, sagte: „Das geht nicht.“", "Anna Lenz"),
        ("„Das geht nicht“, so der Kölner Trainer.", "Trainer"),
        ("Laut Trainer Koch war es „ein ganz schlechtes Spiel“.", "Koch"),
        ("Anna Lenz zufolge war es „ein ganz schlechtes Spiel“.", "Anna Lenz"),
        ("Nach dem Treffen mit Anna Lenz sagte Jan Koch: „Das geht nicht.“", "Jan Koch"),
        ("Er nannte Jan Koch „einen ganz und gar schlechten Trainer“.", "Er"),
        ("Jan Koch: „Das geht nicht“", "Jan Koch"),
        ("Über Anna Lenz wurde gesagt: „Das geht nicht.“", None),
        ("Am Abend mit Jan Koch hieß es: „Das geht nicht.“", None),
        ("Dem Trainer wurde erklärt: „Das geht nicht.“", None),
        ("Jan Koch ging. „Das geht nicht, auf keinen Fall.“", None),
    ],
)
def test_the_speaker_is_named_only_beyond_doubt(body: str, speaker: str | None) -> None:
    task = checked_task(article(1, body), SCHEME, [PressRules()])
    assert [tail for kind, _, tail in relations(task) if kind == "SPEAKER"] == ([speaker] if speaker else [])


def test_a_scheme_with_other_labels_gets_what_it_has() -> None:
    scheme = parse_scheme('name = "s"\nversion = "1.0.0"\n[[labels]]\nname = "PER"\n[[labels]]\nname = "Zitat"\n')
    task = checked_task(article(), scheme, [PressRules()])
    assert {label for label, _ in surfaces(task)} == {"PER"}
    assert relations(task) == set()


def test_ids_depend_on_the_place_alone() -> None:
    one = task_of(article(), {"m": PreAnnotation(spans=(span("PER", "Weber", 15, "x"),))})
    two = task_of(article(), {"n": PreAnnotation(spans=(span("GPE", "Berlin", 106), span("PER", "Weber", 15, "y")))})
    (first,), (other, again) = ([getattr(item, "id", "") for item in task.predictions[0].result] for task in (one, two))
    assert first == again != other


def test_labels_of_label_studio_accept_every_prediction() -> None:
    from label_studio_sdk.label_interface.interface import LabelInterface

    interface: Any = LabelInterface(labeling_config(SCHEME))
    for body in (BODY, "Er sagte: „Das geht nicht.“", "«Oui», sagte Jan Koch aus Zürich."):
        task = checked_task(article(1, body), SCHEME, [PressRules()])
        for prediction in msgspec.json.decode(msgspec.json.encode(task))["predictions"]:
            assert interface.validate_prediction(prediction, return_errors=True) == []


PARTS = (
    "Er sagte: „Ja, 👩‍👩‍👧‍👦 gern.“ |„offen |‚nein‘ |Minister Trontas |Berlins |שלום |laut |e\u0301 |“|»|«|\"|'|\n|. |"
    ": |, so |zufolge |sagte |sie |22. Januar |𝔘lm |"
)
PIECES = st.sampled_from([BODY, *PARTS.split("|")])


@given(st.lists(st.lists(PIECES, min_size=1, max_size=12).map("".join), min_size=1, max_size=3))
def test_whatever_the_text_our_rules_pass_the_check(bodies: list[str]) -> None:
    task = checked_task(article(1, *bodies), SCHEME, [PressRules()])
    for prediction in task.predictions:
        for result in prediction.result:
            if isinstance(result, PredictedSpan):
                assert task.data.text[result.value.start : result.value.end] == result.value.text


# ---------------------------------------------------------------- foreign pre-annotators


class Raises(msgspec.Struct, frozen=True):
    name: str = "raises"
    version: str = "1"

    def annotate(self, article: Article, scheme: Scheme) -> PreAnnotation:  # noqa: ARG002 - the protocol
        raise KeyError("lemma")


WEBER = span("PER", "Weber", 15, "p")
RUBBISH = {
    "another text": PreAnnotation(spans=(span("PER", "Wobor", 15),)),
    "beyond the end": PreAnnotation(spans=(span("PER", "Weber", 4000),)),
    "label": PreAnnotation(spans=(span("PERSON", "Weber", 15),)),
    "dangling": PreAnnotation(spans=(WEBER,), relations=(Relation(id="r", type="FAMILY_OF", head="p", tail="q"),)),
    "itself": PreAnnotation(spans=(WEBER,), relations=(Relation(id="r", type="FAMILY_OF", head="p", tail="p"),)),
    "relation": PreAnnotation(spans=(WEBER,), relations=(Relation(id="r", type="KNOWS", head="p", tail="p"),)),
    "two of one id": PreAnnotation(spans=(WEBER, span("GPE", "Berlin", 106, "p"))),
    "choice": PreAnnotation(spans=(WEBER,), attributes=(Attribute(name="mood", values=("x",), span_id="p"),)),
    "choice nowhere": PreAnnotation(attributes=(Attribute(name="speaker_status", values=("unknown",), span_id="q"),)),
    "no record": "rubbish",
    "list of dicts": PreAnnotation(spans=({"start": 1},)),  # type: ignore[arg-type]  # what a plugin may well do
}


@pytest.mark.parametrize("name", RUBBISH)
def test_rubbish_is_refused_with_the_article_and_the_pre_annotator(name: str, tmp_path: Path) -> None:
    annotator = Fixed(found=RUBBISH[name])  # type: ignore[arg-type]  # on purpose
    with pytest.raises(RecordError, match=r"^a-1: .*fixed/2.*") as caught:
        write_tasks([article()], tmp_path / "out", SCHEME, annotators=[PressRules(), annotator])
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_pre_annotator_that_raises_is_named() -> None:
    with pytest.raises(RecordError, match=r"^a-1: the pre-annotator raises/1 failed: KeyError: 'lemma'"):
        checked_task(article(), SCHEME, [Raises()])


def test_two_pre_annotators_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="the same name and version"):
        checked_task(article(), SCHEME, [Fixed(), Fixed()])


def test_two_pre_annotators_give_two_predictions() -> None:
    annotators: list[PreAnnotator] = [PressRules(), Fixed(found=PreAnnotation(spans=(WEBER,)))]
    task = checked_task(article(), SCHEME, annotators)
    assert [prediction.model_version for prediction in task.predictions] == [model_version(a) for a in annotators]


def test_a_note_and_a_choice_of_a_pre_annotator_arrive() -> None:
    quote = article().text.index("„Wir")
    found = PreAnnotation(
        spans=(span("DIRECT", "„Wir kommen 🎉“", quote, "q"),),
        attributes=(
            Attribute(name="speaker_status", values=("unknown",), span_id="q"),
            Attribute(name="note", values=("unsicher",), span_id="q"),
        ),
    )
    task = checked_task(article(), SCHEME, [Fixed(found=found)])
    wire = msgspec.to_builtins(task.predictions[0].result)
    assert [item["type"] for item in wire] == ["labels", "choices", "textarea"]
    assert len({item["id"] for item in wire}) == 1
    assert wire[2]["value"]["text"] == ("unsicher",)


# ---------------------------------------------------------------- batches


def batches(folder: Path) -> dict[str, list[str]]:
    return {
        path.name: [task["data"]["article_id"] for task in json.loads(path.read_text(encoding="utf-8"))]
        for path in sorted(folder.iterdir())
    }


def test_batches_hold_every_article_once_in_order(tmp_path: Path) -> None:
    summary = write_tasks((article(number) for number in range(1, 6)), tmp_path, SCHEME, batch_size=2)
    assert batches(tmp_path) == {
        "BATCH-0001.json": ["a-1", "a-2"],
        "BATCH-0002.json": ["a-3", "a-4"],
        "BATCH-0003.json": ["a-5"],
    }
    assert summary.tasks == 5
    assert [path.name for path in summary.files] == list(batches(tmp_path))


@given(st.integers(1, 7), st.integers(1, 9))
def test_any_batch_size_loses_nothing(count: int, batch_size: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        write_tasks((article(number) for number in range(count)), Path(folder), SCHEME, batch_size=batch_size)
        held = batches(Path(folder))
    assert [name for names in held.values() for name in names] == [f"a-{number}" for number in range(count)]
    assert all(len(names) == batch_size for names in list(held.values())[:-1])


def test_a_batch_is_closed_before_label_studio_would_refuse_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks_module, "BATCH_BYTES", 1200)
    write_tasks((article(number) for number in range(5)), tmp_path, SCHEME)
    assert len(batches(tmp_path)) == 3
    monkeypatch.setattr(tasks_module, "BATCH_BYTES", 1)
    write_tasks((article(number) for number in range(5)), tmp_path, SCHEME)
    assert len(batches(tmp_path)) == 5


def test_a_second_run_writes_the_same_bytes(tmp_path: Path) -> None:
    write_tasks([article()], tmp_path / "one", SCHEME, annotators=[PressRules()])
    write_tasks([article()], tmp_path / "two", SCHEME, annotators=[PressRules()])
    write_tasks([article()], tmp_path / "two", SCHEME, annotators=[PressRules()])
    files = [(tmp_path / name / "BATCH-0001.json").read_bytes() for name in ("one", "two")]
    assert files[0] == files[1]


def test_stale_batches_go_and_nothing_else(tmp_path: Path) -> None:
    write_tasks((article(number) for number in range(3)), tmp_path, SCHEME, batch_size=1)
    (tmp_path / "BATCH-notes.json").write_text("{}")
    (tmp_path / "mine.json").write_text("{}")
    summary = write_tasks([article(9)], tmp_path, SCHEME)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["BATCH-0001.json", "BATCH-notes.json", "mine.json"]
    assert [path.name for path in summary.removed] == ["BATCH-0002.json", "BATCH-0003.json"]


def test_an_error_in_the_middle_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    write_tasks([article(1), article(2)], tmp_path, SCHEME, batch_size=1)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def interrupted() -> Iterable[Article]:
        yield article(7)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_tasks(interrupted(), tmp_path, SCHEME, batch_size=1)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_no_article_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no article"):
        write_tasks([], tmp_path / "out", SCHEME)


# ---------------------------------------------------------------- the command


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "wortlaut.toml").write_text('name = "test"\n[tasks]\nbatch_size = 2\n')
    with StoreWriter(tmp_path / "corpus" / "articles.jsonl") as store:
        for number in range(1, 4):
            store.add(article(number))
        store.add(article(2, "Neue Fassung."))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_writes_the_latest_revision_and_says_what_is_next(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["tasks"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    folder = project / "annotation" / "tasks"
    assert sorted(name for names in batches(folder).values() for name in names) == ["a-1", "a-2", "a-3"]
    assert "Neue Fassung." in "".join(path.read_text(encoding="utf-8") for path in folder.iterdir())
    assert "wrote 3 tasks in 2 files: annotation/tasks/BATCH-0001.json to BATCH-0002.json" in err
    assert "regions: PER 4, GPE 2, ROLE 2, DATE 2, DIRECT 4, CUE 2" in err
    assert "wortlaut config" in err


def test_the_summary_as_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tasks", "--no-predictions", "--json", "--batch-size", "9", "--out", "out"]) == 0
    summary: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert summary == {"tasks": 3, "regions": {}, "relations": {}, "files": ["out/BATCH-0001.json"], "removed": []}
    assert json.loads((project / "out" / "BATCH-0001.json").read_bytes())[0]["predictions"] == []


def test_a_selection_does_not_take_the_place_of_the_whole(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tasks"]) == 0
    whole = (project / "annotation/tasks/BATCH-0001.json").read_bytes()
    assert run(["tasks", "--only", "a-3", "--only", "a-1"]) == 0
    assert (project / "annotation/tasks/BATCH-0001.json").read_bytes() == whole
    assert batches(project / "annotation/tasks/selection") == {"BATCH-0001.json": ["a-1", "a-3"]}
    assert run(["tasks"]) == 0
    assert (project / "annotation/tasks/selection").is_dir()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "a-33"], "--only: there is no article 'a-33' in"),
        (["--only", "a-33"], "Did you mean 'a-3'?"),
        (["--articles", "nowhere.jsonl"], "nowhere.jsonl: there are no articles yet"),
        (["--articles", "empty.jsonl"], "there is no article to write a task for"),
        (["--articles", "corpus"], "corpus: cannot be read"),
        (["--out", "wortlaut.toml"], "wortlaut.toml"),
        (["--batch-size", "0"], "0 is not in the range"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    (project / "empty.jsonl").touch()
    assert run(["tasks", *arguments]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err
    assert not list(project.rglob("BATCH-*"))
    assert not list(project.rglob("*.part"))
