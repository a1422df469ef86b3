"""The cached tokenizer gives spaCy's tokens, whatever the text."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wortlaut.export import tokens as module
from wortlaut.export.tokens import GermanTokenizer

PIECES = """
z.B. z. B. d. h. d.h. u.a. Dr. Abb. a.D. G.m.b.H. n.Chr. Mio. 3. 22. 10:30 15.30 CDU/CSU er's er’s ’s 's l' S' du’s
auf’m °C. :) :)) x:) ) ( - / :-) 8) o O D 3 <3 ¯\\(ツ)/¯ (╯°□°）╯︵┻━┻ https://www.beispiel.de/a?b=c&d=e.
info@beispiel.de Lindenau-West Müller, „Wir kommen“, »Ja« ‚so‘ 🙂 👨‍👩‍👧 🇩🇪 é 10€ 5% § -- – — … ... !!! ?!
a.b.c. ‚ ’ ' " . , ; : H.M. 1,5 1.000 x
""".split()  # noqa: SIM905 - a list of a hundred literals is harder to read
SPACES = (" ", " ", " ", "  ", "\n", "\n\n", "\t", "\u00a0", "\u2009", "\u3000", "\x85", "\x1c", "")


@pytest.fixture(scope="module")
def both() -> tuple[GermanTokenizer, Any]:
    import spacy

    return GermanTokenizer(), spacy.blank("de").tokenizer


def _hold_equal(both: tuple[GermanTokenizer, Any], texts: Sequence[str]) -> None:
    ours, spacy = both
    found = ours(texts)
    starts, ends, words = found.start.tolist(), found.end.tolist(), found.text.to_pylist()
    place = 0
    for text, count in zip(texts, found.counts.tolist(), strict=True):
        expected = [(t.idx, t.idx + len(t), t.text) for t in spacy(text) if not t.is_space]
        stop = place + count
        got = list(zip(starts[place:stop], ends[place:stop], words[place:stop], strict=True))
        assert got == expected, text
        place = stop
    assert place == len(starts)


mixed = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(SPACES)), max_size=25).map(
    lambda pairs: "".join(piece + space for piece, space in pairs)
)
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(texts=st.lists(st.one_of(mixed, anything), max_size=6))
def test_same_as_spacy(both: tuple[GermanTokenizer, Any], texts: list[str]) -> None:
    _hold_equal(both, texts)


@pytest.mark.parametrize("text", ["x:) )", "a :) ) b", "S ' s", ": )", "x:)) )", "(z.B. )", "Abb. )", "", " \n "])
def test_special_cases_that_reach_over_a_blank(both: tuple[GermanTokenizer, Any], text: str) -> None:
    _hold_equal(both, [text, f"Vorher {text} nachher", text])


def test_words_with_punctuation_around_them(both: tuple[GermanTokenizer, Any]) -> None:
    rules = both[1].rules
    words = sorted({part for rule in rules for part in (rule, rule.strip("."), rule[:-1]) if part.isalpha()})
    words += ["Haus", "sagte", "Über", "USA", "Straße", "ß"]
    _hold_equal(
        both, [f"{a}{word}{b}{c}" for a in ("", "„") for word in words for b in ("", *".,:") for c in ("", "“")]
    )


def test_same_as_spacy_on_news(both: tuple[GermanTokenizer, Any], data: Path) -> None:
    texts = []
    for path in sorted((data / "wikinews_quotes_2024").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            texts += [str(json.loads(line)["originalText"]) for line in lines]
    assert len(texts) > 500
    _hold_equal(both, texts)


def test_forgetting_changes_nothing(both: tuple[GermanTokenizer, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_CACHED_CHUNKS", 3)
    ours = GermanTokenizer()
    for text in ("Ayşe Demir kommt, z.B. heute.", "Heute kommt Ayşe Demir nicht.", "Ayşe Demir kommt, z.B. heute."):
        _hold_equal((ours, both[1]), [text])
        assert len(ours._known) <= 8


def test_paragraphs_are_parted_by_an_empty_line(both: tuple[GermanTokenizer, Any]) -> None:
    found = both[0](["Eins zwei\n\ndrei\nvier", "", "fünf"])
    assert found.paragraph.tolist() == [0, 0, 1, 1, 2]
    assert found.counts.tolist() == [4, 0, 1]
