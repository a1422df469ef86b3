"""Brings tasks that are on the server up to date: their metadata, and the predictions of our pre-annotators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from wortlaut.annotation.studio.client import RefusedError, Studio
from wortlaut.annotation.studio.listing import RemoteTask, data_digest
from wortlaut.annotation.studio.making import Making
from wortlaut.annotation.studio.patience import Patience
from wortlaut.annotation.studio.plan import task_data
from wortlaut.annotation.studio.predictions import WINDOW, Brought, Held, bring, differs, read_predictions
from wortlaut.annotation.studio.pushed import PushSummary
from wortlaut.annotation.studio.sent import Note, Sent
from wortlaut.annotation.tasks import task_of
from wortlaut.schema.article import Article
from wortlaut.schema.task import Prediction

__all__ = ["Renewal"]


class _Renewed(msgspec.Struct, frozen=True, kw_only=True):
    """A task whose predictions are to be looked at. ``described`` says that its metadata changed."""

    task_id: int
    counted: int
    predictions: Sequence[Prediction]
    note: Note
    described: bool


class Renewal:
    """Takes articles with their tasks; their predictions are read some tasks at a time. Call ``finish`` at the end."""

    def __init__(
        self,
        studio: Studio,
        project_id: int,
        patience: Patience,
        *,
        making: Making,
        sent: Sent,
        summary: PushSummary,
        on_task: Callable[[], None],
    ) -> None:
        """``on_task`` is called for each task that is up to date."""
        self._studio = studio
        self._project_id = project_id
        self._patience = patience
        self._making = making
        self._sent = sent
        self._summary = summary
        self._on_task = on_task
        self._waiting: list[_Renewed] = []
        self._doubtful: list[_Renewed] = []

    def add(self, article: Article, remote: RemoteTask) -> None:
        """Bring a task up to date, or have it wait until there are enough whose predictions are to be read."""
        described = self._describe(article, remote)
        one = self._to_renew(article, remote, described=described) if self._making.versions else None
        if one is None:
            self._done(changed=described)
            return
        self._waiting.append(one)
        if len(self._waiting) == WINDOW:
            self._renew()

    def finish(self) -> None:
        """Do what waits, and look once more at what had no answer."""
        self._renew()
        for one in self._doubtful:
            self._patience.run(partial(self._bring, one))
        self._doubtful.clear()

    def _describe(self, article: Article, remote: RemoteTask) -> bool:
        ours = msgspec.to_builtins(task_of(article).data)
        if data_digest(ours) == remote.metadata:
            return False
        self._summary.metadata += 1
        if not self._summary.dry_run:
            self._patience.run(lambda: self._patch(remote.id, ours))
        return True

    def _patch(self, task_id: int, ours: dict[str, object]) -> None:
        has = task_data(self._studio, task_id)
        # The text stays as it is, under whatever was annotated in it; what others added stays too.
        data = (has or {}) | {name: value for name, value in ours.items() if name != "text"}
        self._studio.call("PATCH", f"/api/tasks/{task_id}/", doing="change a task", json={"data": data})

    def _to_renew(self, article: Article, remote: RemoteTask, *, described: bool) -> _Renewed | None:
        """Say what a task's predictions should be; None where the notes say that they are."""
        note = self._sent.get(article.article_id, article.text_sha256)
        known = note is not None and note.total == remote.predictions
        if note is not None and known and note.source == self._making.source(article):
            return None
        task = self._making.task(article)
        fresh = self._making.note(article, task, remote.predictions)
        if note is not None and known and note.predictions == fresh.predictions:
            self._sent.add([fresh])
            return None
        return _Renewed(
            task_id=remote.id,
            counted=remote.predictions,
            predictions=task.predictions,
            note=fresh,
            described=described,
        )

    def _renew(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        ids = [one.task_id for one in waiting]
        held = self._patience.run(lambda: read_predictions(self._studio, self._project_id, ids))
        for one in waiting:
            changed = self._replace(one, held[one.task_id])
            self._summary.predicted += changed
            self._done(changed=changed or one.described)

    def _replace(self, one: _Renewed, held: Sequence[Held]) -> bool:
        if self._summary.dry_run:
            return differs(held, one.predictions, self._making.names)
        unknown: list[Held] | None = None
        # Only the first attempt goes by what was read together with others.
        attempts = iter([held])
        troubles = self._patience.troubles

        def attempt() -> Brought:
            found = next(attempts, unknown)
            try:
                return self._bring(one, found)
            except RefusedError as error:
                if error.status != 404 or found is None:
                    raise
                # Somebody removed a prediction meanwhile.
                return self._bring(one)

        brought = self._patience.run(attempt)
        changed = brought.changed
        if self._patience.troubles > troubles:
            # A prediction whose sending had no answer may have arrived after it was looked for: then there are two.
            self._patience.run(partial(self._bring, one))
            self._doubtful.append(one)
            changed = True
        else:
            self._summary.recounted += brought.recounted
        self._sent.add([msgspec.structs.replace(one.note, total=brought.total)])
        return changed

    def _bring(self, one: _Renewed, found: Sequence[Held] | None = None) -> Brought:
        names = self._making.names
        return bring(
            self._studio, self._project_id, one.task_id, one.predictions, names, found=found, counted=one.counted
        )

    def _done(self, *, changed: bool) -> None:
        self._summary.unchanged += not changed
        self._on_task()
