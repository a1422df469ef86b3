"""``wortlaut check`` and ``wortlaut rule`` as their user meets them: output, exit codes, refusals, no traceback."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from wortlaut.cli.main import run
from wortlaut.schema.rule_examples import EXAMPLES
from wortlaut.schema.rules import RULES
from wortlaut.schema.rules_page import rules_markdown

TEXT = "Im Rathaus von Lindenau sagte Ayla Reinke nichts."

# What becomes of each file of the development data: (tasks, regions in), or the code that it is refused with.
EXPORTS: dict[str, tuple[int, int] | str] = {
    "LEOKA_team_2.json.gz": (130, 3677),
    "c_short.json": (1, 9),
    "c_short.labeling.xml": "WL111",
    "daza_biographynet_other.json": "WL106",
    "daza_biographynet_relations.json": (2, 20),
    "doccano_de_manifestos/round01.annotator_a.jsonl": "WL108",
    "doccano_de_manifestos/round01.annotator_b.jsonl": "WL108",
    "labic_ce_one_project_per_annotator.json": (0, 0),
    "nasty_hyper.json": "WL109",
    "nasty_text.json": (13, 26),
    "sdk_history.json": (1, 1),
    "sdk_relations_empty_labels_parentid.json": "WL110",
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run outside of any project, with its folder as the current one."""
    monkeypatch.chdir(tmp_path)


def span(surface: str, label: str = "PER", **value: Any) -> dict[str, Any]:
    start = TEXT.index(surface)
    held = {"start": start, "end": start + len(surface), "text": surface, "labels": [label]} | value
    return {"value": held, "id": f"{surface}-{label}", "from_name": "lab", "to_name": "text", "type": "labels"}


def task(*result: dict[str, Any], key: str = "a1") -> dict[str, Any]:
    annotations = [{"id": 1, "completed_by": 1, "result": list(result)}]
    return {"id": 1, "annotations": annotations, "data": {"article_id": key, "text": TEXT}}


CLEAN = json.dumps([task(span("Ayla Reinke"))])
WRONG = json.dumps([task(span("Ayla Reinke", "PERSON"))])
MENDABLE = json.dumps([task(span("Ayla Reinke", text="Ayla  Reinke"))])


def written(name: str, text: str) -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


# ---------------------------------------------------------------- exit codes


def test_a_clean_file_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", written("export.json", CLEAN)]) == 0
    seen = capsys.readouterr()
    assert seen.out == "1 task, 1 annotation, 1 region: 1 kept, 0 taken out\nnext: wortlaut build export.json\n"
    assert seen.err == ""


def test_infos_alone_are_0_and_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", written("export.json", json.dumps([task()]))]) == 0
    assert "info WL703" in capsys.readouterr().out


@pytest.mark.parametrize("text", [WRONG, MENDABLE])
def test_findings_are_1(text: str) -> None:
    assert run(["check", written("export.json", text)]) == 1


def test_a_refused_file_is_2_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", written("export.csv", "annotation_id,annotator,id\n1,1,1\n")]) == 2
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err == (
        "wortlaut: WL107 export.csv: is Label Studio's CSV or TSV, which has lost relations and the ids of regions. "
        "In Label Studio: Export, then JSON (not JSON_MIN, CSV or CONLL2003)\n"
    )


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.json", b"", "WL101"),
        ("words.json", b"no json", "WL102"),
        ("utf16.json", "[]".encode("utf-16"), "WL104"),
        ("latin.json", CLEAN.replace("nichts", "übel").encode("latin-1"), "WL104"),
        ("nan.json", b'[{"a": NaN}]', "WL119"),
        ("deep.json", b"[" * 10_000 + b"]" * 10_000, "WL112"),
        ("binary.json", b"\x89PNG\r\n\x1a\n", "WL105"),
        ("folder", None, "is a folder"),
        ("missing.json", ..., "no such file"),
    ],
)
def test_bad_input_is_one_line_and_2(
    capsys: pytest.CaptureFixture[str], name: str, content: bytes | None, code: str
) -> None:
    if content is None:
        Path(name).mkdir()
    elif isinstance(content, bytes):
        Path(name).write_bytes(content)
    assert run(["check", name]) == 2
    error = capsys.readouterr().err
    assert code in error
    assert error.count("\n") == 1
    assert "bug" not in error


