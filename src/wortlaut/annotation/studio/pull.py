"""``wortlaut studio pull``: the annotation from the server into ``annotation/exports``, with pseudonyms, and verified.

(1) The server is asked for a mark of each task; tasks that the last pulled file holds with the same mark, and without
drafts, are not fetched again. (2) The others come in snapshots of a few hundred, streamed into files of the private
folder. (3) What is held is counted and must lie between the server's counts before and after; else the tasks that
have changed meanwhile are fetched again. (4) People are numbered in the ledger, and all is written into one file,
task by task, without them. Whatever is interrupted, the next run finishes; nothing of it counts before it is whole.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from wortlaut.annotation.pseudonyms import Ledger, held_ledger, read_ledger, write_ledger
from wortlaut.annotation.studio import pulled, snapshot
from wortlaut.annotation.studio.accounts import as_invited, known_people
from wortlaut.annotation.studio.census import Person
from wortlaut.annotation.studio.client import RefusedError, Studio, connect
from wortlaut.annotation.studio.holdings import ROUNDS, Holdings
from wortlaut.annotation.studio.home import studio_home
from wortlaut.annotation.studio.link import Remote, find_project_on_server
from wortlaut.annotation.studio.persons import Scrubber
from wortlaut.annotation.studio.rename import unfinished_rename
from wortlaut.annotation.studio.steps import OnStep, Step
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import LEDGER, Project

__all__ = ["PullReport", "pull"]

_WORK = "pull"
_LOCK = ".pull.lock"
# A quotation mark inside a text is escaped: this is always a key.
_COMPLETED_BY = re.compile(rb'"completed_by":"(annotator-[0-9]+)"')


class PullReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a pull did.

    ``path`` is the file that counts, ``new`` whether this run wrote it, ``fetched`` how many tasks came from the
    server (all, or those that had changed), ``bytes_fetched`` how much that was. ``annotators`` is how many people
    have submitted or skipped something, ``drafts`` how many drafts there are. ``texts_changed`` counts tasks whose text
    is not the one that was pushed, ``notes_changed`` notes in which a pseudonym stands for a name. ``left_out`` are
    fields of the server that this version does not know. ``superseded`` names what was packed away, ``beside`` the
    other files in the folder of exports, which count too. ``finish_rename`` is the command that finishes an
    interrupted rename, empty where there is none.
    """

    path: Path
    new: bool
    project_id: int
    title: str
    tasks: int
    submitted: int
    skipped: int
    drafts: int
    annotators: int
    fetched: int
    bytes_fetched: int
    rounds: int
    texts_changed: int
    notes_changed: int
    left_out: tuple[str, ...]
    superseded: tuple[str, ...]
    beside: tuple[str, ...]
    finish_rename: str = ""


def pull(project: Project, *, full: bool = False, on_step: OnStep = lambda _: None) -> PullReport:
    """Fetch what has changed since the last pull, or everything with ``full``, and write the file that counts.

    Raises UsageError where nothing was pushed, the server cannot be reached or refuses, the counts do not agree, the
    disk is full, or another pull is at work.
    """
    project.require("run it in the project whose tasks were pushed")
    home = studio_home(project)
    at_work = UsageError(
        "another wortlaut studio pull is at work", where=str(project.root), hint="Wait until it has ended"
    )
    with home.alone(_LOCK, at_work), connect(project) as studio:
        remote = find_project_on_server(studio, project)
        if remote is None:
            raise UsageError(
                f"the server has no project of the corpus {project.settings.name!r}",
                where=studio.url,
                hint="wortlaut studio push makes it and sends the tasks",
            )
        with _work(home.path(_WORK)) as work:
            return _Pull(project, studio, remote, work, on_step).run(full=full)


