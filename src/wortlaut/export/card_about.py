"""The sections of a card that are about the dataset as a whole: pinning, rights, annotation, limits, citation."""

from __future__ import annotations

from wortlaut.export.assemble import PublisherFacts
from wortlaut.export.features import DEFAULT_CONFIG
from wortlaut.export.manifest import Manifest
from wortlaut.export.markdown import code, counted, plain, table_lines
from wortlaut.export.metadata.about import bibtex, license_url, licenses
from wortlaut.export.settings import ReleaseSettings
from wortlaut.schema.scheme import Scheme

__all__ = ["annotation", "citation", "licensing", "limits", "maintenance", "pinning", "provenance", "without_texts"]


def pinning(manifest: Manifest) -> str:
    """Say how to get just this version, and how to see that it is it."""
    return f"""## Pin this version

```python
from datasets import load_dataset

documents = load_dataset("ORG/{manifest.name}", "documents", revision="v{manifest.version}")
```

A tag that was released never moves. To be sure, name the commit instead of the tag:
`huggingface_hub.HfApi().dataset_info("ORG/{manifest.name}", revision="v{manifest.version}").sha`. From a folder
on a disk `revision` is passed over in silence: there, a version is its folder. It is this version if its manifest says

    content_sha256 {manifest.content_sha256}

which hashes what the tables hold, not the files. `manifest.json` lists every file with its SHA-256. `CHANGELOG.md`
says what came with each version: MAJOR where the scheme, columns or splits changed or something left, MINOR where
documents or layers came, PATCH for corrections. Below 1.0.0 the second number stands for MAJOR and MINOR alike."""


def without_texts(manifest: Manifest) -> str:
    """Say, of a release without texts, what is not in it and how to get it back."""
    texts = manifest.configs[DEFAULT_CONFIG].rows
    withheld = f" ({manifest.rights.withheld:,} of them may not be handed on)" if manifest.rights is not None else ""
    return f"""## The texts are not in this release

This is the profile `standoff`: the annotation of {texts:,} texts{withheld}, without the texts.
Spans have offsets, short surfaces and anchors (hashes of the words around them). Who has the texts gets the full
release back, byte for byte where they are the same:

```
pip install wortlaut
wortlaut rehydrate {manifest.name}/v{manifest.version} --texts DIR
```

What is said below of labels, quotes and counts holds for both; columns that would show a text are not here: `text` and
`headline` of documents, `left` and `right` of entities, `text` of quotes, `tokens` of ner, long surfaces everywhere."""


def provenance(publishers: dict[str, PublisherFacts]) -> str:
    """Give a table of the publishers."""
    rows = [
        (
            plain(name) or "(not named)",
            f"{facts.articles:,}",
            plain(f"{facts.first} to {facts.last}") if facts.first else "not dated",
            plain("; ".join(sorted(facts.rights))) or "not stated",
        )
        for name, facts in sorted(publishers.items())
    ]
    head = ("publisher", "articles", "published", "rights as stated")
    return "\n".join(["## Provenance", "", *table_lines(head, rows)])


def licensing(manifest: Manifest, settings: ReleaseSettings) -> str:
    """Give the licences of the texts and of the annotation, each apart."""
    lines = ["## Licences", "", "The texts and their annotation are licensed apart.", ""]
    counts = manifest.rights.licenses if manifest.rights is not None else {}
    rows = []
    for what, license_id in licenses(manifest, settings):
        url = license_url(license_id)
        shown = f"[{plain(license_id)}]({url})" if url else plain(license_id)
        rows.append((counted(counts[license_id], "text") if what == "texts" and license_id in counts else what, shown))
    named = {what for what, _ in licenses(manifest, settings)}
    if not any(what.endswith("texts") for what in named):
        rows.insert(0, ("texts", "not in this release" if manifest.profile == "standoff" else "not stated"))
    if "annotation" not in named:
        rows.append(("annotation", "not stated"))
    return "\n".join([*lines, *table_lines(("of", "licence"), rows)])


def annotation(manifest: Manifest, settings: ReleaseSettings) -> str:
    """Say who annotated and how it was checked."""
    lines = ["## How it was annotated", ""]
    if settings.annotators:
        lines += [plain(settings.annotators), ""]
    lines.append(
        "In Label Studio, by the scheme under `schema/` and, where they are there, the guidelines under `guidelines/`. "
        "Annotators appear under pseudonyms, which stay the same from version to version as long as CHANGELOG.md says "
        "nothing else."
    )
    check = manifest.check
    if check is not None:
        lines += [
            "",
            (
                f"Every export was checked before the build: of {check.regions_in:,} regions {check.regions_kept:,} "
                f"were kept and {check.regions_out:,} taken out, each for a reason that has a code (`check` in "
                "`manifest.json`)."
            ),
        ]
    return "\n".join(lines)


def limits(manifest: Manifest, scheme: Scheme, settings: ReleaseSettings) -> str:
    """List errors that are known and what the data cannot tell."""
    splits = manifest.configs[DEFAULT_CONFIG].splits
    coref = scheme.relation_with_role("coref")
    lines = [
        "## Known errors and limits",
        "",
        *(f"- {plain(error)}" for error in settings.known_errors),
        "- Annotation by one person has that person's errors; compare the layers of articles that have several.",
    ]
    if coref:
        lines.append(f"- {code(coref.name)} ties what annotators tied, not every mention of an entity.")
    if len(splits) == 1:
        lines.append("- There is one split: hold out test data by article, and mind near-duplicates.")
    lines.append("- Press articles name and quote people: what they say of somebody may be wrong, or outdated by now.")
    return "\n".join(lines)


def maintenance(manifest: Manifest, settings: ReleaseSettings) -> str:
    """Say whom to write to, above all for a text to be taken down."""
    contact = plain(settings.contact) or "the account that publishes this dataset"
    lines = [
        "## Take-down and corrections",
        "",
        (
            f"To have a text taken down, or an error corrected, write to {contact} and name the `doc_id`. A document "
            "that is taken down is left out of the next version; who has an older one is asked to delete it there."
        ),
    ]
    if settings.homepage:
        lines += ["", f"Project: {settings.homepage}"]
    if manifest.previous:
        lines += ["", f"The version before this one is {manifest.previous}."]
    return "\n".join(lines)


def citation(manifest: Manifest, settings: ReleaseSettings) -> str:
    """Give the entry to cite this version by."""
    documents = counted(manifest.configs[DEFAULT_CONFIG].rows, "article")
    return (
        f"## Citation\n\n`CITATION.cff` names this version ({documents}); for BibTeX:\n\n"
        f"```bibtex\n{bibtex(manifest, settings)}\n```"
    )
