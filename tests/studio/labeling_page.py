"""The annotator's page in a browser, used as a person uses it: with the mouse, the keyboard and what is to be seen.

Text is found where it is drawn, so that a drag goes over the very characters that are named. What the page holds is
read from its own store (``window.Htx``); nothing is ever written there.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Locator, Page, Response

__all__ = ["LabelingPage", "logged_in"]

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in CSS pixels of the window."""

# Where a text stands: the middle of its first character's line and of its last's. The labels behind spans and the
# names of relations are not part of the page's text.
_PLACE = """([wanted, nth]) => {
  const root = document.querySelector('[class*=richtext__container]');
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes = [];
  let all = '';
  for (let node; (node = walker.nextNode()); all += node.data) nodes.push([all.length, node]);
  let at = -1;
  for (let count = 0; count <= nth; count++) if ((at = all.indexOf(wanted, at + 1)) < 0) return null;
  const holds = place => nodes.findLast(([start]) => start <= place);
  const [from, first] = holds(at);
  const [to, last] = holds(at + wanted.length - 1);
  const range = document.createRange();
  range.setStart(first, at - from);
  range.setEnd(last, at + wanted.length - to);
  first.parentElement.scrollIntoView({block: 'center'});
  const boxes = [...range.getClientRects()].filter(box => box.width > 0);
  const [a, z] = [boxes[0], boxes.at(-1)];
  return [a.left, (a.top + a.bottom) / 2, z.right, (z.top + z.bottom) / 2];
}"""
_SETTLED = """() => {
  const annotation = window.Htx?.annotationStore?.selected;
  if (!annotation || !document.querySelector('[class*=richtext__line]')) return false;
  const classes = [...document.querySelectorAll('[class*=htx-highlight]')].map(shown => shown.className);
  const drawn = new Set(classes.map(name => /htx-highlight-(\\S+)/.exec(name)?.[1]).filter(Boolean));
  return drawn.size >= annotation.regionStore.regions.length;
}"""
_CHOSEN = "() => window.Htx.annotationStore.selected.highlightedNode"
_RESULT = "() => window.Htx.annotationStore.selected.serializeAnnotation()"
_BOX = """element => {
  const box = element.getBoundingClientRect();
  return [box.left, box.top, box.right, box.bottom];
}"""
# The names of relations that lie on text: an arrow's name against the part of each line where letters stand.
_COVERED = """() => {
  const root = document.querySelector('[class*=richtext__container]');
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const lines = [];
  for (let node; (node = walker.nextNode()); ) {
    if (!node.data.trim()) continue;
    const size = parseFloat(getComputedStyle(node.parentElement).fontSize);
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      const middle = (box.top + box.bottom) / 2;
      lines.push([box.left, middle - size / 2, box.right, middle + size / 2, node.data]);
    }
  }
  const names = [...document.querySelectorAll('.relations-overlay g g')].map(name => [
    name.textContent, name.querySelector('rect').getBoundingClientRect()]);
  const covered = names.flatMap(([name, box]) => lines.filter(([left, top, right, bottom]) =>
    left < box.right && right > box.left && top < box.bottom && bottom > box.top).map(line => [name, line[4]]));
  return [names.length, covered];
}"""


def logged_in(browser: Browser, url: str, email: str, password: str, *, width: int = 1366, height: int = 768) -> Page:
    """Give a page of a browser context of its own, logged in at Label Studio. Close the context in the end."""
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    page.goto(f"{url}/user/login/")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda address: "/user/login" not in address)
    return page


