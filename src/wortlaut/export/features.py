"""The columns of each config of a release, as Hugging Face features and as Arrow schemas.

``datasets`` is not needed: its features are written as the JSON it keeps under the key ``huggingface`` in the
metadata of an Arrow schema, and as the YAML of a dataset card. Both forms are tested to equal those of
``datasets.Features``. The profile ``standoff`` has anchors in the place of texts (wortlaut.export.anchors), and
surfaces only where they are short. Labels are strings wherever a row is a span; only the tags of the tokens are a
ClassLabel.
Source: https://huggingface.co/docs/datasets/about_dataset_features
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, get_args

import msgspec

from wortlaut.schema.scheme import Scheme

__all__ = [
    "CONFIGS",
    "DEFAULT_CONFIG",
    "PROFILES",
    "Feature",
    "Features",
    "Profile",
    "arrow_schema",
    "bio_tags",
    "features",
    "yaml_features",
]

Profile = Literal["full", "standoff"]
PROFILES: tuple[Profile, ...] = get_args(Profile)
CONFIGS = ("documents", "entities", "relations", "quotes", "ner", "annotators")
DEFAULT_CONFIG = "documents"


class ClassLabel(msgspec.Struct, frozen=True):
    """A label kept as its number in ``names``."""

    names: tuple[str, ...]


class ListOf(msgspec.Struct, frozen=True):
    """A list of values, or of structs where ``item`` maps names to features."""

    item: Feature


# A type's name ("string", "int32"), a label, a list, or a struct.
Feature: TypeAlias = "str | ClassLabel | ListOf | dict[str, Feature]"
Features: TypeAlias = Mapping[str, Feature]

_TEXTS = ListOf("string")
_SPANS = ListOf({"id": "string", "start": "int32", "end": "int32", "text": "string"})
_ENTITIES = ListOf(
    {"id": "string", "start": "int32", "end": "int32", "text": "string", "label": "string", "origin": "string"}
)
_RELATIONS = ListOf({"id": "string", "label": "string", "head": "string", "tail": "string"})
_QUOTES = ListOf(
    {
        "id": "string",
        "type": "string",
        "start": "int32",
        "end": "int32",
        "text": "string",
        "fragments": _SPANS,
        "cues": _SPANS,
        "speaker_ids": _TEXTS,
        "resolved_speaker_ids": _TEXTS,
        "addressee_ids": _TEXTS,
        "speaker_status": "string",
    }
)
_ATTRIBUTES = ListOf({"name": "string", "span_id": "string", "values": _TEXTS})
_LAYER: dict[str, Feature] = {
    "entities": _ENTITIES,
    "relations": _RELATIONS,
    "quotes": _QUOTES,
    "cues": _SPANS,
    "attributes": _ATTRIBUTES,
}

# Without texts. Cues and fragments name their labels, because rehydrate makes spans of them again.
_ANCHORS: dict[str, Feature] = {
    "wide": "string",
    "near": "string",
    "nth": "int32",
    "of": "int32",
    "echo": "int32",
    "echoes": "string",
}
_HIDDEN_ENTITIES = ListOf(
    {
        "id": "string",
        "start": "int32",
        "end": "int32",
        "text": "string",
        "label": "string",
        "origin": "string",
        "anchors": _ANCHORS,
    }
)
_HIDDEN_CUES = ListOf(
    {"id": "string", "start": "int32", "end": "int32", "text": "string", "label": "string", "anchors": _ANCHORS}
)
_HIDDEN_FRAGMENTS = ListOf({"id": "string", "start": "int32", "end": "int32", "label": "string", "anchors": _ANCHORS})
_HIDDEN_QUOTES = ListOf(
    {
        "id": "string",
        "type": "string",
        "start": "int32",
        "end": "int32",
        "fragments": _HIDDEN_FRAGMENTS,
        "cues": _HIDDEN_CUES,
        "speaker_ids": _TEXTS,
        "resolved_speaker_ids": _TEXTS,
        "addressee_ids": _TEXTS,
        "speaker_status": "string",
    }
)
_HIDDEN_LAYER: dict[str, Feature] = {
    "entities": _HIDDEN_ENTITIES,
    "relations": _RELATIONS,
    "quotes": _HIDDEN_QUOTES,
    "cues": _HIDDEN_CUES,
    "attributes": _ATTRIBUTES,
}
# Columns of the profile full -> what stands in their place in standoff; nothing: they are not there.
_IN_PLACE_OF: dict[str, dict[str, dict[str, Feature]]] = {
    "documents": {
        "text": {},
        "text_sha256": {"text_sha256": "string", "n_chars": "int32", "canonical": "string"},
        "headline": {"headline_start": "int32", "headline_end": "int32", "headline_sha256": "string"},
    },
    "entities": {"left": {}, "right": {}},
    "relations": {},
    "quotes": {"text": {}, "fragments": {"fragments": _HIDDEN_FRAGMENTS}, "cues": {"cues": _HIDDEN_CUES}},
    "ner": {"tokens": {}},
    "annotators": {},
}


def bio_tags(scheme: Scheme) -> tuple[str, ...]:
    """Give the tags of the ner config: O, then B- and I- of each entity label in the scheme's order."""
    return ("O", *(f"{mark}-{name}" for name in scheme.labels_of("entity") for mark in "BI"))


