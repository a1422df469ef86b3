"""Fills the project on the server from the corpus: each article once, with the predictions of our pre-annotators.

The run looks at what is there (``plan``), sends what is missing (``uploads``), replaces what has become another
(``predictions``), and at the end counts it all on the server. It may be killed at any moment, as may the server: the
next run finds what is there and finishes. What somebody has worked on is not removed: it is looked at right before
(``plan.remove_task`` says what that cannot rule out).
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn

import msgspec

from wortlaut.annotation.preannotate.protocol import PreAnnotator
from wortlaut.annotation.studio.client import RefusedError, Studio, UnreachableError, connect
from wortlaut.annotation.studio.home import studio_home
from wortlaut.annotation.studio.link import ProjectLink, ensure_project, plan_project, read_remote
from wortlaut.annotation.studio.listing import Listing, RemoteTask, list_tasks
from wortlaut.annotation.studio.making import Making
from wortlaut.annotation.studio.patience import Patience
from wortlaut.annotation.studio.plan import (
    Plan,
    bare_tasks,
    doubles_of,
    has_work,
    lost_articles,
    make_plan,
    remove_task,
)
from wortlaut.annotation.studio.predictions import name_of, recount
from wortlaut.annotation.studio.pushed import PushOptions, PushSummary
from wortlaut.annotation.studio.renewal import Renewal
from wortlaut.annotation.studio.sent import Note, Sent
from wortlaut.annotation.studio.steps import Step
from wortlaut.annotation.studio.uploads import Importer, Item, fence, tidy_files
from wortlaut.schema.article import Article
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import Project
from wortlaut.schema.scheme import Scheme, load_scheme

__all__ = ["push"]

LOCK = ".push.lock"
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
            summary.large = run.large
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
        self._options = options
        self._patience = patience
        self._summary = summary
        self._say = say
        self._on_step = on_step
        self._making = Making(project, scheme, annotators, seconds=summary.seconds, there=lambda: self.there)
        self._encoder = msgspec.json.Encoder()
        self._notes: dict[str, Note] = {}
        self.link: ProjectLink | None = None
        self.there = 0

    @property
    def large(self) -> list[str]:
        """Give the articles of this push that a browser may not be able to show."""
        return sorted(self._making.large)

    def all(self, hashes: Mapping[str, str], articles: Callable[[], Iterable[Article]], *, whole: bool) -> None:
        """Do it all."""
        summary = self._summary
        self._on_step(Step(text="looking at the server"))
        link = self._patience.run(self._ensure)
        if link is None:
            # A dry run, and there is no project yet.
            summary.pushed = len(hashes)
            for article in articles():
                self._making.task(article)
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
            tidy_files(studio_home(self._project).media("upload", link.project_id))
        if summary.changed and not self._options.dry_run:
            listing = self._verify(link, hashes, plan)
        summary.conclude(plan, listing)

    def _ensure(self) -> ProjectLink | None:
        options = self._options
        if not options.dry_run:
            return ensure_project(
                self._studio, self._project, self._scheme, new=options.new, say=self._say, on_step=self._on_step
            )
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

        def on_done(number: int = 1) -> None:
            nonlocal done
            done += number
            self._on_step(Step(text="bringing articles to the server", done=done, total=total))

        def on_batch(items: list[Item]) -> None:
            self.there += len(items)
            on_done(len(items))

        importer = Importer(
            self._studio,
            link.project_id,
            self._patience,
            batch_size=self._options.batch_size,
            before_batch=lambda items: sent.add(self._notes.pop(item.key[0]) for item in items),
            on_batch=on_batch,
        )
        renewal = Renewal(
            self._studio,
            link.project_id,
            self._patience,
            making=self._making,
            sent=sent,
            summary=self._summary,
            on_task=on_done,
        )
        with self._summary.seconds.counting("sending"):
            for article in articles:
                if article.article_id in plan.missing:
                    self._add(importer, article)
                elif article.article_id in plan.present:
                    renewal.add(article, plan.present[article.article_id])
            importer.flush()
            renewal.finish()
            if not self._options.dry_run:
                self._patience.run(lambda: self._show_predictions(link))
        replaced = {task.article_id for task in plan.outdated} & plan.missing
        self._summary.replaced = len(replaced)
        self._summary.pushed = len(plan.missing) - len(replaced)

    def _add(self, importer: Importer, article: Article) -> None:
        task = self._making.task(article)
        if self._options.dry_run:
            return
        self._notes[article.article_id] = self._making.note(article, task, len(task.predictions))
        importer.add(Item(key=(article.article_id, article.text_sha256), line=self._encoder.encode(task)))

    def _show_predictions(self, link: ProjectLink) -> None:
        """Have the label stream start from our predictions, unless the lead chose another model."""
        remote = read_remote(self._studio, link.project_id) if self._making.versions else None
        shown = (remote.model_version or "") if remote else ""
        if remote is None or shown == self._making.versions[0]:
            return
        if shown and name_of(shown) not in self._making.names:
            self._say(
                f"the label stream starts from the predictions of {shown}, as somebody chose; "
                f"for ours choose {self._making.versions[0]} in the project's Settings, Annotation"
            )
            return
        body = {"model_version": self._making.versions[0]}
        with contextlib.suppress(RefusedError) if not self.there else contextlib.nullcontext():
            # An empty project has no predictions to choose from.
            self._studio.call("PATCH", f"/api/projects/{remote.id}/", doing="show the predictions", json=body)

    def _remove(self, plan: Plan) -> None:
        """Remove tasks of older texts, whose successors are there by now, and doubles where that was asked for."""
        older = [task.article_id for task in plan.worked_on]
        removed: Counter[str] = Counter()
        for task in plan.outdated:
            if self._gone(task):
                removed[task.article_id] += 1
            else:
                older.append(task.article_id)
        doubles = []
        for task in plan.doubles:
            # One that holds other metadata than the article's own task is for people to look at.
            alike = task.metadata == plan.present[task.article_id].metadata
            if self._options.remove_doubles and alike and self._gone(task):
                self._summary.removed_doubles += 1
            else:
                doubles.append(task.article_id)
        # One for each article whose new text was sent is counted there.
        self._summary.removed_older = removed.total() - len(removed.keys() & plan.missing)
        self._summary.older_text = sorted(set(older))
        self._summary.doubles = sorted(set(doubles))

    def _gone(self, task: RemoteTask) -> bool:
        if self._options.dry_run:
            return True
        with self._summary.seconds.counting("sending"):
            return self._patience.run(lambda: remove_task(self._studio, task))

    def _verify(self, link: ProjectLink, hashes: Mapping[str, str], plan: Plan) -> Listing:
        """Count on the server."""
        with self._summary.seconds.counting("verifying"):
            self._on_step(Step(text="counting on the server"))
            listing = self._patience.run(lambda: list_tasks(self._studio, link.project_id))
            lost = lost_articles(plan, hashes, listing)
            if lost:
                self._lacks(f"{len(lost)} of {len(hashes)} articles are not on the server, {lost[0]} first", "tasks")
            if self._count_again(link, hashes, plan, listing):
                listing = self._patience.run(lambda: list_tasks(self._studio, link.project_id))
        self._summary.doubles = sorted({*self._summary.doubles, *doubles_of(plan, hashes, listing)})
        return listing

    def _count_again(self, link: ProjectLink, hashes: Mapping[str, str], plan: Plan, listing: Listing) -> int:
        """See whether tasks lack predictions or the server only counted them wrong; say how many it was made to count.

        A server that was killed while it inserted a batch may have left such counts.
        """
        least = len(self._making.versions)
        bare = {task.id: task.article_id for task in bare_tasks(plan, hashes, listing, predictions=least)}
        ids, names = sorted(bare), self._making.names
        found = self._patience.run(lambda: list(recount(self._studio, link.project_id, ids, names, least=least)))
        lacking = sorted(bare[one] for one in bare.keys() - set(found))
        if lacking:
            self._lacks(f"{len(lacking)} of {len(hashes)} tasks lack predictions, that of {lacking[0]} first", "some")
        self._summary.recounted += len(found)
        return len(found)

    def _lacks(self, what: str, of: str) -> NoReturn:
        raise UsageError(f"{what}: others removed {of}", where=self._studio.url, hint=_AGAIN)


def _one_at_a_time(project: Project) -> contextlib.AbstractContextManager[None]:
    at_work = UsageError(
        "another wortlaut studio push of this project is at work",
        where=str(project.root),
        hint="Wait until it has ended, then run the same command again",
    )
    return studio_home(project).alone(LOCK, at_work)
