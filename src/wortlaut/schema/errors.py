"""The one family of exceptions that a command turns into a message.

    WortlautError
    |-- UsageError     the call itself cannot work (an option, a folder, a version)
    |-- InputError     a file or stream cannot be read as what it should be
    |-- SchemeError    schema/scheme.toml, or a scheme drafted from a config, does not hold
    `-- RecordError    a record would be wrong: a span that does not fit, a field of the wrong form

Each carries its parts as fields and pickles. ``str(error)`` is one line: what, which value, where, what to
do next.
"""

from __future__ import annotations

from wortlaut.schema.printable import printable

__all__ = ["InputError", "RecordError", "SchemeError", "UsageError", "WortlautError"]


class WortlautError(Exception):
    """A mistake that the user can mend.

    ``what`` says what is wrong and with which value, ``where`` is a file, a place in it, or an option,
    ``hint`` what to do next, ``code`` the code of the registry of findings where one fits.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "", code: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint
        self.code = code

    def __str__(self) -> str:
        head = " ".join(part for part in (self.code, f"{self.where}:" if self.where else "", self.what) if part)
        end = "" if head.endswith((".", "?", "!")) else "."
        line = f"{head}{end} {self.hint}" if self.hint else head
        return printable(line)

    def __reduce__(self) -> tuple[object, ...]:
        fields = {"where": self.where, "hint": self.hint, "code": self.code}
        return (_rebuild, (type(self), self.what, fields))


def _rebuild(kind: type[WortlautError], what: str, fields: dict[str, str]) -> WortlautError:
    return kind(what, **fields)


class UsageError(WortlautError):
    """The call itself cannot work."""


class InputError(WortlautError):
    """A file or stream cannot be read as what it should be."""


class SchemeError(WortlautError):
    """The annotation scheme does not hold."""


class RecordError(WortlautError):
    """A record would be wrong."""
