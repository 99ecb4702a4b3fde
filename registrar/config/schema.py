"""JSON Schema validation of composed configurations: problems as data, each with its path.

The schema files in `schemas/` also serve editors and other validators. What JSON Schema cannot say
(Unicode word characters, lone surrogates, numbers that are not finite) is checked here too.
"""

from __future__ import annotations

import functools
import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registrar.config.accepting import UndecidedError, compile_schema
from registrar.config.schema_errors import explain, explain_missing, order_of
from registrar.config.schema_types import is_whole
from registrar.errors import ConfigError, Problem
from registrar.text import has_surrogate, nearest, quote
from registrar.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

    from registrar.config.schema_types import Test
    from registrar.text import KeyPath

__all__ = [
    "PUBLIC_SCHEMAS",
    "find_schema",
    "find_schema_problems",
    "known_fields",
    "list_commands",
    "load_schema",
    "schema_text",
    "takes_any_key",
]

FILES = ("config.json", "model.json", "server.json", "policy.json")
PUBLIC_SCHEMAS = (
    "model",
    "server",
    "policy",
    "evidence",
    "plan",
    "report",
)  # for editors and scripts
KEY = re.compile(r"[/\w.\- :]+")
ALIAS = re.compile(r"[\w-]+")
NUMBER_ALIAS = re.compile(r"[vV]\d+")  # with the digits of any script, as MLflow sees it


@functools.cache
def load_schema(name: str) -> dict[str, Any]:
    """Return a schema file, such as "model.json", as a mapping; nobody may change it."""
    file = Path(__file__).parent / "schemas" / name
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return schema


def schema_text(name: str) -> str:
    """Return the JSON Schema of a file or a document, with an `$id` of this version.

    Raises ConfigError for another name.
    """
    if name not in PUBLIC_SCHEMAS:
        suggestion = nearest(name, PUBLIC_SCHEMAS)
        hint = None if suggestion else f"Known: {', '.join(PUBLIC_SCHEMAS)}."
        problem = Problem("unknown-value", f"no schema '{name}'", hint, suggestion=suggestion)
        raise ConfigError(problem)
    schema = load_schema(f"{name}.json")
    if name in {"model", "server", "policy"}:
        from registrar.config.file_schema import make_file_schema  # no command needs it

        schema = make_file_schema(schema)
    draft = {"$schema": schema["$schema"], "$id": f"urn:mlflow-registrar:{__version__}:{name}"}
    return json.dumps({**draft, **schema}, indent=2, ensure_ascii=False) + "\n"


def find_schema_problems(
    config: Mapping[str, Any], field: str | None = None
) -> list[tuple[KeyPath, Problem]]:
    """Return everything that is wrong with a composed configuration, each with its path.

    With `field`, only what is wrong with that one. A value is reported once, by the first rule that
    it breaks. A field that is only misspelt is not reported as missing.
    """
    if field is not None:
        config = {field: config[field]} if field in config else {}
    if _is_accepted(config, field):
        return []
    problems: dict[KeyPath, Problem] = {}
    missing: list[tuple[KeyPath, str]] = []
    for error in sorted(_validator(field).iter_errors(config), key=order_of):
        if error.validator == "required":
            missing += [(tuple(error.absolute_path), key) for key in _list_missing(error)]
            continue
        for path, problem in explain(tuple(error.absolute_path), error):
            problems.setdefault(path, problem)
    for path, problem in _find_inexpressible(config, ()):
        problems.setdefault(path, problem)
    misspelt = {
        (path[:-1], problem.suggestion)
        for path, problem in problems.items()
        if problem.code == "unknown-key"
    }
    absent = [
        (path, explain_missing(key))
        for path, key in dict.fromkeys(missing)
        if (path, key) not in misspelt
    ]
    return [*problems.items(), *absent]


@functools.cache
def known_fields(path: KeyPath) -> list[str]:
    """Return the fields that a mapping of the composed configuration may have; [] where any may."""
    schema = find_schema(path) or {}
    return [name for name in schema.get("properties", {}) if name != "defaults"]


def takes_any_key(path: KeyPath) -> bool:
    """Return whether a mapping of the composed configuration has keys of the user's own."""
    return isinstance((find_schema(path) or {}).get("additionalProperties"), dict)


def list_commands(path: KeyPath) -> list[str] | None:
    """Return the commands that honour a field; None where all do, or where no schema has it."""
    lengths = range(len(path), 0, -1)
    schemas = (find_schema(path[:length]) or {} for length in lengths)
    return next((schema["x-commands"] for schema in schemas if "x-commands" in schema), None)


@functools.cache
def find_schema(path: KeyPath) -> dict[str, Any] | None:
    """Return what the schema says of the field at `path`; None for a field that it does not know.

    The schema of a list's items, or of a tag's value, is not the list's or the mapping's own, so
    there is none for them.
    """
    schema, file = load_schema("config.json"), "config.json"
    for part in path:
        node = schema.get("properties", {}).get(str(part))
        if node is None:
            return None
        schema, file = _follow_reference(node, file)
    return schema


