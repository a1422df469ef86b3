"""Take checked articles in batches through the tables into the files of a release, and keep account of them."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from functools import cache
from hashlib import sha256
from importlib.metadata import version as installed_version
from pathlib import Path

import msgspec

from wortlaut import __version__
from wortlaut.annotation.pseudonyms import Ledger
from wortlaut.export.agreement import Agreement, AgreementSample
from wortlaut.export.features import CONFIGS
from wortlaut.export.layers import Choice, Prefer, choose
from wortlaut.export.manifest import (
    SCHEME_FILE,
    Manifest,
    SchemeEntry,
    canonical_scheme,
    config_entries,
    content_of_release,
    ner_entry,
)
from wortlaut.export.shards import ShardInfo, SplitWriter
from wortlaut.export.standoff import Mirror
from wortlaut.export.tables import Chosen, Counts, TableBuilder, schemas
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.errors import RecordError, UsageError
from wortlaut.schema.scheme import Scheme

__all__ = ["Assembler", "Facts", "PublisherFacts", "manifest_counts", "one_split"]

# A batch ends at this many articles or characters, whichever comes first: what bounds memory. The writers put several
# batches into one row group.
BATCH_ARTICLES = 250
BATCH_CHARACTERS = 2_000_000
_SPLIT = re.compile(r"\w+(\.\w+)*")

NOT_ANNOTATED = "not annotated"
MODEL_ONLY = "annotated by a model alone"
WITHOUT_TEXT = "without text"


class PublisherFacts(msgspec.Struct, kw_only=True):
    """What a release holds of one publisher: articles, the first and last date, the rights that they state."""

    articles: int = 0
    first: str = ""
    last: str = ""
    rights: set[str] = msgspec.field(default_factory=set)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the card tells beside the manifest."""

    scheme: Scheme
    counts: Counts
    publishers: dict[str, PublisherFacts]
    annotators: int
    agreement: Agreement | None
    languages: frozenset[str] = frozenset()


def one_split(article_id: str) -> str:  # noqa: ARG001 - what every rule for splits takes
    """Put every article into the split ``train``."""
    return "train"


