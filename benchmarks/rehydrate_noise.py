"""How many spans ``wortlaut rehydrate`` finds again in texts that were changed, and that none is put in a wrong place.

    python benchmarks/rehydrate_noise.py [--rounds 5] [--release DIR --texts ARTICLES]

Builds the sample project without its texts, changes each text in the ways of benchmarks/noise.py, and holds the places
found to the true ones. Spans are those of all layers, each place once.
"""

from __future__ import annotations

import argparse
import random
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--release", type=Path, help="a release of profile standoff, instead of the sample's")
    parser.add_argument("--texts", type=Path, help="its articles.jsonl")
    options = parser.parse_args()
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
