"""Fills the project on the server from the corpus: each article once, with the predictions of our pre-annotators.

The run looks at what is there (``plan``), sends what is missing (``uploads``), replaces what has become another
(``predictions``), and at the end counts it all on the server. It may be killed at any moment, as may the server: the
next run finds what is there and finishes. Nothing that somebody has worked on is ever removed.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from itertools import chain

import msgspec

from wortlaut import __version__
from wortlaut.annotation.preannotate.protocol import PreAnnotator, model_version
from wortlaut.annotation.studio.client import RefusedError, Studio, UnreachableError, connect
from wortlaut.annotation.studio.environment import Step
from wortlaut.annotation.studio.home import studio_home
from wortlaut.annotation.studio.link import ProjectLink, ensure_project, plan_project, read_remote
from wortlaut.annotation.studio.listing import Listing, RemoteTask, data_digest, list_tasks
from wortlaut.annotation.studio.patience import Patience
from wortlaut.annotation.studio.plan import (
    Plan,
    doubles_of,
    has_work,
    make_plan,
    remove_task,
    task_data,
    what_lacks,
)
from wortlaut.annotation.studio.predictions import bring, digests_of, name_of, predictions_digest
from wortlaut.annotation.studio.pushed import PushOptions, PushSummary
from wortlaut.annotation.studio.sent import Note, Sent
from wortlaut.annotation.studio.uploads import Importer, Item, fence, tidy_files
from wortlaut.annotation.tasks import checked_task, task_of
from wortlaut.schema.article import Article
from wortlaut.schema.errors import RecordError, UsageError
from wortlaut.schema.lock import locked
from wortlaut.schema.project import Project
from wortlaut.schema.scheme import Scheme, load_scheme
from wortlaut.schema.task import Task

__all__ = ["push"]

LOCK = "push.lock"
_AGAIN = "Run wortlaut studio push again: it finishes what is missing, and sends nothing twice"


def push(
    project: Project,
    hashes: Mapping[str, str],
    articles: Callable[[], Iterable[Article]],
    annotators: tuple[PreAnnotator, ...],
    options: PushOptions,
    *,
    whole: bool = True,
    say: Callable[[str], None] = lambda _line: None,
    on_step: Callable[[Step], None] = lambda _step: None,
) -> PushSummary:
    """Push a corpus: ``hashes`` gives text_sha256 by article_id, ``articles`` the articles themselves.

    ``whole`` is false where they are a selection. Without ``annotators`` predictions on the server stay as they are.
    Raises UsageError in one line for whatever stops it; what was sent until then stays, and a next run goes on.
    """
    if not hashes:
        raise UsageError("there is no article to push", hint="Read some: wortlaut ingest FILE")
    scheme = load_scheme(project.scheme_path)
    with connect(project) as studio, contextlib.ExitStack() as stack:
        summary = PushSummary(url=studio.url, dry_run=options.dry_run, articles=len(hashes))
        # Who is not there at the start is told of at once; who goes away later is waited for.
        studio.call("GET", "/api/current-user/whoami", doing="push the corpus")
        patience = Patience(studio, seconds=options.wait, say=say)
        if not options.dry_run:
            stack.enter_context(_one_at_a_time(project))
        run = _Run(
            studio=studio,
            project=project,
            scheme=scheme,
            annotators=annotators,
            options=options,
            patience=patience,
            summary=summary,
            say=say,
            on_step=on_step,
        )
        try:
            run.all(hashes, articles, whole=whole)
        except UnreachableError as error:
            raise UsageError(
                f"{error.what}; {run.there} of {len(hashes)} articles are on the server for certain",
                where=error.where,
                hint=_AGAIN,
            ) from error
        except RefusedError as error:
            if error.status == 404 and run.link is not None and read_remote(studio, run.link.project_id) is None:
                raise UsageError(
                    f"project {run.link.project_id} ({run.link.title}) was deleted while it was filled",
                    where=studio.url,
                    hint="wortlaut studio push --new makes a new one",
                ) from error
            raise
        finally:
            summary.troubles = patience.troubles
    return summary


class _Run:
    """One push. ``there`` counts the articles known to be on the server."""

    def __init__(
        self,
        *,
        studio: Studio,
        project: Project,
        scheme: Scheme,
        annotators: tuple[PreAnnotator, ...],
        options: PushOptions,
        patience: Patience,
        summary: PushSummary,
        say: Callable[[str], None],
        on_step: Callable[[Step], None],
    ) -> None:
        self._studio = studio
        self._project = project
        self._scheme = scheme
        self._annotators = annotators
        self._versions = tuple(map(model_version, annotators))
        self._names = frozenset(map(name_of, self._versions))
        self._options = options
        self._patience = patience
        self._summary = summary
        self._say = say
        self._on_step = on_step
        self._encoder = msgspec.json.Encoder()
        self._origin = _origin(project, self._versions)
        self._notes: dict[str, Note] = {}
        self.link: ProjectLink | None = None
        self.there = 0

    def all(self, hashes: Mapping[str, str], articles: Callable[[], Iterable[Article]], *, whole: bool) -> None:
        """Do it all."""
        summary = self._summary
        self._on_step(Step(text="looking at the server"))
        link = self._patience.run(self._ensure)
        if link is None:
            # A dry run, and there is no project yet.
            summary.pushed = len(hashes)
            self._try_tasks(articles())
            return
        self.link = link
        summary.project_id, summary.title = link.project_id, link.title
        listing = self._patience.run(lambda: self._listing(link))
        plan = self._patience.run(
            lambda: make_plan(hashes, listing, whole=whole, worked=lambda task: has_work(self._studio, task))
        )
        self.there = len(plan.present)
        self._walk(link, plan, articles())
        self._remove(plan)
        if self._studio.own and not self._options.dry_run:
            tidy_files(studio_home(self._project).path("data") / "media" / "upload" / str(link.project_id))
        if summary.changed and not self._options.dry_run:
            listing = self._verify(link, hashes, plan)
        self._tell(plan, listing)

    def _ensure(self) -> ProjectLink | None:
        options = self._options
        if not options.dry_run:
            return ensure_project(self._studio, self._project, self._scheme, new=options.new, say=self._say)
        found = plan_project(self._studio, self._project, self._scheme, new=options.new)
        if found.remote is None:
            self._say(f"would make a project, {found.changes['title']}")
            return None
        if found.changes:
            self._say(f"would change in project {found.remote.id}: {', '.join(found.changes)}")
        return ProjectLink(
            url=self._studio.url,
            project_id=found.remote.id,
            title=found.remote.title or "",
            created_at=found.remote.created_at,
        )

    def _listing(self, link: ProjectLink) -> Listing:
        if not self._options.dry_run:
            fence(self._studio, link.project_id)
        return list_tasks(self._studio, link.project_id)

    def _walk(self, link: ProjectLink, plan: Plan, articles: Iterable[Article]) -> None:
        """Go through the corpus once: send what is missing, bring up to date what is there."""
        sent = Sent(studio_home(self._project), link, keep=not self._options.dry_run)
        total = len(plan.missing) + len(plan.present)
        done = 0

        def on_batch(items: list[Item]) -> None:
            nonlocal done
            done += len(items)
            self.there += len(items)
            self._on_step(Step(text="bringing articles to the server", done=done, total=total))

        importer = Importer(
            self._studio,
            link.project_id,
            self._patience,
            batch_size=self._options.batch_size,
            before_batch=lambda items: sent.add(self._notes.pop(item.key[0]) for item in items),
            on_batch=on_batch,
        )
        with self._sending():
            for article in articles:
                if article.article_id in plan.missing:
                    self._add(importer, article)
                elif article.article_id in plan.present:
                    self._refresh(link, sent, article, plan.present[article.article_id])
                    done += 1
                    self._on_step(Step(text="bringing articles to the server", done=done, total=total))
            importer.flush()
            if not self._options.dry_run:
                self._patience.run(lambda: self._show_predictions(link))
        replaced = {task.article_id for task in plan.outdated} & plan.missing
        self._summary.replaced = len(replaced)
        self._summary.pushed = len(plan.missing) - len(replaced)

    def _add(self, importer: Importer, article: Article) -> None:
        task = self._task(article)
        if self._options.dry_run:
            return
        self._notes[article.article_id] = self._note(article, task, len(task.predictions))
        importer.add(Item(key=(article.article_id, article.text_sha256), line=self._encoder.encode(task)))

    def _refresh(self, link: ProjectLink, sent: Sent, article: Article, remote: RemoteTask) -> None:
        """Bring a task that is there up to date: its metadata, and the predictions of our pre-annotators."""
        changed = False
        ours = msgspec.to_builtins(task_of(article).data)
        if data_digest(ours) != remote.metadata:
            self._summary.metadata += 1
            changed = True
            if not self._options.dry_run:
                self._patience.run(lambda: self._describe(remote.id, ours))
        if self._annotators and self._predict(link, sent, article, remote):
            self._summary.predicted += 1
            changed = True
        self._summary.unchanged += not changed

    def _predict(self, link: ProjectLink, sent: Sent, article: Article, remote: RemoteTask) -> bool:
        note = sent.get(article.article_id, article.text_sha256)
        known = note is not None and note.total == remote.predictions
        if note is not None and known and note.source == self._source(article):
            return False
        task = self._task(article)
        fresh = self._note(article, task, remote.predictions)
        if note is not None and known and note.predictions == fresh.predictions:
            sent.add([fresh])
            return False
        if self._options.dry_run:
            return True
        changed, total = self._patience.run(
            lambda: bring(self._studio, link.project_id, remote.id, task.predictions, self._names)
        )
        sent.add([msgspec.structs.replace(fresh, total=total)])
        return changed

    def _task(self, article: Article) -> Task:
        start = time.monotonic()
        try:
            return checked_task(article, self._scheme, self._annotators)
        except RecordError as error:
            raise RecordError(
                error.what,
                where=error.where,
                hint=f"Mend the pre-annotator, or push with --no-predictions. {self.there} articles are on the server",
            ) from error
        finally:
            self._summary.seconds.building += time.monotonic() - start

    def _note(self, article: Article, task: Task, total: int) -> Note:
        return Note(
            article_id=article.article_id,
            text_sha256=article.text_sha256,
            predictions=predictions_digest(digests_of(task.predictions)),
            source=self._source(article),
            total=total,
        )

    def _source(self, article: Article) -> str:
        content = self._origin + self._encoder.encode(article)
        return blake2b(content, digest_size=16).hexdigest()

    def _describe(self, task_id: int, ours: dict[str, object]) -> None:
        has = task_data(self._studio, task_id)
        # The text stays as it is, under whatever was annotated in it; what others added stays too.
        data = (has or {}) | {name: value for name, value in ours.items() if name != "text"}
        self._studio.call("PATCH", f"/api/tasks/{task_id}/", doing="change a task", json={"data": data})

    def _show_predictions(self, link: ProjectLink) -> None:
        """Have the label stream start from our predictions, unless the lead chose another model."""
        remote = read_remote(self._studio, link.project_id) if self._versions else None
        shown = (remote.model_version or "") if remote else ""
        if remote is None or shown == self._versions[0]:
            return
        if shown and name_of(shown) not in self._names:
            self._say(
                f"the label stream starts from the predictions of {shown}, as somebody chose; "
                f"for ours choose {self._versions[0]} in the project's Settings, Annotation"
            )
            return
        body = {"model_version": self._versions[0]}
        with contextlib.suppress(RefusedError) if not self.there else contextlib.nullcontext():
            # An empty project has no predictions to choose from.
            self._studio.call("PATCH", f"/api/projects/{remote.id}/", doing="show the predictions", json=body)

    def _remove(self, plan: Plan) -> None:
        """Remove tasks of older texts, whose successors are there by now, and doubles where that was asked for."""
        older = [task.article_id for task in plan.worked_on]
        doubles: list[str] = []
        for task in chain(plan.outdated, plan.doubles):
            outdated = task in plan.outdated
            wanted = outdated or (self._options.remove_doubles and self._as_sent(plan, task))
            if not wanted or not (self._options.dry_run or self._gone(task)):
                (older if outdated else doubles).append(task.article_id)
            elif not outdated:
                self._summary.removed_doubles += 1
        self._summary.older_text = sorted(set(older))
        self._summary.doubles = sorted(set(doubles))

    def _gone(self, task: RemoteTask) -> bool:
        with self._sending():
            return self._patience.run(lambda: remove_task(self._studio, task))

    @staticmethod
    def _as_sent(plan: Plan, task: RemoteTask) -> bool:
        """Say whether a double holds what the article's own task does."""
        return task.metadata == plan.present[task.article_id].metadata

    def _verify(self, link: ProjectLink, hashes: Mapping[str, str], plan: Plan) -> Listing:
        """Count on the server."""
        start = time.monotonic()
        self._on_step(Step(text="counting on the server"))
        listing = self._patience.run(lambda: list_tasks(self._studio, link.project_id))
        trouble = what_lacks(plan, hashes, listing, predictions=len(self._versions))
        if trouble:
            raise UsageError(trouble, where=self._studio.url, hint=_AGAIN)
        self._summary.doubles = sorted({*self._summary.doubles, *doubles_of(plan, hashes, listing)})
        self._summary.seconds.verifying = time.monotonic() - start
        return listing

    def _tell(self, plan: Plan, listing: Listing) -> None:
        tasks = list(listing.tasks())
        self._summary.tasks = len(tasks) + listing.foreign
        self._summary.with_predictions = sum(task.predictions > 0 for task in tasks)
        self._summary.gone = sorted({task.article_id for task in plan.gone})
        self._summary.foreign = listing.foreign

    def _try_tasks(self, articles: Iterable[Article]) -> None:
        for article in articles:
            self._task(article)

    @contextlib.contextmanager
    def _sending(self) -> Iterator[None]:
        """Count the time of the block as sending, without what making tasks in it took."""
        start, built = time.monotonic(), self._summary.seconds.building
        try:
            yield
        finally:
            made = self._summary.seconds.building - built
            self._summary.seconds.sending += time.monotonic() - start - made


def _origin(project: Project, versions: tuple[str, ...]) -> bytes:
    """Give all that predictions are made from beside the article."""
    parts = (__version__.encode(), *(version.encode() for version in versions), project.scheme_path.read_bytes())
    return blake2b(b"\0".join(parts), digest_size=16).digest()


def _one_at_a_time(project: Project) -> contextlib.AbstractContextManager[None]:
    home = studio_home(project)
    home.make()

    def refuse() -> None:
        raise UsageError(
            "another wortlaut studio push of this project is at work",
            where=str(project.root),
            hint="Wait until it has ended, then run the same command again",
        )

    return locked(home.path(LOCK), refuse)
