"""From the bytes of an export to typed tasks: the fast way for what is well formed, the careful one for the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn

import msgspec

from wortlaut.annotation.reader.repair import is_address, repair
from wortlaut.annotation.reader.scan import Element, elements
from wortlaut.annotation.reader.wire import TASK_DECODER, WireTask
from wortlaut.schema.errors import InputError
from wortlaut.schema.findings import Finding
from wortlaut.schema.rules import finding

__all__ = ["ReadTask", "plain_element", "read_element", "read_plain", "read_tasks", "repair_element"]

_JSON = "In Label Studio: Export, then JSON"
_LISTS_OF_TASKS = ("annotated_tasks", "tasks", "annotations", "data", "items")
_REPLACEMENT = "\ufffd"
_EXACT = 8 << 20
"""How many bytes of a file are searched exactly for keys that stand twice."""


class ReadTask(msgspec.Struct, kw_only=True):
    """One task as read.

    ``index`` numbers the tasks of a file, ``place`` is the task's place in it (``file::$[12]``). ``raw`` is the
    plain JSON value where the task went the careful way, else None. ``positions`` are the numbers of its
    annotations in the file, None where nothing was taken out. ``findings`` is what the reader itself found.
    """

    index: int
    place: str
    task: WireTask
    raw: Any = None
    positions: tuple[int, ...] | None = None
    findings: tuple[Finding, ...] = ()
    careful: bool = False


def read_tasks(stream: BinaryIO, *, name: str, text_key: str | None = None) -> Iterator[ReadTask | Finding]:
    """Give the tasks of an export one by one, and between them the findings that belong to no task.

    Raises InputError where the file is no Label Studio JSON export: its format is named, with what to export
    instead.
    """
    index = 0
    for element in elements(stream, name=name):
        for item in read_element(element, index, name=name, text_key=text_key):
            yield item
            index += isinstance(item, ReadTask)


def read_element(
    element: Element, index: int, *, name: str, text_key: str | None = None
) -> Iterator[ReadTask | Finding]:
    """Give what one element of the file holds: a task, or the tasks of a wrapper. ``index`` numbers the first."""
    if text_key is None:
        try:
            task = TASK_DECODER.decode(element.raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
        else:
            data = task.data
            whole = data is not None and data.text and not is_address(data.text) and task.annotations is not None
            if whole and _keys_are_single(element, task):
                yield ReadTask(index=index, place=f"{name}::$[{element.index}]", task=task)
                return
    yield from repair_element(element, index, name=name, text_key=text_key)


def repair_element(
    element: Element, index: int, *, name: str, text_key: str | None = None
) -> Iterator[ReadTask | Finding]:
    """Read one element the careful way."""
    root, findings = plain_element(element, name=name)
    yield from findings
    # An element that is null in the file is reported there; one that could not be read has been.
    if root is not None or not findings:
        yield from read_plain(root, element.index, index, name=name, text_key=text_key)


def read_plain(
    root: Any, number: int, index: int, *, name: str, text_key: str | None = None, place: str = ""
) -> Iterator[ReadTask | Finding]:
    """Give the tasks in one element, given as plain JSON values; ``raw`` of each is a part of ``root`` itself.

    ``number`` is the element's in the file, ``index`` that of its first task, ``place`` that of the element where
    it is not ``file::$[number]``.
    """
    place = place or f"{name}::$[{number}]"
    if not isinstance(root, dict):
        yield finding("WL202", place, f"the element is {_shown(root)}, not a task")
        return
    if _is_task(root):
        yield _careful(root, place, index, name=name, text_key=text_key)
        return
    wrapped = list(_wrapped(root))
    if not wrapped:
        if number == 0:
            _refuse(root, name)
        message = f"the element has no data, or nothing but data; its keys are {_keys(root)}"
        yield finding("WL202", place, message, regions=_count_regions(root))
        return
    yield finding("WL116", place, f"wraps {len(wrapped)} list(s) of tasks: {', '.join(path for path, _ in wrapped)}")
    for path, tasks in wrapped:
        if not tasks:
            yield finding("WL117", f"{place}{path}", "holds no task")
        for inner, item in enumerate(tasks):
            where = f"{place}{path}[{inner}]"
            if isinstance(item, dict) and _is_task(item):
                yield _careful(item, where, index, name=name, text_key=text_key)
                index += 1
            else:
                message = f"the element is {_shown(item)}, not a task"
                yield finding("WL202", where, message, regions=_count_regions(item))


def _careful(raw: dict[str, Any], place: str, index: int, *, name: str, text_key: str | None) -> ReadTask:
    repaired = repair(raw, place=place, name=name, text_key=text_key)
    return ReadTask(
        index=index,
        place=place,
        task=repaired.task,
        raw=raw,
        positions=repaired.positions,
        findings=repaired.findings,
        careful=True,
    )


def _keys_are_single(element: Element, task: WireTask) -> bool:
    """Say whether no object in the element bears a key twice; a decoder keeps the last value and says nothing.

    A program that writes keys twice does so from the start: the first megabytes of a file are looked at exactly.
    Beyond, the two keys are counted that would move a span or lose an annotation. Inside a JSON string a
    quotation mark is escaped, so ``"start":`` is always a key.
    """
    if element.start < _EXACT:
        try:
            json.loads(element.raw, object_pairs_hook=_once)
        except (_DuplicateKeyError, ValueError, RecursionError):
            return False
        return True
    results = spans = 0
    for group in (task.annotations or (), task.drafts, task.predictions):
        for item in group:
            if isinstance(item, int | str):
                continue
            results += 1
            values = [region.value for region in item.result or ()]
            spans += len([1 for value in values if value is not None and value.start >= 0])
    return element.raw.count(b'"start":') == spans and element.raw.count(b'"result":') == results


class _DuplicateKeyError(Exception):
    pass


class _ConstantError(Exception):
    pass


def _no_constant(name: str) -> NoReturn:
    raise _ConstantError(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _DuplicateKeyError(next(key for key in keys if keys.count(key) > 1))
    return made


def plain_element(element: Element, *, name: str) -> tuple[Any, tuple[Finding, ...]]:
    """Give the element as plain JSON values; (None, findings) where it cannot be read."""
    place = f"{name}::$[{element.index}]"
    try:
        text = element.raw.decode()
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not UTF-8: the byte {element.raw[error.start]:#04x} at byte {element.start + error.start}",
            where=name,
            code="WL104",
            hint="Convert it: iconv -f WINDOWS-1252 -t UTF-8, or export again",
        ) from error
    try:
        raw = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        fixed, number = _without_surrogates(raw) if _has_surrogate(text) else (raw, 0)
    except _DuplicateKeyError as error:
        lost = _count_regions(json.loads(text))
        return None, (finding("WL118", place, f"the key {error.args[0]!r} stands twice in one object", regions=lost),)
    except RecursionError as error:
        raise InputError("is nested too deeply to be a Label Studio task", where=place, code="WL112") from error
    except _ConstantError as error:
        raise InputError(
            f"is not JSON: {error.args[0]} is no JSON number",
            where=place,
            code="WL119",
            hint="The program that wrote it must write null or a number",
        ) from error
    except ValueError as error:
        raise InputError(f"is not JSON: {error}", where=place, code="WL102") from error
    found = finding("WL207", place, f"{number} text(s) hold half a surrogate pair, read as U+FFFD") if number else None
    return fixed, (found,) if found else ()


def _count_regions(raw: Any) -> int:
    """Count the entries of every ``result`` that is not a prediction's, so that none is lost in silence."""
    if isinstance(raw, list):
        return sum(_count_regions(item) for item in raw)
    if not isinstance(raw, dict):
        return 0
    held = sum(_count_regions(value) for key, value in raw.items() if key not in ("predictions", "prediction", "data"))
    result = raw.get("result")
    return held + (len(result) if isinstance(result, list) else 0)


