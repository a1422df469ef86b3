"""The command ``wortlaut train``."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from wortlaut.cli.words import count, say, shown
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import find_project

if TYPE_CHECKING:
    from wortlaut.annotation.learnt.folder import ModelKind
    from wortlaut.annotation.scoring import Measure
    from wortlaut.export.baselines import BaselineScores
    from wortlaut.export.train.fitted import Step
    from wortlaut.export.train.run import ModelReport, TrainReport

__all__ = ["command"]

_MODELS = "annotation/models"
_KINDS: tuple[ModelKind, ...] = ("crf", "spacy-ner", "spacy-spancat")


@click.command()
@click.option(
    "--release",
    metavar="RELEASE",
    required=True,
    help="The release to learn from: the folder of a version, or a version of the project's dataset, such as 0.2.0.",
)
@click.option(
    "--model",
    "models",
    type=click.Choice([*_KINDS, "all"]),
    multiple=True,
    help="What to train; may be given several times. All three if not given.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help=f"Where the models go, each into NAME-VERSION-KIND; {_MODELS} of the project if not given.",
)
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    default=30,
    show_default=True,
    metavar="N",
    help="At most so many passes over the training split (spaCy).",
)
@click.option(
    "--iterations",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    metavar="N",
    help="At most so many iterations (CRF).",
)
@click.option("--seed", type=click.IntRange(min=0, max=2**32 - 1), default=0, show_default=True, metavar="N")
@click.option(
    "--write-card/--no-write-card",
    "write_card",
    default=True,
    help="Whether to write the scores into the release, as its baselines.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on stdout.")
def command(
    *,
    release: str,
    models: tuple[str, ...],
    out: Path | None,
    epochs: int,
    iterations: int,
    seed: int,
    write_card: bool,
    as_json: bool,
) -> None:
    """Train models on a release, and score them on its test split.

    A CRF and spaCy's NER on the entities, spaCy's span categorizer on entities, mentions and cues: from the split
    train, stopped where validation is best, scored on test. Each model is a folder that wortlaut tasks --model takes.
    The scores go into the release's card; its data stay as they are. Train before you publish. The same release and
    seed give the same scores.
    """
    from wortlaut.export.find_release import find_release
    from wortlaut.export.train.fitted import TrainOptions
    from wortlaut.export.train.run import train

    project = find_project()
    if out is None:
        project.require("name --out DIR")
    kinds = _chosen(models)
    with _progress() as (on_step, tell):
        report = train(
            find_release(release, project),
            out or project.path(_MODELS),
            kinds,
            TrainOptions(epochs=epochs, iterations=iterations, seed=seed),
            write_card=write_card,
            on_step=on_step,
            on_model=lambda done: tell(_wrote(done, project.root)),
        )
    _say(report, project.root)
    if as_json:
        click.echo(msgspec.json.encode(report))


def _chosen(models: tuple[str, ...]) -> list[ModelKind]:
    """Give the kinds to train. Where none is named and the CRF cannot be trained, say so and go on without it."""
    from wortlaut.annotation.learnt.features import has_hanta
    from wortlaut.annotation.learnt.tagger import require_crf

    kinds = [kind for kind in _KINDS if not models or kind in models or "all" in models]
    if "crf" in kinds:
        try:
            require_crf()
        except UsageError as error:
            if models:
                raise
            say(f"left out: the CRF. {error}")
            kinds.remove("crf")
    if "crf" in kinds and not has_hanta():
        say("the CRF is trained without tags and lemmas: HanTa is not installed (pip install 'wortlaut[train]')")
    return kinds


@contextlib.contextmanager
def _progress() -> Iterator[tuple[Callable[[Step], None], Callable[[str], None]]]:
    """Give what shows a step, and what says a line beside it, on stderr.

    Where that is no terminal, steps are lines, and only those that were looked at on validation.
    """
    if not sys.stderr.isatty():
        yield (lambda step: say(_told(step)) if step.f1 is not None else None), say
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), TextColumn("{task.fields[f1]}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as progress:
        bars = {}

        def tell(line: str) -> None:
            progress.console.print(line, highlight=False, markup=False, soft_wrap=True)

        def show(step: Step) -> None:
            if step.kind not in bars:
                bars[step.kind] = progress.add_task(step.kind, total=step.total, f1="")
            progress.update(bars[step.kind], completed=step.done)
            if step.f1 is not None:
                progress.update(bars[step.kind], f1=f"validation F1 {step.f1:.3f}")
                tell(_told(step))

        yield show, tell


def _told(step: Step) -> str:
    name = "iteration" if step.kind == "crf" else "epoch"
    return f"{step.kind}: {name} {step.done} of {step.total}, validation F1 {step.f1:.3f}"


def _wrote(done: ModelReport, root: Path) -> str:
    return f"{'replaced' if done.replaced else 'wrote'} {shown(Path(done.path), root)}"


def _say(report: TrainReport, root: Path) -> None:
    sizes = ", ".join(f"{split} {number:,}" for split, number in report.documents.items())
    say(f"documents: {sizes}")
    if not report.documents["validation"]:
        say("no split validation: the last step of each model was kept")
    baselines = [one.baseline for one in report.models]
    for one in baselines:
        if one.lost:
            say(f"{one.model} could not learn {one.lost:,} of {count(one.spans, 'span')}: off its tokens, or too long")
    for one in (*baselines, *([report.rules] if report.rules else [])):
        _say_scores(one)
    if report.card:
        say(f"the scores stand in {shown(Path(report.release), root)}/README.md and baselines.json")
        say(
            "a version that is published already is not published again with them: "
            "wortlaut build --version NEXT carries them over"
        )
    if report.models:
        say(f"next: wortlaut tasks --model {shown(Path(report.models[0].path), root)} pre-annotates with it")


def _say_scores(one: BaselineScores) -> None:
    scores = one.scores
    say(
        f"{one.model} on test, {count(scores.strict.gold, 'gold span')} ({one.target}): "
        f"strict {_figures(scores.strict)}; relaxed {_figures(scores.relaxed)}"
    )


def _figures(measure: Measure) -> str:
    from wortlaut.export.baselines import shown_f1

    parts = [("P", measure.precision), ("R", measure.recall)]
    named = ", ".join(f"{name} {'not defined' if value is None else f'{value:.3f}'}" for name, value in parts)
    return f"F1 {shown_f1(measure)} ({named})"
