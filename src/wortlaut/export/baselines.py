"""Baselines: what models that were trained on a release score on its test split, kept in the release itself.

``baselines.json`` holds the scores, the section "Baselines" of the card shows them. They are about the data: the
identity of these (``content_sha256``) stands with them, and a release with other data does not take them over.
Adding them changes neither the data nor that identity; the manifest lists the changed files.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec

from wortlaut.annotation.scoring import Measure, SpanScores
from wortlaut.export.manifest import MANIFEST, file_entries, read_manifest, write_manifest
from wortlaut.export.markdown import code, table_lines
from wortlaut.schema.errors import InputError
from wortlaut.schema.files import atomic_directory

__all__ = [
    "BASELINES",
    "HEADING",
    "README",
    "BaselineScores",
    "Baselines",
    "baseline_section",
    "baselines_bytes",
    "carried_baselines",
    "read_baselines",
    "shown_f1",
    "with_section",
    "write_baselines",
]

BASELINES = "baselines.json"
HEADING = "## Baselines"
README = "README.md"

_FORMAT = "wortlaut-baselines/1"
_SECTION = re.compile(rf"^{HEADING}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_TARGETS = {
    "entities": "entities: of spans that overlap, the longest",
    "spans": "entities, mentions and cues, nested ones too; no quotes",
}

_HEAD = ("model", "gold spans", "strict P", "strict R", "strict F1", "relaxed F1", "macro F1")
_DEFINITIONS = (
    "- strict: start, end and label are right. relaxed: one code point in common and the same label, each span used "
    "once. Counts are pooled over documents; macro F1 is the mean of the labels' strict F1. A span that stands twice "
    "counts once; spans may nest."
)


class BaselineScores(msgspec.Struct, frozen=True, kw_only=True):
    """What one model scores on a release's test split.

    ``model`` is its kind (``crf``, ``spacy-ner``, ``spacy-spancat``), or ``press-de-rules`` for the rules, which learn
    nothing. ``target`` says which spans are gold, ``labels`` what the model can give. ``documents`` and ``spans`` are
    those that it was trained on; ``nested`` and ``lost`` spans of the training split it did not learn: inside a longer
    one, or not on its tokens. ``stop`` is the step (epoch, iteration) that was kept, of ``steps``, and
    ``validation_f1`` the strict F1 there.
    """

    model: str
    target: str
    labels: tuple[str, ...]
    scores: SpanScores
    documents: int = 0
    spans: int = 0
    nested: int = 0
    lost: int = 0
    stop: int | None = None
    steps: int | None = None
    validation_f1: float | None = None
    seed: int = 0
    settings: dict[str, int | float | str] = {}
    software: dict[str, str] = {}


class Baselines(msgspec.Struct, frozen=True, kw_only=True):
    """The file ``baselines.json``. ``content_sha256`` is the identity of the data that the scores are about."""

    format: str = _FORMAT
    content_sha256: str
    baselines: tuple[BaselineScores, ...]

    def with_new(self, new: Sequence[BaselineScores]) -> Baselines:
        """Give these with others, which take the place of those of the same model; sorted by model."""
        held = {one.model: one for one in (*self.baselines, *new)}
        return msgspec.structs.replace(self, baselines=tuple(held[name] for name in sorted(held)))


def baseline_section(baselines: Baselines) -> str:
    """Give the section of a card: what was trained, the scores, and how they are defined. Ends with a line end."""
    if not baselines.baselines:
        return ""
    lines = [
        HEADING,
        "",
        _tested_on(baselines.baselines[0].scores),
        "",
        *table_lines(_HEAD, [_row(one) for one in baselines.baselines]),
        "",
        *_by_label(baselines.baselines),
        "",
        *_explained(baselines.baselines),
    ]
    return "\n".join(lines) + "\n"


def with_section(readme: str, section: str) -> str:
    """Give a card with the section, in the place of an older one; else at its end. An empty one takes it out."""
    section = section.rstrip("\n")
    if _SECTION.search(readme):
        return _SECTION.sub(lambda _: f"{section}\n\n" if section else "", readme, count=1).rstrip("\n") + "\n"
    return f"{readme.rstrip(chr(10))}\n\n{section}\n" if section else readme


def read_baselines(folder: Path) -> Baselines | None:
    """Read the baselines of a release; None where it has none. Raises InputError where they do not hold."""
    path = folder / BASELINES
    if not path.is_file():
        return None
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Baselines)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f"does not hold: {error}", where=str(path), hint="Build the release again with --force"
        ) from error
    if found.format != _FORMAT:
        raise InputError(
            f"has the form {found.format!r}, and this wortlaut reads {_FORMAT!r}",
            where=str(path),
            hint="Update wortlaut",
        )
    return found


def write_baselines(release: Path, new: Sequence[BaselineScores]) -> None:
    """Put baselines into a release: its folder is renewed as a whole, its data stay byte for byte.

    Raises InputError where the release does not hold, UsageError where it cannot be written.
    """
    manifest = read_manifest(release)
    there = read_baselines(release)
    if there is None or there.content_sha256 != manifest.content_sha256:
        there = Baselines(content_sha256=manifest.content_sha256, baselines=())
    with atomic_directory(release, replace=True) as folder:
        _copy(release, folder, without=(BASELINES, README, MANIFEST))
        readme = (release / README).read_text(encoding="utf-8")
        _put(folder, readme, there.with_new(new))
        write_manifest(folder, msgspec.structs.replace(manifest, files=file_entries(folder)))


def carried_baselines(older: Sequence[Path], content_sha256: str) -> Baselines | None:
    """Give the baselines of the first of some releases that has any and holds these data; None where none does.

    What cannot be read is passed over: that release is being replaced.
    """
    for release in older:
        with contextlib.suppress(InputError):
            there = read_baselines(release)
            if there is not None and there.content_sha256 == content_sha256:
                return there
    return None


def baselines_bytes(baselines: Baselines) -> bytes:
    """Give ``baselines.json``."""
    return msgspec.json.format(msgspec.json.encode(baselines), indent=2) + b"\n"


def shown_f1(measure: Measure, *, interval: bool = True) -> str:
    """Give F1, with its interval unless that is not wanted: ``.694 [.673, .717]``, or that it is not defined."""
    if measure.f1 is None:
        return "not defined"
    if not interval:
        return _number(measure.f1)
    if measure.f1_low is None or measure.f1_high is None:
        return f"{_number(measure.f1)} [not defined]"
    return f"{_number(measure.f1)} [{_number(measure.f1_low)}, {_number(measure.f1_high)}]"


def _put(folder: Path, readme: str, baselines: Baselines) -> None:
    (folder / BASELINES).write_bytes(baselines_bytes(baselines))
    text = with_section(readme, baseline_section(baselines))
    (folder / README).write_text(text, encoding="utf-8", newline="\n")


def _copy(source: Path, target: Path, *, without: Sequence[str]) -> None:
    """Copy a folder's files; as hard links where that can be, since what a release holds is never written again."""

    def link(old: str, new: str) -> None:
        try:
            os.link(old, new)
        except OSError:
            shutil.copy2(old, new)

    def ignore(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if Path(folder) == source and name in without]

    shutil.copytree(source, target, ignore=ignore, copy_function=link, dirs_exist_ok=True)


