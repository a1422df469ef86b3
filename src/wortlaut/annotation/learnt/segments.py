"""Cuts a text into paragraphs, sentences and tokens, in the same way for training and for prediction.

Tokens are those of spaCy's German tokenizer, as in the config ``ner`` of a release; but a full stop is cut off
``GmbH.`` too, where spaCy leaves it on and no span could end before it. A paragraph ends at an empty line. Offsets are
code points into the whole text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from wortlaut.annotation.preannotate.sentences import Sentences

__all__ = ["Sentence", "german", "paragraphs", "sentences"]

_AFTER_CAPITAL = r"(?<=[a-zäöüß][A-ZÄÖÜ])\."
_PARAGRAPH = re.compile(r"[^\n]+(?:\n[^\n]+)*")


class Sentence(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A sentence: its tokens, and where each begins and ends in the text."""

    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    r"""Give where the paragraphs stand that are not blank.

    >>> list(paragraphs("Ein Satz.\n\nNoch einer.\n"))
    [(0, 9), (11, 22)]
    """
    for match in _PARAGRAPH.finditer(text):
        if match[0].strip():
            yield match.span()


def sentences(text: str) -> Iterator[Sentence]:
    """Give the sentences that hold a token, in order. None reaches over the end of a paragraph."""
    tokenizer = _tokenizer()
    spans = list(paragraphs(text))
    found = Sentences(text, spans)
    for start, end in spans:
        tokens = [
            (token.text, start + token.idx, start + token.idx + len(token.text))
            for token in tokenizer(text[start:end])
            if not token.is_space
        ]
        held: list[tuple[str, int, int]] = []
        last = start
        for token in tokens:
            if held and token[1] >= last:
                yield _sentence(held)
                held = []
            if token[1] >= last:
                last = max(found.around(token[1], token[2])[1], token[2])
            held.append(token)
        if held:
            yield _sentence(held)


def _sentence(tokens: list[tuple[str, int, int]]) -> Sentence:
    words, starts, ends = zip(*tokens, strict=True)
    return Sentence(tokens=words, starts=starts, ends=ends)


def german() -> Any:
    """Give spaCy's German language without a pipeline, and with the tokenizer that models are trained with."""
    import spacy
    from spacy.util import compile_suffix_regex

    language: Any = spacy.blank("de")
    suffixes = [*language.Defaults.suffixes, _AFTER_CAPITAL]
    language.tokenizer.suffix_search = compile_suffix_regex(suffixes).search
    return language


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    return german().tokenizer
