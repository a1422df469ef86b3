"""The working state of the reader of pasted pages: its lines, what each was found to be, what was learnt."""

from __future__ import annotations

from collections.abc import Iterator

from wortlaut.corpus.draft import CaptionDraft, FurnitureDraft
from wortlaut.corpus.pasted_lines import Line, is_prose
from wortlaut.schema.article import FurnitureKind

__all__ = ["Page"]


class Page:
    """A page being read; it never leaves the reader.

    ``prose[n]`` says that line ``n`` reads as running text, ``kinds[n]`` is its kind of furniture, None while it is
    text. ``extra`` holds furniture that is a part of a line.
    """

    def __init__(self, *, lines: tuple[Line, ...], timezone: str) -> None:
        self.lines = lines
        self.timezone = timezone
        self.prose = tuple(is_prose(line.view) for line in lines)
        self.kinds: list[FurnitureKind | None] = [None] * len(lines)
        self.extra: list[FurnitureDraft] = []
        self.has_gaps = any(line.gap for line in lines[1:])
        self.kicker: tuple[int, int, int] | None = None
        self.headline: tuple[int, int, int] | None = None
        self.url: str | None = None
        self.publisher: str | None = None
        self.dates: list[tuple[int, str | None, str | None]] = []
        self.day: str | None = None
        self.section: str | None = None
        self.captions: list[CaptionDraft] = []
        self.byline: list[str] = []
        self.editors: list[str] = []
        self.agencies: list[str] = []
        self.tags: list[str] = []

    def mark(self, number: int, kind: FurnitureKind) -> None:
        """Say that a line is furniture of this kind."""
        self.kinds[number] = kind

    def unmarked(self) -> Iterator[int]:
        """Give the numbers of the lines that are text so far."""
        return (number for number, kind in enumerate(self.kinds) if kind is None)

    def body(self) -> list[int]:
        """Give the numbers of the lines that are text so far and neither kicker nor headline."""
        heads = {part[0] for part in (self.kicker, self.headline) if part}
        return [number for number in self.unmarked() if number not in heads]

    def first_prose(self) -> int:
        """Give the number of the first line of running text; the number of lines where there is none."""
        numbers = range(len(self.lines))
        return next((n for n in numbers if self.prose[n] and self.kinds[n] is None), len(self.lines))

    def last_prose(self) -> int:
        """Give the number of the last line of running text; -1 where there is none."""
        numbers = range(len(self.lines) - 1, -1, -1)
        return next((n for n in numbers if self.prose[n] and self.kinds[n] is None), -1)

    def times(self) -> tuple[str | None, str | None]:
        """Give when the article was published and changed: what the date lines nearest to its headline say.

        The dates of teasers stand farther off. Without a headline the first ones count.
        """
        head = self.headline[0] if self.headline else 0
        nearest = sorted(self.dates, key=lambda date: abs(date[0] - head))
        published = next((date[1] for date in nearest if date[1]), None)
        modified = next((date[2] for date in nearest if date[2]), None)
        return published or modified or self.day, modified if published else None

    def furniture(self) -> Iterator[FurnitureDraft]:
        """Give every line that is furniture, and the parts of lines."""
        for line, kind in zip(self.lines, self.kinds, strict=True):
            if kind is not None:
                yield FurnitureDraft(kind=kind, text=line.text, raw_start=line.start)
        yield from self.extra
