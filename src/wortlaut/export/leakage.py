"""What the splits of a release share: near-duplicate articles, and quotes in the same words.

The report names documents and quotes by their ids and shows no text, so that it may stand in a release without texts.
Memory holds some twenty bytes a quote and some thirty an article.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from wortlaut.corpus.across import Across, NearDuplicates
from wortlaut.corpus.near_duplicates import NearPair, SignatureWriter
from wortlaut.corpus.shingles import wording_batch
from wortlaut.export.release import Release
from wortlaut.schema.errors import InputError
from wortlaut.schema.files import write_text

__all__ = [
    "LEAKAGE",
    "Leakage",
    "LeakedPair",
    "LeakedQuote",
    "QuotePlace",
    "find_leakage",
    "near_duplicates_of",
    "read_leakage",
    "write_leakage",
]

LEAKAGE = "leakage.json"
FORMAT = "wortlaut-leakage/1"
MIN_WORDS = 5
LISTED = 200
_SHOWN = 5  # places of one wording in one split
_BATCH = 2_000


class LeakedPair(msgspec.Struct, frozen=True, kw_only=True):
    """Two near-duplicates in different splits; ``jaccard`` and ``containment`` are of their shingles, 0 to 1."""

    first: str
    first_split: str
    second: str
    second_split: str
    jaccard: float
    containment: float


class QuotePlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where a quote stands: its document and its id there."""

    doc_id: str
    id: str
    split: str


class LeakedQuote(msgspec.Struct, frozen=True, kw_only=True):
    """One wording that quotes of several splits have; ``places`` are at most five of each split."""

    words: int
    places: list[QuotePlace]


class Leakage(msgspec.Struct, frozen=True, kw_only=True):
    """What splits share. ``near_duplicates`` and ``shared_quotes`` count pairs and wordings, the lists show the first.

    ``near_duplicate_articles`` counts by split the articles that have a near-duplicate in another one. Where
    ``near_duplicates_at_least`` is true not all could be compared, and both numbers are counts from below. Quotes are
    compared by their words, from ``min_words`` on; case, punctuation and spacing do not count.
    ``quotes_without_text`` are quotes that the release does not show and that were not compared.
    """

    format: str = FORMAT
    near_duplicates: int
    near_duplicates_at_least: bool = False
    near_duplicate_articles: dict[str, int] = {}
    near_duplicates_listed: list[LeakedPair]
    shared_quotes: int
    shared_quotes_listed: list[LeakedQuote]
    min_words: int = MIN_WORDS
    quotes_without_text: int = 0

    @property
    def clean(self) -> bool:
        """Whether nothing was found, and all was compared."""
        return not self.near_duplicates and not self.near_duplicates_at_least and not self.shared_quotes


def find_leakage(release: Release, near: NearDuplicates | None) -> Leakage:
    """Say what the splits of a release share.

    ``near`` are the near-duplicates as the plan of its splits found them, or ``near_duplicates_of`` it; articles that
    are not released do not count.
    """
    splits = release.splits
    if len(splits) < 2:
        return Leakage(near_duplicates=0, near_duplicates_listed=[], shared_quotes=0, shared_quotes_listed=[])
    ids = near.ids if near is not None else ()
    part_of = _parts(release, ids)
    across = near.across(part_of, LISTED) if near is not None else Across(total=0, whole=True, articles={}, pairs=[])
    wordings = _Wordings()
    for split in splits:
        wordings.read(release, split)
    shared = wordings.shared()
    return Leakage(
        near_duplicates=across.total,
        near_duplicates_at_least=not across.whole,
        near_duplicate_articles={splits[part]: count for part, count in across.articles.items()},
        near_duplicates_listed=[_pair(pair, ids, part_of, splits) for pair in across.pairs],
        shared_quotes=len(shared),
        shared_quotes_listed=_listed(release, shared[:LISTED]),
        quotes_without_text=wordings.without_text,
    )


@contextlib.contextmanager
def near_duplicates_of(release: Release) -> Iterator[NearDuplicates]:
    """Find the near-duplicates of a release from the texts that it shows; they can be asked within the block."""
    with SignatureWriter() as writer:
        for split in release.splits:
            for row in release.rows("documents", split, ["doc_id", "text"]):
                if row["text"] is not None:
                    writer.add(row["doc_id"], row["text"])
        yield NearDuplicates(writer, writer.clusters())


