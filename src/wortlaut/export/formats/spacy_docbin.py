"""spaCy's DocBin: ``doc.ents``, span groups, and the whole layer in ``doc.user_data["wortlaut"]``.

A span whose edges are not edges of tokens is in no group and never moved; ``user_data`` holds it with its offsets.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from wortlaut.export.formats.base import Format, Item, Sink
from wortlaut.export.formats.loss import Account
from wortlaut.export.formats.segments import sentence_starts
from wortlaut.export.release import ReleasedSpan
from wortlaut.schema.scheme import Scheme

__all__ = ["GROUPS", "USER_DATA", "SpacyDocBin"]

# Kind -> name of the span group.
GROUPS = {"entities": "entities", "mentions": "mentions", "cues": "cues", "fragments": "quotes"}
USER_DATA = "wortlaut"
_ENTS = "doc.ents"
# A file is one DocBin, which spaCy holds in memory whole, to write and to read it.
_FILE_DOCUMENTS = 1000
_FILE_CHARACTERS = 1_000_000
_ZONE = 200  # documents after which spaCy forgets the words that it met


class SpacyDocBin(Format):
    """Writes ``SPLIT/00000.spacy`` and so on; spaCy's corpus reader takes the folder."""

    name = "spacy"
    title = "spaCy DocBin"
    reasons: ClassVar[dict[str, str]] = {
        "unaligned": "an edge falls inside a token: not in the span group, only in doc.user_data",
        "nested": "the span shares tokens with a longer one: not in doc.ents, but in doc.spans",
        "not_an_ent": "an edge falls inside a token: not in doc.ents",
    }

    def __init__(self, scheme: Scheme, account: Account) -> None:
        super().__init__(scheme, account)
        self._nlp: Any = None
        self._zone = ExitStack()
        self._in_zone = 0

    def begin(self, folder: Path) -> None:  # noqa: ARG002 - the form of all writers
        """Load the tokenizer."""
        import spacy

        self._nlp = spacy.blank("de")

    @contextmanager
    def open(self, folder: Path, split: str) -> Iterator[Sink]:
        """Give what takes the documents of a split."""
        place = folder / split
        place.mkdir()
        files = _Files(place)
        try:
            yield lambda items: self._write(files, items[0])
            files.end()
        finally:
            self._zone.close()
            self._in_zone = 0

    def _write(self, files: _Files, item: Item) -> None:
        self._forget()
        doc = self._nlp.make_doc(item.text)
        starts = sentence_starts(item.text)
        last = 0
        for token in doc:
            sentence = last if token.is_space and last else bisect_right(starts, token.idx)
            token.is_sent_start = sentence != last
            last = sentence
        groups = {kind: self._group(doc, item, kind) for kind in GROUPS}
        for kind, group in groups.items():
            doc.spans[GROUPS[kind]] = group
        self._ents(doc, item, groups["entities"])
        doc.user_data[USER_DATA] = {
            "doc_id": item.doc_id,
            "split": item.document.split,
            "text_sha256": item.document.text_sha256,
            "meta": msgspec.to_builtins(item.document.meta),
            **msgspec.to_builtins(item.layer),
        }
        files.add(doc)
        self.account.wrote_all(
            item, "quotes", "links", "speaker_status", "relations", "attributes", "origins", "metadata"
        )

    def _forget(self) -> None:
        """Let spaCy forget, now and then, the words it met: it would keep every one. A DocBin holds copies."""
        if self._in_zone % _ZONE == 0:
            self._zone.close()
            self._zone.enter_context(self._nlp.memory_zone())
        self._in_zone += 1

    def _group(self, doc: Any, item: Item, kind: str) -> list[Any]:
        found, unaligned = [], []
        for span in getattr(item.contents, kind):
            one = doc.char_span(span.start, span.end, label=span.label, span_id=span.id, alignment_mode="strict")
            if one is None:
                unaligned.append(span)
            else:
                found.append(one)
        self.account.lose(kind, "unaligned", item, unaligned)
        self.account.wrote(kind, len(found))
        return found

    def _ents(self, doc: Any, item: Item, group: Sequence[Any]) -> None:
        """Take as doc.ents the longest of entities that share tokens; spaCy takes an entity of white space for none."""
        from spacy.util import filter_spans

        kept = filter_spans([one for one in group if one.text.strip()])
        doc.set_ents(kept)
        taken, aligned = {one.id_ for one in kept}, {one.id_ for one in group}
        entities: tuple[ReleasedSpan, ...] = item.contents.entities
        self.account.read(_ENTS, len(entities))
        self.account.wrote(_ENTS, len(kept))
        self.account.lose(_ENTS, "not_an_ent", item, [span for span in entities if span.id not in aligned])
        self.account.lose(_ENTS, "nested", item, [span for span in entities if span.id in aligned - taken])


class _Files:
    """Collects documents into DocBins, one after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self._begin()

    def add(self, doc: Any) -> None:
        """Add a document; its tokens are copied."""
        self._bin.add(doc)
        self._documents += 1
        self._characters += len(doc.text)
        if self._documents >= _FILE_DOCUMENTS or self._characters >= _FILE_CHARACTERS:
            self.end()
            self._begin()

    def end(self) -> None:
        """Write what is collected; nothing where that is nothing."""
        if self._documents:
            (self._folder / f"{self._number:05}.spacy").write_bytes(self._bin.to_bytes())
            self._number += 1

    def _begin(self) -> None:
        from spacy.tokens import DocBin

        self._bin: Any = DocBin(attrs=["ENT_IOB", "ENT_TYPE", "SENT_START"], store_user_data=True)
        self._documents = self._characters = 0
