"""Errors of JSON Schema as problems: what is wrong, at the key that is wrong, and what to write.

The schema files say with `patternErrorMessage` (or `errorMessage`), `x-hint` and `x-code` what a
broken pattern means. Editors show the first.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from registrar.errors import Problem
from registrar.text import nearest, printable, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.exceptions import ValidationError

    from registrar.text import KeyPath

__all__ = ["explain", "explain_length", "explain_missing", "explain_unknown_key", "order_of"]

TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}
WRITE = {
    "string": "Write one text.",
    "integer": "Write digits, without quotes.",
    "number": "Write a number, without quotes.",
    "boolean": "Write true or false, without quotes.",
    "array": "Write [A, B], or leave the field out.",
    "object": "Write {KEY: VALUE}, or leave the field out.",
}
EMPTY = {"string": '"" for an empty text', "array": "[] for none", "object": "{} for none"}
NEVER_EMPTY = {"versions", "credentials"}  # nor is any text but a description
MISSING = {
    "uri": "Write where the model is: a directory with an MLmodel, runs:/..., models:/..., s3://...",
    "name": "Give the name of the registered model.",
    "server": "Choose one with server=NAME.",
    "tracking_uri": "Name the MLflow server.",
}
# What other tools call the same field.
SYNONYMS = {
    "model_source_uri": "uri",
    "model_uri": "uri",
    "path": "uri",
    "source": "uri",
    "model_name": "name",
    "registered_model_name": "name",
    "alias": "aliases",
    "artifact_path": "uri",
    "artifact_uri": "uri",
    "desc": "description",
    "label": "metadata",
    "labels": "metadata",
    "model_path": "uri",
    "parameters": "metadata",
    "params": "metadata",
    "tag": "metadata",
    "tags": "metadata",
    "stage": "aliases",
    "stages": "aliases",
}
# Keys at the wrong depth, each with a field of the mapping that it is in, and what to write.
MISPLACED = {
    ("model", "registered_model"): "Write its fields without it, at the top of the file.",
    ("server", "registered_model"): "Choose a server with server=NAME, or in config.yaml.",
    ("alias", "protected_aliases"): "Write aliases beside uri: they point to a version.",
    ("aliases", "protected_aliases"): "Write aliases beside uri: they point to a version.",
    **{
        (bound, "signature"): f"Write metrics: {{NAME: {{{bound}: ...}}}}."
        for bound in ("min", "max", "min_change", "max_change")
    },
}
BOUNDS = {"minimum": "at least", "maximum": "at most", "exclusiveMinimum": "more than"}
# A value that breaks several rules is reported for the first of these.
ORDER = ("type", "not", "minLength", "maxLength", "pattern")
MAX_SHOWN = 60  # characters of a value in a message


def order_of(error: ValidationError) -> int:
    """Return the sort key that puts the error to report first."""
    return ORDER.index(error.validator) if error.validator in ORDER else len(ORDER)


def explain(path: KeyPath, error: ValidationError) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield the problems of an error, each at the key that is wrong rather than at its parent."""
    schema = error.schema if isinstance(error.schema, dict) else {}
    value: Any = error.instance
    rule: Any = error.validator_value
    if "propertyNames" in error.absolute_schema_path:
        path = (*path, value)
    match error.validator:
        case "additionalProperties":
            known = [name for name in schema["properties"] if name != "defaults"]
            for key in sorted(set(map(str, value)) - set(schema["properties"])):
                yield (*path, key), explain_unknown_key(key, known)
        case "type" if isinstance(value, str) and not value.isdecimal() and "x-hint" in schema:
            yield path, replace(_explain_type(path, value, rule), hint=schema["x-hint"])
        case "type":
            yield path, _explain_type(path, value, rule)
        case "pattern":
            message = f"{_show(value)} {schema['patternErrorMessage']}"
            yield path, Problem(schema["x-code"], message, schema["x-hint"])
        case "not":
            is_key = "propertyNames" in error.absolute_schema_path
            message = (
                f"{quote(value)} {schema['errorMessage']}" if is_key else schema["errorMessage"]
            )
            yield path, Problem(schema["x-code"], message, schema["x-hint"])
        case "maxLength":
            yield path, explain_length(value, rule)
        case "dependentRequired":
            for key in sorted({need for name in rule if name in value for need in rule[name]}):
                if key not in value:
                    yield path, explain_missing(key)
        case "minLength":
            yield path, Problem("empty-value", "is empty", "Give a value.")
        case "minItems":
            hint = "Give an entry, or leave the field out."
            yield path, Problem("empty-value", "is empty", hint)
        case "minimum" | "exclusiveMinimum" | "maximum":
            message = f"{json.dumps(value)} is out of range"
            hint = f"Give {BOUNDS[error.validator]} {rule}."
            yield path, Problem("out-of-range", message, hint)
        case "enum":
            yield path, _explain_enum(value, rule)
        case "uniqueItems":
            repeated = sorted({printable(str(item)) for item in value if value.count(item) > 1})
            message = f"lists {', '.join(repeated)} twice"
            yield path, Problem("duplicate-item", message, "Keep one of each.")
        case _:
            yield path, Problem("invalid-value", error.message)


