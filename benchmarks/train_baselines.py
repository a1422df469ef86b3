"""What ``wortlaut train`` scores and costs on GermEval 2014: its test sentences are learnt from, dev is scored.

    WORTLAUT_DATA=../shared/data python benchmarks/train_baselines.py [--model crf ...] [--validation 500]

(The training file of GermEval is not at hand.) Each sentence is a document of a release, its tokens joined by blanks;
gold are the outer spans of the four main classes, without -deriv and -part. The first sentences of the test file are
the split validation, on which the stop is picked; with ``--validation 0`` all are learnt from, to the last step.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from wortlaut.annotation.learnt.folder import MODEL_KINDS, ModelKind
from wortlaut.export.baselines import BaselineScores, shown_f1
from wortlaut.export.build import build
from wortlaut.export.train.fitted import TrainOptions
from wortlaut.export.train.run import ModelReport, train
from wortlaut.schema.article import text_sha256
from wortlaut.schema.checked import ArticleMeta, CheckedTask
from wortlaut.schema.document import Document, Span
from wortlaut.schema.scheme import parse_scheme

CLASSES = ("PER", "LOC", "ORG", "OTH")
SCHEME = 'name = "germeval"\nversion = "1.0.0"\n' + "".join(f'[[labels]]\nname = "{name}"\n' for name in CLASSES)
Token = tuple[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", action="append", choices=MODEL_KINDS)
    parser.add_argument("--validation", type=int, default=500)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    data = Path(os.environ.get("WORTLAUT_DATA", default)) / "germeval2014"
    kinds: Sequence[ModelKind] = given.model or MODEL_KINDS
    options = TrainOptions(epochs=given.epochs, iterations=given.iterations, seed=given.seed)
    print("| model | P | R | strict F1 | relaxed F1 | step | CPU s | MB |\n|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        release = _release(data, Path(folder), given.validation)
        last = _cpu()

        def on_model(done: ModelReport) -> None:
            nonlocal last
            size = sum(path.stat().st_size for path in Path(done.path).rglob("*") if path.is_file())
            print(_row(done.baseline, f"{_cpu() - last:.0f}", f"{size / 1e6:.1f}"), flush=True)
            last = _cpu()

        report = train(release, Path(folder) / "models", kinds, options, write_card=False, on_model=on_model)
        if report.rules:
            print(_row(report.rules, "", ""))
        print(f"documents: {report.documents}")


def _release(data: Path, out: Path, validation: int) -> Path:
    splits = {"test": "t", "dev": "d"}
    tasks = [
        _task(f"{splits[name]}-{number:05}", tokens)
        for name in sorted(splits)
        for number, tokens in enumerate(_sentences(data / f"NER-de-{name}.tsv"))
    ]

    def split_of(doc_id: str) -> str:
        if doc_id.startswith("d"):
            return "test"
        return "validation" if int(doc_id[2:]) < validation else "train"

    report = build(
        tasks,
        scheme=parse_scheme(SCHEME),
        out=out,
        name="germeval",
        version="1.0.0",
        split_of=split_of,
        schema_files={"scheme.toml": SCHEME.encode()},
    )
    return Path(report.path)


def _task(doc_id: str, tokens: Sequence[Token]) -> CheckedTask:
    text = " ".join(token for token, _ in tokens)
    spans: list[tuple[int, int, str]] = []
    place = 0
    for token, tag in tokens:
        kind, _, name = tag.partition("-")
        if kind == "B":
            spans.append((place, place + len(token), name))
        elif kind == "I":
            spans[-1] = (spans[-1][0], place + len(token), name)
        place += len(token) + 1
    mentions = tuple(
        Span(id=f"{start}", label=name, start=start, end=end, text=text[start:end])
        for start, end, name in spans
        if name in CLASSES
    )
    sha = text_sha256(text)
    return CheckedTask(
        index=0,
        task_id=doc_id,
        article_id=doc_id,
        text=text,
        text_sha256=sha,
        meta=ArticleMeta(rights="CC BY 4.0"),
        documents=(Document(article_id=doc_id, text_sha256=sha, layer="gold", mentions=mentions),),
    )


def _sentences(path: Path) -> Iterator[list[Token]]:
    tokens: list[Token] = []
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        if line.startswith("#"):
            continue
        if line.strip():
            _, token, outer, _ = line.split("\t")
            tokens.append((token, outer))
        elif tokens:
            yield tokens
            tokens = []


def _row(one: BaselineScores, cpu: str, size: str) -> str:
    strict = one.scores.strict
    step = "" if one.stop is None else f"{one.stop} of {one.steps}"
    figures = [f"{value:.3f}" if value is not None else "-" for value in (strict.precision, strict.recall)]
    return f"| {' | '.join([one.model, *figures, shown_f1(strict), shown_f1(one.scores.relaxed), step, cpu, size])} |"


def _cpu() -> float:
    """Give the CPU seconds of this process and of those that it ran."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()
