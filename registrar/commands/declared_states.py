"""Whether the registry is as the chosen configurations want it, for the marks of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from registrar.commands.planning import make_plan
from registrar.config.spec import list_entries
from registrar.errors import RegistrarError, UnreachableError
from registrar.execution.executor import Executor
from registrar.state import Note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registrar.config.job import Job
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend

__all__ = ["read_declared_states"]


def read_declared_states(
    jobs: Sequence[Job], backend: Backend, interrupt: Interrupt
) -> tuple[Mapping[str, Literal["in sync", "differs"]], tuple[Note, ...]]:
    """Return the state of each registered model that a configuration declares, and notes.

    Where `plan` would fail, nothing is known, and a note says why. Nothing is known of models that
    come from another server. Raises UnreachableError.
    """
    declared = [job for job in jobs if "model" in job.config]
    known = [
        job
        for job in declared
        if not any("from" in entry for _, entry in list_entries(job.config["model"]))
    ]
    if not known:
        return {}, ()
    parallelism = jobs[0].config.get("parallelism", 8)
    try:
        plan = make_plan(known, Executor(backend, interrupt, parallelism))
    except UnreachableError:
        raise
    except RegistrarError as error:
        return {}, (Note("state-unknown", values={"reason": str(error.problems[0])}),)
    return {
        model.name: "in sync" if model.in_sync else "differs"
        for model in plan.models
        if model.error is None
    }, ()
