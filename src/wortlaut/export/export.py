"""Write a release in the format of another tool, with an account of what the format could not hold.

The folder is made under a temporary name and moved into place when it is whole. The same release gives the same
bytes. Memory does not grow with the release: documents are read and written one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from wortlaut.export.formats import FORMATS
from wortlaut.export.formats.base import Format, Item, Sink, contents_of
from wortlaut.export.formats.loss import Account, LossReport
from wortlaut.export.release import Release, ReleasedDocument, ReleasedLayer, open_release
from wortlaut.schema.errors import InputError, UsageError
from wortlaut.schema.files import atomic_directory, refuse_others

__all__ = ["LOSS", "ExportReport", "LayerChoice", "default_out", "export"]

LayerChoice: TypeAlias = Literal["main", "annotators"]
LOSS = "loss.json"


class ExportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an export did: where the files stand, and the account that ``loss.json`` holds."""

    path: str
    loss: LossReport


def export(
    path: Path,
    *,
    format_: str,
    out: Path | None = None,
    splits: Sequence[str] = (),
    layer: LayerChoice = "main",
    force: bool = False,
    on_document: Callable[[], None] = lambda: None,
) -> ExportReport:
    """Write the release in the folder ``path`` in a format, into the new folder ``out``.

    ``splits`` are those to write, all if none is named. ``layer`` is ``main``, or ``annotators`` for every layer of
    every document, each annotator's in a folder of their own. ``on_document`` is called for each document, for a
    progress bar. Raises UsageError for a format, split or layer that is not there and for a folder that is, unless
    ``force`` replaces an earlier export; InputError for a release that is not whole or does not hold the texts.
    """
    kind = _format(format_)
    release = open_release(path)
    wanted = _splits(release, splits, layer)
    target = out or default_out(release, format_)
    _refuse_inside(target, path)
    if force:
        refuse_others(target, LOSS, what="export")
    account = Account(kind.reasons)
    writer = kind(release.scheme, account)
    counts: Counter[str] = Counter()
    with atomic_directory(target, replace=force) as folder:
        writer.begin(folder)
        for split in wanted:
            counts[split] = _write_split(
                release, writer, account, folder=folder, split=split, layer=layer, on_document=on_document
            )
        if not counts.total():
            raise InputError("holds no document", where=f"{path}, split {', '.join(wanted)}")
        report = account.report(
            format_=format_,
            release={
                "name": release.manifest.name,
                "version": release.manifest.version,
                "content_sha256": release.manifest.content_sha256,
            },
            layer=layer,
            splits={split: counts[split] for split in wanted},
            names=writer.names,
        )
        data = msgspec.json.format(msgspec.json.encode(report), indent=2)
        (folder / LOSS).write_bytes(data + b"\n")
    return ExportReport(path=str(target), loss=report)


def default_out(release: Release, format_: str) -> Path:
    """Give the folder that an export is written to if none is named: NAME-vX.Y.Z-FORMAT here."""
    return Path(f"{release.manifest.name}-v{release.manifest.version}-{format_}")


def _format(name: str) -> type[Format]:
    if name in FORMATS:
        return FORMATS[name]
    if not name:
        raise UsageError("name a format", where="--format", hint=f"The formats are {', '.join(FORMATS)}")
    close = get_close_matches(name.lower(), FORMATS, n=1)
    guess = f"; did you mean {close[0]!r}?" if close else ""
    raise UsageError(
        f"there is no format {name!r}{guess}", where="--format", hint=f"The formats are {', '.join(FORMATS)}"
    )


def _splits(release: Release, splits: Sequence[str], layer: LayerChoice) -> tuple[str, ...]:
    unknown = [split for split in splits if split not in release.splits]
    if unknown:
        close = get_close_matches(unknown[0], release.splits, n=1)
        guess = f"; did you mean {close[0]!r}?" if close else ""
        raise UsageError(
            f"the release has no split {unknown[0]!r}{guess}",
            where="--split",
            hint=f"It has {', '.join(release.splits)}",
        )
    if layer == "annotators" and "annotators" not in release.manifest.configs:
        raise UsageError("the release holds no annotators' layers", where="--layer", hint="Take --layer main")
    return tuple(split for split in release.splits if not splits or split in splits)


def _refuse_inside(target: Path, path: Path) -> None:
    """Refuse to write into the release: a file that its manifest does not list would break it."""
    if target.resolve().is_relative_to(path.resolve()):
        raise UsageError("lies inside the release, which must not change", where=str(target), hint="Name another --out")


def _write_split(
    release: Release,
    writer: Format,
    account: Account,
    *,
    folder: Path,
    split: str,
    layer: LayerChoice,
    on_document: Callable[[], None],
) -> int:
    """Write the documents of a split, and say how many there are."""
    number = 0
    with ExitStack() as stack:
        sinks: dict[str, Sink] = {}
        for document in release.documents(split=split, layers=layer == "annotators"):
            layers = document.layers if layer == "annotators" else (document.main,)
            items = [_item(document, one, release) for one in layers]
            for item in items:
                account.take(item)
            for who, group in _groups(items, together=writer.nested or layer == "main"):
                if who not in sinks:
                    place = folder / who
                    place.mkdir(exist_ok=True)
                    sinks[who] = stack.enter_context(writer.open(place, split))
                sinks[who](group)
            number += 1
            on_document()
    return number


def _item(document: ReleasedDocument, layer: ReleasedLayer, release: Release) -> Item:
    if document.text is None:
        raise InputError(
            "the release does not hold the texts (profile standoff), and every format needs them",
            where=str(release.path),
            hint=f"Run wortlaut rehydrate {release.path} --texts DIR first, and export what it makes",
        )
    return Item(
        document=document, text=document.text, layer=layer, contents=contents_of(document, layer, release.scheme)
    )


def _groups(items: Sequence[Item], *, together: bool) -> Iterator[tuple[str, Sequence[Item]]]:
    """Give items by the folder that they go to: one for each annotator, one for the gold layer."""
    if together:
        yield ".", items
        return
    unnamed = 0
    for item in items:
        layer = item.layer
        who = layer.annotator if layer.layer == "annotator" else layer.layer
        if who is None:
            unnamed += 1
            who = f"unnamed-{unnamed}"
        yield who, [item]