@contextlib.contextmanager
def _work(folder: Path) -> Iterator[Path]:
    """Give an empty folder for what comes from the server; what a killed run left in it is removed."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700, parents=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Pull:
    """One run."""

    def __init__(self, project: Project, studio: Studio, remote: Remote, work: Path, on_step: OnStep) -> None:
        self._project, self._studio, self._remote = project, studio, remote
        self._work, self._on_step = work, on_step
        self._home = studio_home(project)
        self._exports = project.path(project.settings.exports)
        self._record = pulled.new_record(self._home)
        # Where the project's own server keeps the files of snapshots; another one's cannot be reached.
        self._snapshots = self._home.media("export", remote.id) if studio.own else None
        self._annotators: set[bytes] = set()
        # The users whom the server lists, and those with former ones.
        self._listed: tuple[Person, ...] = ()
        self._people: tuple[Person, ...] = ()

    def run(self, *, full: bool) -> PullReport:
        pulled.tidy(self._exports)
        self._on_step(Step(text="asking the server"))
        with self._present():
            snapshot.clear_leftovers(self._studio, self._remote.id, self._record.key, self._snapshots)
            release = self._release()
            self._ask_who({})
            holdings = Holdings(
                self._studio,
                self._remote.id,
                self._people,
                key=self._record.key,
                work=self._work,
                files=self._snapshots,
                on_step=self._on_step,
            )
            if not full and self._base_holds(release):
                holdings.take(self._exports / self._record.current)
            rounds = self._settle(holdings)
        scrubber, name, superseded = self._write(holdings, release)
        held = holdings.tasks.values()
        counts = pulled.count(held)
        return PullReport(
            path=self._exports / name,
            new=name != self._record.current,
            project_id=self._remote.id,
            title=self._remote.title or "",
            tasks=counts.tasks,
            submitted=counts.submitted,
            skipped=counts.skipped,
            drafts=sum(one.drafts for one in held),
            annotators=len(self._annotators),
            fetched=len(holdings.fetched),
            bytes_fetched=holdings.bytes,
            rounds=rounds,
            texts_changed=sum(one.text_changed for one in held),
            notes_changed=scrubber.notes,
            left_out=tuple(sorted(scrubber.unknown)),
            superseded=tuple(superseded),
            beside=tuple(pulled.beside(self._exports, name)),
            finish_rename=unfinished_rename(self._home, self._remote.id, self._remote.created_at),
        )

    def _settle(self, holdings: Holdings) -> int:
        """Fetch until it agrees, and until nobody is in it who was not known when it was looked through."""
        rounds = 0
        for _ in range(ROUNDS):
            rounds += holdings.agree()
            self._ask_who(holdings.spelled)
            if self._people != holdings.people:
                holdings.meet(self._people)
            elif holdings.strangers:
                raise UsageError(
                    f"does not say who the author with the number {min(holdings.strangers)} is",
                    where=self._studio.url,
                    hint="Nothing was written: without an e-mail address there is no lasting pseudonym. "
                    "Use the token of somebody who may see the organization's users",
                )
            else:
                return rounds
        raise UsageError(
            "somebody is given an account, or another name, all the time",
            where=self._studio.url,
            hint="Nothing was written. Run the command again when that is done",
        )

    def _ask_who(self, spelled: dict[int, Person]) -> None:
        """Ask for the users, and add former ones: whom the tasks spell out, and whom the last pull knew."""
        self._listed = known_people(self._project, self._studio)
        former = self._remembered() | spelled
        everybody = {person.id: person for person in (*as_invited(self._project, former.values()), *self._listed)}
        self._people = tuple(everybody[user_id] for user_id in sorted(everybody))

    def _remembered(self) -> dict[int, Person]:
        """Give the people whom the last pull of this project numbered, by id."""
        record = self._record
        if (record.project_id, record.created_at) != (self._remote.id, self._remote.created_at):
            return {}
        bearers = {number: one for one, number in read_ledger(self._project.ledger).annotators.items()}
        return {
            user_id: Person(id=user_id, email=bearers[number])
            for user_id, number in record.numbers.items()
            if number in bearers
        }

    @contextlib.contextmanager
    def _present(self) -> Iterator[None]:
        """Say that the project is gone where the server finds it no more."""
        try:
            yield
        except RefusedError as error:
            if error.status != 404:
                raise
            raise UsageError(
                f"project {self._remote.id} ({self._remote.title}) was deleted while it was fetched",
                where=self._studio.url,
                hint="What was pulled before stands unchanged in " + self._project.settings.exports,
            ) from error

    def _release(self) -> str:
        return self._studio.version()

    # What the last file holds

    def _base_holds(self, release: str) -> bool:
        """Say whether the last file can be built upon: it is of this project, and nobody in it has changed."""
        record, now = self._record, {person.id: _mark(person) for person in self._listed}
        return (
            (record.project_id, record.created_at) == (self._remote.id, self._remote.created_at)
            and record.release == release
            and all(now.get(number) == mark for number, mark in record.people.items())
            and self._numbers(read_ledger(self._project.ledger)).items() >= record.numbers.items()
            and bool(record.current)
            and pulled.is_named_by(record.current, pulled.digest_of(self._exports / record.current))
        )

    # What is written

    def _write(self, holdings: Holdings, release: str) -> tuple[Scrubber, str, list[str]]:
        ledger = self._numbered(holdings.named)
        scrubber = Scrubber(self._people, ledger.pseudonym_of)
        record = self._record
        kept = msgspec.structs.replace(
            record,
            project_id=self._remote.id,
            created_at=self._remote.created_at,
            release=release,
            people={person.id: _mark(person) for person in self._listed},
            numbers=self._numbers(ledger),
        )
        same = (record.project_id, record.created_at) == (kept.project_id, kept.created_at)
        ours = record.files if same else ()

        def place(digest: str) -> str:
            stays = same and pulled.is_named_by(record.current, digest) and (self._exports / record.current).exists()
            name = record.current if stays else pulled.name_of(self._project.settings.name, digest)
            # Noted before it is there, with nothing else: of a run that is killed now the next one knows that the
            # file is one of ours, and that the one before it still counts.
            before = record if same else msgspec.structs.replace(kept, current="")
            pulled.keep_record(self._home, msgspec.structs.replace(before, files=tuple(dict.fromkeys((*ours, name)))))
            return name

        def check(raw: bytes) -> None:
            scrubber.guard.check(raw)
            self._annotators.update(_COMPLETED_BY.findall(raw))

        self._on_step(Step(text="writing"))
        name = pulled.write_pull(
            self._exports,
            self._project.settings.name,
            holdings.tasks,
            holdings.sources,
            scrub=scrubber.task,
            check=check,
            place=place,
        )
        kept = msgspec.structs.replace(kept, current=name, files=tuple(dict.fromkeys((*ours, name))))
        pulled.keep_record(self._home, kept)
        superseded = pulled.archive(self._exports, [one for one in ours if one != name])
        pulled.keep_record(self._home, msgspec.structs.replace(kept, files=(name,)))
        return scrubber, name, superseded

    def _numbered(self, people: set[str]) -> Ledger:
        """Give everybody who made something a number, in the ledger."""
        path = self._project.path(LEDGER)
        with held_ledger(path) as ledger:
            numbered = ledger.with_people(people)
            if numbered != ledger:
                write_ledger(path, numbered)
        return numbered

    def _numbers(self, ledger: Ledger) -> dict[int, int]:
        """Give the numbers of the server's users, by id."""
        given = ledger.annotators
        return {person.id: given[person.identity] for person in self._people if person.identity in given}


def _mark(person: Person) -> str:
    """Give what tells whether a user is still named the same, without saying who it is."""
    named = [person.id, person.email, person.username, person.first_name, person.last_name, *person.also]
    return sha256(msgspec.json.encode(named)).hexdigest()[:16]
