"""The connection to a Label Studio server, and its failures in one line each.

Most calls go through ``Studio.call`` and ``Studio.stream``, which neither hold an answer twice nor repeat a request.
Label Studio's own SDK (``Studio.sdk``) registers ML backends and webhooks; it is not taken for more because it takes a
second and a half to import, holds every answer whole, and repeats by itself what the server may have done already.
Both share one HTTP client and one token.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVar

import msgspec

from wortlaut.annotation.studio.home import CREDENTIALS, Credentials, studio_home
from wortlaut.schema.address import address_trouble
from wortlaut.schema.errors import UsageError
from wortlaut.schema.project import Project

if TYPE_CHECKING:
    import httpx
    from label_studio_sdk import LabelStudio

__all__ = [
    "KEY_VARIABLE",
    "URL_VARIABLE",
    "VERSION_PATH",
    "RefusedError",
    "ServerVersion",
    "Studio",
    "UnreachableError",
    "address_in_environment",
    "connect",
    "require_extra",
]

URL_VARIABLE = "LABEL_STUDIO_URL"
KEY_VARIABLE = "LABEL_STUDIO_API_KEY"
"""The names that Label Studio's own client uses."""

VERSION_PATH = "/api/version"

TIMEOUT = 120.0
"""Seconds that one ordinary call may take: a busy server writes an answer of some megabytes in up to 20."""

_T = TypeVar("_T")
_CONNECT_TIMEOUT = 10.0
# The modules of the extra "studio" of pyproject.toml.
_EXTRA = ("httpx", "label_studio_sdk", "markdown_it", "platformdirs", "psutil", "starlette", "uvicorn")
_VERSIONS = "1.23"
_WHOSE = f"Is {URL_VARIABLE} the address of a Label Studio server?"


class ServerVersion(msgspec.Struct, frozen=True):
    """The answer of ``/api/version``, which a server gives without a token."""

    release: str = ""


class UnreachableError(UsageError):
    """The server did not answer, or answered that it cannot at the moment: what it did with the call is unknown."""


class RefusedError(UsageError):
    """The server answered that it does not do this. ``status`` is the HTTP status, ``detail`` what the server said."""

    def __init__(
        self, what: str, *, where: str = "", hint: str = "", code: str = "", status: int = 0, detail: str = ""
    ) -> None:
        super().__init__(what, where=where, hint=hint, code=code)
        self.status = status
        self.detail = detail