def test_a_file_that_breaks_off_is_reported_up_to_there(capsys: pytest.CaptureFixture[str]) -> None:
    cut = json.dumps([task(span("Ayla Reinke", "PERSON")), task(span("Lindenau", "GPE"))])[:-40]
    assert run(["check", written("export.json", cut)]) == 2
    seen = capsys.readouterr()
    assert "'PERSON'. Did you mean 'PER'?" in seen.out
    assert "1 task, 1 annotation, 1 region: 0 kept, 1 taken out (up to the error)" in seen.out
    assert "next:" not in seen.out
    assert seen.err.startswith("wortlaut: WL103 export.json: ends too early: element 1 is cut off")
    assert seen.err.count("\n") == 1


def test_one_bad_file_does_not_stop_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "gone.json", written("a.json", WRONG), written("b.json", CLEAN)]) == 2
    seen = capsys.readouterr()
    assert "a.json: 1 task, 1 annotation, 1 region: 0 kept, 1 taken out" in seen.out
    assert "b.json: 1 task, 1 annotation, 1 region: 1 kept, 0 taken out" in seen.out
    assert seen.err == "wortlaut: gone.json: there is no such file. Give the path of a Label Studio export\n"


# ---------------------------------------------------------------- options


class _Stdin:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BufferedReader(io.BytesIO(data))


