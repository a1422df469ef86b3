"""The tag of a release: put once, never moved, and held to where it points."""

from __future__ import annotations

from wortlaut.export.hub.errors import NotYetError
from wortlaut.export.hub.land import Landing
from wortlaut.schema.errors import UsageError

__all__ = ["put_tag", "tagged"]


def tagged(landing: Landing) -> str | None:
    """Give the commit of the release's tag; None where there is no such tag.

    Raises UsageError where the tag holds other files: a version is published once.
    """
    tag = f"v{landing.version}"
    if tag not in landing.remote.tags():
        return None
    if not landing.holds(tag):
        raise UsageError(
            f"{tag} is published already and holds other files",
            where=landing.place,
            hint="A version is published once: build this content under a higher version",
        )
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
