"""wortlaut dedupe: the near-duplicates of a corpus, and nothing changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wortlaut.cli.main import run

BODY = (
    "Der Gemeinderat von Lindenau hat am Donnerstag den Bau eines Radwegs an der Ulme beschlossen. Der Weg soll vom "
    "Bahnhof bis zur alten Mühle führen und im Herbst fertig sein. Die Kosten trägt zur Hälfte das Land. Anwohner "
    "hatten gegen die erste Planung Einwände erhoben, weil dafür elf Kastanien gefällt worden wären."
)
OTHER = (
    "Die Stadtwerke erneuern ab Montag die Wasserleitung in der Gartenstraße. Busse halten so lange am Marktplatz, "
    "die Linie 4 fährt eine Umleitung über den Ring."
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "p"
    assert run(["init", str(folder)]) == 0
    monkeypatch.chdir(folder)
    rows = [
        {"headline": "Radweg kommt", "publisher": "Lindenauer Bote", "text": BODY},
        {"headline": "Lindenau baut einen Radweg", "publisher": "Ulmer Tagblatt", "text": f"Mehr Platz. {BODY}"},
        {"headline": "Neue Leitungen", "publisher": "Lindenauer Bote", "text": OTHER},
    ]
    lines = [
        json.dumps(row | {"id": f"n{number}", "url": f"https://bote.example/{number}"}, ensure_ascii=False)
        for number, row in enumerate(rows)
    ]
    Path("news.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert run(["ingest", "news.jsonl"]) == 0
    return folder


def test_dedupe_lists_clusters_and_changes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    capsys.readouterr()
    assert run(["dedupe"]) == 0
    out, err = capsys.readouterr()
    assert "cluster 1: 2 articles" in out
    assert "Lindenauer Bote" in out
    assert "Lindenau baut einen Radweg" in out
    assert "Neue Leitungen" not in out
    assert "3 articles: 2 of them in 1 cluster of near-duplicates (from 0.25 on)" in err
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before

    assert run(["dedupe", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    first, second = report["clusters"][0]["members"]
    assert (report["articles"], report["duplicates"]) == (3, 2)
    assert (first["like"], second["like"]) == (second["article_id"], first["article_id"])
    assert 0.7 < first["jaccard"] < first["containment"] <= 1
    assert run(["dedupe", "--threshold", "1"]) == 0
    assert "no two are nearly the same (from 1 on)" in capsys.readouterr().err


def test_mistakes_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["dedupe"]) == 2
    assert "there is no wortlaut.toml here" in capsys.readouterr().err
    assert run(["dedupe", "--articles", "none.jsonl"]) == 2
    assert "none.jsonl: there are no articles yet" in capsys.readouterr().err
    Path("broken.jsonl").write_text('{"article_id": 1}\n', encoding="utf-8")
    assert run(["dedupe", "--articles", "broken.jsonl"]) == 2
    said = capsys.readouterr().err
    assert "broken.jsonl:1: is no article" in said
    assert said.count("\n") == 1
