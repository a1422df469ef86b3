"""Reading a scheme, and the messages for one that does not hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from wortlaut.schema.errors import SchemeError
from wortlaut.schema.scheme import Scheme, default_scheme, load_scheme, parse_scheme

DOCS = "docs/scheme.md lists the fields"
HEAD = 'name = "t"\nversion = "1.0.0"\n'
PER = '[[labels]]\nname = "PER"\nhotkey = "1"\n'
ORG = '[[labels]]\nname = "ORG"\n'
CHOICE = '[[choices]]\nname = "status"\n'
OPTION = '[[choices.options]]\nname = "yes"\n'


# What the user reads, whole.
BROKEN = {
    "no TOML": ("name = ", "s.toml: is not TOML: Invalid value (at end of document)"),
    "no version": (
        'name = "t"\nlabels = []',
        f"s.toml: is not a scheme: Object missing required field `version`. {DOCS}",
    ),
    "no label": (HEAD + "labels = []", "s.toml: the scheme has no label"),
    "unknown field": (
        HEAD + PER + 'colour = "red"\n',
        f"s.toml: is not a scheme: Object contains unknown field `colour` - at `$.labels[0]`. {DOCS}",
    ),
    "unknown kind": (
        HEAD + PER + 'kind = "thing"\n',
        f"s.toml: is not a scheme: Invalid enum value 'thing' - at `$.labels[0].kind`. {DOCS}",
    ),
    "label twice": (HEAD + PER + '[[labels]]\nname = "PER"\n', "s.toml: the label 'PER' stands twice"),
    "hotkey twice": (
        HEAD + PER + ORG + 'hotkey = "1"\n',
        "s.toml: the hotkey '1' stands twice",
    ),
    "hotkey of an option": (HEAD + PER + CHOICE + OPTION + 'hotkey = "1"\n', "s.toml: the hotkey '1' stands twice"),
    "unknown end": (
        HEAD + PER + '[[relations]]\nname = "R"\nhead = ["PERS"]\n',
        "s.toml: relation R names the unknown label 'PERS'",
    ),
    "two signatures": (
        HEAD + PER + '[[relations]]\nname = "R"\nhead = ["PER"]\nsignatures = [["PER", "PER"]]\n',
        "s.toml: relation R has both head/tail and signatures: keep one",
    ),
    "role twice": (
        HEAD + PER + '[[relations]]\nname = "A"\nrole = "coref"\n[[relations]]\nname = "B"\nrole = "coref"\n',
        "s.toml: the role 'coref' stands twice",
    ),
    "unknown label of a choice": (
        HEAD + PER + CHOICE + 'applies_to = ["LOC"]\n' + OPTION,
        "s.toml: choice status applies to the unknown label 'LOC'",
    ),
    "choice without options": (HEAD + PER + CHOICE + "options = []\n", "s.toml: choice status has no option"),
    "document choice with labels": (
        HEAD + PER + CHOICE + 'scope = "document"\napplies_to = ["PER"]\n' + OPTION,
        "s.toml: choice status is made on the document: it takes no applies_to and no role",
    ),
    "blank name": (
        HEAD + '[[labels]]\nname = " "\n',
        "s.toml: the label ' ' is no name: it is empty or holds a control character",
    ),
    "control character": (
        HEAD + '[[labels]]\nname = "a\\u0007"\n',
        "s.toml: the label 'a\\x07' is no name: it is empty or holds a control character",
    ),
    "color": (
        HEAD + PER + 'color = "#a9a"\n',
        "s.toml: the color '#a9a' of PER is neither #rrggbb nor a named color of CSS",
    ),
    "hotkey of two": (
        HEAD + ORG + 'hotkey = "ab"\n',
        "s.toml: the hotkey 'ab' of ORG is not one character that a key gives",
    ),
    "version": (
        'name = "t"\nversion = "1.0"\n' + PER,
        "s.toml: the version '1.0' is not MAJOR.MINOR.PATCH, such as 1.0.0",
    ),
    "language": (
        HEAD + 'language = "deutsch"\n' + PER,
        "s.toml: the language 'deutsch' is no language tag (BCP 47), such as de or de-AT",
    ),
    "several at once": (
        HEAD + PER + PER + CHOICE + OPTION + OPTION,
        "s.toml: the label 'PER' stands twice; the hotkey '1' stands twice; the option of status 'yes' stands twice",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_scheme_is_named_in_one_line(name: str) -> None:
    text, message = BROKEN[name]
    with pytest.raises(SchemeError) as caught:
        parse_scheme(text, where="s.toml")
    assert str(caught.value) == message


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(SchemeError, match=r"gone\.toml: cannot read the scheme: .*--from-config drafts one"):
        load_scheme(tmp_path / "gone.toml")


@pytest.fixture(scope="module")
def press() -> Scheme:
    return default_scheme()


def test_press_de_holds_what_the_toolkit_knows_of_quotes(press: Scheme) -> None:
    assert press.labels_of("quote") == ("DIRECT", "INDIRECT", "REPORTED", "FREE_INDIRECT")
    assert press.labels_of("cue") == ("CUE",)
    speaker, continues = press.relation_with_role("speaker"), press.relation_with_role("continues")
    assert speaker
    assert speaker.name == "SPEAKER"
    assert continues
    assert continues.name == "CONTINUES"
    status = press.choice_with_role("speaker_status")
    assert status
    assert [option.name for option in status.options] == ["in_text", "unknown", "outside_text"]
    assert [choice.scope for choice in press.choices] == ["region", "document"]


@pytest.mark.parametrize(
    ("relation", "head", "tail", "allowed"),
    [
        ("SPEAKER", "DIRECT", "PER", True),
        ("SPEAKER", "PER", "DIRECT", False),
        ("CONTINUES", "DIRECT", "DIRECT", True),
        ("CONTINUES", "DIRECT", "INDIRECT", False),
        ("PART_OF", "LOC", "GPE", True),
        ("PART_OF", "LOC", "LOC", False),
    ],
)
def test_signatures(press: Scheme, relation: str, head: str, tail: str, allowed: bool) -> None:
    assert press.relation_by_name[relation].allows(head, tail) is allowed


def test_every_label_and_relation_explains_itself_in_german(press: Scheme) -> None:
    labels = [(item.name, item.title_de, item.definition_de, item.definition) for item in press.labels]
    relations = [(item.name, item.title_de, item.definition_de, item.definition) for item in press.relations]
    for texts in labels + relations:
        assert all(texts), texts
    assert all(label.examples for label in press.labels)
