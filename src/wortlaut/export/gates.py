"""What a release must pass before it stands under its name, and before it leaves: rights, leaks, names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from wortlaut.annotation.pseudonyms import read_ledger
from wortlaut.corpus.rights import Rights, project_rights
from wortlaut.corpus.store import iter_articles
from wortlaut.export.features import Profile
from wortlaut.export.leaks import leak_gate
from wortlaut.export.manifest import SCHEME_FILE, Manifest, RightsEntry
from wortlaut.export.markdown import counted
from wortlaut.export.pieces import files_of, leaves, pieces
from wortlaut.export.release import Release
from wortlaut.schema.assets import assets
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import RIGHTS, Project
from wortlaut.schema.scheme import Scheme

__all__ = ["NamedPerson", "gate", "hold_back", "may_leave", "names_gate", "weigh"]

_SHOWN = 3
# What is the article's own, in which an annotator's name may stand as anybody's.
_OF_ARTICLE = frozenset(
    [
        "text",
        "headline",
        "left",
        "right",
        "tokens",
        "head_text",
        "tail_text",
        "publisher",
        "section",
        "rights",
        "byline",
        "tags",
        "agencies",
        "speaker_texts",
        "resolved_speaker_texts",
        "addressee_texts",
    ]
)
# The columns, by config, in which whatever stands in a release stands first: all others repeat their words.
_WRITTEN_ONCE = {
    "documents": (
        *("doc_id", "text", "url", "publisher", "published", "section", "headline", "rights", "language"),
        *("agencies", "byline", "tags", "attributes"),
    ),
    "annotators": ("annotator", "attributes"),
}
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LEAST = 3
_Kind: TypeAlias = Literal["mail", "name", "word"]
# Where nobody but people writes: fields of rows, files beside them. The JSON Schemas in schema/ are wortlaut's words.
_BY_PEOPLE_ROWS = "attributes.values"
_BY_PEOPLE = ("guidelines/", "schema/scheme.")
_OWN = (("schema", "scheme.toml"), ("annotation", "guidelines.md"), ("annotation", "guidelines-labels.md"))


class Texts:
    """Texts that can be gone through again and again."""

    def __init__(self, make: Callable[[], Iterator[tuple[str, str]]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return self._make()


class NamedPerson(msgspec.Struct, frozen=True, kw_only=True):
    """An annotator whose name or address stands in a file of a release; who it is, only the ledger tells."""

    place: str
    pseudonym: str

    def __str__(self) -> str:
        return f"{self.place}: holds the name or address of {self.pseudonym}"


def weigh(folder: Path, manifest: Manifest, rights: Rights | None, profile: Profile) -> Manifest:
    """Write into the manifest what the ledger says of the documents in a release's folder.

    Raises UsageError for the profile ``full`` where a text may not be handed on. Without a ledger nothing is stated.
    """
    if rights is None:
        return manifest
    entry, withheld = _weighed(_documents(folder, manifest), rights)
    if profile == "full" and withheld:
        raise UsageError(_refusal(entry, withheld, rights), where=str(rights.path), hint=_WAYS_OUT)
    return msgspec.structs.replace(manifest, rights=entry)


def hold_back(folder: Path, people: Mapping[str, str], stated: str = "") -> None:
    """Raise UsageError where an annotator is named in a release. ``people`` are identities under their pseudonyms."""
    found = names_gate(folder, people, stated)
    if found:
        raise UsageError(
            f"the release would name annotators, in {counted(len(found), 'place')}: {_some(found)}",
            hint="Take the name out of what is released, or out of the article's metadata, and build again",
        )


def names_gate(folder: Path, people: Mapping[str, str], stated: str = "") -> list[NamedPerson]:
    """Give where identities of ``people`` (by pseudonym) stand in the files of a release.

    An e-mail address is looked for everywhere and whatever its case. A full name (one that holds a blank) is looked for
    as a whole in what annotators and the project wrote and in the files beside the rows; where articles hold it too, a
    card that names their people proves nothing. A single word may be an ordinary one, as ``gold`` is, that stands in
    every card: it is looked for where people alone write, in attributes and notes, guidelines and the scheme, and what
    is in wortlaut's own guidelines and scheme is no name there. A number (Label Studio's id of a user) names nobody
    and is not looked for; what is part of ``stated``, the project's own words on itself, may stand in files beside the
    rows.
    """
    people = {who: identity for who, identity in people.items() if len(identity) >= _LEAST and not identity.isdigit()}
    of_articles: set[str] = set()
    in_rows: list[NamedPerson] = []
    beside: list[tuple[NamedPerson, str]] = []
    if not _suspect(folder, people):
        return []
    own, options = _own_words(), _options(folder)
    wanted = [(who, _kind(name), _pattern(name)) for who, name in people.items() if name not in options]
    may = {who for who, kind, pattern in wanted if pattern.search(stated) or (kind == "word" and pattern.search(own))}
    for piece in pieces(folder, names=True):
        for pseudonym, kind, pattern in wanted:
            article = piece.row is not None and piece.key.rpartition(".")[2] in _OF_ARTICLE
            looked_at = _looked_at(kind, piece.file, piece.key, rows=piece.row is not None)
            if not (looked_at or (article and kind == "name")) or not pattern.search(piece.text):
                continue
            named = NamedPerson(place=piece.place, pseudonym=pseudonym)
            if piece.row is None:
                beside += [(named, kind)] if pseudonym not in may else []
            elif looked_at:
                in_rows.append(named)
            else:
                of_articles.add(pseudonym)
    return in_rows + [named for named, kind in beside if kind != "name" or named.pseudonym not in of_articles]


def _kind(identity: str) -> _Kind:
    if _MAIL.fullmatch(identity):
        return "mail"
    return "name" if len(identity.split()) > 1 else "word"


def _looked_at(kind: _Kind, file: str, key: str, *, rows: bool) -> bool:
    """Say whether an identity is looked for in a field of a file."""
    if kind == "mail":
        return True
    if kind == "name":
        return not (rows and key.rpartition(".")[2] in _OF_ARTICLE)
    return key == _BY_PEOPLE_ROWS if rows else file.startswith(_BY_PEOPLE)


def _suspect(folder: Path, people: Mapping[str, str]) -> bool:
    """Say whether an identity may stand somewhere in the files, looking at bytes: what is not there costs little."""
    names = [(_kind(identity), identity.encode().lower()) for identity in people.values()]

    def wanted(file: str, key: str, *, rows: bool) -> list[bytes]:
        return [name for kind, name in names if _looked_at(kind, file, key, rows=rows)]

    for path, file in files_of(folder) if names else ():
        if path.suffix != ".parquet":
            beside = wanted(file, "", rows=False)
            if beside and _holds(path.read_bytes(), beside):
                return True
            continue
        for leaf in leaves(path, _WRITTEN_ONCE.get(path.parent.name, ())):
            inside = wanted(file, leaf.key, rows=True)
            if inside and _holds(leaf.data, inside):
                return True
    return False


def _holds(data: bytes, wanted: Sequence[bytes]) -> bool:
    lower = data.lower()
    return any(one in lower for one in wanted)


def _options(folder: Path) -> frozenset[str]:
    """Give the options that annotators choose from: one of them in a row is nobody's name."""
    path = folder / "schema" / SCHEME_FILE
    scheme = msgspec.json.decode(path.read_bytes(), type=Scheme) if path.is_file() else None
    return frozenset(option.name for choice in scheme.choices for option in choice.options) if scheme else frozenset()


