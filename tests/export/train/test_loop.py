"""The loop closes: what was trained on a release pre-annotates the next tasks, and what does not hold is refused."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec
import pytest

from wortlaut.annotation.learnt.folder import read_model
from wortlaut.annotation.preannotate.chosen import chosen, left_out
from wortlaut.annotation.preannotate.protocol import model_version
from wortlaut.annotation.preannotate.rules import PressRules
from wortlaut.annotation.preannotate.trained import TrainedAnnotator
from wortlaut.annotation.preflight import preflight_json
from wortlaut.annotation.tasks import checked_task
from wortlaut.cli.main import run
from wortlaut.corpus.canonical import CANONICAL_FORM
from wortlaut.schema.article import Article, RawSource, Section, text_sha256
from wortlaut.schema.errors import InputError, UsageError
from wortlaut.schema.project import Project, Settings, TaskSettings
from wortlaut.schema.scheme import Label, Scheme, default_scheme
from wortlaut.schema.task import PredictedRelation, PredictedSpan, Task

TEXT = (
    "Die Sprecherin Jonas Talwiese eröffnete am Dienstag den Radweg in Ulmenau.\n\n"
    "„Der Weg ist breit und er bleibt“, sagte Jonas Talwiese von der Wohnbau Ulmenau GmbH. 🚲"
)


def article(text: str = TEXT) -> Article:
    return Article(
        article_id="neu-1",
        text=text,
        text_sha256=text_sha256(text),
        sections=(Section(kind="paragraph", start=0, end=len(text)),),
        canonical=CANONICAL_FORM,
        raw=RawSource(name="-", format="task", sha256=text_sha256(text)),
    )


def marked(task: Task, number: int = 0) -> dict[tuple[str, str], int]:
    spans = [one for one in task.predictions[number].result if isinstance(one, PredictedSpan)]
    return {(span.value.text, span.value.labels[0]): span.value.start for span in spans}


def test_tasks_are_pre_annotated_by_a_model(
    models: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "project"
    assert run(["init", str(project)]) == 0
    (project / "corpus" / "articles.jsonl").write_bytes(msgspec.json.encode(article()) + b"\n")
    shutil.copytree(models["crf"], project / "annotation" / "models" / "radweg-0.1.0-crf")
    monkeypatch.chdir(project)
    # By name, by folder, and by the setting: the same bytes.
    written = []
    for options in (["--model", "radweg-0.1.0-crf"], ["--model", str(models["crf"])], []):
        if not options:
            settings = Path("wortlaut.toml").read_text()
            assert "models = []" in settings
            Path("wortlaut.toml").write_text(settings.replace("models = []", 'models = ["radweg-0.1.0-crf"]'))
        assert run(["tasks", *options]) == 0
        written.append(Path("annotation/tasks/BATCH-0001.json").read_bytes())
    assert written[0] == written[1] == written[2]
    (raw,) = json.loads(written[0])
    assert preflight_json(json.dumps(raw).encode(), default_scheme()) == ()
    task = msgspec.convert(raw, Task)
    digest = read_model(models["crf"]).digest
    assert [one.model_version for one in task.predictions] == [f"press-de-rules/1+radweg-0.1.0-crf.{digest}"]
    found = marked(task)
    # The model's town, the rules' day, quote and cue; the speaker is a person that the model found.
    assert {("Ulmenau", "GPE"), ("Jonas Talwiese", "PER"), ("Wohnbau Ulmenau GmbH", "ORG")} <= found.keys()
    assert {("am Dienstag", "DATE"), ("sagte", "CUE")} <= found.keys()
    assert any(label == "DIRECT" for _, label in found)
    relations = [
        label for one in task.predictions[0].result if isinstance(one, PredictedRelation) for label in one.labels
    ]
    assert sorted(relations) == ["CUE_OF", "SPEAKER"]
    # Without the rules: the model alone.
    assert run(["tasks", "--model", "radweg-0.1.0-crf", "--no-rules"]) == 0
    (raw,) = json.loads(Path("annotation/tasks/BATCH-0001.json").read_bytes())
    task = msgspec.convert(raw, Task)
    assert {label for _, label in marked(task)} <= {"PER", "ORG", "GPE", "ROLE"}
    assert task.predictions[0].model_version == f"radweg-0.1.0-crf/{digest}"
    capsys.readouterr()
    for options, told in (
        (["--no-rules"], "--no-rules: leaves nothing that predicts"),
        (["--no-predictions", "--model", "radweg-0.1.0-crf"], "--no-predictions: goes neither with --model"),
        (["--model", "radweg-0.1.0"], "no model 'radweg-0.1.0'"),
    ):
        Path("wortlaut.toml").write_text('name = "project"\n')
        assert run(["tasks", *options]) == 2
        assert told in capsys.readouterr().err


def test_serve_predicts_with_the_models_of_the_project(models: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "annotation" / "models" / "radweg-0.1.0-crf"
    shutil.copytree(models["crf"], folder)
    (tmp_path / "wortlaut.toml").write_text('name = "probe"\n[tasks]\nmodels = ["radweg-0.1.0-crf"]\n')
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "wortlaut", "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = ""
            for line in process.stderr:
                said += line
                if "Ctrl-C ends" in line:
                    break
            url = f"http://127.0.0.1:{port}"
            expected = checked_task(article(), default_scheme(), (TrainedAnnotator([folder], PressRules()),))
            version = expected.predictions[0].model_version
            assert version in said
            assert httpx.get(f"{url}/versions").json() == {"versions": [version]}
            asked = {"tasks": [{"id": 1, "data": msgspec.to_builtins(expected.data)}]}
            [result] = httpx.post(f"{url}/predict", json=asked, timeout=60).json()["results"]
            assert result == json.loads(msgspec.json.encode(expected.predictions[0]))
        finally:
            process.kill()


def test_each_label_is_marked_by_the_first_that_knows_it(models: dict[str, Path]) -> None:
    scheme = default_scheme()
    both = TrainedAnnotator([models["crf"], models["spacy-spancat"]], PressRules())
    task = checked_task(article(), scheme, (both,))
    found = marked(task)
    crf = marked(checked_task(article(), scheme, (TrainedAnnotator([models["crf"]]),)))
    mine = {"PER", "ORG", "GPE", "ROLE"}
    assert {key for key in found if key[1] in mine} == set(crf)
    # The categorizer's cue and the rules' cue are one.
    assert sum(label == "CUE" for _, label in found) == 1
    assert both.version.count("+") == 2
    # Alone it marks nested spans: the town in the utility's name.
    alone = [
        one
        for one in TrainedAnnotator([models["spacy-spancat"]])
        .annotate(article("Sie dankte den Stadtwerken Ulmenau für die Hilfe."), scheme)
        .spans
        if one.label in {"GPE", "ORG"}
    ]
    assert any(
        a.label == "ORG" and b.label == "GPE" and a.start < b.start < b.end <= a.end for a in alone for b in alone
    )


def test_labels_that_the_scheme_lacks_are_left_out_and_named(models: dict[str, Path]) -> None:
    annotators = (TrainedAnnotator([models["crf"]], PressRules()),)
    scheme = Scheme(name="klein", version="1.0.0", labels=(Label(name="PER"), Label(name="GPE", kind="quote")))
    assert left_out(annotators, scheme) == ("GPE", "ORG", "ROLE")
    assert {label for _, label in marked(checked_task(article(), scheme, annotators))} == {"PER"}
    with pytest.raises(UsageError, match="the scheme fremd has none of the labels of this model: PER, ORG, GPE, ROLE"):
        left_out(annotators, Scheme(name="fremd", version="1.0.0", labels=(Label(name="TIER"),)))


def test_a_model_that_does_not_hold_is_refused(models: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "model"

    def changed(change: Callable[[], object]) -> str:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(models["crf"], folder)
        change()
        with pytest.raises((InputError, UsageError)) as told:
            TrainedAnnotator([folder]).annotate(article(), default_scheme())
        return str(told.value)

    def rewrite(**fields: object) -> None:
        entry = json.loads((folder / "model.json").read_bytes())
        (folder / "model.json").write_text(json.dumps(entry | fields))

    data = (models["crf"] / "model.crfsuite").read_bytes()
    assert "the file model.crfsuite was changed after training" in changed(
        lambda: (folder / "model.crfsuite").write_bytes(data[:-1])
    )
    assert "not a whole model: model.crfsuite is missing" in changed((folder / "model.crfsuite").unlink)
    assert "no model.json in it" in changed((folder / "model.json").unlink)
    newer = changed(lambda: rewrite(format="wortlaut-model/2", software={"wortlaut": "9.9"}))
    assert "was made by wortlaut 9.9 in the form 'wortlaut-model/2'" in newer
    assert "does not say what the model is" in changed(lambda: (folder / "model.json").write_text("{"))
    assert "features of version 99" in changed(lambda: rewrite(features=99))
    outside = [{"path": "../x", "bytes": 1, "sha256": "0"}]
    assert "which is not in it" in changed(lambda: rewrite(files=outside))


def test_a_model_whose_packages_are_missing_names_them(
    models: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wortlaut.annotation.learnt.tagger.has_hanta", lambda: False)
    with pytest.raises(UsageError, match=r"HanTa is not installed. Install it: pip install 'wortlaut\[train\]'"):
        TrainedAnnotator([models["crf"]]).annotate(article(), default_scheme())


def test_another_packages_pre_annotator_is_found_by_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, models: dict[str, Path]
) -> None:
    info = tmp_path / "fremd-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fremd\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[wortlaut.preannotators]\n"
        "fremd = fremd_annotator:Fremd\nkaputt = fremd_annotator:Nichts\nleer = fremd_annotator:ZAHL\n"
    )
    (tmp_path / "fremd_annotator.py").write_text(
        "from wortlaut.annotation.preannotate.protocol import PreAnnotation\n"
        "ZAHL = 1\n"
        "class Fremd:\n"
        "    name, version = 'fremd', '3'\n"
        "    def annotate(self, article, scheme):\n"
        "        return PreAnnotation()\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    project = Project(root=tmp_path, settings=Settings(tasks=TaskSettings(models=("fremd",))))
    assert [model_version(one) for one in chosen(project)] == ["press-de-rules/1", "fremd/3"]
    assert [model_version(one) for one in chosen(project, rules=False)] == ["fremd/3"]
    both = chosen(project, [str(models["crf"]), "fremd"], rules=False)
    assert [one.name for one in both] == ["radweg-0.1.0-crf", "fremd"]
    with pytest.raises(InputError, match=r"'kaputt' .* cannot be loaded: AttributeError"):
        chosen(project, ["kaputt"])
    with pytest.raises(InputError, match="is no pre-annotator"):
        chosen(project, ["leer"])
    with pytest.raises(UsageError, match=r"no model 'frend'.*Known here: fremd, kaputt, leer"):
        chosen(project, ["frend"])
