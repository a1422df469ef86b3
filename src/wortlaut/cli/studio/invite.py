"""The command ``wortlaut studio invite``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
import msgspec

from wortlaut.cli.steps import showing_steps
from wortlaut.schema.project import find_project

if TYPE_CHECKING:
    from wortlaut.annotation.studio.accounts import Invitation

__all__ = ["command"]

_HEAD = ("name", "e-mail", "password", "user", "link")


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME..")
@click.option("--json", "as_json", is_flag=True, help="Print the accounts as JSON on stdout.")
def command(names: tuple[str, ...], *, as_json: bool) -> None:
    """Make accounts for annotators.

    A NAME is one such as anna, which logs in as anna@wortlaut.local, or an e-mail address; no mail is sent. Prints
    how each of them logs in, and the link to work at. A second invitation prints the same again. The column user is
    the number of the account on the server.
    """
    from wortlaut.annotation.studio.client import require_extra

    require_extra()
    from wortlaut.annotation.studio.accounts import invite

    project = find_project()
    with showing_steps() as on_step:
        invitations = invite(project, names, on_step)
    if as_json:
        click.echo(msgspec.json.encode(invitations))
        return
    for line in _table(invitations):
        click.echo(line)
    made = sum(invitation.made for invitation in invitations)
    click.echo(f"{made} made, {len(invitations) - made} there already. Give each person their line alone", err=True)
    if not all(invitation.pushed for invitation in invitations):
        click.echo(
            "the corpus is not on this server: the link is the server's address alone. Say wortlaut studio push first, "
            "then this again for the link to work at",
            err=True,
        )


def _table(invitations: Sequence[Invitation]) -> list[str]:
    rows = [_HEAD, *((one.name, one.email, one.password, str(one.user_id), one.link) for one in invitations)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
