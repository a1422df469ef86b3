"""``build``: exports through the checker into a release, with an account of what the check came to."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from wortlaut.annotation.check.checker import Checker
from wortlaut.annotation.check.merge import MergedExports, merge_exports
from wortlaut.annotation.check.select import Selection
from wortlaut.annotation.check.summary import Summary, Tally
from wortlaut.corpus.rights import Rights
from wortlaut.export.alone import alone
from wortlaut.export.build import BuildReport, build, schema_files
from wortlaut.export.features import Profile
from wortlaut.export.layers import Prefer
from wortlaut.export.leakage import Leakage, read_leakage
from wortlaut.export.manifest import CheckEntry
from wortlaut.export.settings import release_settings
from wortlaut.export.split_history import KnownSplits, known_splits
from wortlaut.export.split_policy import SplitBy, SplitPolicy, kept_policy, policy_of
from wortlaut.export.splits import SplitPlan, SplitPlanner, all_in_train
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import Settings

__all__ = ["Built", "build_exports"]


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """What was built, what the check came to, how articles were split and what their splits share.

    ``without_task`` is how many articles of the corpus stand in no export.
    """

    report: BuildReport
    checked: Summary
    splits: SplitPlan
    leakage: Leakage | None
    without_task: int


def build_exports(
    files: Sequence[str],
    checker: Checker,
    *,
    scheme_path: Path,
    settings: Settings,
    out: Path,
    version: str | None = None,
    previous: Path | None = None,
    name: str | None = None,
    prefer: Prefer = "gold",
    ledger: Path | None = None,
    guidelines: Path | None = None,
    rights: Rights | None = None,
    profile: Profile | None = None,
    force: bool = False,
    split_by: SplitBy | None = None,
    resplit: bool = False,
    renumber: bool = False,
    on_bytes: Callable[[int], None] = lambda _: None,
    on_article: Callable[[], None] = lambda: None,
) -> Built:
    """Check exports and build the release ``out/NAME/vVERSION`` from what holds.

    ``scheme_path`` is the file of the checker's scheme. ``name`` and ``profile`` are the project's where they are
    None, ``rights`` is its ledger of rights, ``guidelines`` the folder that holds ``guidelines*.md``. ``on_bytes`` is
    told how many bytes of the exports were read, ``on_article`` called for each article. ``split_by`` splits in another
    way than the settings say; ``resplit`` splits anew, whatever earlier releases hold; ``renumber`` as for ``build``.
    Raises as ``build`` does, and UsageError where of all regions none holds, or where the splits would follow another
    rule than those of an earlier release.
    """
    name = name or settings.name
    wanted = msgspec.structs.replace(settings.release.splits, by=split_by or settings.release.splits.by)
    tally = Tally(Selection())
    with contextlib.ExitStack() as stack:
        # From here on: a version that came after its splits were read would be one that this build does not keep to.
        stack.enter_context(alone(out, name))
        known = KnownSplits() if resplit else known_splits(out / name, replaced=version, previous=previous)
        policy = kept_policy(policy_of(wanted), known.policy, known.version)
        planner = _planner(policy, checker, name, known, stack)
        merged = stack.enter_context(merge_exports(files, checker, on_bytes, planner.note if planner else None))
        plan = planner.plan() if planner else all_in_train(policy)
        report = build(
            _counted(merged, tally),
            scheme=checker.scheme,
            out=out,
            name=name,
            version=version,
            previous=previous,
            settings=release_settings(settings),
            prefer=prefer,
            ledger=ledger,
            notes=settings.release.notes,
            profile=profile or settings.release.profile,
            surface=settings.release.surface,
            rights=rights,
            schema_files=schema_files(scheme_path),
            guidelines=_guidelines(guidelines),
            splits=plan,
            renumber=renumber,
            force=force,
            held=True,
            on_article=on_article,
            checked=lambda: _entry(tally.summary()),
        )
        return Built(
            report=report,
            checked=tally.summary(),
            splits=plan,
            leakage=read_leakage(Path(report.path)),
            without_task=merged.without_task(),
        )


def _planner(
    policy: SplitPolicy, checker: Checker, name: str, known: KnownSplits, stack: contextlib.ExitStack
) -> SplitPlanner | None:
    """Give what plans the splits, until the stack ends; None where there is nothing to plan."""
    if policy.by == "none" and not known.split_of:
        return None
    return stack.enter_context(SplitPlanner(policy, checker.scheme, name=name, known=known))


def _guidelines(folder: Path | None) -> dict[str, bytes]:
    """Give the guidelines of a project's folder of annotation by name; nothing where there are none."""
    found = sorted(folder.glob("guidelines*.md")) if folder is not None and folder.is_dir() else []
    return {path.name: path.read_bytes() for path in found}


def _counted(merged: MergedExports, tally: Tally) -> Iterator[CheckedTask]:
    """Pass the tasks on, counting them; refuse to build where of all regions none holds."""
    tally.start("all exports")
    for task in merged:
        tally.task(task)
        for found in task.findings:
            tally.finding(found, of_task=True)
        yield task
    for found in merged.findings:
        tally.finding(found, of_task=False)
    tally.end()
    summary = tally.summary()
    if summary.regions_in and not summary.regions_kept:
        raise UsageError(
            f"none of {summary.regions_in:,} regions holds under this scheme",
            hint="wortlaut check says why; an export of another project wants --scheme",
        )


def _entry(summary: Summary) -> CheckEntry:
    return CheckEntry(
        regions_in=summary.regions_in,
        regions_kept=summary.regions_kept,
        regions_out=summary.regions_out,
        findings={one.code: one.findings for one in sorted(summary.codes, key=lambda one: one.code)},
    )
