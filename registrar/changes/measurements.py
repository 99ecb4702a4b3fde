"""The metrics of a version, each with the data that it was measured on, out of all that MLflow keeps.

MLflow keeps a metric in three places. A logged model has every value that was ever logged for it,
most with the dataset. A run has the value that was logged last, whatever it was measured on. The
version's own tag has what a configuration declares, or what a copy has brought along.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from registrar.recorded_metrics import merge_recorded, parse_recorded
from registrar.references import logged_model_of_location, place_of
from registrar.uris import LoggedModelUri, VersionUri, parse_source
from registrar.version_evidence import Measurement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from registrar.state import ObservedVersion, Source
    from registrar.upstream import Upstream
    from registrar.version_evidence import LoggedMetric, Measurements, MetricOrigin, UnknownReason

__all__ = [
    "MetricPlaces",
    "Zero",
    "combine",
    "find_zeros",
    "is_same_dataset",
    "measure_logged",
    "measure_run",
]

INFINITE = 1.797e308  # MLflow writes infinity as 1.7976931348623157e308


@dataclass(frozen=True, slots=True)
class MetricPlaces:
    """Where the metrics of one version may be: its logged model, its run, and its own tag.

    `files` is the place of the version's files, where that alone tells the logged model: it counts
    only if the model's files are there. `original` is the version of the same registry that this
    one was made of; it counts only if it has the same `digest`.
    """

    model_id: str | None = None
    run_id: str | None = None
    recorded: str | None = None
    files: str | None = None
    original: VersionUri | None = None
    digest: str | None = None

    @classmethod
    def of_version(cls, version: ObservedVersion) -> MetricPlaces:
        """Return where the metrics of a registered version may be."""
        return cls._of(version.source, version.run_id, version.metrics, version.digest)

    @classmethod
    def of_source(cls, source: Source, recorded: str | None = None) -> MetricPlaces:
        """Return where the metrics of a version may be that is not registered yet."""
        if source.model_id is not None:
            return cls(source.model_id, source.run_id, recorded)
        return cls._of(source.stored or "", source.run_id, recorded, source.digest)

    @classmethod
    def of_upstream(cls, upstream: Upstream) -> MetricPlaces:
        """Return where the metrics of a model are that is copied, on its own server."""
        return cls._of(upstream.source or "", upstream.run_id, upstream.metrics, upstream.digest)

    @classmethod
    def _of(
        cls, place: str, run_id: str | None, recorded: str | None, digest: str | None
    ) -> MetricPlaces:
        match parse_source(place) if place else None:
            case LoggedModelUri(model_id=model_id):
                return cls(model_id, run_id, recorded)
            case VersionUri(version=int()) as uri:
                return cls(None, run_id, recorded, original=uri, digest=digest)
            case _:
                return cls(logged_model_of_location(place), run_id, recorded, files=place)

    def with_original(self, version: ObservedVersion | None) -> MetricPlaces:
        """Return the places of the version that this one was made of, and its own tag; None if gone."""
        if version is None or (version.digest and self.digest and version.digest != self.digest):
            return replace(self, original=None)
        original = self.of_version(version)
        return replace(
            original,
            run_id=original.run_id or self.run_id,
            recorded=merge_recorded(original.recorded, self.recorded, None, replaces=False),
        )

    def names_model_at(self, location: str) -> bool:
        """Return whether a logged model with its files at `location` is this version's."""
        return self.files is None or place_of(self.files) == place_of(location)


@dataclass(frozen=True, slots=True)
class Zero:
    """A metric that a run logged at a step, of which a logged model says 0.0: it may have been NaN."""

    run_id: str
    key: str
    step: int


Dataset: TypeAlias = "tuple[str, str | None, str | None]"  # a metric, its dataset's name and digest


def find_zeros(metrics: Iterable[LoggedMetric], keys: Collection[str] | None) -> set[Zero]:
    """Return the values that count and are 0.0: the history of their runs tells them from NaN."""
    return {
        Zero(metric.run_id, metric.key, metric.step)
        for values in _last_values(metrics).values()
        for metric in values
        if metric.value == 0 and metric.run_id and (keys is None or metric.key in keys)
    }


