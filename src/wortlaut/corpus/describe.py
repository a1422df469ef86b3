"""An article as a person checks it: every field, every part of the text, and what was set aside."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from wortlaut.schema.article import Article

__all__ = ["describe"]

_WIDTH = 100
_NAMES = 12


def describe(article: Article, *, outcome: str = "") -> str:
    """Give the fields of an article as lines to read, controls made visible; it ends with an empty line.

    ``outcome`` is a word on what became of it, such as ``added``.
    """
    raw = article.raw
    source = f"{raw.name}, record {raw.record}" if raw.record else raw.name
    head = f"{article.article_id}  (revision {article.revision}{', ' + outcome if outcome else ''})"
    fields = (
        ("read from", f"{source} ({raw.format}, {raw.encoding})"),
        ("publisher", article.publisher),
        ("url", article.url),
        ("published", article.published),
        ("modified", article.modified),
        ("section", article.section),
        ("byline", " | ".join(article.byline)),
        ("agencies", " | ".join(article.agencies)),
        ("editors", " | ".join(article.editors)),
        ("tags", " | ".join(article.tags)),
        ("language", article.language),
        ("rights", article.rights),
    )
    lines = [head]
    lines += (_line(name, value) for name, value in fields if value)
    lines.append(f"  text, {len(article.text)} characters in {len(article.sections)} parts:")
    lines += (_line(part.kind, article.text[part.start : part.end], 4) for part in article.sections)
    lines += _beside("captions, apart from the text:", ((c.text, c.credit) for c in article.captions))
    lines += _furniture(article)
    return "\n".join(lines) + "\n"


def _beside(title: str, captions: Iterable[tuple[str, str | None]]) -> Iterable[str]:
    for number, (text, credit) in enumerate(captions):
        if not number:
            yield f"  {title}"
        yield _line("caption", text, 4)
        if credit:
            yield _line("credit", credit, 4)


def _furniture(article: Article) -> Iterable[str]:
    if article.furniture:
        yield "  furniture, taken out of the page:"
    for piece in article.furniture:
        yield _line(piece.kind, piece.text, 4)


def _line(name: str, value: str, indent: int = 2) -> str:
    start = f"{' ' * indent}{name:<{_NAMES}} "
    # A page can hold what a terminal would obey: nothing but printable characters goes out.
    plain = "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in value.replace("\t", " "))
    parts = [
        textwrap.fill(part, _WIDTH, initial_indent=" " * len(start), subsequent_indent=" " * len(start))
        for part in plain.split("\n")
    ]
    return start + "\n".join(parts)[len(start) :]
