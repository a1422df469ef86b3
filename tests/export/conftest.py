"""Checked articles to build from, written for the tests: nested spans, emoji, an interrupted quote, two annotators."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wortlaut.export.build import BuildReport, ReleaseSettings, build, schema_files
from wortlaut.export.layers import Prefer
from wortlaut.schema.article import text_sha256
from wortlaut.schema.assets import assets
from wortlaut.schema.checked import ArticleMeta, CheckedTask
from wortlaut.schema.document import Attribute, Document, Layer, Provenance, Quote, Relation, Span
from wortlaut.schema.scheme import default_scheme

TEXT = (
    "Neuer Radweg 🚲 für Lindenau\n\n"
    "„Der Weg kommt“, sagte Bürgermeisterin Ayşe Demir von den Stadtwerken Lindenau am Freitag, „noch in diesem "
    "Jahr.“ Sie dankte z. B. dem Verein."
)
PLAIN = "Der Fluss Ulme steigt nicht. 👩‍👩‍👧"


def spot(text: str, surface: str, label: str, name: str) -> Span:
    start = text.index(surface)
    return Span(id=name, label=label, start=start, end=start + len(surface), text=surface)


def task(article_id: str, text: str, *layers: Document, index: int = 0, publisher: str | None = "Blatt") -> CheckedTask:
    return CheckedTask(
        index=index,
        task_id="987654",
        article_id=article_id,
        text=text,
        text_sha256=text_sha256(text),
        meta=ArticleMeta(
            publisher=publisher,
            published="2026-01-22T15:52:00+01:00",
            url=None,
            agencies=("dpa",),
            rights="eigener Text",
        ),
        documents=layers,
    )


def rich_layer(article_id: str, who: str | None, made: str, *, layer: Layer = "annotator") -> Document:
    ids = {name: f"{name}-{who}-x7" for name in ("per", "org", "gpe", "role", "date", "sie", "cue", "q", "q2")}
    per = spot(TEXT, "Ayşe Demir", "PER", ids["per"])
    org = spot(TEXT, "Stadtwerken Lindenau", "ORG", ids["org"])
    gpe = Span(id=ids["gpe"], label="GPE", start=org.start + 12, end=org.end, text="Lindenau")
    role = spot(TEXT, "Bürgermeister", "ROLE", ids["role"])
    date = spot(TEXT, "am Freitag", "DATE", ids["date"])
    sie = spot(TEXT, "Sie", "MENTION", ids["sie"])
    cue = spot(TEXT, "sagte", "CUE", ids["cue"])
    first = spot(TEXT, "„Der Weg kommt“", "DIRECT", ids["q"])
    second = spot(TEXT, "„noch in diesem Jahr.“", "DIRECT", ids["q2"])
    return Document(
        article_id=article_id,
        text_sha256=text_sha256(TEXT),
        layer=layer,
        annotator=who,
        mentions=(role, per, org, gpe, date, sie),
        cues=(cue,),
        quotes=(
            Quote(
                id=first.id,
                type="DIRECT",
                fragments=(first, second),
                cues=(cue,),
                speakers=(sie.id,),
                resolved_speakers=(per.id,),
                speaker_status="in_text",
            ),
        ),
        relations=(
            Relation(id="k9", type="HOLDS_ROLE", head=per.id, tail=role.id),
            Relation(id="k8", type="SPEAKER", head=first.id, tail=sie.id),
            Relation(id="k7", type="COREF", head=sie.id, tail=per.id),
            Relation(id="k6", type="CONTINUES", head=second.id, tail=first.id),
            Relation(id="k5", type="CUE_OF", head=cue.id, tail=first.id),
        ),
        attributes=(
            Attribute(name="certainty", values=("high",), span_id=per.id),
            Attribute(name="genre", values=("Meldung", "lokal")),
        ),
        provenance=Provenance(source="export.json", task_id=987654, annotation_id=4711, created_at=made),
    )


def empty_layer(article_id: str, text: str, who: str) -> Document:
    return Document(article_id=article_id, text_sha256=text_sha256(text), layer="annotator", annotator=who)


def sample() -> list[CheckedTask]:
    """Four articles: gold over two annotators; two annotators, no gold; one empty layer; none at all."""
    a = (
        rich_layer("a-1", "zoe@redaktion.example", "2026-02-01T10:00:00Z"),
        rich_layer("a-1", "anna.kowalski@redaktion.example", "2026-02-01T12:00:00+02:00"),
        rich_layer("a-1", None, "2026-02-03T10:00:00Z", layer="gold"),
    )
    b = (
        rich_layer("b-2", "zoe@redaktion.example", "2026-02-01T10:00:00Z"),
        empty_layer("b-2", TEXT, "anna.kowalski@redaktion.example"),
    )
    return [
        task("a-1", TEXT, *a),
        task("b-2", TEXT, *b, publisher=None),
        task("c-3", PLAIN, empty_layer("c-3", PLAIN, "zoe@redaktion.example")),
        task("d-4", PLAIN),
    ]


@pytest.fixture
def articles() -> list[CheckedTask]:
    return sample()


@pytest.fixture
def built(tmp_path: Path) -> Callable[..., BuildReport]:
    """Build articles into a fresh folder."""

    def run(
        tasks: list[CheckedTask], *, version: str = "0.1.0", prefer: Prefer = "gold", force: bool = False
    ) -> BuildReport:
        return build(
            tasks,
            scheme=default_scheme(),
            out=tmp_path / "releases",
            name="probe",
            version=version,
            prefer=prefer,
            force=force,
            schema_files=schema_files(assets("schema", "scheme.toml")),
            settings=ReleaseSettings(title="Probe", license="Apache-2.0", annotation_license="CC-BY-4.0"),
        )

    return run
