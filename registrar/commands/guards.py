"""The guards of a plan: why nothing of it may be executed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registrar.errors import Problem, RefusedError
from registrar.policy.protection import protection_problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from registrar.changes.plan import Plan

__all__ = ["find_guard_refusal", "find_refusal"]


def find_refusal(plan: Plan, config: Mapping[str, Any]) -> RefusedError | None:
    """Return why the plan may not be executed: it is another one, a guard forbids it, it is too large."""
    return (
        _refuse_other_plan(plan, config)
        or find_guard_refusal(plan)
        or _refuse_mass_change(plan, config)
    )


def _refuse_other_plan(plan: Plan, config: Mapping[str, Any]) -> RefusedError | None:
    """Return the refusal of a plan that is not the one with the given checksum."""
    checksum = config.get("checksum")
    if checksum is None or checksum == plan.checksum:
        return None
    message = f"the checksum of the plan is {plan.checksum}, not {checksum}"
    hint = "The registry or the configuration has changed since: look at the plan again."
    return RefusedError(Problem("checksum-differs", message, hint))


def find_guard_refusal(plan: Plan) -> RefusedError | None:
    """Return why a guard forbids to execute the plan, if one does."""
    problems = [
        *protection_problems(
            plan,
            allow_protected=plan.allowances.protected,
            allow_takeover=plan.allowances.takeover,
        ),
        *_find_verdict_problems(plan),
    ]
    return RefusedError(*problems) if problems else None


def _find_verdict_problems(plan: Plan) -> Iterable[Problem]:
    """Return a problem for each gate and rule that fails."""
    if not any(model.verdicts for model in plan.models):
        return ()
    from registrar.policy.verdict_problems import find_verdict_problems  # most plans have none

    return find_verdict_problems(plan)


def _refuse_mass_change(plan: Plan, config: Mapping[str, Any]) -> RefusedError | None:
    """Return why a plan changes too much at once, if it does."""
    if plan.allowances.mass or not plan.changes or config["command"] == "promote":
        return None
    from registrar.policy.limits import Limits, mass_problems  # most runs change nothing

    problems = tuple(mass_problems(plan, Limits.parse(config.get("limits", {}))))
    return RefusedError(*problems) if problems else None
