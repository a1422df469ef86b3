"""The workbench of one annotation: what the stages of the check share while they take it apart."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import msgspec

from wortlaut.schema.document import Attribute, Relation, Span
from wortlaut.schema.findings import Finding
from wortlaut.schema.printable import printable
from wortlaut.schema.rules import finding
from wortlaut.schema.scheme import RelationType, Scheme

__all__ = ["Bench", "MalformedError", "Renaming", "SchemeTables", "excerpt"]

_CONTEXT = 24
_LONGEST = 80


class MalformedError(Exception):
    """A region does not have the form of its type. The reader's repair must see the task first."""


class Renaming(msgspec.Struct, frozen=True, kw_only=True):
    """What the names of one entry are read as: labels of a span or a relation, options of a choice, old to new.

    ``settled``: written into the file, the new names would be read as themselves. They would not where the old name
    of one thing is the new name of another.
    """

    names: dict[str, str]
    settled: bool


class SchemeTables(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A scheme, prepared for look-ups in the inner loops."""

    scheme: Scheme

    @cached_property
    def labels(self) -> frozenset[str]:
        """The names of all labels."""
        return frozenset(self.scheme.label_by_name)

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """The kind of each label."""
        return {label.name: label.kind for label in self.scheme.labels}

    @cached_property
    def mentions(self) -> frozenset[str]:
        """The labels of entities and mentions."""
        return frozenset(name for name, kind in self.kinds.items() if kind in {"entity", "mention"})

    @cached_property
    def cues(self) -> frozenset[str]:
        """The labels of cues."""
        return frozenset(name for name, kind in self.kinds.items() if kind == "cue")

    @cached_property
    def quotes(self) -> frozenset[str]:
        """The labels of quotes."""
        return frozenset(name for name, kind in self.kinds.items() if kind == "quote")

    @cached_property
    def entities(self) -> frozenset[str]:
        """The labels of entities."""
        return frozenset(name for name, kind in self.kinds.items() if kind == "entity")

    @cached_property
    def allowed(self) -> frozenset[tuple[str, str, str]]:
        """Every (relation type, head label, tail label) that the signatures allow."""
        names = [label.name for label in self.scheme.labels]
        return frozenset(
            (relation.name, head, tail)
            for relation in self.scheme.relations
            for head in names
            for tail in names
            if relation.allows(head, tail)
        )

    @cached_property
    def roles(self) -> Mapping[str, str]:
        """The role of each relation type that has one."""
        return {relation.name: relation.role for relation in self.scheme.relations if relation.role}

    @cached_property
    def symmetric(self) -> frozenset[str]:
        """The names of the symmetric relation types."""
        return frozenset(relation.name for relation in self.scheme.relations if relation.symmetric)

    @cached_property
    def status_choice(self) -> str:
        """The name of the choice that holds the speaker status, "" where the scheme has none."""
        choice = self.scheme.choice_with_role("speaker_status")
        return choice.name if choice else ""

    @cached_property
    def has_cues(self) -> bool:
        """Whether cues are annotated, and tied to quotes."""
        return bool(self.cues) and "cue_of" in self.roles.values()

    @cached_property
    def has_speakers(self) -> bool:
        """Whether speakers of quotes are annotated."""
        return "speaker" in self.roles.values()

    def types_between(self, head: str, tail: str) -> list[RelationType]:
        """Give the relation types that may go from ``head`` to ``tail``."""
        return [relation for relation in self.scheme.relations if (relation.name, head, tail) in self.allowed]


class Bench:
    """One annotation on the way through the stages.

    ``spans`` holds the spans that hold, under their ids, ``ordered`` the same in
    the order (start, end, id); ``alias`` the id of the kept twin of a duplicate.
    ``readings`` the ids of the further spans that an id stands for, where one region bears two labels.
    ``places`` the index in ``result`` of each span. ``kept`` counts the entries of ``result`` that were passed
    on. ``start`` and ``end`` of what is reported are code points. ``duplicates`` holds, for each label of an entry
    that says what another one says, the entry's index, the label, and the id of the kept twin ("" for a
    relation); ``inferred`` the label read into a relation that has none, under the entry's index; ``migrated`` what
    the names of an entry are read as, where they are of an older version of the scheme; ``otherwise`` the relations of
    the scheme whose names, written into an annotation of this age, would be read as others.
    """

    __slots__ = (
        "alias",
        "attributes",
        "duplicates",
        "findings",
        "inferred",
        "kept",
        "migrated",
        "ordered",
        "otherwise",
        "place",
        "places",
        "readings",
        "relation_places",
        "relations",
        "spans",
        "statuses",
        "tables",
        "task_id",
        "text",
    )

    def __init__(self, text: str, tables: SchemeTables, *, place: str, task_id: str) -> None:
        self.text = text
        self.tables = tables
        self.place = place
        self.task_id = task_id
        self.findings: list[Finding] = []
        self.spans: dict[str, Span] = {}
        self.ordered: list[Span] = []
        self.alias: dict[str, str] = {}
        self.readings: dict[str, list[str]] = {}
        self.places: dict[str, int] = {}
        self.attributes: list[Attribute] = []
        self.statuses: dict[str, str] = {}
        self.relations: list[Relation] = []
        self.relation_places: dict[str, int] = {}
        self.duplicates: list[tuple[int, str, str]] = []
        self.inferred: dict[int, str] = {}
        self.migrated: dict[int, Renaming] = {}
        self.otherwise: frozenset[str] = frozenset()
        self.kept = 0

    def report(
        self,
        code: str,
        number: int | None,
        message: str,
        *,
        span: tuple[int, int] | None = None,
        hint: str = "",
        lost: int = 0,
    ) -> None:
        """Note a finding on entry ``number`` of ``result`` (None: on the annotation), ``lost`` entries taken out."""
        place = self.place if number is None else f"{self.place}.result[{number}]"
        shown = excerpt(self.text, *span) if span else ""
        self.findings.append(
            finding(code, place, message, task_id=self.task_id, excerpt=shown, hint=hint, regions=lost)
        )

    def spans_of(self, key: str) -> list[Span]:
        """Give the spans that an id in the file stands for, one for each label of the region; [] where none holds."""
        key = self.alias.get(key, key)
        return [self.spans[one] for one in (key, *self.readings.get(key, ())) if one in self.spans]

    def lose_entry(self) -> None:
        """Put the loss of one entry of ``result`` on the last finding, which says why nothing of it was kept."""
        self.findings[-1] = msgspec.structs.replace(self.findings[-1], regions=1)


def excerpt(text: str, start: int, end: int) -> str:
    """Show ``text[start:end]`` between [ and ] with some text around it, on one line.

    >>> excerpt("Anna grüßt Otto in Köln.", 11, 15)
    'Anna grüßt [Otto] in Köln.'
    """
    start, end = max(0, min(start, len(text))), max(0, min(end, len(text)))
    inner = text[start:end]
    if len(inner) > _LONGEST:
        inner = f"{inner[: _LONGEST // 2]} ... {inner[-_LONGEST // 2 :]}"
    before = ("..." if start > _CONTEXT else "") + text[max(0, start - _CONTEXT) : start]
    after = text[end : end + _CONTEXT] + ("..." if end + _CONTEXT < len(text) else "")
    return printable(f"{before}[{inner}]{after}")
