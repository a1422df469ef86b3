"""Reads what export writes, with each format's own library where there is one, and compares it with the release.

Each reader gives how many things it found, by kind, for the caller to hold against the account; whatever it finds
must stand in the release.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from wortlaut.export.formats.base import DocumentFile
from wortlaut.export.formats.brat import Brat
from wortlaut.export.formats.conll import COLUMNS
from wortlaut.export.formats.gliner import WINDOW, GlinerRow, words_of
from wortlaut.export.formats.gliner2 import Gliner2Row, Place
from wortlaut.export.formats.jsonl import JsonlDocument
from wortlaut.export.formats.loss import Account
from wortlaut.export.formats.spacy_docbin import GROUPS
from wortlaut.export.formats.xmi_types import ENTITY, OWN, SENTENCE, TOKEN
from wortlaut.export.release import ReleasedDocument, ReleasedLayer, ReleasedQuote, ReleasedSpan
from wortlaut.schema.scheme import Scheme

# bratly is written for an older pydantic, which warns when it is imported.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from bratly.annotation_types import AttributeAnnotation, EntityAnnotation, RelationAnnotation
    from bratly.io.file_read_src import read_document_collection_from_folder

Pair = tuple[ReleasedDocument, ReleasedLayer]
Key = tuple[str, int, int]
LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


def _key(span: ReleasedSpan) -> Key:
    return (span.label, span.start, span.end)


def _by_kind(layer: ReleasedLayer, scheme: Scheme) -> dict[str, list[ReleasedSpan]]:
    mentions = scheme.labels_of("mention")
    return {
        "entities": [span for span in layer.entities if span.label not in mentions],
        "mentions": [span for span in layer.entities if span.label in mentions],
        "cues": list(layer.cues),
        "fragments": [fragment for quote in layer.quotes for fragment in quote.fragments],
    }


def _hold(found: Iterable[Any], released: Iterable[Any]) -> int:
    """Assert that all that was found is in the release, as often; give how much it is."""
    counted = Counter(found)
    assert not counted - Counter(released)
    return counted.total()


def _text(document: ReleasedDocument) -> str:
    assert document.text is not None
    return document.text


def _end(layer: ReleasedLayer, name: str) -> Key:
    return _key(layer.spans()[name])


def _relations(layer: ReleasedLayer) -> list[tuple[str, Key, Key]]:
    return [(one.type, _end(layer, one.head), _end(layer, one.tail)) for one in layer.relations]


# ---------------------------------------------------------------- CoNLL


def iob2_spans(tags: Sequence[str], tokens: Sequence[tuple[int, int]]) -> Iterator[Key]:
    """Read one column of one sentence, strictly: I may only follow B or I of the same label."""
    label, start, end, before = "", 0, 0, "O"
    for tag, (begin, stop) in zip([*tags, "O"], [*tokens, (0, 0)], strict=True):
        if tag.startswith("I-"):
            assert before[2:] == tag[2:], f"{tag} after {before}"
            end = stop
        else:
            if label:
                yield (label, start, end)
            label, start, end = (tag[2:], begin, stop) if tag.startswith("B-") else ("", 0, 0)
            assert tag == "O" or label
        before = tag


def conll_sentences(path: Path) -> Iterator[tuple[str, list[list[str]]]]:
    """Give the sentences of a file with their document."""
    doc_id, rows = "", []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n")):
        if number == 0:
            assert line == f"# global.columns = {' '.join(COLUMNS)}"
        elif line.startswith("# newdoc id = "):
            doc_id = line.removeprefix("# newdoc id = ")
        elif line and not line.startswith("#"):
            rows.append(line.split("\t"))
            assert len(rows[-1]) == len(COLUMNS)
            assert int(rows[-1][0]) == len(rows)
        elif not line and rows:
            yield doc_id, rows
            rows = []
    assert not rows


def read_conll(folder: Path, split: str, pairs: Sequence[Pair], scheme: Scheme) -> Counter[str]:
    columns = {
        "entities": [column for column in COLUMNS if ":NER" in column],
        "mentions": ["WORTLAUT:MENTION"],
        "cues": ["WORTLAUT:CUE"],
        "fragments": [column for column in COLUMNS if ":QUOTE" in column],
    }
    texts = {document.doc_id: _text(document) for document, _ in pairs}
    found: dict[str, list[tuple[str, Key]]] = {kind: [] for kind in columns}
    for doc_id, rows in conll_sentences(folder / f"{split}.conllup"):
        tokens = []
        for row in rows:
            misc = dict(part.split("=", 1) for part in row[-1].split("|"))
            start, end = map(int, misc["TokenRange"].split(":"))
            assert texts[doc_id][start:end] == row[1]
            assert ("SpaceAfter" not in misc) or not texts[doc_id][end].isspace()
            tokens.append((start, end))
        for kind, names in columns.items():
            for name in names:
                tags = [row[COLUMNS.index(name)] for row in rows]
                found[kind] += [(doc_id, key) for key in iob2_spans(tags, tokens)]
    return Counter(
        {
            kind: _hold(
                found[kind], [(doc.doc_id, _key(one)) for doc, layer in pairs for one in _by_kind(layer, scheme)[kind]]
            )
            for kind in columns
        }
    )


# ---------------------------------------------------------------- spaCy


def docbin_docs(folder: Path) -> Iterator[Any]:
    import spacy
    from spacy.tokens import DocBin

    nlp = spacy.blank("de")
    for path in sorted(folder.glob("*.spacy")):
        yield from DocBin().from_disk(path).get_docs(nlp.vocab)


def read_spacy(folder: Path, split: str, pairs: Sequence[Pair], scheme: Scheme) -> Counter[str]:
    counts: Counter[str] = Counter()
    for (document, layer), doc in zip(pairs, docbin_docs(folder / split), strict=True):
        assert doc.text == _text(document)
        data = dict(doc.user_data["wortlaut"])
        assert data["split"] == split
        assert msgspec.convert(data["meta"], type(document.meta)) == document.meta
        assert msgspec.convert(data, ReleasedLayer) == layer
        kinds = _by_kind(layer, scheme)
        for kind, group in GROUPS.items():
            released = {one.id: _key(one) for one in kinds[kind]}
            for span in doc.spans[group]:
                assert released.pop(span.id_) == (span.label_, span.start_char, span.end_char)
                counts[kind] += 1
            for label, start, end in released.values():
                assert doc.char_span(start, end, label=label) is None
        counts["doc.ents"] += _hold(
            ((ent.label_, ent.start_char, ent.end_char) for ent in doc.ents), map(_key, kinds["entities"])
        )
        for kind in ("quotes", "relations", "attributes"):
            counts[kind] += len(getattr(layer, kind))
    return counts


# ---------------------------------------------------------------- GLiNER


def read_gliner(folder: Path, split: str, pairs: Sequence[Pair], scheme: Scheme) -> Counter[str]:
    rows = msgspec.convert(json.loads((folder / f"{split}.json").read_text(encoding="utf-8")), list[GlinerRow])
    counts: Counter[str] = Counter()
    for document, layer in pairs:
        mine = [row for row in rows if row.doc_id == document.doc_id]
        spans: list[Key] = []
        relations = []
        for row in mine:
            part = _text(document)[row.start : row.end]
            words = words_of(part)
            assert row.tokenized_text == [part[start:end] for start, end in words]
            assert 0 < len(words) <= WINDOW
            keys = [(label, row.start + words[a][0], row.start + words[b][1]) for a, b, label in row.ner]
            spans += keys
            relations += [(label, keys[head], keys[tail]) for head, tail, label in row.relations]
        kinds = _by_kind(layer, scheme)
        for kind in ("entities", "mentions", "cues"):
            labels = {span.label for span in kinds[kind]}
            counts[kind] += _hold([key for key in spans if key[0] in labels], map(_key, kinds[kind]))
        assert sum(counts.values()) or not spans
        counts["relations"] += 0
        counts["relations"] += _hold(relations, _relations(layer))
    return counts


def read_gliner2(folder: Path, split: str, pairs: Sequence[Pair], scheme: Scheme) -> Counter[str]:
    lines = (folder / f"{split}.jsonl").read_bytes().splitlines()
    rows = [msgspec.json.decode(line, type=Gliner2Row) for line in lines]
    counts: Counter[str] = Counter()
    for document, layer in pairs:
        spans: list[Key] = []
        relations, quotes = [], []
        for row in rows:
            if row.doc_id != document.doc_id:
                continue
            assert row.input == _text(document)[row.start : row.start + len(row.input)]

            def at(place: Place, row: Gliner2Row = row) -> tuple[int, int]:
                assert row.input[place.start : place.end] == place.text
                return (row.start + place.start, row.start + place.end)

            assert list(row.output.entities) == list(scheme.labels_of("entity", "mention", "cue"))
            spans += [(label, *at(place)) for label, places in row.output.entities.items() for place in places]
            for relation in row.output.relations:
                ((name, ends),) = relation.items()
                relations.append((name, at(ends["head"]), at(ends["tail"])))
            for structure in row.output.json_structures:
                fields: Any = structure["quote"]
                kind = fields["type"].value
                quotes.append((kind, tuple(at(one) for one in fields["text"])))
                for name in ("cues", "speakers", "resolved_speakers", "addressees"):
                    counts["links"] += len([at(one) for one in fields[name]])
                counts["speaker_status"] += "speaker_status" in fields
                counts["fragments"] += len(fields["text"])
        kinds = _by_kind(layer, scheme)
        for kind in ("entities", "mentions", "cues"):
            labels = {span.label for span in kinds[kind]}
            counts[kind] += _hold([key for key in spans if key[0] in labels], map(_key, kinds[kind]))
        counts["relations"] += _hold(relations, [(n, h[1:], t[1:]) for n, h, t in _relations(layer)])
        counts["quotes"] += _hold(
            quotes, [(one.type, tuple((f.start, f.end) for f in one.fragments)) for one in layer.quotes]
        )
    return counts


# ---------------------------------------------------------------- brat


def bratly_documents(folder: Path) -> dict[str, Any]:
    """Read a folder with bratly; what it cannot parse it says on stdout."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        read = read_document_collection_from_folder(
            str(folder), no_duplicates_ann=False, sort_ann=False, renumerotize_ann=False
        )
    assert not said.getvalue()
    assert read is not None
    return {Path(document.fullpath).name: document for document in read.documents}


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    surface = text[start:end]
    return (
        start + len(surface) - len(surface.lstrip(LINE_ENDS)),
        end - len(surface) + len(surface.rstrip(LINE_ENDS)),
    )


