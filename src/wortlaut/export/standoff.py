"""The profile ``standoff``: a release without texts, and all that makes the full one again of it and the texts.

While the full release is assembled a Mirror writes the same rows without texts. Then the two change places: what the
full release holds beside its rows goes into ``rehydrate.json``, with the SHA-256 of each of its files, so that
rehydrate can prove that it made the same again.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import msgspec

from wortlaut.export.features import CONFIGS
from wortlaut.export.hidden import Hiding
from wortlaut.export.leaks import leak_gate, refuse_leaks
from wortlaut.export.manifest import (
    MANIFEST,
    Manifest,
    config_entries,
    content_of_release,
)
from wortlaut.export.markdown import code, plain
from wortlaut.export.ner import LossExample
from wortlaut.export.shards import ShardInfo, SplitWriter
from wortlaut.export.surfaces import EIGHT, word_spans
from wortlaut.export.tables import Chosen, TableBuilder, schemas
from wortlaut.schema.errors import InputError
from wortlaut.schema.files import is_safe_path
from wortlaut.schema.scheme import Scheme

__all__ = ["REHYDRATE", "FullRelease", "Mirror", "Recipe", "read_recipe", "refilled"]

REHYDRATE = "rehydrate.json"
_PARKED, _TEXTS = ".standoff", ".full"
# Private use: the mark of a surface is one of these and one that says which, and in which form.
_MARK, _NUMBERS = "\ue000", 0xE001


class FullRelease(msgspec.Struct, frozen=True, kw_only=True):
    """What the full release holds beside its rows.

    ``files`` are those that the release without texts has otherwise or not at all, by path, as text; long surfaces in
    them are taken out and stand in ``surfaces`` as places, by the number of their mark.
    """

    manifest_sha256: str
    content_sha256: str
    files: dict[str, str]
    surfaces: list[LossExample] = []


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """The file ``rehydrate.json``."""

    format: Literal["wortlaut-rehydrate/1"] = "wortlaut-rehydrate/1"
    salt: str
    surface: int
    full: FullRelease


class Mirror:
    """Writes the rows of a release without texts beside the full ones; a context manager around the assembling.

    ``numbers`` are those of the annotators as the assembler gives them. ``start`` comes first, then ``write`` for each
    batch, ``finish`` for each split; then ``change_places``, and ``settle`` when the release is whole.
    """

    def __init__(self, hiding: Hiding) -> None:
        self._hiding = hiding
        self._stack = ExitStack()
        self._writers: dict[str, SplitWriter] = {}
        self._shards: list[ShardInfo] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def start(self, folder: Path, scheme: Scheme, numbers: Mapping[str, int]) -> None:
        """Begin to write, into the folder of the full release."""
        self._folder, self._scheme = folder / _PARKED, scheme
        self._folder.mkdir()
        self._tables = TableBuilder(scheme, numbers, self._hiding)

    def write(self, split: str, batch: Sequence[Chosen]) -> None:
        """Write the rows of a batch."""
        if split not in self._writers:
            writer = SplitWriter(self._folder, split, schemas(self._scheme, "standoff"), self._folder)
            self._writers[split] = self._stack.enter_context(writer)
        self._writers[split].write(self._tables(batch))

    def finish(self, split: str, pseudonyms: Sequence[str]) -> None:
        """Write what waited for the annotators' pseudonyms."""
        self._shards += self._writers[split].finish(pseudonyms)

    def change_places(self, folder: Path) -> None:
        """Put the rows without texts in the place of the full ones, which stay aside until ``settle``."""
        self._stack.close()
        # The texts stay until nothing of them is found in what takes their place.
        (folder / "data").rename(folder / _TEXTS)
        (folder / _PARKED / "data").rename(folder / "data")
        (folder / _PARKED).rmdir()

    def manifest(self, full: Manifest) -> Manifest:
        """Give the manifest of the release without texts from that of the full one; its files are not listed yet."""
        shards = sorted(self._shards, key=lambda shard: CONFIGS.index(shard.config))
        configs = config_entries(shards)
        examples = [self._cut(example) for example in full.ner.examples]
        return msgspec.structs.replace(
            full,
            profile="standoff",
            content_sha256=content_of_release(full.scheme, configs),
            configs=configs,
            without_rows=[config for config in CONFIGS if config not in configs],
            ner=msgspec.structs.replace(full.ner, examples=examples),
            files=[],
        )

    def recipe(self, full: Manifest, before: Mapping[str, bytes], now: Mapping[str, bytes]) -> bytes:
        """Give ``rehydrate.json``. ``before`` are the full release's files beside its rows, ``now`` this one's."""
        hidden = [example for example in full.ner.examples if self._cut(example) != example]
        files = {path: _marked(data.decode(), hidden) for path, data in before.items() if now.get(path) != data}
        places = [msgspec.structs.replace(example, text="") for example in hidden]
        entry = FullRelease(
            manifest_sha256=sha256(before[MANIFEST]).hexdigest(),
            content_sha256=full.content_sha256,
            files=files,
            surfaces=places,
        )
        surfaces = [example.text for example in hidden]
        for path, text in files.items():
            if refilled(text, surfaces).encode() != before[path]:
                raise InputError("cannot be written without the texts and got back", where=path)
        made = Recipe(salt=self._hiding.salt, surface=self._hiding.surface, full=entry)
        return msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n"

    def settle(self, folder: Path, full: Manifest) -> None:
        """Look whether any word of the texts is left in the files of the release, and remove the texts.

        Raises UsageError where eight words of a text in a row would stand in any file.
        """
        refuse_leaks(leak_gate(folder, _Texts(folder, full)))
        shutil.rmtree(folder / _TEXTS)

    def _cut(self, example: LossExample) -> LossExample:
        """Give an example as it may be shown."""
        if len(example.text) <= self._hiding.surface and len(word_spans(example.text)) < EIGHT:
            return example
        return msgspec.structs.replace(example, text="…")


