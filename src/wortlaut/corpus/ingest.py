"""``ingest``: articles from files into the store, each with a word on what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Literal

import msgspec

from wortlaut.corpus.compose import compose
from wortlaut.corpus.dates import zone
from wortlaut.corpus.readers import RECORD_LIMIT, Format, Item, read_items, unseen
from wortlaut.corpus.sources import EXTENSIONS, OpenSource, Sources, expand, open_source
from wortlaut.corpus.store import Added, StoreWriter
from wortlaut.schema.article import Article, RawSource
from wortlaut.schema.errors import InputError, RecordError, UsageError

__all__ = ["MESSAGES_KEPT", "IngestReport", "Message", "ingest"]

# A report of a million bad lines would not fit in memory; what is not kept is counted, and told as it comes.
MESSAGES_KEPT = 1000


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One word to the user: an article or file that could not be read (error), or what was odd (warning, info)."""

    level: Literal["error", "warning", "info"]
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.level}: {self.place}: {self.text}"


class IngestReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an ingest did.

    ``added``, ``revised``, ``unchanged`` and ``failed`` count articles (a file that cannot be read at all is one
    failure); ``total`` is how many articles the store then holds, None where nothing could be read. ``furniture``
    counts what was set aside in the articles added or revised, by kind. ``left_off`` messages beyond the first
    thousand are not in ``messages``.
    """

    store: str
    dry_run: bool = False
    files: int = 0
    added: int = 0
    revised: int = 0
    unchanged: int = 0
    failed: int = 0
    total: int | None = None
    furniture: dict[str, int] = {}
    messages: tuple[Message, ...] = ()
    left_off: int = 0


class Defaults(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for every article that does not say so itself."""

    url: str | None = None
    publisher: str | None = None
    rights: str | None = None
    timezone: str = "Europe/Berlin"


def ingest(
    sources: Sequence[str],
    *,
    store_path: Path,
    root: Path | None = None,
    file_format: Format | None = None,
    url: str | None = None,
    publisher: str | None = None,
    rights: str | None = None,
    timezone: str = "Europe/Berlin",
    dry_run: bool = False,
    limit: int = RECORD_LIMIT,
    on_article: Callable[[Article, Added], None] | None = None,
    on_message: Callable[[Message], None] | None = None,
    on_file: Callable[[str, int, int], None] | None = None,
) -> IngestReport:
    """Read articles from files, folders, globs or standard input (``-``) into the store at ``store_path``.

    ``file_format`` is one of ``FORMATS``; None: each file's own is found from its content and name. ``root`` is
    the project's folder. ``url``, ``publisher`` and ``rights`` fill what an article does not say itself; ``url``
    is for a single page. ``limit`` is the most bytes of one article. With ``dry_run`` everything is read and
    nothing is written. ``on_article`` is called for each article, ``on_message`` for each message as it comes,
    ``on_file`` before each file with its name, its number and their count.

    An article or a folder that cannot be read is counted and told, and the others are read on. Raises UsageError
    where the call cannot work at all: a source that does not exist, a store that cannot be written or is being
    written.
    """
    zone(timezone)
    if not sources:
        raise UsageError("nothing to ingest", hint="Name files, folders or - for standard input")
    if store_path.is_dir():
        raise UsageError("is a folder", where=str(store_path), hint="Name a file such as corpus/articles.jsonl")
    found = expand(sources, root=root.resolve() if root else None, leave_out=store_path)
    if url is not None and len(found.files) > 1:
        raise UsageError(f"--url names one page, but there are {len(found.files)} files", where="--url")
    defaults = Defaults(url=url, publisher=publisher, rights=rights, timezone=timezone)
    with StoreWriter(store_path, dry_run=dry_run) as writer:
        run = _Run(writer, defaults, on_article, on_message)
        run.unknown(found)
        for error in found.unreadable:
            run.fail(error, error.where)
        for number, source in enumerate(found.files):
            if on_file is not None:
                on_file(source.label, number, len(found.files))
            try:
                with open_source(source) as opened:
                    for item in read_items(opened, file_format=file_format, url=url, timezone=timezone, limit=limit):
                        run.take(item, opened)
            except InputError as error:
                run.fail(error, source.label)
            except RecursionError:
                run.fail(InputError("is nested too deeply to be read"), source.label)
        if writer.mended:
            run.say("warning", str(store_path), "its last line was cut off by an interruption and has been taken out")
    return run.report(store_path, dry_run=dry_run, files=len(found.files))


