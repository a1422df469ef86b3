"""Validating against a JSON Schema: jsonschema-rs says quickly whether, jsonschema explains what and where.

Both must come to the same verdict; the tests hold them to it. Places are written ``$.annotations[0].result[5]``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from wortlaut.schema.json_schemas import JsonSchema

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator as Explainer

__all__ = ["Validator", "Violation", "json_place"]

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHOWN = 60  # characters of a value that a message shows
_NAMES_SHOWN = 20

_KINDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a text",
}
_JSON_TYPES: Mapping[type, str] = {
    str: "string",
    int: "integer",
    float: "number",
    list: "array",
    dict: "object",
    type(None): "null",
}


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the schema forbids.

    ``place`` is the JSON path of the value that is wrong (of the object where a key is missing), ``message`` says
    in plain words what is wrong, ``value`` is the wrong value as short JSON, ``keyword`` the schema's keyword.
    """

    place: str
    message: str
    value: str
    keyword: str


class Validator:
    """A compiled schema. Construct it once (some milliseconds), use it for every instance.

    An instance is what a JSON reader gives: dicts, lists, strings, numbers, booleans and None.
    """

    def __init__(self, schema: JsonSchema) -> None:
        self._schema = schema

    def is_valid(self, instance: Any) -> bool:
        """Say whether the schema allows the instance. What is nested too deeply to tell is not allowed."""
        try:
            return self._compiled(instance)
        except (ValueError, TypeError):
            # What the compiled one cannot take in at all: nesting beyond its limit, a lone surrogate.
            try:
                return self._explainer.is_valid(instance)
            except RecursionError:
                return False

    def violations(self, instance: Any) -> tuple[Violation, ...]:
        """Give everything in the instance that the schema forbids, in the order of the instance; empty if nothing."""
        if self.is_valid(instance):
            return ()
        try:
            leaves = [leaf for error in self._explainer.iter_errors(instance) for leaf in _leaves(error)]
        except RecursionError:
            return (Violation(place="$", message="is nested too deeply to be checked", value="", keyword="depth"),)
        leaves.sort(key=lambda leaf: (_order(leaf.absolute_path), str(leaf.validator), leaf.message))
        return tuple(dict.fromkeys(_violation(leaf) for leaf in leaves))  # one for each missing key says the same

    @cached_property
    def _compiled(self) -> Callable[[object], bool]:
        import jsonschema_rs

        validator = jsonschema_rs.validator_for(self._schema)
        is_valid: Callable[[object], bool] = validator.is_valid
        return is_valid

    @cached_property
    def _explainer(self) -> Explainer:
        from jsonschema import Draft202012Validator

        return Draft202012Validator(self._schema)


def json_place(path: Iterable[str | int]) -> str:
    """Write a path into JSON as text.

    >>> json_place(["annotations", 0, "value", "a.b"])
    '$.annotations[0].value["a.b"]'
    """
    place = "$"
    for step in path:
        if isinstance(step, int):
            place += f"[{step}]"
        else:
            place += f".{step}" if _PLAIN_KEY.fullmatch(step) else f"[{json.dumps(step, ensure_ascii=False)}]"
    return place


def _leaves(error: ValidationError) -> Iterable[ValidationError]:
    """Give the errors that an error is made of; ``anyOf`` gives those of the branch that comes closest."""
    if not error.context:
        yield error
        return
    from jsonschema.exceptions import best_match

    best = best_match([error])
    yield best if best is not None else error


def _violation(error: ValidationError) -> Violation:
    keyword = str(error.validator)
    say = _SAY.get(keyword)
    return Violation(
        place=json_place(error.absolute_path),
        message=say(error) if say else error.message,
        value=_short(error.instance),
        keyword=keyword,
    )


def _order(path: Iterable[str | int]) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, step, "") if isinstance(step, int) else (1, 0, step) for step in path)


def _short(value: object) -> str:
    """Show a value as JSON, cut to a line."""
    if isinstance(value, dict):
        return "{...}" if value else "{}"
    if isinstance(value, list):
        return "[...]" if value else "[]"
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 3]}..."


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    return _KINDS[_JSON_TYPES[type(value)]] if type(value) in _JSON_TYPES else type(value).__name__


def _wanted(error: ValidationError) -> Any:
    """Give what the keyword asks for; typeshed allows it to be unset, which an error of a schema never is."""
    return error.validator_value


def _say_type(error: ValidationError) -> str:
    wanted = _wanted(error)
    kinds = [wanted] if isinstance(wanted, str) else list(wanted)
    held = "" if error.instance is None else f": {_short(error.instance)}"
    return f"should be {' or '.join(_KINDS[kind] for kind in kinds)}, but is {_kind(error.instance)}{held}"


def _say_enum(error: ValidationError) -> str:
    names = list(_wanted(error))
    if not names:
        return f"{_short(error.instance)} is not allowed here: the scheme has no such names"
    shown = ", ".join(_short(name) for name in names[:_NAMES_SHOWN])
    shown += f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    texts = [name for name in names if isinstance(name, str)]
    close = get_close_matches(error.instance, texts, n=1) if isinstance(error.instance, str) else []
    return f"{_short(error.instance)} is not one of {shown}" + (f"; did you mean {_short(close[0])}?" if close else "")


def _say_required(error: ValidationError) -> str:
    held = error.instance if isinstance(error.instance, dict) else {}
    missing = [_short(key) for key in _wanted(error) if key not in held]
    return f"the keys {', '.join(missing)} are missing" if len(missing) > 1 else f"the key {missing[0]} is missing"


def _say_unknown(error: ValidationError) -> str:
    held = error.instance if isinstance(error.instance, dict) else {}
    known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    unknown = [_short(key) for key in held if key not in known]
    return f"the key {', '.join(unknown)} is not known here; known are {', '.join(known)}"


def _say_length(error: ValidationError) -> str:
    if error.validator_value == 1:
        return "is empty"
    return f"{_short(error.instance)} is shorter than {error.validator_value}"


def _say_items(error: ValidationError) -> str:
    bound = "at least" if error.validator == "minItems" else "at most"
    held = len(error.instance) if isinstance(error.instance, list) else 0
    return f"should hold {bound} {error.validator_value}, but holds {held}"


_SAY: Mapping[str, Callable[[ValidationError], str]] = {
    "additionalProperties": _say_unknown,
    "const": lambda error: f"should be {_short(error.validator_value)}, but is {_short(error.instance)}",
    "enum": _say_enum,
    "maximum": lambda error: f"{_short(error.instance)} is above {error.validator_value}",
    "maxItems": _say_items,
    "minimum": lambda error: f"{_short(error.instance)} is below {error.validator_value}",
    "minItems": _say_items,
    "minLength": _say_length,
    "not": lambda error: f"{_short(error.instance)} is not allowed here: the scheme has no such names",
    "pattern": lambda error: f"{_short(error.instance)} does not have the form {error.validator_value}",
    "required": _say_required,
    "type": _say_type,
}
