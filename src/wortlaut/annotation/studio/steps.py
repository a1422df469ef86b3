"""What long work is at, told by whoever does it to whoever shows it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

__all__ = ["OnStep", "Step"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What long work is at: ``done`` of ``total`` things; a total of 0 is not known.

    ``told`` is a line for where no progress is shown, of a step that takes so long that its silence would look like a
    standstill; empty for others.
    """

    text: str
    done: int = 0
    total: int = 0
    told: str = ""


OnStep = Callable[[Step], None]
