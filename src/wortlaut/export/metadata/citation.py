"""CITATION.cff and the files for DataCite and Zenodo.

Sources: https://github.com/citation-file-format/citation-file-format/blob/main/schema-guide.md (1.2.0),
https://schema.datacite.org/meta/kernel-4/ (as JSON), https://developers.zenodo.org/#representation (deposit metadata).
"""

from __future__ import annotations

import json
from typing import Any

from wortlaut.export.manifest import Manifest
from wortlaut.export.metadata.about import (
    Author,
    authors,
    description,
    keywords,
    license_url,
    licenses,
    title,
)
from wortlaut.export.settings import ReleaseSettings

__all__ = ["citation_cff", "datacite_json", "zenodo_json"]

# Zenodo wants ISO 639-2/B or 639-3; of the tags that a scheme may have, these are likely.
_THREE_LETTERS = {"de": "deu", "en": "eng", "fr": "fra", "it": "ita", "nl": "nld"}


def citation_cff(manifest: Manifest, settings: ReleaseSettings) -> str:
    """Give CITATION.cff."""
    import yaml

    found: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite this version of it.",
        "type": "dataset",
        "title": title(manifest, settings),
        "authors": [_cff_author(one) for one in authors(manifest, settings)],
        "version": manifest.version,
        "date-released": _Plain(manifest.released),
        "abstract": description(manifest, settings),
        "keywords": keywords(manifest),
        "identifiers": [
            {"type": "other", "value": f"sha256:{manifest.content_sha256}", "description": "content of this version"}
        ],
    }
    ids = {license_id for _, license_id in licenses(manifest, settings)}
    # Several licences there mean a choice, which texts and annotation under two of them do not give.
    if len(ids) == 1 and license_url(*ids):
        found["license"] = ids.pop()
    if settings.doi:
        found["doi"] = settings.doi
    if settings.homepage:
        found["url"] = settings.homepage
    return yaml.dump(found, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=110)


def datacite_json(manifest: Manifest, settings: ReleaseSettings) -> str:
    """Give datacite.json: the attributes that DataCite takes for a DOI (kernel 4.5)."""
    found: dict[str, Any] = {
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Annotated corpus"},
        "creators": [_datacite_author(one) for one in authors(manifest, settings)],
        "titles": [{"title": title(manifest, settings)}],
        "publisher": {"name": authors(manifest, settings)[0].name},
        "publicationYear": manifest.released[:4],
        "dates": [{"date": manifest.released, "dateType": "Issued"}],
        "version": manifest.version,
        "language": manifest.language,
        "subjects": [{"subject": word} for word in keywords(manifest)],
        "descriptions": [{"description": description(manifest, settings), "descriptionType": "Abstract"}],
        "formats": ["application/vnd.apache.parquet"],
        "sizes": [f"{manifest.configs['documents'].rows} documents"],
        "rightsList": [_datacite_license(what, license_id) for what, license_id in licenses(manifest, settings)],
        "alternateIdentifiers": [
            {"alternateIdentifier": manifest.content_sha256, "alternateIdentifierType": "content sha256"}
        ],
    }
    if settings.doi:
        found["doi"] = settings.doi
    if settings.homepage:
        found["url"] = settings.homepage
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def zenodo_json(manifest: Manifest, settings: ReleaseSettings) -> str:
    """Give zenodo.json: the metadata of a deposit on Zenodo. Where several licences hold, the notes name them."""
    notes = [f"License of the {what}: {license_id}." for what, license_id in licenses(manifest, settings)]
    found: dict[str, Any] = {
        "upload_type": "dataset",
        "title": title(manifest, settings),
        "creators": [{"name": one.name} for one in authors(manifest, settings)],
        "description": description(manifest, settings),
        "publication_date": manifest.released,
        "version": manifest.version,
        "language": _THREE_LETTERS.get(manifest.language.split("-")[0], manifest.language),
        "keywords": keywords(manifest),
        "access_right": "open",
        "notes": " ".join([*notes, f"Content sha256: {manifest.content_sha256}."]),
    }
    # One licence is for all of a deposit; and where none is named Zenodo takes CC0.
    ids = {license_id for _, license_id in licenses(manifest, settings)}
    found["license"] = ids.pop().lower() if len(ids) == 1 else "notspecified"
    if settings.doi:
        found["doi"] = settings.doi
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _cff_author(author: Author) -> dict[str, str]:
    if author.family is None or author.given is None:
        return {"name": author.name}
    return {"family-names": author.family, "given-names": author.given}


def _datacite_author(author: Author) -> dict[str, str]:
    if author.family is None or author.given is None:
        return {"name": author.name, "nameType": "Organizational"}
    return {
        "name": f"{author.family}, {author.given}",
        "nameType": "Personal",
        "givenName": author.given,
        "familyName": author.family,
    }


def _datacite_license(what: str, license_id: str) -> dict[str, str]:
    found = {"rights": f"{license_id} ({what})"}
    url = license_url(license_id)
    if url is not None:
        found |= {"rightsUri": url, "rightsIdentifier": license_id, "rightsIdentifierScheme": "SPDX"}
    return found


class _Plain(str):
    """A value that YAML writes without quotes, as a date of CITATION.cff must be."""

    __slots__ = ()


def _dumper() -> Any:
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    Dumper.add_representer(_Plain, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:timestamp", value))
    return Dumper
