"""The label chapter of the guidelines (German, Markdown), derived from the scheme."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wortlaut.schema.scheme import ChoiceSet, Label, LabelKind, RelationType, Scheme

__all__ = ["label_chapter"]

_KINDS: tuple[tuple[LabelKind, str], ...] = (
    ("entity", "Entitäten"),
    ("mention", "Erwähnungen"),
    ("quote", "Zitate"),
    ("cue", "Redesignale"),
)

_RELATION_TEXT = (
    "Eine Relation geht vom Kopf zum Ziel. Bei ↔ ist die Richtung gleichgültig. "
    "Andere Paare als die der Tabelle meldet `wortlaut check`."
)

# What Markdown would take for markup; an underscore only where it is not inside a word.
_MARKUP = re.compile(r"[\\`*\[\]<>|#]|(?<![^\W_])_|_(?![^\W_])")


def label_chapter(scheme: Scheme) -> str:
    """Give the label chapter: labels by kind, the relations with their signatures, the choices."""
    parts = [
        "<!-- Derived from the annotation scheme by `wortlaut schema`; edit schema/scheme.toml, not this file. -->",
        f"# Labels, Relationen und Angaben ({_text(scheme.name)} {_text(scheme.version)})",
        "Die Taste setzt das Label auf die markierte Stelle oder ersetzt das Label der ausgewählten Spanne.",
    ]
    for kind, title in _KINDS:
        labels = [label for label in scheme.labels if label.kind == kind]
        if labels:
            parts += [f"## {title}", *_label_sections(labels)]
    if scheme.relations:
        parts += ["## Relationen", _RELATION_TEXT, _relation_table(scheme.relations), _relation_list(scheme.relations)]
    for scope, title in (("region", "Angaben zur Spanne"), ("document", "Angaben zum ganzen Artikel")):
        choices = [choice for choice in scheme.choices if choice.scope == scope]
        if choices:
            parts += [f"## {title}", *(_choice_section(choice) for choice in choices)]
    return "\n\n".join(parts) + "\n"


def _label_sections(labels: Iterable[Label]) -> Iterable[str]:
    for label in labels:
        lines = [f"### {_titled(label.name, label.title_de)}", label.definition_de or label.definition]
        if label.hotkey:
            lines.append(f"Taste: {_code(label.hotkey)}")
        if label.examples:
            lines.append("Beispiele: " + " · ".join(f"*{_text(example)}*" for example in label.examples))
        yield "\n\n".join(_text(line) if number == 1 else line for number, line in enumerate(lines) if line)


def _relation_table(relations: Iterable[RelationType]) -> str:
    rows = ["| Relation | | Kopf | | Ziel |", "|---|---|---|---|---|"]
    for relation in relations:
        arrow = "↔" if relation.symmetric else "→"
        for head, tail in _signatures(relation):
            rows.append(f"| {_code(relation.name)} | {_text(relation.title_de)} | {head} | {arrow} | {tail} |")
    return "\n".join(rows)


def _signatures(relation: RelationType) -> Iterable[tuple[str, str]]:
    if relation.signatures:
        for head, tail in relation.signatures:
            yield _text(head), _text(tail)
        return
    tails = "dasselbe Label" if relation.same_label else _names(relation.tail)
    yield _names(relation.head), tails


def _relation_list(relations: Iterable[RelationType]) -> str:
    defined = ((relation.name, relation.definition_de or relation.definition) for relation in relations)
    return "\n".join(f"- {_code(name)}: {_text(definition)}" for name, definition in defined if definition)


def _choice_section(choice: ChoiceSet) -> str:
    parts = [f"### {_titled(choice.name, choice.title_de)}"]
    definition = choice.definition_de or choice.definition
    if definition:
        parts.append(_text(definition))
    if choice.applies_to:
        parts.append(f"Für: {_names(choice.applies_to)}.")
    parts.append("Mehrere Antworten sind möglich." if choice.multiple else "Eine Antwort.")
    parts.append(
        "\n".join(
            f"- {_code(option.name)}"
            + (f": {_text(option.title_de)}" if option.title_de else "")
            + (f" (Taste {_code(option.hotkey)})" if option.hotkey else "")
            for option in choice.options
        )
    )
    return "\n\n".join(parts)


def _titled(name: str, title: str) -> str:
    return f"{_text(name)}: {_text(title)}" if title else _text(name)


def _names(names: Iterable[str]) -> str:
    return ", ".join(_text(name) for name in names) or "jedes Label"


def _code(text: str) -> str:
    """Write as code, or escaped where the text holds a back-tick or a bar, which would break a table."""
    return _text(text) if set(text) & set("`|") else f"`{text}`"


def _text(text: str) -> str:
    """Write text from the scheme so that Markdown shows it as it stands."""
    return " ".join(_MARKUP.sub(r"\\\g<0>", text).split())
