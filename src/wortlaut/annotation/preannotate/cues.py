"""Finds the words that announce a quote: verbs of saying, ``laut``, ``zufolge``, ``so`` after a closing mark.

Simple by intent: no separable verbs, no parser. Offsets are code points, half open.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

import msgspec

from wortlaut.annotation.preannotate.lexicon import entries

__all__ = ["Cue", "CueKind", "find_cues"]

CueKind = Literal["verb", "after", "before", "none"]

# ``laut`` and its like want a noun phrase: the adverb (er lachte laut) is no cue.
_NOUN_PHRASE = re.compile(r"\s+(?:der|die|das|dem|des|den|einer|eines|einem|von|vom|[A-ZÄÖÜ])")
_SO_FRAME = re.compile(r"\s+(?:der|die|das|ein|eine|er|sie|[A-ZÄÖÜ])\b|\s+[A-ZÄÖÜ]")
_AFTER_QUOTE = re.compile(r"[“”\"»«‘’›‹'],?\s+$")


class Cue(msgspec.Struct, frozen=True, kw_only=True):
    """A cue at ``text[start:end]``. ``kind`` says where its speaker is to be looked for."""

    start: int
    end: int
    kind: CueKind


def find_cues(text: str) -> tuple[Cue, ...]:
    """Give every cue of the text in the order of their starts, those inside quotes too."""
    pattern, kinds = _lexicon()
    found = []
    for match in pattern.finditer(text):
        kind = kinds[match[0].lower()]
        if kind == "after" and not _frames(text, match.start(), match.end()):
            continue
        found.append(Cue(start=match.start(), end=match.end(), kind=kind))
    return tuple(found)


def _frames(text: str, start: int, end: int) -> bool:
    if text[start:end].lower() == "so":
        return bool(_AFTER_QUOTE.search(text[max(0, start - 4) : start]) and _SO_FRAME.match(text, end))
    return _NOUN_PHRASE.match(text, end) is not None


@lru_cache(maxsize=1)
def _lexicon() -> tuple[re.Pattern[str], dict[str, CueKind]]:
    kinds: dict[str, CueKind] = {}
    for entry, label in entries("cues"):
        match label:
            case "verb" | "after" | "before" | "none":
                kinds[entry.lower()] = label
            case _:
                raise ValueError(f"cues.txt: {entry!r} has the unknown kind {label!r}")
    longest = sorted(kinds, key=len, reverse=True)
    alternatives = "|".join(f"[{word[0].upper()}{word[0]}]{re.escape(word[1:])}" for word in longest)
    return re.compile(rf"(?<![\w-])(?:{alternatives})(?![\w-])"), kinds
