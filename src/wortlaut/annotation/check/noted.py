"""What the first pass over exports notes of each annotated task, before anything is checked.

It is what is needed to plan splits: which article, its text, publisher and time, and roughly which labels it bears.
Nothing here is checked: the labels are those of one annotation as the file has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from wortlaut.annotation.check.articles import article_key
from wortlaut.annotation.reader.scan import Element
from wortlaut.annotation.reader.tasks import ReadTask, read_element
from wortlaut.annotation.reader.wire import WireAnnotation, WireTask

__all__ = ["Listener", "Noted", "noted", "noted_element"]


class Noted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One annotated task, unchecked.

    ``labels`` are those of the spans of its ground truth, else of its first annotation that was not cancelled, once for
    each span. ``publisher`` and ``published`` are "" where the task does not say.
    """

    article_id: str
    text: str
    publisher: str
    published: str
    labels: list[str]


Listener = Callable[[Noted], None]


class _Value(msgspec.Struct, gc=False):
    labels: list[str] = []


class _Region(msgspec.Struct, gc=False):
    value: _Value | None = None


class _Annotation(msgspec.Struct, gc=False):
    result: list[_Region] | None
    was_cancelled: bool | None = False
    ground_truth: bool | None = False


class _Data(msgspec.Struct, gc=False):
    text: str
    article_id: str | int = ""
    publisher: Any = ""
    published: Any = ""


class _Task(msgspec.Struct, gc=False):
    """A task as Label Studio writes it, by the fields that are noted."""

    data: _Data
    annotations: list[_Annotation]


_DECODER = msgspec.json.Decoder(_Task)


def noted_element(element: Element, *, name: str) -> Iterator[Noted]:
    """Note the annotated tasks of one element of a file; what cannot be read is left for the check to report."""
    try:
        task = _DECODER.decode(element.raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        yield from noted(item.task for item in read_element(element, 0, name=name) if isinstance(item, ReadTask))
        return
    if task.data.text:
        yield from _noted(task.data, task.annotations)


def noted(tasks: Iterable[WireTask]) -> Iterator[Noted]:
    """Note the annotated ones of some tasks that were read already."""
    for task in tasks:
        if task.data is not None and task.data.text:
            yield from _noted(task.data, task.annotations or [])


def _noted(data: Any, annotations: list[_Annotation] | list[WireAnnotation]) -> Iterator[Noted]:
    counted = [annotation for annotation in annotations if not annotation.was_cancelled]
    if not counted:
        return
    main = next((annotation for annotation in counted if annotation.ground_truth), counted[0])
    yield Noted(
        article_id=article_key(data.article_id, data.text),
        text=data.text,
        publisher=data.publisher if isinstance(data.publisher, str) else "",
        published=data.published if isinstance(data.published, str) else "",
        labels=[label for region in main.result or () if region.value is not None for label in region.value.labels],
    )
