"""Build a release: checked articles in, a folder that ``datasets.load_dataset`` reads out.

The folder is made under a temporary name and moved into place when it is whole. The same input gives the same
bytes. Memory does not grow with the corpus: articles are turned into columns and written a batch at a time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import msgspec

from wortlaut.annotation.derived import DERIVED
from wortlaut.annotation.pseudonyms import Ledger, held_ledger, read_ledger, write_ledger
from wortlaut.corpus.rights import Rights
from wortlaut.export.alone import alone, check_name
from wortlaut.export.assemble import Assembler, one_split
from wortlaut.export.binder import Binder
from wortlaut.export.edition import Edition, Shelf, today
from wortlaut.export.features import CONFIGS, Profile
from wortlaut.export.gates import hold_back
from wortlaut.export.hidden import Hiding, salt_of
from wortlaut.export.layers import Prefer
from wortlaut.export.manifest import MANIFEST, CheckEntry, Manifest, NerEntry, file_entries, read_manifest
from wortlaut.export.release import Release
from wortlaut.export.settings import ReleaseSettings
from wortlaut.export.splits import SplitPlan
from wortlaut.export.standoff import Mirror
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.errors import UsageError
from wortlaut.schema.files import atomic_directory, tidy
from wortlaut.schema.scheme import Scheme, load_scheme
from wortlaut.schema.version import Step

__all__ = ["BuildReport", "ReleaseSettings", "build", "schema_files"]

_STAGE = "build"  # what a release is called, in its temporary name, before it has a version


class BuildReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a build did.

    ``previous`` is the version that this one was compared with, ``step`` and ``reasons`` how it differs from it.
    ``unchanged``: the version was there already with the same files, nothing was written. ``layers`` and
    ``annotators`` count all layers and people, ``rows`` is by config, ``splits`` counts articles by split;
    ``without_rows`` are configs that hold nothing and are not in the release. ``undecided`` is how many articles have
    several layers of the kind that was preferred, so that time alone decided; ``left_out`` counts articles that are not
    in the release, by reason; ``notes_left_out`` counts what annotators wrote freely and is not either. ``strangers``
    are pseudonyms that came with the exports and that the ledger does not know. ``check`` is what the check came to,
    ``licenses`` are those of the texts by the ledger of rights.
    """

    path: str
    name: str
    version: str
    previous: str | None = None
    step: Step | None = None
    reasons: tuple[str, ...] = ()
    unchanged: bool
    documents: int
    layers: int
    annotators: int
    strangers: list[str]
    rows: dict[str, int]
    splits: dict[str, int]
    without_rows: list[str]
    prefer: Prefer
    undecided: int
    left_out: dict[str, int]
    notes_left_out: int
    ner: NerEntry
    content_sha256: str
    licenses: list[str] = []
    check: CheckEntry | None = None


class _Numbers:
    """The numbers of a build's people. From when they are given to the end of the build nobody else gives any.

    ``before`` is the version before, whose people must not all get new numbers because the list of them is lost.
    """

    def __init__(self, path: Path | None, known: Ledger) -> None:
        self._path, self._known, self._given = path, known, known
        self.before: Release | None = None
        self._held = contextlib.ExitStack()

    def __enter__(self) -> None:
        self._held.__enter__()

    def __exit__(self, *error: object) -> None:
        self._held.close()

    def give(self, people: Iterable[str]) -> Ledger:
        """Give the ledger with all of these people in it."""
        people = list(people)
        if self._path is not None:
            self._refuse_lost(self._path, people)
            held = self._held.enter_context(held_ledger(self._path))
            if held.annotators and held.salt != self._known.salt:
                raise UsageError(
                    "another run began this list of annotators in the meantime",
                    where=str(self._path),
                    hint="Run the same command again",
                )
            self._known = msgspec.structs.replace(held, salt=self._known.salt)
        self._given = self._known.with_people(people)
        return self._given

    def _refuse_lost(self, path: Path, people: Sequence[str]) -> None:
        """Refuse where the list is gone. Who comes under a pseudonym, as in what was pulled, keeps it all the same."""
        if path.exists() or self.before is None or self._known.strangers(people):
            return
        manifest = self.before.manifest
        if manifest.counts.get("annotators") and people:
            raise UsageError(
                f"is not there, and version {manifest.version} names {manifest.counts['annotators']} annotators by it",
                where=str(path),
                hint="Put your copy of it back; or say --renumber, and everybody has a new pseudonym (a MAJOR change)",
            )

    def keep(self) -> None:
        """Write the ledger where there are new people in it."""
        if self._path is not None and self._given != self._known:
            write_ledger(self._path, self._given)


