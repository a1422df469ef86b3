"""``wortlaut rule``: what a code means."""

from __future__ import annotations

import json
import re

import click

__all__ = ["command"]


@click.command("rule")
@click.argument("code", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(*, code: str | None, as_json: bool) -> None:
    """Explain a code of a finding.

    Without CODE, every rule is listed with its level. docs/rules.md holds the same text.
    """
    import textwrap

    from wortlaut.schema.errors import UsageError
    from wortlaut.schema.findings import Rule
    from wortlaut.schema.rule_examples import EXAMPLES
    from wortlaut.schema.rules import RULES, did_you_mean
    from wortlaut.schema.rules_page import consequence

    def as_record(rule: Rule) -> dict[str, str | bool]:
        return {
            "code": rule.code,
            "level": rule.level,
            "category": rule.category,
            "title": rule.title,
            "text": rule.text,
            "example": EXAMPLES[rule.code],
            "hint": rule.hint,
            "fixable": rule.fixable,
            "refuses": rule.refuses,
        }

    rules = sorted(RULES.values(), key=lambda rule: rule.code)
    if code is None:
        if as_json:
            click.echo(json.dumps([as_record(rule) for rule in rules], ensure_ascii=False, indent=2))
            return
        for rule in rules:
            note = "  refuses the file" if rule.refuses else "  --fix mends it" if rule.fixable else ""
            click.echo(f"{rule.code}  {rule.level.ljust(7)}  {rule.title}{note}")
        return
    known = RULES.get(code.upper())
    if known is None:
        # Any two codes are alike: one that has the form of a code is another code, not a slip of the finger.
        near = "" if re.fullmatch(r"WL\d{3}", code.upper()) else did_you_mean(code.upper(), RULES)
        raise UsageError(f"there is no rule {code!r}.{near}", hint="wortlaut rule lists them all")
    if as_json:
        click.echo(json.dumps(as_record(known), ensure_ascii=False, indent=2))
        return
    click.echo(f"{known.code} {known.title} ({known.level}, {known.category})")
    click.echo(textwrap.fill(f"{known.text} {consequence(known)}", 100, initial_indent="  ", subsequent_indent="  "))
    click.echo(f"  example: {EXAMPLES[known.code]}")
    click.echo(f"  hint: {known.hint}")
