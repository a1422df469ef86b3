"""Finds who speaks a quote, only where its sentence leaves no doubt: next to the cue, or in front of a colon.

A person is preferred to the role right before it; a pronoun counts. Offsets are code points, half open.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

import msgspec

from wortlaut.annotation.preannotate.cues import Cue
from wortlaut.annotation.preannotate.gazetteer import Entity
from wortlaut.annotation.preannotate.quotes import DirectQuote

__all__ = ["Speaker", "find_speaker"]

# How far from a quote its speaker is looked for, in code points.
_FRAME = 500
# What may stand between a verb of saying and its subject: an adverb or a date, then articles in the nominative
# and adjectives. After laut, nach Angaben and the like every case may follow.
_ADVERBS = (
    r"(?:\s(?:auch|zudem|dann|außerdem|weiter|später|gestern|heute|jedoch|dazu|daraufhin|anschließend|hingegen|dagegen"
    r"|zuvor|danach))*"
)
_ADJECTIVES = r"(?:\s(?:[a-zäöüß-]+(?:e|er)|[A-ZÄÖÜ][a-zäöüß]+er))*"
_TO_SUBJECT = re.compile(rf"{_ADVERBS}(?:\s(?:der|die|das|ein|eine|sein|seine|ihr|ihre))?{_ADJECTIVES}\s")
_TO_ANY_CASE = re.compile(
    r"(?:\s(?:von|vom))?(?:\s(?:der|die|das|dem|den|des|ein|eine|einer|eines|einem|einen|seines|seiner|ihres|ihrer))?"
    r"(?:\s(?:[a-zäöüß-]+(?:e|er|en|es|em)|[A-ZÄÖÜ][a-zäöüß]+er))*\s"
)
_DATE_GAP = re.compile(_ADVERBS + r"\s$")
# What may stand between the start of a sentence and its subject, for the subject to be what the verb agrees with.
_TO_FIRST = re.compile(
    r"[\s–—-]*(?:(?:Der|Die|Das|Ein|Eine|Sein|Seine|Ihr|Ihre)\s(?:[a-zäöüß-]+(?:e|er)\s|[A-ZÄÖÜ][a-zäöüß]+er\s)*"
    r"|Herr\s|Frau\s|(?:Prof\.\s)?(?:Dr\.\s)?)?"
)
_PRONOUN = re.compile(r"(?:er|sie)(?!\w)")
_FIRST_PRONOUN = re.compile(r"[\s–—-]*((?:Er|Sie))\s")
# Between a subject in front and the verb: nothing, an apposition between commas, or the auxiliary of the perfect.
_TO_VERB = re.compile(r"\s|,\s(?!(?:so|laut|wie)\s)[^,:;.!?„“”\"»«]{3,90},\s")
_TO_PARTICIPLE = re.compile(r"\s(?:hat|hatte|habe)\s[^,:;.!?]*")
_TITLE_GAP = re.compile(r"\s(?:Herr\s|Frau\s|(?:Prof\.\s)?(?:Dr\.\s)?)?")


class Speaker(msgspec.Struct, frozen=True, kw_only=True):
    """Who speaks: an entity (``label`` is its label) or a pronoun (``label`` is empty), at ``text[start:end]``."""

    label: str
    start: int
    end: int


def find_speaker(text: str, quote: DirectQuote, entities: Sequence[Entity]) -> Speaker | None:
    """Give the speaker of a quote, or None where the sentence does not say beyond doubt.

    ``entities`` are those of the text in its order; persons and roles can speak.
    """
    start, end = quote.sentence
    first = bisect_left(entities, max(start, quote.start - _FRAME), key=lambda hit: hit.start)
    last = bisect_left(entities, min(end, quote.end + _FRAME), key=lambda hit: hit.start)
    near = [hit for hit in entities[first:last] if hit.end <= end]
    outside = [hit for hit in near if hit.end <= quote.start or hit.start >= quote.end]
    cue = quote.cue
    if cue is None:
        return _before_colon(text, quote, outside)
    if cue.kind == "before":
        return next((_speaker(hit) for hit in outside if _can_speak(hit) and text[hit.end : cue.start] == " "), None)
    if cue.kind == "after":
        return _following(text, cue.end, outside, _TO_ANY_CASE, pronoun=text[cue.start : cue.end] == "so")
    if cue.kind == "verb":
        return _first(text, cue, start, outside) or _following(text, cue.end, outside, _TO_SUBJECT, pronoun=True)
    return None


def _following(
    text: str, at: int, entities: Sequence[Entity], gap: re.Pattern[str], *, pronoun: bool
) -> Speaker | None:
    date = next((hit for hit in entities if hit.label == "DATE" and _DATE_GAP.fullmatch(text, at, hit.start)), None)
    if date is not None:
        at = date.end
    if pronoun and (match := _PRONOUN.match(text, at + 1)) and text[at : at + 1] == " ":
        return Speaker(label="", start=match.start(), end=match.end())
    for number, hit in enumerate(entities):
        if hit.start > at and _can_speak(hit) and gap.fullmatch(text, at, hit.start):
            return _named(text, entities, number)
    return None


def _first(text: str, cue: Cue, start: int, entities: Sequence[Entity]) -> Speaker | None:
    """Give the subject that opens the sentence and that the verb follows."""
    match = _FIRST_PRONOUN.match(text, start)
    participle = text[cue.start : cue.end].startswith("ge") or text[cue.start : cue.end].endswith("t")
    if match and (match.end() == cue.start or (participle and _TO_PARTICIPLE.fullmatch(text, match.end(1), cue.start))):
        return Speaker(label="", start=match.start(1), end=match.end(1))
    for number, hit in enumerate(entities):
        if not _can_speak(hit) or not _TO_FIRST.fullmatch(text, start, hit.start):
            continue
        named = _named(text, entities, number)
        follows = _TO_VERB.fullmatch(text, named.end, cue.start) is not None
        return named if follows or (participle and _TO_PARTICIPLE.fullmatch(text, named.end, cue.start)) else None
    return None


def _before_colon(text: str, quote: DirectQuote, entities: Sequence[Entity]) -> Speaker | None:
    """Read ``Weber: „Wir kommen wieder“``, as headlines and interviews have it."""
    for number, hit in enumerate(entities):
        if _can_speak(hit) and _TO_FIRST.fullmatch(text, quote.sentence[0], hit.start):
            named = _named(text, entities, number)
            return named if re.fullmatch(r":\s", text[named.end : quote.start]) else None
    return None


def _named(text: str, entities: Sequence[Entity], number: int) -> Speaker:
    """Give the entity, or the person that follows a role."""
    hit = entities[number]
    following = entities[number + 1] if number + 1 < len(entities) else None
    if following is None or (hit.label, following.label) != ("ROLE", "PER"):
        return _speaker(hit)
    return _speaker(following if _TITLE_GAP.fullmatch(text, hit.end, following.start) else hit)


def _speaker(hit: Entity) -> Speaker:
    return Speaker(label=hit.label, start=hit.start, end=hit.end)


def _can_speak(hit: Entity) -> bool:
    return hit.label in ("PER", "ROLE")
