"""Bytes to text: which encoding a file is in, and a clear word where it is in none.

The order of evidence: a byte order mark; UTF-8 that holds throughout; the charset that an HTML or XML page
declares; Windows-1252, only where the text then reads as German, and never without a note. Bytes are never
replaced: a file that fits no encoding is an error with the offset of the byte that does not fit.

``data.decode(decoded.encoding)`` gives the decoded text again, so offsets into it can be traced to the file.
"""

from __future__ import annotations

import codecs
import re

import msgspec

from wortlaut.schema.errors import InputError

__all__ = ["Decoded", "binary_kind", "decode", "refuse_binary"]

# The first bytes of what is not text, and what to do with it instead. Sources: the formats' own
# specifications; https://en.wikipedia.org/wiki/List_of_file_signatures collects them.
_COPY = "Copy its text into a .txt file"
_UNPACK = "Unpack it first"
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-", "a PDF", _COPY),
    (b"PK\x03\x04", "a ZIP archive or an office document (DOCX, ODT, EPUB)", _COPY),
    (b"PK\x05\x06", "an empty ZIP archive", _UNPACK),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document (DOC, XLS)", _COPY),
    (b"{\\rtf", "an RTF document", _COPY),
    (b"\x89PNG\r\n\x1a\n", "a PNG image", "Take a text file or a web page"),
    (b"\xff\xd8\xff", "a JPEG image", "Take a text file or a web page"),
    (b"GIF8", "a GIF image", "Take a text file or a web page"),
    (b"\x1f\x8b", "gzip data inside gzip data", _UNPACK),
    (b"BZh91AY&SY", "bzip2 data", "Unpack it first: bunzip2"),
    (b"\xfd7zXZ\x00", "xz data", "Unpack it first: unxz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data", "Unpack it first: unzstd"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"PAR1", "a Parquet file", "Write its rows as JSON, one a line, and ingest that"),
    (b"SQLite format 3\x00", "an SQLite database", "Write its rows as JSON, one a line, and ingest that"),
    (b"WARC/", "a WARC archive", "Take the pages out of it and ingest the .html files"),
    (b"\x7fELF", "a program", "Take a text file or a web page"),
    (b"MZ\x90", "a program", "Take a text file or a web page"),
)
_MHTML = re.compile(rb"\A(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){1,12}", re.ASCII)
_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(
    rb"<meta[^>]{0,400}?charset\s*=\s*[\"']?\s*([\w.:-]+)|\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)",
    re.IGNORECASE,
)
# What the web calls Latin-1 or ASCII is Windows-1252 (https://encoding.spec.whatwg.org/#names-and-labels).
_AS_WINDOWS = {"iso8859-1", "ascii", "cp1252"}
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_GERMAN_LETTERS = re.compile(r"(?<=[A-Za-z])[äöüß]|[ÄÖÜäöü](?=[a-zß])")
_GERMAN_MARKS = set("äöüÄÖÜß„“”‚‘’‹›«»–—…•·§°€×²³½é\u00a0\u00ad")
# A control that no text holds. Its share says text from data; one stray NUL is mended by the canonical form.
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SAMPLE = 65_536
_MOST_CONTROLS = 0.005


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """A text, the Python name of the encoding it was in, and what had to be guessed (``note``, empty if nothing)."""

    text: str
    encoding: str = "utf-8"
    note: str = ""


def decode(data: bytes, *, where: str, offset: int = 0) -> Decoded:
    """Decode a file, or a record of one that starts at byte ``offset``.

    Raises InputError, its place being ``where``: for empty input, for what is not text (a PDF, an image), and
    for bytes that fit no encoding, with the byte offset in the file.
    """
    if not data:
        raise InputError("is empty", where=where, hint="Fetch it again, or leave it out")
    refuse_binary(data, where=where)
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), "")
    if encoding:
        return Decoded(text=_strictly(data, encoding, where, offset), encoding=encoding)
    try:
        return Decoded(text=data.decode("utf-8"))
    except UnicodeDecodeError as error:
        return _without_utf8(data, error, where, offset)


