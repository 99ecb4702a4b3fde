"""The text of `registrar help`: commands, and the fields of commands and files.

The lines on fields are the descriptions of the JSON Schemas, so editors show the same.
"""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registrar.config.arguments import COMMANDS
from registrar.config.command_nodes import read_default
from registrar.config.schema import find_schema, known_fields, list_commands
from registrar.config.short_forms import list_command_fields
from registrar.errors import ConfigError, Problem
from registrar.text import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.config.arguments import Command
    from registrar.text import KeyPath

__all__ = ["help_text"]

WIDTH = 100  # characters of a line
INDENT = 2
MAX_LABEL = 26  # characters of a field's name, above which its line starts below it

EXIT_CODES = {
    0: "done, or nothing to do",
    1: "a bug in registrar",
    2: "the command line or the configuration is wrong; nothing was written",
    3: "the registry differs from the configuration",
    4: "the server cannot be reached, or refuses the credentials",
    5: "stopped midway; the output tells how to finish",
    6: "refused by a guard, a checksum, a digest or the server",
    130: "interrupted",
}


@dataclass(frozen=True, slots=True)
class _Command:
    """The help on a command, without its fields."""

    summary: str
    examples: tuple[str, ...]
    exit_codes: tuple[int, ...]


ABOUT: dict[Command, _Command] = {
    "apply": _Command(
        "changes the registry until it matches the configuration",
        ("registrar apply model=mnist", "registrar apply plan=plan.json"),
        (0, 2, 4, 5, 6, 130),
    ),
    "plan": _Command(
        "prints what apply would change, with a checksum; writes nothing",
        ("registrar plan models=all out=plan.json", "registrar plan model=mnist output=markdown"),
        (0, 2, 4, 6, 130),
    ),
    "check": _Command(
        "does the same as plan, and exits with 3 when the registry differs",
        ("registrar check models=all", "registrar check model=mnist server=prod"),
        (0, 2, 3, 4, 6, 130),
    ),
    "validate": _Command(
        "reports every problem of the configuration; contacts no server",
        ("registrar validate models=all", "registrar validate models=changed since=origin/main"),
        (0, 2),
    ),
    "show": _Command(
        "lists models, the versions of a model, or one version",
        ("registrar show", "registrar show name=mnist alias=champion"),
        (0, 2, 4, 130),
    ),
    "dump": _Command(
        "writes configuration files for what the registry holds",
        ("registrar dump", "registrar dump name='vision-*' dir=configs/model"),
        (0, 2, 4, 6, 130),
    ),
    "delete": _Command(
        "deletes a version or a model, after asking",
        ("registrar delete name=mnist version=3", "registrar delete name=mnist yes=true"),
        (0, 2, 4, 5, 6, 130),
    ),
    "verify": _Command(
        "hashes the stored files again and compares them with the registered digest",
        ("registrar verify name=mnist", "registrar verify name=mnist alias=champion"),
        (0, 2, 4, 6, 130),
    ),
    "promote": _Command(
        "registers a version under another name or on another server",
        (
            "registrar promote name=mnist alias=champion to=server/prod",
            "registrar promote name=mnist version=3 as=mnist-prod dry_run=true",
        ),
        (0, 2, 4, 5, 6, 130),
    ),
    "pin": _Command(
        "writes the digest of each chosen model into its file",
        ("registrar pin model=mnist", "registrar pin models=all"),
        (0, 2, 4, 6, 130),
    ),
}
FILES = {
    "model": "A file configs/model/NAME.yaml declares one registered model.",
    "server": "A file configs/server/NAME.yaml declares one MLflow server.",
}
EXAMPLE = """\
# configs/model/iris.yaml
name: iris
uri: models/iris
description: Logistic regression on the iris data
metadata: {max_iter: 500}
aliases: [champion]"""
FIRST_STEPS = (
    ("init", "writes a first configuration file for each model below this folder, or [DIR ...]"),
    ("schema", "prints a JSON Schema: model, server, plan or report"),
    ("completion", "prints the completion script of bash, zsh or fish"),
)
CHOICES = (
    ("model=NAME", "one model, from configs/model/NAME.yaml"),
    ("models=all", "all models; also a list (a,b), a pattern ('vision-*'), or changed"),
    ("server=NAME", "the server, from configs/server/NAME.yaml"),
    ("FIELD=VALUE", "any field, such as model.description=Checked; ~FIELD removes one"),
)


