"""What ``build`` says of splits: their sizes, what decided, and what they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wortlaut.cli.words import count

if TYPE_CHECKING:
    from wortlaut.export.from_exports import Built

__all__ = ["split_lines"]

_BY = {
    "cluster": "near-duplicates stay together",
    "time": "by day",
    "publisher": "by publisher",
    "none": "not split",
}


def split_lines(built: Built) -> list[str]:
    """Give the lines on the splits of a release."""
    from wortlaut.export.split_card import near_duplicates
    from wortlaut.export.split_policy import in_order

    plan, leakage = built.splits, built.leakage
    policy = plan.policy
    sizes = ", ".join(f"{name} {number:,}" for name, number in in_order(built.report.splits))
    days = [f"{name} from {day}" for name in ("validation", "test") if (day := getattr(policy, f"{name}_from"))]
    lines = [f"splits: {sizes} ({', '.join([_BY[policy.by], *days])})"]
    lines += [f"  {note}" for note in plan.notes]
    if plan.undated:
        lines.append(f"  {count(plan.undated, 'article')} without a date went to train")
    if leakage is not None and not leakage.clean:
        lines.append(
            f"  shared by two splits: {near_duplicates(leakage)}, "
            f"{count(leakage.shared_quotes, 'wording')} of quotes; leakage.json lists them"
        )
    return lines
