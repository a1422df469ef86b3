"""One build of a dataset at a time: what it plans by, and the version that it takes, are still so when it is done."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from wortlaut.schema.errors import UsageError
from wortlaut.schema.lock import locked
from wortlaut.schema.settings_check import is_dataset_name

__all__ = ["alone", "check_name"]

_ATTEMPTS = 5


@contextlib.contextmanager
def alone(out: Path, name: str) -> Iterator[None]:
    """Be the only one that builds the dataset ``out/name`` for the block.

    Whoever goes by the versions that stand there (for splits, for the next number) reads them within it. Raises
    UsageError where another build is at work, for a name that cannot be, and where ``out`` cannot be written to.
    """
    check_name(name)
    # A build that fails leaves no folder behind for a mistake in --out.
    new = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        with contextlib.ExitStack() as stack:
            _enter(stack, out, name)
            yield
    except PermissionError as error:
        if error.filename is not None and not Path(error.filename).is_relative_to(out):
            raise
        raise UsageError(f"cannot write: {error.strerror or error}", where=str(out)) from error
    finally:
        for folder in new:
            with contextlib.suppress(OSError):
                folder.rmdir()


def _enter(stack: contextlib.ExitStack, out: Path, name: str) -> None:
    """Make the folder and hold the lock in it, also where another build takes its empty folder away meanwhile."""

    def refuse() -> None:
        raise UsageError(f"another build of {name} is at work", where=str(out), hint="Run it again when that is done")

    for left in range(_ATTEMPTS, 0, -1):
        try:
            out.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(out / f".{name}.lock", refuse))
        except OSError as error:
            if left == 1 or not isinstance(error, FileNotFoundError):
                raise UsageError(f"cannot write: {error.strerror or error}", where=str(out)) from error
        else:
            return


def check_name(name: str) -> None:
    """Raise UsageError for a name that cannot be a dataset's."""
    if not is_dataset_name(name):
        raise UsageError(
            f"the name {name!r} cannot be a dataset's",
            where="--name",
            hint="Use letters, digits, '.', '_' and '-', a letter or digit first",
        )
