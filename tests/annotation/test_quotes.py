"""Quotation marks are paired in every style, and direct speech is told from titles and names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wortlaut.annotation.preannotate.marks import pair_marks
from wortlaut.annotation.preannotate.quotes import find_direct_quotes


def paragraphs(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"[^\n]+", text)]


def paired(text: str) -> list[str]:
    return [text[pair.start : pair.end] for pair in pair_marks(text, paragraphs(text))]


def direct(text: str) -> list[str]:
    return [text[quote.start : quote.end] for quote in find_direct_quotes(text, paragraphs(text))]


STYLES = (
    '„Ja, gern“|„Ja, gern”|„Ja, gern"|“Ja, gern”|"Ja, gern"|»Ja, gern«|«Ja, gern»|”Ja, gern”|‚Ja, gern‘|‘Ja, gern’'
    "|›Ja, gern‹|‹Ja, gern›|« Ja, gern »|'Ja, gern'"
)


@pytest.mark.parametrize("quote", STYLES.split("|"))
def test_every_style_of_marks_is_paired(quote: str) -> None:
    assert paired(f"Sie sagte: {quote}. Und ging.") == [quote]
    assert paired(f"{quote}, sagte sie.") == [quote]
    assert paired(f"Mal ({quote}), mal {quote}!") == [quote, quote]


def test_the_text_decides_what_an_ambiguous_mark_does() -> None:
    assert paired("«Oui» und »nein« und «doch»") == ["«Oui»", "«doch»"]
    assert paired("»Ja« und »nein«") == ["»Ja«", "»nein«"]
    assert paired("„Ja“ und „nein“") == ["„Ja“", "„nein“"]
    assert paired("“Yes” und “no”") == ["“Yes”", "“no”"]


@pytest.mark.parametrize(
    "text",
    [
        "Wie geht's, Jonas' Hund?",
        "So ist's: Hans’ Auto, Max’ Rad, 's war 'ne Freude.",
        "In den '90er Jahren, Jonas' Zeit.",
        "Er ist 5'11\" groß.",
        "Das „Offene bleibt offen.",
        "Nur zu“ ist zu wenig.",
    ],
)
def test_apostrophes_and_lone_marks_are_no_quotes(text: str) -> None:
    assert paired(text) == []


def test_an_apostrophe_inside_single_marks_does_not_end_them() -> None:
    assert paired("Er rief: ‚Jonas’ Auto steht da‘, und ging.") == ["‚Jonas’ Auto steht da‘"]
    assert paired("„Wie geht's ‚Hans‘?“") == ["„Wie geht's ‚Hans‘?“", "‚Hans‘"]


def test_nested_marks_know_their_level() -> None:
    text = "«Sie sagte: ‹Geh›, und ich ging», sagt er."
    assert [(text[pair.start : pair.end], pair.level) for pair in pair_marks(text, paragraphs(text))] == [
        ("«Sie sagte: ‹Geh›, und ich ging»", 0),
        ("‹Geh›", 1),
    ]


def test_an_unclosed_mark_swallows_nothing() -> None:
    text = "„Das ist offen, sagte sie.\n\nEs folgt ein Absatz.\n\nDann „ein Zitat“ und Schluss."
    assert paired(text) == ["„ein Zitat“"]


def test_an_opener_at_the_start_of_a_paragraph_continues_an_unclosed_quote() -> None:
    text = "Er sagte: „Erster Teil.\n\n„Zweiter Teil.\n\n„Dritter Teil“, schloss er."
    pairs = pair_marks(text, paragraphs(text))
    assert [text[pair.start : pair.end] for pair in pairs] == ["„Erster Teil.", "„Zweiter Teil.", "„Dritter Teil“"]
    assert [pair.continues for pair in pairs] == [None, 0, 1]
    assert [quote.continues for quote in find_direct_quotes(text, paragraphs(text))] == [None, 0, 1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("„Wir kommen wieder, versprochen.“", ["„Wir kommen wieder, versprochen.“"]),
        ("„Nein“, sagte sie.", ["„Nein“"]),
        ("Sie sagte: „Nein.“", ["„Nein.“"]),
        ("Die Lage sei „ganz und gar nicht gut“, so der Trainer.", ["„ganz und gar nicht gut“"]),
        ("Der Roman „Der lange Weg“ erscheint im Mai.", []),
        ("Das Magazin „Leuchtturm“ hat Leser.", []),
        ("Die „Neue Welle“-Redaktion zog um.", []),
        ("Er malte „Die Fährleute am Fluss“.", []),
        ("Das „sogenannte“ Problem blieb.", []),
    ],
)
def test_direct_speech_is_told_from_titles_and_names(text: str, expected: list[str]) -> None:
    assert direct(text) == expected


def test_an_interrupted_quote_is_one_quote_with_its_cue_at_the_first_part() -> None:
    text = "„Wir kommen“, sagte sie, „und zwar bald.“ Das gefiel allen."
    first, second = find_direct_quotes(text, paragraphs(text))
    assert (first.continues, second.continues) == (None, 0)
    assert first.cue is not None
    assert text[first.cue.start : first.cue.end] == "sagte"
    assert text[slice(*first.sentence)] == "„Wir kommen“, sagte sie, „und zwar bald.“"


def test_a_cue_of_another_sentence_is_not_taken() -> None:
    text = "Das sagte sie oft. „Wir bleiben hier, was auch kommt.“ Dann fragte er nach."
    (quote,) = find_direct_quotes(text, paragraphs(text))
    assert quote.cue is None


def test_laut_and_so_are_cues_only_as_frames() -> None:
    loud = "Er lachte laut über „diese ganz und gar alberne Sache“ und ging."
    assert [quote.cue for quote in find_direct_quotes(loud, paragraphs(loud))] == [None]
    frame = "Laut Trainer Koch war es „ein ganz und gar schlechtes Spiel“."
    (quote,) = find_direct_quotes(frame, paragraphs(frame))
    assert quote.cue is not None
    assert frame[quote.cue.start : quote.cue.end] == "Laut"


MARKS = st.text(alphabet="„“”\"»«‚‘’›‹' abcÄß.,:!\n🎉", max_size=80)


@given(MARKS)
def test_pairs_always_fit_nest_and_stay_in_their_paragraph(text: str) -> None:
    parts = paragraphs(text)
    pairs = pair_marks(text, parts)
    for number, pair in enumerate(pairs):
        assert any(start <= pair.start < pair.end <= end for start, end in parts)
        assert pair.start < pair.inner_start <= pair.inner_end <= pair.end
        assert pair.continues is None or pair.continues < number
        for other in pairs[number + 1 :]:
            crossing = pair.start < other.start < pair.end < other.end
            # An unclosed part reaches to the end of its paragraph; nothing can cross that.
            assert not crossing


@given(MARKS)
def test_direct_quotes_are_among_the_pairs(text: str) -> None:
    places = {(pair.start, pair.end) for pair in pair_marks(text, paragraphs(text))}
    found = find_direct_quotes(text, paragraphs(text))
    assert {(quote.start, quote.end) for quote in found} <= places
    for number, quote in enumerate(found):
        assert quote.continues is None or 0 <= quote.continues < number
        assert quote.sentence[0] <= quote.start
        assert quote.cue is None or text[quote.cue.start : quote.cue.end].strip()


def test_ten_thousand_marks_take_no_more_than_a_moment() -> None:
    assert len(paired("„a “" * 5000)) == 5000
    assert paired('"' * 1001 + "„" * 10_000) is not None
