"""What Label Studio imports and its page breaks on is refused, one fixture for each kind of problem."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wortlaut.annotation.preflight import PROBLEM_KINDS, preflight, preflight_json, refuse
from wortlaut.schema.article import text_sha256
from wortlaut.schema.errors import RecordError
from wortlaut.schema.scheme import Scheme, default_scheme, parse_scheme
from wortlaut.schema.task import LabelsValue, PredictedSpan, Prediction, Task, TaskData

TEXT = "Anna Weber sagte 🎉: „Wir kommen.“ Danach ging sie."
SCHEME = default_scheme()

Wire = dict[str, Any]

# "sie" as JavaScript counts it: the emoji before it takes two places.
UTF16 = {"start": 47, "end": 50, "text": "sie", "labels": ["PER"]}


def span(region_id: str, label: str, start: int, end: int) -> Wire:
    value = {"start": start, "end": end, "text": TEXT[start:end], "labels": [label]}
    return {"type": "labels", "id": region_id, "from_name": "lab", "to_name": "text", "value": value}


def choice(region_id: str, name: str, *options: str, at: tuple[int, int] | None = (20, 33)) -> Wire:
    value: Wire = {"choices": list(options)}
    if at:
        value |= {"start": at[0], "end": at[1], "text": TEXT[at[0] : at[1]]}
    return {"type": "choices", "id": region_id, "from_name": name, "to_name": "text", "value": value}


def note(region_id: str, start: int, end: int) -> Wire:
    value = {"start": start, "end": end, "text": ["unsicher"]}
    return {"type": "textarea", "id": region_id, "from_name": "note", "to_name": "text", "value": value}


def relation(head: str, tail: str, label: str = "SPEAKER") -> Wire:
    return {"type": "relation", "from_id": head, "to_id": tail, "labels": [label], "direction": "right"}


def good() -> Wire:
    result = [span("a", "PER", 0, 10), span("q", "DIRECT", 20, 33), span("c", "CUE", 11, 16)]
    result += [choice("q", "speaker_status", "in_text"), note("q", 20, 33)]
    result += [relation("q", "a"), relation("c", "q", "CUE_OF")]
    data = {"article_id": "x-1", "text": TEXT, "text_sha256": text_sha256(TEXT)}
    return {"data": data, "predictions": [{"model_version": "m/1", "result": result}]}


def kinds(task: Wire, scheme: Scheme = SCHEME) -> list[str]:
    return [problem.kind for problem in preflight_json(msgspec.json.encode(task), scheme)]


def test_a_good_task_has_no_problem() -> None:
    assert kinds(good()) == []
    task = msgspec.json.decode(msgspec.json.encode(good()), type=Task)
    assert preflight(task, SCHEME) == ()


def value_of(task: Wire, number: int = 0) -> Wire:
    value = task["predictions"][0]["result"][number]["value"]
    assert isinstance(value, dict)
    return value


def result_of(task: Wire) -> list[Wire]:
    result = task["predictions"][0]["result"]
    assert isinstance(result, list)
    return result


def text_of(task: Wire, text: str) -> None:
    task["data"] |= {"text": text, "text_sha256": text_sha256(text)}
    task["predictions"] = []


BROKEN: dict[str, tuple[str, Callable[[Wire], object]]] = {
    "float offset": ("shape", lambda task: value_of(task).update(start=0.5)),
    "float that is whole": ("shape", lambda task: value_of(task).update(start=0.0)),
    "offset as text": ("shape", lambda task: value_of(task).update(start="0")),
    "negative offset": ("shape", lambda task: value_of(task).update(start=-1)),
    "no text": ("shape", lambda task: value_of(task).pop("text")),
    "no data.text": ("shape", lambda task: task["data"].pop("text")),
    "data.id": ("shape", lambda task: task["data"].update(id="x-1")),
    "other from_name": ("shape", lambda task: result_of(task)[0].update(from_name="label")),
    "other to_name": ("shape", lambda task: result_of(task)[0].update(to_name="txt")),
    "two labels": ("shape", lambda task: value_of(task)["labels"].append("ORG")),
    "unknown type": ("shape", lambda task: result_of(task)[0].update(type="hypertextlabels")),
    "result null": ("shape", lambda task: task["predictions"][0].update(result=None)),
    "empty id": ("shape", lambda task: result_of(task)[0].update(id="")),
    "bad direction": ("shape", lambda task: result_of(task)[5].update(direction="up")),
    "end beyond the text": ("offsets", lambda task: value_of(task).update(end=4000)),
    "reversed": ("offsets", lambda task: value_of(task).update(start=10, end=0)),
    "empty span": ("offsets", lambda task: value_of(task).update(start=5, end=5, text="")),
    "blank span": ("offsets", lambda task: value_of(task).update(start=10, end=11, text=" ")),
    "wrong text": ("surface", lambda task: value_of(task).update(text="Anna Wobor")),
    "empty text": ("surface", lambda task: value_of(task).update(text="")),
    "UTF-16 offsets": ("surface", lambda task: result_of(task).append(span("b", "PER", 46, 49) | {"value": UTF16})),
    "carriage return": ("line-end", lambda task: text_of(task, "Eins\r\nZwei")),
    "other hash": ("hash", lambda task: task["data"].update(text_sha256="0" * 64)),
    "two of one version": ("model-version", lambda task: task["predictions"].append(good()["predictions"][0])),
    "duplicate id": ("duplicate-id", lambda task: result_of(task).append(span("a", "PER", 46, 49))),
    "choice twice": ("duplicate-id", lambda task: result_of(task).append(choice("q", "speaker_status", "unknown"))),
    "note twice": ("duplicate-id", lambda task: result_of(task).append(note("q", 20, 33))),
    "the same span twice": ("duplicate-span", lambda task: result_of(task).append(span("b", "PER", 0, 10))),
    "unknown label": ("label", lambda task: value_of(task, 2).update(labels=["QUE"])),
    "unknown choice": ("choice", lambda task: result_of(task)[3].update(from_name="status")),
    "unknown option": ("choice", lambda task: value_of(task, 3).update(choices=["in_txt"])),
    "two options": ("choice", lambda task: value_of(task, 3).update(choices=["in_text", "unknown"])),
    "choice on no region": ("choice-region", lambda task: result_of(task)[3].update(id="nowhere")),
    "choice at another place": ("choice-region", lambda task: value_of(task, 3).update(start=0, end=4, text="Anna")),
    "choice without a place": (
        "choice-region",
        lambda task: result_of(task)[3].update(value={"choices": ["in_text"]}),
    ),
    "choice for other labels": (
        "choice-region",
        lambda task: result_of(task).append(choice("a", "speaker_status", "in_text", at=(0, 10))),
    ),
    "note on no region": ("note-region", lambda task: result_of(task)[4].update(id="nowhere")),
    "dangling head": ("dangling", lambda task: result_of(task)[5].update(from_id="nowhere")),
    "dangling tail": ("dangling", lambda task: result_of(task)[5].update(to_id="nowhere")),
    "unknown relation": ("relation-label", lambda task: result_of(task)[5].update(labels=["SPEAKS"])),
    "wrong ends": ("relation-ends", lambda task: result_of(task)[5].update(from_id="a", to_id="q")),
    "to itself": ("relation-ends", lambda task: result_of(task)[5].update(to_id="q")),
    "relation twice": ("duplicate-relation", lambda task: result_of(task).append(relation("q", "a"))),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_problem_is_found_and_nothing_else(name: str) -> None:
    kind, break_it = BROKEN[name]
    task = good()
    break_it(task)
    found = preflight_json(msgspec.json.encode(task), SCHEME)
    assert [problem.kind for problem in found] == [kind]
    assert found[0].place.startswith("$")
    assert found[0].message


def test_every_kind_of_problem_has_a_fixture() -> None:
    assert {kind for kind, _ in BROKEN.values()} | {"encoding"} == set(PROBLEM_KINDS)


def test_text_that_no_file_can_hold() -> None:
    data = TaskData(article_id="x", text="a\ud800", text_sha256="0" * 64)
    assert [problem.kind for problem in preflight(Task(data=data), SCHEME)] == ["encoding"]


def test_a_choice_on_the_document_has_no_place() -> None:
    scheme = parse_scheme(
        'name = "s"\nversion = "1.0.0"\n[[labels]]\nname = "PER"\n'
        '[[choices]]\nname = "genre"\nscope = "document"\n[[choices.options]]\nname = "news"\n'
    )
    task = good()
    task["predictions"][0]["result"] = [span("a", "PER", 0, 10), choice("d", "genre", "news", at=None)]
    assert kinds(task, scheme) == []
    task["predictions"][0]["result"][1] = choice("a", "genre", "news", at=(0, 10))
    assert kinds(task, scheme) == ["choice-region"]


def test_a_typed_record_that_bears_other_types_is_found_out() -> None:
    value = LabelsValue(start=0.5, end=10, text="Anna Weber", labels=("PER",))  # type: ignore[arg-type]  # on purpose
    data = TaskData(article_id="x", text=TEXT, text_sha256=text_sha256(TEXT))
    task = Task(data=data, predictions=(Prediction(model_version="m", result=(PredictedSpan(id="a", value=value),)),))
    (problem,) = preflight(task, SCHEME)
    assert problem.kind == "shape"
    assert problem.place == "$.predictions[0].result[0].value.start"
    assert problem.message == "Expected `int`, got `float`"


def test_the_refusal_names_article_source_place_and_number() -> None:
    task = good()
    value_of(task, 2).update(labels=["QUE"])
    result_of(task).append(span("a", "PER", 46, 49))
    problems = preflight_json(msgspec.json.encode(task), SCHEME)
    with pytest.raises(RecordError) as caught:
        refuse(problems, article_id="x-1", source="rubbish/2")
    assert str(caught.value) == (
        "x-1: rubbish/2: the label 'QUE' is not in the scheme; did you mean 'CUE'? "
        "at $.predictions[0].result[2] [label] (and 1 more). "
        "Nothing was written. Mend the pre-annotator, or run wortlaut tasks --no-predictions"
    )
    refuse((), article_id="x-1", source="fine/1")


PLACES = st.one_of(
    st.integers(-5, 80), st.floats(allow_nan=False, allow_infinity=False), st.none(), st.text(max_size=2)
)
IDS = st.sampled_from(["a", "b", "c", ""])
VALUES = st.fixed_dictionaries(
    {"start": PLACES, "end": PLACES, "text": st.text(max_size=5), "labels": st.lists(st.sampled_from(["PER", "X"]))}
)
RESULTS = st.one_of(
    st.builds(lambda i, v: {"type": "labels", "id": i, "value": v}, IDS, VALUES),
    st.builds(relation, IDS, IDS),
    st.builds(lambda i, v: {"type": "choices", "id": i, "from_name": "speaker_status", "value": v}, IDS, VALUES),
    st.dictionaries(st.text(max_size=3), st.integers()),
)


@given(st.lists(RESULTS, max_size=6))
def test_what_passes_is_sound_whatever_comes(results: list[Wire]) -> None:
    task = good()
    task["predictions"][0]["result"] = results
    raw = msgspec.json.encode(task)
    if preflight_json(raw, SCHEME):
        return
    ids = [result["id"] for result in results if result["type"] == "labels"]
    assert len(ids) == len(set(ids))
    for result in results:
        if result["type"] == "labels":
            value = result["value"]
            assert isinstance(value["start"], int)
            assert TEXT[value["start"] : value["end"]] == value["text"] != ""
        elif result["type"] == "relation":
            assert {result["from_id"], result["to_id"]} <= set(ids)


@given(st.integers(0, len(TEXT)), st.integers(0, len(TEXT)))
def test_every_span_with_its_own_surface_passes_and_no_other(start: int, end: int) -> None:
    task = good()
    task["predictions"][0]["result"] = [span("a", "PER", start, end)]
    fits = start < end and bool(TEXT[start:end].strip())
    assert kinds(task) == ([] if fits else ["offsets"])


@given(st.binary(max_size=60))
def test_bytes_of_any_kind_give_a_problem_and_no_crash(raw: bytes) -> None:
    assert [problem.kind for problem in preflight_json(raw, SCHEME)] == ["shape"]


def test_ten_thousand_levels_give_a_problem() -> None:
    assert [problem.kind for problem in preflight_json(b"[" * 10_000, SCHEME)] == ["shape"]