def _own_words() -> str:
    """Give what stands in a project's scheme and guidelines because wortlaut brought it along."""
    return "\n".join(assets(*place).read_text(encoding="utf-8") for place in _OWN)


def may_leave(release: Release, project: Project) -> None:
    """Raise UsageError, with all reasons, where a release may not leave the house."""
    reasons = gate(release, project)
    if reasons:
        raise UsageError(f"may not be published: {'; '.join(reasons)}", where=str(release.path))


def gate(release: Release, project: Project) -> list[str]:
    """Give, a line each, why a release may not leave the house; none where it may.

    The ledger is asked anew, because leave may have been taken back since the build. Texts that may not leave are
    those of the project's store, in every revision.
    """
    lines: list[str] = []
    manifest = release.manifest
    rights = project_rights(project)
    if manifest.rehydrated is not None:
        lines.append(
            f"it was rehydrated from other texts than those that were annotated: it is not version {manifest.version}"
        )
    if manifest.profile == "full":
        if manifest.rights is None:
            lines.append(
                "the rights in its texts are not stated: it was built outside of a project. Build it in a project with "
                f"a {RIGHTS}, or as profile standoff"
            )
        if rights is not None:
            entry, withheld = _weighed(_documents(release.path, manifest), rights)
            if withheld:
                lines.append(f"{_refusal(entry, withheld, rights)}. {_WAYS_OUT}")
        elif manifest.rights is not None and manifest.rights.withheld:
            number = manifest.rights.withheld
            lines.append(f"{counted(number, 'text')} of it may not be handed on, by the ledger it was built with")
    store = project.known_articles
    # Where the ledger says no already, every place where a text stands is no news.
    if rights is not None and store is not None and not lines:
        withheld_texts = Texts(lambda: _of_store(store, rights, free=False))
        free = Texts(lambda: _of_store(store, rights, free=True))
        found = leak_gate(release.path, withheld_texts, free=free)
        if found:
            lines.append(f"texts would leak, in {counted(len(found), 'place')}: {_some(found)}")
    if project.ledger is not None:
        stated = repr(msgspec.to_builtins(project.settings))
        named = names_gate(release.path, read_ledger(project.ledger).names(), stated)
        if named:
            lines.append(f"it names annotators, in {counted(len(named), 'place')}: {_some(named)}")
    return lines


