"""What the CRF looks at: a word and its neighbours, their shapes, tags and lemmas, and the word lists.

``FEATURES`` is the version of all that: a model that was trained with another one is refused, because its weights
would stand for other things. Tags and lemmas are HanTa's (STTS, https://pypi.org/project/HanTa); without it they are
left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from wortlaut.annotation.learnt.segments import Sentence
from wortlaut.annotation.preannotate.gazetteer import Entity, find_entities
from wortlaut.annotation.preannotate.lexicon import words

__all__ = ["FEATURES", "features_of", "has_hanta", "marks_of"]

FEATURES = 1
"""To be raised with every change here or in the word lists and rules that ``marks_of`` asks."""

_AROUND = 2  # tokens on either side
_SHAPES = (
    (re.compile(r"[A-ZÄÖÜÀ-Þ]"), "X"),
    (re.compile(r"[a-zäöüßà-ÿ]"), "x"),
    (re.compile(r"\d"), "d"),
)
_RUN = re.compile(r"(.)\1+")


def has_hanta() -> bool:
    """Say whether HanTa is installed."""
    return find_spec("HanTa") is not None


def marks_of(text: str) -> tuple[Entity, ...]:
    """Give what the rules and word lists find in a text, which the features of its tokens tell of."""
    return find_entities(text)


def features_of(sentence: Sentence, marks: Sequence[Entity], *, hanta: bool) -> list[list[str]]:
    """Give the features of each token of a sentence. ``marks`` are those of its text, in order."""
    listed = _listed(sentence, marks)
    tagged = _tagged(sentence.tokens) if hanta else [("", "")] * len(sentence.tokens)
    own = [
        _of_word(word, listed[number], *tagged[number], detailed=False) for number, word in enumerate(sentence.tokens)
    ]
    rows = []
    for number, word in enumerate(sentence.tokens):
        row = ["bias", *_of_word(word, listed[number], *tagged[number], detailed=True)]
        for step in range(-_AROUND, _AROUND + 1):
            if not step:
                continue
            place = number + step
            if 0 <= place < len(own):
                row += [f"{step:+d}:{feature}" for feature in own[place]]
            elif place in {-1, len(own)}:
                row.append(f"{step:+d}:end")
        rows.append(row)
    return rows


def _of_word(word: str, listed: str, lemma: str, tag: str, *, detailed: bool) -> list[str]:
    lower = word.lower()
    shape = _shape(word)
    short = _RUN.sub(r"\1", shape)
    row = [f"w={lower}", f"s={short}"]
    if tag:
        row += [f"t={tag}", f"l={lemma}"]
    if listed:
        row.append(f"g={listed}")
    if word in words("first_names") or word in words("first_names_more"):
        row.append("first_name")
    if not detailed:
        return row
    row += [f"W={word}", f"S={shape}"]
    row += [f"p{size}={lower[:size]}" for size in range(1, 5) if len(lower) > size]
    row += [f"e{size}={lower[-size:]}" for size in range(1, 6) if len(lower) > size]
    if "-" in word[1:-1]:
        row += [f"h={lower.partition('-')[0]}", f"H={lower.rpartition('-')[2]}"]
    return row


def _shape(word: str) -> str:
    for pattern, letter in _SHAPES:
        word = pattern.sub(letter, word)
    return word


def _listed(sentence: Sentence, marks: Sequence[Entity]) -> list[str]:
    """Give for each token the mark that it stands in, and whether it begins it."""
    found = [""] * len(sentence.tokens)
    first, last = sentence.starts[0], sentence.ends[-1]
    for mark in marks:
        if mark.end <= first or mark.start >= last:
            continue
        for number, (start, end) in enumerate(zip(sentence.starts, sentence.ends, strict=True)):
            if start < mark.end and mark.start < end:
                found[number] = f"{'B' if start <= mark.start else 'I'}-{mark.label}"
    return found


def _tagged(tokens: Sequence[str]) -> list[tuple[str, str]]:
    """Give lemma and tag of each token."""
    return [(str(lemma), str(tag)) for _, lemma, tag in _tagger().tag_sent(list(tokens))]


@lru_cache(maxsize=1)
def _tagger() -> Any:
    from HanTa.HanoverTagger import HanoverTagger  # type: ignore[import-untyped]  # has no types

    return HanoverTagger("morphmodel_ger.pgz")
