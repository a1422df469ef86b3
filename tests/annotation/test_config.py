"""The labeling config: what the annotator's page is made of, for any scheme."""

from __future__ import annotations

import warnings
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wortlaut.annotation.config import labeling_config
from wortlaut.schema.errors import SchemeError
from wortlaut.schema.scheme import ChoiceOption, ChoiceSet, Label, RelationType, Scheme, default_scheme
from wortlaut.schema.task import TaskData

PRESS = default_scheme()
XML = labeling_config(PRESS)
ROOT = ET.fromstring(XML)  # noqa: S314 - our own output

HOSTILE = ("a<b>&\"c'", "A/B: C", "None", "👩🏽‍⚖️ Recht", "50 % & mehr", "]]>", "Größe")


def scheme_of(*names: str) -> Scheme:
    return Scheme(
        name="t",
        version="1.0.0",
        labels=tuple(Label(name=name, definition=name) for name in names),
        relations=tuple(RelationType(name=name, title_de=name) for name in names),
        choices=(ChoiceSet(name="c", options=tuple(ChoiceOption(name=name, title_de=f"<i>{name}") for name in names)),),
    )


def parsed(scheme: Scheme) -> ET.Element:
    return ET.fromstring(labeling_config(scheme))  # noqa: S314 - our own output


def one(root: ET.Element, tag: str) -> ET.Element:
    (found,) = root.iter(tag)
    return found


def test_the_config_of_the_project_is_the_golden_one(root: Path) -> None:
    golden = (root / "annotation" / "labeling.xml").read_text(encoding="utf-8")
    assert golden == XML, "the labeling config changed; look at it, then write it with: wortlaut schema"


def test_one_labels_control_holds_every_label_with_its_hotkey_and_colour() -> None:
    labels = one(ROOT, "Labels")
    assert labels.attrib == {"name": "lab", "toName": "text", "choice": "single", "showInline": "true"}
    seen = [(label.get("value"), label.get("hotkey"), label.get("background")) for label in labels]
    assert seen == [(label.name, label.hotkey, label.color) for label in PRESS.labels]
    assert all(label.get("hint") for label in labels)


def test_the_text_is_the_only_object_and_is_marked_as_dragged() -> None:
    assert one(ROOT, "Text").attrib == {
        "name": "text",
        "value": "$text",
        "granularity": "symbol",
        "showLabels": "true",
    }


def test_relations_are_those_of_the_scheme() -> None:
    relations = one(ROOT, "Relations")
    assert [relation.get("value") for relation in relations] == list(PRESS.relation_by_name)
    assert relations.get("choice") == "single"


def test_the_speaker_is_asked_for_quotes_alone_and_the_note_for_every_span() -> None:
    regions = [view for view in ROOT.iter("View") if view.get("visibleWhen") == "region-selected"]
    assert [(view.get("whenTagName"), view.get("whenLabelValue")) for view in regions] == [
        ("lab", "DIRECT,INDIRECT,REPORTED,FREE_INDIRECT"),
        ("lab", None),
    ]
    speaker = one(regions[0], "Choices")
    assert speaker.get("perRegion") == "true"
    assert [option.get("alias") for option in speaker] == ["in_text", "unknown", "outside_text"]
    assert one(regions[1], "TextArea").get("perRegion") == "true"


def test_the_choice_on_the_document_belongs_to_no_region() -> None:
    document = next(choices for choices in ROOT.iter("Choices") if choices.get("name") == "document_status")
    assert document.get("perRegion") is None
    assert document.get("choice") == "multiple"
    assert [option.get("alias") for option in document] == ["needs_review", "not_news"]


def test_every_variable_is_a_field_of_the_task_and_the_headline_is_not_repeated() -> None:
    variables = {value[1:] for element in ROOT.iter() for value in element.attrib.values() if value.startswith("$")}
    assert variables <= set(TaskData.__struct_fields__)
    assert variables == {"text", "publisher", "published", "section", "byline", "agencies", "url"}


def test_metadata_are_shown_by_tags_that_never_run_html() -> None:
    shown = {element.tag for element in ROOT.iter() if (element.get("value") or "").startswith("$")}
    assert shown == {"Text", "Header"}
    assert not {"HyperText", "Markdown", "Choice[html]"} & {element.tag for element in ROOT.iter()}
    assert not any(element.get("html") for element in ROOT.iter())


