"""Overrides as people type them, turned into those that Hydra reads.

- Within its command a field needs no prefix: `show name=iris` is `show.name=iris`.
- A known field needs no `+`: `model.owner=me` adds the field where the file does not have it.
- A list needs no brackets: `models=a,b` is `models=[a,b]`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.config.override import parse_override
from registrar.config.schema import find_schema, known_fields, list_commands, takes_any_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from registrar.config.override import Override

__all__ = ["command_fields", "expand_override", "list_command_fields"]

# Hydra spells `promote.to=server/prod` so: the option of one group, at another place.
TARGET, TARGET_CHOICE = "promote.to", "server@promote.to"
NO_LIST = re.compile(r"null|[\[{$].*", re.DOTALL)  # values that are not items of a list


def expand_override(
    typed: str, command: str, *, is_sweep: bool, is_group: Callable[[str], bool]
) -> Override:
    """Return the override that Hydra reads for one that a person typed.

    `is_group` says whether the user has a configuration group of a name: then a field of the command
    is reached by its long form alone. In a sweep, commas separate the jobs.
    """
    override = parse_override(typed)
    if override.package is not None or override.value is None or override.is_removal:
        return override
    prefix = _find_prefix(override.parts[0], command, is_group) if override.parts else ""
    key = prefix + override.key
    if key == TARGET and override.plain_value not in {"null", ""}:
        text = f"{TARGET_CHOICE}={override.value.removeprefix('server/')}"
        return replace(parse_override(text), typed=typed)
    sign = override.sign or _find_sign(parse_override(f"{key}=").parts)
    value = override.value
    if not is_sweep and _is_list(parse_override(f"{key}=").parts, value):
        value = f"[{value}]"
    return replace(parse_override(f"{sign}{key}={value}"), typed=typed)


def command_fields(command: str) -> list[str]:
    """Return the names of the fields that need no prefix with a command."""
    return [field for _, field in list_command_fields(command)]


def list_command_fields(command: str) -> list[tuple[str, str]]:
    """Return the paths of the fields that need no prefix with a command; its own come first.

    Of the fields of `apply` those are left out that the command does not use.
    """
    nodes: dict[str, str] = {}
    for node in _list_nodes(command):
        for field in known_fields((node,)):
            if command in (list_commands((node, field)) or ()):
                nodes.setdefault(field, node)
    return [(node, field) for field, node in nodes.items()]


def _list_nodes(command: str) -> list[str]:
    """Return the nodes whose fields are those of a command: its own, and `apply`."""
    nodes = dict.fromkeys((command, "apply"))
    return [node for node in nodes if command in (list_commands((node,)) or ())]


def _find_prefix(field: str, command: str, is_group: Callable[[str], bool]) -> str:
    if field in known_fields(()) or is_group(field):
        return ""
    nodes = (node for node in _list_nodes(command) if field in known_fields((node,)))
    return next((f"{node}." for node in nodes), "")


def _find_sign(path: tuple[str, ...]) -> str:
    """Return the sign that adds a field where it is absent; "" for a field that is not known.

    An entry of a list can only be changed.
    """
    if len(path) < 2 or any(part.isdecimal() for part in path):
        return ""
    for length, part in enumerate(path):
        known = known_fields(path[:length])
        if part not in known:
            return "++" if takes_any_key(path[:length]) else ""
    return "++"


def _is_list(path: tuple[str, ...], value: str) -> bool:
    """Return whether `value` is a list without its brackets, or the one item of a list."""
    if NO_LIST.fullmatch(value):
        return False
    if path in {("models",), ("policy",)}:  # `all`, patterns and one name are no lists
        return "," in value
    items: dict[str, str] = (find_schema(path) or {}).get("items", {})
    return items.get("type") == "string"
