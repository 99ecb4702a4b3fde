"""Python has what the command line has: each field of a command is an argument of its function."""

from __future__ import annotations

import inspect

import pytest

import registrar
from registrar.config.arguments import COMMANDS
from registrar.config.schema import known_fields, list_commands
from registrar.config.short_forms import list_command_fields

# Field -> argument, where the names differ: `as` is a word of Python, `dir` a function.
NAMES = {"as": "target", "dir": "folder", "alias": "version"}
# Arguments that are a part of a field.
PARTS = {"gates": "model"}
# Fields without an argument, and why.
LEFT_OUT = {
    "command": "the function is the command",
    "model": "the argument is a model",
    "models": "one call is for one model",
    "since": "chooses among files",
    "undeclared": "compares with files",
    "output": "a Result is all formats",
    "report": "a Result is all formats",
    "verbose": "the logger `registrar`",
    "plan": "a Result holds its plan",
    "yes": "nobody is asked",
    "servers": "needs the files of servers",
    "executor": "how the work is spread",
    "parallelism": "how the work is spread",
    "allow_mass": "is for many models",
    "allow_gates": "gates are in the file of a model",
    "limits": "are for many models",
    "waive": "rules are in the files of a policy",
    "policy": "another checkout is for files",
}
# Commands whose function takes a whole configuration, or that have none.
OF_CONFIGURATIONS = {"apply", "evidence", "plan", "validate"}
WITHOUT_FUNCTION = {"check": "registrar.plan(...).in_sync", "pin": "writes into files"}


@pytest.mark.parametrize("command", COMMANDS)
def test_each_field_of_a_command_is_an_argument(command: str) -> None:
    if command in WITHOUT_FUNCTION:
        assert command not in registrar.__all__
        return
    arguments = set(inspect.signature(getattr(registrar, command)).parameters)
    if command in OF_CONFIGURATIONS:
        assert arguments == {"config"}
        return
    own = [field for _, field in list_command_fields(command)]
    common = [
        field
        for field in known_fields(())
        if field not in COMMANDS and command in (list_commands((field,)) or COMMANDS)
    ]

    missing = {
        field for field in (*own, *common) if not {field, NAMES.get(field, field)} & arguments
    } - LEFT_OUT.keys()

    assert missing == set()
    known = {name for field in (*own, *common) for name in (field, NAMES.get(field, field))}
    assert {PARTS.get(argument, argument) for argument in arguments} <= known


def test_no_reason_is_outdated() -> None:
    fields = {field for command in COMMANDS for _, field in list_command_fields(command)}
    assert LEFT_OUT.keys() <= {*fields, *known_fields(())}
