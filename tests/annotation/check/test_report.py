"""What a user of ``wortlaut check`` reads: the complete messages, grouped, counted, escaped; and the JSON beside them.

The golden files are written anew with WORTLAUT_WRITE_GOLDEN=1; read what changed before you commit it.
"""

from __future__ import annotations

import io
import json
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wortlaut.annotation.check.checker import Checker
from wortlaut.annotation.check.report import MOST_SHOWN, REPORTERS
from wortlaut.annotation.check.run import check_exports
from wortlaut.annotation.check.select import Selection
from wortlaut.annotation.check.summary import Summary, Tally
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.errors import UsageError
from wortlaut.schema.findings import Finding
from wortlaut.schema.rules import RULES, finding
from wortlaut.schema.scheme import default_scheme

GOLDEN = Path(__file__).parent / "golden"
TEXT = "Im Rathaus von Lindenau sagte Ayla Reinke am Montag: „Wir bauen weiter.“ Otto Vehling nickte."


def span(surface: str, label: str, key: str, **value: Any) -> dict[str, Any]:
    start = TEXT.index(surface)
    held = {"start": start, "end": start + len(surface), "text": surface, "labels": [label]} | value
    return {"value": held, "id": key, "from_name": "lab", "to_name": "text", "type": "labels", "origin": "manual"}


def task(key: int, result: list[Any], text: str = TEXT) -> dict[str, Any]:
    annotation = {"id": key, "completed_by": 1, "result": result}
    return {"id": key, "annotations": [annotation], "data": {"article_id": f"a{key}", "text": text}}


def mixed() -> list[dict[str, Any]]:
    """Give tasks with something of every level: taken out, mendable, and worth knowing."""
    quote = span("„Wir bauen weiter.“", "DIRECT", "q")
    first = [
        quote,
        span("Ayla Reinke", "PER", "p"),
        span("Otto Vehling", "PERS", "x"),
        span("Lindenau", "GPE", "g", start=14, text=" Lindenau"),
        {"type": "relation", "from_id": "q", "to_id": "p", "direction": "right", "labels": ["SPEAKER"]},
        {"type": "relation", "from_id": "q", "to_id": "gone", "direction": "right", "labels": ["ADDRESSEE"]},
    ]
    return [task(1, first), task(2, [quote, span("Montag", "DATE", "d", text="Dienstag")]), task(3, [])]


def drowning() -> list[dict[str, Any]]:
    """Give more findings of one code than anybody reads: forty labels, two of them again and again."""
    rare = [task(n, [span("Lindenau", f"L{n}", "a")]) for n in range(3)]
    often = [task(n, [span("Lindenau", "PERS", "a"), span("Montag", "TAG", "b")]) for n in range(3, 40)]
    return rare + often


def hostile() -> list[dict[str, Any]]:
    """Give a text and a label that would move the cursor, turn the line round, and end it."""
    text = "Anna\x1b[2J \u202eruft\u202c \x07\x9b31m Otto\r\nin K\u00f6ln \u200bzu."
    start = text.index("Otto")
    value = {"start": start, "end": start + 4, "text": "Otto", "labels": ["\x1b]0;PER\x07"]}
    region = {"value": value, "id": "a", "from_name": "lab", "to_name": "text", "type": "labels"}
    return [{"id": "7\x1b[1m", "annotations": [{"completed_by": 1, "result": [region]}], "data": {"text": text}}]


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(default_scheme())


def report(
    checker: Checker, path: Path, *, form: str = "text", show_all: bool = False, selection: Selection | None = None
) -> tuple[str, Summary]:
    """Check a file and give what the user sees, with the folder cut off, and the summary."""
    out = io.StringIO()
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        reporter = REPORTERS[form](out, show_all=show_all)
        summary = check_exports([path.name], checker, reporter, selection=selection or Selection())
    finally:
        os.chdir(here)
    return out.getvalue(), summary


def written(folder: Path, tasks: list[dict[str, Any]]) -> Path:
    path = folder / "export.json"
    path.write_text(json.dumps(tasks), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "tasks", "options"),
    [
        ("mixed", mixed(), {}),
        ("mixed-all", mixed(), {"show_all": True}),
        ("mixed-ignore", mixed(), {"selection": Selection(ignore=["WL4", "WL5"])}),
        ("drowning", drowning(), {}),
        ("hostile", hostile(), {}),
        ("clean", [task(1, [span("Ayla Reinke", "PER", "p")])], {}),
    ],
)
def test_the_whole_message(
    tmp_path: Path, checker: Checker, name: str, tasks: list[dict[str, Any]], options: dict[str, Any]
) -> None:
    text, _ = report(checker, written(tmp_path, tasks), **options)
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("WORTLAUT_WRITE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8"), "if this is meant: WORTLAUT_WRITE_GOLDEN=1 pytest " + __file__


def test_every_golden_file_is_used() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {
        "mixed",
        "mixed-all",
        "mixed-ignore",
        "drowning",
        "hostile",
        "clean",
    }


# ---------------------------------------------------------------- nothing raw, nothing lost


