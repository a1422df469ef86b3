"""Make the pictures of docs/annotators.md from the real page, with sample articles of this repository alone.

    python scripts/annotator_screenshots.py [FOLDER]

Starts a Label Studio in a project of its own, in FOLDER or a temporary one, and ends it. A FOLDER that is there from
the last time starts in seconds. Writes docs/images/annotators-*.png. Needs Chromium (WORTLAUT_CHROMIUM, or one on
the PATH) and Label Studio as ``wortlaut studio up`` does.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.studio.conftest import CHROMIUM, FLAGS, free_port  # noqa: E402 - the path stands above
from tests.studio.labeling_page import LabelingPage, logged_in  # noqa: E402

from wortlaut.annotation.studio.accounts import invite  # noqa: E402
from wortlaut.annotation.studio.server import down  # noqa: E402
from wortlaut.cli.main import run  # noqa: E402
from wortlaut.schema.project import Project, find_project  # noqa: E402

IMAGES = ROOT / "docs" / "images"
ARTICLES = ("wehra-kurier-example-2026-03-12-3dfc1cb0b3", "article-2026-01-14-05d88ce6ca")
MAX_BYTES = 250_000
WIDTH, HEIGHT = 1366, 768

# A numbered disc at the left edge of what it points to, drawn over the page.
_DISC = """([number, x, y]) => {
  const disc = document.createElement('div');
  disc.className = 'wl-disc';
  disc.textContent = number;
  disc.style.cssText = `position: fixed; left: ${x - 13}px; top: ${y - 13}px; width: 26px; height: 26px;
    z-index: 100000; border-radius: 50%; background: #c1121f; color: #fff; font: bold 15px/26px sans-serif;
    text-align: center; box-shadow: 0 0 0 2px #fff; pointer-events: none;`;
  document.body.append(disc);
}"""
_NO_DISCS = "() => document.querySelectorAll('.wl-disc').forEach(disc => disc.remove())"

Point = tuple[float, float]
Clip = tuple[int, int, int, int]


def main() -> None:
    """Fill a project, log in as its annotator, and take each picture."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        project = _project(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else Path(temporary) / "lindenau")
        with chdir(project.root):
            try:
                _succeed("studio", "up")
                _succeed("studio", "push", "--new")
                (anna,) = invite(project, ("anna",))
                with sync_playwright() as playwright:
                    browser = playwright.chromium.launch(executable_path=_chromium(), args=FLAGS)
                    _pictures(browser, anna.link, anna.email, anna.password)
                    browser.close()
            finally:
                down(project)


def _pictures(browser: Browser, link: str, email: str, password: str) -> None:
    url, _, rest = link.partition("/projects/")
    _login(browser, url, email)
    page = logged_in(browser, url, email, password, width=WIDTH, height=HEIGHT)
    _projects(page, f"{url}/projects/{rest.partition('?')[0]}")
    labeling = LabelingPage(page)
    labeling.open(link)
    _guidelines(labeling)
    _whole_page(labeling)
    _set_up(labeling)
    _span(labeling)
    _quote(labeling)
    _relation(labeling)
    _continues(labeling)
    page.context.close()


def _login(browser: Browser, url: str, email: str) -> None:
    page = browser.new_context(viewport={"width": 1100, "height": 640}).new_page()
    page.goto(f"{url}/user/login/")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", "x" * 12)
    fields = [page.locator(one) for one in ("input[name=email]", "input[name=password]", "button[type=submit]")]
    _discs(page, [_left(field) for field in fields])
    left, top, width, height = map(int, _box(page.locator("form").first))
    _save(page, "login", (left - 40, top - 80, width + 80, height + 110))
    page.context.close()


def _projects(page: Page, address: str) -> None:
    page.goto(address)
    button = page.get_by_text("Label All Tasks")
    button.wait_for()
    page.get_by_text("Nach Treffen in Hohenwerder").first.wait_for()
    _discs(page, [_left(button)])
    _save(page, "label-all-tasks", (0, 0, 1000, 300))


def _guidelines(labeling: LabelingPage) -> None:
    page = labeling.page
    page.wait_for_timeout(1000)  # the window with the guidelines slides in
    _save(page, "guidelines")
    page.keyboard.press("Escape")


def _whole_page(labeling: LabelingPage) -> None:
    page = labeling.page
    bar, text, side, submit = (labeling.box(one) for one in (".wl-bar", ".wl-text", ".wl-side", "button[name=submit]"))
    skip, undo = labeling.box("[aria-label=skip-task]"), labeling.box("[aria-label=Undo]")
    relations = labeling.box("#Relations-draggable")
    _discs(
        page,
        [
            (bar[2] - 20, bar[1] + 20),
            (text[0] + 40, text[1] + 30),
            (side[2] - 20, side[1] + 100),
            (relations[2] + 30, relations[1] + 12),
            (undo[0] + 8, undo[1] - 2),
            (skip[0], skip[1]),
            (submit[0], submit[1]),
        ],
    )
    _save(page, "page")


def _set_up(labeling: LabelingPage) -> None:
    page = labeling.page
    toggle = page.locator("#info-history .lsf-tabs-panel__toggle").last
    labeling.tidy()
    page.wait_for_timeout(400)
    page.mouse.move(500, 500)
    page.evaluate(_NO_DISCS)
    _discs(page, [_left(toggle), _left(page.locator("#Relations-draggable"))])
    _save(page, "set-up", (WIDTH - 340, 44, 340, 300))


