"""The careful way through one task: what the typed decoder refuses is named, and the rest is read.

This is the only place where raw wire data is handled. Entries of ``result`` that cannot be read are replaced by
a stand-in (``TAKEN_OUT``), so that the numbers of the others stay those of the file.
"""

from __future__ import annotations

import math
import re
from typing import Any, get_args

import msgspec

from wortlaut.annotation.reader.wire import (
    MISSING,
    TAKEN_OUT,
    Origin,
    WireAnnotation,
    WireData,
    WireMeta,
    WireProposal,
    WireRegion,
    WireTask,
    WireUser,
    WireValue,
)
from wortlaut.schema.errors import InputError
from wortlaut.schema.findings import Finding
from wortlaut.schema.rules import finding

__all__ = ["Repaired", "is_address", "repair"]

# One list of values, whatever the control; an attribute of the span or of the document.
_LISTS = {"choices": "choices", "taxonomy": "taxonomy", "rating": "rating", "number": "number", "datetime": "datetime"}
_ELSEWHERE = re.compile(
    r"(rectangle|ellipse|polygon|keypoint|brush|vector|bitmask|cube|video|timeline|timeseries|audio)", re.IGNORECASE
)
_ADDRESS = re.compile(r"(https?://|/data/|s3://|data:)\S*")
_ORIGINS = get_args(Origin)


class Repaired(msgspec.Struct, frozen=True, kw_only=True):
    """A task, what was found on the way, and the number that each of its annotations had in the file."""

    task: WireTask
    findings: tuple[Finding, ...]
    positions: tuple[int, ...]


def repair(raw: dict[str, Any], *, place: str, name: str, text_key: str | None) -> Repaired:
    """Read one task, given as plain JSON values.

    ``place`` is the task's place in the file for findings, ``name`` the file's for errors, ``text_key`` the field
    of ``data`` that holds the text (None: found out). Raises InputError where the whole file is of a kind that
    cannot be read: HyperText, pictures.
    """
    return _Repair(place, name).task(raw, text_key)


def is_address(text: str) -> bool:
    """Say whether a text is only an address, which Label Studio loads a picture or a text from."""
    return bool(_ADDRESS.fullmatch(text))


