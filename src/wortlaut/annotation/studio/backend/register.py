"""Registers ``serve`` with the project on Label Studio: as its ML backend, and as a webhook that bears a secret.

Both are found again by what they are (the model's name, the secret's header), not by a note of ours: a run that was
killed between two calls leaves nothing that the next one would make a second time. The webhook comes first: Label
Studio makes one without the secret, for every action, with each new ML backend whose webhook is not there yet.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import msgspec

from wortlaut.annotation.studio.backend.predict import MODEL, MODEL_VERSION
from wortlaut.annotation.studio.backend.protocol import ACTIONS, SECRET_HEADER
from wortlaut.annotation.studio.client import RefusedError, Studio
from wortlaut.annotation.studio.home import Home
from wortlaut.schema.errors import UsageError

__all__ = ["HookSecret", "Registered", "hook_secret", "register", "unregister"]

_SECRET = "webhook.json"  # noqa: S105 - the file's name
# What Label Studio 1.23.2 says where it may call no address of its machine or network, and where nothing answers.
_BLOCKED = "reserved network address"
_UNREACHED = "health check failed"


class HookSecret(msgspec.Struct, frozen=True, kw_only=True):
    """What the webhook shows to be the one that was registered."""

    secret: str


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """What is registered. ``shown`` is the model version whose predictions annotators see."""

    backend_id: int
    webhook_id: int
    shown: str


class _Webhook(msgspec.Struct, frozen=True):
    id: int
    url: str
    headers: Mapping[str, str] | None = None


class _Backend(msgspec.Struct, frozen=True):
    id: int
    url: str
    title: str | None = None


class _Project(msgspec.Struct, frozen=True):
    model_version: str | None = None


def hook_secret(home: Home) -> str:
    """Give the secret of the project's webhook, made at the first call."""
    kept = home.read(_SECRET, HookSecret)
    if kept is None:
        kept = HookSecret(secret=secrets.token_urlsafe(32))
        home.write(_SECRET, kept)
    return kept.secret


def register(studio: Studio, project_id: int, *, address: str, secret: str) -> Registered:
    """Register what listens at ``address``, which must answer by now: Label Studio asks it. Can be run again.

    Raises UsageError where Label Studio takes no such address or does not reach it, RefusedError and
    UnreachableError as ever.
    """
    try:
        webhook_id = _register_webhook(studio, project_id, f"{address}/webhook", secret)
        backend_id = _register_backend(studio, project_id, address)
    except RefusedError as error:
        raise _explained(error, address) from error
    shown = _shown(studio, project_id)
    if not shown:
        _show(studio, project_id)
        shown = MODEL_VERSION
    return Registered(backend_id=backend_id, webhook_id=webhook_id, shown=shown)


def unregister(studio: Studio, project_id: int) -> bool:
    """Take back what ``register`` did; False where there was nothing. The predictions stay, and stay shown."""
    backends, webhooks = _backends(studio, project_id, ""), _webhooks(studio, project_id, "")
    for backend in backends:
        studio.call("DELETE", f"/api/ml/{backend.id}", doing="remove the ML backend")
    for webhook in webhooks:
        studio.call("DELETE", f"/api/webhooks/{webhook.id}/", doing="remove the webhook")
    # With an ML backend Label Studio also forgets that its predictions are to be shown.
    if backends and not _shown(studio, project_id):
        try:
            _show(studio, project_id)
        except RefusedError as error:
            # Nothing was predicted under this version yet.
            if error.status != 400:
                raise
    return bool(backends or webhooks)


def _register_webhook(studio: Studio, project_id: int, url: str, secret: str) -> int:
    wanted = {
        "url": url,
        "headers": {SECRET_HEADER: secret},
        "send_payload": True,
        "send_for_all_actions": False,
        "actions": ACTIONS,
        "is_active": True,
    }
    found = _webhooks(studio, project_id, url)
    for other in found[1:]:
        studio.call("DELETE", f"/api/webhooks/{other.id}/", doing="remove a second webhook")
    doing = "register the webhook"
    if not found:
        made: _Webhook = studio.call(
            "POST", "/api/webhooks/", doing=doing, type=_Webhook, json=wanted | {"project": project_id}
        )
        return made.id
    studio.call("PATCH", f"/api/webhooks/{found[0].id}/", doing=doing, json=wanted)
    return found[0].id


def _register_backend(studio: Studio, project_id: int, url: str) -> int:
    wanted = {"url": url, "title": MODEL_VERSION, "project": project_id}
    found = _backends(studio, project_id, url)
    for other in found[1:]:
        studio.call("DELETE", f"/api/ml/{other.id}", doing="remove a second ML backend")
    doing = "register the ML backend"
    if not found:
        made: _Backend = studio.call("POST", "/api/ml/", doing=doing, type=_Backend, json=wanted)
        return made.id
    studio.call("PATCH", f"/api/ml/{found[0].id}", doing=doing, json=wanted)
    return found[0].id


def _webhooks(studio: Studio, project_id: int, url: str) -> list[_Webhook]:
    found: list[_Webhook] = studio.call(
        "GET", "/api/webhooks/", doing="list the webhooks", type=list[_Webhook], params={"project": project_id}
    )
    return [one for one in found if SECRET_HEADER in (one.headers or {}) or one.url == url]


def _backends(studio: Studio, project_id: int, url: str) -> list[_Backend]:
    found: list[_Backend] = studio.call(
        "GET", "/api/ml/", doing="list the ML backends", type=list[_Backend], params={"project": project_id}
    )
    # Of whichever version.
    return [one for one in found if (one.title or "").startswith(f"{MODEL.name}/") or one.url == url]


def _shown(studio: Studio, project_id: int) -> str:
    project: _Project = studio.call(
        "GET", f"/api/projects/{project_id}/", doing="read the project's settings", type=_Project
    )
    return project.model_version or ""


def _show(studio: Studio, project_id: int) -> None:
    settings = {"model_version": MODEL_VERSION}
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
