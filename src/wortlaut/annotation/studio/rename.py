"""Renaming on the server: what annotators saved gets the new name of a label, relation or option.

In this order, so that a run that is killed at any moment is finished by the next one: a backup, a labeling config that
offers both names, each annotation and draft, the config of the scheme, and a look at everything. Which rename is under
way, and which drafts are taken off their annotation at the moment, stands in ``rename-*.json``: a file for each
project, known by its number and when it was made, not by the server's address, which may change meanwhile.

Label Studio deletes the drafts of an annotation when the annotation changes: they are taken off before and put back
after. An annotation keeps all but ``updated_at`` and ``updated_by``, which the server sets.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec

from wortlaut.annotation.studio.backup import backup
from wortlaut.annotation.studio.client import RefusedError, Studio
from wortlaut.annotation.studio.guard import guard_config
from wortlaut.annotation.studio.home import Home, studio_home
from wortlaut.annotation.studio.link import LINK, read_link
from wortlaut.annotation.studio.names import Name, config_names, used_names
from wortlaut.annotation.studio.pages import count_tasks
from wortlaut.annotation.studio.patience import Patience
from wortlaut.annotation.studio.renames import Rename, both_names, renamed
from wortlaut.annotation.studio.saved import Draft, Saved, drafts_of, saved_work
from wortlaut.annotation.studio.steps import OnStep, Step
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import Project

__all__ = ["JOURNALS", "LOCK", "RenameReport", "rename_on_server", "unfinished_rename"]

JOURNALS = "rename-*.json"
LOCK = ".rename.lock"

_ROUNDS = 3
"""How often what annotators save meanwhile with the old name is looked for."""


class RenameReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was done. ``verified`` of the annotations and drafts were read again and have as many regions as before.

    The rest was changed by its annotator meanwhile. ``left`` bore an old name still at the last look: they were saved
    on a page that was open before. ``resumed``: an earlier run began it, and may have done a part.
    """

    renames: tuple[str, ...]
    backup: str
    annotations: int
    drafts: int
    regions: int
    verified: int
    left: int
    resumed: bool


class _Journal(msgspec.Struct, frozen=True, kw_only=True):
    """A rename under way. ``detached`` gives, for each draft that is off its annotation, that annotation."""

    project_id: int
    renames: tuple[Rename, ...]
    backup: str
    detached: dict[int, int] = {}


def rename_on_server(
    studio: Studio,
    project: Project,
    project_id: int,
    renames: Sequence[Rename],
    new_config: str,
    *,
    on_step: OnStep = lambda _: None,
    say: Callable[[str], None] = lambda _: None,
) -> RenameReport:
    """Give annotations and drafts the new names, and the project ``new_config``, the scheme's labeling config.

    ``on_step`` is told what is being done, ``say`` what the user should know meanwhile. Raises OrphanError where the
    config lacks other names that are in use, UsageError where nothing uses an old name, where that would make one name
    of two, and where another rename is not finished.
    """
    home = studio_home(project)
    runs = UsageError("another wortlaut studio rename of this project runs", where=str(home.folder))
    with home.alone(LOCK, runs):
        remote = _remote(studio, project_id)
        name = _journal_name(project_id, remote.created_at)
        journal = _unfinished(home, name, tuple(renames))
        resumed = journal is not None
        if journal is None:
            journal = _begin(studio, project, remote, tuple(renames), new_config, on_step=on_step)
            home.write(name, journal)
        run = _Run(studio, journal, partial(home.write, name), on_step, Patience(studio, say=say))
        left = run.finish(new_config)
        link = read_link(project)
        if link is not None and (link.project_id, link.created_at) == (project_id, remote.created_at):
            home.write(LINK, msgspec.structs.replace(link, label_config=new_config))
        home.path(name).unlink(missing_ok=True)
    kinds = Counter(kind for kind, _ in run.done)
    return RenameReport(
        renames=tuple(map(str, renames)),
        backup=journal.backup,
        annotations=kinds["annotation"],
        drafts=kinds["draft"],
        regions=sum(run.regions.values()),
        verified=len(run.verified),
        left=left,
        resumed=resumed,
    )


def unfinished_rename(home: Home, project_id: int, created_at: str) -> str:
    """Give the command that finishes a rename which was interrupted in this project; empty where there is none."""
    journal = home.read(_journal_name(project_id, created_at), _Journal)
    return f"wortlaut studio rename {' '.join(map(str, journal.renames))}" if journal else ""


