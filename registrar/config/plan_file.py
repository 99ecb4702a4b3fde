"""Plan files: JSON documents that `plan` writes, and that `apply` and `show` read.

A plan file may come from anywhere. It is read as data, within limits, and held against its schema.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registrar.config.schema import load_schema
from registrar.errors import ConfigError, Problem
from registrar.plain_files import check_plain, read_plain
from registrar.secrets import mask_values
from registrar.strict_json import parse_strict
from registrar.text import canonical_json, dotted, has_surrogate, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["read_plan_file", "write_plan_file"]

MAX_BYTES = 64 * 1024 * 1024
MAX_SHOWN = 200  # characters of a value in a message
PLAN_AGAIN = "Plan again, with out=plan.json."


def read_plan_file(name: str) -> dict[str, Any]:
    """Return the document of a plan file, which fits its schema. Raises ConfigError."""
    try:
        content = read_plain(Path(name), MAX_BYTES)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name is not valid"
        hint = "Make it with: registrar plan models=all out=plan.json"
        raise _problem("no-such-file", name, f"cannot be read: {reason}", hint) from None
    if len(content) > MAX_BYTES:
        raise _problem("invalid-plan-file", name, f"is larger than {MAX_BYTES // 1024**2} MiB")
    try:
        text = content.decode()
        document = parse_strict(text, _unique)
        is_utf_8 = not has_surrogate(canonical_json(document))
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:MAX_SHOWN]
        raise _problem("invalid-plan-file", name, f"is not valid JSON: {reason}") from None
    if not is_utf_8:
        raise _problem("invalid-plan-file", name, "holds half of a surrogate pair")
    _check(name, document)
    checked: dict[str, Any] = document
    return checked


def write_plan_file(name: str, document: Mapping[str, Any]) -> None:
    """Write a plan file: all of it, or nothing.

    Raises ConfigError where it cannot be written, and where it would hold a secret.
    """
    if any(mask_values(text) != text for text in _texts(document)):
        message = "the plan holds the value of an environment variable that is a secret"
        hint = "Take it out of the configuration: it would be readable in the registry, too."
        raise ConfigError(Problem("secret-in-plan", message, hint))
    path = Path(name)
    part = path.parent / f".{path.name}.{os.getpid()}.part"
    try:
        check_plain(path)
        with part.open("x", encoding="utf-8") as file:
            json.dump(document, file, indent=2, ensure_ascii=False, allow_nan=False)
            file.write("\n")
        part.replace(path)
    except (OSError, ValueError) as error:
        with contextlib.suppress(OSError, ValueError):
            part.unlink(missing_ok=True)
        reason = error.strerror if isinstance(error, OSError) else "its name is not valid"
        message = f"the plan file {printable(name)} cannot be written: {reason}"
        raise ConfigError(Problem("unwritable-file", message, "Name another with out=.")) from None


def _texts(value: Any) -> Iterator[str]:
    """Yield every text of a document, keys included."""
    match value:
        case str():
            yield value
        case dict():
            for key, item in value.items():
                yield key
                yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)
        case _:
            pass


def _check(name: str, document: Any) -> None:
    """Raise ConfigError with the first places that do not fit the schema."""
    from jsonschema import Draft202012Validator  # 150 ms

    problems = []
    for error in Draft202012Validator(load_schema("plan.json")).iter_errors(document):
        path = dotted(tuple(error.absolute_path))
        message = error.message if len(error.message) <= MAX_SHOWN else "is not as it has to be"
        where = f"{path}: " if path else ""
        problems.append(_describe("invalid-plan-file", name, f"{where}{printable(message)}"))
        if len(problems) == 3:
            break
    ConfigError.raise_for(problems)


def _problem(code: str, name: str, message: str, hint: str = PLAN_AGAIN) -> ConfigError:
    return ConfigError(_describe(code, name, message, hint))


def _describe(code: str, name: str, message: str, hint: str = PLAN_AGAIN) -> Problem:
    return Problem(code, f"the plan file {printable(name)} {message}", hint)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object. Raises ValueError for a key that it has twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        message = "a key stands twice in one object"
        raise ValueError(message)
    return found
