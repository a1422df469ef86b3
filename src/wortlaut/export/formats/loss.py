"""The account of an export: what went in, what came out, what a format could not hold and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from wortlaut.export.release import ReleasedQuote, ReleasedSpan
from wortlaut.schema.document import Attribute, Relation

if TYPE_CHECKING:
    from wortlaut.export.formats.base import Item, Link

__all__ = ["NO_PLACE", "Account", "KindCount", "Loss", "LossExample", "LossReport"]

NO_PLACE = "no_place"
MAX_EXAMPLES = 3
_LONGEST = 120


class LossExample(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that was lost: ``what`` is its surface, or what it says. Offsets are code points."""

    doc_id: str
    what: str
    id: str = ""
    label: str = ""
    start: int | None = None
    end: int | None = None


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """What of one kind was lost for one reason."""

    kind: str
    reason: str
    meaning: str
    count: int
    examples: list[LossExample]


class KindCount(msgspec.Struct, frozen=True, kw_only=True):
    """One kind: read from the release = written + lost."""

    read: int
    written: int
    lost: int


class LossReport(msgspec.Struct, frozen=True, kw_only=True):
    """The file ``loss.json``.

    ``release`` names the release and its content, ``layer`` says whether the main layer or all annotators' were
    written, ``splits`` how many documents each split has. ``notes`` count what is held, but not as it stood;
    ``names`` are names that the format does not take, with what stands for each.
    """

    format: str
    release: dict[str, str]
    layer: str
    splits: dict[str, int]
    documents: int
    layers: int
    kinds: dict[str, KindCount]
    losses: list[Loss]
    notes: dict[str, int]
    names: dict[str, str]


class Account:
    """Counts what an export reads, writes and loses. ``reasons`` say what each reason means."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self.reasons = {NO_PLACE: "the format has no place for it", **reasons}
        self.layers = 0
        self.notes: Counter[str] = Counter()
        self._read: Counter[str] = Counter()
        self._written: Counter[str] = Counter()
        self._lost: Counter[tuple[str, str]] = Counter()
        self._examples: dict[tuple[str, str], list[LossExample]] = {}

    def take(self, item: Item) -> None:
        """Count all that a layer holds as read."""
        self.layers += 1
        contents = item.contents
        for kind in contents.__struct_fields__:
            self._read[kind] += len(getattr(contents, kind))

    def read(self, kind: str, count: int) -> None:
        """Count what is read of a kind that one format alone has."""
        self._read[kind] += count

    def wrote(self, kind: str, count: int = 1) -> None:
        """Count what was written."""
        self._written[kind] += count

    def wrote_all(self, item: Item, *kinds: str) -> None:
        """Count all that a layer holds of some kinds as written."""
        for kind in kinds:
            self._written[kind] += len(getattr(item.contents, kind))

    def lose(self, kind: str, reason: str, item: Item, things: Iterable[object]) -> None:
        """Count things that were lost for a reason, and keep the first few as examples."""
        if reason not in self.reasons:
            raise KeyError(reason)
        key = (kind, reason)
        for thing in things:
            self._lost[key] += 1
            kept = self._examples.setdefault(key, [])
            if len(kept) < MAX_EXAMPLES:
                kept.append(_example(item, thing))

    def lose_all(self, item: Item, *kinds: str, reason: str = NO_PLACE) -> None:
        """Count all that a layer holds of some kinds as lost."""
        for kind in kinds:
            self.lose(kind, reason, item, getattr(item.contents, kind))

    def report(
        self, *, format_: str, release: dict[str, str], layer: str, splits: dict[str, int], names: dict[str, str]
    ) -> LossReport:
        """Give the account. Raises RuntimeError where it does not add up: then a writer lost something in silence."""
        lost: Counter[str] = Counter()
        for (kind, _), count in self._lost.items():
            lost[kind] += count
        kinds = {}
        for kind, read in self._read.items():
            if read != self._written[kind] + lost[kind]:
                raise RuntimeError(
                    f"{format_}: {read} {kind} read, but {self._written[kind]} written and {lost[kind]} lost"
                )
            if read:
                kinds[kind] = KindCount(read=read, written=self._written[kind], lost=lost[kind])
        order = list(self._read)
        losses = [
            Loss(
                kind=kind,
                reason=reason,
                meaning=self.reasons[reason],
                count=count,
                examples=self._examples[kind, reason],
            )
            for (kind, reason), count in sorted(self._lost.items(), key=lambda one: (order.index(one[0][0]), one[0][1]))
        ]
        return LossReport(
            format=format_,
            release=release,
            layer=layer,
            splits=splits,
            documents=sum(splits.values()),
            layers=self.layers,
            kinds=kinds,
            losses=losses,
            notes=dict(sorted(self.notes.items())),
            names={name: other for name, other in names.items() if name != other},
        )


def _example(item: Item, thing: object) -> LossExample:
    if isinstance(thing, ReleasedSpan):
        text = item.text[thing.start : thing.end]
        return LossExample(
            doc_id=item.doc_id, what=_cut(text), id=thing.id, label=thing.label, start=thing.start, end=thing.end
        )
    if isinstance(thing, ReleasedQuote):
        text = item.text[thing.start : thing.end]
        return LossExample(
            doc_id=item.doc_id, what=_cut(text), id=thing.id, label=thing.type, start=thing.start, end=thing.end
        )
    return LossExample(doc_id=item.doc_id, what=_cut(_said(item, thing)))


def _said(item: Item, thing: object) -> str:
    spans = item.spans
    if isinstance(thing, Relation):
        head, tail = (item.text[spans[name].start : spans[name].end] for name in (thing.head, thing.tail))
        return f"{thing.type} {head!r} -> {tail!r}"
    if isinstance(thing, Attribute):
        return f"{thing.name} = {', '.join(thing.values)} on {thing.span_id or 'the document'}"
    if isinstance(thing, str):
        return f"{thing} = {getattr(item.document.meta, thing)}"
    link: Link = thing  # type: ignore[assignment]  # the only kind that is left
    return f"{link.role} of {link.quote}: {link.target}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
