"""Which corpus a project on the server is of: a line in its description, with an id that is made up once a corpus.

A name alone does not tell: two corpora can have the same. The id is noted in ``.studio/corpus.json`` before a project
bears it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import msgspec

from wortlaut.annotation.studio.home import studio_home
from wortlaut.schema.project import Project

__all__ = ["CORPUS", "described", "keep_id", "known_id", "made_up_id", "marker", "marks"]

CORPUS = "corpus.json"
_START = ["wortlaut", "corpus"]


class _Corpus(msgspec.Struct, frozen=True, kw_only=True):
    id: str


def known_id(project: Project) -> str:
    """Give the corpus's id as it was noted; empty where there is none yet."""
    noted = studio_home(project).read(CORPUS, _Corpus)
    return noted.id if noted else ""


def made_up_id() -> str:
    """Make up an id, which is not noted yet."""
    return secrets.token_hex(8)


def keep_id(project: Project, corpus_id: str) -> None:
    """Note the corpus's id."""
    if corpus_id != known_id(project):
        studio_home(project).write(CORPUS, _Corpus(id=corpus_id))


def marker(project: Project) -> str:
    """Give the line of a project's description by which it is known; the id in it is made up and noted on first use."""
    keep_id(project, known_id(project) or made_up_id())
    return _line(project, known_id(project))


def marks(description: str | None) -> Iterator[tuple[str, str]]:
    r"""Give name and id of each corpus that a description names; the id may be empty.

    >>> list(marks("Nur bis Mai.\nwortlaut corpus lindenau 5f0c\nwortlaut corpus alt"))
    [('lindenau', '5f0c'), ('alt', '')]
    """
    for line in (description or "").splitlines():
        words = line.split()
        if words[:2] == _START and len(words) in {3, 4}:
            yield words[2], words[3] if len(words) == 4 else ""


def described(description: str | None, project: Project, corpus_id: str) -> str:
    """Give a description with the corpus's line, in the place of one with its id or its name; the rest stays."""
    line = _line(project, corpus_id)
    kept: list[str] = []
    for one in (description or "").strip().splitlines():
        ours = any(name == project.settings.name or known == corpus_id for name, known in marks(one))
        if not ours:
            kept.append(one)
        elif line not in kept:
            kept.append(line)
    return "\n".join(kept if line in kept else [*kept, line])


def _line(project: Project, corpus_id: str) -> str:
    return " ".join((*_START, project.settings.name, corpus_id))
