"""Seeded synthetic Label Studio exports in the real shape, for the benchmarks.

A task has about 2,500 characters, 40 spans of entities, mentions and cues, 8 quotes and 12 relations; every fifth
one was annotated by two annotators. The words are made of syllables and drawn by Zipf's law, so that tokenizers
and compressors meet as many new words as in press text. The same seed gives the same bytes.

    python benchmarks/synthetic.py 20000 /tmp/export.json
"""

from __future__ import annotations

import random
import sys
from bisect import bisect
from collections.abc import Iterator
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from typing import Any

import msgspec

__all__ = ["LABELS", "Words", "predicted_tasks", "write_export"]

LABELS = ("PER", "ORG", "GPE", "LOC", "EVENT", "ROLE", "DATE", "MISC")
_SYLLABLES = (
    *("ba", "be", "bi", "bo", "bu", "da", "de", "di", "do", "du", "fa", "fe", "ga", "ge", "hal", "ken", "lin", "mar"),
    *("ner", "ra", "re", "ri", "ro", "sa", "schen", "se", "ster", "ta", "te", "ti", "tung", "ver", "wa"),
)
_ROLES = ("Bürgermeisterin", "Sprecher", "Trainerin", "Ministerin", "Präsident", "Anwältin", "Vorsitzende", "Direktor")
_CUES = ("sagte", "erklärte", "betonte", "forderte")
_TYPES = 30_000
_DATA = ("headline", "publisher", "published", "section", "url", "byline", "agencies", "tags", "rights")
_Mark = tuple[int, int, str]


