"""The wire form of a Label Studio JSON export, as typed records, and nothing beyond what the checker reads.

One record serves for every type of region: which of its fields must be there depends on ``type``, and the
checker says so with a code and a place. Fields that Label Studio adds are passed over. What these records
take in fits ``schema/export.schema.json``, but for what the checker itself reports; the tests hold them to it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

__all__ = [
    "MISSING",
    "TAKEN_OUT",
    "TASK_DECODER",
    "Origin",
    "WireAnnotation",
    "WireData",
    "WireMeta",
    "WireProposal",
    "WireRegion",
    "WireTask",
    "WireUser",
    "WireValue",
]

MISSING = -(1 << 53)
"""Stands for an offset that is not there; a negative offset in the file comes out as itself and fits nothing."""

TAKEN_OUT = "(taken out)"
"""The type of an entry that the reader has taken out and reported: it keeps the numbers of the others."""

Origin = Literal["manual", "prediction", "prediction-changed"]
Filled = Annotated[str, msgspec.Meta(min_length=1)]


class WireValue(msgspec.Struct, gc=False):
    """The ``value`` of a region. ``text`` is the surface, or the note's list of lines."""

    start: int = MISSING
    end: int = MISSING
    text: str | list[str] | None = None
    labels: list[str] = []
    choices: list[str] | None = None


class WireMeta(msgspec.Struct, gc=False):
    """What Label Studio keeps beside a region: ``text`` is the note of its own, as lines or as one."""

    text: str | list[str] | None = None


class WireRegion(msgspec.Struct, gc=False):
    """One entry of ``result``: a span, a choice or note on one, or a relation."""

    type: str = ""
    id: str = ""
    from_name: Filled = "-"
    to_name: Filled = "-"
    origin: Origin = "manual"
    value: WireValue | None = None
    score: float | None = None  # read for its type alone: what the export's schema forbids is found there
    from_id: str = ""
    to_id: str = ""
    direction: Literal["right", "left", "bi"] | None = "right"
    labels: list[str] | None = None
    meta: WireMeta | None = None
    parent_id: str | None = msgspec.field(default=None, name="parentID")  # for its type alone


class WireAnything(msgspec.Struct, gc=False):
    """An object of which only that it is one matters."""


class WireUser(msgspec.Struct, gc=False):
    """Who completed an annotation, where the export spells it out."""

    id: int | str | None = None
    email: str | None = ""


class WireAnnotation(msgspec.Struct, gc=False):
    """One annotation of one task. ``result`` can be null, but not missing."""

    result: list[WireRegion] | None
    id: int | str | None = None
    completed_by: WireUser | int | str | None = None
    was_cancelled: bool | None = False
    ground_truth: bool | None = False
    created_at: str | int | None = None
    updated_at: str | int | None = None
    lead_time: float | None = None
    # The rest for their types alone.
    draft_created_at: str | int | None = None
    prediction: WireAnything | int | None = None
    parent_prediction: int | None = None
    parent_annotation: int | None = None


class WireProposal(msgspec.Struct, gc=False):
    """A draft or a prediction, where the export spells it out; its regions are counted, not checked."""

    result: list[WireRegion] | None = None


class WireData(msgspec.Struct, gc=False):
    """The ``data`` of a task; every field may be missing, or hold anything, in a foreign export."""

    text: str = ""
    article_id: str | int = ""
    text_sha256: Filled = ""
    headline: Any = ""
    publisher: Any = ""
    published: Any = ""
    section: Any = ""
    url: Any = ""
    byline: Any = ""
    agencies: Any = ""
    tags: Any = ""
    language: Any = ""
    rights: Any = ""


class WireTask(msgspec.Struct, gc=False):
    """One task. ``drafts`` and ``predictions`` hold records or bare ids, as the export was asked for."""

    id: int | str | None = None
    annotations: list[WireAnnotation] | None = None
    drafts: list[WireProposal | int | str] = []
    predictions: list[WireProposal | int | str] = []
    data: WireData | None = None
    meta: WireAnything | None = None  # for its type alone


TASK_DECODER = msgspec.json.Decoder(WireTask)
