"""How the annotation stands: the server, the project on it, who annotated how many, how fast, what wants a look."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice

import msgspec

from wortlaut.annotation.studio.accounts import PEOPLE, People
from wortlaut.annotation.studio.census import drafted_tasks, read_people
from wortlaut.annotation.studio.client import Studio, connect
from wortlaut.annotation.studio.findings import project_key, read_findings, waiting
from wortlaut.annotation.studio.home import Home, studio_home
from wortlaut.annotation.studio.link import ProjectLink, find_project_on_server, read_link
from wortlaut.annotation.studio.pace import Done, Pace, pace
from wortlaut.annotation.studio.progress import OnTask, Worked, WorkedTask, read_progress
from wortlaut.annotation.studio.rename import unfinished_rename
from wortlaut.annotation.studio.saved import drafts_of
from wortlaut.annotation.studio.server import LOG, SERVER, ServerState, running_url
from wortlaut.schema.errors import InputError, UsageError
from wortlaut.schema.project import Project

__all__ = [
    "AnnotatorStatus",
    "FindingsStatus",
    "FoundLine",
    "ProgressStatus",
    "ProjectStatus",
    "ServerStatus",
    "Status",
    "status",
]

_SHOWN_FINDINGS = 20
_SHOWN_TASKS = 5
_MOST_DRAFTED = 100
"""Tasks whose drafts are asked for one by one: beyond that it would take long, and only their number is told."""


class ServerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The server. ``own`` is the project's own; ``since`` (ISO 8601), ``pid`` and ``log`` are known of that alone."""

    url: str
    own: bool
    runs: bool
    version: str = ""
    shared_url: str = ""
    since: str = ""
    pid: int | None = None
    log: str = ""


class ProjectStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The project on the server. ``stream`` is the page that annotators open."""

    id: int
    title: str
    stream: str
    annotators_per_article: int


class AnnotatorStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What one person has done. ``drafts`` is None where there are too many to ask; seconds are per submitted article.

    ``last_seen`` is the last time the server saw them, or they saved something; ISO 8601, empty if never.
    """

    name: str
    email: str
    submitted: int = 0
    skipped: int = 0
    drafts: int | None = 0
    median_seconds: float | None = None
    mean_seconds: float | None = None
    last_seen: str = ""


class ProgressStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The work. ``wanted`` is tasks x annotators; ``complete`` counts articles with as many annotations as wanted.

    ``remaining`` counts what each task still lacks. ``drafts`` counts tasks with drafts. ``doubles`` and ``revised``
    name articles with two tasks of the same text and of another text, ``foreign`` counts tasks that are not ours.
    """

    tasks: int
    wanted: int
    complete: int
    submitted: int
    skipped: int
    drafts: int
    remaining: int
    doubles: tuple[str, ...] = ()
    revised: tuple[str, ...] = ()
    foreign: int = 0


class FoundLine(msgspec.Struct, frozen=True, kw_only=True):
    """One finding of the check of a submitted annotation. ``link`` opens its task."""

    code: str
    level: str
    article_id: str
    annotator: str
    message: str
    checked_at: str
    link: str


class FindingsStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What ``wortlaut serve`` found: ``checked`` annotations, how many have findings, counts by code, the newest."""

    checked: int
    unclean: int
    waiting: int
    codes: dict[str, int]
    newest: tuple[FoundLine, ...]


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """All of it; what is not known is None.

    ``trouble`` tells in one line why more could not be learnt, ``next`` what to do first.
    """

    corpus: str
    server: ServerStatus | None = None
    project: ProjectStatus | None = None
    progress: ProgressStatus | None = None
    annotators: tuple[AnnotatorStatus, ...] = ()
    pace: Pace | None = None
    findings: FindingsStatus | None = None
    trouble: str = ""
    next: str = ""


