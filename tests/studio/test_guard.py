"""A labeling config that would orphan annotations is refused, on a real Label Studio."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.studio.annotated import (
    SCHEME,
    Annotator,
    Api,
    annotators,
    check_golden,
    corpus,
    on_server,
    rename_in_scheme,
    result,
    studio,
)

from wortlaut.annotation.config import labeling_config
from wortlaut.annotation.studio.client import Studio
from wortlaut.annotation.studio.guard import OrphanError, guard_config
from wortlaut.annotation.studio.home import studio_home
from wortlaut.annotation.studio.link import LINK, ProjectLink, ensure_project
from wortlaut.annotation.studio.names import Name, config_names, removed
from wortlaut.annotation.studio.steps import Step
from wortlaut.schema.project import Project
from wortlaut.schema.scheme import load_scheme, parse_scheme

CONFIG = labeling_config(parse_scheme(SCHEME))


class Seeded(NamedTuple):
    studio: Studio
    project: int
    tasks: list[int]
    greta: Annotator
    hanno: Annotator


@pytest.fixture(scope="module")
def seeded(
    studio_project: Project,
    studio_url: str,
    studio_token: str,
    studio_api: Api,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Seeded]:
    """Six articles: two annotated, one skipped, one with somebody's draft, one with a draft of an annotation."""
    greta, hanno = annotators(studio_project, studio_url)
    number, tasks = on_server(studio_api, corpus(tmp_path_factory.mktemp("guard") / "p", "guard"), 6)
    greta.submit(tasks[0], result("PER", "PER", "LOC", relations=["MEETS"]))
    hanno.submit(tasks[0], result("PER", "LOC", "LOC"))
    hanno.submit(tasks[1], result("LOC"), skip=True)
    hanno.draft(tasks[2], result("LOC", "PER"))
    annotation = greta.submit(tasks[3], result("DIRECT", option="in_text"))
    greta.draft(tasks[3], result("DIRECT", "LOC", option="unknown"), of=annotation)
    with studio(studio_url, studio_token) as connected:
        yield Seeded(connected, number, tasks, greta, hanno)


def refusal(seeded: Seeded, new: str, *, old: str = CONFIG, pushed: str = "") -> OrphanError:
    with pytest.raises(OrphanError) as caught:
        guard_config(seeded.studio, seeded.project, old, new, pushed=pushed)
    return caught.value


class TestConfigs:
    def test_the_same_config_removes_nothing(self) -> None:
        assert removed(config_names(CONFIG), config_names(CONFIG)) == []

    def test_what_the_page_shows_may_change(self) -> None:
        # The option is saved by its alias; what is shown, colours, keys and order are no matter.
        new = CONFIG.replace('value="im Text"', 'value="steht im Text"').replace('hotkey="l"', 'hotkey="o"')
        assert new != CONFIG
        assert removed(config_names(CONFIG), config_names(new)) == []

    @pytest.mark.parametrize(
        ("old", "new", "name", "how"),
        [
            ('value="LOC"', 'value="PLACE"', Name("label", "LOC", "lab"), ""),
            ('Relation value="MEETS"', 'Relation value="MEET"', Name("relation", "MEETS"), ""),
            ('alias="in_text"', 'alias="inside"', Name("option", "in_text", "status"), ""),
            ('name="status"', 'name="state"', Name("control", "status"), ""),
            ('name="status" toName="text"', 'name="status" toName="t"', Name("control", "status"), "is for t and not"),
            ('value="$text"', 'value="$body"', Name("object", "text"), "shows $body and not $text"),
        ],
    )
    def test_each_kind_of_name_is_missed(self, old: str, new: str, name: Name, how: str) -> None:
        assert old in CONFIG
        found = removed(config_names(CONFIG), config_names(CONFIG.replace(old, new)))
        assert [one.name for one in found] == [name]
        assert found[0].how.startswith(how)

    def test_the_new_name_is_proposed(self) -> None:
        new = CONFIG.replace('value="PER"', 'value="PERSON"').replace('value="LOC"', 'value="ORT"')
        found = {one.name.name: one.nearest for one in removed(config_names(CONFIG), config_names(new))}
        assert found == {"PER": "PERSON", "LOC": "ORT"}


