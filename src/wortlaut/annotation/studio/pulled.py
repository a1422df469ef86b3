"""The files that were pulled: which one is current, where each task stands in it, and how the next one is written.

A pulled file is named after the corpus, the day and the first digits of its SHA-256: the same content is the same
file. It holds one task a line, by id. One file is current and stands among the exports; those that it takes the place
of are packed into the folder ``older`` beside it, which neither ``*.json`` nor ``wortlaut build`` finds: else what an
annotator has deleted since would come back.
"""

from __future__ import annotations

import contextlib
import gzip
import secrets
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import msgspec

from wortlaut.annotation.reader.scan import elements
from wortlaut.annotation.studio.census import Counts, Mark, mark_of
from wortlaut.annotation.studio.home import Home
from wortlaut.schema.article import text_sha256
from wortlaut.schema.files import atomic_writer
from wortlaut.schema.project import OLDER

__all__ = [
    "Held",
    "PullRecord",
    "Source",
    "Survey",
    "archive",
    "digest_of",
    "new_record",
    "survey",
    "write_pull",
]

RECORD = "pull.json"
_SHOWN = 12  # digits of the SHA-256 in a file's name
_UNNAMED = ".pulled"
_OPEN = 16


class PullRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered between pulls, in ``.studio/pull.json``.

    ``key`` marks what this folder makes on the server. ``project_id`` and ``created_at`` say of which project on the
    server the files are, ``release`` of which version of Label Studio. ``current`` is the file that counts, ``files``
    all that are not packed away yet. ``people`` is what was known of the users, by id, ``numbers`` their numbers.
    """

    key: str
    project_id: int = 0
    created_at: str = ""
    release: str = ""
    current: str = ""
    files: tuple[str, ...] = ()
    people: dict[int, str] = {}
    numbers: dict[int, int] = {}


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A file that tasks are taken from. ``clean`` is false for what the server wrote, with people in it."""

    path: Path
    clean: bool


class Held(msgspec.Struct, frozen=True, gc=False):
    """One task that is held: in which source and where, its mark, and what it holds."""

    source: int
    start: int
    size: int
    mark: Mark
    submitted: int
    skipped: int
    drafts: int
    text_changed: bool


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """The tasks of one source by id, and the ids that stand in it more than once."""

    tasks: dict[int, Held]
    twice: tuple[int, ...]


class _Data(msgspec.Struct):
    text: str = ""
    text_sha256: str = ""


class _Annotation(msgspec.Struct):
    was_cancelled: bool | None = False


class _Task(msgspec.Struct):
    id: int
    data: msgspec.Raw
    updated_at: str = ""
    meta: msgspec.Raw = msgspec.Raw(b"{}")
    annotations: list[_Annotation] = []
    drafts: list[msgspec.Raw] = []
    total_annotations: int = 0
    cancelled_annotations: int = 0


_TASK = msgspec.json.Decoder(_Task)
_DATA = msgspec.json.Decoder(_Data)


def new_record(home: Home) -> PullRecord:
    """Read what is remembered; where there is nothing yet, make a key and remember that."""
    record = home.read(RECORD, PullRecord)
    if record is None:
        record = PullRecord(key=secrets.token_hex(8))
        keep_record(home, record)
    return record


def keep_record(home: Home, record: PullRecord) -> None:
    """Remember."""
    home.write(RECORD, record)


def survey(path: Path, source: int, *, on_task: Callable[[bytes], None] = lambda _: None) -> Survey:
    """Find the tasks of a file. ``on_task`` is given each one's bytes. Raises InputError where it is cut off."""
    tasks: dict[int, Held] = {}
    twice: list[int] = []
    with path.open("rb") as stream:
        for element in elements(stream, name=str(path)):
            task = _TASK.decode(element.raw)
            if task.id in tasks:
                twice.append(task.id)
            skipped = sum(bool(one.was_cancelled) for one in task.annotations)
            data = _data(task.data)
            tasks[task.id] = Held(
                source=source,
                start=element.start,
                size=len(element.raw),
                mark=mark_of(task.updated_at, task.total_annotations, task.cancelled_annotations, task.data, task.meta),
                submitted=len(task.annotations) - skipped,
                skipped=skipped,
                drafts=len(task.drafts),
                text_changed=bool(data.text_sha256) and text_sha256(data.text) != data.text_sha256,
            )
            on_task(element.raw)
    return Survey(tasks=tasks, twice=tuple(twice))


def count(tasks: Iterable[Held]) -> Counts:
    """Count what is held, as the server counts."""
    total = submitted = skipped = drafted = 0
    for task in tasks:
        total += 1
        submitted += task.submitted
        skipped += task.skipped
        drafted += task.drafts > 0
    return Counts(tasks=total, submitted=submitted, skipped=skipped, drafted=drafted)