def features(config: str, scheme: Scheme, profile: Profile = "full") -> Features:
    """Give the columns of a config in their order. Raises KeyError for a config that there is not."""
    full = _full(config, scheme)
    if profile == "full":
        return full
    layer = _HIDDEN_LAYER if config in {"documents", "annotators"} else {}
    columns: dict[str, Feature] = {}
    for name, kind in full.items():
        columns |= _IN_PLACE_OF[config].get(name, {name: layer.get(name, kind)})
    return columns


def _full(config: str, scheme: Scheme) -> Features:
    configs: dict[str, Features] = {
        "documents": {
            "doc_id": "string",
            "text": "string",
            "text_sha256": "string",
            "url": "string",
            "publisher": "string",
            "published": "string",
            "section": "string",
            "headline": "string",
            "rights": "string",
            "language": "string",
            "agencies": _TEXTS,
            "byline": _TEXTS,
            "tags": _TEXTS,
            "layer": "string",
            "n_annotators": "int32",
            **_LAYER,
        },
        "entities": {
            "doc_id": "string",
            "id": "string",
            "start": "int32",
            "end": "int32",
            "text": "string",
            "label": "string",
            "origin": "string",
            "left": "string",
            "right": "string",
        },
        "relations": {
            "doc_id": "string",
            "id": "string",
            "label": "string",
            "head": "string",
            "head_text": "string",
            "head_label": "string",
            "tail": "string",
            "tail_text": "string",
            "tail_label": "string",
        },
        "quotes": {
            "doc_id": "string",
            "id": "string",
            "type": "string",
            "start": "int32",
            "end": "int32",
            "text": "string",
            "fragments": _SPANS,
            "cues": _SPANS,
            "speaker_ids": _TEXTS,
            "speaker_texts": _TEXTS,
            "resolved_speaker_ids": _TEXTS,
            "resolved_speaker_texts": _TEXTS,
            "addressee_ids": _TEXTS,
            "addressee_texts": _TEXTS,
            "speaker_status": "string",
        },
        "ner": {
            "id": "string",
            "doc_id": "string",
            "tokens": _TEXTS,
            "starts": ListOf("int32"),
            "ends": ListOf("int32"),
            "ner_tags": ListOf(ClassLabel(bio_tags(scheme))),
        },
        "annotators": {"doc_id": "string", "annotator": "string", "layer": "string", **_LAYER},
    }
    return configs[config]


def arrow_schema(columns: Features) -> Any:
    """Give the ``pyarrow.Schema`` of the columns, with the metadata that ``datasets`` reads them by."""
    import pyarrow as pa

    metadata: dict[bytes | str, bytes | str] = {"huggingface": json.dumps({"info": {"features": _json(dict(columns))}})}
    return pa.schema([pa.field(name, _arrow(kind)) for name, kind in columns.items()], metadata=metadata)


def yaml_features(columns: Features) -> list[dict[str, Any]]:
    """Give the columns as a dataset card's ``dataset_info.features``."""
    return [{"name": name, **_yaml(kind)} for name, kind in columns.items()]


def _json(kind: Feature) -> dict[str, Any]:
    if isinstance(kind, str):
        return {"dtype": kind, "_type": "Value"}
    if isinstance(kind, ClassLabel):
        return {"names": list(kind.names), "_type": "ClassLabel"}
    if isinstance(kind, ListOf):
        return {"feature": _json(kind.item), "_type": "List"}
    return {name: _json(item) for name, item in kind.items()}


def _arrow(kind: Feature) -> Any:
    import pyarrow as pa

    if isinstance(kind, str):
        return {"string": pa.string(), "int32": pa.int32()}[kind]
    if isinstance(kind, ClassLabel):
        return pa.int64()
    if isinstance(kind, ListOf):
        return pa.list_(_arrow(kind.item))
    return pa.struct([pa.field(name, _arrow(item)) for name, item in kind.items()])


def _yaml(kind: Feature) -> dict[str, Any]:
    if isinstance(kind, str):
        return {"dtype": kind}
    if isinstance(kind, ClassLabel):
        return {"dtype": {"class_label": {"names": {str(number): name for number, name in enumerate(kind.names)}}}}
    if isinstance(kind, ListOf):
        item = kind.item
        if isinstance(item, str):
            return {"list": item}
        if isinstance(item, dict):
            return {"list": yaml_features(item)}
        inner = _yaml(item)
        return {"list": inner.get("dtype", inner)}
    return {"struct": yaml_features(kind)}
