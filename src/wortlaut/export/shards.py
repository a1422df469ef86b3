"""The Parquet files of one split of a release, written batch by batch.

Settings make the same rows the same bytes on one version of pyarrow: format version, encodings and compression
are fixed, and a row group is a fixed number of batches: what the writer remembers of each row group stays in memory
to the end, so there must not be many. Annotators' pseudonyms are known when the last article has been seen, so
the rows of that config wait in a temporary Arrow file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from wortlaut.export.columns import optional_strings
from wortlaut.export.content import ContentHash
from wortlaut.export.features import CONFIGS

__all__ = ["ShardInfo", "SplitWriter", "writer_settings"]

_LATE = "annotators"
# Measured on 20,000 articles of 2,500 characters, in CPU seconds and MB: all columns with a dictionary, statistics
# on all, level 9: 10.1 s, 126 MB; level 3: 4.8 s, 133 MB. With the encodings below and few statistics, level 3:
# 3.9 s, 111 MB; level 1: 3.4 s, 119 MB.
_LEVEL = 1
_BATCHES = 4  # in one row group
# Leaf columns with few different values, or the same ones again and again.
_DICTIONARY = frozenset(
    [
        "doc_id",
        "id",
        "ids",
        "label",
        "origin",
        "type",
        "layer",
        "publisher",
        "section",
        "language",
        "rights",
        "canonical",
        "echoes",
        "annotator",
        "speaker_status",
        "head",
        "tail",
        "head_label",
        "tail_label",
        "speaker_ids",
        "resolved_speaker_ids",
        "addressee_ids",
        "name",
        "span_id",
        "tokens",
        "ner_tags",
    ]
)
# What a reader filters by.
_STATISTICS = ("doc_id", "label", "type", "start", "published", "publisher", "annotator", "layer")


class ShardInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One Parquet file: its path in the release, its rows, its size in memory as Arrow, the hash of its content."""

    config: str
    split: str
    path: str
    rows: int
    num_bytes: int
    content_sha256: str


class SplitWriter:
    """Writes the files of one split; a context manager. ``finish`` must be called before it ends."""

    def __init__(self, folder: Path, split: str, schemas: Mapping[str, Any], scratch: Path) -> None:
        self._folder, self._split, self._schemas = folder, split, schemas
        self._spool_path = scratch / f"{split}.arrow"
        self._spool: Any = None
        self._writers: dict[str, Any] = {}
        self._waiting: dict[str, list[Any]] = {config: [] for config in CONFIGS}
        self._rows = dict.fromkeys(CONFIGS, 0)
        self._bytes = dict.fromkeys(CONFIGS, 0)
        self._hashes = {config: ContentHash() for config in CONFIGS}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._writers.values():
            writer.close()
        if self._spool is not None:
            self._spool.close()
        self._spool_path.unlink(missing_ok=True)

    def write(self, batches: Mapping[str, Any]) -> None:
        """Write one record batch for each config."""
        import pyarrow as pa

        for config, batch in batches.items():
            if config != _LATE:
                self._write(config, batch)
                continue
            if self._spool is None:
                self._spool = pa.ipc.new_stream(str(self._spool_path), batch.schema)
            self._spool.write_batch(batch)

    def finish(self, pseudonyms: Sequence[str]) -> list[ShardInfo]:
        """Write the annotators' layers, the number in place of each name replaced by its pseudonym; close.

        A config without rows has no file: ``datasets`` does not load one.
        """
        import pyarrow as pa

        # The others first: each open writer remembers all of its row groups.
        self._close([config for config in CONFIGS if config != _LATE])
        if self._spool is not None:
            self._spool.close()
            self._spool = None
            with self._spool_path.open("rb") as file, pa.ipc.open_stream(file) as spool:
                for batch in spool:
                    self._write(_LATE, self._named(batch, pseudonyms))
        self._close([_LATE])
        return [
            ShardInfo(
                config=config,
                split=self._split,
                path=self._path(config),
                rows=self._rows[config],
                num_bytes=self._bytes[config],
                content_sha256=self._hashes[config].hexdigest(),
            )
            for config in CONFIGS
            if config in self._writers
        ]

    def _close(self, configs: Sequence[str]) -> None:
        for config in configs:
            self._write_group(config)
            if config in self._writers:
                self._writers[config].close()

    def _write(self, config: str, batch: Any) -> None:
        if not batch.num_rows:
            return
        if config not in self._writers:
            self._writers[config] = self._writer(config)
        self._hashes[config].add(batch)
        self._rows[config] += batch.num_rows
        self._bytes[config] += batch.nbytes
        self._waiting[config].append(batch)
        if len(self._waiting[config]) >= _BATCHES:
            self._write_group(config)

    def _write_group(self, config: str) -> None:
        """Write the batches that wait as one row group."""
        import pyarrow as pa

        waiting, self._waiting[config] = self._waiting[config], []
        if waiting:
            table = pa.Table.from_batches(waiting)
            self._writers[config].write_table(table, row_group_size=table.num_rows)

    def _writer(self, config: str) -> Any:
        import pyarrow.parquet as pq

        path = self._folder / self._path(config)
        path.parent.mkdir(parents=True, exist_ok=True)
        schema = self._schemas[config]
        return pq.ParquetWriter(path, schema, **writer_settings(schema))

    def _named(self, batch: Any, pseudonyms: Sequence[str]) -> Any:
        import pyarrow as pa

        schema = self._schemas[_LATE]
        place = schema.get_field_index("annotator")
        columns = list(batch.columns)
        columns[place] = optional_strings(
            [pseudonyms[number] if number >= 0 else None for number in columns[place].to_pylist()]
        )
        return pa.RecordBatch.from_arrays(columns, schema=schema)

    def _path(self, config: str) -> str:
        return f"data/{config}/{self._split}-00000.parquet"


def _leaves(kind: Any, path: str) -> Iterator[tuple[str, str, bool]]:
    """Give the path of each leaf column in the file, the name of its field, and whether it holds numbers."""
    import pyarrow as pa

    if pa.types.is_struct(kind):
        for field in kind:
            yield from _leaves(field.type, f"{path}.{field.name}")
    elif pa.types.is_list(kind):
        yield from _leaves(kind.value_type, f"{path}.list.element")
    else:
        yield path, path.removesuffix(".list.element").rpartition(".")[2], pa.types.is_integer(kind)


def writer_settings(schema: Any) -> dict[str, Any]:
    """Give the settings of ``pyarrow.parquet.ParquetWriter`` for a config with these columns."""
    leaves = [leaf for field in schema for leaf in _leaves(field.type, field.name)]
    dictionary = [path for path, name, _ in leaves if name in _DICTIONARY]
    return {
        "version": "2.6",
        "compression": "zstd",
        "compression_level": _LEVEL,
        "data_page_version": "1.0",
        "write_page_index": True,
        "store_schema": True,
        "use_dictionary": dictionary or False,
        "column_encoding": {
            path: "DELTA_BINARY_PACKED" if number else "PLAIN" for path, _, number in leaves if path not in dictionary
        },
        "write_statistics": [path for path, _, _ in leaves if path in _STATISTICS],
    }
