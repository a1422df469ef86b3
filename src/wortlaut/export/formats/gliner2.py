"""Training rows of GLiNER2: JSON lines with ``input`` and ``output``, one row a window.

Entities, mentions and cues stand under their labels, relations with head and tail, quotes as structures, choices on
the whole document as classifications. Each is pinned to its place in ``input`` (text, start, end; code points),
which GLiNER2 2.1 reads; words alone would be learnt wherever they stand. A label with an empty list says that the
window has none. https://github.com/fastino-ai/GLiNER2 (tutorial 9)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, ClassVar

import msgspec

from wortlaut.export.formats.base import Format, Item, Link, Sink
from wortlaut.export.formats.gliner import WINDOW, words_of
from wortlaut.export.formats.loss import Account
from wortlaut.export.formats.segments import Alignment, Bounds, windows
from wortlaut.export.release import ReleasedQuote, ReleasedSpan
from wortlaut.schema.document import Attribute, Relation
from wortlaut.schema.scheme import ChoiceSet, Scheme

__all__ = ["Gliner2", "Gliner2Row", "Place"]

_KINDS = ("entities", "mentions", "cues")
_FIELDS = {"cue": "cues", "speaker": "speakers", "resolved_speaker": "resolved_speakers", "addressee": "addressees"}
STRUCTURE = "quote"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A surface and where it stands in ``input``."""

    text: str
    start: int
    end: int


class _Choice(msgspec.Struct, frozen=True, kw_only=True):
    value: str
    choices: list[str]


class _Classification(msgspec.Struct, frozen=True, kw_only=True):
    task: str
    labels: list[str]
    true_label: list[str]
    multi_label: bool


