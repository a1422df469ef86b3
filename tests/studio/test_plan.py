"""What a push finds lacking when it counts at the end, without a server."""

from __future__ import annotations

from wortlaut.annotation.studio.listing import Listing, RemoteTask
from wortlaut.annotation.studio.plan import Plan, bare_tasks, lost_articles

HASHES = {"a-0000": "new", "a-0001": "one"}


def task(number: int, article: str, text: str, *, predictions: int, annotations: int = 0) -> RemoteTask:
    return RemoteTask(
        id=number,
        article_id=article,
        text_sha256=text,
        annotations=annotations,
        predictions=predictions,
        metadata=b"",
    )


def test_a_prediction_that_is_gone_at_the_end_is_missed_whatever_other_tasks_of_the_article_hold() -> None:
    # Both texts of the article have a task: the lead let the work on the older one stand.
    older = task(1, "a-0000", "old", predictions=1, annotations=1)
    own, other = task(3, "a-0000", "new", predictions=0), task(2, "a-0001", "one", predictions=1)
    plan = Plan(missing=frozenset(), present={"a-0000": own, "a-0001": other}, worked_on=(older,))
    listing = Listing(by_article={"a-0000": [older, own], "a-0001": [other]})
    assert not list(lost_articles(plan, HASHES, listing))
    assert [one.id for one in bare_tasks(plan, HASHES, listing, predictions=1)] == [3]
    assert not list(bare_tasks(plan, HASHES, listing, predictions=0))


def test_an_article_whose_task_was_removed_meanwhile_is_lost() -> None:
    older, other = task(1, "a-0000", "old", predictions=1), task(2, "a-0001", "one", predictions=1)
    plan = Plan(missing=frozenset({"a-0000"}), present={"a-0001": other}, outdated=(older,))
    listing = Listing(by_article={"a-0000": [older], "a-0001": [other]})
    assert list(lost_articles(plan, HASHES, listing)) == ["a-0000"]
