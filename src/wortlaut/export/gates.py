"""What a release must pass before it stands under its name, and before it leaves: rights, leaks, names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from wortlaut.annotation.pseudonyms import read_ledger
from wortlaut.corpus.rights import Rights, project_rights
from wortlaut.corpus.store import iter_articles
from wortlaut.export.features import Profile
from wortlaut.export.leaks import leak_gate
from wortlaut.export.manifest import Manifest, RightsEntry
from wortlaut.export.pieces import files_of, leaves, pieces
from wortlaut.export.release import Release
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import RIGHTS, Project

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
            f"the release would name annotators, in {_several(len(found), 'place')}: {_some(found)}",
            hint="Take the name out of what is released, or out of the article's metadata, and build again",
        )


def names_gate(folder: Path, people: Mapping[str, str], stated: str = "") -> list[NamedPerson]:
    """Give where identities of ``people`` (by pseudonym) stand in the files of a release.

    An e-mail address is looked for everywhere and whatever its case. Another name is looked for as a whole word in what
    annotators and the project wrote; where articles hold it too, a card that names their people proves nothing.
    A number (Label Studio's id of a user) names nobody and is not looked for; what is part of ``stated``, the
    project's own words on itself, may stand in files beside the rows.
    """
    wanted = [
        (pseudonym, pattern, bool(_MAIL.fullmatch(identity)))
        for pseudonym, identity in people.items()
        if (pattern := _pattern(identity)) is not None
    ]
    may = {pseudonym for pseudonym, pattern, _ in wanted if pattern.search(stated)}
    of_articles: set[str] = set()
    in_rows: list[NamedPerson] = []
    beside: list[tuple[NamedPerson, bool]] = []
    for piece in pieces(folder, names=True) if _suspect(folder, people) else ():
        for pseudonym, pattern, mail in wanted:
            if not pattern.search(piece.text):
                continue
            named = NamedPerson(place=piece.place, pseudonym=pseudonym)
            if piece.row is None:
                beside += [(named, mail)] if pseudonym not in may else []
            elif piece.key.rpartition(".")[2] in _OF_ARTICLE and not mail:
                of_articles.add(pseudonym)
            else:
                in_rows.append(named)
    return in_rows + [named for named, mail in beside if mail or named.pseudonym not in of_articles]


def _suspect(folder: Path, people: Mapping[str, str]) -> bool:
    """Say whether an identity may stand somewhere in the files, looking at bytes: what is not there costs little."""
    mails = [identity.encode().lower() for identity in people.values() if _MAIL.fullmatch(identity)]
    names = [identity.encode().lower() for identity in people.values() if _pattern(identity) is not None]
    for path, _ in files_of(folder) if names else ():
        if path.suffix != ".parquet":
            found = _holds(path.read_bytes(), names)
        else:
            found = any(
                _holds(leaf.data, mails if leaf.key.rpartition(".")[2] in _OF_ARTICLE else names)
                for leaf in leaves(path, _WRITTEN_ONCE.get(path.parent.name, ()))
            )
        if found:
            return True
    return False


def _holds(data: bytes, wanted: Sequence[bytes]) -> bool:
    lower = data.lower() if wanted else b""
    return any(one in lower for one in wanted)


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
            lines.append(f"{_several(number, 'text')} of it may not be handed on, by the ledger it was built with")
    store = project.known_articles
    # Where the ledger says no already, every place where a text stands is no news.
    if rights is not None and store is not None and not lines:
        withheld_texts = Texts(lambda: _of_store(store, rights, free=False))
        free = Texts(lambda: _of_store(store, rights, free=True))
        found = leak_gate(release.path, withheld_texts, free=free)
        if found:
            lines.append(f"texts would leak, in {_several(len(found), 'place')}: {_some(found)}")
    if project.ledger is not None:
        stated = repr(msgspec.to_builtins(project.settings))
        named = names_gate(release.path, read_ledger(project.ledger).names(), stated)
        if named:
            lines.append(f"it names annotators, in {_several(len(named), 'place')}: {_some(named)}")
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
    return f"{_several(len(withheld), 'text')} may not be handed on ({_some(withheld)}){unstated}"


def _of_store(store: Path, rights: Rights, *, free: bool) -> Iterator[tuple[str, str]]:
    for article in iter_articles(store):
        if rights.of(article.article_id, article.publisher).redistribute == free:
            yield article.article_id, article.text


def _pattern(identity: str) -> re.Pattern[str] | None:
    if len(identity) < _LEAST or identity.isdigit():
        return None
    flags = re.IGNORECASE if _MAIL.fullmatch(identity) else 0
    return re.compile(rf"(?<!\w){re.escape(identity)}(?!\w)", flags)


def _several(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _some(found: Sequence[object]) -> str:
    first = ", ".join(map(str, found[:_SHOWN]))
    return first if len(found) <= _SHOWN else f"{first} ..."
