"""One error for everything that failed while a plan was executed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.errors import (
    BugError,
    ConfigError,
    IncompleteError,
    InterruptedRunError,
    InvalidRequestError,
    OutcomeUnknownError,
    Problem,
    RefusedError,
    RegistrarError,
    ServerError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from registrar.report import Outcome

__all__ = ["combine", "explain_final_stop", "find_error"]

# The kind of an error that stands for several failures of one exit code, and the exit code that
# wins where several apply.
KINDS: dict[int, type[RegistrarError]] = {4: ServerError, 6: RefusedError, 2: ConfigError}
USE_A_FILE = (
    "Less is left now than the checksum covers, so the same command would be refused. Plan again "
    "with out=plan.json, and apply with plan=plan.json, which can be repeated."
)


def find_error(
    outcomes: Sequence[Outcome],
    *,
    interrupted: bool,
    can_repeat: bool,
    unplanned: Iterable[RegistrarError] = (),
) -> RegistrarError | None:
    """Return one error for everything that failed, or None.

    Its exit code is the first of these that applies:

    - 130: a signal came. The next run does what is left.
    - 1: a bug in registrar.
    - 5: something was written, or may have been, and the next run can finish the work.
    - 4: the server cannot be reached, refuses the credentials, or is none of MLflow's.
    - 6: refused. The next run would be refused as well.
    - 2: what the configuration names does not exist, or cannot be used here; nothing was written.

    A model that has no plan, because nobody could look at its source, stops nothing midway; the
    errors of such models that had an approved plan are `unplanned`. `can_repeat` says that the same
    command does what is left.
    """
    no_plan = {id(error) for error in (*unplanned, *(outcome.plan.error for outcome in outcomes))}
    failures = [outcome.error for outcome in outcomes if outcome.error is not None]
    problems = [problem for failure in failures for problem in failure.problems]
    if interrupted:
        is_done = not any(outcome.left for outcome in outcomes)
        if is_done:
            return InterruptedRunError(
                Problem("interrupted", "interrupted; all was done"), *problems
            )
        stopped = _explain_stop("interrupted", "interrupted", can_repeat=can_repeat)
        return InterruptedRunError(stopped, *problems)
    if not failures:
        return None
    for failure in failures:
        if isinstance(failure, BugError):
            bug = BugError(*problems)
            bug.__cause__ = failure.__cause__
            return bug
    written = any(outcome.made for outcome in outcomes)
    unknown = any(isinstance(failure, OutcomeUnknownError) for failure in failures)
    others = [failure for failure in failures if not isinstance(failure, IncompleteError)]
    final = all(failure.is_final or id(failure) in no_plan for failure in others)
    if (written or unknown) and not final:
        stopped = _explain_stop("incomplete", "Stopped midway", can_repeat=can_repeat)
        return IncompleteError(stopped, *problems)
    if len(others) < len(failures):  # the next run would undo what another run has done
        return IncompleteError(*problems)
    error = combine(failures)
    midway = [failure for failure in failures if id(failure) not in no_plan]
    if not written or all(_is_explained(failure) for failure in midway):
        return error
    # Exit code 2 says that nothing was written.
    kind = type(error) if error.exit_code != ConfigError.exit_code else RefusedError
    return kind(explain_final_stop(can_repeat=can_repeat), *error.problems)


def combine(errors: Sequence[RegistrarError]) -> RegistrarError:
    """Return one error for several of which each stopped one model before anything was written."""
    exit_codes = {error.exit_code for error in errors}
    kinds = {type(error) for error in errors}
    kind = kinds.pop() if len(kinds) == 1 else next(KINDS[n] for n in KINDS if n in exit_codes)
    return kind(*(problem for error in errors for problem in error.problems))


def explain_final_stop(*, can_repeat: bool) -> Problem:
    """Return the problem of a run that stopped midway, where another run would stop as well."""
    hint = "When the problem is solved, the same command makes the changes that are left."
    message = "Stopped midway, and running it again stops at the same place"
    return Problem("stopped-for-good", message, hint if can_repeat else USE_A_FILE)


def _is_explained(failure: RegistrarError) -> bool:
    """Return whether a failure is a guard of registrar, whose hint says how to go on."""
    return isinstance(failure, RefusedError) and not isinstance(failure, InvalidRequestError)


def _explain_stop(code: str, message: str, *, can_repeat: bool) -> Problem:
    if can_repeat:
        return Problem(code, f"{message}; run it again to finish")
    return Problem(code, message, USE_A_FILE)
