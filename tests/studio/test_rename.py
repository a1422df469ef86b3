"""A label, relation or option is renamed in what annotators saved, on a real Label Studio, whoever is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.studio.annotated import (
    SCHEME,
    Annotator,
    Api,
    Make,
    check_golden,
    rename_in_scheme,
    result,
)

from wortlaut.annotation.config import labeling_config
from wortlaut.annotation.studio.backup import BACKUPS
from wortlaut.annotation.studio.client import KEY_VARIABLE, URL_VARIABLE, Studio
from wortlaut.annotation.studio.guard import OrphanError
from wortlaut.annotation.studio.home import studio_home
from wortlaut.annotation.studio.names import Name, config_names, used_names
from wortlaut.annotation.studio.rename import JOURNALS, rename_on_server, unfinished_rename
from wortlaut.annotation.studio.renames import Rename, both_names, parse_renames, renamed
from wortlaut.cli.main import run
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import Project
from wortlaut.schema.scheme import parse_scheme

LOC = Rename(Name("label", "LOC", "lab"), "PLACE")
NAMES = st.sampled_from(["PER", "LOC", "ORG", "PLACE"])


def new_scheme(*pairs: tuple[str, str]) -> str:
    text = SCHEME
    for old, new in pairs:
        text = text.replace(f'"{old}"', f'"{new}"')
    return text


class TestCalls:
    def test_each_kind_of_name(self) -> None:
        scheme = parse_scheme(new_scheme(("LOC", "PLACE"), ("MEETS", "MEET"), ("in_text", "inside")))
        parsed = parse_renames(["LOC=PLACE", "MEETS=MEET", "status.in_text=inside"], scheme)
        assert [one.old for one in parsed] == [
            Name("label", "LOC", "lab"),
            Name("relation", "MEETS"),
            Name("option", "in_text", "status"),
        ]
        assert [str(one) for one in parsed] == ["LOC=PLACE", "MEETS=MEET", "status.in_text=inside"]

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["LOC"], "is no rename. Say OLD=NEW"),
            (["LOC="], "is no rename"),
            (["PLACE=LOC"], "LOC is not in the scheme, and PLACE still is. Rename it in the scheme first"),
            (["ORT=PLAC"], "PLAC is not in the scheme. Did you mean PLACE?"),
            (["PER=PLACE"], "PER is still in the scheme"),
            (["PER=PLACE", "PLACE=PER"], "still is|is still in the scheme"),
            (["LOC=PLACE", "ORT=PLACE"], "two names would become PLACE"),
            (["LOC=PLACE", "LOC=PER"], "one name becomes two"),
            (["OLD=BOTH"], "Say label:OLD=BOTH or relation:OLD=BOTH"),
            (["status.in_text=PLACE"], "is still in the scheme"),
        ],
    )
    def test_mistakes_are_refused(self, arguments: list[str], said: str) -> None:
        scheme = parse_scheme(
            new_scheme(("LOC", "PLACE")) + '[[labels]]\nname = "BOTH"\n[[relations]]\nname = "BOTH"\n'
        )
        with pytest.raises(UsageError, match="|".join(map(str, said.split("|"))).replace("?", r"\?")):
            parse_renames(arguments, scheme)

    def test_label_or_relation_can_be_told(self) -> None:
        scheme = parse_scheme(new_scheme() + '[[labels]]\nname = "BOTH"\n[[relations]]\nname = "BOTH"\n')
        assert parse_renames(["relation:OLD=BOTH"], scheme)[0].old == Name("relation", "OLD")

    @given(labels=st.lists(NAMES, max_size=4))
    def test_only_the_name_changes(self, labels: list[str]) -> None:
        before = result(*labels, relations=["MEETS"] if len(labels) > 1 else [], option="in_text" if labels else "")
        after, regions = renamed(before, [Rename(Name("label", "LOC", "lab"), "NEW")])
        assert regions == labels.count("LOC")
        assert used_names(after)[Name("label", "LOC", "lab")] == 0
        back, _ = renamed(after, [Rename(Name("label", "NEW", "lab"), "LOC")])
        assert back == before

    def test_the_config_for_the_meantime_offers_both(self) -> None:
        config = labeling_config(parse_scheme(new_scheme(("LOC", "PLACE"), ("in_text", "inside"))))
        renames = [LOC, Rename(Name("option", "in_text", "status"), "inside")]
        both = config_names(both_names(config, renames))
        assert both.names == config_names(config).names | {one.old for one in renames}


@pytest.fixture(autouse=True)
def lead(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("studio"):
        monkeypatch.setenv(URL_VARIABLE, request.getfixturevalue("studio_url"))
        monkeypatch.setenv(KEY_VARIABLE, request.getfixturevalue("studio_token"))


def state(api: Api, project: int) -> dict[tuple[str, int], dict[str, Any]]:
    """Give each annotation and draft of a project without what the server itself changes."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for task in api("GET", f"/api/tasks/?project={project}&fields=all&page_size=1000", None)["tasks"]:
        drafts = api("GET", f"/api/tasks/{task['id']}/drafts", None)
        for kind, saved in (("annotation", task["annotations"]), ("draft", drafts)):
            for one in saved:
                left_out = ("updated_at", "updated_by", "created_ago", "created_username")
                found[kind, one["id"]] = {key: value for key, value in one.items() if key not in left_out}
    return found


