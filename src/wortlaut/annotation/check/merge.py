"""Checked documents in the order of their articles, whatever files and tasks they came from.

A release is sorted, so that the order in which Label Studio happened to export does not change a byte. Exports are
larger than memory: a first pass over the files notes only where each task stands and which article it is about, a
second one checks the tasks in the order of the articles. What cannot be read at a place (standard input, gzip, a
wrapper's inner tasks) is copied to a temporary file first.
"""

from __future__ import annotations

import contextlib
import tempfile
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from wortlaut.annotation.check.articles import article_key, note_of, resolve
from wortlaut.annotation.check.checker import Checker
from wortlaut.annotation.check.noted import Listener, noted, noted_element
from wortlaut.annotation.reader.scan import Element, elements
from wortlaut.annotation.reader.source import open_export
from wortlaut.annotation.reader.tasks import ReadTask, read_element
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.findings import Finding, RegionCounts
from wortlaut.schema.rules import finding

__all__ = ["MergedExports", "merge_exports"]


class _KeyData(msgspec.Struct, gc=False):
    article_id: str | int = ""
    text: str = ""


class _KeyTask(msgspec.Struct, gc=False):
    """As little of a task as tells which article it is about."""

    data: _KeyData


_KEY_DECODER = msgspec.json.Decoder(_KeyTask)