def status(
    project: Project,
    *,
    on_task: OnTask = lambda done, total: None,  # noqa: ARG005 - its signature
    now: dt.datetime | None = None,
) -> Status:
    """Find out how a project's annotation stands. Where the server does not answer, gives what is known here.

    ``on_task`` is called with the tasks read so far and their total. Raises UsageError outside of a project.
    """
    project.require("change into one")
    now = now or dt.datetime.now(dt.UTC)
    home = studio_home(project)
    link = read_link(project)
    known = Status(corpus=project.settings.name, project=_noted(project, link) if link else None)
    if link is not None:
        known = _with_findings(known, home, link.created_at)
    own = running_url(project)
    if own is None and not _named(project):
        state = home.read(SERVER, ServerState)
        down = ServerStatus(url=state.url, own=True, runs=False, log=str(home.path(LOG))) if state else None
        return msgspec.structs.replace(known, server=down, next="wortlaut studio up starts the server")
    try:
        with connect(project) as studio:
            known = msgspec.structs.replace(known, server=_server(studio, home, version=""))
            known = msgspec.structs.replace(known, server=_server(studio, home, version=studio.version()))
            return _on_server(studio, project, known, on_task, now)
    except UsageError as error:
        return msgspec.structs.replace(known, trouble="; ".join(filter(None, (str(error), known.trouble))))


def _named(project: Project) -> str:
    import os

    from wortlaut.annotation.studio.client import URL_VARIABLE

    return os.environ.get(URL_VARIABLE) or project.settings.studio.url


def _noted(project: Project, link: ProjectLink) -> ProjectStatus:
    return ProjectStatus(
        id=link.project_id,
        title=link.title,
        stream=_stream(link.url, link.project_id),
        annotators_per_article=project.settings.studio.maximum_annotations,
    )


def _stream(url: str, project_id: int) -> str:
    return f"{url}/projects/{project_id}/data?labeling=1"


def _server(studio: Studio, home: Home, *, version: str) -> ServerStatus:
    state = home.read(SERVER, ServerState) if studio.own else None
    if state is None:
        return ServerStatus(url=studio.url, own=False, runs=bool(version), version=version)
    return ServerStatus(
        url=studio.url,
        own=True,
        runs=bool(version),
        version=version,
        shared_url=state.shared_url,
        since=dt.datetime.fromtimestamp(state.created, dt.UTC).isoformat(timespec="seconds"),
        pid=state.pid,
        log=str(home.path(LOG)),
    )


def _on_server(studio: Studio, project: Project, known: Status, on_task: OnTask, now: dt.datetime) -> Status:
    home = studio_home(project)
    remote = find_project_on_server(studio, project)
    if remote is None:
        return msgspec.structs.replace(known, project=None, next="wortlaut studio push makes the project and fills it")
    server = (known.server.shared_url if known.server else "") or studio.url
    wanted = remote.maximum_annotations or 1
    title = ProjectStatus(
        id=remote.id, title=remote.title or "", stream=_stream(server, remote.id), annotators_per_article=wanted
    )
    tasks = read_progress(studio, home, remote.id, created_at=remote.created_at, on_task=on_task)
    drafted = drafted_tasks(studio, remote.id)
    progress = _progress(tasks, wanted, len(drafted))
    done = [Done(at=_time(one.created_at), seconds=one.seconds) for one in _all(tasks) if not one.skipped]
    step = "" if tasks else "wortlaut studio push fills the project"
    if tasks and not any(True for _ in _all(tasks)):
        step = "wortlaut studio invite NAME makes annotators' accounts; they open the address above"
    unfinished = unfinished_rename(home, remote.id, remote.created_at)
    if unfinished:
        step = f"{unfinished} finishes the rename that was interrupted"
    known = msgspec.structs.replace(
        known,
        project=title,
        progress=progress,
        annotators=_annotators(studio, home, tasks, drafted),
        pace=pace(done, progress.remaining, now),
        next=step,
    )
    return _with_findings(known, home, remote.created_at)


def _all(tasks: Iterable[WorkedTask]) -> Iterable[Worked]:
    return (one for task in tasks for one in task.annotations)


def _progress(tasks: Sequence[WorkedTask], wanted: int, drafts: int) -> ProgressStatus:
    submitted = [sum(not one.skipped for one in task.annotations) for task in tasks]
    ours = Counter((task.article_id, task.text_sha256) for task in tasks if task.article_id)
    texts = Counter(article for article, _ in ours)
    return ProgressStatus(
        tasks=len(tasks),
        wanted=len(tasks) * wanted,
        complete=sum(number >= wanted for number in submitted),
        submitted=sum(submitted),
        skipped=sum(one.skipped for one in _all(tasks)),
        drafts=drafts,
        remaining=sum(max(0, wanted - number) for number in submitted),
        doubles=tuple(sorted({article for (article, _), number in ours.items() if number > 1})),
        revised=tuple(sorted(article for article, number in texts.items() if number > 1)),
        foreign=sum(not task.article_id for task in tasks),
    )


