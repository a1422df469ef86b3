"""The Python environment that Label Studio runs in: its own, because its pins would bind ours (about 1 GB).

One environment for each lock file, in the user's data folder, shared by all projects. It is made by ``venv`` and
``pip`` from ``requirements-studio.lock``, which travels with wortlaut. A virtual environment cannot be moved into
place, so a ready file, written last, says that it is whole: it holds the hash of the lock file that was installed.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from wortlaut.annotation.studio.launch import end
from wortlaut.annotation.studio.steps import OnStep, Step
from wortlaut.schema.assets import assets
from wortlaut.schema.errors import UsageError
from wortlaut.schema.files import write_text
from wortlaut.schema.lock import locked

__all__ = ["EXECUTABLE_VARIABLE", "environment_folder", "label_studio", "make_environment"]

EXECUTABLE_VARIABLE = "WORTLAUT_LABEL_STUDIO"
"""Names a ``label-studio`` to take instead of an environment of wortlaut's own."""

_LOCK_FILE = "requirements-studio.lock"
_READY = ".ready"
_NEEDED_BYTES = 2 << 30  # 1 GB installed, and what pip unpacks and caches meanwhile
_ERROR_LINES = 3
_REASONS = (
    # What pip and venv say, what is wrong, what to do.
    (r"No space left on device|\[Errno 28\]|Disk quota exceeded", "the disk is full", "Make room, then run it again"),
    (
        (
            r"NewConnectionError|NameResolutionError|Name or service not known|nodename nor servname|getaddrinfo failed"
            r"|Temporary failure in name resolution|Network is unreachable|ConnectTimeout|ReadTimeoutError|ProxyError"
            r"|Max retries exceeded"
        ),
        "the package index cannot be reached",
        "Look at the network (and at pip's settings for a mirror or proxy), then run it again",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        "a package is not the one that was tested (its hash differs)",
        "Look at pip's settings for a mirror",
    ),
    (
        r"ensurepip is not|No module named (venv|ensurepip)",
        "this Python cannot make environments",
        "On Debian and Ubuntu: apt install python3-venv",
    ),
    (
        (
            r"requires a different Python|Requires-Python|Failed (to build|building)|subprocess-exited-with-error"
            r"|No matching distribution found|metadata-generation-failed"
        ),
        f"its packages do not fit Python {sys.version_info.major}.{sys.version_info.minor} on this system",
        (f"Install wortlaut with another Python (3.11 to 3.13), or name a label-studio in {EXECUTABLE_VARIABLE}"),
    ),
)


def label_studio(on_step: OnStep) -> Path:
    """Give the executable ``label-studio``; make an environment for it where there is none yet.

    It is that in WORTLAUT_LABEL_STUDIO, else that of the environment in the user's data folder. Raises UsageError
    where what is named is not there, or none can be made.
    """
    named = os.environ.get(EXECUTABLE_VARIABLE)
    if named:
        found = shutil.which(named)
        if not found:
            raise UsageError(
                f"there is no program {named}", where=EXECUTABLE_VARIABLE, hint="Name the file label-studio itself"
            )
        return Path(found).absolute()
    return make_environment(environment_folder(), on_step)


def environment_folder() -> Path:
    """Give the folder of the user's data where the environment stands, or will."""
    import platformdirs

    # Another lock file makes another folder: a server may run from the one that is there.
    name = f"label-studio-{_version()}-{_hash(assets(_LOCK_FILE))[:8]}"
    return platformdirs.user_data_path("wortlaut", appauthor=False) / name


def make_environment(folder: Path, on_step: OnStep = lambda _: None) -> Path:
    """Make the environment in ``folder``, unless it is there and whole; give its ``label-studio``.

    One that an interruption left half, or that was made from another lock file, is made anew. What pip says goes to
    ``FOLDER.log``. Raises UsageError where it cannot be made.
    """
    requirements = assets(_LOCK_FILE)
    wanted = _hash(requirements)
    programs = folder.absolute() / ("Scripts" if sys.platform == "win32" else "bin")
    executable = programs / ("label-studio.exe" if sys.platform == "win32" else "label-studio")
    python = programs / ("python.exe" if sys.platform == "win32" else "python")
    if _is_ready(folder, wanted, python, executable):
        return executable
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write: {error.strerror or error}", where=str(folder.parent)) from error
    text = "waiting for another wortlaut, which installs Label Studio"
    waiting = Step(text=text, told=f"{text} into {folder}: about two minutes")
    with locked(folder.with_name(f".{folder.name}.lock"), lambda: on_step(waiting)):
        if not _is_ready(folder, wanted, python, executable):
            _install(folder, python, requirements, on_step)
            write_text(folder / _READY, wanted + "\n")
    return executable


