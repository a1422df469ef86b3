"""The JSON Schemas agree with the records, and the two validators with each other."""

from __future__ import annotations

import copy
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from wortlaut.schema.article import (
    FURNITURE_KINDS,
    Article,
    Caption,
    Furniture,
    OffsetRun,
    RawSource,
    Section,
    text_sha256,
)
from wortlaut.schema.document import Attribute, Document, Provenance, Quote, Relation, Span
from wortlaut.schema.errors import RecordError
from wortlaut.schema.export_schema import export_schema
from wortlaut.schema.json_schemas import JsonSchema, article_schema, document_schema, task_schema
from wortlaut.schema.scheme import Scheme, default_scheme, parse_scheme
from wortlaut.schema.task import (
    ChoicesValue,
    LabelsValue,
    NoteValue,
    PredictedChoice,
    PredictedNote,
    PredictedRelation,
    PredictedSpan,
    Prediction,
    Task,
    TaskData,
)
from wortlaut.schema.validation import Validator, Violation

SCHEME = default_scheme()
SHA = "0123456789abcdef" * 4

# ---------------------------------------------------------------- strategies

WORDS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.text(alphabet="abcdefgh-12", min_size=1, max_size=8)
MAYBE = st.none() | WORDS
LABELS = st.sampled_from(tuple(SCHEME.label_by_name))
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    text = draw(TEXTS)
    runs = st.builds(OffsetRun, *[st.integers(0, 99)] * 4)
    return Article(
        article_id=draw(NAMES),
        text=text,
        text_sha256=text_sha256(text),
        sections=draw(st.sampled_from([(), (Section(kind="headline", start=0, end=len(text)),)])),
        canonical="wl-1",
        raw=RawSource(name=draw(WORDS), format="txt", sha256=SHA, offsets=tuple(draw(st.lists(runs, max_size=2)))),
        url=draw(MAYBE),
        published=draw(MAYBE),
        paragraphs=tuple(draw(st.lists(WORDS, max_size=2))),
        captions=tuple(draw(st.lists(st.builds(Caption, text=WORDS, credit=MAYBE), max_size=2))),
        furniture=tuple(
            draw(st.lists(st.builds(Furniture, kind=st.sampled_from(list(FURNITURE_KINDS)), text=WORDS), max_size=2))
        ),
    )


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start, text = draw(st.integers(0, 500)), draw(TEXTS)
    return Span(id=draw(NAMES), label=draw(LABELS), start=start, end=start + len(text), text=text)


