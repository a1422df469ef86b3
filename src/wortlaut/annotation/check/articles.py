"""One article in several tasks or files: which text counts, and which layer of each annotator.

``check`` asks at the end, from small notes on each task; ``build`` asks article by article, with the documents at
hand. Both ask here, so that check names all that build leaves out. The order of the files decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

import msgspec

from wortlaut.annotation.check.ages import Age, changed, newest
from wortlaut.schema.article import is_article_id, text_sha256
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.document import Document
from wortlaut.schema.findings import Finding
from wortlaut.schema.rules import finding

__all__ = ["LayerNote", "Notes", "Resolved", "TaskNote", "article_key", "note_of", "resolve"]


def article_key(article_id: str | int, text: str) -> str:
    """Give the id under which a task's article is known: its own, or the hash of its text where that is no id."""
    own = str(article_id)
    return own if is_article_id(own) else f"text-{text_sha256(text)[:16]}"


class LayerNote(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What must be known of a layer to weigh it against others. ``regions`` is how many entries it was read from.

    ``content`` is a hash of what it says, taken only where neither annotator nor time tells layers apart.
    """

    place: str
    layer: str
    annotator: str | None
    age: Age
    regions: int
    content: str


class TaskNote(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What must be known of a task to weigh it against others about the same article."""

    place: str
    task_id: str
    text_sha256: str
    kept: int
    layers: tuple[LayerNote, ...]


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """What counts of several tasks.

    ``base`` is the number of the task whose text and metadata count, ``kept`` the numbers (task, layer) of the
    layers that do; ``findings`` name the others, ``lost`` is how many regions they held.
    """

    base: int
    kept: frozenset[tuple[int, int]]
    findings: tuple[Finding, ...]
    lost: int


class Notes:
    """Notes on every task that is checked, some hundred bytes each, to say at the end what stands between them.

    ``known`` gives the text_sha256 that the corpus holds of an article, None where it holds none.
    """

    def __init__(self, known: Callable[[str], str | None]) -> None:
        self._known = known
        self._notes: dict[str, list[bytes]] = {}

    def add(self, task: CheckedTask) -> None:
        """Note a task; one without a text is about no article."""
        if task.text:
            self._notes.setdefault(task.article_id, []).append(msgspec.msgpack.encode(note_of(task)))

    def findings(self) -> Iterator[Finding]:
        """Give the findings on articles that stand in several tasks.

        ``regions`` of these were counted as kept with their tasks; a build leaves them out.
        """
        decoder = msgspec.msgpack.Decoder(TaskNote)
        for article_id, notes in self._notes.items():
            if len(notes) > 1:
                yield from resolve([decoder.decode(note) for note in notes], self._known(article_id)).findings


def note_of(task: CheckedTask) -> TaskNote:
    """Note what must be known of a task."""
    return TaskNote(
        task.place, task.task_id, task.text_sha256, task.counts.kept, tuple([_layer(one) for one in task.documents])
    )


def _layer(document: Document) -> LayerNote:
    age = changed(document)
    content = "" if document.annotator is not None and age[0] > 0 else _content(document)
    origin = document.provenance
    return LayerNote(origin.source, document.layer, document.annotator, age, origin.regions, content)


def _content(document: Document) -> str:
    said = msgspec.json.encode(msgspec.structs.replace(document, provenance=type(document.provenance)()))
    return sha256(said).hexdigest()


def resolve(tasks: Sequence[TaskNote], known_sha256: str | None) -> Resolved:
    """Say what counts of several tasks about one article.

    The text is the one that the corpus holds (``known_sha256``), else that of the newest layer. Over that text the
    newest layer of each annotator counts, and the newest gold layer.
    """
    order = sorted(range(len(tasks)), key=lambda number: _rank(tasks[number], known_sha256), reverse=True)
    base = order[0]
    findings: list[Finding] = []
    lost = 0
    layers: list[tuple[int, int]] = []
    for number in order:
        task = tasks[number]
        if task.text_sha256 != tasks[base].text_sha256:
            why = "the corpus holds" if tasks[base].text_sha256 == known_sha256 else "was annotated last"
            message = f"the text is not the one that {why}, at {tasks[base].place}"
            findings.append(finding("WL807", task.place, message, task_id=task.task_id, regions=task.kept))
            lost += task.kept
            continue
        if number != base:
            message = f"the article stands at {tasks[base].place} too"
            findings.append(finding("WL708", f"{task.place}.data", message, task_id=task.task_id))
        layers += [(number, place) for place in range(len(task.layers))]
    kept = _newest(tasks, layers, findings)
    lost += sum(tasks[number].layers[place].regions for number, place in layers if (number, place) not in kept)
    return Resolved(base=base, kept=frozenset(kept), findings=tuple(findings), lost=lost)


def _rank(task: TaskNote, known_sha256: str | None) -> tuple[bool, Age, str, str]:
    newest = max((layer.age for layer in task.layers), default=(float("-inf"), -1, ""))
    said = "".join(sorted(layer.content for layer in task.layers))
    return (task.text_sha256 == known_sha256, newest, task.text_sha256, said)


def _newest(
    tasks: Sequence[TaskNote], layers: Sequence[tuple[int, int]], findings: list[Finding]
) -> set[tuple[int, int]]:
    """Keep the newest layer of each owner; the same annotation given twice has one owner even without a name."""
    winners = newest(layers, lambda place: _owner(_at(tasks, place)), lambda place: _weight(_at(tasks, place)))
    for place in layers:
        layer = _at(tasks, place)
        winner = winners[_owner(layer)]
        if winner == place:
            continue
        other = _at(tasks, winner)
        code = "WL709" if layer.layer == "gold" else "WL704"
        task_id = tasks[place[0]].task_id
        findings.append(
            finding(
                code, layer.place, _why(layer, other), task_id=task_id, regions=layer.regions, hint=_hint(layer, other)
            )
        )
    return set(winners.values())


def _at(tasks: Sequence[TaskNote], place: tuple[int, int]) -> LayerNote:
    return tasks[place[0]].layers[place[1]]


def _owner(layer: LayerNote) -> tuple[str, str]:
    """Say whose layer it is: one for each annotator, one gold layer whoever made it, one for each nameless content."""
    if layer.layer == "gold":
        return ("gold", "")
    return ("annotator", layer.annotator) if layer.annotator is not None else ("nameless", layer.content)


def _weight(layer: LayerNote) -> tuple[Age, str, int]:
    return (layer.age, layer.content, layer.regions)


def _why(layer: LayerNote, winner: LayerNote) -> str:
    if layer.annotator is None and layer.layer != "gold":
        return f"the same annotation stands at {winner.place} too"
    who = "a gold layer stands" if layer.layer == "gold" else "the same annotator has annotated the article"
    return f"{who} at {winner.place} too, which is newer"


def _hint(layer: LayerNote, winner: LayerNote) -> str:
    """Warn where the annotator is a bare number and the files differ: two servers count from 1, each for itself."""
    files = {layer.place.partition("::")[0], winner.place.partition("::")[0]}
    if layer.layer != "gold" and layer.annotator is not None and layer.annotator.isdigit() and len(files) > 1:
        return (
            f"The annotator is the bare number {layer.annotator} in two files: if these are two people of two servers, "
            "export with completed_by spelled out (id and email)"
        )
    return ""
