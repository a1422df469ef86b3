"""``train``: models from a release, scored on its test split, written where ``tasks`` finds them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from importlib.metadata import version as installed_version
from pathlib import Path

import msgspec

from wortlaut import __version__
from wortlaut.annotation.learnt.features import FEATURES
from wortlaut.annotation.learnt.folder import MODEL, ModelEntry, ModelKind, ModelSource, TrainedModel, write_model
from wortlaut.annotation.learnt.tagger import Tagger
from wortlaut.annotation.preannotate.gazetteer import find_entities
from wortlaut.annotation.preannotate.rules import PressRules
from wortlaut.annotation.scoring import ScoredSpan
from wortlaut.export.baselines import BaselineScores, write_baselines
from wortlaut.export.manifest import MANIFEST, Manifest
from wortlaut.export.release import open_release
from wortlaut.export.train.crf import train_crf
from wortlaut.export.train.data import TARGETS, TrainingData, read_data
from wortlaut.export.train.fitted import Fitted, OnStep, TrainOptions, scored
from wortlaut.export.train.spacy_models import train_spacy
from wortlaut.schema.errors import UsageError
from wortlaut.schema.scheme import Scheme

__all__ = ["ModelReport", "TrainReport", "train"]


class ModelReport(msgspec.Struct, frozen=True, kw_only=True):
    """One model that was trained: its folder, whether it took the place of an older one, its scores."""

    path: str
    replaced: bool
    baseline: BaselineScores


class TrainReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was trained on a release. ``rules`` are the scores of the rules on the same test split.

    ``documents`` are those of each split; ``card`` says whether the scores were written into the release.
    """

    release: str
    documents: dict[str, int]
    models: tuple[ModelReport, ...]
    rules: BaselineScores | None
    card: bool


def train(
    path: Path,
    out: Path,
    kinds: Sequence[ModelKind],
    options: TrainOptions,
    *,
    write_card: bool = True,
    on_step: OnStep = lambda _: None,
    on_model: Callable[[ModelReport], None] = lambda _: None,
) -> TrainReport:
    """Train models of these kinds on the release in ``path``; each goes to ``out/NAME-VERSION-KIND`` when it is done.

    With ``write_card`` the scores go into the release, once all are there. An interruption leaves the models that were
    done, and the release as it was. Raises UsageError and InputError where the release cannot be learnt from, and
    UsageError where a package is missing.
    """
    release = open_release(path, verify=True)
    folders = {kind: out / f"{release.manifest.name}-{release.manifest.version}-{kind}" for kind in kinds}
    _refuse_early([*folders.values(), *([path] if write_card else [])])
    data = read_data(release)
    reports = []
    for kind, folder in folders.items():
        baseline, fitted = _trained(kind, data, options, on_step)
        replaced = (folder / MODEL).is_file()
        model = _write(folder, kind, release.manifest, baseline, fitted)
        report = ModelReport(path=str(model.path), replaced=replaced, baseline=baseline)
        reports.append(report)
        on_model(report)
    rules = _rules(data)
    if write_card:
        write_baselines(path, [*(one.baseline for one in reports), *([rules] if rules else [])])
    return TrainReport(
        release=str(path),
        documents={"train": len(data.train), "validation": len(data.validation), "test": len(data.test)},
        models=tuple(reports),
        rules=rules,
        card=write_card,
    )


def _refuse_early(folders: Sequence[Path]) -> None:
    """Refuse, before minutes of work, folders that could not be written, or that hold something else."""
    for folder in folders:
        there = next(place for place in folder.absolute().parents if place.exists())
        if not os.access(there, os.W_OK):
            raise UsageError("cannot be written", where=str(there), hint="Name another --out, or say --no-write-card")
        if folder.exists() and not any((folder / name).is_file() for name in (MODEL, MANIFEST)):
            raise UsageError(
                "is there and is no trained model",
                where=str(folder),
                hint="Look at it, then remove it, or name another --out",
            )


def _trained(
    kind: ModelKind, data: TrainingData, options: TrainOptions, on_step: OnStep
) -> tuple[BaselineScores, Fitted]:
    target = TARGETS[kind]
    if kind == "crf":
        with tempfile.TemporaryDirectory() as folder:
            fitted = train_crf(data, options, Path(folder), on_step)
    else:
        fitted = train_spacy(kind, data, options, on_step)
    scores = scored(fitted.tagger, data.test, target)
    return (
        BaselineScores(
            model=kind,
            target=target,
            labels=data.labels(target),
            scores=scores,
            documents=len(data.train),
            spans=sum(len(document.gold(target)) for document in data.train),
            nested=data.nested if target == "entities" else 0,
            lost=fitted.lost,
            stop=fitted.stop.step,
            steps=fitted.stop.steps,
            validation_f1=fitted.stop.f1,
            seed=options.seed,
            settings=fitted.settings,
            software=fitted.software,
        ),
        fitted,
    )


def _write(folder: Path, kind: ModelKind, manifest: Manifest, baseline: BaselineScores, fitted: Fitted) -> TrainedModel:
    entry = ModelEntry(
        kind=kind,
        labels=baseline.labels,
        release=ModelSource(
            name=manifest.name,
            version=manifest.version,
            content_sha256=manifest.content_sha256,
            scheme=manifest.scheme.name,
            scheme_version=manifest.scheme.version,
            scheme_sha256=manifest.scheme.sha256,
        ),
        features=FEATURES,
        hanta=fitted.hanta,
        seed=baseline.seed,
        # The tokens are spaCy's in every model.
        software={"wortlaut": __version__, "spacy": installed_version("spacy"), **fitted.software},
        scores=baseline.scores,
    )
    data = msgspec.json.format(msgspec.json.encode(baseline), indent=2) + b"\n"
    return write_model(folder, entry, data, fitted.save)


def _rules(data: TrainingData) -> BaselineScores | None:
    """Score the rules' entities on the test split; None where the scheme has none of their labels."""
    known = set(data.scheme.labels_of("entity"))
    tagger = _rules_tagger(data.scheme)
    given = {span.label for document in data.test for span in tagger(document.text)}
    if not given:
        return None
    rules = PressRules()
    return BaselineScores(
        model=rules.name,
        target="entities",
        labels=tuple(sorted(given & known)),
        scores=scored(tagger, data.test, "entities"),
        software={"wortlaut": __version__},
        settings={"version": rules.version},
    )


def _rules_tagger(scheme: Scheme) -> Tagger:
    known = set(scheme.labels_of("entity"))

    def tag(text: str) -> list[ScoredSpan]:
        return [ScoredSpan(hit.start, hit.end, hit.label) for hit in find_entities(text) if hit.label in known]

    return tag
