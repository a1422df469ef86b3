"""Near-duplicates: what is one text in two papers, and what only shares a phrase, a footer or a statement."""

from __future__ import annotations

import gzip
import json
import random
import re
import tempfile
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wortlaut.corpus.near_duplicates import Clusters, SignatureWriter
from wortlaut.corpus.shingles import shingle_batch, wording_batch
from wortlaut.schema.errors import UsageError

SYLLABLES = [
    "ba",
    "be",
    "di",
    "do",
    "fe",
    "gar",
    "hin",
    "ken",
    "lau",
    "mer",
    "nau",
    "ost",
    "rei",
    "sim",
    "tal",
    "ung",
    "wer",
    "zin",
]


def words(seed: int, number: int) -> list[str]:
    rng = random.Random(seed)  # noqa: S311 - reproducible, not secret
    return ["".join(rng.choices(SYLLABLES, k=rng.choice((2, 3, 4)))) for _ in range(number)]


def clusters_of(articles: Iterable[tuple[str, str]], threshold: float | None = None) -> Clusters:
    with SignatureWriter() if threshold is None else SignatureWriter(threshold) as writer:
        for doc_id, text in articles:
            writer.add(doc_id, text)
        return writer.clusters()


def together(articles: Iterable[tuple[str, str]]) -> list[list[str]]:
    found = clusters_of(articles)
    return [[found.ids[place] for place in members] for members in found.several()]


def reference(text: str) -> set[tuple[str, ...]]:
    """Give the shingles of a text, the plain way."""
    found = re.findall(r"[^\W_]+", text.lower())
    return {tuple(found[place : place + 3]) for place in range(max(1, len(found) - 2))} if found else set()


LETTERS = st.text(alphabet="abÄöß Z.„“-\n7😀é", max_size=60)


@given(st.lists(LETTERS, max_size=6))
def test_shingles_are_three_words_whatever_stands_between(texts: list[str]) -> None:
    hashes, bounds = shingle_batch(texts)
    assert len(bounds) == len(texts) + 1
    mine = [hashes[start:end].tolist() for start, end in pairwise(bounds.tolist())]
    wanted = [reference(text) for text in texts]
    assert [len(one) for one in mine] == [len(one) for one in wanted]
    for one, other in pairwise(range(len(texts))):
        # The same shingles have the same numbers, in whatever text and batch.
        assert len(set(mine[one]) & set(mine[other])) == len(wanted[one] & wanted[other])
    for text, there in zip(texts, mine, strict=True):
        assert shingle_batch([text])[0].tolist() == there == sorted(set(there))


def test_numbers_of_shingles_never_change() -> None:
    # Splits of new articles depend on them: other numbers would be another toolkit.
    assert shingle_batch(["Der Fluss Ulme steigt."])[0].tolist() == [3239234555, 4135549968]
    hashes, counts = wording_batch(["„Wir bauen – heute!“", "wir bauen heute", "Wir bauen nicht", "", "…"])
    assert counts.tolist() == [3, 3, 3, 0, 0]
    assert hashes[0] == hashes[1] != hashes[2]
    assert hashes[3] == hashes[4] == 0


def test_an_agency_text_in_two_papers_is_one_cluster() -> None:
    body = words(1, 300)
    paper = " ".join(["Neuer Radweg für Lindenau\n\n", *words(2, 40), *body])
    other = " ".join(["Lindenau bekommt Radweg\n\n", *words(3, 35), *body[:240]])
    edited = " ".join(["x" if place % 30 == 0 else word for place, word in enumerate(body)])
    articles = [("a", paper), ("b", other), ("c", edited), ("d", " ".join(words(4, 300)))]
    assert together(articles) == [["a", "b", "c"]]


def test_an_article_inside_a_longer_one_is_found() -> None:
    short = words(1, 120)
    long = [*words(2, 400), *short, *words(3, 400)]
    assert together([("long", " ".join(long)), ("short", " ".join(short)), ("x", " ".join(words(4, 300)))]) == [
        ["long", "short"]
    ]


def test_a_statement_or_a_background_is_no_near_duplicate() -> None:
    shared = words(99, 40)
    articles = [(f"a{number}", " ".join([*words(number, 250), *shared])) for number in range(12)]
    assert together(articles) == []


