"""``demo``: the whole chain on the sample corpus that the toolkit ships, in a folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec

from wortlaut.annotation.check.run import check_exports, make_checker
from wortlaut.annotation.check.select import Selection
from wortlaut.annotation.check.summary import Summary
from wortlaut.annotation.preannotate.rules import PressRules
from wortlaut.annotation.tasks import write_tasks
from wortlaut.corpus.ingest import ingest
from wortlaut.corpus.rights import project_rights
from wortlaut.corpus.store import latest_articles
from wortlaut.export.from_exports import build_exports
from wortlaut.export.split_policy import in_order
from wortlaut.schema.assets import assets
from wortlaut.schema.errors import UsageError
from wortlaut.schema.files import naming_full_disk, write_text
from wortlaut.schema.findings import Finding
from wortlaut.schema.project import FILE_NAME, RIGHTS, find_project

__all__ = ["DemoReport", "demo"]

VERSION = "0.1.0"
_MARK = ".wortlaut-demo"
_HAS_DATASETS = find_spec("datasets") is not None


class DemoReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo made.

    ``rows`` is by config, ``splits`` counts articles, ``findings`` is by code; ``quote`` is one quote with its speaker.
    """

    articles: int
    tasks: int
    exports: tuple[str, ...]
    regions_in: int
    regions_kept: int
    regions_out: int
    findings: dict[str, int]
    release: str
    rows: dict[str, int]
    splits: dict[str, int]
    quote: str
    seconds: float


def demo(out: Path, *, say: Callable[[str], None] = lambda _: None) -> DemoReport:
    """Run ingest, tasks, check and build on the sample corpus in the folder ``out``; a second run makes it anew.

    ``say`` is told each step as it is done. Raises UsageError where ``out`` holds something else.
    """
    start = perf_counter()
    _start_project(out)
    project = find_project(out)
    settings = project.settings
    store = project.path(settings.articles)

    say("1  ingest  articles of every shape into the corpus, in canonical form wl-1")
    raw = project.path("corpus/raw")
    read = ingest([str(raw)], store_path=store, root=project.root, timezone=settings.timezone)
    aside = ", ".join(
        f"{kind} {number}" for kind, number in sorted(read.furniture.items(), key=lambda item: -item[1])[:5]
    )
    say(f"           {read.total} articles from {read.files} files; set aside: {aside} ...")

    checker = make_checker(scheme=project.scheme_path, articles=store)
    say("2  tasks   one Label Studio task an article, pre-annotated by rules, checked before it is written")
    summary = write_tasks(
        latest_articles(store), project.path("annotation/tasks"), checker.scheme, annotators=(PressRules(),)
    )
    say(f"           {summary.tasks} tasks with {sum(summary.regions.values())} predicted spans")

    say("3  check   what two annotators and an adjudicator made of them in Label Studio")
    exports = tuple(sorted(str(path) for path in project.path(settings.exports).glob("*.json")))
    checked = check_exports(exports, checker, _Silent(), selection=Selection())
    say(f"           {checked.annotations} annotations of {checked.tasks} tasks")
    say(
        f"           {checked.regions_in} regions = {checked.regions_kept} kept + {checked.regions_out} taken out, "
        "each of those with a finding"
    )
    for code in checked.codes:
        say(f"           {code.level:<7} {code.code}  {code.title}: {code.findings}")

    say("4  build   the checked annotation into a Hugging Face dataset")
    report = build_exports(
        exports,
        checker,
        scheme_path=project.scheme_path,
        settings=settings,
        out=project.path(settings.releases),
        version=VERSION,
        ledger=project.ledger,
        guidelines=project.path("annotation"),
        rights=project_rights(project),
    ).report
    for config, number in report.rows.items():
        say(f"           {config:<10} {number:>5} rows")
    sizes = ", ".join(f"{split} {number}" for split, number in in_order(report.splits))
    say(f"           splits: {sizes}; near-duplicates stay together")
    lost = sum(report.ner.lost.values())
    say(
        f"           ner: {report.ner.tagged} of {report.ner.spans} entities have tags, the card lists the other {lost}"
    )

    quote = _quote(Path(report.path))
    say(f"5  load    {'datasets.load_dataset' if _HAS_DATASETS else 'pyarrow (datasets is not installed)'} reads it")
    say(f"           {quote}")
    return DemoReport(
        articles=read.total or 0,
        tasks=summary.tasks,
        exports=exports,
        regions_in=checked.regions_in,
        regions_kept=checked.regions_kept,
        regions_out=checked.regions_out,
        findings={code.code: code.findings for code in checked.codes},
        release=report.path,
        rows=report.rows,
        splits=report.splits,
        quote=quote,
        seconds=perf_counter() - start,
    )


class _Silent:
    """A reporter that says nothing: the summary is enough here."""

    def finding(self, found: Finding) -> None:
        """Pass over a finding."""

    def finish(self, summary: Summary) -> None:
        """Pass over the summary."""


def _start_project(out: Path) -> None:
    """Copy the sample project's sources into ``out``; what an earlier demo made there is made anew.

    Only a folder that a demo made is touched again: it holds a mark that nothing else writes.
    """
    mark = out / _MARK
    if out.exists() and any(out.iterdir()) and not mark.is_file():
        raise UsageError("is not empty, and no demo made it", where=str(out), hint="Name another folder: --out DIR")
    out.mkdir(parents=True, exist_ok=True)
    write_text(mark, "wortlaut demo works here, and makes everything in this folder anew.\n")
    try:
        for folder in ("schema", "corpus/raw", "annotation/exports"):
            shutil.copytree(assets(*folder.split("/")), out / folder, dirs_exist_ok=True, copy_function=_copy)
        for name in (FILE_NAME, RIGHTS, "annotation/guidelines.md", "annotation/guidelines-labels.md"):
            _copy(assets(*name.split("/")), out / name)
    except shutil.Error as error:
        # It gathers (from, to, what the system said) for each file: the first tells enough.
        _, target, said = error.args[0][0]
        raise UsageError(f"cannot write: {said}", where=str(target), hint="Then run the demo again") from error
    (out / "corpus" / "articles.jsonl").unlink(missing_ok=True)
    shutil.rmtree(out / "export" / "releases", ignore_errors=True)


def _copy(source: str | Path, target: str | Path) -> None:
    with naming_full_disk(Path(target)):
        shutil.copyfile(source, target)


def _quote(release: Path) -> str:
    """Give one quote and its speaker from the release, read as its users read it."""
    rows: Iterable[dict[str, Any]]
    if _HAS_DATASETS:
        import datasets

        rows = datasets.load_dataset(str(release), "quotes", split="train", streaming=True)
    else:
        import pyarrow.parquet

        rows = pyarrow.parquet.read_table(release / "data" / "quotes" / "train-00000.parquet").to_pylist()
    for row in rows:
        who = row["resolved_speaker_texts"]
        if row["type"] == "DIRECT" and who:
            return f"{row['text']} {row['type']}, said by {', '.join(who)}"
    raise UsageError("the release holds no direct quote with a speaker", where=str(release))
