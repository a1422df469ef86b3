"""Take the people out of exported tasks: each becomes a pseudonym, and nothing else of them stays.

Of a task, an annotation and a draft the fields in ``TASK``, ``ANNOTATION`` and ``DRAFT`` are kept as the server wrote
them, results byte for byte; the others are counters, predictions and copies of names. Where a note, or what somebody
put into a task's ``meta``, names a user, the pseudonym takes its place. Then the bytes are searched for every user.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from wortlaut.annotation.studio.census import Person
from wortlaut.annotation.studio.mentions import NOTE, Guard, NameOf

__all__ = ["ANNOTATION", "DRAFT", "TASK", "Scrubber"]

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

_Fields = dict[str, msgspec.Raw]
_TASK_DECODER = msgspec.json.Decoder(_Fields)
_LIST_DECODER = msgspec.json.Decoder(list[_Fields])
_PLAIN = msgspec.json.Decoder()
_ENCODER = msgspec.json.Encoder()


class Scrubber:
    """Turns tasks as the server exports them into tasks as they are kept.

    ``name_of`` gives the pseudonym for an identity. ``unknown`` collects what is left out: fields that this version
    does not know, and who last changed an annotation where that is nobody whom the server names. ``notes`` counts the
    notes in which pseudonyms were put, ``spelled`` collects people whom the tasks spell out, ``strangers`` the numbers
    of authors whom nothing names: no pseudonym can be given for them.
    """

    def __init__(self, people: Iterable[Person], name_of: NameOf) -> None:
        known = tuple(people)
        self.guard = Guard(known)
        self.unknown: set[str] = set()
        self.notes = 0
        self.spelled: dict[int, Person] = {}
        self.strangers: set[int] = set()
        self._name_of = name_of
        self._by_id = {person.id: person for person in known}

    def task(self, raw: bytes) -> bytes:
        """Give a task without people, in one line."""
        fields = _TASK_DECODER.decode(raw)
        kept: dict[str, Any] = self._kept(fields, TASK, "tasks")
        if "meta" in kept:
            kept["meta"] = self._without_people(kept["meta"])
        kept["annotations"] = [self._annotation(one) for one in _listed(fields, "annotations")]
        kept["drafts"] = [self._draft(one) for one in _listed(fields, "drafts")]
        return _ENCODER.encode(kept)

    def _kept(self, fields: _Fields, names: Iterable[str], kind: str) -> dict[str, Any]:
        self.unknown |= {f"{kind}[].{name}" for name in fields.keys() - set(names) - _LEFT_OUT[kind]}
        return {name: fields[name] for name in names if name in fields}

    def _annotation(self, fields: _Fields) -> dict[str, Any]:
        kept = self._kept(fields, ANNOTATION, "annotations")
        if "completed_by" in kept:
            kept["completed_by"] = self._author(_PLAIN.decode(kept["completed_by"]))
        if "updated_by" in kept:
            kept["updated_by"] = self._last(_PLAIN.decode(kept["updated_by"]))
        if "prediction" in kept:
            kept["prediction"] = self._prediction(_PLAIN.decode(kept["prediction"]))
        kept["result"] = self._result(kept.get("result", msgspec.Raw(b"null")))
        return kept

    def _draft(self, fields: _Fields) -> dict[str, Any]:
        kept = self._kept(fields, DRAFT, "drafts")
        if "user" in kept:
            kept["user"] = self._author(_PLAIN.decode(kept["user"]))
        kept["result"] = self._result(kept.get("result", msgspec.Raw(b"null")))
        return kept

    def _author(self, said: Any) -> str | None:
        """Give the pseudonym of who made something, as the server names them: by number, by e-mail, or with both."""
        if isinstance(said, dict):
            self._learn(said)
            said = said.get("email") or said.get("id")
        if isinstance(said, int) and said not in self._by_id:
            self.strangers.add(said)
            return None
        return self._pseudonym(said)

    def _last(self, said: Any) -> str | None:
        """Give the pseudonym of who changed something last. Nothing hangs on it: somebody who is gone is left out."""
        if isinstance(said, int) and said not in self._by_id:
            self.unknown.add(f"annotations[].updated_by (account {said}, whom the server does not name)")
            return None
        return self._pseudonym(said)

    def _pseudonym(self, said: str | int | None) -> str | None:
        if isinstance(said, int):
            said = self._by_id[said].identity
        return self._name_of(said) if said else None

    def _learn(self, said: dict[str, Any]) -> None:
        """Remember somebody who is spelled out: of former users the server's list no longer tells the names."""
        number = said.get("id")
        if said.get("email") and number not in self.spelled and number not in self._by_id:
            person = msgspec.convert(said, Person, strict=False)
            self.spelled[person.id] = person

    def _without_people(self, raw: msgspec.Raw) -> Any:
        if not self.guard.suspects(memoryview(raw)):
            return raw
        return self.guard.replace_all(_PLAIN.decode(raw), self._name_of)

    def _prediction(self, said: Any) -> Any:
        """Keep of the prediction that an annotation began with which one it was."""
        if not isinstance(said, dict):
            return said
        return self.guard.replace_all({name: said[name] for name in _PREDICTION if name in said}, self._name_of)

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


def _notes(region: Any) -> Iterator[dict[str, Any]]:
    """Give the objects of a region whose ``text`` an annotator wrote."""
    if not isinstance(region, dict):
        return
    for key in ("value", "meta"):
        holder = region.get(key)
        if isinstance(holder, dict) and "text" in holder and (key == "meta" or region.get("type") == NOTE):
            yield holder
