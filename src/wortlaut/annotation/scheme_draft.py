"""Drafting a scheme.toml for somebody else's project: what was seen is collected, and written as TOML.

A draft is a start for a person. Its labels are plain entities, its relations allow every pair (the pairs that an
export shows stand beside them as comments), and it always reads back with ``parse_scheme``.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePath

import msgspec

from wortlaut.schema.colors import is_color
from wortlaut.schema.errors import SchemeError
from wortlaut.schema.scheme import is_hotkey, is_name, parse_scheme

__all__ = ["DraftedScheme", "SchemeDraft"]

# Twenty colours that are told apart well (https://sashamaps.net/docs/resources/20-colors/).
_COLORS = (
    "#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4", "#42d4f4", "#f032e6", "#bfef45", "#fabed4", "#469990",
    "#dcbeff", "#9a6324", "#fffac8", "#800000", "#aaffc3", "#808000", "#ffd8b1", "#000075", "#a9a9a9", "#ffe119",
)  # fmt: skip

_KEYS = "1234567890qwertasdfgyxcvb"
_SHORT_COLOR = re.compile("#[0-9a-fA-F]{3}")
_PAIRS_SHOWN = 12


class DraftedScheme(msgspec.Struct, frozen=True, kw_only=True):
    """A drafted scheme: its TOML, and what a person should know of what was left out or changed."""

    toml: str
    notes: tuple[str, ...] = ()


class _Choice:
    """A choice as it was seen: its options in their order, with title and hotkey."""

    def __init__(self, *, on_region: bool) -> None:
        self.on_region = on_region
        self.multiple = False
        self.options: dict[str, tuple[str, str]] = {}
        self.applies_to: dict[str, None] = {}


class SchemeDraft:
    """Collects labels, relations and choices in the order in which they are seen; each name once."""

    def __init__(self) -> None:
        self._labels: dict[str, dict[str, str]] = {}
        self._relations: dict[str, None] = {}
        self._pairs: dict[str, Counter[tuple[str, str]]] = {}
        self._choices: dict[str, _Choice] = {}
        self._notes: Counter[str] = Counter()

    def note(self, text: str) -> None:
        """Keep something to tell; told once, with how often it was seen."""
        self._notes[text] += 1

    def label(self, name: str, *, color: str = "", hotkey: str = "", title: str = "") -> None:
        """Add a label; one seen before keeps what it has."""
        if self._holds("label", name):
            self._labels.setdefault(name, {"color": color, "hotkey": hotkey, "title_de": title})

    def relation(self, name: str, *, pair: tuple[str, str] | None = None) -> None:
        """Add a relation type, and the labels of the two ends between which it was seen."""
        if self._holds("relation", name):
            self._relations[name] = None
            if pair:
                self._pairs.setdefault(name, Counter())[pair] += 1

    def choice(
        self, name: str, options: Iterable[tuple[str, str, str]], *, on_region: bool, applies_to: Sequence[str] = ()
    ) -> None:
        """Add a choice and its options (name, title, hotkey); options and labels seen later are added to it."""
        if not self._holds("choice", name):
            return
        choice = self._choices.setdefault(name, _Choice(on_region=on_region))
        choice.on_region |= on_region
        for option, title, hotkey in options:
            if self._holds(f"option of {name}", option):
                choice.options.setdefault(option, (title, hotkey))
        choice.applies_to.update(dict.fromkeys(applies_to))

    def several(self, name: str) -> None:
        """Say that several options of a choice may be chosen."""
        if name in self._choices:
            self._choices[name].multiple = True

    def drafted(self, *, name: str, source: str) -> DraftedScheme:
        """Give the draft as TOML. Raises SchemeError where no label was seen: that makes no scheme."""
        if not self._labels:
            raise SchemeError(
                "holds no label for spans of text" + "".join(f"; {note}" for note in self._notes),
                where=source,
                hint="Give the labeling config of the project: Settings, Labeling Interface, Code",
            )
        lines = [
            # Its base name alone: a release carries the scheme, and no one's folders.
            f"# Drafted by wortlaut schema --from-config from {_one_line(PurePath(source).name or source)}.",
            '# Every label is an entity here: say kind = "quote", "cue" or "mention" where it is one, and give',
            "# the relations their signatures (head, tail) and roles. docs/scheme.md lists the fields.",
            "",
            f"name = {_string(name)}",
            'version = "0.1.0"',
            "# The language of the texts, as a BCP 47 tag: de, de-AT, en. Not known here: und is undetermined.",
            'language = "und"',
        ]
        keys = self._hotkeys()
        for number, (label, seen) in enumerate(self._labels.items()):
            fields = {
                "name": label,
                "color": self._color(label, seen["color"], number),
                "hotkey": keys.get(label, ""),
                "title_de": seen["title_de"],
            }
            lines += ["", "[[labels]]", *_fields(fields)]
        for relation in self._relations:
            lines += ["", "[[relations]]", *_fields({"name": relation}), *self._seen_pairs(relation)]
        for choice_name, choice in self._choices.items():
            lines += self._choice_lines(choice_name, choice, keys)
        toml = "\n".join(lines) + "\n"
        parse_scheme(toml, where=source)
        notes = tuple(f"{text} ({count} times)" if count > 1 else text for text, count in self._notes.items())
        return DraftedScheme(toml=toml, notes=notes)

    def _holds(self, what: str, name: str) -> bool:
        if is_name(name):
            return True
        self.note(f"a {what} is left out: {name!r} is blank or holds a control character")
        return False

    def _color(self, label: str, seen: str, number: int) -> str:
        """Give the colour that a label brought, in a form that a scheme takes, or one of our own."""
        if _SHORT_COLOR.fullmatch(seen):
            return "#" + "".join(2 * digit for digit in seen[1:])
        if seen and not is_color(seen):
            self.note(f"the color {seen!r} of {label!r} is left out: a scheme takes #rrggbb or a CSS name")
        return seen if is_color(seen) else _COLORS[number % len(_COLORS)]

    def _hotkeys(self) -> dict[str, str]:
        """Give each label and option its own key where it brought one, then the labels that brought none a free one.

        Options are keyed by choice and option, which no label's name can collide with: it holds a tab.
        """
        wanted = [(label, seen["hotkey"]) for label, seen in self._labels.items()]
        for name, choice in self._choices.items():
            wanted += [(f"{name}\t{option}", key) for option, (_, key) in choice.options.items()]
        taken: dict[str, str] = {}
        for owner, key in wanted:
            if key and key in taken:
                shown = owner.replace("\t", ": ")
                self.note(f"the hotkey {key!r} of {shown!r} is left out: {taken[key]!r} has it")
            elif is_hotkey(key):
                taken[key] = owner
            elif key:
                shown = owner.replace("\t", ": ")
                self.note(f"the hotkey {key!r} of {shown!r} is left out: a scheme takes one character")
        free = iter(key for key in _KEYS if key not in taken)
        given = {owner: key for key, owner in taken.items()}
        for label in self._labels:
            if label not in given:
                given[label] = next(free, "")
        return given

    def _seen_pairs(self, relation: str) -> list[str]:
        pairs = self._pairs.get(relation)
        if not pairs:
            return []
        lines = [
            f"# seen {count} x: {_one_line(head)} -> {_one_line(tail)}"
            for (head, tail), count in pairs.most_common(_PAIRS_SHOWN)
        ]
        rest = len(pairs) - len(lines)
        return [*lines, f"# and {rest} pairs more"] if rest > 0 else lines

    def _choice_lines(self, name: str, choice: _Choice, keys: dict[str, str]) -> list[str]:
        if not choice.options:
            self.note(f"the choice {name!r} is left out: it has no option")
            return []
        lines = ["", "[[choices]]", f"name = {_string(name)}"]
        if not choice.on_region:
            lines.append('scope = "document"')
        if choice.multiple:
            lines.append("multiple = true")
        known = [label for label in choice.applies_to if label in self._labels]
        if choice.on_region and known and len(known) < len(self._labels):
            lines.append(f"applies_to = [{', '.join(_string(label) for label in known)}]")
        for option, (title, _) in choice.options.items():
            fields = {"name": option, "hotkey": keys.get(f"{name}\t{option}", ""), "title_de": title}
            lines += ["", "[[choices.options]]", *_fields(fields)]
        return lines


def _fields(fields: dict[str, str]) -> list[str]:
    return [f"{key} = {_string(value)}" for key, value in fields.items() if value]


def _string(text: str) -> str:
    """Write a TOML basic string: JSON's escapes are among TOML's, and U+007F must be escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    """Write text for a comment, in which TOML allows no control character."""
    return "".join(char if char.isprintable() else " " for char in text)
