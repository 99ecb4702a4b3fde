"""Read what the pages of models show: measurements, parameters, signatures, and limits of gates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from registrar.changes.events import list_events
from registrar.changes.measurements import MetricPlaces
from registrar.content.signature import parse_signature
from registrar.report.html.catalogue import CataloguedModel, Limit
from registrar.report.html.limits import limits_of_events

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from registrar.config.job import Job
    from registrar.registry import Backend
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
    were judged by. `states` says of a model
    whether the registry is as they want it.
    """
    declared = {
        job.config["model"]["name"]: job.config["model"] for job in jobs if "model" in job.config
    }
    versions = [version for model in models for version in model.versions]
    measured = iter(backend.store.read_measurements([*map(MetricPlaces.of_version, versions)]))
    runs = backend.store.get_run_data({version.run_id for version in versions if version.run_id})
    return tuple(
        CataloguedModel(
            model,
            metrics={version.number: next(measured) for version in model.versions},
            params={
                version.number: run.params
                for version in model.versions
                if (run := runs.get(version.run_id or "")) is not None
            },
            signatures={
                version.number: signature
                for version in model.versions
                if (signature := parse_signature(version.signature)) is not None
            },
            events=list_events(model),
            declared=states.get(model.name),
            limits=tuple(_limits(declared[model.name]))
            if model.name in declared
            else limits_of_events(model),
        )
        for model in models
    )


def _limits(model: Mapping[str, Any]) -> Iterator[Limit]:
    """Yield the bounds that the gates of a configuration set to the value of a metric."""
    for alias, gate in sorted((model.get("gates") or {}).items()):
        for metric, demands in sorted((gate.get("metrics") or {}).items()):
            least, most = demands.get("min"), demands.get("max")
            if least is not None or most is not None:
                yield Limit(metric, gate.get("dataset"), alias, least, most)
