"""What is said where a version is published already and holds other files: a version is published once."""

from __future__ import annotations

from collections.abc import Iterable

from wortlaut.export.baselines import BASELINES, README
from wortlaut.export.manifest import MANIFEST
from wortlaut.schema.errors import UsageError

__all__ = ["published_once"]

_SHOWN = 3


def published_once(version: str, where: str, differing: Iterable[str], *, baselines: bool) -> UsageError:
    """Give the error for a version that stands at ``where`` and differs in some files, which it names.

    ``baselines`` says whether the release that was to go there has any: where these alone differ, training came
    after publishing.
    """
    # The manifest differs wherever a file does.
    paths = sorted(set(differing) - {MANIFEST}) or [MANIFEST]
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    trained = baselines and BASELINES in paths and set(paths) <= {README, BASELINES}
    return UsageError(
        f"v{version} is published there already and holds other files ({', '.join(paths[:_SHOWN])}{more})",
        where=where,
        hint="A version is published once: "
        + (
            "wortlaut train came after it, and wortlaut build --version NEXT carries the baselines over"
            if trained
            else "build this content under a higher version"
        ),
    )
