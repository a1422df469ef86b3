"""Write the full release that rehydrate makes, and hold it to what the full build had."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from wortlaut.export.assemble import BATCH_ARTICLES, BATCH_CHARACTERS, manifest_counts
from wortlaut.export.features import CONFIGS
from wortlaut.export.manifest import (
    ConfigEntry,
    Manifest,
    RehydratedEntry,
    config_entries,
    content_of_release,
    file_entries,
    ner_entry,
    read_manifest,
    write_manifest,
)
from wortlaut.export.release import Release
from wortlaut.export.shards import ShardInfo, SplitWriter
from wortlaut.export.standoff import REHYDRATE, Recipe, refilled
from wortlaut.export.tables import Chosen, TableBuilder, schemas
from wortlaut.schema.errors import InputError, UsageError

__all__ = ["Outcome", "Whole", "write_whole"]

Outcome = Literal["exact", "anchored", "ambiguous", "lost"]
REPORT = "rehydration.json"
# What says which release it is, or lists the hashes of its files: another release must not carry it.
_OF_FILES = ("croissant.json", "CITATION.cff", "datacite.json", "zenodo.json", "agreement.json", "leakage.json")


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """How the release that was written compares with the full build (see RehydrateReport)."""

    same: Literal["bytes", "content", "no"]
    differing: list[str]
    content_sha256: str


def write_whole(
    folder: Path,
    release: Release,
    recipe: Recipe,
    *,
    chosen: Callable[[str], Iterator[Chosen]],
    outcomes: Callable[[], dict[str, int]],
    others: Callable[[], Sequence[msgspec.Struct]],
) -> Whole:
    """Write the full release into ``folder`` from the documents that ``chosen`` gives for each split."""
    surfaces: dict[int, str] = {}
    wanted: dict[str, list[int]] = {}
    for number, place in enumerate(recipe.full.surfaces):
        wanted.setdefault(place.doc_id, []).append(number)

    def noting(split: str) -> Iterator[Chosen]:
        for one in chosen(split):
            for number in wanted.get(one.task.article_id, ()):
                place = recipe.full.surfaces[number]
                surfaces[number] = one.task.text[place.start : place.end]
            yield one

    tables, shards = _write_rows(folder, release, noting)
    found = outcomes()
    exact = found["exact"] == sum(found.values())
    shown = [surfaces.get(number, "…") if exact else "…" for number in range(len(recipe.full.surfaces))]
    for entry in release.manifest.files:
        if not entry.path.startswith("data/") and entry.path not in {REHYDRATE, *recipe.full.files}:
            _write(folder / entry.path, (release.path / entry.path).read_bytes())
    for path, text in recipe.full.files.items():
        _write(folder / path, refilled(text, shown).encode())
    full = read_manifest(folder)
    configs = config_entries(sorted(shards, key=lambda shard: CONFIGS.index(shard.config)))
    content = content_of_release(full.scheme, configs)
    if exact and content == full.content_sha256:
        return _compared(folder, full, configs, release.path)
    missing = sum(getattr(one, "spans", 0) - getattr(one, "recovered", 0) for one in others())
    moved = RehydratedEntry(of=full.content_sha256, **found, spans_lost=missing)
    manifest = msgspec.structs.replace(
        full,
        rehydrated=moved,
        content_sha256=content,
        configs=configs,
        without_rows=[config for config in CONFIGS if config not in configs],
        counts=manifest_counts(tables.counts, int(str(full.counts["annotators"]))),
        ner=ner_entry(tables.loss),
        # What the ledger said was said of all of the texts.
        rights=None,
        files=[],
    )
    _write(folder / REPORT, msgspec.json.format(msgspec.json.encode(others()), indent=2) + b"\n")
    _mark(folder, manifest, moved)
    return Whole(same="no", differing=[], content_sha256=content)


def _write_rows(
    folder: Path, release: Release, chosen: Callable[[str], Iterator[Chosen]]
) -> tuple[TableBuilder, list[ShardInfo]]:
    people: dict[str, int] = {}
    tables = TableBuilder(release.scheme, people)
    shards: list[ShardInfo] = []
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        for split in sorted(release.splits):
            with SplitWriter(folder, split, schemas(release.scheme), Path(scratch)) as writer:
                for batch in _batches(chosen(split)):
                    for layer in [layer for one in batch for layer in one.choice.layers]:
                        if layer.annotator is not None:
                            people.setdefault(layer.annotator, len(people))
                    writer.write(tables(batch))
                shards += writer.finish(list(people))
    if not any(shard.config == "documents" for shard in shards):
        raise UsageError("no document has a text: there is nothing to write", where=str(release.path))
    return tables, shards


def _batches(chosen: Iterator[Chosen]) -> Iterator[list[Chosen]]:
    """Cut documents into batches as the build does: the row groups of the files depend on it."""
    batch: list[Chosen] = []
    size = 0
    for one in chosen:
        batch.append(one)
        size += len(one.task.text)
        if len(batch) >= BATCH_ARTICLES or size >= BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _compared(folder: Path, full: Manifest, configs: dict[str, ConfigEntry], where: Path) -> Whole:
    """Hold every file to the full build's; where other libraries wrote other bytes the manifest tells these."""
    files = file_entries(folder)
    listed = {entry.path: entry.sha256 for entry in full.files}
    differing = [entry.path for entry in files if listed.get(entry.path) != entry.sha256]
    differing += [path for path in listed if path not in {entry.path for entry in files}]
    strange = sorted(path for path in differing if not path.startswith("data/"))
    if strange:
        # Another library may write the rows in other bytes; everything else came with the release, as it was.
        raise InputError(
            f"rehydrate.json gives another {strange[0]} than the full release had",
            where=str(where),
            hint="It was changed after the build: fetch the release again",
        )
    if differing:
        write_manifest(folder, msgspec.structs.replace(full, configs=configs, files=files))
    return Whole(same="content" if differing else "bytes", differing=differing, content_sha256=full.content_sha256)