def expected(before: dict[tuple[str, int], dict[str, Any]], *pairs: tuple[str, str]) -> dict[tuple[str, int], Any]:
    text = json.dumps([[list(key), value] for key, value in before.items()])
    for old, new in pairs:
        text = text.replace(f'"{old}"', f'"{new}"')
    return {(key[0], key[1]): value for key, value in json.loads(text)}


@pytest.mark.studio
@pytest.mark.slow
@pytest.mark.xdist_group("studio-too")
class TestOnServer:
    def test_annotations_and_drafts_get_the_new_names_and_keep_all_else(
        self,
        people: tuple[Annotator, Annotator],
        studio_api: Api,
        make: Make,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        greta, hanno = people
        project, number, tasks = make("rename-all", 5)
        first = greta.submit(tasks[0], result("PER", "PER", "LOC", relations=["MEETS", "SPEAKER"]), lead_time=321.5)
        greta.draft(tasks[0], result("PER", "LOC", "LOC"), of=first)
        hanno.submit(tasks[0], result("PER", "LOC"))
        hanno.submit(tasks[1], result("LOC"), skip=True)
        untouched = greta.submit(tasks[2], result("PER"))
        greta.submit(tasks[3], result("DIRECT", option="in_text"))
        hanno.draft(tasks[4], result("LOC", "PER"))
        studio_api("PATCH", f"/api/annotations/{first}/", {"ground_truth": True})
        greta.draft(tasks[0], result("LOC"), of=first)
        before = state(studio_api, number)
        assert Counter(kind for kind, _ in before) == {"annotation": 5, "draft": 2}

        config = rename_in_scheme(project, ("LOC", "PLACE"), ("MEETS", "MEET"), ("in_text", "inside"))
        monkeypatch.chdir(project.root)
        capsys.readouterr()
        assert run(["studio", "rename", "LOC=PLACE", "MEETS=MEET", "status.in_text=inside"]) == 0

        after = state(studio_api, number)
        assert after == expected(before, ("LOC", "PLACE"), ("MEETS", "MEET"), ("in_text", "inside"))
        assert after["annotation", first]["completed_by"] == greta.user_id
        assert after["annotation", first]["lead_time"] == 321.5
        assert after["annotation", untouched] == before["annotation", untouched]
        assert {one["user"] for (kind, _), one in after.items() if kind == "draft"} == {greta.email, hanno.email}
        assert studio_api("GET", f"/api/projects/{number}/", None)["label_config"].strip() == config.strip()
        backups = list(studio_home(project).path(BACKUPS).glob("20*"))
        assert len(backups) == 1
        check_golden("rename_done", capsys.readouterr().err.rstrip(), BACKUP=backups[0])

        # The backup holds what was there, is nobody else's to read, and kept out of the repository.
        kept = json.loads((backups[0] / "tasks.json").read_bytes())
        saved = [one for task in kept for one in (*task["annotations"], *task["drafts"])]
        assert sorted(json.dumps(one["result"]) for one in saved) == sorted(
            json.dumps(one["result"]) for one in before.values()
        )
        assert backups[0].parent.parent.stat().st_mode & 0o777 == 0o700
        assert not (project.root / "annotation").exists()
        assert not list(studio_home(project).folder.glob(JOURNALS))

        # Nothing is left to do, and a second run says so.
        assert run(["studio", "rename", "LOC=PLACE"]) == 2
        assert "nothing on the server is called LOC" in capsys.readouterr().err
        # Somebody's page was open all the time.
        late = hanno.submit(tasks[2], result("LOC"))
        assert run(["studio", "rename", "LOC=PLACE"]) == 0
        assert state(studio_api, number)["annotation", late]["result"][0]["value"]["labels"] == ["PLACE"]

    def test_two_names_are_not_made_one(
        self, people: tuple[Annotator, Annotator], studio_api: Api, make: Make, connected: Studio
    ) -> None:
        greta, _ = people
        project, number, tasks = make("rename-merge", 1, SCHEME + '[[labels]]\nname = "PLACE"\n')
        greta.submit(tasks[0], result("LOC", "PLACE", "PLACE"))
        before = state(studio_api, number)
        config = labeling_config(parse_scheme(new_scheme(("LOC", "PLACE"))))
        with pytest.raises(UsageError) as caught:
            rename_on_server(connected, project, number, [LOC], config)
        check_golden("rename_merge", str(caught.value), URL=connected.url)
        assert state(studio_api, number) == before
        assert list(studio_home(project).path(BACKUPS).glob("2*")) == []

    def test_a_label_that_was_renamed_by_hand_is_taken_back(
        self, people: tuple[Annotator, Annotator], studio_api: Api, make: Make, connected: Studio
    ) -> None:
        """What was annotated before bears the name of the scheme, what came after that of the page."""
        greta, hanno = people
        project, number, tasks = make("rename-by-hand", 1)
        greta.submit(tasks[0], result("LOC", "PER"))
        config = labeling_config(parse_scheme(SCHEME))
        by_hand = config.replace('value="LOC"', 'value="Ort"')
        studio_api("PATCH", f"/api/projects/{number}/", {"label_config": by_hand})
        late = hanno.submit(tasks[0], result("Ort", "PER"))
        report = rename_on_server(connected, project, number, [Rename(Name("label", "Ort", "lab"), "LOC")], config)
        assert (report.annotations, report.regions, report.left) == (1, 1, 0)
        assert state(studio_api, number)["annotation", late]["result"][0]["value"]["labels"] == ["LOC"]
        assert studio_api("GET", f"/api/projects/{number}/", None)["label_config"].strip() == config.strip()

    def test_a_page_that_goes_on_saving_the_old_name_is_told(
        self, people: tuple[Annotator, Annotator], studio_api: Api, make: Make, connected: Studio
    ) -> None:
        greta, hanno = people
        project, number, tasks = make("rename-open-page", 8)
        for task in tasks[:2]:
            greta.submit(task, result("LOC"))
        config = labeling_config(parse_scheme(new_scheme(("LOC", "PLACE"))))
        untouched = iter(tasks[2:])

        def submit(step: Any) -> None:
            if step.text.startswith("rewriting") and step.done == 1:
                hanno.submit(next(untouched), result("LOC"))

        assert rename_on_server(connected, project, number, [LOC], config, on_step=submit).left == 1
        # The page is closed, and the command run again.
        assert rename_on_server(connected, project, number, [LOC], config).left == 0
        assert all(used_names(one["result"]).keys() >= {LOC.new} for one in state(studio_api, number).values())

    def test_other_names_that_would_go_are_refused_before_anything_changes(
        self, people: tuple[Annotator, Annotator], studio_api: Api, make: Make, connected: Studio
    ) -> None:
        greta, _ = people
        project, number, tasks = make("rename-others", 1)
        greta.submit(tasks[0], result("LOC", "PER"))
        before = state(studio_api, number)
        config = labeling_config(parse_scheme(new_scheme(("LOC", "PLACE"), ("PER", "PERSON"))))
        with pytest.raises(OrphanError) as caught:
            rename_on_server(connected, project, number, [LOC], config)
        assert [use.removed.name.name for use in caught.value.uses] == ["PER"]
        assert state(studio_api, number) == before

    def test_killed_at_any_moment_a_second_run_finishes(
        self,
        people: tuple[Annotator, Annotator],
        studio_api: Api,
        make: Make,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        greta, hanno = people
        project, number, tasks = make("rename-kill", 8)
        for task in tasks:
            annotation = greta.submit(task, result("PER", "LOC", "LOC", relations=["MEETS"]))
            greta.draft(task, result("LOC", "PER"), of=annotation)
            hanno.draft(task, result("LOC"))
        before = state(studio_api, number)
        rename_in_scheme(project, ("LOC", "PLACE"))

        seen = []
        # Each kill comes when so many of the 24 are rewritten; the first before the backup is there.
        for wanted in (-1, 0, 1, 6, 15):
            killed = subprocess.Popen(
                [sys.executable, "-m", "wortlaut", "studio", "rename", "LOC=PLACE"],
                cwd=project.root, env=os.environ | {"PYTHONUNBUFFERED": "1"}, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            wait_for(killed, project, studio_api, number, wanted)
            killed.send_signal(signal.SIGKILL)
            killed.wait()
            seen.append(done(studio_api, number))
        assert sum(0 < one < 24 for one in seen) >= 2, seen

        monkeypatch.chdir(project.root)
        assert run(["studio", "rename", "LOC=PLACE"]) == 0
        assert state(studio_api, number) == expected(before, ("LOC", "PLACE"))
        # Of the run that was killed while it wrote its backup nothing is left that could be taken for one.
        assert len(list(studio_home(project).path(BACKUPS).glob("20*"))) == 1
        assert "finished what an earlier run began" in capsys.readouterr().err

    def test_another_rename_waits_until_the_first_is_finished(
        self, people: tuple[Annotator, Annotator], studio_api: Api, make: Make, connected: Studio
    ) -> None:
        greta, _ = people
        project, number, tasks = make("rename-two", 1)
        greta.submit(tasks[0], result("LOC", "PER"))
        config = labeling_config(parse_scheme(new_scheme(("LOC", "PLACE"))))

        class Killed(BaseException):
            pass

        def stop(step: Any) -> None:
            if step.text == "rewriting":
                raise Killed

        with pytest.raises(Killed):
            rename_on_server(connected, project, number, [LOC], config, on_step=stop)
        other = Rename(Name("label", "PER", "lab"), "PERSON")
        with pytest.raises(UsageError, match=r"LOC=PLACE: an earlier rename is not finished\. First say: wortlaut"):
            rename_on_server(connected, project, number, [other], config)
        # Between the two both names can be chosen.
        offered = config_names(studio_api("GET", f"/api/projects/{number}/", None)["label_config"]).names
        assert {LOC.old, LOC.new} <= offered
        report = rename_on_server(connected, project, number, [LOC], config)
        assert (report.resumed, report.annotations, report.verified, report.left) == (True, 1, 1, 0)

    @pytest.mark.parametrize("rewritten", [0, 1])
    def test_an_unfinished_one_is_finished_under_another_address(
        self,
        people: tuple[Annotator, Annotator],
        studio_api: Api,
        make: Make,
        connected: Studio,
        rewritten: int,
    ) -> None:
        """Killed while a draft is off its annotation; then the server has another name, or another port."""
        greta, _ = people
        project, number, tasks = make(f"rename-address-{rewritten}", 2)
        for task in tasks:
            greta.draft(task, result("LOC", "PER"), of=greta.submit(task, result("LOC")))
        before = state(studio_api, number)
        config = labeling_config(parse_scheme(new_scheme(("LOC", "PLACE"))))

        class Killed(BaseException):
            pass

        patched: list[str] = []

        def kill(request: httpx.Request) -> None:
            if request.method == "PATCH" and "/annotations/" in request.url.path:
                if len(patched) == rewritten:
                    raise Killed
                patched.append(request.url.path)

        connected.http.event_hooks["request"].append(kill)
        with pytest.raises(Killed):
            rename_on_server(connected, project, number, [LOC], config)
        assert [one for key, one in state(studio_api, number).items() if key[0] == "draft" and not one["annotation"]]
        made_at = studio_api("GET", f"/api/projects/{number}/", None)["created_at"]
        told = unfinished_rename(studio_home(project), number, made_at)
        assert told == "wortlaut studio rename LOC=PLACE"

        with Studio(connected.url.replace("127.0.0.1", "localhost"), os.environ[KEY_VARIABLE]) as elsewhere:
            assert elsewhere.url != connected.url
            # Another project of this corpus, as push --new makes one: what is unfinished is not forgotten over it.
            _, other, more = make(f"rename-address-{rewritten}-new", 1)
            greta.submit(more[0], result("LOC"))
            assert not rename_on_server(elsewhere, project, other, [LOC], config).resumed
            assert rename_on_server(elsewhere, project, number, [LOC], config).resumed
        assert state(studio_api, number) == expected(before, ("LOC", "PLACE"))
        assert not list(studio_home(project).folder.glob(JOURNALS))
        assert unfinished_rename(studio_home(project), number, made_at) == ""

    def test_a_draft_that_was_submitted_meanwhile_is_found(
        self, people: tuple[Annotator, Annotator], studio_api: Api, make: Make, connected: Studio
    ) -> None:
        """Between reading the page and rewriting, the annotator submits: the draft is gone, the annotation is new."""
        _, hanno = people
        project, number, tasks = make("rename-meanwhile", 2)
        hanno.submit(tasks[0], result("LOC"))
        draft = hanno.draft(tasks[1], result("LOC", "LOC"))
        config = labeling_config(parse_scheme(new_scheme(("LOC", "PLACE"))))
        submitted: list[int] = []

        def submit(step: Any) -> None:
            if step.text == "rewriting" and step.done == 2 and not submitted:
                hanno.call("DELETE", f"/api/drafts/{draft}/")
                submitted.append(hanno.submit(tasks[1], result("LOC", "LOC", "PER")))

        report = rename_on_server(connected, project, number, [LOC], config, on_step=submit)
        assert (report.annotations, report.drafts, report.verified, report.left) == (2, 0, 2, 0)
        now = state(studio_api, number)["annotation", submitted[0]]["result"]
        assert [one["value"]["labels"][0] for one in now] == ["PLACE", "PLACE", "PER"]


def done(api: Api, project: int) -> int:
    """Count what bears the new name."""
    return sum(used_names(one["result"])[LOC.new] > 0 for one in state(api, project).values())


def wait_for(process: subprocess.Popen[bytes], project: Project, api: Api, number: int, wanted: int) -> None:
    end = time.monotonic() + 120
    home = studio_home(project)
    while process.poll() is None and time.monotonic() < end:
        if wanted < 0:
            if list(studio_home(project).path(BACKUPS).glob(".*.part")):
                return
        elif list(home.folder.glob(JOURNALS)) and done(api, number) >= wanted:
            return
        time.sleep(0.01)
    assert process.poll() is not None, "it neither came so far nor ended"