def _tested_on(scores: SpanScores) -> str:
    return (
        f"Trained on the split `train`, scored on the split `test`: {scores.documents:,} documents, of which "
        f"{scores.without_gold:,} hold no entity. The intervals ({scores.confidence:.0%}) are percentiles of "
        f"{scores.resamples:,} bootstrap samples of these documents."
    )


def _row(one: BaselineScores) -> list[str]:
    strict, relaxed = one.scores.strict, one.scores.relaxed
    return [
        f"`{one.model}`",
        f"{strict.gold:,}",
        _number(strict.precision),
        _number(strict.recall),
        shown_f1(strict),
        shown_f1(relaxed),
        _number(one.scores.macro_strict),
    ]


def _by_label(baselines: Sequence[BaselineScores]) -> list[str]:
    labels = sorted({label for one in baselines for label in one.scores.labels})
    rows = []
    for label in labels:
        found = [one.scores.labels.get(label) for one in baselines]
        cells = ["" if one is None else f"{_number(one.strict.f1)} ({one.strict.gold:,})" for one in found]
        rows.append([code(label), *cells])
    return table_lines(["strict F1 (gold spans)", *(f"`{one.model}`" for one in baselines)], rows)


def _explained(baselines: Sequence[BaselineScores]) -> list[str]:
    lines = [_DEFINITIONS]
    for target in dict.fromkeys(one.target for one in baselines):
        names = ", ".join(f"`{one.model}`" for one in baselines if one.target == target)
        lines.append(f"- {names}: {_TARGETS.get(target, target)}.")
    for one in baselines:
        if one.stop is None:
            lines.append(
                f"- `{one.model}` learnt nothing. Where annotators began from its predictions, gold leans towards it."
            )
            continue
        stopped = f"step {one.stop} of {one.steps}"
        if one.validation_f1 is not None:
            stopped += f", the best on the split `validation` (strict F1 {_number(one.validation_f1)})"
        software = ", ".join(f"{name} {version}" for name, version in sorted(one.software.items()))
        missed = [f"{one.nested:,} more stand inside longer ones"] if one.nested else []
        missed += [f"{one.lost:,} of them are not on its tokens or too long"] if one.lost else []
        learnt = f"{one.documents:,} documents with {one.spans:,} spans" + (f" ({', '.join(missed)})" if missed else "")
        lines.append(f"- `{one.model}` learnt from {learnt}; {stopped}; seed {one.seed}; {software}.")
    return lines


def _number(value: float | None) -> str:
    """Give a figure between 0 and 1 with three decimals, without the zero in front of them."""
    if value is None:
        return "not defined"
    return f"{value:.3f}".removeprefix("0") if value < 1 else "1.000"