class _Unchanged(Exception):  # noqa: N818 - leaves a block; not an error
    """The release stands there already."""

    def __init__(self, edition: Edition, manifest: Manifest) -> None:
        super().__init__(edition.version)
        self.edition, self.manifest = edition, manifest


def build(
    tasks: Iterable[CheckedTask],
    *,
    scheme: Scheme,
    out: Path,
    name: str,
    version: str | None = None,
    previous: Path | None = None,
    settings: ReleaseSettings | None = None,
    prefer: Prefer = "gold",
    ledger: Path | None = None,
    notes: bool = False,
    schema_files: Mapping[str, bytes] = MappingProxyType({}),
    guidelines: Mapping[str, bytes] = MappingProxyType({}),
    split_of: Callable[[str], str] = one_split,
    splits: SplitPlan | None = None,
    released: str | None = None,
    renumber: bool = False,
    profile: Profile = "full",
    surface: int = 40,
    rights: Rights | None = None,
    force: bool = False,
    held: bool = False,
    on_article: Callable[[], None] = lambda: None,
    checked: Callable[[], CheckEntry | None] = lambda: None,
) -> BuildReport:
    """Build the release ``out/name/vVERSION`` and say what was done.

    ``tasks`` come sorted by article_id, all layers of one article in one task. ``version`` None takes the number that
    fits what changed since the newest version in ``out/name``, or since the release in ``previous``; nothing changed:
    nothing is written. ``released`` is the day in the release's files (ISO date), today where it is None.
    ``schema_files`` go into the release's folder ``schema`` under their names there, ``guidelines`` into its folder of
    that name. ``ledger`` is the private file that remembers who bears which pseudonym (see
    wortlaut.annotation.pseudonyms); new people are added to it.
    ``renumber`` lets them all have new numbers where that file is gone and an earlier version was made with it.
    ``notes`` releases what annotators wrote freely, which may name people.
    ``profile`` ``standoff`` leaves the texts out, and every surface of more than ``surface`` code points; ``rights`` is
    the ledger that says which texts may be handed on, None where nobody states any (see docs/rights.md).
    ``split_of`` gives the split of an article from its id, or ``splits`` does, the plan of all articles; then the
    release holds an account of what its splits share. ``held``: the caller holds ``alone`` already, as one does that
    plans by the versions that stand there. ``on_article`` is called for each article, for a progress
    bar; ``checked``, called after the last one, gives what the check came to. Raises UsageError for a name or version
    that cannot be, for a version that is too small or there already with other content (unless ``force``), and where
    nothing is annotated, for the profile ``full`` where a text may not be handed on, and where one would leak from
    ``standoff``; InputError for a version before it that is not whole; RecordError for an article out of order
    and for records that the check would not have let through.
    """
    check_name(name)
    known = read_ledger(ledger)
    numbers = _Numbers(ledger, known)
    split_of = splits.split_of if splits is not None else split_of
    mirror = Mirror(Hiding(salt=salt_of(name), surface=surface)) if profile == "standoff" else None
    assembler = Assembler(
        scheme, prefer, split_of, on_article, ledger=known, give_numbers=numbers.give, notes=notes, mirror=mirror
    )
    with contextlib.nullcontext() if held else alone(out, name):
        tidy(out / name)
        shelf = Shelf(out / name, version, previous=previous, force=force, day=released or today())
        numbers.before = None if renumber else shelf.base
        final = shelf.folder
        try:
            with (
                numbers,
                atomic_directory(shelf.folder / _STAGE, final=lambda: final) as folder,
                mirror or contextlib.nullcontext(),
            ):
                files = {f"schema/{path}": data for path, data in schema_files.items()}
                files |= {f"guidelines/{path}": data for path, data in guidelines.items()}
                assembler.write(tasks, folder, files)
                about = settings or ReleaseSettings()
                bound = Binder(
                    folder,
                    assembler,
                    name,
                    about,
                    check=checked(),
                    splits=splits,
                    rights=rights,
                    mirror=mirror,
                    path_of=shelf.path,
                )
                edition = shelf.edition(bound.release())
                manifest = bound.bind(edition)
                if edition.again:
                    edition, manifest = _correct(shelf, bound, edition, manifest)
                bound.settle()
                hold_back(folder, assembler.ledger.names(), repr(settings))
                final = shelf.path(edition.version)
                # Before the release takes its name: numbers that nobody remembers must not be published.
                numbers.keep()
        except _Unchanged as done:
            return _report(assembler, done.manifest, shelf.path(done.manifest.version), done.edition, unchanged=True)
        return _report(assembler, manifest, final, edition, unchanged=False)


