"""The reader of pasted pages: every field of whole pages, each rule at its edges, and nothing lost of any text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wortlaut.corpus.canonical import canonical_text
from wortlaut.corpus.compose import compose
from wortlaut.corpus.draft import Draft, FurnitureDraft, Piece
from wortlaut.corpus.pasted import read_pasted
from wortlaut.schema.article import Article, Caption, RawSource
from wortlaut.schema.errors import InputError, UsageError

HERE = Path(__file__).parent
EXPECTED = sorted((HERE / "pasted").glob("*.expected.json"))
RAW = HERE.parents[1] / "corpus" / "raw"

BODY = (
    "Der Rat hat am Abend über den Haushalt beraten und die Sitzung nach vier Stunden vertagt.\n\n"
    "Karin Moll nannte den Entwurf unfertig. Der Kämmerer widersprach ihr, ohne Zahlen zu nennen.\n\n"
    "Im Mai soll der Rat noch einmal zusammenkommen. Bis dahin bleiben die Bäder geöffnet.\n"
)


def article_of(decoded: str) -> Article:
    raw = RawSource(name="page.txt", format="pasted", sha256="0" * 64)
    return compose(read_pasted(decoded, name="page.txt"), raw)


def kinds_of(article: Article) -> list[str]:
    return [item.kind for item in article.furniture]


def lost(decoded: str, draft: Draft) -> str:
    """Give what is neither in a piece nor in furniture, without blanks; assert that no place is claimed twice."""
    covered = bytearray(len(decoded))
    parts: list[Piece | FurnitureDraft] = [*draft.pieces, *draft.furniture]
    for part in parts:
        assert part.raw_start is not None
        end = part.raw_start + len(part.text)
        assert decoded[part.raw_start : end] == part.text
        assert not any(covered[part.raw_start : end])
        covered[part.raw_start : end] = bytes([1]) * len(part.text)
    rest = "".join(char for char, here in zip(decoded, covered, strict=True) if not here)
    return canonical_text(rest).replace(" ", "").replace("\n", "")


def test_a_real_page_comes_out_right_in_every_field(data: Path) -> None:
    path = data.parent / "articles" / "ntv-2026-01-22.txt"
    if not path.is_file():
        pytest.skip(f"{path} is missing")
    decoded = path.read_text(encoding="utf-8")
    article = article_of(decoded)
    assert article.kicker == "Nach Gespräch mit Trump"
    assert article.headline == "Selenskyj: Treffen zwischen USA, Russland und Ukraine ab Freitag"
    assert article.section == "Politik"
    assert article.published == "2026-01-22T15:52:00+01:00"
    assert article.modified is None
    assert article.publisher == "ntv.de"
    assert article.agencies == ("Reuters", "dpa", "AFP")
    assert article.editors == ("gut",)
    assert article.byline == ()
    assert article.tags == (
        "Russland",
        "Wolodymyr Selenskyj",
        "Angriff auf die Ukraine",
        "USA",
        "Davos",
        "Diplomatie",
        "Ukraine",
    )
    blocks = decoded.split("\n\n")
    assert article.lead == blocks[3]
    assert article.paragraphs == tuple(blocks[4:10])
    text, credit = blocks[2].split("\n")[-1].removesuffix(")").split(" (Foto: ")
    assert article.captions == (Caption(text=text, credit=credit),)
    assert [section.kind for section in article.sections] == ["kicker", "headline", "lead", *["paragraph"] * 6]
    kinds = ["section", "dateline", "audio_player", "image_file", "caption", "source_line", "tags_line"]
    assert kinds_of(article) == kinds
    player, picture = article.furniture[2:4]
    assert player.text == "00:00 / 02:17"
    assert picture.text.startswith("Der-ukrainische-Praesident-")
    for item in article.furniture:
        assert decoded[item.raw_start : item.raw_end] == item.text
    assert lost(decoded, read_pasted(decoded, name="n")) == ""


def test_every_sample_page_has_its_expected_fields() -> None:
    assert {path.name.removesuffix(".expected.json") for path in EXPECTED} == {path.stem for path in RAW.glob("*.txt")}
    assert len(EXPECTED) >= 13


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.name.removesuffix(".expected.json"))
def test_sample_page(path: Path) -> None:
    decoded = (RAW / path.name.replace(".expected.json", ".txt")).read_bytes().decode()
    article = article_of(decoded)
    expected: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    found = {
        "kicker": article.kicker,
        "headline": article.headline,
        "section": article.section,
        "published": article.published,
        "modified": article.modified,
        "publisher": article.publisher,
        "byline": list(article.byline),
        "agencies": list(article.agencies),
        "editors": list(article.editors),
        "tags": list(article.tags),
        "lead": " ".join((article.lead or "").split()[:6]) or None,
        "paragraphs": len(article.paragraphs),
        "subheadings": [article.text[part.start : part.end] for part in article.sections if part.kind == "subheading"],
        "first_words": " ".join(article.paragraphs[0].split()[:5]),
        "last_words": " ".join(article.paragraphs[-1].split()[-5:]),
        "captions": [{"text": caption.text, "credit": caption.credit} for caption in article.captions],
        "furniture": kinds_of(article),
    }
    assert found == expected
    assert lost(decoded, read_pasted(decoded, name="n")) == ""


@pytest.mark.parametrize(
    ("line", "kicker", "headline"),
    [
        ("Streit im RatKarin Moll greift den Kämmerer an", "Streit im Rat", "Karin Moll greift den Kämmerer an"),
        ("Fest an der A7Rat will Geld für die Bäder", "Fest an der A7", "Rat will Geld für die Bäder"),
        ("„Das ist unfertig“Moll greift den Kämmerer an", "„Das ist unfertig“", "Moll greift den Kämmerer an"),
        ("»Unfertig«Moll greift den Kämmerer an", "»Unfertig«", "Moll greift den Kämmerer an"),
        ('"Unfertig"Moll greift den Kämmerer an', '"Unfertig"', "Moll greift den Kämmerer an"),
        ("Was nun?Rat vertagt den Haushalt", "Was nun?", "Rat vertagt den Haushalt"),
        ("Ärger im Rat„Der Entwurf ist unfertig“", "Ärger im Rat", "„Der Entwurf ist unfertig“"),
        ("Rat berät über AfDKämmerer legt Entwurf vor", "Rat berät über AfD", "Kämmerer legt Entwurf vor"),
        ("Streit um iPhone im Sitzungssaal", None, "Streit um iPhone im Sitzungssaal"),
        ("McDonald kauft das alte Bad", None, "McDonald kauft das alte Bad"),
        ("Der McKinsey-Bericht und die KfW", None, "Der McKinsey-Bericht und die KfW"),
        ("TikTok im Rathaus verboten", None, "TikTok im Rathaus verboten"),
        ("BürgerInnen wollen das Bad behalten", None, "BürgerInnen wollen das Bad behalten"),
        ("Die „neue“ Ordnung im Rat", None, "Die „neue“ Ordnung im Rat"),
        ("Haushalt: 3,5 Millionen fehlen", None, "Haushalt: 3,5 Millionen fehlen"),
        ("FC Wehra 1905 verliert im 4-4-2", None, "FC Wehra 1905 verliert im 4-4-2"),
    ],
)
def test_glued_headline(line: str, kicker: str | None, headline: str) -> None:
    article = article_of(f"{line}\n\n{BODY}")
    assert (article.kicker, article.headline) == (kicker, headline)
    assert len(article.paragraphs) == 2


def test_a_name_that_the_page_writes_as_one_word_is_not_parted() -> None:
    headline = "Neue Halle für WehraBau in Lindenau"
    assert article_of(f"{headline}\n\n{BODY}Die Firma WehraBau baut.").headline == headline
    parted = article_of(f"{headline}\n\n{BODY}Die Wehra stieg. Der Bau ruht.")
    assert (parted.kicker, parted.headline) == ("Neue Halle für Wehra", "Bau in Lindenau")


@pytest.mark.parametrize(
    ("line", "tags"),
    [
        ("KämmererHaushaltKarin MollRat", ("Kämmerer", "Haushalt", "Karin Moll", "Rat")),
        ("Themen: Rat, Haushalt, Karin Moll", ("Rat", "Haushalt", "Karin Moll")),
        ("Schlagwörter: Rat | Bäder", ("Rat", "Bäder")),
        ("Themen\nRat\nKarin Moll\nHaushalt", ("Rat", "Karin Moll", "Haushalt")),
        ("Quelle: dpa\n\nRat\nKarin Moll\nHaushalt", ("Rat", "Karin Moll", "Haushalt")),
        ("Quelle: dpa\n\nAfDRatTikTokHaushalt", ("AfD", "Rat", "TikTok", "Haushalt")),
    ],
)
def test_tags(line: str, tags: tuple[str, ...]) -> None:
    article = article_of(f"Rat berät Haushalt\n\n{BODY}\n{line}\n")
    assert article.tags == tags
    assert len(article.paragraphs) == 2


@pytest.mark.parametrize(
    ("line", "published", "modified"),
    [
        ("22.01.2026, 15:52 Uhr", "2026-01-22T15:52:00+01:00", None),
        ("22. Januar 2026 | 15.52 Uhr", "2026-01-22T15:52:00+01:00", None),
        ("Stand: 22.07.2026, 15:52 Uhr", "2026-07-22T15:52:00+02:00", None),
        ("Donnerstag, 22.1.2026", "2026-01-22", None),
        ("Do, 22.01.26 - 9 Uhr", "2026-01-22T09:00:00+01:00", None),
        ("Veröffentlicht am 22. März 2026 um 08:05 Uhr", "2026-03-22T08:05:00+01:00", None),
        (
            "22.01.2026, 15:52 Uhr | Aktualisiert: 23.01.2026, 8:00 Uhr",
            *["2026-01-22T15:52:00+01:00"],
            "2026-01-23T08:00:00+01:00",
        ),
        ("Aktualisiert am 23.01.2026, 08:00 Uhr", "2026-01-23T08:00:00+01:00", None),
        ("Lindenau, 22.01.2026", "2026-01-22", None),
        ("Von dpa 22.01.2026, 15:52", "2026-01-22T15:52:00+01:00", None),
        ("Anna Muster, 22.01.2026 15:52 Uhr", "2026-01-22T15:52:00+01:00", None),
        ("22.01.2026, 15:52  3 Min.", "2026-01-22T15:52:00+01:00", None),
        ("2026-01-22T15:52:00Z", "2026-01-22T15:52:00+00:00", None),
        # The hour that the clock strikes twice is taken as the first; one that it leaves out keeps its offset.
        ("25.10.2026, 02:30 Uhr", "2026-10-25T02:30:00+02:00", None),
        ("31.02.2026, 15:52 Uhr", None, None),
    ],
)
def test_dates(line: str, published: str, modified: str | None) -> None:
    article = article_of(f"Rat berät Haushalt\n\n{line}\n\n{BODY}")
    assert (article.published, article.modified) == (published, modified)
    if published:
        assert "dateline" in kinds_of(article)


def test_the_zone_of_a_time_is_the_callers() -> None:
    draft = read_pasted(f"Rat\n22.01.2026, 15:52 Uhr\n\n{BODY}", name="n", timezone="Asia/Tokyo")
    assert draft.published == "2026-01-22T15:52:00+09:00"
    with pytest.raises(UsageError, match="Nirgendwo"):
        read_pasted(f"22.01.2026, 15:52 Uhr\n\n{BODY}", name="n", timezone="Nirgendwo/Stadt")


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Von Anna Muster", ("Anna Muster",)),
        ("Von Anna Muster, Berlin", ("Anna Muster",)),
        ("Von Anna Muster und Ben van Beispiel", ("Anna Muster", "Ben van Beispiel")),
        ("Ein Gastbeitrag von Prof. Dr. Anna Muster", ("Prof. Dr. Anna Muster",)),
        ("Eine Analyse von Anna-Lena Muster-Ost", ("Anna-Lena Muster-Ost",)),
        ("Von Anna Muster | 22.01.2026 | Lesezeit: 3 Min.", ("Anna Muster",)),
        ("Von Anna Muster, 22.01.2026, 15:52 Uhr", ("Anna Muster",)),
        ("Anna Muster, 22.01.2026, 15:52 Uhr", ("Anna Muster",)),
        ("Von Anna Muster, Redakteurin (Sport)  22.01.2026, 15:52 Uhr", ("Anna Muster",)),
    ],
)
def test_bylines(line: str, names: tuple[str, ...]) -> None:
    article = article_of(f"Rat berät Haushalt\n\n{line}\n\n{BODY}")
    assert article.byline == names
    assert len(article.paragraphs) == 2


@pytest.mark.parametrize("line", ["Von Lindenau nach Hohenwerder", "Von der Rolle"])
def test_a_subheading_is_not_a_byline(line: str) -> None:
    article = article_of(f"Rat berät Haushalt\n\n{BODY}\n{line}\n\n{BODY}")
    assert article.byline == ()
    assert line in article.text


@pytest.mark.parametrize(
    ("line", "agencies", "editors", "publisher"),
    [
        ("Quelle: ntv.de, gut/rts/dpa/AFP", ("Reuters", "dpa", "AFP"), ("gut",), "ntv.de"),
        ("Quelle: dpa", ("dpa",), (), None),
        ("Quelle: Lindenauer Bote, dpa", ("dpa",), (), "Lindenauer Bote"),
        ("© dpa-infocom, dpa:260122-930-581234/1", ("dpa",), (), None),
        ("mit Material von AFP", ("AFP",), (), None),
        ("Mit Informationen der Agentur Reuters", ("Reuters",), (), None),
        ("(dpa/fre)", ("dpa",), ("fre",), None),
        ("dpa/lby", ("dpa",), (), None),
        ("(kna)", ("KNA",), (), None),
        ("(fre)", (), ("fre",), None),
        ("© 2026 Lindenauer Bote. Alle Rechte vorbehalten.", (), (), "Lindenauer Bote"),
    ],
)
def test_closing_lines(line: str, agencies: tuple[str, ...], editors: tuple[str, ...], publisher: str | None) -> None:
    article = article_of(f"Rat berät Haushalt\n\n{BODY}\n{line}\n")
    assert (article.agencies, article.editors, article.publisher) == (agencies, editors, publisher)
    assert len(article.paragraphs) == 2


def test_place_and_agency_stay_in_the_text() -> None:
    for opening in ("Berlin (dpa) - ", "BERLIN/MÜNCHEN (dpa/lby) – ", "(dpa) "):
        article = article_of(f"Rat berät Haushalt\n\n{opening}{BODY}")
        assert article.agencies == ("dpa",)
        assert (article.lead or "").startswith(opening.strip())


def test_a_sign_after_the_last_sentence_is_taken_off() -> None:
    article = article_of(f"Rat berät Haushalt\n\n{BODY.rstrip()} (dpa/fre)")
    assert article.text.endswith("Bis dahin bleiben die Bäder geöffnet.")
    assert (article.agencies, article.editors) == (("dpa",), ("fre",))
    assert kinds_of(article) == ["agency_sign"]
    assert article_of(f"Rat\n\n{BODY.rstrip()} Das will der Rat (noch).").text.endswith("der Rat (noch).")


@pytest.mark.parametrize(
    ("lines", "text", "credit"),
    [
        ("Der Saal am Abend. (Foto: Jo Bild/dpa)", "Der Saal am Abend.", "Jo Bild/dpa"),
        ("Der Saal am Abend. Foto: Jo Bild/dpa", "Der Saal am Abend.", "Jo Bild/dpa"),
        ("Der Saal am Abend | Bild: Jo Bild", "Der Saal am Abend", "Jo Bild"),
        ("Der Saal am Abend. © Reuters", "Der Saal am Abend.", "Reuters"),
        ("Der Saal am Abend\nFoto: Jo Bild", "Der Saal am Abend", "Jo Bild"),
        ("Der Saal am Abend\n© Reuters", "Der Saal am Abend", "Reuters"),
        ("Der Saal am Abend\nQuelle: IMAGO / Jo Bild", "Der Saal am Abend", "IMAGO / Jo Bild"),
    ],
)
def test_captions(lines: str, text: str, credit: str) -> None:
    first, rest = BODY.split("\n\n", 1)
    article = article_of(f"Rat berät Haushalt\n\n{first}\n\n{lines}\n\n{rest}")
    assert article.captions == (Caption(text=text, credit=credit),)
    assert "Saal" not in article.text
    assert len(article.paragraphs) == 2


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ("Teilen\nMerken\nDrucken", "share"),
        ("Facebook\nX\nWhatsApp", "share"),
        ("12 Kommentare", "share"),
        ("00:00 / 02:17", "audio_player"),
        ("Artikel anhören", "audio_player"),
        ("Anzeige", "advert"),
        ("- Werbung -", "advert"),
        ("Lesen Sie auch: Was die Bäder kosten", "teaser"),
        ("Lesen Sie auch\nWas die Bäder kosten", "teaser"),
        ("Jetzt unseren Newsletter abonnieren", "newsletter"),
        ("Wir verwenden Cookies, um Inhalte zu zeigen.", "consent"),
        ("Lesezeit: 3 Min.", "reading_time"),
        ("Lesedauer 4 Minuten", "reading_time"),
        ("https://lindenauer-bote.example/rat", "url"),
    ],
)
def test_furniture_between_paragraphs(lines: str, kind: str) -> None:
    first, rest = BODY.split("\n\n", 1)
    article = article_of(f"Rat berät Haushalt\n\n{first}\n\n{lines}\n\n{rest}")
    assert kinds_of(article) == [kind] * len(lines.splitlines())
    assert article.text == canonical_text(f"Rat berät Haushalt\n\n{BODY}")


@pytest.mark.parametrize("word", ["Folgen", "Facebook", "Kontakt", "Hilfe", "Datenschutz"])
def test_a_word_above_a_paragraph_is_a_subheading(word: str) -> None:
    first, rest = BODY.split("\n\n", 1)
    article = article_of(f"Rat berät Haushalt\n\n{first}\n\n{word}\n\n{rest}")
    assert [article.text[part.start : part.end] for part in article.sections if part.kind == "subheading"] == [word]


@pytest.mark.parametrize(
    "sentence",
    [
        "Die Anzeige bei der Polizei kam zu spät.",
        (
            "Lesen Sie hier, sagte die Rektorin zu den Kindern, und schreiben Sie auf, was Sie gelesen haben, denn "
            "nur wer liest und schreibt, der behält auch, was er gelernt hat, so war es schon immer an dieser Schule."
        ),
        "Der Newsletter der Stadt, den niemand abonniert hatte, kostete 40.000 Euro im Jahr.",
        "Quelle des Ärgers ist nach Ansicht des Gutachters ein Rechenfehler aus dem vorigen Jahr.",
        "Von Anna Muster hatte im Rathaus noch niemand gehört.",
        "„Teilen“, sagte er.",
        "Am 22.01.2026 um 15:52 Uhr fiel der Strom aus.",
    ],
)
def test_a_sentence_stays_text(sentence: str) -> None:
    first, rest = BODY.split("\n\n", 1)
    article = article_of(f"Rat berät Haushalt\n\n{first}\n\n{sentence}\n\n{rest}")
    assert sentence in article.paragraphs
    assert article.furniture == ()


def test_readers_comments_are_not_the_article() -> None:
    comments = "Kommentare\nfluss77\nDas hätte man vor zehn Jahren haben können. Typisch für diese Stadt, sage ich da."
    article = article_of(f"Rat berät Haushalt\n\n{BODY}\nQuelle: dpa\n\n{comments}\n")
    assert len(article.paragraphs) == 2
    assert kinds_of(article) == ["source_line", "comments", "comments", "comments"]


def test_a_path_through_the_site_names_the_section() -> None:
    assert article_of(f"Startseite > Politik > Ausland\n\nRat tagt wieder\n\n{BODY}").section == "Ausland"


def test_the_headline_of_a_whole_sites_page() -> None:
    menu = "Politik\nSport\nWehraland\nAbo\nAlle Themen\nStadtwerke erhöhen die Preise\n10.01.2026\nTheater zu\n"
    foot = "Teilen\n\nStadtwerke\nTheater\nWehraland\nImpressum\n"
    page = f"{menu}\nStreit im Rat\nMoll nennt den Haushalt unfertig\n\n22.01.2026, 15:52 Uhr\n\n{BODY}\n{foot}"
    article = article_of(page)
    assert (article.kicker, article.headline) == ("Streit im Rat", "Moll nennt den Haushalt unfertig")
    assert article.published == "2026-01-22T15:52:00+01:00"
    assert article.text == canonical_text(f"Streit im Rat\n\nMoll nennt den Haushalt unfertig\n\n{BODY}")
    assert lost(page, read_pasted(page, name="n")) == ""


def test_hard_wraps_are_undone() -> None:
    wrapped = (
        "Rat berät Haushalt\n\n"
        "Der Rat hat am Abend über den Haushalt beraten und die Sitzung nach\n"
        "vier Stunden vertagt. Karin Moll nannte den Entwurf unfertig, der SPD-\n"
        "Kämmerer widersprach ihr und den Nachbarn, ohne Zahlen für die Bundes-\n"
        "straße zu nennen. Im Mai soll der Rat noch einmal zusammenkommen.\n\n"
        "Bis dahin bleiben die Bäder geöffnet, so hat es der Rat am Ende doch\n"
        "noch einmütig beschlossen. Das sagte am Morgen ein Sprecher.\n"
    )
    for decoded in (wrapped, wrapped.replace("\n", "\r\n")):
        article = article_of(decoded)
        assert article.lead is not None
        assert "nach vier Stunden" in article.lead
        assert "SPD-Kämmerer" in article.lead
        assert "Bundesstraße" in article.lead
        assert article.lead.endswith("zusammenkommen.")
        assert len(article.paragraphs) == 1
        for run in article.raw.offsets:
            if run.end - run.start == run.raw_end - run.raw_start:
                same = zip(article.text[run.start : run.end], decoded[run.raw_start : run.raw_end], strict=True)
                assert all(text == raw or (text, raw) == (" ", "\n") for text, raw in same)


def test_paragraphs_without_empty_lines() -> None:
    article = article_of("Rat berät Haushalt\n" + BODY.replace("\n\n", "\n"))
    assert (article.headline, len(article.paragraphs)) == ("Rat berät Haushalt", 2)


def test_text_without_headline() -> None:
    article = article_of(BODY)
    assert (article.kicker, article.headline, article.lead) == (None, None, None)
    assert len(article.paragraphs) == 3


def test_one_line_is_a_text() -> None:
    for line in ("Teilen", "Hallo", "Anzeige", "Politik", "22.01.2026"):
        assert article_of(line).text == line


@pytest.mark.parametrize("blank", ["", " \n\t\r\n", "\ufeff", "\u200b\u00ad\n\u00a0", "\x00"])
def test_a_file_of_blanks_is_refused_by_name(blank: str) -> None:
    with pytest.raises(InputError, match=r"leer\.txt: holds no text"):
        read_pasted(blank, name="leer.txt")


LINES = st.sampled_from(
    [
        "",
        "",
        "Politik",
        "Streit im RatKarin Moll greift an",
        "22.01.2026, 15:52 Uhr",
        "Von Anna Muster",
        "Teilen",
        "Facebook",
        "Anzeige",
        "Lesen Sie auch",
        "Kommentare",
        "Der Saal. (Foto: Jo Bild)",
        "Der Saal am Abend",
        "Foto: dpa",
        "+++ 22:10 Rat tagt +++",
        "Quelle: ntv.de, gut/dpa",
        "(dpa/fre)",
        "RatHaushaltKarin Moll",
        "Themen",
        "© 2026 Lindenauer Bote",
        "Mehr zum Thema",
        "Berlin (dpa) - Der Rat hat am Abend über den Haushalt beraten und sich vertagt.",
        "Karin Moll nannte den Entwurf unfertig. Der Kämmerer widersprach ihr, ohne Zahlen zu nennen. (fre)",
        "Der Rat hat am Abend über den Haushalt beraten und die Sitzung nach\nvier Stunden vertagt, wie es hieß.",
    ]
)
PAGES = st.lists(
    st.tuples(
        st.one_of(LINES, LINES, st.text(max_size=30)), st.sampled_from(["\n", "\r\n", "\n\n", " \n\u00a0\n", "\u2029"])
    ),
    max_size=25,
).map(lambda parts: "".join(line + end for line, end in parts))


@given(st.one_of(st.text(), PAGES))
@example("Politik\nTeilen\n")
@example("a\u0301\r\n\r\nb")
@example("\ud800 x")
@example("0 0 0 0 0 AA. A 0 0 0\r0A a")
def test_any_text_is_read_and_nothing_is_lost(decoded: str) -> None:
    if not canonical_text(decoded).strip():
        with pytest.raises(InputError):
            read_pasted(decoded, name="n")
        return
    draft = read_pasted(decoded, name="n")
    assert lost(decoded, draft) == ""
    assert draft.pieces
    assert article_of(decoded).text
