"""The client of the Hub: huggingface_hub, quiet, with a limit on waiting, and imported late."""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING, Any

from wortlaut.schema.errors import UsageError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

__all__ = ["open_api", "require_extra"]

_LIMITS = {"connect": 15.0, "read": 180.0, "write": 180.0}
"""How many seconds a request may go without a byte; the client itself would wait for ever."""


def require_extra() -> None:
    """Raise UsageError where the extra ``hf`` is not installed."""
    for module in ("huggingface_hub", "datasets"):
        try:
            found = importlib.util.find_spec(module) is not None
        except ValueError:  # a module that is marked as missing
            found = False
        if not found:
            raise UsageError(f"{module} is not installed, which the Hub needs", hint='Say: pip install "wortlaut[hf]"')


def open_api() -> HfApi:
    """Give the client, with the token of HF_TOKEN or of ``hf auth login``; the endpoint is that of HF_ENDPOINT.

    It shows no bars of its own and logs nothing: its warnings name addresses with signatures in them. Raises
    UsageError where the extra ``hf`` is not installed.
    """
    require_extra()
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_UPDATE_CHECK", "1")
    import logging

    from huggingface_hub import HfApi, set_client_factory
    from huggingface_hub.utils.logging import set_verbosity
    from huggingface_hub.utils.tqdm import disable_progress_bars

    set_verbosity(logging.CRITICAL)
    if os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] == "1":
        disable_progress_bars()
    set_client_factory(_client)
    return HfApi(library_name="wortlaut")


def _client() -> Any:
    """Give the client's own client, of httpx or httpx2 as its version has it, with a limit on waiting.

    A limit as the client's default would not do: huggingface_hub says for many requests that there is none.
    """
    from huggingface_hub.utils import _http

    client = _http.default_client_factory()
    hooks = client.event_hooks
    client.event_hooks = hooks | {"request": [*hooks["request"], _limit]}
    return client


def _limit(request: Any) -> None:
    limits = request.extensions.get("timeout") or {}
    request.extensions["timeout"] = {
        kind: limits.get(kind) or default for kind, default in (*_LIMITS.items(), ("pool", None))
    }
