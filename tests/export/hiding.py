"""Releases with and without texts, built from the articles of the tests' conftest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wortlaut.corpus.rights import Rights, read_rights
from wortlaut.export.build import ReleaseSettings, build, schema_files
from wortlaut.schema.assets import assets
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.scheme import default_scheme

FREE = '[default]\nredistribute = true\nlicense = "Apache-2.0"\nsource = "written for the tests"\n'
NONE = "[default]\nredistribute = false\n"


def ledger(folder: Path, text: str) -> Rights:
    path = folder / "rights.toml"
    path.write_text(text, encoding="utf-8")
    return read_rights(path)


def made(tasks: Sequence[CheckedTask], out: Path, **options: Any) -> Path:
    """Build a release and give its folder."""
    options = {"version": "0.1.0", "scheme": default_scheme(), "name": "probe", **options}
    options.setdefault("schema_files", schema_files(assets("schema", "scheme.toml")))
    options.setdefault("settings", ReleaseSettings(title="Probe", license="Apache-2.0", annotation_license="CC-BY-4.0"))
    return Path(build(tasks, out=out, **options).path)
