"""JSON Schema validation: one cached validator, problems as data with paths into the configuration.

The schema files beside this module also serve editors and other validators. What JSON Schema can
not say (Unicode word characters, lone surrogates, numbers that are not finite) is checked here too.
"""

from __future__ import annotations

import difflib
import functools
import json
import math
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeAlias

from registrar.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

__all__ = ["Path", "dotted", "known_fields", "load", "nearest", "problems"]

Path: TypeAlias = tuple[str | int, ...]

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


def load(name: str) -> dict[str, Any]:
    """The schema file `name` ("config", "model" or "server") as a mapping."""
    text = files("registrar").joinpath(f"schema/{name}.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@functools.cache
def validator() -> Validator:
    """The validator of a composed configuration, built once per process."""
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    registry: Registry[Any] = Registry().with_resources(
        (f"registrar:{name}.json", Resource.from_contents(load(name))) for name in NAMES
    )
    return Draft202012Validator({"$ref": "registrar:config.json"}, registry=registry)


def problems(config: Mapping[str, Any]) -> list[tuple[Path, Problem]]:
    """Everything that is wrong with a composed configuration, each with its path."""
    found: dict[tuple[Path, str], Problem] = {}
    for error in validator().iter_errors(config):
        for path, problem in _explain(error):
            found.setdefault((path, problem.message), problem)
    for path, problem in _beyond(config, ()):
        found.setdefault((path, problem.message), problem)
    return [(path, problem) for (path, _), problem in found.items()]


def known_fields(path: Path) -> list[str]:
    """The fields that a mapping of the composed configuration may have; [] where any may."""
    node = load("config")
    for part in path:
        node = node.get("properties", {}).get(str(part), {})
        reference = str(node.get("$ref", ""))
        if reference.startswith("registrar:"):
            node = load(reference.removeprefix("registrar:").removesuffix(".json"))
    return [name for name in node.get("properties", {}) if name != "defaults"]


def dotted(path: Path) -> str:
    """`model.versions[0].uri`: a path as an override would spell it."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def nearest(word: str, known: list[str]) -> str | None:
    """The known word that `word` was probably meant to be, or None."""
    close = difflib.get_close_matches(word.lower(), [k.lower() for k in known], 1, cutoff=0.6)
    return next((k for k in known if close and k.lower() == close[0]), None)


def _explain(error: ValidationError) -> Iterator[tuple[Path, Problem]]:
    """An error of jsonschema in words, at the key that is wrong rather than at its parent."""
    path: Path = tuple(error.absolute_path)
    schema = error.schema if isinstance(error.schema, dict) else {}
    value: Any = error.instance
    rule: Any = error.validator_value
    keyword = error.validator if isinstance(error.validator, str) else None
    match keyword:
        case "additionalProperties":
            known = [name for name in schema["properties"] if name != "defaults"]
            for key in sorted(set(map(str, value)) - set(schema["properties"])):
                near = nearest(key, known)
                hint = f"Did you mean '{near}'?" if near else f"Known here: {', '.join(known)}."
                yield (*path, key), _problem(f"unknown key '{key}'", hint)
        case "required":
            for key in rule:
                if key not in value:
                    yield path, _problem(f"'{key}' is missing", _missing_hint(key))
        case None:  # a `false` schema: a field beside `versions`
            yield (
                path,
                _problem(
                    f"'{path[-1]}' may not stand beside 'versions'",
                    "Move it into an entry of 'versions'.",
                ),
            )
        case "type":
            yield path, _wrong_type(value, rule)
        case "pattern":
            shown = "the value" if len(str(value)) > 60 else repr(value)
            at = (*path, value) if "propertyNames" in error.absolute_schema_path else path
            yield at, _problem(f"{shown} {schema.get('patternErrorMessage', 'is malformed')}")
        case "maxLength":
            message = f"{len(value)} characters where the registry takes {rule}"
            at = (*path, value) if "propertyNames" in error.absolute_schema_path else path
            yield at, _problem(message, "Shorten it.")
        case "minLength" | "minItems":
            yield path, _problem("is empty", "Give a value, or leave the field out.")
        case "enum":
            close = nearest(str(value), list(rule))
            hint = f"Did you mean '{close}'?" if close else ""
            yield path, _problem(f"{value!r} is not one of {', '.join(rule)}", hint or None)
        case "uniqueItems":
            twice = sorted({str(item) for item in value if value.count(item) > 1})
            yield path, _problem(f"listed twice: {', '.join(twice)}", "Keep one of each.")
        case _:
            yield path, _problem(error.message)


def _missing_hint(key: str) -> str:
    return {
        "uri": "Say where the model is: a directory with an MLmodel, runs:/..., models:/..., s3://",
        "name": "Give the name of the registered model.",
        "model": "Choose one with model=NAME.",
        "tracking_uri": "Name the MLflow server.",
    }.get(key, "Add it.") + ("..." if key == "uri" else "")


def _wrong_type(value: object, rule: str | list[str]) -> Problem:
    wanted = [rule] if isinstance(rule, str) else rule
    words = " or ".join(TYPES[name] for name in wanted)
    if value is None and "object" in wanted and "string" in wanted:
        hint = 'Leave the key out to remove a tag that registrar set, or write "" for an empty one.'
        return _problem("null removes nothing", hint)
    if value is None:
        hint = 'Leave the field out to leave it unmanaged, or write "" for an empty text.'
        return _problem(f"null where {words} belongs", hint)
    if wanted == ["string"] and isinstance(value, bool | int | float):
        shown = json.dumps(value)
        return _problem(f"{shown} is not text", f'Quote it: "{shown}".')
    kind = {dict: "a mapping", list: "a list", str: "text", bool: "true or false"}.get(
        type(value), "a number"
    )
    return _problem(f"{kind} where {words} belongs")


def _beyond(value: object, path: Path) -> Iterator[tuple[Path, Problem]]:
    """What JSON Schema can not express, for every text and number below `path`."""
    match value:
        case dict():
            for key, item in value.items():
                inside = (*path, str(key))
                if path[-1:] in {("metadata",), ("tags",)} and not KEY.fullmatch(str(key)):
                    message = f"{key!r} is not a tag key: it holds a character MLflow refuses"
                    yield inside, _problem(message)
                yield from _beyond(item, inside)
        case list():
            for index, item in enumerate(value):
                if (
                    path[-1:] == ("aliases",)
                    and isinstance(item, str)
                    and not ALIAS.fullmatch(item)
                ):
                    message = f"{item!r} is not an alias: it holds a character MLflow refuses"
                    yield (*path, index), _problem(message)
                yield from _beyond(item, (*path, index))
        case str() if any("\ud800" <= char <= "\udfff" for char in value):
            yield path, _problem("holds half of a surrogate pair", "Write the character itself.")
        case float() if not math.isfinite(value):
            yield path, _problem(f"{value} is not a number the registry can hold", "Quote it.")
        case _:
            pass


def _problem(message: str, hint: str | None = None) -> Problem:
    return Problem(message=message, hint=hint)
