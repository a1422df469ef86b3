"""The guidelines as the HTML that Label Studio shows before the first task and behind its button.

Label Studio keeps of the HTML what it holds for safe. What is written by hand is Markdown alone: HTML in it is shown
as it stands, never run. Pictures and links to other files of the project lead nowhere there and are left out.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from wortlaut.annotation.guidelines import label_chapter
from wortlaut.schema.errors import InputError
from wortlaut.schema.project import Project
from wortlaut.schema.scheme import Scheme

if TYPE_CHECKING:
    from markdown_it.token import Token

__all__ = ["GUIDELINES", "instruction_html", "markdown_html", "same_html"]

GUIDELINES = "annotation/guidelines.md"

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_WEB = ("http://", "https://", "mailto:")


def instruction_html(project: Project, scheme: Scheme) -> str:
    """Give the project's guidelines, where it has some, and the label chapter of its scheme.

    Raises InputError for guidelines that cannot be read.
    """
    path = project.path(GUIDELINES)
    try:
        written = path.read_text(encoding="utf-8") if path.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read as UTF-8 text: {error}", where=str(path)) from error
    return "\n".join(filter(None, (markdown_html(written), markdown_html(label_chapter(scheme)))))


def markdown_html(text: str) -> str:
    r"""Render Markdown.

    >>> markdown_html("**Ja** <b>& [hier](labels.md), [dort](https://example.org)")
    '<p><strong>Ja</strong> &lt;b&gt;&amp; hier, <a href="https://example.org">dort</a></p>\n'
    """
    from markdown_it import MarkdownIt

    renderer = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = renderer.parse(_COMMENT.sub("", text))
    for token in tokens:
        # Label Studio takes styles away; there they only align columns.
        token.attrs.pop("style", None)
        if token.children:
            token.children = list(_shown(token.children))
    return str(renderer.renderer.render(tokens, renderer.options, {}))


def same_html(one: str, other: str) -> bool:
    """Say whether two texts differ in no more than in how characters are escaped and in white space."""
    return _plain(one) == _plain(other)


def _shown(children: Iterable[Token]) -> Iterable[Token]:
    """Give the parts of a line without pictures and without links to files; the text of both stays."""
    kept: list[bool] = []
    for child in children:
        if child.type == "image":
            child.type, child.tag, child.children = "text", "", None
        elif child.type == "link_open":
            kept.append(str(child.attrs.get("href", "")).startswith(_WEB))
            if not kept[-1]:
                continue
        elif child.type == "link_close" and not kept.pop():
            continue
        yield child


def _plain(text: str) -> str:
    return " ".join(html.unescape(text).split())
