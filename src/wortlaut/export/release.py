"""Read a release back: what stands in its folder, as records.

A release that is not whole, that was changed by hand, or that a newer toolkit made is refused with a line that says so.
Rows are read batch by batch: memory does not grow with the release. Offsets are code points, half open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from hashlib import file_digest
from heapq import merge
from pathlib import Path
from typing import Any

import msgspec

from wortlaut.export.anchors import Anchors
from wortlaut.export.manifest import MANIFEST, SCHEME_FILE, Manifest, read_manifest
from wortlaut.export.manifest_check import check_against_files, check_manifest
from wortlaut.schema.checked import ArticleMeta
from wortlaut.schema.document import Attribute, Layer, Relation
from wortlaut.schema.errors import InputError
from wortlaut.schema.scheme import Scheme

__all__ = [
    "HiddenText",
    "Release",
    "ReleasedDocument",
    "ReleasedLayer",
    "ReleasedQuote",
    "ReleasedSpan",
    "open_release",
]

_BATCH = 200  # rows that are turned into records at once


class ReleasedSpan(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A span as it stands in a release: an entity, mention, cue, or fragment of a quote (labelled as its quote's type).

    ``text`` is the surface; None where the release does not show it (profile ``standoff``), which has ``anchors``.
    """

    id: str
    label: str
    start: int
    end: int
    text: str | None = None
    origin: str = "manual"
    anchors: Anchors | None = None


