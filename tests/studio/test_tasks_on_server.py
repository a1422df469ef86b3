"""The tasks of the sample corpus, and one with every nasty character, on a real Label Studio in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Page, Response

from wortlaut.annotation.config import labeling_config
from wortlaut.annotation.preannotate.rules import PressRules
from wortlaut.annotation.tasks import write_tasks
from wortlaut.cli.main import run
from wortlaut.corpus.compose import compose
from wortlaut.corpus.draft import Draft, Piece
from wortlaut.corpus.store import latest_articles
from wortlaut.schema.article import Article, RawSource
from wortlaut.schema.scheme import default_scheme
from wortlaut.schema.task import PredictedChoice, PredictedRelation, PredictedSpan, Task

pytestmark = [pytest.mark.studio, pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("studio-too")]

Api = Callable[[str, str, object], Any]

SCRIPT = "<script>window.wortlautRan = 'script'</script>"
IMAGE = "<img src=x onerror=\"window.wortlautRan='img'\">"
NASTY = Draft(
    article_id="nasty-1",
    pieces=(
        Piece(kind="headline", text="👩‍👩‍👧‍👦 Weber: „Wir bleiben 🇩🇪“"),
        Piece(kind="lead", text=f"Wer {SCRIPT} oder {IMAGE} tippt, &amp; wartet."),
        Piece(
            kind="paragraph",
            text="𝔘nd 🤷🏽‍♀️ שלום עולם, sagte Bürgermeisterin Anna Weber am Freitag: „سلام ist ein Wort.“",
        ),
        Piece(
            kind="paragraph", text="Es kostet $text und {{text}}. „Ja“, sagte sie, „und zwar 🎉 bald.“ Peking lehnt ab."
        ),
    ),
    publisher="$text <b>Bote</b>",
    byline=("<script>window.wortlautRan = 'byline'</script>",),
)

SHOWN = """() => {
  const classes = [...document.querySelectorAll("[class*=htx-highlight]")].map(e => e.className);
  const regions = classes.map(c => /htx-highlight-(\\S+)/.exec(c)).filter(Boolean).map(m => m[1]);
  return {
    regions: new Set(regions).size,
    relations: window.Htx.annotationStore.selected.relationStore.relations.length,
    task: window.Htx.task.id,
    ran: window.wortlautRan ?? null,
  };
}"""


@pytest.fixture(scope="module")
def tasks(root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Task]:
    folder = tmp_path_factory.mktemp("tasks")
    store = folder / "articles.jsonl"
    assert run(["ingest", str(root / "corpus" / "raw"), "--into", str(store)]) == 0
    articles = [*latest_articles(store), _article(NASTY)]
    assert len(articles) > 10
    summary = write_tasks(articles, folder / "out", default_scheme(), annotators=[PressRules()])
    return [task for file in summary.files for task in msgspec.json.decode(file.read_bytes(), type=list[Task])]


def test_annotators_see_submit_and_export_what_was_predicted(
    studio_url: str, studio_api: Api, annotator_page: Page, artefacts: Path, tasks: list[Task]
) -> None:
    settings = {"title": "wortlaut tasks", "label_config": labeling_config(default_scheme())}
    project = studio_api("POST", "/api/projects/", settings)["id"]
    wire = msgspec.json.decode(msgspec.json.encode(tasks))
    answer = studio_api("POST", f"/api/projects/{project}/import?return_task_ids=true", wire)
    assert answer["prediction_count"] == len(tasks)
    by_id = dict(zip(answer["task_ids"], tasks, strict=True))

    errors: list[str] = []
    page = annotator_page
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("dialog", lambda dialog: errors.append(f"dialog: {dialog.message}"))
    page.goto(f"{studio_url}/projects/{project}/data?labeling=1")
    for task_id, task in by_id.items():
        page.wait_for_function(f"() => window.Htx?.task?.id == {task_id} && window.Htx.annotationStore.selected")
        page.wait_for_selector("[class*=richtext__line]")
        spans, relations, _ = _predicted(task)
        # The highlights are drawn a moment after the text.
        page.wait_for_function(f"() => ({SHOWN})().regions >= {len(spans)}", timeout=20_000)
        shown = page.evaluate(SHOWN)
        name = task.data.article_id
        page.screenshot(path=artefacts / f"task-{name}.png")
        assert shown == {"regions": len(spans), "relations": len(relations), "task": task_id, "ran": None}, name
        assert errors == [], name
        text = page.inner_text("[class*=richtext__container]")
        if name == NASTY.article_id:
            assert SCRIPT in text
            assert "$text und {{text}}" in text
        with page.expect_response(_stores_annotation) as response:
            page.click("button[aria-label='Submit current annotation']")
        assert response.value.status == 201, name
    assert errors == []

    exported = studio_api("GET", f"/api/projects/{project}/export?exportType=JSON", None)
    assert len(exported) == len(tasks)
    for item in exported:
        task = by_id[item["id"]]
        assert item["data"]["text"] == task.data.text
        assert _exported(item["annotations"][0]["result"]) == _predicted(task), task.data.article_id


def _stores_annotation(response: Response) -> bool:
    return response.request.method == "POST" and "/annotations" in response.url


def _predicted(task: Task) -> tuple[set[object], set[object], set[object]]:
    spans: set[object] = set()
    relations: set[object] = set()
    choices: set[object] = set()
    for prediction in task.predictions:
        for result in prediction.result:
            match result:
                case PredictedSpan():
                    spans.add((result.id, result.value.start, result.value.end, result.value.labels))
                case PredictedRelation():
                    relations.add((result.from_id, result.to_id, result.labels))
                case PredictedChoice():
                    choices.add((result.id, result.from_name, result.value.choices))
    return spans, relations, choices


def _exported(results: Iterable[dict[str, Any]]) -> tuple[set[object], set[object], set[object]]:
    spans: set[object] = set()
    relations: set[object] = set()
    choices: set[object] = set()
    for result in results:
        match result["type"]:
            case "labels":
                value = result["value"]
                spans.add((result["id"], value["start"], value["end"], tuple(value["labels"])))
            case "relation":
                relations.add((result["from_id"], result["to_id"], tuple(result["labels"])))
            case "choices":
                choices.add((result["id"], result["from_name"], tuple(result["value"]["choices"])))
            case other:
                pytest.fail(f"an unexpected result of type {other}")
    return spans, relations, choices


def _article(draft: Draft) -> Article:
    return compose(draft, RawSource(name="nasty.txt", format="text", sha256="0" * 64))