class _Texts:
    """The texts of the full release, as often as they are wanted."""

    def __init__(self, folder: Path, full: Manifest) -> None:
        files = [split.file for split in full.configs["documents"].splits.values()]
        self._paths = [folder / _TEXTS / file.removeprefix("data/") for file in files]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        import pyarrow.parquet as pq

        for path in self._paths:
            with pq.ParquetFile(path) as table:
                for batch in table.iter_batches(200, columns=["doc_id", "text"]):
                    yield from zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True)


def refilled(text: str, surfaces: Sequence[str]) -> str:
    """Put the long surfaces back into a file of the full release."""
    for number, surface in enumerate(surfaces):
        for kind, form in enumerate(_forms(surface)):
            text = text.replace(_mark(number, kind), form)
    return text


def read_recipe(folder: Path) -> Recipe:
    """Read ``rehydrate.json`` of a release without texts. Raises InputError where it does not hold.

    A stranger may have written it: each of its files is one beside the rows, inside of the release's folder.
    """
    path = folder / REHYDRATE
    try:
        recipe = msgspec.json.decode(path.read_bytes(), type=Recipe)
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(
            f"is not what makes a full release again: {error}", where=str(path), hint="Fetch the release again"
        ) from error
    for name in recipe.full.files:
        if not _beside_rows(name):
            raise InputError(
                f"full.files names {name!r}, which is no file beside the rows of a release: nothing was written",
                where=str(path),
                hint="Do not trust this release; fetch it again from whoever made it",
            )
    return recipe


def _beside_rows(name: str) -> bool:
    # Some file systems do not tell DATA from data.
    return is_safe_path(name) and name.split("/", maxsplit=1)[0].casefold() not in {"data", REHYDRATE}


def _marked(text: str, hidden: Sequence[LossExample]) -> str:
    """Take long surfaces out of the card and the manifest, which name them among what the tags cannot hold."""
    for number, example in enumerate(hidden):
        where = (("", f" {plain(example.label)} in {plain(example.doc_id)}"), ('"text": ', ""))
        for kind, ((before, after), form) in enumerate(zip(where, _forms(example.text), strict=True)):
            text = text.replace(f"{before}{form}{after}", f"{before}{_mark(number, kind)}{after}")
    return text


def _mark(number: int, kind: int) -> str:
    return _MARK + chr(_NUMBERS + 2 * number + kind)


def _forms(surface: str) -> tuple[str, str]:
    """Give a surface as it stands in a card, and in JSON."""
    return code(surface), msgspec.json.encode(surface).decode()