def write_leakage(folder: Path, leakage: Leakage) -> None:
    """Write the report into a release's folder, as indented JSON."""
    data = msgspec.json.format(msgspec.json.encode(leakage), indent=2).decode()
    write_text(folder / LEAKAGE, data + "\n")


def read_leakage(folder: Path) -> Leakage | None:
    """Read the report of a release; None where it has none. Raises InputError where it does not hold."""
    path = folder / LEAKAGE
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Leakage)
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"is no report on splits: {error}", where=str(path), hint="Build the release again") from error


def _parts(release: Release, ids: Sequence[str]) -> Any:
    """Give for each of some sorted ids the place of its split in those of the release, -1 where it is not in there."""
    import numpy as np

    part_of = np.full(len(ids), -1, dtype=np.int64)
    for part, split in enumerate(release.splits if ids else ()):
        for batch in release.batches("documents", split, ["doc_id"], size=10_000):
            for doc_id in batch.column(0).to_pylist():
                if (place := bisect_left(ids, doc_id)) < len(ids) and ids[place] == doc_id:
                    part_of[place] = part
    return part_of


def _pair(pair: NearPair, ids: Sequence[str], part_of: Any, splits: Sequence[str]) -> LeakedPair:
    first, second = (splits[part_of[bisect_left(ids, doc_id)]] for doc_id in (pair.first, pair.second))
    return LeakedPair(
        first=pair.first,
        first_split=first,
        second=pair.second,
        second_split=second,
        jaccard=pair.jaccard,
        containment=pair.containment,
    )


class _Wordings:
    """The wording of each quote as a hash, with the split that it stands in."""

    def __init__(self) -> None:
        import numpy as np

        self.without_text = 0
        self._hashes: list[Any] = [np.zeros(0, dtype=np.uint64)]
        self._splits: list[Any] = [np.zeros(0, dtype=np.uint8)]
        self._number = 0

    def read(self, release: Release, split: str) -> None:
        """Take the quotes of one split."""
        import numpy as np

        for batch in release.batches("quotes", split, ["text"], size=_BATCH):
            column = batch.column(0)
            self.without_text += column.null_count
            hashes, words = wording_batch([text or "" for text in column.to_pylist()])
            hashes = hashes[words >= MIN_WORDS]
            self._hashes.append(hashes)
            self._splits.append(np.full(len(hashes), self._number, dtype=np.uint8))
        self._number += 1

    def shared(self) -> list[int]:
        """Give the hashes that stand in several splits, sorted."""
        import numpy as np

        hashes, splits = np.concatenate(self._hashes), np.concatenate(self._splits)
        wordings, number_of = np.unique(hashes, return_inverse=True)
        lowest, highest = np.full(len(wordings), 255, np.uint8), np.zeros(len(wordings), np.uint8)
        np.minimum.at(lowest, number_of, splits)
        np.maximum.at(highest, number_of, splits)
        found: list[int] = wordings[lowest < highest].tolist()
        return found


def _listed(release: Release, shared: list[int]) -> list[LeakedQuote]:
    """Give where the quotes with some wordings stand: of each wording the first places of each split."""
    places: dict[int, list[QuotePlace]] = {one: [] for one in shared}
    length: dict[int, int] = {}
    for split in release.splits if shared else ():
        here = dict.fromkeys(shared, 0)
        for batch in release.batches("quotes", split, ["doc_id", "id", "text"], size=_BATCH):
            rows = batch.to_pylist()
            hashes, words = wording_batch([row["text"] or "" for row in rows])
            for row, key, count in zip(rows, hashes.tolist(), words.tolist(), strict=True):
                if count >= MIN_WORDS and here.get(key, _SHOWN) < _SHOWN:
                    here[key] += 1
                    length[key] = count
                    places[key].append(QuotePlace(doc_id=row["doc_id"], id=row["id"], split=split))
    found = [LeakedQuote(words=length[key], places=of) for key, of in places.items()]
    return sorted(found, key=lambda quote: (-quote.words, quote.places[0].doc_id, quote.places[0].id))
