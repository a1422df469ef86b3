"""The command ``wortlaut``: commands are imported when they are called, mistakes become one line.

Exit codes: 0 done and clean, 1 findings, 2 could not run, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from wortlaut import __version__
from wortlaut.cli.lazy import LazyGroup
from wortlaut.schema.errors import WortlautError

__all__ = ["cli", "main"]

# Name of the command -> (module under wortlaut.cli, one line of help). The help stands here so that
# `wortlaut --help` imports no room; a test holds it equal to the command's own first line.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("init", "Make a new corpus project in a folder."),
    "ingest": ("ingest", "Read articles into the corpus."),
    "dedupe": ("dedupe", "List the articles of the corpus that are nearly the same."),
    "config": ("config", "Print the labeling config for Label Studio."),
    "tasks": ("tasks", "Write Label Studio tasks for the articles of the corpus."),
    "studio": ("studio", "Run the annotation on Label Studio."),
    "serve": ("serve", "Serve live predictions to Label Studio, and check annotations as they come."),
    "check": ("check", "Check a Label Studio export."),
    "rule": ("rule", "Explain a code of a finding."),
    "build": ("build", "Build a Hugging Face dataset from checked exports."),
    "diff": ("diff", "Say what changed from one release to another, document by document."),
    "rehydrate": ("rehydrate", "Put the texts back into a release without them."),
    "publish": ("publish", "Publish a release on the Hugging Face Hub or in a folder."),
    "export": ("export", "Write a release in the format of another tool."),
    "train": ("train", "Train models on a release, and score them on its test split."),
    "score": ("score", "Score predicted spans against a release."),
    "schema": ("schema", "Write the files derived from the scheme, or check them."),
    "demo": ("demo", "Run the whole chain on the sample corpus."),
}


@click.group(
    cls=LazyGroup, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="wortlaut")
def cli() -> None:
    """German press articles in, checked annotation through Label Studio, Hugging Face datasets out."""


def main(args: list[str] | None = None) -> NoReturn:
    """Run the command line and end the process with its exit code."""
    sys.exit(run(args))


def run(args: list[str] | None = None) -> int:
    """Run the command line and give its exit code; a user's mistake becomes one line on stderr."""
    _open_closed_streams()
    try:
        result = cli.main(args=args, prog_name="wortlaut", standalone_mode=False)
    except WortlautError as error:
        return _fail(str(error))
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("wortlaut: interrupted; run the same command again to finish", err=True)
        return 130
    except (BrokenPipeError, SystemExit):
        # Click itself ends the process so where it meets the broken pipe first; nothing else here does.
        # The reader of our output went away (wortlaut ... | head): not our mistake, and nothing to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if os.environ.get("WORTLAUT_DEBUG"):
            raise
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}")
    except Exception as error:
        if os.environ.get("WORTLAUT_DEBUG"):
            raise
        kind = type(error).__name__
        return _fail(f"this is a bug in wortlaut: {kind}: {error}. Run again with WORTLAUT_DEBUG=1 for the details")
    return result if isinstance(result, int) else 0


def _open_closed_streams() -> None:
    """Give the standard streams that the shell closed (``>&-``) a null device; Python has None for them.

    It also takes their numbers: else the next file to be opened would be what a library prints into.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open to the end


def _fail(line: str) -> int:
    click.echo(f"wortlaut: {line}", err=True)
    return 2
