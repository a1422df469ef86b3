"""Decides which pairs of quotation marks are direct speech, and which words announce them.

Only about half of all pairs in German news are direct speech; the rest are titles, names and distancing marks. The
prior is the share of direct speech by the number of words inside, counted over 1000 German news articles; each
piece of evidence for or against weighs one unit of log-odds, or two where it nearly decides. Nothing is fitted.
Offsets are code points, half open.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import msgspec

from wortlaut.annotation.preannotate import lexicon
from wortlaut.annotation.preannotate.cues import Cue, find_cues
from wortlaut.annotation.preannotate.marks import MarkPair, pair_marks
from wortlaut.annotation.preannotate.sentences import Sentences

__all__ = ["DirectQuote", "find_direct_quotes"]

# Share of direct speech among pairs with 1, 2, ... words inside; the last stands for 8 and more.
_SHARE = (0.13, 0.26, 0.25, 0.43, 0.65, 0.50, 0.76, 0.95)
_STRONG, _WEAK = 2.0, 1.0

_WORD = re.compile(r"\w+(?:[-’'.]\w+)*")
_NOUN_AFTER = re.compile(r"-\w| +[A-ZÄÖÜ]\w")
_NOUN_BEFORE = re.compile(r"\w +[A-ZÄÖÜ][\w-]+ +$")
_COMMA = re.compile(r" ?, ")
_INTERRUPTED = re.compile(r" ?, [^,:;\n]*(?:,[^,:;\n]*){0,2}, ?")


class DirectQuote(msgspec.Struct, frozen=True, kw_only=True):
    """Direct speech at ``text[start:end]``, marks included; its cue where one stands in the same sentence.

    ``continues`` is the index, in the list that holds this one, of the quote that this one carries on.
    ``sentence`` is the stretch that holds the quote and its frame.
    """

    start: int
    end: int
    sentence: tuple[int, int]
    cue: Cue | None = None
    continues: int | None = None


def find_direct_quotes(text: str, paragraphs: Sequence[tuple[int, int]]) -> tuple[DirectQuote, ...]:
    """Find the direct speech of a text whose paragraphs are given as ``(start, end)``, in the order of the text."""
    pairs = pair_marks(text, paragraphs)
    outer = [(pair.start, pair.end) for pair in pairs if not pair.level]
    sentences = Sentences(text, paragraphs, outer)
    inside = find_cues(text)
    outside = _outside(inside, outer)
    chained = {pair.continues for pair in pairs if pair.continues is not None}
    found: list[DirectQuote] = []
    place: dict[int, int] = {}
    enclosing: MarkPair | None = None
    for number, pair in enumerate(pairs):
        if enclosing is not None and pair.start >= enclosing.end:
            enclosing = None
        sentence = sentences.around(pair.start, pair.end)
        if enclosing is not None:
            sentence = (enclosing.inner_start, enclosing.inner_end)
        cue = _nearest(pair, sentence, outside if enclosing is None else inside)
        if not (number in chained or pair.continues is not None or _is_direct(text, pair, sentence[0], cue)):
            continue
        previous = pair.continues
        continues = place.get(previous) if previous is not None else _interrupted(text, pair, found, sentence)
        place[number] = len(found)
        found.append(DirectQuote(start=pair.start, end=pair.end, sentence=sentence, cue=cue, continues=continues))
        enclosing = enclosing or pair
    return tuple(found)


def _outside(cues: Sequence[Cue], outer: Sequence[tuple[int, int]]) -> list[Cue]:
    """Give the cues that stand in no outermost pair of marks."""
    starts = [start for start, _ in outer]
    kept = []
    for cue in cues:
        number = bisect_right(starts, cue.start) - 1
        if number < 0 or outer[number][1] <= cue.start:
            kept.append(cue)
    return kept


def _nearest(pair: MarkPair, sentence: tuple[int, int], cues: Sequence[Cue]) -> Cue | None:
    """Give the cue of the same sentence that stands nearest to the pair and not in it; of two, the one before."""
    place = bisect_right(cues, pair.start, key=_start)
    before = cues[place - 1] if place and cues[place - 1].end <= pair.start else None
    place = bisect_left(cues, pair.end, key=_start)
    after = cues[place] if place < len(cues) else None
    if before is not None and before.start < sentence[0]:
        before = None
    if after is not None and after.end > sentence[1]:
        after = None
    if before is None or after is None:
        return before or after
    return before if pair.start - before.end <= after.start - pair.end else after


def _start(cue: Cue) -> int:
    return cue.start


def _is_direct(text: str, pair: MarkPair, sentence_start: int, cue: Cue | None) -> bool:
    inner = text[pair.inner_start : pair.inner_end].strip()
    words = _WORD.findall(inner)
    if not words:
        return False
    comma = _COMMA.match(text, pair.end)
    framed = cue is not None and comma is not None and comma.end() == cue.start
    if framed and not text[sentence_start : pair.start].strip():
        # „…“, sagte X, with nothing before it: no title stands like that.
        return True
    finite = lexicon.words("finite_verbs")
    share = _SHARE[min(len(words), len(_SHARE)) - 1]
    score: float = math.log(share / (1 - share))
    before, after = text[max(0, pair.start - 60) : pair.start], text[pair.end : pair.end + 40]
    ends = inner[-1] in ".!?…,"
    score += _STRONG * (framed + ends + before.rstrip(" ").endswith(":"))
    score += _WEAK * (
        (cue is not None and not framed) + words[0][0].islower() + any(word.lower() in finite for word in words)
    )
    if not ends:
        score -= _STRONG * (bool(_NOUN_AFTER.match(after)) + _is_title(words))
    score -= _WEAK * bool(_NOUN_BEFORE.search(before))
    return score > 0


def _is_title(words: Sequence[str]) -> bool:
    """Say whether the words are a title or a name: nouns and the small words between them, the first capitalised."""
    first = words[0][0]
    if not (first.isupper() or first.isdigit()):
        return False
    small = lexicon.words("title_words")
    return all(word[0].isupper() or word[0].isdigit() or word in small for word in words)


def _interrupted(text: str, pair: MarkPair, found: Sequence[DirectQuote], sentence: tuple[int, int]) -> int | None:
    """Give the quote that its own frame interrupted (``„Wir kommen“, sagte sie, „und zwar bald.“``)."""
    if not found or found[-1].end > pair.start or found[-1].start < sentence[0]:
        return None
    last, inner = found[-1], text[pair.inner_start : pair.inner_end].lstrip()
    frame = text[last.end : pair.start]
    interrupts = (
        last.cue is not None
        and last.end <= last.cue.start < pair.start
        and text[last.end - 2] not in ".!?…"
        and inner[:1].islower()
        and _INTERRUPTED.fullmatch(frame) is not None
    )
    return len(found) - 1 if interrupts else None