def _journal_name(project_id: int, created_at: str) -> str:
    return JOURNALS.replace("*", f"{project_id}-{re.sub(r'[^0-9]', '', created_at)}")


def _unfinished(home: Home, name: str, renames: tuple[Rename, ...]) -> _Journal | None:
    journal = home.read(name, _Journal)
    if journal is None:
        return None
    if set(journal.renames) != set(renames):
        raise UsageError(
            "an earlier rename is not finished",
            where=" ".join(map(str, journal.renames)),
            hint=f"First say: wortlaut studio rename {' '.join(map(str, journal.renames))}",
        )
    return journal


def _begin(
    studio: Studio,
    project: Project,
    remote: _Remote,
    renames: tuple[Rename, ...],
    new_config: str,
    *,
    on_step: OnStep,
) -> _Journal:
    """See that the rename can be done, and write the backup. Changes nothing on the server."""
    config = remote.label_config
    guard_config(studio, remote.id, config, new_config, renamed=[rename.old for rename in renames], on_step=on_step)
    used: Counter[Name] = Counter()
    total = count_tasks(studio, remote.id, doing="read the annotations")

    def on_task(done: int) -> None:
        on_step(Step(text="writing a backup", done=done, total=total))

    def on_result(result: Any) -> None:
        used.update(used_names(result))

    with backup(studio, project, remote.id, config, on_result=on_result, on_task=on_task) as path:
        _refuse(renames, config, used, studio)
    return _Journal(project_id=remote.id, renames=renames, backup=str(path))


def _refuse(renames: tuple[Rename, ...], config: str, used: Counter[Name], studio: Studio) -> None:
    offered = config_names(config).names
    for rename in renames:
        if not used[rename.old] and rename.old not in offered:
            raise UsageError(
                f"nothing on the server is called {rename.old.name}",
                where=studio.url,
                hint="wortlaut studio push sets the labeling config of the scheme",
            )
        # Only where annotators could choose between the two do they say different things. Else one was renamed by
        # hand, in the page, or comes from a page that was open during a rename.
        if used[rename.old] and used[rename.new] and {rename.old, rename.new} <= offered:
            raise UsageError(
                f"{rename} would make one of two: {rename.old} is used {_times(used[rename.old])} and {rename.new} "
                f"{_times(used[rename.new])}",
                where=studio.url,
                hint="Nothing was changed. wortlaut renames, it does not merge: keep both in the scheme, or change "
                "the annotations of one first",
            )


