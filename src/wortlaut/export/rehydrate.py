"""``rehydrate``: a release without texts and the texts that a user has, into the full release.

Where every text is the one that was annotated, each file is what the full build had, which its SHA-256 proves. A text
that differs a little is anchored (wortlaut.export.locate); then the release is another one and says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from wortlaut.export.anchors import NEAR, anchors_of, reach
from wortlaut.export.candidates import Candidate, TextPool, votes
from wortlaut.export.locate import Located, locate
from wortlaut.export.manifest import MANIFEST
from wortlaut.export.readable import hold_readable
from wortlaut.export.release import Release, ReleasedDocument, open_release
from wortlaut.export.restore import LostSpan, anchored_spans, lost_spans, restored
from wortlaut.export.standoff import Recipe, read_recipe
from wortlaut.export.tables import Chosen
from wortlaut.export.whole import Outcome, write_whole
from wortlaut.schema.article import text_sha256
from wortlaut.schema.errors import InputError, UsageError
from wortlaut.schema.files import atomic_directory, refuse_others

__all__ = ["DocumentReport", "RehydrateReport", "rehydrate"]

_VOTES, _LEAD = 3, 2


class DocumentReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one document whose text is not the annotated one.

    ``source`` is where the text came from, empty where none was found. ``spans`` counts those of all layers that stand
    at different places, ``recovered`` those that have one in the new text; ``missing`` names the others in each layer.
    """

    doc_id: str
    outcome: Outcome
    why: str = ""
    source: str = ""
    spans: int = 0
    recovered: int = 0
    missing: list[LostSpan] = []


class RehydrateReport(msgspec.Struct, frozen=True, kw_only=True):
    """What rehydrate did.

    ``documents`` counts documents by outcome, ``spans`` those of all layers that stand at different places by what
    became of them. ``same`` says how the result compares with the full build: ``bytes`` every file is the same;
    ``content`` what the rows hold is, but other versions of the libraries wrote other bytes; ``no`` it is another
    release. ``differing`` names files that are not the same. ``others`` are the documents that are not exact.
    """

    path: str
    name: str
    version: str
    documents: dict[str, int]
    spans: dict[str, int]
    same: Literal["bytes", "content", "no"]
    differing: list[str]
    content_sha256: str
    others: list[DocumentReport]
    sources: int
    unread: list[str]


def rehydrate(
    folder: Path,
    texts: Sequence[str],
    *,
    out: Path,
    timezone: str = "Europe/Berlin",
    force: bool = False,
    on_document: Callable[[], None] = lambda: None,
) -> RehydrateReport | None:
    """Give the release in ``folder`` its texts and write it to ``out/NAME/vVERSION``; None where it has them already.

    ``texts`` are files and folders as ``wortlaut ingest`` takes them, a store of articles among them. Raises
    InputError for a release that is not whole, was changed, or whose ``rehydrate.json`` does not go with its anchors;
    UsageError where of all its texts none is found, and where the result is there already (unless ``force``, which
    replaces a release and nothing else).
    """
    release = open_release(folder, verify=True)
    if release.manifest.profile == "full":
        return None
    recipe = read_recipe(folder)
    hold_readable(release)
    target = out / release.manifest.name / f"v{release.manifest.version}"
    if target.resolve() == folder.resolve():
        raise UsageError("the result would take the place of the release", where=str(target), hint="Name another --out")
    if target.exists() and not force:
        raise UsageError("already exists", where=str(target), hint="Name another --out, or say --force to replace it")
    refuse_others(target, MANIFEST, what="release")
    wanted = {row["doc_id"]: row["text_sha256"] for row in _heads(release)}
    headlines = [row["headline_sha256"] for row in _heads(release) if row["headline_start"] is None]
    with TextPool(wanted.values(), filter(None, headlines)) as pool:
        pool.fill(texts, timezone)
        run = _Run(release, recipe, pool, on_document)
        run.assign({doc_id for doc_id, sha256 in wanted.items() if sha256 not in pool.found})
        if not pool.found and not run.texts:
            raise UsageError(
                f"none of the {len(wanted):,} texts is there ({pool.sources:,} sources read)",
                where=", ".join(texts),
                hint="Name the folder or articles.jsonl that holds the articles of this release",
            )
        with atomic_directory(target, replace=force) as made:
            whole = write_whole(
                made, release, recipe, chosen=run.chosen, outcomes=run.outcomes, others=lambda: run.others
            )
    return RehydrateReport(
        path=str(target),
        name=release.manifest.name,
        version=release.manifest.version,
        documents=run.outcomes(),
        spans=dict(run.spans),
        same=whole.same,
        differing=whole.differing,
        content_sha256=whole.content_sha256,
        others=run.others,
        sources=pool.sources,
        unread=pool.unread,
    )


