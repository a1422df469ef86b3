"""Compare two releases, document by document, in memory that does not grow with them.

Both are sorted by document within each split, so one merged walk over both finds what came, left and stayed. Rows that
are the same in Arrow are passed over without being turned into records, which is most of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import msgspec

from wortlaut.export.diff.bridge import Bridge
from wortlaut.export.diff.columns import column_changes
from wortlaut.export.diff.layers import compare_layers
from wortlaut.export.diff.records import DocumentChange, LayerChange, ReleaseName, Summary
from wortlaut.export.diff.renames import Renames
from wortlaut.export.diff.schemes import compare_schemes, renames_between
from wortlaut.export.diff.steps import decide
from wortlaut.export.diff.walk import Row, Walk
from wortlaut.export.features import CONFIGS
from wortlaut.export.release import Release, ReleasedDocument, ReleasedLayer
from wortlaut.schema.checked import ArticleMeta

__all__ = ["Comparison"]

_Maker = tuple[str, str | None]  # the kind of a layer and the pseudonym of who made it
_NAMED = 50  # ids of documents that came or left and are named in the summary


class Comparison:
    """The comparison of two releases. Iterate it once, then ``summary`` is whole."""

    def __init__(self, before: Release, after: Release) -> None:
        self._before, self._after = before, after
        self._renames: Renames = renames_between(before.scheme, after.scheme)
        self.summary = Summary(before=_name(before), after=_name(after))
        self._configs()
        self.summary.scheme = compare_schemes(before.scheme, after.scheme)

    def __iter__(self) -> Iterator[DocumentChange]:
        for change in self._changes():
            self._count(change)
            yield change
        self._files()
        self._other_rows()
        self.summary.step, self.summary.reasons = decide(self.summary, self._before.manifest, self._after.manifest)

    def run(self) -> Summary:
        """Go through all documents for the sake of the summary alone."""
        for _ in self:
            pass
        return self.summary

    def _changes(self) -> Iterator[DocumentChange]:
        """Walk both releases at once; each document's layers wait in step with it."""
        layers = Walk(self._before, self._after, "annotators")
        for doc_id, old, new in Walk(self._before, self._after, "documents"):
            old_layers, new_layers = layers.take(doc_id)
            change = self._document(doc_id, old, new, old_layers, new_layers)
            if change is None:
                self.summary.unchanged += 1
            else:
                yield change

    def _document(
        self, doc_id: str, old: list[Row], new: list[Row], old_layers: list[Row], new_layers: list[Row]
    ) -> DocumentChange | None:
        if not new:
            return DocumentChange(doc_id=doc_id, change="left", split_before=old[0].split)
        if not old:
            return DocumentChange(doc_id=doc_id, change="came", split=new[0].split)
        one, other = old[0], new[0]
        same_layers = len(old_layers) == len(new_layers) and all(
            a.same(b) for a, b in zip(old_layers, new_layers, strict=True)
        )
        if one.split == other.split and same_layers and one.same(other):
            return None
        was, now = self._before.document(one.values(), one.split), self._after.document(other.values(), other.split)
        bridge = Bridge(was.text, now.text)
        main = compare_layers(was.main, now.main, bridge, self._renames, main=True)
        layers = list(self._layers(old_layers, new_layers, bridge))
        whose = self._whose(was.main, now.main, old_layers, new_layers, layers)
        change = DocumentChange(
            doc_id=doc_id,
            change="changed",
            split_before=one.split,
            split=other.split,
            text_changed=was.text_sha256 != now.text_sha256,
            fields=_fields(was, now),
            layers=(*([main] if main else []), *layers),
            main_of=whose,
        )
        if change.moved or change.text_changed or change.fields or change.layers or whose:
            return change
        self.summary.other_values += 1
        return None

    def _whose(
        self,
        was: ReleasedLayer,
        now: ReleasedLayer,
        old_rows: list[Row],
        new_rows: list[Row],
        changes: list[LayerChange],
    ) -> tuple[str, str] | None:
        """Say whose layer the main one was and is, where that is another person and there is no doubt of it."""
        if was.layer != now.layer or not (was.spans() and now.spans()):
            return None  # that it is of another kind is said already, and empty ones are alike
        old = _makers(was, [self._before.layer(row.values()) for row in old_rows])
        new = _makers(now, [self._after.layer(row.values()) for row in new_rows])
        renumbered = {change.was: change.annotator or "" for change in changes if change.was}
        if len(old) != 1 or len(new) != 1 or renumbered.get(old[0], old[0]) == new[0]:
            return None
        return old[0], new[0]

    def _layers(self, old: list[Row], new: list[Row], bridge: Bridge) -> Iterator[LayerChange]:
        was = _by_maker([self._before.layer(row.values()) for row in old])
        now = _by_maker([self._after.layer(row.values()) for row in new])
        for old_key, key in _renumbered(was, now, bridge, self._renames):
            yield LayerChange(change="changed", layer=key[0], annotator=key[1], was=str(old_key[1]))
            del was[old_key], now[key]
        for key in dict.fromkeys((*now, *was)):
            if key not in was:
                yield LayerChange(change="came", layer=key[0], annotator=key[1])
            elif key not in now:
                yield LayerChange(change="left", layer=key[0], annotator=key[1])
            else:
                change = compare_layers(was[key], now[key], bridge, self._renames, main=False)
                if change:
                    yield change

    def _configs(self) -> None:
        old, new = self._before.manifest, self._after.manifest
        self.summary.configs_came = [name for name in new.configs if name not in old.configs]
        self.summary.configs_left = [name for name in old.configs if name not in new.configs]
        for config in CONFIGS:
            # Another profile is named as such; that it has other columns goes without saying.
            if config in old.configs and config in new.configs and old.profile == new.profile:
                self.summary.columns += column_changes(config, self._before, self._after)

    def _other_rows(self) -> None:
        """Name configs whose rows are other and of which nothing else tells: the walk goes through two of the six."""
        summary, old, new = self.summary, self._before.manifest, self._after.manifest
        if old.profile != new.profile:
            return
        told = {column.partition(".")[0] for column in summary.columns}
        if summary.documents or summary.other_values:
            told |= {"documents", "annotators"}
        hashes = {config: entry.content_sha256 for config, entry in old.configs.items()}
        other = {config for config, entry in new.configs.items() if hashes.get(config, "") != entry.content_sha256}
        other &= hashes.keys()
        # The flat configs follow from the documents.
        if "documents" not in other or not told:
            summary.configs_other = [config for config in CONFIGS if config in other - told]

    def _files(self) -> None:
        """Name the files beside the data that are other: a card, a guideline, a schema."""
        if not self._after.manifest.files:
            return  # it is being built and has none yet
        old, new = (
            {entry.path: entry.sha256 for entry in release.manifest.files if not entry.path.startswith("data/")}
            for release in (self._before, self._after)
        )
        self.summary.other_files = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))

    def _count(self, change: DocumentChange) -> None:
        summary = self.summary
        summary.documents[change.change] += 1
        if change.change in {"came", "left"}:
            named = summary.came if change.change == "came" else summary.left
            if len(named) < _NAMED:
                named.append(change.doc_id)
            return
        if change.moved:
            key = f"{change.split_before} -> {change.split}"
            summary.splits[key] = summary.splits.get(key, 0) + 1
        summary.texts += change.text_changed
        summary.corrected += bool(change.fields or change.layers or change.main_of)
        if change.main_of:
            was, now = change.main_of
            summary.layers[f"main was {was}'s, is {now}'s"] += 1
        summary.fields.update(change.fields)
        for layer in change.layers:
            if not layer.main:
                summary.layers["under another pseudonym" if layer.was else layer.change] += 1
            elif layer.was:
                summary.layers[f"main was {layer.was}, is {layer.layer}"] += 1
            for what, counts, changes in (
                ("span", summary.spans, layer.spans),
                ("cue", summary.cues, layer.cues),
                ("relation", summary.relations, layer.relations),
                ("quote", summary.quotes, layer.quotes),
                ("attribute", summary.attributes, layer.attributes),
            ):
                if changes:
                    into = counts if layer.main else summary.in_layers.setdefault(what, Counter())
                    into.update([_kind(one) for one in changes])


