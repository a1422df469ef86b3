"""The store: nothing is replaced, nothing is there twice, an interruption loses nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wortlaut.corpus import store
from wortlaut.corpus.compose import compose
from wortlaut.corpus.draft import Draft, FurnitureDraft, Piece
from wortlaut.corpus.store import StoreWriter, iter_articles, latest_articles, open_index
from wortlaut.schema.article import Article, RawSource
from wortlaut.schema.errors import InputError, UsageError


def article(article_id: str, text: str = "Der Rat tagt.", *, name: str = "a.txt", furniture: str = "") -> Article:
    pieces = (Piece(kind="paragraph", text=text),)
    extra = (FurnitureDraft(kind="advert", text=furniture),) if furniture else ()
    draft = Draft(pieces=pieces, article_id=article_id, furniture=extra)
    return compose(draft, RawSource(name=name, format="text", sha256="0" * 64))


def fill(path: Path, articles: list[Article]) -> list[tuple[str, int]]:
    with StoreWriter(path) as writer:
        return [(added.outcome, added.revision) for added in map(writer.add, articles)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "corpus" / "articles.jsonl"


def test_a_second_run_adds_nothing(path: Path) -> None:
    articles = [article("a"), article("b", "Zwei.")]
    assert fill(path, articles) == [("added", 1), ("added", 1)]
    before = path.read_bytes()
    assert fill(path, articles) == [("unchanged", 1), ("unchanged", 1)]
    assert path.read_bytes() == before
    assert list(iter_articles(path)) == articles


def test_a_changed_article_is_a_further_revision_and_the_first_stays(path: Path) -> None:
    fill(path, [article("a"), article("b")])
    assert fill(path, [article("a", "Der Rat tagt wieder.")]) == [("revised", 2)]
    found = list(iter_articles(path))
    assert [(one.article_id, one.revision) for one in found] == [("a", 1), ("b", 1), ("a", 2)]
    assert found[0].text == "Der Rat tagt."
    assert [(one.article_id, one.text) for one in latest_articles(path)] == [
        ("b", "Der Rat tagt."),
        ("a", "Der Rat tagt wieder."),
    ]


def test_metadata_makes_a_revision_but_file_name_and_furniture_do_not(path: Path) -> None:
    fill(path, [article("a")])
    assert fill(path, [article("a", name="b.txt", furniture="Anzeige")]) == [("unchanged", 1)]
    assert fill(path, [msgspec.structs.replace(article("a"), byline=("Ada Alt",))]) == [("revised", 2)]


def test_an_older_revision_that_comes_again_is_there_already(path: Path) -> None:
    one, two = article("a", "Eins."), article("a", "Zwei.")
    assert fill(path, [one, two]) == [("added", 1), ("revised", 2)]
    with StoreWriter(path) as writer:
        added = writer.add(one)
    assert (added.outcome, added.revision, added.latest) == ("unchanged", 1, 2)
    assert len(list(iter_articles(path))) == 2


@given(texts=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("EZDV")), max_size=14))
def test_the_store_holds_each_version_once_in_order(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("s") / "articles.jsonl"
    for article_id, text in texts:
        fill(path, [article(article_id, text)])
    if not texts:
        assert not path.exists()
        return
    found = [(one.article_id, one.text, one.revision) for one in iter_articles(path)]
    assert [pair[:2] for pair in found] == list(dict.fromkeys(texts))
    for article_id in "abc":
        revisions = [revision for name, _, revision in found if name == article_id]
        assert revisions == list(range(1, len(revisions) + 1))


def test_a_store_cut_off_at_any_byte_is_mended_by_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # a thousand times the disk is the whole time
    articles = [article("a"), article("b", "Größe: „Zwei“ 😀"), article("c", "Drei.")]
    whole_path = tmp_path / "whole.jsonl"
    fill(whole_path, articles)
    whole = whole_path.read_bytes()
    path = tmp_path / "articles.jsonl"
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        with StoreWriter(path) as writer:
            for one in articles:
                writer.add(one)
            assert writer.mended == (cut > 0 and whole[cut - 1 : cut] != b"\n" and whole[cut : cut + 1] != b"\n")
        assert path.read_bytes() == whole, cut


def test_a_cut_off_last_line_is_told_to_readers(path: Path) -> None:
    fill(path, [article("a"), article("b")])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"articles.jsonl:2: the last line is cut off.*ingest again"):
        list(latest_articles(path))


def test_a_last_line_without_its_line_end_is_an_article(path: Path) -> None:
    fill(path, [article("a")])
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert fill(path, [article("a"), article("b")]) == [("unchanged", 1), ("added", 1)]
    assert [one.article_id for one in iter_articles(path)] == ["a", "b"]


def test_a_broken_line_is_told_and_nothing_is_written_after_it(path: Path) -> None:
    fill(path, [article("a"), article("b")])
    lines = path.read_bytes().splitlines(keepends=True)
    broken = b"".join([lines[0], b"kein JSON\n", lines[1]])
    path.write_bytes(broken)
    with pytest.raises(InputError, match=r"articles\.jsonl:2: is no article: JSON is malformed"):
        fill(path, [article("c")])
    assert path.read_bytes() == broken


def test_a_text_changed_by_hand_is_told(path: Path) -> None:
    fill(path, [article("a")])
    path.write_bytes(path.read_bytes().replace(b'"text":"Der Rat', b'"text":"Die Rat'))
    with pytest.raises(InputError, match=r":1: is no article: text_sha256 .* is not the hash of the text"):
        list(iter_articles(path))


def test_two_stores_merged_by_hand_are_told(path: Path) -> None:
    fill(path, [article("a")])
    path.write_bytes(path.read_bytes() * 2)
    with pytest.raises(InputError, match=r":2: holds revision 1 of a a second time"):
        list(latest_articles(path))


def test_no_store_yet(path: Path) -> None:
    with pytest.raises(UsageError, match=r"there are no articles yet.*wortlaut ingest"):
        list(latest_articles(path))
    assert len(open_index(path)) == 0
    with StoreWriter(path) as writer:
        assert writer.size is None
    assert not path.parent.exists(), "a run that reads nothing makes nothing"


def test_a_dry_run_writes_nothing(path: Path) -> None:
    with StoreWriter(path, dry_run=True) as writer:
        assert writer.add(article("a")).outcome == "added"
        assert writer.add(article("a")).outcome == "unchanged"
    assert not path.parent.exists()


def test_one_process_writes_at_a_time(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from wortlaut.corpus.store import _lock\n"
        "with _lock(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    path.parent.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(UsageError, match=r"articles\.jsonl: another wortlaut ingest is writing.*Wait"):
            fill(path, [article("a")])
        assert not path.exists()
        other.kill()
    assert fill(path, [article("a")]) == [("added", 1)], "a lock ends with its process, however that ended"
    assert [file.name for file in path.parent.iterdir()] == ["articles.jsonl"]


def test_an_interrupted_run_keeps_whole_what_it_added(path: Path) -> None:
    def interrupted() -> None:
        with StoreWriter(path) as writer:
            writer.add(article("a"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [one.article_id for one in iter_articles(path)] == ["a"]


def test_long_runs_are_flushed_to_the_disk_on_the_way(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_SYNC_EVERY", 1)
    with StoreWriter(path) as writer:
        writer.add(article("a"))
        assert [one.article_id for one in iter_articles(path)] == ["a"]