def test_a_footer_under_everything_does_not_make_short_notices_one_cluster() -> None:
    footer = words(99, 60)
    notices = [(f"a{number:02}", " ".join([*words(number, 60), *footer])) for number in range(60)]
    copy = ("copy", " ".join([*words(7, 60)[:-4], *footer]))
    assert together([*notices, copy]) == [["a07", "copy"]]


def test_texts_without_a_word_are_alike_in_nothing() -> None:
    assert together([("a", ""), ("b", ""), ("c", "…"), ("d", "– –")]) == []
    assert together([("a", "Ja."), ("b", "„Ja“"), ("c", "Nein")]) == [["a", "b"]]
    assert together([]) == []


def test_an_article_with_two_texts_is_near_to_both() -> None:
    first, second = " ".join(words(1, 200)), " ".join(words(2, 200))
    articles = [("a", first), ("m", first), ("m", second), ("z", second)]
    for order in (articles, articles[::-1]):
        assert together(order) == [["a", "m", "z"]]


def test_many_copies_are_one_cluster() -> None:
    text = " ".join(words(1, 200))
    assert together([(f"a{number:04}", text) for number in range(500)]) == [[f"a{number:04}" for number in range(500)]]


@given(st.permutations(range(14)), st.integers(0, 5))
def test_the_order_of_articles_decides_nothing(order: list[int], seed: int) -> None:
    articles = []
    for number in range(14):
        base = words(seed * 100 + number // 3, 80)
        changed = [word if place % (7 + number) else "anders" for place, word in enumerate(base)]
        articles.append((f"a{number:02}", " ".join(changed)))
    assert together([articles[place] for place in order]) == together(articles)


@given(st.integers(0, 10_000), st.floats(0, 0.3))
def test_lightly_changed_texts_are_found(seed: int, share: float) -> None:
    rng = random.Random(seed)  # noqa: S311 - reproducible, not secret
    base = words(seed, 300)
    changed = [f"w{place}" if rng.random() < share / 3 else word for place, word in enumerate(base)]
    assert together([("a", " ".join(base)), ("b", " ".join(changed)), ("c", " ".join(words(seed + 1, 300)))]) == [
        ["a", "b"]
    ]


def test_pairs_say_how_alike_they_are() -> None:
    base = words(1, 102)
    with SignatureWriter() as writer:
        writer.add("b", " ".join(base))
        writer.add("a", " ".join(base[:52]))
        writer.add("c", " ".join(words(2, 100)))
        clusters = writer.clusters()
        (pair,) = writer.pairs(clusters, lambda place: place)
        assert (pair.first, pair.second, pair.jaccard, pair.containment) == ("a", "b", 0.5, 1.0)
        assert list(writer.pairs(clusters, lambda _: "same")) == []
        assert writer.pair(clusters, 0, 2) is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_no_room_for_temporary_files_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: str) -> BinaryIO:
        return Path("/dev/full").open("wb", buffering=0)

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(UsageError, match="cannot write: No space left on device"):
        together([("a", "Der Fluss Ulme steigt")])


def test_a_higher_threshold_finds_less() -> None:
    base = words(1, 200)
    changed = [word if place % 6 else "anders" for place, word in enumerate(base)]
    articles = [("a", " ".join(base)), ("b", " ".join(changed))]
    assert len(list(clusters_of(articles, 0.25).several())) == 1
    assert len(list(clusters_of(articles, 0.9).several())) == 0


def test_real_news_has_no_more_than_its_reworked_stories(data: Path) -> None:
    articles = []
    for name in ("dev", "train"):
        with gzip.open(data / "wikinews_quotes_2024" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            articles += [(row["documentName"], row["originalText"]) for row in map(json.loads, lines)]
    found = together(articles)
    # 850 stories, one of which is the update of another, sentence for sentence.
    assert [[name[:5].rstrip() for name in members] for members in found] == [["7537", "8562"]]


@pytest.mark.parametrize("text", ["\ud800 Fluss Ulme steigt", "👩‍👩‍👧 " * 50, "a" * 300_000, "a " * 300_000])
def test_odd_texts_do_no_harm(text: str) -> None:
    assert together([("a", text), ("b", "Fluss Ulme steigt nicht mehr")]) == []
