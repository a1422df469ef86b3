"""The JSON Schema of what this project's Label Studio may return for one task.

One element of the array that Label Studio's format JSON writes. It says what can be said without the text: forms,
the scheme's names, offsets that are not negative. Whether a span fits its text, a relation its end points or a
quote its speaker is the checker's to say (wortlaut.annotation.check).

Everything that Label Studio writes itself is allowed, however odd: keys that are not named here, a ``result`` that
is null, ``prediction: {}``, predictions and drafts as ids or as objects, ``completed_by`` as an id, an object or
not at all, a relation without a label or with several, a region without a label (the annotator took it away).
Dispatch on the type of a result is by ``if`` and ``then``, so that an error names the leaf.
"""

from __future__ import annotations

from wortlaut.schema.json_schemas import JsonSchema, schema_head
from wortlaut.schema.scheme import Scheme

__all__ = ["export_schema"]

_ID: JsonSchema = {"type": ["integer", "string", "null"]}
_REGION_ID: JsonSchema = {"type": "string", "minLength": 1}
_OFFSET: JsonSchema = {"type": "integer", "minimum": 0}
_SURFACE: JsonSchema = {"type": ["string", "null"]}  # null says no more than a missing one
_TIME: JsonSchema = {"type": ["string", "integer", "null"]}
_FLAG: JsonSchema = {"type": ["boolean", "null"]}


def export_schema(scheme: Scheme) -> JsonSchema:
    """Give the schema of one task in an export of a project that is annotated with this scheme."""
    return schema_head("export", scheme, "A task as Label Studio exports it") | {
        "type": "object",
        "required": ["annotations", "data"],
        "properties": {
            "id": _ID,
            "data": {"$ref": "#/$defs/data"},
            "meta": {"type": ["object", "null"]},
            "annotations": {"type": "array", "items": {"$ref": "#/$defs/annotation"}},
            "predictions": {"type": "array", "items": {"$ref": "#/$defs/id_or_object"}},
            "drafts": {"type": "array", "items": {"$ref": "#/$defs/id_or_object"}},
        },
        "$defs": {
            "data": _data(),
            "id_or_object": {"type": ["integer", "string", "object"]},
            "annotation": _annotation(),
            "result": _result(),
            "labels": _labels(scheme),
            "choices": _choices(scheme),
            "textarea": _textarea(),
            "relation": _relation(scheme),
        },
    }


def _data() -> JsonSchema:
    return {
        "type": "object",
        "required": ["text"],
        "properties": {
            "text": {"type": "string"},
            "article_id": {"type": ["string", "integer"]},
            "text_sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        },
    }


def _annotation() -> JsonSchema:
    return {
        "type": "object",
        "required": ["result"],
        "properties": {
            "id": _ID,
            "completed_by": {"type": ["integer", "string", "object", "null"]},
            "result": {"type": ["array", "null"], "items": {"$ref": "#/$defs/result"}},
            "was_cancelled": _FLAG,
            "ground_truth": _FLAG,
            "created_at": _TIME,
            "updated_at": _TIME,
            "draft_created_at": _TIME,
            "lead_time": {"type": ["number", "null"]},
            "prediction": {"type": ["object", "integer", "null"]},
            "parent_prediction": {"type": ["integer", "null"]},
            "parent_annotation": {"type": ["integer", "null"]},
        },
    }


def _result() -> JsonSchema:
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"type": "string", "minLength": 1}},
        "allOf": [
            {"if": {"properties": {"type": {"const": kind}}, "required": ["type"]}, "then": {"$ref": f"#/$defs/{kind}"}}
            for kind in ("labels", "choices", "textarea", "relation")
        ],
    }


def _region(value: JsonSchema) -> JsonSchema:
    return {
        "required": ["id", "value"],
        "properties": {
            "id": _REGION_ID,
            "from_name": {"type": "string", "minLength": 1},
            "to_name": {"type": "string", "minLength": 1},
            "parentID": {"type": ["string", "null"]},
            "score": {"type": ["number", "null"]},
            "origin": {"enum": ["manual", "prediction", "prediction-changed"]},
            "value": {"type": "object"} | value,
        },
    }


def _labels(scheme: Scheme) -> JsonSchema:
    return _region(
        {
            "required": ["start", "end"],
            "properties": {
                "start": _OFFSET,
                "end": _OFFSET,
                "text": _SURFACE,
                "labels": {"type": "array", "items": {"enum": list(scheme.label_by_name)}},
            },
        }
    )


def _choices(scheme: Scheme) -> JsonSchema:
    """Options are those of the choice that ``from_name`` names; a choice of another name is the checker's to report."""
    schema = _region(
        {
            "required": ["choices"],
            "properties": {
                "start": _OFFSET,
                "end": _OFFSET,
                "text": _SURFACE,
                "choices": {"type": "array", "items": {"type": "string"}},
            },
        }
    )
    dispatch = [
        {
            "if": {"properties": {"from_name": {"const": choice.name}}, "required": ["from_name"]},
            "then": {
                "properties": {
                    "value": {
                        "properties": {"choices": {"items": {"enum": [option.name for option in choice.options]}}}
                    }
                }
            },
        }
        for choice in scheme.choices
    ]
    return schema | ({"allOf": dispatch} if dispatch else {})


def _textarea() -> JsonSchema:
    return _region(
        {
            "required": ["text"],
            "properties": {
                "start": _OFFSET,
                "end": _OFFSET,
                "text": {"type": ["array", "string"], "items": {"type": "string"}},
            },
        }
    )


def _relation(scheme: Scheme) -> JsonSchema:
    return {
        "required": ["from_id", "to_id"],
        "properties": {
            "from_id": _REGION_ID,
            "to_id": _REGION_ID,
            "direction": {"enum": ["right", "left", "bi", None]},
            "labels": {"type": ["array", "null"], "items": {"enum": list(scheme.relation_by_name)}},
        },
    }