def help_text(topic: str, models: Sequence[str], servers: Sequence[str]) -> str:
    """Return the help on a command, on the files of a group, or, with "", on all commands.

    `models` and `servers` are the names that can be chosen. Raises ConfigError for another topic.
    """
    if not topic:
        return "\n".join(_overview(models, servers))
    for command in ABOUT:
        if topic == command:
            return "\n".join(_command_help(command))
    if topic in FILES:
        return "\n".join(_file_help(topic))
    known = [*COMMANDS, *FILES]
    suggestion = nearest(topic, known)
    hint = None if suggestion else f"There is help on {', '.join(known)}."
    problem = Problem("unknown-command", f"no help on '{topic}'", hint, suggestion=suggestion)
    raise ConfigError(problem)


def _overview(models: Sequence[str], servers: Sequence[str]) -> Iterator[str]:
    yield "registrar makes an MLflow Model Registry match your configuration."
    yield ""
    yield "registrar [COMMAND] [FIELD=VALUE ...] [FLAG ...]"
    yield ""
    yield "Commands"
    yield from _table((command, about.summary) for command, about in ABOUT.items())
    yield "Without a command: apply."
    yield ""
    yield "First steps, which need no configuration"
    yield from _table(FIRST_STEPS)
    yield ""
    yield "What to work on"
    yield from _table(CHOICES)
    yield f"Models here: {', '.join(models) or 'none'}"
    yield f"Servers here: {', '.join(servers)}"
    yield ""
    yield from _exit_codes(tuple(EXIT_CODES))
    yield ""
    yield "More: registrar help COMMAND, registrar help model, registrar help server."
    yield "The flags of Hydra, such as --cfg job and --multirun: registrar --hydra-help."


def _command_help(command: Command) -> Iterator[str]:
    about = ABOUT[command]
    yield f"registrar {command} [FIELD=VALUE ...]"
    yield ""
    yield f"{command} {about.summary}."
    yield ""
    own = list(list_command_fields(command))
    common = [(name,) for name in known_fields(()) if _is_common(name, command)]
    if own:
        yield f"Fields of {command}"
        yield from _table((path[-1], _describe(path)) for path in own)
        yield ""
    yield "Fields of several commands"
    yield from _table((path[-1], _describe(path)) for path in common)
    yield "The fields of a model or a server: registrar help model, registrar help server."
    yield ""
    yield "Examples"
    yield from (f"{'':{INDENT}}{example}" for example in about.examples)
    yield ""
    yield from _exit_codes(about.exit_codes)


def _is_common(name: str, command: str) -> bool:
    """Return whether a field at the top is of this command, and no node of a command's fields."""
    commands = list_commands((name,))
    is_node = name in COMMANDS and bool(known_fields((name,)))
    return name != "command" and not is_node and (commands is None or command in commands)


def _file_help(group: str) -> Iterator[str]:
    yield FILES[group]
    yield ""
    yield "Fields"
    yield from _table(_fields_of_file((group,), ()))
    if group == "model":
        yield ""
        yield "Example"
        yield textwrap.indent(EXAMPLE, " " * INDENT)
    yield ""
    yield f"On the command line: {group}.FIELD=VALUE."


def _fields_of_file(path: KeyPath, shown: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield each field below `path` with its description, nested ones after their parent."""
    for name in known_fields(path):
        below = (*path, name)
        yield ".".join((*shown, name)), _describe(below)
        yield from _fields_of_file(below, (*shown, name))


def _describe(path: KeyPath) -> str:
    """Return the description of a field, with its values and its default."""
    schema = find_schema(path) or {}
    text = str(schema.get("description", ""))
    default: Any = read_default(path)
    if default not in (None, [], {}):
        text += f" Default: {default if isinstance(default, str) else json.dumps(default)}."
    return text


def _exit_codes(codes: Sequence[int]) -> Iterator[str]:
    yield "Exit codes"
    yield from _table((str(code), EXIT_CODES[code]) for code in codes)


def _table(rows: Iterator[tuple[Any, str]] | Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield lines of two columns; the second is wrapped."""
    pairs = [(str(label), text) for label, text in rows]
    width = min(MAX_LABEL, max((len(label) for label, _ in pairs), default=0))
    for label, text in pairs:
        lines = textwrap.wrap(text, WIDTH - width - 2 * INDENT) or [""]
        if len(label) > width:
            yield f"{'':{INDENT}}{label}"
        else:
            first = lines.pop(0)
            yield f"{'':{INDENT}}{label:{width}}{'':{INDENT}}{first}"
        yield from (f"{'':{width + 2 * INDENT}}{line}" for line in lines)
