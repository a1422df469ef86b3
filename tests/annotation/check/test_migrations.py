"""Exports of an older scheme: read as if they had been annotated with the new one, and nothing lost in silence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from wortlaut.annotation.check.checker import Checker
from wortlaut.annotation.check.fix import LOG_SUFFIX, fix_export
from wortlaut.annotation.reader.scan import Element
from wortlaut.annotation.reader.tasks import ReadTask, read_element, repair_element
from wortlaut.schema.assets import assets
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.document import Document
from wortlaut.schema.errors import InputError
from wortlaut.schema.export_schema import export_schema
from wortlaut.schema.findings import Finding
from wortlaut.schema.migrations import Migration, MigrationStep, NameKind, widened
from wortlaut.schema.scheme import Scheme, default_scheme, parse_scheme
from wortlaut.schema.validation import Validator

Spoiled = Callable[[st.DataObject], list[Any]]
OLD = Checker(default_scheme())
WHOLE = {"WL701", "WL704", "WL709"}


def new(name: str) -> str:
    return f"{name} neu"


def _all_renamed() -> Scheme:
    """Give press-de with another name for everything but the options whose names the toolkit knows."""
    old = default_scheme()
    replace = msgspec.structs.replace
    steps = [(kind, "", name) for kind, name in _names(old)]
    steps += [
        ("option", new(choice.name), one.name) for choice in old.choices for one in choice.options if not choice.role
    ]
    return replace(
        old,
        version="2.0.0",
        labels=tuple(replace(one, name=new(one.name)) for one in old.labels),
        relations=tuple(
            replace(
                one,
                name=new(one.name),
                head=tuple(map(new, one.head)),
                tail=tuple(map(new, one.tail)),
                signatures=tuple((new(head), new(tail)) for head, tail in one.signatures),
            )
            for one in old.relations
        ),
        choices=tuple(
            replace(
                one,
                name=new(one.name),
                applies_to=tuple(map(new, one.applies_to)),
                options=one.options
                if one.role
                else tuple(replace(option, name=new(option.name)) for option in one.options),
            )
            for one in old.choices
        ),
        migrations=(
            Migration(
                version="2.0.0",
                steps=tuple(MigrationStep(kind=kind, choice=of, from_=name, to=new(name)) for kind, of, name in steps),
            ),
        ),
    )


def _names(scheme: Scheme) -> list[tuple[NameKind, str]]:
    found: list[tuple[NameKind, str]] = [("label", one.name) for one in scheme.labels]
    found += [("relation", one.name) for one in scheme.relations]
    return found + [("choice", one.name) for one in scheme.choices]


RENAMED = Checker(_all_renamed())


def element_of(task: Any) -> Element:
    return Element(index=0, start=0, raw=json.dumps(task).replace("Infinity", "1e999").encode())


def checked(checker: Checker, task: Any) -> list[CheckedTask | Finding] | None:
    """Check a task; None where the file is refused."""
    try:
        return list(checker.element(element_of(task), 0, name="x"))
    except InputError:
        return None


def findings_of(items: list[CheckedTask | Finding]) -> list[Finding]:
    return [f for item in items for f in ([item] if isinstance(item, Finding) else item.findings)]


def renamed(document: Document) -> Document:
    """Give a document with the new names: what the annotator would have made with the new scheme."""
    replace = msgspec.structs.replace
    choices = default_scheme().choice_by_name

    def named(spans: Any) -> Any:
        return tuple(replace(span, label=new(span.label)) for span in spans)

    return replace(
        document,
        mentions=named(document.mentions),
        cues=named(document.cues),
        quotes=tuple(
            replace(
                quote,
                type=new(quote.type),
                fragments=named(quote.fragments),
                cues=named(quote.cues),
            )
            for quote in document.quotes
        ),
        relations=tuple(replace(one, type=new(one.type)) for one in document.relations),
        attributes=tuple(
            replace(
                one, name=new(one.name), values=one.values if choices[one.name].role else tuple(map(new, one.values))
            )
            if one.kind == "choice" and one.name in choices
            else one
            for one in document.attributes
        ),
    )


# ---------------------------------------------------------------- whatever stands in the file


@given(data=st.data())
def test_a_renamed_scheme_reads_old_exports_as_the_old_one_did(spoiled: Spoiled, data: st.DataObject) -> None:
    for task in spoiled(data):
        before, after = checked(OLD, task), checked(RENAMED, task)
        if before is None or after is None:
            assert before == after
            continue
        documents = [document for item in before if isinstance(item, CheckedTask) for document in item.documents]
        event(f"{len(documents)} documents")
        assert [document for item in after if isinstance(item, CheckedTask) for document in item.documents] == [
            renamed(document) for document in documents
        ]
        kept = [(f.code, f.place, f.regions) for f in findings_of(after) if f.code != "WL407"]
        assert kept == [(f.code, f.place, f.regions) for f in findings_of(before)]


@given(data=st.data())
def test_both_ways_give_the_same_and_nothing_is_lost(spoiled: Spoiled, shuffled: Scheme, data: st.DataObject) -> None:
    checker = Checker(shuffled)
    for task in spoiled(data):
        try:
            items = list(read_element(element_of(task), 0, name="x"))
            again = list(repair_element(element_of(task), 0, name="x"))
        except InputError:
            continue
        for item in again:
            if isinstance(item, ReadTask):
                careful = checker.tasks.check(item)
                assert careful is not None
                lost = sum(found.regions for found in careful.findings)
                assert careful.counts.seen == careful.counts.kept + lost
        if len(items) == 1 and isinstance(items[0], ReadTask) and not items[0].careful:
            quick = checker.tasks.check(items[0])
            if quick is not None:
                event("taken by the fast way")
                assert isinstance(again[0], ReadTask)
                assert [quick] == [checker.tasks.check(one) for one in again if isinstance(one, ReadTask)]


@given(data=st.data())
def test_what_the_schema_of_all_versions_forbids_is_named(
    spoiled: Spoiled, shuffled: Scheme, data: st.DataObject
) -> None:
    schema = Validator(export_schema(widened(shuffled)))
    checker = Checker(shuffled)
    for task in spoiled(data):
        items = checked(checker, task)
        if items is None or not any(isinstance(item, CheckedTask) for item in items):
            continue
        said = findings_of(items)
        if not any(found.level == "error" or found.code in WHOLE | {"WL115", "WL706"} for found in said):
            instance = json.loads(element_of(task).raw)
            bad = [one for one in schema.violations(instance) if one.place != "$.data"]
            assert bad == []


# ---------------------------------------------------------------- versions and times


def scheme_of(migrations: str, *labels: str, version: str = "3.0.0") -> Scheme:
    head = f'name = "t"\nversion = "{version}"\n'
    return parse_scheme(head + "".join(f'[[labels]]\nname = "{label}"\n' for label in labels) + migrations)


TWO = """
[[migrations]]
version = "2.0.0"
before = 2026-02-01T00:00:00Z
steps = [{ from = "A", to = "B" }]
[[migrations]]
version = "3.0.0"
before = 2026-03-01T00:00:00Z
steps = [{ from = "B", split = { C = ["Anna", "Otto\\nGroß"] }, otherwise = "B" }]
"""


@pytest.mark.parametrize(
    ("label", "surface", "changed", "read"),
    [
        # A was renamed to B, and B split: the whole chain.
        ("A", "Anna", "2026-01-15T00:00:00Z", "C"),
        ("A", "Köln", "2026-01-15T00:00:00Z", "B"),
        # B between the two versions is the B that was split; B of today is not touched.
        ("B", "Anna", "2026-02-15T00:00:00Z", "C"),
        ("B", "Anna", "2026-03-15T00:00:00Z", "B"),
        # A is gone: whoever still wrote it meant the old one, which is the old B.
        ("A", "Anna", "2026-03-15T00:00:00Z", "C"),
        # The moment itself is the new version's; a zone is heeded.
        ("B", "Anna", "2026-03-01T00:00:00Z", "B"),
        ("B", "Anna", "2026-03-01T00:30:00+01:00", "C"),
        # No time: older than anything.
        ("B", "Anna", None, "C"),
        ("B", "Otto Groß", None, "C"),
        ("B", "anna", None, "B"),
    ],
)
def test_the_chain_of_versions(export: Any, label: str, surface: str, changed: str | None, read: str) -> None:
    task = export("Anna und anna trafen Otto Groß in Köln.", scheme_of(TWO, "B", "C"))
    task.span(label, surface)
    task.annotations[0]["updated_at"] = changed
    (document,) = task.check().documents
    assert [span.label for span in document.mentions] == [read]


def test_what_was_changed_last_decides_over_what_was_made_first(export: Any) -> None:
    task = export("Anna", scheme_of(TWO, "B", "C"))
    task.span("B", "Anna")
    task.annotations[0] |= {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-04-01T00:00:00Z"}
    assert task.check().documents[0].mentions[0].label == "B"


def test_a_surface_that_no_list_names_is_for_the_annotator_to_decide(export: Any) -> None:
    scheme = scheme_of(
        '[[migrations]]\nversion = "2.0.0"\nsteps = [{ from = "A", split = { B = ["Anna"] } }]', "B", "C"
    )
    task = export("Anna traf Otto.", scheme)
    task.span("A", "Anna")
    task.span("A", "Otto")
    done = task.check()
    (found,) = [one for one in done.findings if one.code == "WL409"]
    assert (found.place, found.regions, found.level) == ("x::$[0].annotations[0].result[1]", 1, "error")
    assert found.excerpt == "Anna traf [Otto]."
    assert [span.text for span in done.documents[0].mentions] == ["Anna"]


def test_a_split_without_a_surface_reads_the_text_in_the_unit_of_the_annotation(export: Any) -> None:
    scheme = scheme_of(
        '[[migrations]]\nversion = "2.0.0"\nsteps = [{ from = "A", split = { B = ["Otto"] }, otherwise = "C" }]',
        "B",
        "C",
    )
    task = export("🎉🎉 Anna traf Otto.", scheme)
    task.span("A", "Anna", unit="utf-16")
    task.span("A", "Otto", unit="utf-16", text=None)
    done = task.check()
    assert [(span.text, span.label) for span in done.documents[0].mentions] == [("Anna", "C"), ("Otto", "B")]


def test_a_span_that_is_left_out_still_proves_the_unit_of_the_offsets(export: Any) -> None:
    scheme = scheme_of(
        '[[migrations]]\nversion = "2.0.0"\nsteps = [{ from = "A", split = { B = ["Otto"] } }]', "B", "C"
    )
    task = export("🎉🎉 Anna traf Otto.", scheme)
    task.span("A", "Anna", unit="utf-16")
    task.span("C", "Otto", unit="utf-16", text=None)
    done = task.check()
    assert [span.text for span in done.documents[0].mentions] == ["Otto"]
    assert [found.excerpt for found in done.findings if found.code == "WL409"] == ["🎉🎉 [Anna] traf Otto."]


def test_the_signature_is_checked_on_the_new_names_and_the_new_direction(export: Any) -> None:
    text = """