@pytest.mark.studio
@pytest.mark.slow
@pytest.mark.xdist_group("studio-too")
class TestOnServer:
    def test_a_removed_label_is_refused_with_all_that_uses_it(self, seeded: Seeded) -> None:
        error = refusal(seeded, CONFIG.replace('value="LOC"', 'value="PLACE"'))
        (use,) = error.uses
        assert (use.removed.name, use.annotations, use.drafts, use.regions) == (Name("label", "LOC", "lab"), 3, 2, 6)
        check_golden("guard_label", str(error), URL=seeded.studio.url)
        assert pickle.loads(pickle.dumps(error)).what == error.what  # noqa: S301 - our own

    def test_several_names_are_listed_in_one_message(self, seeded: Seeded) -> None:
        new = CONFIG.replace('value="PER"', 'value="PERSON"').replace('value="MEETS"', 'value="MEET"')
        new = new.replace('alias="unknown"', 'alias="unclear"')
        check_golden("guard_several", str(refusal(seeded, new)), URL=seeded.studio.url)

    def test_another_text_is_refused(self, seeded: Seeded) -> None:
        error = refusal(seeded, CONFIG.replace('value="$text"', 'value="$body"'))
        check_golden("guard_text", str(error), URL=seeded.studio.url)

    def test_a_label_renamed_by_hand_is_named(self, seeded: Seeded) -> None:
        by_hand = CONFIG.replace('value="LOC"', 'value="Ort"')
        annotation = seeded.greta.submit(seeded.tasks[4], result("Ort"))
        try:
            error = refusal(seeded, CONFIG, old=by_hand, pushed=CONFIG)
        finally:
            seeded.greta.call("DELETE", f"/api/annotations/{annotation}/")
        check_golden("guard_by_hand", str(error), URL=seeded.studio.url)

    def test_it_tells_how_far_it_is_where_it_reads_everything(
        self, seeded: Seeded, studio_api: Api, tmp_path: Path
    ) -> None:
        """By ``push``, which replaces the config."""
        project = corpus(tmp_path / "p", "guard")
        created_at = studio_api("GET", f"/api/projects/{seeded.project}/", None)["created_at"]
        link = ProjectLink(url=seeded.studio.url, project_id=seeded.project, title="guard", created_at=created_at)
        studio_home(project).write(LINK, link)
        rename_in_scheme(project, ("LOC", "PLACE"))
        steps: list[Step] = []
        with pytest.raises(OrphanError):
            ensure_project(seeded.studio, project, load_scheme(project.scheme_path), on_step=steps.append)
        # The two that nobody touched need not be read.
        assert {1, 2, 3, 4} <= {step.done for step in steps}
        assert {step.total for step in steps} == {6}

    def test_what_nothing_uses_may_go_and_anything_may_come(self, seeded: Seeded) -> None:
        unused = CONFIG.replace('<Relation value="SPEAKER" />', '<Relation value="SAYS" /><Relation value="X" />')
        assert unused != CONFIG
        guard_config(seeded.studio, seeded.project, CONFIG, unused)

    def test_the_servers_own_counters_are_not_believed(self, seeded: Seeded, studio_project: Project) -> None:
        """A task whose counter says that nobody annotated it is read all the same."""
        import sqlite3
        from contextlib import closing

        database = studio_home(studio_project).path("data") / "label_studio.sqlite3"

        def count(number: int) -> None:
            with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
                connection.execute("UPDATE task SET total_annotations = ? WHERE id = ?", (number, seeded.tasks[0]))

        count(0)
        try:
            (use,) = refusal(seeded, CONFIG.replace('value="MEETS"', 'value="MEET"')).uses
        finally:
            count(2)
        assert (use.annotations, use.places) == (1, (("markt-0", seeded.greta.email),))