def _mark(folder: Path, manifest: Manifest, entry: RehydratedEntry) -> None:
    """Make another release of it, which says what it is in its card and its manifest."""
    for name in _OF_FILES:
        (folder / name).unlink(missing_ok=True)
    card = folder / "README.md"
    _write(card, _marked_card(card.read_text(encoding="utf-8"), manifest, entry).encode())
    write_manifest(folder, msgspec.structs.replace(manifest, files=file_entries(folder)))


def _marked_card(card: str, manifest: Manifest, entry: RehydratedEntry) -> str:
    """Set the sizes in the card's YAML right, and say on top what the release is."""
    import yaml

    # How to know the version by its content: this one has another.
    card = card.replace(f"content_sha256 {entry.of}", f"content_sha256 {manifest.content_sha256}")
    parts = re.split(r"^---\n", card, maxsplit=2, flags=re.MULTILINE)
    if len(parts) != 3:
        raise InputError("the README.md in rehydrate.json is no card", hint="Fetch the release again")
    head, meta, body = parts
    data: dict[str, Any] = yaml.safe_load(meta)
    data["configs"] = [one for one in data.get("configs", ()) if one["config_name"] in manifest.configs]
    for one in data["configs"]:
        splits = manifest.configs[one["config_name"]].splits
        one["data_files"] = [{"split": name, "path": split.file} for name, split in splits.items()]
    data["dataset_info"] = [one for one in data.get("dataset_info", ()) if one["config_name"] in manifest.configs]
    for one in data["dataset_info"]:
        splits = manifest.configs[one["config_name"]].splits
        one["splits"] = [
            {"name": name, "num_bytes": split.num_bytes, "num_examples": split.rows} for name, split in splits.items()
        ]
        one["dataset_size"] = sum(split.num_bytes for split in splits.values())
    notice = (
        f"> **Rehydrated from other texts.** {entry.exact:,} documents have the text that was annotated; "
        f"{entry.anchored:,} have one that differs, with the annotation found again in it; "
        f"{entry.ambiguous + entry.lost:,} are not here. {entry.spans_lost:,} spans have no place and are left out "
        f"(`{REPORT}` lists them). The figures below are those of the full release, whose content is `{entry.of}`; "
        f"this one's is `{manifest.content_sha256}`.\n\n"
    )
    meta = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110)
    return f"{head}---\n{meta}---\n\n{notice}{body.lstrip()}"


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