def _annotators(
    studio: Studio, home: Home, tasks: Iterable[WorkedTask], drafted: set[int]
) -> tuple[AnnotatorStatus, ...]:
    """Give everybody who did something, and everybody who was invited, by name."""
    work: dict[int | None, list[Worked]] = defaultdict(list)
    for one in _all(tasks):
        work[one.by].append(one)
    drafts: Counter[str] = Counter()
    seen: dict[str, str] = {}
    for task in sorted(drafted) if len(drafted) <= _MOST_DRAFTED else ():
        for draft in drafts_of(studio, task):
            drafts[draft.user] += 1
            seen[draft.user] = max(seen.get(draft.user, ""), draft.updated_at)
    invited = home.read(PEOPLE, People) or People()
    server = "" if studio.own else studio.url
    names = {person.email: person.name for person in invited.people if person.server == server}
    found = []
    for person in read_people(studio):
        mine = work.pop(person.id, [])
        if mine or drafts[person.email] or person.email in names:
            activity = (person.last_activity or "", seen.get(person.email, ""), *(one.created_at for one in mine))
            name = names.get(person.email, person.full_name)
            found.append(_annotator(name, person.email, mine, drafts[person.email], max(activity)))
    found += [
        _annotator(
            "nobody" if number is None else f"account {number}", "", mine, 0, max(one.created_at for one in mine)
        )
        for number, mine in work.items()
    ]
    if len(drafted) > _MOST_DRAFTED:
        found = [msgspec.structs.replace(one, drafts=None) for one in found]
    return tuple(sorted(found, key=lambda one: (one.name or one.email).casefold()))


def _annotator(name: str, email: str, mine: Sequence[Worked], drafts: int, last_seen: str) -> AnnotatorStatus:
    seconds = [one.seconds for one in mine if one.seconds and not one.skipped]
    return AnnotatorStatus(
        name=name,
        email=email,
        submitted=sum(not one.skipped for one in mine),
        skipped=sum(one.skipped for one in mine),
        drafts=drafts,
        median_seconds=statistics.median(seconds) if seconds else None,
        mean_seconds=statistics.fmean(seconds) if seconds else None,
        last_seen=last_seen,
    )


def _with_findings(known: Status, home: Home, created_at: str) -> Status:
    """Add what ``serve`` found in the project, which was made at ``created_at``; a file that does not hold is told."""
    if known.project is None:
        return known
    try:
        return msgspec.structs.replace(known, findings=_findings(home, known.project, created_at), trouble="")
    except InputError as error:
        return msgspec.structs.replace(known, findings=None, trouble=str(error))


def _findings(home: Home, project: ProjectStatus, created_at: str) -> FindingsStatus | None:
    """Give the errors and warnings that ``serve`` found; None where it has checked nothing yet."""
    key = project_key(project.id, created_at)
    checked = unclean = 0
    codes: Counter[str] = Counter()
    lines: list[FoundLine] = []
    base = project.stream.partition("?")[0]
    for one in read_findings(home, key):
        checked += 1
        unclean += not one.clean
        wrong = [found for found in one.findings if found.level != "info"]
        codes.update(found.code for found in wrong)
        lines += [
            FoundLine(
                code=found.code,
                level=found.level,
                article_id=one.article_id,
                annotator=one.annotator,
                message=found.message,
                checked_at=one.checked_at,
                link=f"{base}?task={one.task_id}",
            )
            for found in islice(wrong, max(0, _SHOWN_FINDINGS - len(lines)))
        ]
    left = waiting(home, key)
    if not checked and not left:
        return None
    return FindingsStatus(
        checked=checked,
        unclean=unclean,
        waiting=left,
        codes=dict(sorted(codes.items(), key=lambda item: (-item[1], item[0]))),
        newest=tuple(lines),
    )


def _time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
