"""What the Hub's client raises, told in one line; and whether the same act may succeed a little later.

Nothing that a client or a server said is passed on before tokens and the query strings of addresses, in which
storage servers put signatures, are taken out of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wortlaut.schema.errors import UsageError

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError

__all__ = ["NotYetError", "cleaned", "is_unreachable", "passes", "pause_asked", "status_of", "told"]

_PASSING = frozenset({408, 409, 412, 423, 425, 429})
_NO_CONNECTION = frozenset({"ConnectError", "ConnectTimeout", "ProxyError"})
_LONGEST_TEXT = 300
# A token of the Hub by its form, what follows the name of a scheme of authorization, and the query of an address.
_SECRETS = (
    (re.compile(r"\b(?:hf|api_org)_[A-Za-z0-9_-]{8,}"), "***"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s,;\"']+"), r"\1 ***"),
    (re.compile(r"(https?://)[^\s/@\"']+@"), r"\1***@"),
    (re.compile(r"(https?://[^\s?\"'<>]+)\?[^\s\"'<>]*"), r"\1"),
)
# What is wrong and what to do next, by the name of the client's exception.
_KINDS = {
    "OfflineModeIsEnabled": ("HF_HUB_OFFLINE is set: nothing goes to the Hub", "Unset it"),
    "GatedRepoError": ("is gated, and your token has no access", "Ask for access on its page, then run it again"),
    "DisabledRepoError": ("was disabled by the Hub", "Its page says why"),
    "RevisionNotFoundError": ("there is no such revision", "Name a tag, branch or commit that is there"),
}
_LOG_IN = (
    "Log in with hf auth login, or set HF_TOKEN, with a token that may write (https://huggingface.co/settings/tokens)"
)


class NotYetError(Exception):
    """The Hub took something and does not show it: it may a little later."""


def cleaned(text: str) -> str:
    """Take out of a text what nobody else may read, and make one line of it.

    >>> cleaned("PUT https://bucket/x?X-Amz-Signature=abc failed: Bearer hf_abcdefghij")
    'PUT https://bucket/x failed: Bearer ***'
    """
    for secret in _known_tokens():
        text = text.replace(secret, "***")
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


def status_of(error: BaseException) -> int | None:
    """Give the status of the answer that an error is about, None where no answer came."""
    answer = _answer(error)
    return answer.response.status_code if answer is not None else None


def is_unreachable(error: BaseException) -> bool:
    """Say whether no connection could be made: no network, no such host, nobody who listens."""
    return any(type(one).__name__ in _NO_CONNECTION for one in _chain(error))


def passes(error: BaseException) -> bool:
    """Say whether the same act may succeed a little later: no answer, too many requests, a server in trouble.

    What the storage of large files refuses passes too: an address is signed for minutes, the next try gets a new one.
    """
    status = status_of(error)
    if status is not None:
        return status in _PASSING or status >= 500 or _of_storage(error)
    if isinstance(error, NotYetError):
        return True
    # The names, because the client library is httpx or httpx2, as the version of huggingface_hub has it.
    names = {base.__name__ for one in _chain(error) for base in type(one).__mro__}
    if "UnsupportedProtocol" in names:
        return False
    return bool(names & {"TransportError", "FileMetadataError"}) or isinstance(error, json.JSONDecodeError)


def pause_asked(error: BaseException) -> float:
    """Give how many seconds the server asks to wait, by Retry-After or RateLimit; 0 where it does not."""
    answer = _answer(error)
    if answer is None:
        return 0.0
    headers = answer.response.headers
    after = (headers.get("retry-after") or "").strip()
    if after.isdigit():
        return float(after)
    # "api";r=0;t=55: nothing is left, for 55 seconds (draft-ietf-httpapi-ratelimit-headers-09).
    left = re.search(r"\br\s*=\s*0\s*;\s*t\s*=\s*(\d+)", headers.get("ratelimit") or "")
    return float(left[1]) if left else 0.0


def told(error: BaseException, place: str) -> UsageError:
    """Give a UsageError that says what an error of the Hub's client means to a user, and what to do next."""
    what, hint = _by_kind(error) or _by_status(error)
    return UsageError(what, where=place, hint=hint)


def _by_kind(error: BaseException) -> tuple[str, str] | None:
    """Give what is wrong and what to do, by the class of the client's error; None where that says nothing."""
    if isinstance(error, NotYetError):
        return str(error), _AGAIN
    kinds = {base.__name__ for one in _chain(error) for base in type(one).__mro__}
    for kind, said in _KINDS.items():
        if kind in kinds:
            return said
    if "RepositoryNotFoundError" in kinds and status_of(error) != 403:
        return (
            "there is no such dataset on the Hub, or it is private and your token has no access",
            "Mind the spelling, and whose token it is" if _known_tokens() else f"Mind the spelling. {_LOG_IN}",
        )
    if "UnsupportedProtocol" in kinds or "InvalidURL" in kinds:
        return f"that is no address of a Hub: {cleaned(str(error))}", "Mend HF_ENDPOINT, or unset it"
    if is_unreachable(error):
        return "the Hub cannot be reached", "Look after the network (and HF_ENDPOINT), then run it again"
    return None


def _by_status(error: BaseException) -> tuple[str, str]:
    """Give what is wrong and what to do, by the status of the answer, or by there being none."""
    status, said = status_of(error), _said(error)
    if status is None:
        if passes(error):
            return f"the connection to the Hub broke ({type(error).__name__})", _AGAIN
        return cleaned(str(error)) or type(error).__name__, ""
    if _of_storage(error):
        return f"the storage of the Hub answers {status}", _AGAIN
    if status == 401:
        return "the Hub does not know the token (expired, revoked?)", _LOG_IN
    if status in {402, 403}:
        return f"the token may not do this{said}", _LOG_IN
    if status == 429:
        pause = pause_asked(error)
        when = f"in {pause:.0f} seconds" if pause else "later"
        return f"the Hub takes no more requests for now{said}", f"Run it again {when}"
    if status >= 500 or status in _PASSING:
        return f"the Hub answers {status}{said}", _AGAIN
    return f"the Hub refuses this ({status}){said}", "Mend that, then run it again"


_AGAIN = "Run the same command again: it goes on where this one stopped"


def _answer(error: BaseException) -> HfHubHTTPError | None:
    from huggingface_hub.errors import HfHubHTTPError

    return next((one for one in _chain(error) if isinstance(one, HfHubHTTPError)), None)


def _of_storage(error: BaseException) -> bool:
    """Say whether an answer came from where large files are stored, which is another host than the Hub's."""
    from huggingface_hub import constants

    answer = _answer(error)
    return answer is not None and not str(answer.response.request.url).startswith(f"{constants.ENDPOINT}/")


def _said(error: BaseException) -> str:
    """Give what the server said, behind a colon; nothing where it said nothing."""
    answer = _answer(error)
    said = cleaned(str(answer.server_message or "")) if answer is not None else ""
    return f": {said}" if said else ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give an error and what caused it: the client wraps what went wrong in its threads."""
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__


def _known_tokens() -> list[str]:
    from huggingface_hub import get_token

    token = get_token()
    return [token] if token else []