def test_the_legend_holds_every_definition() -> None:
    legend = "\n".join(header.get("value", "") for header in one(ROOT, "Panel"))
    for label in PRESS.labels:
        assert f"[{label.hotkey}] {label.name} – {label.title_de}: {label.definition_de}" in legend
    for relation in PRESS.relations:
        assert f"→ {relation.name} – {relation.title_de}: {relation.definition_de}" in legend


def test_the_style_needs_no_escaping_which_label_studio_would_not_undo() -> None:
    style = one(ROOT, "Style").text or ""
    assert not set("<>&") & set(style)
    assert "line-height: 2.8 !important" in style
    assert style.count("position: sticky") == 3


def test_hostile_names_come_back_as_they_were() -> None:
    root = parsed(scheme_of(*HOSTILE))
    assert [label.get("value") for label in one(root, "Labels")] == list(HOSTILE)
    assert [relation.get("value") for relation in one(root, "Relations")] == list(HOSTILE)
    (choices,) = root.iter("Choices")
    assert [option.get("alias") for option in choices] == list(HOSTILE)
    assert [option.get("value") for option in choices] == [f"<i>{name}" for name in HOSTILE]


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="$"), min_size=1),
        min_size=1,
        max_size=4,
        unique=True,
    )
)
def test_any_name_comes_back_as_it_was(names: list[str]) -> None:
    assert [label.get("value") for label in one(parsed(scheme_of(*names)), "Labels")] == names


def test_a_label_with_a_comma_cannot_be_named_in_a_condition_so_the_choice_is_always_shown() -> None:
    scheme = Scheme(
        name="t",
        version="1.0.0",
        labels=(Label(name="a,b"), Label(name="c")),
        choices=(ChoiceSet(name="x", applies_to=("a,b",), options=(ChoiceOption(name="y"),)),),
    )
    view = next(view for view in parsed(scheme).iter("View") if view.get("visibleWhen"))
    assert view.get("whenLabelValue") is None


def test_no_relations_no_relations_tag() -> None:
    root = parsed(Scheme(name="t", version="1.0.0", labels=(Label(name="PER"),)))
    assert not list(root.iter("Relations"))
    assert not list(root.iter("Choices"))


@pytest.mark.parametrize("name", ["$text", "US$x", "a${b}"])
def test_a_name_that_label_studio_would_replace_is_refused(name: str) -> None:
    with pytest.raises(SchemeError, match=r"Label Studio takes \$ for a variable\. Rename it in the scheme"):
        labeling_config(scheme_of(name))


def test_a_shown_text_is_parted_from_its_dollar() -> None:
    label = Label(name="MONEY", definition="an amount, such as US$5 or $text")
    header = next(one(parsed(Scheme(name="t", version="1.0.0", labels=(label,))), "Panel").iter("Header"))
    assert header.get("value") == "MONEY – an amount, such as US$ 5 or $ text"


@pytest.mark.parametrize("name", ["lab", "note", "text"])
def test_a_choice_with_the_name_of_another_control_is_refused(name: str) -> None:
    choice = ChoiceSet(name=name, options=(ChoiceOption(name="a"),))
    scheme = Scheme(name="t", version="1.0.0", labels=(Label(name="PER"),), choices=(choice,))
    with pytest.raises(SchemeError, match=f"the choice '{name}' bears the name of another control"):
        labeling_config(scheme)


@pytest.mark.parametrize("scheme", [PRESS, scheme_of(*HOSTILE)], ids=["press-de", "hostile"])
def test_label_studios_own_parser_takes_it(scheme: Scheme) -> None:
    pytest.importorskip("label_studio_sdk")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the SDK's own, on import
        from label_studio_sdk.label_interface.interface import LabelInterface
    interface = LabelInterface(labeling_config(scheme))
    interface.validate()  # type: ignore[no-untyped-call]  # the SDK's
    controls = {control.name: control.labels for control in interface.controls}
    assert controls["lab"] == list(scheme.label_by_name)
    for choice in scheme.choices:
        assert controls[choice.name] == [option.name for option in choice.options]
    assert set(controls) == {"lab", "note", *scheme.choice_by_name}