class _Run:
    """One run of a rename. ``done`` holds what was rewritten, each with its state after it."""

    def __init__(
        self,
        studio: Studio,
        journal: _Journal,
        write: Callable[[_Journal], None],
        on_step: OnStep,
        patience: Patience,
    ) -> None:
        """Do nothing yet. ``write`` puts the journal on the disk."""
        self._studio = studio
        self._journal = journal
        self._write = write
        self._on_step = on_step
        self._patience = patience
        self._olds = {rename.old for rename in journal.renames}
        self.done: dict[tuple[str, int], tuple[str, int]] = {}
        self.verified: set[tuple[str, int]] = set()
        self.regions: Counter[tuple[str, int]] = Counter()

    def finish(self, new_config: str) -> int:
        """Do all that is left; give how many uses of an old name the last look found."""
        self._patience.run(self._put_back)
        config = self._patience.run(lambda: _remote(self._studio, self._journal.project_id).label_config)
        if self._olds & config_names(config).names:
            self._patience.run(lambda: self._set_config(both_names(new_config, self._journal.renames)))
        self._patience.run(lambda: self._look("rewriting", rewrite=True))
        self._patience.run(lambda: self._set_config(new_config))
        left = 0
        for _ in range(_ROUNDS):
            left = self._patience.run(lambda: self._look("looking at everything again", rewrite=False))
            if not left:
                break
            self._patience.run(lambda: self._look("rewriting what came in meanwhile", rewrite=True))
        return left

    def _look(self, text: str, *, rewrite: bool) -> int:
        """Read all that was saved, and rewrite what bears an old name; give in how many places one was found."""
        found = 0
        total = count_tasks(self._studio, self._journal.project_id, doing=_DOING)

        def on_task(done: int) -> None:
            self._on_step(Step(text=text, done=done, total=total))

        for saved in saved_work(self._studio, self._journal.project_id, on_task=on_task):
            result = msgspec.json.decode(saved.result)
            self._compare(saved, result)
            if self._olds & used_names(result).keys():
                found += 1
                if rewrite:
                    self._patience.run(lambda: self._rewrite(saved))  # noqa: B023 - called at once
        return found

    def _compare(self, saved: Saved, result: Any) -> None:
        """Raise UsageError where the server does not have what it was given; what changed since is its annotator's."""
        updated_at, size = self.done.get((saved.kind, saved.id), ("", 0))
        if updated_at != saved.updated_at:
            return
        self.verified.add((saved.kind, saved.id))
        if size != _size(result):
            which = f"{saved.kind} {saved.id} of {saved.article_id}"
            raise UsageError(
                f"{which} has {_size(result)} regions and relations and had {size}",
                where=self._studio.url,
                hint=f"What it held stands in {self._journal.backup}",
            )

    def _rewrite(self, saved: Saved) -> None:
        """Rewrite an annotation or draft as it is now; one that is gone, or was rewritten before, is let be."""
        if saved.kind == "draft":
            now = _or_gone(lambda: self._studio.call("GET", f"/api/drafts/{saved.id}/", doing=_DOING, type=Draft))
            if now is not None:
                self._patch("draft", now.id, now.result)
            return
        drafts = [draft for draft in drafts_of(self._studio, saved.task_id) if draft.annotation == saved.id]
        for draft in drafts:
            self._note({**self._journal.detached, draft.id: saved.id})
            _or_gone(lambda: self._attach(draft.id, None))  # noqa: B023 - called at once
        now = _or_gone(lambda: self._studio.call("GET", f"/api/annotations/{saved.id}/", doing=_DOING, type=_Now))
        if now is not None:
            self._patch("annotation", saved.id, now.result)
        self._put_back()

    def _patch(self, kind: str, number: int, raw: msgspec.Raw) -> None:
        result, regions = renamed(msgspec.json.decode(raw), self._journal.renames)
        if not regions:
            return
        answer = _or_gone(
            lambda: self._studio.call(
                "PATCH", f"/api/{kind}s/{number}/", doing=_DOING, json={"result": result}, type=_Now
            )
        )
        if answer is not None:
            self.done[kind, number] = (answer.updated_at, _size(result))
            self.regions[kind, number] = regions

    def _put_back(self) -> None:
        """Put the drafts back to their annotations, also those that a killed run took off."""
        for draft, annotation in list(self._journal.detached.items()):
            # 400: the annotation was deleted meanwhile; the draft then stays as one of its own.
            _or_gone(lambda: self._attach(draft, annotation), gone=(400, 404))  # noqa: B023 - called at once
        if self._journal.detached:
            self._note({})

    def _attach(self, draft: int, annotation: int | None) -> None:
        self._studio.call("PATCH", f"/api/drafts/{draft}/", doing=_DOING, json={"annotation": annotation})

    def _note(self, detached: dict[int, int]) -> None:
        self._journal = msgspec.structs.replace(self._journal, detached=detached)
        self._write(self._journal)

    def _set_config(self, config: str) -> None:
        path = f"/api/projects/{self._journal.project_id}/"
        # The server takes the blanks at its ends away.
        if _remote(self._studio, self._journal.project_id).label_config.strip() != config.strip():
            self._studio.call("PATCH", path, doing="set the labeling config", json={"label_config": config})


class _Now(msgspec.Struct):
    updated_at: str
    result: msgspec.Raw


class _Remote(msgspec.Struct):
    id: int
    created_at: str
    label_config: str


_DOING = "rewrite the annotations"


def _remote(studio: Studio, project_id: int) -> _Remote:
    found: _Remote = studio.call("GET", f"/api/projects/{project_id}/", doing="read the labeling config", type=_Remote)
    return found


def _or_gone(act: Callable[[], Any], *, gone: Sequence[int] = (404,)) -> Any:
    """Give what ``act`` gives, None where what it is about was submitted or deleted meanwhile."""
    try:
        return act()
    except RefusedError as error:
        if error.status in gone:
            return None
        raise


def _size(result: Any) -> int:
    return len(result) if isinstance(result, list) else 0


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
