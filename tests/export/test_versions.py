"""Versions as who builds and who uses a dataset meets them: the number fits what changed, and no other passes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.export.conftest import PLAIN, empty_layer, sample, task

from wortlaut.annotation.pseudonyms import Ledger, write_ledger
from wortlaut.export.build import BuildReport, build
from wortlaut.export.release import open_release
from wortlaut.export.settings import ReleaseSettings
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.errors import InputError, UsageError
from wortlaut.schema.scheme import Scheme, default_scheme
from wortlaut.schema.version import STEPS, Version, parse_version, version_folders

versions = st.builds(Version, *[st.integers(0, 12)] * 3)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., BuildReport]:
    def run(
        tasks: list[CheckedTask],
        version: str | None = None,
        *,
        title: str = "Probe",
        scheme: Scheme | None = None,
        force: bool = False,
        previous: Path | None = None,
        split_of: Callable[[str], str] = lambda _: "train",
        day: str | None = "2026-03-01",
        renumber: bool = False,
        ledger: Path | None = None,
    ) -> BuildReport:
        return build(
            tasks,
            scheme=scheme or default_scheme(),
            out=tmp_path / "releases",
            name="probe",
            version=version,
            force=force,
            previous=previous,
            split_of=split_of,
            released=day,
            ledger=ledger,
            renumber=renumber,
            settings=ReleaseSettings(title=title),
        )

    return run


Make = Callable[..., BuildReport]


def relabelled(tasks: list[CheckedTask]) -> list[CheckedTask]:
    raw = msgspec.json.encode(tasks).replace(b'"label":"DATE"', b'"label":"MISC"')
    return msgspec.json.decode(raw, type=list[CheckedTask])


@given(versions, st.sampled_from(STEPS))
def test_a_step_leads_on_and_a_heavier_one_further(version: Version, step: str) -> None:
    after = [version.after(one) for one in STEPS]
    assert all(version < one for one in after)
    assert after[0] >= after[1] > after[2]
    assert parse_version(str(version)) == version


def test_the_number_fits_what_changed(make: Make) -> None:
    tasks = sample()
    said = [make(tasks[:2])]
    said.append(make(tasks[:3]))  # a document came
    said.append(make(relabelled(tasks)[:3]))  # a correction
    said.append(make(tasks[1:3]))  # a document left
    assert [(one.version, one.previous, one.step) for one in said] == [
        ("0.1.0", None, None),
        ("0.2.0", "0.1.0", "minor"),
        ("0.2.1", "0.2.0", "patch"),
        ("0.3.0", "0.2.1", "major"),
    ]
    assert said[1].reasons == ("1 document came",)
    assert "1 document left" in said[3].reasons
    log = (Path(said[3].path) / "CHANGELOG.md").read_text(encoding="utf-8")
    assert [line for line in log.splitlines() if line.startswith("## ")] == [
        "## 0.3.0 (2026-03-01)",
        "## 0.2.1 (2026-03-01)",
        "## 0.2.0 (2026-03-01)",
        "## 0.1.0 (2026-03-01)",
    ]
    assert "MAJOR since 0.2.1: " in log
    assert "- left: a-1" in log


def test_from_one_on_major_is_major(make: Make) -> None:
    tasks = sample()
    make(tasks[:3], "1.0.0")
    assert make(tasks[:2]).version == "2.0.0"
    assert make(tasks[:3]).version == "2.1.0"


def test_nothing_new_is_no_version(make: Make) -> None:
    first = make(sample())
    again = make(sample(), day="2027-09-09")
    assert again.unchanged
    assert again.version == "0.1.0"
    assert [path.name for path in Path(first.path).parent.iterdir()] == ["v0.1.0"]


def test_another_card_is_a_patch(make: Make) -> None:
    make(sample())
    other = make(sample(), title="Andere Probe")
    assert (other.version, other.step) == ("0.1.1", "patch")
    assert other.reasons[0].startswith("the data are the same; other files: CITATION.cff, README.md")
    assert make(sample(), title="Andere Probe").unchanged


@pytest.mark.parametrize(("version", "step"), [("0.1.1", "MINOR"), ("0.1.9", "MINOR")])
def test_a_number_that_is_too_small_is_refused(make: Make, version: str, step: str) -> None:
    make(sample()[:2])
    with pytest.raises(UsageError, match=rf"{version} is too small: since 0\.1\.0 1 document came, which is {step}"):
        make(sample(), version)
    with pytest.raises(UsageError, match=r"0\.0\.1 is too small: 0\.1\.0 is there already"):
        make(sample(), "0.0.1")
    assert make(sample(), "0.2.5").version == "0.2.5"
    with pytest.raises(UsageError, match=r"is there already and holds other data"):
        make(sample()[:2], "0.2.5")


def test_documents_in_another_split_are_major(make: Make) -> None:
    make(sample(), "1.0.0")
    moved = make(sample(), split_of=lambda name: "test" if name == "b-2" else "train")
    assert moved.version == "2.0.0"
    assert "1 document moved train -> test" in moved.reasons


def test_another_label_set_is_major_and_wording_a_patch(make: Make) -> None:
    scheme = default_scheme()
    make(sample(), "1.0.0")
    label = msgspec.structs.replace(scheme.labels[0], name="HUMAN")
    more = msgspec.structs.replace(scheme, labels=(*scheme.labels, label))
    words = msgspec.structs.replace(
        scheme, labels=(msgspec.structs.replace(scheme.labels[0], definition="Somebody."), *scheme.labels[1:])
    )
    worded = make(sample(), scheme=words)
    assert (worded.version, worded.step) == ("1.0.1", "patch")
    added = make(sample(), scheme=more)
    assert added.version == "2.0.0"
    assert "scheme: label HUMAN came" in added.reasons


def test_a_layer_that_came_is_minor(make: Make, tmp_path: Path) -> None:
    tasks, ledger = sample(), tmp_path / "annotators.toml"
    make(tasks, "1.0.0", ledger=ledger)
    more = (*tasks[2].documents, empty_layer("c-3", PLAIN, "bo@redaktion.example"))
    with_layer = [*tasks[:2], task("c-3", PLAIN, *more)]
    found = make(with_layer, ledger=ledger)
    assert (found.version, found.step) == ("1.1.0", "minor")
    assert found.reasons == ("1 layer came",)


def test_pseudonyms_that_were_given_anew_are_noticed(make: Make, tmp_path: Path) -> None:
    ledger = tmp_path / "annotators.toml"
    write_ledger(
        ledger, Ledger(salt="x", annotators={"zoe@redaktion.example": 1, "anna.kowalski@redaktion.example": 2})
    )
    make(sample(), "1.0.0", ledger=ledger)
    write_ledger(
        ledger, Ledger(salt="y", annotators={"zoe@redaktion.example": 2, "anna.kowalski@redaktion.example": 1})
    )
    found = make(sample(), ledger=ledger)
    assert found.step == "major"
    assert "under another pseudonym (was annotation/annotators.toml lost?)" in found.reasons[0]


def test_force_builds_a_version_anew(make: Make) -> None:
    make(sample()[:2])
    make(sample())
    again = make(sample()[:2], "0.2.0", force=True)
    assert (again.version, again.previous, again.documents) == ("0.2.0", "0.1.0", 2)


def test_a_release_elsewhere_can_be_the_one_before(make: Make, tmp_path: Path) -> None:
    first = make(sample()[:2], "3.1.4")
    elsewhere = tmp_path / "elsewhere"
    Path(first.path).rename(elsewhere)
    found = make(sample(), previous=elsewhere)
    assert (found.version, found.previous) == ("3.2.0", "3.1.4")


def test_what_is_in_the_way_is_named(make: Make, tmp_path: Path) -> None:
    half = tmp_path / "releases" / "probe" / "v0.1.0"
    (half / "data").mkdir(parents=True)
    with pytest.raises(InputError, match=r"stands there and is no whole release: it has no manifest\.json"):
        make(sample(), "0.1.0")
    with pytest.raises(InputError, match="no whole release"):
        make(sample())
    made = make(sample(), "0.2.0")
    (Path(made.path) / "README.md").unlink()
    with pytest.raises(InputError, match=r"README\.md is missing"):
        make(sample()[:2])


def test_a_killed_build_leaves_nothing_that_counts(make: Make, tmp_path: Path) -> None:
    folder = tmp_path / "releases" / "probe"
    made = Path(make(sample()).path)
    (folder / ".build.abcdefgh.part" / "data").mkdir(parents=True)
    aside = folder / ".v0.1.0.abcdefgh.old"
    aside.mkdir()
    made.rename(aside / "v0.1.0")
    assert not version_folders(folder)
    assert make(sample()).unchanged
    assert [path.name for path in folder.iterdir()] == ["v0.1.0"]
    open_release(made, verify=True)


def test_two_builds_at_once_do_not_take_one_number(make: Make, tmp_path: Path) -> None:
    def tasks() -> Iterator[CheckedTask]:
        yield from sample()[:2]
        with pytest.raises(UsageError, match="another build of probe is at work"):
            make(sample())

    report = make(list(sample()[:1]))
    assert report.version == "0.1.0"
    assert make(tasks()).version == "0.2.0"
    assert make(sample()).version == "0.3.0"
    assert not list((tmp_path / "releases").glob(".*"))


def test_a_version_that_others_follow_keeps_its_data(make: Make) -> None:
    first = Path(make(sample()[:2]).path)
    make(sample())
    before = (first / "manifest.json").read_bytes()
    with pytest.raises(UsageError, match=r"0\.1\.0 would hold other data than it had, and 0\.2\.0 follows it"):
        make(sample(), "0.1.0", force=True)
    assert (first / "manifest.json").read_bytes() == before
    (first / "README.md").write_text("x")
    # The same data: what was damaged is made again, byte for byte.
    assert make(sample()[:2], "0.1.0", force=True, day="2031-01-01").version == "0.1.0"
    assert (first / "manifest.json").read_bytes() == before


def test_a_lost_list_of_annotators_stops_the_build(make: Make, tmp_path: Path) -> None:
    ledger = tmp_path / "annotators.toml"
    make(sample()[:2], ledger=ledger)
    ledger.unlink()
    with pytest.raises(
        UsageError, match=r"annotators\.toml: is not there, and version 0\.1\.0 names 2 annotators by it"
    ):
        make(sample(), ledger=ledger)
    assert not ledger.exists()
    assert make(sample(), ledger=ledger, renumber=True).version == "0.2.0"
    assert ledger.exists()


def test_a_release_of_another_dataset_is_not_the_one_before(make: Make, tmp_path: Path) -> None:
    other = build(sample(), scheme=default_scheme(), out=tmp_path / "x", name="other", version="4.0.0").path
    with pytest.raises(UsageError, match="is a release of other, not of probe"):
        make(sample(), previous=Path(other))


def test_the_same_data_with_a_release_elsewhere_before_is_no_second_same_version(make: Make, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    Path(make(sample(), "1.0.0").path).rename(elsewhere)
    same = Path(make(sample(), previous=elsewhere).path)
    assert same.name == "v1.0.0"
    assert (same / "manifest.json").read_bytes() == (elsewhere / "manifest.json").read_bytes()
    shutil.rmtree(same)
    found = make(sample(), previous=elsewhere, title="Anders")
    assert (found.version, found.step) == ("1.0.1", "patch")


def test_a_change_that_is_no_annotation_is_a_patch_all_the_same(make: Make) -> None:
    make(sample())
    raw = msgspec.json.encode(sample()).replace(b'"origin":"manual"', b'"origin":"prediction"')
    found = make(msgspec.json.decode(raw, type=list[CheckedTask]))
    assert (found.version, found.step) == ("0.1.1", "patch")
    assert "2 documents corrected" in found.reasons


def test_a_version_of_ones_own_without_a_change_says_so(make: Make) -> None:
    make(sample(), "0.4.0")
    path = Path(make(sample(), "1.0.0").path)
    assert "## 1.0.0 (2026-03-01)\n\nThe data are those of 0.4.0.\n" in (path / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("value", ["-5", "morgen", "1e9", "99999999999999999999"])
def test_a_wrong_day_is_refused(make: Make, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    with pytest.raises(UsageError, match=r"SOURCE_DATE_EPOCH = .* is no time"):
        make(sample(), day=None)


def test_the_day_of_a_build_can_be_given(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert "(1970-01-02)" in (Path(make(sample(), day=None).path) / "CHANGELOG.md").read_text()
