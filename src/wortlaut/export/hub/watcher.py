"""Who follows a run of publishing."""

from __future__ import annotations

import threading
from collections.abc import Callable

import msgspec

from wortlaut.annotation.studio.steps import OnStep, Step

__all__ = ["Watcher"]


class Watcher(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to tell: of what must be said (``say``), and of the step that begins or goes on."""

    say: Callable[[str], None] = lambda _: None
    on_step: OnStep = lambda _: None

    def at(self, text: str, told: str = "") -> None:
        """Tell of a step of which nobody knows how long it takes."""
        self.on_step(Step(text=text, told=told))

    def bytes_of(self, text: str, total: int, told: str = "") -> Callable[[int], None]:
        """Tell of a step, and give what is called with the bytes that are done each time."""
        done = 0
        lock = threading.Lock()  # several files are sent at once

        def on_bytes(number: int) -> None:
            nonlocal done
            with lock:
                done += number
                self.on_step(Step(text=text, done=done, total=total, told=told))

        on_bytes(0)
        return on_bytes
