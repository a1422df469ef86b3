"""Whether rehydrate can read a release without texts, which a stranger or another version of wortlaut may have made."""

from __future__ import annotations

from pathlib import Path

from wortlaut.export.features import arrow_schema, features
from wortlaut.export.release import Release
from wortlaut.schema.errors import InputError
from wortlaut.schema.files import is_safe_path

__all__ = ["hold_readable"]


def hold_readable(release: Release) -> None:
    """Raise InputError where a split's name is no file's name, or where rows have not the columns that are read."""
    for split in release.splits:
        # The files of the full release are called after their splits.
        if not is_safe_path(split) or "/" in split:
            raise InputError(
                f"the manifest names a split {split!r}, which cannot be a file's name",
                where=str(release.path),
                hint="Do not trust this release; fetch it again from whoever made it",
            )
    for config in ("documents", "annotators"):
        entry = release.manifest.configs.get(config)
        for split_entry in entry.splits.values() if entry else ():
            _hold_columns(release, config, release.path / split_entry.file)


def _hold_columns(release: Release, config: str, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        there = pq.read_schema(path)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"cannot be read: {error}", where=str(path)) from error
    wanted = arrow_schema(features(config, release.scheme, "standoff"))
    other = [one.name for one in wanted if one.name not in there.names or there.field(one.name).type != one.type]
    if other:
        version = release.manifest.software.get("wortlaut", "unknown")
        raise InputError(
            f"was made by another version of wortlaut ({version}), with other columns: {', '.join(other)}",
            where=str(path),
            hint="Build the release again, or rehydrate with the version that made it",
        )
