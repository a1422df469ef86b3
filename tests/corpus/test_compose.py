"""From draft to article: sections fit, offsets lead back to the raw file, the id is stable, nothing is dropped."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wortlaut.corpus.canonical import canonical_text, to_raw
from wortlaut.corpus.compose import compose
from wortlaut.corpus.draft import CaptionDraft, Draft, FurnitureDraft, Piece
from wortlaut.schema.article import Article, RawSource, SectionKind
from wortlaut.schema.errors import InputError

RAW = RawSource(name="page.txt", format="pasted", sha256="0" * 64)
KINDS: tuple[SectionKind, ...] = ("kicker", "headline", "lead", "subheading", "paragraph")
BLANK = st.sampled_from(["\n", "\r\n", "\r", " ", "\u00a0", "\u00ad", "\u200b", "\u2029", "\t", "\n \n", "-\n"])
BODIES = st.lists(
    st.one_of(BLANK, st.text(max_size=6), st.sampled_from(["Rat", "ü", "u\u0308", "👩\u200d👧", "\ud800"])), max_size=12
).map("".join)


@st.composite
def drafts(draw: st.DrawFn) -> tuple[str, Draft]:
    """A raw file and a draft of it: pieces in the order of the file, with what is no piece between them."""
    decoded, pieces = "", []
    for _ in range(draw(st.integers(0, 6))):
        decoded += draw(BODIES)
        body = draw(BODIES)
        kind = draw(st.sampled_from(KINDS))
        pieces.append(Piece(kind=kind, text=body, raw_start=len(decoded), unwrap=draw(st.booleans())))
        decoded += body
    return decoded + draw(BODIES), Draft(pieces=tuple(pieces))


@given(drafts())
@example(("a\r\nb", Draft(pieces=(Piece(kind="paragraph", text="a\r\nb", raw_start=0),))))
@example(("a\u2029b", Draft(pieces=(Piece(kind="lead", text="a\u2029b", raw_start=0),))))
@example((" \u00ad a", Draft(pieces=(Piece(kind="lead", text=" \u00ad a", raw_start=0, unwrap=True),))))
def test_sections_fit_and_offsets_lead_back(pair: tuple[str, Draft]) -> None:
    decoded, draft = pair
    if not any(canonical_text(piece.text).strip() for piece in draft.pieces):
        with pytest.raises(InputError, match="holds no article text"):
            compose(draft, RAW)
        return
    article = compose(draft, RAW)
    text = article.text
    assert canonical_text(text) == text
    assert text == "\n\n".join(text[section.start : section.end] for section in article.sections)
    for section in article.sections:
        body = text[section.start : section.end]
        assert body == body.strip(" \n")
        assert "\n\n" not in body
    for run in article.raw.offsets:
        assert 0 <= run.raw_start < run.raw_end <= len(decoded)
        if run.end - run.start == run.raw_end - run.raw_start == 1:
            made = canonical_text("x" + decoded[run.raw_start : run.raw_end] + "x")[1:-1]
            assert made == text[run.start : run.end] or text[run.start : run.end] in " \n"
    for section in article.sections:
        place = to_raw(article.raw.offsets, section.start, section.end)
        assert place is not None
        inside = [p for p in draft.pieces if p.raw_start is not None and p.raw_start <= place[0]]
        assert any(p.raw_start + len(p.text) >= place[1] for p in inside if p.raw_start is not None)


@given(drafts())
def test_every_letter_of_the_pieces_is_in_the_text(pair: tuple[str, Draft]) -> None:
    draft = pair[1]
    letters = "".join(char for piece in draft.pieces for char in canonical_text(piece.text) if char.isalnum())
    if letters:
        assert "".join(char for char in compose(draft, RAW).text if char.isalnum()) == letters


def test_empty_lines_in_a_piece_part_two_sections() -> None:
    for gap in ("\n\n", "\r\n\r\n", "\n \u00a0\n", "\u2029", "\n\u200b\n\n"):
        article = article_of(Piece(kind="paragraph", text=f"eins{gap}zwei"))
        assert article.paragraphs == ("eins", "zwei")


def test_one_line_break_stays_in_its_paragraph() -> None:
    for line_end in ("\n", "\r\n", "\r"):
        assert article_of(Piece(kind="paragraph", text=f"eins{line_end}zwei")).paragraphs == ("eins\nzwei",)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("der Rat\nder Stadt", "der Rat der Stadt"),
        ("der Rat \r\n der Stadt", "der Rat der Stadt"),
        ("die SPD-\nFraktion", "die SPD-Fraktion"),
        ("in Nord-\nund Süddorf", "in Nord- und Süddorf"),
        ("die Bundes-\nstraße", "die Bundesstraße"),
        ("er kam -\nund ging", "er kam - und ging"),
        ("er kam –\nund ging", "er kam – und ging"),
        ("1990-\n2000", "1990- 2000"),
    ],
)
def test_hard_wraps(raw: str, text: str) -> None:
    article = article_of(Piece(kind="paragraph", text=raw, raw_start=10, unwrap=True))
    assert article.text == text
    for start, end in ((0, 3), (len(text) - 3, len(text))):
        place = to_raw(article.raw.offsets, start, end)
        assert place is not None
        assert raw[place[0] - 10 : place[1] - 10] == text[start:end]


def test_a_piece_without_a_place_has_no_map() -> None:
    article = article_of(Piece(kind="headline", text="Rat"), Piece(kind="paragraph", text="tagt", raw_start=9))
    assert [(run.start, run.raw_start) for run in article.raw.offsets] == [(5, 9)]
    assert to_raw(article.raw.offsets, 0, 3) is None


def test_captions_and_furniture_stand_beside_the_text() -> None:
    draft = Draft(
        pieces=(Piece(kind="paragraph", text="Der Rat tagt."),),
        captions=(CaptionDraft(text="Der\u00a0Saal", credit="Jo\u00adBild"),),
        furniture=(FurnitureDraft(kind="share", text="Teilen", raw_start=3), FurnitureDraft(kind="nav", text="Menü")),
    )
    article = compose(draft, RAW)
    assert article.text == "Der Rat tagt."
    assert [(caption.text, caption.credit) for caption in article.captions] == [("Der Saal", "JoBild")]
    assert [(item.raw_start, item.raw_end) for item in article.furniture] == [(3, 9), (None, None)]


def test_the_id_of_an_article_stays_when_its_text_is_corrected() -> None:
    def made(text: str, headline: str = "Rat tagt", url: str | None = None) -> str:
        pieces = (Piece(kind="headline", text=headline), Piece(kind="paragraph", text=text))
        draft = Draft(pieces=pieces, publisher="Lindenauer Bote", published="2026-01-22T15:52:00+01:00", url=url)
        return compose(draft, RAW).article_id

    assert made("eins") == made("zwei")
    assert made("eins") != made("eins", headline="Rat vertagt")
    assert made("eins").startswith("lindenauer-bote-2026-01-22-")
    address = "https://www.bote.example/rat"
    assert made("eins", url=address) == made("zwei", "Anders", url=f"{address}/?utm=1#kommentare")


def test_an_id_of_the_source_is_kept() -> None:
    draft = Draft(pieces=(Piece(kind="paragraph", text="x"),), article_id="bote-7")
    assert compose(draft, RAW).article_id == "bote-7"


def article_of(*pieces: Piece) -> Article:
    return compose(Draft(pieces=pieces), RAW)
