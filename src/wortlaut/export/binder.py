"""Bind the written data of a release into a whole: the card, the changelog, the metadata, the manifest.

What stands beside the data is made as bytes, once for the release itself and, where that is one without texts, once
for the full one too, which rehydrate must be able to make again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from wortlaut.corpus.rights import Rights
from wortlaut.export.agreement import agreement_section, write_agreement
from wortlaut.export.assemble import Assembler, Facts
from wortlaut.export.baselines import (
    BASELINES,
    baseline_section,
    baselines_bytes,
    carried_baselines,
    with_section,
)
from wortlaut.export.card import card
from wortlaut.export.changelog import CHANGELOG
from wortlaut.export.edition import Edition
from wortlaut.export.gates import weigh
from wortlaut.export.leakage import find_leakage, write_leakage
from wortlaut.export.manifest import MANIFEST, CheckEntry, FileEntry, Manifest, file_entries, manifest_bytes
from wortlaut.export.metadata.citation import citation_cff, datacite_json, zenodo_json
from wortlaut.export.metadata.croissant import croissant_json
from wortlaut.export.release import Release
from wortlaut.export.settings import ReleaseSettings
from wortlaut.export.split_card import leakage_section, split_counts, splits_section
from wortlaut.export.splits import SplitPlan
from wortlaut.export.standoff import REHYDRATE, Mirror

__all__ = ["Binder"]

Beside = Mapping[str, bytes]


class _Half(msgspec.Struct, frozen=True, kw_only=True):
    """A release without its edition: the manifest, and the entries of the files that are the same in every edition."""

    manifest: Manifest
    files: list[FileEntry]


class Binder:
    """Writes what stands beside the data, for one edition or, a second time, for another; ``settle`` comes last.

    ``path_of`` gives the folder of a version: the baselines of one that holds the same data are taken over. Raises
    UsageError for the profile ``full`` where the ledger of rights lets a text not go.
    """

    def __init__(
        self,
        folder: Path,
        assembler: Assembler,
        name: str,
        settings: ReleaseSettings,
        *,
        check: CheckEntry | None = None,
        splits: SplitPlan | None = None,
        rights: Rights | None = None,
        mirror: Mirror | None = None,
        path_of: Callable[[str], Path],
    ) -> None:
        self._folder, self._settings, self._mirror, self._path_of = folder, settings, mirror, path_of
        self._facts: Facts = assembler.facts()
        manifest = msgspec.structs.replace(assembler.manifest(name, ""), check=check)
        if splits is not None:
            manifest = msgspec.structs.replace(manifest, splits=splits.policy)
        manifest = weigh(folder, manifest, rights, "full" if mirror is None else "standoff")
        self._sections = self._chapters(manifest, splits)
        # Large, and the same in each edition: hashed once.
        self._full = _Half(manifest=manifest, files=self._written())
        self._own = self._full
        if mirror is not None:
            mirror.change_places(folder)
            self._own = _Half(manifest=mirror.manifest(manifest), files=self._written())

    def release(self) -> Release:
        """Give what was written as a release, to compare it; it has no version yet."""
        return Release(self._folder, self._own.manifest)

    def bind(self, edition: Edition) -> Manifest:
        """Write all files beside the data, the manifest last, and give it."""
        beside = self._beside(self._own, edition)
        if self._mirror is not None:
            full = self._beside(self._full, edition)
            whole = self._manifest(self._full, edition, full)
            fixed = {entry.path: (self._folder / entry.path).read_bytes() for entry in self._small(self._full)}
            recipe = self._mirror.recipe(whole, {**fixed, **full, MANIFEST: manifest_bytes(whole)}, {**fixed, **beside})
            beside = {**beside, REHYDRATE: recipe}
        for path in self._folder.iterdir():
            if path.is_file() and path.name not in beside and path.name not in {one.path for one in self._own.files}:
                path.unlink()  # of an edition that was bound before
        for name, data in beside.items():
            (self._folder / name).write_bytes(data)
        manifest = self._manifest(self._own, edition, beside)
        (self._folder / MANIFEST).write_bytes(manifest_bytes(manifest))
        return manifest

    def settle(self) -> None:
        """Look, in a release without texts, whether any word of them is left, and let go of the texts.

        Raises UsageError where eight words of a text in a row would stand in any of its files.
        """
        if self._mirror is not None:
            self._mirror.settle(self._folder, self._full.manifest)

    def _written(self) -> list[FileEntry]:
        """Give the entries of what is written and the same in every edition: data, scheme, what splits share."""
        return [entry for entry in file_entries(self._folder) if not entry.path.startswith(".")]

    @staticmethod
    def _small(half: _Half) -> list[FileEntry]:
        return [entry for entry in half.files if not entry.path.startswith("data/")]

    def _beside(self, half: _Half, edition: Edition) -> dict[str, bytes]:
        """Give the files beside the data, as bytes by name."""
        manifest, settings, scheme = self._dated(half, edition), self._settings, self._facts.scheme
        data = [entry for entry in half.files if entry.path.startswith("data/")]
        texts = {
            CHANGELOG: edition.changelog,
            "README.md": card(manifest, self._facts, settings, self._sections),
            "CITATION.cff": citation_cff(manifest, settings),
            "datacite.json": datacite_json(manifest, settings),
            "zenodo.json": zenodo_json(manifest, settings),
            "croissant.json": croissant_json(manifest, scheme, settings, data),
        }
        found = {name: text.encode() for name, text in texts.items()}
        versions = [self._path_of(version) for version in (edition.version, edition.previous) if version]
        baselines = carried_baselines(versions, manifest.content_sha256)
        if baselines is not None:
            found["README.md"] = with_section(texts["README.md"], baseline_section(baselines)).encode()
            found[BASELINES] = baselines_bytes(baselines)
        return found

    def _dated(self, half: _Half, edition: Edition) -> Manifest:
        return msgspec.structs.replace(
            half.manifest, version=edition.version, released=edition.released, previous=edition.previous
        )

    def _manifest(self, half: _Half, edition: Edition, beside: Beside) -> Manifest:
        made = [FileEntry(path=name, bytes=len(data), sha256=sha256(data).hexdigest()) for name, data in beside.items()]
        files = sorted([*half.files, *made], key=lambda entry: entry.path)
        return msgspec.structs.replace(self._dated(half, edition), files=files)

    def _chapters(self, manifest: Manifest, splits: SplitPlan | None) -> Sequence[str]:
        """Give the chapters on splits and agreement, and write down what they share and how far people agree."""
        release = Release(self._folder, manifest)
        sections = [splits_section(manifest.splits, split_counts(release))]
        agreement = self._facts.agreement
        if agreement is not None:
            write_agreement(self._folder, agreement)
        sections.append(agreement_section(agreement))
        if splits is not None:
            leakage = find_leakage(release, splits.near)
            write_leakage(self._folder, leakage)
            sections.append(leakage_section(leakage))
        return sections
