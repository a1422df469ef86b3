"""The guard before a labeling config is replaced: nothing that annotations use may vanish from it.

Label Studio itself refuses to take away a control that is used, and accepts that a used label, relation or option
goes, or that the object shows another text: the annotations then hold what the page can no longer show.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from wortlaut.annotation.studio.client import Studio
from wortlaut.annotation.studio.names import Name, Removed, config_names, removed, used_names
from wortlaut.annotation.studio.pages import count_tasks
from wortlaut.annotation.studio.saved import Saved, saved_work
from wortlaut.annotation.studio.steps import OnStep, Step
from wortlaut.schema.errors import UsageError

__all__ = ["NameUse", "OrphanError", "guard_config"]

_SHOWN = 3
_DOING = "compare the labeling configs"


class NameUse(msgspec.Struct, frozen=True, kw_only=True):
    """How a name that would go is used. ``places`` are up to three of them, as (article_id, annotator).

    ``more``: there are others. ``by_hand``: the name came into the server's config by hand.
    """

    removed: Removed
    annotations: int = 0
    drafts: int = 0
    regions: int = 0
    places: tuple[tuple[str, str], ...] = ()
    more: bool = False
    by_hand: bool = False

    def __str__(self) -> str:
        name = self.removed.name
        noun = "relation" if name.kind == "relation" else "choice" if name.kind == "option" else "region"
        saved = [_count(self.annotations, "annotation")] if self.annotations else []
        saved += [_count(self.drafts, "draft")] if self.drafts else []
        shown = ", ".join(f"{article} by {by}" for article, by in self.places)
        more = ", ..." if self.more else ""
        how = f" ({self.removed.how})" if self.removed.how else ""
        return f"{name}{how}: {_count(self.regions, noun)} in {' and '.join(saved)} ({shown}{more})"


class OrphanError(UsageError):
    """A new labeling config would orphan annotations. ``uses`` tells which names they use that it lacks."""

    def __init__(
        self, what: str, *, where: str = "", hint: str = "", code: str = "", uses: tuple[NameUse, ...] = ()
    ) -> None:
        super().__init__(what, where=where, hint=hint, code=code)
        self.uses = uses


def guard_config(
    studio: Studio,
    project_id: int,
    old: str,
    new: str,
    *,
    pushed: str = "",
    renamed: Collection[Name] = (),
    on_step: OnStep = lambda _: None,
) -> None:
    """Raise OrphanError where replacing the labeling config ``old`` by ``new`` would orphan annotations or drafts.

    ``old`` is what the server has now; where it differs from ``pushed``, the config that was sent last (empty: not
    known), it was changed by hand, and the message says so. What nothing uses may go, and what is in ``renamed``;
    anything may be added.
    Reads all annotations only where something goes; ``on_step`` is told how far it has come.
    """
    gone = [one for one in removed(config_names(old), config_names(new)) if one.name not in renamed]
    if not gone:
        return
    total = count_tasks(studio, project_id, doing=_DOING)

    def on_task(done: int) -> None:
        on_step(Step(text="looking who uses what would go", done=done, total=total))

    uses = _uses(gone, saved_work(studio, project_id, on_task=on_task))
    if not uses:
        return
    known = config_names(pushed) if pushed else None
    if known is not None:
        names = known.names | {Name("control", one) for one in known.controls}
        names |= {Name("object", one) for one in known.objects}
        uses = [msgspec.structs.replace(use, by_hand=use.removed.name not in names) for use in uses]
    raise OrphanError(_what(uses), where=studio.url, hint=_hint(uses), uses=tuple(uses))


def _uses(gone: Iterable[Removed], saved: Iterable[Saved]) -> list[NameUse]:
    uses = {one.name: NameUse(removed=one) for one in gone}
    for work in saved:
        for name, regions in used_names(msgspec.json.decode(work.result)).items():
            if name not in uses:
                continue
            use = uses[name]
            full = len(use.places) == _SHOWN
            place = (work.article_id or f"task {work.task_id}", work.by)
            uses[name] = msgspec.structs.replace(
                use,
                annotations=use.annotations + (work.kind == "annotation"),
                drafts=use.drafts + (work.kind == "draft"),
                regions=use.regions + regions,
                places=use.places if full or place in use.places else (*use.places, place),
                more=use.more or (full and place not in use.places),
            )
    return [use for use in uses.values() if use.regions]


def _what(uses: list[NameUse]) -> str:
    listed = "; ".join(map(str, uses))
    hand = [str(use.removed.name) for use in uses if use.by_hand]
    said = ""
    if hand:
        verb = "is" if len(hand) == 1 else "are"
        said = f". The config on the server was changed by hand: {', '.join(hand)} {verb} there and not in the scheme"
    return f"the new labeling config lacks what annotations on the server use: {listed}{said}"


def _hint(uses: list[NameUse]) -> str:
    renames = [use.removed for use in uses if use.removed.name.kind in {"label", "relation", "option"}]
    one = len(uses) == 1
    asked = ""
    if renames:
        pairs = " ".join(f"{_argument(one)}={one.nearest or 'NEW'}" for one in renames)
        has = "it has" if len(renames) == 1 else "they have"
        asked = f" If {has} a new name in the scheme, say: wortlaut studio rename {pairs}. Else"
    change = f"{'change' if asked else 'Change'} {'these' if one else 'those'} annotations first"
    them = "it" if one else "them"
    place = "the scheme" if len(renames) == len(uses) else "the config"
    kept = f"take {them} into {place}" if all(use.by_hand for use in uses) else f"keep {them} in {place}"
    return f"Nothing was changed.{asked} {change}, or {kept}"


def _argument(one: Removed) -> str:
    """Give the name as the command takes it: an option with its choice before it."""
    import shlex

    name = one.name
    return shlex.quote(f"{name.control}.{name.name}" if name.kind == "option" else name.name)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
