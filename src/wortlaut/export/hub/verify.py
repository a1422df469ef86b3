"""What a reader gets who has never seen the dataset: asked for by another process, whose caches are fresh.

The caches of huggingface_hub and datasets are chosen when these are imported, and datasets may answer from them with
another version (https://github.com/huggingface/datasets/issues/7928): hence the process.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from typing import IO

import msgspec

from wortlaut.export.hub.errors import cleaned
from wortlaut.export.hub.land import Landing
from wortlaut.export.hub.reader import Answer, Question
from wortlaut.export.hub.watcher import Watcher
from wortlaut.export.release import Release
from wortlaut.schema.errors import UsageError

__all__ = ["verify"]

# Each would lead the other process back to a cache that is not fresh, or off the net.
_ELSEWHERE = (
    "HF_ASSETS_CACHE",
    "HF_DATASETS_CACHE",
    "HF_DATASETS_DOWNLOADED_DATASETS_PATH",
    "HF_HUB_CACHE",
    "HF_MODULES_CACHE",
    "HUGGINGFACE_HUB_CACHE",
)


def verify(landing: Landing, release: Release, watcher: Watcher) -> None:
    """Download the release by its tag and load every config. Raises UsageError for all that is not as published.

    The token reaches the other process as it reached this one: by the environment,
    or by the place of the file that holds it.
    """
    from huggingface_hub import constants

    question = Question(
        repo_id=landing.remote.repo_id,
        revision=f"v{landing.version}",
        files={file.path: file.sha256 for file in landing.files.values()},
        rows={
            config: {split: part.rows for split, part in entry.splits.items()}
            for config, entry in release.manifest.configs.items()
        },
    )
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    environment["HF_TOKEN_PATH"] = constants.HF_TOKEN_PATH
    # What it says on stderr goes into a file: a pipe that nobody empties would stop it.
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as said,
        subprocess.Popen(
            # -P: a file datasets.py in the current folder is not the library.
            [sys.executable, "-P", "-m", "wortlaut.export.hub.reader"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env=environment,
            text=True,
            encoding="utf-8",
        ) as reader,
    ):
        try:
            answer = _answer(reader, question, said, watcher)
        except BaseException:
            reader.terminate()
            raise
    if answer.problems:
        what = "could not be read back" if answer.unfinished else "is not what a reader gets"
        raise UsageError(
            f"v{landing.version} stands on the Hub and {what}: {'; '.join(answer.problems)}",
            where=landing.place,
            hint="Run the same command again" if answer.unfinished else "Mend the cause and publish a higher version",
        )


def _answer(reader: subprocess.Popen[str], question: Question, said: IO[str], watcher: Watcher) -> Answer:
    if reader.stdin is None or reader.stdout is None:
        raise TypeError("the process has no pipes")
    with contextlib.suppress(BrokenPipeError), reader.stdin as stdin:
        stdin.write(msgspec.json.encode(question).decode())
    last = ""
    for line in reader.stdout:
        if line.startswith("{"):
            last = line
        else:
            watcher.at(line.strip(), told=f"reading it back from {question.repo_id}")
    if reader.wait() == 0 and last:
        return msgspec.json.decode(last, type=Answer)
    said.seek(0)
    end = cleaned(said.read().strip().rpartition("\n")[2]) or f"the process that read it ended with {reader.returncode}"
    return Answer(problems=[end], unfinished=True)
