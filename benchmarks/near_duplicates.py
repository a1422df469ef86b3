"""Recall, precision, CPU time and peak memory of near-duplicates, on seeded texts.

Every tenth article (with --texts, every second one) gets a partner that was changed in one of the ways below; others
share the boilerplate of a publisher, a background paragraph, or a statement of 25 words, and are no near-duplicates.
The words are invented and drawn by Zipf's law; --texts takes real ones instead, each used once. Prints one JSON line.

    python benchmarks/near_duplicates.py 20000
    python benchmarks/near_duplicates.py 0 --texts articles.jsonl.gz   # lines with "text" or "originalText"
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from synthetic import Words
from wortlaut.corpus.near_duplicates import SignatureWriter

WORDS = 360
Changed = Callable[[list[str], random.Random, Callable[[int], list[str]]], list[str]]
Fresh = Callable[[int], list[str]]


def replaced(share: float) -> Changed:
    def change(words: list[str], rng: random.Random, fresh: Fresh) -> list[str]:
        new = fresh(len(words))
        return [new[place] if rng.random() < share else word for place, word in enumerate(words)]

    return change


def cut(share: float) -> Changed:
    return lambda words, _rng, _fresh: words[: int(len(words) * share)]


def agency_copy(words: list[str], rng: random.Random, fresh: Fresh) -> list[str]:
    """Another headline and lead, the last paragraphs left out, some words edited: one agency text in two papers."""
    body = words[30 : int(len(words) * 0.8)]
    return fresh(45) + replaced(0.03)(body, rng, fresh)


def within(times: float) -> Changed:
    """Give the whole text inside one that is so many times as long."""

    def change(words: list[str], _rng: random.Random, fresh: Fresh) -> list[str]:
        more = int(len(words) * (times - 1))
        return fresh(more // 2) + words + fresh(more - more // 2)

    return change


KINDS: dict[str, Changed] = {
    "2 % of words": replaced(0.02),
    "5 % of words": replaced(0.05),
    "10 % of words": replaced(0.10),
    "20 % of words": replaced(0.20),
    "cut to 70 %": cut(0.7),
    "cut to 40 %": cut(0.4),
    "agency copy": agency_copy,
    "within 2 times": within(2),
    "within 4 times": within(4),
}


def articles(number: int, texts: Path | None, seed: int = 11) -> Iterator[tuple[str, str]]:
    """Give articles: the id of a partner is that of its original with the kind behind it."""
    rng = random.Random(seed)  # noqa: S311 - a benchmark's data, no secret
    fresh = Words(rng).pick
    real = _real(texts) if texts else None
    kinds = list(KINDS)
    notice, statements = fresh(60), [fresh(25) for _ in range(200)]
    backgrounds: list[str] = []
    made, every = 0, 2 if texts else 10
    while made < number or real is not None:
        words = next(real, None) if real is not None else fresh(rng.randint(WORDS // 2, WORDS * 3 // 2))
        if words is None:
            return
        if made % 160 == 0:
            backgrounds = fresh(40)
        if made % 5 == 1:
            words = words + notice  # of a publisher that prints it under everything
        elif made % 20 == 2:
            words = words[:50] + backgrounds + words[50:]  # 8 articles of one story
        elif made % 20 == 3:
            words = words[:50] + rng.choice(statements) + words[50:]
        yield f"a{made:07}", " ".join(words)
        if made % every == 0:
            kind = kinds[made // every % len(kinds)]
            yield f"a{made:07} {kind}", " ".join(KINDS[kind](words, rng, fresh))
            made += 1
        made += 1


def _real(path: Path) -> Iterator[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield (row.get("text") or row["originalText"]).split()


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("articles", type=int)
    parser.add_argument("--texts", type=Path)
    given = parser.parse_args()
    planted, found = Counter[str](), Counter[str]()
    false, largest, spent = 0, 0, 0.0
    with SignatureWriter() as writer:
        count = 0
        for doc_id, text in articles(given.articles, given.texts):
            start = time.process_time()
            writer.add(doc_id, text)
            spent += time.process_time() - start
            planted.update([doc_id[9:]] if len(doc_id) > 8 else [])
            count += 1
        start = time.process_time()
        clusters = writer.clusters()
        searched = time.process_time() - start
        for members in clusters.several():
            ids = [clusters.ids[place] for place in members]
            largest = max(largest, len(ids))
            originals = {doc_id[:8] for doc_id in ids}
            false += len(originals) - 1
            found.update(doc_id[9:] for doc_id in ids if len(doc_id) > 8 and doc_id[:8] in ids)
    true = sum(found.values())
    print(
        json.dumps(
            {
                "articles": count,
                "recall": {kind: round(found[kind] / planted[kind], 3) for kind in KINDS if planted[kind]},
                "precision": round(true / max(1, true + false), 4),
                "false_joins": false,
                "largest_cluster": largest,
                "cpu_sign_s": round(spent, 2),
                "cpu_search_s": round(searched, 2),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
