"""Execute a plan: perform each change in its order, model by model.

A failure of one model does not stop the others; a server that cannot be reached does.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from registrar import progress
from registrar.changes.changes import CreateVersion
from registrar.changes.duplicates import duplicates
from registrar.errors import InvalidRequestError, RegistrarError, ServerError, UnreachableError
from registrar.execution.model_execution import ModelExecution
from registrar.report import Outcome
from registrar.state import DesiredModel, DesiredVersion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registrar.changes.plan import ModelPlan, Plan
    from registrar.execution.executor import Executor
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend, Registry

__all__ = ["execute"]


def execute(plan: Plan, executor: Executor) -> tuple[Outcome, ...]:
    """Perform the changes of a plan, and return what became of each model, in the plan's order.

    Failures and interrupts are recorded in the outcomes, not raised.
    """
    interrupt = executor.interrupt
    interrupt.hold()
    outcomes = [_not_started(model, model.error) for model in plan.models]
    pending = [index for index, model in enumerate(plan.models) if model.changes]
    lost = False
    try:
        with (
            progress.step("applying", len(pending)),
            progress.step("uploading", unit="B"),
            progress.step("downloading", unit="B"),  # what is read back
        ):
            models = [plan.models[index] for index in pending]
            results = executor.run_each(
                execute_model, models, stop=lambda: lost or interrupt.pending
            )
            for position, result in results:
                index = pending[position]
                outcomes[index] = (
                    _not_started(plan.models[index], result)
                    if isinstance(result, RegistrarError)
                    else result
                )
                lost = lost or _is_lost(outcomes[index].error)
                progress.advance("applying")
        if executor.cluster is not None:
            remove_late_duplicates(outcomes, executor.backend.registry)
    except KeyboardInterrupt:  # a second signal: do not wait for the models that are under way
        interrupt.pending = True
    return tuple(outcomes)


def execute_model(backend: Backend, interrupt: Interrupt, plan: ModelPlan) -> Outcome:
    """Perform the changes of one model, up to the first that fails."""
    return ModelExecution(plan, backend.registry, backend.store, interrupt).run()


def remove_late_duplicates(outcomes: Iterable[Outcome], registry: Registry) -> None:
    """Delete the duplicates that workers created whose connection was lost.

    The last request of a lost worker may arrive after its replacement has looked. Where this fails,
    the next run deletes the duplicate.
    """
    created: dict[str, list[DesiredVersion]] = {}
    for outcome in outcomes:
        for change in outcome.done:
            if isinstance(change, CreateVersion):
                versions = created.setdefault(outcome.plan.name, [])
                versions.append(DesiredVersion(change.source))
    models = [DesiredModel(name, versions=tuple(created[name])) for name in created]
    with contextlib.suppress(ServerError, InvalidRequestError):
        observed = registry.observe_for(models)
        for name, versions in created.items():
            for version in versions if name in observed else ():
                for duplicate in duplicates(version.digest, observed[name].versions):
                    registry.delete_version(name, duplicate.number)


def _is_lost(error: RegistrarError | None) -> bool:
    """Return whether a model has failed because nobody can reach the server."""
    problems = () if error is None else error.problems
    is_unreachable = any(problem.code == UnreachableError.code for problem in problems)
    return is_unreachable or isinstance(error, UnreachableError)


def _not_started(plan: ModelPlan, error: RegistrarError | None = None) -> Outcome:
    return Outcome(plan, left=plan.changes, error=error)
