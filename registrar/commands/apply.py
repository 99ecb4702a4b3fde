"""`apply`, `plan` and `check`: make a plan for the jobs, check it, and execute it.

`promote` and `register` use the parts with a plan of their own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from registrar.commands.explanations import explain
from registrar.commands.guards import find_guard_refusal, find_refusal
from registrar.commands.planning import make_plan, open_needed_copies
from registrar.errors import InvalidRequestError, RefusedError
from registrar.execution.open_executor import open_executor
from registrar.registry import connect
from registrar.report import Report
from registrar.state import Note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registrar.changes.plan import Plan
    from registrar.commands.approved_plans import Approval
    from registrar.commands.copies import Copies
    from registrar.config.job import Job
    from registrar.execution.executor import Executor
    from registrar.execution.interrupt import Interrupt

__all__ = ["carry_out", "run"]

DRIFT = 3  # the exit code of `check` where the registry differs from the configuration


def run(jobs: Sequence[Job], interrupt: Interrupt) -> Report:
    """Make the plan for the jobs; for `apply`, execute it.

    Raises ConfigError with every source that cannot be found, ServerError, and RefusedError for a
    model that cannot be managed.
    """
    config = jobs[0].config
    approved = None
    if config.get("plan") is not None:
        from registrar.commands.approved_plans import approve, read_approved_plan

        approved = read_approved_plan(config)
    with (
        connect(
            config["server"], writes=_writes(config), plans=True, stop=interrupt.is_pending
        ) as backend,
        open_executor(config, backend, interrupt) as executor,
        open_needed_copies(jobs, executor) as copies,
    ):
        try:
            allowances = None if approved is None else approved.allowances
            plan = make_plan(jobs, executor, copies, allowances=allowances)
        except RefusedError as error:
            # What `apply` would refuse is drift; what the server refuses to tell is a failure.
            if config["command"] != "check" or isinstance(error, InvalidRequestError):
                raise
            return Report("check", DRIFT, error=error, notes=backend.notes)
        if approved is not None:
            notes = (*backend.notes, *_outside_notes(jobs))
            approval = approve(approved, plan)
            return _carry_out_approved(approval, config, executor, notes, copies)
        notes = (*backend.notes, *jobs[0].notes)
        if config.get("models") == "all" and not _writes(config):
            from registrar.commands.undeclared_models import undeclared_notes

            notes += undeclared_notes(jobs, backend.registry)
        report = carry_out(plan, config, executor, notes=notes, copies=copies)
    if config.get("out") is None or report.error is not None:
        return report
    from registrar.changes.plan_document import plan_to_document
    from registrar.config.plan_file import write_plan_file

    write_plan_file(config["out"], plan_to_document(report.plan or plan, report.notes))
    return replace(report, notes=(*report.notes, Note("plan-written", config["out"])))


def carry_out(
    plan: Plan,
    config: Mapping[str, Any],
    executor: Executor,
    *,
    notes: tuple[Note, ...],
    copies: Copies | None = None,
) -> Report:
    """Execute the plan if the command writes and nothing forbids it, and return the report.

    `copies` downloads what the plan takes from other servers.
    """
    command = config["command"]
    plan = explain(plan, executor)
    refusal = find_refusal(plan, config)
    if plan.errors and not (command == "apply" or refusal):
        from registrar.commands.failures import combine

        failure = combine(plan.errors)
        return Report(command, failure.exit_code, plan, error=failure, notes=notes)
    if command == "check":
        in_sync = plan.in_sync and refusal is None
        return Report(command, 0 if in_sync else DRIFT, plan, notes=notes)
    if refusal is not None:
        return Report(command, refusal.exit_code, plan, error=refusal, notes=notes)
    # `check` needs none of these, and is to be quick.
    from registrar.commands.failures import find_error
    from registrar.commands.rights import missing_rights, with_right_notes

    missing = missing_rights(plan, executor.backend)
    if not _writes(config):
        return Report(command, 0, with_right_notes(plan, missing), notes=notes)
    if missing:
        refusal = RefusedError(*(right.problem for right in missing))
        return Report(command, refusal.exit_code, plan, error=refusal, notes=notes)
    from registrar.commands.confirmation import refuse_unconfirmed
    from registrar.execution.execute import execute
    from registrar.provenance import with_provenance

    refusal = refuse_unconfirmed(plan, config)
    if refusal is not None:
        return Report(command, refusal.exit_code, plan, error=refusal, notes=notes)

    if copies is not None:
        plan, executor = copies.fetch(plan, executor)
    outcomes = execute(with_provenance(plan, plan.checksum), executor)
    error = find_error(
        outcomes,
        interrupted=executor.interrupt.pending,
        can_repeat=config.get("checksum") is None,
    )
    return Report(command, error.exit_code if error else 0, plan, outcomes, error, notes)


def _carry_out_approved(
    approval: Approval,
    config: Mapping[str, Any],
    executor: Executor,
    notes: tuple[Note, ...],
    copies: Copies | None,
) -> Report:
    """Execute what an approved plan has left to do, and return the report."""
    from registrar.commands.confirmation import refuse_unconfirmed
    from registrar.commands.failures import find_error
    from registrar.commands.rights import missing_rights
    from registrar.execution.execute import execute
    from registrar.provenance import needs_provenance, with_provenance

    command, plan = config["command"], approval.printed_plan
    refusal = find_guard_refusal(approval.needed)
    missing = missing_rights(approval.needed, executor.backend)
    if refusal is None and missing:
        refusal = RefusedError(*(right.problem for right in missing))
    if refusal is None:
        refusal = refuse_unconfirmed(approval.needed, config)
    if refusal is not None:
        return Report(command, refusal.exit_code, plan, error=refusal, notes=notes)
    to_make = approval.plan
    if needs_provenance(approval.needed):
        to_make = with_provenance(to_make, approval.approved.checksum)
    if copies is not None:
        to_make, executor = copies.fetch(to_make, executor)
    outcomes = approval.merge(execute(to_make, executor))
    error = find_error(
        outcomes,
        interrupted=executor.interrupt.pending,
        can_repeat=True,
        unplanned=(*approval.unplanned, *to_make.errors),
    )
    code = error.exit_code if error else 0
    return Report(command, code, plan, outcomes, error, (*notes, *approval.notes))


def _outside_notes(jobs: Sequence[Job]) -> tuple[Note, ...]:
    """Return the note on configurations that a plan file does not have, if there are any."""
    planned = {job.name for job in jobs if "model" in job.config}
    count = len({*jobs[0].known_models} - planned)
    return (Note("outside-plan", values={"count": count}),) if count else ()


def _writes(config: Mapping[str, Any]) -> bool:
    """Return whether the command writes to the registry."""
    if config["command"] == "promote":
        return not config["promote"].get("dry_run", False)
    return bool(config["command"] == "apply")
