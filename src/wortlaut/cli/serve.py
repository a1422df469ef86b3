"""The command ``wortlaut serve``."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from wortlaut.cli.port import PORT
from wortlaut.schema.errors import UsageError, WortlautError
from wortlaut.schema.project import find_project

if TYPE_CHECKING:
    from wortlaut.annotation.studio.backend.register import Registered
    from wortlaut.annotation.studio.link import ProjectLink
    from wortlaut.schema.project import Project

__all__ = ["command"]


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    type=PORT,
    metavar="PORT",
    help="On which port; backend_port in wortlaut.toml if not given.",
)
@click.option(
    "--address",
    default="",
    metavar="URL",
    help="Under which address Label Studio reaches this, if not by host and port.",
)
@click.option(
    "--register/--no-register",
    "registers",
    default=True,
    help="Whether to register as ML backend and webhook of the project on Label Studio.",
)
@click.option("--unregister", is_flag=True, help="Take the registration back, and serve nothing.")
@click.option("--verbose", is_flag=True, help="Log each request; never what it holds.")
def command(*, host: str, port: int | None, address: str, registers: bool, unregister: bool, verbose: bool) -> None:
    """Serve live predictions to Label Studio, and check annotations as they come.

    An ML backend with the pre-annotation of wortlaut tasks (the rules, and the models of [tasks] models), registered
    with the project that wortlaut studio push made. Each annotation that is submitted is checked at once, as wortlaut
    check does; wortlaut studio status shows what was found. Where nothing was pushed yet, predictions alone are served.

    Ctrl-C ends it, with exit code 0. What was annotated meanwhile is checked when it starts again.
    """
    from wortlaut.annotation.studio.client import require_extra
    from wortlaut.annotation.studio.link import read_link

    project = find_project()
    project.require("go into one")
    require_extra()
    from wortlaut.annotation.studio.backend.predict import served
    from wortlaut.annotation.studio.backend.run import ServeOptions, linked_project, serve

    link = linked_project(project) if registers or unregister else read_link(project)
    if unregister:
        _unregister(project, link)
        return
    _log_to_stderr(verbose=verbose)
    options = ServeOptions(
        host=host, port=port or project.settings.studio.backend_port, address=address, verbose=verbose
    )

    model = served(project)

    def on_ready(registered: Registered | None) -> None:
        _tell(options.called, link, registered, model.version)

    serve(project, link, model, options, registers=registers, on_ready=on_ready)
    _say("stopped")


def _unregister(project: Project, link: ProjectLink | None) -> None:
    from wortlaut.annotation.preannotate.protocol import model_version
    from wortlaut.annotation.preannotate.rules import PressRules
    from wortlaut.annotation.studio.backend.predict import served
    from wortlaut.annotation.studio.backend.register import unregister
    from wortlaut.annotation.studio.client import connect

    if link is None:
        raise UsageError("no project on Label Studio is known here", hint="There is nothing to take back")
    version = model_version(PressRules())
    with contextlib.suppress(WortlautError):  # a model that does not hold must not keep the registration
        version = served(project).version
    with connect(project) as studio:
        done = unregister(studio, link.project_id, version)
    _say(f"took the registration with {link.title!r} back" if done else f"nothing is registered with {link.title!r}")


def _tell(address: str, link: ProjectLink | None, registered: Registered | None, version: str) -> None:
    _say(f"predictions of {version} at {address}; Ctrl-C ends")
    if link is None:
        _say("no project was pushed yet: nothing is registered, no annotation is checked. wortlaut studio push makes")
        _say("one; then start wortlaut serve again")
        return
    if registered is None:
        _say(f"not registered with {link.title!r} by this call (--no-register)")
    else:
        _say(f"registered with {link.title!r} at {link.url}")
        if registered.shown != version:
            _say(
                f"Label Studio shows annotators the predictions of {registered.shown}, not of {version}: "
                "wortlaut studio push makes it show these"
            )
    _say("annotations are checked as they are submitted; wortlaut studio status shows what was found")


def _log_to_stderr(*, verbose: bool) -> None:
    import logging

    logging.basicConfig(level=logging.DEBUG if verbose else logging.WARNING, format="wortlaut: %(message)s", force=True)
    # They tell of headers, which hold tokens.
    for name in ("httpcore", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _say(line: str) -> None:
    click.echo(f"wortlaut: {line}", err=True)
