"""Take the people out of exported tasks: each becomes a pseudonym, and nothing else of them stays.

Of a task, an annotation and a draft the fields in ``TASK``, ``ANNOTATION`` and ``DRAFT`` are kept as the server wrote
them, results byte for byte; the others are counters, predictions and copies of names. Where a note names a user by
e-mail address or full name, the pseudonym takes its place. Then the bytes are searched for every user of the server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from wortlaut.annotation.studio.census import Person
from wortlaut.schema.errors import UsageError

__all__ = ["ANNOTATION", "DRAFT", "TASK", "Guard", "Scrubber"]

TASK = (
    "id", "inner_id", "project", "created_at", "updated_at", "total_annotations", "cancelled_annotations",
    "annotations", "drafts", "data", "meta",
)  # fmt: skip
ANNOTATION = (
    "id", "completed_by", "was_cancelled", "ground_truth", "created_at", "updated_at", "updated_by",
    "draft_created_at", "lead_time", "last_action", "import_id", "prediction", "parent_prediction",
    "parent_annotation", "result_count", "result",
)  # fmt: skip
DRAFT = (
    "id", "annotation", "user", "was_postponed", "created_at", "updated_at", "lead_time", "import_id", "result",
)  # fmt: skip
_LEFT_OUT = {
    "tasks": {
        "predictions", "total_predictions", "allow_skip", "overlap", "is_labeled", "comment_count",
        "unresolved_comment_count", "last_comment_updated_at", "comment_authors", "updated_by", "file_upload", "state",
    },
    "annotations": {
        "unique_id", "bulk_created", "task", "project", "last_created_by", "created_username", "created_ago", "state",
    },
    "drafts": {"created_username", "created_ago", "task", "state"},
}  # fmt: skip
_PREDICTION = ("id", "model_version", "score")
_NOTE = "textarea"

_Fields = dict[str, msgspec.Raw]
_TASK_DECODER = msgspec.json.Decoder(_Fields)
_LIST_DECODER = msgspec.json.Decoder(list[_Fields])
_PLAIN = msgspec.json.Decoder()
_ENCODER = msgspec.json.Encoder()


class Guard:
    """Finds users of the server in what is written. ``name_of`` gives the pseudonym for an identity."""

    def __init__(self, people: Iterable[Person]) -> None:
        # E-mail addresses and full names are looked for everywhere, a bare name only where it is a value by itself:
        # it may be a word of the language.
        self._anywhere: dict[str, str] = {}
        self._whole: dict[str, str] = {}
        for person in people:
            for name in (person.email, person.full_name):
                if "@" in name or " " in name:
                    self._anywhere[name.casefold()] = person.identity
                elif name:
                    self._whole[name.casefold()] = person.identity
            if person.username:
                self._whole.setdefault(person.username.casefold(), person.identity)
        needles = [_json(name) for name in self._anywhere] + [f'"{_json(name)}"' for name in self._whole]
        self._needles = tuple(needle for needle in needles if needle)
        self._names = re.compile("|".join(map(re.escape, sorted(self._anywhere, key=len, reverse=True))) or r"(?!)")

    def suspects(self, raw: bytes | memoryview) -> bool:
        """Say whether somebody may be named in a piece of JSON. Quick; it cannot tell where."""
        text = str(raw, "utf-8").casefold()
        return any(needle in text for needle in self._needles)

    def replace(self, text: str, name_of: Callable[[str], str]) -> str:
        """Put pseudonyms where a note names people.

        >>> guard = Guard([Person(id=2, email="anna@example.org", first_name="Anna", last_name="Kern")])
        >>> guard.replace("Frag ANNA KERN (anna@example.org)!", lambda identity: "annotator-1")
        'Frag annotator-1 (annotator-1)!'
        """
        # Folding makes two letters of some (ß): where each came from.
        places = [place for place, letter in enumerate(text) for _ in letter.casefold()]
        parts, done = [], 0
        for found in self._names.finditer(text.casefold()):
            start, end = places[found.start()], places[found.end() - 1] + 1
            parts += [text[done:start], name_of(self._anywhere[found[0]])]
            done = end
        return "".join([*parts, text[done:]])

    def check(self, raw: bytes) -> None:
        """Raise UsageError where a task, as it is written, names a user outside its data and its spans' surfaces."""
        if not self.suspects(raw):
            return
        task = _PLAIN.decode(raw)
        task.pop("data", None)
        for place, text, free in _strings(task, f"task {task.get('id')}"):
            folded = text.casefold()
            if self._names.search(folded) or (not free and folded in self._whole):
                raise UsageError(
                    "would name a user of the server",
                    where=place,
                    hint="Nothing was written. This is a bug in wortlaut, or a field of a newer Label Studio",
                )


