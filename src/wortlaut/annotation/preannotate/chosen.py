"""Which pre-annotators a command uses: the rules, trained models by their folders, others by their entry points."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from wortlaut.annotation.preannotate.protocol import PreAnnotator
from wortlaut.annotation.preannotate.rules import PressRules
from wortlaut.annotation.preannotate.trained import TrainedAnnotator
from wortlaut.schema.errors import InputError, UsageError
from wortlaut.schema.project import Project
from wortlaut.schema.scheme import Scheme

__all__ = ["GROUP", "MODELS", "chosen", "left_out", "model_folder"]

GROUP = "wortlaut.preannotators"
"""The group of entry points under which another package names its pre-annotators."""
MODELS = "annotation/models"
"""Where a project keeps its trained models."""


def chosen(project: Project, models: Sequence[str] = (), *, rules: bool = True) -> tuple[PreAnnotator, ...]:
    """Give the pre-annotators for a project; ``models`` are those of its settings if none are given.

    A model is named by its folder (from here, from the project's folder, or in ``annotation/models``), any other
    pre-annotator by its entry point. Models and rules make one prediction (wortlaut.annotation.preannotate.trained), an
    entry point one of its own. Raises UsageError for a name that is neither, and where nothing is left; InputError
    for a model or an entry point that does not hold.
    """
    names = list(models) or list(project.settings.tasks.models)
    if not names and not rules:
        raise UsageError(
            "leaves nothing that predicts", where="--no-rules", hint="Name a --model, or say --no-predictions"
        )
    others = {point.name: point for point in entry_points(group=GROUP)}
    folders: list[Path] = []
    found: list[PreAnnotator] = []
    for name in dict.fromkeys(names):
        folder = model_folder(project, name)
        if folder is not None:
            folders.append(folder)
        elif name in others:
            found.append(_loaded(others[name]))
        else:
            known = ", ".join([*_there(project), *sorted(others)]) or "none yet: wortlaut train makes one"
            raise UsageError(
                f"there is no model {name!r}: neither a folder nor an entry point of {GROUP}",
                where="--model" if models else "[tasks] models",
                hint=f"Known here: {known}",
            )
    own: list[PreAnnotator] = []
    if folders:
        own.append(TrainedAnnotator(folders, PressRules() if rules else None))
    elif rules:
        own.append(PressRules())
    return (*own, *found)


def left_out(annotators: Sequence[PreAnnotator], scheme: Scheme) -> tuple[str, ...]:
    """Give the labels of trained models that a scheme lacks. Raises UsageError where it has none of a model's."""
    names: set[str] = set()
    for annotator in annotators:
        if not isinstance(annotator, TrainedAnnotator):
            continue
        strangers = set(annotator.strangers(scheme))
        for model in annotator.models:
            if strangers.issuperset(model.entry.labels):
                raise UsageError(
                    f"the scheme {scheme.name} has none of the labels of this model: {', '.join(model.entry.labels)}",
                    where=str(model.path),
                    hint="Take a model that was trained with this scheme",
                )
        names |= strangers
    return tuple(sorted(names))


def model_folder(project: Project, name: str) -> Path | None:
    """Give the folder that names a model: from here, from the project's folder, or in ``annotation/models``."""
    places = (Path(name).expanduser(), project.path(name), project.path(MODELS) / name)
    return next((place for place in places if place.is_dir()), None)


def _there(project: Project) -> list[str]:
    folder = project.path(MODELS)
    return sorted(path.parent.name for path in folder.glob("*/model.json")) if folder.is_dir() else []


def _loaded(point: EntryPoint) -> PreAnnotator:
    try:
        made = point.load()
        annotator = made() if isinstance(made, type) else made
    except Exception as error:  # a plugin may raise anything; the message must name it
        raise InputError(
            f"the pre-annotator {point.name!r} ({point.value}) cannot be loaded: {type(error).__name__}: {error}",
            hint="Mend or reinstall the package that brings it",
        ) from error
    if not isinstance(annotator, PreAnnotator):
        raise InputError(
            f"the entry point {point.name!r} ({point.value}) is no pre-annotator: it has no name, version and annotate",
            hint="docs/tasks.md says what one is",
        )
    return annotator
