"""JSON Schemas (draft 2020-12), derived from the records and from the scheme.

``article``, ``document`` and ``task`` come from the Structs through ``msgspec.json.schema``; where a field names a
label, a relation or an option, the scheme's names are filled in. A schema cannot say all that a record checks
(hashes, surfaces, ends after starts): the records say the rest. What Label Studio may return is in
wortlaut.schema.export_schema. Each schema is plain JSON, the same for every run.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from wortlaut.schema.article import Article
from wortlaut.schema.document import Document
from wortlaut.schema.scheme import Scheme
from wortlaut.schema.task import Task

__all__ = ["DRAFT", "JsonSchema", "article_schema", "document_schema", "schema_head", "task_schema"]

DRAFT = "https://json-schema.org/draft/2020-12/schema"

JsonSchema = dict[str, Any]
"""A JSON Schema as the data that is written: its form is the standard's, not ours."""


def schema_head(name: str, scheme: Scheme | None, title: str) -> JsonSchema:
    """Give the first keys of a schema. With a scheme its name and version stand in the ``$id``."""
    owner = f"{scheme.name}:{scheme.version}" if scheme else "records"
    return {"$schema": DRAFT, "$id": f"urn:wortlaut:{owner}:{name}", "title": title}


def article_schema() -> JsonSchema:
    """Give the schema of one line of ``corpus/articles.jsonl``."""
    return schema_head("article", None, "Article") | _of_record(Article)


def document_schema(scheme: Scheme) -> JsonSchema:
    """Give the schema of one annotated document: the names it may use are those of the scheme."""
    schema = schema_head("document", scheme, "Document") | _of_record(Document)
    defs = schema["$defs"]
    defs["Span"]["properties"]["label"] = _one_of(scheme.label_by_name)
    quotes = scheme.labels_of("quote")
    if quotes:
        defs["Quote"]["properties"]["type"] = _one_of(quotes)
    if scheme.relations:
        defs["Relation"]["properties"]["type"] = _one_of(scheme.relation_by_name)
    status = scheme.choice_with_role("speaker_status")
    if status:
        defs["Quote"]["properties"]["speaker_status"] = {
            "enum": [*(option.name for option in status.options), None],
            "default": None,
        }
    return schema


def task_schema(scheme: Scheme) -> JsonSchema:
    """Give the schema of one task that ``wortlaut tasks`` writes."""
    schema = schema_head("task", scheme, "Task") | _of_record(Task)
    defs = schema["$defs"]
    defs["LabelsValue"]["properties"]["labels"]["items"] = _one_of(scheme.label_by_name)
    if scheme.relations:
        defs["PredictedRelation"]["properties"]["labels"]["items"] = _one_of(scheme.relation_by_name)
    choice = defs["PredictedChoice"]
    choice["properties"]["from_name"] = _one_of(scheme.choice_by_name)
    choice["allOf"] = [
        {
            "if": {"properties": {"from_name": {"const": choice_set.name}}, "required": ["from_name"]},
            "then": {
                "properties": {
                    "value": {
                        "properties": {
                            "choices": {"items": _one_of(option.name for option in choice_set.options)},
                        }
                    }
                }
            },
        }
        for choice_set in scheme.choices
    ]
    return schema


def _of_record(record: type[msgspec.Struct]) -> JsonSchema:
    """Give msgspec's schema of a record with the record itself at the top, and unions told apart by their tag."""
    (reference,), components = msgspec.json.schema_components([record], ref_template="#/$defs/{name}")
    name = reference["$ref"].rpartition("/")[2]
    top = components.pop(name)
    top.pop("title")
    schema = _tidied(top | ({"$defs": dict(sorted(components.items()))} if components else {}))
    return schema if isinstance(schema, dict) else {}


def _tidied(node: object) -> Any:
    if isinstance(node, list):
        return [_tidied(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "discriminator" in node:
        return _dispatch(node["discriminator"]["propertyName"], node["discriminator"]["mapping"])
    return {key: _one_line(value) if key == "description" else _tidied(value) for key, value in node.items()}


def _dispatch(key: str, mapping: dict[str, str]) -> JsonSchema:
    """Say which schema holds for which tag. Unlike ``anyOf``, this makes an error name the leaf that is wrong."""
    return {
        "type": "object",
        "required": [key],
        "properties": {key: {"enum": sorted(mapping)}},
        "allOf": [
            {"if": {"properties": {key: {"const": tag}}, "required": [key]}, "then": {"$ref": reference}}
            for tag, reference in sorted(mapping.items())
        ],
    }


def _one_of(names: Iterable[str]) -> JsonSchema:
    """Give the schema of one of these names; of no string at all where there are none."""
    found = list(names)
    return {"enum": found} if found else {"not": {}}


def _one_line(description: object) -> str:
    return " ".join(str(description).split())
