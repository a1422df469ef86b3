"""Schemes drafted from somebody else's config or export."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wortlaut.annotation.config import labeling_config
from wortlaut.annotation.scheme_draft import SchemeDraft
from wortlaut.annotation.scheme_sources import draft_from_config, draft_scheme
from wortlaut.schema.errors import InputError, SchemeError
from wortlaut.schema.scheme import Scheme, default_scheme, parse_scheme

CONFIG = """<View>
  <!-- <Label value="COMMENTED"/> -->
  <Labels name="a" toName="t">
    <Label value="Law/Rule" background="red" hotkey="q"/><Label value="None"/>
    <Label value="🎉: Fest" hotkey="q"/><Label value="Person" alias="PER" background='"];bad'/>
  </Labels>
  <HyperTextLabels name="b" toName="t"><Label value="PLACE"/>
    <Label value="None" background="#123456"/></HyperTextLabels>
  <Labels name="c" toName="t" value="$dynamic"/>
  <Taxonomy name="tax" toName="t"><Choice value="x"><Choice value="y"/></Choice></Taxonomy>
  <Text name="t" value="$text"/>
  <View visibleWhen="region-selected" whenTagName="a" whenLabelValue="PER, PLACE">
    <Choices name="sure" toName="t" perRegion="true">
      <Choice value="yes" hotkey="q"/><Choice value="nein" alias="no"/></Choices>
  </View>
  <Choices name="topic" toName="t" choice="multiple"><Choice value="sport"/><Choice value="$more"/></Choices>
  <TextArea name="n" toName="t" perRegion="true"/>
  <Relations><Relation value="rel:works for" background="#00f"/><Relation value="rel:works for"/></Relations>
