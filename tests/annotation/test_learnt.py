"""How a text is cut for a model, what the CRF looks at, and how tags become spans again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wortlaut.annotation.learnt.features import features_of, marks_of
from wortlaut.annotation.learnt.segments import paragraphs, sentences
from wortlaut.annotation.learnt.tagger import spans_of_tags, trimmed
from wortlaut.annotation.scoring import ScoredSpan
from wortlaut.export.train.crf_worker import tags_of
from wortlaut.export.train.data import longest

TEXT = "Dr. Weber kam am 3. Mai. Er blieb bei der Wohnbau GmbH.\n\n🚲 „Gut“, sagte sie."
PIECES = st.lists(
    st.sampled_from(
        ["Weber", "Wohnbau GmbH.", "z. B.", "🚲", "„Gut“,", "\n", "\n\n", " ", ".", "e\u0301", "Ulm-Süd", "3."]
    ),
    max_size=14,
).map(" ".join)


def test_sentences_end_where_they_should() -> None:
    found = [" ".join(sentence.tokens) for sentence in sentences(TEXT)]
    assert found == [
        "Dr. Weber kam am 3. Mai .",
        "Er blieb bei der Wohnbau GmbH .",
        "🚲 „ Gut “ , sagte sie .",
    ]


@given(PIECES)
def test_every_word_is_in_one_sentence(text: str) -> None:
    seen = ""
    last = 0
    for sentence in sentences(text):
        for token, start, end in zip(sentence.tokens, sentence.starts, sentence.ends, strict=True):
            assert text[start:end] == token
            assert start >= last
            assert any(low <= start and end <= high for low, high in paragraphs(text))
            last = end
        seen += "".join(sentence.tokens)
    assert seen == "".join(text.split())


@given(PIECES, st.data())
def test_spans_survive_their_tags(text: str, data: st.DataObject) -> None:
    for sentence in sentences(text):
        size = len(sentence.tokens)
        drawn = data.draw(
            st.lists(
                st.tuples(st.integers(0, size - 1), st.integers(1, 3), st.sampled_from(["A-1", "B ü"])), max_size=4
            )
        )
        wanted = longest(
            [
                ScoredSpan(sentence.starts[first], sentence.ends[min(size, first + length) - 1], label)
                for first, length, label in drawn
            ],
            ("A-1", "B ü"),
        )
        tags, held = tags_of(sentence, wanted)
        assert held == len(wanted)
        assert tuple(spans_of_tags(sentence, tags)) == wanted


def test_a_span_that_no_token_ends_has_no_tags() -> None:
    sentence = next(sentences("Der Siemens-Sprecher kam."))
    assert tags_of(sentence, [ScoredSpan(4, 11, "ORG")]) == (["O"] * 4, 0)


def test_an_inside_tag_without_beginning_begins() -> None:
    sentence = next(sentences("Weber und Meier kamen"))
    assert list(spans_of_tags(sentence, ["I-PER", "O", "B-PER", "I-ORG"])) == [
        ScoredSpan(0, 5, "PER"),
        ScoredSpan(10, 15, "PER"),
        ScoredSpan(16, 21, "ORG"),
    ]


def test_the_crf_looks_at_words_lists_and_tags() -> None:
    text = "Bürgermeisterin Anna Weber kam nach Berlin."
    sentence = next(sentences(text))
    rows = features_of(sentence, marks_of(text), hanta=True)
    assert {"W=Anna", "first_name", "g=B-PER", "-1:g=B-ROLE", "+1:w=weber", "S=Xxxx", "s=Xx", "t=NE", "p2=an"} <= set(
        rows[1]
    )
    assert "g=I-PER" in rows[2]
    assert "g=B-GPE" in rows[5]
    assert "-1:end" in rows[0]
    without = features_of(sentence, marks_of(text), hanta=False)
    assert not [name for row in without for name in row if name.startswith(("t=", "l=", "+1:t="))]


@given(st.text(" ab\n\u00a0", max_size=12), st.data())
def test_a_trimmed_span_has_no_blank_at_its_edges(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = trimmed(text, start, end)
    assert (found is None) == (not text[start:end].strip())
    if found is not None:
        assert start <= found[0] < found[1] <= end
        assert text[found[0] : found[1]] == text[start:end].strip()
