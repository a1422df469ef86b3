"""Bind the written data of a release into a whole: the card, the changelog, the metadata, the manifest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from wortlaut.export.assemble import Assembler
from wortlaut.export.baselines import carry_baselines
from wortlaut.export.card import card
from wortlaut.export.changelog import CHANGELOG
from wortlaut.export.edition import Edition
from wortlaut.export.manifest import CheckEntry, Manifest, file_entries, write_manifest
from wortlaut.export.metadata.citation import citation_cff, datacite_json, zenodo_json
from wortlaut.export.metadata.croissant import croissant_json
from wortlaut.export.release import Release
from wortlaut.export.settings import ReleaseSettings

__all__ = ["Binder"]


class Binder:
    """Writes what stands beside the data, for one edition or, a second time, for another.

    ``path_of`` gives the folder of a version: the baselines of one that holds the same data are taken over.
    """

    def __init__(  # noqa: PLR0917 - what the build has made
        self,
        folder: Path,
        assembler: Assembler,
        name: str,
        settings: ReleaseSettings,
        check: CheckEntry | None,
        path_of: Callable[[str], Path],
    ) -> None:
        self._folder, self._settings, self._path_of = folder, settings, path_of
        self._facts = assembler.facts()
        # Large, and the same in each edition: hashed once.
        self._data = [entry for entry in file_entries(folder) if entry.path.startswith("data/")]
        self._manifest = msgspec.structs.replace(assembler.manifest(name, ""), check=check)

    def release(self) -> Release:
        """Give what was written as a release, to compare it; it has no version yet."""
        return Release(self._folder, self._manifest)

    def bind(self, edition: Edition) -> Manifest:
        """Write all files beside the data, the manifest last, and give it."""
        manifest = msgspec.structs.replace(
            self._manifest, version=edition.version, released=edition.released, previous=edition.previous
        )
        self._write(CHANGELOG, edition.changelog)
        self._write("README.md", card(manifest, self._facts, self._settings))
        versions = [version for version in (edition.version, edition.previous) if version]
        carry_baselines([self._path_of(version) for version in versions], self._folder, manifest.content_sha256)
        self._write("CITATION.cff", citation_cff(manifest, self._settings))
        self._write("datacite.json", datacite_json(manifest, self._settings))
        self._write("zenodo.json", zenodo_json(manifest, self._settings))
        self._write("croissant.json", croissant_json(manifest, self._facts.scheme, self._settings, self._data))
        manifest = msgspec.structs.replace(manifest, files=file_entries(self._folder, self._data))
        write_manifest(self._folder, manifest)
        return manifest

    def _write(self, name: str, text: str) -> None:
        (self._folder / name).write_text(text, encoding="utf-8", newline="\n")
