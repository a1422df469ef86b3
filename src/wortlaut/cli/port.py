"""The type of the options that take a port."""

from __future__ import annotations

from typing import Final

import click

__all__ = ["PORT"]


class _Port(click.IntRange):
    # How click calls it where a value is none.
    name = "port: a number from 1 to 65535"


PORT: Final = _Port(1, 65535)