@pytest.mark.parametrize("form", sorted(REPORTERS))
@pytest.mark.parametrize("show_all", [True, False])
def test_nothing_that_does_not_print_reaches_the_terminal(
    tmp_path: Path, checker: Checker, form: str, show_all: bool
) -> None:
    source = written(tmp_path, hostile())
    path = source.rename(tmp_path / "ex\x1b[31mport\u202e.json")
    text, _ = report(checker, path, form=form, show_all=show_all)
    assert [char for char in text if not char.isprintable() and char != "\n"] == []
    assert "\\u202e" in text


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals_only(tmp_path: Path, checker: Checker, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(written(tmp_path, hostile()))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = _Terminal()
    check_exports([path], checker, REPORTERS["text"](terminal), selection=Selection())
    assert "\x1b[1;31merror" in terminal.getvalue()
    for stray in ("\x1b[2J", "\x1b]0", "\x9b", "\u202e", "\x07"):
        assert stray not in terminal.getvalue()
    plain = io.StringIO()
    check_exports([path], checker, REPORTERS["text"](plain), selection=Selection())
    assert "\x1b" not in plain.getvalue()


def test_json_says_the_same_as_the_checker(tmp_path: Path, checker: Checker) -> None:
    path = written(tmp_path, mixed() + hostile())
    text, summary = report(checker, path, form="json")
    read = json.loads(text)
    found: list[Finding] = []
    for item in checker.check(str(path)):
        found += item.findings if isinstance(item, CheckedTask) else (item,)
    assert [(one["code"], one["message"]) for one in read["findings"]] == [(one.code, one.message) for one in found]
    assert read["summary"]["regions_in"] == summary.regions_in == 9
    assert sum(one["regions"] for one in read["findings"]) == read["summary"]["regions_out"]
    assert read["summary"]["regions_kept"] + read["summary"]["regions_out"] == 9


def test_json_of_a_clean_file_is_json_too(tmp_path: Path, checker: Checker) -> None:
    text, _ = report(checker, written(tmp_path, [task(1, [span("Montag", "DATE", "d")])]), form="json")
    assert json.loads(text)["findings"] == []


# ---------------------------------------------------------------- select and ignore


@pytest.mark.parametrize(
    ("select", "ignore", "shown"),
    [
        ([], [], {"WL301", "WL307", "WL401"}),
        (["WL3"], [], {"WL301", "WL307"}),
        (["WL3"], ["WL307"], {"WL301"}),
        (["WL307"], ["WL3"], {"WL307"}),
        ([], ["WL3,wl4"], set()),
        (["WL401"], ["WL401"], set()),
        (["WL"], ["WL40"], {"WL301", "WL307"}),
    ],
)
def test_the_longer_prefix_decides(select: list[str], ignore: list[str], shown: set[str]) -> None:
    chosen = Selection(select=select, ignore=ignore)
    assert {code for code in ("WL301", "WL307", "WL401") if chosen.shows(code)} == shown


def test_a_prefix_that_no_code_has_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match=r"no code starts with 'WL306O'\. Did you mean 'WL306'\?"):
        Selection(ignore=["WL306O"])


def test_what_is_hidden_is_counted_and_does_not_fail(tmp_path: Path, checker: Checker) -> None:
    path = written(tmp_path, [task(1, [span("Lindenau", "STADT", "a"), span("Montag", "DATE", "d")])])
    text, summary = report(checker, path, selection=Selection(ignore=["WL401"]))
    assert (summary.regions_in, summary.regions_kept, summary.regions_out) == (2, 1, 1)
    assert summary.exit_code == 0
    assert "hidden: 1 finding (WL401 1), which took out 1 region" in text
    assert report(checker, path)[1].exit_code == 1


# ---------------------------------------------------------------- memory, next steps


def many(number: int) -> Iterator[Finding]:
    for n in range(number):
        yield finding("WL401", f"export.json::$[{n}]", f"no label {n}", task_id=str(n), excerpt="x" * 80)


def test_a_hundred_thousand_findings_are_counted_not_kept() -> None:
    reporter, tally = REPORTERS["text"](io.StringIO()), Tally(Selection())
    tracemalloc.start()
    for found in many(100_000):
        assert tally.finding(found, of_task=False)
        reporter.finding(found)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 100_000
    tally.end()
    assert tally.summary().codes[0].findings == 100_000


def test_at_most_so_many_of_a_code_are_shown() -> None:
    out = io.StringIO()
    reporter, tally = REPORTERS["text"](out), Tally(Selection())
    for found in many(3000):
        tally.finding(found, of_task=False)
        reporter.finding(found)
    tally.end()
    reporter.finish(tally.summary())
    assert out.getvalue().count("export.json::") == MOST_SHOWN
    assert "... and 2,990 more; --all shows every one" in out.getvalue()
    assert out.getvalue().count(RULES["WL401"].hint) == 1


@pytest.mark.parametrize(
    ("tasks", "options", "wanted"),
    [
        ([task(1, [span("Montag", "DATE", "d")])], [], ["wortlaut build export.json"]),
        (
            [task(1, [span("Montag", "DATE", "d")])],
            ["--scheme", "my scheme.toml", "--text-key", "body"],
            ["wortlaut build export.json --scheme 'my scheme.toml' --text-key body"],
        ),
        (
            [task(1, [span("Montag", "TAG", "d"), span("Lindenau", "STADT", "g"), span("Ayla Reinke", "PER", "p")])],
            [],
            [
                "wortlaut schema --from-config export.json --out scheme.toml",
                "wortlaut check export.json --scheme scheme.toml",
            ],
        ),
        (
            [task(1, [span("Montag", "DATE", "d", text="Montag ")])],
            ["--text-key", "text"],
            ["wortlaut check export.json --fix export.fixed.json --text-key text"],
        ),
        ([task(1, [span("Montag", "DATE", "d", text="Sonntag")])], [], []),
        ([], [], []),
    ],
)
def test_the_next_step(
    *,
    tmp_path: Path,
    checker: Checker,
    monkeypatch: pytest.MonkeyPatch,
    tasks: list[dict[str, Any]],
    options: list[str],
    wanted: list[str],
) -> None:
    written(tmp_path, tasks)
    monkeypatch.chdir(tmp_path)
    reporter = REPORTERS["text"](io.StringIO())
    summary = check_exports(["export.json"], checker, reporter, selection=Selection(), options=options)
    assert list(summary.next) == wanted
