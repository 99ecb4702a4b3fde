"""One call of the Python API: it runs a command, takes its turn, and gives its failure a report."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from registrar.commands import run_command
from registrar.config.mapping import job_from_mapping
from registrar.config.validation import validate_jobs
from registrar.errors import RegistrarError
from registrar.execution.interrupt import Interrupt
from registrar.registration import Result, raise_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Address", "list_names", "one_call", "run"]

Address: TypeAlias = str | Mapping[str, Any] | None
"""A server: a tracking URI, a mapping as in `configs/server/NAME.yaml`, or that of the environment."""

NO_HINTS: Mapping[str, str] = {}
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
