"""Finds entities by lists and simple evidence: no model, no tagger. Offsets are code points, half open.

Places, organisations, events and other names come from ``annotation/gazetteer``; roles from their paradigms; dates
from patterns; persons from evidence in the text (wortlaut.annotation.preannotate.persons). Of two that overlap
the longer one stays. A name inside a hyphened compound is not marked: annotators mark whole words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import msgspec

from wortlaut.annotation.preannotate.dates import find_dates
from wortlaut.annotation.preannotate.lexicon import entries, forms, words
from wortlaut.annotation.preannotate.persons import find_persons
from wortlaut.annotation.preannotate.roles import is_role
from wortlaut.annotation.preannotate.words import Word, is_determiner, is_name_shaped, split_words

__all__ = ["Entity", "find_entities", "find_names"]

# Words that name a party only with their article and without a noun: not im Grünen, der Grünen Woche.
_NEEDS_ARTICLE = frozenset({"Grünen"})
_ARTICLES = ("der", "die", "den")
_NOUN_FOLLOWS = re.compile(r" [A-ZÄÖÜ]")
_YEAR = re.compile(r"\s(?:19|20)\d\d(?![\w-])")
_LEGAL_FORM = re.compile(
    r"(?<![\w-])((?:[A-ZÄÖÜ][\w&-]*\s){1,4})(?:GmbH(?: & Co\. KG(?:aA)?)?|gGmbH|AG|SE|KG|KGaA|e\. ?V\.)(?![\w-])"
)
# Words that say what kind of company follows; they are not part of its name.
_KINDS = frozenset({"Firma", "Konzern", "Unternehmen", "Hersteller", "Anbieter", "Verein", "Bei", "Von", "Für", "Mit"})
# Institutions that are named by where they are: Landgericht Lindenau.
_INSTITUTION = re.compile(
    r"(?<![\w-])(?:(?:Technische|Freie|Medizinische)n?\s)?(?:Universität|Hochschule|Fachhochschule|Universitätsklinikum"
    r"|Klinikum|Landgericht|Amtsgericht|Verwaltungsgericht|Oberlandesgericht|Oberverwaltungsgericht|Arbeitsgericht"
    r"|Sozialgericht|Staatsanwaltschaft|Polizeipräsidium|Polizeidirektion|Polizeiinspektion|Stadtwerke|Landkreistag"
    r"|Handwerkskammer|Flughafen)\s([A-ZÄÖÜ][\w-]+)"
)
# Which of two equally long readings of the same words stays.
_ORDER = ("PER", "DATE", "GPE", "LOC", "ORG", "EVENT", "MISC", "ROLE")


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """An entity at ``text[start:end]``."""

    label: str
    start: int
    end: int


def find_entities(text: str, tags: Sequence[str] = ()) -> tuple[Entity, ...]:
    """Find the entities of a text, in its order, none overlapping. ``tags`` (an article's keywords) are evidence."""
    tokens = split_words(text)
    names = list(find_names(text, tokens))
    candidates = [*names]
    candidates += [Entity(label="DATE", start=start, end=end) for start, end in find_dates(text)]
    candidates += [Entity(label="ROLE", start=word.start, end=word.end) for word in tokens if is_role(word.text)]
    taken = {place for name in names for place in range(name.start, name.end)}
    persons = find_persons(text, tokens, taken, tags)
    candidates += [Entity(label="PER", start=start, end=end) for start, end in persons]
    return _without_overlap(candidates)


def find_names(text: str, tokens: Sequence[Word]) -> Iterator[Entity]:
    """Find every name of the lists, and organisations by their legal form or their kind; these may overlap."""
    index = _index()
    for number, word in enumerate(tokens):
        for form, label in index.get(word.text, ()):
            end = word.start + len(form)
            if not text.startswith(form, word.start) or not _ends_word(text, end):
                continue
            before = tokens[number - 1].text.lower() if number else ""
            if form in _NEEDS_ARTICLE and (before not in _ARTICLES or _NOUN_FOLLOWS.match(text, end)):
                continue
            year = _YEAR.match(text, end) if label == "EVENT" else None
            yield Entity(label=label, start=word.start, end=year.end() if year else end)
            break
    for match in _LEGAL_FORM.finditer(text):
        start = match.start()
        for part in split_words(match[1]):
            if is_determiner(part.text) or part.text in _KINDS:
                start = match.start() + part.end + 1
        if start < match.end(1):
            yield Entity(label="ORG", start=start, end=match.end())
    for match in _INSTITUTION.finditer(text):
        if is_name_shaped(match[1]) and not is_role(match[1]):
            yield Entity(label="ORG", start=match.start(), end=match.end())


def _ends_word(text: str, end: int) -> bool:
    following = text[end : end + 2]
    return not (following[:1].isalnum() or (following[:1] == "-" and following[1:].isalnum()))


def _without_overlap(candidates: Sequence[Entity]) -> tuple[Entity, ...]:
    longest = sorted(candidates, key=lambda hit: (hit.start - hit.end, _ORDER.index(hit.label), hit.start))
    kept: list[Entity] = []
    taken: set[int] = set()
    for hit in longest:
        places = range(hit.start, hit.end)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(hit)
    return tuple(sorted(kept, key=lambda hit: hit.start))


@lru_cache(maxsize=1)
def _index() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Give every form of every listed name under its first word, longest first."""
    found: dict[str, dict[str, str]] = {}
    listed = [*((entry, "GPE") for entry in sorted(words("countries"))), *entries("places")]
    for entry, label in (*listed, *entries("organisations"), *entries("events")):
        for form in forms(entry):
            first = split_words(form)[0].text
            found.setdefault(first, {}).setdefault(form, label)
    return {
        first: tuple(sorted(those.items(), key=lambda item: (-len(item[0]), item[0]))) for first, those in found.items()
    }