</View>"""


def drafted(path: Path) -> tuple[Scheme, tuple[str, ...], str]:
    draft = draft_scheme(str(path))
    return parse_scheme(draft.toml), draft.notes, draft.toml


def test_a_config_of_every_oddity(tmp_path: Path) -> None:
    path = tmp_path / "my config.xml"
    path.write_text(CONFIG, encoding="utf-8")
    scheme, notes, toml = drafted(path)
    assert scheme.name == "my config"
    # A release carries the scheme: no one's folders in it, and no language that nobody gave.
    assert str(tmp_path) not in toml
    assert "from my config.xml." in toml
    assert scheme.language == "und"
    assert [label.name for label in scheme.labels] == ["Law/Rule", "None", "🎉: Fest", "PER", "PLACE"]
    assert scheme.label_by_name["PER"].title_de == "Person"
    assert [label.hotkey for label in scheme.labels] == ["q", "1", "2", "3", "4"]
    assert scheme.label_by_name["Law/Rule"].color == "red"
    assert scheme.label_by_name["PER"].color.startswith("#")
    assert [relation.name for relation in scheme.relations] == ["rel:works for"]
    sure, topic = scheme.choices
    assert (sure.name, sure.scope, sure.applies_to) == ("sure", "region", ("PER", "PLACE"))
    assert [(option.name, option.title_de) for option in sure.options] == [("yes", ""), ("no", "nein")]
    assert (topic.name, topic.scope, topic.multiple) == ("topic", "document", True)
    assert [option.name for option in topic.options] == ["sport"]
    assert notes == (
        "the value '$dynamic' in <Labels> is left out: it comes from each task's data",
        "<Taxonomy name='tax'> is left out: a scheme has labels, relations, choices",
        "the value '$more' in <Choices> is left out: it comes from each task's data",
        "the hotkey 'q' of '🎉: Fest' is left out: 'Law/Rule' has it",
        "the hotkey 'q' of 'sure: yes' is left out: 'Law/Rule' has it",
        "the color '\"];bad' of 'PER' is left out: a scheme takes #rrggbb or a CSS name",
    )


def test_our_own_config_gives_our_own_names_back(tmp_path: Path) -> None:
    press = default_scheme()
    path = tmp_path / "press.xml"
    path.write_text(labeling_config(press), encoding="utf-8")
    scheme, notes, _ = drafted(path)
    assert notes == ()
    assert [(label.name, label.color, label.hotkey) for label in scheme.labels] == [
        (label.name, label.color, label.hotkey) for label in press.labels
    ]
    assert [relation.name for relation in scheme.relations] == [relation.name for relation in press.relations]
    assert [(choice.name, choice.scope, choice.multiple, choice.applies_to) for choice in scheme.choices] == [
        (choice.name, choice.scope, choice.multiple, choice.applies_to) for choice in press.choices
    ]
    assert [choice.options for choice in scheme.choices] == [choice.options for choice in press.choices]


def span(ident: str, start: int, end: int, text: str, label: str) -> dict[str, Any]:
    value = {"start": start, "end": end, "text": text, "labels": [label]}
    return {"id": ident, "from_name": "ner", "to_name": "text", "type": "labels", "value": value}


def choice(ident: str, name: str, *options: str) -> dict[str, Any]:
    return {"id": ident, "from_name": name, "to_name": "text", "type": "choices", "value": {"choices": list(options)}}


def relation(head: str, tail: str, *labels: str, direction: str = "right") -> dict[str, Any]:
    return {"type": "relation", "from_id": head, "to_id": tail, "direction": direction, "labels": list(labels)}


TEXT = "Mara Quell leitet das Werk in Brunnau."
RESULT = [
    span("a", 0, 10, "Mara Quell", "Person"),
    span("b", 22, 26, "Werk", "Org/Firma"),
    span("c", 30, 37, "Brunnau", "None"),
    choice("a", "certainty", "high"),
    choice("b", "certainty", "low"),
    choice("x", "topics", "work", "people"),
    relation("a", "b", "leads"),
    relation("b", "a", "leads", direction="left"),
    relation("b", "c", "in", "near"),
    relation("a", "c"),
]
EXPORT = [
    {"id": 1, "data": {"text": TEXT}, "annotations": [{"id": 1, "completed_by": 1, "result": RESULT}]},
    {"id": 2, "data": {"text": TEXT}, "annotations": [{"id": 2, "completed_by": 1, "result": None}]},
]


def test_an_export_gives_what_it_uses_and_the_pairs_that_it_shows(tmp_path: Path) -> None:
    path = tmp_path / "project-9.json"
    path.write_text(json.dumps(EXPORT), encoding="utf-8")
    scheme, notes, toml = drafted(path)
    assert [label.name for label in scheme.labels] == ["Person", "Org/Firma", "None"]
    assert len({label.hotkey for label in scheme.labels}) == 3
    assert [relation.name for relation in scheme.relations] == ["leads", "in", "near"]
    assert "# seen 2 x: Person -> Org/Firma" in toml
    assert "# seen 1 x: Org/Firma -> None" in toml
    assert all(kind.allows("None", "Person") for kind in scheme.relations)
    certainty, topics = scheme.choices
    assert (certainty.scope, certainty.applies_to, certainty.multiple) == ("region", ("Person", "Org/Firma"), False)
    assert [option.name for option in certainty.options] == ["high", "low"]
    assert (topics.scope, topics.multiple) == ("document", True)
    assert notes == ("a relation without a label says nothing about the scheme",)


NAMES = st.text(min_size=1, max_size=8) | st.sampled_from(
    ["a\tb", '"', "\\", "None", "a: b/c", "\x7f", "👍🏽", "]]", "#"]
)


@given(st.lists(st.tuples(NAMES, NAMES, st.text(max_size=9)), min_size=1, max_size=6))
def test_whatever_was_seen_the_draft_reads_back(seen: list[tuple[str, str, str]]) -> None:
    draft = SchemeDraft()
    draft.label("X")
    for name, other, color in seen:
        draft.label(name, color=color, hotkey=other[:1])
        draft.relation(name, pair=(name, other))
        draft.choice(other, [(name, color, other[:1]), (other, "", "")], on_region=True, applies_to=[name, "gone"])
    toml = draft.drafted(name="t", source="s").toml
    scheme = parse_scheme(toml)
    kept = {name for name, _, _ in seen if name in scheme.label_by_name}
    left_out = {name for name, _, _ in seen} - kept
    assert all(not name.strip() or not name.isprintable() for name in left_out)
    assert set(tomllib.loads(toml)) >= {"name", "version", "labels"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<View><Labels", r"is not XML: .*Give a Label Studio labeling config \(XML\) or its JSON export"),
        (b"<View/>", "holds no label for spans of text"),
        (b"<View><Labels><Label value=' '/></Labels></View>", "holds no label .*blank or holds a control character"),
    ],
)
def test_what_is_no_config_is_named(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    path.write_bytes(content)
    with pytest.raises((InputError, SchemeError), match=message):
        draft_scheme(str(path))


def test_entities_are_not_expanded_and_files_not_read() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    xml = f'{bomb}<View><Labels name="l" toName="t"><Label value="PER"/>&a;&b;</Labels></View>'
    draft = draft_from_config(xml.encode(), source="x.xml")
    assert "root" not in draft.toml
    assert [label.name for label in parse_scheme(draft.toml).labels] == ["PER"]


def test_too_large_a_config_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    path.write_bytes(b"<View>" + b" " * (4 << 20) + b"</View>")
    with pytest.raises(InputError, match="is larger than 4 MB"):
        draft_scheme(str(path))


def test_an_export_without_labels_says_where_to_look(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps([EXPORT[1]]), encoding="utf-8")
    with pytest.raises(SchemeError, match=r"holds no label for spans of text\. Give the labeling config"):
        draft_scheme(str(path))


def test_real_exports_give_schemes_that_read_back(data: Path) -> None:
    counts = {}
    for name in ("c_short.json", "daza_biographynet_relations.json", "LEOKA_team_2.json.gz", "c_short.labeling.xml"):
        scheme, _, _ = drafted(data / "exports" / name)
        counts[name] = (len(scheme.labels), len(scheme.relations), len(scheme.choices))
    assert counts["c_short.labeling.xml"] == (11, 6, 2)
    assert counts["c_short.json"] == (5, 1, 2)
    assert counts["daza_biographynet_relations.json"][0] == 3
    assert counts["LEOKA_team_2.json.gz"][0] == 10
