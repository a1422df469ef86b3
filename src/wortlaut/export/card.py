"""The dataset card of a release: README.md, its YAML read off the files and its text off their counts.

The YAML says which files make a config and what columns they have, so that ``datasets.load_dataset`` guesses
nothing (https://huggingface.co/docs/hub/datasets-manual-configuration). It is never merged by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wortlaut.export.assemble import Facts
from wortlaut.export.card_about import (
    annotation,
    citation,
    licensing,
    limits,
    maintenance,
    pinning,
    provenance,
    without_texts,
)
from wortlaut.export.features import DEFAULT_CONFIG, features, yaml_features
from wortlaut.export.manifest import Manifest
from wortlaut.export.markdown import code, counted, plain, table_lines
from wortlaut.export.metadata.about import licenses
from wortlaut.export.ner import LOSS_KINDS
from wortlaut.export.settings import ReleaseSettings
from wortlaut.schema.scheme import RelationType, Scheme

__all__ = ["card", "front_matter"]

# The ids that the Hub knows among those a corpus is likely to have; any other is written as "other" with its name
# (https://huggingface.co/docs/hub/repositories-licenses).
_HUB_LICENSES = frozenset(
    [
        "apache-2.0",
        "mit",
        "bsd-3-clause",
        "cc0-1.0",
        "cc-by-3.0",
        "cc-by-4.0",
        "cc-by-sa-3.0",
        "cc-by-sa-4.0",
        "cc-by-nc-4.0",
        "cc-by-nc-sa-4.0",
        "cc-by-nd-4.0",
        "cc-by-nc-nd-4.0",
        "odc-by",
        "odbl",
        "pddl",
    ]
)
_ORIGIN = {
    "manual": "drawn by hand",
    "prediction": "accepted from a prediction as it was",
    "prediction-changed": "from a prediction, changed",
}
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_MORE = "1M<n<10M"

_PURPOSE = {
    "documents": "one row an article: the text and the main layer's annotation, nested",
    "entities": "one row an entity or mention, with the text around it",
    "relations": "one row a relation, with the text and label at both ends",
    "quotes": "one row a quote, with its speakers, addressees and cues",
    "ner": "one row a paragraph: tokens and BIO tags, for token classification",
    "annotators": "one row a layer: what each annotator, and the gold layer, says of an article",
}
_PURPOSE_WITHOUT_TEXTS = _PURPOSE | {
    "documents": "one row an article: its text's hash and length, and the main layer's annotation, nested",
    "entities": "one row an entity or mention, with its surface where that is short, and anchors",
    "relations": "one row a relation, with the label, and short surfaces, at both ends",
    "quotes": "one row a quote, with the ids of its speakers, addressees and cues",
    "ner": "one row a paragraph: offsets of tokens and BIO tags",
}


def card(manifest: Manifest, facts: Facts, settings: ReleaseSettings, sections: Sequence[str] = ()) -> str:
    """Give the whole README.md of a release. ``sections`` are chapters that were made from the written data."""
    import yaml

    meta = yaml.safe_dump(front_matter(manifest, facts, settings), sort_keys=False, allow_unicode=True, width=110)
    parts = [
        _introduction(manifest, settings),
        *([without_texts(manifest)] if manifest.profile == "standoff" else []),
        _loading(manifest),
        pinning(manifest),
        _labels(manifest, facts.scheme),
        _quotes(manifest, facts.scheme),
        _relations(facts),
        _columns(manifest),
        _layers(manifest, facts),
        *sections,
        _ner(manifest),
        provenance(facts.publishers),
        licensing(manifest, settings),
        annotation(manifest, settings),
        limits(manifest, facts.scheme, settings),
        maintenance(manifest, settings),
        citation(manifest, settings),
    ]
    return f"---\n{meta}---\n\n" + "\n\n".join(parts) + "\n"


def front_matter(manifest: Manifest, facts: Facts, settings: ReleaseSettings) -> dict[str, Any]:
    """Give the YAML of the card as plain values."""
    names = list(dict.fromkeys(name for _, name in licenses(manifest, settings)))
    known = [name.lower() for name in names if name.lower() in _HUB_LICENSES]
    meta: dict[str, Any] = {
        "pretty_name": settings.title or manifest.name,
        "language": list(dict.fromkeys([facts.scheme.language, *sorted(facts.languages)])),
        "version": manifest.version,
    }
    if names and len(known) == len(names):
        meta["license"] = known
    elif names:
        meta |= {"license": "other", "license_name": ", ".join(names)}
    if manifest.ner.tagged:
        meta |= {"task_categories": ["token-classification"], "task_ids": ["named-entity-recognition"]}
    if tags := _tags(manifest, facts.scheme):
        meta["tags"] = tags
    meta["size_categories"] = [_size(manifest.configs[DEFAULT_CONFIG].rows)]
    meta["configs"] = [
        {
            "config_name": config,
            **({"default": True} if config == DEFAULT_CONFIG else {}),
            "data_files": [{"split": name, "path": split.file} for name, split in entry.splits.items()],
        }
        for config, entry in manifest.configs.items()
    ]
    meta["dataset_info"] = [_info(config, manifest, facts.scheme) for config in manifest.configs]
    return meta


def _tags(manifest: Manifest, scheme: Scheme) -> list[str]:
    """Give the tasks that the Hub knows no id for and that the release holds annotation of."""
    speaker = scheme.relation_with_role("speaker")
    spoken = speaker is not None and _counts(manifest, "relations").get(speaker.name, 0)
    others = sum(
        _counts(manifest, "relations").get(relation.name, 0) for relation in scheme.relations if not relation.role
    )
    return [
        *(["quotation-attribution"] if spoken and _rows(manifest, "quotes") else []),
        *(["relation-extraction"] if others else []),
    ]


def _info(config: str, manifest: Manifest, scheme: Scheme) -> dict[str, Any]:
    splits = manifest.configs[config].splits
    return {
        "config_name": config,
        "features": yaml_features(features(config, scheme, manifest.profile)),
        "splits": [
            {"name": name, "num_bytes": split.num_bytes, "num_examples": split.rows} for name, split in splits.items()
        ],
        "dataset_size": sum(split.num_bytes for split in splits.values()),
    }


def _introduction(manifest: Manifest, settings: ReleaseSettings) -> str:
    layers, origins = _counts(manifest, "main_layers"), _counts(manifest, "origins")
    made = ", ".join(f"{counted(number, f'{layer} layer')}" for layer, number in layers.items())
    spans = ", ".join(f"{number:,} {_ORIGIN.get(name, plain(name))}" for name, number in origins.items())
    return "\n\n".join(
        [
            f"# {plain(settings.title or manifest.name)}",
            (
                f"Articles annotated with the scheme {code(manifest.scheme.name)} {plain(manifest.scheme.version)}. "
                f"Version {manifest.version}: {counted(_rows(manifest, 'documents'), 'article')} ({made}), "
                f"{counted(_rows(manifest, 'entities'), 'entity or mention', 'entities and mentions')}, "
                f"{counted(_rows(manifest, 'quotes'), 'quote')}, {counted(_rows(manifest, 'relations'), 'relation')}, "
                f"{manifest.counts['characters']:,} characters."
            ),
            *([plain(settings.description)] if settings.description else []),
            *([f"Entities and mentions by `origin`: {spans}."] if spans else []),
        ]
    )


def _loading(manifest: Manifest) -> str:
    lines = ["## Load it", "", "```python", "from datasets import load_dataset", ""]
    lines.append(f'path = "{manifest.name}/v{manifest.version}"  # this folder, or the dataset\'s name on the Hub')
    lines += [f'{config} = load_dataset(path, "{config}")' for config in manifest.configs]
    lines += ["```", ""]
    purpose = _PURPOSE if manifest.profile == "full" else _PURPOSE_WITHOUT_TEXTS
    table = [
        (f"`{config}`{' (default)' if config == DEFAULT_CONFIG else ''}", f"{entry.rows:,}", purpose[config])
        for config, entry in manifest.configs.items()
    ]
    lines += table_lines(("config", "rows", "what a row is"), table)
    if manifest.without_rows:
        names = ", ".join(f"`{config}`" for config in manifest.without_rows)
        lines += ["", f"Without a row in this version, and therefore not there: {names}."]
    lines += [
        "",
        (
            "**Offsets are Unicode code points, half open**: `text[start:end]` in Python is the span. JavaScript "
            "and Java count UTF-16 units, in which an emoji counts two."
        ),
    ]
    return "\n".join(lines)


def _labels(manifest: Manifest, scheme: Scheme) -> str:
    counts = _counts(manifest, "entities")
    rows = [
        (
            code(label.name),
            label.kind,
            f"{counts.get(label.name, 0):,}",
            plain(label.definition),
            plain("; ".join(label.examples)),
        )
        for label in scheme.labels
        if label.kind in ("entity", "mention")
    ]
    head = ("label", "kind", "count", "definition", "examples")
    return "\n".join(["## Labels of spans", "", *table_lines(head, rows)])


def _quotes(manifest: Manifest, scheme: Scheme) -> str:
    counts = _counts(manifest, "quotes")
    rows = [
        (
            code(label.name),
            f"{counts.get(label.name, 0):,}",
            plain(label.definition),
            plain("; ".join(label.examples)),
        )
        for label in scheme.labels
        if label.kind == "quote"
    ]
    if not rows:
        return "## Quotes\n\nThe scheme has no quotes."
    lines = ["## Quotes", "", *table_lines(("type", "count", "definition", "examples"), rows), ""]
    lines.append(
        f"{counted(int(str(manifest.counts['cues'])), 'cue')} (words that announce a quote) stand in `cues`. A "
        "quote may be interrupted: `fragments` holds its parts, `start` and `end` its hull"
        f"{', `text` the parts joined by a blank' if manifest.profile == 'full' else ''}.{_resolved(scheme)}"
    )
    status, choice = _counts(manifest, "speaker_status"), scheme.choice_with_role("speaker_status")
    if choice:
        known = ", ".join(f"{code(option.name)} {status.get(option.name, 0):,}" for option in choice.options)
        lines += ["", f"Where the speaker is to be found (`speaker_status`): {known}; null where nobody said."]
    return "\n".join(lines)


def _resolved(scheme: Scheme) -> str:
    coref = scheme.relation_with_role("coref")
    if coref is None:
        return ""
    return f" `resolved_speaker_ids` follows {code(coref.name)} from a speaker to the entity it stands for."


def _relations(facts: Facts) -> str:
    total = facts.counts.relations
    if not facts.scheme.relations:
        return "## Relations\n\nThe scheme has no relations."
    rows = []
    for kind in facts.scheme.relations:
        found = {(head, tail): n for (name, head, tail), n in total.items() if name == kind.name}
        common = sorted(found, key=lambda pair: (-found[pair], pair))[:3]
        rows.append(
            (
                code(kind.name),
                plain(_signature(kind)),
                f"{sum(found.values()):,}",
                ", ".join(f"{plain(head)} → {plain(tail)} {found[head, tail]:,}" for head, tail in common),
                plain(kind.definition),
            )
        )
    head = ("relation", "signature", "count", "most frequent ends", "definition")
    return "\n".join(["## Relations", "", *table_lines(head, rows)])


def _signature(kind: RelationType) -> str:
    if kind.signatures:
        return ", ".join(f"{head} → {tail}" for head, tail in kind.signatures)
    arrow = "↔" if kind.symmetric else "→"
    same = ", same label" if kind.same_label else ""
    return f"{'/'.join(kind.head) or 'any'} {arrow} {'/'.join(kind.tail) or 'any'}{same}"


def _columns(manifest: Manifest) -> str:
    attributes = _counts(manifest, "attributes")
    named = ", ".join(f"{code(name)} ({number:,})" for name, number in attributes.items()) or "none in this version"
    notes = manifest.notes_left_out
    without = [] if not notes else ["", f"Left out: {counted(notes, 'note')} that annotators wrote freely."]
    return "\n".join(
        [
            "## Ids and attributes",
            "",
            (
                "Ids are unique within a layer and the same in every build of the same annotation: `e1` entities and "
                "mentions, `c1` cues, `q1` quotes, `r1` relations, each counted in the order of the text. The first "
                "fragment of a quote has the quote's id, further ones `q1.2`, `q1.3`. `head` and `tail` of a relation "
                "name any of them."
            ),
            "",
            (
                f"`attributes` holds what else annotators chose or noted, on a span or (`span_id` null) on the whole "
                f"document: {named}."
            ),
            *without,
        ]
    )


def _layers(manifest: Manifest, facts: Facts) -> str:
    layers = _counts(manifest, "layers")
    by_layer = ", ".join(f"{name} {number:,}" for name, number in layers.items())
    undecided = manifest.main_layer["decided_by_time_alone"]
    policy = {
        "gold": "the gold layer where there is one, else the only annotator's layer, else the one submitted first",
        "first": "the gold layer where there is one, else the annotator's layer submitted first",
        "latest": "the gold layer where there is one, else the annotator's layer submitted last",
        "strict": "the gold layer where there is one, else the only annotator's layer",
    }[str(manifest.main_layer["prefer"])]
    lines = [
        "## Layers",
        "",
        (
            f"{counted(facts.annotators, 'annotator')}; layers: {by_layer}. All stand in `annotators`, people under "
            f"pseudonyms, whose numbers say nothing of who they are. The other configs hold one layer an article, "
            f"named in the column `layer`: {policy} "
            f"(`--prefer {manifest.main_layer['prefer']}`). Time alone decided between several layers for "
            f"{counted(int(undecided), 'article')}."
        ),
    ]
    if manifest.left_out:
        out = ", ".join(f"{number:,} {reason}" for reason, number in manifest.left_out.items())
        lines += ["", f"Articles that were left out: {out}."]
    return "\n".join(lines)


def _ner(manifest: Manifest) -> str:
    ner = manifest.ner
    lines = [
        "## What the ner config cannot hold",
        "",
        (
            "Tokens are those of spaCy's German tokenizer without white space, a row is a paragraph. Tags are BIO over "
            "the entity labels; mentions, cues and quotes have none. Of spans that share tokens the longest is tagged. "
            f"Of {counted(ner.spans, 'entity span')} {ner.tagged:,} have tags:"
        ),
        "",
    ]
    rows = []
    for kind, meaning in LOSS_KINDS.items():
        shown = "; ".join(
            f"{code(e.text)} {plain(e.label)} in {plain(e.doc_id)}" for e in ner.examples if e.kind == kind
        )
        rows.append((kind, f"{ner.lost.get(kind, 0):,}", meaning, shown))
    lines += table_lines(("not tagged", "count", "because", "the first of them"), rows)
    return "\n".join(lines)


def _counts(manifest: Manifest, name: str) -> dict[str, int]:
    found = manifest.counts[name]
    return found if isinstance(found, dict) else {}


def _rows(manifest: Manifest, config: str) -> int:
    return manifest.configs[config].rows if config in manifest.configs else 0


def _size(rows: int) -> str:
    return next((name for bound, name in _SIZES if rows < bound), _MORE)
