"""``check``: exports through the checker to a reporter, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from wortlaut.annotation.check.articles import Notes
from wortlaut.annotation.check.checker import Checker
from wortlaut.annotation.check.fix import FixReport
from wortlaut.annotation.check.report import Reporter
from wortlaut.annotation.check.select import Selection
from wortlaut.annotation.check.summary import Summary, Tally
from wortlaut.annotation.pseudonyms import read_ledger
from wortlaut.corpus.store import text_hashes
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.errors import InputError, WortlautError
from wortlaut.schema.findings import Finding
from wortlaut.schema.scheme import load_scheme

__all__ = ["check_exports", "make_checker"]


def make_checker(
    *, scheme: Path, articles: Path | None, text_key: str | None = None, ledger: Path | None = None
) -> Checker:
    """Make a checker for a scheme and, unless None, the corpus in ``articles``. Raises WortlautError for either.

    ``ledger`` tells who bears the pseudonyms of exports that were pulled, so that a person is one in all exports.
    """
    return Checker(
        load_scheme(scheme),
        articles=None if articles is None else text_hashes(articles),
        text_key=text_key,
        people=read_ledger(ledger).names(),
    )


def check_exports(
    paths: Sequence[str],
    checker: Checker,
    reporter: Reporter,
    *,
    selection: Selection,
    options: Sequence[str] = (),
    fixed: FixReport | None = None,
    on_bytes: Callable[[str, int], None] | None = None,
    on_end: Callable[[], None] | None = None,
) -> Summary:
    """Check exports one after the other and report; ``-`` is standard input.

    A file that cannot be read, or not to its end, does not stop the others: why stands in the summary. ``options``
    are repeated in the commands that the summary proposes, ``fixed`` is what ``--fix`` did before. ``on_bytes`` is
    told the file and how many of its (unpacked) bytes are done, ``on_end`` called before the end of the report.
    """
    tally = Tally(selection, options=options)
    notes = Notes(checker.known)
    for path in paths:
        tally.start(path)
        try:
            for item in _items(checker, path, on_bytes):
                _report(item, tally, reporter)
                if isinstance(item, CheckedTask):
                    notes.add(item)
        except WortlautError as error:
            tally.end(error)
        else:
            tally.end()
    for found in notes.findings():
        if tally.across(found):
            reporter.finding(found)
    summary = tally.summary(fixed=fixed)
    if on_end is not None:
        on_end()
    reporter.finish(summary)
    return summary


def _items(checker: Checker, path: str, on_bytes: Callable[[str, int], None] | None) -> Iterator[CheckedTask | Finding]:
    def tell(done: int) -> None:
        if on_bytes is not None:
            on_bytes(path, done)

    try:
        yield from checker.check(path, on_bytes=tell)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=path) from error


def _report(item: CheckedTask | Finding, tally: Tally, reporter: Reporter) -> None:
    if isinstance(item, CheckedTask):
        tally.task(item)
    for found in item.findings if isinstance(item, CheckedTask) else (item,):
        if tally.finding(found, of_task=isinstance(item, CheckedTask)):
            reporter.finding(found)
