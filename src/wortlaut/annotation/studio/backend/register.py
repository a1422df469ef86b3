"""Registers ``serve`` with the project on Label Studio: as its ML backend, and as a webhook that bears a secret.

Both are found again by what they are (the model's name, the secret's header), not by a note of ours: a run that was
killed between two calls leaves nothing that the next one would make a second time. The webhook comes first: Label
Studio makes one without the secret, for every action, with each new ML backend whose webhook is not there yet.

The ML backend bears a title that is no model version. Where a project shows the model version that is the title of
an ML backend, the label stream asks that backend and never shows what is stored: once ``serve`` had ended, nobody
got a pre-annotation any more. So the project shows the version that is served, and what is predicted is
stored under that.
"""

from __future__ import annotations

import secrets

import msgspec

from wortlaut.annotation.studio.backend.predict import NAME
from wortlaut.annotation.studio.backend.protocol import ACTIONS, SECRET_HEADER
from wortlaut.annotation.studio.client import RefusedError, Studio
from wortlaut.annotation.studio.home import Home
from wortlaut.schema.errors import UsageError

__all__ = ["TITLE", "HookSecret", "Registered", "hook_secret", "register", "show", "unregister"]

TITLE = "wortlaut serve"
"""Of the ML backend. It must not be a model version."""

_SECRET = "webhook.json"  # noqa: S105 - the file's name
# What Label Studio 1.23.2 says where it may call no address of its machine or network, and where nothing answers.
_BLOCKED = "reserved network address"
_UNREACHED = "health check failed"


class HookSecret(msgspec.Struct, frozen=True, kw_only=True):
    """What the webhook shows to be the one that was registered."""

    secret: str


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """What is registered. ``shown`` is the model version whose predictions annotators see, or will see."""

    backend_id: int
    webhook_id: int
    shown: str


class _Project(msgspec.Struct, frozen=True):
    model_version: str | None = None


def hook_secret(home: Home) -> str:
    """Give the secret of the project's webhook, made at the first call."""
    kept = home.read(_SECRET, HookSecret)
    if kept is None:
        kept = HookSecret(secret=secrets.token_urlsafe(32))
        home.write(_SECRET, kept)
    return kept.secret


def register(studio: Studio, project_id: int, *, address: str, secret: str, version: str) -> Registered:
    """Register what listens at ``address``, which must answer by now: Label Studio asks it. Can be run again.

    ``version`` is the model version that it serves.

    Raises UsageError where Label Studio takes no such address or does not reach it, RefusedError and
    UnreachableError as ever.
    """
    try:
        webhook_id = _register_webhook(studio, project_id, f"{address}/webhook", secret)
        backend_id = _register_backend(studio, project_id, address)
    except RefusedError as error:
        raise _explained(error, address) from error
    return Registered(backend_id=backend_id, webhook_id=webhook_id, shown=show(studio, project_id, version))


def show(studio: Studio, project_id: int, version: str) -> str:
    """Have the label stream start from what is stored under ``version``, unless somebody chose another model.

    Give what it starts from. Where nothing is predicted yet, Label Studio takes no choice: it is to be made again then.
    """
    shown = _shown(studio, project_id)
    if shown and shown != TITLE:
        return shown
    if not _chosen(studio, project_id, version) and shown:
        _choose(studio, project_id, "")
    return version


def unregister(studio: Studio, project_id: int, version: str) -> bool:
    """Take back what ``register`` did; False where there was nothing. The predictions stay, ``version`` stays shown."""
    backends, webhooks = _backends(studio, project_id, ""), _webhooks(studio, project_id, "")
    with studio.talking("remove the ML backend and the webhook"):
        for backend in backends:
            studio.sdk.ml.delete(backend)
        for webhook in webhooks:
            studio.sdk.webhooks.delete(webhook)
    # With an ML backend that bears their title, Label Studio also forgets that its predictions are to be shown.
    if backends:
        show(studio, project_id, version)
    return bool(backends or webhooks)


def _register_webhook(studio: Studio, project_id: int, url: str, secret: str) -> int:
    found = _webhooks(studio, project_id, url)
    with studio.talking("register the webhook"):
        webhooks = studio.sdk.webhooks
        for other in found[1:]:
            webhooks.delete(other)
        number = found[0] if found else int(webhooks.create(project=project_id, url=url).id)
        webhooks.update(
            number,
            url=url,
            headers={SECRET_HEADER: secret},
            send_payload=True,
            send_for_all_actions=False,
            actions=ACTIONS,
            is_active=True,
        )
    return number


def _register_backend(studio: Studio, project_id: int, url: str) -> int:
    old = _backends(studio, project_id, url)
    found = list(old)
    with studio.talking("register the ML backend"):
        backends = studio.sdk.ml
        for other in found[1:]:
            backends.delete(other)
        if not found:
            # Where nothing is shown yet, the title becomes what is.
            return int(backends.create(project=project_id, url=url, title=TITLE).id)
        # Where the title was shown, as by earlier versions, Label Studio would show the new one from now on.
        shown = _shown(studio, project_id)
        if shown and shown in old.values():
            _choose(studio, project_id, "")
        backends.update(found[0], project=project_id, url=url, title=TITLE)
        if shown and shown in old.values() and shown != TITLE:
            _chosen(studio, project_id, shown)
    return found[0]


def _webhooks(studio: Studio, project_id: int, url: str) -> list[int]:
    """Give the ids of the webhooks that are ours, or lead to ``url``."""
    with studio.talking("list the webhooks"):
        found = studio.sdk.webhooks.list(project=project_id)
    return [int(one.id) for one in found if SECRET_HEADER in (one.headers or {}) or one.url == url]


def _backends(studio: Studio, project_id: int, url: str) -> dict[int, str]:
    """Give the ML backends that are ours, or lead to ``url``: ids and titles. Earlier versions gave a model version."""
    with studio.talking("list the ML backends"):
        found = studio.sdk.ml.list(project=project_id)
    return {int(one.id): one.title or "" for one in found if one.url == url or _is_ours(one.title or "")}


def _is_ours(title: str) -> bool:
    return title == TITLE or title.startswith(f"{NAME}/")


def _shown(studio: Studio, project_id: int) -> str:
    project: _Project = studio.call(
        "GET", f"/api/projects/{project_id}/", doing="read the project's settings", type=_Project
    )
    return project.model_version or ""


def _chosen(studio: Studio, project_id: int, version: str) -> bool:
    """Show a model version; False where Label Studio has no predictions of it."""
    try:
        _choose(studio, project_id, version)
    except RefusedError as error:
        if error.status != 400:
            raise
        return False
    return True


def _choose(studio: Studio, project_id: int, version: str) -> None:
    settings = {"model_version": version}
    studio.call("PATCH", f"/api/projects/{project_id}/", doing="choose the predictions to be shown", json=settings)


def _explained(error: RefusedError, address: str) -> UsageError:
    """Say in our own words the two refusals that have nothing to do with what was sent."""
    if _BLOCKED in error.detail:
        return UsageError(
            f"Label Studio may not call {address}, an address of its own machine or network",
            where=error.where,
            hint="One that wortlaut studio up starts may (with --host: --allow-local-calls); start another one with "
            "ML_BLOCK_LOCAL_IP=false and SSRF_PROTECTION_ENABLED=false",
        )
    if _UNREACHED in error.detail:
        return UsageError(
            f"Label Studio does not reach this at {address}",
            where=error.where,
            hint="Name the address under which it does with --address URL, and look at the firewall",
        )
    return error
