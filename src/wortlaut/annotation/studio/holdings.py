"""What a pull holds: tasks of the last file and tasks from the server, until they agree with what the server counts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from wortlaut.annotation.studio import pulled, snapshot
from wortlaut.annotation.studio.census import Counts, Mark, Person, drafted_tasks, read_census, read_counts
from wortlaut.annotation.studio.client import Studio, UnreachableError
from wortlaut.annotation.studio.persons import Scrubber
from wortlaut.annotation.studio.pulled import Held, Source
from wortlaut.annotation.studio.steps import OnStep, Step
from wortlaut.schema.errors import InputError, UsageError

__all__ = ["Holdings"]

ROUNDS = 4
"""How often what has changed meanwhile is fetched again."""


class Holdings:
    """The tasks of a project, each in one of ``sources``: the last pulled file, or what came into the folder ``work``.

    ``fetched`` are the tasks that came from the server, ``bytes`` how much that was. ``named`` are the identities of
    those who made something in them, ``spelled`` people whom they spell out, ``strangers`` the numbers of authors whom
    nothing names.
    """

    def __init__(
        self,
        studio: Studio,
        project_id: int,
        people: tuple[Person, ...],
        *,
        key: str,
        work: Path,
        files: Path | None,
        on_step: OnStep,
    ) -> None:
        self.sources: list[Source] = []
        self.tasks: dict[int, Held] = {}
        self.people = people
        self.named: set[str] = set()
        self.spelled: dict[int, Person] = {}
        self.strangers: set[int] = set()
        self.fetched: set[int] = set()
        self.bytes = 0
        self._studio, self._project_id = studio, project_id
        self._key, self._work, self._files, self._on_step = key, work, files, on_step
        self._part = (0, 0)

    def take(self, path: Path) -> None:
        """Take what the last file holds, but for tasks that would name somebody who is new on the server."""
        named, survey = self._naming(path)
        self.sources.append(Source(path=path, clean=True))
        self.tasks = {number: held for number, held in survey.tasks.items() if number not in named}

    def meet(self, people: tuple[Person, ...]) -> None:
        """Look at all that is held once more, with these as the people of the server."""
        self.people = people
        self.named.clear()
        self.strangers.clear()
        for number, source in enumerate(self.sources):
            if not source.clean:
                self._surveyed(source.path, number)
                continue
            named, _ = self._naming(source.path)
            self.tasks = {one: held for one, held in self.tasks.items() if held.source != number or one not in named}

    def agree(self) -> int:
        """Fetch until what is held agrees with the server; give how many rounds it took.

        Raises UsageError with the numbers where it does not.
        """
        held = Counts(tasks=0, submitted=0, skipped=0, drafted=0)
        before = after = held
        for number in range(1, ROUNDS + 1):
            before = read_counts(self._studio, self._project_id)
            marks = read_census(self._studio, self._project_id)
            drafted = drafted_tasks(self._studio, self._project_id)
            for gone in self.tasks.keys() - marks.keys():
                del self.tasks[gone]
            self._fetch(self._stale(marks, drafted, first=number == 1))
            held = pulled.count(self.tasks.values())
            after = read_counts(self._studio, self._project_id)
            if held.between(before, after) and (self.tasks.keys() == marks.keys() or before != after):
                return number
            if number == 1 and self.sources and self.sources[0].clean and before == after:
                # Nothing moves and it does not agree: what was held before is to blame.
                self.tasks = {one: task for one, task in self.tasks.items() if task.source != 0}
        raise UsageError(
            f"what was fetched does not agree with the server: {held}; the server counts {before}"
            + (f", then {after}" if after != before else ""),
            where=self._studio.url,
            hint="Nothing was written. Run the command again when nobody adds or deletes tasks",
        )

    def _stale(self, marks: Mapping[int, Mark], drafted: set[int], *, first: bool) -> list[int]:
        """Give the tasks to fetch: changed, new, or with drafts now or then, whose changes leave no mark."""
        return sorted(
            number
            for number, mark in marks.items()
            if (held := self.tasks.get(number)) is None
            or held.mark != mark
            or (first and (number in drafted or held.drafts))
            or (number in drafted) != (held.drafts > 0)
        )

    def _fetch(self, stale: list[int]) -> None:
        for start in range(0, len(stale), snapshot.PART):
            ids = stale[start : start + snapshot.PART]
            self._part = (start, len(stale))
            self._count_bytes(0)
            path = self._work / f"{len(self.sources):06}.json"
            snapshot.fetch_tasks(
                self._studio,
                self._project_id,
                ids,
                path,
                key=self._key,
                files=self._files,
                on_bytes=self._count_bytes,
            )
            self.sources.append(Source(path=path, clean=False))
            survey = self._surveyed(path, len(self.sources) - 1)
            for number in ids:
                self.tasks.pop(number, None)
                if number in survey.tasks:
                    self.tasks[number] = survey.tasks[number]
                    self.fetched.add(number)

    def _naming(self, path: Path) -> tuple[set[int], pulled.Survey]:
        """Give the tasks of a pulled file that name somebody after all, and all of its tasks."""
        scrubber = Scrubber(self.people, lambda identity: identity)
        clean: list[bool] = []

        def look(raw: bytes) -> None:
            # Scrubbed twice is scrubbed once.
            clean.append(not scrubber.guard.suspects(raw) or scrubber.task(raw) == raw)

        survey = pulled.survey(path, 0, on_task=look)
        return {number for number, as_it_was in zip(survey.tasks, clean, strict=True) if not as_it_was}, survey

    def _surveyed(self, path: Path, source: int) -> pulled.Survey:
        collector = Scrubber(self.people, self._note)

        def look(raw: bytes) -> None:
            collector.task(raw)

        try:
            survey = pulled.survey(path, source, on_task=look)
        except (InputError, msgspec.DecodeError) as error:
            raise UnreachableError(
                f"cannot fetch the annotation: what came is no whole export ({error})",
                where=self._studio.url,
                hint="The download was cut off: run the command again",
            ) from error
        if survey.twice:
            raise UsageError(
                f"the server gave task {survey.twice[0]} twice", where=self._studio.url, hint="Run the command again"
            )
        self.spelled |= collector.spelled
        self.strangers |= collector.strangers
        return survey

    def _note(self, identity: str) -> str:
        self.named.add(identity)
        return identity

    def _count_bytes(self, size: int) -> None:
        done, total = self._part
        self.bytes += size
        text = f"fetching {total:,} tasks, {self.bytes / 1e6:.1f} MB"
        self._on_step(Step(text=text, done=done, total=total))
