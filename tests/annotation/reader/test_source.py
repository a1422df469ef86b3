"""What is no Label Studio JSON is refused by name, in one line; what is odd but readable is read."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from wortlaut.annotation.check.checker import Checker
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.errors import InputError
from wortlaut.schema.findings import Finding
from wortlaut.schema.scheme import default_scheme

CHECKER = Checker(default_scheme())
TEXT = "Am Ufer saß Nele Ödön und las."


def task(number: int = 1, **data: Any) -> dict[str, Any]:
    value = {"start": 12, "end": 21, "text": "Nele Ödön", "labels": ["PER"]}
    region = {"id": "a", "type": "labels", "from_name": "lab", "to_name": "text", "value": value}
    annotation = {"id": number, "completed_by": 3, "result": [region]}
    return {"id": number, "data": {"article_id": f"bote-{number}", "text": TEXT, **data}, "annotations": [annotation]}


def read(path: Path | str) -> tuple[list[CheckedTask], list[Finding]]:
    done: list[CheckedTask] = []
    between: list[Finding] = []
    for item in CHECKER.check(str(path)):
        if isinstance(item, Finding):
            between.append(item)
        else:
            done.append(item)
    return done, between


def refused(path: Path | str) -> str:
    with pytest.raises(InputError) as caught:
        read(path)
    line = str(caught.value)
    assert "\n" not in line
    assert line.removeprefix(caught.value.code).lstrip().startswith(str(path))
    assert caught.value.hint
    return line.replace(str(path), "X")


def dump(tasks: Any, **how: Any) -> bytes:
    return json.dumps(tasks, ensure_ascii=False, **how).encode()


EXPORT = dump([task(1), task(2)])


def test_a_missing_file(tmp_path: Path) -> None:
    assert refused(tmp_path / "fort.json").startswith("X: there is no such file.")


def test_a_folder(tmp_path: Path) -> None:
    assert "X: is a folder. Name the exports in it: X/*.json" in refused(tmp_path)


def test_a_name_that_no_file_can_have() -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read("a\x00b")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(EXPORT)
    path.chmod(0)
    assert "cannot be read: Permission denied" in refused(path)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "WL101 X: is empty"),
        (b"\xef\xbb\xbf", "WL101 X: is empty"),
        (b" \n" * 9000, "WL101 X: is empty"),
        (b"%PDF-1.7\n", "WL105 X: is a PDF"),
        (b"PK\x03\x04....", "WL105 X: is a zip archive"),
        (b"\x89PNG\r\n\x1a\n", "WL105 X: is a PNG picture"),
        (b"\xff\xd8\xff\xe0JFIF", "WL105 X: is a JPEG picture"),
        (b"PAR1....", "WL105 X: is a Parquet file"),
        (b"SQLite format 3\x00", "WL105 X: is an SQLite database"),
        (b"BZh91AY", "WL105 X: is a bzip2 archive"),
        (b"\xfd7zXZ\x00", "WL105 X: is an xz archive"),
        (b"\x28\xb5\x2f\xfd\x00", "WL105 X: is a zstd archive"),
        (b"\x7fELF\x00\x01", "WL105 X: is binary (a NUL byte at byte 4)"),
        (EXPORT.decode().encode("utf-16"), "WL104 X: is in UTF-16"),
        (EXPORT.decode().encode("utf-16-be"), "WL104 X: is in UTF-16"),
        (EXPORT.decode().encode("utf-16-le"), "WL104 X: is in UTF-16"),
        (EXPORT.decode().encode("latin-1"), "WL104 X: is not UTF-8: the byte 0xdf at byte 63"),
        (b"<View><Text name='text' value='$text'/></View>", "WL111 X: is XML or HTML"),
        (b"<!doctype html><html>", "WL111 X: is XML or HTML"),
        (b"-DOCSTART- -X- O O\n", "WL111 X: is in CoNLL form"),
        (b"Nele -X- _ B-PER\nlas -X- _ O\n", "WL111 X: is in CoNLL form"),
        (b"id,text,annotation_id\n1,a,2\n", "WL107 X: is Label Studio's CSV or TSV"),
        (b'"id"\t"text"\t"annotator"\n1\ta\t2\n', "WL107 X: is Label Studio's CSV or TSV"),
        (b"a;b\n1;2\n", "WL107 X: is a CSV or TSV table"),
        (b'"a";"b"\n"1";"2"\n', "WL107 X: is a CSV or TSV table"),
        (b"null\n", "WL102 X: is no JSON export: it starts with 'n'"),
        (b"Nele las.\n", "WL102 X: is no JSON export: it starts with 'N'"),
        (dump([{"id": 1, "text": TEXT, "annotator": 3, "annotation_id": 4}]), "WL106 X: is JSON_MIN"),
        (dump({"id": 1, "text": TEXT, "label": [[12, 21, "PER"]]}), "WL108 X: is doccano's JSON Lines"),
        (dump({"id": 1, "text": TEXT, "entities": [], "relations": []}), "WL108 X: is doccano's JSON Lines"),
        (dump({"a": 1}), "WL120 X: is JSON, but holds no tasks; the keys of its first element are a."),
        (dump({f"k{n}": 1 for n in range(20)}), "first element are k0, k1, k2, k3, k4, k5, k6, k7, ..."),
        (b"[" * 10_000, "WL112 X: element 0 is nested too deeply"),
        (EXPORT[:-9], "WL103 X: ends too early: element 1 is cut off"),
        (EXPORT + b"]", "WL102 X: is not JSON: something follows the end of the array"),
        (EXPORT.replace(b'"id": 2', b'"id": NaN'), "WL119 X: is not JSON: NaN is no JSON number, in element 1"),
    ],
)
def test_what_is_no_export_is_refused_by_name(tmp_path: Path, raw: bytes, said: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(raw)
    assert said in refused(path)


def test_gzip_is_unpacked_and_a_damaged_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json.gz"
    packed = gzip.compress(EXPORT)
    path.write_bytes(packed)
    assert len(read(path)[0]) == 2
    for damaged in (packed[:40], packed[:-9], packed[:-3], packed[:30] + b"\x00\xff" + packed[32:], packed[:3]):
        path.write_bytes(damaged)
        assert refused(path).startswith("WL103 X: the gzip archive is damaged")
    path.write_bytes(packed + b"noch etwas")
    assert "the gzip archive is damaged" in refused(path)
    path.write_bytes(gzip.compress(b"%PDF-1.7"))
    assert "is a PDF" in refused(path)


def test_hypertext_is_refused_where_it_stands(tmp_path: Path) -> None:
    second = task(2)
    second["annotations"][0]["result"][0]["value"] |= {"start": "/p[1]/text()[1]", "end": "/p[1]/text()[1]"}
    path = tmp_path / "x.json"
    path.write_bytes(dump([task(1), second]))
    assert "WL109 X::$[1].annotations[0].result[0]: is an export of a HyperText project" in refused(path)


@pytest.mark.parametrize(
    "kind", ["rectanglelabels", "polygonlabels", "brushlabels", "keypointlabels", "videorectangle"]
)
def test_pictures_and_films_have_no_text(tmp_path: Path, kind: str) -> None:
    region = {"id": "a", "type": kind, "from_name": "b", "to_name": "c", "value": {"x": 1, kind: ["Brücke"]}}
    path = tmp_path / "x.json"
    path.write_bytes(dump([{"id": 1, "data": {"image": "/data/1.png"}, "annotations": [{"result": [region]}]}]))
    assert f"WL110 X::$[0].annotations[0].result[0]: holds regions of type {kind}, no text regions" in refused(path)


def test_duplicate_keys_leave_out_the_task_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(EXPORT.replace(b'"start": 12', b'"start": 3, "start": 12', 1))
    done, between = read(path)
    assert [item.task_id for item in done] == ["2"]
    assert [(found.code, found.place, found.regions) for found in between] == [("WL118", f"{path}::$[0]", 1)]
    assert "'start'" in between[0].message


@pytest.mark.parametrize(
    "key", ["id", "type", "value", "labels", "text", "result", "data", "completed_by", "annotations"]
)
def test_no_key_may_stand_twice(tmp_path: Path, key: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(EXPORT.replace(f'"{key}":'.encode(), f'"{key}": null, "{key}":'.encode(), 1))
    assert [found.code for found in read(path)[1]] == ["WL118"]


@pytest.mark.parametrize("half", ["\\ud83c", "\\udf89", "\\udf89\\ud83c"])
def test_half_a_surrogate_pair_is_one_character(tmp_path: Path, half: str) -> None:
    raw = json.dumps([task(1), task(2)]).replace("Am Ufer", f"Am{half}Ufer").encode()
    path = tmp_path / "x.json"
    path.write_bytes(raw)
    done, between = read(path)
    assert [item.text[:3] for item in done] == ["Am\ufffd", "Am\ufffd"]
    assert [found.code for found in between] == ["WL207", "WL207"]
    # One character for one: the offsets after it still fit, where it stands for one that was one.
    wanted = "Nele Ödön" if half.count("\\") == 1 else ""
    assert [item.documents[0].mentions[0].text for item in done if item.documents[0].mentions] == [wanted] * 2 * bool(
        wanted
    )


def test_half_a_pair_at_the_edge_of_a_window(tmp_path: Path) -> None:
    long = task(1, lang="x" * (4 << 20))
    long["data"]["text"] = "Am\ud83d Ufer"
    path = tmp_path / "x.json"
    path.write_bytes(json.dumps([long, task(2)]).encode())
    assert [item.task_id for item in read(path)[0]] == ["1", "2"]


@pytest.mark.parametrize("single", [False, True])
def test_a_file_from_before_version_one(tmp_path: Path, *, single: bool) -> None:
    old = task(1)
    annotation = old.pop("annotations")[0] | {"completed_by": "nele", "created_at": 1586160000, "honeypot": True}
    old["completions"] = annotation if single else [annotation]
    annotation["result"][0]["value"]["labels"] = ["PERS"]
    path = tmp_path / "x.json"
    path.write_bytes(dump([old]))
    done, _ = read(path)
    assert [(found.code, found.place.partition("::")[2]) for found in done[0].findings] == [
        ("WL115", "$[0]"),
        ("WL401", "$[0].completions[0].result[0]"),
    ]
    assert done[0].documents[0].layer == "gold"
    assert done[0].documents[0].provenance.created_at == "1586160000"


@pytest.mark.parametrize(
    "wrapped",
    [
        {"annotated_tasks": [task(1), task(2)]},
        {"project": {"id": 1}, "tasks": [task(1), task(2)]},
        {"Nele": [task(1)], "Otto": [task(2)]},
        {"Nele": task(1), "Otto": task(2)},
        {"Nele": {"tasks": [task(1)]}, "Otto": {"annotated_tasks": [task(2)]}},
        [{"project": {"id": 1}, "annotated_tasks": [task(1)]}, {"project": {"id": 2}, "annotated_tasks": [task(2)]}],
    ],
)
def test_wrappers(tmp_path: Path, wrapped: Any) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(dump(wrapped, indent=2))
    done, between = read(path)
    assert [item.task_id for item in done] == ["1", "2"]
    assert [item.index for item in done] == [0, 1]
    assert {found.code for found in between} == {"WL116"}
    assert sum(item.counts.kept for item in done) == 2
    assert len({item.place for item in done}) == 2


def test_one_task_alone_and_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(dump(task(1), indent=1))
    assert len(read(path)[0]) == 1
    path.write_bytes(dump(task(1)) + b"\n" + dump(task(2)) + b"\n")
    assert [item.place for item in read(path)[0]] == [f"{path}::$[0]", f"{path}::$[1]"]


def test_keys_with_a_dot_and_other_fields_hide_nothing(tmp_path: Path) -> None:
    odd = task(1, **{"meta.quelle": "x", "tags": ["a", 3, "b"], "byline": 4, "published": {"jahr": 2026}})
    path = tmp_path / "x.json"
    path.write_bytes(dump([odd]))
    done, _ = read(path)
    assert done[0].counts.kept == 1
    assert done[0].meta.tags == ("a", "b")
    assert done[0].meta.byline == ()
    assert done[0].meta.published is None


def test_an_address_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(
        dump([task(1, text="https://bote.example/1.txt"), task(2, text="https://bote.example las er vor.")])
    )
    done, _ = read(path)
    assert [item.text for item in done] == ["", "https://bote.example las er vor."]
    assert [found.code for found in done[0].findings] == ["WL805"]


@pytest.mark.parametrize("name", ["exports"])
def test_every_real_export_is_read_or_refused_by_name(data: Path, name: str) -> None:
    files = sorted(path for path in (data / name).rglob("*") if path.is_file())
    assert len(files) >= 11
    for path in files:
        try:
            done, between = read(path)
        except InputError as error:
            assert error.code in {"WL106", "WL108", "WL109", "WL110", "WL111"}  # noqa: PT017 - others go through
            continue
        findings = [*between, *(found for item in done for found in item.findings)]
        kept = sum(item.counts.kept for item in done)
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        assert kept + sum(found.regions for found in findings) == _regions(json.loads(raw))


def _regions(value: Any) -> int:
    if isinstance(value, list):
        return sum(_regions(item) for item in value)
    if not isinstance(value, dict):
        return 0
    groups = (value.get("annotations"), value.get("completions"), value.get("drafts"))
    own = [item for group in groups if isinstance(group, list) for item in group if isinstance(item, dict)]
    if own:
        return sum(len(item.get("result") or ()) for item in own)
    return sum(_regions(item) for item in value.values())