class _Run:
    """Decides on one document after the other."""

    def __init__(self, release: Release, recipe: Recipe, pool: TextPool, on_document: Callable[[], None]) -> None:
        self._release, self._recipe, self._pool, self._on_document = release, recipe, pool, on_document
        self.texts: dict[str, list[Candidate]] = {}
        self._undecided: dict[str, str] = {}
        self._outcomes: Counter[Outcome] = Counter()
        self.spans: Counter[str] = Counter({"exact": 0, "recovered": 0, "ambiguous": 0, "lost": 0})
        self.others: list[DocumentReport] = []

    def outcomes(self) -> dict[str, int]:
        """Give the number of documents by outcome."""
        return {outcome: self._outcomes[outcome] for outcome in ("exact", "anchored", "ambiguous", "lost")}

    def assign(self, missing: set[str]) -> None:
        """Find texts for documents whose own is not there: by id or address, then by their anchors."""
        documents = [one for one in self._release.documents() if one.doc_id in missing] if missing else []
        names = {one.doc_id: one.doc_id for one in documents}
        names |= {one.meta.url: one.doc_id for one in documents if one.meta.url}
        left: list[Candidate] = []
        for candidate in self._pool.candidates:
            called = {names[name] for name in candidate.names if name in names}
            if len(called) == 1:
                self.texts.setdefault(called.pop(), []).append(candidate)
            elif not called:
                left.append(candidate)
        self._vote([one for one in documents if one.doc_id not in self.texts], left)

    def _vote(self, documents: Sequence[ReleasedDocument], candidates: Sequence[Candidate]) -> None:
        anchors, lengths = _index(documents)
        claims: dict[str, list[tuple[int, Candidate]]] = {}
        for candidate in candidates if anchors else ():
            texts = [self._pool.read(stored) for stored in candidate.texts]
            counted = max((votes(text, anchors, lengths, self._recipe.salt) for text in texts), key=_best)
            for doc_id, number in counted.items():
                if number >= _VOTES and number * _LEAD >= _best(counted):
                    claims.setdefault(doc_id, []).append((number, candidate))
        claimed = Counter(candidate.place for those in claims.values() for _, candidate in those)
        for doc_id, those in claims.items():
            those.sort(key=lambda claim: -claim[0])
            number, candidate = those[0]
            if claimed[candidate.place] > 1 or (len(those) > 1 and those[1][0] * _LEAD > number):
                places = ", ".join(candidate.place for _, candidate in those[:3])
                self._undecided[doc_id] = f"its anchors stand in texts that others may be, too: {places}"
            else:
                self.texts[doc_id] = [candidate]

    def chosen(self, split: str) -> Iterator[Chosen]:
        """Give the documents of a split with their texts; those without one are passed over and noted."""
        for document in self._release.documents(split=split, layers=True):
            self._on_document()
            text = self._pool.text(document.text_sha256)
            if text is not None:
                self._hold_salt(document, text)
                self._outcomes["exact"] += 1
                self.spans["exact"] += len(anchored_spans(document))
                yield restored(document, text, None, self._headline(document, text))
                continue
            found = self._anchored(document)
            if found is not None:
                yield found

    def _anchored(self, document: ReleasedDocument) -> Chosen | None:
        spans = anchored_spans(document)
        length = document.hidden.n_chars if document.hidden else 0
        best: tuple[Located, str, Candidate] | None = None
        for candidate in self.texts.get(document.doc_id, ()):
            for text in map(self._pool.read, candidate.texts):
                located = locate(spans, length=length, text=text, salt=self._recipe.salt)
                if best is None or len(located.starts) > len(best[0].starts):
                    best = located, text, candidate
        if best is None or not best[0].starts:
            self._without(document, len(spans), best)
            return None
        located, text, candidate = best
        missing = list(lost_spans(document, located))
        self._outcomes["anchored"] += 1
        self.spans.update(recovered=len(located.starts), ambiguous=len(located.ambiguous), lost=len(located.lost))
        self.others.append(
            DocumentReport(
                doc_id=document.doc_id,
                outcome="anchored",
                source=candidate.place,
                spans=len(spans),
                recovered=len(located.starts),
                missing=missing,
            )
        )
        return restored(document, text, located.starts, _headline_in(document, text, candidate.headline))

    def _without(self, document: ReleasedDocument, spans: int, best: tuple[Located, str, Candidate] | None) -> None:
        outcome: Outcome = "lost"
        why, source = "no text was found for it", ""
        if document.doc_id in self._undecided:
            outcome, why = "ambiguous", self._undecided[document.doc_id]
        elif best is not None:
            source = best[2].place
            why = (
                "none of its spans stands in the text that bears its name"
                if spans
                else "it has no span to prove a text"
            )
        self._outcomes[outcome] += 1
        self.spans[outcome] += spans
        self.others.append(DocumentReport(doc_id=document.doc_id, outcome=outcome, why=why, source=source, spans=spans))

    def _headline(self, document: ReleasedDocument, text: str) -> str | None:
        """Give the headline of an exact document: where it stands in the text, else the source's own if it is that."""
        hidden = document.hidden
        if hidden is None or hidden.headline_sha256 is None:
            return None
        if hidden.headline_start is not None and hidden.headline_end is not None:
            return text[hidden.headline_start : hidden.headline_end]
        return "" if hidden.headline_sha256 == text_sha256("") else self._pool.headlines.get(hidden.headline_sha256)

    def _hold_salt(self, document: ReleasedDocument, text: str) -> None:
        """Hold the recipe's salt to the anchors of the first span of an exact document."""
        for (start, end), anchors in list(anchored_spans(document).items())[:1]:
            if anchors_of(self._recipe.salt, text, start, end).wide != anchors.wide:
                raise InputError(
                    "the salt in rehydrate.json is not the one that its anchors were made with",
                    where=str(self._release.path),
                    hint="Fetch the release again",
                )


