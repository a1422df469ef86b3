"""The commands ``wortlaut studio ...``."""

from __future__ import annotations

import click

from wortlaut.cli.lazy import LazyGroup

__all__ = ["COMMANDS", "command"]

# As in wortlaut.cli.main.
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("studio.up", "Start the project's own Label Studio."),
    "down": ("studio.down", "End the project's own Label Studio."),
    "invite": ("studio.invite", "Make accounts for annotators."),
    "push": ("studio.push", "Fill the project on Label Studio from the corpus."),
    "pull": ("studio.pull", "Fetch the annotation from Label Studio, and check it."),
    "status": ("studio.status", "Tell how the annotation stands."),
    "rename": ("studio.rename", "Give annotations on the server the new name of a label, relation or option."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def command() -> None:
    """Run the annotation on Label Studio.

    Start a server of the project's own, or use one that runs already: its address in wortlaut.toml ([studio] url)
    or LABEL_STUDIO_URL, its token in LABEL_STUDIO_API_KEY.
    """
