"""`apply`, `plan` and `check`: make a plan for the jobs, check it, and execute it.

`promote` and `register` use the parts with a plan of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registrar.changes.diff import diff
from registrar.changes.plan import Plan
from registrar.commands.desired import desired_models
from registrar.commands.rights import missing_rights, with_right_notes
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
from registrar.execution.execute import execute
from registrar.execution.open_executor import open_executor
from registrar.policy.protection import protection_problems
from registrar.registry import connect
from registrar.report import Outcome, Report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registrar.config.job import Job
    from registrar.execution.executor import Executor
    from registrar.execution.interrupt import Interrupt
    from registrar.state import Note

__all__ = ["carry_out", "make_plan", "run"]

DRIFT = 3  # the exit code of `check` where the registry differs from the configuration
REFUSED = RefusedError.exit_code
# The kind of an error that stands for several failures of one exit code, and the exit code that
# wins where several apply.
KINDS: dict[int, type[RegistrarError]] = {4: ServerError, 6: RefusedError, 2: ConfigError}


def run(jobs: Sequence[Job], interrupt: Interrupt) -> Report:
    """Make the plan for the jobs; for `apply`, execute it.

    Raises ConfigError with every source that cannot be found, ServerError, and RefusedError for a
    model that cannot be managed.
    """
    config = jobs[0].config
    with (
        connect(config["server"], writes=_writes(config), stop=interrupt.is_pending) as backend,
        open_executor(config, backend, interrupt) as executor,
    ):
        try:
            plan = make_plan(jobs, executor)
        except RefusedError as error:
            # What `apply` would refuse is drift; what the server refuses to tell is a failure.
            if config["command"] != "check" or isinstance(error, InvalidRequestError):
                raise
            return Report("check", DRIFT, error=error, notes=backend.notes)
        return carry_out(plan, config, executor, notes=backend.notes)


def make_plan(jobs: Sequence[Job], executor: Executor) -> Plan:
    """Return the plan for all jobs; nothing is written.

    Raises ConfigError with every source that cannot be found, RefusedError with every model that
    cannot be managed, ServerError.
    """
    registry = executor.backend.registry
    desired = desired_models(jobs, executor)
    observed = registry.observe_for(desired)
    missing: list[Problem] = []
    refused: list[Problem] = []
    plans = []
    for job, model in zip(jobs, desired, strict=True):
        try:
            plans.append(diff(job.name, model, observed.get(model.name), job.file))
        except RefusedError as error:
            refused += error.problems
        except ConfigError as error:
            missing += [job.locate(("model", "versions"), problem) for problem in error.problems]
    ConfigError.raise_for(missing)
    RefusedError.raise_for(refused)
    plan = Plan(registry.server, tuple(plans))
    if plan.uploaded_files:
        executor.backend.store.check_upload_target(plan.uploaded_files)
    return plan


def carry_out(
    plan: Plan,
    config: Mapping[str, Any],
    executor: Executor,
    *,
    notes: tuple[Note, ...],
) -> Report:
    """Execute the plan if the command writes and nothing forbids it, and return the report."""
    command = config["command"]
    refusal = _refusal(plan, config)
    if command == "check":
        in_sync = plan.in_sync and refusal is None
        return Report(command, 0 if in_sync else DRIFT, plan, notes=notes)
    if refusal is not None:
        return Report(command, refusal.exit_code, plan, error=refusal, notes=notes)
    missing = missing_rights(plan, executor.backend.registry)
    if not _writes(config):
        return Report(command, 0, with_right_notes(plan, missing), notes=notes)
    if missing:
        refusal = RefusedError(*(right.problem for right in missing))
        return Report(command, refusal.exit_code, plan, error=refusal, notes=notes)
    outcomes = execute(plan, executor)
    error = _error(outcomes, interrupted=executor.interrupt.pending)
    return Report(command, error.exit_code if error else 0, plan, outcomes, error, notes)


def _writes(config: Mapping[str, Any]) -> bool:
    """Return whether the command writes to the registry."""
    if config["command"] == "promote":
        return not config["promote"].get("dry_run", False)
    return bool(config["command"] == "apply")


def _refusal(plan: Plan, config: Mapping[str, Any]) -> RefusedError | None:
    """Return why the plan must not be executed: another plan was approved, or a guard forbids it."""
    checksum = config.get("checksum")
    if checksum is not None and checksum != plan.checksum:
        message = f"the checksum of the plan is {plan.checksum}, not {checksum}"
        hint = "The registry or the configuration has changed since: look at the plan again."
        return RefusedError(Problem("checksum-differs", message, hint))
    permissions = config.get("apply", {})
    problems = tuple(
        protection_problems(
            plan,
            allow_protected=permissions.get("allow_protected", ()),
            allow_takeover=permissions.get("allow_takeover", False),
        )
    )
    return RefusedError(*problems) if problems else None


def _error(outcomes: Sequence[Outcome], *, interrupted: bool) -> RegistrarError | None:
    """Return one error for everything that failed, or None.

    Its exit code is the first of these that applies:

    - 130: a signal came. The next run does what is left.
    - 1: a bug in registrar.
    - 5: something was written, or may have been, and the next run can finish the work.
    - 4: the server cannot be reached, or refuses the credentials.
    - 6: refused. The next run would be refused as well.
    - 2: what the configuration names does not exist, or cannot be used here.
    """
    failures = [outcome.error for outcome in outcomes if outcome.error is not None]
    problems = [problem for failure in failures for problem in failure.problems]
    if interrupted:
        is_done = not any(outcome.left for outcome in outcomes)
        message = "interrupted; all was done" if is_done else "interrupted; run it again to finish"
        return InterruptedRunError(Problem("interrupted", message), *problems)
    if not failures:
        return None
    for failure in failures:
        if isinstance(failure, BugError):
            bug = BugError(*problems)
            bug.__cause__ = failure.__cause__
            return bug
    written = any(outcome.done for outcome in outcomes)
    unknown = any(isinstance(failure, OutcomeUnknownError) for failure in failures)
    final = all(failure.exit_code == REFUSED for failure in failures)
    if (written or unknown) and not final:
        message = "Stopped midway; run it again to finish"
        return IncompleteError(Problem("incomplete", message), *problems)
    exit_codes = {failure.exit_code for failure in failures}
    kinds = {type(failure) for failure in failures}
    kind = kinds.pop() if len(kinds) == 1 else next(KINDS[n] for n in KINDS if n in exit_codes)
    return kind(*problems)
