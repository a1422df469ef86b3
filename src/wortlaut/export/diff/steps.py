"""Which step of semantic versioning a comparison asks for, and why.

MAJOR: who reads the old version may break or miss something: the scheme's names, columns, configs or the profile are
other, documents or layers left, documents changed their split. MINOR: more of the same came. PATCH: corrections.
"""

from __future__ import annotations

from wortlaut.export.diff.records import Summary
from wortlaut.export.manifest import Manifest
from wortlaut.schema.version import Step

__all__ = ["decide"]


def decide(summary: Summary, before: Manifest, after: Manifest) -> tuple[Step | None, list[str]]:
    """Give the step and its reasons, the heaviest only: what made it that step. None where nothing is other.

    Nothing is other only where the contents are the same by their hashes: what no line tells is a patch with a reason.
    """
    for step, reasons in (
        ("major", _major(summary, before, after)),
        ("minor", _minor(summary)),
        ("patch", _patch(summary, before, after)),
    ):
        if reasons:
            return step, reasons  # type: ignore[return-value]  # the three literals above are steps
    if before.content_sha256 != after.content_sha256:
        return "patch", _untold(before, after)
    return None, []


def _untold(before: Manifest, after: Manifest) -> list[str]:
    """Say where the contents differ though no change was found."""
    if before.scheme.sha256 != after.scheme.sha256:
        return ["the scheme is written otherwise"]
    return ["the content of the release is other"]


def _major(summary: Summary, before: Manifest, after: Manifest) -> list[str]:
    reasons = []
    if before.profile != after.profile:
        reasons.append(f"the profile was {before.profile}, is {after.profile}")
    if summary.scheme is not None:
        reasons += [f"scheme: {name}" for name in summary.scheme.names]
    reasons += [f"column {column}" for column in summary.columns]
    reasons += [f"config {config} left" for config in summary.configs_left]
    reasons += _some(summary.documents["left"], "document", "left")
    renumbered = summary.layers["under another pseudonym"]
    if renumbered:
        said = _counted(renumbered, "layer stands", "layers stand")
        reasons.append(f"{said} under another pseudonym (was annotation/annotators.toml lost?)")
    # After those that stand under another pseudonym, which explain empty layers that left.
    reasons += _some(summary.layers["left"], "layer of an annotator", "left", "layers of annotators")
    reasons += [
        _counted(number, f"document moved {moved}", f"documents moved {moved}")
        for moved, number in summary.splits.items()
    ]
    return reasons


def _minor(summary: Summary) -> list[str]:
    reasons = _some(summary.documents["came"], "document", "came")
    reasons += _some(summary.layers["came"], "layer", "came")
    reasons += [f"config {config} came" for config in summary.configs_came]
    return reasons


def _patch(summary: Summary, before: Manifest, after: Manifest) -> list[str]:
    reasons = _some(summary.texts, "text", "revised")
    reasons += _some(summary.corrected, "document", "corrected")
    other = summary.other_values
    reasons += (
        [f"{_counted(other, 'document has', 'documents have')} other values and the same annotation"] if other else []
    )
    reasons += [f"config {config} holds other rows" for config in summary.configs_other]
    if before.main_layer["prefer"] != after.main_layer["prefer"]:
        reasons.append(f"layers are preferred by {after.main_layer['prefer']}, not {before.main_layer['prefer']}")
    old, new = (one.splits.by if one.splits else "none" for one in (before, after))
    if old != new:
        reasons.append(f"new articles are split by {new}, not {old}")
    if summary.scheme is not None:
        reasons.append("the scheme's wording or version")
    reasons += [f"file {name}" for name in summary.other_files if name not in _OF_EACH]
    return reasons


# Files that are other in each version, because they name it.
_OF_EACH = frozenset({"README.md", "CHANGELOG.md", "CITATION.cff", "croissant.json", "datacite.json", "zenodo.json"})


def _some(number: int, one: str, did: str, many: str = "") -> list[str]:
    return [f"{_counted(number, one, many or one + 's')} {did}"] if number else []


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
