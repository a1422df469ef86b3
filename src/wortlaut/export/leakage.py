"""What the splits of a release share: near-duplicate articles, and quotes in the same words.

The report names documents and quotes by their ids and shows no text, so that it may stand in a release without texts.
Memory holds some twenty bytes a quote.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

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

    Quotes are compared by their words, from ``min_words`` on; case, punctuation and spacing do not count.
    ``quotes_without_text`` are quotes that the release does not show and that were not compared.
    """

    format: str = FORMAT
    near_duplicates: int
    near_duplicates_listed: list[LeakedPair]
    shared_quotes: int
    shared_quotes_listed: list[LeakedQuote]
    min_words: int = MIN_WORDS
    quotes_without_text: int = 0

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.near_duplicates and not self.shared_quotes


def find_leakage(release: Release, near: Sequence[NearPair], near_total: int | None = None) -> Leakage:
    """Say what the splits of a release share.

    ``near`` are near-duplicates in different splits as the plan found them, or ``near_duplicates_of`` the release; of
    those that are not in it nothing is said. ``near_total`` is how many there are where ``near`` is only a part.
    """
    splits = release.splits
    if len(splits) < 2:
        return Leakage(near_duplicates=0, near_duplicates_listed=[], shared_quotes=0, shared_quotes_listed=[])
    pairs = _released(release, near)
    wordings = _Wordings()
    for split in splits:
        wordings.read(release, split)
    shared = wordings.shared()
    whole = near_total is None or near_total == len(near)
    return Leakage(
        near_duplicates=len(pairs) if whole or near_total is None else near_total,
        near_duplicates_listed=pairs[:LISTED],
        shared_quotes=len(shared),
        shared_quotes_listed=_listed(release, shared[:LISTED]),
        quotes_without_text=wordings.without_text,
    )


def near_duplicates_of(release: Release) -> list[NearPair]:
    """Find the near-duplicates in different splits of a release from the texts that it shows."""
    split_of: dict[str, str] = {}
    with SignatureWriter() as writer:
        for split in release.splits:
            for row in release.rows("documents", split, ["doc_id", "text"]):
                if row["text"] is not None:
                    split_of[row["doc_id"]] = split
                    writer.add(row["doc_id"], row["text"])
        clusters = writer.clusters()
        return list(writer.pairs(clusters, lambda place: split_of[clusters.ids[place]]))


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


def _released(release: Release, near: Sequence[NearPair]) -> list[LeakedPair]:
    """Give the pairs of which both documents are in the release, in different splits, the most alike first."""
    if not near:
        return []
    wanted = {doc_id for pair in near for doc_id in (pair.first, pair.second)}
    split_of = {
        doc_id: split
        for split in release.splits
        for batch in release.batches("documents", split, ["doc_id"], size=10_000)
        for doc_id in batch.column(0).to_pylist()
        if doc_id in wanted
    }
    found = [
        LeakedPair(
            first=pair.first,
            first_split=split_of[pair.first],
            second=pair.second,
            second_split=split_of[pair.second],
            jaccard=pair.jaccard,
            containment=pair.containment,
        )
        for pair in near
        if pair.first in split_of and pair.second in split_of and split_of[pair.first] != split_of[pair.second]
    ]
    return sorted(found, key=lambda pair: (-max(pair.jaccard, pair.containment), pair.first, pair.second))


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