class _Index:
    """Where each task stands: flat arrays, about a hundred bytes a task."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.files = array("H")
        self.starts = array("Q")
        self.sizes = array("L")
        self.numbers = array("Q")

    def add(self, key: str, file: int, element: Element) -> None:
        self.keys.append(key)
        self.files.append(file)
        self.starts.append(element.start)
        self.sizes.append(len(element.raw))
        self.numbers.append(element.index)

    def in_order(self) -> tuple[array[int], bytearray]:
        """Give the numbers of the tasks by article, then by file and place in it, and which begin an article.

        The keys are dropped: they are most of what the index holds, and no longer needed.
        """
        keys = self.keys
        order = array("L", sorted(range(len(keys)), key=keys.__getitem__))
        begins = bytearray(
            number == 0 or keys[order[number - 1]] != keys[order[number]] for number in range(len(order))
        )
        self.keys = []
        return order, begins


class MergedExports:
    """The tasks of several exports, one for each article, in the order of the articles' ids.

    ``findings`` are those that belong to no task. Iterating reads the files again; it can be done once.
    """

    def __init__(self, checker: Checker, stack: contextlib.ExitStack, listener: Listener | None = None) -> None:
        self.findings: list[Finding] = []
        self._checker = checker
        self._listener = listener
        self._stack = stack
        self._index = _Index()
        self._names: list[str] = []
        self._streams: list[BinaryIO] = []
        self._places: dict[tuple[int, int], str] = {}
        self._scratch: BinaryIO | None = None
        self._scratch_file = 0
        self._scratch_number = 0
        self._without_task = 0

    def __len__(self) -> int:
        return len(self._index.starts)

    def add(self, path: str, advance: Callable[[int], None] | None = None) -> None:
        """Note where the tasks of one export stand. ``advance`` is told how many bytes were read."""
        before, found = len(self), len(self.findings)
        with open_export(path) as stream:
            file = self._seekable(path, stream)
            for element in elements(self._streams[file], name=path):
                self._note(element, file, path)
                if advance:
                    advance(len(element.raw))
        # An error of the file's own says already why it gave no task.
        if len(self) == before and not any(one.level == "error" for one in self.findings[found:]):
            self.findings.append(finding("WL114", f"{path}::$", "the file holds no task"))

    def _seekable(self, path: str, stream: BinaryIO) -> int:
        """Open the export so that it can be read at any place, and give its number."""
        # A pipe gives its bytes once, an archive not at any place: both are copied.
        if path != "-" and type(stream).__name__ == "BufferedReader" and Path(path).is_file():
            # Whole windows and whole tasks are read: a buffer between would only copy them once more.
            opened: BinaryIO = self._stack.enter_context(Path(path).open("rb", buffering=0))  # noqa: SIM115 - the stack
        else:
            opened = self._temporary()
            while chunk := stream.read(1 << 20):
                opened.write(chunk)
            opened.seek(0)
        self._names.append(path)
        self._streams.append(opened)
        return len(self._streams) - 1

    def _temporary(self) -> BinaryIO:
        return self._stack.enter_context(tempfile.TemporaryFile(prefix="wortlaut-"))

    def _note(self, element: Element, file: int, path: str) -> None:
        if self._checker.text_key is None:
            try:
                data = _KEY_DECODER.decode(element.raw).data
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                pass
            else:
                if data.text:
                    key = article_key(data.article_id, data.text)
                    self._index.add(key, file, element)
                    if self._listener:
                        for one in noted_element(element, name=path):
                            self._listener(one)
                    return
        for item in read_element(element, 0, name=path, text_key=self._checker.text_key):
            if isinstance(item, Finding):
                self.findings.append(item)
                continue
            if item.raw is None:
                self._index.add(_key_of(item), file, element)
            else:
                self._copy(item)
            if self._listener:
                for one in noted([item.task]):
                    self._listener(one)

    def _copy(self, item: ReadTask) -> None:
        """Copy a task that stands inside another value to the scratch file, and remember where it stood."""
        if self._scratch is None:
            self._scratch = self._temporary()
            self._scratch_file = len(self._streams)
            self._streams.append(self._scratch)
            self._names.append("")
        raw = msgspec.json.encode(item.raw)
        start = self._scratch.seek(0, 2)
        self._scratch.write(raw)
        element = Element(index=self._scratch_number, start=start, raw=raw)
        self._scratch_number += 1
        self._places[self._scratch_file, element.index] = item.place
        self._index.add(_key_of(item), self._scratch_file, element)

    def __iter__(self) -> Iterator[CheckedTask]:
        self._without_task = self._checker.unseen(self._index.keys)
        group: list[CheckedTask] = []
        number = 0
        for position, begins in zip(*self._index.in_order(), strict=True):
            if group and begins:
                yield self._merged(group, number)
                number += 1
                group = []
            group += self._checked(position)
        if group:
            yield self._merged(group, number)

    def _merged(self, group: list[CheckedTask], number: int) -> CheckedTask:
        return _merged(group, number, self._checker.known(group[0].article_id))

    def _checked(self, position: int) -> Iterator[CheckedTask]:
        index = self._index
        file = index.files[position]
        stream = self._streams[file]
        stream.seek(index.starts[position])
        size = index.sizes[position]
        raw = stream.read(size)
        while len(raw) < size and (more := stream.read(size - len(raw))):
            raw += more  # a raw file may give less than was asked for
        element = Element(index=index.numbers[position], start=index.starts[position], raw=raw)
        name = self._names[file]
        if name:
            items = self._checker.element(element, position, name=name)
        else:
            items = self._checker.scratch(raw, position, place=self._places[file, element.index])
        for item in items:
            if isinstance(item, CheckedTask):
                yield item
            else:
                self.findings.append(item)

    def without_task(self) -> int:
        """Give how many articles of the corpus stand in no task; 0 where it is not known, or before the iteration."""
        return self._without_task


@contextlib.contextmanager
def merge_exports(
    paths: Sequence[str],
    checker: Checker,
    advance: Callable[[int], None] | None = None,
    listener: Listener | None = None,
) -> Iterator[MergedExports]:
    """Open exports for reading in the order of their articles; temporary copies vanish with the block.

    ``listener`` is told of each annotated task, in the order of the files, before the block begins.

    Raises InputError where one of them cannot be read or is of another format.
    """
    with contextlib.ExitStack() as stack:
        merged = MergedExports(checker, stack, listener)
        for path in paths:
            merged.add(path, advance)
        yield merged


def _key_of(item: ReadTask) -> str:
    data = item.task.data
    if data is None:
        return ""
    return article_key(data.article_id, data.text)


def _merged(group: list[CheckedTask], number: int, known_sha256: str | None) -> CheckedTask:
    """Make one task of all that are about one article."""
    if len(group) == 1:
        return msgspec.structs.replace(group[0], index=number)
    resolved = resolve([note_of(task) for task in group], known_sha256)
    counts = RegionCounts(kept=-resolved.lost)
    for task in group:
        counts += task.counts
    documents = [
        document
        for which, task in enumerate(group)
        for place, document in enumerate(task.documents)
        if (which, place) in resolved.kept
    ]
    findings = [found for task in group for found in task.findings]
    return msgspec.structs.replace(
        group[resolved.base],
        index=number,
        documents=tuple(documents),
        findings=(*findings, *resolved.findings),
        counts=counts,
    )
