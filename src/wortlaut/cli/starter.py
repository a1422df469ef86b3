"""``init``: a new corpus project. It stands in the top room because it knows what every room keeps where."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from pathlib import Path

import msgspec

from wortlaut.annotation.derived import derive, write_derived
from wortlaut.schema.assets import assets
from wortlaut.schema.errors import SchemeError, UsageError
from wortlaut.schema.files import write_text
from wortlaut.schema.project import FILE_NAME, RIGHTS, Settings

__all__ = ["StartedProject", "init"]

_FOLDERS = ("corpus/raw", "annotation/exports", "export")
_SETTINGS = """\
# The settings of this corpus project. Paths are relative to this file.
name = {name}
title = ""
scheme = "{scheme}"
articles = "{articles}"
exports = "{exports}"
releases = "{releases}"

# The zone of a time on a page that names none.
timezone = "{timezone}"

# SPDX ids for the card of a release: of the articles' texts, and of the annotation.
license = ""
annotation_license = ""

[check]
# Codes of findings, or the first digits of codes, to report alone or not at all: ignore = ["WL6"]
select = []
ignore = []

[tasks]
batch_size = {batch_size}
# Trained models that pre-annotate together with the rules: ["news-0.1.0-crf"] in annotation/models.
models = []

[studio]
# The address of a Label Studio that runs already. Empty: wortlaut studio up starts one, on this port.
url = ""
port = {port}
# The port of wortlaut serve.
backend_port = {backend_port}
# How many annotators each article gets.
maximum_annotations = {maximum_annotations}
# In which order: "sequential", or "uniform" for a random one.
sampling = "{sampling}"

[release]
# Whether what annotators wrote freely is released. It may name people.
notes = false
# "full", or "standoff" where texts may not be handed on (corpus/rights.toml says which).
profile = "full"
# The longest surface of an entity that "standoff" shows, in characters.
surface = 40
# For the citation: "Family, Given", or an organisation.
authors = []
# Whom to ask for a text to be taken down: an e-mail or web address.
contact = ""
homepage = ""
doi = ""
# For the card: what the dataset is for, who annotated it, which errors are known.
description = ""
annotators = ""
known_errors = []

[release.splits]
# By near-duplicate "cluster", by "time", by "publisher", or "none": everything into train.
by = "cluster"
train = 0.8
validation = 0.1
test = 0.1
# The first day of each split where by = "time"; empty: set at the first build, then kept.
validation_from = ""
test_from = ""

[publish]
# Where wortlaut publish takes a release: "hf:org/name", or a folder.
to = ""
"""
_RIGHTS = """\
# Which texts may be handed on, to whoever downloads a dataset. What is said of an article goes before what is said of
# its publisher, and that before the default. wortlaut build refuses the profile "full" while one text may not leave;
# the profile "standoff" (wortlaut.toml) needs no leave. docs/rights.md tells more.

[default]
redistribute = false
reason = "press text is under copyright"

# [[publisher]]
# name = "Lindenauer Bote"
# redistribute = true
# license = "CC-BY-4.0"                       # an SPDX id, or LicenseRef-NAME for an agreement of your own
# source = "e-mail of the newsroom, 3 February 2026"

