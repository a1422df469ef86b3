"""brat standoff: a text and an .ann file for each document (https://brat.nlplab.org/standoff.html).

A quote is one text-bound annotation with a fragment for each of its own. brat writes no fragment over a line end:
a span over one is written in pieces, and pieces with nothing but line ends between them are one span. Relations go
from Arg1 (head) to Arg2 (tail); symmetric ones too, since brat's ``*`` would merge pairs that share an end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, ClassVar

from wortlaut.export.formats.base import DocumentFile, Format, Item, Link, Sink, file_name, free_names
from wortlaut.export.formats.brat_config import annotation_conf, visual_conf
from wortlaut.export.formats.loss import Account
from wortlaut.export.formats.segments import Bounds
from wortlaut.export.release import ReleasedQuote, ReleasedSpan
from wortlaut.schema.document import Attribute
from wortlaut.schema.scheme import Scheme

__all__ = ["ORIGIN", "Brat", "pieces_of"]

_ILLEGAL = "[^A-Za-z0-9_-]"
# What ends a line for str.splitlines: readers of .ann files split there.
_LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_LINE = re.compile(f"[^{_LINE_ENDS}]+")
ORIGIN = "origin"


class Brat(Format):
    """Writes ``SPLIT/DOC.txt`` and ``SPLIT/DOC.ann``, ``annotation.conf`` and ``visual.conf``."""

    name = "brat"
    title = "brat standoff"
    reasons: ClassVar[dict[str, str]] = {
        "only_line_ends": "the span holds nothing but line ends",
        "touching": "the fragment overlaps another of its quote, or only line ends stand between: they are one",
        "implied": "fragments of one quote are one annotation in brat",
        "end_not_there": "an end of it could not be written",
        "no_relation": "no relation says it: brat knows what a quote names from relations alone",
        "not_a_choice": "it is not one of the scheme's choices on a span",
    }

    def __init__(self, scheme: Scheme, account: Account) -> None:
        super().__init__(scheme, account)
        names = [label.name for label in scheme.labels] + [relation.name for relation in scheme.relations]
        names += [choice.name for choice in scheme.choices]
        names += [option.name for choice in scheme.choices for option in choice.options]
        self._names = free_names(names, _ILLEGAL)
        self._options = {choice.name: {option.name for option in choice.options} for choice in scheme.choices}
        status = scheme.choice_with_role("speaker_status")
        self._status = status.name if status else ""

    @property
    def names(self) -> dict[str, str]:
        """Names in which what brat does not take became ``_``."""
        return self._names

    def begin(self, folder: Path) -> None:
        """Write how brat shows and checks the annotation."""
        for name, text in (
            ("annotation.conf", annotation_conf(self.scheme, self._names)),
            ("visual.conf", visual_conf(self.scheme, self._names)),
        ):
            (folder / name).write_text(text, encoding="utf-8", newline="\n")

    @contextmanager
    def open(self, folder: Path, split: str) -> Iterator[Sink]:
        """Give what takes the documents of a split."""
        place = folder / split
        place.mkdir()
        with (folder / f"{split}.documents.jsonl").open("wb") as index:
            yield lambda items: self._write(place, index, items[0])

    def _write(self, folder: Path, index: BinaryIO, item: Item) -> None:
        name = file_name(item.doc_id)
        (folder / f"{name}.txt").write_text(item.text, encoding="utf-8", newline="")
        lines = list(self._lines(item))
        (folder / f"{name}.ann").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
        index.write(DocumentFile.line(item, f"{folder.name}/{name}.txt"))

    def _lines(self, item: Item) -> Iterator[str]:
        bound: dict[str, str] = {}  # id of a span -> T number
        number = 0
        for kind in ("entities", "mentions", "cues"):
            for span in getattr(item.contents, kind):
                pieces = pieces_of(item.text, [span])
                if not pieces:
                    self.account.lose(kind, "only_line_ends", item, [span])
                    continue
                number += 1
                bound[span.id] = f"T{number}"
                self.account.wrote(kind)
                self._note_edges(item, span)
                yield self._text_bound(number, span.label, pieces, item.text)
        for quote in item.contents.quotes:
            pieces = self._quote(item, quote)
            if pieces:
                number += 1
                bound.update({fragment.id: f"T{number}" for fragment in quote.fragments})
                yield self._text_bound(number, quote.type, pieces, item.text)
        yield from self._relations(item, bound)
        yield from self._attributes(item, bound)
        self._links(item, bound)
        self.account.lose_all(item, "metadata")

    def _text_bound(self, number: int, label: str, pieces: Sequence[Bounds], text: str) -> str:
        offsets = ";".join(f"{start} {end}" for start, end in pieces)
        surface = " ".join(text[start:end] for start, end in pieces).replace("\t", " ")
        return f"T{number}\t{self._names[label]} {offsets}\t{surface}"

    def _quote(self, item: Item, quote: ReleasedQuote) -> list[Bounds]:
        """Give the pieces of a quote, and keep account of fragments that brat cannot tell apart."""
        pieces = pieces_of(item.text, quote.fragments)
        if not pieces:
            self.account.lose("quotes", "only_line_ends", item, [quote])
            self.account.lose("fragments", "only_line_ends", item, quote.fragments)
            return []
        kept: list[ReleasedSpan] = []
        for fragment in sorted(quote.fragments, key=lambda one: (one.start, one.end)):
            if not pieces_of(item.text, [fragment]):
                self.account.lose("fragments", "only_line_ends", item, [fragment])
            elif kept and not item.text[max(one.end for one in kept) : fragment.start].strip(_LINE_ENDS):
                self.account.lose("fragments", "touching", item, [fragment])
                kept.append(fragment)
            else:
                self.account.wrote("fragments")
                kept.append(fragment)
            self._note_edges(item, fragment)
        self.account.wrote("quotes")
        return pieces

    def _note_edges(self, item: Item, span: ReleasedSpan) -> None:
        surface = item.text[span.start : span.end]
        if surface != surface.strip(_LINE_ENDS):
            self.account.notes["spans with line ends at their edges, which brat leaves out"] += 1

    def _relations(self, item: Item, bound: dict[str, str]) -> Iterator[str]:
        firsts = {quote.id for quote in item.contents.quotes}
        fragments = {fragment.id for fragment in item.contents.fragments} - firsts
        number = 0
        for relation in item.contents.relations:
            head, tail = bound.get(relation.head), bound.get(relation.tail)
            if head is None or tail is None:
                self.account.lose("relations", "end_not_there", item, [relation])
            elif head == tail and relation.head != relation.tail:
                self.account.lose("relations", "implied", item, [relation])
            else:
                number += 1
                self.account.wrote("relations")
                moved = len(fragments & {relation.head, relation.tail})
                if moved:
                    self.account.notes["ends of relations moved from a later fragment to its quote"] += moved
                yield f"R{number}\t{self._names[relation.type]} Arg1:{head} Arg2:{tail}"

    def _attributes(self, item: Item, bound: dict[str, str]) -> Iterator[str]:
        said: list[tuple[str, str, str]] = []
        for attribute in item.contents.attributes:
            if not self._is_choice(attribute):
                self.account.lose("attributes", "not_a_choice", item, [attribute])
            elif attribute.span_id not in bound:
                self.account.lose("attributes", "end_not_there", item, [attribute])
            else:
                self.account.wrote("attributes")
                said += [(attribute.name, bound[attribute.span_id], value) for value in attribute.values]
        for quote in item.contents.speaker_status:
            status = quote.speaker_status or ""
            if status not in self._options.get(self._status, ()):
                self.account.lose("speaker_status", "not_a_choice", item, [quote])
            elif quote.id not in bound:
                self.account.lose("speaker_status", "end_not_there", item, [quote])
            else:
                self.account.wrote("speaker_status")
                said.append((self._status, bound[quote.id], status))
        for span in item.contents.origins:
            if span.id not in bound:
                self.account.lose("origins", "end_not_there", item, [span])
            else:
                self.account.wrote("origins")
                said.append((ORIGIN, bound[span.id], span.origin.replace("-", "_")))
        for number, (name, target, value) in enumerate(said, 1):
            yield f"A{number}\t{self._names.get(name, name)} {target} {self._names.get(value, value)}"

    def _is_choice(self, attribute: Attribute) -> bool:
        options = self._options.get(attribute.name, set())
        return attribute.span_id is not None and bool(attribute.values) and options.issuperset(attribute.values)

    def _links(self, item: Item, bound: dict[str, str]) -> None:
        """Count what quotes name: written where relations between annotations that stand there say it."""
        said = _SaidByRelations(self.scheme, item)
        for link in item.contents.links:
            if link.quote not in bound or link.target not in bound:
                self.account.lose("links", "end_not_there", item, [link])
            elif not said.holds(link):
                self.account.lose("links", "no_relation", item, [link])
            else:
                self.account.wrote("links")


class _SaidByRelations:
    """Says whether the relations of a layer say what its quotes name."""

    def __init__(self, scheme: Scheme, item: Item) -> None:
        roles = {relation.name: relation.role for relation in scheme.relations}
        quote_of = {fragment.id: quote.id for quote in item.contents.quotes for fragment in quote.fragments}
        self._pairs: dict[str, set[tuple[str, str]]] = {}
        for relation in item.contents.relations:
            pair = (quote_of.get(relation.head, relation.head), quote_of.get(relation.tail, relation.tail))
            self._pairs.setdefault(roles.get(relation.type, ""), set()).add(pair)
        self._speakers = {quote.id: quote.speakers for quote in item.contents.quotes}

    def holds(self, link: Link) -> bool:
        if link.role == "cue":
            return (link.target, link.quote) in self._pairs.get("cue_of", ())
        if link.role in {"speaker", "addressee"}:
            return (link.quote, link.target) in self._pairs.get(link.role, ())
        speakers = [one for one in self._speakers[link.quote] if (link.quote, one) in self._pairs.get("speaker", ())]
        return any(self._reaches(speaker, link.target) for speaker in speakers)

    def _reaches(self, start: str, target: str) -> bool:
        seen, open_ = {start}, [start]
        while open_:
            here = open_.pop()
            if here == target:
                return True
            following = {tail for head, tail in self._pairs.get("coref", ()) if head == here} - seen
            seen |= following
            open_ += following
        return False


def pieces_of(text: str, spans: Sequence[ReleasedSpan]) -> list[Bounds]:
    """Give spans without the line ends in them, in order and none over another, as brat's fragments."""
    merged: list[list[int]] = []
    for start, end in sorted((span.start, span.end) for span in spans):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return [found.span() for start, end in merged for found in _LINE.finditer(text, start, end)]
