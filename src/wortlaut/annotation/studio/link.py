"""The project on the server that belongs to a corpus: found, made, and kept as wortlaut.toml and the scheme say.

It bears a marker in its description with the corpus's id, by which it is found again; ``.studio/project.json`` only
remembers its number. A run that is killed between making the project and noting its number therefore makes no second
one. Where ``.studio`` is lost, or in another checkout of the corpus, the project is known by the corpus's name and by
all of its tasks being of the corpus's articles; else the user says which it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

import msgspec

from wortlaut.annotation.config import labeling_config
from wortlaut.annotation.studio.client import RefusedError, Studio
from wortlaut.annotation.studio.home import studio_home
from wortlaut.annotation.studio.identity import described, keep_id, known_id, made_up_id, marks
from wortlaut.annotation.studio.instruction import instruction_html, same_html
from wortlaut.annotation.studio.steps import OnStep
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import Project
from wortlaut.schema.scheme import Scheme

__all__ = [
    "LINK",
    "ProjectLink",
    "ProjectPlan",
    "Remote",
    "adopt_project",
    "ensure_project",
    "find_project_on_server",
    "plan_project",
    "read_link",
    "read_remote",
]

LINK = "project.json"

_PAGE = 100
_TITLE = (3, 50)  # characters that Label Studio takes
_SAMPLING = {"sequential": "Sequential sampling", "uniform": "Uniform sampling"}
# What a new project gets and the lead may then change in Label Studio; articles without a region are common.
_ONCE: Mapping[str, object] = MappingProxyType(
    {
        "show_instruction": True,
        "show_skip_button": True,
        "enable_empty_annotation": True,
        "skip_queue": "REQUEUE_FOR_OTHERS",
    }
)
_NO_CONFIG = "<View></View>"


class ProjectLink(msgspec.Struct, frozen=True, kw_only=True):
    """The project on a server. ``created_at`` tells it from another one that got the same id on a new server.

    ``label_config`` is the labeling config that was sent last.
    """

    url: str
    project_id: int
    title: str
    created_at: str = ""
    label_config: str = ""


class Remote(msgspec.Struct, frozen=True, kw_only=True):
    """What the server says of a project, as far as it matters here."""

    id: int
    title: str | None = ""
    description: str | None = ""
    created_at: str = ""
    label_config: str | None = ""
    expert_instruction: str | None = ""
    maximum_annotations: int | None = None
    sampling: str | None = None
    show_collab_predictions: bool | None = None
    overlap_cohort_percentage: int | None = None
    model_version: str | None = None
    task_number: int | None = None


class ProjectPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to do: ``remote`` is the project, None where one is to be made; ``changes`` are settings to send.

    ``corpus_id`` is what its marker names, not noted here yet where it is new or another checkout made it up.
    """

    remote: Remote | None
    corpus_id: str
    changes: Mapping[str, object]


class _Projects(msgspec.Struct):
    results: list[Remote]
    next: str | None = None


def read_link(project: Project) -> ProjectLink | None:
    """Give what was noted of the project on the server; None where there is none yet."""
    return studio_home(project).read(LINK, ProjectLink)


def find_project_on_server(studio: Studio, project: Project, *, new: bool = False) -> Remote | None:
    """Find the corpus's project: the one that was noted, else the one that bears its id, else one of its articles.

    None where there is none. With ``new`` only a project with its id and without tasks counts that was not noted: what
    a killed run made. Raises UsageError where the noted project is gone, where several are the corpus's, and where
    one has its name and holds other articles.
    """
    link = read_link(project)
    noted = read_remote(studio, link.project_id) if link and not new else None
    own = known_id(project)
    if noted is not None and link is not None and (_bears(noted, own) or noted.created_at == link.created_at):
        return noted
    listed = _named(studio, project, own)
    marked = [one for one in listed if _bears(one, own)]
    if new:
        return next(
            (one for one in marked if not one.task_number and (link is None or one.id != link.project_id)), None
        )
    compared = {} if marked else {one.id: _compare(studio, project, one) for one in listed}
    found = marked or [one for one in listed if compared[one.id].ours and not compared[one.id].others]
    if len(found) > 1:
        raise _several(studio, found)
    if not found and link is not None:
        raise _gone(studio, link)
    if not found and listed:
        raise _another(studio, project, listed, compared)
    return found[0] if found else None