def tuples(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(items, max_size=2).map(tuple)


DOCUMENTS = st.builds(
    Document,
    article_id=NAMES,
    text_sha256=st.just(SHA),
    layer=st.sampled_from(["annotator", "gold", "model"]),
    annotator=MAYBE,
    mentions=tuples(spans()),
    cues=tuples(spans()),
    quotes=tuples(
        st.builds(
            Quote,
            id=NAMES,
            type=st.sampled_from(SCHEME.labels_of("quote")),
            fragments=tuples(spans()),
            speakers=tuples(NAMES),
            speaker_status=st.sampled_from([None, "in_text", "unknown", "outside_text"]),
        )
    ),
    relations=tuples(
        st.builds(Relation, id=NAMES, type=st.sampled_from(tuple(SCHEME.relation_by_name)), head=NAMES, tail=NAMES)
    ),
    attributes=tuples(st.builds(Attribute, name=NAMES, values=tuples(WORDS), span_id=MAYBE)),
    provenance=st.builds(Provenance, task_id=st.none() | st.integers(0, 9) | NAMES, lead_time=st.none() | st.just(1.5)),
)

OFFSETS = {"start": st.integers(0, 99), "end": st.integers(0, 99)}
PREDICTED: st.SearchStrategy[Any] = st.one_of(
    st.builds(
        PredictedSpan,
        id=NAMES,
        value=st.builds(LabelsValue, text=WORDS, labels=st.tuples(LABELS), **OFFSETS),
        score=st.sampled_from([msgspec.UNSET, 0.0, 0.25, 1.0]),
    ),
    st.builds(
        PredictedChoice,
        id=NAMES,
        from_name=st.just("speaker_status"),
        value=st.builds(ChoicesValue, choices=st.just(("unknown",)), text=WORDS, **OFFSETS),
    ),
    st.builds(
        PredictedChoice,
        id=NAMES,
        from_name=st.just("document_status"),
        value=st.builds(ChoicesValue, choices=st.just(("not_news",))),
    ),
    st.builds(PredictedNote, id=NAMES, value=st.builds(NoteValue, text=st.tuples(WORDS), **OFFSETS)),
    st.builds(PredictedRelation, from_id=NAMES, to_id=NAMES, labels=st.just(("SPEAKER",))),
)
TASKS = st.builds(
    Task,
    data=st.builds(TaskData, article_id=NAMES, text=TEXTS, text_sha256=st.just(SHA), headline=WORDS, tags=WORDS),
    predictions=tuples(st.builds(Prediction, model_version=NAMES, result=tuples(PREDICTED))),
)

RECORDS: dict[str, tuple[type[msgspec.Struct], st.SearchStrategy[Any], JsonSchema]] = {
    "article": (Article, articles(), article_schema()),
    "document": (Document, DOCUMENTS, document_schema(SCHEME)),
    "task": (Task, TASKS, task_schema(SCHEME)),
}

COMPILED = {name: Validator(schema) for name, (_, _, schema) in RECORDS.items()}
EXPLAINERS = {name: Draft202012Validator(schema) for name, (_, _, schema) in RECORDS.items()}

# No text among them that a schema with the scheme's names could tell from another text.
OTHER_VALUES: st.SearchStrategy[Any] = st.sampled_from([None, True, 0, -1, 1.5, 2**70, [], [1], {}, {"x": 1}])


@st.composite
def mutations(draw: st.DrawFn, value: Any, most: int = 3, other: st.SearchStrategy[Any] = OTHER_VALUES) -> Any:
    """Give a copy of a JSON value with values replaced, keys or items gone, keys or items added."""
    changed = copy.deepcopy(value)
    other = other.map(copy.deepcopy)  # two places must not share one list
    for _ in range(draw(st.integers(min_value=1, max_value=most))):
        path = draw(st.sampled_from(paths(changed)))
        target, how = at(changed, path), draw(st.sampled_from(["replace", "remove", "add"]))
        if how == "add" and isinstance(target, dict):
            target[draw(st.sampled_from(["x", "labels", "type"]))] = draw(other)
        elif how == "add" and isinstance(target, list):
            target.append(draw(other))
        elif path and how == "remove":
            del at(changed, path[:-1])[path[-1]]
        elif path:
            at(changed, path[:-1])[path[-1]] = draw(other)
    return changed


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for key, item in items for path in paths(item, (*here, key)))]


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


# ---------------------------------------------------------------- schema and record agree


@pytest.mark.parametrize("name", RECORDS)
def test_the_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(RECORDS[name][2])
    Draft202012Validator.check_schema(export_schema(SCHEME))


@pytest.mark.parametrize("name", RECORDS)
@given(data=st.data())
def test_what_a_record_writes_is_valid(name: str, data: st.DataObject) -> None:
    value = json.loads(msgspec.json.encode(data.draw(RECORDS[name][1])))
    assert COMPILED[name].violations(value) == ()


@pytest.mark.parametrize("name", RECORDS)
@settings(max_examples=200)
@given(data=st.data())
def test_what_breaks_the_form_breaks_both(name: str, data: st.DataObject) -> None:
    """Hashes, surfaces and ends after starts are the record's alone to check: RecordError, not ValidationError."""
    record, strategy, _ = RECORDS[name]
    # One mutation: with two, the record may report a surface that does not fit before it sees the form.
    changed = data.draw(mutations(json.loads(msgspec.json.encode(data.draw(strategy))), 1))
    assert COMPILED[name].is_valid(changed) == has_form(record, changed), changed