class Studio:
    """A Label Studio server under a token. Use as a context manager, or call ``close``."""

    def __init__(self, url: str, token: str, *, own: bool = False) -> None:
        """Open no connection yet. ``own`` is true for the server that ``wortlaut studio up`` started.

        Raises UsageError for a token or proxy settings that no request can be made with.
        """
        require_extra()
        # It goes into a header; what does not fit there would be quoted in the error.
        if not token.isascii() or not token.isprintable() or " " in token:
            raise UsageError(
                f"the token for {url} holds a blank, a line break or another character that no token has",
                hint=f"Copy it again into {KEY_VARIABLE}",
            )
        import httpx

        from wortlaut.annotation.studio.auth import TokenAuth

        self.url = url.rstrip("/")
        self.own = own
        self._token = token
        # A server on this machine is never asked for through a proxy.
        local = httpx.URL(self.url).host in {"127.0.0.1", "localhost", "::1"}
        try:
            self.http: httpx.Client = httpx.Client(
                base_url=self.url,
                auth=TokenAuth(self.url, token),
                timeout=httpx.Timeout(TIMEOUT, connect=_CONNECT_TIMEOUT),
                trust_env=not local,
                follow_redirects=True,
            )
        except (ValueError, ImportError, httpx.InvalidURL) as error:
            # What it is stands in a variable that may hold a password: only its kind is told.
            raise UsageError(
                f"cannot ask {self.url}: the settings of a proxy cannot be used ({type(error).__name__})",
                where="HTTP_PROXY, HTTPS_PROXY, ALL_PROXY",
                hint="Mend them (SOCKS needs the package socksio), or name the server in NO_PROXY",
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def version(self) -> str:
        """Ask the server which version of Label Studio it is."""
        found: ServerVersion = self.call("GET", VERSION_PATH, doing="ask for the version", type=ServerVersion)
        return found.release

    @cached_property
    def sdk(self) -> LabelStudio:
        """Label Studio's own client, on the same connections. It repeats nothing. Call it within ``talking``."""
        from label_studio_sdk import LabelStudio

        # The HTTP client authorizes; given a personal access token, the SDK would exchange it once more by itself.
        return LabelStudio(  # type: ignore[no-untyped-call]  # its constructor has no annotations
            base_url=self.url, api_key="none", httpx_client=self.http, max_retries=0, timeout=TIMEOUT
        )

    @contextlib.contextmanager
    def talking(self, doing: str) -> Iterator[None]:
        """Turn the failures of the calls in the block into UnreachableError and RefusedError.

        ``doing`` is what the calls are for. It reads like "push tasks": the message becomes "cannot push tasks: ...".
        """
        import httpx

        try:
            yield
        except httpx.HTTPStatusError as error:
            raise self._refused(doing, error.response.status_code, error.response.text) from error
        except httpx.TimeoutException as error:
            raise UnreachableError(
                f"cannot {doing}: the server took too long to answer", where=self.url, hint=_again(own=self.own)
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._silent(doing, error) from error
        except Exception as error:
            # The SDK's errors are known by their form: importing it for their class takes a second and a half.
            status = getattr(error, "status_code", None)
            if type(error).__module__.partition(".")[0] != "label_studio_sdk" or status is None:
                raise
            raise self._refused(doing, int(status), _text(getattr(error, "body", ""))) from error

    def call(
        self,
        method: str,
        path: str,
        *,
        doing: str,
        type: type[_T] | Any = Any,  # noqa: A002 - msgspec's own word
        params: Mapping[str, str | int] | None = None,
        json: object = None,
        content: bytes | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        timeout: float = TIMEOUT,
    ) -> Any:
        """Call the server once and give its JSON answer as ``type``; an empty answer is None. Repeats nothing.

        ``json`` is encoded by msgspec, ``content`` is JSON already. Raises UnreachableError, RefusedError and,
        for an answer of another form, RefusedError with the status of the answer.
        """
        headers = {}
        if json is not None:
            content = msgspec.json.encode(json)
        if content is not None:
            headers["Content-Type"] = "application/json"
        with self.talking(doing):
            response = self.http.request(
                method, path, params=params, content=content, files=files, headers=headers, timeout=timeout
            )
            response.raise_for_status()
        if not response.content:
            return None
        try:
            return msgspec.json.decode(response.content, type=type)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RefusedError(
                f"cannot {doing}: the answer of {path} is not what Label Studio {_VERSIONS} gives: {error}",
                where=self.url,
                hint=_WHOSE,
                status=response.status_code,
            ) from error

    @contextlib.contextmanager
    def stream(
        self, path: str, *, doing: str, params: Mapping[str, str | int] | None = None, timeout: float = TIMEOUT
    ) -> Iterator[httpx.Response]:
        """Give an answer whose body is read in parts (``iter_bytes``), so that it is never whole in memory."""
        with self.talking(doing), self.http.stream("GET", path, params=params, timeout=timeout) as response:
            if response.is_error:
                response.read()
            response.raise_for_status()
            yield response

    def _refused(self, doing: str, status: int, body: str) -> UsageError:
        detail = _detail(body)
        if status == 401:
            from wortlaut.annotation.studio.auth import refusal

            why, hint = refusal(self._token, detail)
            return RefusedError(f"cannot {doing}: {why}", where=self.url, hint=hint, status=status, detail=detail)
        what = f"cannot {doing}: the server answered {status}" + (f", {detail}" if detail else "")
        if status in {408, 425, 429} or status >= 500:
            return UnreachableError(what, where=self.url, hint=_again(own=self.own))
        # Label Studio says in JSON what it does not find; a page is of another server.
        hint = _WHOSE if status == 404 and not detail else ""
        return RefusedError(what, where=self.url, hint=hint, status=status, detail=detail)

    def _silent(self, doing: str, error: Exception) -> UnreachableError:
        reason = str(error) or type(error).__name__
        return UnreachableError(
            f"cannot {doing}: the server does not answer ({reason})", where=self.url, hint=_again(own=self.own)
        )


def connect(project: Project) -> Studio:
    """Connect to a project's server; nothing is sent yet.

    The address is that in LABEL_STUDIO_URL, else ``[studio] url`` of wortlaut.toml, else the project's own server;
    the token that in LABEL_STUDIO_API_KEY, else, for the own server, the one that it was made with. Raises
    UsageError where there is no address or no token.
    """
    require_extra()
    from wortlaut.annotation.studio.server import running_url

    own = running_url(project)
    url = (address_in_environment() or project.settings.studio.url or own or "").rstrip("/")
    if not url:
        project.require(f"name a server in {URL_VARIABLE}")
        raise UsageError(
            "no Label Studio is running for this project",
            where=str(project.root),
            hint=f"Start one with wortlaut studio up, or name one in {URL_VARIABLE} or wortlaut.toml ([studio] url)",
        )
    token = os.environ.get(KEY_VARIABLE, "").strip()
    if not token and url == own:
        kept = studio_home(project).read(CREDENTIALS, Credentials)
        token = kept.token if kept else ""
    if not token:
        raise UsageError(
            f"there is no token for {url}",
            hint=f"In Label Studio: Account & Settings, Personal Access Token; put it into {KEY_VARIABLE}",
        )
    return Studio(url, token, own=url == own)


def address_in_environment() -> str:
    """Give the address in LABEL_STUDIO_URL, empty where there is none. Raises UsageError where it cannot be used."""
    address = os.environ.get(URL_VARIABLE, "").strip()
    trouble = address_trouble(address) if address else ""
    if trouble:
        raise UsageError(trouble, where=URL_VARIABLE)
    return address.rstrip("/")


def require_extra() -> None:
    """Raise UsageError where what the studio needs is not installed."""
    import importlib.util

    missing = [name for name in _EXTRA if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"this needs {', '.join(missing)}, which is not installed", hint='Say: pip install "wortlaut[studio]"'
        )


def _again(*, own: bool) -> str:
    if own:
        return "wortlaut studio status tells how it does, wortlaut studio up starts it; then run the command again"
    return "Look at the server, then run the command again: what was done is not done twice"


def _detail(body: str) -> str:
    """Give what the server said in one line: its ``detail``, and the fields that it found wrong."""
    try:
        answer = msgspec.json.decode(body.encode())
    except msgspec.DecodeError:
        return ""
    if not isinstance(answer, dict):
        return ""
    parts = [_text(answer.get("detail"))]
    wrong = answer.get("validation_errors")
    if isinstance(wrong, dict):
        parts += [f"{field}: {_text(said)}" for field, said in wrong.items()]
    return " ".join(" ".join(filter(None, parts)).split())[:400]


def _text(value: object) -> str:
    """Give a part of an answer as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(map(_text, value))
    return "" if value is None else msgspec.json.encode(value).decode()
