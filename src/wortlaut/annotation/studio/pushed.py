"""How a push is asked for, and what it says at the end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Literal

import msgspec

from wortlaut.annotation.studio.listing import Listing
from wortlaut.annotation.studio.patience import WAIT_SECONDS
from wortlaut.annotation.studio.plan import Plan
from wortlaut.annotation.studio.uploads import BATCH_SIZE

__all__ = ["PushOptions", "PushSummary", "Seconds"]


class PushOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to push. ``wait`` is how many seconds a server may stay away."""

    batch_size: int = BATCH_SIZE
    dry_run: bool = False
    new: bool = False
    remove_doubles: bool = False
    wait: float = WAIT_SECONDS


class Seconds(msgspec.Struct, kw_only=True):
    """Where the time went: making tasks and predictions, sending them, counting them at the end."""

    building: float = 0.0
    sending: float = 0.0
    verifying: float = 0.0

    @contextlib.contextmanager
    def making(self) -> Iterator[None]:
        """Count the time of the block as building."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.building += time.monotonic() - start

    @contextlib.contextmanager
    def counting(self, what: Literal["sending", "verifying"]) -> Iterator[None]:
        """Count the time of the block, without what making tasks in it took."""
        start, built = time.monotonic(), self.building
        try:
            yield
        finally:
            took = time.monotonic() - start - (self.building - built)
            setattr(self, what, getattr(self, what) + took)


class PushSummary(msgspec.Struct, kw_only=True):
    """What was done, or with ``dry_run`` would be. Numbers are tasks; lists hold article ids.

    ``predicted`` counts tasks that were there and got other predictions. ``older_text`` are articles left alone
    because somebody annotated an older text, ``gone`` tasks whose article is no longer in the corpus, ``doubles``
    articles with a task too many, ``foreign`` tasks that wortlaut did not send. ``removed_older`` are tasks of an
    older text beyond the one that was replaced, ``recounted`` tasks whose predictions the server had counted wrong.
    ``large`` are articles made into tasks that a browser may not be able to show.
    ``tasks`` and ``with_predictions`` were counted on the server at the end, ``troubles`` is how often the server
    went away meanwhile.
    """

    url: str
    dry_run: bool
    project_id: int | None = None
    title: str = ""
    articles: int = 0
    pushed: int = 0
    replaced: int = 0
    predicted: int = 0
    metadata: int = 0
    removed_older: int = 0
    removed_doubles: int = 0
    recounted: int = 0
    unchanged: int = 0
    older_text: list[str] = []
    gone: list[str] = []
    doubles: list[str] = []
    foreign: int = 0
    large: list[str] = []
    tasks: int = 0
    with_predictions: int = 0
    troubles: int = 0
    seconds: Seconds = msgspec.field(default_factory=Seconds)

    @property
    def changed(self) -> int:
        """How many tasks were touched."""
        removed = self.removed_older + self.removed_doubles
        return self.pushed + self.replaced + self.predicted + self.metadata + removed + self.recounted

    def conclude(self, plan: Plan, listing: Listing) -> None:
        """Take in what is on the server at the end."""
        tasks = list(listing.tasks())
        self.tasks = len(tasks) + listing.foreign
        self.with_predictions = sum(task.predictions > 0 for task in tasks)
        self.gone = sorted({task.article_id for task in plan.gone})
        self.foreign = listing.foreign
