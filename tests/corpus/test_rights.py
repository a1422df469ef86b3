"""The ledger of rights: who has the last word on an article, and one clear line for a ledger that does not hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from wortlaut.corpus.rights import project_rights, read_rights
from wortlaut.schema.errors import InputError
from wortlaut.schema.project import RIGHTS, Project, find_project

GOOD = """
[default]
redistribute = false
reason = "press text is under copyright"

[[publisher]]
name = "Lindenauer  Bote"
redistribute = true
license = "CC-BY-4.0"
source = "E-Mail vom 3. Februar 2026"

[[article]]
id = "bote-7"
redistribute = false
reason = "holds a reader's letter"

[[article]]
id = "kurier-1"
redistribute = true
license = "LicenseRef-Haus"
source = "contract of 2025"
"""


def ledger(folder: Path, text: str) -> Path:
    path = folder / "rights.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_article_goes_before_its_publisher_and_that_before_the_default(tmp_path: Path) -> None:
    rights = read_rights(ledger(tmp_path, GOOD))
    free = rights.of("bote-1", "LINDENAUER Bote ")
    assert (free.redistribute, free.license, free.by) == (True, "CC-BY-4.0", "publisher")
    assert free.ground == "E-Mail vom 3. Februar 2026"
    assert (rights.of("bote-7", "Lindenauer Bote").redistribute, rights.of("bote-7", None).by) == (False, "article")
    assert rights.of("kurier-1", "Kurier").license == "LicenseRef-Haus"
    assert (rights.of("kurier-2", "Kurier").redistribute, rights.of("kurier-2", None).by) == (False, "default")
    assert rights.article_ids == {"bote-7", "kurier-1"}


def test_an_article_without_a_word_has_no_rights(tmp_path: Path) -> None:
    rights = read_rights(ledger(tmp_path, "# nothing yet\n"))
    assert rights.exists
    assert (rights.of("a", "Bote").redistribute, rights.of("a", "Bote").by) == (False, "nothing")
    missing = read_rights(tmp_path / "none.toml")
    assert not missing.exists
    assert missing.of("a", None).by == "nothing"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("default = 'ask'", "default = 'ask': write [default], and under it redistribute = true or false"),
        ("publisher = 'ask'", "publisher = 'ask': write [[publisher]], and its entry under it"),
        ("[default]\nredistribut = true", "there is no setting 'redistribut' in [default]. Did you mean"),
        ("[[publisher]]\nname = 'B'\nredistribute = true\nlicence = 'MIT'", "no setting 'licence' in [[publisher]]"),
        ("[publisher]\nname = 'B'", "[publisher] is written [[publisher]], for there may be several"),
        ("[[publisher]]\nname = 'B'", "[[publisher]] 1 does not hold: Object missing required field `redistribute`"),
        (
            "[[publisher]]\nname = 'B'\nredistribute = true",
            "publisher 'B': redistribute = true needs license and source",
        ),
        (
            "[[article]]\nid = 'a'\nredistribute = true\nlicense = 'frei'\nsource = 'x'",
            "article 'a': license = 'frei' is no SPDX id",
        ),
        (
            "[[publisher]]\nname = 'B'\nredistribute = false\n[[publisher]]\nname = ' b'\nredistribute = false",
            "publisher ' b' stands there twice",
        ),
        ("[[article]]\nid = ''\nredistribute = false", "an article without an id"),
        ("[[publisher]\n", "is no ledger of rights: "),
    ],
)
def test_a_ledger_that_does_not_hold_is_one_clear_line(tmp_path: Path, text: str, said: str) -> None:
    path = ledger(tmp_path, text)
    with pytest.raises(InputError) as error:
        read_rights(path)
    line = str(error.value)
    assert said in line
    assert line.startswith(str(path))
    assert line.endswith("docs/rights.md tells what stands in it")
    assert "\n" not in line


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = "[default]\nredistribute = true\n[[article]]\nid = 'a'\nredistribute = true\nlicense = 'x y'\nsource = 's'"
    with pytest.raises(InputError, match=r"\[default\]: redistribute = true needs.*; article 'a': license = 'x y'"):
        read_rights(ledger(tmp_path, text))


def test_unknown_keys_and_values_that_do_not_hold_are_told_in_one_line(tmp_path: Path) -> None:
    text = (
        "defualt = 1\n[[publisher]]\nname = 'B'\nredistribute = true\nlicence = 'MIT'\nsource = 's'\n"
        "[[publisher]]\nname = 3\nredistribute = true\n[[article]]\nid = 'a'\nredistribute = 'no'\n"
        "[[article]]\nid = 'b'\nredistribute = true\nlicense = 'x y'\nsource = 's'"
    )
    with pytest.raises(InputError) as error:
        read_rights(ledger(tmp_path, text))
    for said in (
        "there is no setting 'defualt'",
        "there is no setting 'licence' in [[publisher]]",
        "[[publisher]] 2 does not hold: Expected `str`, got `int` - at `$.name`",
        "[[article]] 1 does not hold: Expected `bool`, got `str` - at `$.redistribute`",
        "publisher 'B': redistribute = true needs license",
        "article 'b': license = 'x y' is no SPDX id",
    ):
        assert said in str(error.value)


def test_publishers_that_no_article_has_are_known(tmp_path: Path) -> None:
    rights = read_rights(
        ledger(tmp_path, "".join(f"[[publisher]]\nname = '{n}'\nredistribute = false\n" for n in ("Der Bote", "Blat")))
    )
    assert rights.unknown_publishers(["der  bote", "Blatt", None]) == ["Blat"]


def test_the_sample_project_may_hand_on_its_texts(root: Path) -> None:
    rights = project_rights(find_project(root))
    assert rights is not None
    assert rights.of("any", None).license == "Apache-2.0"


def test_outside_of_a_project_nobody_states_rights(tmp_path: Path) -> None:
    assert project_rights(Project(root=tmp_path)) is None
    assert project_rights(Project(root=tmp_path, found=True)) is not None
    assert RIGHTS == "corpus/rights.toml"
