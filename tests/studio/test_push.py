"""Pushing a corpus to a real Label Studio: what arrives, what a second push does, what is left alone."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from wortlaut.annotation.preannotate import chosen, rules
from wortlaut.annotation.preannotate.protocol import PreAnnotation
from wortlaut.annotation.studio.client import KEY_VARIABLE, URL_VARIABLE
from wortlaut.annotation.studio.home import studio_home
from wortlaut.annotation.studio.identity import marker
from wortlaut.annotation.studio.link import read_link
from wortlaut.annotation.studio.predictions import Brought, bring
from wortlaut.annotation.studio.renewal import Renewal
from wortlaut.annotation.studio.server import RunningServer
from wortlaut.annotation.studio.uploads import Importer
from wortlaut.annotation.tasks import task_of
from wortlaut.cli.main import run
from wortlaut.corpus.compose import compose
from wortlaut.corpus.draft import Draft, Piece
from wortlaut.schema.article import Article, RawSource
from wortlaut.schema.lock import locked
from wortlaut.schema.project import Project, find_project
from wortlaut.schema.scheme import Scheme

pytestmark = [pytest.mark.studio, pytest.mark.slow, pytest.mark.xdist_group("studio-too")]

Api = Callable[[str, str, object], Any]
PRESS_RULES = rules.PressRules


class Corpus:
    """A project in a folder of its own, its articles, and what the server has of it."""

    def __init__(self, folder: Path, api: Api, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.api = api
        self._capsys = capsys
        self.articles: dict[str, Article] = {}
        self.said = ""
        self.summary: dict[str, Any] = {}
        self.settings()

    def settings(self, more: str = "") -> None:
        name = self.folder.parent.name.replace("_", "-")
        (self.folder / "wortlaut.toml").write_text(f"name = {name!r}\n{more}", encoding="utf-8")

    def write(self, *articles: Article) -> None:
        self.articles |= {article.article_id: article for article in articles}
        path = self.folder / "corpus" / "articles.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in self.articles.values()))

    def push(self, *options: str) -> int:
        self._capsys.readouterr()
        code = run(["studio", "push", "--json", *options])
        printed = self._capsys.readouterr()
        self.said = printed.err
        self.summary = msgspec.json.decode(printed.out) if printed.out else {}
        return code

    @property
    def project(self) -> int:
        link = read_link(find_project(self.folder))
        assert link is not None
        return link.project_id

    def remote(self) -> Any:
        return self.api("GET", f"/api/projects/{self.project}/", None)

    def tasks(self) -> list[dict[str, Any]]:
        path = f"/api/tasks/?project={self.project}&page_size=500&fields=all"
        found: list[dict[str, Any]] = self.api("GET", path, None)["tasks"]
        return found

    def task(self, article_id: str) -> dict[str, Any]:
        (found,) = [task for task in self.tasks() if task["data"]["article_id"] == article_id]
        return found

    def versions(self) -> dict[str, list[str]]:
        """The model versions of the predictions of each task."""
        return {
            task["data"]["article_id"]: sorted(one["model_version"] for one in task["predictions"])
            for task in self.tasks()
        }

    def marker(self) -> str:
        return marker(find_project(self.folder))

    def annotate(self, task_id: int, more: Mapping[str, object] | None = None) -> int:
        region = {"id": "r1", "from_name": "lab", "to_name": "text", "type": "labels"}
        result = [region | {"value": {"start": 0, "end": 5, "text": "Titel", "labels": ["MISC"]}}]
        body = {"result": result, **(more or {})}
        number: int = self.api("POST", f"/api/tasks/{task_id}/annotations/", body)["id"]
        return number


@pytest.fixture
def corpus(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    studio_server: RunningServer,
    studio_api: Api,
) -> Corpus:
    folder = tmp_path / "projekt"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv(URL_VARIABLE, studio_server.state.url)
    monkeypatch.setenv(KEY_VARIABLE, studio_server.credentials.token)
    return Corpus(folder, studio_api, capsys)


def article(number: int, *, text: str = "", **fields: Any) -> Article:
    quote = f"„Wir bauen {number} neue Wege“, sagte Bürgermeisterin Anna Weber am Freitag in Brunnau. {text}"
    pieces = (Piece(kind="headline", text=f"Titel {number}"), Piece(kind="paragraph", text=quote.strip()))
    draft = Draft(article_id=f"a-{number:04}", pieces=pieces, publisher="Wehra-Kurier", **fields)
    return compose(draft, RawSource(name="a.txt", format="text", sha256="0" * 64))


def make(numbers: Sequence[int]) -> list[Article]:
    return [article(number) for number in numbers]


def test_a_push_sends_each_article_once_and_a_second_one_only_what_is_new(corpus: Corpus) -> None:
    corpus.write(*make(range(12)))
    assert corpus.push("--batch-size", "5") == 0, corpus.said
    assert "sent 12 tasks" in corpus.said
    assert [corpus.summary[key] for key in ("articles", "pushed", "tasks", "with_predictions")] == [12] * 4
    tasks = {task["data"]["article_id"]: task for task in corpus.tasks()}
    assert len(tasks) == len(corpus.tasks()) == 12
    for article_id, task in tasks.items():
        assert task["data"] == msgspec.to_builtins(task_of(corpus.articles[article_id]).data)
        (prediction,) = task["predictions"]
        assert {"PER", "DIRECT"} <= {one["value"]["labels"][0] for one in prediction["result"] if "value" in one
                                     and "labels" in one["value"]}  # fmt: skip

    assert corpus.push() == 0
    assert "nothing to do" in corpus.said
    assert "changed" not in corpus.said
    corpus.write(article(12))
    assert corpus.push() == 0
    assert "sent 1 task\n" in corpus.said
    assert {task["id"] for task in tasks.values()} < {task["id"] for task in corpus.tasks()}
    assert len(corpus.tasks()) == 13
    assert corpus.api("GET", f"/api/projects/{corpus.project}/file-uploads?all=true", None) == []


def test_the_project_is_as_the_settings_say_and_the_stream_starts_from_the_prediction(corpus: Corpus) -> None:
    corpus.settings('title = "Stadtrat: ein Korpus"\n[studio]\nmaximum_annotations = 3\nsampling = "uniform"\n')
    (corpus.folder / "annotation").mkdir()
    guidelines = "# Regeln\n\n**Ganze** Wörter & <script>x</script>, siehe [hier](labels.md).\n"
    (corpus.folder / "annotation" / "guidelines.md").write_text(guidelines, encoding="utf-8")
    corpus.write(*make(range(2)))
    assert corpus.push() == 0, corpus.said
    remote = corpus.remote()
    assert remote["title"] == "Stadtrat: ein Korpus"
    assert (remote["maximum_annotations"], remote["sampling"]) == (3, "Uniform sampling")
    assert remote["show_collab_predictions"] is remote["show_instruction"] is True
    assert remote["model_version"] == "press-de-rules/1"
    assert "<strong>Ganze</strong> Wörter &amp; &lt;script&gt;" in remote["expert_instruction"]
    assert "siehe hier." in remote["expert_instruction"]
    assert "<table>" in remote["expert_instruction"]
    following = corpus.api("GET", f"/api/projects/{corpus.project}/next/", None)
    assert [one["model_version"] for one in following["predictions"]] == ["press-de-rules/1"]

    # Only what differs is sent; what the lead may choose by hand stays.
    corpus.api("PATCH", f"/api/projects/{corpus.project}/", {"show_instruction": False, "title": "Anders"})
    corpus.settings('title = "Stadtrat: ein Korpus"\n[studio]\nmaximum_annotations = 2\nsampling = "uniform"\n')
    assert corpus.push() == 0
    assert f"changed in project {corpus.project}: title, maximum_annotations\n" in corpus.said
    assert corpus.remote()["show_instruction"] is False
    assert {task["overlap"] for task in corpus.tasks()} == {2}


def test_a_dry_run_changes_nothing(corpus: Corpus) -> None:
    corpus.write(*make(range(3)))
    count = len(corpus.api("GET", "/api/projects/?page_size=500", None)["results"])
    assert corpus.push("--dry-run") == 0
    assert "would make a project" in corpus.said
    assert "would have sent 3 tasks" in corpus.said
    assert not (corpus.folder / ".studio").exists()
    assert len(corpus.api("GET", "/api/projects/?page_size=500", None)["results"]) == count
    corpus.push()
    corpus.write(article(3), article(0, text="Neu."))
    assert corpus.push("--dry-run") == 0
    assert "would have sent 1 task; would have replaced, whose text changed, 1 task" in corpus.said
    assert len(corpus.tasks()) == 3


def test_what_a_browser_may_not_show_and_what_is_older_than_the_scheme_is_told(corpus: Corpus) -> None:
    long, full = article(2, text="Der Rat tagt. " * 1500), article(3, text="„Ja“, sagte Anna Weber. " * 600)
    assert len(full.text) < 20_000 < len(long.text)
    corpus.write(*make(range(2)), long, full)
    assert corpus.push("--dry-run") == 0
    assert corpus.summary["large"] == ["a-0002", "a-0003"]
    assert "may take minutes to show, or not show at all, a-0002, a-0003: over 20,000 characters" in corpus.said
    assert "wortlaut schema" not in corpus.said

    folder = corpus.folder / "annotation"
    folder.mkdir()
    (folder / "labeling.xml").write_text("<View/>\n", encoding="utf-8")
    assert corpus.push("--dry-run", "--only", "a-0001") == 0
    assert "may take minutes" not in corpus.said
    assert "not as the scheme says any more: annotation/labeling.xml. wortlaut schema writes" in corpus.said
    assert run(["schema"]) == 0
    assert corpus.push("--dry-run", "--only", "a-0001") == 0
    assert "wortlaut schema" not in corpus.said


def test_a_task_is_replaced_when_its_text_changed_unless_somebody_works_on_it(corpus: Corpus) -> None:
    corpus.write(*make(range(4)))
    corpus.push()
    annotated, drafted, skipped = (corpus.task(f"a-000{number}")["id"] for number in (1, 2, 3))
    corpus.annotate(annotated)
    corpus.api("POST", f"/api/tasks/{drafted}/drafts", {"result": [], "lead_time": 1})
    corpus.annotate(skipped, {"was_cancelled": True})
    corpus.write(*(article(number, text="Das steht neu da.") for number in range(4)))
    assert corpus.push() == 1
    assert "replaced, whose text changed, 1 task" in corpus.said
    assert "somebody has worked on an older text: a-0001, a-0002, a-0003" in corpus.said
    texts = {task["data"]["article_id"]: task["data"]["text"] for task in corpus.tasks()}
    assert len(corpus.tasks()) == 4
    assert ["neu da" in texts[f"a-000{number}"] for number in range(4)] == [True, False, False, False]
    # The way out: the work is fetched and the task removed by hand.
    corpus.api("DELETE", f"/api/tasks/{annotated}/", None)
    assert corpus.push() == 1
    assert corpus.summary["older_text"] == ["a-0002", "a-0003"]
    assert "neu da" in corpus.task("a-0001")["data"]["text"]


def test_changed_metadata_reach_the_task_and_its_annotations_stay(corpus: Corpus) -> None:
    corpus.write(*make(range(2)))
    corpus.push()
    before = corpus.task("a-0000")
    corpus.annotate(before["id"])
    corpus.write(article(0, url="https://example.org/neu"))
    assert corpus.push() == 0
    assert "changed the metadata of 1 task" in corpus.said
    after = corpus.task("a-0000")
    assert after["id"] == before["id"]
    assert after["data"] == before["data"] | {"url": "https://example.org/neu"}
    assert len(after["annotations"]) == 1


def test_tasks_of_no_article_and_of_others_are_named_and_left(corpus: Corpus) -> None:
    corpus.write(*make(range(3)))
    corpus.push()
    del corpus.articles["a-0001"]
    corpus.write()
    # The second one bears an article's id by chance: no text_sha256 says that wortlaut sent it.
    for data in ({"text": "fremd"}, {"text": "fremd", "article_id": "a-0000"}):
        corpus.api("POST", "/api/tasks/", {"project": corpus.project, "data": data})
    assert corpus.push() == 0
    assert "no longer in the corpus: a-0001" in corpus.said
    assert "2 tasks that wortlaut did not send" in corpus.said
    assert len(corpus.tasks()) == 5


def test_doubles_are_named_and_removed_only_when_asked_and_untouched(corpus: Corpus) -> None:
    corpus.write(*make(range(4)))
    corpus.push()
    data = {number: corpus.task(f"a-000{number}")["data"] for number in range(3)}
    mine = {number: corpus.task(f"a-000{number}")["id"] for number in range(3)}
    corpus.api("POST", f"/api/projects/{corpus.project}/import", [{"data": data[number]} for number in range(3)])
    copies = {
        number: task["id"]
        for task in corpus.tasks()
        for number in range(3)
        if task["data"] == data[number] and task["id"] != mine[number]
    }
    corpus.annotate(copies[1])  # the copy is worked on: it is the article's task now
    corpus.annotate(mine[2])
    corpus.api("POST", f"/api/tasks/{copies[2]}/drafts", {"result": [], "lead_time": 1})  # both are worked on
    assert corpus.push() == 1
    assert "more than one task has the text of a-0000, a-0001, a-0002" in corpus.said
    assert len(corpus.tasks()) == 7
    assert corpus.push("--remove-doubles") == 1
    assert "removed as doubles 2 tasks" in corpus.said
    ids = {task["id"] for task in corpus.tasks()}
    assert {mine[0], copies[1], mine[2], copies[2]} <= ids
    assert len(ids) == 5


class SecondRules(rules.PressRules, frozen=True):
    """Other predictions under another version: the speaker's name is all that is found."""

    version: str = "2"

    def annotate(self, article: Article, scheme: Scheme) -> PreAnnotation:
        found = PRESS_RULES().annotate(article, scheme)
        return PreAnnotation(spans=tuple(span for span in found.spans if span.label == "PER"))


