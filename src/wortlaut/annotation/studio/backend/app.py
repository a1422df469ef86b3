"""The HTTP side of ``serve``: a small ASGI application that answers at once and computes elsewhere.

Predictions are made in worker processes, some tasks at a time, so that one large request leaves room for others; a
request whose caller has gone away stops. What a request holds goes into no log and no message: ``/setup`` hands
over a token, tasks hold articles.
"""

from __future__ import annotations

import contextlib
import hmac
import logging
import os
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, TypeVar

import anyio
import anyio.to_process
import anyio.to_thread
import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from wortlaut.annotation.studio.backend.predict import Served, missing_in_config, predict
from wortlaut.annotation.studio.backend.protocol import (
    HOOK_LIMIT,
    PREDICT_LIMIT,
    SECRET_HEADER,
    SETUP_LIMIT,
    Hook,
    PredictRequest,
    SetupRequest,
)
from wortlaut.schema.errors import RecordError, WortlautError

__all__ = ["HookTaker", "make_app"]

HookTaker = Callable[[Hook], None]
"""Takes what a webhook told, in a thread, and is done with it in milliseconds."""

_T = TypeVar("_T")
_CHUNK = 8
"""Tasks that one worker is given at a time: a tenth of a second of work."""
_MOST_WORKERS = 4
_GONE = 499
_log = logging.getLogger("wortlaut.serve")


def make_app(
    model: Served,
    *,
    secret: str = "",
    take_hook: HookTaker | None = None,
    is_ending: Callable[[], bool] = lambda: False,
) -> ASGIApp:
    """Make the application. Without a secret it serves predictions alone, and each webhook is refused.

    Where ``is_ending`` says that the server is being stopped, predictions that are under way are given up.
    """
    backend = _Backend(model, secret, take_hook, is_ending)
    app = Starlette(
        routes=[
            Route("/", backend.health),
            Route("/health", backend.health),
            Route("/setup", backend.setup, methods=["POST"]),
            Route("/predict", backend.predict, methods=["POST"]),
            Route("/versions", backend.versions),
            Route("/webhook", backend.webhook, methods=["POST"]),
        ],
        exception_handlers={HTTPException: _refuse, ClientDisconnect: _gone, Exception: _broken},
        lifespan=backend.lifespan,
    )

    async def quiet(scope: Scope, receive: Receive, send: Send) -> None:
        # Starlette raises again what it has answered, for the server to write its message into the log.
        with contextlib.suppress(*([Exception] if scope["type"] == "http" else [])):
            await app(scope, receive, send)

    return quiet