class ReleasedQuote(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A quote: fragments and cues in the order of the text, the others by the ids of their spans."""

    id: str
    type: str
    fragments: tuple[ReleasedSpan, ...]
    cues: tuple[ReleasedSpan, ...] = ()
    speakers: tuple[str, ...] = ()
    resolved_speakers: tuple[str, ...] = ()
    addressees: tuple[str, ...] = ()
    speaker_status: str | None = None

    @property
    def start(self) -> int:
        """Where the first fragment begins."""
        return min(fragment.start for fragment in self.fragments)

    @property
    def end(self) -> int:
        """Where the last fragment ends."""
        return max(fragment.end for fragment in self.fragments)


class ReleasedLayer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One layer over one document; ``annotator`` is a pseudonym, None for the main layer and where nobody is named.

    ``cues`` holds every cue, also those of quotes.
    """

    doc_id: str
    layer: Layer
    annotator: str | None = None
    entities: tuple[ReleasedSpan, ...] = ()
    cues: tuple[ReleasedSpan, ...] = ()
    quotes: tuple[ReleasedQuote, ...] = ()
    relations: tuple[Relation, ...] = ()
    attributes: tuple[Attribute, ...] = ()

    def spans(self) -> dict[str, ReleasedSpan]:
        """Give every span under its id: entities and mentions, cues, fragments of quotes."""
        fragments = [fragment for quote in self.quotes for fragment in quote.fragments]
        return {span.id: span for span in (*self.entities, *self.cues, *fragments)}


class HiddenText(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the profile ``standoff`` says of a text: code points, canonical form, and where in it the headline stands.

    ``headline_start`` is None where the headline is not to be found in the text, ``headline_sha256`` where there is
    none; ``canonical`` where the text is in no canonical form.
    """

    n_chars: int
    canonical: str | None = None
    headline_start: int | None = None
    headline_end: int | None = None
    headline_sha256: str | None = None


class ReleasedDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One document with its main layer; ``layers`` are all of its layers where they were asked for.

    ``text`` is None where the release does not show it (profile ``standoff``): then ``hidden`` says what it says of it.
    """

    doc_id: str
    split: str
    text: str | None
    text_sha256: str
    hidden: HiddenText | None = None
    meta: ArticleMeta
    n_annotators: int
    main: ReleasedLayer
    layers: tuple[ReleasedLayer, ...] = ()


class Release:
    """A release in a folder. Make it with ``open_release``, which looks whether it is whole."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest

    @cached_property
    def scheme(self) -> Scheme:
        """The scheme that the release was annotated with. Raises InputError where it cannot be read."""
        path = self.path / "schema" / SCHEME_FILE
        try:
            return msgspec.json.decode(path.read_bytes(), type=Scheme)
        except (OSError, msgspec.DecodeError) as error:
            raise InputError(f"is not the scheme of a release: {error}", where=str(path), hint=_ANEW) from error

    @cached_property
    def cue_label(self) -> str:
        """The label of cues, which rows do not repeat: the first of the scheme."""
        return next(iter(self.scheme.labels_of("cue")), "")

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that hold documents."""
        return tuple(self.manifest.configs["documents"].splits)

    def documents(self, *, split: str | None = None, layers: bool = False) -> Iterator[ReleasedDocument]:
        """Give the documents, of one split or of all, in the order of their ids.

        ``layers`` adds all layers of each. Raises InputError for a file that cannot be read.
        """
        if split is not None and split not in self.splits:
            raise InputError(f"has no split {split!r}, but {', '.join(self.splits)}", where=str(self.path))
        names = self.splits if split is None else (split,)
        of_splits = [self._of_split(name, layers=layers) for name in names]
        return merge(*of_splits, key=lambda document: document.doc_id)

    def batches(
        self, config: str, split: str, columns: list[str] | None = None, *, size: int = _BATCH
    ) -> Iterator[Any]:
        """Give the rows of a config as Arrow record batches of at most ``size`` rows."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        entry = self.manifest.configs.get(config)
        if entry is None or split not in entry.splits:
            return
        path = self.path / entry.splits[split].file
        try:
            with pq.ParquetFile(path) as file:
                yield from file.iter_batches(size, columns=columns)
        except (OSError, pa.ArrowException) as error:
            raise InputError(f"cannot be read: {error}", where=str(path)) from error

    def rows(self, config: str, split: str, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
        """Give the rows of a config as plain values, in their order; nothing where the split has none."""
        for batch in self.batches(config, split, columns):
            yield from batch.to_pylist()

    def document(self, row: Mapping[str, Any], split: str, layers: tuple[ReleasedLayer, ...] = ()) -> ReleasedDocument:
        """Turn a row of documents into a record."""
        return ReleasedDocument(
            doc_id=row["doc_id"],
            split=split,
            text=row.get("text"),
            text_sha256=row["text_sha256"],
            hidden=msgspec.convert(row, HiddenText) if "n_chars" in row else None,
            meta=msgspec.convert(row, ArticleMeta),
            n_annotators=row["n_annotators"],
            main=self.layer(row),
            layers=layers,
        )

    def layer(self, row: Mapping[str, Any]) -> ReleasedLayer:
        """Turn a row of documents or annotators into a layer."""
        return _layer(row, self.cue_label)

    def verify(self) -> None:
        """Hold every file to the manifest, and the manifest to them.

        Raises InputError for the first file that is missing, changed, or not listed, and for the first thing that the
        manifest says of them and is not so.
        """
        listed = {entry.path: entry for entry in self.manifest.files}
        there = {path.relative_to(self.path).as_posix() for path in self.path.rglob("*") if path.is_file()} - {MANIFEST}
        for name in sorted(there - listed.keys()):
            raise InputError(f"the file {name} is not in the manifest", where=str(self.path), hint=_ANEW)
        for name, entry in listed.items():
            with (self.path / name).open("rb") as file:
                digest = file_digest(file, "sha256").hexdigest()
            if digest != entry.sha256:
                raise InputError(
                    f"the file {name} was changed after the release was built", where=str(self.path), hint=_ANEW
                )
        check_against_files(self.manifest, self.path)

    def _of_split(self, split: str, *, layers: bool) -> Iterator[ReleasedDocument]:
        waiting = self._layers(split) if layers else iter(())
        pending = next(waiting, None)
        for row in self.rows("documents", split):
            doc_id = row["doc_id"]
            own: list[ReleasedLayer] = []
            while pending is not None and pending.doc_id == doc_id:
                own.append(pending)
                pending = next(waiting, None)
            yield self.document(row, split, tuple(own))

    def _layers(self, split: str) -> Iterator[ReleasedLayer]:
        return map(self.layer, self.rows("annotators", split))


_ANEW = "Build it again with --version X.Y.Z --force, or fetch it again"


def open_release(path: Path, *, verify: bool = False) -> Release:
    """Open the release in a folder.

    Raises InputError where there is none, where it is not whole (a file of the manifest is missing or has another
    size), where its manifest names what leads out of the folder, and where a newer toolkit made it. ``verify`` holds
    every file to its SHA-256 as well, and what the manifest says of the data to the data.
    """
    if not path.is_dir():
        raise InputError("there is no such release", where=str(path), hint="Name the folder of a version, .../vX.Y.Z")
    release = Release(path, read_manifest(path))
    check_manifest(release.manifest, path)
    for entry in release.manifest.files:
        file = path / entry.path
        if not file.is_file():
            raise InputError(f"is not a whole release: {entry.path} is missing", where=str(path), hint=_ANEW)
        if file.stat().st_size != entry.bytes:
            raise InputError(
                f"the file {entry.path} was changed after the release was built: it has {file.stat().st_size:,} bytes, "
                f"the manifest says {entry.bytes:,}",
                where=str(path),
                hint=_ANEW,
            )
    if verify:
        release.verify()
    return release


def _layer(row: Mapping[str, Any], cue_label: str) -> ReleasedLayer:
    """Turn a row of documents or annotators into a layer."""
    return ReleasedLayer(
        doc_id=row["doc_id"],
        layer=row["layer"],
        annotator=row.get("annotator"),
        entities=tuple([_span(span, "") for span in row["entities"]]),
        cues=tuple([_span(span, cue_label) for span in row["cues"]]),
        quotes=tuple([_quote(quote, cue_label) for quote in row["quotes"]]),
        relations=tuple(
            [Relation(id=one["id"], type=one["label"], head=one["head"], tail=one["tail"]) for one in row["relations"]]
        ),
        attributes=tuple(
            [
                Attribute(name=one["name"], span_id=one["span_id"], values=tuple(one["values"]))
                for one in row["attributes"]
            ]
        ),
    )


def _span(span: Mapping[str, Any], label: str) -> ReleasedSpan:
    return ReleasedSpan(
        id=span["id"],
        label=span.get("label") or label,
        start=span["start"],
        end=span["end"],
        text=span.get("text"),
        origin=span.get("origin") or "manual",
        anchors=Anchors(**anchors) if (anchors := span.get("anchors")) else None,
    )


def _quote(quote: Mapping[str, Any], cue_label: str) -> ReleasedQuote:
    return ReleasedQuote(
        id=quote["id"],
        type=quote["type"],
        fragments=tuple([_span(fragment, quote["type"]) for fragment in quote["fragments"]]),
        cues=tuple([_span(cue, cue_label) for cue in quote["cues"]]),
        speakers=tuple(quote["speaker_ids"]),
        resolved_speakers=tuple(quote["resolved_speaker_ids"]),
        addressees=tuple(quote["addressee_ids"]),
        speaker_status=quote["speaker_status"],
    )
