"""Encodings: what is read, what is guessed with a word on it, and what is refused with the byte that does not fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wortlaut.corpus.decode import binary_kind, decode
from wortlaut.schema.errors import InputError

SENTENCE = "Die Bürgermeisterin von Sankt Odilien, Änne Groß, sagte: „Wir prüfen das für übermorgen.“\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_encodings_are_read_without_a_note(encoding: str) -> None:
    decoded = decode(SENTENCE.encode(encoding), where="x.txt")
    assert decoded.text == SENTENCE
    assert decoded.note == ""


@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_byte_order_marks_of_both_orders(mark: str) -> None:
    decoded = decode(("\ufeff" + SENTENCE).encode(mark), where="x.txt")
    assert decoded.text == SENTENCE
    assert decoded.encoding == mark[:6]


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1))
def test_the_recorded_encoding_decodes_the_file_to_the_same_text(text: str) -> None:
    for encoding in ("utf-8", "utf-16"):
        data = text.encode(encoding)
        if binary_kind(data) is None:
            decoded = decode(data, where="x")
            assert data.decode(decoded.encoding) == decoded.text


def test_windows_1252_is_read_where_it_is_german_and_said_so() -> None:
    decoded = decode(SENTENCE.encode("cp1252"), where="x.txt")
    assert decoded.text == SENTENCE
    assert decoded.encoding == "cp1252"
    assert "byte 0xfc at byte offset 5" in decoded.note


@pytest.mark.parametrize(
    "text",
    ["Привет, это русский текст из газеты", "Το κείμενο είναι ελληνικό και όχι γερμανικό"],
    ids=["cyrillic", "greek"],
)
def test_other_8_bit_encodings_are_refused_not_read_as_german(text: str) -> None:
    encoding = "cp1251" if text[0] == "П" else "cp1253"
    with pytest.raises(InputError, match=r"^x\.txt: is not UTF-8 \(byte 0x.. at byte offset 0\)"):
        decode(text.encode(encoding), where="x.txt")


def test_old_dos_and_mac_umlauts_are_refused() -> None:
    for encoding in ("cp850", "mac_roman"):
        with pytest.raises(InputError, match="is not UTF-8"):
            decode(SENTENCE.replace("„", '"').replace("“", '"').encode(encoding), where="x.txt")


@pytest.mark.parametrize("declared", ["iso-8859-1", "ISO-8859-15", "windows-1252", "latin1"])
def test_the_charset_that_a_page_declares_is_taken(declared: str) -> None:
    page = f'<html><head><meta charset="{declared}"></head><body>Über Grün — für 5 €</body></html>'
    page = page.replace(" — ", " - ") if "15" in declared else page
    data = page.encode("iso8859-15" if "15" in declared else "cp1252")
    decoded = decode(data, where="x.html")
    assert decoded.text == page
    assert decoded.note == ""


def test_utf8_wins_over_a_declaration_that_is_wrong() -> None:
    page = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"></head>Grün</html>'
    assert decode(page.encode(), where="x.html").text == page


@pytest.mark.parametrize("declared", ["utf-16", "hex", "rot13", "gibt-es-nicht"])
def test_a_declaration_that_cannot_be_true_is_passed_over(declared: str) -> None:
    page = f'<meta charset="{declared}">Grüße für alle'
    assert decode(page.encode("cp1252"), where="x.html").text == page


def test_a_cut_off_character_is_told_with_its_offset() -> None:
    data = "Grüße und Bücher: ü".encode()[:-1]
    with pytest.raises(InputError, match=r"ends in the middle of a UTF-8 character \(byte offset 21\).*cut off"):
        decode(data, where="x.txt")


def test_mixed_encodings_are_told_with_the_offset_of_the_odd_byte() -> None:
    data = "Grüße, ".encode() + "Grüße".encode("cp1252")
    with pytest.raises(InputError, match=r"mixes encodings: most of it is UTF-8, byte 0xfc at byte offset 11 is not"):
        decode(data, where="x.txt")


def test_offsets_count_from_the_start_of_the_file() -> None:
    with pytest.raises(InputError, match="byte offset 1011"):
        decode("Grüße, ".encode() + "Grüße".encode("cp1252"), where="x.jsonl:3", offset=1000)


def test_cut_off_utf16_is_refused() -> None:
    with pytest.raises(InputError, match="says that it is utf-16 but is not: truncated data at byte offset"):
        decode(SENTENCE.encode("utf-16")[:-1], where="x.txt")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a PDF"),
        (b"PK\x03\x04\x14\x00\x06\x00", "DOCX"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a PNG image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a JPEG image"),
        (b"{\\rtf1\\ansi Hallo}", "an RTF document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40), "an old office document"),
        (b"PAR1\x15\x04\x15", "a Parquet file"),
        (b"WARC/1.0\r\nWARC-Type: response\r\n", "a WARC archive"),
        (b"RIFF\x24\x08\x00\x00WAVEfmt ", "a sound, film or picture file"),
        (bytes(range(256)) * 8, "binary data"),
        ("Ein Satz ohne Marke.".encode("utf-16-le"), "UTF-16 without a byte order mark"),
        (
            b"From: <Saved>\r\nSubject: Eine Seite\r\nContent-Type: multipart/related;\r\n\ttype=x\r\n\r\n",
            "MHTML",
        ),
    ],
)
def test_what_is_not_text_is_refused_by_name(data: bytes, name: str) -> None:
    with pytest.raises(InputError, match=name) as caught:
        decode(data, where="x")
    assert caught.value.hint, "says what to do instead"


@pytest.mark.parametrize("text", ["PK hieß er.", "MZ: eine Abkürzung", "Mehr: Text\nStand: heute\n\nNoch mehr", "7z"])
def test_text_that_begins_like_something_else_is_text(text: str) -> None:
    assert decode(text.encode(), where="x").text == text


def test_a_stray_control_character_does_not_make_a_text_binary() -> None:
    assert binary_kind(b"Ein langer Satz\x00 in einer Datei, die sonst ganz in Ordnung ist.") is None


def test_empty_input_is_told() -> None:
    with pytest.raises(InputError, match=r"^x\.txt: is empty\."):
        decode(b"", where="x.txt")


@given(st.binary(max_size=300))
def test_any_bytes_decode_or_are_refused_in_one_line(data: bytes) -> None:
    try:
        told = decode(data, where="x").note
    except InputError as error:
        told = str(error)
    assert "\n" not in told