def _joined(text: str, pieces: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Join pieces with nothing but line ends between them, as docs/formats.md says."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(pieces):
        if joined and not text[joined[-1][1] : start].strip(LINE_ENDS):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _as_brat(text: str, spans: Iterable[ReleasedSpan]) -> tuple[tuple[int, int], ...]:
    trimmed = [_trimmed(text, span.start, span.end) for span in spans]
    return _joined(text, [(start, end) for start, end in trimmed if start < end])


def read_brat(folder: Path, split: str, pairs: Sequence[Pair], scheme: Scheme) -> Counter[str]:
    index = [
        msgspec.json.decode(line, type=DocumentFile)
        for line in (folder / f"{split}.documents.jsonl").read_bytes().splitlines()
    ]
    assert [entry.doc_id for entry in index] == [document.doc_id for document, _ in pairs]
    read = bratly_documents(folder / split)
    back = {other: name for name, other in Brat(scheme, Account({})).names.items()}
    counts: Counter[str] = Counter()
    for entry, (document, layer) in zip(index, pairs, strict=True):
        text = _text(document)
        assert (folder / entry.file).read_bytes().decode() == text
        annotations = read[Path(entry.file).name].annotation_collections[0].annotations
        bound = [one for one in annotations if isinstance(one, EntityAnnotation)]
        places = {}
        for one in bound:
            pieces = [(piece.start, piece.end) for piece in one.fragments]
            assert one.content == " ".join(text[a:b] for a, b in pieces).replace("\t", " ")
            assert not set(one.content) & set(LINE_ENDS)
            assert pieces == sorted(pieces)
            assert all(a[1] < b[0] for a, b in itertools.pairwise(pieces))
            places[one.id] = (back[one.label], _joined(text, pieces))
        kinds = _by_kind(layer, scheme)
        for kind in ("entities", "mentions", "cues"):
            labels = {span.label for span in kinds[kind]}
            released = [(span.label, _as_brat(text, [span])) for span in kinds[kind]]
            counts[kind] += _hold([place for place in places.values() if place[0] in labels], released)
        quoted = [(quote.type, _as_brat(text, quote.fragments)) for quote in layer.quotes]
        types = set(scheme.labels_of("quote"))
        found = [place for place in places.values() if place[0] in types]
        counts["quotes"] += _hold(found, quoted)
        counts["fragments"] += sum(len(pieces) for _, pieces in found)
        ends = {span.id: (span.label, _as_brat(text, [span])) for span in (*layer.entities, *layer.cues)}
        for quote in layer.quotes:
            ends.update({part.id: (quote.type, _as_brat(text, quote.fragments)) for part in quote.fragments})
        relations = [one for one in annotations if isinstance(one, RelationAnnotation)]
        assert all((one.argument1[0], one.argument2[0]) == ("Arg1", "Arg2") for one in relations)
        counts["relations"] += _hold(
            [(back[one.label], places[one.argument1[1].id], places[one.argument2[1].id]) for one in relations],
            [(one.type, ends[one.head], ends[one.tail]) for one in layer.relations],
        )
        names = Counter(one.label for one in annotations if isinstance(one, AttributeAnnotation))
        counts["origins"] += names["origin"]
        counts["speaker_status"] += names["speaker_status"]
    return counts


# ---------------------------------------------------------------- XMI

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def load_cas(folder: Path, file: Path) -> Any:
    from cassis import load_cas_from_xmi, load_typesystem  # type: ignore[import-untyped]  # ships no types

    with (folder / "TypeSystem.xml").open("rb") as source:
        types = load_typesystem(source)
    with file.open("rb") as source:
        return load_cas_from_xmi(source, typesystem=types)


def _legal(value: str | None) -> str:
    return _NOT_XML.sub("\ufffd", value or "")


def read_xmi(folder: Path, split: str, pairs: Sequence[Pair], scheme: Scheme) -> Counter[str]:
    top = folder if (folder / "TypeSystem.xml").is_file() else folder.parent
    index = [
        msgspec.json.decode(line, type=DocumentFile)
        for line in (folder / f"{split}.documents.jsonl").read_bytes().splitlines()
    ]
    assert [entry.doc_id for entry in index] == [document.doc_id for document, _ in pairs]
    counts: Counter[str] = Counter()
    for entry, (document, layer) in zip(index, pairs, strict=True):
        cas = load_cas(top, folder / entry.file)
        assert cas.sofa_string == _legal(document.text)
        assert cas.select(TOKEN)
        assert cas.select(SENTENCE)

        def key(one: Any) -> tuple[str, int, int]:
            return (one.value, one.begin, one.end)

        kinds = _by_kind(layer, scheme)
        for kind, name in (("entities", ENTITY), ("mentions", OWN["mention"]), ("cues", OWN["cue"])):
            found = cas.select(name)
            assert sorted((*key(one), one.origin or "manual") for one in found) == sorted(
                (*_key(one), one.origin) for one in kinds[kind]
            )
            counts[kind] += len(found)
            counts["origins"] += sum(one.origin is not None for one in found)
        quotes = [_cas_quote(one, key) for one in cas.select(OWN["quote"])]
        assert sorted(map(repr, quotes)) == sorted(repr(_released_quote(one, layer)) for one in layer.quotes)
        counts["quotes"] += len(quotes)
        counts["fragments"] += len(quotes) + len(cas.select(OWN["fragment"]))
        relations = cas.select(OWN["relation"])
        assert sorted((one.value, key(one.Governor), key(one.Dependent)) for one in relations) == sorted(
            _relations(layer)
        )
        assert all((one.begin, one.end) == (one.Dependent.begin, one.Dependent.end) for one in relations)
        counts["relations"] += len(relations)
        attributes = cas.select(OWN["attribute"])
        assert sorted(
            repr((one.name or "", [value or "" for value in one.values.elements], one.target and key(one.target)))
            for one in attributes
        ) == sorted(
            repr((one.name, list(one.values), _end(layer, one.span_id) if one.span_id else None))
            for one in layer.attributes
        )
        counts["attributes"] += len(attributes)
        (article,) = cas.select(OWN["article"])
        assert (article.docId, article.split) == (document.doc_id, split)
        for name in document.meta.__struct_fields__:
            value = getattr(document.meta, name)
            if isinstance(value, tuple):
                assert [one or "" for one in article[name].elements] == list(value)
            else:
                assert (article[name] or "") == (value or "")
    return counts


def _cas_quote(one: Any, key: Callable[[Any], tuple[str, int, int]]) -> Any:
    parts = [(part.role, key(part.target)) for part in one.parts.elements]
    return key(one), one.speakerStatus, parts


def _released_quote(quote: ReleasedQuote, layer: ReleasedLayer) -> Any:
    parts = [("fragment", _key(fragment)) for fragment in quote.fragments[1:]]
    parts += [("cue", _key(cue)) for cue in quote.cues]
    for role, names in (
        ("speaker", quote.speakers),
        ("resolved_speaker", quote.resolved_speakers),
        ("addressee", quote.addressees),
    ):
        parts += [(role, _end(layer, name)) for name in names]
    return _key(quote.fragments[0]), quote.speaker_status, parts


# ---------------------------------------------------------------- JSON lines


def read_jsonl(folder: Path, split: str, pairs: Sequence[Pair], scheme: Scheme) -> Counter[str]:
    lines = (folder / f"{split}.jsonl").read_bytes().splitlines()
    records = [msgspec.json.decode(line, type=JsonlDocument, strict=True) for line in lines]
    layers = [(record, layer) for record in records for layer in record.layers]
    counts: Counter[str] = Counter()
    for (document, layer), (record, written) in zip(pairs, layers, strict=True):
        assert (record.doc_id, record.text, record.meta) == (document.doc_id, document.text, document.meta)
        assert (written.article_id, written.layer, written.annotator) == (layer.doc_id, layer.layer, layer.annotator)
        # Anchors are what a release without texts has, and such a one is not exported.
        plain = _without_anchors(msgspec.to_builtins(layer))
        again = _without_anchors(msgspec.to_builtins(written))
        assert again["mentions"] == plain["entities"]
        for name in ("cues", "quotes", "relations", "attributes"):
            assert again[name] == plain[name]
        for kind, spans in _by_kind(layer, scheme).items():
            counts[kind] += len(spans)
    return counts


def _without_anchors(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_anchors(inner) for key, inner in value.items() if key != "anchors"}
    return [_without_anchors(one) for one in value] if isinstance(value, list | tuple) else value


READERS: dict[str, Callable[[Path, str, Sequence[Pair], Scheme], Counter[str]]] = {
    "conll": read_conll,
    "spacy": read_spacy,
    "gliner": read_gliner,
    "gliner2": read_gliner2,
    "brat": read_brat,
    "xmi": read_xmi,
    "jsonl": read_jsonl,
}