def _follow_reference(schema: dict[str, Any], file: str) -> tuple[dict[str, Any], str]:
    """Return the schema with all that its `$ref` says, and the file that the latter is in."""
    while "$ref" in schema:
        name, _, pointer = schema["$ref"].partition("#")
        file = name or file
        target = load_schema(file)
        for part in pointer.split("/")[1:]:
            target = target[part]
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema, file


def _is_accepted(config: Mapping[str, Any], field: str | None) -> bool:
    """Return whether there is nothing wrong with a configuration; False where that is not certain."""
    try:
        return _quick_test(field)(config) and _is_plain(config, "")
    except UndecidedError:
        return False


def make_validator(schema: Mapping[str, Any]) -> Validator:
    """Return the validator of a schema, which may refer to the files of `schemas`."""
    kind, files = _load_validator()
    validator: Validator = kind(schema, registry=files)
    return validator


@functools.cache
def _load_validator() -> tuple[Any, Any]:
    """Return the class of validators, and the schema files for it.

    To jsonschema 3.0 is a whole number; to this class it is none.
    """
    from jsonschema import Draft202012Validator, validators  # 150 ms
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    files: Registry[Any] = Registry()
    for name in FILES:
        # Where a schema has this key, jsonschema takes its own class for it.
        contents = {key: value for key, value in load_schema(name).items() if key != "$schema"}
        files = files.with_resource(name, DRAFT202012.create_resource(contents))
    types = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: is_whole(value))
    extend: Any = validators.extend  # it has no types
    return extend(Draft202012Validator, type_checker=types), files


@functools.cache
def _quick_test(field: str | None) -> Test:
    """Return the quick test of a composed configuration, or of one field; see `_validator`."""
    return compile_schema(_schema_of(field), FILES[0], load_schema)


@functools.cache
def _validator(field: str | None = None) -> Validator:
    """Return the validator of a composed configuration, or of one field, built once a process."""
    return make_validator(_schema_of(field))


def _schema_of(field: str | None) -> dict[str, Any]:
    if field is None:
        return {"$ref": "config.json"}
    return {"properties": {field: {"$ref": f"config.json#/properties/{field}"}}}


def _list_missing(error: ValidationError) -> list[str]:
    """Return the required fields that are not there."""
    required: Any = error.validator_value
    instance: Any = error.instance
    return [key for key in required if key not in instance]


def _is_plain(value: object, field: str) -> bool:
    """Return whether `_find_inexpressible` has nothing to find; False where that is not certain."""
    if isinstance(value, str):
        return value.isascii() and (field != "aliases" or ALIAS.fullmatch(value) is not None)
    if isinstance(value, dict):
        is_tags = field in {"metadata", "tags"}
        for key, item in value.items():
            name = str(key)
            if not name.isascii() or (is_tags and not KEY.fullmatch(name)):
                return False
            if not _is_plain(item, name):
                return False
    elif isinstance(value, list):
        inside = field if field == "aliases" else ""
        for item in value:
            if not _is_plain(item, inside):
                return False
    return not isinstance(value, float) or math.isfinite(value)


def _find_inexpressible(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield what JSON Schema cannot express, for every text and number below `path`."""
    match value:
        case dict():
            for key, item in value.items():
                inside = (*path, str(key))
                is_tag = path[-1:] in {("metadata",), ("tags",)} and path[:1] != ("policy",)
                if is_tag and not KEY.fullmatch(str(key)):
                    yield inside, _refuse_characters("tag key", str(key), "invalid-key")
                elif has_surrogate(str(key)):
                    yield inside, _refuse_surrogate()
                yield from _find_inexpressible(item, inside)
        case list():
            for index, item in enumerate(value):
                is_alias = path[-1:] == ("aliases",) and isinstance(item, str)
                if is_alias and not ALIAS.fullmatch(item):
                    yield (*path, index), _refuse_characters("alias", item, "invalid-alias")
                elif is_alias and NUMBER_ALIAS.fullmatch(item):
                    yield (*path, index), _refuse_reserved(item)
                yield from _find_inexpressible(item, (*path, index))
        case str() if has_surrogate(value):
            yield path, _refuse_surrogate()
        case float() if not math.isfinite(value):
            message = f"{value} is not a number JSON can hold"
            hint = "Leave it out." if "metrics" in path else "Quote it."
            yield path, Problem("not-finite", message, hint)
        case _:
            pass


def _refuse_surrogate() -> Problem:
    message, hint = "holds half of a surrogate pair", "Write the character itself."
    return Problem("lone-surrogate", message, hint)


def _refuse_reserved(alias: str) -> Problem:
    rule = load_schema("model.json")["$defs"]["alias"]["allOf"][0]
    message = f"{quote(alias)} {rule['patternErrorMessage']}"
    return Problem(rule["x-code"], message, rule["x-hint"])


def _refuse_characters(kind: str, text: str, code: str) -> Problem:
    article = "an" if kind == "alias" else "a"
    message = f"{quote(text)} is not {article} {kind}: it holds a character MLflow refuses"
    return Problem(code, message, f"Choose another {kind.rpartition(' ')[2]}.")