class _Run:
    """Counts and tells while the articles come in."""

    def __init__(
        self,
        writer: StoreWriter,
        defaults: Defaults,
        on_article: Callable[[Article, Added], None] | None,
        on_message: Callable[[Message], None] | None,
    ) -> None:
        self._writer = writer
        self._defaults = defaults
        self._on_article = on_article
        self._on_message = on_message
        self._outcomes: Counter[str] = Counter()
        self._furniture: Counter[str] = Counter()
        self._messages: list[Message] = []
        self._left_off = 0
        self._url_used = False

    def take(self, item: Item, opened: OpenSource) -> None:
        """Store the article of an item, or tell why it is none."""
        for note in item.notes:
            about_file = item.draft is None and item.article is None and item.error is None
            self.say("info" if about_file else "warning", item.place, note)
        if item.error is not None:
            self.fail(item.error, item.place)
            return
        try:
            article = item.article or self._composed(item, opened)
        except (InputError, RecordError) as error:
            self.fail(error, item.place)
            return
        if article is None:
            return
        texts = [piece.text for piece in item.draft.pieces] if item.draft is not None else []
        # A page's have lost them already; its reader tells them.
        if item.format != "html" and (left_out := unseen(texts)):
            self.say("warning", item.place, left_out)
        added = self._writer.add(article)
        self._outcomes[added.outcome] += 1
        article = msgspec.structs.replace(article, revision=added.revision)
        if added.outcome == "revised":
            text = f"{article.article_id} has changed: kept as revision {added.revision}, the older ones stay"
            self.say("warning", item.place, text)
        elif added.outcome == "unchanged" and added.revision < added.latest:
            text = (
                f"{article.article_id} is there as revision {added.revision}; revision {added.latest} stays the latest"
            )
            self.say("info", item.place, text)
        if added.outcome != "unchanged":
            self._furniture.update(piece.kind for piece in article.furniture)
        if self._on_article is not None:
            self._on_article(article, added)

    def fail(self, error: InputError | RecordError, place: str) -> None:
        """Count and tell an article or a file that could not be read."""
        self._outcomes["failed"] += 1
        text = f"{error.what}. {error.hint}" if error.hint else error.what
        self.say("error", error.where or place, text)

    def say(self, level: Literal["error", "warning", "info"], place: str, text: str) -> None:
        """Tell something, and keep it for the report as long as there is room."""
        line = "".join(char if char.isprintable() else "\ufffd" for char in text)
        message = Message(level=level, place=place, text=line)
        if self._on_message is not None:
            self._on_message(message)
        if len(self._messages) < MESSAGES_KEPT:
            self._messages.append(message)
        else:
            self._left_off += 1

    def unknown(self, found: Sources) -> None:
        """Tell the files of folders that no reader knows, a line for each folder."""
        folders: dict[str, Counter[str]] = {}
        for label in found.unknown:
            path = PurePosixPath(label)
            folders.setdefault(str(path.parent), Counter())[path.suffix.lower() or path.name] += 1
        for folder, kinds in folders.items():
            names = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
            self.say("info", folder, f"files that were not read: {names} (ingest reads {' '.join(EXTENSIONS)})")

    def report(self, store_path: Path, *, dry_run: bool, files: int) -> IngestReport:
        """Sum up."""
        return IngestReport(
            store=store_path.as_posix(),
            dry_run=dry_run,
            files=files,
            added=self._outcomes["added"],
            revised=self._outcomes["revised"],
            unchanged=self._outcomes["unchanged"],
            failed=self._outcomes["failed"],
            total=self._writer.size,
            furniture=dict(sorted(self._furniture.items())),
            messages=tuple(self._messages),
            left_off=self._left_off,
        )

    def _composed(self, item: Item, opened: OpenSource) -> Article | None:
        if item.draft is None:
            return None
        draft, given = item.draft, self._defaults
        url = given.url if draft.url is None else None
        if url is not None:
            # Two articles under one URL would pass for two revisions of one article.
            if self._url_used:
                raise InputError("--url was given to the article before", where=item.place, hint="Leave --url out")
            self._url_used = True
        draft = msgspec.structs.replace(
            draft,
            url=draft.url or url,
            publisher=draft.publisher or given.publisher,
            rights=draft.rights or given.rights,
        )
        raw = RawSource(name=opened.source.name, format=item.format, sha256=opened.sha256, encoding=item.encoding)
        return compose(draft, raw)