class LabelingPage:
    """The page on which an article is annotated."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, link: str) -> None:
        """Open the label stream and wait for its first article."""
        self.page.goto(link)
        self.settle()

    def settle(self, article_id: str | None = None) -> None:
        """Wait until an article (this one, if named) and all its spans are drawn."""
        if article_id is not None:
            self.page.wait_for_function(
                "id => window.Htx?.task?.dataObj?.article_id === id && window.Htx.annotationStore.selected",
                arg=article_id,
            )
        self.page.wait_for_function(_SETTLED)

    def tidy(self) -> None:
        """Set the page up as the annotators' guide says: no panel of details, all its room to the relations."""
        self.page.locator("#info-history .lsf-tabs-panel__toggle").last.click()
        self.page.locator("#Relations-draggable").click()

    @property
    def article_id(self) -> str:
        """The article that is shown."""
        return str(self.page.evaluate("() => window.Htx.task.dataObj.article_id"))

    @property
    def result(self) -> list[dict[str, Any]]:
        """What would be submitted now."""
        found: list[dict[str, Any]] = self.page.evaluate(_RESULT)
        return found

    def spans(self) -> list[tuple[str, str]]:
        """Label and text of each span."""
        return [(one["value"]["labels"][0], one["value"]["text"]) for one in self.result if one["type"] == "labels"]

    def relations(self) -> list[tuple[str, str | None, str]]:
        """Each relation: the text at its head, its label if it has one, the text at its tail."""
        texts = {one["id"]: one["value"]["text"] for one in self.result if one["type"] == "labels"}
        return [
            (texts[one["from_id"]], next(iter(one.get("labels", ())), None), texts[one["to_id"]])
            for one in self.result
            if one["type"] == "relation"
        ]

    def chosen(self) -> tuple[str, str] | None:
        """Label and text of the selected span; None where none is."""
        found = self.page.evaluate(f"() => {{ const one = ({_CHOSEN})(); return one && [one.labels[0], one.text]; }}")
        return None if found is None else (found[0], found[1])

    def press(self, key: str) -> None:
        """Press a key."""
        self.page.keyboard.press(key)

    def drag(self, text: str, nth: int = 0) -> None:
        """Drag the mouse over a text, from its first character to its last."""
        left, top, right, bottom = self.place(text, nth)
        mouse = self.page.mouse
        mouse.move(left + 1, top)
        mouse.down()
        mouse.move((left + right) / 2, bottom, steps=4)
        mouse.move(right - 1, bottom, steps=4)
        mouse.up()

    def mark(self, key: str, text: str, nth: int = 0) -> None:
        """Draw a span: the hotkey of its label, then the mouse over its text."""
        before = len(self.spans())
        self.press("Escape")
        self.press(key)
        self.drag(text, nth)
        self.page.wait_for_function(f"count => ({_RESULT})().filter(one => one.type === 'labels').length === count + 1",
                                    arg=before)  # fmt: skip

    def click(self, text: str, nth: int = 0) -> None:
        """Click on a text near its beginning."""
        left, top, right, bottom = self.place(text, nth)
        self.page.mouse.click(min(left + 6, (left + right) / 2) if top == bottom else left + 6, top)

    def select(self, text: str, nth: int = 0) -> None:
        """Select the span that this text begins. A click on a span that is selected already would let it go."""
        self.press("Escape")
        self.page.wait_for_function(f"() => !({_CHOSEN})()")
        self.click(text, nth)
        self.page.wait_for_function(f"text => ({_CHOSEN})()?.text?.includes(text)", arg=text)

    def relabel(self, key: str, label: str) -> None:
        """Give the selected span another label by its hotkey."""
        self.press(key)
        self.page.wait_for_function(f"label => ({_CHOSEN})()?.labels?.[0] === label", arg=label)

    def relate(self, head: str, tail: str, *, nth: tuple[int, int] = (0, 0)) -> None:
        """Draw a relation from one span to another; it has no label yet."""
        before = len(self.relations())
        self.select(head, nth[0])
        self.press("Alt+r")
        self.click(tail, nth[1])
        self.page.wait_for_function(
            "count => window.Htx.annotationStore.selected.relationStore.relations.length === count + 1", arg=before
        )

    def newest_relation(self) -> Locator:
        """The newest relation's entry in the list: the last. Another order is forgotten with the next article."""
        return self.page.locator(".lsf-relations__item").last

    def name_relation(self, label: str) -> None:
        """Choose the label of the newest relation in the list."""
        entry = self.newest_relation()
        entry.hover()
        entry.get_by_label("Show Relation Labels").click()
        entry.locator(".lsf-relation-meta button").click()
        option = self.page.get_by_role("option", name=label, exact=True)
        option.click()
        option.wait_for(state="detached")

    def submit(self, *, by_key: bool = True) -> None:
        """Submit the article and wait until the server has stored it."""
        with self.page.expect_response(_stores_annotation) as response:
            if by_key:
                self.press("Control+Enter")
            else:
                self.page.click("button[aria-label='Submit current annotation']")
        assert response.value.status == 201

    def place(self, text: str, nth: int = 0) -> Box:
        """Bring a text into view and say where it stands: its left end and line, its right end and line."""
        found = self.page.evaluate(_PLACE, [text, nth])
        assert found is not None, f"the page does not show {text!r}"
        left, top, right, bottom = found
        return left, top, right, bottom

    def box(self, selector: str) -> Box:
        """Say where the first visible element stands."""
        left, top, right, bottom = self.page.locator(selector).locator("visible=true").first.evaluate(_BOX)
        return left, top, right, bottom

    def covered(self) -> tuple[int, list[tuple[str, str]]]:
        """Say how many names of relations are shown, and which of them lie on which text."""
        names, covered = self.page.evaluate(_COVERED)
        # The page draws them some time after the text.
        for _ in range(100):
            if names:
                break
            self.page.wait_for_timeout(200)
            names, covered = self.page.evaluate(_COVERED)
        return names, [(name, text) for name, text in covered]


def _stores_annotation(response: Response) -> bool:
    return response.request.method == "POST" and "/annotations" in response.url