class Scrubber:
    """Turns tasks as the server exports them into tasks as they are kept.

    ``name_of`` gives the pseudonym for an identity; ``unknown`` collects fields that this version does not know and
    leaves out, ``notes`` counts the notes in which pseudonyms were put.
    """

    def __init__(self, people: Iterable[Person], name_of: Callable[[str], str]) -> None:
        known = tuple(people)
        self.guard = Guard(known)
        self.unknown: set[str] = set()
        self.notes = 0
        self._name_of = name_of
        self._by_id = {person.id: person for person in known}

    def task(self, raw: bytes) -> bytes:
        """Give a task without people, in one line."""
        fields = _TASK_DECODER.decode(raw)
        kept: dict[str, Any] = self._kept(fields, TASK, "tasks")
        kept["annotations"] = [self._annotation(one) for one in _listed(fields, "annotations")]
        kept["drafts"] = [self._draft(one) for one in _listed(fields, "drafts")]
        return _ENCODER.encode(kept)

    def _kept(self, fields: _Fields, names: Iterable[str], kind: str) -> dict[str, Any]:
        self.unknown |= {f"{kind}[].{name}" for name in fields.keys() - set(names) - _LEFT_OUT[kind]}
        return {name: fields[name] for name in names if name in fields}

    def _annotation(self, fields: _Fields) -> dict[str, Any]:
        kept = self._kept(fields, ANNOTATION, "annotations")
        for name in ("completed_by", "updated_by"):
            if name in kept:
                kept[name] = self._person(_PLAIN.decode(kept[name]))
        if "prediction" in kept:
            kept["prediction"] = _prediction(_PLAIN.decode(kept["prediction"]))
        kept["result"] = self._result(kept.get("result", msgspec.Raw(b"null")))
        return kept

    def _draft(self, fields: _Fields) -> dict[str, Any]:
        kept = self._kept(fields, DRAFT, "drafts")
        if "user" in kept:
            kept["user"] = self._person(_PLAIN.decode(kept["user"]))
        kept["result"] = self._result(kept.get("result", msgspec.Raw(b"null")))
        return kept

    def _person(self, said: Any) -> str | None:
        """Give the pseudonym of somebody as the server names them: by id, by e-mail address, or with both."""
        if isinstance(said, dict):
            said = said.get("email") or said.get("id")
        if isinstance(said, int):
            known = self._by_id.get(said)
            said = known.identity if known else str(said)
        return self._name_of(said) if said else None

    def _result(self, raw: msgspec.Raw) -> Any:
        if not self.guard.suspects(memoryview(raw)):
            return raw
        result = _PLAIN.decode(raw)
        changed = False
        for region in result if isinstance(result, list) else ():
            for holder in _notes(region):
                text = holder["text"]
                new = [self._note(one) for one in text] if isinstance(text, list) else self._note(text)
                changed = changed or new != text
                holder["text"] = new
        return result if changed else raw

    def _note(self, text: Any) -> Any:
        if not isinstance(text, str):
            return text
        new = self.guard.replace(text, self._name_of)
        self.notes += new != text
        return new


def _listed(fields: _Fields, name: str) -> list[_Fields]:
    """Give annotations or drafts by their id: the server does not promise an order."""
    raw = fields.get(name)
    items = _LIST_DECODER.decode(raw) if raw is not None else []
    return sorted(items, key=lambda item: int(bytes(item["id"])))


def _prediction(said: Any) -> Any:
    """Keep of the prediction that an annotation began with which one it was."""
    return {name: said[name] for name in _PREDICTION if name in said} if isinstance(said, dict) else said


def _notes(region: Any) -> Iterator[dict[str, Any]]:
    """Give the objects of a region whose ``text`` an annotator wrote."""
    if not isinstance(region, dict):
        return
    for key in ("value", "meta"):
        holder = region.get(key)
        if isinstance(holder, dict) and "text" in holder and (key == "meta" or region.get("type") == _NOTE):
            yield holder


def _strings(value: Any, place: str, *, free: bool = False) -> Iterator[tuple[str, str, bool]]:
    """Give each text in a value with its place, and whether it is in a result, where a bare name may be a word.

    The surfaces of spans are left out: they repeat the article.
    """
    if isinstance(value, str):
        yield place, value, free
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _strings(item, f"{place}[{number}]", free=free)
    elif isinstance(value, dict):
        inner = value.get("value")
        if free and isinstance(inner, dict) and value.get("type") != _NOTE and "text" in inner:
            value = value | {"value": {key: one for key, one in inner.items() if key != "text"}}
        for key, item in value.items():
            yield from _strings(item, f"{place}.{key}", free=free or key == "result")


def _json(text: str) -> str:
    return _ENCODER.encode(text).decode()[1:-1]
