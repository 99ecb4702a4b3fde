"""`evidence`: print what rules are judged on, for each declared version of the chosen models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.commands.failures import combine
from registrar.commands.planning import open_needed_copies, plan_changes
from registrar.commands.rule_verdicts import collect_documents, list_entries
from registrar.commands.version_evidence import EVERYTHING
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
        documents = collect_documents(entries, EVERYTHING, executor)
        payload = Evidence(plan.server, tuple(documents))
        notes = (*backend.notes, *jobs[0].notes)
    if plan.errors:
        failure = combine(plan.errors)
        code = failure.exit_code
        return Report("evidence", code, payload=payload, error=failure, notes=notes)
    return Report("evidence", payload=payload, notes=notes)