def _heads(release: Release) -> Iterator[dict[str, Any]]:
    for split in release.splits:
        yield from release.rows("documents", split, ["doc_id", "text_sha256", "headline_start", "headline_sha256"])


def _headline_in(document: ReleasedDocument, text: str, other: str | None) -> str | None:
    """Give the headline of an anchored document: the line, or the source's headline, that has its hash."""
    wanted = document.hidden.headline_sha256 if document.hidden else None
    lines = (*text.split("\n")[:20], *([other] if other else []))
    return next((line for line in lines if text_sha256(line) == wanted), None) if wanted else None


def _index(documents: Sequence[ReleasedDocument]) -> tuple[dict[str, str], frozenset[int]]:
    """Give the document of each near anchor that has its whole window and stands in one document alone."""
    found: dict[str, str] = {}
    shared: set[str] = set()
    lengths: set[int] = set()
    for document in documents:
        length = document.hidden.n_chars if document.hidden else 0
        for span, anchors in anchored_spans(document).items():
            if anchors.near is None or reach(*span, length, NEAR) != (NEAR, NEAR):
                continue
            if found.setdefault(anchors.near, document.doc_id) != document.doc_id:
                shared.add(anchors.near)
            lengths.add(span[1] - span[0])
    return {anchor: doc_id for anchor, doc_id in found.items() if anchor not in shared}, frozenset(lengths)


def _best(counted: Counter[str]) -> int:
    return max(counted.values(), default=0)
