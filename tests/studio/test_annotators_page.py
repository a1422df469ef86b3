"""The annotator's page with a long article, in windows of three sizes: all is in view, and every hotkey works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser
from tests.studio.labeling_page import LabelingPage, logged_in

from wortlaut.annotation.config import labeling_config
from wortlaut.annotation.preannotate.rules import PressRules
from wortlaut.annotation.tasks import checked_task
from wortlaut.corpus.compose import compose
from wortlaut.corpus.draft import Draft, Piece
from wortlaut.corpus.store import latest_articles
from wortlaut.schema.article import Article, RawSource
from wortlaut.schema.scheme import default_scheme

pytestmark = [pytest.mark.studio, pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("studio")]

Api = Callable[[str, str, object], Any]
Shown = Callable[[int, int], LabelingPage]

SIZES = ((1366, 768), (1500, 1100), (1920, 1080))
PRESS = default_scheme()
# The last span of the article: a quote at its very end.
END = "„Das war es, und mehr sage ich dazu nicht“"


@pytest.fixture(scope="module")
def link(root: Path, studio_url: str, studio_api: Api) -> Iterator[str]:
    """The label stream of a project with one article of 5,000 characters that ends in a quote."""
    article = _long_article(root / "corpus" / "articles.jsonl")
    assert 5000 <= len(article.text) < 5600
    settings = {"title": "Langer Artikel", "label_config": labeling_config(PRESS), "maximum_annotations": 99}
    project = studio_api("POST", "/api/projects/", settings)["id"]
    task = checked_task(article, PRESS, [PressRules()])
    studio_api("POST", f"/api/projects/{project}/import", [msgspec.to_builtins(task)])
    yield f"{studio_url}/projects/{project}/data?labeling=1"
    studio_api("DELETE", f"/api/projects/{project}/", None)


@pytest.fixture
def shown(browser: Browser, studio_url: str, studio_login: tuple[str, str], link: str) -> Iterator[Shown]:
    """Shows the article in a window of this width and height."""
    with ExitStack() as stack:

        def show(width: int, height: int) -> LabelingPage:
            page = logged_in(browser, studio_url, *studio_login, width=width, height=height)
            stack.callback(page.context.close)
            labeling = LabelingPage(page)
            labeling.open(link)
            return labeling

        yield show


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_all_is_in_view_while_the_last_quote_of_a_long_article_is_selected(
    shown: Shown, artefacts: Path, width: int, height: int
) -> None:
    labeling = shown(width, height)
    page = labeling.page
    names, covered = labeling.covered()
    assert names > 10
    assert covered == []

    labeling.select(END)
    page.screenshot(path=artefacts / f"annotators-page-{width}x{height}.png")
    boxes = {
        "label bar": labeling.box(".wl-bar"),
        "last label": labeling.box(".wl-bar .lsf-label >> nth=-1"),
        "speaker status": labeling.box(".wl-region.wl-title"),
        "note": labeling.box(".wl-region textarea"),
        "submit": labeling.box("button[aria-label='Submit current annotation']"),
        "relations": labeling.box("#Relations-draggable"),
    }
    for name, (left, top, right, bottom) in boxes.items():
        assert left >= 0, name
        assert top >= 0, name
        assert right <= width, name
        assert bottom <= height, name
    # The window itself never scrolls: only the text does, under the labels and above the buttons.
    assert page.evaluate("() => document.documentElement.scrollHeight <= innerHeight")
    left, line, right, _ = labeling.place(END)
    assert boxes["label bar"][3] < line < boxes["submit"][1]
    assert right < boxes["speaker status"][0]
    # And the selected quote is not hidden by anything: a click there meets the text.
    assert page.evaluate(
        "([x, y]) => !!document.elementFromPoint(x, y).closest('[class*=richtext__container]')", [left + 6, line]
    )


def test_every_hotkey_does_what_the_page_says(shown: Shown) -> None:
    labeling = shown(1366, 768)
    spans = len(labeling.spans())
    labeling.select(END)
    for label in PRESS.labels:
        labeling.relabel(label.hotkey, label.name)
    assert len(labeling.spans()) == spans
    # Label Studio's own keys for one letter, which none of ours may be.
    hotkeys = [label.hotkey for label in PRESS.labels]
    hotkeys += [option.hotkey for choice in PRESS.choices for option in choice.options]
    assert "u" not in hotkeys
    assert len(set(hotkeys)) == len(hotkeys)

    labeling.relabel("q", "DIRECT")
    for choice in PRESS.choices:
        for option in choice.options:
            if _values(labeling, choice.name, END) != [option.name]:  # the same key again would take it back
                labeling.press(option.hotkey)
            if choice.scope == "region":
                # A single choice: the next takes the place of the one before.
                assert _values(labeling, choice.name, END) == [option.name]
    documents = [choice for choice in PRESS.choices if choice.scope == "document"]
    for choice in documents:
        assert _values(labeling, choice.name, None) == [option.name for option in choice.options]
    # The same key again takes it back.
    labeling.press(PRESS.choices[0].options[-1].hotkey)
    assert _values(labeling, PRESS.choices[0].name, END) == []

    # A hint in German stands over a label that the mouse rests on.
    labeling.page.locator(".wl-bar").get_by_text("MENTION").hover()
    hint = labeling.page.get_by_test_id("tooltip-body")
    assert hint.inner_text().startswith("Erwähnung: Pronomen oder Nominalgruppe")


def _values(labeling: LabelingPage, name: str, text: str | None) -> list[str]:
    found = [one["value"] for one in labeling.result if one.get("from_name") == name]
    return [value for one in found if one.get("text") == text for value in one["choices"]]


def _long_article(store: Path) -> Article:
    """Join sample articles to one of 5,000 characters whose last words are a quote."""
    pieces = [Piece(kind="headline", text="Ein langer Tag in Lindenau")]
    size = len(pieces[0].text)
    for paragraph in (text for article in latest_articles(store) for text in article.paragraphs):
        if size >= 5000:
            break
        pieces.append(Piece(kind="paragraph", text=paragraph))
        size += len(paragraph) + 2
    pieces.append(Piece(kind="paragraph", text=f"{END}, sagte Bürgermeisterin Marlene Voss."))
    draft = Draft(article_id="lang-1", pieces=tuple(pieces), publisher="Wehra-Kurier", byline=("Ida Brandt",))
    return compose(draft, RawSource(name="lang.txt", format="text", sha256="0" * 64))
