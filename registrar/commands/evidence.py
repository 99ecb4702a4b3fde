"""`evidence`: print what rules are judged on, for each declared version of the chosen models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.commands.collect_evidence import collect_evidence
from registrar.commands.failures import combine
from registrar.commands.planning import open_needed_copies, plan_changes
from registrar.commands.rule_verdicts import describe_entry, list_entries
from registrar.execution.open_executor import open_executor
from registrar.registry import connect
from registrar.report import Report
from registrar.report.results import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.config.job import Job
    from registrar.execution.interrupt import Interrupt

__all__ = ["run"]


def run(jobs: Sequence[Job], interrupt: Interrupt) -> Report:
    """Return the documents of evidence of all declared versions, as the plan would leave them.

    Raises ConfigError with every source that cannot be found, ServerError, and RefusedError for a
    model that cannot be managed.
    """
    config = jobs[0].config
    with (
        connect(config["server"], writes=False, plans=True, stop=interrupt.is_pending) as backend,
        open_executor(config, backend, interrupt) as executor,
        open_needed_copies(jobs, executor) as copies,
    ):
        plan = plan_changes(jobs, executor, copies)
        entries = [
            entry for model in plan.models if model.error is None for entry in list_entries(model)
        ]
        known = collect_evidence((side for entry in entries for side in entry.sides), executor)
        documents = [describe_entry(entry, known) for entry in entries]
        payload = Evidence(plan.server, tuple(documents))
        notes = (*backend.notes, *jobs[0].notes)
    error = combine(plan.errors) if plan.errors else None
    code = 0 if error is None else error.exit_code
    return Report("evidence", code, payload=payload, error=error, notes=notes)
