"""What a release says that no file knows."""

from __future__ import annotations

import msgspec

from wortlaut.schema.project import Settings

__all__ = ["ReleaseSettings", "release_settings"]


class ReleaseSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A title, the SPDX ids of the texts' and the annotation's license, and the words of ``[release]`` in the settings.

    ``authors`` are people (``Family, Given``) or organisations; ``contact`` is whom to ask for a text to be taken down;
    ``annotators`` says who annotated; ``known_errors`` are those that are not mended. All are free text.
    """

    title: str = ""
    license: str = ""
    annotation_license: str = ""
    authors: tuple[str, ...] = ()
    contact: str = ""
    homepage: str = ""
    doi: str = ""
    description: str = ""
    annotators: str = ""
    known_errors: tuple[str, ...] = ()


def release_settings(settings: Settings) -> ReleaseSettings:
    """Take them out of a project's settings."""
    release = settings.release
    return ReleaseSettings(
        title=settings.title,
        license=settings.license,
        annotation_license=settings.annotation_license,
        authors=release.authors,
        contact=release.contact,
        homepage=release.homepage,
        doi=release.doi,
        description=release.description,
        annotators=release.annotators,
        known_errors=release.known_errors,
    )
