"""Acts on the Hub tried again, a bounded number of times, each time a little later."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from wortlaut.export.hub.errors import is_unreachable, passes, pause_asked, status_of, told
from wortlaut.schema.errors import WortlautError

__all__ = ["TRIES", "Patience"]

TRIES = 6
"""How often one act is tried before the command gives up."""

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 16.0
_LONGEST_ASKED = 330.0  # a window of the Hub's quotas is 300 seconds
_T = TypeVar("_T")


class Patience:
    """Tries acts again that did not go through. Each must look at what is there first: its answer may be what was lost.

    ``place`` is named in messages, ``say`` is told of each wait, ``troubles`` counts them. Where nothing answered yet,
    no connection is an error at once: then there is no network, and waiting does not mend that.
    """

    def __init__(self, place: str, say: Callable[[str], None]) -> None:
        self.place = place
        self._say = say
        self._reached = False
        self.troubles = 0

    def run(self, act: Callable[[], _T]) -> _T:
        """Give what ``act`` gives. Raises UsageError where it cannot pass, or did not on any try."""
        attempt = 1
        while True:
            try:
                done = act()
            except WortlautError:
                raise
            except Exception as error:
                if isinstance(error, OSError) and error.errno is not None and status_of(error) is None:
                    raise  # a disk that is full, a file that cannot be read
                self._reached = self._reached or status_of(error) is not None
                self._wait(error, attempt)
            else:
                self._reached = True
                return done
            attempt += 1

    def _wait(self, error: Exception, attempt: int) -> None:
        asked = pause_asked(error)
        hopeless = not passes(error) or (is_unreachable(error) and not self._reached)
        if hopeless or attempt == TRIES or asked > _LONGEST_ASKED:
            raise told(error, self.place) from error
        self.troubles += 1
        # A second more than asked for, against rounding.
        pause = asked + 1 if asked else min(_FIRST_PAUSE * 2 ** (attempt - 1), _LONGEST_PAUSE)
        self._say(f"{told(error, self.place).what}; trying again in {pause:.0f} s" if pause >= 1 else _again(error))
        time.sleep(pause)


def _again(error: Exception) -> str:
    return f"{told(error, '').what}; trying again"
