"""croissant.json: the release in Croissant 1.1, with the vocabulary for responsible AI.

Each Parquet file is a FileObject with its SHA-256, each split of a config a RecordSet that reads it. Croissant has no
lists inside lists: of a nested column the values one level down are described; the flat configs hold the rest.
Sources: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html,
https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html.
"""

from __future__ import annotations

import json
from typing import Any

from wortlaut.export.features import ClassLabel, Feature, Features, ListOf, features
from wortlaut.export.manifest import FileEntry, Manifest
from wortlaut.export.metadata.about import (
    Author,
    authors,
    bibtex,
    description,
    keywords,
    license_url,
    licenses,
    title,
)
from wortlaut.export.settings import ReleaseSettings
from wortlaut.schema.scheme import Scheme

__all__ = ["croissant_json"]

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES = {"string": "sc:Text", "int32": "sc:Integer"}


def croissant_json(manifest: Manifest, scheme: Scheme, settings: ReleaseSettings, files: list[FileEntry]) -> str:
    """Give croissant.json. ``files`` are the files of the release with their SHA-256, the data among them."""
    data = {entry.path: entry for entry in files}
    found: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": manifest.name,
        "alternateName": title(manifest, settings),
        "description": description(manifest, settings),
        "conformsTo": [
            "http://mlcommons.org/croissant/1.1",
            "http://mlcommons.org/croissant/RAI/1.0",
        ],
        "version": manifest.version,
        "datePublished": f"{manifest.released}T00:00:00",
        "inLanguage": [manifest.language],
        "keywords": keywords(manifest),
        "license": list(
            dict.fromkeys(license_url(license_id) or license_id for _, license_id in licenses(manifest, settings))
        ),
        "creator": [_creator(one) for one in authors(manifest, settings)],
        "citeAs": bibtex(manifest, settings),
        "url": settings.homepage or None,
        **_responsible(manifest, settings),
        "distribution": [
            _file(data[split.file]) for entry in manifest.configs.values() for split in entry.splits.values()
        ],
        "recordSet": [
            _record_set(config, name, split.file, features(config, scheme, manifest.profile), split.rows)
            for config, entry in manifest.configs.items()
            for name, split in entry.splits.items()
        ],
    }
    return json.dumps({key: value for key, value in found.items() if value}, ensure_ascii=False, indent=2) + "\n"


def _responsible(manifest: Manifest, settings: ReleaseSettings) -> dict[str, Any]:
    """Give the fields of the RAI vocabulary, each from what the release knows; an unknown one is left out."""
    people = int(str(manifest.counts["annotators"]))
    layers = manifest.counts["layers"]
    total = sum(layers.values()) if isinstance(layers, dict) else 0
    documents = manifest.configs["documents"].rows
    origins = manifest.counts["origins"]
    proposed = (
        sum(n for name, n in origins.items() if name.startswith("prediction")) if isinstance(origins, dict) else 0
    )
    texts = ", ".join(one for what, one in licenses(manifest, settings) if what == "texts") or "none are in it"
    return {
        "rai:dataCollection": "Press articles, brought into a canonical form; what stood around them was set aside.",
        "rai:dataAnnotationProtocol": (
            f"Spans, relations and quotes by the scheme {manifest.scheme.name} {manifest.scheme.version} "
            "(schema/scheme.toml). Each article was annotated by one or more people; an adjudicated gold layer is "
            f"preferred where there is one (policy: {manifest.main_layer['prefer']}). Exports were checked; what did "
            "not hold was left out and counted."
        ),
        "rai:dataAnnotationPlatform": ["Label Studio"],
        "rai:dataAnnotationAnalysis": [
            (
                "Pairwise F1 of annotators with intervals: agreement.json, where articles have several annotators. "
                "All layers of an article stand in the config annotators."
            ),
        ],
        "rai:annotationsPerItem": f"{total / documents:.2f} layers an article on average",
        "rai:annotatorDemographics": [
            settings.annotators or f"{people} annotators, under pseudonyms; no more is stated"
        ],
        "rai:machineAnnotationTools": [
            f"pre-annotation by rules or models: {proposed:,} spans of the main layers began as one"
        ]
        if proposed
        else [],
        "rai:personalSensitiveInformation": [
            "Press articles name people, and quote them. Annotators appear under pseudonyms."
        ],
        "rai:dataLimitations": list(settings.known_errors),
        "rai:dataUseCases": ["Training and testing of entity recognition, quotation attribution, relation extraction."],
        "rai:dataReleaseMaintenancePlan": (
            "Semantic versioning; released versions do not change, corrections come as new ones (CHANGELOG.md). "
            f"Texts may be taken down on demand{': ' + settings.contact if settings.contact else ''}. "
            f"License of the texts: {texts}."
        ),
    }


def _creator(author: Author) -> dict[str, str]:
    return {"@type": "sc:Person" if author.family else "sc:Organization", "name": author.name}


def _file(entry: FileEntry) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": entry.path,
        "name": entry.path,
        "contentUrl": entry.path,
        "contentSize": f"{entry.bytes} B",
        "encodingFormat": "application/x-parquet",
        "sha256": entry.sha256,
    }


def _record_set(config: str, split: str, file: str, columns: Features, rows: int) -> dict[str, Any]:
    name = f"{config}/{split}"
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"The {rows:,} rows of the config {config}, split {split}.",
        "field": [_field(name, column, kind, file) for column, kind in columns.items()],
    }


def _field(parent: str, column: str, kind: Feature, file: str) -> dict[str, Any]:
    name = f"{parent}/{column}"
    field: dict[str, Any] = {"@type": "cr:Field", "@id": name, "name": column}
    source: dict[str, Any] = {"fileObject": {"@id": file}, "extract": {"column": column}}
    if isinstance(kind, ListOf) and isinstance(kind.item, dict):
        parts = {part: item for part, item in kind.item.items() if isinstance(item, str)}
        field |= {"isArray": True, "arrayShape": "-1"}
        field["subField"] = [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{part}",
                "name": part,
                "dataType": _TYPES[item],
                "isArray": True,
                "arrayShape": "-1",
                "source": {**source, "transform": {"jsonPath": f"$[*].{part}"}},
            }
            for part, item in parts.items()
        ]
        return field
    if isinstance(kind, ListOf):
        field |= {"isArray": True, "arrayShape": "-1"}
        kind = kind.item
    field["dataType"] = "sc:Integer" if isinstance(kind, ClassLabel) else _TYPES[str(kind)]
    field["source"] = source
    return field
