"""``check --fix``: what it mends, what it leaves byte for byte, and that a mended file reads as before."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wortlaut.annotation.check.checker import Checker
from wortlaut.annotation.check.fix import LOG_SUFFIX, FixReport, can_mend, fix_export
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.document import Document, Relation, Span
from wortlaut.schema.errors import InputError, UsageError
from wortlaut.schema.findings import Finding
from wortlaut.schema.offsets import Utf16Offsets
from wortlaut.schema.scheme import Scheme, default_scheme

TEXT = (
    "🎉 Im Lindauer Rathaus sagte Bürgermeisterin Ayla Reinke am Montag: „Wir bauen 🏗 weiter.“\n"
    "Der Baurat Otto Vehling widersprach der Kommission Hafenwacht, so die Vorsitzende Jutta Krahn in Bregenz 🚧."
)
QUOTE = "„Wir bauen 🏗 weiter.“"
SPANS = {
    "Ayla Reinke": "PER",
    "Bürgermeisterin": "ROLE",
    "Otto Vehling": "PER",
    "Baurat": "ROLE",
    "Kommission Hafenwacht": "ORG",
    "Jutta Krahn": "PER",
    "Bregenz": "GPE",
    QUOTE: "DIRECT",
    "sagte": "CUE",
}


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(default_scheme())


def region(surface: str, key: str, *, label: str | None = None, **value: Any) -> dict[str, Any]:
    start = TEXT.index(surface)
    held = {"start": start, "end": start + len(surface), "text": surface, "labels": [label or SPANS[surface]]}
    held.update(value)
    return {
        "value": {name: said for name, said in held.items() if said is not None},
        "id": key,
        "from_name": "lab",
        "to_name": "text",
        "type": "labels",
        "origin": "manual",
    }


def choice(on: dict[str, Any], option: str = "unknown") -> dict[str, Any]:
    value = {name: said for name, said in on["value"].items() if name != "labels"} | {"choices": [option]}
    return {**on, "from_name": "speaker_status", "type": "choices", "value": value}


def note(on: dict[str, Any], *lines: str) -> dict[str, Any]:
    value = {"start": on["value"]["start"], "end": on["value"]["end"], "text": list(lines)}
    return {**on, "from_name": "note", "type": "textarea", "value": value}


def relation(head: str, tail: str, *labels: str, direction: str = "right") -> dict[str, Any]:
    made: dict[str, Any] = {"from_id": head, "to_id": tail, "type": "relation", "direction": direction}
    return made | ({"labels": list(labels)} if labels else {})


def task(result: list[Any], *, key: int = 1, **more: Any) -> dict[str, Any]:
    annotation = {"id": 7, "completed_by": 3, "result": result, "was_cancelled": False, "lead_time": 10.5}
    return {"id": key, "annotations": [annotation], "data": {"article_id": f"a{key}", "text": TEXT}, **more}


def write(folder: Path, tasks: list[Any], name: str = "export.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    return path


def fixed(folder: Path, tasks: list[Any], checker: Checker) -> tuple[list[Any], list[dict[str, Any]], FixReport]:
    """Fix tasks; give the tasks after it, the log, and the report."""
    out = folder / "out.json"
    report = fix_export(str(write(folder, tasks)), out, checker, force=True)
    log = [json.loads(line) for line in (folder / ("out.json" + LOG_SUFFIX)).read_text().splitlines()]
    return json.loads(out.read_text(encoding="utf-8")), log, report


def findings(path: Path, checker: Checker) -> list[Finding]:
    found: list[Finding] = []
    for item in checker.check(str(path)):
        found += item.findings if isinstance(item, CheckedTask) else (item,)
    return found


def result_of(tasks: list[Any]) -> Any:
    return tasks[0]["annotations"][0]["result"]


# ---------------------------------------------------------------- each code


def test_white_space_at_the_edges_goes_and_the_choice_on_the_span_follows(tmp_path: Path, checker: Checker) -> None:
    start = TEXT.index(QUOTE)
    end = start + len(QUOTE)
    wide = region(QUOTE, "q", start=start - 1, end=end + 1, text=TEXT[start - 1 : end + 1])
    assert wide["value"]["text"] == f" {QUOTE}\n"
    after, log, report = fixed(tmp_path, [task([wide, choice(wide), note(wide, "wer?")])], checker)
    span, status, remark = result_of(after)
    assert span["value"] == {"start": start, "end": end, "text": QUOTE, "labels": ["DIRECT"]}
    assert status["value"] == {
        "start": start,
        "end": end,
        "text": QUOTE,
        "choices": ["unknown"],
    }
    assert remark["value"] == {"start": start, "end": end, "text": ["wer?"]}
    assert report.codes == {"WL306": 3}
    assert log[0] == {
        "place": f"{tmp_path}/export.json::$[0].annotations[0].result[0]",
        "code": "WL306",
        "before": {"start": start - 1, "end": end + 1, "text": f" {QUOTE}\n"},
        "after": {"start": start, "end": end, "text": QUOTE},
    }


def test_utf16_offsets_become_code_points_everywhere_in_the_annotation(tmp_path: Path, checker: Checker) -> None:
    units = Utf16Offsets(TEXT)
    spans = [region("Bregenz", "g"), region(QUOTE, "q"), region("Jutta Krahn", "x", label="NOPE")]
    before = [*spans, choice(spans[1]), note(spans[1], "🏗?")]
    wanted = json.loads(json.dumps(before))
    for entry in before:
        entry["value"] = dict(entry["value"])
        entry["value"]["start"] = units.to_utf16(entry["value"]["start"])
        entry["value"]["end"] = units.to_utf16(entry["value"]["end"])
    after, _, report = fixed(tmp_path, [task(before)], checker)
    assert result_of(after) == wanted
    assert report.codes == {"WL303": 5}


@pytest.mark.parametrize(
    ("said", "code"), [("Ayla  Reinke", "WL304"), ("Ayla Reinke ", "WL304"), ("Ayla Reink", "WL304"), (None, "WL310")]
)
def test_the_surface_is_written_from_the_offsets(tmp_path: Path, checker: Checker, said: str, code: str) -> None:
    after, log, _ = fixed(tmp_path, [task([region("Ayla Reinke", "p", text=said)])], checker)
    assert result_of(after)[0]["value"]["text"] == "Ayla Reinke"
    assert [(line["code"], line["before"], line["after"]) for line in log] == [
        (code, {"text": said}, {"text": "Ayla Reinke"})
    ]


def test_offsets_written_otherwise_become_whole_numbers_where_the_text_proves_them(
    tmp_path: Path, checker: Checker
) -> None:
    start = TEXT.index("Bregenz")
    proven = region("Bregenz", "g", start=str(start), end=float(start + 7))
    unproven = region("Baurat", "b", start="3")
    after, log, _ = fixed(tmp_path, [task([proven, unproven])], checker)
    assert result_of(after)[0]["value"]["start"] == start
    assert type(result_of(after)[0]["value"]["end"]) is int
    assert result_of(after)[1] == unproven
    assert [line["code"] for line in log] == ["WL302"]


def test_a_duplicate_goes_and_what_pointed_at_it_points_at_its_twin(tmp_path: Path, checker: Checker) -> None:
    quote, person, again = region(QUOTE, "q"), region("Ayla Reinke", "p"), region("Ayla Reinke", "p2")
    result = [quote, person, again, note(again, "dieselbe"), relation("q", "p2", "SPEAKER")]
    after, log, _ = fixed(tmp_path, [task(result)], checker)
    assert result_of(after) == [quote, person, note(person, "dieselbe"), relation("q", "p", "SPEAKER")]
    assert log[0]["code"] == "WL308"
    assert log[0]["before"] == again
    assert log[0]["after"] is None


def test_one_label_of_two_that_stands_twice_goes_alone(tmp_path: Path, checker: Checker) -> None:
    both = region("Kommission Hafenwacht", "b", labels=["ORG", "LOC"])
    after, _, _ = fixed(tmp_path, [task([region("Kommission Hafenwacht", "o"), both])], checker)
    assert [entry["value"]["labels"] for entry in result_of(after)] == [["ORG"], ["LOC"]]


def test_a_twin_that_cannot_be_pointed_at_gives_way(tmp_path: Path, checker: Checker) -> None:
    # The ORG of the first entry is the second label of its region: no relation can name it. The second entry's can.
    both = region("Kommission Hafenwacht", "b", labels=["PER", "ORG"])
    member, own = region("Otto Vehling", "m"), region("Kommission Hafenwacht", "o")
    result = [both, own, member, relation("m", "o", "MEMBER_OF")]
    after, _, _ = fixed(tmp_path, [task(result)], checker)
    both["value"]["labels"] = ["PER"]
    assert result_of(after) == [both, own, member, relation("m", "o", "MEMBER_OF")]


def test_a_relation_gets_the_one_label_that_its_ends_allow(tmp_path: Path, checker: Checker) -> None:
    spans = [region("Ayla Reinke", "p"), region("Kommission Hafenwacht", "o"), region("sagte", "c"), region(QUOTE, "q")]
    several = relation("p", "o")
    null = {**relation("c", "q"), "labels": None}
    after, log, _ = fixed(tmp_path, [task([*spans, null, several])], checker)
    assert result_of(after)[4]["labels"] == ["CUE_OF"]
    assert "labels" not in result_of(after)[5], "two labels are possible: nobody may choose"
    assert [(line["code"], line["before"], line["after"]) for line in log] == [
        ("WL502", {"labels": None}, {"labels": ["CUE_OF"]})
    ]


def test_a_second_relation_of_the_same_kind_goes(tmp_path: Path, checker: Checker) -> None:
    spans = [region("sagte", "c"), region(QUOTE, "q")]
    first = relation("c", "q", "CUE_OF")
    turned = relation("q", "c", "CUE_OF", direction="left")
    after, log, _ = fixed(tmp_path, [task([*spans, first, turned, relation("c", "q")])], checker)
    assert result_of(after) == [*spans, first]
    assert [line["code"] for line in log] == ["WL507", "WL507"]


# ---------------------------------------------------------------- what stays


def test_what_needs_no_change_stays_byte_for_byte(tmp_path: Path, checker: Checker) -> None:
    clean = json.dumps(task([region("Bregenz", "g")], key=1), indent=3, ensure_ascii=True).replace("10.5", "1.050e1")
    start = TEXT.index("Bregenz")
    broken = (
        '{"annotations" : [ {"result":[ {"id":"g", "zusatz":1.50,"type":"labels","from_name":"lab","to_name":"text",'
        f'"value" : {{"start":{start}, "end" :{start + 8},"labels":["GPE"],"text":"Bregenz "}} }}],"completed_by":1}}],'
        f'"id":2,"half":"\\ud83d!", "data":{{"text":{json.dumps(TEXT, ensure_ascii=False)},"article_id":"a2"}}}}'
    )
    source, out = tmp_path / "export.json", tmp_path / "out.json"
    source.write_text(f"\ufeff[\n{clean}\n ,\n{broken} ]\n\n", encoding="utf-8")
    fix_export(str(source), out, checker)
    mended = broken.replace(f'"end" :{start + 8}', f'"end" :{start + 7}').replace('"Bregenz "', '"Bregenz"')
    assert mended != broken
    assert out.read_text(encoding="utf-8") == f"\ufeff[\n{clean}\n ,\n{mended} ]\n\n"


def test_what_has_no_one_right_answer_is_left(tmp_path: Path, checker: Checker) -> None:
    tasks = [
        task([region("Bregenz", "g", text="Lindau"), region("Baurat", "b", label="AMT"), region("Otto Vehling", "g")]),
        task([region("sagte", "c", end=4000), relation("c", "nowhere", "CUE_OF")], key=2),
        {"id": 3, "data": {}, "annotations": "none"},
        17,
    ]
    source = write(tmp_path, tasks)
    report = fix_export(str(source), tmp_path / "out.json", checker)
    assert report.changes == 0
    assert (tmp_path / "out.json").read_bytes() == source.read_bytes()


def test_an_annotation_that_does_not_count_is_left(tmp_path: Path, checker: Checker) -> None:
    skipped = task([region("Bregenz", "g", text="Bregenz "), region("Bregenz", "h")])
    skipped["annotations"][0]["was_cancelled"] = True
    after, log, _ = fixed(tmp_path, [skipped], checker)
    assert after == [skipped]
    assert log == []


@pytest.mark.parametrize("shape", ["completion", "completions", "wrapper", "wrappers", "lines"])
def test_old_and_wrapped_files_are_mended_where_they_stand(tmp_path: Path, checker: Checker, shape: str) -> None:
    one = task([region("Bregenz", "g", text=None)])
    annotation = one["annotations"][0]
    old: dict[str, Any] = {key: value for key, value in one.items() if key != "annotations"}
    shapes: dict[str, Any] = {
        "completion": [old | {"completions": annotation}],
        "completions": [old | {"completions": [annotation]}],
        "wrapper": {"project": {"id": 1}, "annotated_tasks": [one]},
        "wrappers": {"anna": {"tasks": [one, one]}, "otto": [one]},
        "lines": one,
    }
    source, out = tmp_path / "export.json", tmp_path / "out.json"
    text = json.dumps(shapes[shape], ensure_ascii=False)
    source.write_text(text + "\n" + text if shape == "lines" else text, encoding="utf-8")
    report = fix_export(str(source), out, checker)
    assert report.changes == text.count('"labels": ["GPE"]') * (2 if shape == "lines" else 1) > 0
    wanted = source.read_text(encoding="utf-8").replace('"labels": ["GPE"]}', '"labels": ["GPE"], "text": "Bregenz"}')
    assert out.read_text(encoding="utf-8") == wanted


def test_gzip_in_and_out(tmp_path: Path, checker: Checker) -> None:
    source = tmp_path / "export.json.gz"
    source.write_bytes(gzip.compress(json.dumps([task([region("Bregenz", "g", text=None)])]).encode()))
    plain, packed, again = tmp_path / "plain.json", tmp_path / "packed.json.gz", tmp_path / "again.json.gz"
    for out in (plain, packed, again):
        fix_export(str(source), out, checker)
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
    assert packed.read_bytes() == again.read_bytes()
    assert b'"text": "Bregenz"' in plain.read_bytes()


# ---------------------------------------------------------------- refusals


def test_it_does_not_write_over_its_input_nor_over_anything_unasked(tmp_path: Path, checker: Checker) -> None:
    source = write(tmp_path, [task([region("Bregenz", "g", text=None)])])
    before = source.read_bytes()
    link = tmp_path / "link.json"
    link.symlink_to(source)
    for out in (source, tmp_path / "." / "export.json", link):
        with pytest.raises(UsageError, match="over its input"):
            fix_export(str(source), out, checker, force=True)
    there = tmp_path / "there.json"
    there.write_text("mine")
    with pytest.raises(UsageError, match="already exists"):
        fix_export(str(source), there, checker)
    assert there.read_text() == "mine"
    with pytest.raises(UsageError, match="is a folder"):
        fix_export(str(source), tmp_path, checker)
    fix_export(str(source), there, checker, force=True)
    assert "Bregenz" in there.read_text()
    assert source.read_bytes() == before


def test_a_file_that_breaks_off_leaves_nothing_behind(tmp_path: Path, checker: Checker) -> None:
    source = write(tmp_path, [task([region("Bregenz", "g", text=None)])])
    source.write_bytes(source.read_bytes()[:-1])
    with pytest.raises(InputError, match="ends too early"):
        fix_export(str(source), tmp_path / "out.json", checker)
    assert [path.name for path in tmp_path.iterdir()] == ["export.json"]


# ---------------------------------------------------------------- whatever is wrong


def odd_span(draw: st.DrawFn, number: int) -> dict[str, Any]:
    surface = draw(st.sampled_from(sorted(SPANS)))
    start = TEXT.index(surface)
    end = start + len(surface)
    first = start - draw(st.integers(0, 1)) * TEXT[start - 1].isspace()
    last = end + draw(st.integers(0, 1)) * TEXT[end].isspace()
    said = TEXT[first:last]
    value: dict[str, Any] = {
        "start": first,
        "end": last,
        "text": draw(st.sampled_from([said, said, said.replace(" ", "\n"), said[:-1], said + "n", None, "", "falsch"])),
        "labels": draw(
            st.sampled_from(
                [[SPANS[surface]], [SPANS[surface]], ["ORG"], ["PER", "ORG"], ["ORG", "PER"], ["NOPE", "ORG"]]
            )
        ),
    }
    # One id in four belongs to another span already.
    return region(surface, f"s{draw(st.sampled_from([number, number, number, 0]))}", **value)


@st.composite
def results(draw: st.DrawFn) -> list[dict[str, Any]]:
    spans = [odd_span(draw, number) for number in range(draw(st.integers(1, 6)))]
    made = list(spans)
    for _ in range(draw(st.integers(0, 3))):
        on = draw(st.sampled_from(spans))
        made.append(choice(on, draw(st.sampled_from(["unknown", "in_text"]))) if draw(st.booleans()) else note(on, "?"))
    ids = st.sampled_from([entry["id"] for entry in spans] + ["gone"])
    names = ["SPEAKER", "HOLDS_ROLE", "MEMBER_OF", "MEETS", "CUE_OF"]
    for _ in range(draw(st.integers(0, 5))):
        labels = draw(st.one_of(st.just([]), st.lists(st.sampled_from(names), min_size=1, max_size=2)))
        made.append(relation(draw(ids), draw(ids), *labels, direction=draw(st.sampled_from(["right", "left", "bi"]))))
    made = draw(st.permutations(made))
    if draw(st.booleans()):
        made = [in_utf16(entry) for entry in made]
    for entry in made:
        if "value" in entry and draw(st.integers(0, 5)) == 0:
            entry["value"]["start"] = draw(st.sampled_from([str, float]))(entry["value"]["start"])
    return made


def in_utf16(entry: dict[str, Any]) -> dict[str, Any]:
    if "value" not in entry:
        return entry
    units, value = Utf16Offsets(TEXT), entry["value"]
    return {**entry, "value": value | {key: units.to_utf16(value[key]) for key in ("start", "end")}}


def reading(path: Path, checker: Checker) -> list[object]:
    """Give what the documents say, without the ids, which a second label of one region has no right to."""
    said: list[object] = []
    for item in checker.check(str(path)):
        said += [_said(document) for document in item.documents] if isinstance(item, CheckedTask) else []
    return said


def _said(document: Document) -> object:
    spans = {span.id: (span.label, span.start, span.end, span.text) for span in document.spans()}
    place: Callable[[str | None], object] = lambda key: None if key is None else spans[key]  # noqa: E731 - one line
    lay: Callable[[tuple[Span, ...]], list[object]] = lambda held: [place(span.id) for span in held]  # noqa: E731

    def ends(item: Relation) -> tuple[str, ...]:
        both = (str(place(item.head)), str(place(item.tail)))
        # Which end of MEETS comes first hangs on the ids where both stand on one stretch of text.
        return tuple(sorted(both)) if item.type == "MEETS" else both

    return (
        sorted(spans.values()),
        sorted((item.type, ends(item)) for item in document.relations),
        sorted((item.name, item.values, str(place(item.span_id))) for item in document.attributes),
        [
            (
                item.type,
                lay(item.fragments),
                lay(item.cues),
                sorted(map(str, map(place, item.speakers))),
                item.speaker_status,
            )
            for item in document.quotes
        ],
    )


@pytest.mark.parametrize("migrates", [False, True])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=st.lists(results(), min_size=1, max_size=2))
def test_a_mended_file_reads_as_before_and_has_nothing_left_to_mend(
    tmp_path: Path, checker: Checker, shuffled: Scheme, migrates: bool, made: list[list[dict[str, Any]]]
) -> None:
    if migrates:
        # Relations without a label, and what their ends allow, have a test of their own with migrations.
        checker = Checker(shuffled)
        made = [[entry for entry in result if entry["type"] != "relation" or "labels" in entry] for result in made]
    source, once, twice = tmp_path / "export.json", tmp_path / "once.json", tmp_path / "twice.json"
    write(tmp_path, [task(result, key=number) for number, result in enumerate(made)])
    report = fix_export(str(source), once, checker, force=True)
    assert not [found for found in findings(once, checker) if can_mend(found)]
    assert reading(once, checker) == reading(source, checker)
    again = fix_export(str(once), twice, checker, force=True)
    assert again.changes == 0
    assert twice.read_bytes() == once.read_bytes()
    log = once.with_name("once.json" + LOG_SUFFIX).read_text().splitlines()
    assert len(log) == report.changes


def test_a_note_on_a_duplicate_that_goes_is_handed_to_the_one_that_stays(tmp_path: Path, checker: Checker) -> None:
    value = {"start": 44, "end": 55, "text": "Ayla Reinke", "labels": ["PER"]}
    first = {"id": "a", "type": "labels", "from_name": "lab", "to_name": "text", "value": value}
    source, once = tmp_path / "export.json", tmp_path / "once.json"
    write(tmp_path, [task([first, first | {"id": "b", "meta": {"text": ["nachsehen"]}}])])
    fix_export(str(source), once, checker, force=True)
    assert reading(once, checker) == reading(source, checker)
    assert "nachsehen" in once.read_text(encoding="utf-8")
