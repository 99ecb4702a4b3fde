"""What the verdicts of a plan forbid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.changes.plan import Plan

__all__ = ["gate_problems"]


def gate_problems(plan: Plan) -> Iterator[Problem]:
    """Yield a problem for each gate of a plan that fails and that nobody has allowed to fail."""
    for model in plan.models:
        for verdict in model.verdicts:
            if verdict.state == "fails" and verdict.kind != "rule":
                what = verdict.name if verdict.kind == "metric" else verdict.kind
                yield Problem(
                    "gate-failed",
                    f"{model.name}: the gate of the alias '{verdict.alias}' fails: {what}: "
                    f"{'; '.join(verdict.reasons)}",
                    f"Look at the plan. Allow it with allow_gates={verdict.alias} if it is meant.",
                )