class Assembler:
    """Writes the data of one release.

    ``ledger`` puts people in order; ``give_numbers``, called once all are known, gives the ledger that has them all.
    """

    def __init__(
        self,
        scheme: Scheme,
        prefer: Prefer,
        split_of: Callable[[str], str],
        on_article: Callable[[], None],
        *,
        ledger: Ledger,
        give_numbers: Callable[[Iterable[str]], Ledger],
        notes: bool,
        mirror: Mirror | None = None,
    ) -> None:
        self.prefer = prefer
        self.undecided = 0
        self.notes_left_out = 0
        self.ledger = ledger
        self._give_numbers = give_numbers
        self._notes = notes
        self._mirror = mirror
        self._rank = cache(ledger.rank)
        self._scheme, self._split_of, self._on_article = scheme, split_of, on_article
        self._identities: dict[str, int] = {}
        self._left_out: Counter[str] = Counter()
        self._publishers: dict[str, PublisherFacts] = {}
        self._batches: dict[str, list[Chosen]] = {}
        self._tables = TableBuilder(scheme, self._identities)
        self._shards: list[ShardInfo] = []
        self._agreement = AgreementSample()
        self._languages: set[str] = set()

    @property
    def strangers(self) -> list[str]:
        """Pseudonyms that stand in the exports and not in the ledger: who they are is not known here."""
        return self.ledger.strangers(self._identities)

    @property
    def people(self) -> int:
        """How many annotators the release has layers of."""
        return len(self._identities)

    def write(self, tasks: Iterable[CheckedTask], folder: Path, files: Mapping[str, bytes]) -> None:
        """Write the data files into a release's folder, and ``files`` under their paths in it."""
        with ExitStack() as stack:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=folder)))
            writers: dict[str, SplitWriter] = {}
            if self._mirror is not None:
                self._mirror.start(folder, self._scheme, self._identities)

            def flush(split: str) -> None:
                batch, self._batches[split] = self._batches[split], []
                if split not in writers:
                    _check_split(split)
                    writers[split] = stack.enter_context(SplitWriter(folder, split, schemas(self._scheme), scratch))
                writers[split].write(self._tables(batch))
                if self._mirror is not None:
                    self._mirror.write(split, batch)

            self._read(tasks, flush)
            for split in [split for split, batch in self._batches.items() if batch]:
                flush(split)
            if not writers:
                raise UsageError(
                    "no article is annotated: there is nothing to build",
                    hint="Look at the export with wortlaut check; predictions alone do not count",
                )
            self.ledger = self._give_numbers(self._identities)
            pseudonyms = [self.ledger.pseudonym_of(identity) for identity in self._identities]
            for split in sorted(writers):
                self._shards += writers[split].finish(pseudonyms)
                if self._mirror is not None:
                    self._mirror.finish(split, pseudonyms)
        self._shards.sort(key=lambda shard: CONFIGS.index(shard.config))
        # The scheme as it was read, whatever file it came from: what reads a release back needs it.
        for name, data in {**files, f"schema/{SCHEME_FILE}": canonical_scheme(self._scheme)}.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)

    def manifest(self, name: str, version: str) -> Manifest:
        """Give the manifest of what was written, its list of files still empty."""
        counts, configs = self._tables.counts, config_entries(self._shards)
        scheme = SchemeEntry(
            name=self._scheme.name,
            version=self._scheme.version,
            sha256=sha256(canonical_scheme(self._scheme)).hexdigest(),
        )
        return Manifest(
            name=name,
            version=version,
            content_sha256=content_of_release(scheme, configs),
            scheme=scheme,
            language=self._scheme.language,
            software={
                "wortlaut": __version__,
                "pyarrow": installed_version("pyarrow"),
                "spacy": installed_version("spacy"),
            },
            main_layer={"prefer": self.prefer, "decided_by_time_alone": self.undecided},
            left_out=dict(sorted(self._left_out.items())),
            counts=manifest_counts(counts, self.people),
            ner=ner_entry(self._tables.loss),
            notes_left_out=self.notes_left_out,
            without_rows=[config for config in CONFIGS if config not in configs],
            configs=configs,
            files=[],
        )

    def facts(self) -> Facts:
        """Give what the card tells beside the manifest."""
        return Facts(
            scheme=self._scheme,
            counts=self._tables.counts,
            publishers=self._publishers,
            annotators=self.people,
            agreement=self._agreement.measure(),
            languages=frozenset(self._languages),
        )

    def _read(self, tasks: Iterable[CheckedTask], flush: Callable[[str], None]) -> None:
        last, sizes = "", Counter[str]()
        for task in tasks:
            self._on_article()
            if task.article_id <= last:
                raise RecordError(
                    f"comes after {last!r}: articles must come sorted by id, each once",
                    where=f"article {task.article_id!r}",
                )
            last = task.article_id
            if not task.text.strip():
                self._left_out[WITHOUT_TEXT] += 1
                continue
            choice = choose(task, self.prefer, self._rank)
            if choice.main is None:
                self._left_out[MODEL_ONLY if choice.layers else NOT_ANNOTATED] += 1
                continue
            self.undecided += choice.undecided
            self._note(task)
            self._agreement.note(task.article_id, choice.layers)
            if not self._notes:
                choice = self._without_notes(choice)
            for layer in choice.layers:
                if layer.annotator is not None:
                    self._identities.setdefault(layer.annotator, len(self._identities))
            split = self._split_of(task.article_id)
            self._batches.setdefault(split, []).append(Chosen(task=task, choice=choice))
            sizes[split] += len(task.text)
            if len(self._batches[split]) >= BATCH_ARTICLES or sizes[split] >= BATCH_CHARACTERS:
                flush(split)
                sizes[split] = 0

    def _note(self, task: CheckedTask) -> None:
        if task.meta.language:
            self._languages.add(task.meta.language)
        facts = self._publishers.setdefault(task.meta.publisher or "", PublisherFacts())
        facts.articles += 1
        if task.meta.rights:
            facts.rights.add(task.meta.rights)
        day = (task.meta.published or "")[:10]
        if day:
            facts.first = min(facts.first, day) if facts.first else day
            facts.last = max(facts.last, day)

    def _without_notes(self, choice: Choice) -> Choice:
        """Leave out what annotators wrote freely, which may name people, and count it."""
        if not any(attribute.kind == "note" for layer in choice.layers for attribute in layer.attributes):
            return choice
        layers = []
        for layer in choice.layers:
            kept = tuple([attribute for attribute in layer.attributes if attribute.kind != "note"])
            self.notes_left_out += len(layer.attributes) - len(kept)
            layers.append(msgspec.structs.replace(layer, attributes=kept))
        return msgspec.structs.replace(choice, layers=tuple(layers))


def manifest_counts(counts: Counts, people: int) -> dict[str, int | dict[str, int]]:
    """Give what main layers hold as it stands in a manifest; ``people`` is how many annotators there are."""
    return {
        "characters": counts.characters,
        "tokens": counts.tokens,
        "annotators": people,
        "layers": dict(sorted(counts.layers.items())),
        "main_layers": dict(sorted(counts.main_layers.items())),
        "entities": dict(sorted(counts.labels.items())),
        "origins": dict(sorted(counts.origins.items())),
        "quotes": dict(sorted(counts.quote_types.items())),
        "cues": counts.cues,
        "relations": dict(sorted(_by_type(counts).items())),
        "speaker_status": dict(sorted(counts.speaker_status.items())),
        "attributes": dict(sorted(counts.attributes.items())),
    }


def _by_type(counts: Counts) -> Counter[str]:
    total: Counter[str] = Counter()
    for (kind, _, _), number in counts.relations.items():
        total[kind] += number
    return total


def _check_split(split: str) -> None:
    if not _SPLIT.fullmatch(split):
        raise UsageError(f"{split!r} cannot be the name of a split", hint="Use letters, digits, '_' and '.'")