def refuse_binary(data: bytes, *, where: str) -> None:
    """Raise InputError where ``data``, the start of a file or all of it, is not text."""
    kind = binary_kind(data)
    if kind is not None:
        raise InputError(f"is {kind[0]}, not text", where=where, hint=kind[1])


def binary_kind(data: bytes) -> tuple[str, str] | None:
    """Say what the bytes are, and what to do with them, where they are not text; None for text."""
    for magic, what, hint in _MAGIC:
        if data.startswith(magic):
            return what, hint
    if any(data.startswith(mark) for mark, _ in _BOMS):
        return None
    sample = data[:_SAMPLE]
    if data[:4] == b"RIFF" or data[4:8] == b"ftyp":
        return "a sound, film or picture file", "Take a text file or a web page"
    headers = _MHTML.match(sample)
    if headers and re.search(rb"^content-type:\s*multipart/related", headers[0], re.IGNORECASE | re.MULTILINE):
        return "a web archive (MHTML)", 'Save the page as "Webpage, HTML only"'
    controls = len(_CONTROLS.findall(sample))
    if not controls:
        return None
    nuls = max(sample[0::2].count(0), sample[1::2].count(0))
    if nuls > len(sample) / 4 and min(sample[0::2].count(0), sample[1::2].count(0)) < nuls / 20:
        return "UTF-16 without a byte order mark", "Save it as UTF-8: iconv -f UTF-16LE -t UTF-8"
    if controls > max(1, len(sample) * _MOST_CONTROLS):
        return f"binary data ({controls} control characters in {len(sample)} bytes)", "Take a text file or a web page"
    return None


def _without_utf8(data: bytes, error: UnicodeDecodeError, where: str, offset: int) -> Decoded:
    place = offset + error.start
    byte = f"byte 0x{data[error.start]:02x} at byte offset {place}"
    if error.reason == "unexpected end of data" and len(data) - error.start < 4 and data[error.start] >= 0xC2:
        before = data[: error.start]
        if _MULTIBYTE.search(before) or before.isascii():
            raise InputError(
                f"ends in the middle of a UTF-8 character (byte offset {place})",
                where=where,
                hint="The file was cut off: fetch it again",
            ) from error
    declared = _declared(data)
    if declared and declared != "utf-8":
        return Decoded(text=_strictly(data, declared, where, offset), encoding=declared)
    if _MULTIBYTE.search(data):
        raise InputError(
            f"mixes encodings: most of it is UTF-8, {byte} is not",
            where=where,
            hint="Mend that place, or save the whole file as UTF-8 in an editor",
        ) from error
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        text = ""
    if _reads_german(text):
        note = f"is not UTF-8 ({byte}); read as Windows-1252, in which its umlauts make German words"
        return Decoded(text=text, encoding="cp1252", note=note)
    raise InputError(f"is not UTF-8 ({byte}){_guess(data)}", where=where, hint="Save it as UTF-8") from error


def _strictly(data: bytes, encoding: str, where: str, offset: int) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"says that it is {encoding} but is not: {error.reason} at byte offset {offset + error.start}",
            where=where,
            hint="The file is cut off or mixes encodings: save the whole file as UTF-8 in an editor",
        ) from error


def _declared(data: bytes) -> str:
    """Give the Python name of the charset that a page declares in its first bytes, or nothing."""
    match = _DECLARED.search(data[:4096])
    if not match:
        return ""
    try:
        name = (match[1] or match[2]).decode("ascii")
        b"a".decode(name, "replace")  # refuses what Python calls a codec and is no charset: hex, rot13
        name = codecs.lookup(name).name
    except (LookupError, UnicodeDecodeError):
        return ""
    # The declaration was read as ASCII: it cannot be true of UTF-16 (the web's rule too).
    if name.startswith(("utf-16", "utf-32")):
        return ""
    return "cp1252" if name in _AS_WINDOWS else name


def _reads_german(text: str) -> bool:
    beyond = [char for char in text if char > "\x7f"]
    german = sum(char in _GERMAN_MARKS for char in beyond)
    return bool(beyond) and german >= 0.9 * len(beyond) and bool(_GERMAN_LETTERS.search(text))


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    return f"; it may be {best.encoding}" if best is not None else ""
