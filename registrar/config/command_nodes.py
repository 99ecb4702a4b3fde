"""What only the command line says: which command runs, on which models, and what it may do.

Files say what the registry is to hold. If they could also choose the command, a plan that somebody
approved would not be what runs.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registrar.config.schema import known_fields
from registrar.errors import Problem
from registrar.text import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registrar.text import KeyPath

__all__ = [
    "TARGET",
    "explain_command_node",
    "find_command_nodes",
    "find_targets",
    "is_command_node",
    "read_default",
]

# What a file may set besides the user's own nodes. Every other field is a command's. How `show`
# sorts a list, which columns it has, and how long a report may be, is a matter of taste.
FILE_FIELDS = {"server", "model", "executor", "limits", "parallelism", "output", "verbose"}
FILE_PARTS = {"show": {"order", "wide"}, "report": {"limit"}}
# The parts that a file may not set of a field that it may set otherwise.
COMMAND_PARTS = {"policy": {"dir"}}
TARGET = "_target_"
ABSENT = object()


def is_command_node(path: KeyPath) -> bool:
    """Return whether only the command line may set the field at `path`; its parents may be set."""
    field = str(path[0])
    if field in FILE_FIELDS or field not in known_fields(()):
        return False
    if field in COMMAND_PARTS:
        return len(path) > 1 and path[1] in COMMAND_PARTS[field]
    allowed = FILE_PARTS.get(field)
    return allowed is None or (len(path) > 1 and path[1] not in allowed)


def find_command_nodes(config: Mapping[str, Any]) -> Iterator[KeyPath]:
    """Yield the path of every value of a command that is not registrar's default.

    Whoever calls this knows which of them come from the command line.
    """
    defaults = _read_defaults()
    for field in known_fields(()):
        if field not in FILE_FIELDS and field in config:
            changes = _find_changes(config[field], defaults.get(field, ABSENT), (field,))
            yield from filter(is_command_node, changes)


def find_targets(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield every `_target_`: Hydra calls what it names, and registrar calls nothing."""
    if not _holds_key(config, TARGET):
        return
    message = f"'{TARGET}' names code to run, and a configuration runs none"
    problem = Problem("target-node", message, "Remove it.")
    for path in _find_keys(config, TARGET, ()):
        yield path, problem


def explain_command_node(path: KeyPath) -> Problem:
    """Return the problem of a command's field that a file sets."""
    message = f"'{dotted(path)}' may be set on the command line only, not in a file"
    hint = "Remove it, and give it on the command line."
    if path == ("command",):
        hint = "Remove it, and begin the command line with the command."
    return Problem("command-line-only", message, hint)


def read_default(path: KeyPath) -> Any:
    """Return registrar's default of a field; None where it has none."""
    value: Any = _read_defaults()
    if path[:1] == ("server",):
        value = {"server": _read_defaults("server/default.yaml")}
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value


@functools.cache
def _read_defaults(name: str = "registrar.yaml") -> dict[str, Any]:
    from registrar.content.yaml_loader import load_yaml  # not needed for what Python code gives

    file = Path(__file__).parent / "defaults" / name
    defaults: dict[str, Any] = load_yaml(file.read_bytes())
    return defaults


def _find_changes(value: Any, default: Any, path: KeyPath) -> Iterator[KeyPath]:
    if value == default:
        return
    if isinstance(value, dict):
        known = default if isinstance(default, dict) else {}
        for key, item in value.items():
            yield from _find_changes(item, known.get(key, ABSENT), (*path, key))
        return
    yield path


def _holds_key(config: Mapping[str, Any], wanted: str) -> bool:
    """Return whether a key stands anywhere in plain data; most often it does not."""
    pending: list[Any] = [config]
    for value in pending:  # it grows
        if isinstance(value, dict):
            if wanted in value:
                return True
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return False


def _find_keys(value: Any, wanted: str, path: KeyPath) -> Iterator[KeyPath]:
    match value:
        case dict():
            for key, item in value.items():
                if key == wanted:
                    yield (*path, key)
                yield from _find_keys(item, wanted, (*path, key))
        case list():
            for index, item in enumerate(value):
                yield from _find_keys(item, wanted, (*path, index))
        case _:
            pass
