"""wortlaut export, as it is called."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from wortlaut.cli.main import run
from wortlaut.export.build import build, schema_files
from wortlaut.export.demo import demo
from wortlaut.export.export import export
from wortlaut.export.formats import FORMATS
from wortlaut.schema.article import text_sha256
from wortlaut.schema.assets import assets
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.document import Document, Span
from wortlaut.schema.scheme import default_scheme

TEXT = "Bürgermeisterin Ayşe Demir 🚲 kommt."


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    spans = (
        Span(id="a", label="ROLE", start=0, end=13, text=TEXT[:13], origin="prediction"),
        Span(id="b", label="PER", start=16, end=26, text=TEXT[16:26]),
    )
    layer = Document(article_id="a", text_sha256=text_sha256(TEXT), layer="annotator", annotator="ann", mentions=spans)
    task = CheckedTask(
        index=0, task_id="1", article_id="a", text=TEXT, text_sha256=text_sha256(TEXT), documents=(layer,)
    )
    report = build(
        [task],
        scheme=default_scheme(),
        out=Path("releases"),
        name="probe",
        version="0.1.0",
        schema_files=schema_files(assets("schema", "scheme.toml")),
    )
    return Path(report.path)


def test_the_table(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", str(release), "--format", "conll"]) == 0
    out, err = capsys.readouterr()
    assert not out
    assert err.splitlines() == [
        "wrote probe-v0.1.0-conll: conll, 1 document, 1 layer",
        "                 read    written       lost",
        "  entities          2          1          1",
        "  origins           1          0          1",
        "lost: 1 entities: an edge falls inside a token, such as 'Bürgermeister' in a",
        "lost: 1 origins: the format has no place for it",
    ]
    assert (Path("probe-v0.1.0-conll") / "train.conllup").is_file()


def test_json_on_stdout(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", str(release), "--format", "jsonl", "--out", "x", "--split", "train", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["path"] == "x"
    assert report["loss"] == json.loads(Path("x/loss.json").read_bytes())
    assert report["loss"]["kinds"]["entities"] == {"read": 2, "written": 2, "lost": 0}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["releases/probe/v0.1.0", "--format", "brta"], "--format: there is no format 'brta'; did you mean 'brat'?"),
        (["releases/probe/v0.1.0"], "--format: name a format. The formats are conll, spacy"),
        (["releases/probe/v0.1.0", "--format", "brat", "--split", "test"], "--split: the release has no split 'test'"),
        (["releases/probe/v0.1.0", "--format", "brat", "--out", "releases"], "releases: already exists"),
        (["releases/probe/v9", "--format", "brat"], "releases/probe/v9: is no release. Name the folder of a version"),
        (["releases", "--format", "brat"], "releases: is no release. Name the folder of a version"),
        (["releases/probe/v0.1.0", "--format", "jsonl", "--out", "releases/probe/v0.1.0/x"], "lies inside the release"),
    ],
)
def test_mistakes_are_one_line(
    release: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["export", *arguments]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


def test_a_release_that_is_half_there(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (release / "data" / "documents" / "train-00000.parquet").unlink()
    assert run(["export", str(release), "--format", "brat"]) == 2
    assert "is not a whole release: data/documents/train-00000.parquet is missing" in capsys.readouterr().err


def test_force_replaces(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert run(["export", str(release), "--format", "gliner", "--out", "x", "--force"]) == 0
    assert [path.name for path in sorted(Path("x").iterdir())] == ["loss.json", "train.json"]


def test_the_help_names_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "--help"]) == 0
    help_ = " ".join(capsys.readouterr().out.split())
    assert f"{', '.join(list(FORMATS)[:-1])} or {list(FORMATS)[-1]}" in help_


def test_the_page_shows_every_format_and_its_snippets_run(release: Path, root: Path) -> None:
    page = (root / "docs" / "formats.md").read_text(encoding="utf-8")
    for name, one in FORMATS.items():
        assert f"## {name}" in page
        assert run(["export", str(release), "--format", name, "--out", f"out/{name}"]) == 0
        assert all(f"`{reason}`" in page for reason in one.reasons), name
    snippets = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(snippets) >= 4
    for snippet in snippets:
        exec(compile(snippet, "docs/formats.md", "exec"), {})  # noqa: S102 - our own page


def test_the_table_of_the_page_is_what_the_sample_project_gives(tmp_path: Path, root: Path) -> None:
    release = Path(demo(tmp_path / "demo", say=lambda _: None).release)
    losses = {name: export(release, format_=name, out=tmp_path / name).loss for name in FORMATS}
    rows = [f"| | read | {' | '.join(FORMATS)} |", "|---|" + "---|" * (len(FORMATS) + 1)]
    for kind in [*losses["jsonl"].kinds, "doc.ents"]:
        cells = [str(loss.kinds[kind].written) if kind in loss.kinds else "" for loss in losses.values()]
        rows.append(f"| `{kind}` | {losses['spacy'].kinds[kind].read} | {' | '.join(cells)} |")
    assert "\n".join(rows) in (root / "docs" / "formats.md").read_text(encoding="utf-8")
