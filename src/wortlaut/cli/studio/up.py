"""The command ``wortlaut studio up``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
import msgspec

from wortlaut.cli.port import PORT
from wortlaut.cli.steps import showing_steps
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import Project, find_project

if TYPE_CHECKING:
    from wortlaut.annotation.studio.server import RunningServer

__all__ = ["command"]


@click.command()
@click.option(
    "--host",
    default="127.0.0.1",
    metavar="ADDRESS",
    help="Where to listen; 0.0.0.0 opens it to other machines of the network. This machine alone if not given.",
)
@click.option("--port", type=PORT, metavar="N", help="The port; [studio] port in wortlaut.toml if not given.")
@click.option(
    "--allow-local-calls",
    is_flag=True,
    help="With --host: let the server call addresses of this machine and its network, as wortlaut serve needs.",
)
@click.option("--show-password", is_flag=True, help="Print the lead's password also where stdout is no terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print how to reach the server as JSON on stdout.")
def command(host: str, port: int | None, *, allow_local_calls: bool, show_password: bool, as_json: bool) -> None:
    """Start the project's own Label Studio.

    On first use Label Studio is installed into an environment of its own (about 1 GB, shared by all projects), and an
    account is made for the lead. Data, account and log stand in the folder .studio of the project, closed to others.
    Where the server runs already, only says so.
    """
    from wortlaut.annotation.studio.server import token_trouble, up

    project = find_project()
    with showing_steps() as on_step:
        running = up(project, on_step, host=host, port=port, local_calls=allow_local_calls)
    trouble = token_trouble(running)
    if trouble:
        click.echo(f"warning: {trouble}", err=True)
    _warn(running, host, port)
    shown = running.credentials.password if show_password or (sys.stdout.isatty() and not as_json) else None
    if as_json:
        click.echo(_json(running, project, shown))
    else:
        _report(running, project, shown)


def _warn(running: RunningServer, host: str, port: int | None) -> None:
    from wortlaut.annotation.studio.client import URL_VARIABLE, address_in_environment

    state = running.state
    try:
        elsewhere = address_in_environment()
    except UsageError as error:
        click.echo(f"warning: the other commands cannot go on: {error}", err=True)
        elsewhere = ""
    if elsewhere and elsewhere != state.url:
        click.echo(
            f"warning: {URL_VARIABLE} is set: the other commands go to {elsewhere}, not to this server", err=True
        )
    if running.already and port not in {None, int(state.url.rpartition(":")[2])}:
        click.echo(f"--port {port} has no effect: it runs already. wortlaut studio down ends it first", err=True)
    if running.already and host != "127.0.0.1" and not state.shared_url:
        click.echo(f"--host {host} has no effect: it runs already. wortlaut studio down ends it first", err=True)
    if state.shared_url:
        click.echo(
            f"warning: {state.shared_url} is plain HTTP: others on this network can read passwords and texts",
            err=True,
        )
        if not state.local_calls:
            click.echo(
                "it may not call a backend on this machine, so wortlaut serve cannot help it; --allow-local-calls "
                "lets it, and with it everybody who may edit a project call any address of your network",
                err=True,
            )


def _report(running: RunningServer, project: Project, password: str | None) -> None:
    state = running.state
    already = " already" if running.already else ""
    click.echo(f"Label Studio {state.version} runs{already} at {state.url}")
    if state.shared_url and state.shared_url != state.url:
        click.echo(f"for others on the network: {state.shared_url}")
    kept = _credentials_path(project)
    click.echo(f"log in as {running.credentials.email}, password {password} (it stands in {kept})" if password else
               f"log in as {running.credentials.email}; the password stands in {kept}")  # fmt: skip
    click.echo("next: wortlaut studio push fills it, wortlaut studio invite NAME makes annotators' accounts", err=True)


def _credentials_path(project: Project) -> str:
    from wortlaut.annotation.studio.home import CREDENTIALS, studio_home

    return str(studio_home(project).path(CREDENTIALS))


class _Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    url: str
    shared_url: str
    version: str
    pid: int
    already: bool
    email: str
    credentials: str
    password: str | None = None


def _json(running: RunningServer, project: Project, password: str | None) -> bytes:
    state = running.state
    answer = _Answer(
        url=state.url,
        shared_url=state.shared_url,
        version=state.version,
        pid=state.pid,
        already=running.already,
        email=running.credentials.email,
        credentials=_credentials_path(project),
        password=password,
    )
    return msgspec.json.encode(answer)
