"""Run a command for the Python API. Calls wait for each other; an error carries the report."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from registrar.commands import run_command
from registrar.config.command_nodes import read_default
from registrar.config.mapping import job_from_mapping
from registrar.config.validation import validate_jobs
from registrar.errors import RegistrarError
from registrar.execution.interrupt import Interrupt
from registrar.registration import Result, raise_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "ANY_URI",
    "Address",
    "list_names",
    "one_call",
    "run",
    "run_with_fields",
    "version_fields",
]

Address: TypeAlias = str | Mapping[str, Any] | None
"""A server: a tracking URI, a mapping as in `configs/server/NAME.yaml`, or that of the environment."""

ANY_URI = "models:/m-any"  # the schema requires a URI, also where none is used
NO_HINTS: Mapping[str, str] = {}
NO_OPTIONS: Mapping[str, Any] = {}
# What to do where the hints of the command line name the fields of a command.
HINTS = {
    "protected-alias": "Allow it with the argument allow_protected.",
    "gate-failed": "Allow it with the argument allow_gates if it is meant.",
    "rule-broken": "Correct it, or give the name of the rule to the argument waive.",
    "not-confirmed": "Nobody is asked here: give the server without confirm.",
    "other-owner": "Change the model there, or take it over with allow_takeover=True.",
    "alias-in-use": "Move them first, or delete them as well with force=True.",
    "same-target": "Give it another name with target=..., or another server with to=....",
    "occupied-folder": "Name another folder, or replace all that is in it with force=True.",
    "file-exists": "Name another folder, or overwrite them with force=True.",
}
_turns = threading.RLock()


def list_names(names: str | Sequence[str] | None) -> list[str]:
    """Return names as a list; a text is one name."""
    return [names] if isinstance(names, str) else list(names or ())


@contextlib.contextmanager
def one_call(command: str, hints: Mapping[str, str] = NO_HINTS) -> Iterator[None]:
    """Wait for the other calls of this process, and give each failure its report.

    MLflow's settings (its server, its timeouts) belong to the process. So calls take turns, and
    each leaves the settings as they were. `hints` name arguments where those of the command line
    name fields, by the code of the problem.
    """
    try:
        with _turns:
            yield
    except RegistrarError as error:
        error.give_hints(hints)
        if error.report is None:
            error.report = Result(command, error.exit_code, error=error)
        raise


def run(
    config: Mapping[str, Any],
    command: str,
    server: Address = None,
    hints: Mapping[str, str] = NO_HINTS,
) -> Result:
    """Run a command of the command line, and return its result; raise its error, with `hints`."""
    with one_call(command, hints):
        job = job_from_mapping(config, command, server)
        validate_jobs([job])
        result = run_command([job], Interrupt())
        raise_error(result)
        return result


def run_with_fields(
    command: str,
    fields: Mapping[str, Any],
    server: Address,
    options: Mapping[str, Any] = NO_OPTIONS,
) -> Result:
    """Run a command with these fields and the defaults of the others; raise its error.

    `options` are fields of several commands; None is none.
    """
    config = {key: value for key, value in options.items() if value is not None}
    config |= {"command": command, command: {**read_default((command,)), **fields}}
    return run(config, command, server, HINTS)


def version_fields(version: int | str | None) -> dict[str, Any]:
    """Return the field of a version's number, or of its alias with or without `@`."""
    if isinstance(version, str) and not version.isdecimal():
        return {"alias": version.removeprefix("@")}
    return {"version": int(version) if isinstance(version, str) else version}
