"""Addresses and ports of this machine: whether a server can listen there, and what others on the network say to it."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
import sys
import time

from wortlaut.schema.errors import UsageError

__all__ = ["LOOPBACK", "address_of", "is_loopback", "network_address", "require_free"]

LOOPBACK = "127.0.0.1"
_OTHER = "Choose another with --port, or for good in wortlaut.toml: [studio] port"
# A server that was killed just now lets go of its port a moment later.
_LET_GO_SECONDS = 2.0
_PAUSE = 0.2
_EVERYWHERE = "0.0.0.0"  # noqa: S104 - compared with, and only bound where the user says so


def address_of(host: str) -> str:
    """Give the IPv4 address of a host that a server shall listen on. Raises UsageError where there is none."""
    try:
        return socket.gethostbyname(host)
    except OSError as error:
        raise UsageError(
            f"{host!r} is no address of this machine",
            where="--host",
            hint=f"Take an IPv4 address such as {network_address() or '192.0.2.7'}, or {_EVERYWHERE} for all",
        ) from error


def is_loopback(address: str) -> bool:
    """Say whether only this machine reaches an address.

    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
    (True, False)
    """
    return ipaddress.ip_address(address).is_loopback


def network_address(listening: str = _EVERYWHERE) -> str | None:
    """Give the address by which others on the network reach a server that listens on ``listening``, or None."""
    if is_loopback(listening):
        return None
    if listening != _EVERYWHERE:
        return listening
    # Which of this machine's addresses leads outside: the system chooses it, and nothing is sent.
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        found = str(probe.getsockname()[0])
        if not is_loopback(found):
            return found
    import psutil

    for addresses in psutil.net_if_addrs().values():
        for one in addresses:
            if one.family == socket.AF_INET and not is_loopback(one.address):
                return str(one.address)
    return None


def require_free(address: str, port: int) -> None:
    """Raise UsageError where no server can listen on the port, and say who holds it where that can be told.

    Label Studio itself would silently take the next one.
    """
    end = time.monotonic() + _LET_GO_SECONDS
    while _taken(address, port):
        if time.monotonic() > end:
            raise UsageError(f"port {port} is taken{_holder(port)}", hint=_OTHER)
        time.sleep(_PAUSE)


def _taken(address: str, port: int) -> bool:
    try:
        with socket.socket() as probe:
            if sys.platform != "win32":
                # Connections of a server that ended just now do not count. On Windows the option means another thing.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise UsageError(f"{address} is no address of this machine", where="--host") from error
        if error.errno == errno.EACCES:
            raise UsageError(f"port {port} may not be used: {error.strerror}", hint=_OTHER) from error
        return True
    # One that listens on all addresses does not hinder the binding of one everywhere; Label Studio asks localhost.
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((LOOPBACK, port)) == 0


def _holder(port: int) -> str:
    """Say which process listens on a port, as a part of a sentence; nothing where the system does not tell."""
    import psutil

    with contextlib.suppress(psutil.Error, OSError):
        for one in psutil.net_connections(kind="tcp"):
            if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port and one.pid:
                return f" by {psutil.Process(one.pid).name()} (process {one.pid})"
    return ""