def has_form(record: type[msgspec.Struct], value: Any) -> bool:
    try:
        msgspec.json.decode(json.dumps(value).encode(), type=record)
    except msgspec.ValidationError:
        return False
    except RecordError:
        return True
    return True


def test_names_outside_the_scheme_are_invalid_though_the_record_takes_them() -> None:
    span = Span(id="a", label="PERSON", start=0, end=1, text="x")
    document = Document(article_id="a", text_sha256=SHA, layer="gold", mentions=(span,))
    found = Validator(document_schema(SCHEME)).violations(json.loads(msgspec.json.encode(document)))
    assert [violation.place for violation in found] == ["$.mentions[0].label"]
    assert found[0].message.endswith('did you mean "PER"?')


def test_a_scheme_without_relations_and_choices_allows_none_in_a_task() -> None:
    scheme = parse_scheme('name = "t"\nversion = "1.0.0"\n[[labels]]\nname = "PER"\n')
    choice = PredictedChoice(id="a", from_name="speaker_status", value=ChoicesValue(choices=("unknown",)))
    task = Task(
        data=TaskData(article_id="a", text="x", text_sha256=SHA),
        predictions=(Prediction(model_version="m", result=(choice,)),),
    )
    found = Validator(task_schema(scheme)).violations(json.loads(msgspec.json.encode(task)))
    assert [violation.place for violation in found] == ["$.predictions[0].result[0].from_name"]


# ---------------------------------------------------------------- what Label Studio may return

TASK: dict[str, Any] = {
    "id": 7,
    "data": {"article_id": "brunnau-1", "text": "„Nein“, sagte Demir.", "text_sha256": SHA, "headline": ""},
    "annotations": [
        {
            "id": 3,
            "completed_by": {"id": 1, "email": "a@example.org"},
            "was_cancelled": False,
            "prediction": {},
            "lead_time": 4.5,
            "result": [
                {
                    "id": "q1",
                    "from_name": "lab",
                    "to_name": "text",
                    "type": "labels",
                    "origin": "manual",
                    "value": {"start": 0, "end": 6, "text": "„Nein“", "labels": ["DIRECT"]},
                },
                {
                    "id": "p1",
                    "from_name": "lab",
                    "to_name": "text",
                    "type": "labels",
                    "value": {"start": 14, "end": 19, "text": "Demir", "labels": ["PER"]},
                },
                {
                    "id": "q1",
                    "from_name": "speaker_status",
                    "to_name": "text",
                    "type": "choices",
                    "value": {"start": 0, "end": 6, "text": "„Nein“", "choices": ["in_text"]},
                },
                {"id": "q1", "from_name": "note", "type": "textarea", "value": {"start": 0, "end": 6, "text": ["?"]}},
                {"id": "d1", "from_name": "document_status", "type": "choices", "value": {"choices": ["not_news"]}},
                {"type": "relation", "from_id": "q1", "to_id": "p1", "direction": "right", "labels": ["SPEAKER"]},
            ],
        }
    ],
    "drafts": [],
    "predictions": [12],
    "meta": {},
}
EXPORT = Validator(export_schema(SCHEME))
EXPORT_EXPLAINER = Draft202012Validator(export_schema(SCHEME))
RESULT = ("annotations", 0, "result")


