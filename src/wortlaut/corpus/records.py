"""One JSON record to a draft: the names that crawlers and archives give to the fields of an article.

``FIELDS`` is the whole list (docs/ingest.md shows it). The form of the crawler fundus is its own: a body of
summary and sections (``fundus.Article.to_json``, https://github.com/flairNLP/fundus). The toolkit's own records
(corpus/articles.jsonl) are read again exactly as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from wortlaut.corpus.canonical import CANONICAL_FORM, canonical_text
from wortlaut.corpus.dates import local_time
from wortlaut.corpus.draft import CaptionDraft, Draft, FurnitureDraft, Piece
from wortlaut.corpus.wraps import wrapped_at
from wortlaut.schema.article import Article, SectionKind, is_article_id
from wortlaut.schema.errors import InputError, RecordError

__all__ = ["FIELDS", "RecordDraft", "is_own_record", "own_article", "read_record"]

# Field of the article -> the names it is known by, the first one that is filled counts. Case does not matter,
# nor does a hyphen for an underscore.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "article_id": ("article_id",),
    "id": ("id", "uid", "guid"),
    "kicker": ("kicker", "overline", "dachzeile"),
    "headline": ("headline", "title"),
    "lead": ("lead", "summary", "teaser", "description", "abstract", "vorspann"),
    "text": ("paragraphs", "text", "body", "content", "article_body", "articlebody", "maintext", "plaintext"),
    "html": ("html", "content_html", "body_html"),
    "url": ("url", "link", "canonical_url"),
    "published": (
        "published", "publishing_date", "date_publish", "date_published", "datepublished", "published_at", "pubdate",
        "date",
    ),
    "modified": ("modified", "date_modify", "date_modified", "datemodified", "updated_at", "updated"),
    "byline": ("byline", "authors", "author", "creator"),
    "editors": ("editors", "editor"),
    "agencies": ("agencies", "agency"),
    "publisher": ("publisher", "source", "source_domain", "outlet", "newspaper"),
    "section": ("section", "category", "ressort"),
    "tags": ("tags", "topics", "keywords"),
    "captions": ("captions", "images"),
    "language": ("language", "lang"),
    "rights": ("rights", "license", "copyright"),
}  # fmt: skip
_OWN = {"article_id", "text", "text_sha256", "sections", "canonical", "raw"}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_TAGS = re.compile(r"</(?:p|div|a|strong|em|h[1-6]|li)>|<br\s*/?>", re.IGNORECASE)
_AUTHORS = re.compile(r"\s*;\s*|\s+und\s+")
_LISTED = re.compile(r"\s*[,;]\s*")
_KINDS: Mapping[str, SectionKind] = {
    "kicker": "kicker", "headline": "headline", "lead": "lead", "subheading": "subheading", "subhead": "subheading",
    "heading": "subheading", "paragraph": "paragraph", "p": "paragraph", "text": "paragraph", "": "paragraph",
}  # fmt: skip


class RecordDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A record as a draft; ``fundus`` where it had that form, what was odd, and the names of fields not read."""

    draft: Draft
    fundus: bool = False
    notes: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def is_own_record(fields: Mapping[str, object]) -> bool:
    """Say whether a record is one of the toolkit's own, from a ``corpus/articles.jsonl``."""
    return fields.keys() >= _OWN


def own_article(fields: Mapping[str, object], *, where: str) -> Article:
    """Read one of the toolkit's own records exactly. Raises InputError where it does not hold."""
    try:
        article = msgspec.convert(fields, Article)
    except (msgspec.ValidationError, RecordError) as error:
        what = error.what if isinstance(error, RecordError) else str(error)
        raise InputError(
            f"is an article of wortlaut that does not hold: {what}", where=where, hint="Ingest its source again"
        ) from error
    if article.canonical != CANONICAL_FORM or canonical_text(article.text) != article.text:
        raise InputError(
            f"its text is not in the canonical form {CANONICAL_FORM}", where=where, hint="Ingest its source again"
        )
    return article


