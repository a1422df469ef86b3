"""The label chapter of the guidelines."""

from __future__ import annotations

from pathlib import Path

from wortlaut.annotation.guidelines import label_chapter
from wortlaut.schema.scheme import ChoiceOption, ChoiceSet, Label, RelationType, Scheme, default_scheme

PRESS = default_scheme()
CHAPTER = label_chapter(PRESS)


def test_it_is_the_projects_own(root: Path) -> None:
    written = (root / "annotation" / "guidelines-labels.md").read_text(encoding="utf-8")
    assert written == CHAPTER, "the label chapter changed; look at it, then write it with: wortlaut schema"


def test_every_label_stands_in_it_with_definition_key_and_examples() -> None:
    for label in PRESS.labels:
        section = CHAPTER.split(f"### {label.name}: {label.title_de}\n")[1].split("\n#")[0]
        assert label.definition_de in section
        assert f"Taste: `{label.hotkey}`" in section
        assert all(f"*{example}*" in section for example in label.examples)


def test_the_table_holds_every_allowed_pair_of_part_of() -> None:
    rows = [line for line in CHAPTER.splitlines() if line.startswith("| `PART_OF`")]
    assert [row.split("|")[3].strip() + row.split("|")[4] + row.split("|")[5].strip() for row in rows] == [
        "ORG → ORG",
        "LOC → GPE",
        "GPE → GPE",
    ]


def test_symmetric_and_same_label_relations_say_so() -> None:
    assert "| `MEETS` | trifft | PER, ORG, GPE, ROLE | ↔ | PER, ORG, GPE, ROLE |" in CHAPTER
    assert "| → | dasselbe Label |" in CHAPTER


def test_choices_stand_under_what_they_are_asked_of() -> None:
    region, document = CHAPTER.split("## Angaben zur Spanne")[1].split("## Angaben zum ganzen Artikel")
    assert "- `in_text`: im Text (SPEAKER ziehen) (Taste `y`)" in region
    assert "Für: DIRECT, INDIRECT, REPORTED, FREE_INDIRECT." in region
    assert "Mehrere Antworten sind möglich." in document
    assert "`needs_review`" in document


def test_markup_in_names_and_definitions_is_shown_not_obeyed() -> None:
    scheme = Scheme(
        name="t",
        version="1.0.0",
        labels=(Label(name="a|b`c", definition="# <script>x</script> *fett* [l](u)", examples=("_x_",)),),
        relations=(RelationType(name="r|s", title_de="x|y"),),
        choices=(ChoiceSet(name="c", options=(ChoiceOption(name="o`p"),)),),
    )
    chapter = label_chapter(scheme)
    assert "\\# \\<script\\>x\\</script\\> \\*fett\\* \\[l\\](u)" in chapter
    assert "*\\_x\\_*" in chapter
    (row,) = [line for line in chapter.splitlines() if line.startswith("| r")]
    assert row == "| r\\|s | x\\|y | jedes Label | → | jedes Label |"
    assert "- o\\`p" in chapter


def test_a_scheme_with_labels_alone_has_no_empty_chapters() -> None:
    chapter = label_chapter(Scheme(name="t", version="1.0.0", labels=(Label(name="PER"),)))
    assert [line for line in chapter.splitlines() if line.startswith("#")] == [
        "# Labels, Relationen und Angaben (t 1.0.0)",
        "## Entitäten",
        "### PER",
    ]


def test_the_hand_written_guidelines_lead_to_it(root: Path) -> None:
    guidelines = (root / "annotation" / "guidelines.md").read_text(encoding="utf-8")
    assert "(guidelines-labels.md)" in guidelines
    for relation in PRESS.relations:
        if relation.role:
            assert relation.name in guidelines
