"""Pseudonyms of annotators, and the private ledger that remembers them from release to release.

A number is given once and says nothing of who bears it: people who are new in a build are numbered in the order of
the SHA-256 of a salt and their identity, behind the numbers that were given before. Salt and numbers stand in the
ledger (``annotation/annotators.toml``), which names the annotators and belongs into no repository. Without a ledger
the salt is fixed: the same input then gives the same bytes, but who knows a name can try it.
"""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import msgspec

from wortlaut.schema.errors import InputError
from wortlaut.schema.files import write_text

__all__ = ["Ledger", "pseudonym", "read_ledger", "write_ledger"]

_NO_LEDGER = "wortlaut"
_HEAD = """\
# Private: who the annotators of the releases are. Do not publish it, and do not lose it: without it the next build
# numbers everybody anew. wortlaut build writes it.
"""


class Ledger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The numbers that were given, by identity as Label Studio writes it, and the salt of those to come."""

    salt: str = _NO_LEDGER
    annotators: dict[str, int] = msgspec.field(default_factory=dict)

    def rank(self, identity: str) -> str:
        """Give what identities are put in order by, so that the order does not give names away."""
        return sha256(f"{self.salt}\n{identity}".encode()).hexdigest()

    def with_people(self, identities: Iterable[str]) -> Ledger:
        """Give the ledger with a number for each of these people; numbers that were given stay."""
        new = sorted(set(identities) - self.annotators.keys(), key=self.rank)
        last = max(self.annotators.values(), default=0)
        given = {identity: number for number, identity in enumerate(new, start=last + 1)}
        return msgspec.structs.replace(self, annotators=self.annotators | given) if new else self


def pseudonym(number: int) -> str:
    """Give the pseudonym that stands in a release for an annotator's number.

    >>> pseudonym(3)
    'annotator-3'
    """
    return f"annotator-{number}"


def read_ledger(path: Path | None) -> Ledger:
    """Read the ledger; where there is none yet, give an empty one with a new salt, for None one with the fixed salt.

    Raises InputError for a file that does not hold.
    """
    if path is None:
        return Ledger()
    try:
        ledger = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Ledger)
    except FileNotFoundError:
        return Ledger(salt=secrets.token_hex(16))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise _bad(path, str(error)) from error
    numbers = list(ledger.annotators.values())
    if len(set(numbers)) < len(numbers) or min(numbers, default=1) < 1:
        raise _bad(path, "two people have one number, or a number is below 1")
    return ledger


def write_ledger(path: Path, ledger: Ledger) -> None:
    """Write the ledger, whole or not at all, readable for its owner alone."""
    lines = [f"{_quoted(name)} = {number}\n" for name, number in sorted(ledger.annotators.items(), key=_by_number)]
    write_text(path, f"{_HEAD}salt = {_quoted(ledger.salt)}\n\n[annotators]\n{''.join(lines)}")
    path.chmod(0o600)


def _by_number(entry: tuple[str, int]) -> int:
    return entry[1]


def _quoted(text: str) -> str:
    """Write a basic string of TOML: JSON's, with the one control character escaped that JSON lets stand."""
    return msgspec.json.encode(text).decode().replace("\x7f", "\\u007f")


def _bad(path: Path, why: str) -> InputError:
    return InputError(
        f"is not a list of annotators: {' '.join(why.split())}",
        where=str(path),
        hint="Mend it or take it back from a backup; without it everybody gets a new number",
    )