_WAYS_OUT = f"Write into {RIGHTS} what may be handed on and on what ground, or build --profile standoff"


def _weighed(documents: Iterable[tuple[str, str | None]], rights: Rights) -> tuple[RightsEntry, list[str]]:
    licenses: Counter[str] = Counter()
    withheld: list[str] = []
    unstated = 0
    for doc_id, publisher in documents:
        verdict = rights.of(doc_id, publisher)
        if verdict.redistribute:
            licenses[verdict.license] += 1
        else:
            withheld.append(doc_id)
            unstated += verdict.by == "nothing"
    entry = RightsEntry(
        free=licenses.total(), withheld=len(withheld), unstated=unstated, licenses=dict(sorted(licenses.items()))
    )
    return entry, withheld


def _documents(folder: Path, manifest: Manifest) -> Iterator[tuple[str, str | None]]:
    release = Release(folder, manifest)
    for split in release.splits:
        for row in release.rows("documents", split, ["doc_id", "publisher"]):
            yield row["doc_id"], row["publisher"]


def _refusal(entry: RightsEntry, withheld: Sequence[str], rights: Rights) -> str:
    unstated = ""
    if entry.unstated:
        unstated = f"; {entry.unstated:,} of them are articles without rights"
        unstated += ", for the ledger has no word on them" if rights.exists else ": there is no ledger"
    return f"{counted(len(withheld), 'text')} may not be handed on ({_some(withheld)}){unstated}"


def _of_store(store: Path, rights: Rights, *, free: bool) -> Iterator[tuple[str, str]]:
    for article in iter_articles(store):
        if rights.of(article.article_id, article.publisher).redistribute == free:
            yield article.article_id, article.text


def _pattern(identity: str) -> re.Pattern[str]:
    flags = re.IGNORECASE if _MAIL.fullmatch(identity) else 0
    return re.compile(rf"(?<!\w){re.escape(identity)}(?!\w)", flags)


def _some(found: Sequence[object]) -> str:
    first = ", ".join(map(str, found[:_SHOWN]))
    return first if len(found) <= _SHOWN else f"{first} ..."
