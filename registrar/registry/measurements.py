"""Reading the metrics of many versions at once: from logged models first, then from runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.changes.measurements import combine, find_zeros, measure_logged, measure_run
from registrar.errors import NotFoundError
from registrar.registry.mlflow_api import HISTORY_RUNS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from registrar.changes.measurements import MetricPlaces, Zero
    from registrar.registry.protocol import LoggedModel, Run
    from registrar.registry.tracking_reads import TrackingReader
    from registrar.state import ObservedVersion
    from registrar.version_evidence import LoggedMetric, Measurements

__all__ = ["follow_originals", "read_measurements"]

MAX_HISTORIES = 500  # requests of one reading
MAX_STEPS = 10  # from a version to the one that it was made of


def read_measurements(
    reader: TrackingReader,
    get_version: Callable[[str, int], ObservedVersion],
    places: Sequence[MetricPlaces],
    keys: Collection[str] | None,
) -> list[Measurements]:
    """Return what is known of the metrics of each version; see `protocol.Store`."""
    if keys is not None and not keys:
        return [{} for _ in places]
    places = [*follow_originals(places, get_version)]
    models = reader.find_models(place.model_id for place in places if place.model_id)
    own = [_find_own_model(place, models) for place in places]
    history = _read_history(reader, [model for model in own if model is not None], keys)
    logged = [measure_logged(m.metrics, history) if m is not None else {} for m in own]
    run_ids = [
        _find_run_id(place, models) if _needs_run(measured, keys) else None
        for place, measured in zip(places, logged, strict=True)
    ]
    runs = reader.find_runs(run_id for run_id in run_ids if run_id)
    taken = _find_keys_of_models(reader, runs.values(), keys)
    results: list[Measurements] = []
    for place, measured, run_id in zip(places, logged, run_ids, strict=True):
        run = runs.get(run_id or "")
        metrics = run.data.metrics if run is not None else {}
        left = {key: v for key, v in metrics.items() if key not in taken.get(run_id or "", ())}
        results.append(combine(measured, measure_run(left), place.recorded, keys))
    return results


def follow_originals(
    places: Iterable[MetricPlaces], get_version: Callable[[str, int], ObservedVersion]
) -> Iterator[MetricPlaces]:
    """Yield the places of each version; those of the version that it was made of, where there is one."""
    return (_with_original(place, get_version) for place in places)


def _with_original(
    place: MetricPlaces, get_version: Callable[[str, int], ObservedVersion]
) -> MetricPlaces:
    """Return where the metrics of the version are that a version was made of, however many steps ago."""
    for _ in range(MAX_STEPS):
        if place.original is None or place.original.version is None:
            return place
        try:
            version = get_version(place.original.name, place.original.version)
        except NotFoundError:
            return place.with_original(None)
        place = place.with_original(version)
    return place


def _find_own_model(place: MetricPlaces, models: Mapping[str, LoggedModel]) -> LoggedModel | None:
    model = models.get(place.model_id or "")
    return model if model is not None and place.names_model_at(model.location) else None


def _find_run_id(place: MetricPlaces, models: Mapping[str, LoggedModel]) -> str | None:
    """Return the run whose metrics count.

    None where the version's logged model is gone: what the run logged for it would lack its dataset.
    """
    if place.model_id is None:
        return place.run_id
    model = models.get(place.model_id)
    return None if model is None else place.run_id or model.run_id


def _needs_run(measured: Measurements, keys: Collection[str] | None) -> bool:
    return keys is None or any(key not in measured for key in keys)


def _find_keys_of_models(
    reader: TrackingReader, runs: Iterable[Run], keys: Collection[str] | None
) -> dict[str, set[str]]:
    """Return which metrics of each run were logged for a logged model of it.

    Their last value, which the run has, may be of another model or of another dataset.
    """
    asked = [
        run.run_id for run in runs if any(keys is None or key in keys for key in run.data.metrics)
    ]
    taken: dict[str, set[str]] = {}
    for model in reader.find_models_of_runs(asked):
        taken.setdefault(model.run_id or "", set()).update(m.key for m in model.metrics)
    return taken


def _read_history(
    reader: TrackingReader, models: Iterable[LoggedModel], keys: Collection[str] | None
) -> dict[Zero, list[LoggedMetric]]:
    """Return what runs logged where a logged model has 0.0, which may have been NaN.

    What more than `MAX_HISTORIES` requests would have to tell stays unknown.
    """
    zeros = {zero for model in models for zero in find_zeros(model.metrics, keys)}
    runs_by_metric: dict[tuple[str, int], dict[str, Zero]] = {}
    for zero in zeros:
        runs_by_metric.setdefault((zero.key, zero.step), {})[zero.run_id] = zero
    parts = [
        (key, step, zeros_by_run, run_ids[start : start + HISTORY_RUNS])
        for (key, step), zeros_by_run in sorted(runs_by_metric.items())
        for run_ids in [sorted(zeros_by_run)]
        for start in range(0, len(run_ids), HISTORY_RUNS)
    ]
    history: dict[Zero, list[LoggedMetric]] = {}
    for key, step, zeros_by_run, run_ids in parts[:MAX_HISTORIES]:
        for value in reader.get_history(run_ids, key, step):
            if value.run_id in zeros_by_run:
                history.setdefault(zeros_by_run[value.run_id], []).append(value)
    return history