def read_record(
    fields: Mapping[str, Any], *, where: str, record: int, stem: str, timezone: str, publisher: str | None = None
) -> RecordDraft:
    """Turn one JSON object into a draft.

    ``stem`` and ``publisher`` stand for the source where the record names none; an ``id`` is told apart by
    them. Raises InputError where the record holds no text.
    """
    return _Reader(fields, where=where, record=record, stem=stem, timezone=timezone, publisher=publisher).read()


class _Reader:
    """Takes a record apart, field by field, and remembers what it did not read."""

    def __init__(
        self,
        fields: Mapping[str, Any],
        *,
        where: str,
        record: int,
        stem: str,
        timezone: str,
        publisher: str | None,
    ) -> None:
        self._names = {_plain(name): name for name in reversed(list(fields))}
        self._fields = fields
        self._where, self._record, self._stem, self._timezone = where, record, stem, timezone
        self._publisher = publisher
        self._read: set[str] = set()
        self._notes: list[str] = []

    def read(self) -> RecordDraft:
        draft = self._draft()
        unread = tuple(
            name for name, value in self._fields.items() if name not in self._read and value not in (None, "", [], {})
        )
        fundus = isinstance(self._fields.get("body"), dict)
        return RecordDraft(draft=draft, fundus=fundus, notes=tuple(self._notes), unread=unread)

    def _draft(self) -> Draft:
        page = self._page()
        publisher = self._text("publisher") or page.publisher or self._publisher
        headline, lead = self._text("headline"), self._text("lead")
        head = [Piece(kind="kicker", text=kicker) for kicker in (self._text("kicker"),) if kicker]
        head += [Piece(kind="headline", text=headline)] if headline else []
        body, furniture = self._arranged(headline, lead)
        if body:
            pieces = (*head, *body)
        elif page.pieces:
            kinds = {piece.kind for piece in head}
            pieces = (*head, *(piece for piece in page.pieces if piece.kind not in kinds))
        else:
            raise InputError(
                "holds no article text",
                where=self._where,
                hint=f"One of these fields must be filled: {', '.join((*FIELDS['text'], *FIELDS['html']))}",
            )
        return msgspec.structs.replace(
            page,
            pieces=pieces,
            record=self._record,
            publisher=publisher,
            article_id=self._id(publisher),
            furniture=(*page.furniture, *furniture),
            **self._metadata(page),
        )

    def _metadata(self, page: Draft) -> dict[str, Any]:
        """Give the plain fields; what the record does not say is what its page says."""
        language = self._text("language")
        if language and not _LANGUAGE.fullmatch(language):
            self._notes.append(f"the language {language!r} is no language tag; taken as {page.language}")
            language = None
        return {
            "url": self._text("url") or page.url,
            "published": self._time("published") or page.published,
            "modified": self._time("modified") or page.modified,
            "section": ", ".join(self._list("section")) or page.section,
            "byline": self._list("byline", _AUTHORS) or page.byline,
            "editors": self._list("editors", _LISTED) or page.editors,
            "agencies": self._list("agencies", _LISTED) or page.agencies,
            "tags": self._list("tags", _LISTED) or page.tags,
            "captions": self._captions() or page.captions,
            "language": language.replace("_", "-") if language else page.language,
            "rights": self._text("rights") or page.rights,
        }

    def _page(self) -> Draft:
        """Read the web page that a record holds; an empty draft where it holds none or its text beside it."""
        name, value = self._value("html")
        if name is None:
            return Draft(pieces=())
        self._read.add(name)
        url, publisher = None, None
        if isinstance(value, dict):  # fundus: the page and where it was found
            info = value.get("source_info")
            publisher = info.get("publisher") if isinstance(info, dict) else None
            url = value.get("responded_url") or value.get("requested_url")
            value = value.get("content")
        if isinstance(value, str) and value.strip() and self._value("text")[0] is None:
            from wortlaut.corpus.html import read_html

            draft = read_html(value, name=self._where, url=self._text("url") or _str(url), timezone=self._timezone)
            # The offsets of such a draft count within the field, not within the file.
            pieces = tuple(msgspec.structs.replace(piece, raw_start=None) for piece in draft.pieces)
            furniture = tuple(msgspec.structs.replace(item, raw_start=None) for item in draft.furniture)
            return msgspec.structs.replace(draft, pieces=pieces, furniture=furniture)
        return Draft(pieces=(), url=_str(url), publisher=_str(publisher))

    def _arranged(self, headline: str | None, lead: str | None) -> tuple[list[Piece], list[FurnitureDraft]]:
        """Give lead and body, without the headline and lead that many archives repeat in the body."""
        body = self._body()
        furniture: list[FurnitureDraft] = []
        first = next((number for number, piece in enumerate(body) if canonical_text(piece.text)), None)
        if first is not None and headline and canonical_text(body[first].text) == canonical_text(headline):
            furniture.append(FurnitureDraft(kind="repeat", text=canonical_text(headline)))
            del body[first]
        if not lead or not body:
            return body, furniture
        opening = canonical_text(body[0].text)
        short = canonical_text(lead)
        if body[0].kind == "lead" or opening == short or opening.startswith(short.rstrip(".… ") or "\0"):
            if opening != short:
                furniture.append(FurnitureDraft(kind="description", text=short))
            if opening == short and len(body) > 1:
                body[0] = Piece(kind="lead", text=body[0].text)
            return body, furniture
        return [Piece(kind="lead", text=lead), *body], furniture

    def _body(self) -> list[Piece]:
        name, value = self._value("text")
        if name is None:
            return []
        self._read.add(name)
        if isinstance(value, dict):
            self._read.update(self._names[alias] for alias in ("plaintext",) if alias in self._names)
            return list(self._fundus_body(value))
        if isinstance(value, str):
            pieces = _paragraphs(value)
        elif isinstance(value, list):
            pieces = [piece for number, part in enumerate(value) for piece in self._part(name, number, part)]
        else:
            raise InputError(f"the field {name!r} holds {_kind(value)}, not text", where=self._where)
        if any(_TAGS.search(piece.text) for piece in pieces):
            self._notes.append(f"the field {name!r} holds HTML tags, which stay in the text; a page goes in 'html'")
        return [piece for piece in pieces if piece.text.strip()]

    def _part(self, name: str, number: int, part: object) -> Iterable[Piece]:
        kind: object = ""
        text = part
        if isinstance(part, dict):
            text = part.get("text")
            kind = part.get("kind", part.get("type", ""))
        if not isinstance(text, str) or not isinstance(kind, str) or kind not in _KINDS:
            what = f"a part of the kind {kind!r}" if isinstance(text, str) else _kind(text)
            raise InputError(
                f"the field {name!r} holds {what} at [{number}]",
                where=self._where,
                hint=f'A part is a string, or {{"text": ..., "kind": one of {", ".join(filter(None, _KINDS))}}}',
            )
        return (Piece(kind=_KINDS[kind], text=text),)

    def _fundus_body(self, body: Mapping[str, Any]) -> Iterable[Piece]:
        sections = body.get("sections")
        if not isinstance(sections, list) or not all(isinstance(section, dict) for section in sections):
            raise InputError(
                "its body is an object without a list of sections", where=self._where, hint="See docs/ingest.md: fundus"
            )
        parts: list[tuple[SectionKind, object]] = [("lead", body.get("summary"))]
        for section in sections:
            parts += [("subheading", section.get("headline")), ("paragraph", section.get("paragraphs"))]
        for kind, texts in parts:
            for text in texts if isinstance(texts, list) else [texts]:
                if isinstance(text, str) and text.strip():
                    yield Piece(kind=kind, text=text)
                elif text is not None and not isinstance(text, str):
                    raise InputError(f"its body holds {_kind(text)} as a {kind}", where=self._where)

    def _captions(self) -> tuple[CaptionDraft, ...]:
        name, value = self._value("captions")
        if name is None:
            return ()
        self._read.add(name)
        found: list[CaptionDraft] = []
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str):
                found.append(CaptionDraft(text=item))
            elif isinstance(item, dict):
                text = _str(item.get("caption")) or _str(item.get("text"))
                credit = _str(item.get("credit")) or ", ".join(_strings(item.get("authors"))) or None
                found += [CaptionDraft(text=text, credit=credit)] if text else []
        return tuple(caption for caption in found if caption.text.strip())

    def _id(self, publisher: str | None) -> str | None:
        """Give the record's own id; a bare ``id`` is unique in its source only, so it takes the source's name."""
        for field in ("article_id", "id"):
            name, value = self._value(field)
            if name is None:
                continue
            self._read.add(name)
            own = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
            if not is_article_id(own) or canonical_text(own) != own:
                self._notes.append(f"the field {name!r} is no id (1 to 200 characters, no blanks); one was made")
            elif field == "article_id":
                return own
            else:
                source = re.sub(r"[^\w.]+", "-", (publisher or self._stem).lower()).strip("-") or "article"
                return f"{source}-{own}"
        return None

    def _value(self, field: str) -> tuple[str | None, Any]:
        """Give the record's name for a field and its value; None where no name of it is filled."""
        for alias in FIELDS[field]:
            name = self._names.get(alias)
            if name is not None and self._fields[name] not in (None, "", [], {}):
                return name, self._fields[name]
        return None, None

    def _text(self, field: str) -> str | None:
        name, value = self._value(field)
        if name is None:
            return None
        self._read.add(name)
        text = _str(value) if not isinstance(value, dict) else _str(value.get("name"))
        if text is None:
            self._notes.append(f"the field {name!r} holds {_kind(value)}, not text; not read")
        return text.strip() or None if text else None

    def _list(self, field: str, separator: re.Pattern[str] | None = None) -> tuple[str, ...]:
        name, value = self._value(field)
        if name is None:
            return ()
        self._read.add(name)
        if isinstance(value, str) and separator is not None:
            value = value.strip().removeprefix("Von ").removeprefix("von ")
            return tuple(part.strip() for part in separator.split(value) if part.strip())
        found = _strings(value)
        if len(found) < (len(value) if isinstance(value, list) else 1):
            self._notes.append(f"the field {name!r} holds more than names; {len(found)} read")
        return found

    def _time(self, field: str) -> str | None:
        name, value = self._value(field)
        if name is None:
            return None
        self._read.add(name)
        found = local_time(value, timezone=self._timezone)
        if found is None:
            self._notes.append(f"the field {name!r} holds no time that can be read: {str(value)[:60]!r}")
        return found


def _paragraphs(text: str) -> list[Piece]:
    """Part a text into paragraphs: a line is one, unless the text was broken into lines of one width."""
    lines = [line.strip() for line in text.splitlines()]
    follows = [bool(number and lines[number - 1] and line) for number, line in enumerate(lines)]
    wrapped = wrapped_at(lines, follows)
    parts: list[list[str]] = []
    goes_on = False
    for number, line in enumerate(lines):
        if line and goes_on:
            parts[-1].append(line)
        elif line:
            parts.append([line])
        goes_on = number in wrapped
    return [Piece(kind="paragraph", text="\n".join(part), unwrap=len(part) > 1) for part in parts]


def _strings(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    names = (item.get("name") if isinstance(item, dict) else item for item in items)
    return tuple(name.strip() for name in names if isinstance(name, str) and name.strip())


def _str(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", bool: "true or false", type(None): "null", str: "text"}
    return names.get(type(value), "a number")
