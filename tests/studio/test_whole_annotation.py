"""The whole way of a lead and two annotators: up, push, invite, annotate in a browser, status, pull, build, load.

Every command is run as a process of its own in the project's folder, every annotation is made with mouse and keyboard
in Chromium, and in the end a user's ``datasets.load_dataset`` finds what was drawn.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import datasets
import pytest
from playwright.sync_api import Browser
from tests.studio.labeling_page import LabelingPage, logged_in

from wortlaut.schema.project import RIGHTS, Project

pytestmark = [pytest.mark.studio, pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("studio")]

# With emoji before names: pictures, families, flags, skin tones.
TRAIN = "article-2026-01-14-05d88ce6ca"
BRIDGE = "wehra-kurier-example-2026-03-12-3dfc1cb0b3"
JOURNEY = '"Beste Zugfahrt meines Lebens 🎉👩‍👩‍👧‍👦"'
WELCOME = '"Willkommen! 🥐 Der Bäcker am Bahnhof hat schon offen"'


def test_from_the_corpus_through_two_annotators_into_a_dataset(
    root: Path, studio_copy: Project, browser: Browser, artefacts: Path, tmp_path: Path
) -> None:
    folder = studio_copy.root
    _corpus(root, folder)
    started = _wortlaut(folder, "studio", "up")
    assert "log in as" in started.stdout
    assert "sent 2 tasks" in _wortlaut(folder, "studio", "push").stderr
    assert "nothing to do" in _wortlaut(folder, "studio", "push").stderr
    anna, ben = json.loads(_wortlaut(folder, "studio", "invite", "anna", "ben", "--json").stdout)

    _anna_annotates(browser, anna, artefacts)
    _ben_annotates(browser, ben, artefacts)

    status = json.loads(_wortlaut(folder, "studio", "status", "--json").stdout)
    assert {one["name"]: one["submitted"] for one in status["annotators"] if one["submitted"]} == {"anna": 2, "ben": 1}
    assert (status["progress"]["complete"], status["progress"]["remaining"]) == (1, 1)

    pulled = _wortlaut(folder, "studio", "pull", exit_codes=(0, 1))
    assert "2 tasks, 3 annotations, 0 skipped" in pulled.stderr
    # The server keeps the file of a deleted snapshot, which names everybody.
    assert not [*(folder / ".studio" / "data" / "media" / "export").rglob("*.json")]
    (export,) = (folder / "annotation" / "exports").glob("*.json")
    report = json.loads(_wortlaut(folder, "check", str(export), "--format", "json", exit_codes=(0, 1)).stdout)
    assert [found for found in report["findings"] if found["level"] == "error"] == []
    _holds_nobody(export.read_text(encoding="utf-8"))

    shutil.copy(root / RIGHTS, folder / RIGHTS)
    built = json.loads(_wortlaut(folder, "build", "--json").stdout)
    for path in Path(built["path"]).rglob("*"):
        if path.suffix in {".md", ".json", ".toml"}:
            _holds_nobody(path.read_text(encoding="utf-8"))
    _dataset_holds_what_was_drawn(Path(built["path"]), tmp_path / "cache")


def _anna_annotates(browser: Browser, anna: dict[str, str], artefacts: Path) -> None:
    """She corrects what was proposed, draws what was missed, and submits both articles."""
    page = _annotator(browser, anna)
    try:
        labeling = LabelingPage(page)
        labeling.open(anna["link"])
        labeling.settle(TRAIN)
        page.screenshot(path=artefacts / "whole-1-guidelines.png")
        assert "Richtlinien für die Annotation" in page.inner_text("[class*=modal-ls__body]")
        labeling.press("Escape")
        page.locator("[class*=modal-ls__body]").wait_for(state="detached")
        labeling.tidy()
        # The predictions are there to be corrected.
        assert ("PER", "Mira Okafor") in labeling.spans()
        assert ('"Glück, das man nicht zweimal hat"', "SPEAKER", "Detlef Krahn") in labeling.relations()
        page.screenshot(path=artefacts / "whole-2-predicted.png")

        # After two emoji: drawn with the wrong label, then given the right one.
        labeling.mark("3", "Wehratalbahn")
        assert labeling.spans()[-1] == ("GPE", "Wehratalbahn")
        labeling.select("Wehratalbahn")
        labeling.relabel("2", "ORG")
        # After a family of four in one character: the speaker of the quote before.
        labeling.mark("9", "ein Vater")
        labeling.relate(JOURNEY, "ein Vater")
        labeling.name_relation("SPEAKER")
        assert (JOURNEY, "SPEAKER", "ein Vater") in labeling.relations()
        # A quote whose speaker the text does not name.
        labeling.select(WELCOME)
        labeling.press("x")
        assert page.get_by_label("nicht genannt").is_checked()
        page.screenshot(path=artefacts / "whole-3-speaker.png")
        # A proposal that is wrong.
        labeling.select("Bäcker")
        labeling.press("Backspace")
        assert ("ROLE", "Bäcker") not in labeling.spans()
        for quote in ('"wir sind pünktlich', '"Bei uns', '"einen neuen'):
            labeling.select(quote)
            labeling.press("x")
        page.screenshot(path=artefacts / "whole-4-annotated.png")
        labeling.submit()

        labeling.settle(BRIDGE)
        # What the rules left: the first piece of a quote that goes on behind its frame, without the comma after it.
        labeling.mark("q", "„Mehr“")
        labeling.relate("„wird es vor", "„Mehr“")
        labeling.name_relation("CONTINUES")
        labeling.select("„Mehr“")
        labeling.press("x")
        page.screenshot(path=artefacts / "whole-5-continues.png")
        labeling.submit(by_key=False)
        page.get_by_text("No More Tasks Left in Queue").wait_for()
    finally:
        page.context.close()


def _ben_annotates(browser: Browser, ben: dict[str, str], artefacts: Path) -> None:
    """He opens the same article, sees nothing of her work, and does it his own way."""
    page = _annotator(browser, ben)
    try:
        labeling = LabelingPage(page)
        labeling.open(ben["link"])
        labeling.settle(TRAIN)
        labeling.press("Escape")
        assert ("ROLE", "Bäcker") in labeling.spans()
        assert "Wehratalbahn" not in [text for _, text in labeling.spans()]
        labeling.mark("8", "Wehratalbahn")
        page.screenshot(path=artefacts / "whole-6-second-annotator.png")
        labeling.submit()
        labeling.settle(BRIDGE)
    finally:
        page.context.close()


def _dataset_holds_what_was_drawn(release: Path, cache: Path) -> None:
    def rows(config: str) -> list[dict[str, Any]]:
        loaded = datasets.load_dataset(str(release), config, cache_dir=str(cache))["train"]
        return list(loaded)

    texts = {row["doc_id"]: row["text"] for row in rows("documents")}
    assert set(texts) == {TRAIN, BRIDGE}
    # The main layer is that of whom submitted first: anna's.
    drawn = [row for row in rows("entities") if row["origin"] == "manual"]
    assert [(row["doc_id"], row["label"], row["text"]) for row in drawn] == [
        (TRAIN, "ORG", "Wehratalbahn"),
        (TRAIN, "MENTION", "ein Vater"),
    ]
    for row in drawn:
        assert texts[row["doc_id"]][row["start"] : row["end"]] == row["text"]
    assert drawn[0]["left"].endswith("🚂😂\n\nEin Nachtzug der ")
    assert not [row for row in rows("entities") if row["text"] == "Bäcker"]

    relations = [(row["label"], row["head_text"], row["tail_text"]) for row in rows("relations")]
    assert ("SPEAKER", JOURNEY, "ein Vater") in relations

    quotes = {row["text"]: row for row in rows("quotes")}
    assert quotes[JOURNEY]["speaker_texts"] == ["ein Vater"]
    assert quotes[WELCOME]["speaker_status"] == "unknown"
    continued = quotes["„Mehr“ „wird es vor den Wahlen im Herbst nicht geben.“"]
    assert [part["text"] for part in continued["fragments"]] == [
        "„Mehr“",
        "„wird es vor den Wahlen im Herbst nicht geben.“",
    ]

    layers = [row for row in rows("annotators") if row["doc_id"] == TRAIN]
    assert {row["annotator"] for row in layers} == {"annotator-1", "annotator-2"}
    labels = [entity["label"] for row in layers for entity in row["entities"] if entity["text"] == "Wehratalbahn"]
    assert sorted(labels) == ["MISC", "ORG"]


def _annotator(browser: Browser, person: dict[str, str]) -> Any:
    return logged_in(browser, person["link"].partition("/projects/")[0], person["email"], person["password"])


def _holds_nobody(text: str) -> None:
    assert "wortlaut.local" not in text
    assert '"anna"' not in text.casefold()


def _corpus(root: Path, folder: Path) -> None:
    """Put two sample articles and the guidelines into the project, for two annotators each."""
    lines = (root / "corpus" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    chosen = {name: line for line in lines if (name := json.loads(line)["article_id"]) in {TRAIN, BRIDGE}}
    (folder / "corpus").mkdir()
    (folder / "corpus" / "articles.jsonl").write_text(f"{chosen[TRAIN]}\n{chosen[BRIDGE]}\n", encoding="utf-8")
    (folder / "annotation").mkdir()
    shutil.copy2(root / "annotation" / "guidelines.md", folder / "annotation")
    with (folder / "wortlaut.toml").open("a", encoding="utf-8") as settings:
        settings.write("maximum_annotations = 2\n")


def _wortlaut(folder: Path, *arguments: str, exit_codes: Iterable[int] = (0,)) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "wortlaut", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        check=False,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode in exit_codes, f"wortlaut {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
    return done
