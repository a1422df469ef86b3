"""Near-duplicates: what is one text in two papers, and what only shares a phrase, a footer or a statement."""

from __future__ import annotations

import gzip
import json
import random
import re
import tempfile
from collections.abc import Iterable
from itertools import combinations, pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.words import words

from wortlaut.corpus.across import Across, NearDuplicates
from wortlaut.corpus.near_duplicates import Clusters, SignatureWriter
from wortlaut.corpus.shingles import shingle_batch, wording_batch
from wortlaut.schema.errors import UsageError


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
        near = NearDuplicates(writer, clusters)
        found = near.across(np.arange(3), 9)
        (pair,) = found.pairs
        assert (pair.first, pair.second, pair.jaccard, pair.containment) == ("a", "b", 0.5, 1.0)
        assert found == Across(total=1, whole=True, articles={0: 1, 1: 1}, pairs=[pair])
        nothing = Across(total=0, whole=True, articles={}, pairs=[])
        assert near.across(np.array([0, 0, 1]), 9) == nothing
        assert near.across(np.array([0, -1, 1]), 9) == nothing
        assert writer.pair(clusters, 0, 2) is None


def copies(writer: SignatureWriter, number: int) -> Clusters:
    """Take copies of one text, of which each differs in a word."""
    text = words(1, 200)
    for one in range(number):
        writer.add(f"a{one:04}", " ".join([*text, f"v{one}"]))
    return writer.clusters()


def test_what_parts_share_is_counted_wherever_it_stands_in_a_cluster() -> None:
    with SignatureWriter() as writer:
        near = NearDuplicates(writer, copies(writer, 260))
        # The last ones by id, and some in between: each of these is near to each of the others.
        for test in (np.arange(260) >= 210, np.arange(260) % 26 == 3):
            found = near.across(test.astype(np.int64), 7)
            size = int(test.sum())
            assert (found.total, found.whole) == (size * (260 - size), True)
            assert found.articles == {0: 260 - size, 1: size}
            assert len(found.pairs) == 7
            assert all(pair.jaccard > 0.98 for pair in found.pairs)


def test_a_count_that_was_cut_says_so_and_passes_no_part_over() -> None:
    with SignatureWriter() as writer:
        clusters = copies(writer, 300)
        part_of = np.array([0] * 280 + [1] * 15 + [2] * 5)
        whole = NearDuplicates(writer, clusters).across(part_of, 300 * 300)
        assert (whole.total, whole.whole) == (280 * 15 + 280 * 5 + 15 * 5, True)
        for most in (2_000, 100, 1):
            found = NearDuplicates(writer, clusters, comparisons=most).across(part_of, 300 * 300)
            assert not found.whole
            assert 3 <= found.total <= max(most, 3)
            assert found.total > most / 2
            assert set(found.articles) == {0, 1, 2}
            known = {(pair.first, pair.second) for pair in whole.pairs}
            assert len({(pair.first, pair.second) for pair in found.pairs} & known) == found.total


def test_a_large_cluster_takes_nothing_from_small_ones() -> None:
    with SignatureWriter() as writer:
        for story in range(2, 30):
            for one in range(2):
                writer.add(f"b{story:02}-{one}", " ".join([*words(story, 100), f"v{one}"]))
        near = NearDuplicates(writer, copies(writer, 100), comparisons=500)
        part_of = np.array([int(name) % 2 for name in (one[-1] for one in near.ids)])
        found = near.across(part_of, 5_000)
        assert not found.whole
        assert len([pair for pair in found.pairs if pair.first.startswith("b")]) == 28
        assert 28 + 400 < found.total <= 500


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 2)), max_size=20))
def test_what_parts_share_is_what_pairs_say(articles: list[tuple[int, int]]) -> None:
    with SignatureWriter() as writer:
        for number, (story, _) in enumerate(articles):
            writer.add(f"a{number:02}", " ".join([*words(story, 60), f"v{number}"]))
        found = NearDuplicates(writer, writer.clusters()).across(np.array([part for _, part in articles], int), 500)
    wanted = {
        (f"a{one:02}", f"a{other:02}")
        for (one, (story, part)), (other, (same, there)) in combinations(enumerate(articles), 2)
        if story == same and part != there and min(part, there) >= 0
    }
    assert {(pair.first, pair.second) for pair in found.pairs} == wanted
    assert found.total == len(wanted) == len(found.pairs)
    assert sum(found.articles.values()) == len({one for pair in wanted for one in pair})


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