def changed_task(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    task = copy.deepcopy(TASK)
    at(task, path[:-1])[path[-1]] = value
    return task


ODDITIES: dict[str, tuple[tuple[Any, ...], Any]] = {
    "as it is": (("id",), 7),
    "no result": (RESULT, None),
    "annotator as a number": (("annotations", 0, "completed_by"), 1),
    "annotator unknown": (("annotations", 0, "completed_by"), None),
    "a key of its own": (("annotations", 0, "bulk_created"), False),
    "a prediction written out": (("predictions",), [{"id": 4, "result": [{"type": "anything"}]}]),
    "a draft as a number": (("drafts",), [5]),
    "a relation without a label": ((*RESULT, 5), {"type": "relation", "from_id": "a", "to_id": "b"}),
    "a relation with two labels": ((*RESULT, 5, "labels"), ["SPEAKER", "COREF"]),
    "a relation both ways": ((*RESULT, 5, "direction"), "bi"),
    "a region without labels": ((*RESULT, 0, "value"), {"start": 0, "end": 6, "text": "„Nein“"}),
    "another type of result": ((*RESULT, 0), {"type": "taxonomy", "id": "t", "value": {"taxonomy": [["a"]]}}),
    "skipped": (("annotations", 0, "was_cancelled"), True),
    "a number as article id": (("data", "article_id"), 9),
    "data of its own": (("data", "foo.bar"), [1]),
}


@pytest.mark.parametrize("name", ODDITIES)
def test_what_label_studio_writes_itself_is_allowed(name: str) -> None:
    assert EXPORT.violations(changed_task(*ODDITIES[name])) == ()


# Place and message, whole, as the user reads them.
LABEL_NAMES = ", ".join(f'"{name}"' for name in SCHEME.label_by_name)
FAULTS: dict[str, tuple[tuple[Any, ...], Any, str, str]] = {
    "unknown label": (
        (*RESULT, 1, "value", "labels"),
        ["PERS"],
        "$.annotations[0].result[1].value.labels[0]",
        f'"PERS" is not one of {LABEL_NAMES}; did you mean "PER"?',
    ),
    "negative": ((*RESULT, 1, "value", "start"), -3, "$.annotations[0].result[1].value.start", "-3 is below 0"),
    "text as offset": (
        (*RESULT, 1, "value", "end"),
        "19",
        "$.annotations[0].result[1].value.end",
        'should be a whole number, but is a text: "19"',
    ),
    "null as offset": (
        (*RESULT, 1, "value", "end"),
        None,
        "$.annotations[0].result[1].value.end",
        "should be a whole number, but is null",
    ),
    "half an offset": (
        (*RESULT, 1, "value", "end"),
        1.5,
        "$.annotations[0].result[1].value.end",
        "should be a whole number, but is a number: 1.5",
    ),
    "true as offset": (
        (*RESULT, 1, "value", "end"),
        True,
        "$.annotations[0].result[1].value.end",
        "should be a whole number, but is true or false: true",
    ),
    "no end": (
        (*RESULT, 0, "value"),
        {"labels": ["PER"]},
        "$.annotations[0].result[0].value",
        'the keys "start", "end" are missing',
    ),
    "empty id": ((*RESULT, 0, "id"), "", "$.annotations[0].result[0].id", "is empty"),
    "unknown option": (
        (*RESULT, 2, "value", "choices"),
        ["in text"],
        "$.annotations[0].result[2].value.choices[0]",
        '"in text" is not one of "in_text", "unknown", "outside_text"; did you mean "in_text"?',
    ),
    "option of another choice": (
        (*RESULT, 4, "value", "choices"),
        ["in_text"],
        "$.annotations[0].result[4].value.choices[0]",
        '"in_text" is not one of "needs_review", "not_news"',
    ),
    "direction": (
        (*RESULT, 5, "direction"),
        "up",
        "$.annotations[0].result[5].direction",
        '"up" is not one of "right", "left", "bi", null',
    ),
    "no type": ((*RESULT, 5), {"id": "x"}, "$.annotations[0].result[5]", 'the key "type" is missing'),
    "text is no text": (("data", "text"), None, "$.data.text", "should be a text, but is null"),
    "hash": (("data", "text_sha256"), "abc", "$.data.text_sha256", '"abc" does not have the form ^[0-9a-f]{64}$'),
    "annotations as object": (
        ("annotations",),
        {},
        "$.annotations",
        "should be a list, but is an object: {}",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_at_its_leaf(name: str) -> None:
    path, value, place, message = FAULTS[name]
    found = EXPORT.violations(changed_task(path, value))
    assert [(violation.place, violation.message) for violation in found] == [(place, message)]


def test_every_fault_of_a_task_is_named_once_in_the_order_of_the_task() -> None:
    task = changed_task((*RESULT, 5, "direction"), "up")
    del task["data"]
    task["annotations"][0]["result"][0]["value"] = {}
    task["annotations"][0]["result"][0]["id"] = ""
    assert [(violation.place, violation.keyword) for violation in EXPORT.violations(task)] == [
        ("$", "required"),
        ("$.annotations[0].result[0].id", "minLength"),
        ("$.annotations[0].result[0].value", "required"),
        ("$.annotations[0].result[5].direction", "enum"),
    ]


def test_a_long_value_is_cut_and_a_long_list_of_names_too() -> None:
    labels = "".join(f'[[labels]]\nname = "L{number}"\n' for number in range(30))
    scheme = parse_scheme(f'name = "t"\nversion = "1.0.0"\n{labels}')
    task = changed_task((*RESULT, 1, "value", "labels"), ["Z" * 500])
    found: dict[str, Violation] = {v.value: v for v in Validator(export_schema(scheme)).violations(task)}
    long = next(violation for value, violation in found.items() if value.startswith('"ZZ'))
    assert len(long.value) == 60
    assert "L19" in long.message
    assert "L20" not in long.message
    assert long.message.endswith("and 10 more")


# ---------------------------------------------------------------- the two validators agree

MORE_VALUES: st.SearchStrategy[Any] = OTHER_VALUES | st.sampled_from(
    ["", "x", "PER", "labels", "choices", "relation", "textarea", "in_text", "speaker_status", 1.0, -0.0, False, 10**30]
)


@settings(max_examples=600)
@given(mutations(TASK, 5, MORE_VALUES))
def test_the_fast_validator_and_the_explaining_one_agree_on_exports(task: Any) -> None:
    fast = EXPORT.is_valid(task)
    assert fast == EXPORT_EXPLAINER.is_valid(task)
    assert fast == (EXPORT.violations(task) == ())


@pytest.mark.parametrize("name", RECORDS)
@settings(max_examples=200)
@given(data=st.data())
def test_the_two_agree_on_records(name: str, data: st.DataObject) -> None:
    value = json.loads(msgspec.json.encode(data.draw(RECORDS[name][1])))
    changed = data.draw(mutations(value, 4, MORE_VALUES))
    assert COMPILED[name].is_valid(changed) == EXPLAINERS[name].is_valid(changed)


@pytest.mark.parametrize("value", [None, True, 1, "x", [], {}])
def test_what_is_no_task_is_invalid_and_explained(value: Any) -> None:
    assert not EXPORT.is_valid(value)
    assert [violation.place for violation in EXPORT.violations(value)] == ["$"]


def test_a_lone_surrogate_and_deep_nesting_get_a_verdict() -> None:
    """The compiled validator cannot take either in; the verdict comes from the other one."""
    assert EXPORT.is_valid(changed_task(("data", "headline"), "\ud800"))
    assert not EXPORT.is_valid(changed_task(("data", "text_sha256"), "\ud800"))
    deep: Any = []
    for _ in range(2000):
        deep = [deep]
    assert EXPORT.is_valid(changed_task(("data", "x"), deep))
    broken = changed_task(("data", "text"), deep)
    assert not EXPORT.is_valid(broken)
    assert [v.message for v in EXPORT.violations(broken)] == ["is nested too deeply to be checked"]


def test_real_exports_of_this_kind_are_valid_but_for_labels_of_other_schemes(data: Any) -> None:
    scheme: Scheme = SCHEME
    checked = 0
    for name in ("c_short", "nasty_text"):
        for task in json.loads((data / "exports" / f"{name}.json").read_text(encoding="utf-8")):
            checked += 1
            found = Validator(export_schema(scheme)).violations(task)
            assert {violation.value for violation in found} <= {'"PARTIAL"', '"A"', '"B"'}, name
    assert checked == 14
