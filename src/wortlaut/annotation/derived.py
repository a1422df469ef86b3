"""The registry of derived files: what ``wortlaut schema`` writes into a project, and from what.

None of them is written by hand. A file is stale where its bytes are not what the scheme gives.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec

from wortlaut.annotation.config import labeling_config
from wortlaut.annotation.guidelines import label_chapter
from wortlaut.schema.export_schema import export_schema
from wortlaut.schema.files import write_text
from wortlaut.schema.json_schemas import JsonSchema, article_schema, document_schema, task_schema
from wortlaut.schema.rules_page import rules_markdown
from wortlaut.schema.scheme import Scheme, load_scheme

__all__ = ["DERIVED", "OWN_DERIVED", "DerivedFile", "StaleFile", "derive", "json_text", "stale", "write_derived"]


class DerivedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One derived file: where it stands in the project, and what it should hold."""

    path: Path
    text: str


class StaleFile(msgspec.Struct, frozen=True, kw_only=True):
    """A derived file that does not hold what it should; ``missing`` where there is no such file."""

    path: Path
    missing: bool


def json_text(schema: JsonSchema) -> str:
    """Write a schema as it stands in a file: two blanks of indent, keys in their order, a line feed at the end."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


DERIVED: Mapping[str, Callable[[Scheme], str]] = MappingProxyType(
    {
        "schema/article.schema.json": lambda _scheme: json_text(article_schema()),
        "schema/document.schema.json": lambda scheme: json_text(document_schema(scheme)),
        "schema/task.schema.json": lambda scheme: json_text(task_schema(scheme)),
        "schema/export.schema.json": lambda scheme: json_text(export_schema(scheme)),
        "annotation/labeling.xml": labeling_config,
        "annotation/guidelines-labels.md": label_chapter,
    }
)
"""Every derived file: its path in the project, and the function of the scheme that gives its text."""

OWN_DERIVED: Mapping[str, Callable[[Scheme], str]] = MappingProxyType(
    {"docs/rules.md": lambda _scheme: rules_markdown()}
)
"""What is derived in the toolkit's own checkout beside them."""

_CHECKOUT = Path(__file__).resolve().parents[3]


def derive(root: Path, scheme_path: Path) -> tuple[DerivedFile, ...]:
    """Give every derived file of the project at ``root``. Raises SchemeError where the scheme does not hold."""
    scheme = load_scheme(scheme_path)
    own = OWN_DERIVED if root.resolve() == _CHECKOUT else {}
    return tuple(DerivedFile(path=root / path, text=text_of(scheme)) for path, text_of in {**DERIVED, **own}.items())


def stale(files: tuple[DerivedFile, ...]) -> tuple[StaleFile, ...]:
    """Give the files that are missing or hold something else."""
    found = []
    for file in files:
        if not file.path.is_file():
            found.append(StaleFile(path=file.path, missing=True))
        elif file.path.read_bytes() != file.text.encode():
            found.append(StaleFile(path=file.path, missing=False))
    return tuple(found)


def write_derived(files: tuple[DerivedFile, ...]) -> tuple[Path, ...]:
    """Write the files that are stale and give their paths; the others are left as they are."""
    behind = {file.path for file in stale(files)}
    for file in files:
        if file.path in behind:
            write_text(file.path, file.text)
    return tuple(file.path for file in files if file.path in behind)
