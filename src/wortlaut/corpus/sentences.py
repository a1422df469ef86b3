"""Where sentences end in a line of German press text, closing quotation marks and brackets passed over."""

from __future__ import annotations

import re

__all__ = ["ends_sentence", "ends_with", "holds_two_sentences"]

_CLOSERS = "“”„\"«»‘’›‹')]*"
_NEXT = re.compile(rf"[^\W\d_]{{2}}[.!?…][{re.escape(_CLOSERS)}]*\s+[„“»«\"‚‘›‹(]*[A-ZÄÖÜ]")


def ends_with(text: str, marks: str) -> bool:
    """Say whether a line ends with one of ``marks``.

    >>> ends_with("Er sagte: „Nein.“", ".!?"), ends_with("„Nein“, sagt er", ".!?"), ends_with("", ".!?")
    (True, False, False)
    """
    return text.rstrip(_CLOSERS + " \n").endswith(tuple(marks))


def ends_sentence(text: str) -> bool:
    """Say whether a line ends as a sentence does."""
    return ends_with(text, ".!?…")


def holds_two_sentences(text: str) -> bool:
    """Say whether a sentence ends within a line and another begins; ``5. Mai`` and ``H. Brandt`` are one."""
    return bool(_NEXT.search(text))
