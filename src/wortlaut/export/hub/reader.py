"""Read a published release as somebody who has never seen it: run as a process, which takes a question on stdin.

It makes a folder for all caches before anything of Hugging Face is imported, downloads the revision into it, holds
every file to its SHA-256 and loads every config by the revision. Lines on stdout say what it is at; the last is the
answer, as JSON.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path

import msgspec

__all__ = ["Answer", "Question", "main"]

_KEPT = frozenset({".gitattributes"})
# Seconds between tries where the Hub does not answer; what has come is kept.
_PAUSES = (0.5, 2.0, 8.0, 0.0)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What should stand at a revision: the SHA-256 of each file, the rows of each split of each config."""

    repo_id: str
    revision: str
    files: dict[str, str]
    rows: dict[str, dict[str, int]]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is not as it should be; ``unfinished`` where it could not be looked at."""

    problems: list[str]
    unfinished: bool = False


def main() -> None:
    """Answer the question on stdin."""
    question = msgspec.json.decode(sys.stdin.buffer.read(), type=Question)
    with tempfile.TemporaryDirectory(prefix="wortlaut-verify-", ignore_cleanup_errors=True) as fresh:
        os.environ["HF_HOME"] = fresh
        os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
        os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"
        # What datasets and its file systems log may name addresses with signatures in them.
        logging.disable(logging.CRITICAL)
        answer = _answer(question)
    sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")


def _answer(question: Question) -> Answer:
    from wortlaut.export.hub.client import open_api
    from wortlaut.export.hub.errors import cleaned, passes, told

    open_api()  # its limits on waiting hold for datasets too
    for pause in _PAUSES:
        try:
            return Answer(problems=[*_files(question), *_rows(question)])
        except Exception as error:
            if not passes(error):
                return Answer(problems=[f"{type(error).__name__}: {cleaned(str(error))}"], unfinished=True)
            what = told(error, "").what
        time.sleep(pause)
    return Answer(problems=[what], unfinished=True)


def _files(question: Question) -> Iterator[str]:
    from huggingface_hub import snapshot_download

    _say(f"downloading {question.revision}")
    folder = Path(snapshot_download(question.repo_id, repo_type="dataset", revision=question.revision))
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - _KEPT
    for path in sorted(there | question.files.keys()):
        if path not in there:
            yield f"{path} is missing"
        elif path not in question.files:
            yield f"{path} is no file of the release"
        else:
            with (folder / path).open("rb") as file:
                if file_digest(file, "sha256").hexdigest() != question.files[path]:
                    yield f"{path} has other bytes"


def _rows(question: Question) -> Iterator[str]:
    import datasets

    for config, expected in question.rows.items():
        _say(f"loading {config}")
        try:
            loaded = datasets.load_dataset(question.repo_id, config, revision=question.revision)
        except (ValueError, datasets.exceptions.DatasetsError) as error:
            from wortlaut.export.hub.errors import cleaned

            yield f"{config} does not load ({type(error).__name__}: {cleaned(str(error))})"
            continue
        rows = {str(split): part.num_rows for split, part in loaded.items()}
        if rows != expected:
            yield f"{config} has {rows} rows by split, the manifest says {expected}"


def _say(step: str) -> None:
    sys.stdout.write(f"{step}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