name = "t"
version = "2.0.0"
[[labels]]
name = "PERSON"
[[labels]]
name = "GROUP"
[[relations]]
name = "IN"
head = ["PERSON"]
tail = ["GROUP"]
[[migrations]]
version = "2.0.0"
steps = [
    { from = "PER", to = "PERSON" },
    { from = ["ORG", "PARTY"], to = "GROUP" },
    { kind = "relation", from = "HAS", to = "IN", reverse = true },
]
"""
    task = export("Anna und Otto sind bei der SPD, Ute im Rat.", parse_scheme(text))
    anna, otto, ute = (task.span("PER", name) for name in ("Anna", "Otto", "Ute"))
    spd, rat = task.span("PARTY", "SPD"), task.span("ORG", "Rat")
    task.relation("HAS", spd, anna)
    task.relation("HAS", otto, spd, direction="left")
    task.relation("HAS", ute, rat)
    done = task.check()
    (document,) = done.documents
    assert sorted((one.type, one.head, one.tail) for one in document.relations) == [
        ("IN", anna, spd),
        ("IN", otto, spd),
    ]
    assert [found.code for found in done.findings if found.level == "error"] == ["WL505"]
    told = [found.message for found in done.findings if found.code == "WL407"]
    assert told == [
        "the label PER is read as PERSON in 3 regions",
        "the label PARTY is read as GROUP in 1 region",
        "the label ORG is read as GROUP in 1 region",
        "the relation HAS is read as IN, turned round in 3 regions",
    ]


# ---------------------------------------------------------------- --fix


def test_fix_writes_the_new_names_and_a_log_of_each(tmp_path: Path, export: Any) -> None:
    task = export("Die Stadtwerke Lindenau klagen gegen Lindenau.", RENAMED.scheme)
    quote = task.span("INDIRECT", "Die Stadtwerke Lindenau klagen gegen Lindenau")
    org = task.span("ORG", "Stadtwerke Lindenau")
    task.span("GPE neu", "Lindenau", nth=1)
    task.relation("SPEAKER", quote, org)
    task.status(quote, "in_text")
    raw = {"id": 1, "data": {"article_id": "bote-1", "text": task.text}, "annotations": task.annotations}
    source, out = tmp_path / "old.json", tmp_path / "new.json"
    source.write_text(json.dumps([raw], ensure_ascii=False), encoding="utf-8")
    report = fix_export(str(source), out, RENAMED)
    assert report.codes == {"WL407": 4}
    wanted = json.loads(source.read_text("utf-8"))
    for entry, (key, value) in zip(
        [*wanted[0]["annotations"][0]["result"][:2], *wanted[0]["annotations"][0]["result"][3:]],
        [("labels", "INDIRECT neu"), ("labels", "ORG neu"), ("", "SPEAKER neu"), ("choices", "in_text")],
        strict=True,
    ):
        if key:
            entry["value"][key] = [value]
        else:
            entry["labels"] = [value]
    wanted[0]["annotations"][0]["result"][4]["from_name"] = "speaker_status neu"
    assert json.loads(out.read_text("utf-8")) == wanted
    log = [json.loads(line) for line in out.with_name(out.name + LOG_SUFFIX).read_text("utf-8").splitlines()]
    assert log[1] == {
        "place": f"{source}::$[0].annotations[0].result[1]",
        "code": "WL407",
        "before": {"labels": ["ORG"]},
        "after": {"labels": ["ORG neu"]},
    }


def test_fix_leaves_names_that_changed_places(tmp_path: Path, export: Any) -> None:
    scheme = scheme_of(
        '[[migrations]]\nversion = "2.0.0"\nbefore = 2026-02-01T00:00:00Z\n'
        'steps = [{ from = "A", to = "B" }, { from = "B", to = "A" }]',
        *("A", "B"),
    )
    task = export("Anna traf Otto.", scheme)
    task.span("A", "Anna")
    task.span("B", "Otto")
    done = task.check()
    assert [span.label for span in done.documents[0].mentions] == ["B", "A"]
    assert [found.code for found in done.findings if found.code.startswith("WL40")] == ["WL408", "WL408"]
    source = tmp_path / "old.json"
    source.write_text(json.dumps([{"id": 1, "data": {"text": task.text}, "annotations": task.annotations}]))
    out = tmp_path / "new.json"
    assert fix_export(str(source), out, Checker(scheme)).changes == 0
    assert out.read_bytes() == source.read_bytes()


def test_fix_writes_no_label_that_an_old_annotation_means_otherwise(tmp_path: Path, export: Any) -> None:
    scheme = parse_scheme(
        'name = "t"\nversion = "2.0.0"\nlabels = [{ name = "A" }]\nrelations = [{ name = "R" }]\n[[migrations]]\n'
        'version = "2.0.0"\nbefore = 2026-02-01T00:00:00Z\n'
        'steps = [{ kind = "relation", from = "R", to = "R", reverse = true }]'
    )
    task = export("Anna traf Otto.", scheme)
    anna, otto = task.span("A", "Anna"), task.span("A", "Otto")
    task.relation("", anna, otto)
    (relation,) = task.check().documents[0].relations
    assert (relation.head, relation.tail) == (anna, otto)
    source, out = tmp_path / "old.json", tmp_path / "new.json"
    source.write_text(json.dumps([{"id": 1, "data": {"text": task.text}, "annotations": task.annotations}]))
    assert fix_export(str(source), out, Checker(scheme)).changes == 0


def test_fix_mends_the_offsets_of_a_span_that_was_left_out(tmp_path: Path, export: Any) -> None:
    scheme = scheme_of(
        '[[migrations]]\nversion = "2.0.0"\nsteps = [{ from = "A", split = { B = ["Otto"] } }]', "B", "C"
    )
    task = export("Anna traf Otto.", scheme)
    task.span("A", "Anna", start="0")
    source, out = tmp_path / "old.json", tmp_path / "new.json"
    source.write_text(json.dumps([{"id": 1, "data": {"text": task.text}, "annotations": task.annotations}]))
    assert fix_export(str(source), out, Checker(scheme)).codes == {"WL302": 1}
    assert json.loads(out.read_text())[0]["annotations"][0]["result"][0]["value"]["start"] == 0


# ---------------------------------------------------------------- docs/scheme.md


def test_the_example_of_the_docs_reads_as_they_say(export: Any) -> None:
    page = (Path(__file__).parents[3] / "docs" / "scheme.md").read_text("utf-8").partition("## Changing the scheme")[2]
    blocks = [part.partition("```")[0] for part in page.split("```toml\n")[1:]]
    text = assets("schema", "scheme.toml").read_text("utf-8").replace('version = "1.0.0"', 'version = "2.0.0"', 1)
    extra = '[[labels]]\nname = "PLACE"\n[[labels]]\nname = "PARTY"\n'
    # LOC is gone in the example; a scheme that still has it must say before, as the example does.
    task = export(
        "Ayşe Demir von der SPD sah die Elbe, die Lindenauer Brücke und die Stadtwerke Lindenau.",
        parse_scheme(text + extra + "".join(blocks)),
    )
    task.annotations[0]["updated_at"] = "2026-04-30T12:00:00Z"
    rows = [("PERSON", "Ayşe Demir"), ("LOC", "Elbe"), ("SITE", "Elbe"), ("SITE", "Lindenauer Brücke"), ("ORG", "SPD")]
    for label, surface in [*rows, ("ORG", "Stadtwerke Lindenau")]:
        task.span(label, surface)
    done = task.check()
    assert [(span.label, span.text) for span in done.documents[0].mentions] == [
        ("PER", "Ayşe Demir"),
        ("PARTY", "SPD"),
        ("PLACE", "Elbe"),
        ("PLACE", "Lindenauer Brücke"),
        ("ORG", "Stadtwerke Lindenau"),
    ]
    assert "WL308" in {found.code for found in done.findings}
