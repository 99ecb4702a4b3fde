"""`show`: list models, the versions of models, or one version."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.commands.saved_plans import load_plan
from registrar.commands.selection import (
    ExactNames,
    Filters,
    NamePattern,
    find_version,
    named_models,
    note_unreachable_names,
    select_models,
)
from registrar.registry import connect
from registrar.report import Report
from registrar.report.results import Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.config.job import Job
    from registrar.registry import Backend
    from registrar.state import ObservedModel

__all__ = ["run"]


def run(jobs: Sequence[Job]) -> Report:
    """List the models or versions that the configuration asks for.

    Raises NotFoundError for a model or version that does not exist, ServerError.
    """
    if jobs[0].config.get("plan") is not None:
        plan, notes = load_plan(jobs[0].config["plan"])
        return Report("show", plan=plan, notes=notes)
    with connect(jobs[0].config["server"], writes=False) as backend:
        listing = _list(jobs, backend)
    notes = (*backend.notes, *note_unreachable_names(listing.models))
    return Report("show", payload=listing, notes=notes)


def _list(jobs: Sequence[Job], backend: Backend) -> Listing:
    """Return a list of versions where one model or version is named or compared, else of models."""
    node = jobs[0].config.get("show", {})
    filters = Filters.parse(node)
    compare, wide = bool(node.get("compare", False)), bool(node.get("wide", False))
    names = named_models(jobs, node)
    models = select_models(backend.registry, names, jobs)
    match names:
        case NamePattern():
            models = filters.choose_models(models)
            is_named = [model.name for model in models] == [names.pattern]
        case ExactNames():
            is_named = len(models) == 1
    if is_named or compare or filters.is_single:
        listing = _list_versions(models, filters, backend, compare=compare)
        return replace(listing, wide=wide or filters.is_single)
    models = filters.choose_models(models)
    server = backend.registry.server
    return Listing(server, models[: filters.limit], len(models), detailed=False, wide=wide)


def _list_versions(
    models: Sequence[ObservedModel], filters: Filters, backend: Backend, *, compare: bool
) -> Listing:
    """Return the versions of each model, with their metrics and the parameters of their runs."""
    server = backend.registry.server
    if filters.is_single:
        for model in models:
            find_version(model, filters, server.registry_uri)
    chosen = [filters.choose_versions(model) for model in models]
    listed = tuple(replace(model, versions=model.versions[: filters.limit]) for model in chosen)
    versions = {(model.name, v.number): v for model in listed for v in model.versions}
    facts = dict(zip(versions, backend.store.read_version_facts([*versions.values()]), strict=True))
    return Listing(
        server,
        listed,
        sum(len(model.versions) for model in chosen),
        detailed=True,
        compare=compare,
        run_data={
            v.run_id: run for key, v in versions.items() if v.run_id and (run := facts[key].run)
        },
        measurements={key: known.measurements for key, known in facts.items()},
        files={key: known.files for key, known in facts.items() if known.files is not None},
    )
