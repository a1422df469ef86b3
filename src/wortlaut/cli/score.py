"""The command ``wortlaut score``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click
import msgspec

from wortlaut.cli.words import count, say
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import find_project

if TYPE_CHECKING:
    from wortlaut.annotation.scoring import Measure
    from wortlaut.schema.project import Project

__all__ = ["command"]

_KINDS = ("entity", "mention", "quote", "cue")


@click.command()
@click.option("--gold", metavar="RELEASE", required=True, help="The release that is right: its folder or version.")
@click.option(
    "--pred",
    metavar="RELEASE|MODEL|FILE",
    required=True,
    help="What is scored: another release, a trained model (its folder or name), or JSON lines of doc_id and spans.",
)
@click.option("--split", metavar="NAME", help="Only the documents of this split; all if not given.")
@click.option("--kind", "kinds", type=click.Choice(_KINDS), multiple=True, help="Only labels of this kind; repeatable.")
@click.option("--label", "labels", multiple=True, metavar="LABEL", help="Only this label; repeatable.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N", help="Of the intervals.")
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON on stdout.")
def command(
    *,
    gold: str,
    pred: str,
    split: str | None,
    kinds: tuple[str, ...],
    labels: tuple[str, ...],
    seed: int,
    as_json: bool,
) -> None:
    """Score predicted spans against a release.

    Strict F1 wants start, end and label; relaxed F1 one character in common and the label, each span used once. The
    95 % intervals are a bootstrap over documents. A quote counts fragment by fragment. The table goes to stdout.
    """
    from wortlaut.export.find_release import find_release
    from wortlaut.export.score import score_release
    from wortlaut.schema.scheme import LabelKind

    chosen: tuple[LabelKind, ...] = tuple(kind for kind in get_args(LabelKind) if not kinds or kind in kinds)
    project = find_project()
    try:
        predicted = Path(pred) if Path(pred).exists() else _model(project, pred) or find_release(pred, project)
    except UsageError as error:
        raise UsageError(f"there is no release, model or file {pred!r}", where="--pred", hint=error.hint) from error
    report = score_release(find_release(gold, project), predicted, split=split, kinds=chosen, labels=labels, seed=seed)
    if as_json:
        click.echo(msgspec.json.encode(report))
    scores = report.scores
    say(
        f"{count(scores.documents, 'document')}, {scores.without_gold:,} without gold spans, "
        f"{scores.without_units:,} without any"
    )
    if report.without_prediction:
        say(f"{count(report.without_prediction, 'document')} not among the predictions: counted as predicted empty")
    if report.beside:
        say(f"{count(report.beside, 'predicted document')} not among the gold ones: not counted")
    if as_json:
        return
    click.echo(f"{'':16}{'gold':>7}{'pred':>7}  {'strict P':>8} {'R':>5}  {'F1':24}{'relaxed F1':24}")
    click.echo(_row("all (micro)", scores.strict, scores.relaxed))
    for label, one in scores.labels.items():
        click.echo(_row(label, one.strict, one.relaxed))
    click.echo(f"macro F1: strict {_number(scores.macro_strict)}, relaxed {_number(scores.macro_relaxed)}")


def _model(project: Project, name: str) -> Path | None:
    """Give the folder of a model that the project knows by this name."""
    from wortlaut.annotation.learnt.folder import MODEL
    from wortlaut.annotation.preannotate.chosen import model_folder

    folder = model_folder(project, name)
    return folder if folder is not None and (folder / MODEL).is_file() else None


def _row(name: str, strict: Measure, relaxed: Measure) -> str:
    return (
        f"{name:16}{strict.gold:>7,}{strict.predicted:>7,}  {_number(strict.precision):>8} "
        f"{_number(strict.recall):>5}  {_with_interval(strict):24}{_with_interval(relaxed):24}"
    ).rstrip()


def _with_interval(measure: Measure) -> str:
    if measure.f1_low is None or measure.f1_high is None:
        return _number(measure.f1)
    return f"{_number(measure.f1)} [{_number(measure.f1_low)}, {_number(measure.f1_high)}]"


def _number(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.3f}"