def adopt_project(studio: Studio, project: Project, project_id: int) -> None:
    """Take a project on the server for the corpus's, whatever it holds, and note it. Raises UsageError for none."""
    remote = read_remote(studio, project_id)
    if remote is None:
        raise UsageError(f"there is no project {project_id}", where=studio.url, hint="Its page has it in its address")
    link = read_link(project)
    if link is None or (link.project_id, link.created_at) != (remote.id, remote.created_at):
        link = ProjectLink(url=studio.url, project_id=remote.id, title=remote.title or "", created_at=remote.created_at)
        studio_home(project).write(LINK, link)


def read_remote(studio: Studio, project_id: int) -> Remote | None:
    """Read a project; None where there is none with this id. Raises UsageError where the token may not see it."""
    try:
        remote: Remote = studio.call("GET", f"/api/projects/{project_id}/", doing="read the project", type=Remote)
    except RefusedError as error:
        if error.status == 404:
            return None
        if error.status == 403:
            raise _forbidden(studio, project_id) from error
        raise
    return remote


def plan_project(studio: Studio, project: Project, scheme: Scheme, *, new: bool = False) -> ProjectPlan:
    """Say what ``ensure_project`` would do. Changes nothing."""
    remote = find_project_on_server(studio, project, new=new)
    corpus_id = _id_on(remote, project) or known_id(project) or made_up_id()
    wanted = _wanted(project, scheme, remote, corpus_id)
    if remote is None:
        return ProjectPlan(remote=None, corpus_id=corpus_id, changes=wanted | dict(_ONCE))
    return ProjectPlan(
        remote=remote,
        corpus_id=corpus_id,
        changes={name: value for name, value in wanted.items() if not _same(name, getattr(remote, name), value)},
    )


def ensure_project(
    studio: Studio,
    project: Project,
    scheme: Scheme,
    *,
    new: bool = False,
    say: Callable[[str], None] = lambda _line: None,
    on_step: OnStep = lambda _: None,
) -> ProjectLink:
    """Make the corpus's project on the server, or send it the settings that differ, and note it.

    May be run again at any point. Raises UsageError where a new labeling config would orphan annotations.
    """
    plan = plan_project(studio, project, scheme, new=new)
    remote = plan.remote
    if remote is not None and read_link(project) is None and plan.corpus_id != known_id(project):
        say(f"took project {remote.id}, {remote.title}, for this corpus's: all of its articles are of this corpus")
    # Noted first: a run that is killed before it notes the project finds it by this.
    keep_id(project, plan.corpus_id)
    if remote is None:
        remote = studio.call("POST", "/api/projects/", doing="make the project", json=plan.changes, type=Remote)
        say(f"made project {remote.id}, {remote.title}")
    elif plan.changes:
        _guard(studio, project, remote, plan.changes, on_step)
        try:
            studio.call("PATCH", f"/api/projects/{remote.id}/", doing="change the project", json=plan.changes)
        except RefusedError as error:
            if error.status == 403:
                raise _forbidden(studio, remote.id) from error
            raise
        say(f"changed in project {remote.id}: {', '.join(plan.changes)}")
    link = ProjectLink(
        url=studio.url,
        project_id=remote.id,
        title=str(plan.changes.get("title", remote.title)),
        created_at=remote.created_at,
        label_config=str(plan.changes.get("label_config", remote.label_config or "")),
    )
    if link != read_link(project):
        studio_home(project).write(LINK, link)
    return link


def _wanted(project: Project, scheme: Scheme, remote: Remote | None, corpus_id: str) -> dict[str, object]:
    settings = project.settings.studio
    return {
        "title": _title(project),
        "description": described(remote.description if remote else "", project, corpus_id),
        "label_config": labeling_config(scheme),
        "expert_instruction": instruction_html(project, scheme),
        "maximum_annotations": settings.maximum_annotations,
        # Each article goes to that many annotators, not only a share of them.
        "overlap_cohort_percentage": 100,
        "sampling": _SAMPLING[settings.sampling],
        # Without it the stream starts from nothing.
        "show_collab_predictions": True,
    }


def _same(name: str, has: object, wanted: object) -> bool:
    if name == "expert_instruction":
        return same_html(str(has or ""), str(wanted))
    if isinstance(has, str) and isinstance(wanted, str):
        return has.strip() == wanted.strip()
    return has == wanted


def _title(project: Project) -> str:
    """Give the project's title as Label Studio takes it."""
    title = " ".join((project.settings.title or project.settings.name).split())
    if len(title) < _TITLE[0]:
        title = f"wortlaut {title}"
    return title if len(title) <= _TITLE[1] else title[: _TITLE[1] - 1].rstrip() + "…"


