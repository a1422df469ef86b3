"""How a request to Label Studio is authorized: by a legacy token or by a personal access token.

A legacy token (40 hex digits) goes into each request. A personal access token is a JWT that is exchanged for an
access token of five minutes (``POST /api/token/refresh``). Which of the two a server takes is its organization's
setting; new servers take personal ones alone.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Generator
from typing import Literal

import httpx
import msgspec

__all__ = ["TokenAuth", "TokenKind", "refusal", "token_kind"]

TokenKind = Literal["legacy", "personal", "unknown"]

_LEGACY = re.compile(r"[0-9a-f]{40}")
# The server says 300 seconds; a new one is fetched a little before.
_ACCESS_SECONDS = 240
_WHERE_PERSONAL = "In Label Studio: Account & Settings, Personal Access Token"
_WHERE_LEGACY = "In Label Studio: Account & Settings, Legacy Token"
_DISABLED = "legacy token authentication has been disabled"


def token_kind(token: str) -> TokenKind:
    """Say of which kind a token is by its form.

    >>> token_kind("0123456789abcdef0123456789abcdef01234567"), token_kind("eyJhbGci.eyJleHAi.sig"), token_kind("x")
    ('legacy', 'personal', 'unknown')
    """
    if _LEGACY.fullmatch(token):
        return "legacy"
    return "personal" if token.startswith("ey") and token.count(".") == 2 else "unknown"


class TokenAuth(httpx.Auth):
    """Authorizes each request with a token of either kind."""

    # Only the answer with an access token is read here: others may be too large to be held whole.
    requires_response_body = False

    def __init__(self, url: str, token: str) -> None:
        self._refresh_url = f"{url}/api/token/refresh/"
        self._token = token
        self._personal = token_kind(token) == "personal"
        self._access = ""
        self._until = 0.0

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header; fetch an access token first where one is needed, and once more where it is refused."""
        if not self._personal:
            request.headers["Authorization"] = f"Token {self._token}"
            yield request
            return
        if time.monotonic() >= self._until:
            answer = yield self._refresh()
            self._keep(answer)
        self._bear(request)
        response = yield request
        if response.status_code == httpx.codes.UNAUTHORIZED:
            answer = yield self._refresh()
            self._keep(answer)
            self._bear(request)
            yield request

    def _refresh(self) -> httpx.Request:
        return httpx.Request("POST", self._refresh_url, json={"refresh": self._token})

    def _bear(self, request: httpx.Request) -> None:
        """Put the access token into a request; where none was given it goes out without, and is refused."""
        if self._access:
            request.headers["Authorization"] = f"Bearer {self._access}"
        else:
            request.headers.pop("Authorization", None)

    def _keep(self, answer: httpx.Response) -> None:
        """Keep the access token of an answer. Raises httpx.HTTPStatusError where the server cannot at the moment.

        What is no Label Studio may answer with anything: then there is none, and the call itself will tell.
        """
        self._access = ""
        answer.read()
        if answer.is_server_error:
            answer.raise_for_status()
        if answer.status_code == httpx.codes.OK:
            with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
                self._access = msgspec.json.decode(answer.content, type=_Access).access
                self._until = time.monotonic() + _ACCESS_SECONDS


class _Access(msgspec.Struct):
    access: str


def refusal(token: str, detail: str) -> tuple[str, str]:
    """Say why a server answered 401 and what to do; ``detail`` is what it said. The token itself is not named."""
    kind = token_kind(token)
    if not token:
        return "the server wants a token and there is none", f"{_WHERE_PERSONAL}; put it into LABEL_STUDIO_API_KEY"
    if kind == "legacy" and _DISABLED in detail:
        return (
            "the server takes no legacy token: it wants a personal access token",
            f"{_WHERE_PERSONAL}; put it into LABEL_STUDIO_API_KEY",
        )
    if kind == "legacy":
        return (
            f"the server does not know this legacy token ({detail.rstrip('.') or 'no reason given'})",
            f"{_WHERE_LEGACY}; where that is not offered the server wants a personal access token",
        )
    if kind == "personal":
        return (
            "the server refuses this personal access token: it has expired, was revoked, or is of another server",
            f"{_WHERE_PERSONAL}: make a new one",
        )
    what = "neither a legacy token (40 hex digits) nor a personal access token (three parts with dots, from ey on)"
    return f"the server refuses this token, which is {what}", f"Copy it again. {_WHERE_PERSONAL}"