def explain_unknown_key(key: str, known: list[str]) -> Problem:
    """Return the problem of a key that its mapping cannot have, with the known key it may mean."""
    synonym = SYNONYMS.get(key)
    suggestion = synonym if synonym in known else nearest(key, known)
    hint = None if suggestion else f"Known here: {', '.join(known)}."
    for (misplaced, field), advice in MISPLACED.items():
        if misplaced == key and field in known:
            suggestion, hint = None, advice
    return Problem("unknown-key", f"unknown key {quote(key)}", hint, suggestion=suggestion)


def explain_missing(key: str) -> Problem:
    """Return the problem of a required field that is not there."""
    return Problem("missing-field", f"'{key}' is missing", MISSING.get(key, "Add it."))


def explain_length(value: str, limit: int) -> Problem:
    """Return the problem of a text that is longer than `limit` characters."""
    message = f"has {len(value)} characters; the registry takes {limit}"
    return Problem("too-long", message, "Shorten it.")


def _explain_enum(value: object, allowed: list[str | None]) -> Problem:
    names = [name for name in allowed if name is not None]
    suggestion = nearest(str(value), names)
    shown = quote(value) if isinstance(value, str) else _name_value(value)
    message = f"{shown} is not one of {', '.join(names)}"
    hint = None if suggestion else "Give one of them."
    return Problem("unknown-value", message, hint, suggestion=suggestion)


def _explain_type(path: KeyPath, value: object, rule: str | list[str]) -> Problem:
    expected = [rule] if isinstance(rule, str) else rule
    if expected == ["string"] and isinstance(value, bool | int | float):
        what = json.dumps(value) if isinstance(value, bool) else "a number"
        return Problem("not-text", f"is read as {what}, not as text", "Quote it.")
    if value is None and "object" in expected and "array" in expected:
        hint = 'Leave the key out to remove a tag that registrar set, or write "" for an empty one.'
        return Problem("null-value", "null removes nothing", hint)
    names = " or ".join(TYPES[name] for name in expected)
    message = f"is {_type_name(value)}, not {names}"
    hint = WRITE[expected[0]]
    if expected == ["array"] and isinstance(value, str) and 0 < len(value) <= MAX_SHOWN:
        hint = f"Write [{printable(value)}], or leave the field out."
    if value is None and expected[0] in EMPTY:
        hint = f"Leave the field out to leave it unmanaged, or write {EMPTY[expected[0]]}."
        if expected[0] == "string" or path[-1] in NEVER_EMPTY:
            hint = hint if path[-1] == "description" else "Leave the field out, or give a value."
        hint = MISSING.get(str(path[-1]), hint)
    return Problem("wrong-type", message, hint)


def _name_value(value: object) -> str:
    """Return a value that is no text as a file has it; of a list and a mapping, the type."""
    return _type_name(value) if isinstance(value, list | dict) else json.dumps(value)


def _type_name(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "a mapping"


def _show(value: str) -> str:
    """Return a value for a message, unless it is long or may hold a secret."""
    return "the value" if len(value) > MAX_SHOWN or "://" in value else quote(value)