def _by_maker(layers: list[ReleasedLayer]) -> dict[_Maker, ReleasedLayer]:
    return {(layer.layer, layer.annotator): layer for layer in layers}


def _makers(main: ReleasedLayer, layers: list[ReleasedLayer]) -> list[str]:
    """Give who made a layer that is the main one: the rows of documents do not name anybody."""
    return [
        layer.annotator
        for layer in layers
        if layer.annotator is not None and msgspec.structs.replace(layer, annotator=main.annotator) == main
    ]


def _renumbered(
    was: Mapping[_Maker, ReleasedLayer], now: Mapping[_Maker, ReleasedLayer], bridge: Bridge, renames: Renames
) -> list[tuple[_Maker, _Maker]]:
    """Find layers that hold the same and stand under another pseudonym; also two that changed their places.

    Empty ones are alike and tell nothing, but for one that changed its place with one that is not.
    """

    def same(old: _Maker, new: _Maker) -> bool:
        return compare_layers(was[old], now[new], bridge, renames, main=False) is None

    found: list[tuple[_Maker, _Maker]] = []
    free = [key for key in now if key not in was]
    for old in [key for key, layer in was.items() if key not in now and layer.spans()]:
        new = next((key for key in free if key[0] == old[0] and same(old, key)), None)
        if new is not None:
            free.remove(new)
            found.append((old, new))
    changed = [key for key in was if key in now and not same(key, key)]
    swapped: set[_Maker] = set()
    for one, other in combinations(changed, 2):
        filled = was[one].spans() or was[other].spans()
        if filled and not {one, other} & swapped and same(one, other) and same(other, one):
            swapped |= {one, other}
            found += [(one, other), (other, one)]
    return found


def _fields(was: ReleasedDocument, now: ReleasedDocument) -> tuple[str, ...]:
    names = [name for name in ArticleMeta.__struct_fields__ if getattr(was.meta, name) != getattr(now.meta, name)]
    if (was.text is None) != (now.text is None) and "headline" in names:
        names.remove("headline")  # the profile without texts has none
    return (*names, *(["n_annotators"] if was.n_annotators != now.n_annotators else []))


def _kind(change: Any) -> str:
    what = getattr(change, "what", ())
    by_migration = getattr(change, "by_migration", False) or (what and all("by migration" in one for one in what))
    return f"{change.change} by migration" if by_migration else str(change.change)


def _name(release: Release) -> ReleaseName:
    manifest = release.manifest
    return ReleaseName(name=manifest.name, version=manifest.version, content_sha256=manifest.content_sha256)
