"""Builds Label Studio tasks from articles and writes them in batches, one JSON array a file.

The text of a task is the article's, headline and lead in it; metadata stand beside it. Every task passes
``preflight`` before anything is written. The same articles, scheme and pre-annotators give the same bytes.
Memory does not grow with the corpus. Offsets are code points, half open.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType

import msgspec

from wortlaut.annotation.preannotate.protocol import PreAnnotation, PreAnnotator, model_version
from wortlaut.annotation.preflight import preflight, refuse
from wortlaut.schema.article import Article
from wortlaut.schema.document import Attribute
from wortlaut.schema.errors import RecordError, UsageError, WortlautError
from wortlaut.schema.files import atomic_writer
from wortlaut.schema.scheme import Scheme
from wortlaut.schema.task import (
    NOTE_CONTROL,
    ChoicesValue,
    LabelsValue,
    NoteValue,
    PredictedChoice,
    PredictedNote,
    PredictedRelation,
    PredictedResult,
    PredictedSpan,
    Prediction,
    Task,
    TaskData,
    join_values,
)

__all__ = ["BATCH_BYTES", "TaskSummary", "checked_task", "task_of", "write_tasks"]

BATCH_BYTES = 100_000_000
"""A batch is closed early at this size: Label Studio takes 200 MB in one request."""

_BATCH_NAME = re.compile(r"BATCH-\d{4,}\.json")


class TaskSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: how many tasks, spans by label, relations by type; the files, and stale ones removed."""

    tasks: int
    regions: Mapping[str, int]
    relations: Mapping[str, int]
    files: tuple[Path, ...]
    removed: tuple[Path, ...] = ()


def task_of(article: Article, predictions: Mapping[str, PreAnnotation] = MappingProxyType({})) -> Task:
    """Build the task of an article; ``predictions`` are pre-annotations under their model versions.

    A span's id in the task depends on the article and on the span's label and place alone. Nothing is checked
    here: see ``checked_task``.
    """
    return Task(
        data=TaskData(
            article_id=article.article_id,
            text=article.text,
            text_sha256=article.text_sha256,
            headline=article.headline or "",
            publisher=article.publisher or "",
            published=article.published or "",
            section=article.section or "",
            url=article.url or "",
            byline=join_values(article.byline),
            agencies=join_values(article.agencies),
            tags=join_values(article.tags),
            language=article.language,
            rights=article.rights or "",
        ),
        predictions=tuple(
            Prediction(model_version=version, result=tuple(_results(article, found)))
            for version, found in predictions.items()
        ),
    )


def checked_task(article: Article, scheme: Scheme, annotators: Sequence[PreAnnotator] = ()) -> Task:
    """Build the task of an article with the predictions of ``annotators``, and check it.

    Raises RecordError that names the article, the pre-annotator and what is wrong: also where one raises.
    """
    predictions: dict[str, PreAnnotation] = {}
    for annotator in annotators:
        version = model_version(annotator)
        predictions[version] = _annotate(annotator, version, article, scheme)
        # One by one, so that the message can say whose prediction it is.
        try:
            task = task_of(article, {version: predictions[version]})
        except (AttributeError, TypeError, ValueError, IndexError) as error:
            raise _broken(article, version, error) from error
        refuse(preflight(task, scheme), article_id=article.article_id, source=version)
    if len(predictions) < len(annotators):
        raise UsageError("two pre-annotators have the same name and version", hint="Give each once")
    task = task_of(article, predictions)
    refuse(preflight(task, scheme), article_id=article.article_id, source="the task")
    return task


def write_tasks(
    articles: Iterable[Article],
    out: Path,
    scheme: Scheme,
    *,
    annotators: Sequence[PreAnnotator] = (),
    batch_size: int = 200,
    on_task: Callable[[], None] = lambda: None,
) -> TaskSummary:
    """Write the tasks of ``articles`` to ``BATCH-0001.json`` and so on in the folder ``out``.

    The files take their places when all are written: after an error the folder is as it was. Batches that an
    earlier, larger run left there are removed, or they would be imported a second time; nothing else in the
    folder is touched. ``on_task`` is called after each task. Raises UsageError where there is no article.
    """
    if batch_size < 1:
        raise UsageError(f"a batch of {batch_size} tasks is empty", where="--batch-size", hint="Give 1 or more")
    counts = _Counts()
    with _staging(out) as staged:
        lines = _lines(articles, scheme, annotators, counts, on_task)
        names = _write_batches(staged, lines, batch_size)
        if not names:
            raise UsageError("there is no article to write a task for", hint="Read some: wortlaut ingest FILE")
        for name in names:
            (staged / name).replace(out / name)
    stale = sorted(path for path in out.iterdir() if _BATCH_NAME.fullmatch(path.name) and path.name not in names)
    for path in stale:
        path.unlink()
    return TaskSummary(
        tasks=counts.tasks,
        regions=counts.by_scheme(scheme.label_by_name, counts.regions),
        relations=counts.by_scheme(scheme.relation_by_name, counts.relations),
        files=tuple(out / name for name in names),
        removed=tuple(stale),
    )