def measure_logged(
    metrics: Iterable[LoggedMetric], history: Mapping[Zero, Collection[LoggedMetric]]
) -> dict[str, tuple[Measurement, ...]]:
    """Return the metrics of a logged model: for each dataset the value of the last step and time.

    `history` has what runs logged where a 0.0 may have been NaN.
    """
    measured: dict[str, list[Measurement]] = {}
    for (key, dataset, digest), values in _last_values(metrics).items():
        readings = {_read_logged(value, history) for value in values}
        value, unknown = readings.pop() if len(readings) == 1 else (None, "two-values")
        measured.setdefault(key, []).append(
            Measurement(value, dataset, digest, values[0].step, "logged_model", unknown)
        )
    return {key: _sort(items) for key, items in measured.items()}


def measure_run(metrics: Mapping[str, float]) -> dict[str, tuple[Measurement, ...]]:
    """Return the metrics of a run, which records no dataset."""
    return {key: (_measure(value, "run"),) for key, value in metrics.items()}


def combine(
    logged: Measurements, run: Measurements, recorded: str | None, keys: Collection[str] | None
) -> dict[str, tuple[Measurement, ...]]:
    """Return all metrics of a version; of one dataset, what was logged counts before what is told.

    `recorded` is the text of the version's tag. `run` leaves out what a logged model has.
    """
    told = parse_recorded(recorded)
    names = dict.fromkeys((*logged, *run, *told))
    combined: dict[str, tuple[Measurement, ...]] = {}
    for key in names:
        if keys is not None and key not in keys:
            continue
        measurements = [*logged.get(key, ()), *run.get(key, ())]
        measurements += [
            item
            for item in told.get(key, ())
            if not any(is_same_dataset(item, other) for other in measurements)
        ]
        combined[key] = _sort(measurements)
    return dict(sorted(combined.items()))


def is_same_dataset(one: Measurement, other: Measurement) -> bool:
    """Return whether two values were measured on the same data, as far as is recorded.

    Digests decide where both have one, else the names.
    """
    if one.dataset_digest is not None and other.dataset_digest is not None:
        return one.dataset_digest == other.dataset_digest
    return one.dataset == other.dataset and (
        one.dataset is not None or one.dataset_digest == other.dataset_digest
    )


def _last_values(metrics: Iterable[LoggedMetric]) -> dict[Dataset, tuple[LoggedMetric, ...]]:
    """Return the values of the greatest step, and of the latest time in it, for each dataset."""
    values: dict[Dataset, list[LoggedMetric]] = {}
    for metric in metrics:
        dataset = (metric.key, metric.dataset, metric.dataset_digest)
        last = values.setdefault(dataset, [metric])
        rank, best = (metric.step, metric.logged_at), (last[0].step, last[0].logged_at)
        if rank > best:
            values[dataset] = [metric]
        elif rank == best and metric is not last[0]:
            last.append(metric)
    return {dataset: tuple(items) for dataset, items in values.items()}


def _read_logged(
    metric: LoggedMetric, history: Mapping[Zero, Collection[LoggedMetric]]
) -> tuple[float | None, UnknownReason | None]:
    """Return the value that was logged, or None and why nobody can know it."""
    if metric.value != 0:
        measured = _measure(metric.value, "logged_model")
        return measured.value, measured.unknown
    values = [
        past.value
        for past in history.get(Zero(metric.run_id or "", metric.key, metric.step), ())
        if past.logged_at == metric.logged_at
    ]
    was_zero, was_nan = 0 in values, any(map(math.isnan, values))
    if not was_zero:
        return None, "not-a-number" if was_nan else "zero-or-nan"
    if was_nan:
        return None, "zero-or-nan"
    return 0.0, None


def _measure(value: float, origin: MetricOrigin) -> Measurement:
    if math.isnan(value):
        return Measurement(None, origin=origin, unknown="not-a-number")
    if abs(value) >= INFINITE:
        value = math.copysign(math.inf, value)
    return Measurement(value, origin=origin)


def _sort(measurements: Iterable[Measurement]) -> tuple[Measurement, ...]:
    return tuple(
        sorted(measurements, key=lambda item: (item.dataset or "", item.dataset_digest or ""))
    )
