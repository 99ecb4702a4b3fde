"""`apply`, `plan` and `check`: locate, observe, diff, guard, execute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registrar.errors import (
    ConfigError,
    IncompleteError,
    InterruptedRunError,
    OutcomeUnknownError,
    Problem,
    RefusedError,
    RegistrarError,
)
from registrar.execution.open_executor import open_executor
from registrar.report import Outcome, Report
from registrar.state import Plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registrar.config.job import Job
    from registrar.execution.executor import Executor
    from registrar.execution.interrupt import Interrupt

__all__ = ["carry_out", "make_plan", "run"]


def run(jobs: Sequence[Job], interrupt: Interrupt) -> Report:
    """The registry matches the jobs' configuration, or what that would change is reported."""
    from registrar.registry import connect

    config = jobs[0].config
    with (
        connect(config["server"], writes=_writes(config)) as backend,
        open_executor(config, backend, interrupt) as executor,
    ):
        return carry_out(make_plan(jobs, executor), config, executor, notes=backend.notes)


def carry_out(
    plan: Plan,
    config: Mapping[str, Any],
    executor: Executor,
    *,
    notes: tuple[str, ...],
) -> Report:
    """The plan is executed, where the command writes and checksum and guards hold; reported."""
    command = config["command"]
    checksum = config.get("checksum")
    if checksum is not None and checksum != plan.checksum:
        message = f"the plan's checksum is {plan.checksum}, not {checksum}"
        hint = "The registry or the configuration changed since; look at the plan again."
        error = RefusedError(Problem("todo", message, hint))
        return Report(command, error.exit_code, plan, error=error, notes=notes)
    refusal = _guarded(plan, config.get("apply", {}))
    if refusal is not None and command != "check":
        return Report(command, refusal.exit_code, plan, error=refusal, notes=notes)
    if not _writes(config):
        drift = command == "check" and not plan.in_sync
        return Report(command, 3 if drift else 0, plan, notes=notes)
    from registrar.execution.execute import execute

    outcomes = execute(plan, executor)
    return _applied(command, plan, outcomes, notes, interrupted=executor.interrupt.pending)


def _writes(config: Mapping[str, Any]) -> bool:
    """Whether the command does more than to report the plan."""
    if config["command"] == "promote":
        return not config["promote"].get("dry_run", False)
    return bool(config["command"] == "apply")


def make_plan(jobs: Sequence[Job], executor: Executor) -> Plan:
    """The plan for all jobs. Raises ConfigError with every source that can not be found."""
    from registrar.changes.diff import diff
    from registrar.commands.desired import desired_models

    registry = executor.backend.registry
    desired = desired_models(jobs, executor)
    missing: list[Problem] = []
    observed = registry.observe_for(desired)
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
    if any(change.uploads for plan in plans for change in plan.changes):
        executor.backend.store.check_upload_target()
    return Plan(registry.server, tuple(plans))


def _guarded(plan: Plan, allowed: Mapping[str, Any]) -> RefusedError | None:
    """The refusal of a plan that needs a permission it was not given, or None."""
    from registrar.policy import protection

    refused = tuple(
        protection.problems(
            plan,
            allow_protected=allowed.get("allow_protected", ()),
            allow_takeover=allowed.get("allow_takeover", False),
        )
    )
    return RefusedError(*refused) if refused else None


def _applied(
    command: str,
    plan: Plan,
    outcomes: tuple[Outcome, ...],
    notes: tuple[str, ...],
    *,
    interrupted: bool,
) -> Report:
    """The report of a command that wrote, with the exit code of what happened to it as a whole."""
    failures = [outcome.error for outcome in outcomes if outcome.error is not None]
    error: RegistrarError | None = None
    if interrupted:
        left = any(outcome.left for outcome in outcomes)
        message = "interrupted; run it again to finish" if left else "interrupted; all was done"
        error = InterruptedRunError(Problem("todo", message))
    elif failures:
        error = _failure(failures, written=any(outcome.done for outcome in outcomes))
    return Report(command, error.exit_code if error else 0, plan, outcomes, error, notes)


def _failure(failures: Sequence[RegistrarError], *, written: bool) -> RegistrarError:
    """One error for all: what kind it is depends on whether the registry is as it was."""
    problems = [problem for failure in failures for problem in failure.problems]
    if all(type(failure) is RefusedError for failure in failures):
        return RefusedError(*problems)
    unsure = any(isinstance(failure, OutcomeUnknownError) for failure in failures)
    kinds = {failure.exit_code: type(failure) for failure in failures}
    if not written and not unsure and len(kinds) == 1:
        return kinds[failures[0].exit_code](*problems)
    return IncompleteError(*problems, Problem("todo", "Stopped midway; run it again to finish"))
