"""Two versions of a small release, built once; stand-ins for the Hub with nothing on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.export.conftest import PLAIN, TEXT, empty_layer, rich_layer, task
from tests.export.hiding import FREE, ledger
from tests.hub.running import TOKENS, Runner
from tests.hub.standin import StandIn

from wortlaut.export.build import build, schema_files
from wortlaut.export.settings import ReleaseSettings
from wortlaut.schema.assets import assets
from wortlaut.schema.scheme import default_scheme

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The releases v1.0.0 (two articles) and v1.1.0 (three, and a schema file less); by their number."""
    out = tmp_path_factory.mktemp("releases")
    scheme = assets("schema", "scheme.toml")
    files = schema_files(scheme)
    rights = ledger(out, FREE)
    tasks = [
        task("a-1", TEXT, rich_layer("a-1", "anna", "2026-02-01T10:00:00Z")),
        task("b-2", TEXT, rich_layer("b-2", "ben", "2026-02-01T10:00:00Z"), index=1),
        task("c-3", PLAIN, empty_layer("c-3", PLAIN, "ben"), index=2),
    ]
    made = {}
    for version, articles in (("1.0.0", 2), ("1.1.0", 3)):
        build(
            tasks[:articles],
            scheme=default_scheme(),
            out=out,
            name="press",
            version=version,
            settings=ReleaseSettings(title="Press", license="CC-BY-4.0", annotation_license="CC0-1.0"),
            schema_files=files,
            rights=rights,
        )
        made[version] = out / "press" / f"v{version}"
        files = {name: data for name, data in files.items() if name != "task.schema.json"}
    return made


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """A Hub that holds nothing."""
    with StandIn(TOKENS) as made:
        yield made


@pytest.fixture
def runner(standin: StandIn, tmp_path: Path) -> Runner:
    """Runs commands against that Hub."""
    return Runner(standin, tmp_path)


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where tables are kept to be looked at."""
    folder = ROOT / "test-artefacts"
    folder.mkdir(exist_ok=True)
    return folder


Prepare = Callable[[StandIn, str, str], None]


@pytest.fixture(scope="session")
def released(versions: dict[str, Path]) -> Prepare:
    """Put a version of the release on a Hub as a run did that went well: one commit, its tag."""

    def prepare(standin: StandIn, repo_id: str, version: str) -> None:
        store, folder = standin.store, versions[version]
        repo = store.repos.get(("dataset", repo_id)) or store.create("dataset", repo_id)
        tree = {name: blob for name, blob in repo.commits[repo.heads["main"]].tree.items() if name == ".gitattributes"}
        for path in (path for path in folder.rglob("*") if path.is_file()):
            tree[path.relative_to(folder).as_posix()] = store.keep(path.read_bytes(), large=path.suffix == ".parquet")
        repo.tags[f"v{version}"] = repo.add("main", tree, title=f"press v{version}", author="anna").oid

    return prepare
