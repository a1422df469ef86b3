"""The command ``wortlaut dedupe``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from wortlaut.cli.steps import counting
from wortlaut.cli.words import count, say
from wortlaut.schema.printable import printable
from wortlaut.schema.project import find_project

if TYPE_CHECKING:
    from wortlaut.corpus.dedupe import Cluster, DedupeReport

__all__ = ["command"]


@click.command()
@click.option(
    "--articles",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The corpus; the project's articles.jsonl if not given.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0.1, 1.0),
    metavar="SHARE",
    help="From which share of common shingles on (Jaccard, 0.1 to 1); 0.25 if not given.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on stdout.")
def command(*, articles: Path | None, threshold: float | None, as_json: bool) -> None:
    """List the articles of the corpus that are nearly the same.

    Copies of one agency text under other headlines, revisions of one article, an article inside a longer one. Nothing
    is changed: wortlaut build puts the articles of a cluster into one split. Each line says how much an article shares
    with the one that it is most like, and how much of the shorter one that is. docs/splits.md says what is compared.
    """
    from wortlaut.corpus.dedupe import dedupe
    from wortlaut.corpus.near_duplicates import THRESHOLD

    project = find_project()
    if articles is None:
        project.require("name --articles FILE")
    with counting("articles") as on_article:
        report = dedupe(
            articles or project.path(project.settings.articles),
            threshold=THRESHOLD if threshold is None else threshold,
            on_article=on_article,
        )
    if as_json:
        click.echo(msgspec.json.encode(report))
    else:
        for number, cluster in enumerate(report.clusters, start=1):
            for line in _lines(number, cluster):
                click.echo(line)
    _summary(report)


def _lines(number: int, cluster: Cluster) -> Iterator[str]:
    yield f"cluster {number}: {count(len(cluster.members), 'article')}"
    for member in cluster.members:
        about = ", ".join(part for part in (member.publisher, member.published[:10]) if part)
        alike = f"shares {member.jaccard:.0%}, {member.containment:.0%} of the shorter, with {member.like}"
        yield printable(f"  {member.article_id}  {about or '-'}  {member.headline[:80] or '-'}")
        if member.like:
            yield printable(f"      {alike}")


def _summary(report: DedupeReport) -> None:
    if not report.clusters:
        say(f"{count(report.articles, 'article')}: no two are nearly the same (from {report.threshold:g} on)")
        return
    say(
        f"{count(report.articles, 'article')}: {report.duplicates:,} of them in "
        f"{count(len(report.clusters), 'cluster')} of near-duplicates (from {report.threshold:g} on)"
    )
    say("next: nothing need be done; wortlaut build keeps each cluster in one split")
