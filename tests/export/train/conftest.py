"""A small release to train on, put together from invented sentences: people, offices, places, days, pronouns, cues."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from wortlaut.annotation.learnt.folder import MODEL_KINDS
from wortlaut.export.build import build, schema_files
from wortlaut.export.train.fitted import TrainOptions
from wortlaut.export.train.run import TrainReport, train
from wortlaut.schema.article import text_sha256
from wortlaut.schema.assets import assets
from wortlaut.schema.checked import ArticleMeta, CheckedTask
from wortlaut.schema.document import Document, Span
from wortlaut.schema.scheme import Scheme, default_scheme

QUICK = TrainOptions(epochs=6, iterations=20, seed=7)

FIRST = ("Marta", "Jonas", "Ayşe", "Peter", "Lena", "Karim", "Ida", "Ole")
LAST = ("Brunngraber", "Talwiese", "Demirci", "Okonjo", "Steinhauser", "Vogelbacher", "Rautenfeld")
PLACES = ("Ulmenau", "Kirchbrück", "Seewangen", "Talheimbach", "Ostermoor")
OFFICES = ("Bürgermeisterin", "Stadträtin", "Sprecherin", "Intendantin")
# [LABEL:text], {part} drawn by the number of the article; ORG holds a GPE.
SENTENCES = (
    "Die [ROLE:{office}] [PER:{first} {last}] eröffnete am Dienstag den Radweg in [GPE:{place}].",
    "[MENTION:Sie] dankte den [ORG:Stadtwerken [GPE:{place}]] für die Hilfe.",
    "„Der Bau dauert noch“, [CUE:sagte] [PER:{first} {last}] von der [ORG:Wohnbau {place} GmbH].",
    "In [GPE:{place}] regnete es 🌧️ den ganzen Tag.",
    "[PER:{last}] und die [ORG:Sparkasse [GPE:{place}]] streiten über das Geld.",
)
_MARK = re.compile(r"\[([A-Z]+):|\]")


def marked(text: str) -> tuple[str, tuple[Span, ...]]:
    """Read a text with marked spans."""
    plain, spans, opened, last = "", [], [], 0
    for match in _MARK.finditer(text):
        plain += text[last : match.start()]
        last = match.end()
        if match[1]:
            opened.append((match[1], len(plain)))
            continue
        label, start = opened.pop()
        surface = plain[start:]
        spans.append(Span(id=f"{label}-{start}", label=label, start=start, end=len(plain), text=surface))
    return plain + text[last:], tuple(sorted(spans, key=lambda one: (one.start, one.end)))


def article(number: int) -> CheckedTask:
    parts = {
        "first": FIRST[number % len(FIRST)],
        "last": LAST[number % len(LAST)],
        "place": PLACES[number % len(PLACES)],
        "office": OFFICES[number % len(OFFICES)],
    }
    chosen = [SENTENCES[(number + step) % len(SENTENCES)] for step in range(3)]
    text, spans = marked(f"{chosen[0]} {chosen[1]}\n\n{chosen[2]}".format(**parts))
    article_id = f"a-{number:03}"
    return CheckedTask(
        index=number,
        task_id=str(number),
        article_id=article_id,
        text=text,
        text_sha256=text_sha256(text),
        meta=ArticleMeta(publisher="Blatt", published="2026-01-22", url=None, agencies=(), rights="eigener Text"),
        documents=(
            Document(
                article_id=article_id,
                text_sha256=text_sha256(text),
                layer="gold",
                mentions=tuple(span for span in spans if span.label != "CUE"),
                cues=tuple(span for span in spans if span.label == "CUE"),
            ),
        ),
    )


def split_of(article_id: str) -> str:
    """Put every sixth article into test, the one after it into validation."""
    return {0: "test", 1: "validation"}.get(int(article_id[2:]) % 6, "train")


def make_release(
    out: Path,
    tasks: list[CheckedTask],
    *,
    split: Callable[[str], str] = split_of,
    scheme: Scheme | None = None,
    files: dict[str, bytes] | None = None,
    force: bool = False,
    profile: Literal["full", "standoff"] = "full",
) -> Path:
    report = build(
        tasks,
        scheme=scheme or default_scheme(),
        out=out,
        name="radweg",
        version="0.1.0",
        split_of=split,
        schema_files=files or schema_files(assets("schema", "scheme.toml")),
        force=force,
        profile=profile,
    )
    return Path(report.path)


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of 48 articles in three splits, which no test may change."""
    return make_release(tmp_path_factory.mktemp("release"), [article(number) for number in range(48)])


@pytest.fixture(scope="session")
def tasks() -> list[CheckedTask]:
    return [article(number) for number in range(48)]


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """Build a release into a fresh folder."""

    def run(made: list[CheckedTask], **options: Any) -> Path:
        return make_release(tmp_path / "releases", made, **options)

    return run


@pytest.fixture
def own_release(release: Path, tmp_path: Path) -> Path:
    """A copy of the release, for a test to change."""
    copy = tmp_path / "releases" / "radweg" / "v0.1.0"
    shutil.copytree(release, copy)
    return copy


@pytest.fixture(scope="session")
def trained(release: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainReport:
    """One model of each kind, trained once; the release is left as it is."""
    return train(release, tmp_path_factory.mktemp("models"), MODEL_KINDS, QUICK, write_card=False)


@pytest.fixture(scope="session")
def models(trained: TrainReport) -> dict[str, Path]:
    return {one.baseline.model: Path(one.path) for one in trained.models}