class _Repair:
    def __init__(self, place: str, name: str) -> None:
        self.place = place
        self.name = name
        self.task_id = ""
        self.findings: list[Finding] = []

    def note(self, code: str, where: str, message: str, *, lost: int = 0) -> None:
        place = f"{self.place}{where}"
        self.findings.append(finding(code, place, message, task_id=self.task_id, regions=lost))

    def task(self, raw: dict[str, Any], text_key: str | None) -> Repaired:
        task_id = _scalar(raw.get("id"))
        self.task_id = "" if task_id is None else str(task_id)
        listed = raw.get("annotations")
        key = "annotations"
        if listed is None and "completions" in raw:
            key, listed = "completions", raw["completions"]
            listed = [listed] if isinstance(listed, dict) else listed
            self.note("WL115", "", "the task has completions, as Label Studio wrote before version 1.0")
        if listed is not None and not isinstance(listed, list):
            self.note("WL203", f".{key}", f"{key} is {_kind(listed)}, not a list")
            listed = []
        data = raw.get("data")
        fields = data if isinstance(data, dict) else {}
        text = _text(fields, listed or [], text_key)
        annotations: list[WireAnnotation] = []
        positions: list[int] = []
        for number, item in enumerate(listed or []):
            annotation = self._annotation(item, f".{key}[{number}]", text, fields)
            if annotation is not None:
                annotations.append(annotation)
                positions.append(number)
        task = WireTask(
            id=task_id,
            annotations=None if listed is None else annotations,
            drafts=self._drafts(raw.get("drafts")),
            predictions=self._drafts(raw.get("predictions")),
            data=_data(fields, text),
        )
        return Repaired(task=task, findings=tuple(self.findings), positions=tuple(positions))

    def _drafts(self, raw: Any) -> list[WireProposal | int | str]:
        drafts: list[WireProposal | int | str] = []
        for draft in raw if isinstance(raw, list) else []:
            result = draft.get("result") if isinstance(draft, dict) else None
            drafts.append(WireProposal(result=[WireRegion() for _ in result] if isinstance(result, list) else None))
        return drafts

    def _annotation(self, raw: Any, where: str, text: str, fields: dict[str, Any]) -> WireAnnotation | None:
        if not isinstance(raw, dict):
            self.note("WL203", where, f"the annotation is {_kind(raw)}, not an object")
            return None
        result = raw.get("result")
        if result is not None and not isinstance(result, list):
            self.note("WL203", f"{where}.result", f"result is {_kind(result)}, not a list")
            return None
        if "result" not in raw:
            self.note("WL203", where, "the annotation has no result")
            return None
        regions = None
        if result is not None:
            regions = [self._region(item, f"{where}.result[{i}]", i, text, fields) for i, item in enumerate(result)]
        return WireAnnotation(
            id=_scalar(raw.get("id")),
            completed_by=_user(raw.get("completed_by")),
            result=regions,
            was_cancelled=raw.get("was_cancelled") is True or raw.get("skipped") is True,
            ground_truth=raw.get("ground_truth") is True or raw.get("honeypot") is True,
            created_at=_scalar(raw.get("created_at")),
            updated_at=_scalar(raw.get("updated_at")),
            lead_time=_number(raw.get("lead_time")),
        )

    def _region(self, raw: Any, where: str, number: int, text: str, fields: dict[str, Any]) -> WireRegion:
        if not isinstance(raw, dict):
            return self._lost("WL201", where, f"the entry is {_kind(raw)}, not an object")
        kind = raw.get("type")
        if not isinstance(kind, str) or not kind:
            kind = "relation" if "from_id" in raw else ""
        value = raw.get("value")
        value = value if isinstance(value, dict) else {}
        if kind == "relation":
            return self._relation(raw, where)
        if kind == "textarea":
            said = value.get("text")
            lines = [said] if isinstance(said, str) else _strings(said)
            if lines is None:
                return self._lost("WL201", where, f"value.text of a note is {_kind(said)}, not a list of texts")
            return self._attribute(raw, "textarea", value, where, number, text=lines)
        if kind in _LISTS:
            values = _values(value.get(_LISTS[kind]))
            if values is None:
                return self._lost("WL201", where, f"value.{_LISTS[kind]} is {_kind(value.get(_LISTS[kind]))}")
            return self._attribute(raw, "choices", value, where, number, choices=values)
        if kind.lower().endswith("labels") and not _ELSEWHERE.match(kind):
            return self._span(raw, value, where, number, text)
        if _ELSEWHERE.match(kind) and not _texts(fields):
            raise InputError(
                f"holds regions of type {kind}, no text regions",
                where=f"{self.place}{where}",
                code="WL110",
                hint="wortlaut checks annotation of text: give the export of a text project",
            )
        message = f"regions of type {kind!r} are not read" if kind else "the entry has no type"
        return self._lost("WL204" if kind else "WL201", where, message)

    def _lost(self, code: str, where: str, message: str) -> WireRegion:
        self.note(code, where, message, lost=1)
        return WireRegion(type=TAKEN_OUT)

    def _relation(self, raw: dict[str, Any], where: str) -> WireRegion:
        ends = [_scalar(raw.get(key)) for key in ("from_id", "to_id")]
        if None in ends or "" in ends:
            return self._lost("WL201", where, "a relation without from_id or to_id")
        direction = raw.get("direction")
        if direction not in ("right", "left", "bi", None):
            return self._lost("WL201", where, f"direction is {direction!r}, not right, left or bi")
        labels = raw.get("labels")
        named = [labels] if isinstance(labels, str) else [] if labels is None else _strings(labels)
        if named is None:
            return self._lost("WL201", where, f"labels is {_kind(labels)}, not a list of texts")
        return WireRegion(
            type="relation", from_id=str(ends[0]), to_id=str(ends[1]), direction=direction or "right", labels=named
        )

    def _span(self, raw: dict[str, Any], value: dict[str, Any], where: str, number: int, text: str) -> WireRegion:
        if "globalOffsets" in value or (isinstance(value.get("start"), str) and value["start"].startswith("/")):
            raise InputError(
                "is an export of a HyperText project: its spans are XPaths into rendered HTML",
                where=f"{self.place}{where}",
                code="WL109",
                hint="Annotate plain text with a Text tag (wortlaut config prints the labeling config)",
            )
        labels = value.get(raw["type"], value.get("labels"))
        names = [labels] if isinstance(labels, str) else _strings(labels)
        if labels is not None and names is None:
            return self._lost("WL201", where, f"value.labels is {_kind(labels)}, not a list of texts")
        if not names:
            return self._lost("WL402", where, f"the span {value.get('start')}:{value.get('end')} has no label")
        said = value.get("text")
        surface = said if isinstance(said, str) else "\n".join(_strings(said) or ())
        edges = self._offsets(value, where, text, surface)
        if edges is None:
            return WireRegion(type=TAKEN_OUT)
        new = WireValue(start=edges[0], end=edges[1], text=surface, labels=names)
        return _region_of("labels", raw, self._id(raw, where, number), new, self._meta(raw, where))

    def _offsets(self, value: dict[str, Any], where: str, text: str, surface: str) -> tuple[int, int] | None:
        edges: list[int] = []
        odd = []
        for key in ("start", "end"):
            said = value.get(key)
            exact = _whole(said)
            if exact is None:
                self.note("WL302", f"{where}.value", f"{key} is {_shown(said)}, not a whole number", lost=1)
                return None
            if type(said) is not int:
                odd.append(f"{key} is {_shown(said)}")
            edges.append(exact)
        start, end = edges
        if start < 0 or end < 0:
            self.note("WL301", where, f"the span {start}:{end} has a negative offset", lost=1)
            return None
        if odd:
            proven = bool(surface) and text[start:end] == surface
            read = "; the text proves what is meant" if proven else ", and the text does not prove what is meant"
            self.note("WL302", f"{where}.value", f"{' and '.join(odd)}{read}", lost=0 if proven else 1)
            return (start, end) if proven else None
        return start, end

    def _attribute(
        self,
        raw: dict[str, Any],
        kind: str,
        value: dict[str, Any],
        where: str,
        number: int,
        *,
        text: list[str] | None = None,
        choices: list[str] | None = None,
    ) -> WireRegion:
        start, end = _whole(value.get("start")), _whole(value.get("end"))
        new = WireValue(
            start=MISSING if start is None or start < 0 else start,
            end=MISSING if end is None or end < 0 else end,
            text=text,
            choices=choices,
        )
        return _region_of(kind, raw, self._id(raw, where, number), new, self._meta(raw, where))

    def _meta(self, raw: dict[str, Any], where: str) -> WireMeta | None:
        """Read Label Studio's own note on a region; what else stands under ``meta`` is none."""
        meta = raw.get("meta")
        said = meta.get("text") if isinstance(meta, dict) else None
        if said is None:
            return None
        lines = [said] if isinstance(said, str) else _strings(said)
        if lines is None:
            self.note("WL201", f"{where}.meta", f"meta.text, a note, is {_kind(said)}, not a list of texts; not read")
        return None if lines is None else WireMeta(text=lines)

    def _id(self, raw: dict[str, Any], where: str, number: int) -> str:
        key = raw.get("id")
        if isinstance(key, str) and key:
            return key
        if isinstance(key, int) and not isinstance(key, bool):
            return str(key)
        self.note("WL205", where, f"the region has no id ({_shown(key)}); it is read as number {number}")
        return f"(number {number})"