def _is_ready(folder: Path, wanted: str, python: Path, executable: Path) -> bool:
    ready = folder / _READY
    # The Python that it was made with may have been removed since: then its link leads nowhere.
    return ready.is_file() and ready.read_text().strip() == wanted and python.exists() and executable.exists()


def _install(folder: Path, python: Path, requirements: Path, on_step: OnStep) -> None:
    if folder.exists():
        _end_installers(folder)
        shutil.rmtree(folder)
    free = shutil.disk_usage(folder.parent).free
    if free < _NEEDED_BYTES:
        raise UsageError(
            f"Label Studio needs 2 GB of room to be installed; {free / (1 << 30):.1f} GB are free",
            where=str(folder.parent),
            hint=f"Make room, or name a label-studio in {EXECUTABLE_VARIABLE}",
        )
    log = folder.with_name(f"{folder.name}.log")
    total = len(re.findall(r"^[\w.-]+(?:\[.*\])?==", requirements.read_text(encoding="utf-8"), flags=re.MULTILINE))
    text = f"installing Label Studio {_version()}, once"
    told = f"installing Label Studio {_version()} into {folder}, once: about 1 GB, about two minutes"
    on_step(Step(text=text, total=total, told=told))
    done = 0

    def follow(line: str) -> None:
        nonlocal done
        # "Processing" is a package that comes from a folder, not from an index.
        if line.startswith(("Collecting ", "Processing ")):
            done = min(done + 1, total)
            on_step(Step(text=text, done=done, total=total))
        elif line.startswith("Installing collected packages"):
            on_step(Step(text=f"{text}: unpacking {done} packages"))

    pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    try:
        log.unlink(missing_ok=True)
        _run([sys.executable, "-m", "venv", str(folder.absolute())], log, follow)
        _run([str(python), *pip, "--require-hashes", "--requirement", str(requirements)], log, follow)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _end_installers(folder: Path) -> None:
    """End what a killed run left at work in the folder; a server that runs from it is let be."""
    import psutil

    inside = str(folder.absolute())
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            arguments = process.cmdline()
            if {"pip", "venv", "ensurepip"} & set(arguments) and any(part.startswith(inside) for part in arguments):
                end(process)


def _run(command: list[str], log: Path, follow: Callable[[str], None]) -> None:
    """Run a command, its output to the log and, line by line, to ``follow``. Raises UsageError where it fails."""
    last: deque[str] = deque(maxlen=200)
    with (
        log.open("a", encoding="utf-8") as out,
        subprocess.Popen(  # noqa: S603 - our own Python
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            encoding="utf-8", errors="replace",
        ) as process,
    ):  # fmt: skip
        try:
            for line in process.stdout or ():
                out.write(line)
                last.append(line.rstrip())
                follow(line)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise _failure(list(filter(None, last)), log)


def _failure(lines: list[str], log: Path) -> UsageError:
    said = "\n".join(lines)
    what = f"Label Studio {_version()} cannot be installed"
    for pattern, reason, hint in _REASONS:
        if re.search(pattern, said):
            return UsageError(f"{what}: {reason}", hint=f"{hint}. All that pip said is in {log}")
    end = " / ".join(line.strip() for line in lines[-_ERROR_LINES:])
    return UsageError(f"{what}; pip's last lines: {end}", hint=f"All that it said is in {log}")


def _hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _version() -> str:
    found = re.search(r"^label-studio==([\w.]+)", assets(_LOCK_FILE).read_text(encoding="utf-8"), flags=re.MULTILINE)
    if not found:
        raise UsageError("names no label-studio", where=str(assets(_LOCK_FILE)), hint="Install wortlaut again")
    return found[1]
