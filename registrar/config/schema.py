"""JSON Schema validation: one cached validator, problems as data with paths into the configuration.

The schema files beside this module also serve editors and other validators. What JSON Schema can
not say (Unicode word characters, lone surrogates, numbers that are not finite) is checked here too.
"""

from __future__ import annotations

import functools
import json
import math
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from registrar.errors import Problem
from registrar.text import has_surrogate, nearest, printable, quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

    from registrar.text import KeyPath

__all__ = [
    "known_fields",
    "load",
    "nearest_field",
    "problems",
    "too_long",
]

NAMES = ("config", "model", "server")
KEY = re.compile(r"[/\w.\- :]+")
ALIAS = re.compile(r"[\w-]+")
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
MISSING = {
    "uri": "Say where the model is: a directory with an MLmodel, runs:/..., models:/..., s3://...",
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
    "params": "metadata",
    "labels": "metadata",
}
# A value that breaks several rules is reported for the first of these.
RANKS = ("type", "not", "minLength", "maxLength", "pattern")
LONG = 60


def load(name: str) -> dict[str, Any]:
    """The schema file `name` ("config", "model" or "server") as a mapping."""
    text = files("registrar").joinpath(f"config/schemas/{name}.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@functools.cache
def validator(part: str | None = None) -> Validator:
    """The validator of a composed configuration, or of one field, built once per process."""
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    registry: Registry[Any] = Registry().with_resources(
        (f"registrar:{name}.json", Resource.from_contents(load(name))) for name in NAMES
    )
    whole: dict[str, Any] = {"$ref": "registrar:config.json"}
    field = {"properties": {part: {"$ref": f"registrar:config.json#/properties/{part}"}}}
    return Draft202012Validator(whole if part is None else field, registry=registry)


def problems(config: Mapping[str, Any], part: str | None = None) -> list[tuple[KeyPath, Problem]]:
    """Everything that is wrong with a composed configuration, each with its path.

    With `part`, only what is wrong with that field. A value is reported once, by the first rule it
    breaks. A missing field that is there, but misspelt, is not reported as missing.
    """
    if part is not None:
        config = {part: config[part]} if part in config else {}
    errors = sorted(validator(part).iter_errors(config), key=_rank)
    found: dict[KeyPath, Problem] = {}
    missing: list[tuple[KeyPath, str]] = []
    for error in errors:
        path: KeyPath = tuple(error.absolute_path)
        instance: Any = error.instance
        rule: Any = error.validator_value
        if error.validator == "required":
            missing += [(path, key) for key in rule if key not in instance]
            continue
        for place, problem in _explain(path, error):
            found.setdefault(place, problem)
    for place, problem in _beyond(config, ()):
        found.setdefault(place, problem)
    meant = {(place[:-1], problem.hint) for place, problem in found.items()}
    absent = [
        (path, _problem(f"'{key}' is missing", MISSING.get(key, "Add it.")))
        for path, key in dict.fromkeys(missing)
        if (path, _did_you_mean(key)) not in meant
    ]
    return [*found.items(), *absent]


def known_fields(path: KeyPath) -> list[str]:
    """The fields that a mapping of the composed configuration may have; [] where any may."""
    node = load("config")
    for part in path:
        node = node.get("properties", {}).get(str(part), {})
        reference = str(node.get("$ref", ""))
        if reference.startswith("registrar:"):
            node = load(reference.removeprefix("registrar:").removesuffix(".json"))
    return [name for name in node.get("properties", {}) if name != "defaults"]


def nearest_field(word: str, known: list[str]) -> str | None:
    """Return the field that `word` was probably meant to be: another tool's word for it, or near."""
    synonym = SYNONYMS.get(word)
    return synonym if synonym in known else nearest(word, known)


def _rank(error: ValidationError) -> int:
    return RANKS.index(error.validator) if error.validator in RANKS else len(RANKS)


def _explain(path: KeyPath, error: ValidationError) -> Iterator[tuple[KeyPath, Problem]]:
    """An error of jsonschema in words, at the key that is wrong rather than at its parent."""
    schema = error.schema if isinstance(error.schema, dict) else {}
    value: Any = error.instance
    rule: Any = error.validator_value
    if "propertyNames" in error.absolute_schema_path:
        path = (*path, value)
    match error.validator:
        case "additionalProperties":
            known = [name for name in schema["properties"] if name != "defaults"]
            for key in sorted(set(map(str, value)) - set(schema["properties"])):
                near = nearest_field(key, known)
                hint = _did_you_mean(near) if near else f"Known here: {', '.join(known)}."
                yield (*path, key), _problem(f"unknown key {quote(key)}", hint)
        case "not" if "propertyNames" in error.absolute_schema_path:
            message = f"'{value}' may not stand beside 'versions'"
            yield path, _problem(message, "Move it into an entry of 'versions'.")
        case "not":
            yield path, _problem("holds a user name or a password", "Take it out.")
        case "type":
            yield path, _wrong_type(path, value, rule)
        case "pattern":
            shown = "the value" if len(value) > LONG or "://" in value else quote(value)
            message, _, hint = schema["patternErrorMessage"].rpartition(". ")
            yield path, _problem(f"{shown} {message}", hint)
        case "maxLength":
            yield path, too_long(value, rule)
        case "minLength":
            yield path, _problem("is empty", "Give a value.")
        case "minItems":
            yield path, _problem("is empty", "Give an entry, or leave the field out.")
        case "minimum" | "exclusiveMinimum" | "maximum":
            word = {"minimum": "at least", "maximum": "at most"}.get(error.validator, "more than")
            yield path, _problem(f"{json.dumps(value)} is out of range", f"Give {word} {rule}.")
        case "enum":
            close = nearest(str(value), list(rule))
            shown = f"{quote(str(value))} is not one of {', '.join(rule)}"
            yield path, _problem(shown, _did_you_mean(close) if close else "Give one of them.")
        case "uniqueItems":
            twice = sorted({printable(str(item)) for item in value if value.count(item) > 1})
            yield path, _problem(f"listed twice: {', '.join(twice)}", "Keep one of each.")
        case _:
            yield path, _problem(error.message)


def too_long(value: str, limit: int) -> Problem:
    """The problem of a text that does not fit."""
    return Problem(
        "todo", f"{len(value)} characters where the registry takes {limit}", "Shorten it."
    )


def _did_you_mean(word: str) -> str:
    return f"Did you mean '{word}'?"


def _wrong_type(path: KeyPath, value: object, rule: str | list[str]) -> Problem:
    wanted = [rule] if isinstance(rule, str) else rule
    words = " or ".join(TYPES[name] for name in wanted)
    kind = {dict: "a mapping", list: "a list", str: "text", bool: "true or false"}.get(
        type(value), "null" if value is None else "a number"
    )
    if wanted == ["string"] and isinstance(value, bool | int | float):
        kind = json.dumps(value) if isinstance(value, bool) else kind
        return _problem(f"is read as {kind}, not as text", "Quote it.")
    if value is None and "object" in wanted and "string" in wanted:
        hint = 'Leave the key out to remove a tag that registrar set, or write "" for an empty one.'
        return _problem("null removes nothing", hint)
    hint = WRITE[wanted[0]]
    if value is None and wanted[0] in EMPTY:
        unmanaged = f"Leave the field out to leave it unmanaged, or write {EMPTY[wanted[0]]}."
        hint = MISSING.get(str(path[-1]), unmanaged)
    return _problem(f"{kind} where {words} belongs", hint)


def _beyond(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, Problem]]:
    """What JSON Schema can not express, for every text and number below `path`."""
    match value:
        case dict():
            for key, item in value.items():
                inside = (*path, str(key))
                if path[-1:] in {("metadata",), ("tags",)} and not KEY.fullmatch(str(key)):
                    message = (
                        f"{quote(str(key))} is not a tag key: it holds a character MLflow refuses"
                    )
                    yield inside, _problem(message, "Choose another key.")
                yield from _beyond(item, inside)
        case list():
            for index, item in enumerate(value):
                alias = path[-1:] == ("aliases",) and isinstance(item, str)
                if alias and not ALIAS.fullmatch(item):
                    message = f"{quote(item)} is not an alias: it holds a character MLflow refuses"
                    yield (*path, index), _problem(message, "Choose another alias.")
                yield from _beyond(item, (*path, index))
        case str() if has_surrogate(value):
            yield path, _problem("holds half of a surrogate pair", "Write the character itself.")
        case float() if not math.isfinite(value):
            yield path, _problem(f"{value} is not a number JSON can hold", "Quote it.")
        case _:
            pass


def _problem(message: str, hint: str | None = None) -> Problem:
    return Problem("todo", message=message, hint=hint)
