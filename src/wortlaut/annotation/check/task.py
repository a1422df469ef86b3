"""Check one task: every annotation through the stages, then what holds between annotations and for the article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from wortlaut.annotation.check.ages import Age, changed, newest, seconds
from wortlaut.annotation.check.articles import article_key
from wortlaut.annotation.check.attributes import ATTRIBUTE_TYPES, check_attributes
from wortlaut.annotation.check.bench import Bench, MalformedError, SchemeTables
from wortlaut.annotation.check.migrate import Migrator
from wortlaut.annotation.check.quotes import check_quotes
from wortlaut.annotation.check.relations import check_relations
from wortlaut.annotation.check.spans import check_spans
from wortlaut.annotation.reader.tasks import ReadTask
from wortlaut.annotation.reader.wire import TAKEN_OUT, WireAnnotation, WireData, WireRegion, WireTask, WireUser
from wortlaut.corpus.canonical import is_canonical
from wortlaut.schema.article import is_article_id, text_sha256
from wortlaut.schema.checked import ArticleMeta, CheckedTask
from wortlaut.schema.document import Document, Layer, Provenance
from wortlaut.schema.findings import Finding, RegionCounts
from wortlaut.schema.rules import finding
from wortlaut.schema.task import split_values
from wortlaut.schema.validation import Validator

__all__ = ["CheckedAnnotation", "TaskChecker"]

_WHOLE_ANNOTATION = frozenset({"WL701", "WL704", "WL709"})
"""The codes that take out an annotation as a whole: nothing in it need hold."""
_KNOWN_TYPES = ATTRIBUTE_TYPES | {"labels", "relation"}
_KNOWN_TO_REPAIR = _KNOWN_TYPES | {TAKEN_OUT}


class CheckedAnnotation(msgspec.Struct, frozen=True, kw_only=True):
    """One annotation after the stages: the document, and the bench with what was found and where.

    ``regions`` are its entries as the stages saw them, under the names that the migrations of the scheme give.
    """

    number: int
    document: Document
    bench: Bench
    regions: Sequence[WireRegion]


class TaskChecker:
    """Checks tasks against one scheme and, where it is known, one corpus.

    ``articles`` gives the text_sha256 of the newest revision of each article; None: the corpus is not known.
    ``people`` gives who bears a pseudonym that stands for an annotator.
    """

    def __init__(
        self,
        tables: SchemeTables,
        validator: Validator,
        articles: Mapping[str, str] | None = None,
        people: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._tables = tables
        self._migrator = Migrator(tables.scheme) if tables.scheme.migrations else None
        self._validator = validator
        self._articles = articles
        self._people = people

    def check(self, read: ReadTask, *, schema: bool = True) -> CheckedTask | None:
        """Check one task. None where it is not well formed and must be read again the careful way first.

        ``schema`` false leaves out what only the JSON Schema forbids (WL201), which is slow to explain.
        """
        try:
            return self._check(read, schema=schema)[0]
        except MalformedError:
            if read.careful:
                raise AssertionError(f"the careful reader let a malformed region through at {read.place}") from None
            return None

    def check_with_benches(self, read: ReadTask) -> tuple[CheckedTask, tuple[CheckedAnnotation, ...]]:
        """Check one task that was read the careful way, and give its annotations' benches too, to mend by.

        What only the JSON Schema forbids is left out: nobody can mend it.
        """
        return self._check(read, schema=False)

    def _check(self, read: ReadTask, *, schema: bool) -> tuple[CheckedTask, tuple[CheckedAnnotation, ...]]:
        task, data = read.task, read.task.data or WireData()
        task_id = "" if task.id is None else str(task.id)
        findings = [msgspec.structs.replace(found, task_id=task_id) for found in read.findings]
        digest = text_sha256(data.text)
        article_id = article_key(data.article_id, data.text)
        self._about_article(read, data, digest, findings, task_id)
        known = _KNOWN_TO_REPAIR if read.careful else _KNOWN_TYPES
        listed_as = _list_name(read)
        seen = kept = 0
        checked: list[CheckedAnnotation] = []
        for order, annotation in enumerate(task.annotations or ()):
            number = read.positions[order] if read.positions else order
            result = annotation.result or ()
            seen += len(result)
            if not known.issuperset([region.type for region in result]):
                raise MalformedError
            place = f"{read.place}.{listed_as}[{number}]"
            if annotation.was_cancelled:
                _take_out("WL701", place, "the annotator skipped the task", findings, annotation, task_id=task_id)
                continue
            if not result:
                findings.append(finding("WL703", place, "submitted without a region", task_id=task_id))
            checked.append(self._annotation(annotation, number, place, task, article=(article_id, digest)))
        counted = _one_for_each_annotator(checked, read, findings, task_id)
        for done in counted:
            findings += done.bench.findings
            kept += done.bench.kept
        if len(counted) > 1:
            _report_copies(counted, f"{read.place}.{listed_as}", findings, task_id)
        seen += _report_drafts(task, read.place, findings, task_id)
        malformed = any(found.code == "WL203" for found in read.findings)
        if not malformed and (task.annotations is None or (not task.annotations and not task.drafts)):
            findings.append(finding("WL706", read.place, "nobody has annotated the task", task_id=task_id))
        if schema and read.careful and read.raw is not None:
            self._against_schema(read, findings, task_id)
        result_task = CheckedTask(
            index=read.index,
            place=read.place,
            task_id=task_id,
            article_id=article_id,
            text=data.text,
            text_sha256=digest,
            meta=_meta(data),
            documents=tuple(done.document for done in counted),
            findings=tuple(findings),
            counts=RegionCounts(seen=seen, kept=kept),
            predictions=len(task.predictions),
        )
        return result_task, tuple(counted)

    def _annotation(
        self,
        annotation: WireAnnotation,
        number: int,
        place: str,
        task: WireTask,
        *,
        article: tuple[str, str],
    ) -> CheckedAnnotation:
        text = task.data.text if task.data else ""
        bench = Bench(text, self._tables, place=place, task_id="" if task.id is None else str(task.id))
        regions: Sequence[WireRegion] = annotation.result or ()
        if text:
            if self._migrator is not None:
                age = seconds(_time(annotation.updated_at or annotation.created_at))
                regions = self._migrator.migrate(bench, regions, age)
            check_spans(bench, regions, annotation.result)
            check_attributes(bench, regions)
            check_relations(bench, regions)
            quotes = check_quotes(bench)
        else:
            quotes = ()
            lost = sum(region.type != TAKEN_OUT for region in regions)
            if lost:
                bench.report("WL805", None, f"data has no text, and {lost} region(s) that lie in it", lost=lost)
        annotator = _annotator(annotation)
        if annotator is None:
            bench.report("WL705", None, "completed_by is missing")
        else:
            annotator = self._people.get(annotator, annotator)
        mentions, cues = self._tables.mentions, self._tables.cues
        layer: Layer = "gold" if annotation.ground_truth else "annotator"
        document = Document(
            article_id=article[0],
            text_sha256=article[1],
            layer=layer,
            annotator=annotator,
            mentions=tuple([span for span in bench.ordered if span.label in mentions]),
            cues=tuple([span for span in bench.ordered if span.label in cues]),
            quotes=quotes,
            relations=tuple(bench.relations),
            attributes=tuple(bench.attributes),
            provenance=Provenance(
                source=place,
                task_id=task.id,
                annotation_id=annotation.id,
                created_at=_time(annotation.created_at),
                updated_at=_time(annotation.updated_at),
                lead_time=annotation.lead_time,
                regions=bench.kept,
            ),
        )
        return CheckedAnnotation(number=number, document=document, bench=bench, regions=regions)

    def _about_article(
        self, read: ReadTask, data: WireData, digest: str, findings: list[Finding], task_id: str
    ) -> None:
        place = f"{read.place}.data"
        article_id = str(data.article_id)
        if data.text_sha256:
            if data.text and data.text_sha256 != digest:
                message = f"data.text has the hash {digest[:12]}..., data.text_sha256 says {data.text_sha256[:12]}..."
                findings.append(finding("WL801", place, message, task_id=task_id))
        elif data.text and not is_canonical(data.text):
            findings.append(finding("WL806", place, "data.text is not in the form wl-1", task_id=task_id))
        if not is_article_id(article_id):
            said = f"the article_id {article_id[:60]!r} cannot be one" if article_id else "data has no article_id"
            message = f"{said}, its text's hash stands in for it"
            findings.append(finding("WL804", place, message, task_id=task_id))
        elif self._articles is not None:
            known = self._articles.get(article_id)
            if known is None:
                findings.append(finding("WL802", place, f"the corpus has no article {article_id!r}", task_id=task_id))
            elif known != digest:
                message = f"the corpus holds another text of {article_id!r}: {known[:12]}..., here {digest[:12]}..."
                findings.append(finding("WL803", place, message, task_id=task_id))

    def _against_schema(self, read: ReadTask, findings: list[Finding], task_id: str) -> None:
        """Report what the JSON Schema forbids and no error has named, in the task as today's Label Studio writes it."""
        said = [
            found.place
            for found in findings
            if (found.level == "error" or found.code in _WHOLE_ANNOTATION) and found.place != read.place
        ]
        listed_as = f"$.{_list_name(read)}"
        for violation in self._validator.violations(_as_today(read)):
            place = f"{read.place}{violation.place.replace('$.annotations', listed_as, 1)[1:]}"
            if not any(_covers(other, place) for other in said):
                findings.append(finding("WL201", place, violation.message, task_id=task_id))