class Words:
    """A vocabulary drawn by Zipf's law."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._words = ["".join(rng.choices(_SYLLABLES, k=rng.choice((1, 2, 2, 3, 3, 4, 5)))) for _ in range(_TYPES)]
        self._weights = list(accumulate(1 / (rank + 2.7) for rank in range(_TYPES)))

    def pick(self, number: int) -> list[str]:
        """Draw so many words."""
        top = self._weights[-1]
        return [self._words[bisect(self._weights, self._rng.random() * top)] for _ in range(number)]

    def name(self) -> str:
        """Draw a name of one or two words."""
        return " ".join(word.capitalize() for word in self.pick(self._rng.choice((1, 2, 2))))


class _Sentence(msgspec.Struct):
    text: str
    marks: list[_Mark]  # spans, offsets in the sentence
    relations: list[tuple[int, int, str]]  # numbers of marks


def _quote_sentence(words: Words, rng: random.Random, *, cue_of: bool) -> _Sentence:
    parts: list[str] = []
    marks: list[_Mark] = []

    def add(text: str, label: str = "") -> None:
        start = sum(map(len, parts))
        if label:
            marks.append((start, start + len(text), label))
        parts.append(text)

    add(words.name(), "PER")
    add(", ")
    add(rng.choice(_ROLES), "ROLE")
    add(" der ")
    add(words.name() + " GmbH", "ORG")
    if cue_of:
        add(", ")
        add(rng.choice(_CUES), "CUE")
    else:
        add(" in ")
        add(words.name(), "GPE")
    add(": ")
    add(f"„{' '.join(words.pick(9)).capitalize()}.“", "DIRECT")
    relations = [(4, 0, "SPEAKER")]
    if cue_of:
        relations.append((3, 4, "CUE_OF"))
    return _Sentence(text="".join(parts), marks=marks, relations=relations)


def _plain_sentence(words: Words, rng: random.Random) -> _Sentence:
    name = words.name()
    before = " ".join(words.pick(6)).capitalize() + " "
    text = f"{before}{name} {' '.join(words.pick(8))}."
    label = rng.choice(("GPE", "LOC", "EVENT", "MISC", "DATE", "ORG", "PER"))
    return _Sentence(text=text, marks=[(len(before), len(before) + len(name), label)], relations=[])


def _pools(seed: int) -> tuple[random.Random, list[list[_Sentence]]]:
    rng = random.Random(seed)  # noqa: S311 - a benchmark's data, no secret
    words = Words(rng)
    with_cue = [_quote_sentence(words, rng, cue_of=True) for _ in range(4000)]
    without = [_quote_sentence(words, rng, cue_of=False) for _ in range(4000)]
    plain = [_plain_sentence(words, rng) for _ in range(8000)]
    return rng, [with_cue, without, plain]


def predicted_tasks(number: int, seed: int = 5) -> Iterator[dict[str, Any]]:
    """Give tasks as wortlaut pushes them: some 3,000 characters, some 136 predicted spans and relations each."""
    rng, (with_cue, without, plain) = _pools(seed)
    for one in range(number):
        sentences = [*rng.sample(with_cue, 11), *rng.sample(without, 9), *rng.sample(plain, 5)]
        rng.shuffle(sentences)
        text, result = _regions(rng, sentences)
        for region in result:
            if region["type"] != "relation":
                region["origin"] = "prediction"
        data = dict.fromkeys(_DATA, "") | {"article_id": f"a-{one:06}", "text": text, "language": "de"}
        data["text_sha256"] = sha256(text.encode()).hexdigest()
        yield {"data": data, "predictions": [{"model_version": "press-de-rules/1", "result": result}]}


def _regions(rng: random.Random, sentences: list[_Sentence]) -> tuple[str, list[dict[str, Any]]]:
    result: list[dict[str, Any]] = []
    relations: list[dict[str, Any]] = []
    parts: list[str] = []
    position = 0
    for number, sentence in enumerate(sentences):
        ids = []
        for start, end, label in sentence.marks:
            key = f"{rng.getrandbits(60):010x}"[:10]
            ids.append(key)
            value = {
                "start": position + start,
                "end": position + end,
                "text": sentence.text[start:end],
                "labels": [label],
            }
            result.append(
                {"value": value, "id": key, "from_name": "lab", "to_name": "text", "type": "labels", "origin": "manual"}
            )
        for head, tail, label in sentence.relations:
            relations.append(
                {"from_id": ids[head], "to_id": ids[tail], "type": "relation", "direction": "right", "labels": [label]}
            )
        separator = "\n\n" if number % 4 == 3 else " "
        parts += [sentence.text, separator]
        position += len(sentence.text) + len(separator)
    return "".join(parts[:-1]), result + relations


def _annotation(number: int, task: int, who: int, result: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": number,
        "completed_by": who,
        "result": result,
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": f"2026-03-{number % 28 + 1:02d}T10:{number % 60:02d}:00.123456Z",
        "updated_at": f"2026-03-{number % 28 + 1:02d}T11:{number % 60:02d}:00.123456Z",
        "draft_created_at": None,
        "lead_time": 312.5,
        "prediction": {},
        "result_count": len(result),
        "unique_id": f"00000000-0000-4000-8000-{number:012d}",
        "import_id": None,
        "last_action": None,
        "bulk_created": False,
        "task": task,
        "project": 1,
        "updated_by": who,
        "parent_prediction": None,
        "parent_annotation": None,
        "last_created_by": None,
    }


def _task(number: int, rng: random.Random, pools: list[list[_Sentence]]) -> dict[str, Any]:
    with_cue, without, plain = pools
    sentences = [*rng.sample(with_cue, 4), *rng.sample(without, 4), *rng.sample(plain, 8)]
    rng.shuffle(sentences)
    text, result = _regions(rng, sentences)
    annotations = [_annotation(2 * number + 1, number, 1, result)]
    if number % 5 == 0:
        _, second = _regions(rng, sentences)
        annotations.append(_annotation(2 * number + 2, number, 2, second))
    return {
        "id": number,
        "annotations": annotations,
        "drafts": [],
        "predictions": [],
        "data": {
            "article_id": f"lindenauer-bote-2026-{sha256(str(number).encode()).hexdigest()[:10]}",
            "text": text,
            "text_sha256": sha256(text.encode()).hexdigest(),
            "headline": sentences[0].text[:60],
            "publisher": "Lindenauer Bote",
            "published": "2026-03-01T08:00:00+01:00",
            "section": "Politik",
            "url": f"https://lindenauer-bote.example/{number}",
            "byline": "",
            "agencies": "",
            "tags": "",
            "language": "de",
            "rights": "",
        },
        "meta": {},
        "created_at": "2026-03-01T09:00:00.000000Z",
        "updated_at": "2026-03-01T09:00:00.000000Z",
        "inner_id": number,
        "total_annotations": len(annotations),
        "cancelled_annotations": 0,
        "total_predictions": 0,
        "comment_count": 0,
        "unresolved_comment_count": 0,
        "last_comment_updated_at": None,
        "project": 1,
        "updated_by": 1,
        "comment_authors": [],
    }


def write_export(path: Path, tasks: int, *, seed: int = 20260301) -> None:
    """Write an export of ``tasks`` tasks to ``path``, in constant memory."""
    rng, pools = _pools(seed)
    encoder = msgspec.json.Encoder()
    with path.open("wb") as out:
        out.write(b"[")
        for number in range(1, tasks + 1):
            if number > 1:
                out.write(b",")
            out.write(encoder.encode(_task(number, rng, pools)))
        out.write(b"]")


if __name__ == "__main__":
    write_export(Path(sys.argv[2]), int(sys.argv[1]))