def digest_of(path: Path) -> str:
    """Give the SHA-256 of a file's content, empty where there is no such file."""
    digest = sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    except FileNotFoundError:
        return ""
    return digest.hexdigest()


def is_named_by(name: str, digest: str) -> bool:
    """Say whether a file's name is that of its content: nobody has changed it."""
    return bool(digest) and name.endswith(f"-{digest[:_SHOWN]}.json")


def write_pull(
    folder: Path,
    corpus: str,
    tasks: Mapping[int, Held],
    sources: list[Source],
    *,
    scrub: Callable[[bytes], bytes],
    check: Callable[[bytes], None],
    place: Callable[[str], str],
) -> str:
    """Write the tasks into ``folder`` and give the file's name.

    ``scrub`` takes people out of what the server wrote, ``check`` looks at each task as it is written. ``place`` is
    told the SHA-256 before the file takes its name, and gives the name that it takes: that of a file that is there
    already where nothing is new. Raises UsageError where the disk is full.
    """
    digest = sha256()
    unnamed = folder / _UNNAMED
    with contextlib.ExitStack() as stack:
        stack.callback(unnamed.unlink, missing_ok=True)
        with atomic_writer(unnamed, shown=folder / f"{corpus}-{date.today():%Y-%m-%d}.json") as out:  # noqa: DTZ011
            for line in _lines(tasks, sources, scrub, check):
                digest.update(line)
                out.write(line)
        name = place(digest.hexdigest())
        there = digest_of(folder / name)
        if there != digest.hexdigest():
            if there:
                archive(folder, [name])
            unnamed.replace(folder / name)
    return name


def tidy(folder: Path) -> None:
    """Remove what a killed run left of a file that it was writing."""
    for left in folder.glob(f".{_UNNAMED}.*.part"):
        left.unlink(missing_ok=True)
    (folder / _UNNAMED).unlink(missing_ok=True)


def name_of(corpus: str, digest: str) -> str:
    """Give the name of a pulled file."""
    return f"{corpus}-{date.today():%Y-%m-%d}-{digest[:_SHOWN]}.json"  # noqa: DTZ011 - the day where the lead is


def archive(folder: Path, names: Collection[str]) -> list[str]:
    """Pack superseded files into the folder ``older``, and give the names under which those that were there stand.

    One that was changed by hand since it was pulled is named after what it holds now.
    """
    packed: list[str] = []
    for name in names:
        path = folder / name
        digest = digest_of(path)
        if not digest:
            continue
        stem = name.removesuffix(".json")
        own = name if is_named_by(name, digest) else f"{stem}.changed-{digest[:_SHOWN]}.json"
        _pack(path, folder / OLDER / f"{own}.gz")
        path.unlink()
        packed.append(f"{OLDER}/{own}.gz")
    return packed


def beside(folder: Path, name: str) -> list[str]:
    """Give the other exports in the folder of exports: what they hold counts too."""
    return sorted(
        path.name
        for path in folder.iterdir()
        if path.name != name and not path.name.startswith(".") and path.name.endswith((".json", ".json.gz"))
    )


def _pack(path: Path, packed: Path) -> None:
    with (
        atomic_writer(packed) as out,
        # No name and no time: the same content is packed the same.
        gzip.GzipFile(filename="", fileobj=out, mode="wb", mtime=0) as archive,
        path.open("rb") as stream,
    ):
        shutil.copyfileobj(stream, archive, 1 << 20)


def _data(raw: msgspec.Raw) -> _Data:
    try:
        return _DATA.decode(raw)
    except msgspec.ValidationError:
        # A task of somebody else's, whose data has another form.
        return _Data()


def _lines(
    tasks: Mapping[int, Held],
    sources: list[Source],
    scrub: Callable[[bytes], bytes],
    check: Callable[[bytes], None],
) -> Iterator[bytes]:
    before = b"[\n"
    with _Readers(sources) as read:
        for number in sorted(tasks):
            held = tasks[number]
            raw = read(held)
            if not sources[held.source].clean:
                raw = scrub(raw)
            check(raw)
            yield before + raw
            before = b",\n"
    yield (b"[\n" if before == b"[\n" else b"\n") + b"]\n"


class _Readers:
    """Reads tasks out of several files, a few of them open at a time."""

    def __init__(self, sources: list[Source]) -> None:
        self._sources = sources
        self._open: dict[int, BinaryIO] = {}

    def __enter__(self) -> Callable[[Held], bytes]:
        return self._read

    def __exit__(self, *_: object) -> None:
        for stream in self._open.values():
            stream.close()

    def _read(self, held: Held) -> bytes:
        stream = self._open.get(held.source)
        if stream is None:
            if len(self._open) == _OPEN:
                self._open.pop(next(iter(self._open))).close()
            stream = self._open[held.source] = self._sources[held.source].path.open("rb")
        stream.seek(held.start)
        return stream.read(held.size)
