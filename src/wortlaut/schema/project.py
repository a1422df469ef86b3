"""The settings of a corpus project, from ``wortlaut.toml`` at its top."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

from wortlaut.schema.assets import assets
from wortlaut.schema.errors import UsageError
from wortlaut.schema.settings_check import problems, unknown_keys

__all__ = [
    "LEDGER",
    "OLDER",
    "RIGHTS",
    "CheckSettings",
    "Project",
    "PublishSettings",
    "ReleaseOptions",
    "Settings",
    "SplitSettings",
    "StudioSettings",
    "TaskSettings",
    "enclosing_project",
    "find_project",
]

FILE_NAME = "wortlaut.toml"
_HINT = "docs/project.md lists the settings"
RIGHTS = "corpus/rights.toml"
"""The ledger of rights: which texts may be handed on."""
LEDGER = "annotation/annotators.toml"
"""Where a project keeps who bears which pseudonym; private."""
OLDER = "older"
"""The folder, among the exports, of pulled files that newer ones have taken the place of; build passes it over."""


class CheckSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section ``[check]``: codes or prefixes of codes to report alone, or not at all."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


class TaskSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section ``[tasks]``: how many tasks go into one file; ``models`` that pre-annotate, beside the rules.

    A model is the folder of a trained one (from the project's folder, or in ``annotation/models``) or an entry point.
    """

    batch_size: int = 200
    models: tuple[str, ...] = ()


class SplitSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section ``[release.splits]``: how articles come to a split, see docs/splits.md.

    ``train``, ``validation`` and ``test`` are fractions that add up to 1. ``validation_from`` and ``test_from`` are the
    first days (ISO dates) of these splits where ``by`` is ``time``; empty: set at the first build, then kept.
    """

    by: Literal["cluster", "time", "publisher", "none"] = "cluster"
    train: float = 0.8
    validation: float = 0.1
    test: float = 0.1
    validation_from: str = ""
    test_from: str = ""


class ReleaseOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section ``[release]``: what a release holds, and what its card says that no file knows.

    ``notes``: whether what annotators wrote freely, which may name people, is released. ``profile``: ``full`` or, where
    texts may not be handed on, ``standoff``; ``surface`` is the longest surface of an entity, in code points, that
    ``standoff`` shows. ``authors`` are people (``Family, Given``) or organisations, for the citation. ``contact`` is
    whom to ask for a text to be taken down. The other fields are free text for the card and its metadata.
    """

    notes: bool = False
    profile: Literal["full", "standoff"] = "full"
    surface: int = 40
    authors: tuple[str, ...] = ()
    contact: str = ""
    homepage: str = ""
    doi: str = ""
    description: str = ""
    annotators: str = ""
    known_errors: tuple[str, ...] = ()
    splits: SplitSettings = SplitSettings()


class PublishSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section ``[publish]``: where ``wortlaut publish`` takes a release: ``hf:org/name`` or a folder."""

    to: str = ""


class StudioSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section ``[studio]``: the Label Studio server and the project on it.

    ``url`` is an existing server; empty means the project's own, which ``wortlaut studio up`` starts on ``port``.
    ``backend_port`` is that of ``wortlaut serve``. ``maximum_annotations`` is how many annotators each article gets.
    """

    url: str = ""
    port: int = 8080
    backend_port: int = 9090
    maximum_annotations: int = 2
    sampling: Literal["sequential", "uniform"] = "sequential"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file ``wortlaut.toml``. Paths are relative to its folder.

    ``timezone`` is that of a time on a page that names none; ``license`` and ``annotation_license`` are the
    SPDX ids that a release's card gives for the texts and for the annotation.
    """

    name: str = "corpus"
    title: str = ""
    scheme: str = "schema/scheme.toml"
    articles: str = "corpus/articles.jsonl"
    exports: str = "annotation/exports"
    releases: str = "export/releases"
    timezone: str = "Europe/Berlin"
    license: str = ""
    annotation_license: str = ""
    check: CheckSettings = CheckSettings()
    tasks: TaskSettings = TaskSettings()
    studio: StudioSettings = StudioSettings()
    release: ReleaseOptions = ReleaseOptions()
    publish: PublishSettings = PublishSettings()


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project: its folder and its settings. ``found`` is false where no ``wortlaut.toml`` was found.

    ``names_scheme`` is true where the file itself says which scheme, and not the default.
    """

    root: Path
    settings: Settings = Settings()
    found: bool = False
    names_scheme: bool = False

    def path(self, relative: str) -> Path:
        """Give a path of the settings as a path on disk."""
        return self.root / relative

    @property
    def scheme_path(self) -> Path:
        """The project's scheme; the toolkit's own where there is none and none is named.

        Raises UsageError where a project names a scheme that is not there: another one would say other things.
        """
        path = self.path(self.settings.scheme)
        if path.is_file():
            return path
        if self.names_scheme:
            raise UsageError(
                f"scheme = {json.dumps(self.settings.scheme, ensure_ascii=False)}, but there is no such file",
                where=str(self.root / FILE_NAME),
                hint="Mend the path or put the file there; without the line wortlaut takes its own press-de",
            )
        return assets("schema", "scheme.toml")

    @property
    def known_articles(self) -> Path | None:
        """The project's articles, None where there is no project or nothing was ingested yet."""
        path = self.path(self.settings.articles)
        return path if self.found and path.is_file() else None

    @property
    def ledger(self) -> Path | None:
        """Where the project keeps who bears which pseudonym; None where there is no project."""
        return self.path(LEDGER) if self.found else None

    def require(self, otherwise: str) -> None:
        """Raise UsageError where no ``wortlaut.toml`` was found; ``otherwise`` says what the call may name instead."""
        if not self.found:
            raise UsageError(
                "there is no wortlaut.toml here or in a folder above",
                hint=f"Make a project with wortlaut init DIR, or {otherwise}",
            )


def find_project(start: Path | None = None) -> Project:
    """Find the project that ``start`` (default: the current folder) lies in, by its ``wortlaut.toml``.

    Where there is none, gives default settings on the current folder. Raises UsageError for a file that does
    not hold.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        path = folder / FILE_NAME
        if path.is_file():
            table = _table(path)
            return Project(root=folder, settings=_settings(path, table), found=True, names_scheme="scheme" in table)
    return Project(root=here)


def enclosing_project(folder: Path) -> Path | None:
    """Give the folder of the project that ``folder`` lies inside of, or None. Its own settings are not looked at."""
    return next((above for above in folder.resolve().parents if (above / FILE_NAME).is_file()), None)


def _table(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        if not text.strip():
            raise UsageError("is empty", where=str(path), hint=f'Write at least name = "..." into it; {_HINT}')
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"is not TOML: {error}", where=str(path), hint=_HINT) from error


def _settings(path: Path, table: dict[str, Any]) -> Settings:
    unknown = list(unknown_keys(table, Settings))
    if unknown:
        raise UsageError("; ".join(unknown), where=str(path), hint=_HINT)
    try:
        settings = msgspec.convert(table, Settings)
    except msgspec.ValidationError as error:
        raise UsageError(f"does not hold: {error}", where=str(path), hint=_HINT) from error
    found = list(problems(settings))
    if found:
        raise UsageError("; ".join(found), where=str(path), hint=_HINT)
    return settings
