"""Bind the written data of a release into a whole: the card, the changelog, the metadata, the manifest."""

from __future__ import annotations

from pathlib import Path

import msgspec

from wortlaut.export.assemble import Assembler
from wortlaut.export.card import card
from wortlaut.export.changelog import CHANGELOG
from wortlaut.export.edition import Edition
from wortlaut.export.leakage import find_leakage, write_leakage
from wortlaut.export.manifest import CheckEntry, Manifest, file_entries, write_manifest
from wortlaut.export.metadata.citation import citation_cff, datacite_json, zenodo_json
from wortlaut.export.metadata.croissant import croissant_json
from wortlaut.export.release import Release
from wortlaut.export.settings import ReleaseSettings
from wortlaut.export.split_card import leakage_section, split_counts, splits_section
from wortlaut.export.splits import SplitPlan

__all__ = ["Binder"]


class Binder:
    """Writes what stands beside the data, for one edition or, a second time, for another."""

    def __init__(
        self,
        folder: Path,
        assembler: Assembler,
        name: str,
        settings: ReleaseSettings,
        *,
        check: CheckEntry | None = None,
        splits: SplitPlan | None = None,
    ) -> None:
        self._folder, self._settings = folder, settings
        self._facts = assembler.facts()
        self._manifest = msgspec.structs.replace(assembler.manifest(name, ""), check=check)
        if splits is not None:
            self._manifest = msgspec.structs.replace(self._manifest, splits=splits.policy)
        self._sections = self._about_splits(splits)
        # Large, and the same in each edition: hashed once.
        self._data = [entry for entry in file_entries(folder) if entry.path.startswith("data/")]

    def release(self) -> Release:
        """Give what was written as a release, to compare it; it has no version yet."""
        return Release(self._folder, self._manifest)

    def bind(self, edition: Edition) -> Manifest:
        """Write all files beside the data, the manifest last, and give it."""
        manifest = msgspec.structs.replace(
            self._manifest, version=edition.version, released=edition.released, previous=edition.previous
        )
        self._write(CHANGELOG, edition.changelog)
        self._write("README.md", card(manifest, self._facts, self._settings, self._sections))
        self._write("CITATION.cff", citation_cff(manifest, self._settings))
        self._write("datacite.json", datacite_json(manifest, self._settings))
        self._write("zenodo.json", zenodo_json(manifest, self._settings))
        self._write("croissant.json", croissant_json(manifest, self._facts.scheme, self._settings, self._data))
        manifest = msgspec.structs.replace(manifest, files=file_entries(self._folder, self._data))
        write_manifest(self._folder, manifest)
        return manifest

    def _about_splits(self, splits: SplitPlan | None) -> list[str]:
        """Give the chapters on splits; where they were planned, look what they share and write that down."""
        release = self.release()
        sections = [splits_section(self._manifest.splits, split_counts(release))]
        if splits is not None:
            leakage = find_leakage(release, splits.near, splits.near_total)
            write_leakage(self._folder, leakage)
            sections.append(leakage_section(leakage))
        return sections

    def _write(self, name: str, text: str) -> None:
        (self._folder / name).write_text(text, encoding="utf-8", newline="\n")
