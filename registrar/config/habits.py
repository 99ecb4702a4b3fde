"""Flags and commands of other tools: what to write here instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.config.quoting import redact
from registrar.config.schema import find_schema, known_fields
from registrar.config.short_forms import list_command_fields
from registrar.errors import Problem
from registrar.text import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.text import KeyPath

__all__ = ["explain_command", "explain_flag", "is_foreign_flag", "takes_word"]

# What other tools call a command.
COMMAND_WORDS = {
    "new": "init",
    "list": "show",
    "ls": "show",
    "get": "show",
    "describe": "show",
    "compare": "show",
    "diff": "plan",
    "preview": "plan",
    "status": "check",
    "lint": "validate",
    "register": "apply",
    "create": "apply",
    "update": "apply",
    "deploy": "apply",
    "sync": "apply",
    "export": "dump",
    "site": "catalogue",
    "catalog": "catalogue",
    "log": "history",
    "audit": "history",
    "pull": "dump",
    "remove": "delete",
    "rm": "delete",
    "destroy": "delete",
    "copy": "promote",
    "move": "promote",
}
# Flags of other tools, and what to write for each; `{value}` is the value of the flag.
FLAGS = {
    "--json": "output=json",
    "--output": "output={value}",
    "--format": "output={value}",
    "-o": "output={value}",
    "-v": "verbose=true",
    "--verbose": "verbose=true",
    "--debug": "verbose=true",
    "-f": "model={value}",
    "--file": "model={value}",
    "--all": "models=all",
    "-a": "models=all",
    "--shell-completion": "registrar completion bash",
    "-sc": "registrar completion bash",
}
DRY_RUN = {"--dry-run", "--dryrun", "-n"}
AGREEMENT = {"-y", "--yes", "--auto-approve", "--assume-yes"}
READ_ONLY = {"plan", "check", "validate", "show", "history", "verify", "evidence"}
OUTPUTS = {"-o", "--output", "--format"}
SWITCHES = {  # without a value
    *DRY_RUN,
    *AGREEMENT,
    *("--json", "--all", "-a", "-v", "--verbose", "--debug"),
}
OWN_FLAGS = {
    *("--help", "--hydra-help", "--cfg", "--resolve", "--package", "--run"),
    *(
        "--multirun",
        "--config-path",
        "--config-name",
        "--config-dir",
        "--info",
    ),
    *("-h", "-c", "-p", "-r", "-m", "-cp", "-cn", "-cd", "-i"),
}


def is_foreign_flag(flag: str) -> bool:
    """Return whether neither registrar nor Hydra has a flag; Hydra takes long ones abbreviated."""
    return flag not in OWN_FLAGS and not (
        flag.startswith("--") and any(own.startswith(flag) for own in OWN_FLAGS)
    )


def takes_word(flag: str, following: Sequence[str]) -> bool:
    """Return whether the word after a foreign flag is its value, and no word of its own."""
    if flag in SWITCHES or not following:
        return False
    is_known = flag in FLAGS or _find_field(flag, _all_fields()) is not None
    return is_known and not following[0].startswith("-") and "=" not in following[0]


def explain_command(word: str, commands: Sequence[str], first_steps: Sequence[str]) -> Problem:
    """Return the problem of a word that stands where a command is meant."""
    message = f"unknown command '{word}'"
    if word == "version":
        return Problem("unknown-command", message, "Write registrar --version.")
    if word in first_steps:
        message = f"{word} has to be the first word"
        return Problem("unknown-command", message, f"Write registrar {word}.")
    suggestion = COMMAND_WORDS.get(word) or nearest(word, [*commands, *first_steps])
    hint = f"A model is chosen with model={word}."
    if suggestion is None:
        hint = f"Commands: {', '.join(commands)}. {hint}"
    known = suggestion in commands
    return Problem("unknown-command", message, None if known else hint, suggestion=suggestion)


def explain_flag(flag: str, value: str, command: str) -> Problem:
    """Return the problem of a foreign flag, with what to write instead.

    A field of the configuration, or of the command, may stand as a flag by mistake.
    """
    hint = "--help after the command lists its fields."
    paths = [*list_command_fields(command), *((name,) for name in known_fields(()))]
    fields = {path[-1]: path for path in reversed(paths)}  # those of the command first
    if flag in DRY_RUN:
        hint = _explain_dry_run(command, has_field="dry_run" in fields)
    elif flag in AGREEMENT:
        hint = _explain_agreement(command, fields.get("yes"))
    elif flag == "--force" and command in {"apply", "plan", "check"}:
        hint = "Leave it out: a refusal names the field that allows it."
    elif flag == "-V":
        hint = "Write registrar --version."
    elif flag in OUTPUTS and value == "wide":  # as kubectl has it
        hint = "Write wide=true."
    elif flag in FLAGS:
        name = value.rpartition("/")[2].removesuffix(".yaml") or "NAME"
        hint = f"Write {FLAGS[flag].format(value=name)}."
    elif field := _find_field(flag, [path[-1] for path in paths]):
        is_switch = "boolean" in (find_schema(fields[field]) or {}).get("type", ())
        hint = f"Write {field}={value or ('true' if is_switch else 'VALUE')}."
    return Problem("invalid-flag", f"unknown flag {redact(flag)}", hint)


def _explain_dry_run(command: str, *, has_field: bool) -> str:
    """Return how to see what a command would do."""
    if has_field:
        return "Write dry_run=true."
    if command in READ_ONLY:
        return f"Leave it out: {command} writes nothing."
    match command:
        case "apply":
            return "Write plan in place of apply."
        case "delete":
            return "Leave it out: without yes=true, delete says what it would delete, and asks."
        case _:
            return f"{command} has no dry run."


def _explain_agreement(command: str, field: KeyPath | None) -> str:
    """Return how to answer a question before it is asked; few commands ask one."""
    if field is None or command in READ_ONLY:
        return f"Leave it out: {command} does not ask."
    if field[0] == command and command != "apply":
        return "Write yes=true."
    return f"Write yes=true where the server has confirm=true; else {command} does not ask."


def _find_field(flag: str, fields: list[str]) -> str | None:
    """Return the field that a flag such as `--created-after` names, or nearly names."""
    if not flag.startswith("--"):
        return None
    field = flag.removeprefix("--").replace("-", "_")
    return field if field in fields else nearest(field, fields)


def _all_fields() -> list[str]:
    roots = known_fields(())
    return [*roots, *(name for root in roots for name in known_fields((root,)))]