def _as_today(read: ReadTask) -> dict[str, Any]:
    """Give the plain task with its annotations and its text under the keys where Label Studio writes them now."""
    raw = dict(read.raw)
    if raw.get("annotations") is None:
        listed = raw.get("completions")
        raw["annotations"] = [] if listed is None else [listed] if isinstance(listed, dict) else listed
    data, text = raw.get("data"), read.task.data.text if read.task.data else ""
    if isinstance(data, dict) and "text" not in data and text:
        raw["data"] = data | {"text": text}
    return raw


def _covers(other: str, place: str) -> bool:
    """Say whether a finding at ``other`` says what is wrong at ``place``: at it, around it, or inside one region."""
    if other == place or place.startswith((f"{other}.", f"{other}[")):
        return True
    return ".result[" in place and other.startswith((f"{place}.", f"{place}["))


def _take_out(
    code: str, place: str, message: str, findings: list[Finding], annotation: WireAnnotation, *, task_id: str
) -> None:
    """Report an annotation that does not count, with every entry that no finding of the reader took out before."""
    lost = sum(region.type != TAKEN_OUT for region in annotation.result or ())
    findings.append(finding(code, place, message, task_id=task_id, regions=lost))


def _one_for_each_annotator(
    checked: Sequence[CheckedAnnotation], read: ReadTask, findings: list[Finding], task_id: str
) -> list[CheckedAnnotation]:
    """Keep the newest annotation of each annotator and layer; those without an annotator are all kept."""
    winners = newest(checked, _owner, _age)
    kept = []
    for done in checked:
        winner = winners[_owner(done)]
        if done.document.annotator is None or winner is done:
            kept.append(done)
            continue
        listed = _list_name(read)
        message = f"the same annotator has submitted {listed}[{winner.number}] too, which is newer"
        _supersede("WL704", done, read, message, findings, task_id=task_id)
    return _one_gold(kept, read, findings, task_id)


