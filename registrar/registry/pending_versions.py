"""Waiting for versions that the server is still making.

MLflow's own stores make a version in one step. Others give it the status PENDING_REGISTRATION first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from registrar.changes.readiness import explain_not_ready
from registrar.errors import IncompleteError, InvalidRequestError, Problem
from registrar.log import log_wait, warn_of_wait

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from registrar.registry.retry import Retry
    from registrar.state import ObservedVersion

__all__ = ["check_created", "wait_while_pending"]

T = TypeVar("T")

FIRST_PAUSE = 0.2  # seconds before the second look; each further one is twice as long
MAX_PAUSE = 1.0
LONG_WAIT = 2.0  # seconds after which a person is told what the run waits for


def wait_while_pending(
    retry: Retry,
    value: T,
    find_pending: Callable[[T], Sequence[tuple[str, ObservedVersion]]],
    read: Callable[[T], T],
) -> T:
    """Return `value`, read again until it holds no version that the server is still making.

    `find_pending` returns those versions, each with the name of its model; `read` reads the value
    again. After `retry.timeout` seconds, or once the run is stopped, the wait ends all the same.
    """
    start = retry.clock()
    pause = FIRST_PAUSE
    has_warned = False
    while pending := find_pending(value):
        spent = retry.clock() - start
        if retry.stop() or spent + pause > retry.timeout:
            break
        reason = explain_not_ready(*pending[0]).message
        log_wait(reason, pause)
        if spent + pause > LONG_WAIT and not has_warned:
            has_warned = True
            warn_of_wait(reason, retry.timeout)
        retry.sleep(pause)
        pause = min(pause * 2, MAX_PAUSE)
        value = read(value)
    return value


def check_created(name: str, version: ObservedVersion) -> None:
    """Raise an error where a version that was created cannot be used.

    That is IncompleteError where the server is still making it, else InvalidRequestError.
    """
    if version.is_ready:
        return
    problem = explain_not_ready(name, version)
    if version.is_pending:
        hint = "Run the same command again: it waits for this version, and creates no second one."
        raise IncompleteError(Problem(problem.code, problem.message, hint))
    hint = "The server's log may say why. Another run creates another version."
    raise InvalidRequestError(Problem(problem.code, problem.message, hint))
