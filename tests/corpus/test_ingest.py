"""ingest from end to end: sources and formats, what a user is told, and what survives bad input and kill -9.

The golden files hold the exit code and all that stderr says; WORTLAUT_UPDATE_GOLDEN=1 writes them anew.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from wortlaut.cli.main import run
from wortlaut.corpus.describe import describe
from wortlaut.corpus.ingest import IngestReport, ingest
from wortlaut.corpus.store import iter_articles, latest_articles
from wortlaut.schema.errors import UsageError

GOLDEN = Path(__file__).parent / "golden"

TEXT = "Der Rat von Lindenau hat getagt, und er beschloss wenig."
ONE = {"article_id": "lb-1", "title": "Rat tagt", "text": TEXT, "date": "2026-03-12"}
TWO = {"article_id": "lb-2", "title": "Museum öffnet", "text": "„Endlich“, sagte Direktorin Pia Lang am Montag."}
PAGE = (
    '<!doctype html><html lang="de"><head><title>Rat tagt</title></head><body><article><h1>Rat tagt</h1>'
    + "".join(f"<p>Absatz {n}: Der Rat von Lindenau hat lange getagt und am Ende wenig beschlossen.</p>" for n in "123")
    + "</article></body></html>"
)


def lines(*records: object) -> bytes:
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def ids(path: Path) -> list[str]:
    return [article.article_id for article in iter_articles(path)]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder, and the current one."""
    (tmp_path / "wortlaut.toml").write_text('name = "probe"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


STORE = Path("corpus/articles.jsonl")


# ------------------------------------------------------------------------------------------------ bad input

DEEP = "[" * 10_000 + "]" * 10_000
BAD: dict[str, tuple[str, bytes]] = {
    "empty": ("leer.txt", b""),
    "blank": ("leer.txt", b"\xef\xbb\xbf \r\n\n"),
    "binary": ("bild.txt", bytes(range(256)) * 4),
    "pdf": ("artikel.txt", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"),
    "docx": ("artikel.txt", b"PK\x03\x04\x14\x00\x06\x00\x08\x00word/document.xml"),
    "encoding_mixed": ("gemischt.txt", "Über die Grüße ".encode() + "für Bücher".encode("cp1252")),
    "encoding_unknown": ("kyrillisch.txt", "Совет города Линденау заседал".encode("cp1251")),
    "truncated_character": ("abriss.txt", "Der Rat von Lindenau grüß".encode()[:-1]),
    "truncated_gzip": ("a.jsonl.gz", gzip.compress(lines(ONE), mtime=0)[:-9]),
    "damaged_gzip": ("a.jsonl.gz", b"\x1f\x8b\x08\x00" + b"kein gzip, nur der Anfang davon"),
    "truncated_json": ("a.json", b'[{"article_id": "lb-1", "text": "Der Rat'),
    "truncated_object": ("a.json", b'{"article_id": "lb-1", "text": "Der Rat'),
    "json_is_page": ("a.jsonl", b"<p>Fehler 503</p>\n"),
    "jsonl_bad_lines": (
        "a.jsonl",
        lines(ONE) + b'{"text": "Der Rat\n[1]\n{"text": NaN}\n\n' + lines({"title": "Ohne Text"}, TWO),
    ),
    "jsonl_bad_encoding": ("a.jsonl", lines(ONE) + '{"text": "Grüße'.encode() + b'\xff"}\n' + lines(TWO)),
    "nul_in_json": ("a.jsonl", b'{"text": "Der \x00 Rat"}\n'),
    "nested": ("a.jsonl", b'{"text": ' + DEEP.encode() + b"}\n" + lines(ONE)),
    "nested_json": ("a.json", b'[{"text": ' + DEEP.encode() + b"}, " + json.dumps(ONE).encode() + b"]"),
    "nested_all": ("a.json", DEEP.encode()),
    "duplicate_keys": ("a.jsonl", b'{"article_id": "lb-1", "text": "Eins.", "text": "Der Rat von Lindenau tagt."}\n'),
    "lone_surrogate": ("a.jsonl", b'{"article_id": "lb-1", "title": "A\\ud83d", "text": "Der Rat \\udc00 tagt."}\n'),
    "unknown_fields": ("a.jsonl", lines(ONE | {"score": 3, "image": "a.jpg"}, TWO | {"score": 4})),
    "no_record": ("a.json", b"[]"),
    "json_goes_on": ("a.json", b'{"text": "Der Rat von Lindenau tagt."} {"text": "Und noch einmal."}'),
    "json_scalar": ("a.json", b'"nur ein Text"'),
    "own_altered": ("a.jsonl", b""),  # filled below
}
WITH_STORE = {"jsonl_bad_lines", "jsonl_bad_encoding", "nested", "nested_json", "duplicate_keys", "lone_surrogate"} | {
    "unknown_fields"
}


def check_golden(name: str, code: int, stderr: str) -> None:
    golden = GOLDEN / f"{name}.txt"
    found = f"exit code {code}\n{stderr}"
    if os.environ.get("WORTLAUT_UPDATE_GOLDEN"):
        golden.write_text(found, encoding="utf-8")
    assert golden.is_file(), f"no golden file {golden.name}: run the test with WORTLAUT_UPDATE_GOLDEN=1 and read it"
    assert found == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(BAD))
def test_bad_input_is_told_in_a_line(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, data = BAD[name]
    if name == "own_altered":
        Path("quelle.jsonl").write_bytes(lines(ONE))
        ingest(["quelle.jsonl"], store_path=Path("other.jsonl"))
        data = Path("other.jsonl").read_bytes().replace(b"Rat von", b"Rat zu ")
    Path(file).write_bytes(data)
    code = run(["ingest", file])
    captured = capsys.readouterr()
    check_golden(name, code, captured.err)
    assert captured.out == ""
    assert "Traceback" not in captured.err
    assert code == (0 if name in {"duplicate_keys", "lone_surrogate", "unknown_fields"} else 1)
    assert STORE.exists() == (name in WITH_STORE), "no empty store, no half one"
    leftovers = [path.name for path in here.rglob("*") if path.name.endswith((".part", ".lock"))]
    assert leftovers == []


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("missing", ["fehlt.txt"]),
        ("glob_nothing", ["*.nix"]),
        ("folder_empty", ["ordner"]),
        ("device", ["/dev/null"]),
        ("url_many", ["a.jsonl", "b.jsonl", "--url", "https://x.example/"]),
        ("zone", ["a.jsonl", "--timezone", "Europe/Lindenau"]),
        ("into_folder", ["a.jsonl", "--into", "ordner"]),
        ("into_file", ["a.jsonl", "--into", "a.jsonl/x.jsonl"]),
        ("show_json", ["a.jsonl", "--show", "--json"]),
    ],
)
def test_a_call_that_cannot_work(name: str, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path("ordner").mkdir()
    Path("ordner/bild.png").write_bytes(b"\x89PNG")
    Path("a.jsonl").write_bytes(lines(ONE))
    Path("b.jsonl").write_bytes(lines(TWO))
    code = run(["ingest", *arguments])
    captured = capsys.readouterr()
    check_golden(f"call_{name}", code, captured.err)
    assert code == (1 if name == "device" else 2)
    assert not STORE.exists()


def test_outside_of_a_project_the_store_must_be_named(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("wortlaut.toml").unlink()
    Path("a.jsonl").write_bytes(lines(ONE))
    assert run(["ingest", "a.jsonl"]) == 2
    assert "no wortlaut.toml" in capsys.readouterr().err
    assert run(["ingest", "a.jsonl", "--into", "x.jsonl"]) == 0
    assert ids(Path("x.jsonl")) == ["lb-1"]


def test_every_golden_file_has_its_case() -> None:
    known = {path.stem for path in GOLDEN.glob("*.txt")}
    cases = set(BAD) | {name for name in known if name.startswith("call_")}
    assert known == cases
    assert len(known) >= 30


def test_records_beyond_the_limit_are_told_and_the_others_read(here: Path) -> None:
    long = {"article_id": "lang", "text": "x" * 3000}
    Path("a.jsonl").write_bytes(lines(ONE, long, TWO))
    Path("b.json").write_text(json.dumps([ONE, {"article_id": "lang", "text": ["x" * 900] * 4}, TWO]))
    for file, place in (("a.jsonl", "a.jsonl:2"), ("b.json", "b.json::$[1]")):
        report = ingest([file], store_path=STORE, limit=2000)
        assert (report.failed, [(m.place, m.level) for m in report.messages]) == (1, [(place, "error")])
        assert "a record has at most 2 KB" in report.messages[0].text or "at most 2 KB" in report.messages[0].text
    assert ids(STORE) == ["lb-1", "lb-2"]


def test_a_text_beyond_the_limit_is_told(here: Path) -> None:
    Path("a.txt").write_text("Der Rat tagt. " * 300)
    report = ingest(["a.txt"], store_path=STORE, limit=2000)
    assert report.failed == 1
    assert "larger than 2 KB" in report.messages[0].text


@pytest.mark.parametrize("file", ["a.jsonl", "a.json"])
def test_a_line_of_200_megabytes_is_refused_in_bounded_memory(file: str, here: Path) -> None:
    with Path(file).open("wb") as out:
        out.write(b'{"text": "' if file == "a.jsonl" else b'[{"text": "')
        out.writelines(b"Wort " * 210_000 for _ in range(200))
        out.write(b'"}\n' + lines(ONE) if file == "a.jsonl" else b'"}]')
    code = (
        "import re, sys; from wortlaut.cli.main import run; code = run(['ingest', sys.argv[1]])\n"
        # Not ru_maxrss: on Linux that holds the peak of the process that started this one, too.
        "status = open('/proc/self/status').read()\n"
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) // 1024); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code, file], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "error: a." in done.stderr
    # A limit of 64 MB for a record, at most three copies of one, and the modules.
    assert int(done.stdout) < 300
    if file == "a.jsonl":
        assert ids(STORE) == ["lb-1"]


# ------------------------------------------------------------------------------------------------ kill -9


def test_kill_9_in_the_middle_then_again_gives_exactly_the_articles(here: Path) -> None:
    records = [ONE | {"article_id": f"lb-{n}", "text": f"{TEXT} Nummer {n}. " * 20} for n in range(3000)]
    Path("a.jsonl").write_bytes(lines(*records))
    command = [sys.executable, "-m", "wortlaut", "ingest", "a.jsonl"]
    killed = 0
    for size in (1, 3_000_000):
        with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            while process.poll() is None and not (STORE.exists() and STORE.stat().st_size > size):
                time.sleep(0.002)
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
    assert killed == 2, "the runs ended before they were killed: give them more to do"
    assert 0 < STORE.read_bytes().count(b"\n") < 3000
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert ids(STORE) == [record["article_id"] for record in records]
    before = STORE.read_bytes()
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "0 added, 3000 already there" in again.stderr
    assert STORE.read_bytes() == before


# ------------------------------------------------------------------------------------------------ what is read


def test_folders_globs_and_packed_files(here: Path) -> None:
    Path("raw/b/tief").mkdir(parents=True)
    Path("raw/.git").mkdir()
    Path("raw/2.jsonl").write_bytes(lines(TWO))
    Path("raw/b/tief/1.ndjson.gz").write_bytes(gzip.compress(lines(ONE)))
    Path("raw/.git/3.jsonl").write_bytes(b"hidden, and broken")
    Path("raw/.4.jsonl").write_bytes(b"hidden, and broken")
    Path("raw/bild.png").write_bytes(b"\x89PNG")
    Path("raw/notizen.md").write_text("Hinweis")
    for name in ("README.md", "readme.de.txt", "b/README"):
        Path("raw", name).write_text("Was hier liegt")
    report = ingest(["raw"], store_path=STORE, root=here)
    assert (report.files, report.added, report.failed) == (2, 2, 0)
    assert [(m.level, m.place, m.text[:49]) for m in report.messages] == [
        ("info", "raw", "files that were not read: 1 .md, 1 .png (ingest r")
    ]
    assert [article.raw.name for article in iter_articles(STORE)] == ["raw/2.jsonl", "raw/b/tief/1.ndjson.gz"]
    assert ingest(["raw/**/*.gz", "./raw", "raw/2.jsonl"], store_path=STORE).files == 2, "each file comes once"


def test_a_file_named_like_a_pattern_is_a_file(here: Path) -> None:
    Path("a[1].jsonl").write_bytes(lines(ONE))
    assert ingest(["a[1].jsonl"], store_path=STORE).added == 1


def test_the_store_in_a_folder_is_not_its_own_source(here: Path) -> None:
    Path("corpus/raw").mkdir(parents=True)
    Path("corpus/raw/a.jsonl").write_bytes(lines(ONE))
    for added in (1, 0):
        report = ingest(["corpus"], store_path=STORE, root=here)
        assert (report.files, report.added) == (1, added)


def test_no_machine_path_gets_into_the_store(here: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("fern") / "a.jsonl"
    outside.write_bytes(lines(ONE))
    Path("b.jsonl").write_bytes(lines(TWO))
    ingest([str(outside), str(here / "b.jsonl")], store_path=STORE, root=here)
    assert [article.raw.name for article in iter_articles(STORE)] == ["a.jsonl", "b.jsonl"]


def test_a_file_name_that_is_not_utf8_is_stored_printably(here: Path) -> None:
    name = os.fsdecode(b"r\xe4t\x1b.jsonl")
    Path(name).write_bytes(lines(ONE))
    ingest([name], store_path=STORE, root=here)
    assert [article.raw.name for article in iter_articles(STORE)] == ["r\ufffdt\ufffd.jsonl"]


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.txt", lines(ONE, TWO), "jsonl"),
        ("a.json", lines(ONE, TWO), "jsonl"),
        ("a.json", json.dumps(ONE, indent=2).encode(), "json"),
        ("a.jsonl", json.dumps([ONE, TWO], indent=2).encode(), "json"),
        ("a.json", json.dumps({"articles": [ONE, TWO]}).encode(), "json"),
        ("a", lines(ONE), "json"),
        ("a.jsonl", lines(ONE), "jsonl"),
        ("a.txt", PAGE.encode(), "html"),
        ("a.html", ("\ufeff  <!-- x -->" + PAGE).encode(), "html"),
        ("a.txt", b"[Berlin] Der Rat von Lindenau hat getagt.\n\nEr beschloss wenig.\n", "text"),
        ("a.txt", b"Der Rat von Lindenau hat getagt.\n\nEr beschloss wenig.\n", "text"),
        ("a.jsonl", "\ufeff".encode() + lines(ONE), "jsonl"),
        ("a.jsonl", (b"\xff\xfe" + lines(ONE, TWO).decode().encode("utf-16-le")), "jsonl"),
        ("a.jsonl", lines(ONE).replace(b"\n", b"\r\n"), "jsonl"),
    ],
    ids=range(14),
)
def test_the_format_is_what_stands_in_the_file(name: str, data: bytes, expected: str, here: Path) -> None:
    Path(name).write_bytes(data)
    report = ingest([name], store_path=STORE)
    assert report.failed == 0, report.messages
    found = list(iter_articles(STORE))
    assert {article.raw.format for article in found} == {expected}
    assert all("Rat" in article.text or "Museum" in article.text for article in found)


def test_format_can_be_said(here: Path) -> None:
    Path("a.dat").write_bytes(lines(ONE))
    report = ingest(["a.dat"], store_path=STORE, file_format="jsonl")
    assert report.added == 1
    assert [article.raw.format for article in iter_articles(STORE)] == ["jsonl"]


def test_fundus_crawl_names_the_publisher_of_each_list(here: Path) -> None:
    body = {"summary": [], "sections": [{"headline": [], "paragraphs": [TEXT]}]}
    crawl = {
        "Lindenauer Bote": [{"title": "Eins", "body": body, "authors": []}, {"title": "Zwei", "body": body}],
        "Leerer Verlag": [],
        "Küstenblatt": [{"title": "Drei", "body": body}],
    }
    Path("crawl.json").write_text(json.dumps(crawl, indent=4, ensure_ascii=False))
    report = ingest(["crawl.json"], store_path=STORE)
    assert (report.added, report.failed) == (3, 0)
    found = [(article.publisher, article.headline, article.raw.format) for article in iter_articles(STORE)]
    assert found == [
        ("Lindenauer Bote", "Eins", "fundus"),
        ("Lindenauer Bote", "Zwei", "fundus"),
        ("Küstenblatt", "Drei", "fundus"),
    ]


def test_standard_input(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(lines(ONE, TWO)))))
    assert run(["ingest", "-"]) == 0
    assert [(article.raw.name, article.raw.record) for article in iter_articles(STORE)] == [("-", 0), ("-", 1)]
    assert capsys.readouterr().out == ""