@contextlib.contextmanager
def _staging(out: Path) -> Iterator[Path]:
    """Give a folder in ``out`` that vanishes; after an error also the folders that were made for it."""
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        out.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(dir=out, prefix=".tasks.", suffix=".part"))
    except OSError as error:
        raise UsageError(f"cannot write: {error.strerror or error}", where=str(out)) from error
    try:
        yield staged
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        with contextlib.suppress(OSError):
            for folder in made:
                folder.rmdir()
        raise
    shutil.rmtree(staged, ignore_errors=True)


class _Counts:
    def __init__(self) -> None:
        self.tasks = 0
        self.regions: Counter[str] = Counter()
        self.relations: Counter[str] = Counter()

    def add(self, task: Task) -> None:
        self.tasks += 1
        for prediction in task.predictions:
            for result in prediction.result:
                if isinstance(result, PredictedSpan):
                    self.regions.update(result.value.labels)
                elif isinstance(result, PredictedRelation):
                    self.relations.update(result.labels)

    @staticmethod
    def by_scheme(order: Iterable[str], counter: Counter[str]) -> Mapping[str, int]:
        return {name: counter[name] for name in order if counter[name]}


def _lines(
    articles: Iterable[Article],
    scheme: Scheme,
    annotators: Sequence[PreAnnotator],
    counts: _Counts,
    on_task: Callable[[], None],
) -> Iterator[bytes]:
    encoder = msgspec.json.Encoder()
    for article in articles:
        task = checked_task(article, scheme, annotators)
        counts.add(task)
        yield encoder.encode(task)
        on_task()


def _write_batches(folder: Path, lines: Iterable[bytes], batch_size: int) -> list[str]:
    names: list[str] = []
    rest = iter(lines)
    line = next(rest, None)
    while line is not None:
        names.append(f"BATCH-{len(names) + 1:04}.json")
        with atomic_writer(folder / names[-1], shown=folder.parent / names[-1]) as out:
            count = size = 0
            while line is not None and (not count or (count < batch_size and size + len(line) <= BATCH_BYTES)):
                out.write((b",\n" if count else b"[\n") + line)
                count += 1
                size += len(line)
                line = next(rest, None)
            out.write(b"\n]\n")
    return names


def _annotate(annotator: PreAnnotator, version: str, article: Article, scheme: Scheme) -> PreAnnotation:
    try:
        found = annotator.annotate(article, scheme)
    except WortlautError as error:
        raise _broken(article, version, error) from error
    except Exception as error:  # a plugin may raise anything; its mistake must name it and the article
        raise _broken(article, version, error) from error
    if not isinstance(found, PreAnnotation):
        raise _broken(article, version, TypeError(f"gave a {type(found).__name__}, not a PreAnnotation"))
    return found


def _broken(article: Article, version: str, error: Exception) -> RecordError:
    return RecordError(
        f"the pre-annotator {version} failed: {type(error).__name__}: {error}",
        where=article.article_id,
        hint="Nothing was written. Mend the pre-annotator, or run wortlaut tasks --no-predictions",
    )


def _results(article: Article, found: PreAnnotation) -> Iterator[PredictedResult]:
    ids: dict[str, str] = {}
    values: dict[str, LabelsValue] = {}
    for span in found.spans:
        region_id = ids.setdefault(span.id, _stable_id(article.article_id, span.label, str(span.start), str(span.end)))
        value = LabelsValue(start=span.start, end=span.end, text=span.text, labels=(span.label,))
        values.setdefault(span.id, value)
        yield PredictedSpan(id=region_id, value=value)
    for attribute in found.attributes:
        yield _attribute(article, ids, values, attribute)
    for relation in found.relations:
        # An end that is no span keeps its name, for the check to report.
        yield PredictedRelation(
            from_id=ids.get(relation.head, relation.head),
            to_id=ids.get(relation.tail, relation.tail),
            labels=(relation.type,),
        )


def _attribute(
    article: Article, ids: Mapping[str, str], values: Mapping[str, LabelsValue], attribute: Attribute
) -> PredictedChoice | PredictedNote:
    if attribute.span_id is None:
        region_id = _stable_id(article.article_id, "document", attribute.name)
        return PredictedChoice(
            id=region_id, from_name=attribute.name, value=ChoicesValue(choices=tuple(attribute.values))
        )
    region_id = ids.get(attribute.span_id, attribute.span_id)
    place = values.get(attribute.span_id)
    start, end, text = (place.start, place.end, place.text) if place else (0, 0, "")
    if attribute.name == NOTE_CONTROL:
        return PredictedNote(id=region_id, value=NoteValue(start=start, end=end, text=tuple(attribute.values)))
    value = ChoicesValue(choices=tuple(attribute.values), start=start, end=end, text=text)
    return PredictedChoice(id=region_id, from_name=attribute.name, value=value)


def _stable_id(*parts: str) -> str:
    """Give an id of ten hex digits; unique enough among the few hundred regions of one article."""
    return blake2b("\0".join(parts).encode(), digest_size=5).hexdigest()
