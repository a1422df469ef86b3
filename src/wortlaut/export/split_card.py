"""The chapters of a card on splits and on what they share, from the data of the release."""

from __future__ import annotations

from collections import Counter

import msgspec

from wortlaut.export.leakage import LISTED, Leakage, LeakedPair, LeakedQuote
from wortlaut.export.markdown import code, counted, plain, table_lines
from wortlaut.export.release import Release
from wortlaut.export.split_policy import SPLITS, SplitPolicy, in_order

__all__ = ["SplitCounts", "leakage_section", "near_duplicates", "split_counts", "splits_section"]

_SHOWN = 10
_TOO_FEW = {
    "cluster": "articles (near-duplicates count as one)",
    "publisher": "publishers",
    "time": "days of publication",
}


class SplitCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What one split holds in its main layers: documents, and entities and quotes by label."""

    split: str
    documents: int
    entities: Counter[str]
    quotes: Counter[str]


def split_counts(release: Release) -> list[SplitCounts]:
    """Count what each split of a release holds: train, validation, test, then others by name."""
    return [
        SplitCounts(
            split=split,
            documents=entry.rows,
            entities=_values(release, "entities", split, "label"),
            quotes=_values(release, "quotes", split, "type"),
        )
        for split, entry in in_order(release.manifest.configs["documents"].splits)
    ]


def splits_section(policy: SplitPolicy | None, counts: list[SplitCounts]) -> str:
    """Give the chapter on the sizes of splits, how articles came to them, and how labels are spread."""
    lines = ["## Splits", ""]
    total = sum(one.documents for one in counts) or 1
    rows = [
        (
            code(one.split),
            f"{one.documents:,}",
            f"{one.documents / total:.1%}",
            f"{one.entities.total():,}",
            f"{one.quotes.total():,}",
        )
        for one in counts
    ]
    head = ("split", "documents", "share", "entities and mentions", "quotes")
    lines += [*table_lines(head, rows), "", _how(policy, len(counts))]
    labels = [*_sorted_labels(counts, "entities"), *_sorted_labels(counts, "quotes")]
    if len(counts) > 1 and labels:
        balance = [(code(label), *(_share(of, label, one) for one in counts)) for of, label in labels]
        lines += [
            "",
            "Share of each label among the entities and mentions, or among the quotes, of a split:",
            "",
            *table_lines(("label", *(code(one.split) for one in counts)), balance),
        ]
    return "\n".join(lines)


def leakage_section(leakage: Leakage | None) -> str:
    """Give the chapter on what splits share."""
    lines = ["## What splits share", ""]
    if leakage is None:
        return "\n".join([*lines, "Nobody has looked whether the splits share articles or quotes."])
    if leakage.clean and not leakage.quotes_without_text:
        lines.append(
            "No article is in one split and a near-duplicate of it in another; no quote of at least "
            f"{leakage.min_words} words is in two splits."
        )
        return "\n".join(lines)
    listed = len(leakage.near_duplicates_listed), len(leakage.shared_quotes_listed)
    near = near_duplicates(leakage)
    all_listed = listed == (leakage.near_duplicates, leakage.shared_quotes)
    lines += [
        (
            f"{near[0].upper()}{near[1:]} and {counted(leakage.shared_quotes, 'wording')} of quotes (from "
            f"{leakage.min_words} words on) are in two splits. `leakage.json` lists "
            f"{'them' if all_listed else f'the first {LISTED} of each'}."
        )
    ]
    if leakage.near_duplicates_at_least:
        lines += ["", "Near-duplicates in large clusters were counted in a sample of each split: there may be more."]
    if leakage.near_duplicate_articles:
        by_split = [f"{count:,} in {code(name)}" for name, count in in_order(leakage.near_duplicate_articles)]
        lines += [
            "",
            f"Articles that have a near-duplicate in another split: {_at_least(leakage)}{', '.join(by_split)}.",
        ]
    if leakage.quotes_without_text:
        lines += ["", f"{counted(leakage.quotes_without_text, 'quote')} without a text here could not be compared."]
    if leakage.near_duplicates_listed:
        head = ("article", "near-duplicate", "shared of all", "of the shorter")
        lines += ["", *table_lines(head, map(_pair, leakage.near_duplicates_listed[:_SHOWN]))]
    if leakage.shared_quotes_listed:
        lines += ["", *table_lines(("words", "quotes"), map(_quote, leakage.shared_quotes_listed[:_SHOWN]))]
    return "\n".join(lines)


def near_duplicates(leakage: Leakage) -> str:
    """Say how many near-duplicates are in two splits, and whether there may be more."""
    return f"{_at_least(leakage)}{counted(leakage.near_duplicates, 'pair')} of near-duplicate articles"


def _at_least(leakage: Leakage) -> str:
    return "at least " if leakage.near_duplicates_at_least else ""


def _how(policy: SplitPolicy | None, splits: int) -> str:
    if policy is None and splits > 1:
        return "How they were split is not recorded."
    if policy is None or policy.by == "none":
        return "The articles were not split: all are in `train`."
    stays = "A document keeps its split from version to version, unless CHANGELOG.md says that all was split anew."
    asked = sum(share > 0 for share in policy.fractions)
    if splits == 1 < asked and not (policy.validation_from or policy.test_from):
        return (
            f"All articles are in `train`: there are too few {_TOO_FEW[policy.by]} for {asked} splits. Once there are "
            f"enough, new articles go into the others too. {stays}"
        )
    shares = f"{policy.train:.0%} / {policy.validation:.0%} / {policy.test:.0%}"
    if policy.by == "time":
        from_ = [f"{name} from {day}" for name in SPLITS[1:] if (day := getattr(policy, f"{name}_from"))]
        days = f": {', '.join(from_)} on" if from_ else ""
        return f"Split by day of publication{days}; articles without a date are in `train`. {stays}"
    if policy.by == "publisher":
        return f"Split by publisher: all articles of one are in one split. Shares asked for: {shares}. {stays}"
    return (
        "Split by near-duplicate: new articles that share most of their words (copies of an agency text, revisions) go "
        f"into one split, and labels are spread alike. Shares asked for: {shares}. {stays}"
    )


def _values(release: Release, config: str, split: str, column: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for batch in release.batches(config, split, [column], size=10_000):
        found.update({one["values"]: one["counts"] for one in batch.column(0).value_counts().to_pylist()})
    return found


def _sorted_labels(counts: list[SplitCounts], of: str) -> list[tuple[str, str]]:
    total: Counter[str] = Counter()
    for one in counts:
        total += getattr(one, of)
    return [(of, label) for label, _ in sorted(total.items(), key=lambda item: (-item[1], item[0]))]


def _share(of: str, label: str, one: SplitCounts) -> str:
    values: Counter[str] = getattr(one, of)
    return f"{values[label] / values.total():.1%}" if values.total() else "-"


def _pair(pair: LeakedPair) -> tuple[str, ...]:
    return (
        f"{code(pair.first)} ({plain(pair.first_split)})",
        f"{code(pair.second)} ({plain(pair.second_split)})",
        f"{pair.jaccard:.0%}",
        f"{pair.containment:.0%}",
    )


def _quote(quote: LeakedQuote) -> tuple[str, ...]:
    shown = [f"{code(f'{one.doc_id}/{one.id}')} ({plain(one.split)})" for one in quote.places[:6]]
    return (str(quote.words), ", ".join(shown))
