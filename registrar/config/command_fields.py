"""Which fields each command honours; a field that a command would ignore is refused.

The schemas list the commands of a field as `x-commands`. A field without such a list has that of the
field that it is part of; without any, all commands honour it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registrar.config.arguments import DEFAULT_COMMAND
from registrar.config.command_nodes import find_command_nodes
from registrar.config.schema import list_commands
from registrar.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.config.override import Override
    from registrar.text import KeyPath

__all__ = ["explain_ignored_override", "explain_unused_override", "find_unused_fields"]


def explain_unused_override(override: Override, command: str | None) -> Problem | None:
    """Return the problem of an override that the command would ignore."""
    path = override.parts
    if override.package is not None:  # server@promote.to=prod
        path = tuple(override.package.split("."))
    return _explain(path, command or DEFAULT_COMMAND)


def explain_ignored_override(
    override: Override, overrides: Sequence[Override], command: str | None
) -> Problem | None:
    """Return the problem of an override that the command ignores beside, or without, another one."""
    given = {other.key: other.plain_value for other in overrides}
    if override.key == "since" and given.get("models") != "changed":
        hint = "Write models=changed, or leave it out."
        return Problem("unused-field", "'since' is used with models=changed alone", hint)
    if command == "show" and "plan" in given and override.parts[:1] in {("show",), ("model",)}:
        message = f"with plan=, show does not use '{override.key}'"
        return Problem("unused-field", message, "Leave it out: the whole plan is shown.")
    return None


def find_unused_fields(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield the fields that Python code gave and that the command would ignore, with their paths.

    A field that has its default value is no wish: a whole composed configuration holds them all.
    """
    for path in find_command_nodes(config):
        problem = _explain(path, config.get("command", DEFAULT_COMMAND))
        if problem is not None:
            yield path, problem


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
