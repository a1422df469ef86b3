"""The tag of a release: put once, never moved, and held to where it points."""

from __future__ import annotations

from wortlaut.export.baselines import BASELINES
from wortlaut.export.hub.errors import NotYetError
from wortlaut.export.hub.land import Landing
from wortlaut.export.hub.plan import make_plan
from wortlaut.export.published_once import published_once

__all__ = ["put_tag", "tagged"]


def tagged(landing: Landing) -> str | None:
    """Give the commit of the release's tag; None where there is no such tag.

    Raises UsageError where the tag holds other files: a version is published once.
    """
    tag = f"v{landing.version}"
    if tag not in landing.remote.tags():
        return None
    plan = make_plan(landing.files, landing.remote.tree(tag))
    if plan:
        differing = [*(file.path for file in (*plan.adds, *plan.changes)), *plan.deletes]
        raise published_once(landing.version, landing.place, differing, baselines=BASELINES in landing.files)
    return landing.remote.sha(tag)


def put_tag(landing: Landing, oid: str) -> None:
    """Put the release's tag on a commit, or find it there. To be tried again on errors that pass.

    Raises UsageError where the tag came to hold other files in the meantime, NotYetError where it is not shown.
    """
    if tagged(landing) is not None:
        return
    landing.remote.tag(f"v{landing.version}", oid)
    if tagged(landing) is None:
        raise NotYetError(f"the Hub does not show the tag v{landing.version} yet")
