"""What the tests of the reader and the checker share: valid tasks, and ways to spoil them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

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
