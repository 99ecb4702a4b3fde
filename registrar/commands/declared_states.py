"""Whether the registry is as the chosen configurations want it, for the marks of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from registrar.commands.planning import plan_changes
from registrar.config.spec import list_entries
from registrar.errors import RegistrarError, UnreachableError
from registrar.execution.executor import Executor
from registrar.state import Note

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from registrar.config.job import Job
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend

__all__ = ["read_declared_states"]


def read_declared_states(
    jobs: Sequence[Job], names: Collection[str], backend: Backend, interrupt: Interrupt
) -> tuple[Mapping[str, Literal["in sync", "differs"]], tuple[Note, ...]]:
    """Return the state of each model of these names that a configuration declares, and notes.

    Where `plan` would fail, nothing is known, and a note says why. Nothing is known of models that
    come from another server. Raises UnreachableError.
    """
    known = [
        job
        for job in jobs
        if "model" in job.config
        and job.config["model"]["name"] in names
        and not any("from" in entry for _, entry in list_entries(job.config["model"]))
    ]
    if not known:
        return {}, ()
    parallelism = jobs[0].config.get("parallelism", 8)
    try:
        plan = plan_changes(known, Executor(backend, interrupt, parallelism))
    except UnreachableError:
        raise
    except RegistrarError as error:
        return {}, (Note("state-unknown", values={"reason": str(error.problems[0])}),)
    return {
        model.name: "in sync" if model.in_sync else "differs"
        for model in plan.models
        if model.error is None
    }, ()