def schema_files(scheme: Path) -> dict[str, bytes]:
    """Give by name what goes into a release's folder schema: the scheme, and the JSON Schemas that follow from it.

    Raises SchemeError where the scheme does not hold.
    """
    read = load_scheme(scheme)
    derived = {Path(path): text_of for path, text_of in DERIVED.items() if path.endswith(".schema.json")}
    return {
        "scheme.toml": scheme.read_bytes(),
        **{path.name: text_of(read).encode() for path, text_of in sorted(derived.items())},
    }


def _correct(shelf: Shelf, bound: Binder, edition: Edition, manifest: Manifest) -> tuple[Edition, Manifest]:
    """Look at the version that stands there and should be what was just built.

    Raises _Unchanged where it is, file by file. Where other files than the data differ and no number was asked for,
    gives the edition that corrects them; else raises UsageError.
    """
    target = shelf.path(edition.version)
    if not target.is_dir():
        # The version before stands elsewhere. What stands here under its number must be what stands there.
        if shelf.base is None or edition.version != shelf.base.manifest.version:
            return edition, manifest
        target = shelf.base.path
    there = read_manifest(target)
    hint = "Leave --version out for the next one, give a higher one, or --force to replace it"
    if there.content_sha256 != manifest.content_sha256:
        raise UsageError(
            f"version {edition.version} is there already and holds other data", where=str(target), hint=hint
        )
    old, new = ({entry.path: entry.sha256 for entry in files} for files in (there.files, manifest.files))
    other = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
    if not other and there.rights != manifest.rights:
        other = [MANIFEST]
    if other and shelf.wanted is not None:
        raise UsageError(
            f"version {edition.version} is there already with the same data but another {other[0]}",
            where=str(target),
            hint=hint,
        )
    if file_entries(target) != there.files:
        raise UsageError(
            f"version {edition.version} is there already, and its files were changed after it was built",
            where=str(target),
            hint=f"Say --version {edition.version} --force to build it anew",
        )
    if not other and target != shelf.path(edition.version):
        return edition, manifest  # it stands elsewhere, byte for byte: now here too
    if not other:
        raise _Unchanged(edition, manifest)
    correction = shelf.correction(bound.release(), other)
    return correction, bound.bind(correction)


def _report(
    assembler: Assembler, manifest: Manifest, target: Path, edition: Edition, *, unchanged: bool
) -> BuildReport:
    rows = {config: manifest.configs[config].rows if config in manifest.configs else 0 for config in CONFIGS}
    return BuildReport(
        path=str(target),
        name=manifest.name,
        version=manifest.version,
        previous=manifest.previous,
        step=edition.step,
        reasons=edition.reasons,
        unchanged=unchanged,
        documents=rows["documents"],
        layers=rows["annotators"],
        annotators=assembler.people,
        strangers=assembler.strangers,
        rows=rows,
        splits={name: split.rows for name, split in manifest.configs["documents"].splits.items()},
        without_rows=manifest.without_rows,
        prefer=assembler.prefer,
        undecided=assembler.undecided,
        left_out=dict(manifest.left_out),
        notes_left_out=manifest.notes_left_out,
        ner=manifest.ner,
        content_sha256=manifest.content_sha256,
        licenses=list(manifest.rights.licenses) if manifest.rights is not None else [],
        check=manifest.check,
    )