class _Output(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    entities: dict[str, list[Place]]
    entity_descriptions: dict[str, str] = {}
    relations: list[dict[str, dict[str, Place]]] = []
    json_structures: list[dict[str, dict[str, list[Place] | _Choice]]] = []
    classifications: list[_Classification] = []


class Gliner2Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row. ``start`` is where the window begins in the document's text; GLiNER2 passes over it and the ids."""

    id: str
    doc_id: str
    start: int
    input: str
    output: _Output


class _Window(msgspec.Struct, frozen=True, kw_only=True):
    start: int
    end: int

    def place(self, span: ReleasedSpan, text: str) -> Place:
        return Place(text=text[span.start : span.end], start=span.start - self.start, end=span.end - self.start)


class Gliner2(Format):
    """Writes ``SPLIT.jsonl``."""

    name = "gliner2"
    title = "GLiNER2 training JSON lines"
    reasons: ClassVar[dict[str, str]] = {
        "crosses_window": "the span reaches over the end of a window, or lies between two",
        "end_not_there": "an end of it stands in another window",
        "several_windows": "the choice is on the document, of which no window is all",
        "not_a_choice": "it is not one of the scheme's choices on the document",
        "another_choice": "the status is not one of the scheme's options",
    }

    def __init__(self, scheme: Scheme, account: Account) -> None:
        super().__init__(scheme, account)
        self._labels = scheme.labels_of("entity", "mention", "cue")
        self._types = list(scheme.labels_of("quote"))
        self._described = {
            label.name: label.definition for label in scheme.labels if label.name in self._labels and label.definition
        }
        status = scheme.choice_with_role("speaker_status")
        self._statuses = [option.name for option in status.options] if status else []
        self._choices = {choice.name: choice for choice in scheme.choices if choice.scope == "document"}

    @contextmanager
    def open(self, folder: Path, split: str) -> Iterator[Sink]:
        """Give what takes the documents of a split."""
        with (folder / f"{split}.jsonl").open("wb") as out:
            yield lambda items: self._write(out, items[0])

    def _write(self, out: BinaryIO, item: Item) -> None:
        words = words_of(item.text)
        parts = [
            _Window(start=words[first][0], end=words[stop - 1][1]) for first, stop in windows(item.text, words, WINDOW)
        ]
        home = _homes(item, parts)
        outputs = [
            _Output(entities={label: [] for label in self._labels}, entity_descriptions=self._described) for _ in parts
        ]
        for kind in _KINDS:
            self._entities(kind, item, parts, home, outputs)
        relations = self._relations(item, parts, home)
        quotes = self._quotes(item, parts, home)
        classified = self._classified(item, len(parts))
        self.account.lose_all(item, "origins", "metadata")
        self._note_widened(item, words, home)
        for number, (part, output) in enumerate(zip(parts, outputs, strict=True)):
            whole = msgspec.structs.replace(
                output, relations=relations[number], json_structures=quotes[number], classifications=classified
            )
            row = Gliner2Row(
                id=f"{item.doc_id}/w{number + 1}",
                doc_id=item.doc_id,
                start=part.start,
                input=item.text[part.start : part.end],
                output=whole,
            )
            out.write(msgspec.json.encode(row) + b"\n")

    def _note_widened(self, item: Item, words: Sequence[Bounds], home: Mapping[str, int]) -> None:
        """Count what is written as it stands, and what GLiNER2 will make larger when it trains."""
        _, inside = Alignment(words)([span for span in item.spans.values() if span.id in home])
        if inside:
            self.account.notes["spans with an edge inside a word, which GLiNER2 widens to whole words"] += len(inside)

    def _entities(
        self, kind: str, item: Item, parts: Sequence[_Window], home: Mapping[str, int], outputs: Sequence[_Output]
    ) -> None:
        spans: Sequence[ReleasedSpan] = getattr(item.contents, kind)
        for span in spans:
            if span.id in home:
                number = home[span.id]
                outputs[number].entities[span.label].append(parts[number].place(span, item.text))
        outside = [span for span in spans if span.id not in home]
        self.account.lose(kind, "crosses_window", item, outside)
        self.account.wrote(kind, len(spans) - len(outside))

    def _relations(
        self, item: Item, parts: Sequence[_Window], home: Mapping[str, int]
    ) -> list[list[dict[str, dict[str, Place]]]]:
        found: list[list[dict[str, dict[str, Place]]]] = [[] for _ in parts]
        lost: list[Relation] = []
        for relation in item.contents.relations:
            number = home.get(relation.head, -1)
            if number < 0 or home.get(relation.tail) != number:
                lost.append(relation)
                continue
            head, tail = (parts[number].place(item.spans[name], item.text) for name in (relation.head, relation.tail))
            found[number].append({relation.type: {"head": head, "tail": tail}})
        self.account.lose("relations", "end_not_there", item, lost)
        self.account.wrote("relations", len(item.contents.relations) - len(lost))
        return found

    def _quotes(
        self, item: Item, parts: Sequence[_Window], home: Mapping[str, int]
    ) -> list[list[dict[str, dict[str, list[Place] | _Choice]]]]:
        """Give the quotes of each window: one whose fragments stand in two windows is in neither."""
        found: list[list[dict[str, dict[str, list[Place] | _Choice]]]] = [[] for _ in parts]
        for quote in item.contents.quotes:
            numbers = {home.get(fragment.id, -1) for fragment in quote.fragments}
            links = [link for link in item.contents.links if link.quote == quote.id]
            statuses = [] if quote.speaker_status is None else [quote]
            if len(numbers) > 1 or -1 in numbers:
                self.account.lose("quotes", "crosses_window", item, [quote])
                self.account.lose("fragments", "crosses_window", item, quote.fragments)
                self.account.lose("links", "end_not_there", item, links)
                self.account.lose("speaker_status", "end_not_there", item, statuses)
                continue
            (number,) = numbers
            found[number].append({STRUCTURE: self._structure(item, quote, links, parts[number], home)})
            self.account.wrote("quotes")
            self.account.wrote("fragments", len(quote.fragments))
        return found

    def _structure(
        self, item: Item, quote: ReleasedQuote, links: Sequence[Link], part: _Window, home: Mapping[str, int]
    ) -> dict[str, list[Place] | _Choice]:
        number = home[quote.fragments[0].id]
        near = [link for link in links if home.get(link.target) == number]
        self.account.lose("links", "end_not_there", item, [link for link in links if home.get(link.target) != number])
        self.account.wrote("links", len(near))
        fields: dict[str, list[Place] | _Choice] = {
            "text": [part.place(fragment, item.text) for fragment in quote.fragments],
            "type": _Choice(value=quote.type, choices=self._types),
        }
        for role, name in _FIELDS.items():
            fields[name] = [part.place(item.spans[link.target], item.text) for link in near if link.role == role]
        if quote.speaker_status is not None:
            if quote.speaker_status in self._statuses:
                fields["speaker_status"] = _Choice(value=quote.speaker_status, choices=self._statuses)
                self.account.wrote("speaker_status")
            else:
                self.account.lose("speaker_status", "another_choice", item, [quote])
        return fields

    def _classified(self, item: Item, parts: int) -> list[_Classification]:
        """Give the choices on the document, where one window is all of it."""
        found, taken = [], set()
        for attribute in item.contents.attributes:
            choice = self._choices.get(attribute.name) if attribute.span_id is None else None
            if choice is None or attribute.name in taken or not _is_chosen(attribute, choice):
                self.account.lose("attributes", "not_a_choice", item, [attribute])
            elif parts > 1:
                self.account.lose("attributes", "several_windows", item, [attribute])
            else:
                taken.add(attribute.name)
                found.append(
                    _Classification(
                        task=attribute.name,
                        labels=[option.name for option in choice.options],
                        true_label=list(attribute.values),
                        multi_label=choice.multiple,
                    )
                )
                self.account.wrote("attributes")
        return found


def _homes(item: Item, parts: Sequence[_Window]) -> dict[str, int]:
    """Give the window of each span that lies in one."""
    found = {}
    for span in item.spans.values():
        for number, part in enumerate(parts):
            if part.start <= span.start and span.end <= part.end:
                found[span.id] = number
                break
    return found


def _is_chosen(attribute: Attribute, choice: ChoiceSet) -> bool:
    options = {option.name for option in choice.options}
    return bool(attribute.values) and options.issuperset(attribute.values)
