"""Check exports: in the order of the file for people, or sorted and merged by article for the build."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

import msgspec

from wortlaut.annotation.check.bench import SchemeTables
from wortlaut.annotation.check.task import TaskChecker
from wortlaut.annotation.reader.scan import Element, elements
from wortlaut.annotation.reader.source import open_export
from wortlaut.annotation.reader.tasks import ReadTask, read_element, read_plain, repair_element
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.export_schema import export_schema
from wortlaut.schema.findings import Finding
from wortlaut.schema.migrations import widened
from wortlaut.schema.rules import finding
from wortlaut.schema.scheme import Scheme
from wortlaut.schema.validation import Validator

__all__ = ["Checker"]


class Checker:
    """Checks exports against one scheme.

    ``articles`` maps each article_id of the corpus to the text_sha256 of its newest revision; None where the
    corpus is not known. ``text_key`` names the field of ``data`` that holds the text; None: found out.
    ``people`` gives who bears a pseudonym that stands for an annotator.
    """

    def __init__(
        self,
        scheme: Scheme,
        *,
        articles: Mapping[str, str] | None = None,
        text_key: str | None = None,
        people: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.scheme = scheme
        self.text_key = text_key
        # Old names are no violation of the form: the migrations say what they mean.
        validator = Validator(export_schema(widened(scheme)))
        self.tasks = TaskChecker(SchemeTables(scheme=scheme), validator, articles, people)
        self._articles = articles

    def known(self, article_id: str) -> str | None:
        """Give the text_sha256 that the corpus holds of an article, None where it holds none."""
        return None if self._articles is None else self._articles.get(article_id)

    def unseen(self, article_ids: Iterable[str]) -> int:
        """Give how many articles of the corpus are not among these; 0 where the corpus is not known."""
        return len(self._articles.keys() - set(article_ids)) if self._articles is not None else 0

    def check(self, path: str, *, on_bytes: Callable[[int], None] | None = None) -> Iterator[CheckedTask | Finding]:
        """Check one export, task by task, in constant memory.

        ``on_bytes`` is told after each element how many bytes of the (unpacked) file are done.

        Findings that belong to no task (a wrapper, an empty file) come between the tasks. Raises InputError with
        a code where the file cannot be read or is of another format.
        """
        index = 0
        left_out = False
        with open_export(path) as stream:
            for element in elements(stream, name=path):
                for item in self.element(element, index, name=path):
                    yield item
                    if isinstance(item, Finding):
                        left_out = left_out or item.level == "error"
                    else:
                        index += 1
                if on_bytes is not None:
                    on_bytes(element.start + len(element.raw))
        if not index and not left_out:
            yield finding("WL114", f"{path}::$", "the file holds no task")

    def element(
        self, element: Element, index: int, *, name: str, schema: bool = True
    ) -> Iterator[CheckedTask | Finding]:
        """Check what one element of a file holds. ``index`` numbers its first task, ``schema`` as for a task."""
        for item in read_element(element, index, name=name, text_key=self.text_key):
            if isinstance(item, ReadTask):
                checked = self.tasks.check(item, schema=schema)
                if checked is None:
                    again = repair_element(element, index, name=name, text_key=self.text_key)
                    yield from self._careful(again, schema=schema)
                    return
                yield checked
            else:
                yield item

    def scratch(self, raw: bytes, index: int, *, place: str) -> Iterator[CheckedTask | Finding]:
        """Check one task that was copied out of a wrapper; ``place`` is where it stood (``file::$[0].tasks[3]``)."""
        name = place.partition("::")[0]
        task = msgspec.json.decode(raw)
        items = read_plain(task, 0, index, name=name, text_key=self.text_key, place=place)
        return self._careful(items, schema=True)

    def _careful(self, items: Iterable[ReadTask | Finding], *, schema: bool) -> Iterator[CheckedTask | Finding]:
        """Check what was read the careful way; the check never sends such a task back."""
        for item in items:
            checked = self.tasks.check(item, schema=schema) if isinstance(item, ReadTask) else item
            if checked is not None:
                yield checked
