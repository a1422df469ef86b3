"""Text from outside, made safe to print: control characters, escapes and direction marks are shown, not sent."""

from __future__ import annotations

__all__ = ["printable", "quoted"]


def printable(text: str) -> str:
    r"""Write every character that does not print as its escape, so that the line stays one line and stays as it is.

    That takes in control characters (with them what moves a terminal's cursor), line ends, direction overrides,
    zero-width characters, blanks other than the space, and halves of surrogate pairs.

    >>> printable("Otto\x1b[2J\u202eK\xf6ln\n")
    'Otto\\x1b[2J\\u202eKöln\\n'
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def quoted(text: str, most: int = 40) -> str:
    """Give a text in quotation marks, on one line and safe to print; where it is longer, cut and with an ellipsis.

    >>> quoted("Der Rat tagt."), quoted("Der Rat tagt.", 7)
    ("'Der Rat tagt.'", "'Der Rat…'")
    """
    return repr(text if len(text) <= most else f"{text[:most]}…")
