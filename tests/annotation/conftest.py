"""What the tests of the reader and the checker share: valid tasks, and ways to spoil them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from wortlaut.annotation.check.checker import Checker
from wortlaut.annotation.reader.scan import Element
from wortlaut.schema.article import text_sha256
from wortlaut.schema.assets import assets
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.scheme import Scheme, default_scheme, parse_scheme

_POSITIVE = Path(__file__).parent / "check" / "fixtures" / "positive"

# Values that real exports and broken programs put where something else belongs.
_OTHER: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 60),
    st.sampled_from([2**31, 2**70, -(2**53), 1.5, 12.0, -0.0, 1e300, 1e308 * 10]),
    st.sampled_from(
        ["", "PER", "DIRECT", "SPEAKER", "labels", "relation", "choices", "left", "12", "4.5", "s1", "\ud83d"]
    ),
    st.sampled_from(["textarea", "taxonomy", "pairwise", "in_text", "/p[1]", "https://bote.example", "\x00", " "]),
    st.recursive(
        st.sampled_from([None, 1, "x"]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "id", "result"]), inner),
        max_leaves=4,
    ),
)
_KEYS = st.sampled_from(
    [
        *("id", "type", "value", "start", "end", "text", "labels", "choices", "from_id", "to_id", "direction", "score"),
        *("origin", "from_name", "result", "completed_by", "was_cancelled", "ground_truth", "annotations", "data"),
        *("drafts", "predictions", "meta", "completions", "article_id", "text_sha256", "parentID", "parent_prediction"),
        *("prediction", "draft_created_at", "created_at", "updated_at", "lead_time", "email", "globalOffsets", "a.b"),
    ]
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in children for place in _places(child, (*path, key)))]


def _spoil(data: st.DataObject, value: Any) -> Any:
    """Replace, remove, double or add one value at some place."""
    value = copy.deepcopy(value)
    path = data.draw(st.sampled_from(_places(value)[1:]), label="path")
    parent = value
    for step in path[:-1]:
        parent = parent[step]
    deed = data.draw(st.sampled_from(["replace", "replace", "remove", "add", "double"]), label="deed")
    last = path[-1]
    if deed == "remove":
        del parent[last]
    elif deed == "double" and isinstance(parent, list):
        parent.insert(last, copy.deepcopy(parent[last]))
    elif deed == "add" and isinstance(parent, dict):
        parent[data.draw(_KEYS)] = copy.deepcopy(data.draw(_OTHER))
    else:
        parent[last] = copy.deepcopy(data.draw(_OTHER))
    return value


@pytest.fixture(scope="session")
def valid_tasks() -> list[Any]:
    """The tasks of the positive fixtures, as plain values."""
    tasks = [task for path in sorted(_POSITIVE.glob("*.json")) for task in json.loads(path.read_text("utf-8-sig"))]
    assert len(tasks) >= 12
    return tasks


@pytest.fixture(scope="session")
def spoiled(valid_tasks: list[Any]) -> Callable[[st.DataObject], list[Any]]:
    """Give one or two valid tasks with one to three values spoiled."""

    def spoiled_tasks(data: st.DataObject) -> list[Any]:
        chosen = data.draw(st.lists(st.sampled_from(valid_tasks), min_size=1, max_size=2), label="tasks")
        for _ in range(data.draw(st.integers(1, 3), label="how often")):
            if not _places(chosen)[1:]:
                break
            chosen = _spoil(data, chosen)
        return chosen

    return spoiled_tasks


_SHUFFLE = """
[[migrations]]
version = "2.0.0"
before = "2026-06-01T00:00:00+02:00"
steps = [
    { from = "GPE", to = "ROLE" },
    { from = "ROLE", to = "GPE" },
    { from = ["LOC", "EVENT"], to = "LOC" },
    { from = "ORG", split = { GPE = ["Kommission Hafenwacht"], ORG = ["Ayla Reinke", "Wählergruppe Uferleben"] } },
    { from = "REPORTED", to = "INDIRECT" },
    { kind = "relation", from = "HOLDS_ROLE", to = "HOLDS_ROLE", reverse = true },
    { kind = "relation", from = "MEMBER_OF", to = "REPRESENTS", reverse = true },
    { kind = "relation", from = ["ADDRESSEE", "OLD_SPEAKER"], to = "SPEAKER" },
    { kind = "option", choice = "speaker_status", from = "unknown", to = "in_text" },
    { kind = "option", choice = "speaker_status", from = "in_text", to = "outside_text" },
]
"""


@pytest.fixture(scope="session")
def shuffled() -> Scheme:
    """Give press-de as a version 2.0.0 that changed names in every way: swapped, merged, split, turned round."""
    text = assets("schema", "scheme.toml").read_text("utf-8").replace('version = "1.0.0"', 'version = "2.0.0"', 1)
    return parse_scheme(text + _SHUFFLE)


class Export:
    """A task written by hand: spans by their surface, relations between them, and what the check makes of it."""

    def __init__(self, text: str, scheme: Scheme | None = None) -> None:
        self.text = text
        self.scheme = scheme or default_scheme()
        self.annotations: list[dict[str, Any]] = []
        self.annotation()

    def annotation(self, **fields: Any) -> None:
        """Begin a further annotation; the first one is there."""
        number = len(self.annotations) + 1
        self.annotations.append({"id": number, "completed_by": number, "result": []} | fields)

    @property
    def result(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.annotations[-1]["result"]
        return found

    def span(self, label: str, surface: str, *, nth: int = 0, key: str = "", unit: str = "point", **value: Any) -> str:
        """Draw a span over the nth place where the surface stands; ``unit`` is point or utf-16. Gives its id."""
        start = -1
        for _ in range(nth + 1):
            start = self.text.index(surface, start + 1)
        end = start + len(surface)
        if unit == "utf-16":
            start, end = (len(self.text[:edge].encode("utf-16-le")) // 2 for edge in (start, end))
        key = key or f"s{len(self.result)}"
        said = {"start": start, "end": end, "text": surface, "labels": [label]} | value
        self.result.append({"id": key, "type": "labels", "from_name": "lab", "to_name": "text", "value": said})
        return key

    def relation(self, label: str, head: str, tail: str, direction: str = "right") -> None:
        labels = [label] if label else []
        self.result.append(
            {"type": "relation", "from_id": head, "to_id": tail, "direction": direction, "labels": labels}
        )

    def status(self, key: str, option: str) -> None:
        value = {"choices": [option], "start": 0, "end": 1, "text": self.text[:1]}
        self.result.append(
            {"id": key, "type": "choices", "from_name": "speaker_status", "to_name": "text", "value": value}
        )

    def check(self, **fields: Any) -> CheckedTask:
        data = {"article_id": "bote-1", "text": self.text, "text_sha256": text_sha256(self.text)}
        task = {"id": 1, "data": data, "annotations": self.annotations} | fields
        element = Element(index=0, start=0, raw=json.dumps(task).encode())
        (item,) = Checker(self.scheme).element(element, 0, name="x")
        assert isinstance(item, CheckedTask)
        lost = sum(found.regions for found in item.findings)
        assert item.counts.seen == item.counts.kept + lost
        return item


@pytest.fixture(scope="session")
def export() -> type[Export]:
    """The class to write a task by hand with."""
    return Export