def _region_of(kind: str, raw: dict[str, Any], key: str, value: WireValue, meta: WireMeta | None) -> WireRegion:
    origin: Origin = raw["origin"] if raw.get("origin") in _ORIGINS else "manual"
    from_name, to_name = (
        said if isinstance(said := raw.get(k), str) and said else "-" for k in ("from_name", "to_name")
    )
    return WireRegion(type=kind, id=key, from_name=from_name, to_name=to_name, origin=origin, value=value, meta=meta)


def _user(raw: Any) -> WireUser | int | str | None:
    if isinstance(raw, dict):
        email = raw.get("email")
        return WireUser(id=_scalar(raw.get("id")), email=email if isinstance(email, str) else "")
    return _scalar(raw)


def _scalar(raw: Any) -> int | str | None:
    return raw if isinstance(raw, int | str) and not isinstance(raw, bool) else None


def _number(raw: Any) -> float | None:
    """Give a number as a float; None for anything else, and for what no float can hold."""
    try:
        number = float(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) else None
    except OverflowError:
        return None
    return None if number is None or math.isinf(number) else number


def _whole(raw: Any) -> int | None:
    """Give the whole number that a value stands for, as 12, "12" or 12.0; None for anything else."""
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int):
        return raw
    if isinstance(raw, float) and raw.is_integer():
        return int(raw)
    if isinstance(raw, str) and re.fullmatch(r"-?[0-9]{1,9}", raw):
        return int(raw)
    return None


