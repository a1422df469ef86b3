"""What every format shares: what comes in, the writer's form, names that a format takes."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, TypeAlias

import msgspec

from wortlaut.export.formats.loss import Account
from wortlaut.export.release import ReleasedDocument, ReleasedLayer, ReleasedQuote, ReleasedSpan
from wortlaut.schema.checked import ArticleMeta
from wortlaut.schema.document import Attribute, Relation
from wortlaut.schema.scheme import Scheme

__all__ = ["Contents", "DocumentFile", "Format", "Item", "Link", "Sink", "contents_of", "file_name", "free_names"]


class Link(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One thing that a quote names: a cue, speaker, resolved speaker or addressee, by the id of its span."""

    quote: str
    role: str
    target: str


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What one layer over one document holds, kind by kind: each is counted, whether a format can hold it or not.

    ``origins`` are entities and mentions that a model or rule proposed, ``speaker_status`` the quotes that have
    one, ``metadata`` the names of the article's fields that are filled.
    """

    entities: tuple[ReleasedSpan, ...]
    mentions: tuple[ReleasedSpan, ...]
    cues: tuple[ReleasedSpan, ...]
    fragments: tuple[ReleasedSpan, ...]
    quotes: tuple[ReleasedQuote, ...]
    links: tuple[Link, ...]
    speaker_status: tuple[ReleasedQuote, ...]
    relations: tuple[Relation, ...]
    attributes: tuple[Attribute, ...]
    origins: tuple[ReleasedSpan, ...]
    metadata: tuple[str, ...]


class Item(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One layer over one document, with what it holds; ``text`` is the document's."""

    document: ReleasedDocument
    text: str
    layer: ReleasedLayer
    contents: Contents

    @property
    def doc_id(self) -> str:
        """The document's id."""
        return self.document.doc_id

    @cached_property
    def spans(self) -> dict[str, ReleasedSpan]:
        """Every span under its id."""
        return self.layer.spans()


class DocumentFile(msgspec.Struct, frozen=True, kw_only=True):
    """A line of ``SPLIT.documents.jsonl``: which document a file holds; the path is relative to that file."""

    file: str
    doc_id: str
    split: str
    text_sha256: str

    @classmethod
    def line(cls, item: Item, file: str) -> bytes:
        """Give the line for an item's file."""
        document = item.document
        entry = cls(file=file, doc_id=document.doc_id, split=document.split, text_sha256=document.text_sha256)
        return msgspec.json.encode(entry) + b"\n"


# Takes the items of one document: one, or all of its layers where the format holds them together.
Sink: TypeAlias = Callable[[Sequence[Item]], None]


class Format(ABC):
    """Writes one format. ``nested``: one record holds all layers of a document, else a folder an annotator.

    ``reasons`` are the reasons for which the format loses something, with what they mean in one line.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    nested: ClassVar[bool] = False
    reasons: ClassVar[dict[str, str]]

    def __init__(self, scheme: Scheme, account: Account) -> None:
        self.scheme = scheme
        self.account = account

    @property
    def names(self) -> dict[str, str]:
        """Names of the scheme that the format does not take, and what stands for each."""
        return {}

    def begin(self, folder: Path) -> None:  # noqa: B027 - most formats have nothing to write here
        """Write what stands once beside the data."""

    @abstractmethod
    def open(self, folder: Path, split: str) -> AbstractContextManager[Sink]:
        """Give what takes the documents of a split; leaving the block ends its files."""


def contents_of(document: ReleasedDocument, layer: ReleasedLayer, scheme: Scheme) -> Contents:
    """Say what a layer holds, kind by kind."""
    named = set(scheme.labels_of("mention"))
    return Contents(
        entities=tuple([span for span in layer.entities if span.label not in named]),
        mentions=tuple([span for span in layer.entities if span.label in named]),
        cues=layer.cues,
        fragments=tuple([fragment for quote in layer.quotes for fragment in quote.fragments]),
        quotes=layer.quotes,
        links=tuple(_links(layer.quotes)),
        speaker_status=tuple([quote for quote in layer.quotes if quote.speaker_status is not None]),
        relations=layer.relations,
        attributes=layer.attributes,
        origins=tuple([span for span in layer.entities if span.origin != "manual"]),
        metadata=tuple([name for name in ArticleMeta.__struct_fields__ if getattr(document.meta, name)]),
    )


def _links(quotes: Iterable[ReleasedQuote]) -> Iterable[Link]:
    for quote in quotes:
        named = (
            ("cue", [cue.id for cue in quote.cues]),
            ("speaker", quote.speakers),
            ("resolved_speaker", quote.resolved_speakers),
            ("addressee", quote.addressees),
        )
        for role, targets in named:
            for target in targets:
                yield Link(quote=quote.id, role=role, target=target)


def file_name(doc_id: str) -> str:
    """Give the name of a document's file without its ending: ASCII, short, another for every id.

    >>> file_name("blatt-2026.1"), file_name("a/b ü")
    ('blatt-2026.1', 'a_b__-df2cd2d5')
    """
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", doc_id)[:100]
    plain = re.sub(r"^\.", "_", plain)
    return plain if plain == doc_id else f"{plain}-{sha256(doc_id.encode()).hexdigest()[:8]}"


def free_names(names: Iterable[str], illegal: str) -> dict[str, str]:
    """Give for each name one in which ``_`` stands for what a format does not take (a class of a pattern), none twice.

    >>> free_names(["Other weapon", "Other_weapon", "PER"], "[^A-Za-z0-9_-]")
    {'Other weapon': 'Other_weapon_2', 'Other_weapon': 'Other_weapon', 'PER': 'PER'}
    """
    given = list(dict.fromkeys(names))
    legal = {name: name for name in given if name and not re.search(illegal, name)}
    taken = set(legal)
    for name in given:
        if name in legal:
            continue
        plain = re.sub(illegal, "_", name) or "_"
        number, free = 1, plain
        while free in taken:
            number += 1
            free = f"{plain}_{number}"
        legal[name] = free
        taken.add(free)
    return {name: legal[name] for name in given}
