"""The sections of a card that are about the dataset as a whole: pinning, rights, annotation, limits, citation."""

from __future__ import annotations

from wortlaut.export.assemble import PublisherFacts
from wortlaut.export.features import DEFAULT_CONFIG
from wortlaut.export.manifest import Manifest
from wortlaut.export.markdown import code, counted, plain, table_lines
from wortlaut.export.metadata.about import bibtex, license_url, licenses
from wortlaut.export.settings import ReleaseSettings
from wortlaut.schema.scheme import Scheme

__all__ = ["annotation", "citation", "licensing", "limits", "maintenance", "pinning", "provenance"]


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
documents or layers came, PATCH for corrections."""


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


def licensing(settings: ReleaseSettings) -> str:
    """Give the licences of the texts and of the annotation, each apart."""
    named = dict(licenses(settings))
    lines = ["## Licences", "", "The texts and their annotation are licensed apart.", ""]
    rows = []
    for what in ("texts", "annotation"):
        license_id = named.get(what, "")
        url = license_url(license_id) if license_id else None
        shown = f"[{plain(license_id)}]({url})" if url else plain(license_id) or "not stated"
        rows.append((what, shown))
    return "\n".join([*lines, *table_lines(("of", "licence"), rows)])


def annotation(manifest: Manifest, settings: ReleaseSettings) -> str:
    """Say who annotated and how it was checked."""
    lines = ["## How it was annotated", ""]
    if settings.annotators:
        lines += [plain(settings.annotators), ""]
    lines.append(
        "In Label Studio, by the scheme under `schema/`. Annotators appear under pseudonyms, which stay the same from "
        "version to version."
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
