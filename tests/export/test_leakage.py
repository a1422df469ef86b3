"""What splits share is found, counted and listed, and the card says it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.words import words

from wortlaut.corpus.across import NearDuplicates
from wortlaut.corpus.near_duplicates import SignatureWriter
from wortlaut.export.build import build
from wortlaut.export.leakage import (
    Leakage,
    find_leakage,
    near_duplicates_of,
    read_leakage,
    write_leakage,
)
from wortlaut.export.release import Release, open_release
from wortlaut.export.split_card import leakage_section, split_counts, splits_section
from wortlaut.export.split_policy import SplitPolicy
from wortlaut.schema.article import text_sha256
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.document import Document, Quote, Span
from wortlaut.schema.errors import InputError
from wortlaut.schema.scheme import default_scheme

SAID = "„Der Radweg kommt noch in diesem Jahr.“"
SAID_AGAIN = "»Der Radweg kommt – noch in diesem Jahr!«"
SHORT = "„Wir bauen nicht.“"


def filler(seed: int, number: int = 60) -> str:
    return " ".join(words(seed, number))


def spoken(doc_id: str, text: str, *quotes: str, kind: str = "DIRECT") -> CheckedTask:
    found = []
    for number, quote in enumerate(quotes):
        start = text.index(quote)
        span = Span(id=f"s{number}", label=kind, start=start, end=start + len(quote), text=quote)
        found.append(Quote(id=span.id, type=kind, fragments=(span,)))
    head = Span(id="h", label="PER", start=0, end=3, text=text[:3])
    layer = Document(
        article_id=doc_id,
        text_sha256=text_sha256(text),
        layer="annotator",
        annotator="zoe",
        mentions=(head,),
        quotes=tuple(found),
    )
    return CheckedTask(
        index=0, task_id="1", article_id=doc_id, text=text, text_sha256=text_sha256(text), documents=(layer,)
    )


def release(tmp_path: Path, *tasks: CheckedTask) -> Release:
    """Build a release in which the letter before the number of an id is its split."""
    names = {"a": "train", "b": "validation", "c": "test"}
    report = build(
        tasks,
        scheme=default_scheme(),
        out=tmp_path,
        name="p",
        version="0.1.0",
        split_of=lambda doc_id: names[doc_id[0]],
    )
    return open_release(Path(report.path))


def looked(made: Release) -> Leakage:
    with near_duplicates_of(made) as near:
        return find_leakage(made, near)


def test_nothing_shared_is_said_so(tmp_path: Path) -> None:
    made = release(
        tmp_path,
        spoken("a1", f"{filler(1)} {SAID} {SHORT}", SAID, SHORT),
        spoken("a2", f"{filler(2)} {SAID}", SAID),
        spoken("c1", f"{filler(3)} {SHORT}", SHORT),
    )
    found = looked(made)
    assert found == Leakage(near_duplicates=0, near_duplicates_listed=[], shared_quotes=0, shared_quotes_listed=[])
    assert found.clean
    assert "no quote of at least 5 words is in two splits" in leakage_section(found)


def test_near_duplicates_and_quotes_across_splits_are_listed(tmp_path: Path) -> None:
    copied = filler(9, 80)
    made = release(
        tmp_path,
        spoken("a1", f"{filler(1)} {SAID}", SAID),
        spoken("a2", copied),
        spoken("a3", f"Neu. {copied}"),
        spoken("b1", f"{filler(2)} {SAID_AGAIN}", SAID_AGAIN),
        spoken("c1", f"Heute {copied}"),
    )
    found = looked(made)
    assert (found.near_duplicates, found.shared_quotes) == (2, 1)
    pairs = {(one.first, one.first_split, one.second, one.second_split) for one in found.near_duplicates_listed}
    assert pairs == {("a2", "train", "c1", "test"), ("a3", "train", "c1", "test")}
    (quote,) = found.shared_quotes_listed
    assert quote.words == 7
    assert [(place.doc_id, place.id, place.split) for place in quote.places] == [
        ("a1", "q1", "train"),
        ("b1", "q1", "validation"),
    ]
    text = leakage_section(found)
    assert "2 pairs of near-duplicate articles and 1 wording of quotes" in text
    assert "`a1/q1` (train), `b1/q1` (validation)" in text
    # The report may stand in a release that shows no text.
    write_leakage(tmp_path, found)
    assert "Radweg" not in (tmp_path / "leakage.json").read_text(encoding="utf-8")
    assert read_leakage(tmp_path) == found


def test_articles_that_are_not_released_are_not_told(tmp_path: Path) -> None:
    made = release(tmp_path, spoken("a1", filler(1)), spoken("b1", filler(2)), spoken("c1", f"Heute {filler(1)}"))
    with SignatureWriter() as writer:
        writer.add("a1", filler(1))
        writer.add("c1", f"Heute {filler(1)}")
        for number in range(40):
            writer.add(f"c9{number}", f"Heute {filler(1)} {number}")
        clusters = writer.clusters()
        found = find_leakage(made, NearDuplicates(writer, clusters))
        assert (found.near_duplicates, len(found.near_duplicates_listed)) == (1, 1)
        assert not found.near_duplicates_at_least
        # Not even where they are many and little is compared.
        assert find_leakage(made, NearDuplicates(writer, clusters, comparisons=1)) == found


def many(tmp_path: Path) -> Release:
    return release(
        tmp_path,
        *(spoken(f"a{number:03}", f"Die {filler(1)} {number}") for number in range(210)),
        *(spoken(f"c{number:03}", f"Die {filler(1)} {number}") for number in range(210, 260)),
    )


def test_a_large_cluster_is_counted_as_a_whole(tmp_path: Path) -> None:
    found = looked(many(tmp_path))
    assert (found.near_duplicates, found.near_duplicates_at_least) == (210 * 50, False)
    assert found.near_duplicate_articles == {"test": 50, "train": 210}
    assert len(found.near_duplicates_listed) == 200
    text = leakage_section(found)
    assert "10,500 pairs of near-duplicate articles" in text
    assert "lists the first 200 of each" in text
    assert "another split: 210 in `train`, 50 in `test`." in text
    assert "at least" not in text.lower()


def test_a_count_that_was_cut_is_one_from_below(tmp_path: Path) -> None:
    made = many(tmp_path)
    with SignatureWriter() as writer:
        for document in made.documents():
            writer.add(document.doc_id, document.text or "")
        found = find_leakage(made, NearDuplicates(writer, writer.clusters(), comparisons=100))
    assert (found.near_duplicates, found.near_duplicates_at_least) == (100, True)
    assert found.near_duplicate_articles == {"test": 10, "train": 10}
    text = leakage_section(found)
    assert "At least 100 pairs of near-duplicate articles" in text
    assert "counted in a sample of each split: there may be more" in text
    assert "another split: at least 10 in `train`, 10 in `test`." in text
    write_leakage(tmp_path, found)
    assert read_leakage(tmp_path) == found
    # Nothing found in a sample is not nothing.
    nothing = Leakage(
        near_duplicates=0,
        near_duplicates_at_least=True,
        near_duplicates_listed=[],
        shared_quotes=0,
        shared_quotes_listed=[],
    )
    assert not nothing.clean
    assert "there may be more" in leakage_section(nothing)


def test_long_lists_are_cut_and_the_number_is_said(tmp_path: Path) -> None:
    sides = {side: [f"„{filler(number, 6)}“" for number in range(300)] for side in "ac"}
    made = release(tmp_path, *(spoken(f"{side}1", " ".join(quotes), *quotes) for side, quotes in sides.items()))
    found = find_leakage(made, None)
    assert (found.shared_quotes, len(found.shared_quotes_listed)) == (300, 200)


def test_a_report_that_does_not_hold_is_one_line(tmp_path: Path) -> None:
    assert read_leakage(tmp_path) is None
    assert "Nobody has looked" in leakage_section(None)
    (tmp_path / "leakage.json").write_text(json.dumps({"near_duplicates": "many"}), encoding="utf-8")
    with pytest.raises(InputError, match="is no report on splits"):
        read_leakage(tmp_path)


def test_the_card_shows_sizes_and_balance(tmp_path: Path) -> None:
    made = release(
        tmp_path,
        spoken("a1", f"{filler(1)} {SAID}", SAID),
        spoken("a2", f"{filler(2)} {SAID}", SAID, kind="INDIRECT"),
        spoken("a3", filler(3)),
        spoken("c1", f"{filler(4)} {SHORT}", SHORT),
    )
    counts = split_counts(made)
    assert [(one.split, one.documents, dict(one.entities), dict(one.quotes)) for one in counts] == [
        ("train", 3, {"PER": 3}, {"DIRECT": 1, "INDIRECT": 1}),
        ("test", 1, {"PER": 1}, {"DIRECT": 1}),
    ]
    text = splits_section(SplitPolicy(by="cluster"), counts)
    assert "| `train` | 3 | 75.0% | 3 | 2 |" in text
    assert "| `DIRECT` | 50.0% | 100.0% |" in text
    assert "Shares asked for: 80% / 10% / 10%." in text
    by_time = SplitPolicy(by="time", validation_from="2026-02-01", test_from="2026-03-01")
    assert "validation from 2026-02-01, test from 2026-03-01 on" in splits_section(by_time, counts)
    assert "all are in `train`" in splits_section(None, counts[:1])
    assert "Share of each label" not in splits_section(None, counts[:1])


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (SplitPolicy(by="cluster"), "there are too few articles (near-duplicates count as one) for 3 splits."),
        (SplitPolicy(by="cluster", train=0.9, validation=0), "too few articles (near-duplicates count as one) for 2"),
        (SplitPolicy(by="publisher"), "there are too few publishers for 3 splits."),
        (SplitPolicy(by="time"), "there are too few days of publication for 3 splits."),
        (SplitPolicy(by="cluster", train=1, validation=0, test=0), "Shares asked for: 100% / 0% / 0%."),
        (SplitPolicy(by="time", validation_from="2027-01-01", test_from="2027-02-01"), "validation from 2027-01-01"),
    ],
)
def test_the_card_says_why_all_is_in_train(tmp_path: Path, policy: SplitPolicy, said: str) -> None:
    counts = split_counts(release(tmp_path, spoken("a1", filler(1)), spoken("a2", filler(2))))
    text = splits_section(policy, counts)
    assert said in text
    assert ("All articles are in `train`" in text) == ("too few" in said)
    assert "unless CHANGELOG.md says that all was split anew" in text


def test_the_snippet_of_the_docs_runs(tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copied = filler(9, 80)
    made = release(tmp_path, spoken("a1", copied), spoken("b1", filler(1)), spoken("c1", f"Heute {copied}"))
    write_leakage(made.path, looked(made))
    (snippet,) = re.findall(
        r"```python\n(.*?)```", (root / "docs" / "splits.md").read_text(encoding="utf-8"), re.DOTALL
    )
    path = "export/releases/my-corpus/v0.1.0"
    assert path in snippet
    exec(snippet.replace(path, str(made.path)), {})  # noqa: S102 - that it runs is the point
    assert capsys.readouterr().out == "1 documents of the test have a near-duplicate elsewhere\n"
