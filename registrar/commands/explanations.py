"""What a plan says beside its changes: why a version is new, and what an alias that moves changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.changes.changes import CreateVersion, SetAlias

if TYPE_CHECKING:
    from registrar.changes.plan import Plan
    from registrar.execution.executor import Executor

__all__ = ["explain"]


def explain(plan: Plan, executor: Executor) -> Plan:
    """Return the plan with explanations; most runs change nothing, and load nothing for it."""
    if any(isinstance(change, CreateVersion) for change in plan.changes):
        from registrar.commands.version_differences import with_version_differences

        plan = with_version_differences(plan, executor)
    if any(isinstance(change, SetAlias) and change.before for change in plan.changes):
        from registrar.policy.alias_signatures import with_signature_changes

        plan = with_signature_changes(plan)
    return plan
