"""What other systems read of a release: the card's YAML, Croissant, CITATION.cff, DataCite, Zenodo."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.export.conftest import sample
from tests.export.hiding import ledger

from wortlaut.export.build import build, schema_files
from wortlaut.export.manifest import read_manifest
from wortlaut.export.settings import ReleaseSettings
from wortlaut.schema.assets import assets
from wortlaut.schema.scheme import default_scheme

SETTINGS = ReleaseSettings(
    title="Probe: Presse & Zitate",
    license="LicenseRef-Presse",
    annotation_license="CC-BY-4.0",
    authors=("Kirchhoff, Berta", "Institut für Zeitungsforschung"),
    contact="korpus@institut.example",
    homepage="https://institut.example/korpus",
    doi="10.5072/probe.1",
    description="Ein *kleines* Korpus.",
    annotators="Zwei Studierende, bezahlt nach TV-L.",
    known_errors=("Ortsteile sind mal GPE, mal LOC.",),
)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    report = build(
        sample(),
        scheme=default_scheme(),
        out=tmp_path_factory.mktemp("releases"),
        name="probe",
        version="1.2.0",
        released="2026-03-01",
        schema_files=schema_files(assets("schema", "scheme.toml")),
        split_of=lambda name: "test" if name == "b-2" else "train",
        settings=SETTINGS,
    )
    return Path(report.path)


def front(release: Path) -> tuple[dict[str, Any], str]:
    _, meta, text = (release / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(meta), text


def test_the_yaml_of_the_card_is_what_datasets_makes_of_it(release: Path) -> None:
    hub = pytest.importorskip("huggingface_hub")
    datasets = pytest.importorskip("datasets")
    meta, _ = front(release)
    again = hub.DatasetCard.load(release / "README.md").data.to_dict()
    assert json.loads(json.dumps(again)) == json.loads(json.dumps(meta))
    infos = datasets.info.DatasetInfosDict.from_directory(str(release))
    assert {name: info._to_yaml_dict() for name, info in infos.items()} == {
        info["config_name"]: info for info in meta["dataset_info"]
    }


def test_the_card_says_what_a_user_must_know(release: Path) -> None:
    meta, text = front(release)
    assert (meta["license"], meta["license_name"]) == ("other", "LicenseRef-Presse, CC-BY-4.0")
    for said in (
        "Ein \\*kleines\\* Korpus.",
        'revision="v1.2.0"',
        read_manifest(release).content_sha256,
        "| texts | LicenseRef-Presse |",
        "| annotation | [CC-BY-4.0](https://spdx.org/licenses/CC-BY-4.0.html) |",
        "Zwei Studierende, bezahlt nach TV-L.",
        "- Ortsteile sind mal GPE, mal LOC.",
        "write to korpus@institut.example",
        "author  = {Kirchhoff, Berta and {Institut für Zeitungsforschung}}",
        "doi     = {10.5072/probe.1}",
    ):
        assert said in text, said


def test_citation(release: Path) -> None:
    found = yaml.safe_load((release / "CITATION.cff").read_text(encoding="utf-8"))
    assert found["cff-version"] == "1.2.0"
    assert found["type"] == "dataset"
    assert found["date-released"] == date(2026, 3, 1)
    assert found["authors"] == [
        {"family-names": "Kirchhoff", "given-names": "Berta"},
        {"name": "Institut für Zeitungsforschung"},
    ]
    assert (found["version"], found["doi"], found["title"]) == ("1.2.0", "10.5072/probe.1", "Probe: Presse & Zitate")
    # Texts and annotation under two licences are no choice between them, which is what two would mean there.
    assert "license" not in found


def test_datacite_and_zenodo(release: Path) -> None:
    datacite = json.loads((release / "datacite.json").read_text(encoding="utf-8"))
    assert datacite["types"]["resourceTypeGeneral"] == "Dataset"
    assert [one["nameType"] for one in datacite["creators"]] == ["Personal", "Organizational"]
    assert [one["rights"] for one in datacite["rightsList"]] == ["LicenseRef-Presse (texts)", "CC-BY-4.0 (annotation)"]
    assert "rightsIdentifier" not in datacite["rightsList"][0]
    assert datacite["publicationYear"] == "2026"
    zenodo = json.loads((release / "zenodo.json").read_text(encoding="utf-8"))
    assert zenodo["upload_type"] == "dataset"
    assert zenodo["creators"][0] == {"name": "Kirchhoff, Berta"}
    # One licence would be said of the texts, too.
    assert (zenodo["license"], zenodo["language"], zenodo["publication_date"]) == ("notspecified", "deu", "2026-03-01")
    assert "License of the texts: LicenseRef-Presse. License of the annotation: CC-BY-4.0." in zenodo["notes"]


# In a process of its own: the library warns while it is imported, and warnings are errors here.
READ = """
import json, sys
import mlcroissant as mlc
dataset = mlc.Dataset(jsonld=sys.argv[1] + "/croissant.json")
assert not dataset.metadata.ctx.issues.errors, dataset.metadata.ctx.issues.errors
assert not dataset.metadata.ctx.issues.warnings, dataset.metadata.ctx.issues.warnings
rows = {one.uuid: sum(1 for _ in dataset.records(one.uuid)) for one in dataset.metadata.record_sets}
first = next(iter(dataset.records("entities/train")))
print(json.dumps({
    "rows": rows,
    "entity": {key.rpartition("/")[2]: value.decode() if isinstance(value, bytes) else int(value)
               for key, value in first.items()},
    "rai": dataset.metadata.annotations_per_item,
    "conforms": list(dataset.metadata.conforms_to),
}))
sys.stdout.flush()
import os
os._exit(0)  # it leaves threads behind that end the interpreter with a noise
"""


def read_croissant(release: Path) -> subprocess.CompletedProcess[str]:
    pytest.importorskip("mlcroissant")
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READ, str(release)], capture_output=True, text=True, check=False
    )


def test_croissant_is_valid_and_reads_every_row(release: Path) -> None:
    done = read_croissant(release)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    manifest = read_manifest(release)
    assert found["rows"] == {
        f"{config}/{name}": split.rows
        for config, entry in manifest.configs.items()
        for name, split in entry.splits.items()
    }
    assert found["entity"]["text"] == "Bürgermeister"
    assert (found["entity"]["start"], found["entity"]["end"]) == (52, 65)
    assert "http://mlcommons.org/croissant/1.1" in found["conforms"]
    assert found["rai"]


def test_croissant_refuses_a_file_that_was_changed(release: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(release, copy)
    target = copy / "data" / "entities" / "train-00000.parquet"
    shutil.copyfile(copy / "data" / "relations" / "train-00000.parquet", target)
    done = read_croissant(copy)
    assert done.returncode != 0
    assert "hash" in done.stderr.lower()


def test_the_ledger_has_the_word_on_texts(tmp_path: Path) -> None:
    free = '[default]\nredistribute = true\nlicense = "CC-BY-NC-4.0"\nsource = "Brief"\n'
    rights = ledger(
        tmp_path, f'{free}[[publisher]]\nname = "Blatt"\nredistribute = true\nlicense = "MIT"\nsource = "x"\n'
    )
    made = build(
        sample(), scheme=default_scheme(), out=tmp_path / "out", name="probe", rights=rights, settings=SETTINGS
    )
    meta, text = front(Path(made.path))
    assert "| 2 texts | [MIT](https://spdx.org/licenses/MIT.html) |" in text
    assert "| 1 text | [CC-BY-NC-4.0]" in text
    assert "LicenseRef-Presse" not in text
    assert meta["license"] == ["mit", "cc-by-nc-4.0", "cc-by-4.0"]
    croissant = json.loads((Path(made.path) / "croissant.json").read_text(encoding="utf-8"))
    assert "https://spdx.org/licenses/MIT.html" in croissant["license"]


def test_a_card_without_texts_says_so_and_licenses_none(tmp_path: Path) -> None:
    made = build(
        sample(), scheme=default_scheme(), out=tmp_path / "out", name="probe", profile="standoff", settings=SETTINGS
    )
    meta, text = front(Path(made.path))
    assert "## The texts are not in this release" in text
    assert f"wortlaut rehydrate probe/v{made.version} --texts DIR" in text
    assert "| texts | not in this release |" in text
    assert meta["license"] == ["cc-by-4.0"]
    for claim in (
        "the text and the main layer",
        "with the text around it",
        "tokens and BIO tags, for",
        "`text` the parts",
    ):
        assert claim not in text, claim
    assert json.loads((Path(made.path) / "zenodo.json").read_text())["license"] == "cc-by-4.0"
