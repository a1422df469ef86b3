"""``dedupe``: the near-duplicates of a corpus, cluster by cluster."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from wortlaut.corpus.near_duplicates import THRESHOLD, Clusters, SignatureWriter
from wortlaut.corpus.store import latest_articles

__all__ = ["Cluster", "DedupeReport", "Member", "dedupe"]

_COMPARED = 50


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """An article of a cluster, and how much it shares with the one of the cluster that it is most like.

    ``jaccard`` is what both share of all their shingles, ``containment`` of the shorter one's, 0 to 1; ``like`` is
    that article's id ("" in a cluster of more than 50, where it is like none of the first). ``publisher``,
    ``published`` and ``headline`` are "" where they are not known.
    """

    article_id: str
    publisher: str
    published: str
    headline: str
    like: str
    jaccard: float
    containment: float


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """Articles that are nearly the same, each like at least one other, by id."""

    members: list[Member]


class DedupeReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was found: ``articles`` were looked at, ``duplicates`` of them stand in a cluster."""

    articles: int
    threshold: float
    duplicates: int
    clusters: list[Cluster]


class _Shown(msgspec.Struct, frozen=True, gc=False):
    publisher: str
    published: str
    headline: str


def dedupe(
    articles: Path, *, threshold: float = THRESHOLD, on_article: Callable[[], None] = lambda: None
) -> DedupeReport:
    """Find the near-duplicates among the newest revisions of the articles in a store; nothing is changed.

    ``threshold`` is the Jaccard similarity of shingles from which on two articles are near-duplicates. Two passes: what
    is shown is read again for those in clusters alone. Raises what ``latest_articles`` does.
    """
    with SignatureWriter(threshold) as writer:
        for article in latest_articles(articles):
            writer.add(article.article_id, article.text)
            on_article()
        clusters = writer.clusters()
        found = list(clusters.several())
        wanted = {clusters.ids[place] for members in found for place in members}
        shown: dict[str, _Shown] = {}
        for article in latest_articles(articles) if wanted else ():
            if article.article_id in wanted:
                shown[article.article_id] = _Shown(
                    article.publisher or "", article.published or "", article.headline or ""
                )
        listed = [
            Cluster(members=[_member(writer, clusters, place, members, shown) for place in members])
            for members in found
        ]
        return DedupeReport(articles=len(clusters.ids), threshold=threshold, duplicates=len(wanted), clusters=listed)


def _member(
    writer: SignatureWriter, clusters: Clusters, place: int, members: list[int], shown: dict[str, _Shown]
) -> Member:
    """Describe one article of a cluster; of a large cluster it is held against the first ones alone."""
    pairs = [
        (pair, other)
        for other in members[:_COMPARED]
        if other != place and (pair := writer.pair(clusters, place, other)) is not None
    ]
    article_id = clusters.ids[place]
    about = shown[article_id]
    like, jaccard, containment = "", 0.0, 0.0
    if pairs:
        best, other = max(pairs, key=lambda found: (found[0].jaccard, found[0].containment, -found[1]))
        like, jaccard, containment = clusters.ids[other], best.jaccard, best.containment
    return Member(
        article_id=article_id,
        publisher=about.publisher,
        published=about.published,
        headline=about.headline,
        like=like,
        jaccard=jaccard,
        containment=containment,
    )