def test_stdin(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", _Stdin(MENDABLE.encode()))
    assert run(["check", "-"]) == 1
    out = capsys.readouterr().out
    assert "-::$[0].annotations[0].result[0]" in out
    assert "next: wortlaut check EXPORT.json --fix" in out


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--json", written("a.json", WRONG), "gone.json"]) == 2
    seen = capsys.readouterr()
    read = json.loads(seen.out)
    assert [found["code"] for found in read["findings"]] == ["WL401"]
    assert read["summary"]["exit_code"] == 2
    assert [file["error"] and file["error"]["what"] for file in read["summary"]["files"]] == [
        None,
        "there is no such file",
    ]
    assert "gone.json" in seen.err


def test_ignore_from_the_command_and_from_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    export = written("export.json", WRONG)
    assert run(["check", export, "--ignore", "WL4"]) == 0
    assert "hidden: 1 finding (WL401 1), which took out 1 region" in capsys.readouterr().out
    written("wortlaut.toml", '[check]\nignore = ["WL401"]\n')
    assert run(["check", export]) == 0
    assert run(["check", export, "--ignore", "WL5"]) == 1
    assert run(["check", export, "--select", "WL9"]) == 2
    assert "no code starts with 'WL9'" in capsys.readouterr().err


def test_another_scheme(capsys: pytest.CaptureFixture[str]) -> None:
    written("s.toml", 'name = "mine"\nversion = "1.0.0"\n[[labels]]\nname = "PERSON"\n')
    assert run(["check", written("export.json", WRONG), "--scheme", "s.toml"]) == 0
    assert "build export.json --scheme s.toml" in capsys.readouterr().out
    assert run(["check", "export.json", "--scheme", "gone.toml"]) == 2
    assert "cannot read the scheme" in capsys.readouterr().err


def test_the_corpus_of_the_project_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    export = written("export.json", CLEAN)
    line = {"article_id": "other", "text_sha256": "0" * 64, "revision": 1}
    Path("corpus").mkdir()
    articles = written("corpus/articles.jsonl", json.dumps(line) + "\n")
    assert run(["check", export]) == 0, "there is no project here: its corpus does not count"
    assert run(["check", export, "--articles", articles]) == 1
    assert "the corpus has no article 'a1'" in capsys.readouterr().out
    written("wortlaut.toml", 'name = "probe"\n')
    assert run(["check", export]) == 1
    written(articles, "".join(json.dumps(line | {"article_id": "a1", "revision": n}) + "\n" for n in (1, 2)))
    assert run(["check", export]) == 1
    assert "the corpus holds another text of 'a1'" in capsys.readouterr().out
    assert run(["check", export, "--articles", "gone.jsonl"]) == 2


def test_fix_writes_checks_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    export = written("export.json", MENDABLE)
    assert run(["check", export, "--fix", "out.json"]) == 0
    seen = capsys.readouterr()
    assert seen.err == (
        "wortlaut: wrote out.json: 1 change in 1 element (WL304 1); out.json.changes.jsonl holds each change\n"
    )
    assert "next: wortlaut build out.json" in seen.out
    assert Path("export.json").read_text() == MENDABLE
    assert run(["check", export, "--fix", "out.json"]) == 2
    assert "already exists" in capsys.readouterr().err
    assert run(["check", export, "--fix", "out.json", "--force", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["summary"]["fixed"]["codes"] == {"WL304": 1}
    assert run(["check", export, "--fix", "export.json", "--force"]) == 2
    assert run(["check", export, export, "--fix", "b.json"]) == 2
    assert run(["check", export, "--force"]) == 2


# ---------------------------------------------------------------- real exports


def test_every_file_of_the_development_data_is_named(data: Path) -> None:
    files = {str(path.relative_to(data / "exports")) for path in (data / "exports").rglob("*") if path.is_file()}
    assert files == set(EXPORTS)


@pytest.mark.parametrize("name", EXPORTS)
def test_a_real_export_is_read_whole_or_refused_by_name(
    data: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    wanted = EXPORTS[name]
    code = run(["check", str(data / "exports" / name), "--json"])
    seen = capsys.readouterr()
    read = json.loads(seen.out)
    (file,) = read["summary"]["files"]
    if isinstance(wanted, str):
        assert code == 2
        assert file["error"]["code"] == wanted
        assert seen.err.startswith(f"wortlaut: {wanted} ")
        return
    assert code in (0, 1)
    assert (file["tasks"], file["regions_in"]) == wanted
    assert file["regions_in"] == file["regions_kept"] + sum(found["regions"] for found in read["findings"])


@pytest.mark.parametrize(
    "name", [name for name, wanted in EXPORTS.items() if not isinstance(wanted, str) and wanted[1]]
)
def test_a_real_export_with_its_own_scheme_is_read_nearly_whole(
    data: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    export = str(data / "exports" / name)
    if run(["schema", "--from-config", export, "--out", "scheme.toml"]):
        assert name == "sdk_history.json", "it holds one choice and no label: there is no scheme in it"
        return
    assert run(["check", export, "--scheme", "scheme.toml", "--fix", "out.json"]) in (0, 1)
    capsys.readouterr()
    run(["check", "out.json", "--scheme", "scheme.toml", "--json"])
    summary = json.loads(capsys.readouterr().out)["summary"]
    assert summary["regions_in"] == summary["regions_kept"] + summary["regions_out"] == EXPORTS[name][1]
    # What is left out even so: drafts, skipped annotations, and one text that stands in two tasks.
    assert summary["regions_out"] == (48 if name.startswith("LEOKA") else 0)
    assert not any(count["fixable"] for count in summary["codes"])


# ---------------------------------------------------------------- rule


@pytest.mark.parametrize("code", RULES)
def test_every_rule_is_explained(capsys: pytest.CaptureFixture[str], code: str) -> None:
    assert run(["rule", code.lower()]) == 0
    out = capsys.readouterr().out
    rule = RULES[code]
    assert out.startswith(f"{code} {rule.title} ({rule.level}, {rule.category})\n")
    assert f"hint: {rule.hint}" in out
    assert EXAMPLES[code] in out
    assert ("--fix mends it" in " ".join(out.split())) == rule.fixable


def test_the_examples_are_those_of_the_rules() -> None:
    assert set(EXAMPLES) == set(RULES)
    assert all(EXAMPLES.values())
    assert "`" not in "".join(EXAMPLES.values()), "they stand in code spans in docs/rules.md"


def test_the_list_of_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rule"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == sorted(RULES)
    assert run(["rule", "--json"]) == 0
    assert [rule["code"] for rule in json.loads(capsys.readouterr().out)] == sorted(RULES)
    assert run(["rule", "WL306", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["fixable"] is True


def test_an_unknown_rule_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rule", "WL3O6"]) == 2
    assert capsys.readouterr().err == (
        "wortlaut: there is no rule 'WL3O6'. Did you mean 'WL306'? wortlaut rule lists them all\n"
    )


def test_docs_rules_md_is_fresh(root: Path) -> None:
    page = root / "docs" / "rules.md"
    assert page.read_text(encoding="utf-8") == rules_markdown(), "docs/rules.md is stale: run wortlaut schema"
    assert all(f"### {code}\n" in rules_markdown() for code in RULES)
