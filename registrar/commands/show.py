"""`show`: what the registry holds, by model, by version, or side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.commands.lookup import chosen_names, one_version, selected
from registrar.report import Report
from registrar.report.results import Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.config.job import Job
    from registrar.registry import Backend

__all__ = ["run"]


def run(jobs: Sequence[Job]) -> Report:
    """The models or versions that are asked for are listed. Raises NotFoundError, ServerError."""
    from registrar.registry import connect

    with connect(jobs[0].config["server"], writes=False) as backend:
        listing = _listing(jobs, backend)
    return Report("show", payload=listing, notes=backend.notes)


def _listing(jobs: Sequence[Job], backend: Backend) -> Listing:
    registry = backend.registry
    node = jobs[0].config.get("show", {})
    names = chosen_names(jobs, node)
    models, selection = selected(registry, names, node)
    detailed = len(models) == 1 and names is not None and models[0].name in names
    detailed = detailed or node.get("compare", False) or selection.one
    if not detailed:
        shown = models[: selection.limit]
        return Listing(registry.server, shown, len(models), detailed=False)
    where = registry.server.registry_uri
    found = [selection.versions(model) for model in models]
    if selection.one:
        for model in models:
            one_version(model, selection, where)
    count = sum(len(model.versions) for model in found)
    shown = tuple(replace(m, versions=m.versions[: selection.limit]) for m in found)
    runs = {v.run_id for model in shown for v in model.versions if v.run_id}
    return Listing(
        registry.server,
        shown,
        count,
        detailed=True,
        compare=node.get("compare", False),
        measures=backend.store.get_run_data(runs),
    )