def test_own_articles_come_back_exactly(here: Path) -> None:
    Path("a.jsonl").write_bytes(lines(ONE, TWO))
    ingest(["a.jsonl"], store_path=STORE)
    report = ingest([str(STORE)], store_path=Path("kopie.jsonl"))
    assert report.added == 2
    assert Path("kopie.jsonl").read_bytes() == STORE.read_bytes()


def test_what_the_article_does_not_say_is_filled_and_what_it_says_stays(here: Path) -> None:
    Path("a.jsonl").write_bytes(lines(ONE | {"publisher": "Bote"}, TWO))
    ingest(["a.jsonl"], store_path=STORE, publisher="Kurier", rights="CC0-1.0")
    assert [(article.publisher, article.rights) for article in iter_articles(STORE)] == [
        ("Bote", "CC0-1.0"),
        ("Kurier", "CC0-1.0"),
    ]


def test_a_url_is_for_one_article(here: Path) -> None:
    Path("a.jsonl").write_bytes(lines({"text": "Eins."}, {"text": "Zwei."}))
    report = ingest(["a.jsonl"], store_path=STORE, url="https://bote.example/1")
    assert (report.added, report.failed) == (1, 1)
    assert "--url was given to the article before" in report.messages[-1].text


def test_a_changed_article_is_told_and_kept_beside_the_first(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.jsonl").write_bytes(lines(ONE))
    Path("b.jsonl").write_bytes(lines(ONE | {"text": f"{TEXT} Korrektur folgt."}))
    assert run(["ingest", "a.jsonl"]) == 0
    assert run(["ingest", "b.jsonl"]) == 0
    assert "b.jsonl:1: lb-1 has changed: kept as revision 2, the older ones stay" in capsys.readouterr().err
    assert [article.revision for article in iter_articles(STORE)] == [1, 2]
    assert [article.text.endswith("folgt.") for article in latest_articles(STORE)] == [True]


def test_a_folder_that_cannot_be_read_is_told_and_the_others_are_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("raw/auf", "raw/zu"):
        Path(folder).mkdir(parents=True)
    Path("raw/auf/a.jsonl").write_bytes(lines(ONE))
    scandir = os.scandir

    def refusing(path: str) -> object:  # the tests may run as root, who may read everything
        if str(path).endswith("zu"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    report = ingest(["raw"], store_path=STORE)
    assert (report.added, report.failed) == (1, 1)
    assert [str(m) for m in report.messages] == ["error: raw/zu: the folder cannot be read: Permission denied"]
    assert ids(STORE) == ["lb-1"]
    assert run(["ingest", "raw/zu"]) == 1


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.jsonl"])
def test_what_no_reader_sees_is_told_when_it_is_left_out(name: str) -> None:
    odd = TEXT.replace("getagt", "ge\x1b[2J\u202etagt\x07")
    page = PAGE.replace("lange getagt", "lange ge\x1b\u202etagt\x07", 1).encode()
    Path(name).write_bytes({".txt": odd.encode(), ".html": page, ".jsonl": lines({"text": odd})}[Path(name).suffix])
    report = ingest([name], store_path=STORE)
    (told,) = [str(message) for message in report.messages if "writing direction" in message.text]
    assert told.startswith(f"warning: {name}")
    assert "U+202E), which were left out of the text" in told
    assert "\u202e" not in next(iter_articles(STORE)).text


def test_a_note_that_many_records_share_is_told_once_with_their_number() -> None:
    Path("a.jsonl").write_bytes(lines(*({"id": "kein Name", "text": f"{n}. {TEXT}"} for n in range(150)), ONE))
    report = ingest(["a.jsonl"], store_path=STORE)
    assert report.added == 151
    told = [str(message) for message in report.messages if "is no id" in message.text]
    note = "the field 'id' is no id (1 to 200 characters, no blanks); one was made"
    assert told == [f"warning: a.jsonl:1: {note}", f"info: a.jsonl: {note} (in 150 records)"]


def test_a_number_of_thousands_of_digits_is_told_plainly() -> None:
    Path("a.jsonl").write_bytes(b'{"text": "Der Rat", "n": ' + b"9" * 5000 + b"}\n" + lines(ONE))
    report = ingest(["a.jsonl"], store_path=STORE)
    assert (report.added, report.failed) == (1, 1)
    assert "holds a whole number of more than 4,300 digits. That is no part of an article" in report.messages[0].text


def test_a_text_with_every_odd_character_is_read(here: Path) -> None:
    text = "\ufeffDer Rat \u200fvon\u200e Lin\u00addenau\r\n\r\n„Ja“, sagte A\u0308nne\u00a0Groß.\0\r\n\r\n"
    text += "Dann ging sie. 👩\u200d🚒\r\n"
    Path("a.txt").write_bytes(text.encode())
    report = ingest(["a.txt"], store_path=STORE)
    assert [m.level for m in report.messages if "1 NUL characters" in m.text] == ["warning"]
    (article,) = iter_articles(STORE)
    assert "„Ja“, sagte Änne Groß." in article.text
    assert "👩\u200d🚒" in article.text
    assert not any(char in article.text for char in "\r\0\u00ad\u200e\u200f\ufeff")


def test_windows_1252_is_read_and_told(here: Path) -> None:
    Path("a.txt").write_bytes("Der Rat von Lindenau prüft.\n\nMehr erfährt man übermorgen.\n".encode("cp1252"))
    report = ingest(["a.txt"], store_path=STORE)
    assert "read as Windows-1252" in report.messages[0].text
    (article,) = iter_articles(STORE)
    assert article.raw.encoding == "cp1252"
    assert "übermorgen" in article.text


# ------------------------------------------------------------------------------------------------ the command


def test_json_report(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.jsonl").write_bytes(lines(ONE, {"title": "Ohne Text"}))
    assert run(["ingest", "a.jsonl", "--json"]) == 1
    report = msgspec.json.decode(capsys.readouterr().out, type=IngestReport)
    assert (report.store, report.added, report.failed, report.total) == ("corpus/articles.jsonl", 1, 1, 1)
    assert report.messages[0].place == "a.jsonl:2"


def test_dry_run_reads_and_writes_nothing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.jsonl").write_bytes(lines(ONE))
    assert run(["ingest", "a.jsonl", "--dry-run"]) == 0
    assert "dry run, nothing written; would be: 1 added" in capsys.readouterr().err
    assert not STORE.parent.exists()


def test_show_prints_every_field_and_nothing_a_terminal_would_obey(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = ONE | {"authors": ["Ada \x1b[31mAlt"], "images": [{"caption": "Der Saal", "authors": ["Jo Bild"]}]}
    Path("a.jsonl").write_bytes(lines(record | {"text": f"Rat tagt\n\n{TEXT}"}))
    assert run(["ingest", "a.jsonl", "--show"]) == 0
    out = capsys.readouterr().out
    for part in ("lb-1  (revision 1, added)", "2026-03-12", "headline     Rat tagt", TEXT[:30], "Der Saal", "Jo Bild"):
        assert part in out
    assert "repeat  " in out
    assert "\x1b" not in out


def test_describe_shows_raw_furniture_without_controls(here: Path) -> None:
    Path("a.jsonl").write_bytes(lines(ONE))
    ingest(["a.jsonl"], store_path=STORE)
    (article,) = iter_articles(STORE)
    from wortlaut.schema.article import Furniture

    shown = describe(msgspec.structs.replace(article, furniture=(Furniture(kind="advert", text="A\x1b[2J\tB"),)))
    assert "A\ufffd[2J B" in shown


def test_messages_beyond_a_thousand_are_counted_not_kept(here: Path) -> None:
    Path("a.jsonl").write_bytes(b"{}\n" * 1200)
    heard: list[str] = []
    report = ingest(["a.jsonl"], store_path=STORE, on_message=lambda message: heard.append(message.place))
    assert (report.failed, len(report.messages), report.left_off, len(heard)) == (1200, 1000, 200, 1200)


def test_nothing_to_ingest() -> None:
    with pytest.raises(UsageError, match="nothing to ingest"):
        ingest([], store_path=STORE)


def test_a_named_pipe_is_read(here: Path) -> None:
    os.mkfifo("rohr")
    with subprocess.Popen([sys.executable, "-c", "import sys; open('rohr','wb').write(sys.stdin.buffer.read())"],
                          stdin=subprocess.PIPE) as writer:  # fmt: skip
        assert writer.stdin is not None
        writer.stdin.write(lines(ONE))
        writer.stdin.close()
        assert ingest(["rohr"], store_path=STORE, file_format="jsonl").added == 1


def test_the_sample_corpus_is_read_whole_and_once(root: Path, here: Path) -> None:
    first = ingest([str(root / "corpus" / "raw")], store_path=STORE)
    assert (first.failed, first.revised) == (0, 0), first.messages
    assert first.added == first.total
    assert first.added >= 12
    again = ingest([str(root / "corpus" / "raw")], store_path=STORE)
    assert (again.added, again.unchanged) == (0, first.added)
