"""What the metadata files of a release have in common: who, what, under which licence, in which words."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from wortlaut.export.manifest import Manifest
from wortlaut.export.settings import ReleaseSettings

__all__ = ["NO_LEAVE", "Author", "authors", "bibtex", "description", "keywords", "license_url", "licenses", "title"]

NO_LEAVE = "LicenseRef-not-to-be-handed-on"
"""What stands for the licence of texts that may not be handed on, in a full release that somebody rehydrated."""
_KEYWORDS = {
    "entities": "named entity recognition",
    "quotes": "quotation attribution",
    "relations": "relation extraction",
}


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """Who is cited: a person with both names, or an organisation (``family`` is None) by its name."""

    name: str
    family: str | None = None
    given: str | None = None


def title(manifest: Manifest, settings: ReleaseSettings) -> str:
    """Give the title, or the name of the dataset where it has none."""
    return settings.title or manifest.name


def authors(manifest: Manifest, settings: ReleaseSettings) -> list[Author]:
    """Give who is cited; where nobody is named, the makers of the dataset as a whole.

    ``Family, Given`` is a person, what has no comma an organisation.
    """
    found = []
    for name in settings.authors:
        family, comma, given = (part.strip() for part in name.partition(","))
        found.append(Author(name=name, family=family, given=given) if comma and given else Author(name=name.strip()))
    return found or [Author(name=f"The makers of {title(manifest, settings)}")]


def description(manifest: Manifest, settings: ReleaseSettings) -> str:
    """Give a description in plain words."""
    own = f"{settings.description.strip()} " if settings.description.strip() else ""
    rows = {config: entry.rows for config, entry in manifest.configs.items()}
    return (
        f"{own}{rows['documents']:,} press articles annotated with the scheme {manifest.scheme.name} "
        f"{manifest.scheme.version}: {rows.get('entities', 0):,} entities and mentions, "
        f"{rows.get('quotes', 0):,} quotes, {rows.get('relations', 0):,} relations. "
        "Offsets are Unicode code points, half open."
    )


def keywords(manifest: Manifest) -> list[str]:
    """Give the tasks that the release holds annotation for."""
    return [*(word for config, word in _KEYWORDS.items() if config in manifest.configs), "press", "annotated corpus"]


def licenses(manifest: Manifest, settings: ReleaseSettings) -> Iterator[tuple[str, str]]:
    """Give what is licensed and under which SPDX id, the texts before the annotation.

    The ledger of rights has the word on texts; where a build knew none, the settings have. A release without texts
    licenses none.
    """
    rights = manifest.rights
    if manifest.profile == "full" and rights is not None:
        for license_id in sorted(rights.licenses, key=lambda one: (-rights.licenses[one], one)):
            yield "texts", license_id
        if rights.withheld:
            yield f"{rights.withheld:,} texts", NO_LEAVE
    elif manifest.profile == "full" and settings.license:
        yield "texts", settings.license
    if settings.annotation_license:
        yield "annotation", settings.annotation_license


def license_url(license_id: str) -> str | None:
    """Give the page of an SPDX licence; None for one of its own (LicenseRef-...) or an expression of several."""
    known = " " not in license_id and not license_id.startswith("LicenseRef-")
    return f"https://spdx.org/licenses/{license_id}.html" if known else None


def _tex(text: str) -> str:
    """Write text so that LaTeX shows it as it stands."""
    return re.sub(r"[&%$#_{}]", r"\\\g<0>", text.replace("\\", "/"))


def bibtex(manifest: Manifest, settings: ReleaseSettings) -> str:
    """Give a BibTeX entry for this version."""
    people = " and ".join(
        _tex(one.name) if one.family else f"{{{_tex(one.name)}}}" for one in authors(manifest, settings)
    )
    fields = {
        "author": people,
        "title": f"{{{_tex(title(manifest, settings))}}}",
        "version": manifest.version,
        "year": manifest.released[:4],
        "doi": settings.doi,
        "url": settings.homepage,
        "note": f"content {manifest.content_sha256[:16]}",
    }
    body = ",\n".join(f"  {name:<7} = {{{value}}}" for name, value in fields.items() if value)
    return f"@misc{{{manifest.name},\n{body}\n}}"
