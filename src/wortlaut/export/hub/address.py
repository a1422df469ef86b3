"""Where a dataset stands on the Hub: ``hf:org/name``, and with a revision ``hf:org/name@v1.0.0``."""

from __future__ import annotations

import re

import msgspec

from wortlaut.schema.errors import UsageError

__all__ = ["HUB", "HubAddress", "hub_address"]

HUB = "hf:"
"""What an address on the Hub begins with."""
_HINT = "Write hf:ORGANISATION/NAME, such as hf:my-group/lindenau"
# https://huggingface.co/docs/huggingface_hub/package_reference/utilities#huggingface_hub.utils.validate_repo_id
_PART = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_LONGEST = 96


class HubAddress(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset's repository, ``organisation/name``; ``revision`` is a tag, branch or commit, empty for main."""

    repo_id: str
    revision: str = ""

    def __str__(self) -> str:
        return f"{HUB}{self.repo_id}{f'@{self.revision}' if self.revision else ''}"


def hub_address(text: str) -> HubAddress:
    """Read an address. Raises UsageError for one that no repository can have.

    >>> hub_address("hf:my-group/lindenau@v1.0.0")
    HubAddress(repo_id='my-group/lindenau', revision='v1.0.0')
    """
    repo_id, at, revision = text.removeprefix(HUB).partition("@")
    parts = repo_id.split("/")
    if not text.startswith(HUB) or len(parts) != 2:
        raise UsageError(f"{text!r} is no address on the Hub", hint=_HINT)
    if at and not revision:
        raise UsageError(f"{text!r} names no revision behind the @", hint="Write hf:ORGANISATION/NAME@v1.0.0")
    trouble = _trouble(parts, repo_id)
    if trouble:
        raise UsageError(f"{text!r} can be no repository's address: {trouble}", hint=_HINT)
    return HubAddress(repo_id=repo_id, revision=revision)


def _trouble(parts: list[str], repo_id: str) -> str:
    for part in parts:
        if not _PART.fullmatch(part):
            return f"{part!r} takes letters a-z, digits, '.', '_' and '-', and neither begins nor ends with '.' or '-'"
    if "--" in repo_id or ".." in repo_id:
        return "'--' and '..' may not be in it"
    if repo_id.endswith(".git"):
        return "it may not end with .git"
    return f"it has more than {_LONGEST} characters" if len(repo_id) > _LONGEST else ""
