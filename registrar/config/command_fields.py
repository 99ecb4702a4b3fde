"""Which fields each command honours; a field that a command would ignore is refused.

The schemas list the commands of a field as `x-commands`. A field without such a list has that of the
field that it is part of; without any, all commands honour it.
"""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from registrar.config.schema import list_commands
from registrar.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registrar.config.override import Override
    from registrar.text import KeyPath

__all__ = ["explain_unused_override", "find_unused_fields"]

DEFAULT_COMMAND = "apply"


def explain_unused_override(override: Override, command: str | None) -> Problem | None:
    """Return the problem of an override that the command would ignore."""
    path = override.parts
    if override.package is not None:  # server@promote.to=prod
        path = tuple(override.package.split("."))
    return _explain(path, command or DEFAULT_COMMAND)


def find_unused_fields(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield the fields that Python code gave and that the command would ignore, with their paths.

    A field that has its default value is no wish: a whole composed configuration holds them all.
    """
    command = config.get("command", DEFAULT_COMMAND)
    for field in config:
        problem = _explain((field,), command)
        if problem is not None and config[field] != _defaults().get(field):
            yield (field,), problem


def _explain(path: KeyPath, command: str) -> Problem | None:
    commands = list_commands(path)
    if commands is None or command in commands:
        return None
    *others, last = commands
    names = f"{', '.join(others)} and {last}" if others else last
    return Problem(
        "unused-field",
        f"{command} does not use '{'.'.join(map(str, path))}'",
        f"Leave it out, or choose another command: it is for {names}.",
    )


@functools.cache
def _defaults() -> Mapping[str, Any]:
    """Return the fields of the packaged configuration, with their default values."""
    import yaml  # not needed where every field is honoured

    text = files("registrar").joinpath("config/defaults/registrar.yaml").read_text("utf-8")
    defaults: dict[str, Any] = yaml.safe_load(text)
    return defaults
