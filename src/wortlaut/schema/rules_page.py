"""The registry of findings as a page for people: docs/rules.md is what this gives, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from wortlaut.schema.findings import CATEGORIES, Rule
from wortlaut.schema.rule_examples import EXAMPLES
from wortlaut.schema.rules import RULES

__all__ = ["consequence", "rules_markdown"]

_HEAD = """\
# Rules

<!-- Generated from src/wortlaut/schema/rules.py. Do not edit; refresh it with: wortlaut schema -->

Every finding of `wortlaut check` has a code. A code never changes its meaning. `wortlaut rule WL301` prints what
stands here, [check.md](check.md) tells how to read a report. The level says how bad a finding is: an *error* is
wrong and mostly costs a region, a *warning* is likely wrong and was read all the same, an *info* is good to know
and leaves the exit code at 0.
"""
_CATEGORY_HEADS = {
    "file": "The file",
    "schema": "The form of tasks and regions",
    "offsets": "Offsets and surfaces",
    "labels": "Labels and choices",
    "relations": "Relations",
    "quotes": "Quotes",
    "annotations": "Annotations and annotators",
    "articles": "Articles and texts",
}


def rules_markdown() -> str:
    """Give the page of all rules, by category and code, as Markdown with a line feed at the end."""
    return "\n".join([_HEAD, *_summary(), *_sections()])


def consequence(rule: Rule) -> str:
    """Say in a sentence what a finding of the rule means for the file or the exit code.

    >>> consequence(RULES["WL306"])
    'check --fix mends it.'
    """
    if rule.refuses:
        return "The whole file is refused: exit code 2."
    if rule.fixable:
        return "check --fix mends it."
    return "Exit code 0, where nothing worse is found." if rule.level == "info" else "Exit code 1."


def _summary() -> Iterator[str]:
    yield "| code | level | finding | |\n|---|---|---|---|"
    for rule in _in_order():
        note = "refuses the file" if rule.refuses else "`--fix`" if rule.fixable else ""
        yield f"| [{rule.code}](#{rule.code.lower()}) | {rule.level} | {rule.title} | {note} |"


def _sections() -> Iterator[str]:
    category = ""
    for rule in _in_order():
        if rule.category != category:
            category = rule.category
            yield f"\n## {_CATEGORY_HEADS[category]}"
        yield f"\n### {rule.code}\n\n**{rule.title}** ({rule.level}). {rule.text} {consequence(rule)}\n"
        yield f"Example: `{EXAMPLES[rule.code]}`\n\nWhat to do: {rule.hint}"
    yield ""


def _in_order() -> list[Rule]:
    return sorted(RULES.values(), key=lambda rule: (list(CATEGORIES).index(rule.code[2]), rule.code))