# [[article]]
# id = "lindenauer-bote-example-2026-02-03-0123456789"
# redistribute = false
# reason = "holds a reader's letter"
"""
_GITIGNORE = """\
# Articles are mostly under copyright, and exports name the annotators. Take a line out once you may share what
# it keeps back.
/corpus/raw/*
!/corpus/raw/.gitkeep
/corpus/articles.jsonl
/annotation/exports/*
!/annotation/exports/.gitkeep
/annotation/tasks/
# A model holds words of the texts that it learnt from.
/annotation/models/
/export/releases/

# Who the annotators are, by the pseudonyms of the releases. Keep it, and keep it private.
/annotation/annotators.toml

# What the toolkit keeps for itself.
.*.lock
.*.part
.studio/
"""
_README = """\
# {name}

A corpus of German press articles with annotated entities, relations and quotes, made with wortlaut.

| folder | what |
|---|---|
| `schema/scheme.toml` | the annotation scheme: labels, relations, choices |
| `corpus/raw/` | articles as they were copied, saved or crawled: .txt, .html, .json, .jsonl |
| `corpus/articles.jsonl` | the same articles in canonical form; `wortlaut ingest` writes it, nobody edits it |
| `corpus/rights.toml` | which texts may be handed on, and on what ground; you write it |
| `annotation/` | the guidelines, and the labeling config; `wortlaut schema` writes it from the scheme |
| `annotation/exports/` | the annotation, as it was pulled or exported from Label Studio (JSON) |
| `export/releases/` | the datasets that `wortlaut build` writes |

The steps, in this folder:

```
wortlaut ingest corpus/raw --show      # read the articles; look at what was read
wortlaut studio up                     # start Label Studio; it goes on until wortlaut studio down
wortlaut studio push                   # bring the articles to it, pre-annotated
wortlaut studio invite anna jonas      # make the annotators' accounts
wortlaut studio status                 # see how far they are
wortlaut studio pull                   # fetch the annotation into annotation/exports, and check it
wortlaut build                         # make the dataset of it; corpus/rights.toml says what may be in it
wortlaut diff 0.1.0 0.2.0              # what changed between two versions
wortlaut publish --to hf:group/name    # on the Hugging Face Hub, or --to DIR
wortlaut train --release 0.1.0         # models that pre-annotate the next articles
```

`wortlaut studio` needs the extra: `pip install "wortlaut[studio]"`. For a Label Studio that wortlaut cannot reach,
`wortlaut config` and `wortlaut tasks` write what to import there; put its export (JSON) into `annotation/exports/`, and
say `wortlaut check annotation/exports/*.json` before the build.

Each command tells its options with `--help`. The settings are in `wortlaut.toml`.
"""


class StartedProject(msgspec.Struct, frozen=True, kw_only=True):
    """What ``init`` made: its folder, the files written, and those that were there already and stay as they are."""

    root: Path
    written: tuple[str, ...]
    kept: tuple[str, ...]


def init(folder: Path) -> StartedProject:
    """Make a corpus project in ``folder``, which may exist and hold files: none is overwritten.

    ``wortlaut.toml`` is written last, so that an interrupted run can be run again. Raises UsageError where the
    folder is a project already, or cannot be written.
    """
    if (folder / FILE_NAME).exists():
        raise UsageError("is a wortlaut project already", where=str(folder), hint=f"See its {FILE_NAME}")
    if folder.exists() and not folder.is_dir():
        raise UsageError("is a file, not a folder", where=str(folder))
    name = _name(folder)
    defaults = Settings()
    settings = _SETTINGS.format(
        # JSON's strings are TOML's basic strings.
        name=msgspec.json.encode(name).decode(),
        scheme=defaults.scheme,
        articles=defaults.articles,
        exports=defaults.exports,
        releases=defaults.releases,
        timezone=defaults.timezone,
        batch_size=defaults.tasks.batch_size,
        port=defaults.studio.port,
        backend_port=defaults.studio.backend_port,
        maximum_annotations=defaults.studio.maximum_annotations,
        sampling=defaults.studio.sampling,
    )
    files = {
        "schema/scheme.toml": assets("schema", "scheme.toml").read_text(encoding="utf-8"),
        "annotation/guidelines.md": assets("annotation", "guidelines.md").read_text(encoding="utf-8"),
        RIGHTS: _RIGHTS,
        **{f"{inner}/.gitkeep": "" for inner in _FOLDERS},
        ".gitignore": _GITIGNORE,
        "README.md": _README.format(name=name),
        FILE_NAME: settings,
    }
    written: list[str] = []
    kept = [path for path in files if (folder / path).exists()]
    missing = _missing_folders(folder, [path for path in files if path not in kept])
    try:
        for path, text in files.items():
            if path == FILE_NAME:
                written += _derive(folder)
            if path not in kept:
                write_text(folder / path, text)
                written.append(path)
    except UsageError:
        _take_back(folder, written, missing)
        raise
    return StartedProject(root=folder, written=tuple(written), kept=tuple(kept))


def _missing_folders(folder: Path, files: list[str]) -> list[Path]:
    """Give the folders that will be made for these files, inner ones first."""
    needed = {parent for path in files for parent in (folder / path).parents if not parent.exists()}
    return sorted(needed, key=lambda path: len(path.parts), reverse=True)


def _take_back(folder: Path, written: list[str], made: list[Path]) -> None:
    """Remove what a failed run wrote; a folder that something else stands in stays."""
    for path in written:
        (folder / path).unlink(missing_ok=True)
    for inner in made:
        with contextlib.suppress(OSError):
            inner.rmdir()


def _derive(folder: Path) -> list[str]:
    """Write what is derived from the scheme, as ``wortlaut schema`` would; a file that is there is left to it."""
    try:
        derived = derive(folder, folder / Settings().scheme)
    except SchemeError:
        return []  # a scheme that was there already: every command that reads it says what is wrong
    missing = tuple(file for file in derived if not file.path.exists())
    return [str(path.relative_to(folder)) for path in write_derived(missing)]


def _name(folder: Path) -> str:
    """Give a name for the project: that of its folder, fit for the name of a dataset."""
    german: dict[str, str | int | None] = {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"}
    name = unicodedata.normalize("NFC", folder.resolve().name).translate(str.maketrans(german))
    name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)[:96].strip("-._") or "corpus"