def _has_surrogate(text: str) -> bool:
    return "\\ud" in text.lower()


def _without_surrogates(raw: Any) -> tuple[Any, int]:
    """Replace each half of a surrogate pair by U+FFFD, one code point for one, and count the texts changed."""
    if isinstance(raw, str):
        fixed = "".join(_REPLACEMENT if "\ud800" <= char <= "\udfff" else char for char in raw)
        return fixed, int(fixed != raw)
    if isinstance(raw, list):
        parts = [_without_surrogates(item) for item in raw]
        return [part for part, _ in parts], sum(number for _, number in parts)
    if isinstance(raw, dict):
        pairs = [(_without_surrogates(key), _without_surrogates(value)) for key, value in raw.items()]
        return {key: value for (key, _), (value, _) in pairs}, sum(k + v for (_, k), (_, v) in pairs)
    return raw, 0


def _is_task(raw: dict[str, Any]) -> bool:
    if "data" in raw and isinstance(raw["data"], dict):
        return "annotations" in raw or "completions" in raw or "predictions" in raw or "id" in raw
    return "completions" in raw


def _wrapped(raw: dict[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """Give the lists of tasks in a wrapper, each with its path; it may hold one project or one for each key."""
    for key, value in raw.items():
        if isinstance(value, list) and (_holds_tasks(value) or ("project" in raw and key in _LISTS_OF_TASKS)):
            yield f".{key}" if key in _LISTS_OF_TASKS else f"[{key!r}]", value
        elif isinstance(value, dict) and _is_task(value):
            yield f"[{key!r}]", [value]
        elif isinstance(value, dict):
            for inner in _LISTS_OF_TASKS:
                if isinstance(value.get(inner), list) and _holds_tasks(value[inner]):
                    yield f"[{key!r}].{inner}", value[inner]


def _holds_tasks(items: list[Any]) -> bool:
    return bool(items) and isinstance(items[0], dict) and _is_task(items[0])


def _refuse(raw: dict[str, Any], name: str) -> None:
    """Raise, and say what the file is, where the keys of its first element show that it is no export."""
    keys = set(raw)
    where = {"where": name}
    if {"annotator", "annotation_id"} & keys or {"lead_time", "label"} <= keys:
        raise InputError(
            "is JSON_MIN, which has lost relations and the ids of regions", code="WL106", hint=_JSON, **where
        )
    if "text" in keys and ({"label", "labels", "entities"} & keys):
        raise InputError(
            "is doccano's JSON Lines",
            code="WL108",
            hint="Import it into a Label Studio project and export JSON",
            **where,
        )
    if {"article_id", "sections", "canonical"} <= keys:
        raise InputError(
            "holds articles, not annotations", code="WL120", hint=f"It is an input of wortlaut tasks. {_JSON}", **where
        )
    if keys & {"annotations", "completions", "data"}:
        return  # one damaged task is no reason to refuse the others
    raise InputError(
        f"is JSON, but holds no tasks; the keys of its first element are {_keys(raw)}",
        code="WL120",
        hint=_JSON,
        **where,
    )


def _keys(raw: dict[str, Any]) -> str:
    shown = ", ".join(list(raw)[:8])
    return f"{shown}, ..." if len(raw) > 8 else shown or "none"


def _shown(raw: Any) -> str:
    shown = json.dumps(raw, ensure_ascii=False, default=str)
    return shown if len(shown) <= 40 else f"{shown[:37]}..."
