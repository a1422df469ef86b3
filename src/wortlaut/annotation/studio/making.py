"""Makes the tasks of a push, and the notes by which a later push knows that they need not be made again."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

import msgspec

from wortlaut import __version__
from wortlaut.annotation.preannotate.protocol import PreAnnotator, model_version
from wortlaut.annotation.studio.predictions import digests_of, name_of, predictions_digest
from wortlaut.annotation.studio.pushed import Seconds
from wortlaut.annotation.studio.sent import Note
from wortlaut.annotation.tasks import checked_task
from wortlaut.schema.article import Article
from wortlaut.schema.errors import RecordError
from wortlaut.schema.project import Project
from wortlaut.schema.scheme import Scheme
from wortlaut.schema.task import Task

__all__ = ["LARGE_CHARACTERS", "LARGE_RESULTS", "Making"]

LARGE_CHARACTERS = 20_000
LARGE_RESULTS = 1_000
"""Beyond these, characters or predicted regions and relations, a browser takes long to show an article, or fails."""


class Making:
    """Makes tasks with the predictions of some pre-annotators; ``versions`` and ``names`` are theirs.

    ``large`` are the articles among them that a browser may not be able to show.
    ``there`` gives how many articles are on the server, for the message where a task cannot be made.
    """

    def __init__(
        self,
        project: Project,
        scheme: Scheme,
        annotators: tuple[PreAnnotator, ...],
        *,
        seconds: Seconds,
        there: Callable[[], int],
    ) -> None:
        self.versions = tuple(map(model_version, annotators))
        self.names = frozenset(map(name_of, self.versions))
        self.large: set[str] = set()
        self._scheme = scheme
        self._annotators = annotators
        self._seconds = seconds
        self._there = there
        self._encoder = msgspec.json.Encoder()
        # All that predictions are made from beside the article.
        parts = (__version__.encode(), *map(str.encode, self.versions), project.scheme_path.read_bytes())
        self._origin = blake2b(b"\0".join(parts), digest_size=16).digest()

    def task(self, article: Article) -> Task:
        """Make the task of an article. Raises RecordError where a pre-annotator fails."""
        try:
            with self._seconds.making():
                task = checked_task(article, self._scheme, self._annotators)
        except RecordError as error:
            raise RecordError(
                error.what,
                where=error.where,
                hint=f"Mend the pre-annotator, or push with --no-predictions. {self._there()} articles are on the "
                "server",
            ) from error

        most = max((len(one.result) for one in task.predictions), default=0)
        if len(article.text) > LARGE_CHARACTERS or most > LARGE_RESULTS:
            self.large.add(article.article_id)
        return task

    def note(self, article: Article, task: Task, total: int) -> Note:
        """Give the note of a task that has ``total`` predictions on the server, those of other models too."""
        return Note(
            article_id=article.article_id,
            text_sha256=article.text_sha256,
            predictions=predictions_digest(digests_of(task.predictions)),
            source=self.source(article),
            total=total,
        )

    def source(self, article: Article) -> str:
        """Give the digest of all that the predictions of an article are made from."""
        return blake2b(self._origin + self._encoder.encode(article), digest_size=16).hexdigest()