def _span(labeling: LabelingPage) -> None:
    page = labeling.page
    labeling.mark("2", "Republik Tarvonien")
    labeling.place("Republik Tarvonien")
    page.mouse.move(700, 700)
    left, line, _, _ = labeling.place("Republik Tarvonien")
    label = page.locator(".wl-bar .lsf-label").nth(1)
    _discs(page, [_left(label), (left, line - 16)])
    _save(page, "span", (0, 48, 750, 480))


def _quote(labeling: LabelingPage) -> None:
    page = labeling.page
    labeling.select("„Wer behauptet")
    left, line, _, _ = labeling.place("„Wer behauptet")
    region = labeling.box(".wl-region.wl-title")
    note = labeling.box(".wl-region textarea")
    _discs(page, [(left, line - 16), (region[2] - 14, region[1] + 16), (note[2] - 4, note[1] + 4)])
    _save(page, "quote", (0, 48, 1046, 672))
    labeling.press("Escape")


def _relation(labeling: LabelingPage) -> None:
    page = labeling.page
    labeling.mark("9", "er", _nth(labeling, "er", "er hinzu"))
    labeling.mark("q", "„Mehr“")
    labeling.relate("„Mehr“", "er", nth=(0, _nth(labeling, "er", "er hinzu")))
    labeling.press("Escape")
    entry = labeling.newest_relation()
    entry.hover()
    more = entry.get_by_label("Show Relation Labels")
    button = _left(more)
    more.click()
    menu = entry.locator(".lsf-relation-meta button")
    menu.wait_for()
    quote, tail = labeling.place("„Mehr“"), labeling.place("er hinzu")
    _discs(page, [(quote[0] - 4, quote[1] - 18), (tail[0] + 4, tail[1] - 22), button, _left(menu)])
    _save(page, "relation", (0, 48, WIDTH, 560))
    menu.click()
    option = page.get_by_role("option", name="SPEAKER", exact=True)
    option.wait_for()
    page.wait_for_timeout(400)  # the menu slides open
    _save(page, "relation-menu", (WIDTH - 340, 44, 340, 520))
    option.click()


def _continues(labeling: LabelingPage) -> None:
    page = labeling.page
    labeling.relate("„wird es vor", "„Mehr“")
    labeling.name_relation("CONTINUES")
    labeling.press("Escape")
    page.mouse.move(700, 200)
    labeling.place("„Mehr“")
    second = labeling.place("„wird es vor")
    first = labeling.place("„Mehr“")
    page.wait_for_timeout(400)  # the arrows follow the text
    # Both stand on one line; the discs between it and the line above.
    _discs(page, [(first[0] - 4, first[1] - 22), (second[0] + 20, first[1] - 22)])
    top = int(first[1]) - 130
    _save(page, "continues", (0, top, 760, 260))


def _nth(labeling: LabelingPage, short: str, longer: str) -> int:
    """Say how many times ``short`` stands in the text before it begins ``longer``."""
    text = str(labeling.page.evaluate("() => window.Htx.task.dataObj.text"))
    return text[: text.index(longer)].count(short)


def _discs(page: Page, points: Sequence[Point]) -> None:
    for number, (x, y) in enumerate(points, 1):
        page.evaluate(_DISC, [number, x, y])


def _left(found: Locator) -> Point:
    left, top, _, height = _box(found)
    return left - 4, top + height / 2


def _box(found: Locator) -> tuple[float, float, float, float]:
    box = found.bounding_box()
    if box is None:
        sys.exit(f"not to be seen: {found}")
    return box["x"], box["y"], box["width"], box["height"]


def _save(page: Page, name: str, clip: Clip = (0, 0, WIDTH, HEIGHT)) -> None:
    """Take a picture, with few colours so that it is small; then take the discs away."""
    left, top, width, height = clip
    taken = page.screenshot(clip={"x": max(left, 0), "y": max(top, 0), "width": width, "height": height})
    page.evaluate(_NO_DISCS)
    path = IMAGES / f"annotators-{name}.png"
    Image.open(io.BytesIO(taken)).convert("RGB").quantize(192, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)} {size:,} bytes")
    if size >= MAX_BYTES:
        sys.exit(f"{path} is too large")


def _project(folder: Path) -> Project:
    (folder / "corpus").mkdir(parents=True, exist_ok=True)
    (folder / "annotation").mkdir(exist_ok=True)
    settings = f'name = "lindenau"\n[studio]\nport = {free_port()}\nmaximum_annotations = 2\n'
    (folder / "wortlaut.toml").write_text(settings, encoding="utf-8")
    lines = (ROOT / "corpus" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    chosen = {article: line for line in lines if (article := json.loads(line)["article_id"]) in ARTICLES}
    text = "".join(f"{chosen[name]}\n" for name in ARTICLES)
    (folder / "corpus" / "articles.jsonl").write_text(text, encoding="utf-8")
    shutil.copy2(ROOT / "annotation" / "guidelines.md", folder / "annotation")
    return find_project(folder)


def _succeed(*command: str) -> None:
    if run(list(command)) != 0:
        sys.exit(f"wortlaut {' '.join(command)} failed")


def _chromium() -> str:
    found = os.environ.get("WORTLAUT_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    return found or sys.exit("there is no Chromium on the PATH; set WORTLAUT_CHROMIUM")


if __name__ == "__main__":
    main()
