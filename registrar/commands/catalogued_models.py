"""Read what the pages of models show: measurements, parameters, events and signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.changes.measurements import MetricPlaces
from registrar.report.html.catalogue import CataloguedModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.registry import Backend
    from registrar.state import ObservedModel

__all__ = ["catalogue_models"]


def catalogue_models(
    models: Sequence[ObservedModel], backend: Backend
) -> tuple[CataloguedModel, ...]:
    """Return the models with what is known of their versions; all are read in bulk."""
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
        )
        for model in models
    )