def _strings(raw: Any) -> list[str] | None:
    return list(raw) if isinstance(raw, list) and all(isinstance(item, str) for item in raw) else None


def _values(raw: Any) -> list[str] | None:
    """Give the values of a choice, a taxonomy (each path as A/B), a rating, a number or a date."""
    if isinstance(raw, str | int | float) and not isinstance(raw, bool):
        return [str(raw)]
    if not isinstance(raw, list):
        return None
    values = []
    for item in raw:
        path = _strings(item) if isinstance(item, list) else [item] if isinstance(item, str) else None
        if path is None:
            return None
        values.append("/".join(path))
    return values


def _data(fields: dict[str, Any], text: str) -> WireData:
    # Keys with a dot are foreign data, and nothing of ours; only fields that we know are taken over.
    known = {key: fields[key] for key in WireData.__struct_fields__ if key in fields}
    key = known.get("article_id")
    known["article_id"] = key if isinstance(key, str | int) and not isinstance(key, bool) else ""
    known["text"] = text
    if not isinstance(known.get("text_sha256", ""), str):
        known["text_sha256"] = ""
    return WireData(**known)


def _texts(fields: dict[str, Any]) -> dict[str, str]:
    """Give the fields that could hold the annotated text: strings that are no address."""
    return {key: value for key, value in fields.items() if isinstance(value, str) and value and not is_address(value)}


def _text(fields: dict[str, Any], annotations: list[Any], text_key: str | None) -> str:
    """Find the annotated text: the field named, else ``text``, else the one that the surfaces fit best."""
    texts = _texts(fields)
    if text_key is not None:
        return texts.get(text_key, "")
    # A text that is there and empty is the text: no other field stands in for it.
    if "text" in texts or fields.get("text") == "" or not texts:
        return texts.get("text", "")
    surfaces = list(_surfaces(annotations))

    def fit(key: str) -> tuple[int, int]:
        return sum(texts[key][start:end] == surface for start, end, surface in surfaces), len(texts[key])

    best = max(texts, key=fit)
    return texts[best] if fit(best)[0] or not surfaces else ""


def _surfaces(annotations: list[Any]) -> list[tuple[int, int, str]]:
    found = []
    for annotation in annotations:
        result = annotation.get("result") if isinstance(annotation, dict) else None
        for region in result if isinstance(result, list) else []:
            value = region.get("value") if isinstance(region, dict) else None
            if isinstance(value, dict) and isinstance(value.get("text"), str):
                start, end = _whole(value.get("start")), _whole(value.get("end"))
                if start is not None and end is not None and value["text"]:
                    found.append((start, end, value["text"]))
    return found


def _kind(raw: Any) -> str:
    kinds: list[tuple[type, str]] = [
        (bool, "true or false"),
        (dict, "an object"),
        (list, "a list"),
        (str, "a text"),
        (int, "a number"),
        (float, "a number"),
    ]
    return next((word for kind, word in kinds if isinstance(raw, kind)), "null")


def _shown(raw: Any) -> str:
    if raw is None:
        return "missing"
    return _kind(raw) if isinstance(raw, dict | list) else repr(raw)
