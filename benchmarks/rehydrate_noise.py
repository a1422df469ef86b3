"""How many spans ``wortlaut rehydrate`` finds again in texts that were changed, and that none is put in a wrong place.

    python benchmarks/rehydrate_noise.py [--rounds 5] [--release DIR --texts ARTICLES]
    python benchmarks/rehydrate_noise.py --few 1000    # texts of 21 different words, sentences copied and cut behind

Builds the sample project without its texts, changes each text in the ways of benchmarks/noise.py, and holds the places
found to the true ones. Spans are those of all layers, each place once.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import perf_counter

from noise import NOISES
from wortlaut.annotation.check.run import make_checker
from wortlaut.corpus.canonical import canonical_text
from wortlaut.corpus.rights import project_rights
from wortlaut.corpus.store import iter_articles
from wortlaut.export.anchors import Echoes, anchors_of
from wortlaut.export.demo import demo
from wortlaut.export.from_exports import build_exports
from wortlaut.export.locate import locate
from wortlaut.export.release import ReleasedDocument, open_release
from wortlaut.export.restore import anchored_spans
from wortlaut.export.standoff import read_recipe
from wortlaut.schema.article import text_sha256
from wortlaut.schema.project import find_project


def standoff(folder: Path) -> tuple[Path, Path]:
    """Build the sample project without its texts; give the release and the store of its articles."""
    demo(folder)
    project = find_project(folder)
    store = project.path(project.settings.articles)
    exports = sorted(str(path) for path in project.path(project.settings.exports).glob("*.json"))
    report = build_exports(
        exports,
        make_checker(scheme=project.scheme_path, articles=store),
        scheme_path=project.scheme_path,
        settings=project.settings,
        out=folder / "standoff",
        version="1.0.0",
        profile="standoff",
        rights=project_rights(project),
    ).report
    return Path(report.path), store


def outcomes(document: ReleasedDocument, text: str, salt: str, name: str, rng: random.Random) -> Iterator[str]:
    """Give, for each span of a document, what becomes of it in its changed text."""
    edited = NOISES[name](text, rng)
    spans = anchored_spans(document)
    given = canonical_text(edited.text)
    if text_sha256(given) == document.text_sha256:
        yield from ["recovered"] * len(spans)
        return
    located = locate(spans, length=len(text), text=edited.text, salt=salt)
    for span in spans:
        if span in located.starts:
            yield "recovered" if located.starts[span] == edited.place(*span) else "wrong"
        else:
            yield "ambiguous" if span in located.ambiguous else "lost"
        if edited.place(*span) is None:
            yield "changed itself"


def measure(release: Path, texts: Mapping[str, str], rounds: int) -> dict[str, Counter[str]]:
    """Give the outcomes of all spans by noise."""
    salt = read_recipe(release).salt
    found: dict[str, Counter[str]] = {name: Counter() for name in NOISES}
    for document in open_release(release).documents(layers=True):
        text = texts[document.text_sha256]
        for name, counts in found.items():
            for seed in range(rounds):
                rng = random.Random(f"{name} {document.doc_id} {seed}")  # noqa: S311 - noise, not secrets
                counts.update(outcomes(document, text, salt, name, rng))
    return found


_FEW = [
    "der",
    "die",
    "das",
    "Rat",
    "von",
    "in",
    "Lindenau",
    "sagte",
    "er",
    "sie",
    "am",
    "Montag",
    "Frau",
    "Ott",
    "und",
    "hat",
    "ist",
    "nicht",
    "Weg",
    "neue",
    "Geld",
]


def few_words(texts: int) -> Counter[str]:
    """Give the outcomes in texts of 21 different words, which repeat themselves all the time.

    ``taken for what was cut`` counts spans that were changed or cut themselves and found in the copy.
    """
    counts: Counter[str] = Counter()
    for seed in range(texts):
        rng = random.Random(f"few {seed}")  # noqa: S311 - noise, not secrets
        lengths = [rng.randint(4, 14) for _ in range(rng.randint(4, 14))]
        text = "".join(f"{' '.join(rng.choices(_FEW, k=length))}. " for length in lengths)
        marks = [match.span() for match in re.finditer(r"\w+", text)]
        firsts = rng.choices(range(len(marks)), k=25)
        spans = {(marks[n][0], marks[min(n + rng.choice((0, 0, 0, 1, 2, 5)), len(marks) - 1)][1]) for n in firsts}
        edited = NOISES["a sentence repeated, and the text behind it cut"](text, rng)
        echoes = Echoes(text)
        anchors = {span: anchors_of("salt", text, *span, echoes) for span in sorted(spans)}
        located = locate(anchors, length=len(text), text=edited.text, salt="salt")
        for span in anchors:
            true = edited.place(*span)
            if span not in located.starts:
                counts["not recovered"] += 1
            elif true is None:
                counts["taken for what was cut"] += 1
            else:
                counts["recovered" if located.starts[span] == true else "wrong"] += 1
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--release", type=Path, help="a release of profile standoff, instead of the sample's")
    parser.add_argument("--texts", type=Path, help="its articles.jsonl")
    parser.add_argument("--few", type=int, metavar="TEXTS", help="measure texts of few words instead")
    options = parser.parse_args()
    if options.few:
        few = few_words(options.few)
        print(f"{few.total():,} spans: " + ", ".join(f"{what} {number:,}" for what, number in sorted(few.items())))
        return int(few["wrong"] > 0)
    with tempfile.TemporaryDirectory() as scratch:
        if options.release:
            release, store = options.release, options.texts
        else:
            release, store = standoff(Path(scratch) / "demo")
        texts = {article.text_sha256: article.text for article in iter_articles(store)}
        start = perf_counter()
        found = measure(release, texts, options.rounds)
        seconds = perf_counter() - start
    columns = ("recovered", "ambiguous", "lost", "changed itself", "wrong")
    print(f"| noise | spans | {' | '.join(columns)} |")
    print(f"|---|{'---|' * (len(columns) + 1)}")
    for name, counts in found.items():
        total = sum(number for what, number in counts.items() if what != "changed itself")
        print(f"| {name} | {total:,} | {' | '.join(f'{counts[column]:,}' for column in columns)} |")
    print(f"{seconds:.1f} s")
    return int(any(counts["wrong"] for counts in found.values()))


if __name__ == "__main__":
    raise SystemExit(main())
