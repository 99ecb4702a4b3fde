"""The text of `registrar help`: commands, and the fields of commands and files.

The lines on fields are the descriptions of the JSON Schemas, so editors show the same.
"""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

from registrar.config.arguments import COMMANDS
from registrar.config.command_nodes import read_default
from registrar.config.schema import find_schema, known_fields, list_commands
from registrar.config.short_forms import list_command_fields
from registrar.errors import ConfigError, Problem
from registrar.report.help_topics import ABOUT, CHOICES, EXIT_CODES, FILES, FIRST_STEPS, FLAGS
from registrar.text import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.config.arguments import Command
    from registrar.report.help_topics import Topic
    from registrar.text import KeyPath

__all__ = ["help_text"]

WIDTH = 100  # characters of a line
INDENT = 2
MAX_LABEL = 26  # characters; a longer name has its description on the next line


def help_text(topic: str, models: Sequence[str], servers: Sequence[str]) -> str:
    """Return the help on a command, on the files of a group, or, with "", on all commands.

    `models` and `servers` are the names that can be chosen. Raises ConfigError for another topic.
    """
    if not topic:
        return "\n".join(_overview(models, servers))
    for command in ABOUT:
        if topic == command:
            return "\n".join(_command_help(command))
    if topic in FIRST_STEPS:
        return "\n".join(_first_step_help(topic))
    if topic in FILES:
        return "\n".join(_file_help(topic))
    known = [*COMMANDS, *FIRST_STEPS, *FILES]
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
    yield from _table((name, step.topic.summary) for name, step in FIRST_STEPS.items())
    yield ""
    yield "What to work on"
    yield from _table(CHOICES)
    yield f"Models here: {', '.join(models) or 'none'}"
    yield f"Servers here: {', '.join(servers)}"
    yield ""
    yield "Flags"
    yield from _table(FLAGS)
    yield ""
    yield from _exit_codes(tuple(EXIT_CODES))
    yield ""
    yield "More: registrar help COMMAND, registrar help model, registrar help server."


def _command_help(command: Command) -> Iterator[str]:
    about = ABOUT[command]
    yield f"registrar {command} [FIELD=VALUE ...]"
    yield ""
    yield from _sentences(f"{command} {about.summary}. {about.more}")
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
    yield from _end(about)


def _first_step_help(name: str) -> Iterator[str]:
    step = FIRST_STEPS[name]
    yield step.usage
    yield ""
    yield from _sentences(f"{name} {step.topic.summary}. {step.topic.more}")
    yield ""
    yield from _table(step.words)
    yield ""
    yield from _end(step.topic)


def _sentences(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH)


def _end(topic: Topic) -> Iterator[str]:
    yield "Examples"
    yield from (f"{'':{INDENT}}{example}" for example in topic.examples)
    yield ""
    yield from _exit_codes(topic.exit_codes)


def _is_common(name: str, command: str) -> bool:
    """Return whether a field at the top is of this command, and no node of a command's fields."""
    commands = list_commands((name,))
    is_node = name in COMMANDS and bool(known_fields((name,)))
    return name != "command" and not is_node and (commands is None or command in commands)


def _file_help(group: str) -> Iterator[str]:
    topic = FILES[group]
    yield topic.summary
    yield ""
    yield "Fields"
    yield from _table(_fields_of_file((group,), ()))
    yield ""
    yield "Example"
    yield textwrap.indent(topic.example, " " * INDENT)
    yield ""
    yield f"On the command line: {group}.FIELD=VALUE."


def _fields_of_file(path: KeyPath, shown: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield each field below `path` with its description, nested ones after their parent."""
    for name in known_fields(path):
        below = (*path, name)
        yield ".".join((*shown, name)), _describe(below)
        yield from _fields_of_file(below, (*shown, name))


def _describe(path: KeyPath) -> str:
    """Return the description of a field, with its values, its default, and whether it is required."""
    schema = find_schema(path) or {}
    text = str(schema.get("description", ""))
    values = [str(value) for value in schema.get("enum", ()) if value is not None]
    if values:
        text += f" Values: {', '.join(values)}."
    if path[-1] in (find_schema(path[:-1]) or {}).get("required", ()) and len(path) > 1:
        text += " Required."
    default: Any = read_default(path)
    is_shown = not isinstance(default, dict) or path[0] != "server"  # its parts have lines there
    if default not in (None, [], {}) and "${" not in str(default) and is_shown:
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
