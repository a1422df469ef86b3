"""The ledger of rights ``corpus/rights.toml``: for each article or publisher whether its text may be handed on.

What is said of an article goes before what is said of its publisher, and that before ``[default]``. An article that
nothing is said of has no rights: its text may not be handed on. Whoever writes that a text may be handed on says under
which licence and on what ground, so that another person can look it up.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from wortlaut.schema.errors import InputError
from wortlaut.schema.project import RIGHTS, Project
from wortlaut.schema.settings_check import is_license, unknown_keys

__all__ = ["Rights", "Verdict", "project_rights", "read_rights"]

_HINT = "docs/rights.md tells what stands in it"


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    redistribute: bool
    license: str = ""
    source: str = ""
    reason: str = ""


class _Publisher(_Entry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str


class _Article(_Entry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    default: _Entry | None = None
    publisher: tuple[_Publisher, ...] = ()
    article: tuple[_Article, ...] = ()


_E = TypeVar("_E", bound=_Entry)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a text may be handed on, the SPDX id of its licence, the ground, and which entry says so.

    ``by`` is ``nothing`` where the ledger has no word on it: then ``redistribute`` is false.
    """

    redistribute: bool
    license: str = ""
    ground: str = ""
    by: Literal["article", "publisher", "default", "nothing"]


_NOTHING = Verdict(redistribute=False, by="nothing")


class Rights:
    """A ledger that was read. ``path`` is its file, ``exists`` false where there is none: then it says nothing."""

    def __init__(self, path: Path, entries: _File | None) -> None:
        found = entries or _File()
        self.path = path
        self.exists = entries is not None
        self._articles = {entry.id: _verdict(entry, "article") for entry in found.article}
        self._publishers = {_key(entry.name): _verdict(entry, "publisher") for entry in found.publisher}
        self._names = {_key(entry.name): entry.name for entry in found.publisher}
        self._default = _verdict(found.default, "default") if found.default else _NOTHING

    @property
    def article_ids(self) -> frozenset[str]:
        """The articles that have an entry of their own."""
        return frozenset(self._articles)

    def unknown_publishers(self, names: Iterable[str | None]) -> list[str]:
        """Give the publishers that have an entry and are not among ``names``, as the ledger writes them."""
        there = {_key(name) for name in names if name}
        return [name for key, name in self._names.items() if key not in there]

    def of(self, article_id: str, publisher: str | None) -> Verdict:
        """Give what the ledger says of an article. Names of publishers are compared without case and extra blanks."""
        verdict = self._articles.get(article_id)
        if verdict is None and publisher:
            verdict = self._publishers.get(_key(publisher))
        return verdict or self._default


def read_rights(path: Path) -> Rights:
    """Read a ledger; one that is not there says nothing of any article.

    Raises InputError for a file that does not hold, with all that is wrong in it.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Rights(path, None)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _bad(path, [f"is no ledger of rights: {error}"]) from error
    found = list(_unknown(table))
    entries, broken = _converted(table)
    found += [*broken, *_problems(entries)]
    if found:
        raise _bad(path, found)
    return Rights(path, entries)


def _converted(table: Mapping[str, Any]) -> tuple[_File, list[str]]:
    """Give the entries that hold, and a sentence for each that does not; keys that are not known are passed over."""
    broken: list[str] = []

    def entry(value: Any, kind: type[_E], where: str) -> list[_E]:
        known = {key: one for key, one in value.items() if key in kind.__struct_fields__}
        try:
            return [msgspec.convert(known, kind)]
        except msgspec.ValidationError as error:
            broken.append(f"{where} does not hold: {error}")
            return []

    def entries(section: str, kind: type[_E]) -> tuple[_E, ...]:
        values = table.get(section, [])
        if isinstance(values, dict):
            return ()
        if not isinstance(values, list) or not all(isinstance(one, dict) for one in values):
            broken.append(f"{section} = {values!r}: write [[{section}]], and its entry under it")
            return ()
        numbered = enumerate(values, start=1)
        return tuple([one for number, value in numbered for one in entry(value, kind, f"[[{section}]] {number}")])

    default = table.get("default")
    made = entry(default, _Entry, "[default]") if isinstance(default, dict) else []
    file = _File(
        default=made[0] if made else None,
        publisher=entries("publisher", _Publisher),
        article=entries("article", _Article),
    )
    return file, broken


def project_rights(project: Project) -> Rights | None:
    """Give the ledger of a project; None outside of one, where nobody states any rights. Raises as ``read_rights``."""
    return read_rights(project.path(RIGHTS)) if project.found else None


def _verdict(entry: _Entry, by: Literal["article", "publisher", "default"]) -> Verdict:
    return Verdict(redistribute=entry.redistribute, license=entry.license, ground=entry.source or entry.reason, by=by)


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _unknown(table: Mapping[str, Any]) -> Iterator[str]:
    yield from unknown_keys(table, _File)
    default = table.get("default")
    if isinstance(default, dict):
        yield from unknown_keys(default, _Entry, "default")
    elif default is not None:
        yield f"default = {default!r}: write [default], and under it redistribute = true or false"
    for section, kind in (("publisher", _Publisher), ("article", _Article)):
        entries = table.get(section)
        if isinstance(entries, dict):
            yield f"[{section}] is written [[{section}]], for there may be several"
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict):
                yield from unknown_keys(entry, kind, f"[{section}]")


def _problems(entries: _File) -> Iterator[str]:
    places: list[tuple[str, _Entry]] = [("[default]", entries.default)] if entries.default else []
    places += [(f"publisher {entry.name!r}", entry) for entry in entries.publisher]
    places += [(f"article {entry.id!r}", entry) for entry in entries.article]
    for where, entry in places:
        if entry.license and not is_license(entry.license):
            yield (
                f"{where}: license = {entry.license!r} is no SPDX id. Take one of https://spdx.org/licenses such as "
                "CC-BY-4.0, or LicenseRef-NAME for an agreement of your own"
            )
        lacking = [name for name in ("license", "source") if not getattr(entry, name).strip()]
        if entry.redistribute and lacking:
            yield f"{where}: redistribute = true needs {' and '.join(lacking)}: under which licence, and who said so"
    yield from _doubles(
        "publisher", [entry.name for entry in entries.publisher], [_key(e.name) for e in entries.publisher]
    )
    yield from _doubles("article", [entry.id for entry in entries.article], [entry.id for entry in entries.article])


def _doubles(what: str, names: Sequence[str], keys: Sequence[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name, key in zip(names, keys, strict=True):
        if not key:
            yield (
                f"a {what} without a name: say which one is meant"
                if what == "publisher"
                else f"an {what} without an id"
            )
        if key in seen:
            yield f"{what} {name!r} stands there twice: keep one of the entries"
        seen.add(key)


def _bad(path: Path, problems: Sequence[str]) -> InputError:
    return InputError("; ".join(problems), where=str(path), hint=_HINT)
