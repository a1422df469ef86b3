"""UIMA CAS XMI for INCEpTION: DKPro's sentences, tokens and named entities, layers of our own for the rest.

``TypeSystem.xml`` is written so that INCEpTION makes layers from it: span layers hold plain values and slots, and a
relation layer has the features Governor and Dependent. Offsets are UTF-16 in the files; cassis converts them from
and to code points. https://inception-project.github.io, https://github.com/dkpro/dkpro-cassis
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from wortlaut.export.formats.base import DocumentFile, Format, Item, Link, Sink, file_name
from wortlaut.export.formats.loss import Account
from wortlaut.export.formats.segments import Segmenter, sentences_of
from wortlaut.export.formats.xmi_types import ENTITY, SENTENCE, TOKEN, type_system
from wortlaut.export.formats.xmi_types import OWN as NAMES
from wortlaut.export.release import ReleasedSpan
from wortlaut.schema.errors import UsageError
from wortlaut.schema.scheme import Scheme

__all__ = ["Xmi"]

# What XML 1.0 cannot hold (https://www.w3.org/TR/xml/#charsets).
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REPLACED = "characters that XML cannot hold, written as U+FFFD"


class Xmi(Format):
    """Writes ``SPLIT/DOC.xmi`` and ``TypeSystem.xml``."""

    name = "xmi"
    title = "UIMA CAS XMI for INCEpTION"
    reasons: ClassVar[dict[str, str]] = {}

    def __init__(self, scheme: Scheme, account: Account) -> None:
        super().__init__(scheme, account)
        self._tokens: Segmenter | None = None
        self._types: Any = None

    def begin(self, folder: Path) -> None:
        """Write the type system. Raises UsageError where cassis is not installed."""
        try:
            self._types = type_system()
        except ImportError as error:
            raise UsageError(
                "dkpro-cassis, which writes XMI, is not installed",
                where="--format xmi",
                hint='pip install "wortlaut[formats]"',
            ) from error
        self._tokens = Segmenter()
        self._types.to_xml(folder / "TypeSystem.xml")

    @contextmanager
    def open(self, folder: Path, split: str) -> Iterator[Sink]:
        """Give what takes the documents of a split."""
        place = folder / split
        place.mkdir()
        with (folder / f"{split}.documents.jsonl").open("wb") as index:
            yield lambda items: self._write(place, index, items[0])

    def _write(self, folder: Path, index: BinaryIO, item: Item) -> None:
        name = f"{file_name(item.doc_id)}.xmi"
        self._cas(item).to_xmi(folder / name)
        index.write(DocumentFile.line(item, f"{folder.name}/{name}"))
        self.account.wrote_all(item, *item.contents.__struct_fields__)

    def _cas(self, item: Item) -> Any:
        from cassis import Cas  # type: ignore[import-untyped]  # ships no types

        cas = Cas(self._types)
        cas.sofa_string = self._legal(item.text)
        cas.sofa_mime = "text/plain"
        maker = _Maker(cas, self)
        maker.document(item)
        maker.segments(item.text, self._tokens)
        made = {span.id: maker.span(ENTITY, span) for span in item.contents.entities}
        made |= {span.id: maker.span(NAMES["mention"], span) for span in item.contents.mentions}
        made |= {span.id: maker.span(NAMES["cue"], span) for span in item.contents.cues}
        maker.quotes(item, made)
        maker.relations(item, made)
        maker.attributes(item, made)
        return cas

    def _legal(self, text: str) -> str:
        """Give a text of the same length that XML can hold."""
        legal, count = _NOT_XML.subn("\ufffd", text)
        if count:
            self.account.notes[_REPLACED] += count
        return legal

    def string(self, text: str | None) -> str | None:
        """Give a value that XML can hold; None stays None."""
        return None if text is None else self._legal(text)


class _Maker:
    """Makes the feature structures of one document."""

    def __init__(self, cas: Any, xmi: Xmi) -> None:
        self._cas = cas
        self._types = cas.typesystem
        self._string = xmi.string

    def document(self, item: Item) -> None:
        """Say what the article is."""
        whole = self._cas.get_document_annotation()
        whole.begin, whole.end, whole.language = 0, len(item.text), item.document.meta.language or "x-unspecified"
        meta = item.document.meta
        values = {name: getattr(meta, name) for name in meta.__struct_fields__}
        fields = {
            name: self._strings(value) if isinstance(value, tuple) else self._string(value)
            for name, value in values.items()
        }
        self._add(NAMES["article"], docId=self._string(item.doc_id), split=item.document.split, **fields)

    def segments(self, text: str, segmenter: Segmenter | None) -> None:
        """Mark sentences and tokens: INCEpTION shows nothing without."""
        tokens = segmenter(text) if segmenter else []
        for first, stop in sentences_of(text, tokens):
            self._add(SENTENCE, begin=tokens[first][0], end=tokens[stop - 1][1])
        for begin, end in tokens:
            self._add(TOKEN, begin=begin, end=end)

    def span(self, kind: str, span: ReleasedSpan, **features: Any) -> Any:
        """Mark a span."""
        return self._add(
            kind,
            begin=span.start,
            end=span.end,
            value=self._string(span.label),
            origin=None if span.origin == "manual" else span.origin,
            **features,
        )

    def quotes(self, item: Item, made: dict[str, Any]) -> None:
        """Mark each quote at its first fragment, which has slots for the others and for all that it names."""
        slot = self._types.get_type(NAMES["slot"])
        array = self._types.get_type("uima.cas.FSArray")
        links: dict[str, list[Link]] = {}
        for link in item.contents.links:
            links.setdefault(link.quote, []).append(link)
        for quote in item.contents.quotes:
            others = [self.span(NAMES["fragment"], fragment) for fragment in quote.fragments[1:]]
            made |= {fragment.id: one for fragment, one in zip(quote.fragments[1:], others, strict=True)}
            named = [("fragment", one) for one in others]
            named += [(link.role, made[link.target]) for link in links.get(quote.id, ())]
            made[quote.id] = self.span(
                NAMES["quote"],
                quote.fragments[0],
                speakerStatus=self._string(quote.speaker_status),
                parts=array(elements=[slot(role=role, target=target) for role, target in named]),
            )

    def relations(self, item: Item, made: dict[str, Any]) -> None:
        """Mark relations; a relation stands where its tail does, as INCEpTION has it."""
        for relation in item.contents.relations:
            head, tail = made[relation.head], made[relation.tail]
            self._add(
                NAMES["relation"],
                begin=tail.begin,
                end=tail.end,
                value=self._string(relation.type),
                Governor=head,
                Dependent=tail,
            )

    def attributes(self, item: Item, made: dict[str, Any]) -> None:
        """Note what annotators chose beside labels; ``target`` is null where it is about the document."""
        for attribute in item.contents.attributes:
            self._add(
                NAMES["attribute"],
                name=self._string(attribute.name),
                values=self._strings(attribute.values),
                target=made.get(attribute.span_id or ""),
            )

    def _strings(self, values: Sequence[str]) -> Any:
        array = self._types.get_type("uima.cas.StringArray")
        return array(elements=[self._string(value) for value in values])

    def _add(self, kind: str, **features: Any) -> Any:
        made = self._types.get_type(kind)(**features)
        self._cas.add(made)
        return made
