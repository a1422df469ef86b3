"""Measure the HTML reader against the expected results of the fundus crawler's test pages (data/html_de).

Run: python benchmarks/ingest_html.py [--json] [--detail]; the data is looked for where the tests look (WORTLAUT_DATA).

Both sides run in one go on the same pages: plain trafilatura (``bare_extraction`` with its metadata) and wortlaut's
``read_html``. Each page counts once in "all pages"; "mean of publishers" counts each publisher once, and "lowest
without one" is the lowest mean over pages when one publisher is left out: how far the result hangs on a single one.
The pages are a development set: rules were written with them in sight, so no figure is one for unseen publishers.

Definitions, the same for both sides:

- headline: the expected title, with white space folded and soft hyphens out, is the headline, or "kicker: headline".
  The headline of a draft is the one on the screen, while fundus often takes a title from the metadata that the page
  shows nowhere above the text; those pages are named under the table.
- title: as headline, or it is a title that the page declares and the draft keeps beside its headline (furniture of
  the kind declared_title). trafilatura gives one title, for both columns.
- minute, day: the publishing date agrees to the minute, or to the day. An expected midnight without a zone is a day
  without a time, and is held to the day in both columns; another time without a zone is one of Europe/Berlin.
- authors, topics: F1 of the sets, case folded; byline and agencies together are the authors. Where the expectation
  names none, the page does not count.
- paragraph F1: multiset F1 of text units (lead, subheadings, paragraphs, whatever their kind), matched exactly after
  canonicalization (wl-1), folding of white space and removal of white space before punctuation.
- token F1: multiset F1 of the words of these units: a paragraph cut in two costs nothing here, a teaser does.
- kinds F1: as paragraph F1, with the kind (lead, subheading, paragraph) part of the unit. trafilatura knows two kinds.

Expectations are what fundus extracts, by selectors per publisher: it leaves out list items on most pages, and keeps
link-only teaser paragraphs on some. Neither is bent to here.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from wortlaut.corpus.canonical import canonical_text
from wortlaut.corpus.draft import Draft
from wortlaut.corpus.html import read_html

__all__ = ["SIDES", "Scores", "evaluate", "mean", "pages_of"]

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("WORTLAUT_DATA", ROOT.parent / "shared" / "data")) / "html_de"
T = TypeVar("T")
BERLIN = ZoneInfo("Europe/Berlin")
SIDES = ("trafilatura", "wortlaut")
_ALL = "all pages"
COLUMNS = ("title", "headline", "minute", "day", "authors", "topics", "paragraphs", "tokens", "kinds")


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The expected body as fundus writes it."""

    summary: list[str] = []
    sections: list[dict[str, list[str]]] = []


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """The expectation for one page."""

    title: str
    body: Body
    publishing_date: str | None = None
    authors: list[str] | None = None
    topics: list[str] | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page with its expectation."""

    publisher: str
    name: str
    html: str
    expected: Expected


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What one side found: headlines that count, titles declared beside them, ISO time, units as (kind, text)."""

    titles: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    published: str | None = None
    authors: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    units: tuple[tuple[str, str], ...] = ()


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of one side on one page, 0 to 1; None where the expectation does not say."""

    title: float
    headline: float
    minute: float | None
    day: float | None
    authors: float | None
    topics: float | None
    paragraphs: float
    tokens: float
    kinds: float


def pages_of(folder: Path) -> Iterator[Page]:
    """Give the pages with their expectations: the n-th version of a publisher's JSON is the n-th page by date."""
    for path in sorted(folder.glob("*.json")):
        versions = msgspec.json.decode(path.read_bytes(), type=dict[str, Expected])
        files = sorted(folder.glob(f"{path.stem}_*.html.gz"))
        if len(files) != len(versions):
            raise SystemExit(f"{path}: {len(versions)} expectations but {len(files)} pages")
        for file, expected in zip(files, versions.values(), strict=True):
            html = gzip.decompress(file.read_bytes()).decode("utf-8")
            yield Page(publisher=path.stem, name=file.name, html=html, expected=expected)


