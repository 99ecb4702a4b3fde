"""Completion of a command line in a shell: commands, fields, values, and names that can be chosen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from registrar.config.arguments import (
    COMMANDS,
    DEFAULT_COMMAND,
    FIRST_STEPS,
    OUTPUTS,
    parse_arguments,
)
from registrar.config.files import ConfigFiles
from registrar.config.layout import GROUPS
from registrar.config.schema import PUBLIC_SCHEMAS, find_schema, known_fields, list_commands
from registrar.config.short_forms import command_fields, expand_override
from registrar.errors import ConfigError, Problem
from registrar.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["complete_line", "read_script"]

SHELLS = ("bash", "zsh", "fish")
# Words that every shell takes as they are: a file of a stranger may be called `$(command).yaml`.
PLAIN_WORD = re.compile(r"[\w./@%+:,=-]+")
SCRIPTS = Path(__file__).parent / "shells"
TOPICS = ("model", "server")  # `registrar help` explains these beside the commands
INIT_WORDS = ("ci=github", "ci=gitlab", "name=", "uri=")
FLAGS = (
    "--cfg",
    "--config-dir",
    "--config-name",
    "--help",
    "--hydra-help",
    "--info",
    "--multirun",
    "--version",
)


def read_script(shell: str) -> str:
    """Return the script that a shell evaluates. Raises ConfigError for another shell."""
    if shell not in SHELLS:
        hint = f"Write registrar completion {', or '.join(SHELLS)}."
        missing = "the name of a shell is missing"
        message = f"no completion for '{printable(shell)}'" if shell else missing
        raise ConfigError(Problem("unknown-value", message, hint))
    return (SCRIPTS / f"registrar.{shell}").read_text(encoding="utf-8").rstrip("\n")


def complete_line(line: str) -> list[str]:
    """Return the words that the last word of a line may become, up to the cursor.

    A word that is whole is one of them: without it, a shell would replace it by a longer one. A word
    that goes on after it ends with `=`, `.` or `,`. Words that a shell would not take as they are
    are left out.
    """
    words = line.split(" ")
    if "registrar" in words:  # python -m registrar
        words = words[words.index("registrar") :]
    *before, current = [word for word in words[1:-1] if word] + words[-1:]
    candidates = dict.fromkeys(_complete(before, current))
    return [word for word in candidates if word.startswith(current) and PLAIN_WORD.fullmatch(word)]


def _complete(before: Sequence[str], current: str) -> Iterator[str]:
    arguments = parse_arguments(before)
    command = arguments.command or DEFAULT_COMMAND
    files = ConfigFiles(arguments.folders)
    if current.startswith("-"):
        yield from FLAGS
    elif before[:1] == ["help"]:
        yield from (*COMMANDS, *FIRST_STEPS, *TOPICS) if len(before) == 1 else ()
    elif before[:1] == ["completion"]:
        yield from SHELLS if len(before) == 1 else ()
    elif before[:1] == ["schema"]:
        yield from PUBLIC_SCHEMAS if len(before) == 1 else ()
    elif before[:1] == ["init"]:
        yield from INIT_WORDS
    elif "=" in current:
        key, _, value = current.partition("=")
        done = value[: value.rfind(",") + 1]  # the items of a list that are complete
        chosen = set(done.split(","))
        if not done or arguments.is_sweep or _is_list(key, command, files):
            values = _list_values(key, command, files, is_first=not done)
            yield from (f"{key}={done}{item}" for item in values if item not in chosen)
    else:
        fields = _list_fields(current, command)
        if arguments.command is None:
            yield from (*COMMANDS, "help", *FIRST_STEPS)
            # `plan` and TAB is the command: a shell would stop before `plan=` and wait.
            fields = (field for field in fields if field[:-1] not in COMMANDS)
        yield from fields
        yield from (f"{group}=" for group in _list_groups(files))


def _list_fields(current: str, command: str) -> Iterator[str]:
    """Yield the fields at the level of the last dot: `model.owner=`, `model.registered_model.`."""
    parts = tuple(current.split("."))[:-1]
    prefix = "".join(f"{part}." for part in parts)
    names = known_fields(parts) if parts else [*command_fields(command), *known_fields(())]
    for name in names:
        commands = list_commands((*parts, name))
        if (*parts, name) == ("command",) or (commands is not None and command not in commands):
            continue
        has_fields = bool(known_fields((*parts, name)))
        if (*parts, name) in {(group,) for group in GROUPS} or not has_fields:
            yield f"{prefix}{name}="
        if has_fields:
            yield f"{prefix}{name}."


def _is_list(key: str, command: str, files: ConfigFiles) -> bool:
    """Return whether a field takes several values with commas between them."""
    is_group = _list_groups(files).__contains__
    override = expand_override(f"{key}=x,y", command, is_sweep=False, is_group=is_group)
    return override.value == "[x,y]"


def _list_values(key: str, command: str, files: ConfigFiles, *, is_first: bool) -> Iterator[str]:
    """Yield the values that a field or a group may have; none where any value is possible.

    Without `is_first` other values stand before, and words for many values cannot follow.
    """
    groups = _list_groups(files)
    override = expand_override(f"{key}=x", command, is_sweep=False, is_group=groups.__contains__)
    if override.package is not None:  # server@promote.to
        yield from (f"server/{name}" for name in files.list_options("server"))
    elif override.key in {"model", f"{command}.name"}:
        yield from files.list_models()
    elif override.key == "models":
        yield from ("all", "changed") if is_first else ()
        yield from files.list_models()
    elif override.key in {*GROUPS, *groups}:
        yield from files.list_options(override.key)
    elif override.key == "output":
        yield from sorted(OUTPUTS if command == "show" else OUTPUTS - {"html"})
    else:
        schema = find_schema(override.parts) or {}
        yield from (str(value) for value in schema.get("enum", ()) if value is not None)
        if "boolean" in schema.get("type", ()):
            yield from ("true", "false")


def _list_groups(files: ConfigFiles) -> list[str]:
    """Return the groups of the user's own, such as `env`."""
    options = (path for folder in files.folders for path in folder.glob("*/*.yaml"))
    return sorted({path.parent.name for path in options} - GROUPS - {"hydra"})