class _Backend:
    def __init__(self, model: Served, secret: str, take_hook: HookTaker | None, is_ending: Callable[[], bool]) -> None:
        self._model = model
        self._scheme_path = model.project.scheme_path
        self._secret = secret
        self._take_hook = take_hook
        self._is_ending = is_ending
        self._workers = max(1, min(_MOST_WORKERS, os.cpu_count() or 1))
        self._limiter: anyio.CapacityLimiter

    @contextlib.asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        self._limiter = anyio.CapacityLimiter(self._workers)
        yield

    async def health(self, _request: Request) -> Response:
        return _json({"status": "UP", "model_class": self._model.kind})

    async def versions(self, _request: Request) -> Response:
        return _json({"versions": [self._model.version]})

    async def setup(self, request: Request) -> Response:
        _decode(await _body(request, SETUP_LIMIT), SetupRequest)
        return _json({"model_version": self._model.version})

    async def predict(self, request: Request) -> Response:
        asked = _decode(await _body(request, PREDICT_LIMIT), PredictRequest)
        changed = await anyio.to_thread.run_sync(self._scheme_for, asked.label_config or "")
        try:
            results = await self._predicted([bytes(task.data) for task in asked.tasks], changed, request)
        except RecordError as error:
            number = int(error.where)
            raise HTTPException(422, f"task {number} (id {asked.tasks[number].id}): {error.what}") from error
        return Response(b'{"results":[' + b",".join(results) + b"]}", media_type="application/json")

    async def webhook(self, request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "replace")
        if not self._secret or not hmac.compare_digest(given, self._secret.encode()):
            raise HTTPException(403, f"the header {SECRET_HEADER} does not hold the secret of this project's webhook")
        hook = _decode(await _body(request, HOOK_LIMIT), Hook)
        if self._take_hook is not None:
            await anyio.to_thread.run_sync(self._take_hook, hook)
        return _json({"status": "noted"})

    def _scheme_for(self, config: str) -> int:
        """Give when the scheme was changed last; refuse a labeling config that lacks what the scheme has."""
        try:
            changed = self._scheme_path.stat().st_mtime_ns
            missing = missing_in_config(self._scheme_path, changed, config) if config else ()
        except (WortlautError, OSError) as error:
            raise HTTPException(422, str(error)) from error
        if missing:
            shown = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
            raise HTTPException(422, f"the project's labeling config lacks {shown}: wortlaut studio push updates it")
        return changed

    async def _predicted(self, tasks: Sequence[bytes], changed: int, request: Request) -> list[bytes]:
        """Predict in the workers, a few tasks at a time. Raises RecordError whose ``where`` is the task's number."""
        done: dict[int, list[bytes]] = {}
        failed: list[RecordError] = []
        starts = iter(range(0, len(tasks), _CHUNK))

        async def work() -> None:
            for start in starts:
                if failed or self._is_ending() or await request.is_disconnected():
                    return
                try:
                    done[start] = await self._chunk(changed, tasks[start : start + _CHUNK])
                except RecordError as error:
                    failed.append(RecordError(error.what, where=str(start + int(error.where))))

        async with anyio.create_task_group() as group:
            for _ in range(self._workers):
                group.start_soon(work)
        if failed:
            raise min(failed, key=lambda error: int(error.where))
        if len(done) * _CHUNK < len(tasks):
            # Nobody reads the second one.
            raise HTTPException(503 if self._is_ending() else _GONE, "the server is being stopped")
        return [one for start in sorted(done) for one in done[start]]

    async def _chunk(self, changed: int, tasks: Sequence[bytes]) -> list[bytes]:
        for last in (False, True):
            try:
                return await anyio.to_process.run_sync(
                    predict, self._model, changed, tasks, cancellable=True, limiter=self._limiter
                )
            except (anyio.BrokenWorkerProcess, KeyboardInterrupt) as error:
                # Killed from outside, for want of memory perhaps, or reached by the server's own Ctrl-C while it was
                # being started (the server itself takes that as a signal); another one is started.
                if last:
                    raise anyio.BrokenWorkerProcess from error
        raise AssertionError


async def _body(request: Request, limit: int) -> bytes:
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > limit:
            raise HTTPException(413, f"the request is larger than {limit >> 20} MB: ask for fewer tasks at once")
    return bytes(parts)


def _decode(body: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        # Says which field and which type, never a value.
        status = 422 if isinstance(error, msgspec.ValidationError) else 400
        raise HTTPException(status, f"the request does not hold: {error}") from None


async def _refuse(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else ""
    if status in {404, 405}:
        detail = f"{detail}. This is wortlaut serve: GET /health, /versions; POST /setup, /predict, /webhook"
    elif status != _GONE:
        # What follows the colon may quote a text.
        _log.warning("%s was refused (%s): %s", request.url.path, status, detail.partition(": ")[0])
    return _json({"detail": detail}, status)


async def _gone(_request: Request, _error: Exception) -> Response:
    return _json({"detail": "the caller has gone away"}, _GONE)


async def _broken(request: Request, error: Exception) -> Response:
    """Answer for a mistake of our own: without its message, which might quote what was sent."""
    _log.error("%s failed: %s", request.url.path, type(error).__name__)
    return _json({"detail": f"this is a bug in wortlaut: {type(error).__name__}"}, 500)


def _json(record: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(record), status, media_type="application/json")