def _guard(studio: Studio, project: Project, remote: Remote, changes: Mapping[str, object], on_step: OnStep) -> None:
    old = remote.label_config or ""
    if "label_config" not in changes or old.strip() in {"", _NO_CONFIG}:
        return
    from wortlaut.annotation.studio.guard import guard_config
    from wortlaut.annotation.studio.rename import unfinished_rename

    finish = unfinished_rename(studio_home(project), remote.id, remote.created_at)
    if finish:
        raise UsageError("a rename on the server was interrupted", where=studio.url, hint=f"First say: {finish}")
    link = read_link(project)
    pushed = link.label_config if link is not None and link.project_id == remote.id else ""
    guard_config(studio, remote.id, old, str(changes["label_config"]), pushed=pushed, on_step=on_step)


def _named(studio: Studio, project: Project, own: str) -> list[Remote]:
    """Give the projects that bear the corpus's name or its id."""
    found: list[Remote] = []
    page = 1
    while True:
        params: dict[str, str | int] = {
            "page": page, "page_size": _PAGE, "include": "id,title,description,created_at,task_number"
        }  # fmt: skip
        answer: _Projects = studio.call(
            "GET", "/api/projects/", doing="look for the project", params=params, type=_Projects
        )
        name = project.settings.name
        found += [
            one
            for one in answer.results
            if _bears(one, own) or any(name == named for named, _ in marks(one.description))
        ]
        if answer.next is None:
            # The list has not all that there is to know of a project.
            return [whole for one in found if (whole := read_remote(studio, one.id)) is not None]
        page += 1


def _bears(remote: Remote, corpus_id: str) -> bool:
    return bool(corpus_id) and any(known == corpus_id for _, known in marks(remote.description))


def _id_on(remote: Remote | None, project: Project) -> str:
    """Give the id that a project bears: the corpus's own, else that of its name, else any."""
    found = [(name, known) for name, known in marks(remote.description if remote else "") if known]
    own = known_id(project)
    found.sort(key=lambda mark: (mark[1] != own, mark[0] != project.settings.name))
    return found[0][1] if found else ""


class _Compared(msgspec.Struct, frozen=True):
    """Tasks of a project: of the corpus's articles and their texts, and of others."""

    ours: int
    others: int


def _compare(studio: Studio, project: Project, remote: Remote) -> _Compared:
    from wortlaut.annotation.studio.listing import list_tasks
    from wortlaut.corpus.store import text_hashes

    hashes = text_hashes(project.known_articles) if project.known_articles else {}
    ours = [hashes.get(task.article_id) == task.text_sha256 for task in list_tasks(studio, remote.id).tasks()]
    return _Compared(sum(ours), len(ours) - sum(ours))


def _several(studio: Studio, found: Iterable[Remote]) -> UsageError:
    listed = [f"{one.id} ({one.title}, {one.task_number or 0} tasks)" for one in found]
    return UsageError(
        f"{len(listed)} projects on the server say that they are this corpus: {', '.join(listed)}",
        where=studio.url,
        hint="wortlaut studio push --adopt ID takes one of them, and is not asked again",
    )


def _another(studio: Studio, project: Project, listed: list[Remote], compared: Mapping[int, _Compared]) -> UsageError:
    """Say that projects of the corpus's name hold other articles."""
    told = ", ".join(
        f"{one.id} ({one.title}: {compared[one.id].others} of {one.task_number or 0} tasks of other articles or texts)"
        for one in listed
    )
    return UsageError(
        f"a corpus called {project.settings.name} is there, which does not look like this one: project {told}",
        where=studio.url,
        hint=f"wortlaut studio push --new makes a project for this one; --adopt {listed[0].id} takes that one for it",
    )


def _gone(studio: Studio, link: ProjectLink) -> UsageError:
    if link.url != studio.url:
        what = f"this corpus was pushed to project {link.project_id} ({link.title}) on {link.url}; this server has none"
        return UsageError(what, where=studio.url, hint="wortlaut studio push --new makes one here")
    return UsageError(
        f"project {link.project_id} ({link.title}), to which this corpus was pushed, is not there any more",
        where=studio.url,
        hint="If it was deleted for good, wortlaut studio push --new makes a new one; its annotations are not in it",
    )


def _forbidden(studio: Studio, project_id: int) -> UsageError:
    return UsageError(
        f"the token may not see or change project {project_id}: it is of another user or organization",
        where=studio.url,
        hint="Use the token of its owner in LABEL_STUDIO_API_KEY, or --new to make one of your own",
    )
