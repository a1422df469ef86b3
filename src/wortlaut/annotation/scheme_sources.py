"""Where a scheme is drafted from: a labeling config (XML), or a Label Studio export itself, streamed."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

from wortlaut.annotation.reader.source import open_export
from wortlaut.annotation.reader.tasks import ReadTask, read_tasks
from wortlaut.annotation.reader.wire import WireAnnotation, WireRegion, WireTask
from wortlaut.annotation.scheme_draft import DraftedScheme, SchemeDraft
from wortlaut.schema.errors import InputError

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["draft_from_config", "draft_from_tasks", "draft_scheme"]

_LIMIT = 4 << 20  # bytes of a labeling config; real ones have some thousand
_LABELS = {"Labels", "HyperTextLabels", "ParagraphLabels"}
_NO_CONTROL = {"Filter", "Relations", "TextArea"}
_HINT = "Give a Label Studio labeling config (XML) or its JSON export"


def draft_scheme(path: str) -> DraftedScheme:
    """Draft a scheme from a labeling config or an export, whichever ``path`` holds; ``-`` is standard input.

    Raises InputError where it is neither, SchemeError where it holds no label.
    """
    if _head(path).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return draft_from_config(_whole(path), source=path)
    with open_export(path) as stream:
        items = read_tasks(stream, name=path)
        return draft_from_tasks((item.task for item in items if isinstance(item, ReadTask)), source=path)


def draft_from_tasks(tasks: Iterable[WireTask], *, source: str) -> DraftedScheme:
    """Draft a scheme from the results of the tasks of an export: what was not used in any is not in it.

    Raises SchemeError where no task bears a label.
    """
    draft = SchemeDraft()
    for task in tasks:
        for annotation in task.annotations or []:
            _see(draft, annotation)
    return draft.drafted(name=_name(source), source=source)


def draft_from_config(xml: bytes, *, source: str) -> DraftedScheme:
    """Draft a scheme from a labeling config. Raises InputError for what is no XML, SchemeError for no label."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise InputError(f"is not XML: {error.msg}", where=source, hint=_HINT) from error
    draft = SchemeDraft()
    for element in root.iter("*"):
        tag = str(element.tag)
        if tag in _LABELS:
            _dynamic(draft, element.get("value", ""), tag)
            for label in element.iter("Label"):
                _config_label(draft, label, tag)
        elif tag == "Relation":
            name = element.get("value", "")
            if not _dynamic(draft, name, tag):
                draft.relation(name)
        elif tag == "Choices":
            _config_choice(draft, element)
        elif element.get("toName") and tag not in _NO_CONTROL:
            draft.note(f"<{tag} name={element.get('name', '')!r}> is left out: a scheme has labels, relations, choices")
    return draft.drafted(name=_name(source), source=source)


def _see(draft: SchemeDraft, annotation: WireAnnotation) -> None:
    results = annotation.result or []
    labels: dict[str, list[str]] = {}
    for result in results:
        if result.type == "labels" and result.value is not None:
            labels.setdefault(result.id, []).extend(result.value.labels)
            for name in result.value.labels:
                draft.label(name)
    for result in results:
        if result.type == "relation":
            _see_relation(draft, result, labels)
        elif result.type == "choices" and result.value is not None:
            on_region = result.id in labels
            options = [(option, "", "") for option in result.value.choices or ()]
            draft.choice(result.from_name, options, on_region=on_region, applies_to=labels.get(result.id, []))
            if len(options) > 1:
                draft.several(result.from_name)
        elif result.type not in {"labels", "choices", "textarea"}:
            draft.note(f"results of the type {result.type!r} are left out: a scheme has labels, relations, choices")


def _see_relation(draft: SchemeDraft, result: WireRegion, labels: dict[str, list[str]]) -> None:
    if not result.labels:
        draft.note("a relation without a label says nothing about the scheme")
    heads, tails = labels.get(result.from_id, []), labels.get(result.to_id, [])
    if result.direction == "left":
        heads, tails = tails, heads
    for name in result.labels or []:
        draft.relation(name)
        for head in heads:
            for tail in tails:
                draft.relation(name, pair=(head, tail))


def _config_label(draft: SchemeDraft, label: _Element, control: str) -> None:
    value, alias = label.get("value", ""), label.get("alias", "")
    if _dynamic(draft, value, control):
        return
    draft.label(
        alias or value,
        color=label.get("background", ""),
        hotkey=label.get("hotkey", ""),
        title=value if alias else "",
    )


def _config_choice(draft: SchemeDraft, element: _Element) -> None:
    name = element.get("name", "")
    options = []
    for choice in element.iter("Choice"):
        value, alias = choice.get("value", ""), choice.get("alias", "")
        if not _dynamic(draft, value, "Choices"):
            options.append((alias or value, value if alias else "", choice.get("hotkey", "")))
    on_region = element.get("perRegion", "").lower() == "true"
    draft.choice(name, options, on_region=on_region, applies_to=_shown_for(element) if on_region else ())
    if element.get("choice") == "multiple":
        draft.several(name)


def _shown_for(element: _Element) -> list[str]:
    """Give the labels for which a control is shown: its own condition, or that of a View around it."""
    names: list[str] = []
    for node in (element, *element.iterancestors()):
        names += [name.strip() for name in node.get("whenLabelValue", "").split(",") if name.strip()]
    return names


def _dynamic(draft: SchemeDraft, value: str, tag: str) -> bool:
    if value.startswith("$"):
        draft.note(f"the value {value!r} in <{tag}> is left out: it comes from each task's data")
        return True
    return False


def _head(path: str) -> bytes:
    """Give the first bytes; nothing where they cannot be read, which the reader of exports says better."""
    if path == "-":
        return sys.stdin.buffer.peek(512) if isinstance(sys.stdin.buffer, BufferedReader) else b""
    try:
        with Path(path).open("rb") as file:
            return file.read(512)
    except OSError:
        return b""


def _whole(path: str) -> bytes:
    if path == "-":
        xml = sys.stdin.buffer.read(_LIMIT + 1)
    else:
        with Path(path).open("rb") as file:
            xml = file.read(_LIMIT + 1)
    if len(xml) > _LIMIT:
        raise InputError(f"is larger than {_LIMIT >> 20} MB, too large for a labeling config", where=path, hint=_HINT)
    return xml


def _name(source: str) -> str:
    stem = Path(source).name.split(".")[0].strip("- ")
    return stem if stem and stem.isprintable() else "drafted"
