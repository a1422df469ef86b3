"""Migrations in scheme.toml: what is refused in which words, and what an old name has become."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wortlaut.schema.errors import SchemeError
from wortlaut.schema.migrations import Migration, MigrationStep, applied, translate
from wortlaut.schema.migrations_check import migration_problems
from wortlaut.schema.scheme import Label, Scheme, default_scheme, parse_scheme

HEAD = """
name = "t"
version = "3.0.0"
labels = [{ name = "PLACE" }, { name = "ORG" }, { name = "PARTY" }]
relations = [{ name = "IN" }]
choices = [{ name = "status", options = [{ name = "yes" }] }]
"""
MOMENT = "before = 2026-05-01T00:00:00+02:00\n"


def migration(*steps: str, version: str = "2.0.0", before: str = "") -> str:
    return f'[[migrations]]\nversion = "{version}"\n{before}steps = [{", ".join(steps)}]\n'


# What the user reads, after the name of the file.
BROKEN = {
    "no such target": (
        migration('{ from = "LOC", to = "PLACES" }'),
        "the migration to 2.0.0: LOC leads to the label 'PLACES', which the scheme does not have",
    ),
    "no such target of a split": (
        migration('{ from = "A", split = { CLUB = ["SC Lindenau"] }, otherwise = "ORG" }'),
        "the migration to 2.0.0: A leads to the label 'CLUB', which the scheme does not have",
    ),
    "a label is no relation": (
        migration('{ kind = "relation", from = "WITHIN", to = "PLACE" }'),
        "the migration to 2.0.0: WITHIN leads to the relation 'PLACE', which the scheme does not have",
    ),
    "a split keeps its name": (
        migration('{ from = "ORG", split = { PARTY = ["SPD"] }, otherwise = "ORG" }'),
        "the migration to 2.0.0: the label 'ORG' is in use after it too: say with before when its new meaning begins",
    ),
    "a name comes again later": (
        migration('{ from = "A", to = "ORG" }') + migration('{ from = "A", to = "PLACE" }', version="3.0.0"),
        "the migration to 2.0.0: the label 'A' is in use after it too: say with before when its new meaning begins",
    ),
    "out of order": (
        migration('{ from = "A", to = "ORG" }', version="3.0.0") + migration('{ from = "B", to = "ORG" }'),
        "the migration to 2.0.0 stands behind that to 3.0.0: put them in order",
    ),
    "twice": (
        migration('{ from = "A", to = "ORG" }') + migration('{ from = "B", to = "ORG" }'),
        "the migration to 2.0.0 stands behind that to 2.0.0: put them in order",
    ),
    "beyond": (
        migration('{ from = "A", to = "ORG" }', version="3.0.1"),
        "the migration to 3.0.1 leads beyond the scheme's own version 3.0.0",
    ),
    "no version": (
        migration('{ from = "A", to = "ORG" }', version="2"),
        "the version '2' of a migration is not MAJOR.MINOR.PATCH, such as 2.0.0",
    ),
    "earlier moment": (
        migration('{ from = "A", to = "ORG" }', before=MOMENT)
        + migration('{ from = "B", to = "ORG" }', version="3.0.0", before="before = 2026-04-30T23:00:00+02:00\n"),
        "before of the migration to 3.0.0 is earlier than that to 2.0.0",
    ),
    "no step": (migration(), "the migration to 2.0.0 has no step"),
    "no source": (
        migration('{ from = [], to = "ORG" }'),
        "the migration to 2.0.0: a step of kind label has no name in from",
    ),
    "nothing said": (
        migration('{ from = "A" }'),
        "the migration to 2.0.0: the label A needs to or split, and not both",
    ),
    "both said": (
        migration('{ from = "A", to = "ORG", split = { ORG = ["x"] } }'),
        "the migration to 2.0.0: the label A needs to or split, and not both",
    ),
    "itself": (migration('{ from = "ORG", to = "ORG" }'), "the migration to 2.0.0: the label ORG becomes itself"),
    "in two steps": (
        migration('{ from = "A", to = "ORG" }', '{ from = ["B", "A"], to = "PLACE" }'),
        "the migration to 2.0.0: the label 'A' stands in from twice",
    ),
    "one surface twice": (
        migration('{ from = "A", split = { ORG = ["SPD  Lindenau"], PARTY = ["SPD Lindenau"] } }'),
        "the migration to 2.0.0: the label A is split, and both ORG and PARTY take 'SPD Lindenau'",
    ),
    "no surface": (
        migration('{ from = "A", split = { ORG = [] } }'),
        "the migration to 2.0.0: the label A is split, and ORG takes no surface: use otherwise for the rest",
    ),
    "a split relation": (
        migration('{ kind = "relation", from = "R", split = { IN = ["x"] } }'),
        "the migration to 2.0.0: the relation R cannot be split: only labels can, by their surfaces",
    ),
    "a label turned round": (
        migration('{ from = "A", to = "ORG", reverse = true }'),
        "the migration to 2.0.0: the label A has reverse, which belongs to a relation",
    ),
    "an option of nothing": (
        migration('{ kind = "option", from = "ja", to = "yes" }'),
        "the migration to 2.0.0: the option ja needs the name of its choice",
    ),
    "an option of no choice": (
        migration('{ kind = "option", choice = "stand", from = "ja", to = "yes" }'),
        "the migration to 2.0.0: the scheme has no choice 'stand'",
    ),
    "no such option": (
        migration('{ kind = "option", choice = "status", from = "ja", to = "si" }'),
        "the migration to 2.0.0: ja leads to the option 'si' of status, which the scheme does not have",
    ),
}


@pytest.mark.parametrize(("text", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_what_does_not_hold_is_said_in_one_line(text: str, message: str) -> None:
    with pytest.raises(SchemeError) as caught:
        parse_scheme(HEAD + text, where="s.toml")
    assert str(caught.value) == f"s.toml: {message}"


@pytest.mark.parametrize(
    "text",
    [
        migration('{ from = ["LOC", "SITE", "PLACE"], to = "PLACE" }'),  # a merge may list the name that stays
        migration('{ from = "ORG", to = "PARTY" }', '{ from = "PARTY", to = "ORG" }', before=MOMENT),
        migration('{ from = "A", to = "B" }') + migration('{ from = "B", to = "ORG" }', version="3.0.0"),
        migration('{ kind = "relation", from = "IN", to = "IN", reverse = true }', before=MOMENT),
        migration('{ kind = "option", choice = "stand", from = "ja", to = "si" }')
        + migration(
            '{ kind = "choice", from = "stand", to = "status" }',
            '{ kind = "option", choice = "status", from = "si", to = "yes" }',
            version="3.0.0",
        ),
        (
            '[[migrations]]\nversion = "2.0.0"\nbefore = "2026-05-01T00:00:00Z"\n[[migrations.steps]]\nfrom = "ORG"\n'
            'otherwise = "ORG"\n[migrations.steps.split]\nPARTY = ["SPD"]\n'
        ),
    ],
)
def test_what_holds_is_read(text: str) -> None:
    scheme = parse_scheme(HEAD + text)
    assert scheme.migrations
    # The form in which a release keeps its hash can be written.
    assert msgspec.json.decode(msgspec.json.encode(scheme, order="sorted"), type=Scheme) == scheme


def test_a_moment_needs_a_zone() -> None:
    text = migration('{ from = "ORG", to = "PARTY" }', before="before = 2026-05-01T00:00:00\n")
    with pytest.raises(SchemeError, match="timezone"):
        parse_scheme(HEAD + text)


def test_a_step_says_itself_in_a_line() -> None:
    assert str(MigrationStep(from_=("LOC", "SITE"), to="PLACE")) == "label LOC, SITE -> PLACE"
    split = MigrationStep(from_="ORG", split={"PARTY": ("SPD", "CDU"), "CLUB": ("SC",)}, otherwise="ORG")
    assert str(split) == "label ORG -> PARTY (2 surfaces), CLUB (1 surface), else ORG"
    turned = MigrationStep(from_="HAS", to="IN", kind="relation", reverse=True)
    assert str(turned) == "relation HAS -> IN, turned round"
    assert str(MigrationStep(from_="ja", to="yes", kind="option", choice="status")) == "option of status ja -> yes"


def test_what_an_old_name_has_become() -> None:
    scheme = parse_scheme(
        HEAD
        + migration('{ from = ["LOC", "SITE"], to = "PLACE" }', '{ from = "BODY", to = "ORG" }')
        + migration(
            '{ from = "ORG", split = { PARTY = ["SPD"] }, otherwise = "ORG" }',
            '{ kind = "choice", from = "stand", to = "status" }',
            '{ kind = "option", choice = "status", from = "ja", to = "yes" }',
            version="3.0.0",
            before=MOMENT,
        )
    )

    def became(name: str, since: str) -> tuple[str, ...]:
        return translate(name, from_version=since, scheme=scheme)

    assert became("SITE", "1.0.0") == ("PLACE",)
    assert became("BODY", "1.0.0") == ("PARTY", "ORG")
    assert became("ORG", "2.0.0") == ("PARTY", "ORG")
    assert became("ORG", "3.0.0") == ("ORG",)
    assert became("GONE", "1.0.0") == ()
    assert translate("IN", "relation", from_version="1.0.0", scheme=scheme) == ("IN",)
    assert translate("ja", "option", from_version="1.0.0", scheme=scheme, choice="stand") == ("yes",)
    older = msgspec.structs.replace(scheme, version="2.0.0", migrations=scheme.migrations[:1])
    assert applied(older, scheme) == scheme.migrations[1].steps
    assert applied(scheme, scheme) == () == applied(scheme, older)
    assert applied(default_scheme(), default_scheme()) == ()


@st.composite
def histories(draw: st.DrawFn) -> list[Scheme]:
    """Give the versions of a scheme whose labels were renamed, merged and split again and again."""
    names = [f"a{number}" for number in range(draw(st.integers(1, 4)))]
    made = [Scheme(name="t", version="1.0.0", labels=tuple(Label(name=name) for name in names))]
    for version in range(2, draw(st.integers(2, 5)) + 1):
        fresh = st.sampled_from([f"{'bcdef'[version - 2]}{number}" for number in range(3)])
        steps = []
        for name in draw(st.lists(st.sampled_from(names), unique=True, min_size=1)):
            to = draw(st.lists(fresh, unique=True, min_size=1, max_size=2))
            split = {label: (f"surface of {label}",) for label in to} if len(to) > 1 else {}
            steps.append(MigrationStep(from_=name, to="" if split else to[0], split=split))
        gone = {name for step in steps for name in step.sources}
        come = {name for step in steps for name in step.targets}
        names = sorted((set(names) - gone) | come)
        made.append(
            Scheme(
                name="t",
                version=f"{version}.0.0",
                labels=tuple(Label(name=name) for name in names),
                migrations=(*made[-1].migrations, Migration(version=f"{version}.0.0", steps=tuple(steps))),
            )
        )
    return made


@given(versions=histories(), data=st.data())
def test_a_chain_of_migrations_is_its_links_one_after_the_other(versions: list[Scheme], data: st.DataObject) -> None:
    first, last = versions[0], versions[-1]
    assert migration_problems(last) == []
    middle = data.draw(st.sampled_from(versions))
    assert applied(first, last) == applied(first, middle) + applied(middle, last)
    for label in first.label_by_name:
        whole = translate(label, from_version=first.version, scheme=last)
        halves = [
            there
            for here in translate(label, from_version=first.version, scheme=middle)
            for there in translate(here, from_version=middle.version, scheme=last)
        ]
        assert whole == tuple(dict.fromkeys(halves))
        assert whole  # nothing is lost on the way
