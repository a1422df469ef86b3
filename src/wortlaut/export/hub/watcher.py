"""Who follows a run of publishing."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

__all__ = ["Watcher"]


class Watcher(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to tell: what must be said (``say``), the step that begins with its bytes (0: not known), bytes done."""

    say: Callable[[str], None] = lambda _: None
    on_step: Callable[[str, int], None] = lambda _step, _total: None
    on_bytes: Callable[[int], None] = lambda _: None
