"""``check --fix``: a new file in which what has one right answer is mended, and nothing else is touched.

Every byte that no change needs stays as it is. Beside the new file stands a log of the changes, one a line:
``{"place", "code", "before", "after"}``, the places being those in the old file.
"""

from __future__ import annotations

import contextlib
import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from wortlaut.annotation.check import splice
from wortlaut.annotation.check.checker import Checker
from wortlaut.annotation.check.mend import mend_annotation
from wortlaut.annotation.check.task import CheckedAnnotation
from wortlaut.annotation.reader.scan import Element, elements
from wortlaut.annotation.reader.source import open_export
from wortlaut.annotation.reader.tasks import ReadTask, plain_element, read_plain
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.errors import UsageError
from wortlaut.schema.files import atomic_writer
from wortlaut.schema.findings import Finding
from wortlaut.schema.rules import RULES

__all__ = ["Change", "FixReport", "can_mend", "fix_export"]

LOG_SUFFIX = ".changes.jsonl"

_DEEPEST_TASK = 3  # a wrapper of wrappers: element[key][list][number]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log. ``after`` is null where the entry was taken out."""

    place: str
    code: str
    before: Any
    after: Any


class FixReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a fix did: the files written, how many elements changed, and the changes by the code they mend."""

    out: str
    log: str
    elements: int
    changes: int
    codes: Mapping[str, int]


def can_mend(found: Finding) -> bool:
    """Say whether ``--fix`` mends what a finding reports."""
    return RULES[found.code].fixable or (found.code == "WL302" and not found.regions)


def fix_export(
    path: str, out: Path, checker: Checker, *, force: bool = False, on_bytes: Callable[[int], None] | None = None
) -> FixReport:
    """Write a mended copy of the export ``path`` (``-``: standard input) to ``out``, and the log beside it.

    ``out`` is packed where its name ends in ``.gz``. Both files appear only when all is done. Raises UsageError
    where ``out`` is the input, or exists and ``force`` is false; InputError where the input cannot be read.
    """
    log = out.with_name(out.name + LOG_SUFFIX)
    _refuse(path, out, log, force=force)
    codes: Counter[str] = Counter()
    changed = 0
    with open_export(path) as stream, _writer(out) as sink, atomic_writer(log) as journal:
        tape = _Tape(stream)
        for element in elements(cast("BinaryIO", tape), name=path):
            sink.write(tape.take(element.start))
            old = tape.take(element.start + len(element.raw))
            new, changes = _mend(element, checker, path)
            sink.write(new if changes else old)
            for change in changes:
                journal.write(json.dumps(msgspec.structs.asdict(change), ensure_ascii=False).encode() + b"\n")
                codes[change.code] += 1
            changed += bool(changes)
            if on_bytes is not None:
                on_bytes(element.start + len(element.raw))
        sink.write(tape.rest())
    counted = dict(sorted(codes.items()))
    return FixReport(out=str(out), log=str(log), elements=changed, changes=sum(counted.values()), codes=counted)


class _Tape:
    """A stream that remembers what was read from it until it is taken."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._held = bytearray()
        self._origin = 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._held += data
        return data

    def take(self, until: int) -> bytes:
        """Give what stands before the byte ``until`` of the stream and was not taken yet."""
        data = bytes(self._held[: until - self._origin])
        del self._held[: len(data)]
        self._origin = until
        return data

    def rest(self) -> bytes:
        return bytes(self._held)


def _refuse(path: str, out: Path, log: Path, *, force: bool) -> None:
    for written in (out, log):
        if path != "-" and written.exists() and Path(path).exists() and written.samefile(path):
            raise UsageError("--fix does not write over its input", where=str(written), hint="Choose another name")
        if written.is_dir():
            raise UsageError("is a folder", where=str(written), hint="Give --fix the name of a file")
        if written.exists() and not force:
            raise UsageError("already exists", where=str(written), hint="Choose another name, or say --force")


@contextlib.contextmanager
def _writer(out: Path) -> Iterator[BinaryIO]:
    with atomic_writer(out) as sink:
        if out.suffix != ".gz":
            yield sink
            return
        # No name and no time in the archive: the same input gives the same bytes.
        with gzip.GzipFile(filename="", fileobj=sink, mode="wb", mtime=0) as packed:
            yield cast("BinaryIO", packed)


def _mend(element: Element, checker: Checker, name: str) -> tuple[bytes, list[Change]]:
    """Give the mended element and its changes; none where there is nothing to mend."""
    if not any(can_mend(found) for found in _findings(element, checker, name)):
        return element.raw, []
    root, _ = plain_element(element, name=name)
    paths = dict(_paths(root, ()))
    edits: list[splice.Edit] = []
    changes: list[Change] = []
    for item in read_plain(root, element.index, 0, name=name, text_key=checker.text_key):
        if isinstance(item, ReadTask):
            checked, annotations = checker.tasks.check_with_benches(item)
            for annotation in annotations:
                made, said = _mend_one(item, annotation, checked.findings, paths[id(item.raw)])
                edits += made
                changes += said
    return splice.splice(element.raw, edits), changes


def _findings(element: Element, checker: Checker, name: str) -> Iterator[Finding]:
    for item in checker.element(element, 0, name=name, schema=False):
        if isinstance(item, CheckedTask):
            yield from item.findings
        else:
            yield item


def _mend_one(
    read: ReadTask, annotation: CheckedAnnotation, findings: tuple[Finding, ...], path: splice.Path
) -> tuple[list[splice.Edit], list[Change]]:
    """Give the edits and changes of one annotation; ``path`` leads to its task."""
    place = annotation.bench.place
    codes: dict[int, set[str]] = {}
    for found in findings:
        number = _entry_of(found.place, place)
        if number is not None and can_mend(found):
            codes.setdefault(number, set()).add(found.code)
    listed, steps = _listed(read.raw, annotation.number)
    utf16 = any(found.code == "WL303" for found in annotation.bench.findings)
    made, mended = mend_annotation(listed.get("result") or [], annotation.regions, annotation.bench, codes, utf16=utf16)
    edits = [msgspec.structs.replace(edit, path=(*path, *steps, "result", *edit.path)) for edit in made]
    changes = [
        Change(place=f"{place}.result[{said.number}]", code=said.code, before=said.before, after=said.after)
        for said in mended
    ]
    return edits, changes


def _entry_of(place: str, annotation: str) -> int | None:
    """Give the number of the entry that a place lies in, if it lies in one of this annotation."""
    start = f"{annotation}.result["
    return int(place[len(start) :].partition("]")[0]) if place.startswith(start) else None


def _listed(raw: dict[str, Any], number: int) -> tuple[dict[str, Any], splice.Path]:
    """Give an annotation as plain JSON, and the path to it from its task."""
    if isinstance(raw.get("annotations"), list):
        return raw["annotations"][number], ("annotations", number)
    listed = raw["completions"]
    # Before version 1.0 a single one could stand without a list.
    return (listed, ("completions",)) if isinstance(listed, dict) else (listed[number], ("completions", number))


def _paths(root: Any, path: splice.Path) -> Iterator[tuple[int, splice.Path]]:
    """Give the path to each object in an element that may be a task, under the identity of the object."""
    if isinstance(root, dict):
        yield id(root), path
    steps = root.items() if isinstance(root, dict) else enumerate(root)
    for step, inner in steps if len(path) < _DEEPEST_TASK else ():
        if isinstance(inner, dict | list):
            yield from _paths(inner, (*path, step))