def test_new_predictions_replace_ours_alone_and_take_effect(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus.write(*make(range(4)))
    corpus.push()
    task = corpus.task("a-0001")
    prediction = task["predictions"][0]["id"]
    corpus.annotate(task["id"], {"parent_prediction": prediction})
    other = {"task": task["id"], "model_version": "anderes/7", "result": []}
    corpus.api("POST", "/api/predictions/", other)
    monkeypatch.setattr(chosen, "PressRules", SecondRules)
    assert corpus.push() == 0, corpus.said
    assert "given new predictions to 4 tasks" in corpus.said
    assert corpus.versions() == {
        "a-0000": ["press-de-rules/2"], "a-0001": ["anderes/7", "press-de-rules/2"],
        "a-0002": ["press-de-rules/2"], "a-0003": ["press-de-rules/2"],
    }  # fmt: skip
    assert corpus.remote()["model_version"] == "press-de-rules/2"
    following = corpus.api("GET", f"/api/projects/{corpus.project}/next/", None)
    assert [one["value"]["labels"] for one in following["predictions"][0]["result"]] == [["PER"]]
    (annotation,) = corpus.task("a-0001")["annotations"]
    assert annotation["parent_prediction"] == prediction
    assert annotation["result"][0]["value"]["labels"] == ["MISC"]
    assert corpus.push() == 0
    assert "nothing to do" in corpus.said


def test_an_interrupted_replacement_is_finished_by_the_next_run(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus.write(*make(range(6)))
    corpus.push()
    calls = 0

    def interrupted(*arguments: Any, **more: Any) -> Brought:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyboardInterrupt
        return bring(*arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(chosen, "PressRules", SecondRules)
        patch.setattr("wortlaut.annotation.studio.renewal.bring", interrupted)
        assert corpus.push() == 130
        counted = Counter(version for versions in corpus.versions().values() for version in versions)
        assert counted == {"press-de-rules/1": 3, "press-de-rules/2": 3}
        patch.setattr("wortlaut.annotation.studio.renewal.bring", bring)
        assert corpus.push() == 0
    assert "given new predictions to 3 tasks" in corpus.said
    assert set(map(tuple, corpus.versions().values())) == {("press-de-rules/2",)}


def test_without_the_notes_each_prediction_is_looked_at_and_mended(corpus: Corpus) -> None:
    corpus.write(*make(range(4)))
    corpus.push()
    notes = corpus.folder / ".studio" / "sent.jsonl"
    assert notes.stat().st_mode & 0o777 == 0o600
    notes.unlink()
    assert corpus.push() == 0
    assert "nothing to do" in corpus.said
    first, second, third = (corpus.task(f"a-000{number}") for number in range(3))
    corpus.api("PATCH", f"/api/predictions/{first['predictions'][0]['id']}/", {"result": []})
    twin = {"task": second["id"], "model_version": "press-de-rules/0", "result": []}
    corpus.api("POST", "/api/predictions/", twin)
    corpus.api("DELETE", f"/api/predictions/{third['predictions'][0]['id']}/", None)
    notes.write_text("nonsense\n{", encoding="utf-8")
    assert corpus.push() == 0
    assert corpus.summary["predicted"] == 3
    assert set(map(tuple, corpus.versions().values())) == {("press-de-rules/1",)}
    assert corpus.task("a-0000")["predictions"][0]["result"] == first["predictions"][0]["result"]


def miscount(project: Project, task_ids: Sequence[int], count: int) -> None:
    """Leave the counts that a server does which is killed between saving predictions and counting them."""
    database = studio_home(project).path("data") / "label_studio.sqlite3"
    with closing(sqlite3.connect(database, timeout=60)) as connection, connection:
        connection.executemany(
            "update task set total_predictions = ? where id = ?", [(count, task_id) for task_id in task_ids]
        )


@pytest.mark.parametrize("count", [0, 2])
def test_wrong_counts_of_predictions_on_the_server_are_mended(
    corpus: Corpus, studio_project: Project, count: int
) -> None:
    corpus.write(*make(range(4)))
    corpus.push()
    before = {task["id"]: task["predictions"] for task in corpus.tasks()}
    wrong = sorted(before)[:2]
    miscount(studio_project, wrong, count)
    assert corpus.push("--no-predictions") == 0
    corpus.write(article(4))
    assert corpus.push() == 0, corpus.said
    assert "had the server count the predictions anew of 2 tasks" in corpus.said
    assert "given new predictions" not in corpus.said
    assert corpus.summary["with_predictions"] == 5
    assert {task["total_predictions"] for task in corpus.tasks()} == {1}
    held = {task["id"]: task["predictions"] for task in corpus.tasks()}
    for task_id, predictions in before.items():
        assert [one["result"] for one in held[task_id]] == [one["result"] for one in predictions]
    assert corpus.push() == 0
    assert "nothing to do" in corpus.said


def test_counts_that_go_wrong_during_a_push_are_mended_in_it(
    corpus: Corpus, studio_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus.write(*make(range(3)))
    flush = Importer.flush

    def flush_and_miscount(importer: Importer) -> None:
        flush(importer)
        miscount(studio_project, [corpus.task("a-0000")["id"], corpus.task("a-0002")["id"]], 0)

    monkeypatch.setattr(Importer, "flush", flush_and_miscount)
    assert corpus.push() == 0, corpus.said
    assert corpus.summary["recounted"] == 2
    assert corpus.summary["with_predictions"] == 3


def test_a_task_of_an_older_text_that_was_left_is_removed_and_told(corpus: Corpus) -> None:
    corpus.write(*make(range(2)))
    corpus.push()
    data = corpus.task("a-0000")["data"]
    corpus.write(article(0, text="Das steht neu da."))
    corpus.push()
    corpus.api("POST", f"/api/projects/{corpus.project}/import", [{"data": data}])
    assert corpus.push("--dry-run") == 0
    assert "would have removed, of an older text, 1 task" in corpus.said
    assert corpus.push() == 0
    assert "removed, of an older text, 1 task" in corpus.said
    assert len(corpus.tasks()) == 2
    # One of the two is the task that is replaced.
    corpus.api("POST", f"/api/projects/{corpus.project}/import", [{"data": data}])
    corpus.write(article(0, text="Das steht noch neuer da."))
    assert corpus.push() == 0
    assert "replaced, whose text changed, 1 task; removed, of an older text, 1 task\n" in corpus.said
    assert len(corpus.tasks()) == 2


def test_work_that_begins_during_a_push_keeps_its_task(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus.write(*make(range(2)))
    corpus.push()
    task_id = corpus.task("a-0000")["id"]
    corpus.write(article(0, text="Das steht neu da."))
    finish = Renewal.finish

    def finish_and_draft(renewal: Renewal) -> None:
        finish(renewal)
        corpus.api("POST", f"/api/tasks/{task_id}/drafts", {"result": [], "lead_time": 1})

    monkeypatch.setattr(Renewal, "finish", finish_and_draft)
    assert corpus.push() == 1
    assert "somebody has worked on an older text: a-0000" in corpus.said
    assert task_id in {task["id"] for task in corpus.tasks()}


def test_predictions_can_come_later_and_somebody_elses_choice_of_a_model_stays(corpus: Corpus) -> None:
    corpus.write(*make(range(3)))
    assert corpus.push("--no-predictions") == 0
    assert corpus.summary["with_predictions"] == 0
    assert corpus.push("--only", "a-0001") == 0
    assert corpus.versions() == {"a-0000": [], "a-0001": ["press-de-rules/1"], "a-0002": []}
    assert corpus.summary["gone"] == []
    corpus.api(
        "POST", "/api/predictions/", {"task": corpus.task("a-0000")["id"], "model_version": "eigen", "result": []}
    )
    corpus.api("PATCH", f"/api/projects/{corpus.project}/", {"model_version": "eigen"})
    assert corpus.push() == 0
    assert "starts from the predictions of eigen, as somebody chose" in corpus.said
    assert corpus.remote()["model_version"] == "eigen"
    assert corpus.summary["with_predictions"] == 3
    assert corpus.push("--only", "a-1") == 2
    assert "there is no article 'a-1'" in corpus.said


def test_a_project_that_was_deleted_is_missed_and_made_anew_only_when_asked(corpus: Corpus) -> None:
    corpus.write(*make(range(2)))
    corpus.push()
    old = corpus.project
    corpus.api("DELETE", f"/api/projects/{old}/", None)
    assert corpus.push() == 2, corpus.said
    assert f"project {old} (test" in corpus.said
    assert (
        "is not there any more. If it was deleted for good, wortlaut studio push --new makes a new one" in corpus.said
    )
    assert corpus.push("--new") == 0
    assert len(corpus.tasks()) == 2
    assert corpus.push() == 0
    assert "nothing to do" in corpus.said


def test_the_project_is_found_by_its_marker_and_two_of_them_are_named(corpus: Corpus) -> None:
    corpus.write(*make(range(2)))
    corpus.push()
    link = corpus.folder / ".studio" / "project.json"
    first = corpus.project
    corpus.api("PATCH", f"/api/projects/{first}/", {"description": f"Für alle.\n{corpus.remote()['description']}"})
    link.unlink()
    assert corpus.push() == 0
    assert corpus.project == first
    assert "nothing to do" in corpus.said
    corpus.push("--new")
    second = corpus.project
    assert second != first
    assert corpus.push() == 0
    link.unlink()
    assert corpus.push() == 2, corpus.said
    assert "2 projects on the server say that they are this corpus" in corpus.said
    assert f"{first} (test" in corpus.said
    # What a killed --new made is taken, not made again.
    corpus.api("DELETE", f"/api/projects/{second}/", None)
    third = corpus.api("POST", "/api/projects/", {"title": "leer", "description": corpus.marker()})["id"]
    assert corpus.push("--new") == 0
    assert corpus.project == third


def test_a_label_that_annotations_use_is_not_taken_away(corpus: Corpus, root: Path) -> None:
    corpus.write(*make(range(2)))
    corpus.push()
    corpus.annotate(corpus.task("a-0000")["id"])
    before = corpus.remote()["label_config"]
    scheme = (root / "schema" / "scheme.toml").read_text(encoding="utf-8")
    (corpus.folder / "schema").mkdir()
    (corpus.folder / "schema" / "scheme.toml").write_text(scheme.replace('"MISC"', '"SONST"'), encoding="utf-8")
    assert corpus.push() == 2, corpus.said
    assert "MISC" in corpus.said
    assert corpus.remote()["label_config"] == before


def test_one_push_at_a_time(corpus: Corpus) -> None:
    corpus.write(*make(range(2)))
    corpus.push()
    with locked(corpus.folder / ".studio" / ".push.lock", lambda: None):
        assert corpus.push() == 2
    assert "another wortlaut studio push of this project is at work. Wait until it has ended" in corpus.said
