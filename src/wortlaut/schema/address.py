"""Whether a text can be the address of a server. What stands before an ``@``, which may be a password, is not told."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

__all__ = ["address_trouble"]

_LIKE = "Write it like https://studio.example.org"


def address_trouble(address: str) -> str:
    """Say what is wrong with the address of a server; empty where it can be used.

    >>> address_trouble("https://studio.example.org/wortlaut"), address_trouble("http://[::1]:8080")
    ('', '')
    >>> address_trouble("studio.example.org")
    "'studio.example.org' is no address of a server. Write it like https://studio.example.org"
    """
    shown = repr(re.sub(r".*@", "...@", address, flags=re.DOTALL))
    try:
        parts = _split(address)
    except ValueError:
        return f"{shown} is no address of a server. {_LIKE}"
    if "@" in parts.netloc:
        return f"{shown} holds a user name or a password: leave them out, a token is all that is needed"
    return ""


def _split(address: str) -> SplitResult:
    """Take an address apart. Raises ValueError where it is none."""
    # urlsplit passes over line breaks and tabs.
    if not address.isprintable() or " " in address:
        raise ValueError(address)
    parts = urlsplit(address)
    host = parts.hostname or ""
    if ":" in host:
        ipaddress.IPv6Address(host)
    elif not re.fullmatch(r"[\w.-]+", host):
        raise ValueError(host)
    else:
        host.encode("idna")
    if parts.scheme not in {"http", "https"} or parts.port == 0 or parts.query or parts.fragment:
        raise ValueError(address)
    return parts