def _one_gold(
    checked: list[CheckedAnnotation], read: ReadTask, findings: list[Finding], task_id: str
) -> list[CheckedAnnotation]:
    """Keep the newest of several annotations that are marked as ground truth, whoever made them."""
    gold = [done for done in checked if done.document.layer == "gold"]
    if len(gold) < 2:
        return checked
    winner = max(gold, key=_age)
    for done in gold:
        if done is not winner:
            message = f"{_list_name(read)}[{winner.number}] is marked as ground truth too, and is newer"
            _supersede("WL709", done, read, message, findings, task_id=task_id)
    return [done for done in checked if done.document.layer != "gold" or done is winner]


def _supersede(
    code: str, done: CheckedAnnotation, read: ReadTask, message: str, findings: list[Finding], *, task_id: str
) -> None:
    order = read.positions.index(done.number) if read.positions else done.number
    place = f"{read.place}.{_list_name(read)}[{done.number}]"
    _take_out(code, place, message, findings, (read.task.annotations or [])[order], task_id=task_id)


def _list_name(read: ReadTask) -> str:
    """Give the key under which the task lists its annotations; before version 1.0 it was another."""
    old = isinstance(read.raw, dict) and read.raw.get("annotations") is None and "completions" in read.raw
    return "completions" if old else "annotations"


def _owner(done: CheckedAnnotation) -> tuple[str | None, str]:
    return (done.document.annotator, done.document.layer)


def _age(done: CheckedAnnotation) -> tuple[Age, int]:
    return (changed(done.document), done.number)


def _report_copies(counted: Sequence[CheckedAnnotation], place: str, findings: list[Finding], task_id: str) -> None:
    drawn: dict[str, int] = {}
    shared: dict[tuple[int, int], int] = {}
    for done in counted:
        for span in done.bench.spans.values():
            if span.origin == "manual" and not span.id.startswith("("):
                first = drawn.setdefault(span.id, done.number)
                if first != done.number:
                    shared[first, done.number] = shared.get((first, done.number), 0) + 1
    for (first, second), number in shared.items():
        message = f"annotations [{first}] and [{second}] share the ids of {number} span(s) drawn by hand"
        findings.append(finding("WL707", f"{place}[{second}]", message, task_id=task_id))


def _report_drafts(task: WireTask, place: str, findings: list[Finding], task_id: str) -> int:
    seen = 0
    for number, draft in enumerate(task.drafts):
        held = len(draft.result or ()) if not isinstance(draft, int | str) else 0
        if held:
            message = f"a draft of {held} regions was never submitted"
            findings.append(finding("WL702", f"{place}.drafts[{number}]", message, task_id=task_id, regions=held))
            seen += held
    return seen


def _annotator(annotation: WireAnnotation) -> str | None:
    who = annotation.completed_by
    if isinstance(who, WireUser):
        return who.email or (None if who.id is None else str(who.id))
    return None if who is None or who == "" else str(who)


def _time(value: str | int | None) -> str | None:
    return None if value is None else str(value)


def _meta(data: WireData) -> ArticleMeta:
    return ArticleMeta(
        url=_text(data.url),
        publisher=_text(data.publisher),
        published=_text(data.published),
        section=_text(data.section),
        headline=_text(data.headline),
        rights=_text(data.rights),
        language=_text(data.language),
        agencies=_texts(data.agencies),
        byline=_texts(data.byline),
        tags=_texts(data.tags),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return split_values(value)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
