"""CPU time and peak memory of the build alone, on synthetic checked articles.

Each article has 2,500 characters, 40 entities, 12 relations and 8 quotes; a fifth of them has two layers. Prints one
JSON line. Usage: python benchmarks/build_only.py [ARTICLES] [--profile]
"""

from __future__ import annotations

import cProfile
import gc
import json
import pstats
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from wortlaut.export.build import ReleaseSettings, build
from wortlaut.schema.article import text_sha256
from wortlaut.schema.checked import ArticleMeta, CheckedTask
from wortlaut.schema.document import Document, Provenance, Quote, Relation, Span
from wortlaut.schema.scheme import default_scheme

CHARACTERS, ENTITIES, RELATIONS, QUOTES = 2500, 40, 12, 8
LABELS = ("PER", "ORG", "GPE", "LOC", "ROLE", "DATE")
SYLLABLES = [
    "ba",
    "ben",
    "dor",
    "fel",
    "gau",
    "hin",
    "kar",
    "lan",
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


def vocabulary(random_: random.Random, size: int = 30_000) -> list[str]:
    words = []
    for _ in range(size):
        word = "".join(random_.choices(SYLLABLES, k=random_.randint(1, 4)))
        words.append(word.capitalize() if random_.random() < 0.4 else word)
    return words


def article(number: int, words: list[str], weights: list[float]) -> CheckedTask:
    random_ = random.Random(number)  # noqa: S311 - reproducible, not secret
    picked = random_.choices(words, cum_weights=weights, k=CHARACTERS // 7)
    parts, starts, length = [], [], 0
    for place, word in enumerate(picked):
        starts.append(length)
        end = "\n\n" if place % 60 == 59 else ". " if place % 13 == 12 else ", " if place % 9 == 8 else " "
        parts.append(word + end)
        length += len(parts[-1])
    text = "".join(parts)[:CHARACTERS].rstrip()
    places = [n for n in range(len(picked)) if starts[n] + len(picked[n]) <= len(text)]
    digest = text_sha256(text)
    two = number % 5 == 0
    layers = tuple(layer(number, who, text, digest, places, starts, picked) for who in ("anna", "bert")[: 1 + two])
    meta = ArticleMeta(url=f"https://example.org/{number}", publisher=f"blatt-{number % 7}", headline=text[:40])
    return CheckedTask(
        index=number,
        task_id=str(number),
        article_id=f"art-{number:07d}",
        text=text,
        text_sha256=digest,
        meta=meta,
        documents=layers,
    )


def layer(  # noqa: PLR0917 - a private helper
    number: int, who: str, text: str, digest: str, places: list[int], starts: list[int], words: list[str]
) -> Document:
    random_ = random.Random(f"{number}/{who}")  # noqa: S311 - reproducible, not secret

    def span(place: int, label: str, width: int = 1) -> Span:
        start = starts[place]
        end = min(starts[place + width - 1] + len(words[place + width - 1]), len(text))
        return Span(id=f"{random_.getrandbits(60):x}", label=label, start=start, end=end, text=text[start:end])

    usable = places[:-12]
    chosen = sorted(random_.sample(usable, ENTITIES))
    mentions = tuple(span(place, random_.choice(LABELS), random_.choice((1, 1, 2))) for place in chosen)
    heads = sorted(random_.sample(usable, QUOTES))
    cues = tuple(span(place, "CUE") for place in heads)
    quotes = []
    for place, cue in zip(heads, cues, strict=True):
        body = span(place + 1, "DIRECT", 10)
        speaker = random_.choice(mentions).id
        quotes.append(
            Quote(
                id=body.id,
                type="DIRECT",
                fragments=(body,),
                cues=(cue,),
                speakers=(speaker,),
                resolved_speakers=(speaker,),
                speaker_status="in_text",
            )
        )
    relations = [
        Relation(id=f"r{n}", type="MEMBER_OF", head=random_.choice(mentions).id, tail=random_.choice(mentions).id)
        for n in range(RELATIONS)
    ]
    return Document(
        article_id=f"art-{number:07d}",
        text_sha256=digest,
        layer="annotator",
        annotator=who,
        mentions=mentions,
        cues=cues,
        quotes=tuple(quotes),
        relations=tuple(relations),
        provenance=Provenance(annotation_id=number, created_at="2026-01-01T00:00:00Z"),
    )


class Timed:
    """Counts the CPU time that making the articles takes, to be left out."""

    def __init__(self, count: int) -> None:
        self.count, self.making = count, 0.0

    def __iter__(self) -> Iterator[CheckedTask]:
        random_ = random.Random(0)  # noqa: S311 - reproducible, not secret
        words = vocabulary(random_)
        total, weights = 0.0, []
        for rank in range(1, len(words) + 1):
            total += 1 / rank
            weights.append(total)
        number = 0
        while number < self.count:
            begun = time.process_time()
            some = [article(n, words, weights) for n in range(number, min(number + 500, self.count))]
            self.making += time.process_time() - begun
            number += len(some)
            yield from some


def main() -> None:
    count = int(next((a for a in sys.argv[1:] if a.isdigit()), "20000"))
    profile = cProfile.Profile() if "--profile" in sys.argv else None
    gc.disable()
    tasks = Timed(count)
    with tempfile.TemporaryDirectory() as folder:
        begun = time.process_time()
        if profile:
            profile.enable()
        report = build(
            tasks,
            scheme=default_scheme(),
            out=Path(folder),
            name="bench",
            version="0.1.0",
            settings=ReleaseSettings(),
        )
        if profile:
            profile.disable()
        spent = time.process_time() - begun - tasks.making
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {
        "articles": report.documents,
        "cpu_s": round(spent, 2),
        "peak_mb": round(peak),
        "size_mb": round(size / 1e6, 1),
        "pandas": "pandas" in sys.modules,
    }
    print(json.dumps(figures))
    if profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(35)


if __name__ == "__main__":
    main()
