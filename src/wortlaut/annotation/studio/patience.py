"""Waiting for a server that went away: acts are tried again, a bounded number of times, once it answers.

Only what may be done twice is tried again here: every act given to ``Patience.run`` first looks at what is there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from wortlaut.annotation.studio.client import Studio, UnreachableError

__all__ = ["ATTEMPTS", "WAIT_SECONDS", "Patience"]

ATTEMPTS = 6
"""How often one act is tried before the command gives up."""

WAIT_SECONDS = 120.0
"""How long a server may stay away before the command gives up: a restart takes up to a minute on a busy machine."""

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0
_POLL = 0.5
_T = TypeVar("_T")


class Patience:
    """Tries acts again that a server did not answer. ``troubles`` counts how often that was necessary."""

    def __init__(self, studio: Studio, *, seconds: float = WAIT_SECONDS, say: Callable[[str], None]) -> None:
        self._studio = studio
        self._seconds = seconds
        self._say = say
        self.troubles = 0

    def run(self, act: Callable[[], _T]) -> _T:
        """Give what ``act`` gives. Raises UnreachableError where the server stays away or every attempt failed."""
        attempt = 1
        while True:
            try:
                return act()
            except UnreachableError as error:
                if attempt == ATTEMPTS:
                    raise
                self.wait(error, attempt)
            attempt += 1

    def wait(self, error: UnreachableError, attempt: int = 1) -> None:
        """Wait after a failure until the server says that it is up. Raises ``error`` where it does not in time."""
        self.troubles += 1
        self._say(f"{error.what}; waiting for the server, then going on where it stopped")
        # A busy server answers its health at once: the pause is for what it is busy with.
        time.sleep(min(_FIRST_PAUSE * 2 ** (attempt - 1), _LONGEST_PAUSE))
        end = time.monotonic() + self._seconds
        while not self._up():
            if time.monotonic() > end:
                raise error
            time.sleep(_POLL)

    def _up(self) -> bool:
        import httpx

        try:
            return self._studio.http.get("/health", auth=None, timeout=10).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False
