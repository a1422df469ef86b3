"""Pseudonyms of annotators, and the private ledger that remembers them from pull to pull and release to release.

A number is given once and says nothing of who bears it: people who are new are numbered in the order of the SHA-256
of a salt and their identity, behind the numbers that were given before. Salt and numbers stand in the ledger
(``annotation/annotators.toml``), which names the annotators and belongs into no repository. Without a ledger the
salt is fixed: the same input then gives the same bytes, but who knows a name can try it.

Exports that ``wortlaut studio pull`` fetched hold pseudonyms already. With the ledger they are read as who bears
them, so that the same person is one in pulled and other exports; without it, a pseudonym stays what it is.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import tomllib
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from wortlaut.schema.errors import InputError, UsageError
from wortlaut.schema.files import write_text
from wortlaut.schema.lock import locked

__all__ = ["Ledger", "held_ledger", "pseudonym", "read_ledger", "write_ledger"]

_NO_LEDGER = "wortlaut"
_GIVEN = re.compile(r"annotator-([1-9][0-9]{0,8})")
_HEAD = """\
# Private: who the annotators are. Do not publish it, and do not lose it: without it the next build
# numbers everybody anew. wortlaut build and wortlaut studio pull write it.
"""


class Ledger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The numbers that were given, by identity as Label Studio writes it, and the salt of those to come."""

    salt: str = _NO_LEDGER
    annotators: dict[str, int] = msgspec.field(default_factory=dict)

    def rank(self, identity: str) -> str:
        """Give what identities are put in order by, so that the order does not give names away."""
        return sha256(f"{self.salt}\n{identity}".encode()).hexdigest()

    def with_people(self, identities: Iterable[str]) -> Ledger:
        """Give the ledger with a number for each of these people; numbers that were given stay.

        Who comes under a pseudonym has a number, which nobody else gets.
        """
        people = set(identities)
        taken = {number for number in map(_number, people) if number is not None}
        new = sorted((one for one in people - self.annotators.keys() if _number(one) is None), key=self.rank)
        last = max(taken.union(self.annotators.values()), default=0)
        given = {identity: number for number, identity in enumerate(new, start=last + 1)}
        return msgspec.structs.replace(self, annotators=self.annotators | given) if new else self

    def pseudonym_of(self, identity: str) -> str:
        """Give the pseudonym of one of the ledger's people, or of one who comes under a pseudonym."""
        return identity if _number(identity) is not None else pseudonym(self.annotators[identity])

    def names(self) -> dict[str, str]:
        """Give who bears each pseudonym."""
        return {pseudonym(number): identity for identity, number in self.annotators.items()}

    def strangers(self, identities: Iterable[str]) -> list[str]:
        """Give those of the identities that are pseudonyms which the ledger does not know, by their number."""
        known = set(self.annotators.values())
        numbers = {number for number in map(_number, identities) if number is not None and number not in known}
        return [pseudonym(number) for number in sorted(numbers)]


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


@contextlib.contextmanager
def held_ledger(path: Path, on_wait: Callable[[], None] = lambda: None) -> Iterator[Ledger]:
    """Read the ledger and let nobody else give numbers in the block, so that each is given once.

    Where another run holds it ``on_wait`` is called, and this one waits. Raises as ``read_ledger``, and UsageError
    where the place cannot be written.
    """
    with contextlib.ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(path.with_name(f".{path.name}.lock"), on_wait))
        except OSError as error:
            raise UsageError(f"cannot write: {error.strerror or error}", where=str(path)) from error
        yield read_ledger(path)


def write_ledger(path: Path, ledger: Ledger) -> None:
    """Write the ledger, whole or not at all, readable for its owner alone."""
    lines = [f"{_quoted(name)} = {number}\n" for name, number in sorted(ledger.annotators.items(), key=_by_number)]
    text = f"{_HEAD}salt = {_quoted(ledger.salt)}\n\n[annotators]\n{''.join(lines)}"
    write_text(path, text, mode=0o600)


def _number(identity: str) -> int | None:
    """Give the number of somebody who comes under a pseudonym, None for anybody else."""
    found = _GIVEN.fullmatch(identity)
    return int(found[1]) if found else None


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
