"""Read what the pages of models show: measurements, parameters, and the limits of gates."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from registrar.changes.measurements import MetricPlaces
from registrar.report.html.catalogue import Limit
from registrar.report.html.catalogued_model import catalogue_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from registrar.config.job import Job
    from registrar.registry import Backend
    from registrar.report.html.catalogue import CataloguedModel
    from registrar.state import ObservedModel

__all__ = ["catalogue_models"]


def catalogue_models(
    models: Sequence[ObservedModel],
    jobs: Sequence[Job],
    states: Mapping[str, Literal["in sync", "differs"]],
    backend: Backend,
) -> tuple[CataloguedModel, ...]:
    """Return the models with what is known of their versions; all are read in bulk.

    The limits of gates are those of the configurations that were chosen, else those that the aliases
    were judged by. `states` says of a model whether the registry is as they want it.
    """
    declared = {
        job.config["model"]["name"]: job.config["model"] for job in jobs if "model" in job.config
    }
    versions = [version for model in models for version in model.versions]
    measured = iter(backend.store.read_measurements([*map(MetricPlaces.of_version, versions)]))
    runs = backend.store.get_run_data({version.run_id for version in versions if version.run_id})
    catalogued = (
        catalogue_model(model, {v.number: next(measured) for v in model.versions}, runs)
        for model in models
    )
    return tuple(
        replace(
            known,
            declared=states.get(known.model.name),
            limits=tuple(_list_limits(declared[known.model.name]))
            if known.model.name in declared
            else known.limits,
        )
        for known in catalogued
    )


def _list_limits(model: Mapping[str, Any]) -> Iterator[Limit]:
    """Yield the bounds that the gates of a configuration set to the value of a metric."""
    for alias, gate in sorted((model.get("gates") or {}).items()):
        for metric, demands in sorted((gate.get("metrics") or {}).items()):
            least, most = demands.get("min"), demands.get("max")
            if least is not None or most is not None:
                yield Limit(metric, gate.get("dataset"), alias, least, most)
