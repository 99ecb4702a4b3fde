"""Look at a model again, before the first write to it and after the last one.

MLflow has no conditional write. So a change is made only where the model still has the value that
the plan saw, and afterwards the model has to be as it was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.changes.change_status import check_changes, find_unmet
from registrar.changes.changes import CreateModel, CreateVersion, DeleteVersion, SetTag
from registrar.errors import IncompleteError, Problem, RefusedError
from registrar.policy.protection import new_protection_problems, owner_problems
from registrar.report.wording import describe_field, display
from registrar.state import OWNER_TAG

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from registrar.changes.change_status import ChangeStatus
    from registrar.changes.changes import Change
    from registrar.changes.plan import ModelPlan
    from registrar.registry import Registry
    from registrar.state import ObservedModel

__all__ = ["check_result", "explain_stale", "look_again"]

PLAN_AGAIN = "Find out who changed it, then plan again."
# MLflow reads a version first and its tags then. So a version that is deleted between the two looks
# changed, and only a second look tells.
LOOKS = 2


def look_again(
    plan: ModelPlan, registry: Registry
) -> tuple[tuple[ChangeStatus, ...], ObservedModel | None]:
    """Read the model again; return for each of its changes whether it is done or open, and the model.

    Raises RefusedError where a change is stale, or where the model has got another owner or a
    protected alias that the plan moves, and ServerError.
    """
    for _ in range(LOOKS):
        observed = _read(plan, registry)
        statuses = check_changes(plan.changes, observed)
        if all(status.state != "stale" for status in statuses):
            break
    RefusedError.raise_for(_new_owner(plan, observed))
    RefusedError.raise_for(new_protection_problems(plan, observed) if observed else ())
    RefusedError.raise_for(explain_stale(plan.name, statuses, observed))
    return statuses, observed


def check_result(plan: ModelPlan, changes: Sequence[Change], registry: Registry) -> None:
    """Raise IncompleteError where the model is not as the changes, all made, have left it."""
    for _ in range(LOOKS):
        observed = _read(plan, registry)
        if observed is None:
            message = f"{plan.name}: another run deleted it while this one changed it"
            raise IncompleteError(Problem("changed-meanwhile", message, PLAN_AGAIN))
        unmet = find_unmet(changes, observed)
        if not unmet:
            break
    else:
        fields = ", ".join(describe_field(status.change) for status in unmet)
        message = f"{plan.name}: another run changed these fields meanwhile: {fields}"
        raise IncompleteError(Problem("changed-meanwhile", message, PLAN_AGAIN))


def _read(plan: ModelPlan, registry: Registry) -> ObservedModel | None:
    return registry.observe_for([plan.desired]).get(plan.name)


def _new_owner(plan: ModelPlan, observed: ObservedModel | None) -> Iterable[Problem]:
    """Return the problem of a model that somebody else has taken over since the plan was made."""
    before = plan.observed.owner if plan.observed is not None else None
    sets_owner = any(isinstance(c, SetTag) and c.key == OWNER_TAG for c in plan.changes)
    if observed is None or sets_owner or observed.owner == before:
        return ()
    return owner_problems(observed, plan.desired.owner)


def explain_stale(
    name: str, statuses: Iterable[ChangeStatus], observed: ObservedModel | None
) -> list[Problem]:
    """Return a problem for each field that somebody else has changed since the plan was made."""
    stale = [status for status in statuses if status.state == "stale"]
    if stale and observed is None:
        message = f"{name} has been deleted since the plan was made"
        return [Problem("stale-change", message, PLAN_AGAIN)]
    return [Problem("stale-change", f"{name}: {_explain(f)}", PLAN_AGAIN) for f in stale]


def _explain(status: ChangeStatus) -> str:
    found = "not there" if status.found is None else display(status.found)
    match status.change:
        case CreateModel():
            return f"somebody else has created it since the plan was made, with {found} in a field"
        case CreateVersion():
            return f"version {found} has the same content, but another description, metadata or metrics"
        case DeleteVersion():
            return f"version {found} is no duplicate any more; somebody has changed it"
        case _:
            field = describe_field(status.change)
            return f"{field} is {found} now; somebody has changed it since the plan was made"