def evaluate(side: str, page: Page) -> Scores:
    """Run one side on one page and score it."""
    found = _wortlaut(page) if side == "wortlaut" else _trafilatura(page)
    want = page.expected
    units = [("lead", text) for text in want.body.summary]
    for section in want.body.sections:
        units += [("subheading", text) for text in section.get("headline", ())]
        units += [("paragraph", text) for text in section.get("paragraphs", ())]
    expected = Counter((kind, norm(text)) for kind, text in units if norm(text))
    got = Counter((kind, norm(text)) for kind, text in found.units if norm(text))
    return Scores(
        title=float(norm(want.title) in {norm(title) for title in found.titles + found.declared}),
        headline=float(norm(want.title) in {norm(title) for title in found.titles}),
        minute=_same_time(want.publishing_date, found.published, to_minute=True),
        day=_same_time(want.publishing_date, found.published, to_minute=False),
        authors=_set_f1(want.authors, found.authors),
        topics=_set_f1(want.topics, found.topics),
        paragraphs=_f1(_texts(expected), _texts(got)),
        tokens=_f1(_tokens(expected), _tokens(got)),
        kinds=_f1(expected, got),
    )


def mean(values: list[float | None]) -> float | None:
    """Give the mean of the values there are."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def norm(text: str) -> str:
    """Give a text in the form in which two sides are compared."""
    return re.sub(r"\s+([.,;:!?])", r"\1", " ".join(canonical_text(text).split()))


def _wortlaut(page: Page) -> Found:
    draft = read_html(page.html, name=page.name)
    headline, kicker = _piece(draft, "headline"), _piece(draft, "kicker")
    return Found(
        titles=tuple(t for t in (headline, f"{kicker}: {headline}" if kicker else "") if t),
        declared=tuple(item.text for item in draft.furniture if item.kind == "declared_title"),
        published=draft.published,
        authors=draft.byline + draft.agencies,
        topics=draft.tags,
        units=tuple((p.kind, p.text) for p in draft.pieces if p.kind not in ("kicker", "headline")),
    )


def _piece(draft: Draft, kind: str) -> str:
    return next((piece.text for piece in draft.pieces if piece.kind == kind), "")


def _trafilatura(page: Page) -> Found:
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    found = bare_extraction(
        page.html,
        include_comments=False,
        include_tables=False,
        with_metadata=True,
        date_extraction_params={"original_date": True, "outputformat": "%Y-%m-%dT%H:%M:%S%z", "extensive_search": True},
    )
    if not isinstance(found, Document) or found.body is None:
        return Found()
    units = [("subheading" if e.tag == "head" else "paragraph", "".join(map(str, e.itertext()))) for e in found.body]
    return Found(
        titles=(found.title or "",),
        published=found.date,
        authors=tuple((found.author or "").split("; ")) if found.author else (),
        topics=tuple(part.strip() for tag in found.tags or () for part in tag.split(",")),
        units=tuple(units),
    )


def _same_time(want: str | None, got: str | None, *, to_minute: bool) -> float | None:
    if want is None:
        return None
    if got is None:
        return 0.0
    expected, actual = datetime.fromisoformat(want), datetime.fromisoformat(got)
    day_only = expected.tzinfo is None and (expected.hour, expected.minute) == (0, 0)
    expected, actual = _in_berlin(expected), _in_berlin(actual)
    if not to_minute or day_only:
        return float(expected.date() == actual.date())
    return float("T" in got and expected.replace(second=0, microsecond=0) == actual.replace(second=0, microsecond=0))


def _in_berlin(moment: datetime) -> datetime:
    return moment.replace(tzinfo=BERLIN) if moment.tzinfo is None else moment.astimezone(BERLIN)


def _set_f1(want: list[str] | None, got: tuple[str, ...]) -> float | None:
    if not want:
        return None
    return _f1(Counter({norm(text).casefold() for text in want}), Counter({norm(text).casefold() for text in got}))


def _f1(want: Counter[T], got: Counter[T]) -> float:
    both = (want & got).total()
    total = want.total() + got.total()
    return 2 * both / total if total else 1.0


def _texts(units: Counter[tuple[str, str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for (_, text), count in units.items():
        found[text] += count
    return found


def _tokens(units: Counter[tuple[str, str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for (_, text), count in units.items():
        for word in re.findall(r"\w+", text):
            found[word] += count
    return found


def _detail(page: Page) -> None:
    found, want = _wortlaut(page), page.expected
    units = list(want.body.summary) + [
        t for s in want.body.sections for t in (*s.get("headline", ()), *s.get("paragraphs", ()))
    ]
    wanted, got = {norm(text) for text in units}, [norm(text) for _, text in found.units]
    print(f"##### {page.name}")
    if norm(want.title) not in {norm(title) for title in found.titles}:
        print(f"  title: {want.title!r} / {found.titles}")
    if _same_time(want.publishing_date, found.published, to_minute=True) == 0:
        print(f"  date: {want.publishing_date} / {found.published}")
    for name in ("authors", "topics"):
        expected, actual = getattr(want, name), getattr(found, name)
        if {norm(t).casefold() for t in expected or ()} != {norm(t).casefold() for t in actual}:
            print(f"  {name}: {expected} / {actual}")
    for text in sorted(wanted - set(got)):
        print(f"  - {text[:110]} … {text[-30:]}")
    for kind, text in found.units:
        if norm(text) not in wanted:
            print(f"  + {kind}: {norm(text)[:110]} … {norm(text)[-30:]}")


def _means(scores: dict[str, dict[str, Scores]], names: list[str]) -> dict[str, dict[str, float | None]]:
    return {side: {c: mean([getattr(scores[side][name], c) for name in names]) for c in COLUMNS} for side in SIDES}


def _table(rows: dict[str, dict[str, dict[str, float | None]]], unseen: list[str], seconds: dict[str, float]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="HTML reader on data/html_de: trafilatura | wortlaut", title_justify="left")
    table.add_column("publisher")
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for publisher, sides in rows.items():
        if publisher == _ALL:
            table.add_section()
        cells = [" | ".join(_cell(sides[side][column]) for side in SIDES) for column in COLUMNS]
        table.add_row(publisher, *cells, style="bold" if publisher == _ALL else None)
    console = Console(width=170)
    console.print(table)
    for line in unseen:
        console.print(f"headline: {line}", highlight=False)
    console.print(", ".join(f"{side} {seconds[side]:.1f} s" for side in SIDES), highlight=False)


def _cell(value: float | None) -> str:
    return "  - " if value is None else f"{value:.2f}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the HTML reader on data/html_de.")
    parser.add_argument("--json", action="store_true", help="print the scores of each page as JSON")
    parser.add_argument("--detail", action="store_true", help="print every difference of wortlaut's side")
    options = parser.parse_args()
    if not DATA.is_dir():
        print(f"{DATA} is missing: set WORTLAUT_DATA to the folder that holds html_de", file=sys.stderr)
        return 2
    pages = list(pages_of(DATA))
    scores: dict[str, dict[str, Scores]] = {side: {} for side in SIDES}
    seconds = dict.fromkeys(SIDES, 0.0)
    unseen: list[str] = []
    for page in pages:
        for side in SIDES:
            start = time.process_time()
            scores[side][page.name] = evaluate(side, page)
            seconds[side] += time.process_time() - start
        if scores["wortlaut"][page.name].headline == 0:
            unseen.append(f"{page.name}: expected {norm(page.expected.title)!r}, read {_wortlaut(page).titles}")
    if options.json:
        print(
            json.dumps(
                {side: {n: msgspec.to_builtins(s) for n, s in found.items()} for side, found in scores.items()},
                indent=1,
            )
        )
        return 0
    if options.detail:
        for page in pages:
            _detail(page)
    publishers = list(dict.fromkeys(page.publisher for page in pages))
    names = {publisher: [page.name for page in pages if page.publisher == publisher] for publisher in publishers}
    rows = {publisher: _means(scores, names[publisher]) for publisher in publishers}
    rest = [_means(scores, [page.name for page in pages if page.publisher != left_out]) for left_out in publishers]
    each = [rows[publisher] for publisher in publishers]
    rows[_ALL] = _means(scores, [page.name for page in pages])
    rows["mean of publishers"] = {s: {c: mean([row[s][c] for row in each]) for c in COLUMNS} for s in SIDES}
    rows["lowest without one"] = {s: {c: min(row[s][c] or 0.0 for row in rest) for c in COLUMNS} for s in SIDES}
    _table(rows, unseen, seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
